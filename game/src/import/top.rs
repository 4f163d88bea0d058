//! Games seen from above: Zelda's dungeons, Doom, Super Mario Kart.

use std::collections::{BTreeSet, VecDeque};

use super::side::{keep_one_start, put};
use super::vglc::{Meaning, VglcGame, write_rows};
use crate::level::{Character, Door, Goal, Item, Level, Lock, Mark, Role, Tile, Weapon};

const WALL: Mark = Mark::Tile(Tile::Wall);
const FLOOR: Mark = Mark::Tile(Tile::Floor);

fn enemy() -> Mark {
    Mark::Character(Box::new(Character::of(Role::Guard)))
}

pub(super) fn zelda() -> Vec<Meaning> {
    vec![
        ('-', Mark::Tile(Tile::Void), None),
        ('F', FLOOR, None),
        ('W', WALL, None),
        ('B', WALL, Some("blocks cannot be pushed")),
        ('M', enemy(), Some("kinds of monsters; they are guards")),
        ('P', Mark::Tile(Tile::Lava), None),
        ('O', FLOOR, Some("the water or lava about this floor")),
        ('I', WALL, Some("the water or lava about this block")),
        (
            'D',
            Mark::Door(Door::default()),
            Some("locks of doors are in the graph alone"),
        ),
        (
            'S',
            Mark::Place("stairs".to_owned()),
            Some("stairs lead nowhere"),
        ),
    ]
}

pub(super) fn doom() -> Vec<Meaning> {
    let key = || "level".to_owned();
    vec![
        ('-', Mark::Tile(Tile::Void), None),
        ('X', WALL, None),
        ('.', FLOOR, None),
        (',', FLOOR, Some("heights: stairs are level")),
        (':', FLOOR, Some("decoration")),
        ('E', enemy(), Some("kinds of enemies; they fight by hand")),
        (
            'W',
            Mark::Item(Item::Weapon(Weapon {
                name: "weapon".to_owned(),
                damage: 25.0,
                reach_m: 3.0,
                cooldown_s: 0.6,
            })),
            Some("kinds of weapons"),
        ),
        ('A', FLOOR, Some("ammunition")),
        (
            'H',
            Mark::Item(Item::Potion(25.0)),
            Some("armour gives health"),
        ),
        ('B', WALL, Some("barrels do not explode")),
        (
            'K',
            Mark::Item(Item::Key(key())),
            Some("colours of keys: all are one"),
        ),
        (
            'L',
            Mark::Door(Door {
                lock: Lock::Key(key()),
            }),
            Some("colours of locks: all are one"),
        ),
        ('+', Mark::Door(Door::default()), None),
        ('<', Mark::Start(0.0), None),
        ('>', Mark::Place("exit".to_owned()), None),
        ('T', FLOOR, Some("teleports")),
        ('t', FLOOR, Some("teleports")),
    ]
}

pub(super) fn mario_kart() -> Vec<Meaning> {
    vec![
        ('W', WALL, None),
        (
            'B',
            WALL,
            Some("the corpus has no meaning for it: taken for solid"),
        ),
        ('-', Mark::Tile(Tile::Mud), None),
        ('R', FLOOR, None),
        ('S', Mark::Place("line".to_owned()), Some("laps")),
        (
            'Q',
            Mark::Item(Item::Coin(1)),
            Some("items of question blocks; they are coins"),
        ),
        (
            'O',
            Mark::Tile(Tile::Spikes),
            Some("oil does harm in place of a spin"),
        ),
        ('C', Mark::Item(Item::Coin(1)), None),
        ('<', FLOOR, Some("boosts")),
    ]
}

