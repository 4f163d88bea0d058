//! A route laid over the roads of the map.

use sim::road::{RoadIndex, RoadNetwork};

use super::{Place, path};

/// A route as it is being driven.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteRun {
    /// Roads in order.
    pub roads: Vec<RoadIndex>,
    /// Waypoints as placed.
    pub waypoints: Vec<Place>,
    /// Distance along the route of each waypoint, metres.
    pub waypoint_s_m: Vec<f64>,
    /// Length, metres.
    pub length_m: f64,
}

impl RouteRun {
    /// Joins waypoints by the shortest ways; `None` where one can't be reached from the last.
    pub fn new(map: &RoadNetwork, waypoints: Vec<Place>) -> Option<Self> {
        let mut roads: Vec<RoadIndex> =
            waypoints.first().and_then(|p| p.road).into_iter().collect();
        let (mut length_m, mut waypoint_s_m) = (0.0, vec![0.0]);
        for pair in waypoints.windows(2) {
            let leg = path::difference(map, &pair[0], &pair[1], false, f64::INFINITY)?;
            length_m += leg.ds_m.abs();
            waypoint_s_m.push(length_m);
            let skip = usize::from(roads.last() == leg.roads.first());
            roads.extend(leg.roads.iter().skip(skip));
        }
        Some(Self {
            roads,
            waypoints,
            waypoint_s_m,
            length_m,
        })
    }

    /// The place at a distance along the route from its first waypoint, on the waypoints' lanes.
    pub fn place_at(&self, map: &RoadNetwork, path_s_m: f64) -> Option<Place> {
        let mut rest = path_s_m.clamp(0.0, self.length_m);
        let mut place = self.waypoints.first()?.clone();
        // To the waypoint before the distance, so that lanes follow the waypoints.
        let before = self
            .waypoint_s_m
            .partition_point(|s| *s <= rest)
            .saturating_sub(1);
        if let (Some(waypoint), Some(s)) =
            (self.waypoints.get(before), self.waypoint_s_m.get(before))
        {
            place = waypoint.clone();
            rest -= s;
        }
        let choice = super::place::JunctionChoice::Route(&self.roads);
        place.move_along(map, rest, super::place::Along::Heading, choice);
        Some(place)
    }

    /// Whether a road belongs to it.
    pub fn contains(&self, road: RoadIndex) -> bool {
        self.roads.contains(&road)
    }
}
