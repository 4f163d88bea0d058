//! A scenario inside a world: actors, the story's system, signals and the end of the episode.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorId, ActorState, LightMode, Motion, VehicleLights};
use sim::input::InputError;
use sim::math;
use sim::message::DriverSpec;
use sim::physics::Hitch;
use sim::road::{ActorRoute, LanePosition, RoadNetwork, Route};
use sim::sensor::Daylight;
use sim::tick::{Stage, Tick};
use sim::world::{Episode, SignalStates, SimWorld, WorldMap, WorldSnapshot, spawn_actor};

use crate::Scenario;
use crate::change::obey;
use crate::handover::{WholeDrivers, give_over};
use crate::model::EntityId;
use crate::signal_words::signal_states;
use crate::story::{
    Cast, EnvironmentState, EventLog, Place, Player, RouteRun, SignalRun, Storyboard,
};

/// How a scenario is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryOptions {
    /// Who drives the ego vehicle; any but the story itself makes it a dynamic body.
    pub ego_driver: DriverSpec,
    /// Whether controllers of the scenario take effect that name a driver of ours in others' words (ACC,
    /// ALKS); those with a property `skidpad.driver` do anyway.
    pub controllers: bool,
}

impl Default for StoryOptions {
    fn default() -> Self {
        Self {
            ego_driver: DriverSpec::Scripted,
            controllers: false,
        }
    }
}

/// The story of a world, as a resource.
#[derive(Resource, Clone)]
pub struct Story {
    /// Boxed: the resource is moved out of the world and in again at each tick.
    pub(crate) storyboard: Box<Storyboard>,
    pub(crate) actors: Vec<Option<(ActorId, Entity)>>,
    ego: Option<EntityId>,
    ego_route: Option<RouteRun>,
    dt_s: f64,
    /// Whether any of its vehicles can pull another.
    has_trailers: bool,
    /// The weather that the world's light is of.
    lit: EnvironmentState,
    /// The lights that the world's actors have.
    lamps: BTreeMap<(EntityId, String), LightMode>,
    /// Entries of its log that the world's log has.
    logged: usize,
    /// Entities that controllers have given to whole drivers.
    pub(crate) given: BTreeMap<EntityId, DriverSpec>,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cast = &self.storyboard.cast;
        let elements = self.storyboard.elements.iter();
        let states: Vec<_> = elements
            .map(|(_, element)| (element.kind, &element.name, element.state))
            .collect();
        let values = |all: &BTreeMap<String, crate::read::Parameter>| -> BTreeMap<String, String> {
            let all = all.iter();
            all.map(|(name, slot)| (name.clone(), slot.value.clone()))
                .collect()
        };
        let players: Vec<_> = cast
            .players
            .iter()
            .map(|p| (&p.spec.name, p.active, p.is_scripted, p.given_to))
            .collect();
        f.debug_struct("Story")
            .field("time_s", &cast.time_s())
            .field("ego", &self.ego)
            .field("elements", &states)
            .field("parameters", &values(&cast.parameters))
            .field("variables", &values(&cast.variables))
            .field("environment", &cast.environment)
            .field("lights", &cast.lights)
            .field("entities (name, active, on rails, given to)", &players)
            .finish_non_exhaustive()
    }
}

impl Story {
    /// What happened so far.
    pub fn log(&self) -> &EventLog {
        &self.storyboard.log
    }

    /// The storyboard and its cast.
    pub fn storyboard(&self) -> &Storyboard {
        &self.storyboard
    }

    /// The actor of an entity, while it is in the world.
    pub fn actor(&self, entity: EntityId) -> Option<ActorId> {
        self.actors
            .get(entity.0)
            .copied()
            .flatten()
            .map(|(id, _)| id)
    }

    /// The ego vehicle's entity.
    pub(crate) fn ego_entity(&self) -> Option<EntityId> {
        self.ego
    }

    /// The ego vehicle's actor.
    pub fn ego(&self) -> Option<ActorId> {
        self.ego.and_then(|id| self.actor(id))
    }
}

