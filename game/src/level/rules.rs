//! How a level is played, and what it takes to beat it.

use serde::{Deserialize, Serialize};

use super::Character;

/// From where a level is seen, which also says where things fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum View {
    /// From above: rows lie north of each other, and nothing falls but into pits.
    #[default]
    Top,
    /// From the side: rows lie above each other, characters fall and jump.
    Side,
}

/// How a level is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The player's own name and abilities.
    pub player: Character,
    /// Time after which the level is lost, seconds.
    pub time_limit_s: f64,
    /// Whether a key opens one door only.
    pub keys_are_used_up: bool,
    /// Damage of a step onto spikes, and of each second on them.
    pub spike_damage: f64,
    /// Damage of a second in lava.
    pub lava_damage_per_s: f64,
    /// Speed of a crate that is pushed, m/s.
    pub push_mps: f64,
    /// Acceleration of those who fall, m/s².
    pub gravity_mps2: f64,
    /// How high a character jumps, metres.
    pub jump_m: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            player: Character::of(super::Role::Player),
            time_limit_s: 180.0,
            keys_are_used_up: false,
            spike_damage: 15.0,
            lava_damage_per_s: 60.0,
            push_mps: 2.5,
            gravity_mps2: 30.0,
            jump_m: 2.3,
        }
    }
}

/// One thing that it takes to beat a level; it takes all of a level's goals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// The player stands at a place of this name, once all else is done.
    Reach(String),
    /// The player has had coins of this worth.
    Coins(u32),
    /// The player has had all items of this name (see [`super::Item::name`]).
    Collect(String),
    /// All characters of this name, role or team are dead.
    Defeat(String),
    /// On each target stands a crate.
    Crates,
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reach(place) => write!(f, "reach {place}"),
            Self::Coins(worth) => write!(f, "collect coins of {worth}"),
            Self::Collect(item) => write!(f, "collect {item}"),
            Self::Defeat(who) => write!(f, "defeat {who}"),
            Self::Crates => write!(f, "push the crates onto their targets"),
        }
    }
}
