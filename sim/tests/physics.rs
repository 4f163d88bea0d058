//! Laws of motion and contact, through the tick as users run it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::math::{Pose, TAU, hypot};
use sim::message::DriveCommand;
use sim::physics::{Contacts, Hitch, PhysicsState};
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{Episode, SimWorld, StateHasher, WorldConfig};

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
        (8.5..9.5).contains(&mean),
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
        turned > TAU && (got / radius - 1.0).abs() < 0.02,
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
fn who_comes_later_stands_and_drives_as_well() {
    let mut world = world(0.05);
    spawn(
        &mut world,
        ActorClass::Car,
        Pose::default(),
        5.0,
        Motion::Dynamic,
    );
    run(&mut world, 20);
    let pose = Pose::planar(60.0, 0.0, 0.0);
    let late = spawn(&mut world, ActorClass::Van, pose, 0.0, Motion::Dynamic);
    run(&mut world, 20);
    // It rests on its springs.
    assert!(state(&world, late).pose.z_m.abs() > 1e-4);
    let throttle = DriveCommand {
        throttle: 0.5,
        ..DriveCommand::default()
    };
    command(&mut world, late, throttle);
    run(&mut world, 40);
    assert!(
        state(&world, late).pose.x_m > 61.0,
        "{:?}",
        state(&world, late)
    );
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

/// Two vehicles about to meet.
fn crash_world() -> SimWorld {
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
    world
}

fn bytes(world: &SimWorld) -> Vec<u8> {
    let physics = world.ecs.resource::<PhysicsState>();
    assert!(physics.is_live());
    physics.snapshot().expect("serializes")
}

#[test]
fn a_restored_snapshot_goes_on_to_the_same_bytes() {
    let mut whole = crash_world();
    run(&mut whole, 30);
    let saved = bytes(&whole);
    let states: Vec<ActorState> = whole.snapshot().actors.iter().map(|a| a.state).collect();
    run(&mut whole, 40);

    let mut resumed = crash_world();
    resumed
        .ecs
        .resource_mut::<PhysicsState>()
        .restore(&saved)
        .expect("reads");
    for (i, state) in states.into_iter().enumerate() {
        let entity = resumed.entity(ActorId(i as u32)).expect("spawned");
        resumed.ecs.entity_mut(entity).insert(state);
    }
    assert_eq!(bytes(&resumed), saved);
    run(&mut resumed, 40);
    assert_eq!(bytes(&resumed), bytes(&whole));
    let state = |w: &SimWorld| {
        w.snapshot()
            .actors
            .iter()
            .map(|a| a.state)
            .collect::<Vec<_>>()
    };
    assert_eq!(state(&resumed), state(&whole));
}

#[test]
fn a_broken_snapshot_is_refused_and_changes_nothing() {
    let mut world = crash_world();
    run(&mut world, 5);
    let saved = bytes(&world);
    let mut physics = world.ecs.resource_mut::<PhysicsState>();
    for cut in [1, saved.len() / 2, saved.len() - 1] {
        assert!(physics.restore(&saved[..cut]).is_err());
    }
    assert!(physics.restore(b"no snapshot").is_err());
    assert_eq!(bytes(&world), saved);
}

/// A straight road of 300 m that climbs 8 % and is banked 4 %.
fn hill() -> Arc<RoadNetwork> {
    let text = r#"<OpenDRIVE><road id="1" length="300" junction="-1">
        <planView><geometry s="0" x="400000" y="-200000" hdg="0.5" length="300"><line/></geometry></planView>
        <elevationProfile><elevation s="0" a="20" b="0.08" c="0" d="0"/></elevationProfile>
        <lateralProfile><superelevation s="0" a="0.04" b="0" c="0" d="0"/></lateralProfile>
        <lanes><laneSection s="0"><center><lane id="0"/></center>
        <right><lane id="-1" type="driving"><width sOffset="0" a="4"/></lane></right>
        </laneSection></lanes></road></OpenDRIVE>"#;
    let path = std::path::Path::new("hill.xodr");
    let limits = sim::input::Limits::default();
    Arc::new(RoadNetwork::from_xml_text(path, text.to_owned(), &limits).expect("a map"))
}

fn on_hill(motion: Motion, speed_mps: f64) -> (SimWorld, ActorId, Pose) {
    let map = hill();
    let road = sim::road::RoadIndex(0);
    let start = map.pose_at(road, 50.0, -2.0).expect("on the road").pose;
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 1,
        map,
    });
    let id = spawn(&mut world, ActorClass::Car, start, speed_mps, motion);
    (world, id, start)
}

