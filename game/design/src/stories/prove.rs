//! Proof by search that every step of a branch can be done, before anybody plays it.
//!
//! Story levels have nothing that can be lost: no crates, no keys that are used up, no switch that goes off
//! again, so what can be done at some time can be done at every later one. That lets each step be proven on the level
//! as it is at first, along with all that was collected and fought for until then; what quests have given lies where it
//! was given.

use std::collections::BTreeMap;

use game::level::{Cell, Direction, Goal, Item, Layout, Lock, Placed, SwitchKind, View};
use game::solve::{SolveOptions, Unsolved, solve};

use super::{Objective, Reward, Story};

/// Name of the place that a step is about; it takes the place of one of a level that is called so.
pub(super) const HERE: &str = "the step's place";
/// Name of the place that a step is about second.
pub(super) const THERE: &str = "the step's end";

/// Why a branch isn't proven.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unproven {
    /// The level has something that can be lost.
    #[error(
        "expected a level seen from above without crates, keys that are used up and switches that go off, found {0}"
    )]
    NotMonotone(&'static str),
    /// A step names what there is not.
    #[error("quest {quest:?}: {step}: there is no {what}")]
    Nothing {
        /// Id of the quest.
        quest: String,
        /// The step in words.
        step: String,
        /// What is missing.
        what: String,
    },
    /// No way was found.
    #[error("quest {quest:?}: {step}: {why}")]
    NoWay {
        /// Id of the quest.
        quest: String,
        /// The step in words.
        step: String,
        /// Why.
        why: Unsolved,
    },
}

/// Goals of a step, and the places that they name beside those of the level.
type Aims = (Vec<Goal>, BTreeMap<String, Vec<Cell>>);

/// Goals and places of a step, where characters are.
pub(super) fn aims(
    step: &Objective,
    layout: &Layout,
    cell_of: impl Fn(&str) -> Option<Cell>,
) -> Result<Aims, String> {
    let mut places = BTreeMap::new();
    let missing = |what: &str| Err(what.to_owned());
    let beside = |who: &str| cell_of(who).map(|cell| around(layout, cell));
    let here = || Goal::Reach(HERE.to_owned());
    let place = |name: &str| Some(layout.place(name).to_vec()).filter(|cells| !cells.is_empty());
    let goals = match step {
        Objective::Fetch(item) => vec![Goal::Collect(item.clone())],
        Objective::Defeat(who) => vec![Goal::Defeat(who.clone())],
        Objective::Reach(name) => {
            let Some(cells) = place(name) else {
                return missing(name);
            };
            places.insert(HERE.to_owned(), cells);
            vec![here()]
        }
        Objective::Open(lock) => {
            let doors = layout.doors.iter().filter(|door| match &door.what.lock {
                Lock::Key(colour) => colour == lock,
                Lock::Switches(names) => names.contains(lock),
                Lock::None => false,
            });
            let cells: Vec<Cell> = doors.map(|d| d.cell).collect();
            if cells.is_empty() {
                return missing(&format!("{lock} door"));
            }
            places.insert(HERE.to_owned(), cells);
            vec![here()]
        }
        Objective::Talk(who) | Objective::Deliver(_, who) => {
            let Some(cells) = beside(who) else {
                return missing(who);
            };
            places.insert(HERE.to_owned(), cells);
            vec![here()]
        }
        Objective::Escort(who, name) => {
            let (Some(from), Some(to)) = (beside(who), place(name)) else {
                return missing(&format!("{who} or {name}"));
            };
            places.insert(HERE.to_owned(), from);
            places.insert(THERE.to_owned(), to);
            vec![here(), Goal::Reach(THERE.to_owned())]
        }
    };
    Ok((goals, places))
}

/// The cells next to one in which one can stand.
fn around(layout: &Layout, cell: Cell) -> Vec<Cell> {
    let is_ground = |c: &Cell| {
        let tile = layout.grid.tile(*c);
        !tile.is_solid() && !tile.is_hazard() && !layout.doors.iter().any(|d| d.cell == *c)
    };
    Direction::ALL
        .map(|d| cell.neighbour(d))
        .into_iter()
        .filter(is_ground)
        .collect()
}

/// Whether nothing can be lost in a level.
fn is_monotone(layout: &Layout) -> Result<(), Unproven> {
    let has_plate = layout
        .switches
        .iter()
        .any(|s| s.what.kind != SwitchKind::Once);
    let wrong = [
        (layout.view == View::Side, "one seen from the side"),
        (!layout.crates.is_empty(), "crates"),
        (layout.rules.keys_are_used_up, "keys that are used up"),
        (has_plate, "a switch that goes off again"),
    ];
    let found = wrong.iter().find(|(is_wrong, _)| *is_wrong);
    found.map_or(Ok(()), |(_, what)| Err(Unproven::NotMonotone(what)))
}

/// Proves each step of a branch, whose quests are given by number in their order. Returns how many states
/// the solver looked at.
///
/// # Errors
/// If the level isn't of the kind that can be proven so, a step names what there is not, or has no way.
pub fn prove(
    story: &Story,
    layout: &Layout,
    order: &[usize],
    options: &SolveOptions,
) -> Result<usize, Unproven> {
    is_monotone(layout)?;
    let mut known = layout.clone();
    known.goals.clear();
    let mut states = 0;
    let start_of = |who: &str| {
        let found = layout.characters.iter().find(|c| c.what.name == who);
        found.map(|c| c.cell)
    };
    for quest in order.iter().filter_map(|i| story.quests.get(*i)) {
        for step in &quest.steps {
            let nothing = |what: String| Unproven::Nothing {
                quest: quest.id.clone(),
                step: step.to_string(),
                what,
            };
            let (goals, places) = aims(step, layout, start_of).map_err(nothing)?;
            let is_kept = |goal: &Goal| !matches!(goal, Goal::Reach(_));
            // What is handed over has to be had.
            if let Objective::Deliver(item, _) = step {
                known.goals.push(Goal::Collect(item.clone()));
            }
            let mut now = known.clone();
            now.goals.extend(goals.iter().cloned());
            for goal in &now.goals {
                missing(&now, goal).map_or(Ok(()), |what| Err(nothing(what)))?;
            }
            now.places.extend(places);
            let plan = solve(&now, options).map_err(|why| Unproven::NoWay {
                quest: quest.id.clone(),
                step: step.to_string(),
                why,
            })?;
            states += plan.states;
            known.goals.extend(goals.into_iter().filter(is_kept));
        }
        let giver = quest.giver.as_deref().and_then(start_of);
        let cells = giver.map(|cell| around(layout, cell)).unwrap_or_default();
        let cell = cells.first().copied().unwrap_or(layout.start);
        for reward in &quest.rewards {
            if let Reward::Item(what) = reward {
                let what = what.clone();
                known.items.push(Placed { cell, what });
            }
        }
    }
    Ok(states)
}

/// What a goal asks for and the level does not have; the solver takes what there is none of as done.
fn missing(layout: &Layout, goal: &Goal) -> Option<String> {
    let is_there = match goal {
        Goal::Collect(name) => {
            let is_it = |item: &Item| item.name() == *name;
            layout.items.iter().any(|i| is_it(&i.what))
                || layout
                    .characters
                    .iter()
                    .any(|c| c.what.carries.iter().any(is_it))
        }
        Goal::Defeat(name) => layout.characters.iter().any(|c| c.what.name == *name),
        _ => true,
    };
    match goal {
        Goal::Collect(name) | Goal::Defeat(name) if !is_there => Some(name.clone()),
        _ => None,
    }
}
