//! The network's maps to boxes, drivable area and traffic lights.

use sim::math::{PI, atan2, exp, wrap_angle};
use sim::message::{BoxClass, Detection, DetectionSet, DrivableGrid, SignalSighting};
use tch::{Kind, Tensor};

use crate::encode::{Encoded, Ground, MAX_SIGNALS};
use crate::grid::{EXTENT_M, HEAD, HEAD_CELL_M, coordinate_m};
use crate::network::{BOX_VALUES, Output, SIGNAL_CLASSES};

/// The network's output for one actor, as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// Probability of an object's middle, classes · HEAD · HEAD.
    pub heat: Vec<f32>,
    /// Box values, BOX_VALUES · HEAD · HEAD.
    pub boxes: Vec<f32>,
    /// Probability of drivable ground, HEAD · HEAD.
    pub drivable: Vec<f32>,
    /// Probabilities of each light's classes, MAX_SIGNALS · SIGNAL_CLASSES.
    pub signals: Vec<f32>,
}

/// What [`decode`] keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeOptions {
    /// Least score of a box.
    pub min_score: f32,
    /// Most boxes.
    pub max_boxes: usize,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            min_score: 0.25,
            max_boxes: 64,
        }
    }
}

impl Maps {
    /// Row `index` of an output; `None` where a number is not finite.
    pub fn of(output: &Output, index: i64) -> Option<Self> {
        let numbers = |t: &Tensor| -> Option<Vec<f32>> {
            let t = t
                .get(index)
                .to_device(tch::Device::Cpu)
                .to_kind(Kind::Float)
                .contiguous();
            let mut out = vec![0f32; t.numel()];
            t.f_copy_data(&mut out, t.numel()).ok()?;
            out.iter().all(|v| v.is_finite()).then_some(out)
        };
        tch::no_grad(|| {
            Some(Self {
                heat: numbers(&output.heat.sigmoid())?,
                boxes: numbers(&output.boxes)?,
                drivable: numbers(&output.drivable.sigmoid())?,
                signals: numbers(&output.signals.softmax(-1, Kind::Float))?,
            })
        })
    }
}

/// Boxes of one class nearer than this are one object, metres.
fn merge_distance_m(class: BoxClass) -> f32 {
    match class {
        BoxClass::Car => 1.5,
        BoxClass::Large => 2.5,
        BoxClass::Cyclist => 0.8,
        BoxClass::Pedestrian => 0.45,
    }
}

/// The detections of one actor, best score first.
pub fn decode(maps: &Maps, encoded: &Encoded, options: &DecodeOptions) -> DetectionSet {
    let signals = encoded
        .signal_ids
        .iter()
        .take(MAX_SIGNALS)
        .zip(maps.signals.chunks_exact(SIGNAL_CLASSES as usize))
        .map(|(id, p)| SignalSighting {
            signal_id: id.clone(),
            probability: [p[0], p[1], p[2], p[3]],
        })
        .collect();
    DetectionSet {
        time_s: encoded.time_s,
        boxes: boxes(maps, &encoded.ground, options),
        drivable: DrivableGrid {
            origin_m: [-EXTENT_M; 2],
            cell_m: HEAD_CELL_M,
            shape: [HEAD; 2],
            probability: maps.drivable.clone(),
        },
        signals,
    }
}

/// Peaks of the heat maps with their boxes, doubles taken out, best score first.
pub fn boxes(maps: &Maps, ground: &Ground, options: &DecodeOptions) -> Vec<Detection> {
    let area = HEAD * HEAD;
    let mut peaks: Vec<(f32, usize, usize)> = Vec::new();
    for (class, heat) in maps.heat.chunks_exact(area).enumerate() {
        for (at, &score) in heat.iter().enumerate() {
            if score >= options.min_score && is_peak(heat, at) {
                peaks.push((score, class, at));
            }
        }
    }
    // Ties go by class and cell, so that the order is one.
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut kept: Vec<Detection> = Vec::new();
    for (score, class, at) in peaks {
        if kept.len() >= options.max_boxes {
            break;
        }
        let Some(&class) = BoxClass::ALL.get(class) else {
            continue;
        };
        let found = box_at(maps, ground, class, score, at);
        if !kept.iter().any(|other| is_double(other, &found)) {
            kept.push(found);
        }
    }
    kept
}

