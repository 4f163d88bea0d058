//! Laws of motion and contact, through the tick as users run it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::math::{Pose, TAU, hypot};
use sim::message::DriveCommand;
use sim::physics::{Contacts, PhysicsState};
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, StateHasher, WorldConfig};

fn world(dt_s: f64) -> SimWorld {
    SimWorld::new(WorldConfig {
        dt_s,
        seed: 1,
        map: Arc::new(RoadNetwork::empty()),
    })
}

fn spawn(
    world: &mut SimWorld,
    class: ActorClass,
    pose: Pose,
    speed: f64,
    motion: Motion,
) -> ActorId {
    world.spawn(
        ActorSpec::typical(&format!("{class:?}"), class),
        ActorState::at(pose, speed),
        motion,
    )
}

fn command(world: &mut SimWorld, id: ActorId, command: DriveCommand) {
    let entity = world.entity(id).expect("spawned");
    world.ecs.entity_mut(entity).insert(command);
}

fn run(world: &mut SimWorld, ticks: usize) {
    let mut pipeline = Pipeline::new(Vec::new());
    for _ in 0..ticks {
        pipeline.tick(std::slice::from_mut(world));
    }
}

fn state(world: &SimWorld, id: ActorId) -> ActorState {
    world.snapshot().actor(id).expect("there").state
}

#[test]
fn a_parked_vehicle_stays_level_and_still() {
    for class in [
        ActorClass::Car,
        ActorClass::Truck,
        ActorClass::Bus,
        ActorClass::Motorcycle,
        ActorClass::Bicycle,
    ] {
        let mut world = world(0.05);
        let id = spawn(
            &mut world,
            class,
            Pose::planar(5.0, -3.0, 1.0),
            0.0,
            Motion::Dynamic,
        );
        command(
            &mut world,
            id,
            DriveCommand {
                brake: 1.0,
                ..Default::default()
            },
        );
        run(&mut world, 200);
        let s = state(&world, id);
        assert!(
            hypot(s.pose.x_m - 5.0, s.pose.y_m + 3.0) < 0.05,
            "{class:?} crept to {:?}",
            s.pose
        );
        assert!(
            s.pose.z_m.abs() < 0.05 && s.pose.roll_rad.abs() < 0.02,
            "{class:?} {:?}",
            s.pose
        );
        assert!(s.speed_mps.abs() < 0.02, "{class:?} {}", s.speed_mps);
    }
}

#[test]
fn full_brake_decelerates_near_the_vehicle_s_limit() {
    let mut world = world(0.05);
    let id = spawn(
        &mut world,
        ActorClass::Car,
        Pose::default(),
        30.0,
        Motion::Dynamic,
    );
    command(
        &mut world,
        id,
        DriveCommand {
            brake: 1.0,
            ..Default::default()
        },
    );
    run(&mut world, 200);
    let s = state(&world, id);
    let mean = 30.0 * 30.0 / (2.0 * s.pose.x_m);
    assert!(
        (7.0..10.0).contains(&mean),
        "mean deceleration {mean} over {} m",
        s.pose.x_m
    );
    assert!(s.pose.y_m.abs() < 0.3 && s.speed_mps.abs() < 0.1, "{s:?}");
}

#[test]
fn full_throttle_reaches_motorway_speed_in_a_straight_line() {
    let mut world = world(0.05);
    let id = spawn(
        &mut world,
        ActorClass::Car,
        Pose::default(),
        0.0,
        Motion::Dynamic,
    );
    command(
        &mut world,
        id,
        DriveCommand {
            throttle: 1.0,
            ..Default::default()
        },
    );
    run(&mut world, 300);
    let s = state(&world, id);
    assert!((30.0..55.0).contains(&s.speed_mps), "{}", s.speed_mps);
    assert!(
        s.pose.y_m.abs() < 1.0 && s.pose.pitch_rad.abs() < 0.1,
        "{:?}",
        s.pose
    );
}

#[test]
fn a_slow_turn_follows_the_bicycle_model() {
    let mut world = world(0.05);
    let id = spawn(
        &mut world,
        ActorClass::Car,
        Pose::default(),
        5.0,
        Motion::Dynamic,
    );
    let spec = ActorSpec::typical("car", ActorClass::Car);
    let radius = spec.wheelbase_m() / sim::math::tan(0.2);
    let mut turned = 0.0;
    let mut driven = 0.0;
    for _ in 0..400 {
        let s = state(&world, id);
        let throttle = (0.3 * (5.0 - s.speed_mps)).clamp(0.0, 1.0);
        command(
            &mut world,
            id,
            DriveCommand {
                throttle,
                steer_rad: 0.2,
                ..Default::default()
            },
        );
        run(&mut world, 1);
        let next = state(&world, id);
        turned += sim::math::wrap_angle(next.pose.yaw_rad - s.pose.yaw_rad);
        driven += next.speed_mps * 0.05;
    }
    let got = driven / turned;
    assert!(
        turned > TAU && (got / radius - 1.0).abs() < 0.12,
        "radius {got}, model {radius}"
    );
}

