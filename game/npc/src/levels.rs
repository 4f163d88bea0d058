//! Small levels by seed, in which characters learn and are measured.

use std::collections::BTreeMap;

use game::level::{Character, Door, Goal, Item, Level, Lock, Mark, Role, Room, Rules, View};
use game::solve::{SolveOptions, solve};
use rand_chacha::ChaCha8Rng;
use sim::seed::{Draw, stream};

/// Seeds from here on are never trained on.
pub const HELD_OUT_SEED: u64 = 1_000_000;
/// How often a seed's level is drawn until one can be beaten.
const TRIES: u64 = 40;

/// What a level is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Guards of whom the player has to be rid, and an exit.
    Fight,
    /// Guards on patrol, an exit, sometimes a key and a door between.
    Intrusion,
    /// A boss that holds the key, a guard, an exit.
    Lair,
    /// As a fight, with a companion at the player's side.
    Escort,
    /// A merchant where guards walk.
    Market,
    /// Prey that the player hunts.
    Hunt,
    /// A hall seen from the side, with a guard and an exit.
    Hall,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Fight,
        Self::Intrusion,
        Self::Lair,
        Self::Escort,
        Self::Market,
        Self::Hunt,
        Self::Hall,
    ];

    /// Its name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fight => "fight",
            Self::Intrusion => "intrusion",
            Self::Lair => "lair",
            Self::Escort => "escort",
            Self::Market => "market",
            Self::Hunt => "hunt",
            Self::Hall => "hall",
        }
    }
}

/// How many guards a fight has.
pub const FIGHT_GUARDS: usize = 4;

/// The level of a kind and seed; `None` where none of its draws can be beaten.
pub fn level(kind: Kind, seed: u64) -> Option<Level> {
    (0..TRIES).find_map(|attempt| {
        let purpose = format!("npc level {} {attempt}", kind.name());
        let mut rng = stream(seed, None, &purpose);
        let level = match kind {
            Kind::Hall => hall(&mut rng),
            _ => Draft::new(&mut rng).level(kind, &mut rng),
        };
        let options = SolveOptions { max_states: 20_000 };
        let layout = level.layout().ok()?;
        solve(&layout, &options).is_ok().then_some(level)
    })
}

/// The same level without its companions.
pub fn without_companions(level: &Level) -> Level {
    let mut level = level.clone();
    for mark in level.legend.values_mut() {
        let is_companion = |c: &Character| c.role == Role::Companion;
        if matches!(mark, Mark::Character(c) if is_companion(c)) {
            *mark = Mark::Tile(game::level::Tile::Floor);
        }
    }
    level
}

/// A guard of fights: a little more of everything than usual, so that four of them are a match for the player.
fn veteran() -> Character {
    Character {
        health: Some(40.0),
        speed_mps: Some(3.3),
        damage: Some(13.0),
        ..Character::of(Role::Guard)
    }
}

/// A level that is being drawn.
struct Draft {
    columns: usize,
    rows: usize,
    text: Vec<Vec<char>>,
    legend: BTreeMap<char, Mark>,
    /// Columns of the walls between its rooms.
    walls: Vec<usize>,
    next: u32,
}

impl Draft {
    /// Rooms beside each other with openings between them, and pillars.
    fn new(rng: &mut ChaCha8Rng) -> Self {
        let (columns, rows) = (15 + rng.index(9), 9 + rng.index(6));
        let mut draft = Self {
            columns,
            rows,
            text: vec![vec!['#'; columns]; rows],
            legend: BTreeMap::new(),
            walls: Vec::new(),
            next: 0,
        };
        for row in draft.text.iter_mut().take(rows - 1).skip(1) {
            for cell in row.iter_mut().take(columns - 1).skip(1) {
                *cell = '.';
            }
        }
        let rooms = 1 + rng.index(3);
        for room in 1..rooms {
            let column = columns * room / rooms;
            draft.walls.push(column);
            for row in 1..rows - 1 {
                draft.put(column, row, '#');
            }
            let openings = 1 + rng.index(2);
            for _ in 0..openings {
                let row = 1 + rng.index(rows - 3);
                draft.put(column, row, '.');
                draft.put(column, row + 1, '.');
            }
        }
        for _ in 0..3 + rng.index(6) {
            let (c, r) = (2 + rng.index(columns - 4), 2 + rng.index(rows - 4));
            draft.put(c, r, '#');
            if rng.chance(0.5) {
                draft.put(c, (r + 1).min(rows - 3), '#');
            }
        }
        draft
    }

