//! What the viewer can do with a run that networks drive: look into them, give actors to other drivers, and find
//! the same again in the scenario that is saved of it.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scenarios::Change;
use sim::message::{DriveCommand, DriverSpec};
use skidpad::run::{AllDrivers, RunOptions};
use viewer::run::{Edit, Run, live};
use viewer::why;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regression")
}

fn begin(options: &RunOptions, tick: u64) -> Run {
    let mut run = live(options.clone(), Arc::new(AllDrivers));
    run.wait_for(tick);
    assert_eq!(run.failure, None);
    run
}

fn begin_named(name: &str, driver: DriverSpec, tick: u64) -> Run {
    begin(&RunOptions::new(folder().join(name), driver), tick)
}

/// A scenario of the project in a folder that may be written to.
fn copied(name: &str, to: &Path) -> PathBuf {
    for part in ["maps", "catalogs"] {
        let Ok(entries) = std::fs::read_dir(folder().join(part)) else {
            continue;
        };
        std::fs::create_dir_all(to.join(part)).expect("folder");
        for entry in entries {
            let entry = entry.expect("entry");
            std::fs::copy(entry.path(), to.join(part).join(entry.file_name())).expect("copies");
        }
    }
    std::fs::copy(folder().join(name), to.join(name)).expect("copies");
    to.join(name)
}

/// States of the ego vehicle at the ticks of two runs are equal.
fn assert_same(a: &Run, b: &Run, ticks: std::ops::Range<u64>) {
    let state = |run: &Run, tick: u64| {
        let ego = run.info.as_ref()?.ego?;
        Some(run.frame(tick)?.actor(ego)?.state)
    };
    for tick in ticks {
        assert!(state(a, tick).is_some());
        assert_eq!(state(a, tick), state(b, tick), "tick {tick}");
    }
}

#[test]
fn a_closer_look_finds_networks_truth_and_components_and_disturbs_nothing() {
    let mut run = begin_named("red_light.xosc", DriverSpec::Learned, 24);
    let ego = run.info.as_ref().and_then(|i| i.ego).expect("an ego");
    run.ask_look(24, ego);
    run.wait_look();
    assert_eq!(run.look_failure(), None);
    let look = run.look(24, ego).expect("found").clone();
    let frame = run.frame(24).expect("there").clone();
    assert_eq!(look.frame.actors, frame.actors);
    let (mind, looked) = (
        frame.mind(ego).expect("m"),
        look.frame.mind(ego).expect("m"),
    );
    assert_eq!(looked.trajectory, mind.trajectory);
    assert_eq!(looked.tracks, mind.tracks);

    let names: Vec<_> = look.networks.iter().map(|n| n.network.as_str()).collect();
    assert!(
        names.contains(&"perception") && names.contains(&"planning"),
        "{names:?}"
    );
    for network in &look.networks {
        assert!(network.layers.len() > 5);
        assert!(
            network
                .layers
                .iter()
                .all(|l| l.rms > 0.0 && l.broken == 0.0)
        );
    }
    let seen = why::attention(&look.networks, looked.trajectory.as_deref());
    let sum: f32 = seen.iter().map(|(_, weight)| weight).sum();
    assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    // What is not there is not looked at; the route lies ahead.
    let pose = frame.actor(ego).expect("there").state.pose;
    for (token, weight) in &seen {
        match token.position_m {
            None => assert!(*weight < 1e-6, "{token:?}"),
            Some([x, y]) if token.kind == "route" => {
                let (ahead, _) = pose.to_local_xy(x, y);
                assert!((-10.0..90.0).contains(&ahead), "{ahead}");
            }
            Some(_) => {}
        }
    }

    // The driver's own rig tells no truth of its points; the look does.
    let told = mind.scans.as_ref().and_then(|s| s.get()).expect("scans");
    let scans = looked.scans.as_ref().and_then(|s| s.get()).expect("scans");
    assert_eq!(told.scans, scans.scans);
    assert_eq!(scans.truths[0].0.len(), scans.scans[0].points.len());
    let errors = scans.truths[0].0.iter().map(|t| f64::from(t.range_error_m));
    let count = errors.len() as f64;
    let sigma = (errors.map(|e| e * e).sum::<f64>() / count).sqrt();
    assert!((0.001..0.2).contains(&sigma), "{sigma}");

    let of_actor = look.descriptions.iter().find(|d| d.actor == Some(ego));
    let values = &of_actor.expect("described").values;
    for part in ["ActorState", "Trajectory", "TrackSet", "DriveCommand"] {
        let found = values.iter().find(|(name, _)| name.ends_with(part));
        let (_, value) = found.unwrap_or_else(|| panic!("{part} is missing"));
        assert!(value.as_ref().is_some_and(|v| v.contains(part)), "{part}");
    }
    assert!(frame.costs.iter().any(|c| c.is_forward && c.ms > 0.0));
}