#[test]
fn a_fast_swerve_does_not_roll_over() {
    for class in [
        ActorClass::Car,
        ActorClass::Van,
        ActorClass::Truck,
        ActorClass::Bus,
    ] {
        let mut world = world(0.05);
        let id = spawn(&mut world, class, Pose::default(), 25.0, Motion::Dynamic);
        for k in 0..120 {
            let steer_rad = if (k / 20) % 2 == 0 { 0.3 } else { -0.3 };
            command(
                &mut world,
                id,
                DriveCommand {
                    steer_rad,
                    throttle: 0.2,
                    ..Default::default()
                },
            );
            run(&mut world, 1);
            let roll = state(&world, id).pose.roll_rad;
            assert!(roll.abs() < 0.4, "{class:?} rolls {roll} at tick {k}");
        }
    }
}

#[test]
fn extreme_commands_never_break_the_state() {
    for value in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
        for motion in [Motion::Dynamic, Motion::Kinematic] {
            let mut world = world(0.05);
            let id = spawn(&mut world, ActorClass::Car, Pose::default(), 20.0, motion);
            command(
                &mut world,
                id,
                DriveCommand {
                    throttle: value,
                    brake: value,
                    steer_rad: value,
                    reverse: true,
                },
            );
            run(&mut world, 100);
            assert!(state(&world, id).is_finite());
        }
    }
}

#[test]
fn a_crash_reports_both_actors_and_its_impulse() {
    for (motion, other, is_estimated) in [
        (Motion::Dynamic, Motion::Fixed, false),
        (Motion::Dynamic, Motion::Dynamic, false),
        (Motion::Kinematic, Motion::Scripted, true),
    ] {
        let mut world = world(0.05);
        let a = spawn(&mut world, ActorClass::Car, Pose::default(), 15.0, motion);
        let b = spawn(
            &mut world,
            ActorClass::Van,
            Pose::planar(20.0, 0.3, 0.0),
            0.0,
            other,
        );
        let mut first = None;
        for _ in 0..40 {
            run(&mut world, 1);
            first = first.or(world.ecs.resource::<Contacts>().list.first().copied());
        }
        let contact = first.expect("they met");
        assert_eq!((contact.a, contact.b, contact.has_begun), (a, b, true));
        assert_eq!(contact.is_estimated, is_estimated, "{motion:?} {other:?}");
        assert!(
            contact.closing_speed_mps > 12.0 && contact.normal[0] > 0.9,
            "{contact:?}"
        );
        assert!(contact.impulse_ns > 1000.0, "{contact:?}");
    }
}

#[test]
fn loose_objects_are_pushed_away() {
    let mut world = world(0.05);
    spawn(
        &mut world,
        ActorClass::Car,
        Pose::default(),
        10.0,
        Motion::Dynamic,
    );
    let cone = spawn(
        &mut world,
        ActorClass::MovableObject,
        Pose::planar(8.0, 0.0, 0.0),
        0.0,
        Motion::Free,
    );
    run(&mut world, 40);
    assert!(state(&world, cone).pose.x_m > 8.5);
}

#[test]
fn order_of_spawning_entities_does_not_matter() {
    // The ids are the same; the archetype order is not, because components arrive in another order.
    let hash = |is_shuffled: bool| {
        let mut world = world(0.05);
        let ids: Vec<ActorId> = (0..6)
            .map(|i| {
                let motion = if i % 2 == 0 {
                    Motion::Dynamic
                } else {
                    Motion::Kinematic
                };
                spawn(
                    &mut world,
                    ActorClass::Car,
                    Pose::planar(f64::from(i) * 5.0, 0.0, 0.0),
                    8.0 - f64::from(i),
                    motion,
                )
            })
            .collect();
        let mut order = ids.clone();
        if is_shuffled {
            order.reverse();
            #[derive(bevy::prelude::Component)]
            struct Marker;
            for id in &order {
                let entity = world.entity(*id).expect("there");
                world.ecs.entity_mut(entity).insert(Marker);
            }
        }
        run(&mut world, 100);
        world.ecs.resource::<StateHasher>().hex()
    };
    assert_eq!(hash(false), hash(true));
}

#[test]
fn two_equal_runs_leave_equal_bytes_in_rapier() {
    let bytes = || {
        let mut world = world(0.05);
        spawn(
            &mut world,
            ActorClass::Car,
            Pose::default(),
            12.0,
            Motion::Dynamic,
        );
        spawn(
            &mut world,
            ActorClass::Truck,
            Pose::planar(15.0, 1.0, 0.3),
            0.0,
            Motion::Dynamic,
        );
        run(&mut world, 60);
        world
            .ecs
            .resource::<PhysicsState>()
            .serialized()
            .expect("live")
    };
    assert_eq!(bytes(), bytes());
}
