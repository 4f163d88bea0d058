//! `r157_collisions`: collisions that UN R157 asks to be avoided, count.
//! `r157_careful_driver_collisions`: those that a competent and careful human driver would have avoided, count.
//!
//! UN R157, 5.2.5: with the vehicle ahead, whatever its braking; with what blocks the lane (5.2.4); with one who cuts
//! in as in [`super::cut_in`]; with a pedestrian who crosses at up to 5 km/h. Not where the ego vehicle stands, is
//! hit from behind, or from the side while in its lane (at fault as in `collision.rs`). The driver is that of
//! [`super::careful_driver`], who is asked in the appendix's three cases: a cut-in, perceived by its sideways
//! movement; an obstacle that a vehicle ahead had hidden, perceived when that vehicle has moved out of the lane's
//! middle; and the vehicle ahead, perceived when it begins to brake.

use std::collections::{BTreeMap, VecDeque};

use super::careful_driver::{CarefulDriver, Obstacle};
use super::cut_in::CutIns;
use crate::actor::{ActorClass, ActorId};
use crate::metric::collision::Impact;
use crate::metric::sample::Sample;
use crate::metric::scene::Scene;
use crate::metric::{Metric, Report};

/// So far back goes what is known of others, in scenes of 0.1 s.
const KEPT: usize = 200;
/// A pedestrian faster than this across the lane need not be avoided, m/s (5 km/h, and rounding).
const PEDESTRIAN_MPS: f64 = 1.4;
/// A vehicle ahead that loses more than this brakes, m/s².
const BRAKING_MPS2: f64 = 1.0;
/// A cut-in longer ago than this has become following, seconds.
const CUT_IN_S: f64 = 10.0;

/// Another one at one time.
#[derive(Clone, Copy, Debug)]
struct Seen {
    time_s: f64,
    /// Way of the ego vehicle so far, metres.
    own_way_m: f64,
    own_speed_mps: f64,
    gap_m: f64,
    left_m: f64,
    speed_mps: f64,
    is_in_path: bool,
    is_hidden: bool,
}

/// The meter.
#[derive(Clone, Default)]
pub(in crate::metric) struct Avoidance {
    cut_ins: CutIns,
    driver: CarefulDriver,
    way_m: f64,
    seen: BTreeMap<ActorId, VecDeque<Seen>>,
    collisions: Vec<String>,
    careful: Vec<String>,
}

impl Metric for Avoidance {
    fn sample(&mut self, sample: &Sample<'_>) {
        self.cut_ins.sample(sample);
        self.way_m += sample.ego.state.speed_mps * sample.dt_s;
        if let Some(scene) = &sample.scene {
            self.remember(sample.time_s, scene);
        }
        for impact in &sample.impacts {
            self.judge(sample, impact);
        }
    }

    fn report(&self, report: &mut Report) {
        self.cut_ins.report(report);
        for (metric, found) in [
            ("r157_collisions", &self.collisions),
            ("r157_careful_driver_collisions", &self.careful),
        ] {
            report.value(metric, Some(found.len() as f64), "1");
            if !found.is_empty() {
                report.note(metric, found.join(", "));
            }
        }
    }
}

impl Avoidance {
    fn remember(&mut self, time_s: f64, scene: &Scene<'_>) {
        let middle = scene.lane_m.map_or(0.0, |(l, r)| 0.5 * (l + r));
        let perceived = self.driver.perceived_m;
        // Who hides what is behind: the nearest in the path, in the lane's middle.
        let hider = scene
            .near
            .iter()
            .filter(|n| {
                n.ahead_m > 0.0
                    && n.gap_m >= 0.0
                    && n.side_gap_m < 0.0
                    && (n.left_m - middle).abs() <= perceived
            })
            .map(|n| n.ahead_m)
            .fold(f64::INFINITY, f64::min);
        let mut seen = BTreeMap::new();
        for near in scene.near.iter().filter(|n| n.ahead_m > 0.0) {
            let mut past = self.seen.remove(&near.actor.id).unwrap_or_default();
            if past.len() >= KEPT {
                past.pop_front();
            }
            past.push_back(Seen {
                time_s,
                own_way_m: self.way_m,
                own_speed_mps: scene.speed_mps.0,
                gap_m: near.gap_m,
                left_m: near.left_m,
                speed_mps: near.speed_mps.0,
                is_in_path: near.side_gap_m < 0.0,
                is_hidden: near.ahead_m > hider + 1e-6,
            });
            seen.insert(near.actor.id, past);
        }
        self.seen = seen;
    }

