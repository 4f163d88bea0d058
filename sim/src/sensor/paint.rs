//! Colours of actors, the same for cameras and for whoever draws the scene.

use super::draw;
use crate::actor::{ActorId, ActorSpec};

/// Usual car paints, linear colour.
pub(super) const PAINTS: [[f32; 3]; 10] = [
    [0.62, 0.62, 0.6],
    [0.36, 0.37, 0.39],
    [0.15, 0.16, 0.17],
    [0.025, 0.025, 0.03],
    [0.04, 0.1, 0.3],
    [0.42, 0.03, 0.03],
    [0.06, 0.2, 0.32],
    [0.05, 0.16, 0.09],
    [0.48, 0.36, 0.2],
    [0.6, 0.26, 0.03],
];
/// Usual clothes, linear colour.
pub(super) const CLOTHES: [[f32; 3]; 8] = [
    [0.05, 0.07, 0.15],
    [0.3, 0.05, 0.05],
    [0.02, 0.02, 0.02],
    [0.4, 0.4, 0.4],
    [0.08, 0.22, 0.1],
    [0.5, 0.38, 0.12],
    [0.12, 0.08, 0.06],
    [0.1, 0.25, 0.42],
];

/// Paint of an actor, linear: its `color` property (`#rrggbb`) or one by its id.
pub fn paint(id: ActorId, spec: &ActorSpec) -> [f32; 3] {
    let named = spec.properties.iter().find(|(name, _)| {
        name.eq_ignore_ascii_case("color") || name.eq_ignore_ascii_case("colour")
    });
    let hex = named
        .and_then(|(_, value)| value.strip_prefix('#'))
        .filter(|hex| hex.len() == 6)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    if let Some(hex) = hex {
        // Square: close to the sRGB curve, and enough for a paint.
        return [16, 8, 0].map(|shift| {
            let v = (hex >> shift & 255) as f32 / 255.0;
            v * v
        });
    }
    pick(&PAINTS, id, 1)
}

/// Coat and trousers of a person, linear.
pub fn clothes(id: ActorId) -> [[f32; 3]; 2] {
    [pick(&CLOTHES, id, 3), pick(&CLOTHES, id, 4)]
}

/// One of a table by an actor's id; `salt` tells the things of one actor apart.
pub(super) fn pick(table: &[[f32; 3]], id: ActorId, salt: u64) -> [f32; 3] {
    let n = draw::mix(u64::from(id.0), salt) % table.len() as u64;
    table[n as usize]
}
