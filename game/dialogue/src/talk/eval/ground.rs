//! Random levels with planted facts, and a stretch of play in them that two characters watch.

use std::path::Path;
use std::sync::Arc;

use game::brain::{Memory as Walker, Nav};
use game::level::{Cell, Item, Level, Role};
use game::world::{CharacterCommand, CharacterState, GameState};
use rand_chacha::ChaCha8Rng;
use sim::actor::ActorId;
use sim::seed::{Draw, stream};

use crate::talk::character::{Character, Entry, Good, Manner, Quest, Secret};
use crate::talk::things::{Kind, ThingId, Things};
use crate::talk::truth::ChronicleTruth;
use crate::talk::{Talker, World};
use crate::understanding::Emotion;

/// Length of a tick, seconds.
const DT_S: f64 = 0.05;
/// Inner width and height of a room, cells.
const ROOM: [i32; 2] = [8, 6];

const ROOMS: [&str; 10] = [
    "yard", "hall", "armoury", "vault", "kitchen", "library", "chapel", "cellar", "stable", "forge",
];
const COLOURS: [&str; 6] = ["red", "blue", "green", "iron", "golden", "copper"];
const TREASURES: [&str; 8] = [
    "crown", "lantern", "goblet", "map", "ring", "book", "idol", "pearl",
];
const NAMES: [&str; 12] = [
    "Ada", "Hake", "Mira", "Odo", "Greta", "Teodor", "Wanda", "Rufus", "Esme", "Konrad", "Zoe",
    "Brigid",
];

/// A level, what came of it, and who watched.
#[derive(Debug)]
pub struct Ground {
    /// The level.
    pub things: Things,
    /// Its state after the play.
    pub state: GameState,
    /// What really was so.
    pub truth: ChronicleTruth,
    /// Those who are talked to.
    pub talkers: Vec<Talker>,
    /// The item of which the first of them tells nothing.
    pub hidden: ThingId,
}

fn drawn<'a>(all: &[&'a str], count: usize, rng: &mut ChaCha8Rng) -> Vec<&'a str> {
    let mut left = all.to_vec();
    let mut chosen = Vec::new();
    while chosen.len() < count && !left.is_empty() {
        chosen.push(left.remove(rng.index(left.len())));
    }
    chosen
}

/// Names of a level, by what they are for.
struct Names<'a> {
    rooms: Vec<&'a str>,
    colours: Vec<&'a str>,
    treasures: Vec<&'a str>,
    persons: Vec<&'a str>,
}

