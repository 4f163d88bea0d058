//! From what is asked for to a proven level: draw, repair, prove, tune, and play where asked.

use game::level::{LayoutError, Level};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sim::seed::{Draw, stream};

use super::constructive;
use super::difficulty;
use super::network::LevelNetwork;
use super::repair::{Repaired, repair};
use super::sketch::{Features, MAX_SIDE, MIN_SIDE, Sketch, Theme, symbol as s};
use super::wfc::Patterns;

/// What a level is to be like.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What it is about.
    pub theme: Theme,
    /// Number of columns, 8 to 40.
    pub columns: usize,
    /// Number of rows, 8 to 40.
    pub rows: usize,
    /// How hard it is to be, 0 to 1 (see [`difficulty::measure`]).
    pub difficulty: f64,
    /// What it is to have at least; `None` leaves it to chance.
    pub features: Option<Features>,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Levels among which the one closest to the asked difficulty is taken, at least 1.
    pub candidates: usize,
    /// Whether the scripted player of skill 0.9 has to beat it too.
    pub is_played: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            theme: Theme::Dungeon,
            columns: 28,
            rows: 14,
            difficulty: 0.4,
            features: None,
            seed: 0,
            candidates: 3,
            is_played: false,
        }
    }
}

/// Who draws the sketches.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The rules of [`constructive`].
    Rules,
    /// Wave-function collapse with patterns of a theme.
    Collapse(&'a Patterns),
    /// The transformer.
    Network(&'a LevelNetwork),
}

/// A level that the solver proved.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The level.
    pub level: Level,
    /// What it was made of.
    pub sketch: Sketch,
    /// The sketch as it was drawn, before repair.
    pub drawn: Sketch,
    /// Cells that the repair changed.
    pub changes: usize,
    /// The difficulty that is predicted for it; where it was played, that which was then measured.
    pub predicted: f64,
    /// Sketches that were drawn for it.
    pub tries: usize,
}

/// Why there is no level.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// The size is out of range.
    #[error("expected {MIN_SIDE} to {MAX_SIDE} columns and rows, found {0} x {1}")]
    Size(usize, usize),
    /// The difficulty is out of range.
    #[error("expected a difficulty of 0 to 1, found {0}")]
    Difficulty(f64),
    /// More is asked for than a level can have.
    #[error("expected at most {most} {what}, found {found}")]
    Features {
        /// Of what.
        what: &'static str,
        /// How many there can be.
        most: u32,
        /// How many were asked for.
        found: u32,
    },
    /// No sketch came out as asked for.
    #[error("none of {0} sketches has what was asked for and can be beaten")]
    GaveUp(usize),
    /// What was generated makes no layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// Sketches that are drawn for one level before it is given up.
const MAX_TRIES: usize = 60;

/// Generates a level; it is proven by the solver, and beaten by the scripted player where that is asked.
///
/// # Errors
/// If what is asked for is out of range, or no sketch came out so.
pub fn generate(asked: &Asked, source: Source) -> Result<Generated, GenerateError> {
    let mut all = generate_many(std::slice::from_ref(asked), source);
    all.pop().unwrap_or(Err(GenerateError::GaveUp(0)))
}

/// Generates several levels at once, which is faster by the network; each is the same as if generated alone
/// but for the last bits of the network's sums.
pub fn generate_many(asked: &[Asked], source: Source) -> Vec<Result<Generated, GenerateError>> {
    let mut slots: Vec<Slot> = asked.iter().map(Slot::new).collect();
    for round in 0..MAX_TRIES {
        let open: Vec<usize> = (0..slots.len()).filter(|i| slots[*i].is_open()).collect();
        if open.is_empty() {
            break;
        }
        let wanted: Vec<(Asked, Features, u64)> =
            open.iter().map(|i| slots[*i].next(round as u64)).collect();
        let drawn = draw(&wanted, source);
        let open = slots.par_iter_mut().filter(|slot| slot.is_open());
        open.collect::<Vec<_>>()
            .into_par_iter()
            .zip(drawn)
            .for_each(|(slot, sketch)| slot.take(sketch));
    }
    slots.into_iter().map(Slot::finish).collect()
}

