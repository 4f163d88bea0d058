//! Scores of nuPlan and CARLA and the comfort of ISO, on runs whose outcome is known beforehand.
#![allow(clippy::expect_used, reason = "a test may panic")]

mod metric_script;

use metric_script::{Script, braked, car, near, road, street};
use sim::actor::{ActorClass, ActorSpec, ActorState};
use sim::math::{FRAC_PI_2, PI, Pose, sin};
use sim::metric::{
    METRICS, Outcome, Profile, Requirements, Settings, carla_driving_score, nuplan_score, values,
};
use sim::world::{SignalPhase, SignalStates};

fn judged(run: &Script, profile: Profile) -> Outcome {
    let mut wanted = Requirements::scripted();
    profile.apply(&mut wanted);
    run.outcome(&wanted).0
}

#[test]
fn an_orderly_drive_loses_only_what_the_expert_drives_more() {
    let mut run = Script::new(150.0, -1.75, 12.5);
    run.give_route();
    run.drive(10.0);
    // 50 km/h for 10 s are 138.9 m, 12.5 m/s are 125 m (from the first sample on: a tick less).
    let progress = 12.5 / (50.0 / 3.6);
    near(run.value("nuplan_progress"), progress, 0.01);
    for name in [
        "ttc",
        "speed_limit",
        "comfort",
        "drivable_area",
        "driving_direction",
    ] {
        assert_eq!(run.value(&format!("nuplan_{name}")), Some(1.0), "{name}");
    }
    near(
        run.value("nuplan_score"),
        (11.0 + 5.0 * progress) / 16.0,
        0.005,
    );
    assert_eq!(judged(&run, Profile::NuPlan), Outcome::Passed);
    // Another expert, who drove 250 m.
    let settings = Settings {
        expert_progress_m: Some(250.0),
        ..Settings::default()
    };
    let mut run = Script::on(street(), &settings, 150.0, -1.75, 12.5);
    run.give_route();
    run.drive(10.0);
    near(run.value("nuplan_progress"), 0.5, 0.01);
}

#[test]
fn who_does_not_get_on_makes_no_progress() {
    let mut run = Script::new(150.0, -1.75, 1.0);
    run.give_route();
    run.run(10.0, |_, state| braked(state, 1.0));
    // The limit is the map's: 10 m of 139 m.
    assert_eq!(run.value("nuplan_making_progress"), Some(0.0));
    assert_eq!(run.value("nuplan_score"), Some(0.0));
    assert_eq!(judged(&run, Profile::NuPlan), Outcome::Failed);
}

#[test]
fn a_crash_at_fault_takes_nuplan_s_score_away_and_one_object_half_of_it() {
    let crash = |class: ActorClass, count: usize| {
        let mut run = Script::new(10.0, -1.75, 10.0);
        for i in 0..count {
            let spec = ActorSpec::typical(&format!("Thing{i}"), class);
            run.actor(spec, Pose::planar(40.0 + 20.0 * i as f64, -1.75, 0.0), 0.0);
        }
        run.drive(8.0);
        run.value("nuplan_no_at_fault_collisions")
    };
    assert_eq!(crash(ActorClass::Car, 0), Some(1.0));
    assert_eq!(crash(ActorClass::Car, 1), Some(0.0));
    assert_eq!(crash(ActorClass::Pedestrian, 1), Some(0.0));
    assert_eq!(crash(ActorClass::MovableObject, 1), Some(0.5));
    assert_eq!(crash(ActorClass::MovableObject, 2), Some(0.0));
}

#[test]
fn driving_direction_goes_by_the_way_within_a_second() {
    let against = |speed_mps: f64| {
        let mut run = Script::new(10.0, 1.75, speed_mps);
        run.drive(3.0);
        run.value("nuplan_driving_direction")
    };
    assert_eq!(against(1.5), Some(1.0));
    assert_eq!(against(4.0), Some(0.5));
    assert_eq!(against(8.0), Some(0.0));
}

