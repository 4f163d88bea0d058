//! Changes from outside to a game that is played: what a debugger does at a tick, and what a level that was saved
//! from it does again (`changes` in its file).

use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use sim::math::Pose;
use sim::tick::Tick;
use sim::world::{Episode, SimWorld};

use crate::brain::{self, Brain};
use crate::level::{Cell, View};
use crate::world::{self, GameState};

/// Top speeds that a character may be given, m/s.
const SPEEDS_MPS: std::ops::RangeInclusive<f64> = 0.0..=50.0;

/// Something that is set at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A character stands elsewhere, or a crate in the cell there.
    Place {
        /// Its name.
        who: String,
        /// Its new pose; z counts from the side, y from above.
        pose: Pose,
    },
    /// A character has another top speed.
    TopSpeed {
        /// Its name.
        who: String,
        /// The speed, m/s.
        speed_mps: f64,
    },
    /// The player's `skill` or the others' `difficulty`, 0 to 1.
    Parameter {
        /// Its name.
        name: String,
        /// Its new value.
        value: f64,
    },
}

/// A change and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedChange {
    /// When, seconds from the start; made before the tick that begins then.
    pub at_s: f64,
    /// What.
    pub change: Change,
}

impl Change {
    /// Makes it in a world.
    ///
    /// # Errors
    /// If there is no game, what it names is not there, or a value or place will not do.
    pub fn apply(&self, ecs: &mut World) -> Result<(), String> {
        match self {
            Self::Place { who, pose } => place(ecs, who, *pose),
            Self::TopSpeed { who, speed_mps } => set_top_speed(ecs, who, *speed_mps),
            Self::Parameter { name, value } => set_parameter(ecs, name, *value),
        }
    }
}

/// Changes that are yet to come, the next one first.
#[derive(Resource, Clone, Debug)]
struct Planned(Vec<TimedChange>);

/// Makes a level's changes at their times; one that can't be made ends the run.
pub(crate) fn install(world: &mut SimWorld, changes: &[TimedChange]) {
    if changes.is_empty() {
        return;
    }
    let mut planned = changes.to_vec();
    planned.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    world.ecs.insert_resource(Planned(planned));
    world.keep_resource::<Planned>();
    world.change_between_ticks(make_planned);
    make_planned(&mut world.ecs);
}

/// Makes what is due; whether there was anything.
fn make_planned(ecs: &mut World) -> bool {
    let tick = *ecs.resource::<Tick>();
    // Half a tick early, so that rounding puts none off.
    let now_s = tick.time_s() + 0.5 * tick.dt_s;
    let planned = &mut ecs.resource_mut::<Planned>().0;
    let due = planned
        .iter()
        .take_while(|change| change.at_s <= now_s)
        .count();
    let due: Vec<TimedChange> = planned.drain(..due).collect();
    let is_changed = !due.is_empty();
    for timed in due {
        if let Err(reason) = timed.change.apply(ecs) {
            let text = format!("change at {} s: {reason}", timed.at_s);
            ecs.resource_mut::<Episode>().ended.get_or_insert(text);
        }
    }
    is_changed
}

/// Puts a character or crate elsewhere; a crate into the middle of the cell there.
fn place(ecs: &mut World, name: &str, pose: Pose) -> Result<(), String> {
    with_game(ecs, |state| {
        if !pose.is_finite() {
            return Err("expected a place, found a number that is not finite".to_owned());
        }
        let view = state.layout.view;
        if let Some(index) = state.characters.iter().position(|c| c.name == name) {
            let mut moved = state.characters[index].clone();
            moved.position_m = match view {
                View::Top => [pose.x_m, pose.y_m, moved.position_m[2]],
                View::Side => [pose.x_m, moved.position_m[1], pose.z_m],
            };
            moved.yaw_rad = pose.yaw_rad;
            (moved.velocity_mps, moved.rise_mps) = ([0.0; 3], 0.0);
            must_be_free(state, state.cell_of(&moved), &moved.plane_m(view))?;
            state.characters[index] = moved;
            return Ok(());
        }
        let Some(index) = state.crates.iter().position(|c| c.name == name) else {
            return Err(format!("{name}: no character or crate of that name"));
        };
        let at_m = match view {
            View::Top => [pose.x_m, pose.y_m],
            View::Side => [pose.x_m, pose.z_m + state.layout.grid.tile_m / 2.0],
        };
        let cell = state.layout.grid.at(at_m);
        if state.crates[index].cell != cell {
            must_be_free(state, cell, &at_m)?;
        }
        let moved = &mut state.crates[index];
        (moved.cell, moved.slide, moved.is_sunk) = (cell, None, false);
        Ok(())
    })
}

