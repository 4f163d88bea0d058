//! Past lidar sweeps, brought into the ego frame of now by odometry.

use std::collections::VecDeque;

use nalgebra::Point3;
use sim::math::Pose;
use sim::message::LidarPoint;

/// Age of the sweep that is put beside the newest one, seconds: at 0.3 s a walker has moved 0.4 m,
/// which the raster's sub-cell offsets can tell; at 0.1 s it would drown in range noise.
pub const PREVIOUS_S: f64 = 0.3;

/// Sweeps of about the last [`PREVIOUS_S`] of one actor.
#[derive(Clone, Debug, Default)]
pub struct SweepHistory {
    sweeps: VecDeque<(f64, Pose, Vec<[f32; 3]>)>,
}

impl SweepHistory {
    /// Takes in a sweep and gives the one [`PREVIOUS_S`] older, in the new one's ego frame; empty
    /// while there is none.
    pub fn exchange(&mut self, time_s: f64, pose: Pose, points: &[LidarPoint]) -> Vec<[f32; 3]> {
        let slack_s = 0.01;
        while self
            .sweeps
            .get(1)
            .is_some_and(|(t, ..)| *t <= time_s - PREVIOUS_S + slack_s)
        {
            self.sweeps.pop_front();
        }
        let previous = match self.sweeps.front() {
            Some((then_s, then, old))
                if (time_s - then_s - PREVIOUS_S).abs() < 0.06 && pose.is_finite() =>
            {
                let now_from_then = pose.to_isometry().inverse() * then.to_isometry();
                old.iter()
                    .map(|p| {
                        let q = now_from_then
                            * Point3::new(f64::from(p[0]), f64::from(p[1]), f64::from(p[2]));
                        [q.x as f32, q.y as f32, q.z as f32]
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let kept = points.iter().map(|p| [p.x_m, p.y_m, p.z_m]).collect();
        self.sweeps.push_back((time_s, pose, kept));
        while self.sweeps.len() > 8 {
            self.sweeps.pop_front();
        }
        previous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_point_stays_put_in_the_world() {
        let mut history = SweepHistory::default();
        let world = (30.0, 5.0);
        for k in 0..5 {
            let pose = Pose::planar(k as f64, 0.2 * k as f64, 0.1 * k as f64);
            let (x, y) = pose.to_local_xy(world.0, world.1);
            let point = LidarPoint {
                x_m: x as f32,
                y_m: y as f32,
                z_m: 1.0,
                intensity: 0.5,
                ring: 0,
                column: 0,
            };
            let old = history.exchange(k as f64 * 0.1, pose, &[point]);
            assert_eq!(old.len(), usize::from(k >= 3));
            for p in old {
                assert!((p[0] - x as f32).abs() < 1e-4 && (p[1] - y as f32).abs() < 1e-4);
            }
        }
    }
}
