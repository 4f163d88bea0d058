//! Draws what the sensors of a rig see, to PNG: `sensor_view OUT_DIR [RIG.ron] [MAP.xodr X Y YAW]`.
//! Writes for each camera colour, depth and semantic images, and a top view of the first lidar.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::input::Limits;
use sim::math::{PI, Pose};
use sim::message::{CameraFrames, CameraTruths, LidarScans, LidarTruths};
use sim::road::RoadNetwork;
use sim::sensor::{Rig, SensorRig, StaticScene, bench};
use sim::tick::Stage;
use sim::world::{SignalPhase, SignalStates, SimWorld, WorldConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = Path::new(args.first().map_or("out", String::as_str)).to_owned();
    std::fs::create_dir_all(&out)?;
    let rig = args
        .get(1)
        .map_or("assets/rigs/default.ron", String::as_str);
    let rig = Rig::load(Path::new(rig), &Limits::default())?.with_truth(true);
    let mut world = match args.get(2) {
        None => toy_world(),
        Some(map) => {
            let number = |i: usize| args.get(i).map_or(Ok(0.0), |a| a.parse::<f64>());
            map_world(Path::new(map), number(3)?, number(4)?, number(5)?)?
        }
    };
    let ego = world.entity(ActorId(0)).ok_or("no ego")?;
    world.ecs.entity_mut(ego).insert(SensorRig(Arc::new(rig)));
    world.run_stage(Stage::Sense);
    let entity = world.ecs.entity(ego);
    let frames = entity.get::<CameraFrames>().ok_or("no frames")?;
    let truths = entity.get::<CameraTruths>().ok_or("no truths")?;
    for (frame, truth) in frames.0.iter().zip(&truths.0) {
        let (w, h) = (frame.width_px, frame.height_px);
        let name = |what: &str| out.join(format!("{}_{what}.png", frame.sensor));
        write(&name("rgb"), w, h, &frame.rgb, 4)?;
        let depth = truth.depth_m.iter().flat_map(|d| {
            let v = (255.0 / (1.0 + d / 12.0)) as u8;
            [v, v, v]
        });
        write(&name("depth"), w, h, &depth.collect::<Vec<_>>(), 4)?;
        let semantic = truth.semantic.iter().flat_map(|c| color_of(*c));
        write(&name("semantic"), w, h, &semantic.collect::<Vec<_>>(), 4)?;
    }
    let scans = entity.get::<LidarScans>().ok_or("no scans")?;
    let truths = entity.get::<LidarTruths>().ok_or("no truths")?;
    if let (Some(scan), Some(truth)) = (scans.0.first(), truths.0.first()) {
        const SIDE: u32 = 800;
        let mut image = vec![12u8; (SIDE * SIDE * 3) as usize];
        for (p, t) in scan.points.iter().zip(&truth.0) {
            let (u, v) = (400.0 - p.y_m * 8.0, 400.0 - p.x_m * 8.0);
            if (0.0..SIDE as f32).contains(&u) && (0.0..SIDE as f32).contains(&v) {
                let at = (v as usize * SIDE as usize + u as usize) * 3;
                let shine = 0.4 + 0.6 * p.intensity.sqrt();
                for (k, c) in color_of(t.semantic).iter().enumerate() {
                    image[at + k] = (f32::from(*c) * shine) as u8;
                }
            }
        }
        write(&out.join("lidar_top.png"), SIDE, SIDE, &image, 1)?;
        println!("{} returns", scan.points.len());
    }
    Ok(())
}

/// The street and traffic of the bench.
fn toy_world() -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 1,
        map: Arc::new(RoadNetwork::empty()),
    });
    world
        .ecs
        .insert_resource(StaticScene(Some(bench::street())));
    for actor in bench::traffic() {
        let mut state = actor.state;
        if actor.id == ActorId(0) {
            state = ActorState::at(Pose::planar(0.0, -1.75, 0.0), 5.0);
        }
        world.spawn((*actor.spec).clone(), state, actor.motion);
    }
    world
}

/// A map with an ego at a pose and a few actors before it.
fn map_world(path: &Path, x_m: f64, y_m: f64, yaw_rad: f64) -> Result<SimWorld, Box<dyn Error>> {
    let map = Arc::new(RoadNetwork::load(path, &Limits::default())?);
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 1,
        map: map.clone(),
    });
    let ego = Pose::planar(x_m, y_m, yaw_rad);
    let ahead = [
        (0.0, 0.0, 0.0, ActorClass::Car),
        (14.0, 0.0, 0.0, ActorClass::Car),
        (20.0, 3.5, PI, ActorClass::Van),
        (11.0, -4.0, 1.2, ActorClass::Pedestrian),
        (17.0, -3.0, 0.0, ActorClass::Bicycle),
        (32.0, 3.5, PI, ActorClass::Bus),
        (45.0, 0.0, 0.0, ActorClass::Truck),
    ];
    for (i, (forward, left, yaw, class)) in ahead.into_iter().enumerate() {
        let (x, y) = ego.to_world_xy(forward, left);
        let spec = ActorSpec::typical(&format!("actor{i}"), class);
        let mut pose = Pose::planar(x, y, yaw_rad + yaw);
        if let Some(at) = map.locate(x, y, None, None)
            && let Some(road) = map.pose_at(at.road, at.s_m, at.t_m)
        {
            pose.z_m = road.pose.z_m;
        }
        let state = ActorState::at(pose, 5.0);
        world.spawn(spec, state, Motion::Fixed);
    }
    let phases = [SignalPhase::Red, SignalPhase::Green, SignalPhase::Yellow];
    let mut states = SignalStates::default();
    for (i, signal) in map.signals().iter().enumerate() {
        states.0.insert(signal.id.clone(), phases[i % 3]);
    }
    world.ecs.insert_resource(states);
    Ok(world)
}

fn color_of(class: u8) -> [u8; 3] {
    const COLORS: [[u8; 3]; 22] = [
        [120, 170, 220],
        [90, 80, 110],
        [255, 255, 255],
        [230, 60, 200],
        [110, 140, 60],
        [150, 120, 100],
        [50, 140, 50],
        [160, 160, 160],
        [190, 150, 130],
        [250, 170, 30],
        [220, 220, 0],
        [200, 120, 60],
        [40, 90, 230],
        [60, 150, 240],
        [30, 40, 130],
        [0, 200, 200],
        [70, 60, 180],
        [230, 40, 40],
        [240, 110, 60],
        [255, 40, 110],
        [180, 180, 90],
        [140, 90, 60],
    ];
    COLORS.get(class as usize).copied().unwrap_or([255, 0, 0])
}

/// Writes an image, each pixel `zoom` times as large.
fn write(path: &Path, w: u32, h: u32, rgb: &[u8], zoom: u32) -> Result<(), Box<dyn Error>> {
    let mut encoder = png::Encoder::new(File::create(path)?, w * zoom, h * zoom);
    encoder.set_color(png::ColorType::Rgb);
    let mut big = Vec::with_capacity((w * h * 3 * zoom * zoom) as usize);
    for y in 0..h * zoom {
        for x in 0..w * zoom {
            let at = (((y / zoom) * w + x / zoom) * 3) as usize;
            big.extend_from_slice(&rgb[at..at + 3]);
        }
    }
    encoder.write_header()?.write_image_data(&big)?;
    Ok(())
}
