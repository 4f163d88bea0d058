//! Simple polygons to triangles, by clipping ears.

/// Corners beyond which a polygon is cut as a fan.
const MAX_CORNERS: usize = 512;

fn cross(o: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
}

/// Twice the signed area: positive counter-clockwise.
pub(super) fn area2(corners: &[[f64; 2]]) -> f64 {
    let Some(first) = corners.first() else {
        return 0.0;
    };
    corners
        .windows(2)
        .filter_map(|w| Some(cross(*first, *w.first()?, *w.last()?)))
        .sum()
}

/// Triangles, counter-clockwise, of a polygon of either turning.
pub(super) fn triangulate(corners: &[[f64; 2]]) -> Vec<[usize; 3]> {
    let mut left: Vec<usize> = (0..corners.len()).collect();
    if area2(corners) < 0.0 {
        left.reverse();
    }
    let at = |i: usize| corners.get(i).copied().unwrap_or_default();
    let mut triangles = Vec::new();
    while left.len() > 3 && corners.len() <= MAX_CORNERS {
        let n = left.len();
        let pick = |i: usize| left.get(i % n).copied().unwrap_or_default();
        let ear = (0..n).find(|i| {
            let [a, b, c] = [pick(i + n - 1), pick(*i), pick(i + 1)];
            cross(at(a), at(b), at(c)) > 0.0
                && left.iter().all(|p| {
                    [a, b, c].contains(p)
                        || cross(at(a), at(b), at(*p)) < 0.0
                        || cross(at(b), at(c), at(*p)) < 0.0
                        || cross(at(c), at(a), at(*p)) < 0.0
                })
        });
        let Some(i) = ear else { break };
        triangles.push([pick(i + n - 1), pick(i), pick(i + 1)]);
        left.remove(i);
    }
    // A triangle, or a polygon that crosses itself: a fan.
    for pair in left.get(1..).unwrap_or_default().windows(2) {
        if let (Some(first), [b, c]) = (left.first(), pair) {
            triangles.push([*first, *b, *c]);
        }
    }
    triangles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_concave_polygon_keeps_its_area() {
        let l = [
            [0.0, 0.0],
            [0.0, 4.0],
            [1.0, 4.0],
            [1.0, 1.0],
            [3.0, 1.0],
            [3.0, 0.0],
        ];
        let triangles = triangulate(&l);
        assert_eq!(triangles.len(), 4);
        let area: f64 = triangles
            .iter()
            .map(|t| 0.5 * area2(&t.map(|i| l[i])))
            .sum();
        assert!((area - 6.0).abs() < 1e-12);
        assert!(triangulate(&[]).is_empty() && triangulate(&l[..2]).is_empty());
    }
}
