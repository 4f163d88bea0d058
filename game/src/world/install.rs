//! A game in a [`SimWorld`]: its actors, its systems, its log.

use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, BoundingBox, Motion};
use sim::math::{self, Pose};
use sim::record::EventLog;
use sim::road::RoadNetwork;
use sim::tick::{Stage, Tick};
use sim::world::{Episode, SimWorld, Spec, WorldConfig, spawn_actor};

use super::arena::{WALL_CELLS, cell_block};
use super::state::{CharacterState, Ending, ItemState};
use super::{CharacterCommand, GameState};
use crate::level::{Cell, Layout, View};

/// Role and properties that an actor of a game has in its description, for viewers.
pub const ROLE_PROPERTY: &str = "skidpad.game.role";

/// An empty world with a level in it; `dt_s` in seconds.
pub fn world(layout: Arc<Layout>, seed: u64, dt_s: f64) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s,
        seed,
        map: Arc::new(RoadNetwork::empty()),
    });
    install(&mut world, layout);
    world
}

/// Puts a level's actors into a world that has no actors yet, and the systems that play it.
pub fn install(world: &mut SimWorld, layout: Arc<Layout>) {
    let state = GameState::new(layout, ActorId(0));
    let view = state.layout.view;
    let tile_m = state.layout.grid.tile_m;
    for character in &state.characters {
        let entity = put(
            world,
            character_spec(character),
            character_state(character, None),
        );
        world
            .ecs
            .entity_mut(entity)
            .insert(CharacterCommand::default());
    }
    let still = |cell: Cell, lift: f64| still(&state.layout, cell, lift);
    for c in &state.crates {
        let spec = box_spec(&c.name, "crate", [0.96 * tile_m; 3]);
        put(world, spec, still(c.cell, 0.0));
    }
    for door in &state.doors {
        let size = [0.9 * tile_m, 0.9 * tile_m, door_height(tile_m, view)];
        put(
            world,
            box_spec(&door.name, "door", size),
            still(door.cell, 0.0),
        );
    }
    for (number, switch) in state.switches.iter().enumerate() {
        let name = format!("switch {} {}", switch.name, number + 1);
        let size = [0.3 * tile_m, 0.3 * tile_m, 0.1 * tile_m];
        put(
            world,
            box_spec(&name, "switch", size),
            still(switch.cell, 0.0),
        );
    }
    for item in &state.items {
        put(world, item_spec(item, tile_m), still(item.cell, 0.0));
    }
    world.ecs.insert_resource(state);
    world
        .keep_resource::<GameState>()
        .keep::<CharacterCommand>();
    world.add_systems(Stage::Story, play);
    world.refresh_snapshot();
}

fn put(world: &mut SimWorld, spec: ActorSpec, state: ActorState) -> Entity {
    spawn_actor(&mut world.ecs, Arc::new(spec), state, Motion::Scripted).1
}

/// One tick of the game: commands to states.
fn play(ecs: &mut World) {
    let mut query = ecs.query::<(&ActorId, &CharacterCommand)>();
    let mut commands: Vec<(ActorId, CharacterCommand)> = query
        .iter(ecs)
        .map(|(id, command)| (*id, *command))
        .collect();
    commands.sort_unstable_by_key(|(id, _)| *id);
    let tick = *ecs.resource::<Tick>();
    ecs.resource_scope(|ecs, mut state: Mut<'_, GameState>| {
        state.step(&commands, tick.index + 1, tick.dt_s);
        let mut log = ecs.resource_mut::<EventLog>();
        for event in &state.events {
            let (word, what) = event.kind.words();
            log.push(event.time_s, "game", &event.name, word, &what);
        }
        spawn_dropped(ecs, &mut state);
        write_states(ecs, &state, tick.dt_s);
        let ended = match &state.ending {
            Some(Ending::Beaten) => Some("the level is beaten".to_owned()),
            Some(Ending::Lost(why)) => Some(why.clone()),
            None => None,
        };
        if let Some(reason) = ended {
            ecs.resource_mut::<Episode>().ended.get_or_insert(reason);
        }
    });
}

/// Actors for items that have none yet.
fn spawn_dropped(ecs: &mut World, state: &mut GameState) {
    let layout = state.layout.clone();
    let tile_m = layout.grid.tile_m;
    for item in state.items.iter_mut().filter(|item| item.id.is_none()) {
        let spec = Arc::new(item_spec(item, tile_m));
        let (id, _) = spawn_actor(ecs, spec, still(&layout, item.cell, 0.0), Motion::Scripted);
        item.id = Some(id);
    }
}

/// Shows a state that was changed from outside: its actors stand where it says.
pub(crate) fn show(ecs: &mut World, state: &mut GameState) {
    state.refresh_arena();
    let dt_s = ecs.resource::<Tick>().dt_s;
    write_states(ecs, state, dt_s);
}