/// The level of rows of marks, with start and goal where the text has none.
pub(super) fn finish(
    name: &str,
    game: VglcGame,
    mut cells: Vec<Vec<Mark>>,
    lost: &mut BTreeSet<String>,
) -> Result<Level, (String, String)> {
    if game == VglcGame::Zelda {
        open_passages(&mut cells);
    }
    let keys = cells.iter().flatten();
    if keys
        .filter(|m| matches!(m, Mark::Item(Item::Key(_))))
        .count()
        == 0
    {
        let locked = |mark: &&mut Mark| matches!(mark, Mark::Door(door) if door.lock != Lock::None);
        for mark in cells.iter_mut().flatten().filter(locked) {
            lost.insert("locks, since the level has no key".to_owned());
            *mark = Mark::Door(Door::default());
        }
    }
    let start = match keep_one_start(&mut cells) {
        Some(start) => start,
        None => {
            lost.insert("the game's own start is not in the text".to_owned());
            let start = match game {
                VglcGame::Zelda => entry(&cells),
                VglcGame::MarioKart => beside_line(&cells),
                _ => None,
            };
            let found = start.or_else(|| all(&cells, &FLOOR).last());
            found.ok_or_else(|| ("floor".to_owned(), "none".to_owned()))?
        }
    };
    put(&mut cells, start, Mark::Start(0.0));
    let ways = distances(&cells, start);
    let far = |wanted: &Mark| {
        let reached = all(&cells, wanted).filter_map(|(r, c)| {
            let steps = *ways.get(r)?.get(c)?;
            (steps < u32::MAX).then_some((steps, (r, c)))
        });
        reached.max_by_key(|(steps, cell)| (*steps, std::cmp::Reverse(*cell)))
    };
    let goal = match game {
        VglcGame::Doom => far(&Mark::Place("exit".to_owned())).map(|_| "exit"),
        VglcGame::MarioKart => far(&Mark::Place("line".to_owned())).map(|_| "line"),
        _ => far(&Mark::Place("stairs".to_owned())).map(|_| "stairs"),
    };
    let coins: u32 = all(&cells, &Mark::Item(Item::Coin(1)))
        .filter(|(r, c)| {
            ways.get(*r)
                .and_then(|w| w.get(*c))
                .is_some_and(|s| *s < u32::MAX)
        })
        .count() as u32;
    let mut goals = Vec::new();
    if coins > 0 {
        goals.push(Goal::Coins(coins));
    }
    if let Some(place) = goal {
        goals.push(Goal::Reach(place.to_owned()));
    } else {
        lost.insert("the game's own end is not in the text or cannot be come to".to_owned());
        let (_, end) =
            far(&FLOOR).ok_or_else(|| ("somewhere to go".to_owned(), "nothing".to_owned()))?;
        put(&mut cells, end, Mark::Place("far end".to_owned()));
        goals.push(Goal::Reach("far end".to_owned()));
    }
    let mut level = Level::of_rows(name, &[], goals);
    level.theme = format!("{game:?}");
    level.rules.time_limit_s = 900.0;
    write_rows(&mut level, &cells);
    Ok(level)
}

/// All cells (row, column) of a mark.
fn all<'a>(cells: &'a [Vec<Mark>], wanted: &'a Mark) -> impl Iterator<Item = (usize, usize)> + 'a {
    cells.iter().enumerate().flat_map(move |(r, row)| {
        let found = row
            .iter()
            .enumerate()
            .filter(move |(_, mark)| *mark == wanted);
        found.map(move |(c, _)| (r, c))
    })
}

/// Zelda draws each room with walls of its own: what lies between two doors that face each other is open.
fn open_passages(cells: &mut [Vec<Mark>]) {
    let door = Mark::Door(Door::default());
    let is = |cells: &[Vec<Mark>], r: usize, c: usize, mark: &Mark| {
        cells.get(r).and_then(|row| row.get(c)) == Some(mark)
    };
    let doors: Vec<_> = all(cells, &door).collect();
    for (r, c) in doors {
        for (dr, dc) in [(1, 0), (0, 1)] {
            let at = |k: usize| (r + k * dr, c + k * dc);
            let walls = (1..=2)
                .take_while(|k| is(cells, at(*k).0, at(*k).1, &WALL))
                .count();
            let (last_r, last_c) = at(walls + 1);
            if walls > 0 && is(cells, last_r, last_c, &door) {
                (1..=walls).for_each(|k| put(cells, at(k), FLOOR));
            }
        }
    }
}

/// The way in of a dungeon: inside the lowest door.
fn entry(cells: &[Vec<Mark>]) -> Option<(usize, usize)> {
    let door = Mark::Door(Door::default());
    let (r, c) = all(cells, &door).last()?;
    let above = r.checked_sub(1)?;
    (cells.get(above)?.get(c)? == &FLOOR).then_some((above, c))
}

/// Left of the middle of the starting line.
fn beside_line(cells: &[Vec<Mark>]) -> Option<(usize, usize)> {
    let line = Mark::Place("line".to_owned());
    let line: Vec<_> = all(cells, &line).collect();
    let (r, c) = *line.get(line.len() / 2)?;
    let left = c.checked_sub(1)?;
    (cells.get(r)?.get(left)? == &FLOOR).then_some((r, left))
}

/// Steps to each cell past all doors; `u32::MAX` where no way leads.
fn distances(cells: &[Vec<Mark>], start: (usize, usize)) -> Vec<Vec<u32>> {
    let mut steps: Vec<Vec<u32>> = cells.iter().map(|row| vec![u32::MAX; row.len()]).collect();
    let mut queue = VecDeque::from([(start, 0u32)]);
    while let Some(((r, c), so_far)) = queue.pop_front() {
        let is_way = cells.get(r).and_then(|row| row.get(c)).is_some_and(
            |mark| !matches!(mark, Mark::Tile(tile) if tile.is_solid() || tile.is_hazard()),
        );
        let Some(slot) = steps.get_mut(r).and_then(|row| row.get_mut(c)) else {
            continue;
        };
        if !is_way || *slot != u32::MAX {
            continue;
        }
        *slot = so_far;
        for (nr, nc) in [
            (r.wrapping_sub(1), c),
            (r + 1, c),
            (r, c.wrapping_sub(1)),
            (r, c + 1),
        ] {
            queue.push_back(((nr, nc), so_far + 1));
        }
    }
    steps
}