/// Puts a scenario's actors into a world that has its map, carries out `Init`, and adds the system
/// that plays the story. The state at time 0 is that after `Init`.
///
/// # Errors
/// If a position of `Init` names a road that the map does not have.
pub fn install(
    world: &mut SimWorld,
    scenario: &Scenario,
    options: StoryOptions,
) -> Result<(), InputError> {
    let map = world.ecs.resource::<WorldMap>().0.clone();
    let seed = world.ecs.resource::<Episode>().seed;
    let dt_s = world.tick().dt_s;
    let ego = scenario.ego();
    let players = scenario.entities.iter().enumerate().map(|(i, entity)| {
        let mut player = Player::new(
            EntityId(i),
            Arc::new(entity.spec.clone()),
            entity.kind,
            entity.coupling,
        );
        player.controllers.clone_from(&entity.controllers);
        player.is_scripted = ego != Some(player.id) || options.ego_driver == DriverSpec::Scripted;
        player
    });
    let mut cast = Cast::new(map, players.collect(), seed);
    cast.parameters = scenario.parameters.clone();
    cast.variables = scenario.variables.clone();
    cast.controllers = options.controllers;
    cast.signals = SignalRun::new(&scenario.signal_controllers);
    release_trailers(&mut cast);
    let read = &scenario.storyboard;
    let (elements, init) = (read.elements.clone(), read.init.clone());
    let mut storyboard = Box::new(Storyboard::new(cast, elements, init));
    storyboard.begin(dt_s);
    if let Some(problem) = storyboard.cast.take_unresolved() {
        return Err(InputError::new(
            &scenario.path,
            "positions on the scenario's map",
            problem,
        ));
    }
    let players = &storyboard.cast.players;
    let has_trailers = players
        .iter()
        .any(|p| p.pulled_by.is_some() || p.coupling.hitch_dx_m.is_some());
    let mut story = Story {
        has_trailers,
        actors: vec![None; storyboard.cast.players.len()],
        storyboard,
        ego,
        ego_route: None,
        dt_s,
        lit: EnvironmentState::default(),
        lamps: BTreeMap::new(),
        logged: 0,
        given: BTreeMap::new(),
    };
    let is_running = story.storyboard.is_running();
    write_actors(&mut world.ecs, &mut story);
    if let Some((_, entity)) = ego.and_then(|id| story.actors.get(id.0).copied().flatten()) {
        world.ecs.entity_mut(entity).insert(options.ego_driver);
    }
    give_route(&mut world.ecs, &mut story, true);
    if let Some(changed) = story.storyboard.cast.signals.take_changed() {
        *world.ecs.resource_mut::<SignalStates>() = signal_states(changed);
    }
    pass_log(&mut world.ecs, &mut story);
    set_light(&mut world.ecs, &mut story);
    set_lamps(&mut world.ecs, &mut story);
    world.ecs.insert_resource(story);
    world.add_systems(Stage::Story, play);
    world.change_between_ticks(obey);
    world
        .keep_resource::<Story>()
        .keep_none::<WholeDrivers>()
        .repair_with(find_entities);
    world.refresh_snapshot();
    if !is_running {
        world.end("the storyboard has ended");
    }
    Ok(())
}

/// Trailers of a driven vehicle hang on it, and are moved by what it does.
fn release_trailers(cast: &mut Cast) {
    let count = cast.players.len();
    for index in 0..count {
        let mut at = EntityId(index);
        // A ring of trailers ends here.
        for _ in 0..count {
            let Some(tractor) = cast.players.get(at.0).and_then(|p| p.pulled_by) else {
                break;
            };
            at = tractor;
        }
        let is_driven = cast.players.get(at.0).is_some_and(|p| !p.is_scripted);
        if let Some(player) = cast.players.get_mut(index)
            && player.pulled_by.is_some()
            && is_driven
        {
            player.is_scripted = false;
        }
    }
}

