//! What is wrong with a level as far as can be told without playing it.

use std::collections::BTreeSet;

use super::{Cell, Direction, Door, Goal, Item, Layout, Lock, Placed};

/// Something that is wrong with a level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A door's key lies nowhere.
    NoKey {
        /// The door.
        door: Cell,
        /// Colour of its key.
        colour: String,
    },
    /// A door waits for a switch that there is not.
    NoSwitch {
        /// The door.
        door: Cell,
        /// Name of the switch.
        switch: String,
    },
    /// A goal asks for what the level does not have.
    NothingFor {
        /// The goal, in words.
        goal: String,
    },
    /// What a goal asks for lies where the player can't come, even with all doors open.
    OutOfReach {
        /// The goal, in words.
        goal: String,
        /// Where.
        cell: Cell,
    },
    /// There are fewer crates than targets.
    TooFewCrates {
        /// Crates.
        crates: usize,
        /// Targets.
        targets: usize,
    },
    /// A character's patrol names a place that there is not.
    NoPlace {
        /// Where the character stands.
        character: Cell,
        /// Name of the place.
        place: String,
    },
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoKey { door, colour } => {
                write!(f, "the door at {door} has no {colour} key")
            }
            Self::NoSwitch { door, switch } => {
                write!(
                    f,
                    "the door at {door} waits for the switch {switch:?}, which there is not"
                )
            }
            Self::NothingFor { goal } => {
                write!(f, "there is not what it takes to {goal}")
            }
            Self::OutOfReach { goal, cell } => {
                write!(f, "{goal}: the player cannot come to {cell}")
            }
            Self::TooFewCrates { crates, targets } => {
                write!(f, "there are {targets} targets for {crates} crates")
            }
            Self::NoPlace { character, place } => {
                write!(
                    f,
                    "who stands at {character} walks to {place:?}, which there is not"
                )
            }
        }
    }
}

