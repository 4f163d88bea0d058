//! The one place where our f64 poses become rapier's f32 glam ones, about a local origin.

use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion};
use rapier3d::math::{Pose as RapierPose, Rotation, Vector};

use crate::math::Pose;

/// Origin of rapier's coordinates in the world, metres; keeps f32 exact on maps far from (0, 0).
pub type Origin = [f64; 3];

/// Farther from the origin than this f32 can't hold a vehicle; what lies beyond is held there, metres.
const MAX_REACH_M: f64 = 1e6;

/// A world pose in rapier's coordinates.
pub fn to_rapier(pose: &Pose, origin: Origin) -> RapierPose {
    let q = UnitQuaternion::from_euler_angles(pose.roll_rad, pose.pitch_rad, pose.yaw_rad);
    RapierPose::from_parts(
        vector(
            (pose.x_m - origin[0]).clamp(-MAX_REACH_M, MAX_REACH_M),
            (pose.y_m - origin[1]).clamp(-MAX_REACH_M, MAX_REACH_M),
            (pose.z_m - origin[2]).clamp(-MAX_REACH_M, MAX_REACH_M),
        ),
        Rotation::from_xyzw(q.i as f32, q.j as f32, q.k as f32, q.w as f32).normalize(),
    )
}

/// A pose of rapier's in the world.
pub fn to_world(pose: &RapierPose, origin: Origin) -> Pose {
    let (t, r) = (pose.translation, pose.rotation);
    let q = Quaternion::new(
        f64::from(r.w),
        f64::from(r.x),
        f64::from(r.y),
        f64::from(r.z),
    );
    Pose::from_isometry(&Isometry3::from_parts(
        Translation3::new(
            f64::from(t.x) + origin[0],
            f64::from(t.y) + origin[1],
            f64::from(t.z) + origin[2],
        ),
        UnitQuaternion::new_normalize(q),
    ))
}

/// A vector of rapier's.
pub fn vector(x: f64, y: f64, z: f64) -> Vector {
    Vector::new(x as f32, y as f32, z as f32)
}

/// Components as f64.
pub fn parts(v: Vector) -> [f64; 3] {
    [f64::from(v.x), f64::from(v.y), f64::from(v.z)]
}

/// A vector of the body frame, turned into the world's axes.
pub fn turned(pose: &RapierPose, v: Vector) -> Vector {
    pose.rotation * v
}
