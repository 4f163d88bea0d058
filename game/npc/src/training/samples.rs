//! Decisions that were recorded, with what is to be learned of them.

use std::path::Path;

use nn::WeightsError;
use sim::math::{TAU, atan2};
use tch::{Device, Kind, Tensor};

use crate::network::{DIRECTIONS, HORIZONS};
use crate::tokens::{Part, WIDTH};

/// What is to be learned of one decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lesson {
    /// Where the expert goes, as a vector of length 1; nought where it stands.
    pub direction: [f32; 2],
    /// How fast, as a part of the top speed.
    pub speed_part: f32,
    /// Where it looks, radians.
    pub face_yaw_rad: f32,
    /// Whether it attacks, works a switch, jumps: 0 or 1.
    pub deeds: [f32; 3],
    /// Where the player went from where it was taken to be, in units; only where `is_known` is 1.
    pub places: [[f32; 2]; HORIZONS],
    /// Whether the game went on for so long.
    pub is_known: [f32; HORIZONS],
    /// The direction that was taken, `DIRECTIONS` to stand.
    pub taken: f32,
    /// Whether a blow was meant.
    pub struck: f32,
    /// Logarithm of the probability of both.
    pub log_probability: f32,
    /// By how much it went better than was to be expected.
    pub advantage: f32,
    /// What came of it.
    pub outcome: f32,
    /// Difficulty.
    pub difficulty: f32,
    /// Whether its role learns by play: 0 or 1.
    pub plays: f32,
}

/// Numbers of a lesson.
const LESSON: usize = 7 + 3 * HORIZONS + 7;

impl Lesson {
    fn numbers(&self) -> Vec<f32> {
        let mut all = vec![
            self.direction[0],
            self.direction[1],
            self.speed_part,
            self.face_yaw_rad,
        ];
        all.extend(self.deeds);
        all.extend(self.places.iter().flatten());
        all.extend(self.is_known);
        all.extend([
            self.taken,
            self.struck,
            self.log_probability,
            self.advantage,
            self.outcome,
            self.difficulty,
            self.plays,
        ]);
        all
    }

    fn of_numbers(numbers: &[f32]) -> Option<Self> {
        if numbers.len() != LESSON {
            return None;
        }
        let at = |i: usize| numbers.get(i).copied().unwrap_or_default();
        let places = std::array::from_fn(|h| [at(7 + 2 * h), at(8 + 2 * h)]);
        let rest = 7 + 3 * HORIZONS;
        Some(Self {
            direction: [at(0), at(1)],
            speed_part: at(2),
            face_yaw_rad: at(3),
            deeds: [at(4), at(5), at(6)],
            places,
            is_known: std::array::from_fn(|h| at(7 + 2 * HORIZONS + h)),
            taken: at(rest),
            struck: at(rest + 1),
            log_probability: at(rest + 2),
            advantage: at(rest + 3),
            outcome: at(rest + 4),
            difficulty: at(rest + 5),
            plays: at(rest + 6),
        })
    }
}

/// Recorded decisions.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// `WIDTH` numbers each.
    pub inputs: Vec<f32>,
    /// One each.
    pub lessons: Vec<Lesson>,
}

impl Samples {
    /// Decisions.
    pub fn len(&self) -> usize {
        self.lessons.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lessons.is_empty()
    }

    /// Adds one.
    pub fn push(&mut self, input: &[f32], lesson: Lesson) {
        debug_assert_eq!(input.len(), WIDTH);
        self.inputs.extend_from_slice(input);
        self.lessons.push(lesson);
    }

    /// Adds all of others.
    pub fn append(&mut self, mut other: Self) {
        self.inputs.append(&mut other.inputs);
        self.lessons.append(&mut other.lessons);
    }

