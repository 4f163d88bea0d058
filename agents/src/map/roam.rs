//! A route for who has none: along its lane, and on through junctions at random.

use rand_chacha::ChaCha8Rng;
use sim::math::{Pose, cos};
use sim::road::{LaneKey, RoadNetwork};
use sim::seed::Draw;

use super::path_of::Leg;

/// The drivable lane under a pose whose traffic runs with its heading, and the station there.
pub fn lane_under(network: &RoadNetwork, pose: &Pose) -> Option<(LaneKey, f64)> {
    let at = network.locate_with_heading(pose.x_m, pose.y_m, Some(pose.z_m), pose.yaw_rad, None)?;
    let (lane_id, _) = network.nearest_lane(at.road, at.s_m, at.t_m)?;
    let key = network.lane_key(at.road, at.s_m, lane_id)?;
    let direction = f64::from(network.driving_direction(at.road, lane_id));
    let along = network.pose_at(at.road, at.s_m, at.t_m)?;
    let with = cos(pose.yaw_rad - along.pose.yaw_rad) * direction;
    if with >= -0.2 {
        return Some((key, at.s_m));
    }
    // It stands in a lane of the other direction (as while passing): the innermost of its own.
    let found = network.road(at.road)?;
    let own = found
        .section(at.s_m)?
        .lanes()
        .filter(|l| {
            l.kind.is_drivable() && f64::from(found.driving_direction(l.id)) * direction < 0.0
        })
        .min_by_key(|l| l.id.abs())?;
    Some((network.lane_key(at.road, at.s_m, own.id)?, at.s_m))
}

/// Legs from a station of a lane on, at least `length_m` long unless the road ends.
pub fn roam(
    network: &RoadNetwork,
    start: LaneKey,
    from_s_m: f64,
    length_m: f64,
    rng: &mut ChaCha8Rng,
) -> Vec<Leg> {
    let (mut legs, mut lane, mut run) = (Vec::new(), start, 0.0);
    while run < length_m && legs.len() < 500 {
        let Some((begin, end)) = network.lane_range_m(lane) else {
            break;
        };
        let entered = if legs.is_empty() { from_s_m } else { begin };
        legs.push(Leg {
            lane,
            from_s_m: entered,
            to_s_m: end,
        });
        run += (end - entered).abs();
        let ways: Vec<LaneKey> = network
            .successors(lane)
            .filter(|next| {
                network
                    .lane_type(
                        next.road,
                        network.lane_range_m(*next).map_or(0.0, |r| r.0),
                        next.lane_id,
                    )
                    .is_some_and(sim::road::LaneType::is_drivable)
            })
            .collect();
        let Some(next) = ways.get(rng.index(ways.len())) else {
            break;
        };
        lane = *next;
    }
    legs
}
