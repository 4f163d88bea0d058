//! Sketches as the transformer reads and writes them: patches of two by two cells in raster order.

use super::sketch::{Features, Sketch, Theme, symbol as s};

/// Number of symbols; a number more stands for what lies outside.
pub const SYMBOLS: usize = Sketch::ALPHABET.len();
/// The number that stands for what lies outside.
pub const NONE: u8 = SYMBOLS as u8;
/// Cells of a patch.
pub const PATCH: usize = 4;
/// Cells of the four patches around that a step sees itself: west, north-west, north, north-east.
pub const AROUND: usize = 4 * PATCH;
/// Places of a patch: from the left, from the top, from the right, from the bottom.
pub const PLACES: usize = 4;
/// Most patches along a side.
pub const MAX_PATCHES: usize = 20;
/// Numbers that a level is asked for by, and what is left of that at a step.
pub const ASKED: usize = Theme::ALL.len() + 3 + COUNTED + COUNTED;
/// What is counted: locks, levers, crates, guards, treasures, start, exit.
pub const COUNTED: usize = 7;

/// What a level is asked for by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// What it is about.
    pub theme: Theme,
    /// How hard it is to be.
    pub difficulty: f64,
    /// What it is to have.
    pub features: Features,
}

/// A sketch being written, patch by patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The sketch; what is not written yet is wall.
    pub sketch: Sketch,
    condition: Condition,
    /// What is wanted less what is written, in the order of [`COUNTED`].
    left: [i32; COUNTED],
}

/// What the network reads at a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Symbols of the patches around, [`AROUND`] a step.
    pub around: Vec<i64>,
    /// Places, [`PLACES`] a step.
    pub places: Vec<i64>,
    /// Numbers, [`ASKED`] a step.
    pub asked: Vec<f32>,
}

impl Page {
    /// An empty one.
    pub fn new(columns: usize, rows: usize, condition: Condition) -> Self {
        let wanted = condition.features;
        let count = |n: u32| n.min(99) as i32;
        Self {
            sketch: Sketch::walls(condition.theme, columns, rows),
            condition,
            left: [
                count(wanted.locks),
                count(wanted.levers),
                count(wanted.crates),
                count(wanted.guards),
                count(wanted.treasures),
                1,
                1,
            ],
        }
    }

    /// Patches in a row of them.
    pub fn across(&self) -> usize {
        self.sketch.columns.div_ceil(2)
    }

    /// Patches in all.
    pub fn len(&self) -> usize {
        self.across() * self.sketch.rows.div_ceil(2)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a patch's cell, if it lies inside the sketch.
    pub fn cell(&self, patch: usize, part: usize) -> Option<usize> {
        let across = self.across().max(1);
        let x = 2 * (patch % across) + part % 2;
        let y = 2 * (patch / across) + part / 2;
        (x < self.sketch.columns && y < self.sketch.rows).then(|| y * self.sketch.columns + x)
    }

    /// Whether a patch's cell is the writer's to choose: inside, and not on the border.
    pub fn free(&self, patch: usize, part: usize) -> Option<usize> {
        let cell = self.cell(patch, part)?;
        (!self.sketch.is_border(cell)).then_some(cell)
    }

    /// Writes a cell.
    pub fn write(&mut self, cell: usize, symbol: u8) {
        self.sketch.set(cell, symbol);
        if let Some(kind) = counted(symbol)
            && let Some(left) = self.left.get_mut(kind)
        {
            *left -= 1;
        }
    }

    /// Whether a symbol may be written next: not more of a thing than is wanted, keys for doors, ladders in
    /// towers, crates in warehouses.
    pub fn allows(&self, symbol: u8) -> bool {
        if let Some(left) = counted(symbol).and_then(|kind| self.left.get(kind))
            && *left <= 0
        {
            return false;
        }
        let theme = self.condition.theme;
        match symbol {
            s::LADDER => theme == Theme::Tower,
            s::TARGET => self.condition.features.crates > 0,
            s::LEVER => self.condition.features.levers > 0,
            key if (s::KEY..=s::KEY + 1).contains(&key) => {
                self.condition.features.locks > 0 && self.sketch.count(key) == 0
            }
            _ => true,
        }
    }

    /// Adds what the network reads before it writes a patch.
    pub fn read(&self, patch: usize, inputs: &mut Inputs) {
        let across = self.across().max(1) as isize;
        let down = self.sketch.rows.div_ceil(2) as isize;
        let (x, y) = (patch as isize % across, patch as isize / across);
        for (dx, dy) in [(-1, 0), (-1, -1), (0, -1), (1, -1)] {
            let (x, y) = (x + dx, y + dy);
            let is_in = (0..across).contains(&x) && y >= 0;
            for part in 0..PATCH {
                let cell = is_in
                    .then(|| self.cell((y * across + x) as usize, part))
                    .flatten();
                let symbol = cell.map_or(NONE, |cell| self.sketch.cell(cell));
                inputs.around.push(i64::from(symbol));
            }
        }
        let most = MAX_PATCHES as isize - 1;
        for place in [x, y, across - 1 - x, down - 1 - y] {
            inputs.places.push(place.clamp(0, most) as i64);
        }
        let theme = self.condition.theme.index();
        for i in 0..Theme::ALL.len() {
            inputs.asked.push(if i == theme { 1.0 } else { 0.0 });
        }
        inputs.asked.push(self.condition.difficulty as f32);
        inputs.asked.push(self.sketch.columns as f32 / 40.0);
        inputs.asked.push(self.sketch.rows as f32 / 40.0);
        let wanted = self.condition.features;
        let all = [
            wanted.locks,
            wanted.levers,
            wanted.crates,
            wanted.guards,
            wanted.treasures,
        ];
        inputs.asked.extend(all.map(|n| n.min(8) as f32 / 4.0));
        inputs
            .asked
            .extend([1.0, patch as f32 / self.len().max(1) as f32]);
        let left = self.left.map(|n| n.clamp(-2, 8) as f32 / 2.0);
        inputs.asked.extend(left);
    }
}

/// Which count a symbol belongs to.
fn counted(symbol: u8) -> Option<usize> {
    Some(match symbol {
        s::LEVER_DOOR => 1,
        s::CRATE | s::CRATE_ON_TARGET => 2,
        s::GUARD => 3,
        s::TREASURE => 4,
        s::START => 5,
        s::EXIT => 6,
        door if (s::KEY_DOOR..=s::KEY_DOOR + 1).contains(&door) => 0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_sees_what_was_written_alone_and_counts_it() {
        let condition = Condition {
            theme: Theme::Dungeon,
            difficulty: 0.5,
            features: Features {
                guards: 1,
                ..Features::default()
            },
        };
        let mut page = Page::new(11, 9, condition);
        assert_eq!(page.len(), 30);
        let mut inputs = Inputs::default();
        page.read(0, &mut inputs);
        assert!(
            inputs
                .around
                .iter()
                .all(|symbol| *symbol == i64::from(NONE))
        );
        assert_eq!(inputs.asked.len(), ASKED);
        assert_eq!(inputs.places.len(), PLACES);
        let cell = page.free(7, 0).unwrap();
        assert!(page.allows(s::GUARD));
        page.write(cell, s::GUARD);
        assert!(!page.allows(s::GUARD) && !page.allows(s::LADDER) && !page.allows(s::KEY));
        assert!(page.free(0, 0).is_none() && page.cell(5, 1).is_none());
    }
}
