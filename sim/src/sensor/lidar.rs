//! One turn of a rotating lidar.

use bevy::math::Vec3;
use nalgebra::Isometry3;
use rayon::prelude::*;

use super::draw;
use super::packet::{LANES, Lanes, MISS, Packet, Stack, nearest};
use super::rig::LidarSpec;
use super::semantic::SemanticClass;
use super::surface::Surface;
use super::view::View;
use crate::actor::{ActorClass, ActorId};
use crate::message::{LidarPoint, LidarScan, LidarTruth, PointTruth};

/// Columns and rings of a packet: near-square on the usual sensors, where columns lie closer.
const PACKET_COLUMNS: usize = 8;
const PACKET_RINGS: usize = LANES / PACKET_COLUMNS;

/// Directions of a lidar's beams: (cos, sin) of elevations and of azimuths.
pub(super) struct Beams<'a> {
    pub elevations: &'a [(f32, f32)],
    pub azimuths: &'a [(f32, f32)],
}

/// Casts one turn. `scene_from_ego` is the carrier's pose in the scene; `key` seeds this frame's draws; `rain` is what
/// rain takes of the light, 1/m.
pub(super) fn scan(
    spec: &LidarSpec,
    beams: &Beams,
    view: &View,
    scene_from_ego: &Isometry3<f64>,
    (key, rain): (u64, f64),
    time_s: f64,
    truth: bool,
) -> (LidarScan, LidarTruth) {
    let ego_from_sensor = spec.mount.ego_from_sensor();
    let scene_from_sensor = scene_from_ego * ego_from_sensor;
    let task = Task {
        spec,
        beams,
        view,
        origin: vec3(&scene_from_sensor.translation.vector),
        axes: axes(&scene_from_sensor),
        ego_origin: vec3(&ego_from_sensor.translation.vector),
        ego_axes: axes(&ego_from_sensor),
        key,
        rain_pm: rain as f32,
        truth,
    };
    let columns = beams.azimuths.len();
    // Blocks are put together in their order, so the number of threads changes nothing.
    let parts: Vec<(Vec<LidarPoint>, Vec<PointTruth>)> = (0..columns.div_ceil(64))
        .into_par_iter()
        .map(|block| task.block(block * 64, (block * 64 + 64).min(columns)))
        .collect();
    let mut points = Vec::with_capacity(parts.iter().map(|p| p.0.len()).sum());
    let mut truths = Vec::with_capacity(parts.iter().map(|p| p.1.len()).sum());
    for (p, t) in parts {
        points.extend(p);
        truths.extend(t);
    }
    let scan = LidarScan {
        sensor: spec.name.clone(),
        time_s,
        origin_m: task.ego_origin.to_array(),
        points,
    };
    (scan, LidarTruth(truths))
}

/// What a drop of rain sends back, of 1.
const DROP_STRENGTH: f32 = 0.02;
/// How far drops answer, metres.
const DROP_REACH_M: f32 = 12.0;

/// The actor and the class of a surface.
type Hit = (Option<(ActorId, ActorClass)>, SemanticClass);

struct Task<'a> {
    spec: &'a LidarSpec,
    beams: &'a Beams<'a>,
    view: &'a View<'a>,
    origin: Vec3,
    axes: [Vec3; 3],
    ego_origin: Vec3,
    ego_axes: [Vec3; 3],
    key: u64,
    rain_pm: f32,
    truth: bool,
}

