//! Which detection belongs to which track: the assignment of least total cost (Kuhn-Munkres).

use pathfinding::kuhn_munkres::kuhn_munkres_min;
use pathfinding::matrix::Matrix;

/// For each row the column it gets, if any. `cost(row, column)` is `None` where they can't belong
/// together; leaving a row alone costs `alone`, so that no pair dearer than that is made.
pub fn assign(
    rows: usize,
    columns: usize,
    alone: f64,
    cost: impl Fn(usize, usize) -> Option<f64>,
) -> Vec<Option<usize>> {
    if rows == 0 {
        return Vec::new();
    }
    // Whole thousandths, so that sums are exact; a column of its own for each row to stay alone in.
    let thousandths = |v: f64| (v.clamp(0.0, 1e6) * 1000.0) as i64;
    let alone = thousandths(alone);
    let table = Matrix::from_fn(rows, columns + rows, |(row, column)| {
        if column >= columns {
            return alone;
        }
        match cost(row, column) {
            Some(c) if c.is_finite() => thousandths(c).min(4 * alone),
            _ => 4 * alone,
        }
    });
    let (_, chosen) = kuhn_munkres_min(&table);
    chosen
        .into_iter()
        .enumerate()
        .map(|(row, column)| {
            (column < columns && cost(row, column).is_some_and(|c| thousandths(c) < alone))
                .then_some(column)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_counts_and_dear_pairs_stay_alone() {
        let cost = [[1.0, 2.0], [1.5, 9.0], [8.0, 8.0]];
        let pairs = assign(3, 2, 5.0, |r, c| Some(cost[r][c]));
        assert_eq!(pairs, [Some(1), Some(0), None]);
        assert_eq!(assign(1, 1, 5.0, |_, _| None), [None]);
        assert_eq!(assign(2, 0, 5.0, |_, _| None), [None, None]);
        assert!(assign(0, 3, 5.0, |_, _| None).is_empty());
    }
}
