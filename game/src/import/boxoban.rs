//! Boxoban: Sokoban levels of ten by ten, many in a file (github.com/google-deepmind/boxoban-levels).

use std::path::Path;

use sim::input::{InputError, Limits, read_text};

use crate::level::{Goal, Level};

/// Most levels of a file.
const MAX_LEVELS: usize = 100_000;
/// Most characters of a row, and most rows.
const MAX_SIDE: usize = 100;

/// Reads all levels of a file.
///
/// # Errors
/// If it can't be read or holds something else.
pub fn boxoban(path: &Path, limits: &Limits) -> Result<Vec<Level>, InputError> {
    parse_boxoban(path, &read_text(path, limits)?)
}

/// Reads all levels of a text; `path` is for messages and names alone.
///
/// # Errors
/// If it holds anything but levels, each after a line `; NUMBER`.
pub fn parse_boxoban(path: &Path, text: &str) -> Result<Vec<Level>, InputError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut levels = Vec::new();
    let mut rows: Vec<String> = Vec::new();
    let mut title = None;
    let mut first = 0;
    let wrong = |line: usize, column: usize, expected: &str, found: String| {
        InputError::new(path, expected, found).at(line as u32 + 1, column as u32 + 1)
    };
    let lines = text.lines().chain([";"]).enumerate();
    for (number, line) in lines {
        if let Some(name) = line.strip_prefix(';') {
            if let Some(title) = title.take() {
                let name = format!("{stem} {title}");
                let level = level(&name, std::mem::take(&mut rows));
                level.layout().map_err(|e| {
                    let (row, column) = e.at.map_or((0, 0), |(_, row, column)| (row, column));
                    wrong(first + row, column, &e.expected, e.found)
                })?;
                levels.push(level);
            }
            if levels.len() > MAX_LEVELS {
                return Err(wrong(number, 0, "at most 100000 levels", "more".into()));
            }
            title = Some(name.trim().to_owned());
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        if title.is_none() {
            return Err(wrong(
                number,
                0,
                "a line \"; NUMBER\" before a level",
                line.into(),
            ));
        }
        if line.len() > MAX_SIDE || rows.len() >= MAX_SIDE {
            return Err(wrong(
                number,
                0,
                "a level of at most 100 by 100",
                "more".into(),
            ));
        }
        if rows.is_empty() {
            first = number;
        }
        let row = line.chars().enumerate().map(|(column, character)| {
            ours(character).ok_or_else(|| {
                let found = format!("{character:?}");
                wrong(number, column, "one of # @ $ . * and space", found)
            })
        });
        rows.push(row.collect::<Result<String, _>>()?);
    }
    if levels.is_empty() {
        return Err(InputError::new(path, "levels", "none"));
    }
    Ok(levels)
}

/// Our character for one of theirs.
fn ours(character: char) -> Option<char> {
    Some(match character {
        ' ' => '.',
        '.' => 'x',
        '#' | '@' | '$' | '*' => character,
        _ => return None,
    })
}

fn level(name: &str, rows: Vec<String>) -> Level {
    let mut level = Level::of_rows(name, &[], vec![Goal::Crates]);
    "warehouse".clone_into(&mut level.theme);
    if let Some(room) = level.rooms.first_mut() {
        room.rows = rows;
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_by_their_signs() {
        let text = "; 0\n#####\n#@$.#\n#####\n\n; 1\n####\n#@*#\n####\n";
        let levels = parse_boxoban(Path::new("000.txt"), text).expect("two levels");
        assert_eq!(levels.len(), 2);
        let layout = levels[0].layout().expect("a layout");
        assert_eq!(layout.crates.len(), 1);
        assert_eq!(layout.targets().len(), 1);
        assert_eq!(levels[1].name, "000 1");
    }

    #[test]
    fn errors_name_their_place() {
        let parse = |text| parse_boxoban(Path::new("a.txt"), text).expect_err("wrong");
        assert_eq!(parse("; 0\n#@!#\n").line, Some(2));
        assert_eq!(parse("; 0\n#@!#\n").column, Some(3));
        assert_eq!(parse("####\n").line, Some(1));
        assert_eq!(parse("; 0\n####\n#@@#\n").line, Some(3));
        assert!(parse("").line.is_none());
    }
}