#[test]
fn brakes_hold_on_a_banked_hill_far_from_the_world_s_origin() {
    let (mut world, id, start) = on_hill(Motion::Dynamic, 0.0);
    command(
        &mut world,
        id,
        DriveCommand {
            brake: 0.5,
            ..Default::default()
        },
    );
    run(&mut world, 40);
    let settled = state(&world, id).pose;
    assert!(
        (settled.z_m - start.z_m).abs() < 0.1,
        "{settled:?} {start:?}"
    );
    assert!((settled.pitch_rad - start.pitch_rad).abs() < 0.03);
    run(&mut world, 400);
    let s = state(&world, id);
    let crept = hypot(s.pose.x_m - settled.x_m, s.pose.y_m - settled.y_m);
    assert!(crept < 0.05, "crept {crept} m in 20 s");
}

#[test]
fn dynamic_and_kinematic_vehicles_climb_alike() {
    for motion in [Motion::Dynamic, Motion::Kinematic] {
        let (mut world, id, start) = on_hill(motion, 10.0);
        for _ in 0..100 {
            let s = state(&world, id);
            let throttle = (0.5 * (10.0 - s.speed_mps)).clamp(0.0, 1.0);
            command(
                &mut world,
                id,
                DriveCommand {
                    throttle,
                    ..Default::default()
                },
            );
            run(&mut world, 1);
        }
        let s = state(&world, id);
        let way = hypot(s.pose.x_m - start.x_m, s.pose.y_m - start.y_m);
        assert!((40.0..56.0).contains(&way), "{motion:?} {way}");
        let rise = s.pose.z_m - start.z_m;
        assert!((rise - 0.08 * way).abs() < 0.25, "{motion:?} rose {rise}");
        assert!(
            (s.pose.pitch_rad - start.pitch_rad).abs() < 0.04,
            "{motion:?}"
        );
    }
}

#[test]
fn a_dynamic_trailer_follows_and_does_not_collide_with_its_tractor() {
    for (tractor_motion, motion) in [
        (Motion::Dynamic, Motion::Dynamic),
        (Motion::Kinematic, Motion::Kinematic),
        (Motion::Dynamic, Motion::Kinematic),
    ] {
        let mut world = world(0.05);
        let tractor = spawn(
            &mut world,
            ActorClass::Truck,
            Pose::default(),
            8.0,
            tractor_motion,
        );
        let trailer = spawn(
            &mut world,
            ActorClass::Trailer,
            Pose::planar(-6.5, 0.0, 0.0),
            8.0,
            motion,
        );
        let entity = world.entity(trailer).expect("spawned");
        world.ecs.entity_mut(entity).insert(Hitch {
            tractor,
            hitch_x_m: 0.0,
            coupler_x_m: 6.5,
        });
        for k in 0..200 {
            let s = state(&world, tractor);
            command(
                &mut world,
                tractor,
                DriveCommand {
                    throttle: (0.5 * (8.0 - s.speed_mps)).clamp(0.0, 1.0),
                    steer_rad: if k > 60 { 0.15 } else { 0.0 },
                    ..Default::default()
                },
            );
            run(&mut world, 1);
            let contacts = &world.ecs.resource::<Contacts>().list;
            assert!(contacts.is_empty(), "{motion:?} {contacts:?}");
        }
        let (a, b) = (state(&world, tractor).pose, state(&world, trailer).pose);
        let (x, y) = b.to_world_xy(6.5, 0.0);
        let gap = hypot(x - a.x_m, y - a.y_m);
        assert!(gap < 0.3, "{motion:?} torn off by {gap} m");
        let angle = sim::math::wrap_angle(a.yaw_rad - b.yaw_rad);
        assert!(
            (0.05..0.6).contains(&angle),
            "{motion:?} articulates {angle}"
        );
        assert!(b.roll_rad.abs() < 0.15, "{motion:?} rolls {}", b.roll_rad);
    }
}

