//! One frame of a pinhole camera.

use bevy::math::Vec3;
use nalgebra::{Isometry3, Translation3, UnitQuaternion};
use rayon::prelude::*;

use super::daylight::Light;
use super::draw::mix;
use super::lamp::{self, LitLamp};
use super::lidar::{axes, turn, vec3};
use super::packet::{LANES, Lanes, MISS, Packet, Stack, any, nearest};
use super::rig::CameraSpec;
use super::semantic::SemanticClass;
use super::shade::{develop, facing, radiance};
use super::surface::Surface;
use super::view::View;
use crate::actor::ActorId;
use crate::message::{CameraFrame, CameraTruth};

/// Side of the square of pixels that a packet covers.
const TILE: usize = 4;
/// How far a camera sees and how far shadows reach, metres.
const SIGHT_M: f32 = 2000.0;
const SHADOW_M: f32 = 200.0;

/// Rotation of the optical frame (x right, y down, z forward) to the sensor's (x forward, y left, z up).
fn sensor_from_optical() -> UnitQuaternion<f64> {
    UnitQuaternion::from_euler_angles(-crate::math::FRAC_PI_2, 0.0, -crate::math::FRAC_PI_2)
}

/// What a frame is taken of and with.
pub(super) struct Shot<'a> {
    pub spec: &'a CameraSpec,
    pub view: &'a View<'a>,
    pub light: &'a Light,
    pub lamps: &'a [LitLamp],
    /// The carrier's pose in the scene.
    pub scene_from_ego: &'a Isometry3<f64>,
    /// Seed of this frame's draws.
    pub key: u64,
    pub time_s: f64,
    pub truth: bool,
}

/// The camera in the scene.
pub(super) struct Lens {
    pub origin: Vec3,
    /// Right, down, forward.
    pub axes: [Vec3; 3],
    pub focal_px: f32,
    pub center_px: (f32, f32),
}

impl Lens {
    /// The unit direction in the scene of a point of the image, pixels.
    fn direction(&self, u: f32, v: f32) -> Vec3 {
        let x = (u - self.center_px.0) / self.focal_px;
        let y = (v - self.center_px.1) / self.focal_px;
        turn(&self.axes, Vec3::new(x, y, 1.0)).normalize_or(self.axes[2])
    }
}

/// One band of rows.
struct Band<'a> {
    rgb: &'a mut [u8],
    depth: &'a mut [f32],
    semantic: &'a mut [u8],
    instance: &'a mut [Option<ActorId>],
}

/// Takes a frame; the truth is empty where it is not asked for.
pub(super) fn take(shot: &Shot) -> (CameraFrame, CameraTruth) {
    let spec = shot.spec;
    let (width, height) = (spec.width_px as usize, spec.height_px as usize);
    let mut ego_from_camera = spec.mount.ego_from_sensor();
    ego_from_camera.rotation *= sensor_from_optical();
    let ego_from_camera = Isometry3::from_parts(
        Translation3::from(ego_from_camera.translation.vector),
        ego_from_camera.rotation,
    );
    let scene_from_camera = shot.scene_from_ego * ego_from_camera;
    let center_px = (
        f64::from(spec.width_px) / 2.0,
        f64::from(spec.height_px) / 2.0,
    );
    let lens = Lens {
        origin: vec3(&scene_from_camera.translation.vector),
        axes: axes(&scene_from_camera),
        focal_px: spec.focal_px() as f32,
        center_px: (center_px.0 as f32, center_px.1 as f32),
    };
    let mut rgb = vec![0u8; width * height * 3];
    let pixels = if shot.truth { width * height } else { 0 };
    let mut truth = CameraTruth {
        depth_m: vec![f32::INFINITY; pixels],
        semantic: vec![SemanticClass::Sky as u8; pixels],
        instance: vec![None; pixels],
    };
    // Bands are apart in memory and in what they read, so the number of threads changes nothing.
    let rows = TILE * width;
    let bands: Vec<Band> = if shot.truth {
        rgb.chunks_mut(rows * 3)
            .zip(truth.depth_m.chunks_mut(rows))
            .zip(truth.semantic.chunks_mut(rows))
            .zip(truth.instance.chunks_mut(rows))
            .map(|(((rgb, depth), semantic), instance)| Band {
                rgb,
                depth,
                semantic,
                instance,
            })
            .collect()
    } else {
        rgb.chunks_mut(rows * 3)
            .map(|rgb| Band {
                rgb,
                depth: &mut [],
                semantic: &mut [],
                instance: &mut [],
            })
            .collect()
    };
    bands
        .into_par_iter()
        .enumerate()
        .with_min_len(4)
        .for_each_init(Stack::default, |stack, (i, mut band)| {
            for left in (0..width).step_by(TILE) {
                tile(shot, &lens, left, i * TILE, &mut band, stack);
            }
        });
    lamp::draw(shot, &lens, &mut rgb);
    let frame = CameraFrame {
        sensor: spec.name.clone(),
        time_s: shot.time_s,
        width_px: spec.width_px,
        height_px: spec.height_px,
        focal_px: spec.focal_px(),
        center_px,
        ego_from_camera,
        rgb,
    };
    (frame, truth)
}

