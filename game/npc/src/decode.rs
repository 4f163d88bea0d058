//! The network's numbers to what a character wants, and that to a command a tick.

use game::world::{CharacterCommand, CharacterState};
use sim::math::{self, atan2, cos, exp, hypot, sin};

use crate::mind::{Mind, far};
use crate::network::{DIRECTIONS, FUTURES, HORIZON_S, HORIZONS, OUTPUT};
use crate::tokens::Frame;

/// Places where somebody may be at `HORIZON_S`, metres, and how likely they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Future {
    /// 0 to 1; those of a [`Foresight`] come to 1.
    pub probability: f64,
    /// One a horizon, metres in the level's plane.
    pub places_m: [[f64; 2]; HORIZONS],
}

/// Where the player will be, as far as a character can tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Foresight {
    /// The tick at which it was made.
    pub tick: u64,
    /// Where it took the player to be then, metres.
    pub from_m: [f64; 2],
    /// The most probable first.
    pub futures: Vec<Future>,
}

impl Foresight {
    /// The first place of the most probable future at which somebody of a speed (m/s) could meet the player; the
    /// last one where it could not.
    pub fn meeting_m(&self, at_m: [f64; 2], speed_mps: f64, reach_m: f64) -> Option<[f64; 2]> {
        let future = self.futures.first()?;
        let (mut place, mut time_s) = (self.from_m, 0.0);
        for (next, next_s) in future.places_m.into_iter().zip(HORIZON_S) {
            // A tenth of a second at a time in between.
            let steps = ((next_s - time_s) / 0.1).max(1.0) as u32;
            for step in 1..=steps {
                let part = f64::from(step) / f64::from(steps);
                let here = [0, 1].map(|k| place[k] + (next[k] - place[k]) * part);
                let when_s = time_s + (next_s - time_s) * part;
                if far(at_m, here) <= speed_mps * when_s + reach_m {
                    return Some(here);
                }
            }
            (place, time_s) = (next, next_s);
        }
        Some(place)
    }
}

/// What a character wants until its next decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent {
    /// Where to, as a vector of length 1 in the level's plane; nought to stand.
    pub direction: [f64; 2],
    /// How fast, as a part of its top speed.
    pub speed_part: f64,
    /// Where it looks, radians.
    pub face_yaw_rad: f64,
    /// Strikes as soon as it can.
    pub attack: bool,
    /// Works the nearest switch.
    pub interact: bool,
    /// Jumps.
    pub jump: bool,
}

impl Intent {
    /// To stand and look somewhere.
    pub fn standing(face_yaw_rad: f64) -> Self {
        Self {
            direction: [0.0; 2],
            speed_part: 0.0,
            face_yaw_rad,
            attack: false,
            interact: false,
            jump: false,
        }
    }

    /// The command of a tick; what its difficulty takes from it is taken here.
    pub fn command(&self, who: &CharacterState, mind: &Mind, tick: u64) -> CharacterCommand {
        let speed = who.abilities.speed_mps * mind.skill.pace * self.speed_part;
        let astray = if self.attack { mind.astray_rad } else { 0.0 };
        CharacterCommand {
            move_mps: self.direction.map(|v| v * speed),
            face_yaw_rad: math::wrap_angle(self.face_yaw_rad + astray),
            jump: self.jump,
            attack: self.attack && tick >= who.strikes_at && tick >= mind.willing_at,
            interact: self.interact,
        }
        .sound()
    }
}

/// Where numbers of an output begin; see [`crate::network::Network::forward`].
pub mod place {
    use super::{DIRECTIONS, FUTURES, HORIZONS};

    /// Logits of the directions, then of standing.
    pub const MOVE: usize = 0;
    /// Logits of where to look.
    pub const FACE: usize = MOVE + DIRECTIONS + 1;
    /// Logits of attack, interact and jump.
    pub const DEEDS: usize = FACE + DIRECTIONS;
    /// Part of the top speed.
    pub const SPEED: usize = DEEDS + 3;
    /// What is to come, as the training's rewards reckon it.
    pub const VALUE: usize = SPEED + 1;
    /// Places of the futures in the frame, in its unit.
    pub const PLACES: usize = VALUE + 1;
    /// Logits of the futures.
    pub const LIKELY: usize = PLACES + FUTURES * HORIZONS * 2;
}

/// The angle that a direction's number stands for, radians.
pub fn angle_of(direction: usize) -> f64 {
    math::TAU * direction as f64 / DIRECTIONS as f64
}

fn largest(logits: &[f32]) -> usize {
    let pick = |best: usize, i: usize| if logits[i] > logits[best] { i } else { best };
    (0..logits.len()).fold(0, pick)
}

/// The vector of length 1 between a direction and its neighbours, by their weights.
pub fn blend(logits: &[f32], chosen: usize) -> [f64; 2] {
    let top = logits.get(chosen).copied().unwrap_or_default();
    let around = [DIRECTIONS - 1, 0, 1].map(|turn| (chosen + turn) % DIRECTIONS);
    let mut sum = [0.0; 2];
    for direction in around {
        let logit = logits.get(direction).copied().unwrap_or(f32::MIN);
        let weight = exp(f64::from((logit - top).min(0.0)));
        sum[0] += weight * cos(angle_of(direction));
        sum[1] += weight * sin(angle_of(direction));
    }
    let length = hypot(sum[0], sum[1]).max(1e-9);
    sum.map(|v| v / length)
}

