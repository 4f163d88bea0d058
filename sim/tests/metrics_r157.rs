//! UN R157 and Euro NCAP on runs whose outcome is known beforehand.
#![allow(clippy::expect_used, reason = "a test may panic")]

mod metric_script;

use metric_script::{Script, braked, near, road};
use proptest::prelude::*;
use sim::actor::{ActorClass, ActorSpec, ActorState};
use sim::math::{FRAC_PI_2, Pose};
use sim::metric::{
    Encounter, Outcome, Profile, Protocol, Requirements, Settings, cut_in_is_preventable,
    euro_ncap_points, following_distance_m,
};

fn on_a_motorway(speed_mps: f64) -> Script {
    Script::on(
        road(1000.0, ""),
        &Settings::default(),
        10.0,
        -1.75,
        speed_mps,
    )
}

fn judged(run: &Script, profile: Profile) -> (Outcome, Vec<String>) {
    let mut wanted = Requirements::scripted();
    profile.apply(&mut wanted);
    run.outcome(&wanted)
}

#[test]
fn following_too_closely_counts_once_there_was_time_to_fall_back() {
    // 54 km/h: t_front = 1.54 s, 23.1 m.
    let mut run = on_a_motorway(15.0);
    run.other("Ahead", 14.6 + 30.0, -1.75, 15.0);
    run.drive(5.0);
    near(run.value("r157_following_margin_m"), 30.0 - 23.1, 1e-6);
    assert_eq!(run.value("r157_following_s"), Some(0.0));
    assert_eq!(judged(&run, Profile::R157).0, Outcome::Passed);
    let mut run = on_a_motorway(15.0);
    run.other("Ahead", 14.6 + 10.0, -1.75, 15.0);
    run.drive(5.0);
    near(run.value("r157_following_margin_m"), 10.0 - 23.1, 1e-6);
    // From 2 s after 0.1 s on.
    near(run.value("r157_following_s"), 3.0, 0.051);
    let (outcome, reasons) = judged(&run, Profile::R157);
    assert_eq!(outcome, Outcome::Failed);
    assert!(reasons[0].contains("Ahead"), "{reasons:?}");
    // Who falls back is readjusting.
    let mut run = on_a_motorway(15.0);
    run.other("Ahead", 14.6 + 10.0, -1.75, 15.0);
    run.run(5.0, |time, state| {
        braked(state, if time > 1.0 { 14.0 } else { 15.0 })
    });
    assert_eq!(run.value("r157_following_s"), Some(0.0));
    // Alone there is nothing to follow.
    let mut run = on_a_motorway(15.0);
    run.drive(5.0);
    assert_eq!(run.value("r157_following_s"), None);
}

/// A car at 10 m/s in the next lane moves over at 1 m/s before the ego at 15 m/s, which does not brake.
fn cut_in(gap_m: f64) -> Script {
    let mut run = on_a_motorway(15.0);
    let other = run.other("Cutting", 14.6 + gap_m, -5.25, 10.0);
    let mut state = run.world.snapshot().actor(other).map(|a| a.state);
    if state.is_none() {
        run.world.refresh_snapshot();
        state = run.world.snapshot().actor(other).map(|a| a.state);
    }
    let mut state = state.expect("there");
    state.velocity_mps[1] = 1.0;
    run.put(other, state);
    run.world.refresh_snapshot();
    run.run_all(5.0, |_, id, state| {
        if id == other && state.pose.y_m >= -1.75 {
            state.pose.y_m = -1.75;
            state.velocity_mps[1] = 0.0;
        }
    });
    run
}

