//! The learned driver's commands come from sensors, map, route and odometry alone: with every true
//! state behind the sensors scrambled, each tick, the commands are the same bits.

#![allow(clippy::expect_used, reason = "a test may panic")]

use bevy::prelude::*;
use sim::actor::{ActorId, ActorState};
use sim::message::{
    CameraTruths, DetectionSet, DriveCommand, DriverSpec, LidarScans, LidarTruths, TrackSet,
};
use sim::physics::Contacts;
use sim::tick::Stage;
use sim::world::{SignalPhase, SignalStates, SimWorld, WorldSnapshot};
use skidpad::run::{ForwardStep, RunOptions, forwards, prepare};

const TICKS: usize = 50;

/// Everything true that a driver must not read.
struct Truth {
    states: Vec<(ActorId, ActorState)>,
    snapshot: WorldSnapshot,
    signals: SignalStates,
    contacts: Contacts,
}

impl Truth {
    fn take(world: &mut SimWorld) -> Self {
        let mut query = world.ecs.query::<(&ActorId, &ActorState)>();
        Self {
            states: query.iter(&world.ecs).map(|(id, s)| (*id, *s)).collect(),
            snapshot: world.snapshot().clone(),
            signals: world.ecs.resource::<SignalStates>().clone(),
            contacts: world.ecs.resource::<Contacts>().clone(),
        }
    }

    fn put_back(self, world: &mut SimWorld) {
        let mut query = world.ecs.query::<(&ActorId, &mut ActorState)>();
        for (id, mut state) in query.iter_mut(&mut world.ecs) {
            *state = self
                .states
                .iter()
                .find(|(other, _)| other == id)
                .expect("known")
                .1;
        }
        world.ecs.insert_resource(self.snapshot);
        world.ecs.insert_resource(self.signals);
        world.ecs.insert_resource(self.contacts);
    }
}

fn scramble(world: &mut SimWorld) {
    let wrong = |state: &mut ActorState, id: ActorId| {
        state.pose.x_m += 37.0 + f64::from(id.0);
        state.pose.y_m = -state.pose.y_m + 11.0;
        state.pose.yaw_rad += 1.0;
        state.speed_mps = 40.0 - state.speed_mps;
        state.velocity_mps = [-9.0, 5.0, 0.0];
    };
    let mut query = world.ecs.query::<(&ActorId, &mut ActorState)>();
    for (id, mut state) in query.iter_mut(&mut world.ecs) {
        wrong(&mut state, *id);
    }
    for actor in &mut world.ecs.resource_mut::<WorldSnapshot>().actors {
        wrong(&mut actor.state, actor.id);
    }
    for phase in world.ecs.resource_mut::<SignalStates>().0.values_mut() {
        *phase = if *phase == SignalPhase::Green {
            SignalPhase::Red
        } else {
            SignalPhase::Green
        };
    }
    world.ecs.resource_mut::<Contacts>().list.clear();
    let mut query = world
        .ecs
        .query::<(Option<&mut LidarTruths>, Option<&mut CameraTruths>)>();
    for (lidar, camera) in query.iter_mut(&mut world.ecs) {
        if let Some(mut lidar) = lidar {
            lidar.0.clear();
        }
        if let Some(mut camera) = camera {
            camera.0.clear();
        }
    }
}

/// Commands of every tick, how many lidar points, boxes and tracks the driver had in all.
fn drive(
    scenario: &str,
    steps: &mut [ForwardStep],
    is_scrambled: bool,
) -> (Vec<DriveCommand>, [usize; 3]) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios/regression")
        .join(scenario);
    let prepared = prepare(&RunOptions::new(path, DriverSpec::Learned)).expect("a scenario");
    let mut worlds = [prepared.world];
    let (mut commands, mut seen) = (Vec::new(), [0; 3]);
    for _ in 0..TICKS {
        worlds[0].run_stage(Stage::Sense);
        let truth = Truth::take(&mut worlds[0]);
        if is_scrambled {
            scramble(&mut worlds[0]);
        }
        for stage in Stage::ORDER
            .into_iter()
            .filter(|s| (Stage::PerceiveEncode..=Stage::Control).contains(s))
        {
            for (before, forward) in steps.iter_mut() {
                if *before == stage {
                    forward.forward(&mut worlds);
                }
            }
            worlds[0].run_stage(stage);
        }
        let world = &mut worlds[0];
        let mut query = world.ecs.query::<(
            &DriverSpec,
            &DriveCommand,
            &LidarScans,
            &DetectionSet,
            &TrackSet,
        )>();
        let (_, command, scans, boxes, tracks) = query.single(&world.ecs).expect("one driver");
        commands.push(*command);
        seen[0] += scans.0.iter().map(|scan| scan.points.len()).sum::<usize>();
        seen[1] += boxes.boxes.len();
        seen[2] += tracks.tracks.len();
        truth.put_back(world);
        for stage in [Stage::Story, Stage::Physics, Stage::Measure, Stage::Record] {
            world.run_stage(stage);
        }
        assert!(world.is_running(), "{scenario} ended early");
    }
    (commands, seen)
}

#[test]
fn scrambled_truth_leaves_the_commands_as_they_are() {
    let weights = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let mut steps = forwards(&weights).expect("the shipped weights");
    for scenario in ["cut_in.xosc", "red_light.xosc"] {
        let (honest, seen) = drive(scenario, &mut steps, false);
        let (blind, seen_blind) = drive(scenario, &mut steps, true);
        assert!(
            seen.iter().all(|n| *n > 0),
            "the driver saw something: {seen:?}"
        );
        assert_eq!(seen, seen_blind);
        assert!(
            honest.windows(2).any(|pair| pair[0] != pair[1]),
            "it drives"
        );
        assert_eq!(honest, blind, "{scenario}");
    }
}
