//! `progress` (share of the route, 0 to 1), `goal_reached` (0 or 1), `distance_m` (way driven),
//! `mean_speed_mps`, `max_speed_mps`.
//!
//! Progress is that of the reference point since the first sample; the goal is the end of the route,
//! reached within 8 m. Neither is valid without a route.

use super::facts::RouteProgress;
use super::sample::Sample;
use super::{Metric, Report};
use crate::math::hypot;

/// This close to the end of the route it is reached, metres.
pub(super) const GOAL_RADIUS_M: f64 = 8.0;
/// Farther off a route than this it is left (CARLA's leaderboard: 30 m), metres.
const DEVIATION_M: f64 = 30.0;
/// Speed of an expert where the map has no limit and the ego vehicle began standing, m/s.
const USUAL_MPS: f64 = 50.0 / 3.6;

#[derive(Clone)]
pub(super) struct Progress {
    way_m: f64,
    time_s: f64,
    most_mps: f64,
    begin_mps: Option<f64>,
    route: Option<OfRoute>,
    given_expert_m: Option<f64>,
}

/// Progress on one route.
#[derive(Clone)]
struct OfRoute {
    length_m: f64,
    start_m: f64,
    farthest_m: f64,
    now_m: f64,
    is_reached: bool,
    is_left: bool,
    /// Farthest before it was left, metres.
    kept_m: f64,
    /// What an expert at the speed limit would have driven, metres.
    expert_m: f64,
}

impl Progress {
    /// With the way that an expert drove, where that is known, metres.
    pub fn new(expert_m: Option<f64>) -> Self {
        Self {
            way_m: 0.0,
            time_s: 0.0,
            most_mps: 0.0,
            begin_mps: None,
            route: None,
            given_expert_m: expert_m,
        }
    }
}

impl OfRoute {
    fn share(&self, station_m: f64) -> f64 {
        let whole = (self.length_m - self.start_m).max(1e-3);
        ((station_m - self.start_m) / whole).clamp(0.0, 1.0)
    }
}

impl Metric for Progress {
    fn sample(&mut self, sample: &Sample<'_>) {
        let (p, q) = (&sample.before.state.pose, &sample.ego.state.pose);
        let speed = sample.ego.state.speed_mps.abs();
        self.way_m += hypot(q.x_m - p.x_m, q.y_m - p.y_m);
        self.time_s += sample.dt_s;
        self.most_mps = self.most_mps.max(speed);
        let begin = *self.begin_mps.get_or_insert(speed);
        let Some(on) = &sample.route else { return };
        if on.is_new {
            // Another route than before: it counts from here.
            self.route = None;
        }
        let station = on.station_m;
        let run = self.route.get_or_insert_with(|| OfRoute {
            length_m: on.route.length_m(),
            start_m: station,
            farthest_m: station,
            now_m: station,
            is_reached: false,
            is_left: false,
            kept_m: station,
            expert_m: 0.0,
        });
        run.now_m = station;
        run.farthest_m = run.farthest_m.max(station);
        run.is_left |= on.lateral_m.abs() > DEVIATION_M;
        if !run.is_left {
            run.kept_m = run.farthest_m;
        }
        let left = (run.length_m - station).max(0.0);
        run.is_reached |= hypot(left, on.lateral_m) <= GOAL_RADIUS_M;
        let limit = sample.place.and_then(|place| {
            let lane = place.lane_id?;
            sample.map.speed_limit_mps(place.road, lane, place.s_m)
        });
        let usual = if begin > 1.0 { begin } else { USUAL_MPS };
        run.expert_m += limit.unwrap_or(usual) * sample.dt_s;
    }

    fn report(&self, report: &mut Report) {
        let run = self.route.as_ref();
        // At the goal the route is done.
        let share = run.map(|r| {
            if r.is_reached {
                1.0
            } else {
                r.share(r.farthest_m)
            }
        });
        report.value("progress", share, "1");
        report.truth("goal_reached", run.map(|r| r.is_reached));
        report.value("distance_m", Some(self.way_m), "m");
        let mean = (self.time_s > 0.0).then(|| self.way_m / self.time_s);
        report.value("mean_speed_mps", mean, "m/s");
        report.value("max_speed_mps", Some(self.most_mps), "m/s");
        if let Some(share) = share {
            let text = format!("{:.0} % of the route", 100.0 * share);
            report.note("goal_reached", text);
        }
        report.facts.distance_m = self.way_m;
        report.facts.time_s = self.time_s;
        report.facts.route = run.map(|r| {
            let whole = r.length_m - r.start_m;
            RouteProgress {
                driven_m: if r.is_reached {
                    whole
                } else {
                    r.now_m - r.start_m
                },
                expert_m: self.given_expert_m.unwrap_or(r.expert_m.min(whole)),
                completion: if r.is_reached && !r.is_left {
                    1.0
                } else {
                    r.share(r.kept_m)
                },
            }
        });
    }
}