    /// Writes them, so that a training that was stopped goes on with the same ones.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, path: &Path) -> Result<(), WeightsError> {
        let n = self.len() as i64;
        let lessons: Vec<f32> = self.lessons.iter().flat_map(Lesson::numbers).collect();
        let tensors = [
            (
                "inputs".to_owned(),
                Tensor::from_slice(&self.inputs).reshape([n, WIDTH as i64]),
            ),
            (
                "lessons".to_owned(),
                Tensor::from_slice(&lessons).reshape([n, LESSON as i64]),
            ),
        ];
        nn::weights::save_tensors(&tensors, SAMPLES, &n, path).map(|_| ())
    }

    /// Reads what [`Samples::save`] wrote.
    ///
    /// # Errors
    /// If the file is not one of samples of this network.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        let count: i64 = nn::weights::read_config(path, SAMPLES)?;
        let wanted = [("inputs", WIDTH), ("lessons", LESSON)]
            .map(|(name, width)| (name.to_owned(), vec![count, width as i64]));
        let (_, mut tensors) = nn::weights::load_tensors(path, SAMPLES, &wanted.into())?;
        let mut numbers = |name: &str| -> Vec<f32> {
            let tensor = tensors.remove(name);
            tensor
                .and_then(|t| t.flatten(0, -1).try_into().ok())
                .unwrap_or_default()
        };
        let inputs = numbers("inputs");
        let lessons = numbers("lessons");
        Ok(Self {
            inputs,
            lessons: lessons
                .chunks(LESSON)
                .filter_map(Lesson::of_numbers)
                .collect(),
        })
    }

    /// Numbers of the samples of each role that has any.
    pub fn by_role(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new(); Part::ROLE.width];
        for (row, input) in self.inputs.chunks_exact(WIDTH).enumerate() {
            let roles = input.get(Part::ROLE.begin..Part::ROLE.begin + Part::ROLE.width);
            let role = roles.and_then(|roles| roles.iter().position(|is| *is > 0.5));
            if let Some(rows) = role.and_then(|role| all.get_mut(role)) {
                rows.push(row);
            }
        }
        all.retain(|rows| !rows.is_empty());
        all
    }

    /// Some of them as tensors.
    pub fn batch(&self, rows: &[usize], device: Device) -> Batch {
        let b = rows.len() as i64;
        let mut x = Vec::with_capacity(rows.len() * WIDTH);
        let (mut moves, mut looks, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let input = self.inputs.get(row * WIDTH..(row + 1) * WIDTH);
            let (Some(input), Some(lesson)) = (input, self.lessons.get(*row)) else {
                continue;
            };
            x.extend_from_slice(input);
            let [dx, dy] = lesson.direction.map(f64::from);
            let stands = dx == 0.0 && dy == 0.0;
            moves.extend(if stands {
                [0.0; DIRECTIONS]
            } else {
                shares(atan2(dy, dx))
            });
            moves.push(f32::from(u8::from(stands)));
            looks.extend(shares(f64::from(lesson.face_yaw_rad)));
            rest.extend(lesson.numbers());
        }
        let tensor = |values: &[f32], width: usize| {
            Tensor::from_slice(values)
                .reshape([b, width as i64])
                .to_device(device)
        };
        let rest = tensor(&rest, LESSON);
        let part = |from: usize, width: usize| rest.narrow(1, from as i64, width as i64);
        let end = 7 + 3 * HORIZONS;
        let one = |k: usize| part(end + k, 1).squeeze_dim(1);
        Batch {
            x: tensor(&x, WIDTH),
            moves: tensor(&moves, DIRECTIONS + 1),
            looks: tensor(&looks, DIRECTIONS),
            speed: part(2, 1).squeeze_dim(1),
            deeds: part(4, 3),
            places: part(7, 2 * HORIZONS).reshape([b, 1, HORIZONS as i64, 2]),
            is_known: part(7 + 2 * HORIZONS, HORIZONS),
            taken: one(0).to_kind(Kind::Int64),
            struck: one(1),
            log_probability: one(2),
            advantage: one(3),
            outcome: one(4),
            difficulty: one(5),
            plays: one(6),
        }
    }
}

const SAMPLES: &str = "npc samples";

/// How an angle (radians) is shared by the two directions that it lies between.
fn shares(angle_rad: f64) -> [f32; DIRECTIONS] {
    let at = (angle_rad / TAU * DIRECTIONS as f64).rem_euclid(DIRECTIONS as f64);
    let first = (at.floor() as usize) % DIRECTIONS;
    let part = (at - at.floor()) as f32;
    let mut shares = [0.0; DIRECTIONS];
    shares[first] = 1.0 - part;
    shares[(first + 1) % DIRECTIONS] += part;
    shares
}

/// Samples as tensors; B rows.
pub struct Batch {
    /// [B, `WIDTH`].
    pub x: Tensor,
    /// What the expert's direction is shared by, standing last: [B, `DIRECTIONS` + 1].
    pub moves: Tensor,
    /// The same of where it looks: [B, `DIRECTIONS`].
    pub looks: Tensor,
    /// [B].
    pub speed: Tensor,
    /// [B, 3].
    pub deeds: Tensor,
    /// [B, 1, `HORIZONS`, 2].
    pub places: Tensor,
    /// [B, `HORIZONS`].
    pub is_known: Tensor,
    /// [B], whole numbers.
    pub taken: Tensor,
    /// [B].
    pub struck: Tensor,
    /// [B].
    pub log_probability: Tensor,
    /// [B].
    pub advantage: Tensor,
    /// [B].
    pub outcome: Tensor,
    /// [B].
    pub difficulty: Tensor,
    /// [B].
    pub plays: Tensor,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(k: f32) -> Lesson {
        Lesson {
            direction: [0.6, -0.8],
            speed_part: k,
            face_yaw_rad: -1.0,
            deeds: [1.0, 0.0, k],
            places: [[k, 1.0], [2.0, k], [3.0, 4.0], [k, 5.0]],
            is_known: [1.0, 1.0, 0.0, k],
            taken: 3.0,
            struck: 1.0,
            log_probability: -2.0,
            advantage: k,
            outcome: -k,
            difficulty: 0.25,
            plays: 1.0,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("round.safetensors");
        let mut samples = Samples::default();
        for k in 0..3 {
            samples.push(&vec![k as f32; WIDTH], lesson(k as f32));
        }
        samples.save(&path).unwrap();
        let again = Samples::load(&path).unwrap();
        assert_eq!(again.lessons, samples.lessons);
        assert_eq!(again.inputs, samples.inputs);
        std::fs::write(&path, b"nothing").unwrap();
        assert!(Samples::load(&path).is_err());
    }

    #[test]
    fn an_angle_is_shared_by_its_neighbours() {
        let step = TAU / DIRECTIONS as f64;
        let shared = shares(2.25 * step);
        assert!((shared[2] - 0.75).abs() < 1e-6 && (shared[3] - 0.25).abs() < 1e-6);
        let last = shares(-0.25 * step);
        assert!((last[0] - 0.75).abs() < 1e-6 && (last[DIRECTIONS - 1] - 0.25).abs() < 1e-6);
    }
}
