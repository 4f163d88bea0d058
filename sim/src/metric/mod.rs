//! Metrics of an ego vehicle and verdicts on its run.
//!
//! In: states, contacts, signals and map after each tick of a world whose ego is named by [`watch`].
//! Out: [`MetricValue`]s by name and a [`Verdict`] against [`Requirements`]. A metric is one file: what
//! it measures, its unit, threshold and source stand at its top; `docs/metrics.md` has them all in one
//! table. Scores that are made of other metrics (`nuplan.rs`, `carla.rs`) are reckoned when a run is
//! reported. Without [`watch`] nothing is measured.

mod carla;
mod clearance;
mod collision;
mod comfort;
mod crossing;
mod euro_ncap;
mod facts;
mod iso15622;
mod iso2631;
mod names;
mod nuplan;
mod off_road;
mod pet;
mod profile;
mod progress;
mod r157;
mod red_light;
mod requirements;
mod rss;
mod sample;
mod scene;
mod speed_limit;
mod stop_sign;
mod time_gap;
mod time_to_collision;
mod verdict;
mod window;
mod wrong_way;

pub use carla::driving_score as carla_driving_score;
pub use collision::{CollisionKind, classify};
pub use euro_ncap::{Encounter, Protocol, points as euro_ncap_points};
pub use names::{METRICS, sense};
pub use nuplan::score as nuplan_score;
pub use profile::Profile;
pub use r157::{CarefulDriver, Obstacle, cut_in_is_preventable, following_distance_m};
pub use requirements::{Bound, CollisionRule, Requirements};
pub use rss::RssParameters;
pub use verdict::{MetricValue, Outcome, Verdict, verdict};

use std::collections::BTreeMap;

use bevy::prelude::*;
use dyn_clone::DynClone;

use crate::actor::ActorId;
use crate::math::Pose;
use crate::physics::{Contacts, Footprint, Hitch};
use crate::road::ActorRoute;
use crate::tick::{Stage, Tick};
use crate::world::{ActorSnapshot, SignalStates, SimWorld, WorldMap, WorldSnapshot};
use collision::Impacts;
use crossing::Crossings;
use facts::Facts;
use sample::{OnRoute, Sample};
use scene::SceneMaker;

/// Something measured tick by tick.
trait Metric: DynClone + Send + Sync {
    /// Takes in the state of one tick.
    fn sample(&mut self, sample: &Sample<'_>);
    /// Writes what was measured.
    fn report(&self, report: &mut Report);
}

dyn_clone::clone_trait_object!(Metric);

/// Values by name, and what happened, for reasons of a verdict.
#[derive(Clone, Debug, Default)]
struct Report {
    metrics: BTreeMap<String, MetricValue>,
    notes: BTreeMap<String, String>,
    facts: Facts,
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

    /// A value of yes (1) or no (0).
    fn truth(&mut self, name: &str, value: Option<bool>) {
        self.value(name, value.map(|v| f64::from(u8::from(v))), "1");
    }

    /// What happened, told where the metric of this name breaks a requirement.
    fn note(&mut self, name: &str, text: String) {
        self.notes.insert(name.to_owned(), text);
    }
}

/// What metrics are measured by, besides the definitions' own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// Parameters of Responsibility-Sensitive Safety.
    pub rss: RssParameters,
    /// How far nuPlan's human expert drove along the route, metres; reckoned where unset.
    pub expert_progress_m: Option<f64>,
}

/// The meters of one ego vehicle.
#[derive(Resource, Clone)]
struct Watched {
    ego: ActorId,
    before: ActorSnapshot,
    place: Option<crate::road::RoadPosition>,
    /// Length of its route and its station on it, metres.
    on_route_m: Option<(f64, f64)>,
    crossings: Crossings,
    impacts: Impacts,
    scenes: SceneMaker,
    meters: Vec<Box<dyn Metric>>,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched")
            .field("ego", &self.ego)
            .field("place", &self.place)
            .field("on_route_m", &self.on_route_m)
            .field("meters", &self.meters.len())
            .finish_non_exhaustive()
    }
}

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.add_systems(Stage::Measure, measure);
    world.keep_resource::<Watched>();
}