#[test]
fn speeding_and_a_close_call_lower_nuplan_s_score() {
    // 1.115 m/s above the limit, half of the 2.23 m/s that are the end of it.
    let mut run = Script::new(10.0, -1.75, 50.0 / 3.6 + 1.115);
    run.drive(5.0);
    near(run.value("nuplan_speed_limit"), 0.5, 1e-6);
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.other("Ahead", 24.0, -1.75, 5.0);
    run.drive(1.0);
    // 9.4 m − 5 m at 5 m/s: 0.88 s.
    assert_eq!(run.value("nuplan_ttc"), Some(0.0));
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.other("Ahead", 26.0, -1.75, 5.0);
    run.drive(1.0);
    assert_eq!(run.value("nuplan_ttc"), Some(1.0));
}

#[test]
fn nuplan_s_comfort_has_the_longitudinal_jerk_too() {
    let drive = |jerk_mps3: f64| {
        let mut run = Script::new(10.0, -1.75, 12.0);
        // The acceleration swings between ±2 m/s², as fast as the jerk lets it.
        let mut speed = 12.0;
        run.run(8.0, |time, state| {
            let period = 8.0 / jerk_mps3;
            let phase = (time / period).fract();
            let accel = 2.0 * (1.0 - 4.0 * (phase - 0.5).abs());
            speed += accel * 0.05;
            braked(state, speed);
        });
        run.value("nuplan_comfort")
    };
    assert_eq!(drive(1.0), Some(1.0));
    let mut hard = Script::new(10.0, -1.75, 13.0);
    hard.run(4.0, |time, state| {
        braked(state, 13.0 - 4.5 * (time - 1.0).max(0.0))
    });
    assert_eq!(hard.value("nuplan_comfort"), Some(0.0));
}

#[test]
fn carla_s_score_is_completion_times_penalties() {
    assert_eq!(carla_driving_score(1.0, [0; 5], 0.0), 100.0);
    for (i, factor) in [0.5, 0.6, 0.65, 0.7, 0.8].into_iter().enumerate() {
        let mut counts = [0; 5];
        counts[i] = 1;
        assert!((carla_driving_score(1.0, counts, 0.0) - 100.0 * factor).abs() < 1e-9);
        counts[i] = 2;
        assert!((carla_driving_score(0.5, counts, 0.0) - 50.0 * factor * factor).abs() < 1e-9);
    }
    assert!((carla_driving_score(1.0, [0; 5], 0.25) - 75.0).abs() < 1e-9);
    assert!((nuplan_score(&[1.0], [1.0; 4]) - 1.0).abs() < 1e-12);

    // Half of the route and a red light.
    let mut run = Script::new(150.0, -1.75, 10.0);
    run.give_route();
    run.world
        .ecs
        .resource_mut::<SignalStates>()
        .0
        .insert("L".into(), SignalPhase::Red);
    run.drive(10.0);
    near(run.value("carla_route_completion"), 50.0, 0.5);
    near(run.value("carla_infraction_penalty"), 0.7, 1e-9);
    near(run.value("carla_driving_score"), 35.0, 0.5);
    assert_eq!(judged(&run, Profile::Carla), Outcome::Failed);
    let mut run = Script::new(150.0, -1.75, 10.0);
    run.give_route();
    run.drive(10.0);
    assert_eq!(run.value("carla_infraction_penalty"), Some(1.0));
    assert_eq!(judged(&run, Profile::Carla), Outcome::Passed);
    // Without a route there is nothing to complete.
    let mut run = Script::new(150.0, -1.75, 10.0);
    run.drive(1.0);
    assert_eq!(run.value("carla_driving_score"), None);
}

#[test]
fn a_stop_sign_is_kept_by_standing_right_before_it() {
    let sign =
        r#"<signal id="S" s="200" t="-8" zOffset="2" dynamic="no" orientation="+" type="206"/>"#;
    let stop = |at_m: Option<f64>| {
        let mut run = Script::on(road(400.0, sign), &Settings::default(), 150.0, -1.75, 10.0);
        let mut stood_s = 0.0;
        run.run(12.0, |_, state| {
            // The front is 3.7 m before the reference point.
            let is_there = at_m.is_some_and(|m| state.pose.x_m + 3.7 >= m);
            if is_there && stood_s < 1.0 {
                stood_s += 0.05;
                braked(state, 0.0);
            } else {
                braked(state, 10.0);
            }
        });
        run.value("stop_signs")
    };
    assert_eq!(stop(None), Some(1.0));
    assert_eq!(stop(Some(198.0)), Some(0.0));
    assert_eq!(stop(Some(185.0)), Some(1.0));
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.drive(1.0);
    assert_eq!(run.value("stop_signs"), None);
}

