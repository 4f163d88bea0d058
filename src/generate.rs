//! Generated traffic, driven by the rules and written as a scenario.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{
    FixedTimeSignals, MapKind, Placed, TrafficOptions, Weather, Wish, WrittenActor,
    WrittenScenario, map, populate, traffic,
};
use sim::actor::{ActorClass, ActorId, Motion};
use sim::input::{InputError, Limits};
use sim::math::Pose;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

/// Length of a written scenario, seconds.
const DURATION_S: f64 = 25.0;
/// Time between two vertices of a track, seconds.
const TRACK_STEP_S: f64 = 0.2;
const DT_S: f64 = 0.02;

/// A map and a scenario on it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// OpenDRIVE text.
    pub map: String,
    /// OpenSCENARIO text, which names the map as given.
    pub scenario: String,
}

/// Seeds that are tried for a map with room for everybody.
const MOST_TRIES: u64 = 20;
/// Between the seeds that are tried.
const NEXT_TRY: u64 = 1_000_003;

/// The scenario that some words ask for, on a map of the seed or of one after it that has room for everybody who
/// was asked for.
///
/// # Errors
/// If no map has room.
pub fn traffic_by_words(
    kind: MapKind,
    wish: &Wish,
    words: &str,
    seed: u64,
    map_file: &str,
) -> Result<Generated, InputError> {
    let mut last = None;
    for number in 0..MOST_TRIES {
        let seed = seed.wrapping_add(number.wrapping_mul(NEXT_TRY));
        let plan = Plan {
            kind,
            traffic: &wish.traffic,
            weather: wish.weather.as_ref(),
            about: words,
            counted: Some(&wish.counted),
        };
        match scenario(&plan, seed, map_file) {
            Ok(made) => return Ok(made),
            Err(error) => last = Some(error),
        }
    }
    let none = || InputError::new(Path::new(map_file), "a seed", "none");
    Err(last.unwrap_or_else(none))
}

/// What is generated.
struct Plan<'a> {
    kind: MapKind,
    traffic: &'a TrafficOptions,
    weather: Option<&'a Weather>,
    about: &'a str,
    /// Of whom there must be as many as wanted, beside stalled vehicles and those that `exactly` names; nothing must be
    /// where it is none.
    counted: Option<&'a [ActorClass]>,
}

/// The first kind of road user of whom there are not as many as wanted: its name, how many wanted, how many there.
fn missing(
    wanted: &TrafficOptions,
    of: &[ActorClass],
    placed: &[Placed],
) -> Option<(String, usize, usize)> {
    let driven = placed
        .iter()
        .filter(|p| p.motion != Motion::Fixed && p.spec.name != "Ego");
    let classes: Vec<ActorClass> = driven.map(|p| p.spec.class).collect();
    let there = |class| classes.iter().filter(|c| **c == class).count();
    let counted = [
        (ActorClass::Bicycle, wanted.cyclists),
        (ActorClass::Pedestrian, wanted.pedestrians),
    ];
    let counted = counted.iter().filter(|(class, _)| of.contains(class));
    let mut all = counted.chain(&wanted.exactly);
    let found = all.find(|(class, count)| there(*class) != *count);
    if let Some((class, count)) = found {
        return Some((format!("{class:?}").to_lowercase(), *count, there(*class)));
    }
    let stalled = placed
        .iter()
        .filter(|p| p.spec.name.starts_with("Stalled"))
        .count();
    (stalled != wanted.stalled).then(|| ("stalled vehicle".to_owned(), wanted.stalled, stalled))
}

/// The scenario of a seed: traffic that IDM drivers and people on foot made around an ego vehicle
/// driven by the expert, who found its route free enough to drive.
///
/// # Errors
/// If the generated map does not load or has no room for an ego vehicle.
pub fn traffic_scenario(kind: MapKind, seed: u64, map_file: &str) -> Result<Generated, InputError> {
    let traffic = TrafficOptions::default();
    let plan = Plan {
        kind,
        traffic: &traffic,
        weather: None,
        about: &format!("Generated traffic: {} {seed}", kind.name()),
        counted: None,
    };
    scenario(&plan, seed, map_file)
}

