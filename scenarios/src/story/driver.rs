//! Drivers on rails: they keep an entity's speed behind what is ahead on its way, while the entity
//! goes along its lane or course exactly. ACC, ALKS and the traffic of `TrafficAction` drive so.

use sim::math;
use sim::road::RoadNetwork;

use super::place::{Along, JunctionChoice, Moved};
use super::{Cast, Player};
use crate::model::{Controller, DriverKind, EntityId};

/// How a driver follows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Manner {
    /// Time headway, seconds.
    headway_s: f64,
    /// Gap at standstill, metres.
    min_gap_m: f64,
    /// Acceleration at rest, m/s².
    accel_mps2: f64,
    /// Comfortable deceleration, m/s².
    decel_mps2: f64,
    /// Largest deceleration, m/s².
    max_decel_mps2: f64,
    /// Never exceeded, m/s.
    max_speed_mps: f64,
}

impl Manner {
    const IDM: Self = Self {
        headway_s: 1.4,
        min_gap_m: 2.0,
        accel_mps2: 1.6,
        decel_mps2: 2.0,
        max_decel_mps2: 8.0,
        max_speed_mps: 60.0,
    };

    /// `None` for whole drivers, which are not on rails.
    fn of(kind: DriverKind) -> Option<Self> {
        Some(match kind {
            DriverKind::Whole(_) => return None,
            DriverKind::Idm => Self::IDM,
            // ISO 15622: at most 2 m/s² up and 3.5 m/s² down (5 m/s² at low speed).
            DriverKind::Acc => Self {
                headway_s: 1.5,
                min_gap_m: 2.0,
                accel_mps2: 2.0,
                decel_mps2: 2.0,
                max_decel_mps2: 3.5,
                max_speed_mps: 60.0,
            },
            // UN R157: up to 130 km/h, 1.6 s behind others from 60 km/h on, full braking in emergencies.
            DriverKind::Alks => Self {
                headway_s: 1.6,
                min_gap_m: 2.0,
                accel_mps2: 1.5,
                decel_mps2: 2.5,
                max_decel_mps2: 9.0,
                max_speed_mps: 130.0 / 3.6,
            },
        })
    }

    /// Acceleration of the Improved Intelligent Driver Model (Treiber and Kesting, Traffic Flow Dynamics,
    /// 2013, 11.3.7), m/s².
    fn accel(&self, speed: f64, wish: f64, leader: Option<Leader>) -> f64 {
        let (a, b) = (self.accel_mps2, self.decel_mps2);
        let free = if wish < 0.1 {
            -b.max(speed / 2.0)
        } else if speed <= wish {
            a * (1.0 - math::powf(speed / wish, 4.0))
        } else {
            -b * (1.0 - math::powf(wish / speed, 4.0 * a / b))
        };
        let Some(leader) = leader else {
            return free.clamp(-self.max_decel_mps2, a);
        };
        let closing = speed * (speed - leader.speed_mps) / (2.0 * (a * b).sqrt());
        let wanted_m = self.min_gap_m + (speed * self.headway_s + closing).max(0.0);
        let z = wanted_m / leader.gap_m.max(0.1);
        let accel = if z >= 1.0 {
            free.min(0.0) + a * (1.0 - z * z)
        } else if speed <= wish && free > 1e-6 {
            free * (1.0 - math::powf(z, 2.0 * a / free))
        } else {
            free
        };
        accel.clamp(-self.max_decel_mps2, a)
    }
}

/// Who or what is ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Leader {
    /// From bumper to bumper, metres.
    gap_m: f64,
    /// Along the way, m/s.
    speed_mps: f64,
}

/// A driver of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    manner: Manner,
    /// Speed it keeps where nothing is ahead, m/s; that of road and bends where unset.
    wish_mps: Option<f64>,
    /// Speed to which it has brought the entity, m/s.
    speed_mps: f64,
    accel_mps2: f64,
    /// Pedals held by `OverrideControllerValueAction`: throttle and brake, 0 to 1.
    pub(crate) pedals: [Option<f64>; 2],
}

impl Driver {
    /// The driver that a controller stands for, of an entity at a speed; `None` where it stands for none.
    pub fn new(controller: &Controller, speed_mps: f64) -> Option<Self> {
        let mut manner = Manner::of(controller.driver?)?;
        if let Some(headway_s) = controller.headway_s {
            manner.headway_s = headway_s;
        }
        Some(Self {
            manner,
            wish_mps: Some(controller.set_speed_mps.unwrap_or(speed_mps)),
            speed_mps,
            accel_mps2: 0.0,
            pedals: [None; 2],
        })
    }

    /// One of the traffic.
    pub fn of_traffic(speed_mps: f64) -> Self {
        Self {
            manner: Manner::IDM,
            wish_mps: None,
            speed_mps,
            accel_mps2: 0.0,
            pedals: [None; 2],
        }
    }
}

/// Time between decisions, seconds.
const DECISION_S: f64 = 0.1;
/// Distance between the looks ahead, metres.
const LOOK_M: f64 = 2.0;
/// Farthest look ahead, metres.
const REACH_M: f64 = 250.0;
/// Room to the side that is kept free, metres.
const ASIDE_M: f64 = 0.3;
/// Largest acceleration across in bends of traffic, m/s².
const ACROSS_MPS2: f64 = 2.5;
/// Speed of traffic where the road gives no limit, m/s.
const USUAL_MPS: f64 = 13.9;