    fn judge(&mut self, sample: &Sample<'_>, impact: &Impact<'_>) {
        if !impact.is_at_fault {
            return;
        }
        let id = impact.other.id;
        let cut_in = self
            .cut_ins
            .of(id)
            .filter(|c| sample.time_s - c.time_s <= CUT_IN_S);
        let text = format!("{} at {:.2} s", impact.other.spec.name, sample.time_s);
        let across = {
            let (v, yaw) = (
                impact.other.state.velocity_mps,
                sample.ego.state.pose.yaw_rad,
            );
            crate::math::cos(yaw) * v[1] - crate::math::sin(yaw) * v[0]
        };
        let is_too_fast =
            impact.other.spec.class == ActorClass::Pedestrian && across.abs() > PEDESTRIAN_MPS;
        if !is_too_fast && cut_in.is_none_or(|c| c.is_preventable) {
            self.collisions.push(text.clone());
        }
        let Some(past) = self.seen.get(&id) else {
            return;
        };
        let perceived = match cut_in {
            Some(cut_in) => self.sideways(past, cut_in.began_s),
            None => unhidden(past).or_else(|| braking(past)),
        };
        if let Some(from) = perceived
            && self.would_avoid(past, from)
        {
            self.careful.push(text);
        }
    }

    /// Since when a vehicle that cuts in has moved as far to the side as is perceived.
    fn sideways(&self, past: &VecDeque<Seen>, began_s: f64) -> Option<usize> {
        let begin = past.iter().position(|s| s.time_s >= began_s - 1e-9)?;
        let left = past.get(begin)?.left_m;
        let moved = |s: &Seen| (s.left_m - left).abs() > self.driver.perceived_m;
        let after = past.iter().skip(begin).position(moved)?;
        Some(begin + after)
    }

    /// Whether the careful driver, who perceives it there, does not run into it.
    fn would_avoid(&self, past: &VecDeque<Seen>, from: usize) -> bool {
        let Some(start) = past.get(from) else {
            return false;
        };
        let places: Vec<Obstacle> = past
            .iter()
            .skip(from)
            .map(|s| Obstacle {
                time_s: s.time_s - start.time_s,
                rear_m: s.own_way_m - start.own_way_m + s.gap_m,
                speed_mps: s.speed_mps,
                is_in_path: s.is_in_path,
            })
            .collect();
        self.driver.avoids(start.own_speed_mps, &places)
    }
}

/// Since when it is no longer hidden, where it was.
fn unhidden(past: &VecDeque<Seen>) -> Option<usize> {
    past.iter()
        .rposition(|s| s.is_hidden)
        .map(|i| i + 1)
        .filter(|i| *i < past.len())
}

/// Since when it brakes, where it has been braking until the end.
fn braking(past: &VecDeque<Seen>) -> Option<usize> {
    let pairs = past.iter().zip(past.iter().skip(1));
    let braked: Vec<bool> = pairs
        .map(|(a, b)| {
            let loss = (a.speed_mps - b.speed_mps) / (b.time_s - a.time_s).max(1e-9);
            loss > BRAKING_MPS2
        })
        .collect();
    let last = braked.iter().rposition(|b| *b)?;
    let begin = braked.get(..=last)?.iter().rposition(|b| !*b);
    Some(begin.map_or(0, |i| i + 1))
}