/// Tells physics which actor pulls which.
fn write_hitches(ecs: &mut World, story: &Story) {
    let players = &story.storyboard.cast.players;
    let slot = |id: EntityId| story.actors.get(id.0).copied().flatten();
    for player in players {
        let Some((_, entity)) = slot(player.id) else {
            continue;
        };
        let hitch = player.pulled_by.and_then(|id| {
            let front = players.get(id.0)?;
            Some(Hitch {
                tractor: slot(id)?.0,
                hitch_x_m: front.coupling.hitch_dx_m.unwrap_or(0.0),
                coupler_x_m: player.coupling.coupler_dx_m.unwrap_or(0.0).abs(),
            })
        });
        let Ok(mut entity) = ecs.get_entity_mut(entity) else {
            continue;
        };
        if entity.get::<Hitch>() != hitch.as_ref() {
            match hitch {
                Some(hitch) => entity.insert(hitch),
                None => entity.remove::<Hitch>(),
            };
        }
    }
}

/// Looks up the entities of its actors anew.
fn find_entities(ecs: &mut World) {
    let mut query = ecs.query::<(Entity, &ActorId)>();
    let found: BTreeMap<ActorId, Entity> = query.iter(ecs).map(|(e, id)| (*id, e)).collect();
    if let Some(mut story) = ecs.get_resource_mut::<Story>() {
        for slot in &mut story.actors {
            *slot = slot.and_then(|(id, _)| Some((id, *found.get(&id)?)));
        }
    }
}

/// Plays the story from the present tick to the next.
pub(crate) fn play(ecs: &mut World) {
    ecs.resource_scope(|ecs, mut story: Mut<'_, Story>| {
        let story = &mut *story;
        let tick = ecs.resource::<Tick>().index;
        read_driven(ecs.resource::<WorldSnapshot>(), story);
        let goes_on = story.storyboard.step(tick, story.dt_s);
        pass_log(ecs, story);
        if !goes_on {
            let mut episode = ecs.resource_mut::<Episode>();
            episode
                .ended
                .get_or_insert_with(|| "the storyboard has ended".to_owned());
            return;
        }
        write_actors(ecs, story);
        give_over(ecs, story);
        give_route(ecs, story, false);
        if let Some(changed) = story.storyboard.cast.signals.take_changed() {
            *ecs.resource_mut::<SignalStates>() = signal_states(changed);
        }
        set_light(ecs, story);
        set_lamps(ecs, story);
    });
}

/// Makes the world's light that of the story's weather, where that is new.
fn set_light(ecs: &mut World, story: &mut Story) {
    let now = &story.storyboard.cast.environment;
    if *now == story.lit && !now.is_animated() {
        return;
    }
    let time_s = ecs.resource::<Tick>().time_s();
    let light = now.light(*ecs.resource::<Daylight>(), time_s);
    story.lit.clone_from(now);
    ecs.insert_resource(light);
}

/// Gives the actors the lights that the story has switched, where that is new.
fn set_lamps(ecs: &mut World, story: &mut Story) {
    let now = &story.storyboard.cast.lights;
    if *now == story.lamps {
        return;
    }
    let mut by_entity: BTreeMap<EntityId, VehicleLights> = BTreeMap::new();
    for ((entity, lamp), mode) in now {
        let lights = by_entity.entry(*entity).or_default();
        lights.0.insert(lamp.clone(), *mode);
    }
    story.lamps.clone_from(now);
    for (entity, lights) in by_entity {
        if let Some((_, at)) = story.actors.get(entity.0).copied().flatten() {
            ecs.entity_mut(at).insert(lights);
        }
    }
}

/// Gives new entries of the story's log to the world's.
fn pass_log(ecs: &mut World, story: &mut Story) {
    let rows = story.storyboard.log.rows();
    if let Some(new) = rows.get(story.logged..).filter(|new| !new.is_empty()) {
        ecs.resource_mut::<EventLog>().extend(new);
        story.logged = rows.len();
    }
}

/// Takes the states of actors that others move.
fn read_driven(snapshot: &WorldSnapshot, story: &mut Story) {
    let map = story.storyboard.cast.map.clone();
    for player in story
        .storyboard
        .cast
        .players
        .iter_mut()
        .filter(|p| p.active && !p.is_scripted)
    {
        let Some((id, _)) = story.actors.get(player.id.0).copied().flatten() else {
            continue;
        };
        if let Some(actor) = snapshot.actor(id) {
            player.take_state(&map, &actor.state, story.dt_s);
        }
    }
}

