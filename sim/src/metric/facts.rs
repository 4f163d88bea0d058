//! What scores that are made of other metrics need of them, beyond the values reported.

use crate::actor::ActorClass;

/// Counts by what was hit, as nuPlan and CARLA tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByKind {
    /// People on foot.
    pub pedestrians: u32,
    /// People on bicycles.
    pub cyclists: u32,
    /// Motor vehicles.
    pub vehicles: u32,
    /// Anything else.
    pub objects: u32,
}

impl ByKind {
    /// Counts one of a class.
    pub fn add(&mut self, class: ActorClass) {
        match class {
            ActorClass::Pedestrian => self.pedestrians += 1,
            ActorClass::Bicycle => self.cyclists += 1,
            ActorClass::MovableObject | ActorClass::StaticObject => self.objects += 1,
            _ => self.vehicles += 1,
        }
    }

    /// All together.
    pub fn all(&self) -> u32 {
        self.pedestrians + self.cyclists + self.vehicles + self.objects
    }
}

/// How far a run has come on its route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RouteProgress {
    /// Way along the route, metres.
    pub driven_m: f64,
    /// What an expert would have driven in the same time, metres.
    pub expert_m: f64,
    /// Share of the route until it was left by more than 30 m, 0 to 1.
    pub completion: f64,
}

/// Facts of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Collisions.
    pub collisions: ByKind,
    /// Those by the ego vehicle's fault.
    pub at_fault: ByKind,
    /// Red lights run.
    pub red_lights: u32,
    /// Stop signs run.
    pub stop_signs: u32,
    /// Whether a corner has left the road.
    pub left_the_road: bool,
    /// Way driven while off the road, metres.
    pub off_road_m: f64,
    /// Way driven against the traffic, metres.
    pub wrong_way_m: f64,
    /// The most of that within a second, metres.
    pub wrong_way_in_a_second_m: f64,
    /// Way driven, metres.
    pub distance_m: f64,
    /// Time measured, seconds.
    pub time_s: f64,
    /// Speed above the limit, summed over time, metres.
    pub overspeed_m: f64,
    /// Least time to collision with those that nuPlan counts, seconds.
    pub nuplan_ttc_s: Option<f64>,
    /// Progress, where there is a route.
    pub route: Option<RouteProgress>,
}
