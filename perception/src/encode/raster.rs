//! Lidar returns as bird's-eye channels, painted with the cameras' colours.

use nalgebra::Point3;
use sim::message::{CameraFrame, LidarPoint};

use super::Ground;
use crate::grid::{RASTER, cell};

/// Channels of the raster:
/// 0 returns (log), 1 highest and 2 mean height of what stands up, 3 its mean intensity, 4–8 its
/// returns (log) by height slice, 9–10 its mean offset in the cell (x, y), 11–13 colour and 14
/// whether it has one, 15 returns (log), 16 highest, 17–18 offset of what stood up in the
/// previous sweep, 19 mean intensity of the ground.
pub const CHANNELS: usize = 20;

/// What lies lower than this is ground, metres.
const GROUND_M: f32 = 0.25;
const SLICES_M: [f32; 5] = [0.6, 1.0, 1.5, 2.1, 4.5];
const CEILING_M: f32 = 4.5;

#[derive(Clone, Copy, Default)]
struct Cell {
    count: u16,
    standing: u16,
    highest: f32,
    height: f32,
    intensity: f32,
    slices: [u16; 5],
    offset: [f32; 2],
    colour: [f32; 3],
    coloured: u16,
    ground_intensity: f32,
    ground_colour: [f32; 3],
    ground_coloured: u16,
    old_standing: u16,
    old_highest: f32,
    old_offset: [f32; 2],
}

/// `CHANNELS · RASTER · RASTER` numbers of 0 to 1.
pub fn raster(
    points: &[LidarPoint],
    previous: &[[f32; 3]],
    frames: &[CameraFrame],
    ground: &Ground,
) -> Vec<f32> {
    let mut cells = vec![Cell::default(); RASTER * RASTER];
    let cameras: Vec<Painter> = frames.iter().filter_map(Painter::new).collect();
    for p in points {
        let (Some((i, fx)), Some((j, fy))) = (cell(p.x_m, RASTER), cell(p.y_m, RASTER)) else {
            continue;
        };
        let height = p.z_m - ground.at(p.x_m, p.y_m);
        if height > CEILING_M {
            continue;
        }
        let colour = cameras.iter().find_map(|c| c.colour(p.x_m, p.y_m, p.z_m));
        let c = &mut cells[i * RASTER + j];
        c.count = c.count.saturating_add(1);
        if height < GROUND_M {
            c.ground_intensity += p.intensity;
            if let Some(rgb) = colour {
                add(&mut c.ground_colour, rgb);
                c.ground_coloured += 1;
            }
            continue;
        }
        c.standing = c.standing.saturating_add(1);
        c.highest = c.highest.max(height);
        c.height += height;
        c.intensity += p.intensity;
        let slice = SLICES_M.iter().position(|top| height < *top).unwrap_or(4);
        c.slices[slice] = c.slices[slice].saturating_add(1);
        c.offset[0] += fx;
        c.offset[1] += fy;
        if let Some(rgb) = colour {
            add(&mut c.colour, rgb);
            c.coloured += 1;
        }
    }
    for [x, y, z] in previous {
        let (Some((i, fx)), Some((j, fy))) = (cell(*x, RASTER), cell(*y, RASTER)) else {
            continue;
        };
        let height = z - ground.at(*x, *y);
        if (GROUND_M..CEILING_M).contains(&height) {
            let c = &mut cells[i * RASTER + j];
            c.old_standing = c.old_standing.saturating_add(1);
            c.old_highest = c.old_highest.max(height);
            c.old_offset[0] += fx;
            c.old_offset[1] += fy;
        }
    }
    let logs: Vec<f32> = (0..64)
        .map(|n| (sim::math::ln(f64::from(n) + 1.0) / sim::math::ln(64.0)) as f32)
        .collect();
    let log = |n: u16| logs[usize::from(n).min(63)];
    let mut out = vec![0f32; CHANNELS * RASTER * RASTER];
    for (at, c) in cells.iter().enumerate() {
        if c.count == 0 && c.old_standing == 0 {
            continue;
        }
        let mut put = |channel: usize, value: f32| {
            out[channel * RASTER * RASTER + at] = value.clamp(0.0, 1.0);
        };
        put(0, log(c.count));
        if c.standing > 0 {
            let n = f32::from(c.standing);
            put(1, c.highest / CEILING_M);
            put(2, c.height / n / CEILING_M);
            put(3, c.intensity / n);
            for (k, count) in c.slices.iter().enumerate() {
                put(4 + k, log(*count));
            }
            put(9, c.offset[0] / n);
            put(10, c.offset[1] / n);
        }
        let (colour, coloured) = if c.coloured > 0 {
            (c.colour, c.coloured)
        } else {
            (c.ground_colour, c.ground_coloured)
        };
        if coloured > 0 {
            for (k, value) in colour.iter().enumerate() {
                put(11 + k, value / f32::from(coloured) / 255.0);
            }
            put(14, 1.0);
        }
        if c.old_standing > 0 {
            let n = f32::from(c.old_standing);
            put(15, log(c.old_standing));
            put(16, c.old_highest / CEILING_M);
            put(17, c.old_offset[0] / n);
            put(18, c.old_offset[1] / n);
        }
        if c.count > c.standing {
            put(19, c.ground_intensity / f32::from(c.count - c.standing));
        }
    }
    out
}

