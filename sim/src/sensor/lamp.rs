//! Lamps of traffic lights. A far lamp is smaller than a pixel, yet a real camera shows it by its
//! glare; so lamps are drawn over the image where a ray reaches them.

use bevy::math::Vec3;

use super::camera::{Lens, Shot};
use super::lidar::vec3;
use super::packet::{LANES, Lanes, MISS, Packet, Stack, any};
use super::soup::Scene;
use crate::world::{SignalPhase, SignalStates};

/// A lamp that is on.
#[derive(Clone, Copy, Debug)]
pub(super) struct LitLamp {
    /// Middle of its face, in the scene.
    pub position: Vec3,
    /// Unit vector that it shines along.
    pub facing: Vec3,
    pub radius_m: f32,
    /// As the camera shows it.
    pub color: [u8; 3],
}

/// The lamps that are on at a time.
pub(super) fn lit(scene: &Scene, states: &SignalStates, time_s: f64) -> Vec<LitLamp> {
    const RED: [u8; 3] = [255, 40, 25];
    const YELLOW: [u8; 3] = [255, 190, 30];
    const GREEN: [u8; 3] = [40, 255, 150];
    let mut lamps = Vec::new();
    for head in &scene.heads {
        let flash = time_s - time_s.floor() < 0.5;
        let (red, yellow, green) = match states.phase(&head.signal_id) {
            SignalPhase::Off => (false, false, false),
            SignalPhase::Red => (true, false, false),
            SignalPhase::RedYellow => (true, true, false),
            SignalPhase::Yellow => (false, true, false),
            SignalPhase::FlashingYellow => (false, flash, false),
            SignalPhase::Green => (false, false, true),
        };
        let facing = head.pose.heading();
        let on = [(red, RED), (yellow, YELLOW), (green, GREEN)];
        for (place, (on, color)) in head.lamps_m().into_iter().zip(on) {
            if let (Some(p), true) = (place, on) {
                lamps.push(LitLamp {
                    position: Vec3::from_array(std::array::from_fn(|k| {
                        (p[k] - scene.origin[k]) as f32
                    })),
                    facing: vec3(&facing),
                    radius_m: head.lamp_radius_m() as f32,
                    color,
                });
            }
        }
    }
    lamps
}

/// Smallest radius that glare gives a lamp, pixels.
const GLARE_PX: f32 = 0.9;
/// Farthest lamp drawn, metres.
const REACH_M: f32 = 250.0;

/// Draws the lamps that the camera sees.
pub(super) fn draw(shot: &Shot, lens: &Lens, rgb: &mut [u8]) {
    let (width, height) = (shot.spec.width_px as i32, shot.spec.height_px as i32);
    let mut stack = Stack::default();
    for lamp in shot.lamps {
        let to_lamp = lamp.position - lens.origin;
        let distance = to_lamp.length();
        let depth = to_lamp.dot(lens.axes[2]);
        // Lenses throw their light forward, up to about 75 degrees aside.
        if depth < 0.5 || distance > REACH_M || -to_lamp.dot(lamp.facing) < 0.26 * distance {
            continue;
        }
        let u = lens.center_px.0 + lens.focal_px * to_lamp.dot(lens.axes[0]) / depth;
        let v = lens.center_px.1 + lens.focal_px * to_lamp.dot(lens.axes[1]) / depth;
        let radius = (lamp.radius_m * lens.focal_px / depth).max(GLARE_PX);
        let halo = radius * 2.2;
        let (left, right) = ((u - halo).floor() as i32, (u + halo).ceil() as i32);
        let (top, bottom) = ((v - halo).floor() as i32, (v + halo).ceil() as i32);
        if right < 0 || bottom < 0 || left >= width || top >= height {
            continue;
        }
        if hidden(shot, lens, to_lamp / distance, distance - 0.06, &mut stack) {
            continue;
        }
        for y in top.max(0)..=bottom.min(height - 1) {
            for x in left.max(0)..=right.min(width - 1) {
                let (dx, dy) = (x as f32 + 0.5 - u, y as f32 + 0.5 - v);
                let off = (dx * dx + dy * dy).sqrt();
                let disc = (radius + 0.5 - off).clamp(0.0, 1.0);
                let glow = (1.0 - off / halo).clamp(0.0, 1.0);
                let share = disc.max(0.55 * glow * glow);
                let at = (y * width + x) as usize * 3;
                for (k, color) in lamp.color.iter().enumerate() {
                    let old = f32::from(rgb[at + k]);
                    rgb[at + k] = (old + (f32::from(*color) - old) * share + 0.5) as u8;
                }
            }
        }
    }
}

/// Whether something stands between the camera and a point at `reach` in a direction.
fn hidden(shot: &Shot, lens: &Lens, direction: Vec3, reach: f32, stack: &mut Stack) -> bool {
    let mut t = Lanes([-1.0; LANES]);
    t.0[0] = reach;
    let d = direction.to_array().map(Lanes::splat);
    let mut rays = Packet::new(lens.origin.to_array().map(Lanes::splat), d, t);
    any(shot.view, &mut rays, stack);
    rays.hit[0] != MISS
}
