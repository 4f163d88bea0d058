//! What the text of a level comes to: tiles, and what stands where.

use std::collections::BTreeMap;

use super::{Cell, Character, Door, Goal, Grid, Item, Level, Mark, Rules, Switch, Tile, View};

/// Most columns and rows of a level.
pub(super) const MAX_SIDE: usize = 1024;
/// Most cells of a level.
const MAX_CELLS: usize = 1 << 18;
/// Most things that stand or move in a level.
const MAX_THINGS: usize = 5000;

/// A thing and the cell that it stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    /// The cell.
    pub cell: Cell,
    /// The thing.
    pub what: T,
}

/// What a level comes to; all lists go row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// From where it is seen.
    pub view: View,
    /// How it is played.
    pub rules: Rules,
    /// What it takes to beat it.
    pub goals: Vec<Goal>,
    /// Its tiles.
    pub grid: Grid,
    /// Where the player stands at first.
    pub start: Cell,
    /// Where the player looks at first, radians.
    pub facing_rad: f64,
    /// Crates.
    pub crates: Vec<Cell>,
    /// Items.
    pub items: Vec<Placed<Item>>,
    /// Doors.
    pub doors: Vec<Placed<Door>>,
    /// Switches.
    pub switches: Vec<Placed<Switch>>,
    /// Characters but for the player.
    pub characters: Vec<Placed<Character>>,
    /// Places by name.
    pub places: BTreeMap<String, Vec<Cell>>,
}

impl Layout {
    /// The cells of a place; none where it has no such place.
    pub fn place(&self, name: &str) -> &[Cell] {
        self.places.get(name).map_or(&[], Vec::as_slice)
    }

    /// The cells on which crates are to stand.
    pub fn targets(&self) -> Vec<Cell> {
        let is_target = |cell: &Cell| self.grid.tile(*cell) == Tile::Target;
        self.grid.cells().filter(is_target).collect()
    }
}

/// Room, row in it, and character in that, from 0.
pub type TextPlace = (usize, usize, usize);

/// Text that comes to no layout, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct LayoutError {
    /// Room, row in it and character in that, from 0, where it is one character's fault.
    pub at: Option<TextPlace>,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl LayoutError {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            at: None,
            expected: expected.into(),
            found: found.into(),
        }
    }
}

pub(super) fn layout(level: &Level) -> Result<Layout, LayoutError> {
    let (columns, rows) = size(level)?;
    let mut layout = Layout {
        view: level.view,
        rules: level.rules.clone(),
        goals: level.goals.clone(),
        grid: Grid::filled(columns, rows, Tile::Void, level.tile_m),
        start: Cell::default(),
        facing_rad: 0.0,
        crates: Vec::new(),
        items: Vec::new(),
        doors: Vec::new(),
        switches: Vec::new(),
        characters: Vec::new(),
        places: BTreeMap::new(),
    };
    // Rooms that overlap: the last that is not void there has its say.
    let mut marks: BTreeMap<(i32, i32), (Mark, TextPlace)> = BTreeMap::new();
    for (r, room) in level.rooms.iter().enumerate() {
        for (y, row) in room.rows.iter().enumerate() {
            for (x, character) in row.chars().enumerate() {
                let at = (r, y, x);
                let mark = level.mark(character).ok_or_else(|| LayoutError {
                    at: Some(at),
                    expected: "a character that the legend names".to_owned(),
                    found: format!("{character:?}"),
                })?;
                if mark != Mark::Tile(Tile::Void) {
                    let key = (room.at.1 as i32 + y as i32, room.at.0 as i32 + x as i32);
                    marks.insert(key, (mark, at));
                }
            }
        }
    }
    let mut start = None;
    let mut things = 0;
    for ((row, column), (mark, at)) in marks {
        let cell = Cell::new(column, row);
        if matches!(mark, Mark::Start(_)) && start.replace(at).is_some() {
            return Err(LayoutError {
                at: Some(at),
                expected: "one start".to_owned(),
                found: "another".to_owned(),
            });
        }
        things += usize::from(!matches!(mark, Mark::Tile(_) | Mark::Place(_)));
        if things > MAX_THINGS {
            return Err(LayoutError {
                at: Some(at),
                expected: format!("at most {MAX_THINGS} things"),
                found: "more".to_owned(),
            });
        }
        put(&mut layout, cell, mark);
    }
    if start.is_none() {
        return Err(LayoutError::new("a start", "none"));
    }
    Ok(layout)
}

