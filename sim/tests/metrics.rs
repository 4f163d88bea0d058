//! Each metric on runs whose outcome is known beforehand, and the verdicts on them.
#![allow(clippy::expect_used, reason = "a test may panic")]

mod metric_script;

use metric_script::{DT_S, Script, car, near, street};
use sim::actor::{ActorState, Motion};
use sim::math::{PI, Pose};
use sim::message::DriveCommand;
use sim::metric::{self, CollisionKind, Outcome, Requirements};
use sim::tick::Stage;
use sim::world::{SignalPhase, SignalStates, SimWorld, WorldConfig};

#[test]
fn an_orderly_drive_passes_and_measures_nothing_bad() {
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.drive(5.0);
    assert_eq!(
        run.outcome(&Requirements::driven()),
        (Outcome::Passed, vec![])
    );
    for name in [
        "collisions",
        "off_road_s",
        "wrong_way_m",
        "max_overspeed_mps",
    ] {
        assert_eq!(run.value(name), Some(0.0), "{name}");
    }
    for name in [
        "min_ttc_s",
        "max_impact_speed_mps",
        "red_lights",
        "progress",
    ] {
        assert_eq!(run.value(name), None, "{name}");
    }
    near(run.value("distance_m"), 50.0, 0.01);
    near(run.value("mean_speed_mps"), 10.0, 0.01);
    assert_eq!(run.value("comfort"), Some(1.0));
}

#[test]
fn a_rear_end_crash_is_the_fault_of_who_comes_from_behind() {
    // The ego runs into a slower car.
    let mut run = Script::new(10.0, -1.75, 12.0);
    run.other("Slow", 40.0, -1.75, 4.0);
    run.drive(4.0);
    assert_eq!(run.value("collisions"), Some(1.0));
    assert_eq!(run.value("at_fault_collisions"), Some(1.0));
    near(run.value("max_impact_speed_mps"), 8.0, 0.01);
    assert_eq!(run.value("min_distance_m"), Some(0.0));
    let (outcome, reasons) = run.outcome(&Requirements::driven());
    assert_eq!(outcome, Outcome::Failed);
    assert!(
        reasons.len() == 1 && reasons[0].contains("Slow"),
        "{reasons:?}"
    );
    // On rails, collisions count only where the scenario asks.
    assert_eq!(run.outcome(&Requirements::scripted()).0, Outcome::Passed);

    // It is run into.
    let mut run = Script::new(40.0, -1.75, 4.0);
    run.other("Fast", 10.0, -1.75, 12.0);
    run.drive(4.0);
    assert_eq!(run.value("collisions"), Some(1.0));
    assert_eq!(run.value("at_fault_collisions"), Some(0.0));
    assert_eq!(run.outcome(&Requirements::driven()).0, Outcome::Passed);
    let mut strict = Requirements::driven();
    strict.require("no_collision", "true").expect("known");
    assert_eq!(run.outcome(&strict).0, Outcome::Failed);
}

#[test]
fn a_crash_with_what_stands_is_the_ego_s_fault_and_one_while_it_stands_is_not() {
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.other("Parked", 30.0, -1.75, 0.0);
    run.drive(3.0);
    assert_eq!(run.value("at_fault_collisions"), Some(1.0));

    let mut run = Script::new(30.0, -1.75, 0.0);
    run.other("Fast", 10.0, -1.75, 10.0);
    run.drive(3.0);
    assert_eq!(run.value("collisions"), Some(1.0));
    assert_eq!(run.value("at_fault_collisions"), Some(0.0));
}

#[test]
fn who_bounces_off_and_is_met_again_has_collided_once() {
    // It backs off by a metre after the crash and comes again, at once or after a while.
    for (pause_s, wanted) in [(0.4, 1.0), (3.0, 2.0)] {
        let mut run = Script::new(10.0, -1.75, 5.0);
        run.other("Parked", 20.0, -1.75, 0.0);
        let mut touched_s: Option<f64> = None;
        run.run(10.0, |time, state| {
            if state.pose.x_m > 15.5 {
                touched_s.get_or_insert(time);
            }
            let away = touched_s.is_some_and(|t| (0.1..pause_s).contains(&(time - t)));
            let x_m = if away { 14.0 } else { state.pose.x_m.min(16.0) };
            *state = ActorState::at(Pose::planar(x_m, -1.75, 0.0), 5.0);
        });
        assert!(touched_s.is_some());
        assert_eq!(run.value("collisions"), Some(wanted), "{pause_s}");
    }
}

