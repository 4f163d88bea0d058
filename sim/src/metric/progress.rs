//! Progress along the route.
//!
//! Unit: share of the route's length, 0 to 1. Source: nuPlan, *Ego progress along route*.

use crate::road::Route;
use crate::world::ActorSnapshot;

use super::Values;

/// The goal counts as reached this far before the route's end, metres.
const GOAL_M: f64 = 8.0;

#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    station_m: Option<f64>,
    length_m: f64,
}

impl Progress {
    pub(super) fn add(&mut self, route: &Route, ego: &ActorSnapshot) {
        let (x_m, y_m) = (ego.state.pose.x_m, ego.state.pose.y_m);
        let (station_m, _) = route.project(x_m, y_m, self.station_m);
        self.station_m = Some(self.station_m.map_or(station_m, |far| far.max(station_m)));
        self.length_m = route.length_m();
    }

    pub(super) fn is_goal_reached(&self) -> Option<bool> {
        self.station_m
            .map(|station| station >= self.length_m - GOAL_M)
    }

    pub(super) fn report(&self, values: &mut Values) {
        let share = self
            .station_m
            .map(|s| (s / self.length_m.max(1e-6)).clamp(0.0, 1.0));
        values.insert("progress", (share, "1"));
    }
}
