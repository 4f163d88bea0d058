//! Metrics of an ego vehicle and verdicts on its run.
//!
//! In: states, contacts, signals and map after each tick of a world whose ego is named by [`watch`].
//! Out: [`MetricValue`]s by name and a [`Verdict`] against [`Requirements`]. A metric is one file: what
//! it measures, its unit, threshold and source stand at its top. Without [`watch`] nothing is measured.

mod clearance;
mod collision;
mod comfort;
mod off_road;
mod progress;
mod red_light;
mod sample;
mod speed_limit;
mod time_to_collision;
mod verdict;
mod window;
mod wrong_way;

pub use collision::{CollisionKind, classify};
pub use verdict::{Bound, CollisionRule, MetricValue, Outcome, Requirements, Verdict, verdict};

use std::collections::BTreeMap;

use bevy::prelude::*;

use crate::actor::ActorId;
use crate::physics::{Contacts, Hitch};
use crate::road::ActorRoute;
use crate::tick::{Stage, Tick};
use crate::world::{ActorSnapshot, SignalStates, SimWorld, WorldMap, WorldSnapshot};
use sample::Sample;

/// Something measured tick by tick.
trait Metric: Send + Sync {
    /// Takes in the state of one tick.
    fn sample(&mut self, sample: &Sample<'_>);
    /// Writes what was measured.
    fn report(&self, report: &mut Report);
}

/// Values by name, and what happened, for reasons of a verdict.
#[derive(Clone, Debug, Default)]
struct Report {
    metrics: BTreeMap<String, MetricValue>,
    notes: BTreeMap<String, String>,
}

impl Report {
    /// A value; `None` where it does not apply to this run.
    fn value(&mut self, name: &str, value: Option<f64>, unit: &str) {
        let value = MetricValue {
            value: value.unwrap_or(0.0),
            unit: unit.to_owned(),
            valid: value.is_some(),
        };
        self.metrics.insert(name.to_owned(), value);
    }

    /// What happened, told where the metric of this name breaks a requirement.
    fn note(&mut self, name: &str, text: String) {
        self.notes.insert(name.to_owned(), text);
    }
}

/// The meters of one ego vehicle.
#[derive(Resource)]
struct Watched {
    ego: ActorId,
    before: ActorSnapshot,
    place: Option<crate::road::RoadPosition>,
    meters: Vec<Box<dyn Metric>>,
}

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.add_systems(Stage::Measure, measure);
}

/// Measures this actor from now on, in place of the one before; whether it is in the world.
pub fn watch(world: &mut SimWorld, ego: ActorId) -> bool {
    let Some(before) = world.snapshot().actor(ego).cloned() else {
        return false;
    };
    world.ecs.insert_resource(Watched {
        ego,
        before,
        place: None,
        meters: vec![
            Box::new(collision::Collisions::default()),
            Box::new(off_road::OffRoad::default()),
            Box::new(wrong_way::WrongWay::default()),
            Box::new(red_light::RedLights::default()),
            Box::new(speed_limit::SpeedLimit::default()),
            Box::new(time_to_collision::TimeToCollision::default()),
            Box::new(clearance::Clearance::default()),
            Box::new(progress::Progress::default()),
            Box::new(comfort::Comfort::default()),
        ],
    });
    true
}

/// The actor that is measured.
pub fn watched(world: &SimWorld) -> Option<ActorId> {
    world.ecs.get_resource::<Watched>().map(|w| w.ego)
}

/// Values so far; empty without [`watch`].
pub fn values(world: &SimWorld) -> BTreeMap<String, MetricValue> {
    report(world).metrics
}

fn report(world: &SimWorld) -> Report {
    let mut report = Report::default();
    if let Some(watched) = world.ecs.get_resource::<Watched>() {
        for meter in &watched.meters {
            meter.report(&mut report);
        }
    }
    report
}

/// Takes a sample of the new state.
fn measure(
    watched: Option<ResMut<Watched>>,
    tick: Res<Tick>,
    snapshot: Res<WorldSnapshot>,
    scene: (Res<Contacts>, Res<WorldMap>, Res<SignalStates>),
    routes: Query<(&ActorId, &ActorRoute)>,
    hitches: Query<(&ActorId, &Hitch)>,
) {
    let Some(mut watched) = watched else { return };
    let (contacts, map, signals) = scene;
    let Some(ego) = snapshot.actor(watched.ego) else {
        return;
    };
    if !ego.state.is_finite() {
        return;
    }
    let watched = &mut *watched;
    let (x, y) = ego.center_xy();
    let pose = &ego.state.pose;
    let hint = watched.place.map(|p| p.road);
    watched.place = map
        .0
        .locate_with_heading(x, y, Some(pose.z_m), pose.yaw_rad, hint);
    let route = routes.iter().find(|(id, _)| **id == watched.ego);
    // What the ego pulls is a part of it.
    let mut pulled: Vec<ActorId> = hitches
        .iter()
        .filter(|(_, hitch)| hitch.tractor == watched.ego)
        .map(|(id, _)| *id)
        .collect();
    pulled.sort_unstable();
    let sample = Sample {
        dt_s: tick.dt_s,
        time_s: tick.time_s(),
        before: &watched.before,
        ego,
        actors: &snapshot.actors,
        pulled: &pulled,
        contacts: &contacts.list,
        map: &map.0,
        place: watched.place,
        signals: &signals,
        route: route.map(|(_, r)| &*r.0),
    };
    for meter in &mut watched.meters {
        meter.sample(&sample);
    }
    watched.before = ego.clone();
}