#[test]
fn an_actor_is_given_to_another_driver_and_the_saved_scenario_does_it_again() {
    let to = tempfile::tempdir().expect("folder");
    let options = RunOptions::new(copied("red_light.xosc", to.path()), DriverSpec::Idm);
    let run = begin(&options, 30);
    let ego = run.info.as_ref().and_then(|i| i.ego).expect("an ego");
    for (driver, ticks) in [(DriverSpec::Expert, 60), (DriverSpec::Learned, 12)] {
        let edits = [Edit::Driver { actor: ego, driver }];
        let mut branch = run.branch(30, &edits).expect("branches");
        branch.wait_for(30 + ticks);
        assert_eq!(branch.failure, None);
        let mind = branch
            .frame(30 + ticks)
            .and_then(|f| f.mind(ego))
            .expect("a mind");
        assert_eq!(mind.driver, Some(driver));
        assert_eq!(mind.detections.is_some(), driver == DriverSpec::Learned);
        assert_eq!(mind.trajectory.is_some(), driver == DriverSpec::Learned);
        let file = branch.save().expect("saves");
        let again = RunOptions {
            scenario: file,
            ..options.clone()
        };
        let again = begin(&again, 30 + ticks);
        assert_same(&branch, &again, 0..31 + ticks);
        // A branch of the branch begins where it was, with the driver that it had.
        let mut second = branch.branch(33, &[]).expect("branches");
        second.wait_for(30 + ticks);
        assert_same(&branch, &second, 0..31 + ticks);
    }
}

#[test]
fn what_is_driven_by_hand_is_saved_and_driven_again() {
    let to = tempfile::tempdir().expect("folder");
    let options = RunOptions::new(copied("cut_in.xosc", to.path()), DriverSpec::Scripted);
    let run = begin(&options, 20);
    let ego = run.info.as_ref().and_then(|i| i.ego).expect("an ego");
    let name = run
        .frame(20)
        .and_then(|f| f.actor(ego))
        .expect("there")
        .spec
        .name
        .clone();
    let driver = DriverSpec::Manual;
    let edits = [Edit::Driver { actor: ego, driver }];
    let mut branch = run.branch(20, &edits).expect("branches");
    let mut tick = 20;
    for (throttle, brake, steer_rad) in [(1.0, 0.0, 0.02), (0.3, 0.0, -0.02), (0.0, 1.0, 0.0)] {
        branch.wait_for(tick);
        let command = DriveCommand {
            throttle,
            brake,
            steer_rad,
            ..DriveCommand::default()
        };
        let actor = name.clone();
        branch.change(Change::Command { actor, command });
        tick += 15;
        branch.wait_for(tick);
    }
    assert_eq!(branch.failure, None);
    let speed = |tick: u64| {
        branch
            .frame(tick)
            .and_then(|f| f.actor(ego))
            .expect("there")
            .state
            .speed_mps
    };
    assert!(speed(34) > speed(21) + 0.5, "{} {}", speed(21), speed(34));
    assert!(speed(65) < speed(50) - 2.0, "{} {}", speed(50), speed(65));
    let file = branch.save().expect("saves");
    let again = RunOptions {
        scenario: file,
        ..options
    };
    let again = begin(&again, tick);
    assert_same(&branch, &again, 0..tick);
}

#[test]
fn other_weights_hold_from_the_tick_on_and_missing_ones_are_told() {
    let run = begin_named("red_light.xosc", DriverSpec::Learned, 14);
    let missing = Edit::Weights("/nowhere/at all".into());
    let mut branch = run.branch(14, &[missing]).expect("begins");
    branch.wait_for(20);
    let failure = branch.failure.as_deref().expect("fails");
    assert!(failure.contains("/nowhere/at all"), "{failure}");
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let same = Edit::Weights(assets);
    let mut branch = run.branch(14, &[same]).expect("begins");
    branch.wait_for(22);
    let mut run = run;
    run.wait_for(22);
    assert_eq!(branch.failure, None);
    assert_same(&run, &branch, 0..23);
}
