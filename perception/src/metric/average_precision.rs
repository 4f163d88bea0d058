//! Average precision (0 to 1) as nuScenes defines it (Caesar et al. 2020, section 3.3): the area
//! under the precision-recall curve, only where recall and precision exceed 10 %, scaled to 1.

/// Recall up to here is left out.
pub const MIN_RECALL: f64 = 0.1;
/// Precision up to here counts as none.
pub const MIN_PRECISION: f64 = 0.1;

/// Of detections as (score, whether it hit), in any order, against `truths` objects. `None` without any object.
pub fn average_precision(detections: &[(f32, bool)], truths: usize) -> Option<f64> {
    if truths == 0 {
        return None;
    }
    let mut sorted = detections.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut curve = Vec::with_capacity(sorted.len());
    let mut hits = 0usize;
    for (n, (_, hit)) in sorted.iter().enumerate() {
        hits += usize::from(*hit);
        curve.push((hits as f64 / truths as f64, hits as f64 / (n + 1) as f64));
    }
    // Precision at 101 recalls, interpolated linearly; beyond the last recall it is 0.
    let precision_at = |recall: f64| {
        let next = curve.partition_point(|(r, _)| *r < recall);
        let Some(&(r1, p1)) = curve.get(next) else {
            return 0.0;
        };
        let Some(&(r0, p0)) = next.checked_sub(1).and_then(|k| curve.get(k)) else {
            return p1;
        };
        p0 + (p1 - p0) * (recall - r0) / (r1 - r0).max(1e-12)
    };
    let first = (MIN_RECALL * 100.0) as usize + 1;
    let sum: f64 = (first..=100)
        .map(|k| (precision_at(k as f64 / 100.0) - MIN_PRECISION).max(0.0))
        .sum();
    Some(sum / (101 - first) as f64 / (1.0 - MIN_PRECISION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_found_is_one_none_found_is_zero_and_order_counts() {
        let good: Vec<(f32, bool)> = (0..10).map(|k| (0.9 - 0.01 * k as f32, true)).collect();
        assert!((average_precision(&good, 10).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(average_precision(&[(0.9, false)], 10), Some(0.0));
        assert_eq!(average_precision(&[], 0), None);
        let half = average_precision(&good[..5], 10).unwrap();
        assert!((half - 40.0 / 90.0).abs() < 0.02, "{half}");
        let mut late = good.clone();
        late.extend((0..10).map(|k| (0.5 - 0.01 * k as f32, false)));
        let mut early = good;
        early.extend((0..10).map(|k| (0.99 - 0.001 * k as f32, false)));
        assert!(average_precision(&late, 10) > average_precision(&early, 10));
    }
}