/// The text of a level: four rooms in a square, doors of three kinds between them, things about.
fn text(names: &Names, rng: &mut ChaCha8Rng) -> String {
    let [width, height] = ROOM;
    let (columns, rows) = (2 * width + 3, 2 * height + 3);
    let mut grid = vec![vec!['#'; columns as usize]; rows as usize];
    let corner = |room: usize| {
        (
            (room as i32 % 2) * (width + 1) + 1,
            (room as i32 / 2) * (height + 1) + 1,
        )
    };
    for room in 0..4 {
        let (left, top) = corner(room);
        for y in top..top + height {
            for x in left..left + width {
                grid[y as usize][x as usize] = '.';
            }
        }
    }
    // Doors: 0-1 plain, 0-2 by key, 1-3 by a lever, 2-3 by another key.
    let (mid_x, mid_y) = (width + 1, height + 1);
    let (upper, lower) = (
        1 + rng.index(height as usize),
        2 + height as usize + rng.index(height as usize),
    );
    let (left, right) = (
        1 + rng.index(width as usize),
        2 + width as usize + rng.index(width as usize),
    );
    grid[upper][mid_x as usize] = 'D';
    grid[mid_y as usize][left] = 'R';
    grid[mid_y as usize][right] = 'G';
    grid[lower][mid_x as usize] = 'B';
    let near_door = |x: usize, y: usize| {
        [
            (mid_x as usize, upper),
            (left, mid_y as usize),
            (right, mid_y as usize),
            (mid_x as usize, lower),
        ]
        .iter()
        .any(|(dx, dy)| x.abs_diff(*dx) + y.abs_diff(*dy) <= 1)
    };
    let mut put = |mark: char, room: usize, rng: &mut ChaCha8Rng| {
        let (left, top) = corner(room);
        for _ in 0..200 {
            let x = (left + rng.index(width as usize) as i32) as usize;
            let y = (top + rng.index(height as usize) as i32) as usize;
            if grid[y][x] == '.' && !near_door(x, y) {
                grid[y][x] = mark;
                return;
            }
        }
    };
    for (mark, rooms) in [
        ('@', 1),
        ('r', 2),
        ('b', 4),
        ('l', 2),
        ('t', 4),
        ('u', 4),
        ('p', 4),
        ('q', 2),
        ('h', 4),
        ('o', 2),
        ('o', 4),
        ('E', 4),
    ] {
        let room = rng.index(rooms);
        put(mark, room, rng);
    }
    let facing = |rng: &mut ChaCha8Rng| rng.index(8) * 45;
    let mut all = Vec::new();
    for room in 0..4usize {
        // Each room with its walls.
        let (left, top) = (
            (room as i32 % 2) * (width + 1),
            (room as i32 / 2) * (height + 1),
        );
        let rows: Vec<String> = (top..top + height + 2)
            .map(|y| {
                let row: String = (left..left + width + 2)
                    .map(|x| grid[y as usize][x as usize])
                    .collect();
                format!("{row:?}")
            })
            .collect();
        all.push(format!(
            "(name: {:?}, at: ({left}, {top}), rows: [{}])",
            names.rooms[room],
            rows.join(", ")
        ));
    }
    let (first, second) = (names.colours[0], names.colours[1]);
    let view = "view_m: 9, view_deg: 200";
    format!(
        r#"(name: "ground", legend: {{
            'r': Item(Key("{first}")), 'b': Item(Key("{second}")),
            'R': Door(lock: Key("{first}")), 'B': Door(lock: Key("{second}")),
            'l': Switch(name: "gate"), 'G': Door(lock: Switches(["gate"])),
            't': Item(Quest("{}")), 'u': Item(Quest("{}")),
            'p': Character(role: Merchant, name: "{}", facing_deg: {}, {view}),
            'q': Character(role: Merchant, name: "{}", facing_deg: {}, {view}),
            'h': Character(role: Prey, name: "{}", facing_deg: {}),
        }}, rooms: [{}], goals: [Reach("exit")])"#,
        names.treasures[0],
        names.treasures[1],
        names.persons[0],
        facing(rng),
        names.persons[1],
        facing(rng),
        names.persons[2],
        facing(rng),
        all.join(",\n"),
    )
}

/// Walks a character to a cell, while the others do as `others` says; whether it came there.
fn walk(play: &mut Play, who: ActorId, to: Cell, limit_s: f64) -> bool {
    let Some(character) = play.state.character(who).cloned() else {
        return false;
    };
    let mut walker = Walker::new(
        &play.state,
        &character,
        Vec::new(),
        stream(play.seed, Some(who), "walk"),
    );
    let to_m = play.state.layout.grid.center(to);
    for _ in 0..(limit_s / DT_S) as usize {
        let Some(character) = play.state.character(who).filter(|c| c.is_alive()).cloned() else {
            return false;
        };
        let at = character.plane_m(play.state.layout.view);
        if sim::math::hypot(at[0] - to_m[0], at[1] - to_m[1]) < 0.25 {
            return true;
        }
        walker.command = CharacterCommand {
            face_yaw_rad: character.yaw_rad,
            ..CharacterCommand::default()
        };
        if !walker.go(&play.state, &mut play.nav, &character, to_m, 4.0, play.tick) {
            return false;
        }
        let command = walker.command;
        play.step(&[(who, command)]);
    }
    false
}

