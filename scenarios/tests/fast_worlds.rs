//! Fast worlds give the same bits as full ones for the same commands.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests, with their helpers"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{MapKind, fast_agents, map};
use sim::actor::{ActorId, Motion};
use sim::fast::{
    AgentStart, Batch, COMPACT, Config, FULL, Observation, OnFailure, OnGoal, Scene, command,
};
use sim::input::Limits;
use sim::message::DriveCommand;
use sim::physics::{Contacts, single_track};
use sim::road::RoadNetwork;
use sim::seed::{self, Draw};
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

const DT_S: f64 = 0.1;

fn load(kind: MapKind, seed: u64) -> Arc<RoadNetwork> {
    let network = RoadNetwork::from_xml_text(Path::new("m"), map(kind, seed), &Limits::default());
    Arc::new(network.expect("a generated map loads"))
}

fn batch(scenes: Vec<Arc<Scene>>, worlds: usize, observation: Observation) -> Batch {
    let config = Config {
        dt_s: DT_S,
        horizon: 1000,
        on_failure: OnFailure::Ignore,
        on_goal: OnGoal::Respawn,
        goal_radius_m: 0.0,
        observation,
        ..Config::default()
    };
    Batch::new(scenes, worlds, 3, config).expect("a batch")
}

fn full_world(map: &Arc<RoadNetwork>, agents: &[AgentStart]) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed: 1,
        map: map.clone(),
    });
    for agent in agents {
        world.spawn((*agent.spec).clone(), agent.state, Motion::Kinematic);
    }
    world
}

/// Whether the corners of an actor, less 0.3 m, lie on lanes, as `off_road_s` measures it.
fn is_on_road(world: &SimWorld, map: &RoadNetwork, id: u32) -> bool {
    let actor = world.snapshot().actor(ActorId(id)).expect("there");
    let b = &actor.spec.bounding_box;
    let (l, w) = (b.length_m / 2.0 - 0.3, b.width_m / 2.0 - 0.3);
    let pose = &actor.state.pose;
    [(l, w), (-l, w), (-l, -w), (l, -w)].iter().all(|(x, y)| {
        let (x, y) = pose.to_world_xy(b.center_x_m + x, b.center_y_m + y);
        map.is_drivable(x, y, Some(pose.z_m))
    })
}

#[test]
fn motion_contacts_and_leaving_the_road_are_those_of_a_full_world() {
    let (mut contacts, mut off_road) = (0, 0);
    for (kind, seed) in [
        (MapKind::Town, 1),
        (MapKind::Roundabout, 2),
        (MapKind::Highway, 3),
        (MapKind::Intersection, 4),
    ] {
        let map = load(kind, seed);
        let agents = fast_agents(&map, seed, 24);
        assert!(agents.len() > 8, "{}", kind.name());
        let mut full = [full_world(&map, &agents)];
        let scene = Arc::new(Scene::new(map.clone(), agents.clone()).expect("a scene"));
        let mut fast = batch(vec![scene], 1, Observation::None);
        let mut pipeline = Pipeline::new(Vec::new());
        let mut draw = seed::stream(seed, None, "test");
        let mut actions = vec![[0.0f32; 2]; agents.len()];
        let mut has_been_on = vec![false; agents.len()];
        for step in 0..150 {
            for (i, action) in actions.iter_mut().enumerate() {
                // Held for a while, so that speeds and bends are wide.
                if step % 10 == i % 10 {
                    *action = [0; 2].map(|_: i32| draw.uniform(-0.7, 1.0) as f32);
                    action[1] *= 0.3;
                }
                let limits = single_track::Limits::of(&agents[i].spec);
                let entity = full[0].entity(ActorId(i as u32)).expect("there");
                let mut slot = full[0].ecs.get_mut::<DriveCommand>(entity).expect("driven");
                *slot = command(&limits, *action);
            }
            pipeline.tick(&mut full);
            fast.step(&actions);
            let world = &fast.worlds()[0];
            let touching: BTreeSet<u32> = full[0]
                .ecs
                .resource::<Contacts>()
                .list
                .iter()
                .flat_map(|c| [c.a.0, c.b.0])
                .collect();
            for (i, has_been_on) in has_been_on.iter_mut().enumerate() {
                let at = format!("{} agent {i} step {step}", kind.name());
                let motion = world.motion(i).expect("there");
                let state = full[0].snapshot().actors[i].state;
                let pose = state.pose;
                assert_eq!(
                    [
                        motion.x_m,
                        motion.y_m,
                        motion.yaw_rad,
                        motion.speed_mps,
                        motion.steer_rad
                    ],
                    [
                        pose.x_m,
                        pose.y_m,
                        pose.yaw_rad,
                        state.speed_mps,
                        state.steer_rad
                    ],
                    "{at}"
                );
                let is_on = is_on_road(&full[0], &map, i as u32);
                *has_been_on |= is_on;
                let (touches, is_off) = world.failures(i).expect("there");
                assert_eq!(touches, touching.contains(&(i as u32)), "{at}");
                assert_eq!(is_off, !is_on && *has_been_on, "{at}");
                contacts += u32::from(touches);
                off_road += u32::from(is_off);
            }
        }
    }
    assert!(contacts > 50 && off_road > 50, "{contacts} {off_road}");
}