/// Writes scripted states of the next tick; actors that came or went are spawned or despawned.
fn write_actors(ecs: &mut World, story: &mut Story) {
    let cast = &story.storyboard.cast;
    // Traffic comes to the scenario's own entities.
    story.actors.resize(cast.players.len(), None);
    for (player, slot) in cast.players.iter().zip(&mut story.actors) {
        match (*slot, player.active) {
            (None, true) => {
                let motion = if player.is_scripted {
                    Motion::Scripted
                } else {
                    Motion::Dynamic
                };
                *slot = Some(spawn_actor(
                    ecs,
                    player.spec.clone(),
                    actor_state(player),
                    motion,
                ));
            }
            (Some((_, entity)), false) => {
                ecs.despawn(entity);
                story.given.remove(&player.id);
                *slot = None;
            }
            (Some((_, entity)), true) if player.is_scripted => {
                if let Some(mut state) = ecs.get_mut::<ActorState>(entity) {
                    *state = actor_state(player);
                }
            }
            _ => {}
        }
    }
    if story.has_trailers {
        write_hitches(ecs, story);
    }
}

/// Length of the way along its lane that an ego vehicle without a route is given, metres.
const FREE_ROUTE_M: f64 = 5000.0;

/// Gives an ego vehicle with a driver the route that the story assigned it, else one along its lane.
fn give_route(ecs: &mut World, story: &mut Story, is_first: bool) {
    let Some(player) = story.ego.and_then(|id| story.storyboard.cast.actor(id)) else {
        return;
    };
    if player.is_scripted || !(is_first || player.route != story.ego_route) {
        return;
    }
    let seed = ecs.resource::<Episode>().seed;
    let route = plan(&story.storyboard.cast.map, player, seed);
    story.ego_route = player.route.clone();
    let slot = story.actors.get(player.id.0).copied().flatten();
    if let (Some((_, entity)), Some(route)) = (slot, route) {
        ecs.entity_mut(entity).insert(ActorRoute(Arc::new(route)));
    }
}

pub(crate) fn plan(map: &RoadNetwork, player: &Player, seed: u64) -> Option<Route> {
    let position = |place: &Place| {
        Some(LanePosition {
            road: place.road?,
            lane_id: place.lane_id,
            s_m: place.s_m,
            offset_m: 0.0,
        })
    };
    let from = position(&player.place)?;
    let run = player.route.as_ref();
    // Waypoints that lie at its own place lead nowhere.
    let ahead: Vec<LanePosition> = run
        .map_or(&[][..], |r| &r.waypoints)
        .iter()
        .filter_map(position)
        .filter(|w| w.road != from.road || (w.s_m - from.s_m).abs() > 1.0)
        .collect();
    let assigned = if ahead.is_empty() {
        None
    } else {
        map.plan_route(&from, &ahead)
    };
    assigned.or_else(|| map.follow_lane_route(&from, FREE_ROUTE_M, seed))
}

fn actor_state(player: &Player) -> ActorState {
    let mut pose = *player.place.pose();
    pose.yaw_rad = math::wrap_angle(pose.yaw_rad);
    pose.pitch_rad = math::wrap_angle(pose.pitch_rad);
    pose.roll_rad = math::wrap_angle(pose.roll_rad);
    let speed_mps = player.speed_mps;
    let yaw_rate_radps = player.yaw_rate_radps;
    // Steering of a single-track model that turns like this.
    let curvature = if speed_mps.abs() > 0.5 {
        yaw_rate_radps / speed_mps
    } else {
        0.0
    };
    let most = player.spec.max_steering_rad();
    let steer_rad = math::atan(curvature * player.spec.wheelbase_m()).clamp(-most, most);
    ActorState {
        pose,
        speed_mps,
        accel_mps2: player.longitudinal_acceleration_mps2(),
        velocity_mps: player.velocity_mps,
        yaw_rate_radps,
        steer_rad,
    }
}
