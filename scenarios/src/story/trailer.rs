//! Trailers follow the hitch of what pulls them.

use sim::math;
use sim::road::RoadNetwork;

use super::Player;
use crate::model::EntityId;

/// Swings every trailer behind its tractor, front to back: the coupler stays on the hitch, the
/// axle is drawn towards it.
pub fn follow(players: &mut [Player], map: &RoadNetwork) {
    let tractors: Vec<EntityId> = players
        .iter()
        .filter(|p| p.pulled_by.is_none() && p.coupling.trailer.is_some())
        .map(|p| p.id)
        .collect();
    for tractor in tractors {
        let mut pulling = tractor;
        for _ in 0..players.len() {
            let Some(front) = players.get(pulling.0) else {
                break;
            };
            let Some(trailer) = front.coupling.trailer else {
                break;
            };
            let (pose, speed) = (*front.place.pose(), front.speed_mps);
            let hitch = pose.to_world_xy(front.coupling.hitch_dx_m.unwrap_or(0.0), 0.0);
            let active = front.active;
            let Some(back) = players.get_mut(trailer.0) else {
                break;
            };
            let reach = back.coupling.coupler_dx_m.unwrap_or(0.0).abs();
            let here = *back.place.pose();
            let (dx, dy) = (hitch.0 - here.x_m, hitch.1 - here.y_m);
            let length = math::hypot(dx, dy);
            let yaw = if length > 1e-9 {
                math::atan2(dy, dx)
            } else {
                pose.yaw_rad
            };
            let (x, y) = (
                hitch.0 - reach * math::cos(yaw),
                hitch.1 - reach * math::sin(yaw),
            );
            back.place.set_on_surface(map, x, y, Some(yaw));
            back.active = active;
            back.set_speed(speed);
            pulling = trailer;
        }
    }
}

/// Puts a tractor's trailers straight behind it.
pub fn align(players: &mut [Player], map: &RoadNetwork, tractor: EntityId) {
    let mut pulling = tractor;
    for _ in 0..players.len() {
        let Some(front) = players.get(pulling.0) else {
            break;
        };
        let Some(trailer) = front.coupling.trailer else {
            break;
        };
        let pose = *front.place.pose();
        let hitch = pose.to_world_xy(front.coupling.hitch_dx_m.unwrap_or(0.0), 0.0);
        let road = front.place.clone();
        let Some(back) = players.get_mut(trailer.0) else {
            break;
        };
        let reach = back.coupling.coupler_dx_m.unwrap_or(0.0).abs();
        let (x, y) = (
            hitch.0 - reach * math::cos(pose.yaw_rad),
            hitch.1 - reach * math::sin(pose.yaw_rad),
        );
        back.place = road;
        back.place.set_on_surface(map, x, y, Some(pose.yaw_rad));
        back.moved.teleport = true;
        back.remember();
        pulling = trailer;
    }
}
