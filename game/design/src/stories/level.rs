//! Levels for stories: rooms on a grid, joined as the plot opens them, so that what a quest needs always lies where
//! the player can be by then.

use std::collections::{BTreeMap, BTreeSet};

use game::level::{Door, Goal, Level, Lock, Mark, Room, Rules, View};
use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::names::{COLOURS, Names};

/// Width and height of a room with one of its walls, in cells.
const PITCH: [usize; 2] = [8, 7];
/// Characters of the text for things, none of which stands for something else.
const MARKS: &str =
    "abcdefghijklmnpqrstuvwyzABCFGIJKLMNOPQRSTUVWXYZ0123456789αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ";

/// A room of the grid.
#[derive(Clone, Debug)]
struct Spot {
    /// Its place's name.
    name: String,
    /// The room from which one comes into it, and its lock.
    parent: Option<usize>,
    /// How many locks had been opened when it could first be entered; none before the plot has come to it.
    epoch: Option<usize>,
}

/// A level in the making.
#[derive(Debug)]
pub(super) struct Ground {
    columns: usize,
    rows: usize,
    spots: Vec<Spot>,
    /// Doors and openings between two rooms, the lower number first.
    ways: BTreeMap<(usize, usize), Option<Lock>>,
    things: BTreeMap<(usize, usize), Mark>,
    pillars: BTreeSet<(usize, usize)>,
    /// Locks so far.
    pub locks: usize,
}

impl Ground {
    /// About so many rooms, of which the first few can be entered from the beginning.
    pub fn new(rng: &mut ChaCha8Rng, names: &mut Names, rooms: usize) -> Self {
        let columns = (rooms as f64).sqrt().ceil().max(2.0) as usize;
        let rows = rooms.div_ceil(columns).max(2);
        let count = columns * rows;
        let spots = (0..count)
            .map(|_| Spot {
                name: names.place(rng),
                parent: None,
                epoch: None,
            })
            .collect();
        let mut ground = Self {
            columns,
            rows,
            spots,
            ways: BTreeMap::new(),
            things: BTreeMap::new(),
            pillars: BTreeSet::new(),
            locks: 0,
        };
        let first = rng.index(count);
        if let Some(spot) = ground.spots.get_mut(first) {
            spot.epoch = Some(0);
        }
        ground.raise_pillars(rng);
        ground.grow(rng, count.div_ceil(4).clamp(1, 3));
        ground
    }

    /// The room in which the player starts: the first that was entered.
    fn neighbours(&self, room: usize) -> Vec<usize> {
        let (x, y) = (room % self.columns, room / self.columns);
        let mut all = Vec::new();
        if x > 0 {
            all.push(room - 1);
        }
        if x + 1 < self.columns {
            all.push(room + 1);
        }
        if y > 0 {
            all.push(room - self.columns);
        }
        if y + 1 < self.rows {
            all.push(room + self.columns);
        }
        all
    }

    /// Rooms that can be entered by now.
    pub fn open_rooms(&self) -> Vec<usize> {
        let all = self.spots.iter().enumerate();
        all.filter(|(_, s)| s.epoch.is_some())
            .map(|(i, _)| i)
            .collect()
    }