#[test]
fn a_side_crash_is_the_fault_of_who_left_its_lane() {
    // Beside one another; one of the two drifts over at 1 m/s.
    let drift = |ego_drifts: bool| {
        let mut run = Script::new(10.0, -1.75, 10.0);
        let other = run.other("Beside", 9.0, -5.25, 10.0);
        let (who, side) = if ego_drifts {
            (run.ego, -1.0)
        } else {
            (other, 1.0)
        };
        let mut state = run.world.snapshot().actor(who).expect("there").state;
        state.velocity_mps[1] = side;
        run.put(who, state);
        run.world.refresh_snapshot();
        run.drive(3.0);
        (run.value("collisions"), run.value("at_fault_collisions"))
    };
    assert_eq!(drift(true), (Some(1.0), Some(1.0)));
    assert_eq!(drift(false), (Some(1.0), Some(0.0)));
    assert!(!CollisionKind::Lateral.is_at_fault(true));
}

#[test]
fn time_to_collision_and_distance_are_those_of_the_boxes() {
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.other("Ahead", 60.0, -1.75, 5.0);
    run.drive(5.0);
    // Gap 45.4 m closing at 5 m/s: after 5 s it is 20.4 m.
    near(run.value("min_ttc_s"), 20.4 / 5.0, 0.01);
    near(run.value("min_distance_m"), 20.4, 0.01);
    // Who comes from behind does not count.
    let mut run = Script::new(60.0, -1.75, 5.0);
    run.other("Behind", 10.0, -1.75, 10.0);
    run.drive(5.0);
    assert_eq!(run.value("min_ttc_s"), None);
    let mut wanted = Requirements::driven();
    wanted.require("min_ttc_s", "2.0").expect("known");
    assert_eq!(run.outcome(&wanted).0, Outcome::Passed);
}

#[test]
fn off_road_counts_from_a_corner_beyond_the_border() {
    let mut run = Script::new(10.0, -5.25, 10.0);
    // 7 m is the border; half a width is 0.925 m; 0.3 m are tolerated.
    run.run(2.0, |time, state| {
        state.pose.y_m = if time > 1.0 { -6.6 } else { -6.2 }
    });
    near(run.value("off_road_s"), 1.0, 0.051);
    let (outcome, reasons) = run.outcome(&Requirements::driven());
    assert_eq!(outcome, Outcome::Failed);
    assert!(reasons[0].contains("off_road_s"), "{reasons:?}");
}

#[test]
fn wrong_way_is_the_way_driven_against_the_lane() {
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.run(3.0, |time, state| {
        state.pose.y_m = if time > 1.0 { 1.75 } else { -1.75 }
    });
    near(run.value("wrong_way_m"), 20.0, 4.1);
    assert_eq!(run.outcome(&Requirements::driven()).0, Outcome::Failed);
    // Along the other lanes' own direction it is none.
    let mut run = Script::new(100.0, 1.75, 10.0);
    let turned = ActorState::at(Pose::planar(100.0, 1.75, PI), 10.0);
    run.put(run.ego, turned);
    run.world.refresh_snapshot();
    run.drive(3.0);
    assert_eq!(run.value("wrong_way_m"), Some(0.0));
}

#[test]
fn speed_above_the_limit_is_measured() {
    let mut run = Script::new(10.0, -1.75, 16.0);
    run.drive(2.0);
    near(run.value("max_overspeed_mps"), 16.0 - 50.0 / 3.6, 1e-6);
    near(run.value("overspeed_s"), 2.0, 0.051);
    let mut wanted = Requirements::driven();
    wanted.require("max_overspeed_mps", "2.23").expect("known");
    assert_eq!(run.outcome(&wanted).0, Outcome::Passed);
    wanted.require("max_overspeed_mps", "1").expect("known");
    assert_eq!(run.outcome(&wanted).0, Outcome::Failed);
}

#[test]
fn a_red_light_is_crossed_by_the_front_with_and_without_a_route() {
    for (phase, has_route, wanted) in [
        (SignalPhase::Red, true, 1.0),
        (SignalPhase::Red, false, 1.0),
        (SignalPhase::RedYellow, true, 1.0),
        (SignalPhase::Green, true, 0.0),
        (SignalPhase::Yellow, false, 0.0),
    ] {
        let mut run = Script::new(150.0, -1.75, 10.0);
        if has_route {
            run.give_route();
        }
        run.world
            .ecs
            .resource_mut::<SignalStates>()
            .0
            .insert("L".into(), phase);
        run.drive(8.0);
        assert_eq!(
            run.value("red_lights"),
            Some(wanted),
            "{phase:?} {has_route}"
        );
    }
    // Standing at the line, and a little beyond it, is no crossing.
    let mut run = Script::new(150.0, -1.75, 10.0);
    run.give_route();
    run.world
        .ecs
        .resource_mut::<SignalStates>()
        .0
        .insert("L".into(), SignalPhase::Red);
    run.run(8.0, |_, state| {
        if state.pose.x_m >= 196.6 {
            *state = ActorState::at(Pose::planar(196.6, -1.75, 0.0), 0.0);
        }
    });
    assert_ne!(run.value("red_lights"), Some(1.0));
    // Nor is driving off from there.
    for has_route in [true, false] {
        let mut run = Script::new(196.6, -1.75, 0.5);
        if has_route {
            run.give_route();
        }
        run.world
            .ecs
            .resource_mut::<SignalStates>()
            .0
            .insert("L".into(), SignalPhase::Red);
        run.drive(8.0);
        assert_ne!(run.value("red_lights"), Some(1.0), "{has_route}");
    }
}

