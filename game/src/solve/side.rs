//! Levels seen from the side: one wish after another over the graph of posts.

use std::collections::BTreeSet;

use super::board::{Board, DoorKind, NONE};
use super::graph::Graph;
use super::{Plan, SolveOptions, Step, Unsolved};
use crate::level::{Cell, Direction, Layout, SwitchKind, Tile};

/// What is still wanted: a cell that must be passed.
struct Wish {
    cell: Cell,
    keys: Vec<usize>,
    lever: Option<usize>,
}

pub(super) fn solve(layout: &Layout, options: &SolveOptions) -> Result<Plan, Unsolved> {
    let board = Board::new(layout);
    let grid = &layout.grid;
    let cell = |index: u32| grid.cell(index as usize);
    if !board.targets.is_empty() {
        // Crates do not move from the side.
        return Err(Unsolved::Impossible);
    }
    let mut keys = vec![0u32; board.colours.len()];
    let mut on: Vec<bool> = board.levers.iter().map(|l| l.is_on).collect();
    let mut wishes: Vec<Wish> = board
        .wanted
        .iter()
        .map(|w| Wish {
            cell: cell(w.cell),
            keys: w.keys.clone(),
            lever: None,
        })
        .collect();
    let levers = board.levers.iter().enumerate();
    wishes.extend(
        levers
            .filter(|(_, l)| l.kind != SwitchKind::Plate && !l.is_on)
            .map(|(i, l)| Wish {
                cell: cell(l.cell),
                keys: Vec::new(),
                lever: Some(i),
            }),
    );
    let places: Vec<Vec<Cell>> = board
        .places
        .iter()
        .map(|cells| cells.iter().map(|c| cell(*c)).collect())
        .collect();
    let crates: BTreeSet<Cell> = layout.crates.iter().copied().collect();
    let mut at = landing(layout);
    let (mut steps, mut states) = (Vec::new(), 0);
    loop {
        let is_open = |door: usize| match board.doors.get(door).map(|d| &d.kind) {
            Some(DoorKind::Free) => true,
            Some(DoorKind::Key(colour)) => keys.get(*colour).is_some_and(|n| *n > 0),
            Some(DoorKind::Switches(needed)) => {
                needed.iter().all(|s| on.get(*s).copied().unwrap_or(false))
            }
            _ => false,
        };
        let is_blocked = |c: Cell| {
            let door = grid
                .index(c)
                .and_then(|i| board.door_at.get(i))
                .copied()
                .unwrap_or(NONE);
            grid.tile(c).is_solid()
                || crates.contains(&c)
                || (door != NONE && !is_open(door as usize))
        };
        let is_shut = |c: Cell| {
            let door = grid
                .index(c)
                .and_then(|i| board.door_at.get(i))
                .copied()
                .unwrap_or(NONE);
            let is_free = match board.doors.get(door as usize).map(|d| &d.kind) {
                // Its switches are on: it stands open.
                Some(DoorKind::Switches(_)) => is_open(door as usize),
                _ => door == NONE,
            };
            is_blocked(c) || !is_free
        };
        let graph = Graph::new(layout, &is_blocked, &is_shut);
        states += graph.posts.len();
        if states > options.max_states {
            return Err(Unsolved::TooLarge(options.max_states));
        }
        let Some(mut here) = graph.posts.iter().position(|p| p.cell == at) else {
            return Err(Unsolved::Impossible);
        };
        // As long as doors stay as they are, one wish after another.
        let mut is_changed = false;
        while !is_changed {
            let (costs, came) = graph.reach(here);
            let Some((index, end, way)) = nearest(&graph, &costs, &wishes, &places) else {
                break;
            };
            let (mut part, _) = graph.steps(&came, end);
            here = end;
            if let Some((k, to)) = way {
                part.extend(graph.ways.get(end).and_then(|w| w.get(k)).map(|w| w.step));
                here = to;
            }
            let wish = wishes.remove(index);
            for key in &wish.keys {
                if let Some(count) = keys.get_mut(*key) {
                    is_changed |= *count == 0;
                    *count += 1;
                }
            }
            if let Some(lever) = wish.lever {
                part.push(Step::Use(wish.cell));
                if let Some(slot) = on.get_mut(lever) {
                    *slot = true;
                    is_changed = true;
                }
            }
            steps.append(&mut part);
        }
        at = graph.posts.get(here).map_or(at, |p| p.cell);
        if is_changed {
            continue;
        }
        let is_rest = wishes
            .iter()
            .any(|w| w.lever.is_none() && is_goal(&board, layout, w.cell));
        if is_rest {
            // What was passed on the way down may be out of reach for good: another order might do.
            let first = graph.posts.iter().position(|p| p.cell == landing(layout));
            let all = first.map(|first| graph.reach(first).0);
            let is_never = all.is_some_and(|costs| {
                wishes
                    .iter()
                    .any(|w| nearest(&graph, &costs, std::slice::from_ref(w), &[]).is_none())
            });
            return Err(if is_never {
                Unsolved::Impossible
            } else {
                Unsolved::TooLarge(states)
            });
        }
        for place in &places {
            let (costs, came) = graph.reach(here);
            let near = graph
                .posts
                .iter()
                .enumerate()
                .filter(|(_, p)| place.contains(&p.cell));
            let near = near.filter_map(|(i, _)| Some((*costs.get(i)?, i)));
            let Some((_, end)) = near.filter(|(cost, _)| *cost < u32::MAX).min() else {
                return Err(Unsolved::Impossible);
            };
            steps.extend(graph.steps(&came, end).0);
            steps.extend(
                place
                    .first()
                    .filter(|_| end == here)
                    .map(|c| Step::Walk(*c)),
            );
            here = end;
        }
        return Ok(Plan { steps, states });
    }
}