/// What an output says to do. `None` where it is not whole and finite.
pub fn intent(output: &[f32]) -> Option<Intent> {
    let move_logits = output.get(place::MOVE..place::FACE)?;
    let chosen = largest(move_logits);
    intent_with(
        output,
        chosen,
        output.get(place::DEEDS).is_some_and(|v| *v > 0.0),
    )
}

/// As [`intent`], with the direction (`DIRECTIONS` to stand) and the blow chosen by the caller.
pub fn intent_with(output: &[f32], chosen: usize, attack: bool) -> Option<Intent> {
    if output.len() != OUTPUT || !output.iter().all(|v| v.is_finite()) {
        return None;
    }
    let directions = output.get(place::MOVE..place::MOVE + DIRECTIONS)?;
    let looks = output.get(place::FACE..place::DEEDS)?;
    let deed = |k: usize| output.get(place::DEEDS + k).is_some_and(|v| *v > 0.0);
    let is_moving = chosen < DIRECTIONS;
    let face = blend(looks, largest(looks));
    Some(Intent {
        direction: if is_moving {
            blend(directions, chosen)
        } else {
            [0.0; 2]
        },
        speed_part: f64::from(*output.get(place::SPEED)?).clamp(0.0, 1.0),
        face_yaw_rad: atan2(face[1], face[0]),
        attack,
        interact: deed(1),
        jump: deed(2),
    })
}

/// Where an output takes the player to be going, in the world.
pub fn foresight(output: &[f32], frame: &Frame, tick: u64) -> Option<Foresight> {
    let from_m = frame.player_m?;
    let places = output.get(place::PLACES..place::LIKELY)?;
    let logits = output.get(place::LIKELY..place::LIKELY + FUTURES)?;
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let weights: Vec<f64> = logits.iter().map(|l| exp(f64::from(l - top))).collect();
    let sum: f64 = weights.iter().sum();
    let mut futures: Vec<Future> = places
        .chunks_exact(HORIZONS * 2)
        .zip(weights)
        .map(|(way, weight)| {
            let mut places_m = [[0.0; 2]; HORIZONS];
            for (slot, step) in places_m.iter_mut().zip(way.chunks_exact(2)) {
                // Steps are counted from where it takes the player to be.
                *slot = [0, 1].map(|k| from_m[k] + f64::from(step[k]) * frame.unit_m);
            }
            Future {
                probability: weight / sum.max(1e-12),
                places_m,
            }
        })
        .collect();
    let is_whole = |future: &Future| {
        future.probability.is_finite() && future.places_m.iter().flatten().all(|v| v.is_finite())
    };
    if !futures.iter().all(is_whole) {
        return None;
    }
    futures.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    Some(Foresight {
        tick,
        from_m,
        futures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(direction: usize) -> Vec<f32> {
        let mut output = vec![0.0; OUTPUT];
        output[place::MOVE + direction] = 9.0;
        output[place::SPEED] = 0.5;
        output
    }

    #[test]
    fn a_direction_is_where_its_logit_is_largest() {
        for direction in 0..DIRECTIONS {
            let intent = intent(&output(direction)).expect("whole");
            let [x, y] = intent.direction;
            assert!((x - cos(angle_of(direction))).abs() < 1e-3);
            assert!((y - sin(angle_of(direction))).abs() < 1e-3);
        }
        let stands = intent(&output(DIRECTIONS)).expect("whole");
        assert_eq!(stands.direction, [0.0; 2]);
    }

    #[test]
    fn between_two_directions_lies_the_middle() {
        let mut logits = vec![-30.0; DIRECTIONS];
        logits[3] = 1.0;
        logits[4] = 1.0;
        let [x, y] = blend(&logits, 3);
        let middle = (angle_of(3) + angle_of(4)) / 2.0;
        assert!((atan2(y, x) - middle).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_finite_says_nothing() {
        let mut broken = output(1);
        broken[place::SPEED] = f32::NAN;
        assert!(intent(&broken).is_none());
        assert!(intent(&broken[1..]).is_none());
    }

    #[test]
    fn one_meets_the_player_where_it_is_going() {
        let away = |k: usize| [4.0 * HORIZON_S[k], 0.0];
        let foresight = Foresight {
            tick: 0,
            from_m: [0.0, 0.0],
            futures: vec![Future {
                probability: 1.0,
                places_m: [away(0), away(1), away(2), away(3)],
            }],
        };
        // From beside its way: ahead of it, later than from near.
        let meets = |at: [f64; 2]| foresight.meeting_m(at, 3.0, 1.0).expect("a place")[0];
        assert!(meets([4.0, 3.0]) > 1.0 && meets([4.0, 3.0]) < 4.0);
        assert!(meets([4.0, 5.0]) > meets([4.0, 3.0]));
        // From behind one never comes up with it.
        assert!((meets([-9.0, 0.0]) - 12.0).abs() < 1e-9);
    }
}