    fn put(&mut self, column: usize, row: usize, mark: char) {
        if let Some(cell) = self.text.get_mut(row).and_then(|r| r.get_mut(column)) {
            *cell = mark;
        }
    }

    /// A free cell between two columns, taken by a mark.
    fn place(
        &mut self,
        rng: &mut ChaCha8Rng,
        from: usize,
        to: usize,
        mark: char,
    ) -> (usize, usize) {
        for _ in 0..200 {
            let column = from + rng.index(to.saturating_sub(from).max(1));
            let row = 1 + rng.index(self.rows - 2);
            let found = self.text.get(row).and_then(|r| r.get(column));
            if found == Some(&'.') {
                self.put(column, row, mark);
                return (column, row);
            }
        }
        (0, 0)
    }

    /// A character of its own for a mark.
    fn mark(&mut self, mark: Mark) -> char {
        // Letters that mean nothing by themselves.
        let letters = "abcdfghijklmnpqrstuvwyzABCFGIJKLMNOPQRSTUVWXYZ0123456789";
        let letter = letters.chars().nth(self.next as usize).unwrap_or('a');
        self.next += 1;
        self.legend.insert(letter, mark);
        letter
    }

    fn guard(&mut self, rng: &mut ChaCha8Rng, from: usize, usual: &Character) {
        let patrol = (0..2 + rng.index(2)).map(|_| {
            let name = format!("post {}", self.next);
            let letter = self.mark(Mark::Place(name.clone()));
            self.place(rng, from, self.columns - 1, letter);
            name
        });
        let patrol = patrol.collect();
        let guard = Character {
            patrol: if rng.chance(0.7) { patrol } else { Vec::new() },
            facing_deg: f64::from(rng.index(4) as u32) * 90.0,
            ..usual.clone()
        };
        let letter = self.mark(Mark::Character(Box::new(guard)));
        self.place(rng, from, self.columns - 1, letter);
    }

    fn character(&mut self, rng: &mut ChaCha8Rng, character: Character, from: usize, to: usize) {
        let letter = self.mark(Mark::Character(Box::new(character)));
        self.place(rng, from, to, letter);
    }

    fn level(mut self, kind: Kind, rng: &mut ChaCha8Rng) -> Level {
        let (columns, near) = (self.columns, self.columns / 3);
        self.place(rng, 1, near.max(3), '@');
        self.place(rng, columns * 2 / 3, columns - 1, 'E');
        let reach = Goal::Reach("exit".to_owned());
        let mut goals = vec![reach];
        let defeat = |who: &str| Goal::Defeat(who.to_owned());
        match kind {
            Kind::Fight | Kind::Hall => {
                for _ in 0..FIGHT_GUARDS {
                    self.guard(rng, columns / 2, &veteran());
                }
                goals.insert(0, defeat("guards"));
            }
            Kind::Intrusion => {
                for _ in 0..1 + rng.index(3) {
                    self.guard(rng, columns * 2 / 5, &Character::of(Role::Guard));
                }
                self.lock(rng);
            }
            Kind::Lair => {
                let boss = Character {
                    carries: vec![Item::Key("gold".to_owned())],
                    facing_deg: 180.0,
                    ..Character::of(Role::Boss)
                };
                self.character(rng, boss, columns / 2, columns - 1);
                if rng.chance(0.5) {
                    self.guard(rng, columns / 2, &Character::of(Role::Guard));
                }
                self.place(rng, 1, columns - 1, '+');
                goals.insert(0, defeat("boss"));
            }
            Kind::Escort => {
                self.character(rng, Character::of(Role::Companion), 1, near.max(3));
                for _ in 0..FIGHT_GUARDS {
                    self.guard(rng, columns / 2, &veteran());
                }
                goals.insert(0, defeat("guards"));
            }
            Kind::Market => {
                self.character(rng, Character::of(Role::Merchant), columns / 3, columns - 1);
                for _ in 0..1 + rng.index(2) {
                    self.guard(rng, columns / 3, &Character::of(Role::Guard));
                }
                goals.insert(0, defeat("guards"));
            }
            Kind::Hunt => {
                for _ in 0..1 + rng.index(2) {
                    self.character(rng, Character::of(Role::Prey), columns / 3, columns - 1);
                }
                goals = vec![defeat("prey")];
            }
        }
        let rows = self.text.iter().map(|row| row.iter().collect()).collect();
        assemble(kind, View::Top, rows, self.legend, goals)
    }