fn add(sum: &mut [f32; 3], rgb: [u8; 3]) {
    for (total, part) in sum.iter_mut().zip(rgb) {
        *total += f32::from(part);
    }
}

/// A camera that colours points.
struct Painter<'a> {
    frame: &'a CameraFrame,
    /// Rows of `camera_from_ego` (rotation, translation), single precision.
    rows: [[f32; 4]; 3],
}

impl<'a> Painter<'a> {
    fn new(frame: &'a CameraFrame) -> Option<Self> {
        if frame.rgb.len() != (frame.width_px as usize) * (frame.height_px as usize) * 3 {
            return None;
        }
        let m = frame.ego_from_camera.inverse().to_homogeneous();
        let row = |i: usize| [0, 1, 2, 3].map(|j| m[(i, j)] as f32);
        Some(Self {
            frame,
            rows: [row(0), row(1), row(2)],
        })
    }

    fn colour(&self, x: f32, y: f32, z: f32) -> Option<[u8; 3]> {
        let [cx, cy, cz] = self.rows.map(|r| r[0] * x + r[1] * y + r[2] * z + r[3]);
        if cz < 0.3 {
            return None;
        }
        let f = self.frame.focal_px as f32;
        let u = self.frame.center_px.0 as f32 + f * cx / cz;
        let v = self.frame.center_px.1 as f32 + f * cy / cz;
        let (w, h) = (self.frame.width_px as f32, self.frame.height_px as f32);
        if !(u >= 0.0 && v >= 0.0 && u < w && v < h) {
            return None;
        }
        let at = (v as usize * self.frame.width_px as usize + u as usize) * 3;
        let rgb = self.frame.rgb.get(at..at + 3)?;
        Some([rgb[0], rgb[1], rgb[2]])
    }
}

/// Pixel (u, v) and depth of an ego-frame point in a frame, where it lies before the camera.
pub(super) fn project(frame: &CameraFrame, point: &Point3<f64>) -> Option<(f64, f64, f64)> {
    let p = frame.ego_from_camera.inverse_transform_point(point);
    (p.z > 0.3).then(|| {
        (
            frame.center_px.0 + frame.focal_px * p.x / p.z,
            frame.center_px.1 + frame.focal_px * p.y / p.z,
            p.z,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_point_fills_its_cell_and_slice() {
        let point = |x: f32, y: f32, z: f32| LidarPoint {
            x_m: x,
            y_m: y,
            z_m: z,
            intensity: 0.5,
            ring: 0,
            column: 0,
        };
        let points = [point(10.1, 5.1, 0.0), point(10.1, 5.1, 1.2)];
        let ground = Ground::estimate(&points);
        let out = raster(&points, &[[10.1, 5.1, 1.2]], &[], &ground);
        let at = 100 * RASTER + 90;
        let value = |channel: usize| out[channel * RASTER * RASTER + at];
        assert!(value(0) > 0.0 && value(6) > 0.0 && value(15) > 0.0);
        assert_eq!(
            (value(4), value(5), value(7), value(14)),
            (0.0, 0.0, 0.0, 0.0)
        );
        assert!((value(1) - 1.2 / 4.5).abs() < 0.02);
        assert!((value(9) - 0.2).abs() < 0.01);
        assert!(out.iter().all(|v| (0.0..=1.0).contains(v)));
    }
}
