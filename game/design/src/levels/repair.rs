//! Makes of a sketch one that can be beaten, with few changes, and has the solver prove it.

use std::collections::VecDeque;

use game::solve::{Plan, SolveOptions, solve};
use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::constructive::stands;
use super::sketch::{Sketch, Theme, symbol as s};

/// States that the proof may look at; crate puzzles of the sizes here need few thousands.
const MAX_STATES: usize = 20_000;
/// Ladders that a tower may get.
const MAX_LADDERS: usize = 5;

/// A sketch that can be beaten.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// The sketch.
    pub sketch: Sketch,
    /// The proof.
    pub plan: Plan,
    /// Cells that were changed.
    pub changes: usize,
}

/// Repairs a sketch: walls on the border, one start, a way to all that matters, keys before their doors,
/// crates that can be pushed home. `None` where the solver still finds no way.
pub fn repair(sketch: &Sketch, rng: &mut ChaCha8Rng) -> Option<Repaired> {
    let mut fixed = sketch.clone();
    border(&mut fixed);
    ends(&mut fixed, rng)?;
    balance(&mut fixed, rng);
    if fixed.theme == Theme::Tower {
        lift(&mut fixed);
    } else {
        connect(&mut fixed);
        unlock(&mut fixed, rng);
    }
    let plan = prove(&mut fixed, rng)?;
    let both = sketch.cells.iter().zip(&fixed.cells);
    let changes = both.filter(|(a, b)| a != b).count();
    Some(Repaired {
        sketch: fixed,
        plan,
        changes,
    })
}

fn border(sketch: &mut Sketch) {
    for index in 0..sketch.cells.len() {
        if sketch.is_border(index) {
            sketch.set(index, s::WALL);
        }
    }
}

/// One start, at most one exit, and something to do.
fn ends(sketch: &mut Sketch, rng: &mut ChaCha8Rng) -> Option<()> {
    for symbol in [s::START, s::EXIT] {
        for extra in sketch.all(symbol).into_iter().skip(1) {
            sketch.set(extra, s::FLOOR);
        }
    }
    if sketch.count(s::START) == 0 {
        let cells = stands(sketch);
        sketch.set(*cells.get(rng.index(cells.len()))?, s::START);
    }
    let has_goal = sketch.count(s::EXIT) + sketch.count(s::TREASURE) + sketch.count(s::TARGET) > 0;
    if !has_goal || (sketch.count(s::EXIT) == 0 && sketch.theme != Theme::Warehouse) {
        let start = *sketch.all(s::START).first()?;
        let cells = stands(sketch);
        let columns = sketch.columns;
        let far = cells.into_iter().max_by_key(|cell| {
            (cell % columns).abs_diff(start % columns) + (cell / columns).abs_diff(start / columns)
        });
        sketch.set(far?, s::EXIT);
    }
    Some(())
}

/// As many crates as targets; doors have keys, keys have doors.
fn balance(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let spare = |sketch: &mut Sketch, symbol: u8, count: u32, other: u8| {
        for cell in sketch.all(symbol).into_iter().take(count as usize) {
            sketch.set(cell, other);
        }
    };
    let (crates, targets) = (sketch.count(s::CRATE), sketch.count(s::TARGET));
    spare(sketch, s::CRATE, crates.saturating_sub(targets), s::FLOOR);
    spare(sketch, s::TARGET, targets.saturating_sub(crates), s::FLOOR);
    for (door, key) in [
        (s::KEY_DOOR, s::KEY),
        (s::KEY_DOOR + 1, s::KEY + 1),
        (s::LEVER_DOOR, s::LEVER),
    ] {
        let (doors, keys) = (sketch.count(door), sketch.count(key));
        if doors == 0 {
            spare(sketch, key, keys, s::FLOOR);
        } else if keys == 0 {
            let cells = stands(sketch);
            match cells.get(rng.index(cells.len())) {
                Some(cell) => sketch.set(*cell, key),
                None => spare(sketch, door, doors, s::FLOOR),
            }
        } else {
            spare(sketch, key, keys - 1, s::FLOOR);
        }
    }
}

/// Whether one can walk over a symbol once all doors are open and crates are away.
pub fn is_ground(symbol: u8) -> bool {
    !matches!(symbol, s::WALL | s::SPIKES | s::LAVA)
}