#[test]
fn an_observation_tells_goal_neighbours_and_road_in_the_agent_s_frame() {
    let map = load(MapKind::Highway, 1);
    let agents = fast_agents(&map, 1, 20);
    let scene = Arc::new(Scene::new(map, agents.clone()).expect("a scene"));
    for observation in [Observation::Full, Observation::Compact] {
        let batch = batch(vec![scene.clone()], 1, observation);
        let floats = observation.len();
        assert_eq!(
            floats,
            if observation == Observation::Full {
                FULL
            } else {
                COMPACT
            }
        );
        let (places, points) = match observation {
            Observation::Full => (63, 200),
            _ => (8, 8),
        };
        let mut seen_neighbors = 0;
        for (i, agent) in agents.iter().enumerate() {
            let own = &batch.output().observations[i * floats..(i + 1) * floats];
            assert!(own.iter().all(|v| v.is_finite()));
            let b = &agent.spec.bounding_box;
            let pose = &agent.state.pose;
            let (x, y) = pose.to_world_xy(b.center_x_m, b.center_y_m);
            let (s, c) = sim::math::sin_cos(pose.yaw_rad);
            let local = |p: [f64; 2]| {
                let (dx, dy) = (p[0] - x, p[1] - y);
                [(dx * c + dy * s) * 0.02, (dy * c - dx * s) * 0.02]
            };
            let goal = local(agent.goal_m);
            assert!((f64::from(own[0]) - goal[0]).abs() < 1e-4, "{own:?}");
            assert!((f64::from(own[1]) - goal[1]).abs() < 1e-4);
            assert!((f64::from(own[2]) - agent.state.speed_mps * 0.05).abs() < 1e-5);
            // Each other agent in sight stands in some place, and nobody else.
            let planes: Vec<&[f32]> = own[6..6 + 7 * places].chunks(places).collect();
            let filled = (0..places).filter(|k| planes[2][*k] > 0.0).count();
            let mut near = Vec::new();
            for (j, other) in agents.iter().enumerate().filter(|(j, _)| *j != i) {
                let ob = &other.spec.bounding_box;
                let (ox, oy) = other.state.pose.to_world_xy(ob.center_x_m, ob.center_y_m);
                let at = local([ox, oy]);
                let far_m = sim::math::hypot(ox - x, oy - y);
                if far_m < 49.9 {
                    near.push((far_m, at, j));
                }
            }
            near.sort_by(|a, b| a.0.total_cmp(&b.0));
            near.truncate(places);
            assert_eq!(filled, near.len());
            seen_neighbors += filled;
            for (_, at, j) in near {
                let is_it = |k: &usize| {
                    (f64::from(planes[0][*k]) - at[0]).abs() < 1e-4
                        && (f64::from(planes[1][*k]) - at[1]).abs() < 1e-4
                };
                let k = (0..places)
                    .find(is_it)
                    .unwrap_or_else(|| panic!("{j} is not seen"));
                let turn = agents[j].state.pose.yaw_rad - pose.yaw_rad;
                assert!((f64::from(planes[4][k]) - sim::math::cos(turn)).abs() < 1e-4);
                assert!((f64::from(planes[5][k]) - sim::math::sin(turn)).abs() < 1e-4);
            }
            // It stands on its lane: the nearest pieces of the road are within a few metres, ahead or behind.
            let road = &own[6 + 7 * places..];
            let near_m = (0..points)
                .filter(|k| road[6 * points + k] > 0.0)
                .map(|k| sim::math::hypot(f64::from(road[k]), f64::from(road[points + k])) / 0.02)
                .fold(f64::INFINITY, f64::min);
            assert!(near_m < 12.0, "{near_m}");
        }
        assert!(seen_neighbors > 5);
    }
}

