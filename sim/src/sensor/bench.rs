//! How fast sensors are, on a street of generated boxes.

use std::sync::Arc;

use bevy::math::Vec3;

use super::actors::ActorScene;
use super::camera::{self, Shot};
use super::daylight::{Daylight, Light};
use super::draw::mix;
use super::lidar::{self, Beams};
use super::packet::{LANES, Lanes, MISS, Packet, Stack, nearest};
use super::rig::Rig;
use super::semantic::Material;
use super::soup::{Scene, TriangleSoup};
use super::view::View;
use crate::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use crate::math::{Pose, TAU, cos, sin};
use crate::world::ActorSnapshot;

/// One measured rate.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorBench {
    /// What was cast.
    pub name: String,
    /// Million primary rays a second.
    pub mrays_per_s: f64,
    /// Milliseconds a frame.
    pub ms_per_frame: f64,
}

/// Casts each sensor of a rig `repeats` times, on the calling thread pool, into a street of 100
/// buildings with 50 actors; `clock` gives seconds (the simulation itself reads no clock).
pub fn bench(rig: &Rig, repeats: u32, clock: &mut dyn FnMut() -> f64) -> Vec<SensorBench> {
    bench_at(rig, &street(), &traffic(), repeats, clock)
}

/// As [`bench()`] in another scene, with the rig on the first of the actors.
pub fn bench_at(
    rig: &Rig,
    scene: &Scene,
    traffic: &[ActorSnapshot],
    repeats: u32,
    clock: &mut dyn FnMut() -> f64,
) -> Vec<SensorBench> {
    let Some(carrier) = traffic.first() else {
        return Vec::new();
    };
    let Some(ego) = super::system::pose_in(scene, &carrier.state) else {
        return Vec::new();
    };
    let actors = ActorScene::new(traffic, scene.origin);
    let view = View {
        scene,
        actors: &actors,
        exclude: actors.body_of(carrier.id),
    };
    let light = Light::of(&Daylight::default());
    let spec = rig.spec();
    let mut out = Vec::new();
    let repeats = repeats.max(1);
    let mut measure = |name: &str, rays: usize, run: &mut dyn FnMut(u64)| {
        run(0);
        let start = clock();
        (0..repeats).for_each(|i| run(u64::from(i)));
        let seconds = ((clock() - start) / f64::from(repeats)).max(1e-12);
        out.push(SensorBench {
            name: name.to_owned(),
            mrays_per_s: rays as f64 / seconds / 1e6,
            ms_per_frame: seconds * 1e3,
        });
    };
    for (i, lidar) in spec.lidars.iter().enumerate() {
        let beams = Beams {
            elevations: &rig.elevations[i],
            azimuths: &rig.azimuths[i],
        };
        let rays = beams.elevations.len() * beams.azimuths.len();
        measure(&lidar.name, rays, &mut |key| {
            std::hint::black_box(lidar::scan(
                lidar,
                &beams,
                &view,
                &ego,
                (key, 0.0),
                0.0,
                spec.truth,
            ));
        });
    }
    for camera in &spec.cameras {
        let rays = camera.width_px as usize * camera.height_px as usize;
        measure(&camera.name, rays, &mut |key| {
            std::hint::black_box(camera::take(&Shot {
                spec: camera,
                view: &view,
                light: &light,
                lamps: &[],
                scene_from_ego: &ego,
                key,
                time_s: 0.0,
                truth: spec.truth,
            }));
        });
    }
    measure("actors (per tick)", 0, &mut |_| {
        std::hint::black_box(ActorScene::new(traffic, scene.origin));
    });
    out
}

/// Distance of the nearest hit for rays (origin, unit direction; world frame, metres), infinite
/// where there is none. Rays that follow one another should start at one point and lie close together.
pub fn cast(scene: &Scene, rays: &[([f32; 3], [f32; 3])]) -> Vec<f32> {
    use rayon::prelude::*;
    let actors = ActorScene::default();
    let view = View {
        scene,
        actors: &actors,
        exclude: None,
    };
    let origin = scene.origin.map(|v| v as f32);
    rays.par_chunks(LANES)
        .with_min_len(64)
        .map_init(Stack::default, |stack, chunk| {
            let mut near = [f32::INFINITY; LANES];
            let mut done = 0;
            while done < chunk.len() {
                let o = chunk[done].0;
                let same = chunk[done..].iter().take_while(|r| r.0 == o).count();
                let mut d = [Lanes::splat(0.0); 3];
                for lane in 0..LANES {
                    let ray = chunk[done + lane.min(same - 1)].1;
                    (0..3).for_each(|k| d[k].0[lane] = ray[k]);
                }
                let from = Vec3::from_array(o) - Vec3::from_array(origin);
                let mut packet = Packet::from_point(from, d, 1e9);
                nearest(&view, &mut packet, from, stack);
                for lane in 0..same {
                    if packet.hit[lane] != MISS {
                        near[done + lane] = packet.t.0[lane];
                    }
                }
                done += same;
            }
            near
        })
        .collect::<Vec<_>>()
        .concat()
        .into_iter()
        .take(rays.len())
        .collect()
}

