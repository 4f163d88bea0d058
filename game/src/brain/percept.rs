//! What a character can see and hear.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};
use sim::actor::ActorId;
use sim::math;

use crate::level::{Role, View};
use crate::nav::{hears, sees};
use crate::world::{CharacterState, GameState};

/// Within so many cells one is noticed from behind, too.
const NEAR_CELLS: f64 = 1.2;

/// Somebody who is seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Who.
    pub id: ActorId,
    /// What it is for.
    pub role: Role,
    /// Whether it fights for another team that is not neutral.
    pub is_foe: bool,
    /// Where, in the level's plane, metres.
    pub at_m: [f64; 2],
    /// How far away, metres.
    pub distance_m: f64,
    /// Its velocity in the level's plane, m/s.
    pub velocity_mps: [f64; 2],
    /// Its health, as a part of what it had at first.
    pub health: f64,
}

/// Something that is heard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Where it comes from, in the level's plane, metres.
    pub at_m: [f64; 2],
    /// Whether it is made by a foe; ears tell friends' steps from strangers'.
    pub is_foe: bool,
}

/// What a character can see and hear at a tick.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percept {
    /// Living characters that it sees, the nearest first.
    pub seen: Vec<Seen>,
    /// What it hears, in the order of actors.
    pub heard: Vec<Heard>,
}

impl Percept {
    /// The nearest foe that is seen.
    pub fn foe(&self) -> Option<&Seen> {
        self.seen.iter().find(|seen| seen.is_foe)
    }
}

/// Whether two teams fight each other.
fn are_foes(a: &str, b: &str) -> bool {
    a != b && a != "neutral" && b != "neutral"
}

/// What somebody can see and hear in a state.
pub fn perceive(state: &GameState, who: &CharacterState) -> Percept {
    let view = state.layout.view;
    let (grid, at) = (&state.layout.grid, who.plane_m(view));
    let opaque = |cell| state.is_opaque(cell);
    let half_rad = (who.abilities.view_deg / 2.0).to_radians();
    let mut seen: Vec<Seen> = Vec::new();
    for other in &state.characters {
        if other.id == who.id || !other.is_alive() {
            continue;
        }
        let to = other.plane_m(view);
        let (dx, dy) = (to[0] - at[0], to[1] - at[1]);
        let distance_m = math::hypot(dx, dy);
        let angle = math::wrap_angle(math::atan2(dy, dx) - who.yaw_rad).abs();
        let is_near = distance_m < NEAR_CELLS * grid.tile_m;
        let is_in_view = is_near || (distance_m <= who.abilities.view_m && angle <= half_rad);
        if is_in_view && sees(grid, opaque, at, to) {
            let [vx, vy, vz] = other.velocity_mps;
            seen.push(Seen {
                id: other.id,
                role: other.role,
                is_foe: are_foes(&who.team, &other.team),
                at_m: to,
                distance_m,
                velocity_mps: [vx, if view == View::Top { vy } else { vz }],
                health: other.health / other.abilities.health.max(1e-9),
            });
        }
    }
    seen.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.id.cmp(&b.id)));
    let others = state.sounds.iter().filter(|sound| sound.source != who.id);
    let heard = others.filter(|sound| {
        let ends = [sound.at_m, at];
        hears(grid, opaque, ends, sound.radius_m, who.abilities.hearing)
    });
    let heard = heard.map(|sound| Heard {
        at_m: sound.at_m,
        is_foe: state
            .character(sound.source)
            .is_some_and(|source| are_foes(&who.team, &source.team)),
    });
    Percept {
        heard: heard.collect(),
        seen,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::level::Level;
    use crate::world::CharacterCommand;

    fn state(rows: &str, facing_deg: f64) -> GameState {
        let text = format!(
            "(name: \"t\", legend: {{'g': Character(role: Guard, facing_deg: {facing_deg})}}, rows: [{rows}],
            goals: [Reach(\"exit\")])"
        );
        let level = Level::parse(Path::new("t.ron"), &text).expect("a level");
        GameState::new(Arc::new(level.layout().expect("a layout")), ActorId(0))
    }

    fn guard_sees(state: &GameState) -> bool {
        perceive(state, &state.characters[1]).foe().is_some()
    }

    #[test]
    fn one_sees_ahead_and_not_behind_nor_through_walls_nor_too_far() {
        assert!(guard_sees(&state("\"g...@E\"", 0.0)));
        assert!(!guard_sees(&state("\"g...@E\"", 180.0)));
        assert!(!guard_sees(&state("\"g.#.@E\"", 0.0)));
        assert!(!guard_sees(&state("\"g.........@E\"", 0.0)));
        // Right behind is noticed.
        assert!(guard_sees(&state("\"g@E\"", 180.0)));
    }

    #[test]
    fn who_runs_is_heard_from_behind_and_who_creeps_is_not() {
        let heard = |speed: f64| {
            let mut state = state("\"g..@...E\"", 180.0);
            let command = CharacterCommand {
                move_mps: [speed, 0.0],
                ..CharacterCommand::default()
            };
            state.step(&[(ActorId(0), command)], 1, 0.05);
            let percept = perceive(&state, &state.characters[1]);
            percept.heard.iter().any(|heard| heard.is_foe)
        };
        assert!(heard(4.0));
        assert!(!heard(1.0));
    }
}
