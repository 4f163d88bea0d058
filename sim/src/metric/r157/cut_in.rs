//! `r157_cut_in_ttc_s`: least time to collision at a cut-in, seconds; not valid without one by a slower vehicle.
//! `r157_cut_in_margin_s`: least of what that time was longer than the one from which on a collision has to be
//! avoided, seconds.
//!
//! UN R157, 5.2.5.2: a collision with a vehicle that cuts in has to be avoided where it keeps a lower speed, where its
//! lateral movement was visible for at least 0.72 s, and where at its lane intrusion
//! TTC > v_rel / (2 · 6 m/s²) + 0.35 s. It intrudes when its side passes a line 0.3 m inside the marking.

use std::collections::BTreeMap;

use crate::actor::ActorId;
use crate::metric::Report;
use crate::metric::sample::Sample;
use crate::metric::scene::Near;
use crate::road::RoadIndex;

/// Deceleration that has to be had, m/s², and the time until it is, seconds.
const DECEL_MPS2: f64 = 6.0;
const DELAY_S: f64 = 0.35;
/// This far inside the marking a vehicle intrudes, metres.
const INTRUSION_M: f64 = 0.3;
/// The lateral movement is visible for this long, seconds.
const VISIBLE_S: f64 = 0.72;
/// Sideways faster than this moves laterally, m/s.
const LATERAL_MPS: f64 = 0.1;

/// Whether a collision has to be avoided with a vehicle that intrudes at this time to collision, seconds, when
/// the ego vehicle is faster by this much, m/s.
pub fn cut_in_is_preventable(ttc_s: f64, faster_by_mps: f64) -> bool {
    ttc_s > needed_s(faster_by_mps)
}

fn needed_s(faster_by_mps: f64) -> f64 {
    faster_by_mps / (2.0 * DECEL_MPS2) + DELAY_S
}

/// A vehicle that has cut in.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutIn {
    /// When it intruded, seconds.
    pub time_s: f64,
    /// When its sideways movement had begun, seconds.
    pub began_s: f64,
    /// Whether a collision with it has to be avoided.
    pub is_preventable: bool,
}

/// How another vehicle stands to the lane.
#[derive(Clone, Copy, Debug)]
struct Track {
    was_out: bool,
    moving_since_s: Option<f64>,
}

/// Finds cut-ins.
#[derive(Clone, Default)]
pub(super) struct CutIns {
    lane: Option<(RoadIndex, i32)>,
    tracks: BTreeMap<ActorId, Track>,
    found: BTreeMap<ActorId, CutIn>,
    least_ttc: Option<(f64, String, f64)>,
    least_margin: Option<(f64, String, f64)>,
}

impl CutIns {
    /// Takes in a tick.
    pub fn sample(&mut self, sample: &Sample<'_>) {
        let Some(scene) = &sample.scene else { return };
        let lane = sample.place.and_then(|p| Some((p.road, p.lane_id?)));
        if lane != self.lane {
            // It is the ego vehicle that has changed its lane.
            self.lane = lane;
            self.tracks.clear();
        }
        let Some(borders) = scene.lane_m else { return };
        let mut tracks = BTreeMap::new();
        for near in scene.near.iter().filter(|n| may_cut_in(n)) {
            let last = self.tracks.get(&near.actor.id);
            let side = if near.left_m >= 0.0 { 1.0 } else { -1.0 };
            let depth = if side > 0.0 {
                borders.0 - (near.left_m - near.half_width_m)
            } else {
                near.left_m + near.half_width_m - borders.1
            };
            let is_moving = -side * near.speed_mps.1 > LATERAL_MPS;
            let moving_since_s = is_moving.then(|| {
                last.and_then(|l| l.moving_since_s)
                    .unwrap_or(sample.time_s - scene.dt_s)
            });
            let is_in = depth >= INTRUSION_M;
            if is_in
                && let Some(began_s) = moving_since_s
                && last.is_some_and(|l| l.was_out)
            {
                self.cut_in(sample, near, scene.speed_mps.0, began_s);
            }
            let track = Track {
                was_out: !is_in,
                moving_since_s,
            };
            tracks.insert(near.actor.id, track);
        }
        self.tracks = tracks;
    }

    fn cut_in(&mut self, sample: &Sample<'_>, near: &Near<'_>, speed_mps: f64, began_s: f64) {
        let faster = speed_mps - near.speed_mps.0;
        let is_visible = sample.time_s - began_s >= VISIBLE_S - 1e-9;
        let mut cut_in = CutIn {
            time_s: sample.time_s,
            began_s,
            is_preventable: true,
        };
        if faster > 0.0 {
            let ttc = near.gap_m.max(0.0) / faster;
            let margin = ttc - needed_s(faster);
            cut_in.is_preventable = is_visible && cut_in_is_preventable(ttc, faster);
            for (least, value) in [(&mut self.least_ttc, ttc), (&mut self.least_margin, margin)] {
                if least.as_ref().is_none_or(|l| value < l.0) {
                    *least = Some((value, near.actor.spec.name.clone(), sample.time_s));
                }
            }
        }
        self.found.insert(near.actor.id, cut_in);
    }

    /// The last cut-in of a vehicle.
    pub fn of(&self, id: ActorId) -> Option<CutIn> {
        self.found.get(&id).copied()
    }

    /// Writes what was measured.
    pub fn report(&self, report: &mut Report) {
        for (metric, found) in [
            ("r157_cut_in_ttc_s", &self.least_ttc),
            ("r157_cut_in_margin_s", &self.least_margin),
        ] {
            report.value(metric, found.as_ref().map(|l| l.0), "s");
            if let Some((_, name, at)) = found {
                report.note(metric, format!("by {name} at {at:.2} s"));
            }
        }
    }
}

/// Whether it drives ahead, the same way.
fn may_cut_in(near: &Near<'_>) -> bool {
    near.ahead_m > 0.0
        && near.actor.spec.class.is_vehicle()
        && near.turn_rad.abs() < crate::math::PI / 3.0
        && near.speed_mps.0 > 0.5
}
