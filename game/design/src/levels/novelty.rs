//! How new levels are: near-duplicates of a corpus, and how much they differ among themselves.

use super::sketch::Sketch;

/// Levels are near-duplicates if at most this share of their cells differs.
pub const NEAR: f64 = 0.05;

/// The share of cells that differ, at best over the eight ways to lay one upon the other; 1 where the sizes
/// never match.
pub fn difference(a: &Sketch, b: &Sketch) -> f64 {
    let same = (a.columns, a.rows) == (b.columns, b.rows);
    let turned = (a.columns, a.rows) == (b.rows, b.columns);
    let mut best = 1.0f64;
    for way in 0..8 {
        let (flip_x, flip_y, is_turned) = (way & 1 > 0, way & 2 > 0, way & 4 > 0);
        if !(if is_turned { turned } else { same }) {
            continue;
        }
        let mut differ = 0usize;
        let most = (best * a.cells.len() as f64) as usize;
        for (index, symbol) in a.cells.iter().enumerate() {
            let (x, y) = (index % a.columns, index / a.columns);
            let (x, y) = if is_turned { (y, x) } else { (x, y) };
            let x = if flip_x { b.columns - 1 - x } else { x };
            let y = if flip_y { b.rows - 1 - y } else { y };
            differ += usize::from(b.at(x, y) != *symbol);
            if differ > most {
                break;
            }
        }
        best = best.min(differ as f64 / a.cells.len().max(1) as f64);
    }
    best
}

/// The difference to the nearest level of a corpus; 1 where none has its size.
pub fn nearest(sketch: &Sketch, corpus: &[Sketch]) -> f64 {
    corpus
        .iter()
        .map(|other| difference(sketch, other))
        .fold(1.0, f64::min)
}

/// The mean difference of levels to the next ones of the list that have their size; 0 for none.
pub fn diversity(sketches: &[Sketch]) -> f64 {
    let mut sum = 0.0;
    let mut pairs = 0usize;
    for (i, a) in sketches.iter().enumerate() {
        let others = sketches.iter().skip(i + 1);
        let like =
            others.filter(|b| b.theme == a.theme && (b.columns, b.rows) == (a.columns, a.rows));
        for b in like.take(4) {
            sum += difference(a, b);
            pairs += 1;
        }
    }
    if pairs == 0 { 0.0 } else { sum / pairs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::Theme;

    #[test]
    fn a_mirrored_level_is_no_new_one() {
        let a = ["########", "#@.....#", "#..##E.#", "########"];
        let rows: Vec<&str> = a.into_iter().chain(["########"; 5]).collect();
        let mirrored: Vec<String> = rows.iter().map(|r| r.chars().rev().collect()).collect();
        let a = Sketch::of_text(Theme::Dungeon, &rows).unwrap();
        let b = Sketch::of_text(Theme::Dungeon, &mirrored).unwrap();
        assert_eq!(difference(&a, &b), 0.0);
        let c = Sketch::walls(Theme::Dungeon, 8, 9);
        assert!(difference(&a, &c) > 0.05);
        assert_eq!(difference(&a, &Sketch::walls(Theme::Dungeon, 9, 9)), 1.0);
    }
}
