//! The set of motions that the planner chooses from: lateral offsets × accelerations.

use sim::math::{atan, tan};
use sim::message::TrajectoryPoint;

use crate::path::Path;
use crate::rules::corridor::Lateral;
use crate::rules::driver::wanted_speed_mps;
use crate::rules::idm::IdmParams;

/// Length of a plan, seconds.
pub const HORIZON_S: f64 = 4.0;
/// Time between its points, seconds.
pub const STEP_S: f64 = 0.2;
/// Points after the start.
pub const STEPS: usize = 20;
/// Offsets from the route to go to, metres to the left.
pub const OFFSETS_M: [f64; 5] = [0.0, 1.3, -1.3, 2.7, -2.7];
/// Accelerations, m/s²; the wanted speed of the route bounds them from above.
pub const ACCELS_MPS2: [f64; 8] = [-7.0, -4.5, -3.0, -2.0, -1.2, -0.5, 0.3, 1.5];
/// Proposals.
pub const COUNT: usize = OFFSETS_M.len() * ACCELS_MPS2.len();

/// One cell of the set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// Offset from the route, metres to the left.
    pub offset_m: f64,
    /// Acceleration, m/s².
    pub accel_mps2: f64,
}

/// What the network adds to an anchor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residual {
    /// To the acceleration of the first and the second half of the plan, m/s².
    pub accel_mps2: [f64; 2],
    /// To the offset, metres.
    pub offset_m: f64,
}

/// All anchors, offsets outermost.
pub fn anchors() -> impl Iterator<Item = Anchor> {
    OFFSETS_M.into_iter().flat_map(|offset_m| {
        ACCELS_MPS2.into_iter().map(move |accel_mps2| Anchor {
            offset_m,
            accel_mps2,
        })
    })
}

/// Where a vehicle is relative to its route, and how fast.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Start {
    /// Station, metres.
    pub station_m: f64,
    /// Offset to the left, metres.
    pub lateral_m: f64,
    /// Heading relative to the route's, radians.
    pub turn_rad: f64,
    /// Speed, m/s.
    pub speed_mps: f64,
}

/// Lateral course from where the vehicle is to an offset. Who brakes has less way for it; who heads there
/// already goes on so.
pub fn course(start: &Start, accel_mps2: f64, offset_m: f64) -> Lateral {
    let soon_mps = (start.speed_mps + accel_mps2.min(0.0)).max(0.0);
    let over_m = (2.2 * soon_mps).clamp(7.0, 40.0);
    let from_m = start.lateral_m.clamp(-4.0, 4.0);
    // Steeper than this it would overshoot.
    let steepest = 1.5 * (offset_m - from_m) / over_m;
    Lateral {
        from_station_m: start.station_m,
        from_m,
        from_slope: tan(start.turn_rad.clamp(-0.6, 0.6))
            .clamp(steepest.min(0.0), steepest.max(0.0)),
        over_m,
        to_m: offset_m,
    }
}

/// The points of a proposal, the present state first. The wanted speed along the route (limits and
/// bends) bounds the speed, but never asks for more than 4 m/s² of braking.
pub fn roll_out(
    path: &Path,
    lateral: &Lateral,
    station_m: f64,
    speed_mps: f64,
    accel_mps2: [f64; 2],
    params: &IdmParams,
) -> Vec<TrajectoryPoint> {
    let (mut s, mut v) = (station_m, speed_mps.max(0.0));
    let mut points = Vec::with_capacity(STEPS + 1);
    for step in 0..=STEPS {
        let pose = path.pose(s, lateral.at(s));
        points.push(TrajectoryPoint {
            time_s: step as f64 * STEP_S,
            x_m: pose.x_m,
            y_m: pose.y_m,
            yaw_rad: pose.yaw_rad + atan(lateral.slope(s)),
            speed_mps: v,
        });
        let accel = accel_mps2[usize::from(step >= STEPS / 2)];
        let wanted = wanted_speed_mps(path, s, v, params);
        let change = (accel * STEP_S).min((wanted - v).max(-4.0 * STEP_S));
        let next = (v + change).max(0.0);
        s += 0.5 * (v + next) * STEP_S;
        v = next;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposals_keep_the_limit_and_never_reverse() {
        let path = Path::from_xy(&[[0.0, 0.0], [300.0, 0.0]], 1.0, 10.0);
        let params = IdmParams::default();
        assert_eq!(anchors().count(), COUNT);
        let start = Start {
            station_m: 10.0,
            lateral_m: 0.2,
            turn_rad: 0.1,
            speed_mps: 8.0,
        };
        for anchor in anchors() {
            let lateral = course(&start, anchor.accel_mps2, anchor.offset_m);
            let points = roll_out(&path, &lateral, 10.0, 8.0, [anchor.accel_mps2; 2], &params);
            assert_eq!(points.len(), STEPS + 1);
            assert!(points.iter().all(|p| (0.0..=10.0).contains(&p.speed_mps)));
            assert!((points[0].y_m - 0.2).abs() < 1e-9);
        }
    }
}
