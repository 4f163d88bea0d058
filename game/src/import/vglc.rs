//! The Video Game Level Corpus: text levels of classic games (github.com/TheVGLC/TheVGLC). A game's legend
//! says what its characters mean here; what has no meaning here is listed as lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sim::input::{InputError, Limits, read_text};

use super::{Imported, side, top};
use crate::level::{Level, Mark, Room};

/// A game of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VglcGame {
    /// Super Mario Bros, 2 (Japan), and Land, as "processed".
    MarioBros,
    /// Super Mario Bros and 2 (Japan) as "structural layer", and Super Mario Bros 2.
    MarioLayers,
    /// Kid Icarus.
    KidIcarus,
    /// Lode Runner.
    LodeRunner,
    /// Mega Man.
    MegaMan,
    /// Rainbow Islands.
    RainbowIslands,
    /// The Legend of Zelda: a dungeon.
    Zelda,
    /// Doom.
    Doom,
    /// Super Mario Kart.
    MarioKart,
}

/// What a character of a game means here, and what of its meaning is lost.
pub(super) type Meaning = (char, Mark, Option<&'static str>);

impl VglcGame {
    /// The game that a file of the corpus belongs to, by the folders it lies in; `None` for files that hold
    /// no level, such as annotated paths.
    pub fn of_path(path: &Path) -> Option<Self> {
        let text = path.to_string_lossy();
        let name = path.file_name()?.to_string_lossy();
        let is_level = path.extension().is_some_and(|e| e == "txt")
            && !["Annotated_Path", "tileTypes", "readme", "README"]
                .iter()
                .any(|word| name.contains(word))
            && !text.contains("Player Path Layer")
            && !text.contains("Height Layer");
        let games = [
            ("Structural Layer", Self::MarioLayers),
            ("Super Mario Bros 2 (Japan)", Self::MarioBros),
            ("Super Mario Bros 2", Self::MarioLayers),
            ("Super Mario Bros", Self::MarioBros),
            ("Super Mario Land", Self::MarioBros),
            ("Super Mario Kart", Self::MarioKart),
            ("Kid Icarus", Self::KidIcarus),
            ("Lode Runner", Self::LodeRunner),
            ("MegaMan", Self::MegaMan),
            ("Rainbow Islands", Self::RainbowIslands),
            ("Zelda", Self::Zelda),
            ("Doom", Self::Doom),
        ];
        let found = games.iter().find(|(folder, _)| text.contains(folder));
        found.filter(|_| is_level).map(|(_, game)| *game)
    }

    /// Its characters.
    fn meanings(self) -> Vec<Meaning> {
        match self {
            Self::MarioBros => side::mario_bros(),
            Self::MarioLayers => side::mario_layers(),
            Self::KidIcarus => side::kid_icarus(),
            Self::LodeRunner => side::lode_runner(),
            Self::MegaMan => side::mega_man(),
            Self::RainbowIslands => side::rainbow_islands(),
            Self::Zelda => top::zelda(),
            Self::Doom => top::doom(),
            Self::MarioKart => top::mario_kart(),
        }
    }

    fn is_from_side(self) -> bool {
        !matches!(self, Self::Zelda | Self::Doom | Self::MarioKart)
    }
}

/// Reads a level of the corpus.
///
/// # Errors
/// If it can't be read or holds characters that its game's legend has not.
pub fn vglc(path: &Path, game: VglcGame, limits: &Limits) -> Result<Imported, InputError> {
    parse_vglc(path, &read_text(path, limits)?, game)
}

/// Reads the text of a level of the corpus; `path` is for messages and names alone.
///
/// # Errors
/// As [`vglc`].
pub fn parse_vglc(path: &Path, text: &str, game: VglcGame) -> Result<Imported, InputError> {
    let meanings = game.meanings();
    let mut cells: Vec<Vec<Mark>> = Vec::new();
    let mut lost = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        if line.len() > 4096 || cells.len() > 4096 {
            return Err(InputError::new(
                path,
                "a level of at most 4096 by 4096",
                "more",
            ));
        }
        let mut row = Vec::with_capacity(line.len());
        for (column, character) in line.chars().enumerate() {
            let Some((_, mark, what)) = meanings.iter().find(|(c, ..)| *c == character) else {
                return Err(InputError::new(
                    path,
                    format!("characters of {game:?}"),
                    format!("{character:?}"),
                )
                .at(number as u32 + 1, column as u32 + 1));
            };
            if let Some(what) = what {
                lost.insert(format!("{character}: {what}"));
            }
            row.push(mark.clone());
        }
        cells.push(row);
    }
    if cells.is_empty() {
        return Err(InputError::new(path, "a level", "an empty file"));
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let level = if game.is_from_side() {
        side::finish(&name, game, cells, &mut lost)
    } else {
        top::finish(&name, game, cells, &mut lost)
    };
    let level = level.map_err(|(expected, found)| InputError::new(path, expected, found))?;
    level
        .layout()
        .map_err(|e| InputError::new(path, &e.expected, &e.found))?;
    Ok(Imported {
        level,
        lost: lost.into_iter().collect(),
    })
}

/// Room and legend of rows of marks: those that have a character of their own keep it, others get letters.
pub(super) fn write_rows(level: &mut Level, cells: &[Vec<Mark>]) {
    // Marks are few; their text tells them apart.
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let usual: Vec<(char, Mark)> = (' '..='~')
        .filter_map(|c| Some((c, Mark::usual(c)?)))
        .collect();
    let mut free = ('a'..='z')
        .chain('A'..='Z')
        .filter(|c| Mark::usual(*c).is_none());
    let mut rows = Vec::with_capacity(cells.len());
    for row in cells {
        let mut text = String::with_capacity(row.len());
        for mark in row {
            let known = usual.iter().find(|(_, m)| m == mark).map(|(c, _)| *c);
            let letter = known.or_else(|| {
                let key = format!("{mark:?}");
                let letter = letters.get(&key).copied();
                letter.or_else(|| {
                    let new = free.next()?;
                    letters.insert(key, new);
                    level.legend.insert(new, mark.clone());
                    Some(new)
                })
            });
            text.push(letter.unwrap_or('.'));
        }
        rows.push(text);
    }
    level.rooms = vec![Room {
        rows,
        ..Room::default()
    }];
}