fn is_peak(heat: &[f32], at: usize) -> bool {
    let (i, j) = (at / HEAD, at % HEAD);
    for a in i.saturating_sub(1)..(i + 2).min(HEAD) {
        for b in j.saturating_sub(1)..(j + 2).min(HEAD) {
            let other = a * HEAD + b;
            // Of equal neighbours the first is the peak.
            if heat[other] > heat[at] || (heat[other] == heat[at] && other < at) {
                return false;
            }
        }
    }
    true
}

fn box_at(maps: &Maps, ground: &Ground, class: BoxClass, score: f32, at: usize) -> Detection {
    let value = |k: usize| maps.boxes[k * HEAD * HEAD + at];
    debug_assert_eq!(maps.boxes.len(), BOX_VALUES as usize * HEAD * HEAD);
    let x = coordinate_m((at / HEAD) as f32 + value(0).clamp(-2.0, 3.0), HEAD);
    let y = coordinate_m((at % HEAD) as f32 + value(1).clamp(-2.0, 3.0), HEAD);
    let size = |k: usize| exp(f64::from(value(k).clamp(-3.0, 3.5))) as f32;
    Detection {
        class,
        score,
        center_m: [x, y, value(2).clamp(-5.0, 5.0) + ground.at(x, y)],
        size_m: [size(3), size(4), size(5)],
        yaw_rad: yaw_rad([6, 7, 10, 11].map(value)) as f32,
        velocity_mps: [8, 9].map(|k| (value(k) * 10.0).clamp(-60.0, 60.0)),
    }
}

/// Heading: the axis, along the half of it that the direction is nearer to.
fn yaw_rad([sin, cos, axis_sin, axis_cos]: [f32; 4]) -> f64 {
    let axis = atan2(f64::from(axis_sin), f64::from(axis_cos)) / 2.0;
    let along = f64::from(cos) * sim::math::cos(axis) + f64::from(sin) * sim::math::sin(axis);
    wrap_angle(if along < 0.0 { axis + PI } else { axis })
}

/// Whether two boxes are one object: middles too near for two, or one of another class on the same spot.
fn is_double(kept: &Detection, new: &Detection) -> bool {
    let (dx, dy) = (
        kept.center_m[0] - new.center_m[0],
        kept.center_m[1] - new.center_m[1],
    );
    let limit = if kept.class == new.class {
        merge_distance_m(kept.class)
    } else {
        let wheels = |c| matches!(c, BoxClass::Car | BoxClass::Large);
        if wheels(kept.class) && wheels(new.class) {
            1.5
        } else {
            0.4
        }
    };
    dx * dx + dy * dy < limit * limit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(peaks: &[(usize, usize, usize, f32)]) -> Maps {
        let mut heat = vec![0f32; BoxClass::ALL.len() * HEAD * HEAD];
        for (class, i, j, score) in peaks {
            heat[(class * HEAD + i) * HEAD + j] = *score;
        }
        let mut boxes = vec![0f32; BOX_VALUES as usize * HEAD * HEAD];
        boxes[..2 * HEAD * HEAD].fill(0.5);
        boxes[7 * HEAD * HEAD..8 * HEAD * HEAD].fill(1.0);
        Maps {
            heat,
            boxes,
            drivable: vec![0.5; HEAD * HEAD],
            signals: vec![0.25; MAX_SIGNALS * SIGNAL_CLASSES as usize],
        }
    }

    #[test]
    fn peaks_become_boxes_and_doubles_go() {
        let ground = Ground::estimate(&[]);
        let found = boxes(
            &maps(&[
                (0, 40, 40, 0.9),
                (1, 41, 40, 0.5),
                (0, 60, 20, 0.7),
                (3, 10, 10, 0.1),
            ]),
            &ground,
            &DecodeOptions::default(),
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].center_m[..2], [0.5, 0.5]);
        assert_eq!(found[1].center_m[..2], [20.5, -19.5]);
    }
    #[test]
    fn the_heading_is_the_axis_on_the_side_of_the_direction() {
        let of = |angle: f64| [sim::math::sin(angle) as f32, sim::math::cos(angle) as f32];
        for yaw in [-3.0, -1.6, -0.2, 0.0, 0.9, 2.5] {
            // A direction that is off by a radian only chooses the half.
            let ([sin, cos], [axis_sin, axis_cos]) = (of(yaw + 1.0), of(2.0 * yaw));
            let found = yaw_rad([sin, cos, axis_sin, axis_cos]);
            assert!(wrap_angle(found - yaw).abs() < 1e-5, "{yaw} {found}");
        }
    }
}
