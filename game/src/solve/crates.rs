//! Crates: how many pushes are left at least, and where one is lost.

use super::board::{Board, FAR};

/// Least pushes that bring a crate to each target; [`FAR`] where that cannot be. Exact for few crates, else each
/// target's nearest crate is counted, whoever else needs it.
pub(super) fn pushes_left(board: &Board, crates: &[u32]) -> u32 {
    let (count, wanted) = (crates.len(), board.targets.len());
    if wanted == 0 {
        return 0;
    }
    if count < wanted {
        return FAR;
    }
    let way = |target: usize, cell: u32| {
        let ways = board.push_distances.get(target);
        ways.and_then(|d| d.get(cell as usize))
            .copied()
            .unwrap_or(FAR)
    };
    if count > 10 {
        let mut sum = 0u32;
        for target in 0..wanted {
            let nearest = crates.iter().map(|c| way(target, *c)).min().unwrap_or(FAR);
            if nearest == FAR {
                return FAR;
            }
            sum = sum.saturating_add(nearest);
        }
        return sum;
    }
    // Targets one after another, each to any crate that is left.
    let mut best = vec![FAR; 1 << count];
    if let Some(none) = best.first_mut() {
        *none = 0;
    }
    for used in 0usize..1 << count {
        let target = used.count_ones() as usize;
        let so_far = best.get(used).copied().unwrap_or(FAR);
        if so_far == FAR || target >= wanted {
            continue;
        }
        for (k, cell) in crates
            .iter()
            .enumerate()
            .filter(|(k, _)| used & (1 << k) == 0)
        {
            let way = way(target, *cell);
            if let Some(slot) = best.get_mut(used | 1 << k).filter(|_| way != FAR) {
                *slot = (*slot).min(so_far.saturating_add(way));
            }
        }
    }
    let full = best.iter().enumerate();
    let full = full.filter(|(used, _)| used.count_ones() as usize == wanted);
    full.map(|(_, cost)| *cost).min().unwrap_or(FAR)
}

/// Whether a crate that was just pushed to a cell can never be pushed again, with those that hold it, while one
/// of them is on no target. `crates` are sorted.
pub(super) fn is_frozen(board: &Board, crates: &[u32], cell: u32) -> bool {
    let mut held = Vec::new();
    is_held(board, crates, cell, &mut held) && held.iter().any(|c| !board.targets.contains(c))
}

/// Whether a crate can be moved along neither axis; those in `held` are taken as walls.
fn is_held(board: &Board, crates: &[u32], cell: u32, held: &mut Vec<u32>) -> bool {
    held.push(cell);
    [(0, 2), (1, 3)].into_iter().all(|(a, b)| {
        let sides = [board.neighbour(cell, a), board.neighbour(cell, b)];
        let is_wall = |c: u32| {
            let is_pit = board.is_pit.get(c as usize) == Some(&true);
            (!board.floor(c) && !is_pit) || held.contains(&c)
        };
        if sides.iter().any(|c| is_wall(*c)) {
            return true;
        }
        let is_lost = |c: u32| {
            board
                .push_distances
                .iter()
                .all(|d| d.get(c as usize) == Some(&FAR))
        };
        if sides.iter().all(|c| is_lost(*c)) {
            return true;
        }
        sides.into_iter().any(|c| {
            crates.binary_search(&c).is_ok() && {
                let mut inner = held.clone();
                let is = is_held(board, crates, c, &mut inner);
                if is {
                    *held = inner;
                }
                is
            }
        })
    })
}
