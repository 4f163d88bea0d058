//! Pulling a way through portals tight: the funnel algorithm (Lee and Preparata, 1984; Mononen, 2010).

/// Twice the signed area of the triangle; positive where `c` lies left of a → b.
fn area(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn is_same(a: [f64; 2], b: [f64; 2]) -> bool {
    (a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9
}

/// The shortest way from `from` to `to` through portals, each (left end, right end) as seen along the way;
/// metres. The start is left out, the end is in.
pub(super) fn pull(
    from: [f64; 2],
    to: [f64; 2],
    portals: &[([f64; 2], [f64; 2])],
) -> Vec<[f64; 2]> {
    let all: Vec<_> = portals.iter().copied().chain([(to, to)]).collect();
    let mut way = Vec::new();
    let (mut apex, mut left, mut right) = (from, from, from);
    let (mut left_at, mut right_at) = (0usize, 0usize);
    let mut i = 0;
    // Each restart is behind a corner that is new, so that the walk ends.
    let mut budget = 4 * all.len() * (all.len() + 1) + 8;
    while let Some((l, r)) = all.get(i).copied() {
        budget -= 1;
        if budget == 0 {
            break;
        }
        if area(apex, right, r) >= 0.0 {
            if is_same(apex, right) || area(apex, left, r) < 0.0 {
                (right, right_at) = (r, i);
            } else {
                way.push(left);
                (apex, right) = (left, left);
                i = left_at + 1;
                (left_at, right_at) = (i, i);
                continue;
            }
        }
        if area(apex, left, l) <= 0.0 {
            if is_same(apex, left) || area(apex, right, l) > 0.0 {
                (left, left_at) = (l, i);
            } else {
                way.push(right);
                (apex, left) = (right, right);
                i = right_at + 1;
                (left_at, right_at) = (i, i);
                continue;
            }
        }
        i += 1;
    }
    if way.last().is_none_or(|last| !is_same(*last, to)) {
        way.push(to);
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_way_has_no_corner() {
        let portals = [([1.0, 1.0], [1.0, -1.0]), ([2.0, 1.0], [2.0, -1.0])];
        assert_eq!(pull([0.0, 0.0], [3.0, 0.0], &portals), [[3.0, 0.0]]);
    }

    #[test]
    fn a_way_about_a_corner_touches_it() {
        let portals = [([1.0, 5.0], [1.0, 2.0]), ([2.0, 5.0], [2.0, 2.0])];
        let way = pull([0.0, 0.0], [3.0, 0.0], &portals);
        assert_eq!(way, [[1.0, 2.0], [2.0, 2.0], [3.0, 0.0]]);
    }
}