#[test]
fn one_seed_is_one_course_whatever_the_threads() {
    let map = load(MapKind::Town, 5);
    let first = Scene::new(map.clone(), fast_agents(&map, 1, 16)).expect("a scene");
    let second = first
        .with(fast_agents(&map, 2, 16), Vec::new(), 16)
        .expect("a scene");
    let scenes = vec![Arc::new(first), Arc::new(second)];
    let course = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let config = Config {
                horizon: 40,
                ..Config::default()
            };
            let mut batch = Batch::new(scenes.clone(), 6, 9, config).expect("a batch");
            let mut draw = seed::stream(1, None, "test");
            let mut outputs = Vec::new();
            for _ in 0..100 {
                let actions: Vec<[f32; 2]> = (0..batch.agents())
                    .map(|_| {
                        [
                            draw.uniform(-0.2, 1.0) as f32,
                            draw.uniform(-0.4, 0.4) as f32,
                        ]
                    })
                    .collect();
                outputs.push(batch.step(&actions).clone());
            }
            (outputs, batch.tally())
        })
    };
    let (one, tally) = course(1);
    assert!(course(2) == (one.clone(), tally));
    assert!(
        tally.episodes >= 12 && tally.off_road + tally.collisions > 0,
        "{tally:?}"
    );
    // Who failed is told once, and is gone until the world begins again.
    let terminated: u64 = one
        .iter()
        .flat_map(|o| &o.terminated)
        .map(|t| u64::from(*t))
        .sum();
    assert!(terminated > 0 && terminated <= 16 * tally.episodes + 96);
}

#[test]
fn what_makes_no_scene_or_batch_is_an_error() {
    let map = load(MapKind::Intersection, 1);
    assert!(Scene::new(map.clone(), Vec::new()).is_err());
    let agents = fast_agents(&map, 1, 4);
    let mut broken = agents.clone();
    broken[0].goal_m[0] = f64::NAN;
    assert!(Scene::new(map.clone(), broken).is_err());
    let scene = Arc::new(Scene::new(map, agents.clone()).expect("a scene"));
    let fewer = Arc::new(
        scene
            .with(agents[..2].to_vec(), Vec::new(), 2)
            .expect("a scene"),
    );
    let config = Config::default();
    assert!(Batch::new(vec![scene.clone(), fewer], 2, 0, config).is_err());
    assert!(Batch::new(Vec::new(), 2, 0, config).is_err());
    assert!(Batch::new(vec![scene.clone()], 0, 0, config).is_err());
    // Actions that are missing or no numbers stop nobody else.
    let mut batch = Batch::new(vec![scene], 2, 0, config).expect("a batch");
    batch.step(&[[f32::NAN, f32::INFINITY]; 4]);
    let output = batch.step(&[]);
    assert!(output.observations.iter().all(|v| v.is_finite()));
}