impl Task<'_> {
    /// Returns of the columns in [first, last), by column and then ring.
    fn block(&self, first: usize, last: usize) -> (Vec<LidarPoint>, Vec<PointTruth>) {
        let rings = self.beams.elevations.len();
        let mut stack = Stack::default();
        let mut cells = vec![(f32::INFINITY, MISS); PACKET_COLUMNS * rings];
        let mut points = Vec::with_capacity((last - first) * rings);
        let mut truths = Vec::new();
        for start in (first..last).step_by(PACKET_COLUMNS) {
            for low in (0..rings).step_by(PACKET_RINGS) {
                self.cast(start, low, &mut cells, &mut stack);
            }
            for column in start..(start + PACKET_COLUMNS).min(last) {
                for ring in 0..rings {
                    let (t, hit) = cells[(column - start) * rings + ring];
                    if hit != MISS {
                        self.answer(column, ring, t, hit, &mut points, &mut truths);
                    }
                }
            }
        }
        (points, truths)
    }

    /// Direction of a beam in the sensor's frame.
    fn beam(&self, column: usize, ring: usize) -> Vec3 {
        let (ca, sa) = self.beams.azimuths[column];
        let (ce, se) = self.beams.elevations[ring];
        Vec3::new(ce * ca, ce * sa, se)
    }

    /// Casts the packet at a first column and ring into `cells` (column of the packet, ring).
    fn cast(&self, start: usize, low: usize, cells: &mut [(f32, u32)], stack: &mut Stack) {
        let rings = self.beams.elevations.len();
        let columns = self.beams.azimuths.len();
        let mut d = [Lanes::splat(0.0); 3];
        for lane in 0..LANES {
            // Lanes past the edge repeat the last beam.
            let column = (start + lane % PACKET_COLUMNS).min(columns - 1);
            let ring = (low + lane / PACKET_COLUMNS).min(rings - 1);
            let beam = turn(&self.axes, self.beam(column, ring));
            for axis in 0..3 {
                d[axis].0[lane] = beam[axis];
            }
        }
        let mut rays = Packet::from_point(self.origin, d, self.spec.max_range_m as f32);
        nearest(self.view, &mut rays, self.origin, stack);
        for lane in 0..LANES {
            let (column, ring) = (lane % PACKET_COLUMNS, low + lane / PACKET_COLUMNS);
            if ring < rings {
                cells[column * rings + ring] = (rays.t.0[lane], rays.hit[lane]);
            }
        }
    }

    /// The return of one beam, if there is one.
    fn answer(
        &self,
        column: usize,
        ring: usize,
        t: f32,
        hit: u32,
        points: &mut Vec<LidarPoint>,
        truths: &mut Vec<PointTruth>,
    ) {
        let spec = self.spec;
        let ray = (ring * self.beams.azimuths.len() + column) as u64;
        let (uniform, normal) = draw::uniform_and_normal(self.key, ray);
        if uniform < spec.drop_out as f32 {
            return;
        }
        let beam = self.beam(column, ring);
        let direction = turn(&self.axes, beam);
        let surface = Surface::of(self.view, hit, self.origin + direction * t);
        let incidence = surface.normal.dot(direction).abs();
        // Lambert's law: the share that comes back falls with the cosine of the incidence.
        let mut strength = (surface.look.reflectivity * incidence).clamp(0.0, 1.0);
        if self.rain_pm > 0.0 {
            if let Some(drop_m) = self.drop(ray, t) {
                return self.push(
                    column,
                    ring,
                    beam,
                    drop_m,
                    (DROP_STRENGTH, None, drop_m - t),
                    points,
                    truths,
                );
            }
            strength *= libm::expf(-2.0 * self.rain_pm * t);
        }
        if let Some(range) = spec.range_at_10_percent_m {
            let range = range as f32;
            if strength * range * range < 0.1 * t * t {
                return;
            }
        }
        let range = t + spec.range_sigma_m as f32 * normal;
        if !(spec.min_range_m as f32..=spec.max_range_m as f32).contains(&range) {
            return;
        }
        let hit = Some((surface.actor, surface.class));
        self.push(
            column,
            ring,
            beam,
            range,
            (strength, hit, range - t),
            points,
            truths,
        );
    }

    /// Range at which a drop of rain answers a beam before what it would hit at `t`.
    fn drop(&self, ray: u64, t: f32) -> Option<f32> {
        let (uniform, _) = draw::uniform_and_normal(draw::mix(self.key, 0x7a1e), ray);
        // Of the drops in the way, those beyond a few metres send too little back.
        let reach = t.min(DROP_REACH_M);
        let struck = 1.0 - libm::expf(-self.rain_pm * reach);
        let range = uniform / struck.max(1e-9) * reach;
        (uniform < struck && range > self.spec.min_range_m as f32).then_some(range)
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one return, with where it is put"
    )]
    fn push(
        &self,
        column: usize,
        ring: usize,
        beam: Vec3,
        range_m: f32,
        (strength, hit, range_error_m): (f32, Option<Hit>, f32),
        points: &mut Vec<LidarPoint>,
        truths: &mut Vec<PointTruth>,
    ) {
        let p = self.ego_origin + turn(&self.ego_axes, beam * range_m);
        points.push(LidarPoint {
            x_m: p.x,
            y_m: p.y,
            z_m: p.z,
            intensity: strength,
            ring: ring as u16,
            column: column as u16,
        });
        if self.truth {
            let actor = hit.and_then(|(actor, _)| actor);
            truths.push(PointTruth {
                actor: actor.map(|a| a.0),
                class: actor.map(|a| a.1),
                semantic: hit.map_or(SemanticClass::Sky, |(_, class)| class) as u8,
                range_error_m,
            });
        }
    }
}

pub(super) fn vec3(v: &nalgebra::Vector3<f64>) -> Vec3 {
    Vec3::new(v.x as f32, v.y as f32, v.z as f32)
}

/// The axes of a transform's source frame, in its target frame.
pub(super) fn axes(transform: &Isometry3<f64>) -> [Vec3; 3] {
    let m = transform.rotation.to_rotation_matrix();
    [0, 1, 2].map(|k| {
        let c = m.matrix().column(k);
        Vec3::new(c[0] as f32, c[1] as f32, c[2] as f32)
    })
}

#[inline(always)]
pub(super) fn turn(axes: &[Vec3; 3], v: Vec3) -> Vec3 {
    axes[0] * v.x + axes[1] * v.y + axes[2] * v.z
}