/// Columns and rows of the rooms together.
fn size(level: &Level) -> Result<(usize, usize), LayoutError> {
    let (mut columns, mut rows) = (0, 0);
    for room in &level.rooms {
        let widest = room.rows.iter().map(|row| row.chars().count()).max();
        columns = columns.max((room.at.0 as usize).saturating_add(widest.unwrap_or(0)));
        rows = rows.max((room.at.1 as usize).saturating_add(room.rows.len()));
    }
    if columns == 0 || rows == 0 {
        return Err(LayoutError::new("rows of text", "none"));
    }
    if columns > MAX_SIDE || rows > MAX_SIDE || columns * rows > MAX_CELLS {
        return Err(LayoutError::new(
            format!("at most {MAX_SIDE} columns and rows and {MAX_CELLS} cells"),
            format!("{columns} columns and {rows} rows"),
        ));
    }
    Ok((columns, rows))
}

fn put(layout: &mut Layout, cell: Cell, mark: Mark) {
    let mut tile = Tile::Floor;
    match mark {
        Mark::Tile(own) => tile = own,
        Mark::Start(facing_deg) => {
            layout.start = cell;
            layout.facing_rad = sim::math::wrap_angle(facing_deg.to_radians());
        }
        Mark::Crate => layout.crates.push(cell),
        Mark::CrateOnTarget => {
            layout.crates.push(cell);
            tile = Tile::Target;
        }
        Mark::Item(what) => layout.items.push(Placed { cell, what }),
        Mark::Door(what) => layout.doors.push(Placed { cell, what }),
        Mark::Switch(what) => layout.switches.push(Placed { cell, what }),
        Mark::Character(what) => layout.characters.push(Placed { cell, what: *what }),
        Mark::Place(name) => layout.places.entry(name).or_default().push(cell),
    }
    layout.grid.set(cell, tile);
}

#[cfg(test)]
mod tests {
    use super::super::Room;
    use super::*;

    #[test]
    fn text_becomes_tiles_and_things() {
        let level = Level::of_rows("t", &["####", "#@$#", "#x*E"], vec![Goal::Crates]);
        let layout = level.layout().expect("fits");
        assert_eq!(layout.start, Cell::new(1, 1));
        assert_eq!(layout.crates, [Cell::new(2, 1), Cell::new(2, 2)]);
        assert_eq!(layout.targets(), [Cell::new(1, 2), Cell::new(2, 2)]);
        assert_eq!(layout.place("exit"), [Cell::new(3, 2)]);
    }

    #[test]
    fn rooms_share_a_wall_and_the_later_one_cuts_its_door() {
        let mut level = Level::of_rows("t", &["####", "#@.#", "####"], vec![Goal::Crates]);
        level.rooms.push(Room {
            name: "next".into(),
            at: (3, 0),
            rows: ["####", "D.E#", "####"].map(String::from).to_vec(),
        });
        let layout = level.layout().expect("fits");
        assert_eq!(layout.grid.columns(), 7);
        assert_eq!(layout.doors.len(), 1);
        assert_eq!(layout.doors[0].cell, Cell::new(3, 1));
        assert_eq!(layout.grid.tile(Cell::new(3, 1)), Tile::Floor);
    }

    #[test]
    fn what_has_no_meaning_is_named_with_its_place() {
        let level = Level::of_rows("t", &["####", "#@?#"], vec![Goal::Crates]);
        let error = level.layout().expect_err("no meaning");
        assert_eq!(error.at, Some((0, 1, 2)));
        let two = Level::of_rows("t", &["@@"], vec![Goal::Crates]);
        assert_eq!(two.layout().expect_err("two").at, Some((0, 0, 1)));
        let none = Level::of_rows("t", &["##"], vec![Goal::Crates]);
        assert!(none.layout().is_err());
        let mut wide = Level::of_rows("t", &["@"], vec![]);
        wide.rooms[0].at = (u32::MAX, u32::MAX);
        assert!(wide.layout().is_err());
    }
}
