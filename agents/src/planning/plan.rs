//! From the network's scores to the plan: proposals are shaped, judged and chosen.

use sim::math::wrap_angle;
use sim::message::{DrivableGrid, Proposal, Trajectory, TrajectoryPoint};

use super::features::PlanInput;
use super::proposals::{Anchor, COUNT, Residual, Start, anchors, course, roll_out};
use super::safety::{SafetyInput, check, occupancy};
use crate::path::Priority;
use crate::rules::idm::IdmParams;
use crate::systems::DECISION_S;

/// Proposals that the network thinks even less of cost no more.
const LEAST_LIKENESS: f64 = 1e-6;
/// How fast likeness to what the network wants falls off: with offset, m; with more braking and with
/// less of it, m/s².
const OFFSET_SCALE_M: f64 = 0.35;
const MORE_BRAKING_MPS2: f64 = 2.5;
const LESS_BRAKING_MPS2: f64 = 0.8;
/// Slower than this, who cannot go where the network wants is held up, m/s.
const HELD_MPS: f64 = 2.0;
/// Being held up for so long lets what is twice as far from the network's wish count as much as before,
/// seconds; and how often that adds up.
const PATIENCE_S: f64 = 2.0;
const MOST_URGE: f64 = 3.0;

/// What the planner remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanMemory {
    /// Station on the route found last, metres.
    pub station_m: Option<f64>,
    /// Stop line that it has stopped at, station in metres.
    pub stopped_at_m: Option<f64>,
    /// Offset chosen last, metres.
    pub offset_m: f64,
    /// For how long the network has wanted to go on while what it wants was refused, seconds.
    pub held_s: f64,
}

impl PlanMemory {
    /// Notes a stop at a stop sign.
    pub fn update(&mut self, input: &PlanInput) {
        let front = input.front_station_m();
        let stands = input.odometry.speed_mps.abs() < 0.5;
        if let Some(junction) = input.path.junctions.iter().find(|j| {
            stands && j.priority == Priority::Stop && (-0.5..4.0).contains(&(j.start_m - front))
        }) {
            self.stopped_at_m = Some(junction.start_m);
        }
    }
}

/// Chooses the plan. `logits` and `residuals` are the network's for each anchor.
pub fn choose(
    input: &PlanInput,
    logits: &[f32],
    residuals: &[[f32; 3]],
    drivable: &dyn Fn(f64, f64) -> bool,
    grid: &DrivableGrid,
    params: &IdmParams,
    memory: &mut PlanMemory,
) -> Trajectory {
    let speed = input.odometry.speed_mps.max(0.0);
    let probabilities = softmax(logits);
    let along = input.path.sample(input.station_m).yaw_rad;
    let start = Start {
        station_m: input.station_m,
        lateral_m: input.lateral_m,
        turn_rad: wrap_angle(input.odometry.pose.yaw_rad - along),
        speed_mps: speed,
    };
    let patience_spent = (memory.held_s / PATIENCE_S).min(MOST_URGE);
    let wishes = likeness(&probabilities, 1.0 + patience_spent);
    let safety = SafetyInput {
        plan: input,
        drivable,
        grid,
        occupancy: occupancy(input),
    };
    // An imitator that stands tends to go on standing, as its teacher did before it: what is safe is
    // worth more to the one who is slow.
    let progress_weight = 0.08 + 0.3 / (1.0 + speed);
    let wish = (0..COUNT).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let mut is_held = false;
    let mut proposals = Vec::with_capacity(COUNT);
    // (sum of costs, index, contact, offset)
    let mut best: Option<(f32, usize, f64)> = None;
    let mut latest: Option<(f64, f32, usize)> = None;
    for (index, anchor) in anchors().enumerate() {
        let raw = residuals
            .get(index)
            .copied()
            .unwrap_or_default()
            .map(f64::from);
        let finite = raw.iter().all(|v| v.is_finite());
        let residual = if finite {
            Residual {
                accel_mps2: [raw[0], raw[1]],
                offset_m: raw[2],
            }
        } else {
            Residual::default()
        };
        // The middle course is the route itself: only the side ones are shaped.
        let shift = if anchor.offset_m == 0.0 {
            0.0
        } else {
            residual.offset_m
        };
        let offset = anchor.offset_m + shift;
        let lateral = course(&start, anchor.accel_mps2, offset);
        let accel = residual.accel_mps2.map(|a| anchor.accel_mps2 + a);
        let points = roll_out(input.path, &lateral, input.station_m, speed, accel, params);
        let probability = probabilities.get(index).copied().unwrap_or(0.0);
        let verdict = check(&safety, &points);
        let progress = run_m(&points);
        let costs = vec![
            (
                "network".to_owned(),
                -sim::math::ln(wishes.get(index).copied().unwrap_or(LEAST_LIKENESS)) as f32,
            ),
            ("progress".to_owned(), -(progress_weight * progress) as f32),
            ("nearness".to_owned(), 1.5 * verdict.nearness),
            ("in_the_way".to_owned(), 3.0 * verdict.in_the_way),
            (
                "change".to_owned(),
                (0.5 * speed.min(1.0) * (offset - memory.offset_m).abs()) as f32,
            ),
            ("off_drivable".to_owned(), 2.0 * verdict.off_drivable),
        ];
        is_held |= wish == Some(index)
            && anchor.accel_mps2 > 0.0
            && speed < HELD_MPS
            && verdict.contact_s.is_some();
        let cost: f32 = costs.iter().map(|(_, c)| c).sum();
        if verdict.refused.is_none() && best.is_none_or(|(c, ..)| cost < c) {
            best = Some((cost, index, offset));
        }
        if anchor.offset_m == 0.0 {
            let when = verdict.contact_s.unwrap_or(f64::MAX);
            let end = points.last().map_or(0.0, |p| p.speed_mps) as f32;
            if latest.is_none_or(|(t, v, _)| end < v - 0.1 || (end < v + 0.1 && when > t)) {
                latest = Some((when, end, index));
            }
        }
        proposals.push(Proposal {
            points,
            probability,
            costs,
            refused: verdict.refused,
        });
    }
    memory.held_s = if is_held {
        memory.held_s + DECISION_S
    } else {
        (memory.held_s - DECISION_S).max(0.0)
    };
    let chosen = best.map(|(_, index, offset)| {
        memory.offset_m = offset;
        index
    });
    let points = match chosen.or(latest.map(|l| l.2)) {
        Some(index) => proposals[index].points.clone(),
        None => Vec::new(),
    };
    Trajectory {
        start_time_s: input.odometry.time_s,
        points,
        proposals,
        is_emergency: chosen.is_none(),
    }
}

