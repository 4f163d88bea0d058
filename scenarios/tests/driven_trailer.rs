//! The trailer of a vehicle that a driver drives hangs on it, through rapier and the story alike.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "helpers of tests print why they skip and stop on what is broken in them"
)]

use std::path::PathBuf;
use std::sync::Arc;

use scenarios::{LoadOptions, Scenario, Story, StoryOptions};
use sim::actor::Motion;
use sim::message::{DriveCommand, DriverSpec};
use sim::physics::{Contacts, Hitch};
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

#[test]
fn a_driven_car_pulls_its_trailer() {
    let Some(shared) = std::env::var_os("SKIDPAD_SHARED") else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return;
    };
    let path = PathBuf::from(shared).join("data/esmini/resources/xosc/trailers.xosc");
    let options = LoadOptions::default();
    let scenario = Scenario::load_with(&path, &options).expect("a scenario");
    let map_path = scenario.map_path.clone().expect("a map");
    let map = RoadNetwork::load(&map_path, &options.limits).expect("a map");
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 0,
        map: Arc::new(map),
    });
    let driver = StoryOptions {
        ego_driver: DriverSpec::Idm,
        ..scenarios::StoryOptions::default()
    };
    scenarios::install(&mut world, &scenario, driver).expect("installs");
    let ego = world.ecs.resource::<Story>().ego().expect("an ego vehicle");
    let (trailer, hitch) = world
        .ecs
        .query::<(&sim::actor::ActorId, &Hitch)>()
        .iter(&world.ecs)
        .find(|(_, hitch)| hitch.tractor == ego)
        .map(|(id, hitch)| (*id, *hitch))
        .expect("a trailer of the ego vehicle");
    let mut pipeline = Pipeline::new(Vec::new());
    let mut worst: f64 = 0.0;
    for _ in 0..120 {
        let snapshot = world.snapshot();
        let speed = snapshot.actor(ego).expect("there").state.speed_mps;
        let command = DriveCommand {
            throttle: (0.5 * (12.0 - speed)).clamp(0.0, 1.0),
            brake: (0.2 * (speed - 12.0)).clamp(0.0, 1.0),
            ..DriveCommand::default()
        };
        let entity = world.entity(ego).expect("spawned");
        world.ecs.entity_mut(entity).insert(command);
        pipeline.tick(std::slice::from_mut(&mut world));
        let snapshot = world.snapshot();
        let (front, back) = (
            snapshot.actor(ego).expect("there"),
            snapshot.actor(trailer).expect("there"),
        );
        assert_eq!(back.motion, Motion::Dynamic);
        let at = front.state.pose.to_world_xy(hitch.hitch_x_m, 0.0);
        let to = back.state.pose.to_world_xy(hitch.coupler_x_m, 0.0);
        worst = worst.max(sim::math::hypot(at.0 - to.0, at.1 - to.1));
        let contacts = &world.ecs.resource::<Contacts>().list;
        assert!(
            contacts.iter().all(|c| (c.a, c.b) != (ego, trailer)),
            "{contacts:?}"
        );
    }
    assert!(worst < 0.3, "coupler and hitch are {worst} m apart");
    let way = world.snapshot().actor(trailer).expect("there").state.pose;
    assert!(way.is_finite() && way.roll_rad.abs() < 0.2, "{way:?}");
}