/// What the player has to come to, or would.
fn matters(symbol: u8) -> bool {
    matches!(
        symbol,
        s::EXIT
            | s::TREASURE
            | s::LEVER
            | s::CRATE
            | s::TARGET
            | s::POTION
            | s::SWORD
            | s::COIN
            | s::GUARD
    ) || (s::KEY..=s::KEY + 1).contains(&symbol)
}

/// Fewest cells to dig from the start to each cell, and the cell before it on the way.
fn digs(sketch: &Sketch) -> (Vec<u32>, Vec<usize>) {
    let mut cost = vec![u32::MAX; sketch.cells.len()];
    let mut from = vec![usize::MAX; sketch.cells.len()];
    let mut queue: VecDeque<usize> = sketch.all(s::START).into();
    for start in &queue {
        cost[*start] = 0;
    }
    while let Some(cell) = queue.pop_front() {
        for next in sketch.neighbours(cell) {
            if sketch.is_border(next) {
                continue;
            }
            let dig = u32::from(!is_ground(sketch.cell(next)));
            if cost[cell] + dig < cost[next] {
                cost[next] = cost[cell] + dig;
                from[next] = cell;
                if dig == 0 {
                    queue.push_front(next);
                } else {
                    queue.push_back(next);
                }
            }
        }
    }
    (cost, from)
}

/// Digs to what matters; what is of less weight and lies deep is taken away.
fn connect(sketch: &mut Sketch) {
    for _ in 0..40 {
        let (cost, from) = digs(sketch);
        let apart = (0..sketch.cells.len()).filter(|c| matters(sketch.cell(*c)) && cost[*c] > 0);
        let Some(cell) = apart.min_by_key(|cell| cost[*cell]) else {
            return;
        };
        let is_light = matches!(sketch.cell(cell), s::COIN | s::POTION | s::GUARD | s::SWORD);
        if cost[cell] == u32::MAX || (is_light && cost[cell] > 2) {
            sketch.set(cell, s::FLOOR);
            continue;
        }
        let mut at = cell;
        while let Some(before) = from.get(at).copied().filter(|b| *b != usize::MAX) {
            if !is_ground(sketch.cell(at)) {
                sketch.set(at, s::FLOOR);
            }
            at = before;
        }
    }
}

/// Where the player comes, with the keys and levers that it finds on its way.
pub fn reached(sketch: &Sketch) -> Vec<bool> {
    let mut open = [false; 3];
    loop {
        let mut seen = vec![false; sketch.cells.len()];
        let mut stack = sketch.all(s::START);
        let mut found = open;
        while let Some(cell) = stack.pop() {
            if std::mem::replace(&mut seen[cell], true) {
                continue;
            }
            match sketch.cell(cell) {
                s::LEVER => found[2] = true,
                key if (s::KEY..=s::KEY + 1).contains(&key) => {
                    found[usize::from(key - s::KEY)] = true;
                }
                _ => {}
            }
            for next in sketch.neighbours(cell) {
                let symbol = sketch.cell(next);
                let is_shut = lock_of(symbol).is_some_and(|lock| !open[lock]);
                if is_ground(symbol) && !is_shut && !seen[next] {
                    stack.push(next);
                }
            }
        }
        if found == open {
            return seen;
        }
        open = found;
    }
}

/// Number of a door's lock.
fn lock_of(symbol: u8) -> Option<usize> {
    match symbol {
        s::LEVER_DOOR => Some(2),
        door if (s::KEY_DOOR..=s::KEY_DOOR + 1).contains(&door) => {
            Some(usize::from(door - s::KEY_DOOR))
        }
        _ => None,
    }
}

/// Moves keys and levers before their doors.
fn unlock(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let keys = [s::KEY, s::KEY + 1, s::LEVER];
    for _ in 0..4 {
        let seen = reached(sketch);
        // A shut door that one stands before.
        let is_next = |cell: &usize| {
            lock_of(sketch.cell(*cell)).is_some()
                && !seen[*cell]
                && sketch.neighbours(*cell).any(|n| seen[n])
        };
        let Some(door) = (0..sketch.cells.len()).find(is_next) else {
            return;
        };
        let Some(lock) = lock_of(sketch.cell(door)) else {
            return;
        };
        let floors: Vec<usize> = stands(sketch).into_iter().filter(|c| seen[*c]).collect();
        match floors.get(rng.index(floors.len())) {
            Some(cell) => {
                for old in sketch.all(keys[lock]) {
                    sketch.set(old, s::FLOOR);
                }
                sketch.set(*cell, keys[lock]);
            }
            None => sketch.set(door, s::FLOOR),
        }
    }
}

