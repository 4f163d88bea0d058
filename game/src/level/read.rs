//! Level files (`.ron`): reading with limits and errors that name their line, writing.

use std::path::Path;

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::Deserialize;
use sim::input::{InputError, Limits, read_text};

use super::layout::{LayoutError, MAX_SIDE};
use super::{Abilities, Character, Item, Level, Mark, Role, Room, Rules, View};

/// Longest level file, bytes.
const MAX_BYTES: u64 = 4 << 20;
/// Largest number that a level may hold.
const MOST: f64 = 1e5;

/// A level as its file may have it: one room's rows, or rooms.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    view: View,
    #[serde(default = "super::one")]
    tile_m: f64,
    #[serde(default)]
    rules: Rules,
    #[serde(default)]
    legend: std::collections::BTreeMap<char, Mark>,
    #[serde(default)]
    rows: Vec<String>,
    #[serde(default)]
    rooms: Vec<Room>,
    goals: Vec<super::Goal>,
    #[serde(default)]
    changes: Vec<crate::change::TimedChange>,
}

fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME)
        .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
        .with_recursion_limit(32)
}

impl Level {
    /// Reads a level file.
    ///
    /// # Errors
    /// If it can't be read, is no level, or a number is out of range; with the line where known.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let limits = Limits {
            max_file_bytes: limits.max_file_bytes.min(MAX_BYTES),
            ..limits.clone()
        };
        Self::parse(path, &read_text(path, &limits)?)
    }

    /// Reads the text of a level file; `path` is for messages only.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, InputError> {
        let raw: Raw = options().from_str(text).map_err(|error| {
            let at = error.span.start;
            InputError::new(path, "a level", error.code.to_string())
                .at(at.line as u32, at.col as u32)
        })?;
        let mut rooms = raw.rooms;
        match (raw.rows.is_empty(), rooms.is_empty()) {
            (false, true) => rooms.push(Room {
                rows: raw.rows,
                ..Room::default()
            }),
            (true, false) => {}
            (true, true) => return Err(InputError::new(path, "rows or rooms", "neither")),
            (false, false) => return Err(InputError::new(path, "rows or rooms", "both")),
        }
        let level = Self {
            name: raw.name,
            theme: raw.theme,
            view: raw.view,
            tile_m: raw.tile_m,
            rules: raw.rules,
            legend: raw.legend,
            rooms,
            goals: raw.goals,
            changes: raw.changes,
        };
        level
            .check()
            .map_err(|(expected, found)| InputError::new(path, expected, found))?;
        level
            .layout()
            .map_err(|error| located(path, text, &level, &error))?;
        Ok(level)
    }

    /// The text of a level file that [`Self::parse`] reads as this level.
    ///
    /// # Errors
    /// If the level can't be written as RON.
    pub fn to_text(&self) -> Result<String, ron::Error> {
        let pretty = PrettyConfig::new().depth_limit(4);
        options()
            .to_string_pretty(self, pretty)
            .map(|text| text + "\n")
    }

    /// Ranges of all numbers: (expected, found).
    fn check(&self) -> Result<(), (String, String)> {
        number("tile_m", self.tile_m, 0.1, 100.0)?;
        let rules = &self.rules;
        number("time_limit_s", rules.time_limit_s, 0.1, MOST)?;
        number("spike_damage", rules.spike_damage, 0.0, MOST)?;
        number("lava_damage_per_s", rules.lava_damage_per_s, 0.0, MOST)?;
        number("push_mps", rules.push_mps, 0.1, 50.0)?;
        number("gravity_mps2", rules.gravity_mps2, 0.1, 1000.0)?;
        number("jump_m", rules.jump_m, 0.0, 100.0)?;
        if rules.player.role != Role::Player {
            let found = rules.player.role.name();
            return Err(("a player in rules".into(), format!("a {found}")));
        }
        character(&rules.player)?;
        for mark in self.legend.values() {
            match mark {
                Mark::Start(facing_deg) => number("a start's facing", *facing_deg, -MOST, MOST)?,
                Mark::Item(what) => item(what)?,
                Mark::Character(what) if what.role == Role::Player => {
                    return Err(("the player in rules".into(), "one in the legend".into()));
                }
                Mark::Character(what) => character(what)?,
                _ => {}
            }
        }
        for room in &self.rooms {
            if room.rows.len() > MAX_SIDE {
                let found = format!("{} rows", room.rows.len());
                return Err((format!("at most {MAX_SIDE} rows"), found));
            }
        }
        for timed in &self.changes {
            number("at_s of a change", timed.at_s, 0.0, MOST)?;
        }
        if self.goals.is_empty() {
            return Err(("a goal".into(), "none".into()));
        }
        Ok(())
    }
}

