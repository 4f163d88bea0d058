//! What the network imitates: the behaviour tree of a role with all its skill, and what difficulty makes of it.
//!
//! The tree is asked anew at each decision with the memory of the [`Mind`], so that it answers for whatever the
//! character has come to, whoever steers it.

use bonsai_bt::BT;
use game::brain::{Act, Memory, Nav, Percept, Wits, decide, tree};
use game::level::{Role, View};
use game::world::{CharacterState, GameState};
use sim::math::{self, atan2, hypot};
use sim::tick::Tick;

use crate::decode::Intent;
use crate::mind::{Mind, far};
use crate::terrain;
use crate::tokens::works;

/// From this difficulty on one goes to where the player will be, not to where it is.
pub const MEETS_FROM: f64 = 0.4;
/// Those who wait for their turn keep so far away, in cells.
const WAIT_CELLS: [f64; 2] = [2.6, 3.6];

/// What the expert would do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Advice {
    /// What it wants.
    pub intent: Intent,
    /// Whether it goes after the player, so that its way is better judged once it is known where the player went.
    pub is_chase: bool,
}

/// The expert of one character.
#[derive(Clone, Debug)]
pub struct Expert {
    tree: BT<Act, Memory>,
}

impl Expert {
    /// That of a character who has just come into the level.
    pub fn new(state: &GameState, who: &CharacterState, mind: &Mind) -> Self {
        let memory = Memory::new(state, who, mind.patrol_m.clone(), mind.rng.clone());
        Self {
            tree: BT::new(tree(who.role), memory),
        }
    }

    /// What it would do with what is noticed.
    pub fn advise(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        mind: &Mind,
        noticed: &Percept,
        tick: Tick,
    ) -> Advice {
        self.remember(who, mind);
        let command = decide(&mut self.tree, state, nav, who, noticed, tick, Wits::FULL);
        let at = who.plane_m(state.layout.view);
        let tile_m = state.layout.grid.tile_m;
        let wanted = hypot(command.move_mps[0], command.move_mps[1]);
        let foe = noticed.foe();
        let (_, reach_m, _) = who.blow();
        let is_in_reach = foe.is_some_and(|foe| foe.distance_m - 0.3 * tile_m <= 0.9 * reach_m);
        let is_still = wanted < 0.05;
        // The tree turns to the foe when it strikes, and waits there for its next blow.
        let strikes = is_in_reach && is_still && {
            let yaw = foe.map(|foe| atan2(foe.at_m[1] - at[1], foe.at_m[0] - at[0]));
            yaw == Some(command.face_yaw_rad)
        };
        let mut intent = Intent {
            direction: if is_still {
                [0.0; 2]
            } else {
                command.move_mps.map(|v| v / wanted)
            },
            speed_part: (wanted / who.abilities.speed_mps.max(1e-6)).clamp(0.0, 1.0),
            face_yaw_rad: command.face_yaw_rad,
            attack: strikes,
            interact: who.role == Role::Companion && works(state, who),
            jump: command.jump,
        };
        let is_fighter = matches!(who.role, Role::Guard | Role::Boss | Role::Companion);
        let is_chase = is_fighter
            && !strikes
            && !is_still
            && foe.is_some_and(|foe| foe.role == Role::Player && !is_in_reach);
        let is_top = state.layout.view == View::Top;
        if let (Some((from, _)), true) = (mind.fear, is_top) {
            intent = flight(state, nav, who, from).unwrap_or(intent);
        }
        if let (Role::Guard, Some(foe), true) = (who.role, foe, is_top)
            && waits_for_others(mind, foe.at_m, at, tick.index)
        {
            intent = waiting(foe.at_m, at, tile_m);
            return Advice {
                intent,
                is_chase: false,
            };
        }
        let is_searching =
            tick.index < mind.search_until && foe.is_none() && mind.suspect.is_none();
        if is_searching && is_still && who.role == Role::Guard {
            intent.face_yaw_rad = math::wrap_angle(who.yaw_rad + 0.5);
        }
        // From the side, after a foe that stands above.
        let is_above = foe.is_some_and(|foe| {
            foe.at_m[1] - at[1] > 0.6 * tile_m && (foe.at_m[0] - at[0]).abs() < 2.5 * tile_m
        });
        intent.jump |= !is_top && is_fighter && is_above && who.is_grounded;
        Advice { intent, is_chase }
    }

    /// The tree's memory is that of the mind.
    fn remember(&mut self, who: &CharacterState, mind: &Mind) {
        let memory = self.tree.blackboard_mut();
        memory.next = mind.next;
        memory.refuge = None;
        let is_timid = matches!(who.role, Role::Prey | Role::Merchant);
        if is_timid {
            memory.suspect_m = mind.fear.map(|(from, _)| from);
            memory.search_until = mind.fear.map_or(0, |(_, until)| until);
        } else {
            memory.suspect_m = mind.suspect.map(|(at, _)| at);
            memory.search_until = mind.search_until;
        }
        let [vx, vy, _] = who.velocity_mps;
        memory.errand = match who.role {
            // Once it goes after its leader, it goes on.
            Role::Companion => (hypot(vx, vy) > 0.5).then_some((mind.home_m, 0)),
            _ => mind.errand,
        };
    }
}

/// Runs to the refuge in sight.
fn flight(
    state: &GameState,
    nav: &mut Nav,
    who: &CharacterState,
    from: [f64; 2],
) -> Option<Intent> {
    let at = who.plane_m(state.layout.view);
    let to = terrain::look(state, who).refuge(at, from)?;
    let mesh = nav.mesh(state, false);
    let path = mesh.path(at, to, who.figure.radius_m)?;
    let corner = path.iter().find(|corner| far(**corner, at) > 0.12)?;
    let gap = far(*corner, at);
    let direction = [0, 1].map(|k| (corner[k] - at[k]) / gap);
    Some(Intent {
        direction,
        speed_part: 1.0,
        face_yaw_rad: atan2(direction[1], direction[0]),
        attack: false,
        interact: false,
        jump: false,
    })
}

/// How many fight at once.
fn turns(difficulty: f64) -> usize {
    match difficulty {
        d if d < 0.15 => 1,
        d if d < 0.4 => 2,
        _ => usize::MAX,
    }
}

/// Whether as many others as fight at once stand nearer to the foe.
fn waits_for_others(mind: &Mind, foe_m: [f64; 2], at: [f64; 2], tick: u64) -> bool {
    let own = far(at, foe_m);
    let is_before = |role: Role| matches!(role, Role::Guard | Role::Boss);
    let nearer = mind.beings.iter().filter(|being| {
        Mind::is_seen(being, tick)
            && is_before(being.last.role)
            && far(being.last.at_m, foe_m) < own
    });
    nearer.count() >= turns(mind.skill.difficulty)
}

/// Keeps at a distance and looks on.
fn waiting(foe_m: [f64; 2], at: [f64; 2], tile_m: f64) -> Intent {
    let gap = far(foe_m, at).max(1e-6);
    let towards = [0, 1].map(|k| (foe_m[k] - at[k]) / gap);
    let [near, far] = WAIT_CELLS.map(|cells| cells * tile_m);
    let sign = if gap < near {
        -1.0
    } else if gap > far {
        1.0
    } else {
        0.0
    };
    Intent {
        direction: towards.map(|v| v * sign),
        speed_part: if sign == 0.0 { 0.0 } else { 0.6 },
        face_yaw_rad: atan2(towards[1], towards[0]),
        attack: false,
        interact: false,
        jump: false,
    }
}
