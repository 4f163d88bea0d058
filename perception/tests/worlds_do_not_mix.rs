//! What an actor perceives is the same to the bit alone, beside other worlds, and on another thread.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::sync::Arc;

use perception::network::{Perception, PerceptionConfig};
use perception::{PerceptionForward, PerceptionSettings, install};
use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
use sim::math::Pose;
use sim::message::{
    DetectionSet, DriverSpec, LidarPoint, LidarScan, LidarScans, Odometry, TrackSet,
};
use sim::road::RoadNetwork;
use sim::tick::{Pipeline, Stage, Tick};
use sim::world::{SimWorld, WorldConfig};

fn forward() -> PerceptionForward {
    nn::use_one_thread();
    let _generator = nn::device::seed(4);
    let store = tch::nn::VarStore::new(tch::Device::Cpu);
    let network = Perception::new(&store.root(), &PerceptionConfig::default());
    PerceptionForward::new(network, store)
}

/// A car that sees a wall of returns, other for each seed.
fn world(seed: u64) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.1,
        seed,
        map: Arc::new(RoadNetwork::empty()),
    });
    let settings = PerceptionSettings {
        decode: perception::decode::DecodeOptions {
            min_score: 0.0,
            max_boxes: 20,
        },
    };
    install(&mut world, settings);
    let spec = ActorSpec::typical("Ego", ActorClass::Car);
    let id = world.spawn(spec, ActorState::at(Pose::default(), 0.0), Motion::Fixed);
    let entity = world.entity(id).unwrap();
    world.ecs.entity_mut(entity).insert((
        DriverSpec::Learned,
        Odometry::default(),
        LidarScans(vec![scan(seed, 0.0)]),
    ));
    world
}

fn scan(seed: u64, time_s: f64) -> LidarScan {
    let points = (0..4000)
        .map(|k| LidarPoint {
            x_m: (k % 80) as f32 - 40.0,
            y_m: ((k * 7 + seed as usize * 13) % 71) as f32 - 35.0,
            z_m: (k % 5) as f32 * 0.4 - 0.05,
            intensity: 0.5,
            ring: 0,
            column: 0,
        })
        .collect();
    LidarScan {
        sensor: "roof".into(),
        time_s,
        origin_m: [1.0, 0.0, 1.9],
        points,
    }
}

fn run(worlds: &mut [SimWorld]) -> Vec<(DetectionSet, TrackSet)> {
    let mut pipeline = Pipeline::new(vec![(Stage::PerceiveDecode, Box::new(forward()))]);
    for k in 0..3 {
        for (seed, world) in worlds.iter_mut().enumerate() {
            let time_s = world.ecs.resource::<Tick>().time_s();
            assert!((time_s - 0.1 * f64::from(k)).abs() < 1e-9);
            let mut query = world.ecs.query::<&mut LidarScans>();
            for mut scans in query.iter_mut(&mut world.ecs) {
                scans.0 = vec![scan(seed as u64, time_s)];
            }
        }
        pipeline.tick(worlds);
    }
    worlds
        .iter_mut()
        .map(|world| {
            let mut query = world.ecs.query::<(&DetectionSet, &TrackSet)>();
            let (set, tracks) = query.single(&world.ecs).unwrap();
            (set.clone(), tracks.clone())
        })
        .collect()
}

#[test]
fn alone_in_a_batch_and_on_another_thread_the_bits_are_one() {
    let alone = run(&mut [world(0)]);
    assert_eq!(alone[0].0.boxes.len(), 20);
    assert_eq!(alone[0].0.time_s, alone[0].1.time_s);
    let mut several = [world(0), world(1), world(2)];
    assert_eq!(run(&mut several)[0], alone[0]);
    let other = std::thread::spawn(|| run(&mut [world(0)])).join().unwrap();
    assert_eq!(other, alone);
}
