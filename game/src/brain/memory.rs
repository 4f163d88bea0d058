//! What a character remembers between ticks.

use rand_chacha::ChaCha8Rng;
use sim::actor::ActorId;
use sim::math;

use super::Nav;
use crate::level::{Cell, Direction, Tile, View};
use crate::world::{CharacterCommand, CharacterState, GameState};

/// After so many ticks a way is looked for anew.
const PATH_TICKS: u64 = 20;

/// A way that is being walked.
#[derive(Clone, Debug, PartialEq)]
struct Route {
    to_m: [f64; 2],
    corners: Vec<[f64; 2]>,
    made_at: u64,
}

/// The blackboard of a tree.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Where it belongs, in the level's plane, metres.
    pub home_m: [f64; 2],
    /// Where it looks when it is there, radians.
    pub home_yaw_rad: f64,
    /// Places of its patrol, metres.
    pub patrol_m: Vec<[f64; 2]>,
    /// Which of them is next.
    pub next: usize,
    /// For how many ticks on end it has seen a foe.
    pub seen_ticks: u32,
    /// The foe that it fights.
    pub foe: Option<ActorId>,
    /// Where a foe was last seen or heard, metres.
    pub suspect_m: Option<[f64; 2]>,
    /// The tick until which it searches.
    pub search_until: u64,
    /// Where it flees to, metres, and the tick from which on it may choose anew.
    pub refuge: Option<([f64; 2], u64)>,
    /// Where it wanders or follows to, metres, and the tick from which on it may choose anew.
    pub errand: Option<([f64; 2], u64)>,
    /// Its own random stream.
    pub rng: ChaCha8Rng,
    /// What it is told to do.
    pub command: CharacterCommand,
    route: Option<Route>,
}

impl Memory {
    /// That of somebody who has just come into the level.
    pub fn new(
        state: &GameState,
        who: &CharacterState,
        patrol_m: Vec<[f64; 2]>,
        rng: ChaCha8Rng,
    ) -> Self {
        Self {
            home_m: who.plane_m(state.layout.view),
            home_yaw_rad: who.yaw_rad,
            patrol_m,
            next: 0,
            seen_ticks: 0,
            foe: None,
            suspect_m: None,
            search_until: 0,
            refuge: None,
            errand: None,
            rng,
            command: CharacterCommand::default(),
            route: None,
        }
    }

    /// Goes towards a point of the level's plane (metres) at a speed (m/s); whether there is a way.
    pub fn go(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        to_m: [f64; 2],
        speed_mps: f64,
        tick: u64,
    ) -> bool {
        let at = who.plane_m(state.layout.view);
        if state.layout.view == View::Side {
            return self.go_along(state, who, to_m, speed_mps);
        }
        let is_stale = self
            .route
            .as_ref()
            .is_none_or(|route| far(route.to_m, to_m) > 0.3 || tick >= route.made_at + PATH_TICKS);
        if is_stale {
            let mesh = nav.mesh(state, who.role == crate::level::Role::Player);
            self.route = mesh
                .path(at, to_m, who.figure.radius_m)
                .map(|corners| Route {
                    to_m,
                    corners,
                    made_at: tick,
                });
        }
        let Some(route) = &mut self.route else {
            return false;
        };
        while route.corners.len() > 1 && route.corners.first().is_some_and(|c| far(*c, at) < 0.12) {
            route.corners.remove(0);
        }
        let corner = route.corners.first().copied().unwrap_or(to_m);
        self.head_for(at, corner, speed_mps, route_is_last(&self.route));
        true
    }

    /// Looks for a way anew at the next step.
    pub fn forget_route(&mut self) {
        self.route = None;
    }

    /// Moves straight to a point; slows down before the last one.
    pub(super) fn head_for(&mut self, at: [f64; 2], to: [f64; 2], speed_mps: f64, is_last: bool) {
        let (dx, dy) = (to[0] - at[0], to[1] - at[1]);
        let way = math::hypot(dx, dy);
        if way < 1e-6 {
            return;
        }
        let speed = if is_last {
            speed_mps.min(way * 8.0)
        } else {
            speed_mps
        };
        self.command.move_mps = [dx / way * speed, dy / way * speed];
        if way > 0.05 {
            self.command.face_yaw_rad = math::atan2(dy, dx);
        }
    }

    /// From the side: along the floor, never over an edge or into harm.
    fn go_along(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        to_m: [f64; 2],
        speed_mps: f64,
    ) -> bool {
        let at = who.plane_m(View::Side);
        let dx = to_m[0] - at[0];
        if dx.abs() < 0.05 {
            return (to_m[1] - at[1]).abs() < state.layout.grid.tile_m;
        }
        let side = if dx > 0.0 {
            Direction::East
        } else {
            Direction::West
        };
        self.command.face_yaw_rad = if dx > 0.0 { 0.0 } else { math::PI };
        let ahead = [at[0] + 0.4 * state.layout.grid.tile_m * dx.signum(), at[1]];
        let next = state.layout.grid.at(ahead);
        let floor = next.neighbour(Direction::South);
        let carries = |cell: Cell| {
            state.is_blocked(cell) || matches!(state.tile(cell), Tile::Platform | Tile::Ladder)
        };
        let is_way = !state.is_blocked(next)
            && !state.tile(next).is_hazard()
            && (carries(floor) || !who.is_grounded);
        if is_way {
            self.command.move_mps[0] = side.vector()[0] * speed_mps.min(dx.abs() * 8.0);
        }
        is_way
    }
}

fn route_is_last(route: &Option<Route>) -> bool {
    route.as_ref().is_none_or(|route| route.corners.len() <= 1)
}

pub(super) fn far(a: [f64; 2], b: [f64; 2]) -> f64 {
    math::hypot(a[0] - b[0], a[1] - b[1])
}
