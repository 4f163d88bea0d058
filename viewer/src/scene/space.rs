//! From the world's frame (east, north, up, f64) to that of the picture (right, up, towards us, f32). The only
//! place where the two meet.

use bevy::prelude::{Quat, Resource, Transform, Vec3};
use nalgebra::{Point3, Vector3};
use sim::math::Pose;

/// The point of the world that the picture's numbers are small around, metres.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Origin(pub [f64; 3]);

impl Origin {
    /// A point of the world.
    pub fn point(&self, p: [f64; 3]) -> Vec3 {
        let [x, y, z] = [0, 1, 2].map(|i| (p[i] - self.0[i]) as f32);
        Vec3::new(x, z, -y)
    }

    /// A pose in the world.
    pub fn transform(&self, pose: &Pose) -> Transform {
        let at = pose.to_isometry();
        let q = at.rotation.quaternion();
        Transform {
            translation: self.point([pose.x_m, pose.y_m, pose.z_m]),
            rotation: Quat::from_xyzw(q.i as f32, q.k as f32, -q.j as f32, q.w as f32).normalize(),
            scale: Vec3::ONE,
        }
    }

    /// A camera.
    pub fn camera(&self, eye: &crate::camera::Eye) -> Transform {
        let at = self.from(&eye.position_m);
        Transform::from_translation(at).looking_to(turned(&eye.forward), turned(&eye.up))
    }

    fn from(&self, p: &Point3<f64>) -> Vec3 {
        self.point([p.x, p.y, p.z])
    }
}

/// A direction of the world.
pub fn turned(v: &Vector3<f64>) -> Vec3 {
    Vec3::new(v.x as f32, v.z as f32, -v.y as f32)
}

/// A point or direction of an actor's frame (forward, left, up).
pub fn local(p: [f32; 3]) -> Vec3 {
    Vec3::new(p[0], p[2], -p[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pose_turns_its_own_axes_as_the_world_says() {
        let origin = Origin([100.0, 200.0, 5.0]);
        let pose = Pose {
            pitch_rad: 0.1,
            roll_rad: -0.2,
            ..Pose::planar(110.0, 190.0, 2.0)
        };
        let transform = origin.transform(&pose);
        for p in [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.3, -0.7, 1.5]] {
            let there = pose.to_isometry() * Point3::new(p[0], p[1], p[2]);
            let wanted = origin.from(&there);
            let got = transform.transform_point(local(p.map(|v| v as f32)));
            assert!((got - wanted).length() < 1e-4, "{got} {wanted}");
        }
    }
}