impl Cast {
    /// Drivers set the speeds of their entities; what an action has set in this step is their wish.
    pub(super) fn drive(&mut self) {
        let dt_s = self.dt_s();
        if dt_s <= 0.0 || self.players.iter().all(|p| p.driver.is_none()) {
            return;
        }
        let is_due = self.is_due(DECISION_S);
        for i in 0..self.players.len() {
            let player = &self.players[i];
            let (true, Some(mut driver)) = (
                player.active && player.is_scripted && player.pulled_by.is_none(),
                player.driver.clone(),
            ) else {
                continue;
            };
            if player.moved.speed && !player.moved.longitudinal {
                driver.wish_mps = Some(player.speed_mps.max(0.0));
            }
            if player.moved.teleport {
                driver.speed_mps = player.speed_mps;
            }
            if is_due {
                let wish = driver
                    .wish_mps
                    .unwrap_or_else(|| road_speed(&self.map, player))
                    .min(driver.manner.max_speed_mps);
                let leader = self.leader(EntityId(i));
                driver.accel_mps2 = driver.manner.accel(driver.speed_mps, wish, leader);
            }
            let limits = &player.spec.performance;
            let [throttle, brake] = driver.pedals;
            let mut accel = driver.accel_mps2;
            if throttle.is_some() || brake.is_some() {
                accel = throttle.unwrap_or(0.0) * limits.max_acceleration_mps2
                    - brake.unwrap_or(0.0) * limits.max_deceleration_mps2;
            }
            let speed = (driver.speed_mps + accel * dt_s).clamp(0.0, limits.max_speed_mps);
            driver.speed_mps = speed;
            if let Some(player) = self.players.get_mut(i) {
                player.set_speed(speed);
                player.driver = Some(driver);
            }
        }
    }

    /// The nearest box on the way of an entity.
    fn leader(&self, id: EntityId) -> Option<Leader> {
        let me = self.actor(id)?;
        let own = &me.spec.bounding_box;
        let front_m = own.center_x_m + own.length_m / 2.0;
        let v = me.speed_mps.max(0.0);
        let reach_m = (20.0 + 4.0 * v).min(REACH_M);
        let here = me.place.pose();
        let others: Vec<&Player> = self
            .players
            .iter()
            .filter(|p| p.active && p.id != id && p.pulled_by != Some(id))
            .filter(|p| {
                let pose = p.place.pose();
                (pose.z_m - here.z_m).abs() < 3.0
                    && math::hypot(pose.x_m - here.x_m, pose.y_m - here.y_m) < reach_m + 20.0
            })
            .collect();
        if others.is_empty() {
            return None;
        }
        let choice = match &me.route {
            Some(route) => JunctionChoice::Route(&route.roads),
            None => JunctionChoice::Angle(me.junction_angle_rad),
        };
        let mut place = me.place.clone();
        let mut ahead_m = 0.0;
        while ahead_m <= reach_m {
            let pose = *place.pose();
            let mut nearest: Option<Leader> = None;
            for other in &others {
                let b = &other.spec.bounding_box;
                let theirs = other.place.pose();
                let (x, y) = theirs.to_world_xy(b.center_x_m, b.center_y_m);
                let (x, y) = pose.to_local_xy(x, y);
                let turn = theirs.yaw_rad - pose.yaw_rad;
                let (c, s) = (math::cos(turn).abs(), math::sin(turn).abs());
                let half_m = (b.length_m * c + b.width_m * s) / 2.0;
                let half_wide_m = (b.length_m * s + b.width_m * c) / 2.0;
                let is_here = x.abs() <= LOOK_M / 2.0 + 1e-9
                    && y.abs() < half_wide_m + own.width_m / 2.0 + ASIDE_M;
                let is_behind = ahead_m + x <= own.center_x_m;
                if !is_here || is_behind {
                    continue;
                }
                let gap_m = ahead_m + x - half_m - front_m;
                if nearest.is_none_or(|n| gap_m < n.gap_m) {
                    nearest = Some(Leader {
                        gap_m,
                        speed_mps: (other.speed_mps * math::cos(turn)).max(0.0),
                    });
                }
            }
            if nearest.is_some() {
                return nearest;
            }
            let moved = match place.road {
                Some(_) => place.move_along(&self.map, LOOK_M, Along::Heading, choice),
                None => Moved::EndOfRoad,
            };
            if moved == Moved::EndOfRoad {
                return None;
            }
            ahead_m += LOOK_M;
        }
        None
    }
}

/// Speed that the road and its bend allow, m/s.
fn road_speed(map: &RoadNetwork, player: &Player) -> f64 {
    let place = &player.place;
    let limit = place
        .road
        .and_then(|road| map.speed_limit_mps(road, place.lane_id, place.s_m))
        .unwrap_or(USUAL_MPS);
    limit.min((ACROSS_MPS2 / place.curvature_1pm.abs().max(1e-4)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_to_rest_behind_a_standing_leader() {
        for kind in [DriverKind::Idm, DriverKind::Alks] {
            let manner = Manner::of(kind).expect("on rails");
            let (mut gap_m, mut v) = (150.0, 25.0);
            for _ in 0..6000 {
                let leader = Some(Leader {
                    gap_m,
                    speed_mps: 0.0,
                });
                v = f64::max(0.0, v + manner.accel(v, 25.0, leader) * 0.01);
                gap_m -= v * 0.01;
            }
            assert!(
                (1.0..4.0).contains(&gap_m) && v < 0.1,
                "{kind:?}: {gap_m} m, {v} m/s"
            );
        }
    }

    #[test]
    fn alone_it_keeps_its_wish() {
        let manner = Manner::of(DriverKind::Acc).expect("on rails");
        let mut v = 10.0;
        for _ in 0..6000 {
            v += manner.accel(v, 20.0, None) * 0.01;
        }
        assert!((v - 20.0).abs() < 0.1, "{v}");
    }
}
