//! Driving tasks: a map, traffic, and a route that the ego vehicle has to drive.

use std::path::Path;
use std::sync::Arc;

use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
use sim::input::{InputError, Limits};
use sim::road::{LanePosition, RoadNetwork, Route};
use sim::seed::{self, Draw};

use super::options::TrafficOptions;
use super::traffic::{Placed, drive_from, driving_lanes, traffic_around};
use super::trip::{set_out, start_speed};
use super::{MapKind, map};

/// The start is at least this far from the end of its lane, where a line to stop at may be, metres.
const START_GAP_M: f64 = 25.0;

/// Seeds from here on are held out: nothing is trained on them.
pub const HELD_OUT: u64 = 1_000_000;

/// A task for a driver: follow the route to its end among traffic.
#[derive(Clone, Debug)]
pub struct RouteTask {
    /// It is a function of this.
    pub seed: u64,
    /// What the map is like.
    pub kind: MapKind,
    /// The map.
    pub map: Arc<RoadNetwork>,
    /// The ego vehicle, named "Ego".
    pub ego: ActorSpec,
    /// Where it starts.
    pub start: ActorState,
    /// What it has to drive.
    pub route: Arc<Route>,
    /// Where the route ends.
    pub goal: LanePosition,
    /// Everybody, the ego vehicle first and without a driver.
    pub placed: Vec<Placed>,
    /// Time within which it should be done, seconds.
    pub time_limit_s: f64,
}

/// The task of a seed: those below [`HELD_OUT`] are for training, the others for tests.
///
/// # Errors
/// If the generated map does not load, which is a fault of the generator.
pub fn route_task(seed: u64) -> Result<RouteTask, InputError> {
    let mut rng = seed::stream(seed, None, "generate.task");
    let kind = match rng.unit() {
        u if u < 0.55 => MapKind::Town,
        u if u < 0.70 => MapKind::Intersection,
        u if u < 0.82 => MapKind::Roundabout,
        u if u < 0.93 => MapKind::Highway,
        _ => MapKind::Curvy,
    };
    let name = format!("{} {seed}", kind.name());
    let file = Path::new(&name);
    let network = RoadNetwork::from_xml_text(file, map(kind, seed), &Limits::default())?;
    let network = Arc::new(network);
    let wanted_m = match kind {
        MapKind::Town => rng.uniform(250.0, 400.0),
        MapKind::Intersection | MapKind::Roundabout => rng.uniform(160.0, 220.0),
        MapKind::Highway => rng.uniform(600.0, 900.0),
        MapKind::Curvy => rng.uniform(300.0, 450.0),
    };
    let options = TrafficOptions {
        vehicles_per_km: if kind == MapKind::Highway {
            rng.uniform(3.0, 8.0)
        } else {
            rng.uniform(6.0, 14.0)
        },
        pedestrians: 8 + rng.index(16),
        cyclists: rng.index(6),
        parked_share: rng.uniform(0.2, 0.7),
        ..TrafficOptions::default()
    };
    let lanes = driving_lanes(&network);
    let crosses = |route: &Route| {
        let in_junction = |s: &sim::road::RouteSegment| {
            network.road(s.road).is_some_and(|r| r.junction.is_some())
        };
        route.segments().iter().any(in_junction)
    };
    let mut best: Option<(Route, sim::road::LaneKey, f64)> = None;
    for _ in 0..60 {
        let (key, length) = lanes[rng.index(lanes.len())];
        let done_m = rng.uniform(10.0, (0.5 * length).max(10.5));
        if length - done_m < START_GAP_M {
            continue;
        }
        let Some(route) = set_out(&network, key, done_m, wanted_m, &mut rng) else {
            continue;
        };
        let better = best
            .as_ref()
            .is_none_or(|(other, ..)| route.length_m() > other.length_m() + 1.0);
        if better && (kind == MapKind::Curvy || crosses(&route)) {
            let is_long = route.length_m() > 0.95 * wanted_m;
            best = Some((route, key, done_m));
            if is_long {
                break;
            }
        }
    }
    let no_route = || InputError::new(file, "a route on the generated map", "none");
    let (route, key, done_m) = best.ok_or_else(no_route)?;
    let ego = ActorSpec::typical("Ego", ActorClass::Car);
    let (state, speed) = drive_from(&network, &ego, key, done_m, 0.6).ok_or_else(no_route)?;
    let speed = speed.min(start_speed(&network, &route));
    let state = ActorState::at(state.pose, speed);
    let last = route.segments().last().copied().ok_or_else(no_route)?;
    let goal = LanePosition {
        road: last.road,
        lane_id: last.lane_id,
        s_m: last.s_end_m,
        offset_m: 0.0,
    };
    let route = Arc::new(route);
    let placed_ego = Placed {
        spec: ego.clone(),
        state,
        motion: Motion::Dynamic,
        driver: None,
        route: Some(route.clone()),
        walker: None,
    };
    let placed = traffic_around(&network, seed, &options, vec![(placed_ego, speed)]);
    let usual = if kind == MapKind::Highway { 15.0 } else { 5.0 };
    Ok(RouteTask {
        seed,
        kind,
        ego,
        start: state,
        goal,
        placed,
        time_limit_s: 60.0 + route.length_m() / usual,
        route,
        map: network,
    })
}