#[test]
fn progress_is_the_share_of_the_route_and_the_goal_its_end() {
    let mut run = Script::new(150.0, -1.75, 10.0);
    run.give_route();
    run.drive(10.0);
    near(run.value("progress"), 0.5, 0.01);
    assert_eq!(run.value("goal_reached"), Some(0.0));
    let mut wanted = Requirements::driven();
    wanted.require("goal_reached", "true").expect("known");
    assert_eq!(run.outcome(&wanted).0, Outcome::Failed);
    run.drive(9.5);
    assert_eq!(run.value("goal_reached"), Some(1.0));
    assert_eq!(run.outcome(&wanted).0, Outcome::Passed);
}

#[test]
fn comfort_is_broken_by_a_hard_brake_and_its_figures_are_right() {
    let mut run = Script::new(10.0, -1.75, 13.0);
    run.run(4.0, |time, state| {
        let speed = (13.0 - 6.0 * (time - 1.0).max(0.0)).max(0.0);
        *state = ActorState::at(state.pose, speed);
        state.accel_mps2 = if speed > 0.0 && time > 1.0 { -6.0 } else { 0.0 };
    });
    near(run.value("max_decel_mps2"), 6.0, 0.01);
    assert_eq!(run.value("comfort"), Some(0.0));
    assert!(run.value("max_jerk_mps3").expect("valid") > 8.37);
    let mut wanted = Requirements::driven();
    wanted.require("max_decel_mps2", "5").expect("known");
    let (outcome, reasons) = run.outcome(&wanted);
    assert_eq!(outcome, Outcome::Failed);
    assert!(reasons[0].contains("max_decel_mps2 6.00"), "{reasons:?}");
}

#[test]
fn requirements_are_read_or_refused_with_a_reason() {
    let mut wanted = Requirements::driven();
    for (name, value) in [
        ("goal_reached", "true"),
        ("no_collision", "false"),
        ("min_ttc_s", "1.5"),
        ("min_progress", "0.9"),
        ("max_wrong_way_m", "80"),
        ("max_impact_speed_mps", "3"),
    ] {
        assert_eq!(wanted.require(name, value), Ok(()), "{name}");
    }
    assert_eq!(
        wanted
            .bounds
            .iter()
            .filter(|b| b.metric == "wrong_way_m")
            .count(),
        1
    );
    for (name, value) in [
        ("goal_reached", "maybe"),
        ("min_ttc_s", "soon"),
        ("min_ttc_s", "NaN"),
        ("max_beauty", "3"),
        ("", ""),
    ] {
        assert!(wanted.require(name, value).is_err(), "{name} {value}");
    }
    assert!(wanted.criterion("CollisionTest", None) && !wanted.criterion("CharmTest", None));
}

#[test]
fn a_fault_is_a_fault_whatever_was_measured() {
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.drive(1.0);
    run.world.fail("Plan", "the network gave NaN");
    let (outcome, reasons) = run.outcome(&Requirements::scripted());
    assert_eq!(outcome, Outcome::Fault);
    assert!(reasons[0].contains("NaN"));
}

#[test]
fn a_run_that_was_not_measured_does_not_pass() {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed: 1,
        map: street(),
    });
    let ego = world.spawn(car("Ego"), ActorState::default(), Motion::Fixed);
    let verdict = metric::verdict(&world, ego, &Requirements::driven());
    assert_eq!(verdict.outcome, Outcome::Fault);
}

#[test]
fn measuring_changes_no_state() {
    let hash = |is_watched: bool| {
        let mut world = SimWorld::new(WorldConfig {
            dt_s: DT_S,
            seed: 1,
            map: street(),
        });
        let ego = world.spawn(
            car("Ego"),
            ActorState::at(Pose::planar(10.0, -1.75, 0.0), 10.0),
            Motion::Dynamic,
        );
        let entity = world.entity(ego).expect("spawned");
        world.ecs.entity_mut(entity).insert(DriveCommand {
            throttle: 0.3,
            steer_rad: 0.02,
            ..Default::default()
        });
        if is_watched {
            metric::watch(&mut world, ego);
        }
        for _ in 0..60 {
            for stage in Stage::ORDER {
                world.run_stage(stage);
            }
        }
        world.ecs.resource::<sim::world::StateHasher>().hex()
    };
    assert_eq!(hash(true), hash(false));
}