/// In a tower things stand on ground, and ladders on something.
fn lift(sketch: &mut Sketch) {
    for index in 0..sketch.cells.len() {
        let symbol = sketch.cell(index);
        let stands = matters(symbol) || symbol == s::START;
        if !stands || sketch.is_border(index) {
            continue;
        }
        // Down to the first cell of air that has ground below.
        let mut to = index;
        let below = |cell: usize| sketch.cell(cell + sketch.columns);
        while below(to) == s::FLOOR {
            to += sketch.columns;
        }
        if to != index {
            sketch.set(index, s::FLOOR);
            sketch.set(to, symbol);
        }
    }
}

/// Has the solver look; what it can't do is made easier a few times.
fn prove(sketch: &mut Sketch, rng: &mut ChaCha8Rng) -> Option<Plan> {
    let options = SolveOptions {
        max_states: MAX_STATES,
    };
    let crates = sketch.count(s::CRATE) as usize;
    let tries = match sketch.theme {
        Theme::Tower => MAX_LADDERS,
        _ => crates,
    };
    for attempt in 0..=tries {
        let layout = sketch.level("proof").layout().ok()?;
        if layout.goals.is_empty() {
            return None;
        }
        if let Ok(plan) = solve(&layout, &options) {
            return Some(plan);
        }
        if attempt == tries {
            break;
        }
        if sketch.theme == Theme::Tower {
            ladder(sketch, rng);
        } else {
            let (boxes, targets) = (sketch.all(s::CRATE), sketch.all(s::TARGET));
            sketch.set(*boxes.get(rng.index(boxes.len()))?, s::FLOOR);
            sketch.set(*targets.get(rng.index(targets.len()))?, s::FLOOR);
            if sketch.goals().is_empty() {
                return None;
            }
        }
    }
    None
}

/// A ladder through the ceiling above somewhere one can stand.
fn ladder(sketch: &mut Sketch, rng: &mut ChaCha8Rng) {
    let cells = stands(sketch);
    for _ in 0..20 {
        let Some(cell) = cells.get(rng.index(cells.len())).copied() else {
            return;
        };
        let mut at = cell;
        let mut way = Vec::new();
        // Up through air, then through the ceiling, to air.
        while matches!(sketch.cell(at), s::FLOOR | s::LADDER) && !sketch.is_border(at) {
            way.push(at);
            at -= sketch.columns;
        }
        while sketch.cell(at) == s::WALL && !sketch.is_border(at) {
            way.push(at);
            at -= sketch.columns;
        }
        if !sketch.is_border(at) && sketch.cell(at) == s::FLOOR {
            for cell in way {
                sketch.set(cell, s::LADDER);
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(rows: &[&str]) -> Repaired {
        let sketch = Sketch::of_text(Theme::Dungeon, rows).unwrap();
        let mut rng = sim::seed::stream(1, None, "test");
        repair(&sketch, &mut rng).unwrap()
    }

    #[test]
    fn a_wall_is_dug_through_and_a_key_comes_before_its_door() {
        let walled = [
            "##########",
            "#@..##..E#",
            "#...##...#",
            "##########",
            "##########",
            "##########",
            "##########",
            "##########",
        ];
        assert_eq!(fixed(&walled).changes, 2);
        let locked = [
            "##########",
            "#@..R..rE#",
            "#...##...#",
            "##########",
            "##########",
            "##########",
            "##########",
            "##########",
        ];
        let repaired = fixed(&locked);
        assert_eq!(repaired.changes, 2);
        assert_eq!(repaired.sketch.features().locks, 1);
    }

    #[test]
    fn what_can_be_beaten_stays_as_it_is() {
        let rows = [
            "##########",
            "#@r.R..gE#",
            "#...##.+.#",
            "##########",
            "##########",
            "##########",
            "##########",
            "##########",
        ];
        assert_eq!(fixed(&rows).changes, 0);
    }
}
