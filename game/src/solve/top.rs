//! Levels seen from above: A* over what changes the level, with walks in between found by flooding.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::board::{Board, DoorKind, FAR, NONE, back, direction};
use super::crates::{is_frozen, pushes_left};
use super::flood::{Search, State, bit, set_bit};
use super::{Plan, SolveOptions, Step, Unsolved};
use crate::level::{Layout, SwitchKind};

/// A state that was come to.
struct Node {
    state: State,
    parent: usize,
    /// What was done since the parent's state.
    steps: Vec<Step>,
    cost: u32,
}

pub(super) fn solve(layout: &Layout, options: &SolveOptions) -> Result<Plan, Unsolved> {
    let board = Board::new(layout);
    if board.levers.len() > 64 {
        return Err(Unsolved::TooLarge(0));
    }
    let mut search = Search {
        seen: vec![0; board.is_floor.len()],
        order: Vec::new(),
        flood: 0,
        board: &board,
        layout,
    };
    search.run(options)
}

impl Search<'_> {
    fn run(&mut self, options: &SolveOptions) -> Result<Plan, Unsolved> {
        let board = self.board;
        let mut crates = board.crates.clone();
        crates.sort_unstable();
        let first = State {
            player: board.start,
            crates,
            filled: Vec::new(),
            taken: vec![0; board.wanted.len().div_ceil(64)],
            on: board
                .levers
                .iter()
                .enumerate()
                .filter(|(_, lever)| lever.is_on)
                .fold(0, |on, (index, _)| on | 1 << index),
            opened: vec![0; board.doors.len().div_ceil(64)],
            keys: vec![0; board.colours.len()],
        };
        let mut nodes: Vec<Node> = Vec::new();
        let mut known: HashMap<State, u32> = HashMap::new();
        let mut open: BinaryHeap<Reverse<(u32, u32, usize)>> = BinaryHeap::new();
        self.add(
            first,
            usize::MAX,
            Vec::new(),
            0,
            &mut nodes,
            &mut known,
            &mut open,
        );
        let mut count = 0;
        while let Some(Reverse((_, _, index))) = open.pop() {
            count += 1;
            if count > options.max_states {
                return Err(Unsolved::TooLarge(options.max_states));
            }
            let Some(node) = nodes.get(index) else {
                continue;
            };
            let (state, cost) = (node.state.clone(), node.cost);
            if known
                .get(&self.normal(&state))
                .is_some_and(|best| *best < cost)
            {
                continue;
            }
            if let Some(last) = self.last_steps(&state) {
                let mut steps = last;
                let mut at = index;
                while let Some(node) = nodes.get(at) {
                    let mut before = node.steps.clone();
                    before.append(&mut steps);
                    steps = before;
                    at = node.parent;
                }
                return Ok(Plan {
                    steps,
                    states: count,
                });
            }
            for (next, step) in self.successors(&state) {
                self.add(
                    next,
                    index,
                    step,
                    cost + 1,
                    &mut nodes,
                    &mut known,
                    &mut open,
                );
            }
        }
        Err(Unsolved::Impossible)
    }

    /// Takes what lies about for nothing, and opens the state unless a cheaper way to it is known.
    #[allow(clippy::too_many_arguments, reason = "the three tables of a search")]
    fn add(
        &mut self,
        mut state: State,
        parent: usize,
        mut steps: Vec<Step>,
        cost: u32,
        nodes: &mut Vec<Node>,
        known: &mut HashMap<State, u32>,
        open: &mut BinaryHeap<Reverse<(u32, u32, usize)>>,
    ) {
        self.take_all(&mut state, &mut steps);
        let left = pushes_left(self.board, &state.crates);
        if left == FAR {
            return;
        }
        let best = known.entry(self.normal(&state)).or_insert(FAR);
        if *best <= cost {
            return;
        }
        *best = cost;
        // Among equals, those nearer to their end first; then the older.
        open.push(Reverse((cost.saturating_add(left), left, nodes.len())));
        nodes.push(Node {
            state,
            parent,
            steps,
            cost,
        });
    }

    /// Picks up and fights for all that is wanted and can be come to, nearest first.
    fn take_all(&mut self, state: &mut State, steps: &mut Vec<Step>) {
        self.press(state);
        if self.board.wanted.is_empty() {
            return;
        }
        loop {
            self.fill(state);
            let mut nearest: Option<(usize, usize)> = None;
            for (index, wanted) in self.board.wanted.iter().enumerate() {
                if bit(&state.taken, index) || !self.is_reached(wanted.cell) {
                    continue;
                }
                let rank = self
                    .order
                    .iter()
                    .position(|c| *c == wanted.cell)
                    .unwrap_or(usize::MAX);
                // What lies about comes before fights.
                let rank = rank + if wanted.is_fight { 1 << 30 } else { 0 };
                if nearest.is_none_or(|(best, _)| rank < best) {
                    nearest = Some((rank, index));
                }
            }
            let Some((_, index)) = nearest else { return };
            let Some(wanted) = self.board.wanted.get(index) else {
                return;
            };
            set_bit(&mut state.taken, index);
            for colour in &wanted.keys {
                if let Some(count) = state.keys.get_mut(*colour) {
                    *count = count.saturating_add(1);
                }
            }
            state.player = wanted.cell;
            let cell = self.cell(wanted.cell);
            if wanted.is_fight {
                steps.push(Step::Fight(cell));
            }
            steps.push(Step::Walk(cell));
        }
    }

    /// Plates are on while a crate rests on them.
    fn press(&self, state: &mut State) {
        for (index, lever) in self.board.levers.iter().enumerate() {
            if lever.kind == SwitchKind::Plate {
                state.on &= !(1 << index);
                if state.crates.binary_search(&lever.cell).is_ok() {
                    state.on |= 1 << index;
                }
            }
        }
    }

    /// Everything that can be done next that changes more than where the player stands.
    fn successors(&mut self, state: &State) -> Vec<(State, Vec<Step>)> {
        self.fill(state);
        let board = self.board;
        let mut next = Vec::new();
        for (index, lever) in board.levers.iter().enumerate() {
            let is_done = lever.kind == SwitchKind::Once && state.on & (1 << index) != 0;
            if lever.kind == SwitchKind::Plate || is_done || !self.is_reached(lever.cell) {
                continue;
            }
            let mut after = state.clone();
            after.on ^= 1 << index;
            after.player = lever.cell;
            // A door must not close on a crate; one never stands in it meanwhile.
            let cell = self.cell(lever.cell);
            next.push((after, vec![Step::Walk(cell), Step::Use(cell)]));
        }
        if board.keys_are_used_up {
            for (index, door) in board.doors.iter().enumerate() {
                let DoorKind::Key(colour) = door.kind else {
                    continue;
                };
                let has = state.keys.get(colour).is_some_and(|n| *n > 0);
                let is_next = (0..4).any(|d| self.is_reached(board.neighbour(door.cell, d)));
                if bit(&state.opened, index) || !has || !is_next {
                    continue;
                }
                let mut after = state.clone();
                set_bit(&mut after.opened, index);
                after.player = door.cell;
                if let Some(count) = after.keys.get_mut(colour) {
                    *count -= 1;
                }
                next.push((after, vec![Step::Walk(self.cell(door.cell))]));
            }
        }
        for (index, cell) in state.crates.iter().enumerate() {
            for side in 0..4 {
                let behind = board.neighbour(*cell, back(side));
                let to = board.neighbour(*cell, side);
                if to == NONE || !self.is_reached(behind) {
                    continue;
                }
                let is_pit = board.is_pit.get(to as usize) == Some(&true)
                    && state.filled.binary_search(&to).is_err();
                let is_free = is_pit || self.is_open(state, to);
                if !is_free || state.crates.binary_search(&to).is_ok() {
                    continue;
                }
                let mut after = state.clone();
                after.crates.remove(index);
                after.player = *cell;
                if is_pit {
                    let at = after.filled.binary_search(&to).unwrap_or_else(|i| i);
                    after.filled.insert(at, to);
                } else {
                    let at = after.crates.binary_search(&to).unwrap_or_else(|i| i);
                    after.crates.insert(at, to);
                    if board.needs_all_crates && is_frozen(board, &after.crates, to) {
                        continue;
                    }
                }
                let stand = self.cell(behind);
                next.push((
                    after,
                    vec![Step::Walk(stand), Step::Push(stand, direction(side))],
                ));
            }
        }
        next
    }

    /// The walks to the places that must be come to last, if all else is done.
    fn last_steps(&mut self, state: &State) -> Option<Vec<Step>> {
        let board = self.board;
        let goals = board.wanted.iter().enumerate();
        let is_taken = goals
            .filter(|(_, w)| w.is_goal)
            .all(|(i, _)| bit(&state.taken, i));
        let is_covered = |target: &u32| state.crates.binary_search(target).is_ok();
        if !is_taken || !board.targets.iter().all(is_covered) {
            return None;
        }
        self.fill(state);
        let mut steps = Vec::new();
        for place in &board.places {
            let nearest = self.order.iter().find(|cell| place.contains(cell))?;
            steps.push(Step::Walk(self.cell(*nearest)));
        }
        Some(steps)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::solve;
    use super::*;
    use crate::level::{Cell, Goal, Level};

    fn plan(legend: &str, rows: &[&str], goals: &str) -> Result<Plan, Unsolved> {
        let rows: Vec<String> = rows.iter().map(|r| format!("{r:?}")).collect();
        let text = format!(
            "(name: \"t\", legend: {{{legend}}}, rows: [{}], goals: [{goals}])",
            rows.join(",")
        );
        let level = Level::parse(Path::new("t.ron"), &text).expect("a level");
        solve(&level.layout().expect("a layout"), &SolveOptions::default())
    }

    #[test]
    fn keys_come_before_their_doors() {
        let legend = "'r': Item(Key(\"red\")), 'R': Door(lock: Key(\"red\")),
            'b': Item(Key(\"blue\")), 'B': Door(lock: Key(\"blue\"))";
        let found = plan(
            legend,
            &["#######", "#b@.RE#", "##B####", "##r####"],
            "Reach(\"exit\")",
        );
        let steps = found.expect("a plan").steps;
        let at = |c, r| Step::Walk(Cell::new(c, r));
        assert_eq!(steps, [at(1, 1), at(2, 3), at(5, 1)]);
        let walled = plan(legend, &["b@#RE", "..#.."], "Reach(\"exit\")");
        assert_eq!(walled, Err(Unsolved::Impossible));
    }

    #[test]
    fn two_doors_and_one_key_that_is_used_up() {
        let legend = "'r': Item(Key(\"red\")), 'R': Door(lock: Key(\"red\"))";
        let rows = ["#######", "#r@RRE#", "###R.E#"];
        let level = |used: bool, rows: &[&str]| {
            let rows: Vec<String> = rows.iter().map(|r| format!("{r:?}")).collect();
            let text = format!(
                "(name: \"t\", rules: (keys_are_used_up: {used}), legend: {{{legend}}},
                rows: [{}], goals: [Reach(\"exit\")])",
                rows.join(",")
            );
            let level = Level::parse(Path::new("t.ron"), &text).expect("a level");
            solve(&level.layout().expect("a layout"), &SolveOptions::default())
        };
        assert!(level(false, &rows).is_ok());
        assert_eq!(level(true, &rows), Err(Unsolved::Impossible));
        let enough = ["#######", "#r@RRE#", "#r#R.E#"];
        assert!(level(true, &enough).is_ok());
    }

    #[test]
    fn a_crate_holds_a_plate_down() {
        let legend = "'p': Switch(name: \"p\", kind: Plate), 'P': Door(lock: Switches([\"p\"]))";
        let with = plan(
            legend,
            &["#######", "#@$p.##", "#...PE#", "#######"],
            "Reach(\"exit\")",
        );
        assert_eq!(with.expect("a plan").pushes(), 1);
        let without = plan(
            legend,
            &["#######", "#@.p.##", "#...PE#", "#######"],
            "Reach(\"exit\")",
        );
        assert_eq!(without, Err(Unsolved::Impossible));
    }

    #[test]
    fn levers_and_pits() {
        let legend = "'l': Switch(name: \"l\"), 'L': Door(lock: Switches([\"l\"]))";
        let rows = ["########", "#l@.$_E#", "#..L####", "########"];
        let found = plan(legend, &rows, "Reach(\"exit\")").expect("a plan");
        assert_eq!(found.pushes(), 1);
        let lever = plan(legend, &["#l@.LE#"], "Reach(\"exit\")").expect("a plan");
        assert!(lever.steps.contains(&Step::Use(Cell::new(1, 0))));
    }

    #[test]
    fn sokoban_is_solved_with_as_few_pushes_as_can_be() {
        let rows = ["#######", "#.@...#", "#.$.$.#", "#.x.x.#", "#######"];
        assert_eq!(plan("", &rows, "Crates").expect("a plan").pushes(), 2);
        // Crates in corners are lost.
        let lost = ["#####", "#$..#", "#.@x#", "#####"];
        assert_eq!(plan("", &lost, "Crates"), Err(Unsolved::Impossible));
    }

    #[test]
    fn a_bound_is_kept() {
        let rows = [
            "##########",
            "#@.......#",
            "#.$.$.$..#",
            "#........#",
            "#.x.x.x..#",
            "##########",
        ];
        let level = Level::of_rows("t", &rows, vec![Goal::Crates]);
        let options = SolveOptions { max_states: 3 };
        let found = solve(&level.layout().expect("a layout"), &options);
        assert_eq!(found, Err(Unsolved::TooLarge(3)));
    }
}