fn draw(wanted: &[(Asked, Features, u64)], source: Source) -> Vec<Option<Sketch>> {
    match source {
        Source::Network(network) => network.draw(wanted).into_iter().map(Some).collect(),
        Source::Rules => wanted
            .iter()
            .map(|(asked, features, seed)| {
                let mut rng = stream(*seed, None, "rules");
                let (theme, columns, rows) = (asked.theme, asked.columns, asked.rows);
                Some(constructive::draw(theme, columns, rows, features, &mut rng))
            })
            .collect(),
        Source::Collapse(patterns) => wanted
            .iter()
            .map(|(asked, _, seed)| {
                let mut rng = stream(*seed, None, "collapse");
                patterns.collapse(asked.theme, asked.columns, asked.rows, &mut rng)
            })
            .collect(),
    }
}

/// One level in the making.
struct Slot<'a> {
    asked: &'a Asked,
    rng: ChaCha8Rng,
    best: Option<Generated>,
    found: usize,
    tries: usize,
    refused: Option<GenerateError>,
}

impl<'a> Slot<'a> {
    fn new(asked: &'a Asked) -> Self {
        Self {
            asked,
            rng: stream(asked.seed, None, "generate"),
            best: None,
            found: 0,
            tries: 0,
            refused: refuse(asked),
        }
    }

    fn is_open(&self) -> bool {
        self.refused.is_none() && self.found < self.asked.candidates.max(1)
    }

    fn next(&mut self, round: u64) -> (Asked, Features, u64) {
        let features = self.asked.features.unwrap_or_else(|| {
            let mut usual = constructive::usual_features(self.asked.theme, &mut self.rng);
            // Without guards nothing is hard.
            let least = (self.asked.difficulty * 5.0).round() as u32;
            usual.guards = usual.guards.clamp(least, least + 2);
            usual
        });
        let seed = self
            .asked
            .seed
            .wrapping_mul(MAX_TRIES as u64)
            .wrapping_add(round);
        (self.asked.clone(), features, seed)
    }

    fn take(&mut self, drawn: Option<Sketch>) {
        self.tries += 1;
        let Some(drawn) = drawn else { return };
        let Some(Repaired {
            mut sketch,
            plan,
            changes,
        }) = repair(&drawn, &mut self.rng)
        else {
            return;
        };
        if !has(&sketch, self.asked.features.as_ref()) {
            return;
        }
        let least = (self.asked.difficulty * 5.0).round() as u32;
        if self.asked.features.is_none() {
            garrison(&mut sketch, least, &mut self.rng);
        }
        let mut predicted = difficulty::tune(&mut sketch, &plan, self.asked.difficulty);
        let miss = |predicted: f64| (predicted - self.asked.difficulty).abs();
        let name = format!("{} {}", self.asked.theme.name(), self.asked.seed);
        if self.asked.is_played {
            // Only what is beaten is a candidate.
            match rehearse(&mut sketch, self.asked) {
                Some(measured) => predicted = measured,
                None => return,
            }
        }
        let level = sketch.level(&name);
        self.found += 1;
        if miss(predicted) < CLOSE {
            // None will be much closer.
            self.found = self.asked.candidates.max(1);
        }
        let is_better = self
            .best
            .as_ref()
            .is_none_or(|best| miss(predicted) < miss(best.predicted));
        if is_better {
            self.best = Some(Generated {
                level,
                sketch,
                drawn,
                changes,
                predicted,
                tries: 0,
            });
        }
    }

    fn finish(self) -> Result<Generated, GenerateError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        let tries = self.tries;
        match self.best {
            Some(best) => Ok(Generated { tries, ..best }),
            None => Err(GenerateError::GaveUp(tries)),
        }
    }
}

