//! Follows a planned trajectory.

use sim::actor::ActorSpec;
use sim::math::{hypot, wrap_angle};
use sim::message::{DriveCommand, Odometry, Trajectory, TrajectoryPoint};

use super::{LongitudinalLimits, LongitudinalMemory, pedals, steer_for};

/// The trajectory between its points, by time after its start.
fn at_time(points: &[TrajectoryPoint], time_s: f64) -> Option<TrajectoryPoint> {
    let first = points.first()?;
    if time_s <= first.time_s || points.len() == 1 {
        return Some(*first);
    }
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if time_s <= b.time_s {
            let f = ((time_s - a.time_s) / (b.time_s - a.time_s).max(1e-6)).clamp(0.0, 1.0);
            return Some(TrajectoryPoint {
                time_s,
                x_m: a.x_m + (b.x_m - a.x_m) * f,
                y_m: a.y_m + (b.y_m - a.y_m) * f,
                yaw_rad: a.yaw_rad + wrap_angle(b.yaw_rad - a.yaw_rad) * f,
                speed_mps: a.speed_mps + (b.speed_mps - a.speed_mps) * f,
            });
        }
    }
    points.last().copied()
}

/// Least stretch over which curvature is read, metres: a plan made anew starts straight on, and who is slow
/// would never turn.
const PREVIEW_M: f64 = 2.5;

/// Offset, heading error and curvature of the curve nearest to the vehicle.
fn nearest(points: &[TrajectoryPoint], odometry: &Odometry) -> Option<(f64, f64, f64)> {
    let pose = &odometry.pose;
    let mut best: Option<(f64, f64, f64, usize)> = None;
    for (i, pair) in points.windows(2).enumerate() {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
        let length = hypot(dx, dy);
        if !(length >= 0.02 && length.is_finite()) {
            continue;
        }
        let (px, py) = (pose.x_m - a.x_m, pose.y_m - a.y_m);
        let along = (px * dx + py * dy) / length;
        let (inside, over) = (along.clamp(0.0, length), along - along.clamp(0.0, length));
        let offset = (dx * py - dy * px) / length;
        let distance = hypot(offset, over);
        let f = inside / length;
        let yaw = a.yaw_rad + wrap_angle(b.yaw_rad - a.yaw_rad) * f;
        if best.is_none_or(|(d, ..)| distance < d - 1e-9) {
            best = Some((distance, offset, wrap_angle(pose.yaw_rad - yaw), i));
        }
    }
    best.map(|(_, offset, heading, i)| (offset, heading, curvature_from(points, i)))
}

/// Mean curvature of a trajectory from a point on, 1/m: a little ahead, where the wheels will be turned to.
fn curvature_from(points: &[TrajectoryPoint], first: usize) -> f64 {
    let mut run = 0.0;
    let mut last = first;
    for (i, pair) in points.windows(2).enumerate().skip(first) {
        if i >= first + 2 && run > PREVIEW_M {
            break;
        }
        run += hypot(pair[1].x_m - pair[0].x_m, pair[1].y_m - pair[0].y_m);
        last = i + 1;
    }
    let turn = wrap_angle(points[last].yaw_rad - points[first].yaw_rad);
    if run > 0.3 {
        (turn / run).clamp(-0.25, 0.25)
    } else {
        0.0
    }
}

/// The command that follows a trajectory at a time; a full stop where there is none.
pub fn track(
    trajectory: &Trajectory,
    odometry: &Odometry,
    spec: &ActorSpec,
    memory: &mut LongitudinalMemory,
    now_s: f64,
    dt_s: f64,
) -> DriveCommand {
    let limits = LongitudinalLimits {
        accel_mps2: spec.performance.max_acceleration_mps2.max(0.5),
        decel_mps2: spec.performance.max_deceleration_mps2.max(1.0),
    };
    let since = now_s - trajectory.start_time_s;
    let ahead = at_time(&trajectory.points, since + 0.3);
    let Some((now, next)) = at_time(&trajectory.points, since + 0.05).zip(ahead) else {
        return DriveCommand {
            brake: 0.5,
            steer_rad: odometry.steer_rad,
            ..DriveCommand::default()
        };
    };
    let accel = (next.speed_mps - now.speed_mps) / 0.25;
    let (throttle, brake) = pedals(
        memory,
        &limits,
        odometry.speed_mps,
        now.speed_mps,
        accel,
        dt_s,
    );
    let steer_rad = match nearest(&trajectory.points, odometry) {
        Some((offset, heading, curvature)) => steer_for(
            offset,
            heading,
            curvature,
            odometry.speed_mps,
            spec.wheelbase_m(),
            spec.max_steering_rad(),
        ),
        // A standing trajectory has no direction: hold the wheels.
        None => odometry.steer_rad,
    };
    DriveCommand {
        throttle,
        brake,
        steer_rad,
        reverse: false,
    }
    .bounded()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::actor::ActorClass;
    use sim::math::{Pose, cos, sin, tan};

    #[test]
    fn it_follows_a_bend_at_speed() {
        let spec = ActorSpec::typical("ego", ActorClass::Car);
        let (radius, speed, dt) = (40.0, 8.0, 0.02);
        let mut odometry = Odometry {
            speed_mps: speed,
            ..Odometry::default()
        };
        let mut memory = LongitudinalMemory::default();
        let mut worst = 0.0f64;
        for step in 0..1000 {
            let now = f64::from(step) * dt;
            let points = (0..=20)
                .map(|i| {
                    let angle = speed * (now + f64::from(i) * 0.2) / radius;
                    TrajectoryPoint {
                        time_s: f64::from(i) * 0.2,
                        x_m: radius * sin(angle),
                        y_m: radius * (1.0 - cos(angle)),
                        yaw_rad: angle,
                        speed_mps: speed,
                    }
                })
                .collect();
            let plan = Trajectory {
                start_time_s: now,
                points,
                ..Trajectory::default()
            };
            let command = track(&plan, &odometry, &spec, &mut memory, now, dt);
            let v = odometry.speed_mps + (command.throttle * 4.0 - command.brake * 9.0) * dt;
            let yaw = odometry.pose.yaw_rad + v * tan(command.steer_rad) / 2.8 * dt;
            odometry.speed_mps = v;
            odometry.pose = Pose::planar(
                odometry.pose.x_m + v * cos(yaw) * dt,
                odometry.pose.y_m + v * sin(yaw) * dt,
                yaw,
            );
            let off = hypot(odometry.pose.x_m, odometry.pose.y_m - radius) - radius;
            worst = worst.max(off.abs());
        }
        assert!(worst < 0.25, "{worst}");
    }

    #[test]
    fn no_plan_and_odd_numbers_are_a_stop() {
        let spec = ActorSpec::typical("ego", ActorClass::Car);
        let mut memory = LongitudinalMemory::default();
        let none = track(
            &Trajectory::default(),
            &Odometry::default(),
            &spec,
            &mut memory,
            0.0,
            0.02,
        );
        assert!(none.brake > 0.0 && none.throttle == 0.0);
        let odd = Trajectory {
            points: vec![
                TrajectoryPoint {
                    x_m: f64::NAN,
                    ..TrajectoryPoint::default()
                };
                3
            ],
            ..Trajectory::default()
        };
        let command = track(&odd, &Odometry::default(), &spec, &mut memory, 0.0, 0.02);
        assert!(command.throttle.is_finite() && command.steer_rad.is_finite());
    }
}
