//! Laws of the learned driver: it reads no true state of others, and its networks give an agent the
//! same bits whoever else is in the batch.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use agents::planning::{Config as PlanConfig, Network as PlanNetwork};
use agents::prediction::{Config, Network};
use agents::systems::{PlanForward, PredictForward};
use agents::{AgentsConfig, install};
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::input::Limits;
use sim::math::Pose;
use sim::message::{
    BoxClass, DriveCommand, DriverSpec, Odometry, PredictionSet, Track, TrackSet, Trajectory,
};
use sim::road::RoadNetwork;
use sim::tick::{Forward, Stage};
use sim::world::{SimWorld, WorldConfig};
use tch::nn::VarStore;

const MAP: &str = r#"<?xml version="1.0"?><OpenDRIVE><header revMajor="1" revMinor="7"/>
<road name="" length="600" id="1" junction="-1"><planView><geometry s="0" x="0" y="0" hdg="0" length="600"><line/></geometry></planView>
<type s="0" type="town"><speed max="50" unit="km/h"/></type>
<lanes><laneSection s="0"><center><lane id="0" type="none" level="false"/></center>
<right><lane id="-1" type="driving" level="false"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road></OpenDRIVE>"#;

fn weights(folder: &Path) -> (PredictForward, PlanForward) {
    let _generator = nn::device::seed(11);
    let device = tch::Device::Cpu;
    let (a, b) = (folder.join("a.safetensors"), folder.join("b.safetensors"));
    let vs = VarStore::new(device);
    let _network = Network::new(&vs.root(), &Config::default());
    nn::weights::save(&vs, "prediction", &Config::default(), &a).unwrap();
    let vs = VarStore::new(device);
    let _network = PlanNetwork::new(&vs.root(), &PlanConfig::default());
    nn::weights::save(&vs, "planning", &PlanConfig::default(), &b).unwrap();
    (
        PredictForward::load(&a, device).unwrap(),
        PlanForward::load(&b, device).unwrap(),
    )
}

/// A world with a learned ego and another car, seen by a track that is given.
fn world(other_x_m: f64, track_x_m: f64) -> (SimWorld, ActorId) {
    let map =
        RoadNetwork::from_xml_text(Path::new("test.xodr"), MAP.to_owned(), &Limits::default());
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 3,
        map: Arc::new(map.unwrap()),
    });
    install(&mut world, AgentsConfig::default());
    let state = ActorState::at(Pose::planar(20.0, -1.75, 0.0), 10.0);
    let ego = world.spawn(
        ActorSpec::typical("ego", ActorClass::Car),
        state,
        Motion::Kinematic,
    );
    let other = ActorState::at(Pose::planar(other_x_m, -1.75, 0.3), 4.0);
    world.spawn(
        ActorSpec::typical("other", ActorClass::Car),
        other,
        Motion::Kinematic,
    );
    let history = (0..12)
        .map(|i| {
            [
                f64::from(i - 11) * 0.1,
                track_x_m + 0.3 * f64::from(i - 11),
                -1.75,
                0.0,
            ]
        })
        .collect();
    let track = Track {
        id: 7,
        class: BoxClass::Car,
        score: 0.9,
        position_m: [track_x_m, -1.75],
        yaw_rad: 0.0,
        velocity_mps: [3.0, 0.0],
        size_m: [4.5, 1.8, 1.5],
        variance: [0.1; 4],
        standing_s: 0.0,
        history,
    };
    let odometry = Odometry {
        pose: state.pose,
        speed_mps: 10.0,
        ..Odometry::default()
    };
    let entity = world.entity(ego).unwrap();
    let tracks = TrackSet {
        time_s: 0.0,
        tracks: vec![track],
    };
    world
        .ecs
        .entity_mut(entity)
        .insert((DriverSpec::Learned, odometry, tracks));
    (world, ego)
}

/// The behaviour stages of one tick; what they left of the ego.
fn think(
    worlds: &mut [SimWorld],
    forwards: &mut (PredictForward, PlanForward),
    ego: ActorId,
) -> Vec<(DriveCommand, Trajectory, PredictionSet)> {
    let all = |worlds: &mut [SimWorld], stage| worlds.iter_mut().for_each(|w| w.run_stage(stage));
    all(worlds, Stage::PredictEncode);
    forwards.0.forward(worlds);
    all(worlds, Stage::PredictDecode);
    all(worlds, Stage::PlanEncode);
    forwards.1.forward(worlds);
    all(worlds, Stage::PlanDecode);
    all(worlds, Stage::Control);
    worlds
        .iter_mut()
        .map(|world| {
            let entity = world.entity(ego).unwrap();
            let entity = world.ecs.entity(entity);
            (
                *entity.get::<DriveCommand>().unwrap(),
                entity.get::<Trajectory>().unwrap().clone(),
                entity.get::<PredictionSet>().unwrap().clone(),
            )
        })
        .collect()
}

#[test]
fn true_states_of_others_change_nothing_and_tracks_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut forwards = weights(folder.path());
    let mut run = |other, track| {
        let (world, ego) = world(other, track);
        think(&mut [world], &mut forwards, ego).remove(0)
    };
    let (near, far) = (run(45.0, 50.0), run(300.0, 50.0));
    assert_eq!(near, far);
    assert_eq!(near.2.predictions.len(), 1);
    assert!(!near.1.proposals.is_empty());
    assert_ne!(near.2, run(45.0, 60.0).2);
}

#[test]
fn its_own_true_state_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut forwards = weights(folder.path());
    let mut run = |true_x_m: f64| {
        let (mut world, ego) = world(45.0, 50.0);
        let entity = world.entity(ego).unwrap();
        let state = ActorState::at(Pose::planar(true_x_m, -1.75, 0.0), 3.0);
        world.ecs.entity_mut(entity).insert(state);
        think(&mut [world], &mut forwards, ego).remove(0)
    };
    assert_eq!(run(20.0), run(400.0));
}

#[test]
fn an_agent_gives_the_same_bits_alone_and_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut forwards = weights(folder.path());
    let (alone, ego) = world(45.0, 50.0);
    let wanted = think(&mut [alone], &mut forwards, ego).remove(0);
    let mut many: Vec<SimWorld> = (0..5)
        .map(|i| world(45.0, 40.0 + 5.0 * f64::from(i)).0)
        .collect();
    let all = think(&mut many, &mut forwards, ego);
    assert_eq!(all[2], wanted);
    assert_ne!(all[1], wanted);
}

#[test]
fn the_safety_layer_refuses_what_would_touch_a_standing_car() {
    let folder = tempfile::tempdir().unwrap();
    let mut forwards = weights(folder.path());
    let (mut world, ego) = world(300.0, 40.0);
    let entity = world.entity(ego).unwrap();
    let mut tracks = world.ecs.get_mut::<TrackSet>(entity).unwrap();
    let track = &mut tracks.tracks[0];
    track.velocity_mps = [0.0, 0.0];
    track.history.iter_mut().for_each(|h| h[1] = 40.0);
    let (_, plan, _) = think(&mut [world], &mut forwards, ego).remove(0);
    let refused = plan
        .proposals
        .iter()
        .filter(|p| p.refused.is_some())
        .count();
    assert!(refused > 0);
    // What is chosen was not refused, or it is the emergency stop.
    let chosen = plan
        .proposals
        .iter()
        .find(|p| p.points == plan.points)
        .unwrap();
    assert!(chosen.refused.is_none() || plan.is_emergency);
}