fn number(name: &str, value: f64, least: f64, most: f64) -> Result<(), (String, String)> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err((format!("{name} of {least} to {most}"), value.to_string()))
    }
}

fn character(what: &Character) -> Result<(), (String, String)> {
    let Abilities {
        health,
        speed_mps,
        damage,
        reach_m,
        cooldown_s,
        view_m,
        view_deg,
        hearing,
    } = what.abilities();
    number("health", health, 0.1, MOST)?;
    number("speed_mps", speed_mps, 0.0, 50.0)?;
    number("damage", damage, 0.0, MOST)?;
    number("reach_m", reach_m, 0.0, 100.0)?;
    number("cooldown_s", cooldown_s, 0.0, MOST)?;
    number("view_m", view_m, 0.0, MOST)?;
    number("view_deg", view_deg, 0.0, 360.0)?;
    number("hearing", hearing, 0.0, 100.0)?;
    number("facing_deg", what.facing_deg, -MOST, MOST)?;
    what.carries.iter().try_for_each(item)
}

fn item(what: &Item) -> Result<(), (String, String)> {
    match what {
        Item::Weapon(weapon) => {
            number("a weapon's damage", weapon.damage, 0.0, MOST)?;
            number("a weapon's reach_m", weapon.reach_m, 0.0, 100.0)?;
            number("a weapon's cooldown_s", weapon.cooldown_s, 0.0, MOST)
        }
        Item::Potion(health) => number("a potion's health", *health, 0.0, MOST),
        Item::Key(_) | Item::Coin(_) | Item::Quest(_) => Ok(()),
    }
}

/// The error with the line and column of the character at fault, found by the text of its row.
fn located(path: &Path, text: &str, level: &Level, error: &LayoutError) -> InputError {
    let wrong = InputError::new(path, &error.expected, &error.found);
    let Some((room, row, column)) = error.at else {
        return wrong;
    };
    let all = level.rooms.iter().enumerate();
    let rows = all.flat_map(|(r, room)| room.rows.iter().enumerate().map(move |(y, t)| (r, y, t)));
    // Rows stand in the file in their order, so that each is looked for after the one before it.
    let mut from = 0;
    for (r, y, content) in rows {
        let quoted = format!("\"{}\"", content.replace('\\', "\\\\").replace('"', "\\\""));
        let Some(at) = text.get(from..).and_then(|rest| rest.find(&quoted)) else {
            return wrong;
        };
        let start = from + at;
        if (r, y) == (room, row) {
            let before = text.get(..start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let last = before.rsplit('\n').next().unwrap_or_default();
            return wrong.at(line as u32, (last.chars().count() + column + 2) as u32);
        }
        from = start + quoted.len();
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Level, InputError> {
        Level::parse(Path::new("level.ron"), text)
    }

    const SMALL: &str = r#########"(
    name: "Small",
    legend: {
        'g': Character(role: Guard, name: "Bo", health: 20, patrol: ["a"]),
        'k': Item(Key("red")),
        'R': Door(lock: Key("red")),
        's': Switch(name: "s", kind: Plate),
        'S': Door(lock: Switches(["s"])),
        'w': Item(Weapon(name: "axe", damage: 20, reach_m: 1.5, cooldown_s: 1)),
        'a': Place("a"),
    },
    rows: [
        "########",
        "#@kRgaS#",
        "#sw...E#",
        "########",
    ],
    goals: [Reach("exit"), Defeat("Bo")],
)"#########;

    #[test]
    fn a_level_is_read_and_written_as_it_was() {
        let level = parse(SMALL).expect("a level");
        let layout = level.layout().expect("a layout");
        assert_eq!(layout.doors.len(), 2);
        assert_eq!(layout.characters[0].what.abilities().health, 20.0);
        let text = level.to_text().expect("written");
        assert_eq!(parse(&text).expect("read again"), level, "{text}");
    }

    #[test]
    fn errors_name_line_and_column() {
        let stray = parse(&SMALL.replace("#sw...E#", "#sw.!.E#")).expect_err("a stray character");
        assert_eq!((stray.line, stray.column), (Some(15), Some(14)), "{stray}");
        let broken = parse(&SMALL.replace("health: 20", "helth: 20")).expect_err("a wrong field");
        assert_eq!(broken.line, Some(4), "{broken}");
        for (from, to) in [
            ("health: 20", "health: -3"),
            ("health: 20", "health: NaN"),
            ("goals: [Reach(\"exit\"), Defeat(\"Bo\")]", "goals: []"),
            ("rows: [", "rooms: [], tile_m: 0, rows: ["),
            ("role: Guard", "role: Player"),
            ("@", "."),
        ] {
            let text = SMALL.replace(from, to);
            assert_ne!(text, SMALL);
            assert!(parse(&text).is_err(), "{to}");
        }
    }
}
