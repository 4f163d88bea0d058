//! Games seen from the side: Mario, Kid Icarus, Lode Runner, Mega Man, Rainbow Islands.

use std::collections::BTreeSet;

use super::vglc::{Meaning, VglcGame, write_rows};
use crate::level::{Character, Goal, Item, Level, Mark, Role, Tile, View};

const WALL: Mark = Mark::Tile(Tile::Wall);
const AIR: Mark = Mark::Tile(Tile::Floor);

fn enemy() -> Mark {
    Mark::Character(Box::new(Character {
        health: Some(10.0),
        speed_mps: Some(1.2),
        reach_m: Some(0.8),
        ..Character::of(Role::Guard)
    }))
}

fn coin() -> Mark {
    Mark::Item(Item::Coin(1))
}

const ENEMY: Option<&str> = Some("how this enemy moves; it is a guard");
const CANNON: Option<&str> = Some("cannons do not fire");
const BREAKABLE: Option<&str> = Some("blocks do not break");
const BLOCK: Option<&str> = Some("blocks give nothing when hit from below");
const MOVING: Option<&str> = Some("platforms do not move");
const UPGRADE: Option<&str> = Some("what it gives; it is a potion");

pub(super) fn mario_bros() -> Vec<Meaning> {
    let mut all = vec![
        ('-', AIR, None),
        ('X', WALL, None),
        ('S', WALL, BREAKABLE),
        ('?', WALL, BLOCK),
        ('Q', WALL, None),
        ('E', enemy(), ENEMY),
        ('o', coin(), None),
        ('B', WALL, CANNON),
        ('b', WALL, CANNON),
    ];
    all.extend(['<', '>', '[', ']'].map(|c| (c, WALL, None)));
    all
}

pub(super) fn mario_layers() -> Vec<Meaning> {
    let mut all = vec![
        ('-', AIR, None),
        ('|', AIR, Some("flagpoles")),
        ('o', coin(), None),
        ('?', WALL, BLOCK),
        ('M', WALL, BLOCK),
        ('+', WALL, BLOCK),
        ('*', WALL, BLOCK),
        ('O', WALL, BLOCK),
        ('H', WALL, BLOCK),
        ('B', WALL, BREAKABLE),
        ('b', WALL, BREAKABLE),
        ('C', WALL, CANNON),
        ('c', WALL, CANNON),
        ('Y', WALL, Some("springs do not throw")),
        ('y', WALL, Some("springs do not throw")),
        ('>', Mark::Tile(Tile::Platform), MOVING),
        ('v', Mark::Tile(Tile::Platform), MOVING),
        ('V', Mark::Tile(Tile::Spikes), Some("plants do not move")),
        ('X', Mark::Tile(Tile::Spikes), Some("plants do not move")),
    ];
    all.extend(['#', '[', ']', 'p', 'P', 'd', 'D', '{', '}'].map(|c| (c, WALL, None)));
    all.extend(['g', 'k', 'K', 'h', 'l', 't', 'e'].map(|c| (c, enemy(), ENEMY)));
    all
}

pub(super) fn kid_icarus() -> Vec<Meaning> {
    vec![
        ('-', AIR, None),
        ('#', WALL, None),
        (
            'D',
            Mark::Place("door".to_owned()),
            Some("doors lead nowhere"),
        ),
        ('H', Mark::Tile(Tile::Spikes), Some("hazards are not solid")),
        ('M', Mark::Tile(Tile::Platform), MOVING),
        ('T', Mark::Tile(Tile::Platform), None),
    ]
}

pub(super) fn lode_runner() -> Vec<Meaning> {
    vec![
        ('.', AIR, None),
        ('B', WALL, None),
        ('b', WALL, Some("bricks cannot be dug")),
        ('-', Mark::Tile(Tile::Rope), None),
        ('#', Mark::Tile(Tile::Ladder), None),
        ('G', coin(), None),
        ('E', enemy(), ENEMY),
        ('M', Mark::Start(0.0), None),
    ]
}

pub(super) fn mega_man() -> Vec<Meaning> {
    let potion = || Mark::Item(Item::Potion(20.0));
    let mut all = vec![
        ('-', AIR, None),
        ('t', AIR, None),
        ('@', Mark::Tile(Tile::Void), None),
        ('#', WALL, None),
        ('B', WALL, BREAKABLE),
        ('H', Mark::Tile(Tile::Spikes), Some("hazards are not solid")),
        ('|', Mark::Tile(Tile::Ladder), None),
        ('L', potion(), None),
        ('l', potion(), None),
        ('M', Mark::Tile(Tile::Platform), MOVING),
        ('C', WALL, CANNON),
        ('D', Mark::Tile(Tile::Floor), Some("doors stand open")),
        ('P', Mark::Start(0.0), None),
    ];
    all.extend(['W', 'w', '+', '*', 'U'].map(|c| (c, potion(), UPGRADE)));
    all
}

