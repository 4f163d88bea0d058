//! From where the scene is looked at, and what lies under the pointer.

use nalgebra::{Point3, Vector3};
use sim::actor::{ActorClass, ActorId};
use sim::math::Pose;
use sim::world::ActorSnapshot;

use crate::run::Frame;

/// How a view moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum CameraMode {
    /// Around a point, which may be moved.
    Orbit,
    /// Behind the selected actor.
    Follow,
    /// From the selected actor's driver's seat.
    Driver,
    /// From straight above, without perspective.
    Top,
    /// Anywhere.
    Free,
}

impl CameraMode {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Orbit,
        Self::Follow,
        Self::Driver,
        Self::Top,
        Self::Free,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orbit => "Orbit",
            Self::Follow => "Follow",
            Self::Driver => "Driver's seat",
            Self::Top => "Top-down",
            Self::Free => "Free flight",
        }
    }
}

/// One view of the scene.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct View {
    /// How it moves.
    pub mode: CameraMode,
    /// What it turns around, or where it is in free flight; world frame, metres.
    pub target_m: [f64; 3],
    /// Where it looks, counter-clockwise from east; relative to the actor's heading where it follows one, radians.
    pub yaw_rad: f64,
    /// How far it looks down, radians.
    pub pitch_rad: f64,
    /// Distance from what it turns around, metres.
    pub distance_m: f64,
    /// How far to the right of the middle its eye is, metres.
    #[serde(default)]
    pub eye_m: f64,
}

impl Default for View {
    fn default() -> Self {
        Self {
            mode: CameraMode::Follow,
            target_m: [0.0; 3],
            yaw_rad: 0.0,
            pitch_rad: 0.32,
            distance_m: 14.0,
            eye_m: 0.0,
        }
    }
}

/// A camera in the world: where it is, and what of the world its picture shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    /// Where it is, world frame, metres.
    pub position_m: Point3<f64>,
    /// Where it looks.
    pub forward: Vector3<f64>,
    /// What is up in its picture.
    pub up: Vector3<f64>,
    /// Height of the picture in the world, without perspective, metres.
    pub height_m: Option<f64>,
    /// Angle of the picture from its lower to its upper edge, radians.
    pub fov_y_rad: f64,
}

/// The pose of an actor between two ticks.
pub fn between(a: &Pose, b: &Pose, share: f64) -> Pose {
    let mix = |a: f64, b: f64| a + (b - a) * share;
    let turn = |a: f64, b: f64| a + sim::math::wrap_angle(b - a) * share;
    Pose {
        x_m: mix(a.x_m, b.x_m),
        y_m: mix(a.y_m, b.y_m),
        z_m: mix(a.z_m, b.z_m),
        yaw_rad: turn(a.yaw_rad, b.yaw_rad),
        pitch_rad: turn(a.pitch_rad, b.pitch_rad),
        roll_rad: turn(a.roll_rad, b.roll_rad),
    }
}

impl View {
    /// Where its camera is; `actor` is what it follows, at its pose as shown.
    pub fn eye(&self, actor: Option<(&ActorSnapshot, Pose)>) -> Eye {
        let mut eye = self.middle(actor);
        eye.position_m += eye.forward.cross(&eye.up).normalize() * self.eye_m;
        eye
    }

    /// The place between the eyes.
    fn middle(&self, actor: Option<(&ActorSnapshot, Pose)>) -> Eye {
        let fov_y_rad = 0.9;
        let around = match (self.mode, actor) {
            (CameraMode::Follow | CameraMode::Top, Some((actor, pose))) => {
                let b = &actor.spec.bounding_box;
                let (x, y) = pose.to_world_xy(b.center_x_m, b.center_y_m);
                Point3::new(x, y, pose.z_m + b.center_z_m)
            }
            _ => Point3::from(self.target_m),
        };
        match (self.mode, actor) {
            (CameraMode::Top, _) => Eye {
                position_m: around + Vector3::z() * 200.0,
                forward: -Vector3::z(),
                up: heading(self.yaw_rad + sim::math::FRAC_PI_2),
                height_m: Some(self.distance_m * 3.0),
                fov_y_rad,
            },
            (CameraMode::Driver, Some((actor, pose))) => {
                let b = &actor.spec.bounding_box;
                let is_walker = actor.spec.class == ActorClass::Pedestrian;
                let seat = if is_walker {
                    Point3::new(0.1, 0.0, 0.93 * b.height_m)
                } else {
                    Point3::new(b.center_x_m, 0.19 * b.width_m, 0.8 * b.height_m)
                };
                let look = direction(self.yaw_rad, self.pitch_rad - 0.28);
                let at = pose.to_isometry();
                Eye {
                    position_m: at * seat,
                    forward: at * look,
                    up: at * Vector3::z(),
                    height_m: None,
                    fov_y_rad: 1.05,
                }
            }
            (CameraMode::Free, _) => {
                level(around, direction(self.yaw_rad, self.pitch_rad), fov_y_rad)
            }
            _ => {
                let turned = match (self.mode, actor) {
                    (CameraMode::Follow, Some((_, pose))) => pose.yaw_rad,
                    _ => 0.0,
                };
                let look = direction(self.yaw_rad + turned, self.pitch_rad);
                level(
                    around + Vector3::z() * 0.8 - look * self.distance_m,
                    look,
                    fov_y_rad,
                )
            }
        }
    }