struct Play {
    state: GameState,
    nav: Nav,
    things: Things,
    truth: ChronicleTruth,
    talkers: Vec<Talker>,
    tick: u64,
    seed: u64,
}

impl Play {
    fn step(&mut self, commands: &[(ActorId, CharacterCommand)]) {
        self.tick += 1;
        self.state.step(commands, self.tick, DT_S);
        // A level that is beaten stands still.
        self.state.ending = None;
        self.watch();
    }

    fn watch(&mut self) {
        let world = World {
            things: &self.things,
            state: &self.state,
        };
        for talker in &mut self.talkers {
            talker.observe(&world);
        }
        let witnesses: Vec<ThingId> = self.talkers.iter().map(Talker::me).collect();
        self.truth.record(&self.things, &self.state, &witnesses);
    }

    /// The player goes about: to items, the lever, doors; and sometimes strikes somebody down.
    fn go_about(&mut self, rng: &mut ChaCha8Rng) {
        let Some(player) = self.state.player().map(|p| p.id) else {
            return;
        };
        for _ in 0..7 {
            let mut aims: Vec<Cell> = self.state.items.iter().map(|i| i.cell).collect();
            aims.extend(
                self.state
                    .doors
                    .iter()
                    .filter(|d| !d.is_open)
                    .map(|d| d.cell),
            );
            let levers: Vec<Cell> = self.state.switches.iter().map(|s| s.cell).collect();
            aims.extend(&levers);
            aims.extend(&levers);
            let Some(aim) = aims.get(rng.index(aims.len())).copied() else {
                return;
            };
            // Next to a door it opens for who has its key.
            let near = game::level::Direction::ALL.map(|d| aim.neighbour(d));
            let to = if self.state.door_at(aim).is_some() {
                near.iter()
                    .find(|c| !self.state.is_blocked(**c))
                    .copied()
                    .unwrap_or(aim)
            } else {
                aim
            };
            let is_there = walk(self, player, to, 8.0);
            if is_there && levers.contains(&aim) && rng.chance(0.8) {
                let command = CharacterCommand {
                    interact: true,
                    ..CharacterCommand::default()
                };
                self.step(&[(player, command)]);
            }
        }
        if rng.chance(0.5) {
            self.strike_down(player);
        }
        // One of the others walks, too.
        if let Some(other) = self.state.characters.get(1 + rng.index(3)).map(|c| c.id) {
            let cells: Vec<Cell> = self
                .state
                .layout
                .grid
                .cells()
                .filter(|c| !self.state.is_blocked(*c))
                .collect();
            if let Some(cell) = cells.get(rng.index(cells.len())).copied() {
                walk(self, other, cell, 6.0);
            }
        }
        for _ in 0..10 {
            self.step(&[]);
        }
    }

    fn strike_down(&mut self, player: ActorId) {
        let is_prey = |c: &&CharacterState| c.role == Role::Prey && c.is_alive();
        let Some(prey) = self.state.characters.iter().find(is_prey).cloned() else {
            return;
        };
        let cell = self.state.cell_of(&prey);
        let near = game::level::Direction::ALL.map(|d| cell.neighbour(d));
        let Some(to) = near.into_iter().find(|c| !self.state.is_blocked(*c)) else {
            return;
        };
        if !walk(self, player, to, 10.0) {
            return;
        }
        for _ in 0..60 {
            let (Some(me), Some(foe)) = (
                self.state.player().cloned(),
                self.state.character(prey.id).cloned(),
            ) else {
                return;
            };
            if !foe.is_alive() {
                return;
            }
            let view = self.state.layout.view;
            let (at, to) = (me.plane_m(view), foe.plane_m(view));
            let command = CharacterCommand {
                attack: true,
                face_yaw_rad: sim::math::atan2(to[1] - at[1], to[0] - at[0]),
                ..CharacterCommand::default()
            };
            self.step(&[(player, command)]);
        }
    }
}