#[test]
fn a_cut_in_is_preventable_by_the_time_that_is_left_at_the_intrusion() {
    // 5 m/s faster: 5 / 12 + 0.35 = 0.767 s.
    assert!(cut_in_is_preventable(0.77, 5.0) && !cut_in_is_preventable(0.76, 5.0));
    // Its side is 0.3 m inside the lane after 1.125 s, seen at 1.2 s, when 10 m are left: 2 s.
    let run = cut_in(16.0);
    near(run.value("r157_cut_in_ttc_s"), 2.0, 1e-6);
    near(
        run.value("r157_cut_in_margin_s"),
        2.0 - 5.0 / 12.0 - 0.35,
        1e-6,
    );
    assert_eq!(run.value("collisions"), Some(1.0));
    assert_eq!(run.value("r157_collisions"), Some(1.0));
    // 0.4 m to the side 14 m ahead; a careful driver loses 8.8 m until both are equally fast.
    assert_eq!(run.value("r157_careful_driver_collisions"), Some(1.0));
    assert_eq!(judged(&run, Profile::R157).0, Outcome::Failed);
    // 2.5 m are left: 0.5 s.
    let run = cut_in(8.5);
    near(run.value("r157_cut_in_ttc_s"), 0.5, 1e-6);
    assert_eq!(run.value("at_fault_collisions"), Some(1.0));
    assert_eq!(run.value("r157_collisions"), Some(0.0));
    assert_eq!(run.value("r157_careful_driver_collisions"), Some(0.0));
    // Nobody cuts in.
    let mut run = on_a_motorway(15.0);
    run.other("Beside", 30.0, -5.25, 10.0);
    run.drive(5.0);
    assert_eq!(run.value("r157_cut_in_ttc_s"), None);
}

#[test]
fn a_lead_that_brakes_is_to_be_avoided_and_a_careful_driver_tells_whether_it_could_be() {
    // 15 m/s, the one ahead stops with 8 m/s² in 14.1 m; the careful driver needs 36.5 m.
    let brakes = |gap_m: f64| {
        let mut run = on_a_motorway(15.0);
        let lead = run.other("Ahead", 14.6 + gap_m, -1.75, 15.0);
        run.run_all(6.0, |time, id, state| {
            if id == lead {
                braked(state, 15.0 - 8.0 * (time - 1.0).max(0.0));
            }
        });
        run
    };
    let run = brakes(25.0);
    assert_eq!(run.value("r157_collisions"), Some(1.0));
    assert_eq!(run.value("r157_careful_driver_collisions"), Some(1.0));
    let run = brakes(15.0);
    assert_eq!(run.value("r157_collisions"), Some(1.0));
    assert_eq!(run.value("r157_careful_driver_collisions"), Some(0.0));
}

#[test]
fn a_cut_out_before_a_standing_car_is_perceived_when_the_lane_s_middle_is_left() {
    // The one ahead leaves at 2 m/s from 1 s on; a car stands behind it, 15 m/s are not braked.
    let out = |standing_m: f64| {
        let mut run = on_a_motorway(15.0);
        let lead = run.other("Lead", 14.6 + 20.0, -1.75, 15.0);
        run.other("Standing", 14.6 + standing_m, -1.75, 0.0);
        run.run_all(8.0, |time, id, state| {
            if id == lead {
                let side = if time > 1.0 && state.pose.y_m > -5.25 {
                    -2.0
                } else {
                    0.0
                };
                state.velocity_mps[1] = side;
            }
        });
        run
    };
    // Perceived at about 1.25 s, 19 m on; 36.5 m to stop.
    let run = out(70.0);
    assert_eq!(run.value("collisions"), Some(1.0));
    assert_eq!(run.value("r157_careful_driver_collisions"), Some(1.0));
    let run = out(50.0);
    assert_eq!(run.value("r157_collisions"), Some(1.0));
    assert_eq!(run.value("r157_careful_driver_collisions"), Some(0.0));
}

#[test]
fn braking_hard_is_an_emergency_manoeuvre_or_a_fault() {
    let brake = |run: &mut Script, mps2: f64| {
        run.run(3.0, |time, state| {
            let speed = 20.0 - mps2 * (time - 1.0).max(0.0);
            braked(state, speed);
        });
        run.value("r157_harsh_braking_s")
    };
    near(brake(&mut on_a_motorway(20.0), 6.0), 2.0, 0.051);
    assert_eq!(brake(&mut on_a_motorway(20.0), 4.9), Some(0.0));
    // 20 m/s and 35 m at first: after 1 s 15 m are left, 20² / 30 is more than 5 m/s².
    let mut run = on_a_motorway(20.0);
    run.other("Standing", 14.6 + 50.0, -1.75, 0.0);
    assert_eq!(brake(&mut run, 6.0), Some(0.0));
}

/// The ego at 50 km/h; from 6 m before the standing one on as fast as given, km/h.
fn impact(class: ActorClass, yaw_rad: f64, kmh: f64) -> Script {
    let test = 50.0 / 3.6;
    let mut run = on_a_motorway(test);
    let spec = ActorSpec::typical("Target", class);
    run.actor(spec, Pose::planar(120.0, -1.75, yaw_rad), 0.0);
    run.run(30.0, |_, state| {
        let speed = if state.pose.x_m > 110.0 {
            kmh / 3.6
        } else {
            test
        };
        *state = ActorState::at(state.pose, speed);
    });
    run
}

