//! Which detections hit: by score, each takes the nearest true object of its class that is still
//! free, within a distance of middles on the ground (nuScenes' matching).

use sim::math::hypot;
use sim::message::{BoxClass, Detection};

use super::average_precision::average_precision;
use super::true_positive::{TP_THRESHOLD_M, TruePositiveErrors};
use crate::train::TrueBox;

/// Distances of middles that count as hits, metres (nuScenes: 0.5, 1, 2, 4).
pub const THRESHOLDS_M: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
/// Farthest objects and detections that count, metres from the ego's reference point.
pub const RANGE_M: f64 = 40.0;

/// One frame's detections and truth, ego frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameBoxes {
    /// Detections.
    pub found: Vec<Detection>,
    /// Objects; those with fewer returns than `min_points` of [`evaluate`] neither count nor cost.
    pub truth: Vec<TrueBox>,
}

/// Figures of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The class.
    pub class: BoxClass,
    /// Objects that count.
    pub truths: usize,
    /// Average precision at each of [`THRESHOLDS_M`]; `None` without objects.
    pub ap: [Option<f64>; 4],
    /// Errors of the hits within 2 m with a score of at least 0.3.
    pub errors: TruePositiveErrors,
}

/// Figures of every class over frames, within [`RANGE_M`].
pub fn evaluate(frames: &[FrameBoxes], min_points: u32) -> Vec<Evaluation> {
    BoxClass::ALL
        .into_iter()
        .map(|class| evaluate_class(frames, class, min_points))
        .collect()
}

fn in_range(center_m: [f32; 3]) -> bool {
    hypot(f64::from(center_m[0]), f64::from(center_m[1])) <= RANGE_M
}

fn evaluate_class(frames: &[FrameBoxes], class: BoxClass, min_points: u32) -> Evaluation {
    let mut errors = TruePositiveErrors::default();
    let mut truths = 0;
    let ap = THRESHOLDS_M.map(|threshold_m| {
        truths = 0;
        let mut scored = Vec::new();
        for frame in frames {
            let objects: Vec<&TrueBox> = frame
                .truth
                .iter()
                .filter(|t| t.class == class && in_range(t.center_m))
                .collect();
            truths += objects.iter().filter(|t| t.points >= min_points).count();
            let mut taken = vec![false; objects.len()];
            let mut found: Vec<&Detection> = frame
                .found
                .iter()
                .filter(|d| d.class == class && in_range(d.center_m))
                .collect();
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
            for detection in found {
                let nearest = objects
                    .iter()
                    .enumerate()
                    .filter(|(k, _)| !taken[*k])
                    .map(|(k, t)| {
                        let dx = f64::from(t.center_m[0] - detection.center_m[0]);
                        let dy = f64::from(t.center_m[1] - detection.center_m[1]);
                        (hypot(dx, dy), k)
                    })
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .filter(|(distance, _)| *distance < threshold_m);
                match nearest {
                    Some((_, k)) => {
                        taken[k] = true;
                        // One that hits an object too thinly seen to count is left out.
                        if objects[k].points < min_points {
                            continue;
                        }
                        scored.push((detection.score, true));
                        if threshold_m == TP_THRESHOLD_M && detection.score >= 0.3 {
                            errors.add(detection, objects[k]);
                        }
                    }
                    None => scored.push((detection.score, false)),
                }
            }
        }
        average_precision(&scored, truths)
    });
    Evaluation {
        class,
        truths,
        ap,
        errors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(x: f32, points: u32) -> TrueBox {
        TrueBox {
            class: BoxClass::Car,
            center_m: [x, 0.0, 0.8],
            size_m: [4.5, 1.8, 1.5],
            yaw_rad: 0.0,
            velocity_mps: [0.0; 2],
            points,
        }
    }

    fn found(x: f32, score: f32) -> Detection {
        Detection {
            class: BoxClass::Car,
            score,
            center_m: [x, 0.0, 0.8],
            size_m: [4.5, 1.8, 1.5],
            yaw_rad: 0.1,
            velocity_mps: [1.0, 0.0],
        }
    }

    #[test]
    fn one_object_is_hit_once_and_thin_or_far_ones_do_not_count() {
        let frame = FrameBoxes {
            found: vec![
                found(10.3, 0.9),
                found(10.1, 0.8),
                found(20.0, 0.7),
                found(70.0, 0.9),
            ],
            truth: vec![truth(10.0, 30), truth(20.0, 0), truth(60.0, 50)],
        };
        let car = &evaluate(&[frame], 1)[0];
        assert_eq!(car.truths, 1);
        assert_eq!(car.errors.count, 1);
        let [translation, size, heading, velocity, axis] = car.errors.means().unwrap();
        assert!((translation - 0.3).abs() < 1e-6 && size.abs() < 1e-6);
        assert!((axis - 0.1).abs() < 1e-6);
        assert!((heading - 0.1).abs() < 1e-6 && (velocity - 1.0).abs() < 1e-6);
        assert!(car.ap[2].unwrap() > 0.99);
    }
}
