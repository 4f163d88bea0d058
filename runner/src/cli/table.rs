//! Plain tables.

use crate::RunVerdict;

/// How a verdict is shown.
pub fn verdict(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Passed => "passed",
        RunVerdict::Failed => "FAILED",
        RunVerdict::Fault => "FAULT",
    }
}

/// A table with aligned columns; a column of numbers is aligned right. The last column is as wide
/// as it needs.
pub fn render(header: &[&str], rows: &[Vec<String>]) -> String {
    render_with_notes(header, rows, &[])
}

/// The same with a line of its own under each row that has a note.
pub fn render_with_notes(header: &[&str], rows: &[Vec<String>], notes: &[String]) -> String {
    let cell = |row: &Vec<String>, i: usize| row.get(i).cloned().unwrap_or_default();
    let columns: Vec<(usize, bool)> = header
        .iter()
        .enumerate()
        .map(|(i, title)| {
            let width = rows.iter().map(|row| cell(row, i).chars().count()).max();
            let numeric = rows.iter().all(|row| {
                let text = cell(row, i);
                text == "-" || text.is_empty() || text.parse::<f64>().is_ok()
            });
            (width.unwrap_or(0).max(title.chars().count()), numeric)
        })
        .collect();
    let line = |cells: Vec<String>| {
        let mut text = String::new();
        for (cell, (width, right)) in cells.iter().zip(&columns) {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            text += &if *right {
                format!("{pad}{cell}  ")
            } else {
                format!("{cell}{pad}  ")
            };
        }
        text.trim_end().to_owned() + "\n"
    };
    let titles = line(header.iter().map(|title| (*title).to_owned()).collect());
    let rule = columns
        .iter()
        .map(|(width, _)| "-".repeat(*width))
        .collect::<Vec<_>>()
        .join("  ")
        + "\n";
    let body = rows.iter().enumerate().map(|(number, row)| {
        let row = line((0..header.len()).map(|i| cell(row, i)).collect());
        match notes.get(number).filter(|note| !note.is_empty()) {
            Some(note) => format!("{row}    {note}\n"),
            None => row,
        }
    });
    titles + &rule + &body.collect::<String>()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_aligned_and_numbers_stand_right() {
        let rows = [
            vec!["a".to_owned(), "10.5".to_owned(), "why é".to_owned()],
            vec!["longer".to_owned(), "-".to_owned()],
        ];
        assert_eq!(
            super::render(&["name", "m", "reason"], &rows),
            "name       m  reason\n------  ----  ------\na       10.5  why é\nlonger     -\n"
        );
        let notes = [String::new(), "and more".to_owned()];
        let table = super::render_with_notes(&["name", "m", "reason"], &rows, &notes);
        assert!(table.ends_with("longer     -\n    and more\n"), "{table}");
    }
}
