//! Law: rule-driven vehicles on crossing routes neither touch nor wait for one another for ever.

mod crossing;

use std::sync::Arc;

use agents::control::LongitudinalLimits;
use agents::path::{Path, Priority};
use agents::rules::driver::{DriverMemory, command, decide};
use agents::rules::idm::IdmParams;
use agents::rules::scene::{Body, Scene};
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::math::{Pose, cos, sin, tan};
use sim::seed::{Draw, stream};
use sim::world::ActorSnapshot;

use crossing::route;

const DT_S: f64 = 0.05;

struct Car {
    actor: ActorSnapshot,
    path: Arc<Path>,
    memory: DriverMemory,
    gone: bool,
}

fn boxes_touch(a: &ActorSnapshot, b: &ActorSnapshot) -> bool {
    let (p, q) = (a.corners_xy(), b.corners_xy());
    let apart = |u: (f64, f64)| {
        let span = |c: &[(f64, f64); 4]| {
            c.iter()
                .map(|(x, y)| x * u.0 + y * u.1)
                .fold((f64::MAX, f64::MIN), |m, v| (m.0.min(v), m.1.max(v)))
        };
        let (s, t) = (span(&p), span(&q));
        s.1 < t.0 || t.1 < s.0
    };
    for c in [&p, &q] {
        for i in 0..2 {
            let (m, n) = (c[i], c[i + 1]);
            if apart((n.1 - m.1, m.0 - n.0)) {
                return false;
            }
        }
    }
    true
}

/// Lets cars drive through the crossing; gives how many touched and how many came through.
fn simulate(seed: u64, cars: usize, priorities: [Priority; 4]) -> (Vec<String>, usize) {
    let mut rng = stream(seed, None, "crossing");
    let spec = Arc::new(ActorSpec::typical("car", ActorClass::Car));
    let mut back = [0.0; 4];
    let mut all: Vec<Car> = (0..cars)
        .map(|i| {
            let arm = rng.index(4);
            let path = Arc::new(route(arm, rng.index(3), priorities[arm]));
            // Queued up behind one another on the approach and beyond its beginning.
            let station = 66.0 - back[arm];
            back[arm] += rng.uniform(9.0, 20.0);
            Car {
                actor: ActorSnapshot {
                    id: ActorId(i as u32),
                    spec: spec.clone(),
                    state: ActorState::at(
                        Pose::planar(
                            path.sample(0.0).x_m + (station) * cos(path.sample(0.0).yaw_rad),
                            path.sample(0.0).y_m + (station) * sin(path.sample(0.0).yaw_rad),
                            path.sample(0.0).yaw_rad,
                        ),
                        6.0,
                    ),
                    motion: Motion::Kinematic,
                },
                path,
                memory: DriverMemory::default(),
                gone: station < 0.0,
            }
        })
        .filter(|c| !c.gone)
        .collect();
    let limits = LongitudinalLimits {
        accel_mps2: 4.0,
        decel_mps2: 9.0,
    };
    let params = IdmParams::default();
    let (mut touched, mut through) = (Vec::new(), 0);
    for step in 0..(240.0 / DT_S) as usize {
        let here: Vec<usize> = (0..all.len()).filter(|i| !all[*i].gone).collect();
        let bodies = here
            .iter()
            .map(|i| Body::of(&all[*i].actor, Some(all[*i].path.clone()), None))
            .collect();
        let scene = Scene {
            bodies,
            lights: Vec::new(),
        };
        for (k, i) in here.iter().enumerate() {
            let car = &mut all[*i];
            let path = car.path.clone();
            if step % 2 == 0 {
                car.memory.accel_mps2 = decide(&scene, k, &path, &params, &mut car.memory, 0.1);
            }
            let c = command(&scene, k, &path, &limits, 0.6, &mut car.memory, DT_S);
            let v =
                (car.actor.state.speed_mps + (c.throttle * 4.0 - c.brake * 9.0) * DT_S).max(0.0);
            let pose = car.actor.state.pose;
            let yaw = pose.yaw_rad + v * tan(c.steer_rad) / spec.wheelbase_m() * DT_S;
            let next = Pose::planar(
                pose.x_m + v * cos(yaw) * DT_S,
                pose.y_m + v * sin(yaw) * DT_S,
                yaw,
            );
            car.actor.state = ActorState::at(next, v);
            if scene.bodies[k].station_m > path.length_m() - 12.0 {
                car.gone = true;
                through += 1;
            }
        }
        for (n, i) in here.iter().enumerate() {
            for j in &here[n + 1..] {
                if boxes_touch(&all[*i].actor, &all[*j].actor) {
                    touched.push(format!("step {step}: {i} {j}"));
                }
            }
        }
        if !touched.is_empty() {
            break;
        }
    }
    let left = all.iter().filter(|c| !c.gone).count();
    if left > 0 && touched.is_empty() {
        let stuck: Vec<String> = all
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.gone)
            .map(|(i, c)| {
                format!(
                    "{i} at {:.1} {:.1} v {:.1}",
                    c.actor.state.pose.x_m, c.actor.state.pose.y_m, c.actor.state.speed_mps
                )
            })
            .collect();
        touched.push(format!("stuck: {stuck:?}"));
    }
    (touched, through)
}

#[test]
fn an_uncontrolled_crossing_is_passed_by_all() {
    for seed in 0..16 {
        let (trouble, through) = simulate(seed, 14, [Priority::Equal; 4]);
        assert!(
            trouble.is_empty() && through > 3,
            "seed {seed}: {trouble:?}"
        );
    }
}

#[test]
fn give_way_and_stop_signs_are_passed_by_all() {
    use Priority::{GiveWay, Main, Stop};
    for seed in 0..16 {
        let (trouble, through) = simulate(seed, 14, [Main, GiveWay, Main, Stop]);
        assert!(
            trouble.is_empty() && through > 3,
            "seed {seed}: {trouble:?}"
        );
    }
}
