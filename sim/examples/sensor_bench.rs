//! Prints how fast the sensors of a rig are: `sensor_bench [RIG.ron] [THREADS] [RAYS_DIR] [MAP.xodr]`. With a
//! folder that holds `street.obj` and `rays.f32` (origin and unit direction, six floats a ray), also
//! the rate of nearest hits on them.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use sim::input::Limits;
use sim::math::Pose;
use sim::road::{LanePosition, RoadNetwork};
use sim::sensor::{Material, Rig, Scene, TriangleSoup, bench};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let rig = args.next().unwrap_or("assets/rigs/default.ron".into());
    let threads = args.next().map_or(Ok(1), |n| n.parse())?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread()
        .build_global()?;
    let rig = Rig::load(Path::new(&rig), &Limits::default())?;
    let start = Instant::now();
    let mut clock = || match threads {
        1 => cpu_time_s().unwrap_or(start.elapsed().as_secs_f64()),
        _ => start.elapsed().as_secs_f64(),
    };
    for b in bench::bench(&rig, 30, &mut clock) {
        println!(
            "{:<20} {:8.2} Mrays/s {:8.3} ms/frame",
            b.name, b.mrays_per_s, b.ms_per_frame
        );
    }
    let folder = args.next();
    if let Some(map) = args.next() {
        let network = RoadNetwork::load(Path::new(&map), &Limits::default())?;
        let from = clock();
        let scene = Scene::of_map(&network);
        let seconds = clock() - from;
        println!(
            "{map}: {} triangles in {seconds:.3} s",
            scene.triangle_count()
        );
        let mut traffic = bench::traffic();
        let drivable = |id: i32, s: f64, road| {
            let kind = network.lane_type(road, s, id)?;
            kind.is_drivable().then_some(())?;
            let place = LanePosition {
                road,
                lane_id: id,
                s_m: s,
                offset_m: 0.0,
            };
            network.lane_pose(&place).map(|p| p.pose)
        };
        let places: Vec<_> = network
            .road_indices()
            .flat_map(|road| {
                let length = network.road(road).map_or(0.0, |r| r.length_m);
                let stations = (0..(length / 12.0) as u32).map(|i| f64::from(i) * 12.0 + 3.0);
                stations.flat_map(move |s| [1, -1].map(|id| (id, s, road)))
            })
            .filter_map(|(id, s, road)| drivable(id, s, road))
            .collect();
        if let Some(first) = places.get(places.len() / 3) {
            let mut near = places.clone();
            let gap = |p: &Pose| (p.x_m - first.x_m).powi(2) + (p.y_m - first.y_m).powi(2);
            near.sort_by(|a, b| gap(a).total_cmp(&gap(b)));
            for (actor, pose) in traffic.iter_mut().zip(&near) {
                actor.state.pose = *pose;
            }
        }
        for b in bench::bench_at(&rig, &scene, &traffic, 30, &mut clock) {
            println!(
                "{:<20} {:8.2} Mrays/s {:8.3} ms/frame",
                b.name, b.mrays_per_s, b.ms_per_frame
            );
        }
    }
    if let Some(folder) = folder {
        rays_from(Path::new(&folder), &mut clock)?;
    }
    Ok(())
}

/// Time that this thread has run, seconds (Linux), so that a busy machine does not blur the rates.
fn cpu_time_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn rays_from(folder: &Path, clock: &mut dyn FnMut() -> f64) -> Result<(), Box<dyn Error>> {
    let mut soup = TriangleSoup::default();
    for line in std::fs::read_to_string(folder.join("street.obj"))?.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["v", x, y, z] => soup.vertices.push([x.parse()?, y.parse()?, z.parse()?]),
            ["f", a, b, c] => {
                let index = |w: &str| w.parse::<u32>().map(|i| i - 1);
                let corners = [index(a)?, index(b)?, index(c)?];
                soup.triangles.push((corners, Material::Wall, 0));
            }
            _ => {}
        }
    }
    let start = clock();
    let scene = Scene::new(&soup);
    println!(
        "{} triangles, built in {:.3} s",
        scene.triangle_count(),
        clock() - start
    );
    let floats: Vec<f32> = std::fs::read(folder.join("rays.f32"))?
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let rays: Vec<_> = floats
        .chunks_exact(6)
        .map(|f| ([f[0], f[1], f[2]], [f[3], f[4], f[5]]))
        .collect();
    let mut times = Vec::new();
    let mut hits = Vec::new();
    for _ in 0..8 {
        let start = clock();
        hits = bench::cast(&scene, &rays);
        times.push(clock() - start);
    }
    times.sort_by(f64::total_cmp);
    let near: Vec<f64> = hits
        .iter()
        .filter(|t| t.is_finite())
        .map(|t| f64::from(*t))
        .collect();
    println!(
        "Mrays/s={:.2} hits={} mean_m={:.4}",
        rays.len() as f64 / times[times.len() / 2] / 1e6,
        near.len(),
        near.iter().sum::<f64>() / near.len() as f64
    );
    Ok(())
}