fn refuse(asked: &Asked) -> Option<GenerateError> {
    let range = MIN_SIDE..=MAX_SIDE;
    if !range.contains(&asked.columns) || !range.contains(&asked.rows) {
        return Some(GenerateError::Size(asked.columns, asked.rows));
    }
    if !(0.0..=1.0).contains(&asked.difficulty) {
        return Some(GenerateError::Difficulty(asked.difficulty));
    }
    let features = asked.features.unwrap_or_default();
    let bounds = [
        ("locks", 2, features.locks),
        ("levers", 1, features.levers),
        ("crates", 6, features.crates),
        ("guards", 8, features.guards),
        ("treasures", 1, features.treasures),
    ];
    let over = bounds.into_iter().find(|(_, most, found)| found > most);
    over.map(|(what, most, found)| GenerateError::Features { what, most, found })
}

/// Games to find the guards' strength by.
const REHEARSALS: usize = 5;

/// Plays a sketch and makes its guards stronger or weaker until it is about as hard as asked for; how hard it
/// then is, or `None` if the skilled player loses it at each strength that was tried.
fn rehearse(sketch: &mut Sketch, asked: &Asked) -> Option<f64> {
    let (mut low, mut high) = (0.15f64, 3.0f64);
    let mut best: Option<(f64, f64)> = None;
    let miss = |measured: f64| (measured - asked.difficulty).abs();
    for _ in 0..REHEARSALS {
        let level = sketch.level("rehearsal");
        let mut sum = 0.0;
        let mut is_beaten = true;
        for skill in difficulty::SKILLS {
            let outcome = difficulty::play_once(&level, skill, asked.seed).ok()?;
            is_beaten &= outcome.is_beaten || skill < SKILLED;
            sum += difficulty::hardship(&outcome);
        }
        // Once more: what is won by luck alone is no level.
        is_beaten = is_beaten
            && difficulty::play_once(&level, SKILLED, asked.seed.wrapping_add(1))
                .is_ok_and(|outcome| outcome.is_beaten);
        let measured = sum / difficulty::SKILLS.len() as f64;
        let strength = sketch.guard_strength;
        if is_beaten && best.is_none_or(|(at, _)| miss(measured) < miss(at)) {
            best = Some((measured, strength));
        }
        let is_idle = sketch.count(s::GUARD) == 0;
        if is_idle || (is_beaten && miss(measured) < CLOSE) {
            break;
        }
        if !is_beaten || measured > asked.difficulty {
            high = strength.min(high);
        } else {
            low = strength.max(low);
        }
        // The threat goes with the square, so the middle is the geometric one.
        sketch.guard_strength = (low * high).sqrt();
    }
    let (measured, strength) = best?;
    sketch.guard_strength = strength;
    Some(measured)
}

/// The skill of the player that has to beat a level.
const SKILLED: f64 = 0.9;
/// A difficulty that is so near the asked one is taken.
const CLOSE: f64 = 0.03;

/// Whether a sketch has what was asked for.
fn has(sketch: &Sketch, wanted: Option<&Features>) -> bool {
    let has = sketch.features();
    // A warehouse without crates is none.
    if sketch.theme == Theme::Warehouse && has.crates == 0 {
        return false;
    }
    wanted.is_none_or(|wanted| {
        has.locks >= wanted.locks
            && has.levers >= wanted.levers
            && has.crates >= wanted.crates
            && has.guards >= wanted.guards
            && has.treasures >= wanted.treasures
    })
}

/// Posts guards away from the start until there are so many.
fn garrison(sketch: &mut Sketch, least: u32, rng: &mut ChaCha8Rng) {
    let Some(start) = sketch.all(s::START).first().copied() else {
        return;
    };
    let columns = sketch.columns;
    let seen = super::repair::reached(sketch);
    let is_top = sketch.theme != Theme::Tower;
    while sketch.count(s::GUARD) < least {
        let mut cells = constructive::stands(sketch);
        cells.retain(|cell| {
            let away = (cell % columns).abs_diff(start % columns)
                + (cell / columns).abs_diff(start / columns);
            away > 4 && (!is_top || seen[*cell])
        });
        if cells.is_empty() {
            return;
        }
        sketch.set(cells[rng.index(cells.len())], s::GUARD);
    }
}
