//! How many actors a world moves a second.

use std::path::Path;
use std::sync::Arc;

use crate::actor::{ActorClass, ActorSpec, ActorState, Motion};
use crate::input::{InputError, Limits};
use crate::math::Pose;
use crate::message::DriveCommand;
use crate::road::RoadNetwork;
use crate::tick::{Pipeline, Stage};
use crate::world::{SimWorld, WorldConfig};

/// A measured rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// What moved.
    pub name: &'static str,
    /// Actors times ticks a second of wall time.
    pub actor_steps_per_s: f64,
    /// Wall time of a tick, microseconds.
    pub us_per_tick: f64,
    /// Simulated time over wall time.
    pub times_real_time: f64,
}

/// Length of a tick, seconds; the fine one is as long as a step of physics engines that are compared with.
const DT_S: f64 = 0.05;
const FINE_DT_S: f64 = 0.005;

/// A straight road of 10 km with four lanes one way.
fn road() -> Result<RoadNetwork, InputError> {
    let lanes: String = (1..=4)
        .map(|i| format!(r#"<lane id="-{i}" type="driving"><width sOffset="0" a="3.5"/></lane>"#))
        .collect();
    let text = format!(
        r#"<OpenDRIVE><road id="1" length="10000" junction="-1"><planView>
        <geometry s="0" x="0" y="0" hdg="0" length="10000"><line/></geometry></planView>
        <lanes><laneSection s="0"><center><lane id="0"/></center><right>{lanes}</right>
        </laneSection></lanes></road></OpenDRIVE>"#
    );
    RoadNetwork::from_xml_text(Path::new("bench.xodr"), text, &Limits::default())
}

/// Ticks worlds of 20 actors of each kind `ticks` times through the whole pipeline; `clock` tells
/// seconds. Actors drive on in rows of four on a straight road.
///
/// # Errors
/// If the bench's own map does not load, which is a bug.
pub fn bench(ticks: usize, clock: &mut dyn FnMut() -> f64) -> Result<Vec<Rate>, InputError> {
    let map = Arc::new(road()?);
    let rates = [
        ("20 scripted actors", Motion::Scripted, 20, DT_S),
        ("20 kinematic vehicles", Motion::Kinematic, 20, DT_S),
        ("20 dynamic vehicles", Motion::Dynamic, 20, DT_S),
        ("1 dynamic vehicle", Motion::Dynamic, 1, DT_S),
        ("1 dynamic and 20 scripted", Motion::Scripted, 21, DT_S),
        (
            "100 dynamic vehicles, physics alone in steps of 5 ms,",
            Motion::Dynamic,
            100,
            FINE_DT_S,
        ),
    ]
    .into_iter()
    .map(|(name, motion, count, dt_s)| {
        let mut world = SimWorld::new(WorldConfig {
            dt_s,
            seed: 1,
            map: map.clone(),
        });
        for i in 0..count {
            let spec = ActorSpec::typical(&format!("car {i}"), ActorClass::Car);
            let lane_y_m = -1.75 - 3.5 * f64::from(i % 4);
            let pose = Pose::planar(10.0 + 12.0 * f64::from(i / 4), lane_y_m, 0.0);
            let id = world.spawn(
                spec,
                ActorState::at(pose, 10.0),
                // The last of the odd number is the driven one.
                if i == 20 && count == 21 {
                    Motion::Dynamic
                } else {
                    motion
                },
            );
            if let Some(entity) = world.entity(id) {
                let command = DriveCommand {
                    throttle: 0.05,
                    ..DriveCommand::default()
                };
                world.ecs.entity_mut(entity).insert(command);
            }
        }
        let mut pipeline = Pipeline::new(Vec::new());
        let mut worlds = [world];
        // The first tick builds what the others use.
        pipeline.tick(&mut worlds);
        let start = clock();
        for _ in 0..ticks {
            if dt_s == FINE_DT_S {
                worlds.iter_mut().for_each(|w| w.run_stage(Stage::Physics));
            } else {
                pipeline.tick(&mut worlds);
            }
        }
        let wall = (clock() - start).max(1e-9);
        let steps = ticks as f64;
        Rate {
            name,
            actor_steps_per_s: steps * f64::from(count) / wall,
            us_per_tick: 1e6 * wall / steps.max(1.0),
            times_real_time: steps * dt_s / wall,
        }
    })
    .collect();
    Ok(rates)
}