/// The file of a character that is talked to: what it knew before is drawn from what is so in the level.
fn character(
    things: &Things,
    state: &GameState,
    hidden: Option<&str>,
    names: &Names,
    rng: &mut ChaCha8Rng,
) -> Character {
    let mut knowledge = Vec::new();
    for room in &names.rooms {
        if rng.chance(0.5) {
            knowledge.push(Entry::Familiar((*room).to_owned()));
        }
    }
    for placed in &state.layout.items {
        let name = placed.what.name();
        if let Some(room) = things.room(placed.cell).and_then(|r| things.get(r))
            && (rng.chance(0.4) || hidden == Some(name.as_str()))
        {
            let place = room.name.clone();
            knowledge.push(Entry::Lies { item: name, place });
        }
    }
    let manners = [Manner::Plain, Manner::Courtly, Manner::Gruff, Manner::Merry];
    let wanted = names.treasures.get(1).map_or("", |n| n);
    Character {
        about: "I have lived here all my life.".to_owned(),
        manner: manners.get(rng.index(4)).copied().unwrap_or_default(),
        courage: rng.uniform(-1.0, 1.0),
        knowledge,
        secrets: hidden
            .map(|about| Secret {
                about: about.to_owned(),
                min_trust: 0.5,
            })
            .into_iter()
            .collect(),
        goods: vec![Good {
            item: Item::Potion(20.0),
            price: 3,
            stock: 2,
        }],
        quests: vec![Quest {
            bring: wanted.to_owned(),
            coins: 2,
            trust: 0.2,
        }],
        mood: Emotion::Neutral,
        ..Character::plain()
    }
}

/// A level of a seed, played for a while.
///
/// # Errors
/// If the level that is made is none; its text is not the caller's.
pub fn ground(seed: u64) -> Result<Ground, String> {
    let mut rng = stream(seed, None, "talk ground");
    let names = Names {
        rooms: drawn(&ROOMS, 4, &mut rng),
        colours: drawn(&COLOURS, 2, &mut rng),
        treasures: drawn(&TREASURES, 2, &mut rng),
        persons: drawn(&NAMES, 3, &mut rng),
    };
    let text = text(&names, &mut rng);
    let level = Level::parse(Path::new("ground.ron"), &text).map_err(|e| format!("{e}\n{text}"))?;
    let layout = level.layout().map_err(|e| e.to_string())?;
    let state = GameState::new(Arc::new(layout), ActorId(0));
    let things = Things::new(&level, &state, &["potion".to_owned()]);
    let hidden_name = names.treasures.first().copied().unwrap_or_default();
    let hidden = things.named(hidden_name, Kind::Item).ok_or("no treasure")?;
    let mut talkers = Vec::new();
    for (number, who) in state
        .characters
        .iter()
        .skip(1)
        .filter(|c| names.persons[..2].contains(&c.name.as_str()))
        .enumerate()
    {
        let own = (number == 0).then_some(hidden_name);
        let file = character(&things, &state, own, &names, &mut rng);
        let world = World {
            things: &things,
            state: &state,
        };
        let made = Talker::new(file, who.id, &world, seed);
        talkers
            .push(made.map_err(|(expected, found)| format!("expected {expected}, found {found}"))?);
    }
    let mut play = Play {
        state,
        nav: Nav::default(),
        things,
        truth: ChronicleTruth::default(),
        talkers,
        tick: 0,
        seed,
    };
    play.watch();
    play.go_about(&mut rng);
    Ok(Ground {
        things: play.things,
        state: play.state,
        truth: play.truth,
        talkers: play.talkers,
        hidden,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_are_levels_in_which_things_happen() {
        let mut deeds = 0;
        for seed in 0..4 {
            let ground = ground(seed).unwrap();
            assert_eq!(ground.talkers.len(), 2);
            let known = ground
                .talkers
                .iter()
                .flat_map(|t| t.memory.knowledge.facts());
            deeds += known
                .filter(|k| matches!(k.fact, crate::talk::facts::Fact::Did { .. }))
                .count();
        }
        assert!(deeds > 0);
    }
}