/// Every problem of a layout, sorted.
pub fn problems(layout: &Layout) -> Vec<Problem> {
    let mut found = Vec::new();
    for Placed { cell, what } in &layout.doors {
        locks(layout, *cell, what, &mut found);
    }
    for Placed { cell, what } in &layout.characters {
        let missing = what.patrol.iter().filter(|p| layout.place(p).is_empty());
        found.extend(missing.map(|place| Problem::NoPlace {
            character: *cell,
            place: place.clone(),
        }));
    }
    let reached = reachable(layout);
    for goal in &layout.goals {
        wanted(layout, goal, &reached, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

/// Items that lie about or are carried.
fn items(layout: &Layout) -> impl Iterator<Item = (Cell, &Item)> {
    let lying = layout.items.iter().map(|i| (i.cell, &i.what));
    let carried = layout.characters.iter();
    lying.chain(carried.flat_map(|c| c.what.carries.iter().map(move |i| (c.cell, i))))
}

fn locks(layout: &Layout, door: Cell, what: &Door, found: &mut Vec<Problem>) {
    match &what.lock {
        Lock::None => {}
        Lock::Key(colour) => {
            let has = items(layout).any(|(_, item)| *item == Item::Key(colour.clone()));
            if !has {
                found.push(Problem::NoKey {
                    door,
                    colour: colour.clone(),
                });
            }
        }
        Lock::Switches(names) => {
            let is_there = |name: &String| layout.switches.iter().any(|s| s.what.name == *name);
            let missing = names.iter().filter(|name| !is_there(name));
            found.extend(missing.map(|switch| Problem::NoSwitch {
                door,
                switch: switch.clone(),
            }));
        }
    }
}

fn wanted(layout: &Layout, goal: &Goal, reached: &BTreeSet<Cell>, found: &mut Vec<Problem>) {
    match goal {
        Goal::Reach(place) => check(goal, reached, layout.place(place).to_vec(), false, found),
        Goal::Collect(name) => {
            let named = items(layout).filter(|(_, item)| item.name() == *name);
            let cells = named.map(|(cell, _)| cell).collect();
            check(goal, reached, cells, true, found);
        }
        Goal::Coins(worth) => {
            let coins = items(layout).filter_map(|(cell, item)| match item {
                Item::Coin(value) if reached.contains(&cell) => Some(u64::from(*value)),
                _ => None,
            });
            if coins.sum::<u64>() < u64::from(*worth) {
                found.push(Problem::NothingFor {
                    goal: goal.to_string(),
                });
            }
        }
        Goal::Defeat(who) => {
            let those = layout.characters.iter().filter(|c| is_called(&c.what, who));
            check(goal, reached, those.map(|c| c.cell).collect(), true, found);
        }
        Goal::Crates => {
            let targets = layout.targets();
            if layout.crates.len() < targets.len() {
                found.push(Problem::TooFewCrates {
                    crates: layout.crates.len(),
                    targets: targets.len(),
                });
            }
            check(goal, reached, targets, true, found);
        }
    }
}

/// There must be such cells; the player must come to all of them, or to one.
fn check(
    goal: &Goal,
    reached: &BTreeSet<Cell>,
    cells: Vec<Cell>,
    is_all: bool,
    found: &mut Vec<Problem>,
) {
    let goal = goal.to_string();
    if cells.is_empty() {
        found.push(Problem::NothingFor { goal: goal.clone() });
    }
    let is_out = |cell: &&Cell| !reached.contains(cell);
    let out: Vec<Cell> = cells.iter().filter(is_out).copied().collect();
    if is_all || out.len() == cells.len() {
        found.extend(out.into_iter().map(|cell| Problem::OutOfReach {
            goal: goal.clone(),
            cell,
        }));
    }
}

/// Whether a character answers to a name, role or team.
pub(crate) fn is_called(character: &super::Character, who: &str) -> bool {
    character.name == who || character.role.name() == who || character.team() == who
}

/// Cells that the player can come to if all doors stood open, crates were no obstacle, pits were filled and
/// jumps reached as far as air does: nothing is called out of reach that is not.
fn reachable(layout: &Layout) -> BTreeSet<Cell> {
    let mut seen = BTreeSet::from([layout.start]);
    let mut stack = vec![layout.start];
    while let Some(cell) = stack.pop() {
        for direction in Direction::ALL {
            let next = cell.neighbour(direction);
            if !layout.grid.tile(next).is_solid() && seen.insert(next) {
                stack.push(next);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use std::path::Path;

    fn found(legend: &str, rows: &str, goals: &str) -> Vec<Problem> {
        let text = format!("(name: \"t\", legend: {{{legend}}}, rows: [{rows}], goals: [{goals}])");
        let level = Level::parse(Path::new("t.ron"), &text).expect("a level");
        problems(&level.layout().expect("a layout"))
    }

    #[test]
    fn a_sound_level_has_none() {
        let legend = "'k': Item(Key(\"red\")), 'R': Door(lock: Key(\"red\"))";
        assert_eq!(found(legend, "\"#@kRE#\"", "Reach(\"exit\")"), []);
    }

    #[test]
    fn each_problem_is_found() {
        let door = "'R': Door(lock: Key(\"red\")), 'S': Door(lock: Switches([\"s\"]))";
        let all = found(door, "\"@RSE\"", "Reach(\"exit\")");
        assert!(matches!(all[0], Problem::NoKey { .. }), "{all:?}");
        assert!(matches!(all[1], Problem::NoSwitch { .. }), "{all:?}");
        let walled = found(
            "",
            "\"@.#E\"",
            "Reach(\"exit\"), Coins(1), Reach(\"tower\")",
        );
        assert_eq!(walled.len(), 3, "{walled:?}");
        let crates = found("", "\"@$xx\"", "Crates");
        let few = Problem::TooFewCrates {
            crates: 1,
            targets: 2,
        };
        assert_eq!(crates, [few]);
        let lost = "'g': Character(role: Guard, patrol: [\"a\"])";
        assert!(matches!(
            found(lost, "\"@gE\"", "Reach(\"exit\"), Defeat(\"guard\")")[..],
            [Problem::NoPlace { .. }]
        ));
    }
}