/// A straight street of 400 m with lane marks, pavements, houses and a crossing.
pub fn street() -> Arc<Scene> {
    let mut soup = TriangleSoup::default();
    let mut strip = |x: [f64; 2], y: [f64; 2], z: f64, material, step: f64| {
        let n = ((x[1] - x[0]) / step).ceil().max(1.0) as u32;
        for i in 0..n {
            let a = x[0] + f64::from(i) * step;
            let b = (a + step).min(x[1]);
            let [c, d] = y;
            soup.quad([[a, c, z], [b, c, z], [b, d, z], [a, d, z]], material, 0);
        }
    };
    let (near, far) = (-200.0, 200.0);
    for lane in [-7.0, -3.5, 0.0, 3.5] {
        strip([near, far], [lane, lane + 3.5], 0.0, Material::Asphalt, 2.0);
    }
    for side in [-1.0, 1.0] {
        strip(
            [near, far],
            [side * 7.0, side * 7.2],
            0.12,
            Material::Curb,
            4.0,
        );
        strip(
            [near, far],
            [side * 7.2, side * 10.0],
            0.13,
            Material::Sidewalk,
            4.0,
        );
        strip(
            [near, far],
            [side * 6.75, side * 6.87],
            0.01,
            Material::MarkWhite,
            4.0,
        );
        for i in 0..33 {
            let x = near + f64::from(i) * 12.0;
            let y = side * 3.5;
            strip(
                [x, x + 6.0],
                [y - 0.06, y + 0.06],
                0.01,
                Material::MarkWhite,
                6.0,
            );
        }
        let y = side * 0.12;
        strip(
            [near, far],
            [y - 0.06, y + 0.06],
            0.01,
            Material::MarkYellow,
            4.0,
        );
    }
    for i in 0..14 {
        let y = -6.5 + f64::from(i);
        strip([38.0, 42.0], [y, y + 0.5], 0.011, Material::MarkWhite, 4.0);
    }
    for i in -10..10 {
        for j in -10..10 {
            let (x, y) = (f64::from(i) * 60.0, f64::from(j) * 60.0);
            strip([x, x + 60.0], [y, y + 60.0], -0.05, Material::Grass, 60.0);
        }
    }
    for k in 0..100u32 {
        let share = |salt: u64| (mix(u64::from(k), salt) >> 40) as f64 / (1u64 << 24) as f64;
        let side = if k % 2 == 0 { 1.0 } else { -1.0 };
        let depth = 8.0 + 8.0 * share(3);
        let x = -196.0 + f64::from(k / 2) * 8.0;
        let y = side * (14.0 + depth / 2.0 + 25.0 * (share(1) - 0.3).max(0.0));
        let mut pose = Pose::planar(x, y, 0.0);
        pose.z_m = -0.1;
        let size = [7.0 + 2.0 * share(2), depth, 5.0 + 14.0 * share(4)];
        soup.cuboid(&pose, size, Material::Wall, k + 1);
    }
    for k in 0..40 {
        let x = -190.0 + f64::from(k / 2) * 20.0;
        let y = if k % 2 == 0 { 8.3 } else { -8.3 };
        let base: Vec<[f64; 3]> = (0..8)
            .map(|i| {
                let a = TAU * f64::from(i) / 8.0;
                [x + 0.12 * cos(a), y + 0.12 * sin(a), 0.1]
            })
            .collect();
        soup.prism(&base, 5.0, Material::Metal, 0);
    }
    Arc::new(Scene::new(&soup))
}

/// Fifty actors of every class on that street; the first is the carrier.
pub fn traffic() -> Vec<ActorSnapshot> {
    use ActorClass as C;
    let classes = [
        C::Car,
        C::Car,
        C::Van,
        C::Car,
        C::Truck,
        C::Bicycle,
        C::Pedestrian,
        C::Car,
        C::Bus,
        C::Motorcycle,
    ];
    (0..50u32)
        .map(|k| {
            let class = if k == 0 {
                C::Car
            } else {
                classes[(k % 10) as usize]
            };
            let lane = [-1.75, 1.75, -5.25, 5.25][(k % 4) as usize];
            let x = if k == 0 {
                0.0
            } else {
                9.0 + 7.0 * f64::from(k / 2) * if k % 2 == 0 { 1.0 } else { -1.0 }
            };
            let on_foot = class == C::Pedestrian;
            let y = if on_foot { 8.6 } else { lane };
            let yaw = if on_foot || lane < 0.0 {
                0.1
            } else {
                crate::math::PI
            };
            let mut pose = Pose::planar(x, y, yaw);
            pose.z_m = if on_foot { 0.13 } else { 0.0 };
            ActorSnapshot {
                id: ActorId(k),
                spec: Arc::new(ActorSpec::typical(&format!("actor{k}"), class)),
                state: ActorState::at(pose, 5.0),
                motion: Motion::Scripted,
            }
        })
        .collect()
}