    /// Ways from open rooms into those that aren't: (from, to).
    fn frontier(&self) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for from in self.open_rooms() {
            let closed = self.neighbours(from).into_iter();
            let closed = closed.filter(|to| self.spots.get(*to).is_some_and(|s| s.epoch.is_none()));
            all.extend(closed.map(|to| (from, to)));
        }
        all
    }

    fn join(&mut self, from: usize, to: usize, lock: Option<Lock>) {
        self.ways.insert((from.min(to), from.max(to)), lock);
        let locks = self.locks;
        if let Some(spot) = self.spots.get_mut(to)
            && spot.epoch.is_none()
        {
            spot.epoch = Some(locks);
            spot.parent = Some(from);
        }
    }

    /// Opens so many more rooms without locks.
    fn grow(&mut self, rng: &mut ChaCha8Rng, count: usize) {
        for _ in 0..count {
            let all = self.frontier();
            if let Some((from, to)) = all.get(rng.index(all.len())).copied() {
                let door = rng.chance(0.3).then_some(Lock::None);
                self.join(from, to, door);
            }
        }
    }

    /// Whether there is a room left to lock.
    pub fn can_lock(&self) -> bool {
        self.locks < COLOURS.len() && !self.frontier().is_empty()
    }

    /// Locks a room behind the key of a colour; the room, or none where all are open.
    pub fn lock(&mut self, rng: &mut ChaCha8Rng, colour: &str, growth: usize) -> Option<usize> {
        let all = self.frontier();
        let (from, to) = all.get(rng.index(all.len())).copied()?;
        self.locks += 1;
        self.join(from, to, Some(Lock::Key(colour.to_owned())));
        // Only what lies behind the door: other rooms would not be a reward for opening it.
        for _ in 0..growth {
            let behind = self.neighbours(to).into_iter();
            let behind: Vec<usize> = behind
                .filter(|r| self.spots.get(*r).is_some_and(|s| s.epoch.is_none()))
                .collect();
            if let Some(next) = behind.get(rng.index(behind.len())).copied() {
                self.join(to, next, None);
            }
        }
        Some(to)
    }

    /// Opens what is left, and makes second ways between rooms that open at the same time.
    pub fn finish(&mut self, rng: &mut ChaCha8Rng) {
        self.grow(rng, self.spots.len());
        for room in 0..self.spots.len() {
            for other in self.neighbours(room) {
                let epoch = |r: usize| self.spots.get(r).and_then(|s| s.epoch);
                let is_new = room < other && !self.ways.contains_key(&(room, other));
                // A room that is entered by a lock alone stays so.
                let is_same = epoch(room) == epoch(other) && epoch(room) == Some(0);
                if is_new && is_same && rng.chance(0.4) {
                    self.join(room, other, None);
                }
            }
        }
    }

    /// Name of a room's place.
    pub fn name(&self, room: usize) -> String {
        self.spots
            .get(room)
            .map(|s| s.name.clone())
            .unwrap_or_default()
    }

    fn corner(&self, room: usize) -> (usize, usize) {
        let (x, y) = (room % self.columns, room / self.columns);
        (x * PITCH[0], y * PITCH[1])
    }

    fn raise_pillars(&mut self, rng: &mut ChaCha8Rng) {
        for room in 0..self.spots.len() {
            let (x, y) = self.corner(room);
            for dx in [2, 5] {
                if rng.chance(0.35) {
                    self.pillars.insert((x + dx + 1, y + 2 + rng.index(3)));
                }
            }
        }
    }

    /// Puts something into a room where it is in nobody's way; whether there was room.
    pub fn put(&mut self, rng: &mut ChaCha8Rng, room: usize, mark: Mark) -> bool {
        let (x, y) = self.corner(room);
        let all = (1..PITCH[0]).flat_map(|dx| (1..PITCH[1]).map(move |dy| (dx, dy)));
        let fits = |(dx, dy): (usize, usize)| {
            // Doors are in the middle of walls.
            let is_before_door = ((dx == 1 || dx == PITCH[0] - 1) && dy.abs_diff(3) < 2)
                || ((dy == 1 || dy == PITCH[1] - 1) && dx.abs_diff(4) < 2);
            let is_near =
                |(ox, oy): &(usize, usize)| ox.abs_diff(x + dx) < 2 && oy.abs_diff(y + dy) < 2;
            !is_before_door && !self.things.keys().any(is_near) && !self.pillars.iter().any(is_near)
        };
        let free: Vec<(usize, usize)> = all.filter(|at| fits(*at)).collect();
        match free.get(rng.index(free.len())) {
            Some((dx, dy)) => {
                self.things.insert((x + dx, y + dy), mark);
                true
            }
            None => false,
        }
    }

    /// The level; none where there are more kinds of things than characters for them.
    pub fn level(&self, name: &str, theme: &str, rules: Rules) -> Option<Level> {
        let (width, height) = (self.columns * PITCH[0] + 1, self.rows * PITCH[1] + 1);
        let mut text = vec![vec!['#'; width]; height];
        let mut put = |(x, y): (usize, usize), character: char| {
            if let Some(slot) = text.get_mut(y).and_then(|row| row.get_mut(x)) {
                *slot = character;
            }
        };
        for room in 0..self.spots.len() {
            let (x, y) = self.corner(room);
            for dx in 1..PITCH[0] {
                for dy in 1..PITCH[1] {
                    put((x + dx, y + dy), '.');
                }
            }
        }
        for at in &self.pillars {
            put(*at, '#');
        }
        let mut legend: BTreeMap<char, Mark> = BTreeMap::new();
        let mut free = MARKS.chars();
        let mut character = |mark: Mark| -> Option<char> {
            if mark == Mark::Start(0.0) {
                return Some('@');
            }
            let known = legend.iter().find(|(_, m)| **m == mark);
            if let Some((c, _)) = known {
                return Some(*c);
            }
            let c = free.next()?;
            legend.insert(c, mark);
            Some(c)
        };
        for ((a, b), lock) in &self.ways {
            let (x, y) = self.corner(*b);
            let at = if b - a == 1 && self.columns > 1 && a / self.columns == b / self.columns {
                (x, y + 3)
            } else {
                (x + 4, y)
            };
            let c = match lock {
                None => '.',
                Some(Lock::None) => 'D',
                Some(lock) => character(Mark::Door(Door { lock: lock.clone() }))?,
            };
            put(at, c);
        }
        for (at, mark) in &self.things {
            put(*at, character(mark.clone())?);
        }
        Some(Level {
            name: name.to_owned(),
            theme: theme.to_owned(),
            view: View::Top,
            tile_m: 1.0,
            rules,
            rooms: vec![Room {
                rows: text
                    .into_iter()
                    .map(|row| row.into_iter().collect())
                    .collect(),
                ..Room::default()
            }],
            legend,
            goals: vec![Goal::Reach("exit".to_owned())],
            changes: Vec::new(),
        })
    }
}
