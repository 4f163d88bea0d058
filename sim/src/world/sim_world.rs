//! One world and its schedules.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::ecs::entity_disabling::DefaultQueryFilters;
use bevy::ecs::resource::IsResource;
use bevy::ecs::schedule::{
    IntoScheduleConfigs, LogLevel, Schedule, ScheduleBuildSettings, SingleThreadedExecutor,
};
use bevy::ecs::system::ScheduleSystem;
use bevy::prelude::*;

use super::checkpoint::Keeper;
use super::{ActorSnapshot, SignalStates, StateHasher, WorldSnapshot};
use crate::actor::{ActorId, ActorSpec, ActorState, Motion, VehicleLights};
use crate::message::{DetectionSet, DriveCommand, DriverSpec, PredictionSet, TrackSet, Trajectory};
use crate::road::{ActorRoute, RoadNetwork};
use crate::tick::{Stage, Tick, TickFault};

/// What a world is made with.
#[derive(Clone)]
pub struct WorldConfig {
    /// Length of a tick, seconds.
    pub dt_s: f64,
    /// Seed of every random stream.
    pub seed: u64,
    /// The map, shared between worlds.
    pub map: Arc<RoadNetwork>,
}

/// Description of an actor, shared.
#[derive(Component, Clone, Debug)]
pub struct Spec(pub Arc<ActorSpec>);

/// The map of a world.
#[derive(Resource, Clone)]
pub struct WorldMap(pub Arc<RoadNetwork>);

/// How far the episode is.
#[derive(Resource, Clone, Debug, Default)]
pub struct Episode {
    /// Seed of every random stream.
    pub seed: u64,
    /// Set once the run should stop, with the reason.
    pub ended: Option<String>,
    /// Set where it stopped by a fault.
    pub fault: Option<TickFault>,
    next_actor: u32,
}

/// A bevy ECS world with the tick's schedules; a reset is a new one.
pub struct SimWorld {
    /// The ECS world; systems and tools may read everything in it.
    pub ecs: World,
    /// Schedules of the stages that have systems. Outside the ECS world, which would look each up and move
    /// it out and in again.
    schedules: BTreeMap<Stage, Schedule>,
    /// Made once: to make a query costs more than to read a few actors.
    actors: QueryState<(
        &'static ActorId,
        &'static Spec,
        &'static ActorState,
        &'static Motion,
    )>,
    pub(super) keeper: Keeper,
    outside: Vec<fn(&mut World) -> bool>,
}

impl SimWorld {
    /// An empty world with physics, sensors and recording installed.
    pub fn new(config: WorldConfig) -> Self {
        let mut ecs = World::new();
        ecs.insert_resource(Tick {
            index: 0,
            dt_s: config.dt_s,
        });
        ecs.insert_resource(WorldMap(config.map));
        ecs.insert_resource(Episode {
            seed: config.seed,
            ..Episode::default()
        });
        ecs.init_resource::<WorldSnapshot>();
        ecs.init_resource::<StateHasher>();
        ecs.init_resource::<SignalStates>();
        let mut world = Self {
            actors: ecs.query(),
            ecs,
            schedules: BTreeMap::new(),
            keeper: Keeper::default(),
            outside: Vec::new(),
        };
        world
            .keep_none::<IsResource>()
            .keep_none::<DefaultQueryFilters>()
            .keep_none::<Schedules>()
            .keep::<ActorId>()
            .keep::<Spec>()
            .keep::<ActorState>()
            .keep::<Motion>()
            .keep::<VehicleLights>()
            .keep::<DriveCommand>()
            .keep::<DriverSpec>()
            .keep::<DetectionSet>()
            .keep::<TrackSet>()
            .keep::<PredictionSet>()
            .keep::<Trajectory>()
            .keep::<ActorRoute>()
            .keep_resource::<Tick>()
            .keep_none::<WorldMap>()
            .keep_resource::<Episode>()
            .keep_resource::<WorldSnapshot>()
            .keep_resource::<StateHasher>()
            .keep_resource::<SignalStates>();
        crate::sensor::install(&mut world);
        crate::physics::install(&mut world);
        crate::metric::install(&mut world);
        crate::record::install(&mut world);
        world
    }

    /// Adds systems to a stage; within a stage, order them where their data meet.
    pub fn add_systems<M>(
        &mut self,
        stage: Stage,
        systems: impl IntoScheduleConfigs<ScheduleSystem, M>,
    ) -> &mut Self {
        self.schedules
            .entry(stage)
            .or_insert_with(|| schedule(stage))
            .add_systems(systems);
        self
    }