#[test]
fn bounds_of_adaptive_cruise_control_depend_on_the_speed() {
    // The deceleration grows by `jerk` up to `most`.
    let brake = |from_mps: f64, jerk: f64, most: f64| {
        let map = road(2000.0, "");
        let mut run = Script::on(map, &Settings::default(), 10.0, -1.75, from_mps);
        let mut speed = from_mps;
        run.run(9.0, |time, state| {
            speed -= (jerk * (time - 3.0).max(0.0)).min(most) * 0.05;
            braked(state, speed);
        });
        run
    };
    let run = brake(50.0, 2.0, 3.4);
    near(run.value("iso15622_decel_use"), 3.4 / 3.5, 1e-6);
    assert_eq!(run.value("iso15622_comfort"), Some(1.0));
    let run = brake(50.0, 2.0, 4.0);
    near(run.value("iso15622_decel_use"), 4.0 / 3.5, 1e-6);
    assert_eq!(run.value("iso15622_comfort"), Some(0.0));
    // As hard a grip, at once: 3.4 m/s² within a second is above 2.5 m/s³.
    let run = brake(50.0, 100.0, 3.4);
    near(run.value("iso15622_jerk_use"), 3.4 / 2.5, 0.01);
    assert_eq!(run.value("iso15622_comfort"), Some(0.0));
    // At 12.5 m/s and below the bounds are wider.
    let run = brake(12.0, 2.0, 3.9);
    assert!(run.value("iso15622_decel_use").expect("valid") < 1.0);
}

#[test]
fn ride_is_weighted_as_the_standard_has_it() {
    let swing = |amplitude_mps2: f64| {
        let mut run = Script::on(road(2000.0, ""), &Settings::default(), 10.0, -1.75, 10.0);
        run.run(40.0, |time, state| {
            braked(
                state,
                10.0 + amplitude_mps2 / (2.0 * PI) * sin(2.0 * PI * time),
            );
        });
        run.value("iso2631_accel_mps2")
    };
    // 1 Hz: factor 1.011, over √2.
    near(swing(0.4), 0.4 * 1.011 / 2.0_f64.sqrt(), 0.01);
    near(swing(0.0), 0.0, 1e-9);
}

/// Names and units of the rows of those tables of the page on metrics that begin with `| name | unit`.
fn documented() -> Vec<(String, String)> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
    let text = std::fs::read_to_string(page).expect("docs/metrics.md");
    let mut is_list = false;
    let mut rows = Vec::new();
    for line in text.lines() {
        is_list = line.starts_with("| name | unit") || is_list && line.starts_with('|');
        let Some(row) = line.strip_prefix("| `").filter(|_| is_list) else {
            continue;
        };
        let mut cells = row.split(" | ");
        let name = cells.next().and_then(|c| c.strip_suffix('`'));
        let unit = cells.next();
        rows.extend(name.zip(unit).map(|(n, u)| (n.to_owned(), u.to_owned())));
    }
    rows
}

#[test]
fn the_documented_metrics_are_exactly_those_reported() {
    let mut run = Script::new(10.0, -1.75, 10.0);
    run.other("Ahead", 60.0, -1.75, 10.0);
    let pose = Pose::planar(100.0, -50.0, FRAC_PI_2);
    run.actor(car("Crossing"), pose, 5.0);
    run.run(1.0, |_, state| *state = ActorState::at(state.pose, 10.0));
    let mut reported: Vec<(String, String)> = values(&run.world)
        .into_iter()
        .map(|(name, value)| (name, value.unit))
        .collect();
    let mut named: Vec<(String, String)> = METRICS
        .iter()
        .map(|(name, unit, _)| ((*name).to_owned(), (*unit).to_owned()))
        .collect();
    let mut documented = documented();
    for list in [&mut reported, &mut named, &mut documented] {
        list.sort();
    }
    assert_eq!(reported, named);
    assert_eq!(documented, named);
}