/// Measures this actor from now on, in place of the one before; whether it is in the world.
pub fn watch(world: &mut SimWorld, ego: ActorId) -> bool {
    watch_with(world, ego, &Settings::default())
}

/// As [`watch`], with other settings than the usual ones.
pub fn watch_with(world: &mut SimWorld, ego: ActorId, settings: &Settings) -> bool {
    let Some(before) = world.snapshot().actor(ego).cloned() else {
        return false;
    };
    world.ecs.insert_resource(Watched {
        ego,
        before,
        place: None,
        on_route_m: None,
        crossings: Crossings::default(),
        impacts: Impacts::default(),
        scenes: SceneMaker::default(),
        meters: vec![
            Box::new(collision::Collisions::default()),
            Box::new(off_road::OffRoad::default()),
            Box::new(wrong_way::WrongWay::default()),
            Box::new(red_light::RedLights::default()),
            Box::new(stop_sign::StopSigns::default()),
            Box::new(speed_limit::SpeedLimit::default()),
            Box::new(time_to_collision::TimeToCollision::default()),
            Box::new(pet::PostEncroachment::default()),
            Box::new(time_gap::TimeGap::default()),
            Box::new(clearance::Clearance::default()),
            Box::new(progress::Progress::new(settings.expert_progress_m)),
            Box::new(comfort::Comfort::default()),
            Box::new(iso15622::Iso15622::default()),
            Box::new(iso2631::Iso2631::default()),
            Box::new(rss::Rss::new(settings.rss)),
            Box::new(r157::Following::default()),
            Box::new(r157::Avoidance::default()),
            Box::new(r157::Braking::default()),
            Box::new(euro_ncap::EuroNcap::default()),
            // Of what the others report.
            Box::new(nuplan::NuPlan::default()),
            Box::new(carla::Carla),
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
    let (x_m, y_m) = ego.center_xy();
    let pose = &ego.state.pose;
    let center = Pose { x_m, y_m, ..*pose };
    watched.place = map.0.locate_from(&center, watched.place.as_ref());
    let route = routes.iter().find(|(id, _)| **id == watched.ego);
    let route = route.map(|(_, r)| on_route(&r.0, pose, &mut watched.on_route_m));
    // What the ego pulls is a part of it.
    let mut pulled: Vec<ActorId> = hitches
        .iter()
        .filter(|(_, hitch)| hitch.tractor == watched.ego)
        .map(|(id, _)| *id)
        .collect();
    pulled.sort_unstable();
    let others: Vec<(&ActorSnapshot, Footprint)> = snapshot
        .actors
        .iter()
        .filter(|a| a.id != ego.id && !pulled.contains(&a.id) && a.state.is_finite())
        .map(|a| (a, Footprint::of(a)))
        .collect();
    let mut sample = Sample {
        dt_s: tick.dt_s,
        time_s: tick.time_s(),
        before: &watched.before,
        ego,
        own: Footprint::of(ego),
        others: &others,
        contacts: &contacts.list,
        map: &map.0,
        place: watched.place,
        signals: &signals,
        route,
        crossed: Vec::new(),
        impacts: Vec::new(),
        scene: None,
    };
    sample.crossed = watched.crossings.pass(&sample);
    sample.impacts = watched.impacts.find(&sample);
    sample.scene = watched.scenes.make(&sample, tick.index);
    for meter in &mut watched.meters {
        meter.sample(&sample);
    }
    watched.before = ego.clone();
}

/// Where a pose lies on a route, from where it was before.
fn on_route<'a>(
    route: &'a crate::road::Route,
    pose: &crate::math::Pose,
    before: &mut Option<(f64, f64)>,
) -> OnRoute<'a> {
    let length = route.length_m();
    let hint = before.filter(|(other, _)| (length - other).abs() < 1e-9);
    let (station_m, lateral_m) = route.project(pose.x_m, pose.y_m, hint.map(|h| h.1));
    *before = Some((length, station_m));
    OnRoute {
        route,
        station_m,
        lateral_m,
        is_new: hint.is_none(),
    }
}