    /// Puts an actor into the world.
    pub fn spawn(&mut self, spec: ActorSpec, state: ActorState, motion: Motion) -> ActorId {
        let (id, _) = spawn_actor(&mut self.ecs, Arc::new(spec), state, motion);
        self.refresh_snapshot();
        id
    }

    /// Takes an actor out of the world; whether it was there.
    pub fn despawn(&mut self, id: ActorId) -> bool {
        let Some(entity) = self.entity(id) else {
            return false;
        };
        let gone = self.ecs.despawn(entity);
        self.refresh_snapshot();
        gone
    }

    /// The ECS entity of an actor.
    pub fn entity(&mut self, id: ActorId) -> Option<Entity> {
        let mut query = self.ecs.query::<(Entity, &ActorId)>();
        query
            .iter(&self.ecs)
            .find(|(_, other)| **other == id)
            .map(|(entity, _)| entity)
    }

    /// Runs the systems of one stage.
    pub fn run_stage(&mut self, stage: Stage) {
        if let Some(schedule) = self.schedules.get_mut(&stage) {
            schedule.run(&mut self.ecs);
        }
        if stage == Stage::Physics {
            self.ecs.resource_mut::<Tick>().index += 1;
            self.refresh_snapshot();
            self.quarantine();
        }
        if stage == Stage::Record {
            let ecs = &mut self.ecs;
            let changed = self.outside.iter().filter(|change| change(ecs)).count();
            if changed > 0 {
                self.refresh_snapshot();
            }
        }
    }

    /// Adds what changes the world from outside between two ticks, once a tick is recorded; it tells whether it did.
    pub fn change_between_ticks(&mut self, change: fn(&mut World) -> bool) -> &mut Self {
        self.outside.push(change);
        self
    }

    /// Whether the episode still runs.
    pub fn is_running(&self) -> bool {
        self.ecs.resource::<Episode>().ended.is_none()
    }

    /// Ends the episode.
    pub fn end(&mut self, reason: impl Into<String>) {
        self.ecs
            .resource_mut::<Episode>()
            .ended
            .get_or_insert(reason.into());
    }

    /// Ends the episode as a fault.
    pub fn fail(&mut self, stage: &str, message: impl Into<String>) {
        let fault = TickFault {
            stage: stage.to_owned(),
            message: message.into(),
        };
        let mut episode = self.ecs.resource_mut::<Episode>();
        episode.ended.get_or_insert(fault.to_string());
        episode.fault.get_or_insert(fault);
    }

    /// State of all actors, as of the last completed tick.
    pub fn snapshot(&self) -> &WorldSnapshot {
        self.ecs.resource::<WorldSnapshot>()
    }

    /// The clock.
    pub fn tick(&self) -> Tick {
        *self.ecs.resource::<Tick>()
    }

    /// Rebuilds the snapshot from the components, by ActorId.
    pub fn refresh_snapshot(&mut self) {
        let mut snapshot = std::mem::take(&mut *self.ecs.resource_mut::<WorldSnapshot>());
        snapshot.actors.clear();
        snapshot.actors.extend(
            self.actors
                .iter(&self.ecs)
                .map(|(id, spec, state, motion)| ActorSnapshot {
                    id: *id,
                    spec: spec.0.clone(),
                    state: *state,
                    motion: *motion,
                }),
        );
        snapshot.actors.sort_unstable_by_key(|actor| actor.id);
        let tick = *self.ecs.resource::<Tick>();
        snapshot.tick = tick.index;
        snapshot.time_s = tick.time_s();
        *self.ecs.resource_mut::<WorldSnapshot>() = snapshot;
    }

    /// A state that is not finite ends the episode instead of spreading.
    fn quarantine(&mut self) {
        let broken = self
            .snapshot()
            .actors
            .iter()
            .find(|actor| !actor.state.is_finite())
            .map(|actor| actor.spec.name.clone());
        if let Some(name) = broken {
            self.fail("Physics", format!("the state of {name} is not finite"));
        }
    }
}

fn schedule(stage: Stage) -> Schedule {
    let mut schedule = Schedule::new(stage);
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::default()
    });
    schedule
}

/// Puts an actor into an ECS world from inside a system; the next snapshot shows it.
pub fn spawn_actor(
    ecs: &mut World,
    spec: Arc<ActorSpec>,
    state: ActorState,
    motion: Motion,
) -> (ActorId, Entity) {
    let mut episode = ecs.resource_mut::<Episode>();
    let id = ActorId(episode.next_actor);
    episode.next_actor += 1;
    let parts = (id, Spec(spec), state, motion, DriveCommand::default());
    (id, ecs.spawn(parts).id())
}