/// The pixels of one packet, their left column and top row given.
fn tile(shot: &Shot, lens: &Lens, left: usize, top: usize, band: &mut Band, stack: &mut Stack) {
    let width = shot.spec.width_px as usize;
    let mut d = [Lanes::splat(0.0); 3];
    for lane in 0..LANES {
        let (x, y) = (left + lane % TILE, top + lane / TILE);
        let ray = lens.direction(x as f32 + 0.5, y as f32 + 0.5);
        for axis in 0..3 {
            d[axis].0[lane] = ray[axis];
        }
    }
    let mut rays = Packet::from_point(lens.origin, d, SIGHT_M);
    nearest(shot.view, &mut rays, lens.origin, stack);
    let surfaces: [Option<Surface>; LANES] = std::array::from_fn(|lane| {
        (rays.hit[lane] != MISS).then(|| Surface::of(shot.view, rays.hit[lane], rays.point(lane)))
    });
    let in_sun = sunlit(shot, &rays, &surfaces, stack);
    for (lane, surface) in surfaces.iter().enumerate() {
        let (x, row) = (left + lane % TILE, lane / TILE);
        let pixel = row * width + x;
        if x >= width || (pixel + 1) * 3 > band.rgb.len() {
            continue;
        }
        let direction = rays.direction(lane);
        let color = match surface {
            None => shot.light.sky(direction),
            Some(surface) => {
                let t = rays.t.0[lane];
                let footprint_m = t / lens.focal_px;
                if shot.truth {
                    band.depth[pixel] = t * direction.dot(lens.axes[2]);
                    band.semantic[pixel] = surface.class as u8;
                    band.instance[pixel] = surface.actor.map(|a| a.0);
                }
                let lit = in_sun & (1 << lane) != 0;
                let point = rays.point(lane);
                radiance(surface, shot.light, point, direction, t, footprint_m, lit)
            }
        };
        let mut bytes = develop(color);
        if shot.spec.noise_sigma > 0.0 {
            let number = (top * width + pixel) as u64;
            bytes = noisy(bytes, shot.spec.noise_sigma as f32, mix(shot.key, number));
        }
        band.rgb[pixel * 3..pixel * 3 + 3].copy_from_slice(&bytes);
    }
}

/// Which lanes' hits the sun reaches, a bit each.
fn sunlit(
    shot: &Shot,
    rays: &Packet,
    surfaces: &[Option<Surface>; LANES],
    stack: &mut Stack,
) -> u32 {
    let to_sun = shot.light.to_sun;
    if to_sun.z <= 0.0 || shot.light.sun == Vec3::ZERO {
        return 0;
    }
    let mut o = [Lanes::splat(0.0); 3];
    let mut reach = Lanes::splat(-1.0);
    let mut asked = 0u32;
    for (lane, surface) in surfaces.iter().enumerate() {
        let Some(surface) = surface else { continue };
        let normal = facing(surface.normal, rays.direction(lane));
        if normal.dot(to_sun) <= 0.0 {
            continue;
        }
        // Off the surface, farther away at a distance where single precision is coarser.
        let start = rays.point(lane) + normal * (0.01 + rays.t.0[lane] * 2e-4);
        for axis in 0..3 {
            o[axis].0[lane] = start[axis];
        }
        reach.0[lane] = SHADOW_M;
        asked |= 1 << lane;
    }
    if asked == 0 {
        return 0;
    }
    let d = to_sun.to_array().map(Lanes::splat);
    let mut shadow = Packet::new(o, d, reach);
    any(&shot.view.with_all(), &mut shadow, stack);
    let dark = (0..LANES).fold(0, |bits, lane| {
        bits | u32::from(shadow.hit[lane] != MISS) << lane
    });
    asked & !dark
}

/// Colour with sensor noise: the sum of three uniform draws a channel, close to normal.
fn noisy(bytes: [u8; 3], sigma: f32, draw: u64) -> [u8; 3] {
    std::array::from_fn(|k| {
        let bits = draw >> (21 * k);
        let sum = (bits & 127) + (bits >> 7 & 127) + (bits >> 14 & 127);
        // Three uniform numbers of 0 to 127 have mean 190.5 and deviation 64.0.
        let noise = (sum as f32 - 190.5) / 64.0 * sigma;
        (f32::from(bytes[k]) + noise + 0.5) as u8
    })
}