/// Writes what has changed; actors of items that were taken leave.
fn write_states(ecs: &mut World, state: &GameState, dt_s: f64) {
    let (layout, tile_m) = (&state.layout, state.layout.grid.tile_m);
    let mut query = ecs.query::<(Entity, &ActorId, &Spec, &mut ActorState)>();
    let mut taken = Vec::new();
    // Doors, switches and items change with events alone.
    let is_eventful = !state.events.is_empty();
    for (entity, id, spec, mut actor) in query.iter_mut(ecs) {
        if let Some(character) = state.character(*id) {
            *actor = character_state(character, Some((*actor, dt_s)));
        } else if let Some(c) = found(&state.crates, |c| c.id, *id) {
            let mut now = still(layout, c.cell, if c.is_sunk { -tile_m } else { 0.0 });
            if let Some((from, part)) = c.slide {
                let before = still(layout, from, 0.0).pose;
                let mix = |a: f64, b: f64| a + (b - a) * part;
                now.pose.x_m = mix(before.x_m, now.pose.x_m);
                now.pose.y_m = mix(before.y_m, now.pose.y_m);
                now.velocity_mps = [
                    (now.pose.x_m - actor.pose.x_m) / dt_s,
                    (now.pose.y_m - actor.pose.y_m) / dt_s,
                    0.0,
                ];
            }
            actor.set_if_neq(now);
        } else if !is_eventful {
            // Stays as it is.
        } else if let Some(door) = found(&state.doors, |d| d.id, *id) {
            // An open door has sunk into the ground.
            let lift = if door.is_open {
                -door_height(tile_m, layout.view) - 0.1
            } else {
                0.0
            };
            actor.set_if_neq(still(layout, door.cell, lift));
        } else if let Some(switch) = found(&state.switches, |s| s.id, *id) {
            // One that is on has sunk.
            let lift = if switch.is_on { -0.05 * tile_m } else { 0.0 };
            actor.set_if_neq(still(layout, switch.cell, lift));
        } else if is_item(&spec.0) && !state.items.iter().any(|item| item.id == Some(*id)) {
            taken.push(entity);
        }
    }
    for entity in taken {
        ecs.despawn(entity);
    }
}

/// The one of an actor among things that go by actor.
fn found<T>(things: &[T], id_of: impl Fn(&T) -> ActorId, id: ActorId) -> Option<&T> {
    let index = things.binary_search_by_key(&id, id_of).ok()?;
    things.get(index)
}

fn is_item(spec: &ActorSpec) -> bool {
    let mut properties = spec.properties.iter();
    properties.any(|(name, value)| name == ROLE_PROPERTY && value == "item")
}

fn door_height(tile_m: f64, view: View) -> f64 {
    match view {
        View::Top => tile_m * WALL_CELLS,
        View::Side => tile_m,
    }
}

fn character_state(who: &CharacterState, before: Option<(ActorState, f64)>) -> ActorState {
    let [x_m, y_m, z_m] = who.position_m;
    // Who is dead lies on its side.
    let roll_rad = if who.is_alive() { 0.0 } else { math::FRAC_PI_2 };
    let pose = Pose {
        x_m,
        y_m,
        z_m,
        yaw_rad: who.yaw_rad,
        roll_rad,
        ..Pose::default()
    };
    let velocity_mps = if who.is_alive() {
        who.velocity_mps
    } else {
        [0.0; 3]
    };
    let heading = pose.heading();
    let speed_mps = velocity_mps[0] * heading.x + velocity_mps[1] * heading.y;
    let (accel_mps2, yaw_rate_radps) = before.map_or((0.0, 0.0), |(before, dt_s)| {
        let turn = math::wrap_angle(pose.yaw_rad - before.pose.yaw_rad);
        ((speed_mps - before.speed_mps) / dt_s, turn / dt_s)
    });
    ActorState {
        pose,
        speed_mps,
        accel_mps2,
        velocity_mps,
        yaw_rate_radps,
        steer_rad: 0.0,
    }
}

/// Something that stands in a cell; `lift` metres above its ground.
fn still(layout: &Layout, cell: Cell, lift: f64) -> ActorState {
    let block = cell_block(&layout.grid, layout.view, cell);
    let [x_m, y_m, z] = block.center_m;
    ActorState::at(
        Pose {
            x_m,
            y_m,
            z_m: z - block.half_m[2] + lift,
            ..Pose::default()
        },
        0.0,
    )
}

fn character_spec(who: &CharacterState) -> ActorSpec {
    let mut spec = ActorSpec::typical(&who.name, ActorClass::Pedestrian);
    spec.bounding_box = upright([
        2.0 * who.figure.radius_m,
        2.0 * who.figure.radius_m,
        who.figure.height_m,
    ]);
    spec.performance.max_speed_mps = who.abilities.speed_mps;
    spec.properties = vec![
        (ROLE_PROPERTY.to_owned(), who.role.name().to_owned()),
        ("skidpad.game.team".to_owned(), who.team.clone()),
    ];
    spec
}

fn upright([length_m, width_m, height_m]: [f64; 3]) -> BoundingBox {
    BoundingBox {
        center_x_m: 0.0,
        center_y_m: 0.0,
        center_z_m: height_m / 2.0,
        length_m,
        width_m,
        height_m,
    }
}

fn box_spec(name: &str, role: &str, size: [f64; 3]) -> ActorSpec {
    let class = if role == "crate" {
        ActorClass::MovableObject
    } else {
        ActorClass::StaticObject
    };
    let mut spec = ActorSpec::typical(name, class);
    spec.bounding_box = upright(size);
    spec.properties = vec![(ROLE_PROPERTY.to_owned(), role.to_owned())];
    spec
}

fn item_spec(item: &ItemState, tile_m: f64) -> ActorSpec {
    let name = format!("{} at {}", item.item.name(), item.cell);
    box_spec(&name, "item", [0.3 * tile_m; 3])
}