/// How near each anchor is to what the network wants: its probabilities, each spread over the anchors
/// about its own. Where the first choice is refused, the same course with harder braking is nearer to it
/// than a swerve at full speed, whatever the network made of either.
fn likeness(probabilities: &[f32], spread: f64) -> Vec<f64> {
    anchors()
        .map(|a| {
            let near = |(wanted, p): (Anchor, &f32)| {
                let aside = (a.offset_m - wanted.offset_m).abs() / OFFSET_SCALE_M;
                let less = a.accel_mps2 - wanted.accel_mps2;
                let along = (less / LESS_BRAKING_MPS2).max(-less / MORE_BRAKING_MPS2);
                f64::from(*p) * sim::math::exp(-(aside + along) / spread)
            };
            let sum: f64 = anchors().zip(probabilities).map(near).sum();
            sum.max(LEAST_LIKENESS)
        })
        .collect()
}

fn run_m(points: &[TrajectoryPoint]) -> f64 {
    points
        .windows(2)
        .map(|w| 0.5 * (w[0].speed_mps + w[1].speed_mps) * (w[1].time_s - w[0].time_s))
        .sum()
}

/// Probabilities of logits; even where they are not finite.
fn softmax(logits: &[f32]) -> Vec<f32> {
    if logits.iter().any(|v| !v.is_finite()) {
        return vec![1.0 / logits.len().max(1) as f32; logits.len()];
    }
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let raised: Vec<f64> = logits
        .iter()
        .map(|v| sim::math::exp(f64::from(v - top)))
        .collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|v| (v / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harder_braking_is_nearer_to_a_refused_wish_than_a_swerve() {
        let wish = anchors().position(|a| a.offset_m == 0.0 && a.accel_mps2 == -2.0);
        let probabilities: Vec<f32> = (0..COUNT)
            .map(|i| f32::from(u8::from(Some(i) == wish)))
            .collect();
        let near = likeness(&probabilities, 1.0);
        let of = |offset_m: f64, accel_mps2: f64| {
            let at = anchors().position(|a| {
                a == Anchor {
                    offset_m,
                    accel_mps2,
                }
            });
            at.map_or(f64::NAN, |i| near[i])
        };
        assert!((of(0.0, -2.0) - 1.0).abs() < 1e-6);
        assert!(of(0.0, -3.0) > of(0.0, -7.0));
        assert!(of(0.0, -7.0) > 10.0 * of(0.0, 1.5));
        assert!(of(0.0, -7.0) > 10.0 * of(2.7, -2.0));
        assert!(near.iter().all(|v| *v >= LEAST_LIKENESS));
    }
}
