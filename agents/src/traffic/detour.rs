//! Other routes: who finds no room behind a junction for long takes another way.

use sim::math::Pose;
use sim::road::{LaneKey, LanePosition, RoadNetwork, Route};

use crate::map::lane_under;

/// Length of a new route, metres.
const ROUTE_M: f64 = 600.0;
/// What of the lane behind the vehicle belongs to the new route, metres.
const BEHIND_M: f64 = 12.0;

/// The lane under a pose, and a place on it a little behind.
fn behind(network: &RoadNetwork, pose: &Pose) -> Option<(LaneKey, LanePosition)> {
    let (lane, s_m) = lane_under(network, pose)?;
    let (from, to) = network.lane_range_m(lane)?;
    let along = (to - from).signum();
    let back = ((s_m - from) * along).clamp(0.0, BEHIND_M);
    let position = LanePosition {
        road: lane.road,
        lane_id: lane.lane_id,
        s_m: s_m - along * back,
        offset_m: 0.0,
    };
    Some((lane, position))
}

/// A way on from a pose at random; `None` where the road does not go on for long.
pub fn another_way(network: &RoadNetwork, pose: &Pose, seed: u64) -> Option<Route> {
    let (_, from) = behind(network, pose)?;
    let route = network.random_route(&from, ROUTE_M, seed)?;
    (route.length_m() > 150.0).then_some(route)
}