fn scenario(plan: &Plan, seed: u64, map_file: &str) -> Result<Generated, InputError> {
    let text = map(plan.kind, seed);
    let network =
        RoadNetwork::from_xml_text(Path::new(map_file), text.clone(), &Limits::default())?;
    let network = Arc::new(network);
    let mut placed = traffic(
        &network,
        seed,
        &TrafficOptions {
            ego: true,
            ..plan.traffic.clone()
        },
    );
    if let Some(of) = plan.counted
        && let Some((who, wanted, there)) = missing(plan.traffic, of, &placed)
    {
        let expected = format!("room for {wanted} of {who}");
        return Err(InputError::new(
            Path::new(map_file),
            expected,
            format!("{there}"),
        ));
    }
    let no_ego = || InputError::new(Path::new(map_file), "room for an ego vehicle", "none");
    for actor in placed.iter_mut().filter(|p| p.spec.name == "Ego") {
        actor.driver = Some(DriverSpec::Expert);
        actor.motion = Motion::Kinematic;
    }
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed,
        map: network.clone(),
    });
    agents::install(&mut world, agents::AgentsConfig::default());
    populate(&mut world, placed);
    let start = world.snapshot().clone();
    let ego = start.actor_named("Ego").ok_or_else(no_ego)?.id;
    let mut tracks: BTreeMap<ActorId, Vec<(f64, Pose)>> = BTreeMap::new();
    let mut pipeline = Pipeline::new(Vec::new());
    let mut worlds = [world];
    loop {
        let [world] = &worlds;
        let tick = world.tick();
        if tick.is_due(TRACK_STEP_S) {
            for actor in &world.snapshot().actors {
                let track = tracks.entry(actor.id).or_default();
                track.push((tick.time_s(), actor.state.pose));
            }
        }
        if tick.time_s() >= DURATION_S || !world.is_running() {
            break;
        }
        pipeline.tick(&mut worlds);
    }
    let written: Vec<(ActorId, WrittenActor)> = start
        .actors
        .iter()
        .map(|actor| {
            let track = tracks.remove(&actor.id).unwrap_or_default();
            let stays = track.iter().all(|(_, pose)| *pose == actor.state.pose);
            let actor_written = WrittenActor {
                spec: actor.spec.as_ref().clone(),
                start: actor.state,
                track: if stays { Vec::new() } else { until_jump(track) },
            };
            (actor.id, actor_written)
        })
        .collect();
    let (mut ego_written, mut others) = (None, Vec::new());
    for (id, actor) in written {
        if id == ego {
            ego_written = Some(actor);
        } else {
            others.push(actor);
        }
    }
    let ego = ego_written.ok_or_else(no_ego)?;
    let goal = ego.track.last().map_or(ego.start.pose, |(_, pose)| *pose);
    let scenario = WrittenScenario {
        description: plan.about.to_owned(),
        map_file: map_file.to_owned(),
        goal,
        ego,
        others,
        signals: FixedTimeSignals::new(&network, seed),
        weather: plan.weather.cloned(),
        // The ego vehicle of another driver may need longer.
        duration_s: 1.3 * DURATION_S,
    };
    Ok(Generated {
        map: text,
        scenario: scenario.to_xml(),
    })
}

/// The track up to where the vehicle left the map to come in elsewhere.
fn until_jump(mut track: Vec<(f64, Pose)>) -> Vec<(f64, Pose)> {
    let jump = track.windows(2).position(|pair| {
        let [(_, a), (_, b)] = pair else { return false };
        sim::math::hypot(b.x_m - a.x_m, b.y_m - a.y_m) > 60.0 * TRACK_STEP_S
    });
    if let Some(last) = jump {
        track.truncate(last + 1);
    }
    track
}