    /// Sometimes shuts the last wall with a locked door whose key lies before it.
    fn lock(&mut self, rng: &mut ChaCha8Rng) {
        let Some(wall) = self.walls.last().copied().filter(|_| rng.chance(0.5)) else {
            return;
        };
        let door = self.mark(Mark::Door(Door {
            lock: Lock::Key("red".to_owned()),
        }));
        let key = self.mark(Mark::Item(Item::Key("red".to_owned())));
        for row in 1..self.rows - 1 {
            let is_open = self.text.get(row).and_then(|r| r.get(wall)) == Some(&'.');
            if is_open {
                self.put(wall, row, door);
            }
        }
        self.place(rng, 1, wall, key);
    }
}

/// A flat hall seen from the side with steps and ledges.
fn hall(rng: &mut ChaCha8Rng) -> Level {
    let columns = 16 + rng.index(8);
    let mut text = vec![vec!['.'; columns]; 6];
    text.push(vec!['#'; columns]);
    for row in &mut text {
        if let (Some(first), true) = (row.first_mut(), columns > 0) {
            *first = '#';
        }
        if let Some(last) = row.last_mut() {
            *last = '#';
        }
    }
    let mut draft = Draft {
        columns,
        rows: text.len(),
        text,
        legend: BTreeMap::new(),
        walls: Vec::new(),
        next: 0,
    };
    let floor = draft.rows - 2;
    for _ in 0..rng.index(3) {
        let column = 4 + rng.index(columns - 8);
        draft.put(column, floor, '#');
    }
    draft.put(1, floor, '@');
    draft.put(columns - 2, floor, 'E');
    for _ in 0..1 + rng.index(2) {
        let guard = Character {
            facing_deg: if rng.chance(0.5) { 180.0 } else { 0.0 },
            ..Character::of(Role::Guard)
        };
        let letter = draft.mark(Mark::Character(Box::new(guard)));
        let column = columns / 2 + rng.index(columns / 2 - 2);
        let is_free = draft.text.get(floor).and_then(|r| r.get(column)) == Some(&'.');
        let row = if is_free { floor } else { floor - 1 };
        draft.put(column, row, letter);
    }
    let rows = draft.text.iter().map(|row| row.iter().collect()).collect();
    let goals = vec![Goal::Reach("exit".to_owned())];
    assemble(Kind::Hall, View::Side, rows, draft.legend, goals)
}

fn assemble(
    kind: Kind,
    view: View,
    rows: Vec<String>,
    legend: BTreeMap<char, Mark>,
    goals: Vec<Goal>,
) -> Level {
    Level {
        name: kind.name().to_owned(),
        theme: String::new(),
        view,
        tile_m: 1.0,
        rules: Rules {
            time_limit_s: 60.0,
            ..Rules::default()
        },
        legend,
        rooms: vec![Room {
            rows,
            ..Room::default()
        }],
        goals,
        changes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_level_and_all_can_be_beaten() {
        for kind in Kind::ALL {
            for seed in 0..5 {
                let level = level(kind, seed).expect("one of its draws");
                assert_eq!(Some(&level), super::level(kind, seed).as_ref());
                let layout = level.layout().expect("a layout");
                assert!(solve(&layout, &SolveOptions::default()).is_ok());
                assert!(!layout.characters.is_empty());
            }
            assert_ne!(level(kind, 1), level(kind, 2));
        }
    }

    #[test]
    fn a_level_without_companions_is_the_same_but_for_them() {
        let with = level(Kind::Escort, 3).expect("a level");
        let layout = with.layout().expect("a layout");
        let without = without_companions(&with).layout().expect("a layout");
        assert_eq!(without.characters.len() + 1, layout.characters.len());
        assert_eq!(without.grid, layout.grid);
    }
}