#[test]
fn emergency_braking_gets_points_by_the_speed_that_is_left() {
    for (class, kmh, wanted, wanted_2023) in [
        (ActorClass::Car, 50.0, 0.0, 0.0),
        (ActorClass::Car, 35.0, 0.0, 0.25),
        (ActorClass::Car, 25.0, 0.25, 0.5),
        (ActorClass::Car, 15.0, 0.5, 0.5),
        (ActorClass::Car, 8.0, 0.75, 0.75),
        (ActorClass::Car, 3.0, 0.75, 1.0),
        (ActorClass::Car, 0.0, 1.0, 1.0),
        (ActorClass::Pedestrian, 31.0, 0.0, 0.0),
        (ActorClass::Pedestrian, 29.0, 0.25, 1.0),
    ] {
        let run = impact(class, FRAC_PI_2, kmh);
        assert_eq!(
            run.value("euro_ncap_score"),
            Some(wanted),
            "{class:?} {kmh}"
        );
        assert_eq!(
            run.value("euro_ncap_2023_score"),
            Some(wanted_2023),
            "{class:?} {kmh}"
        );
        near(run.value("euro_ncap_test_speed_mps"), 50.0 / 3.6, 1e-9);
        let hit = run.value("euro_ncap_impact_speed_mps");
        assert_eq!(hit.is_some(), kmh > 0.0);
        if kmh > 0.0 {
            near(hit, kmh / 3.6, 1e-9);
        }
        near(
            run.value("euro_ncap_speed_reduction_mps"),
            (50.0 - kmh) / 3.6,
            1e-9,
        );
        let passes = judged(&run, Profile::EuroNcap).0 == Outcome::Passed;
        assert_eq!(passes, wanted == 1.0, "{kmh}");
    }
    // With nobody there it is no test.
    let mut run = on_a_motorway(10.0);
    run.drive(2.0);
    assert_eq!(run.value("euro_ncap_score"), None);
    assert_eq!(judged(&run, Profile::EuroNcap).0, Outcome::Failed);
}

#[test]
fn turning_and_head_on_tests_have_their_own_points() {
    let kmh = |v: f64| v / 3.6;
    for protocol in [Protocol::Y2023, Protocol::Y2026] {
        let of = |encounter, test, vut, relative| {
            euro_ncap_points(protocol, encounter, kmh(test), kmh(vut), kmh(relative))
        };
        assert_eq!(of(Encounter::Across, 20.0, 5.0, 5.0), 0.0);
        assert_eq!(of(Encounter::Across, 20.0, 0.0, 0.0), 1.0);
        assert_eq!(of(Encounter::HeadOn, 50.0, 25.0, 75.0), 1.0);
        assert_eq!(of(Encounter::HeadOn, 50.0, 35.0, 85.0), 0.5);
        assert_eq!(of(Encounter::HeadOn, 50.0, 45.0, 95.0), 0.0);
    }
    // Pedestrians of 2023 up to 40 km/h: the share taken away.
    let share = euro_ncap_points(
        Protocol::Y2023,
        Encounter::Vulnerable,
        kmh(40.0),
        kmh(10.0),
        kmh(10.0),
    );
    assert!((share - 0.75).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_harder_impact_never_has_more_points(test in 3.0..40.0_f64, a in 0.0..1.0_f64, b in 0.0..1.0_f64, kind in 0_usize..4) {
        let kind = [Encounter::RearEnd, Encounter::Vulnerable, Encounter::HeadOn, Encounter::Across][kind];
        for protocol in [Protocol::Y2023, Protocol::Y2026] {
            let of = |share: f64| euro_ncap_points(protocol, kind, test, share * test, share * test);
            let (soft, hard) = (of(a.min(b)), of(a.max(b)));
            prop_assert!((0.0..=1.0).contains(&hard) && hard <= soft);
        }
    }

    #[test]
    fn the_following_distance_grows_with_speed(v in 0.0..40.0, more in 0.0..5.0) {
        prop_assert!(following_distance_m(v + more) >= following_distance_m(v));
        prop_assert!(following_distance_m(v) >= 2.0);
    }
}
