//! What the head should say, from true boxes: CenterPoint's heat maps and box values.

use tch::{Kind, Tensor};

use super::augment::{Mirror, drivable_of};
use super::sample::Sample;
use crate::encode::MAX_SIGNALS;
use crate::grid::{HEAD, cell};
use crate::network::BOX_VALUES;
use sim::message::BoxClass;

/// Least lidar returns on an object for it to count, in training and in the figures. nuScenes
/// drops boxes without any lidar or radar return.
pub const MIN_POINTS: u32 = 1;

/// Targets of a batch.
#[derive(Debug)]
pub struct Targets {
    /// 1 at a middle, falling off around it; (B, classes, HEAD, HEAD).
    pub heat: Tensor,
    /// Values of the box a cell should give; (B, BOX_VALUES, HEAD, HEAD).
    pub boxes: Tensor,
    /// Weight of those; (B, 1, HEAD, HEAD).
    pub weight: Tensor,
    /// 1 drivable, 0 not, 255 unknown; (B, HEAD, HEAD).
    pub drivable: Tensor,
    /// Class or 255; (B, MAX_SIGNALS).
    pub signals: Tensor,
}

/// Spread of the heat about a middle, cells.
fn sigma(class: BoxClass) -> f32 {
    match class {
        BoxClass::Car => 0.8,
        BoxClass::Large => 1.1,
        BoxClass::Cyclist | BoxClass::Pedestrian => 0.6,
    }
}

impl Targets {
    /// Of samples, each mirrored as told.
    pub fn of(samples: &[(&Sample, Mirror)]) -> Self {
        let (b, classes, area) = (samples.len(), BoxClass::ALL.len(), HEAD * HEAD);
        let values = BOX_VALUES as usize;
        let mut heat = vec![0f32; b * classes * area];
        let mut boxes = vec![0f32; b * values * area];
        let mut weight = vec![0f32; b * area];
        let mut drivable = Vec::with_capacity(b * area);
        let mut signals: Vec<i64> = Vec::with_capacity(b * MAX_SIGNALS);
        for (n, (sample, mirror)) in samples.iter().enumerate() {
            for (truth, ground_m) in sample.labels.boxes.iter().zip(&sample.box_ground_m) {
                if truth.points < MIN_POINTS {
                    continue;
                }
                let truth = mirror.of_box(*truth);
                let (Some((i, fi)), Some((j, fj))) =
                    (cell(truth.center_m[0], HEAD), cell(truth.center_m[1], HEAD))
                else {
                    continue;
                };
                let class = BoxClass::ALL
                    .iter()
                    .position(|c| *c == truth.class)
                    .unwrap_or(0);
                let spread = 2.0 * sigma(truth.class) * sigma(truth.class);
                let reach = 2usize;
                for a in i.saturating_sub(reach)..(i + reach + 1).min(HEAD) {
                    for c in j.saturating_sub(reach)..(j + reach + 1).min(HEAD) {
                        let (di, dj) = (a as f32 - i as f32, c as f32 - j as f32);
                        let near = sim::math::exp(f64::from(-(di * di + dj * dj) / spread)) as f32;
                        let at = a * HEAD + c;
                        let slot = &mut heat[(n * classes + class) * area + at];
                        *slot = slot.max(near);
                        // The cells beside the middle learn the box too, more lightly.
                        let share = if di == 0.0 && dj == 0.0 {
                            1.0
                        } else if di.abs() <= 1.0 && dj.abs() <= 1.0 {
                            0.3
                        } else {
                            0.0
                        };
                        if share <= weight[n * area + at] {
                            continue;
                        }
                        weight[n * area + at] = share;
                        let ln = |v: f32| sim::math::ln(f64::from(v.max(0.05))) as f32;
                        let yaw = f64::from(truth.yaw_rad);
                        let row = [
                            fi - di,
                            fj - dj,
                            truth.center_m[2] - ground_m,
                            ln(truth.size_m[0]),
                            ln(truth.size_m[1]),
                            ln(truth.size_m[2]),
                            sim::math::sin(yaw) as f32,
                            sim::math::cos(yaw) as f32,
                            truth.velocity_mps[0] / 10.0,
                            truth.velocity_mps[1] / 10.0,
                            sim::math::sin(2.0 * yaw) as f32,
                            sim::math::cos(2.0 * yaw) as f32,
                        ];
                        for (k, value) in row.into_iter().enumerate() {
                            boxes[(n * values + k) * area + at] = value;
                        }
                    }
                }
            }
            drivable.extend(drivable_of(sample, *mirror));
            signals.extend(sample.labels.signals.iter().map(|v| i64::from(*v)));
        }
        let (b, side) = (b as i64, HEAD as i64);
        Self {
            heat: Tensor::from_slice(&heat).reshape([b, classes as i64, side, side]),
            boxes: Tensor::from_slice(&boxes).reshape([b, BOX_VALUES, side, side]),
            weight: Tensor::from_slice(&weight).reshape([b, 1, side, side]),
            drivable: Tensor::from_slice(&drivable)
                .reshape([b, side, side])
                .to_kind(Kind::Float),
            signals: Tensor::from_slice(&signals).reshape([b, MAX_SIGNALS as i64]),
        }
    }
}