fn must_be_free(state: &GameState, cell: Cell, at_m: &[f64; 2]) -> Result<(), String> {
    let is_inside = state.layout.grid.index(cell).is_some();
    if is_inside && !state.is_blocked(cell) {
        return Ok(());
    }
    let [a, b] = at_m;
    Err(format!(
        "expected a free place, found {cell} ({a:.1}, {b:.1} m), which is not"
    ))
}

/// Gives a character another top speed, m/s.
fn set_top_speed(ecs: &mut World, name: &str, speed_mps: f64) -> Result<(), String> {
    with_game(ecs, |state| {
        if !SPEEDS_MPS.contains(&speed_mps) {
            let (low, high) = (SPEEDS_MPS.start(), SPEEDS_MPS.end());
            return Err(format!(
                "expected a top speed of {low} to {high} m/s, found {speed_mps}"
            ));
        }
        let found = state.characters.iter_mut().find(|c| c.name == name);
        let found = found.ok_or_else(|| format!("{name}: no character of that name"))?;
        found.abilities.speed_mps = speed_mps;
        Ok(())
    })
}

/// Sets the player's `skill` or the others' `difficulty`, 0 to 1, from now on.
fn set_parameter(ecs: &mut World, name: &str, value: f64) -> Result<(), String> {
    if !(0.0..=1.0).contains(&value) {
        return Err(format!("expected {name} of 0 to 1, found {value}"));
    }
    match name {
        "difficulty" if ecs.contains_resource::<GameState>() => {
            brain::set_difficulty(ecs, value);
            Ok(())
        }
        "skill" => {
            let mut query = ecs.query::<&mut Brain>();
            let player = query
                .iter_mut(ecs)
                .find_map(|brain| match brain.into_inner() {
                    Brain::Player(player) => Some(player),
                    _ => None,
                });
            let player = player.ok_or("no scripted player plays here")?;
            player.set_skill(value);
            Ok(())
        }
        _ => Err(format!(
            "expected the parameter skill or difficulty, found {name}"
        )),
    }
}

/// Changes a game and writes its actors' states.
fn with_game(
    ecs: &mut World,
    change: impl FnOnce(&mut GameState) -> Result<(), String>,
) -> Result<(), String> {
    if !ecs.contains_resource::<GameState>() {
        return Err("this is no game".to_owned());
    }
    ecs.resource_scope(|ecs, mut state: Mut<'_, GameState>| {
        change(&mut state)?;
        world::show(ecs, &mut state);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{Goal, Level};
    use crate::{PlayOptions, play, ready};

    fn level() -> Level {
        let rows = [
            "#########",
            "#@.#...E#",
            "#..#.$..#",
            "#.......#",
            "#########",
        ];
        Level::of_rows("t", &rows, vec![Goal::Reach("exit".into())])
    }

    fn at(x_m: f64, y_m: f64) -> Pose {
        Pose::planar(x_m, y_m, 0.0)
    }

    #[test]
    fn who_is_put_elsewhere_goes_on_from_there_and_walls_are_refused() {
        let mut world = ready(&level(), &PlayOptions::default()).expect("ready");
        let state = world.ecs.resource::<GameState>();
        let free = state.layout.grid.center(Cell { column: 6, row: 1 });
        let wall = state.layout.grid.center(Cell { column: 3, row: 1 });
        let name = state.player().expect("one").name.clone();
        let put = |pose| Change::Place {
            who: name.clone(),
            pose,
        };
        assert!(put(at(wall[0], wall[1])).apply(&mut world.ecs).is_err());
        assert!(put(at(f64::NAN, 0.0)).apply(&mut world.ecs).is_err());
        put(at(free[0], free[1]))
            .apply(&mut world.ecs)
            .expect("free");
        let now = world.ecs.resource::<GameState>().player().expect("one");
        assert_eq!(now.plane_m(View::Top), free);
        let nobody = Change::TopSpeed {
            who: "nobody".into(),
            speed_mps: 1.0,
        };
        assert!(nobody.apply(&mut world.ecs).is_err());
    }

    #[test]
    fn a_level_makes_its_changes_at_their_times() {
        let plain = play(&level(), &PlayOptions::default()).expect("plays");
        let mut changed = level();
        changed.changes.push(TimedChange {
            at_s: 0.5,
            change: Change::TopSpeed {
                who: "player".into(),
                speed_mps: 0.5,
            },
        });
        let slower = play(&changed, &PlayOptions::default()).expect("plays");
        assert!(plain.is_beaten && slower.is_beaten);
        assert!(slower.time_s > 2.0 * plain.time_s);
        let again = Level::parse("t.ron".as_ref(), &changed.to_text().expect("written"));
        assert_eq!(again.expect("read"), changed);
        changed.changes[0].change = Change::Parameter {
            name: "charm".into(),
            value: 0.5,
        };
        let outcome = play(&changed, &PlayOptions::default()).expect("plays");
        assert!(outcome.ended.contains("charm"), "{}", outcome.ended);
    }
}
