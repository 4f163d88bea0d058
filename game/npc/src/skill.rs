//! What goes with a difficulty beside the network's own token: senses, hands and legs.

use game::level::Role;

/// How well a character does what it wants. Health, damage and numbers never change with difficulty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// What it was made from, 0 to 1; the network reads it.
    pub difficulty: f64,
    /// How long a foe must be in view to be noticed, seconds.
    pub reaction_s: f64,
    /// Standard deviation of the direction of its blows, radians.
    pub aim_rad: f64,
    /// Longest wait before a blow that it could strike, seconds.
    pub hesitation_s: f64,
    /// Factor on its top speed.
    pub pace: f64,
    /// Farthest that it takes notice of a sound, in cells.
    pub ear_cells: f64,
}

impl Skill {
    /// That of a difficulty, cut to 0 to 1.
    pub fn of(difficulty: f64) -> Self {
        let difficulty = if difficulty.is_finite() {
            difficulty.clamp(0.0, 1.0)
        } else {
            0.5
        };
        let lack = 1.0 - difficulty;
        Self {
            difficulty,
            reaction_s: 0.7 * lack,
            aim_rad: 0.8 * lack,
            hesitation_s: 2.0 * lack,
            pace: 0.75 + 0.25 * difficulty,
            ear_cells: 3.0 + 9.0 * difficulty,
        }
    }

    /// That of a role in a game of a difficulty: who stands by the player does not get worse as the game gets
    /// easier, nor better as it gets harder.
    pub fn for_role(role: Role, difficulty: f64) -> Self {
        match role {
            Role::Companion => Self::of(1.0),
            _ => Self::of(difficulty),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_gets_better_with_difficulty() {
        for step in 0..10 {
            let [a, b] = [step, step + 1].map(|k| Skill::of(f64::from(k) / 10.0));
            assert!(a.reaction_s > b.reaction_s && a.aim_rad > b.aim_rad);
            assert!(a.hesitation_s > b.hesitation_s);
            assert!(a.pace < b.pace && a.ear_cells < b.ear_cells);
        }
        assert_eq!(Skill::of(7.0), Skill::of(1.0));
        assert_eq!(Skill::of(f64::NAN), Skill::of(0.5));
        assert_eq!(Skill::of(1.0).reaction_s, 0.0);
    }
}