#[test]
fn a_scripted_actor_that_is_put_elsewhere_hits_nothing_on_its_way() {
    let mut world = world(0.05);
    let ego = spawn(
        &mut world,
        ActorClass::Car,
        Pose::planar(20.0, 0.0, 0.0),
        0.0,
        Motion::Dynamic,
    );
    let other = spawn(
        &mut world,
        ActorClass::Truck,
        Pose::default(),
        0.0,
        Motion::Scripted,
    );
    run(&mut world, 20);
    let entity = world.entity(other).expect("spawned");
    world
        .ecs
        .entity_mut(entity)
        .insert(ActorState::at(Pose::planar(60.0, 0.0, 0.0), 0.0));
    run(&mut world, 20);
    let s = state(&world, ego);
    assert!((s.pose.x_m - 20.0).abs() < 0.05, "{:?}", s.pose);
}

#[test]
fn a_dynamic_vehicle_that_is_put_elsewhere_goes_on_from_there() {
    let mut world = world(0.05);
    let car = spawn(
        &mut world,
        ActorClass::Car,
        Pose::default(),
        10.0,
        Motion::Dynamic,
    );
    run(&mut world, 20);
    let entity = world.entity(car).expect("spawned");
    let put = ActorState::at(Pose::planar(0.0, 50.0, 1.0), 5.0);
    world.ecs.entity_mut(entity).insert(put);
    run(&mut world, 2);
    let s = state(&world, car);
    let way = hypot(s.pose.x_m, s.pose.y_m - 50.0);
    assert!((way - 0.5).abs() < 0.1, "{:?}", s.pose);
    assert!((s.speed_mps - 5.0).abs() < 0.3, "{}", s.speed_mps);
    assert!((s.pose.yaw_rad - 1.0).abs() < 0.02, "{:?}", s.pose);
}

#[test]
fn no_description_or_place_of_a_vehicle_breaks_the_world() {
    let extremes = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 1e300];
    let set: [fn(&mut ActorSpec, f64); 9] = [
        |s, v| s.mass_kg = v,
        |s, v| s.bounding_box.length_m = v,
        |s, v| s.bounding_box.width_m = v,
        |s, v| s.bounding_box.height_m = v,
        |s, v| s.bounding_box.center_x_m = v,
        |s, v| s.performance.max_speed_mps = v,
        |s, v| s.performance.max_acceleration_mps2 = v,
        |s, v| s.performance.max_deceleration_mps2 = v,
        |s, v| {
            if let Some(axles) = &mut s.axles {
                axles.front.position_x_m = v;
                axles.front.max_steering_rad = v;
                axles.front.track_width_m = v;
                axles.front.wheel_diameter_m = v;
            }
        },
    ];
    let mut faults = 0;
    for motion in [
        Motion::Dynamic,
        Motion::Kinematic,
        Motion::Free,
        Motion::Fixed,
    ] {
        for set in set {
            for value in extremes {
                let mut world = world(0.05);
                let mut spec = ActorSpec::typical("odd", ActorClass::Car);
                set(&mut spec, value);
                let state = ActorState::at(Pose::planar(4.0, 0.0, 0.3), 5.0);
                let id = world.spawn(spec, state, motion);
                let near = Pose::planar(0.0, 1.0, 0.0);
                spawn(&mut world, ActorClass::Car, near, 5.0, Motion::Dynamic);
                let brake = DriveCommand {
                    brake: 0.3,
                    steer_rad: 0.2,
                    ..Default::default()
                };
                command(&mut world, id, brake);
                run(&mut world, 20);
                let has_fault = world.ecs.resource::<Episode>().fault.is_some();
                assert!(
                    has_fault || value.is_finite(),
                    "{motion:?} {value} went unseen"
                );
                faults += usize::from(has_fault);
            }
        }
    }
    assert!(faults > 0);
    for far in [1e6, -1e12, 1e300] {
        let mut world = world(0.05);
        let start = Pose::planar(0.0, 0.0, 0.0);
        spawn(&mut world, ActorClass::Car, start, 5.0, Motion::Dynamic);
        for motion in [Motion::Scripted, Motion::Dynamic, Motion::Free] {
            let pose = Pose::planar(far, -far, 0.0);
            spawn(&mut world, ActorClass::Van, pose, 5.0, motion);
        }
        run(&mut world, 20);
        assert!(state(&world, ActorId(0)).is_finite());
    }
}