pub(super) fn rainbow_islands() -> Vec<Meaning> {
    vec![
        ('.', AIR, None),
        (
            'B',
            Mark::Tile(Tile::Platform),
            Some("the corpus has no legend: taken for ledges"),
        ),
        ('G', WALL, Some("the corpus has no legend: taken for solid")),
    ]
}

/// The level of rows of marks: start and goal where the text has none, and the jumps of the game.
pub(super) fn finish(
    name: &str,
    game: VglcGame,
    mut cells: Vec<Vec<Mark>>,
    lost: &mut BTreeSet<String>,
) -> Result<Level, (String, String)> {
    let is_upwards = matches!(game, VglcGame::KidIcarus | VglcGame::RainbowIslands);
    let stands = standing(&cells);
    let start = keep_one_start(&mut cells).or_else(|| {
        lost.insert("the game's own start is not in the text".to_owned());
        if is_upwards {
            stands.iter().max_by_key(|(row, _)| *row).copied()
        } else {
            stands
                .iter()
                .min_by_key(|(row, column)| (*column, usize::MAX - row))
                .copied()
        }
    });
    let Some((row, column)) = start else {
        return Err(("somewhere to stand".to_owned(), "nothing".to_owned()));
    };
    put(&mut cells, (row, column), Mark::Start(0.0));
    let coins = cells.iter().flatten().filter(|m| **m == coin()).count() as u32;
    let mut goals = Vec::new();
    if game == VglcGame::LodeRunner && coins > 0 {
        goals.push(Goal::Coins(coins));
    } else {
        lost.insert("the game's own end is not in the text".to_owned());
        let open = open_from(&cells, (row, column));
        let is_other = |cell: &&(usize, usize)| **cell != (row, column);
        let is_joined = stands
            .iter()
            .filter(is_other)
            .any(|cell| open.contains(cell));
        let others = stands
            .iter()
            .filter(is_other)
            .filter(|cell| !is_joined || open.contains(cell));
        let end = if is_upwards {
            others.min_by_key(|(row, _)| *row)
        } else {
            others.max_by_key(|(row, column)| (*column, *row))
        };
        let end = *end.ok_or_else(|| ("somewhere to go".to_owned(), "nothing".to_owned()))?;
        put(&mut cells, end, Mark::Place("exit".to_owned()));
        goals.push(Goal::Reach("exit".to_owned()));
    }
    let mut level = Level::of_rows(name, &[], goals);
    level.view = View::Side;
    level.theme = format!("{game:?}");
    level.rules.time_limit_s = 400.0;
    level.rules.player.speed_mps = Some(8.0);
    (level.rules.jump_m, level.rules.gravity_mps2) = match game {
        VglcGame::LodeRunner => (0.0, 30.0),
        VglcGame::RainbowIslands => (5.3, 40.0),
        _ => (4.3, 40.0),
    };
    write_rows(&mut level, &cells);
    Ok(level)
}

/// Cells (row, column) of air in which one stands on something.
fn standing(cells: &[Vec<Mark>]) -> Vec<(usize, usize)> {
    let mark = |row: usize, column: usize| cells.get(row).and_then(|r| r.get(column));
    let mut found = Vec::new();
    for (row, marks) in cells.iter().enumerate() {
        for (column, here) in marks.iter().enumerate() {
            let below = mark(row + 1, column);
            let is_carried = matches!(below, Some(Mark::Tile(Tile::Wall | Tile::Platform)));
            if *here == AIR && is_carried {
                found.push((row, column));
            }
        }
    }
    found
}

/// Cells (row, column) that air joins to one.
fn open_from(cells: &[Vec<Mark>], start: (usize, usize)) -> BTreeSet<(usize, usize)> {
    let mut seen = BTreeSet::new();
    let mut stack = vec![start];
    while let Some((row, column)) = stack.pop() {
        let mark = cells.get(row).and_then(|r| r.get(column));
        let is_open = mark.is_some_and(|m| !matches!(m, Mark::Tile(tile) if tile.is_solid()));
        if is_open && seen.insert((row, column)) {
            stack.extend([
                (row.wrapping_sub(1), column),
                (row + 1, column),
                (row, column.wrapping_sub(1)),
                (row, column + 1),
            ]);
        }
    }
    seen
}

/// The first start; others become air.
pub(super) fn keep_one_start(cells: &mut [Vec<Mark>]) -> Option<(usize, usize)> {
    let mut first = None;
    for (row, marks) in cells.iter_mut().enumerate() {
        for (column, mark) in marks.iter_mut().enumerate() {
            if matches!(mark, Mark::Start(_)) {
                if first.is_none() {
                    first = Some((row, column));
                } else {
                    *mark = AIR;
                }
            }
        }
    }
    first
}

pub(super) fn put(cells: &mut [Vec<Mark>], (row, column): (usize, usize), mark: Mark) {
    if let Some(slot) = cells.get_mut(row).and_then(|r| r.get_mut(column)) {
        *slot = mark;
    }
}