    /// Turns it by a drag, in points of the screen.
    pub fn turn(&mut self, right: f64, down: f64) {
        self.yaw_rad = sim::math::wrap_angle(self.yaw_rad - right * 0.006);
        let most = 1.55;
        self.pitch_rad = (self.pitch_rad + down * 0.005).clamp(-most, most);
    }

    /// Moves what it turns around along the ground, in points of the screen; it then follows nobody.
    pub fn pan(&mut self, right: f64, down: f64, actor: Option<(&ActorSnapshot, Pose)>) {
        let eye = self.eye(actor);
        if matches!(self.mode, CameraMode::Follow | CameraMode::Driver) {
            if let Some((_, pose)) = actor {
                self.target_m = [pose.x_m, pose.y_m, pose.z_m];
                self.yaw_rad = sim::math::wrap_angle(self.yaw_rad + pose.yaw_rad);
            }
            self.mode = CameraMode::Orbit;
        }
        let scale = eye.height_m.unwrap_or(self.distance_m * 0.9) / 800.0;
        let side = eye.forward.cross(&eye.up);
        let ahead = Vector3::z().cross(&side);
        let step = (ahead * down - side * right) * scale;
        for (at, by) in self.target_m.iter_mut().zip(step.iter()) {
            *at += by;
        }
    }

    /// Comes nearer (above 0) or goes farther.
    pub fn zoom(&mut self, notches: f64) {
        if self.mode == CameraMode::Free {
            let look = direction(self.yaw_rad, self.pitch_rad);
            for (at, by) in self.target_m.iter_mut().zip(look.iter()) {
                *at += by * notches * 4.0;
            }
        } else {
            self.distance_m =
                (self.distance_m * sim::math::exp(-notches * 0.12)).clamp(2.0, 3000.0);
        }
    }

    /// Flies: forward, left and up, metres.
    pub fn fly(&mut self, by_m: [f64; 3]) {
        let look = direction(self.yaw_rad, self.pitch_rad);
        let left = heading(self.yaw_rad + sim::math::FRAC_PI_2);
        let step = look * by_m[0] + left * by_m[1] + Vector3::z() * by_m[2];
        for (at, by) in self.target_m.iter_mut().zip(step.iter()) {
            *at += by;
        }
    }
}

fn heading(yaw_rad: f64) -> Vector3<f64> {
    let (sin, cos) = sim::math::sin_cos(yaw_rad);
    Vector3::new(cos, sin, 0.0)
}

fn direction(yaw_rad: f64, pitch_rad: f64) -> Vector3<f64> {
    let (sin, cos) = sim::math::sin_cos(pitch_rad);
    heading(yaw_rad) * cos - Vector3::z() * sin
}

fn level(position_m: Point3<f64>, forward: Vector3<f64>, fov_y_rad: f64) -> Eye {
    Eye {
        position_m,
        forward,
        up: Vector3::z(),
        height_m: None,
        fov_y_rad,
    }
}

impl Eye {
    /// The ray through a place of the picture: `right` and `up` from -1 to 1, of a picture that is `aspect`
    /// times as wide as high.
    pub fn ray(&self, right: f64, up: f64, aspect: f64) -> (Point3<f64>, Vector3<f64>) {
        let side = self.forward.cross(&self.up).normalize();
        let top = side.cross(&self.forward);
        match self.height_m {
            Some(height_m) => {
                let half = height_m / 2.0;
                let from = self.position_m + side * (right * half * aspect) + top * (up * half);
                (from, self.forward)
            }
            None => {
                let half = sim::math::tan(self.fov_y_rad / 2.0);
                let through = self.forward + side * (right * half * aspect) + top * (up * half);
                (self.position_m, through.normalize())
            }
        }
    }

    /// Where a point of the world is in the picture, `right` and `up` from -1 to 1, and how far away, metres;
    /// nothing behind the camera.
    pub fn project(&self, point_m: &Point3<f64>, aspect: f64) -> Option<(f64, f64, f64)> {
        let side = self.forward.cross(&self.up).normalize();
        let top = side.cross(&self.forward);
        let to = point_m - self.position_m;
        let depth_m = to.dot(&self.forward);
        let half = match self.height_m {
            Some(height_m) => height_m / 2.0,
            None => sim::math::tan(self.fov_y_rad / 2.0) * depth_m,
        };
        let place = (
            to.dot(&side) / (half * aspect),
            to.dot(&top) / half,
            depth_m,
        );
        (depth_m > 0.1).then_some(place)
    }