fn is_goal(board: &Board, layout: &Layout, cell: Cell) -> bool {
    let index = layout.grid.index(cell).map_or(NONE, |i| i as u32);
    board.wanted.iter().any(|w| w.is_goal && w.cell == index)
}

/// Where the player comes to stand at first.
fn landing(layout: &Layout) -> Cell {
    let mut cell = layout.start;
    let is_held = |c: Cell| {
        let below = c.neighbour(Direction::South);
        layout.grid.tile(c).is_climbable()
            || layout.grid.tile(below).is_solid()
            || matches!(layout.grid.tile(below), Tile::Platform | Tile::Ladder)
    };
    while !is_held(cell) && layout.grid.index(cell).is_some() {
        cell = cell.neighbour(Direction::South);
    }
    cell
}

/// The cheapest wish that leaves the others and the end in reach: its number, the post from which, and the last
/// way (its number and where it leads) where it is passed in flight.
#[allow(clippy::type_complexity, reason = "three numbers")]
fn nearest(
    graph: &Graph,
    costs: &[u32],
    wishes: &[Wish],
    places: &[Vec<Cell>],
) -> Option<(usize, usize, Option<(usize, usize)>)> {
    let mut found: Vec<(u32, usize, usize, Option<(usize, usize)>)> = Vec::new();
    for (post, cost) in costs.iter().enumerate().filter(|(_, c)| **c < u32::MAX) {
        let cell = graph.posts.get(post).map(|p| p.cell);
        for (index, wish) in wishes.iter().enumerate() {
            if Some(wish.cell) == cell {
                found.push((*cost, index, post, None));
            } else if wish.lever.is_none() {
                for (k, way) in graph.ways.get(post).into_iter().flatten().enumerate() {
                    if way.passes.contains(&wish.cell) {
                        found.push((
                            cost.saturating_add(way.cost),
                            index,
                            post,
                            Some((k, way.to)),
                        ));
                    }
                }
            }
        }
    }
    found.sort_unstable();
    // The first few that do not cut off what is left; else the first of all.
    let keeps = |index: usize, to: usize| {
        let (costs, _) = graph.reach(to);
        let is_near = |cell: &Cell| {
            costs
                .iter()
                .enumerate()
                .filter(|(_, c)| **c < u32::MAX)
                .any(|(post, _)| {
                    graph.posts.get(post).is_some_and(|p| p.cell == *cell)
                        || graph
                            .ways
                            .get(post)
                            .into_iter()
                            .flatten()
                            .any(|w| w.passes.contains(cell))
                })
        };
        let others = wishes.iter().enumerate().filter(|(i, _)| *i != index);
        others.map(|(_, w)| &w.cell).all(is_near) && places.iter().all(|p| p.iter().any(is_near))
    };
    let mut tried: Vec<(usize, usize)> = Vec::new();
    for (_, index, post, way) in &found {
        let to = way.map_or(*post, |(_, to)| to);
        if tried.contains(&(*index, to)) {
            continue;
        }
        if tried.len() >= 24 {
            break;
        }
        tried.push((*index, to));
        if keeps(*index, to) {
            return Some((*index, *post, *way));
        }
    }
    found
        .first()
        .map(|(_, index, post, way)| (*index, *post, *way))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::solve;
    use super::*;
    use crate::level::Level;

    fn plan(legend: &str, rows: &[&str], goals: &str) -> Result<Plan, Unsolved> {
        let rows: Vec<String> = rows.iter().map(|r| format!("{r:?}")).collect();
        let text = format!(
            "(name: \"t\", view: Side, legend: {{{legend}}}, rows: [{}], goals: [{goals}])",
            rows.join(",")
        );
        let level = Level::parse(Path::new("t.ron"), &text).expect("a level");
        solve(&level.layout().expect("a layout"), &SolveOptions::default())
    }

    #[test]
    fn a_gap_takes_a_leap_and_a_wide_one_cannot_be_passed() {
        let narrow = ["........", "........", "@......E", "##...###"];
        let found = plan("", &narrow, "Reach(\"exit\")").expect("a plan");
        let is_leap = |s: &&Step| matches!(s, Step::Leap(_, leap) if leap.is_jump);
        assert_eq!(found.steps.iter().filter(is_leap).count(), 1, "{found:?}");
        let wide = [
            "..............",
            "..............",
            "@............E",
            "##.........###",
        ];
        assert_eq!(
            plan("", &wide, "Reach(\"exit\")"),
            Err(Unsolved::Impossible)
        );
    }

    #[test]
    fn ladders_are_climbed_and_keys_fetched() {
        let legend = "'k': Item(Key(\"red\")), 'R': Door(lock: Key(\"red\"))";
        let rows = [
            "k...........",
            "####H#######",
            "....H...####",
            "@...H...R..E",
            "############",
        ];
        let found = plan(legend, &rows, "Reach(\"exit\")").expect("a plan");
        assert!(found.steps.iter().any(|s| matches!(s, Step::Climb(_))));
        let without = [
            "............",
            "############",
            "........####",
            "@.......R..E",
            "############",
        ];
        assert_eq!(
            plan(legend, &without, "Reach(\"exit\")"),
            Err(Unsolved::Impossible)
        );
    }

    #[test]
    fn coins_in_the_air_are_jumped_for() {
        let rows = ["........", "..o.....", "........", "@......E", "########"];
        let found = plan("", &rows, "Coins(1), Reach(\"exit\")").expect("a plan");
        assert!(
            found.steps.iter().any(|s| matches!(s, Step::Leap(..))),
            "{found:?}"
        );
    }
}
