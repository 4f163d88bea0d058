//! What stands and moves in a level, as its file describes it.

use serde::{Deserialize, Serialize};

/// What a character is for; chooses its behaviour.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Role {
    /// Whoever is to meet the level's goals.
    Player,
    /// Patrols, chases and fights intruders, goes back.
    #[default]
    Guard,
    /// Follows the player and helps.
    Companion,
    /// Stays at its place and trades; flees from fights.
    Merchant,
    /// Wanders about and flees.
    Prey,
    /// Guards one room, fights in phases.
    Boss,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Player,
        Self::Guard,
        Self::Companion,
        Self::Merchant,
        Self::Prey,
        Self::Boss,
    ];

    /// Its name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::Guard => "guard",
            Self::Companion => "companion",
            Self::Merchant => "merchant",
            Self::Prey => "prey",
            Self::Boss => "boss",
        }
    }

    /// Its team unless the level names another; teams fight each other but for `neutral`.
    pub fn team(self) -> &'static str {
        match self {
            Self::Player | Self::Companion => "player",
            Self::Guard | Self::Boss => "guards",
            Self::Merchant | Self::Prey => "neutral",
        }
    }

    /// The usual abilities.
    pub fn abilities(self) -> Abilities {
        let base = Abilities {
            health: 30.0,
            speed_mps: 2.5,
            damage: 8.0,
            reach_m: 1.1,
            cooldown_s: 0.8,
            view_m: 7.0,
            view_deg: 110.0,
            hearing: 1.0,
        };
        match self {
            Self::Player => Abilities {
                health: 100.0,
                speed_mps: 4.0,
                damage: 12.0,
                reach_m: 1.2,
                cooldown_s: 0.5,
                view_m: 12.0,
                view_deg: 200.0,
                ..base
            },
            Self::Guard => base,
            Self::Companion => Abilities {
                health: 60.0,
                speed_mps: 3.8,
                view_deg: 160.0,
                ..base
            },
            Self::Merchant => Abilities {
                speed_mps: 2.0,
                damage: 0.0,
                ..base
            },
            Self::Prey => Abilities {
                health: 10.0,
                speed_mps: 3.2,
                damage: 0.0,
                view_deg: 260.0,
                hearing: 1.5,
                ..base
            },
            Self::Boss => Abilities {
                health: 120.0,
                speed_mps: 2.2,
                damage: 18.0,
                reach_m: 1.6,
                cooldown_s: 1.2,
                view_m: 10.0,
                view_deg: 180.0,
                ..base
            },
        }
    }
}

/// What a character can do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abilities {
    /// Damage that it takes to kill it.
    pub health: f64,
    /// Top speed, m/s.
    pub speed_mps: f64,
    /// Damage of a blow without a weapon.
    pub damage: f64,
    /// How far a blow without a weapon reaches from its middle, metres.
    pub reach_m: f64,
    /// Time between blows without a weapon, seconds.
    pub cooldown_s: f64,
    /// How far it sees, metres.
    pub view_m: f64,
    /// Opening of its cone of view, degrees.
    pub view_deg: f64,
    /// Factor on the distance over which it hears a sound; 1 is usual.
    pub hearing: f64,
}

/// A character of a level. Abilities that are not given are those of its role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Character {
    /// What it is for.
    pub role: Role,
    /// Its name; its role where empty. Where several have the same, numbers are added.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who it fights for; that of its role where empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub team: String,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach_m: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_s: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_m: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_deg: Option<f64>,
    /// See [`Abilities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hearing: Option<f64>,
    /// Where it looks at first, degrees counter-clockwise from the x axis.
    pub facing_deg: f64,
    /// Names of the places that it walks between, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patrol: Vec<String>,
    /// What it drops when it dies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<Item>,
    /// Name of the persona by which it talks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
}

impl Character {
    /// One of a role, with all as usual.
    pub fn of(role: Role) -> Self {
        Self {
            role,
            ..Self::default()
        }
    }

    /// Its abilities, with those of its role where it names none.
    pub fn abilities(&self) -> Abilities {
        let usual = self.role.abilities();
        Abilities {
            health: self.health.unwrap_or(usual.health),
            speed_mps: self.speed_mps.unwrap_or(usual.speed_mps),
            damage: self.damage.unwrap_or(usual.damage),
            reach_m: self.reach_m.unwrap_or(usual.reach_m),
            cooldown_s: self.cooldown_s.unwrap_or(usual.cooldown_s),
            view_m: self.view_m.unwrap_or(usual.view_m),
            view_deg: self.view_deg.unwrap_or(usual.view_deg),
            hearing: self.hearing.unwrap_or(usual.hearing),
        }
    }

    /// Its team.
    pub fn team(&self) -> &str {
        if self.team.is_empty() {
            self.role.team()
        } else {
            &self.team
        }
    }
}

/// A weapon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weapon {
    /// Its name.
    pub name: String,
    /// Damage of a blow.
    pub damage: f64,
    /// How far it reaches from its bearer's middle, metres.
    pub reach_m: f64,
    /// Time between blows, seconds.
    pub cooldown_s: f64,
}

/// Something that the player picks up by walking over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// Opens doors of its colour.
    Key(String),
    /// Replaces a weaker one at once.
    Weapon(Weapon),
    /// Gives back so much health, when it is picked up.
    Potion(f64),
    /// Is worth so much.
    Coin(u32),
    /// Is wanted by a quest or goal.
    Quest(String),
}

impl Item {
    /// Its name: `red key`, `coin`, `potion`, or its own.
    pub fn name(&self) -> String {
        match self {
            Self::Key(colour) => format!("{colour} key"),
            Self::Weapon(weapon) => weapon.name.clone(),
            Self::Potion(_) => "potion".to_owned(),
            Self::Coin(_) => "coin".to_owned(),
            Self::Quest(name) => name.clone(),
        }
    }
}

/// What keeps a door shut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lock {
    /// Nothing: it opens for whoever comes.
    #[default]
    None,
    /// It opens, for good, for the player with the key of this colour.
    Key(String),
    /// It is open while all switches of these names are on.
    Switches(Vec<String>),
}

/// A door; it fills its cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Door {
    /// What keeps it shut.
    pub lock: Lock,
}

/// How a switch is worked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwitchKind {
    /// A lever: each use turns it over.
    #[default]
    Lever,
    /// A lever that stays on.
    Once,
    /// A plate: on while somebody or a crate stands on it.
    Plate,
}

/// A switch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switch {
    /// What doors call it.
    pub name: String,
    /// How it is worked.
    pub kind: SwitchKind,
    /// Whether it is on at first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_on: bool,
}