    /// The nearest actor that a ray through the picture meets.
    pub fn pick(&self, frame: &Frame, right: f64, up: f64, aspect: f64) -> Option<ActorId> {
        let (from, along) = self.ray(right, up, aspect);
        let met = frame.actors.iter().filter_map(|actor| {
            let at = actor.state.pose.to_isometry();
            let from = at.inverse_transform_point(&from);
            let along = at.inverse_transform_vector(&along);
            let b = &actor.spec.bounding_box;
            // Small things are made easier to hit.
            let half = [b.length_m, b.width_m, b.height_m].map(|size| (size / 2.0).max(0.4));
            let center = [b.center_x_m, b.center_y_m, b.center_z_m];
            let (mut near, mut far) = (0.0f64, f64::INFINITY);
            for i in 0..3 {
                let (low, high) = (center[i] - half[i], center[i] + half[i]);
                let inv = 1.0 / along[i];
                let (a, b) = ((low - from[i]) * inv, (high - from[i]) * inv);
                near = near.max(a.min(b));
                far = far.min(a.max(b));
            }
            (near <= far).then_some((near, actor.id))
        });
        met.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
    }

    /// Where a ray through the picture meets the plane at a height, metres.
    pub fn ground(&self, right: f64, up: f64, aspect: f64, z_m: f64) -> Option<[f64; 3]> {
        self.plane(right, up, aspect, 2, z_m)
    }

    /// Where a ray through the picture meets the plane across an axis (0 to 2) of the world, metres.
    pub fn plane(
        &self,
        right: f64,
        up: f64,
        aspect: f64,
        axis: usize,
        at_m: f64,
    ) -> Option<[f64; 3]> {
        let (from, along) = self.ray(right, up, aspect);
        let t = (at_m - from[axis]) / along[axis];
        let at = from + along * t;
        (t.is_finite() && t > 0.0).then_some([at.x, at.y, at.z])
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::run::car_at as car;

    #[test]
    fn every_camera_that_looks_at_an_actor_picks_it_in_the_middle_or_ahead() {
        let frame = Frame {
            actors: vec![car(3, 100.0, 50.0, 0.5), car(4, 160.0, 50.0, 0.5)],
            ..Frame::default()
        };
        let actor = &frame.actors[0];
        for mode in [CameraMode::Follow, CameraMode::Top] {
            let view = View {
                mode,
                ..View::default()
            };
            let eye = view.eye(Some((actor, actor.state.pose)));
            assert_eq!(
                eye.pick(&frame, 0.0, 0.0, 1.5),
                Some(ActorId(3)),
                "{mode:?}"
            );
            assert_eq!(eye.pick(&frame, 0.9, 0.9, 1.5), None, "{mode:?}");
        }
        let orbit = View {
            mode: CameraMode::Orbit,
            target_m: [160.0, 50.0, 0.0],
            ..View::default()
        };
        assert_eq!(
            orbit.eye(None).pick(&frame, 0.0, 0.0, 1.0),
            Some(ActorId(4))
        );
    }

    #[test]
    fn the_nearer_of_two_is_picked_and_the_ground_is_met_where_one_looks() {
        let frame = Frame {
            actors: vec![car(1, 30.0, 0.0, 0.5), car(2, 20.0, 0.0, 0.5)],
            ..Frame::default()
        };
        let free = View {
            mode: CameraMode::Free,
            target_m: [0.0, 0.0, 0.8],
            yaw_rad: 0.0,
            pitch_rad: 0.0,
            ..View::default()
        };
        assert_eq!(free.eye(None).pick(&frame, 0.0, 0.0, 1.0), Some(ActorId(2)));
        let down = View {
            pitch_rad: 0.5,
            target_m: [0.0, 0.0, 10.0],
            ..free
        };
        let at = down.eye(None).ground(0.0, 0.0, 1.0, 0.0).expect("meets");
        assert!((at[0] - 10.0 / sim::math::tan(0.5)).abs() < 1e-9 && at[1].abs() < 1e-9);
    }

    #[test]
    fn a_point_is_seen_where_its_ray_goes_through() {
        for mode in [CameraMode::Orbit, CameraMode::Top] {
            let view = View {
                mode,
                ..View::default()
            };
            let eye = view.eye(None);
            let (from, along) = eye.ray(0.4, -0.7, 1.6);
            let (right, up, _) = eye.project(&(from + along * 37.0), 1.6).expect("ahead");
            assert!((right - 0.4).abs() < 1e-9 && (up + 0.7).abs() < 1e-9);
        }
    }

    #[test]
    fn a_drag_moves_the_ground_with_the_pointer() {
        let mut view = View {
            mode: CameraMode::Orbit,
            yaw_rad: 0.0,
            ..View::default()
        };
        view.pan(100.0, 0.0, None);
        // Looking east, what is dragged to the right lies south, so the target goes north.
        assert!(view.target_m[1] > 0.5 && view.target_m[0].abs() < 1e-9);
    }
}
