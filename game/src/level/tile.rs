//! What a cell of a level is made of.

use serde::{Deserialize, Serialize};

/// What a cell is made of. In a level seen from the side, what is no solid and does no harm is air.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Tile {
    /// Nothing: outside the level, impassable and not drawn.
    #[default]
    Void,
    /// Floor, or air where the level is seen from the side.
    Floor,
    /// Solid.
    Wall,
    /// Floor on which a crate is to stand.
    Target,
    /// Floor that hurts who steps on it.
    Spikes,
    /// Hurts for as long as one stands in it.
    Lava,
    /// Who walks into it falls; a crate that is pushed into it fills it.
    Pit,
    /// Slows whoever walks on it.
    Mud,
    /// Side view: carries those who come from above, lets others through. From above: floor.
    Platform,
    /// Side view: can be climbed up and down. From above: floor.
    Ladder,
    /// Side view: one hangs on it hand over hand. From above: floor.
    Rope,
}

impl Tile {
    /// Every tile with the character that stands for it unless a level's legend says otherwise.
    pub const CHARACTERS: [(char, Self); 11] = [
        (' ', Self::Void),
        ('.', Self::Floor),
        ('#', Self::Wall),
        ('x', Self::Target),
        ('^', Self::Spikes),
        ('~', Self::Lava),
        ('_', Self::Pit),
        ('%', Self::Mud),
        ('=', Self::Platform),
        ('H', Self::Ladder),
        ('-', Self::Rope),
    ];

    /// The character that stands for it.
    pub fn character(self) -> char {
        let found = Self::CHARACTERS.iter().find(|(_, tile)| *tile == self);
        found.map_or(' ', |(character, _)| *character)
    }

    /// Whether nothing passes through it.
    pub fn is_solid(self) -> bool {
        matches!(self, Self::Void | Self::Wall)
    }

    /// Whether standing in it does harm.
    pub fn is_hazard(self) -> bool {
        matches!(self, Self::Spikes | Self::Lava | Self::Pit)
    }

    /// Whether it can be climbed, seen from the side.
    pub fn is_climbable(self) -> bool {
        matches!(self, Self::Ladder | Self::Rope)
    }
}
