//! The scripted player: carries out a plan, fights what comes, plans anew where the level is not as planned.

mod above;
mod side;

use sim::actor::ActorId;
use sim::math;
use sim::seed::Draw;

use super::memory::far;
use super::{Memory, Nav, Percept, Seen};
use crate::level::{Cell, Goal, Item, View};
use crate::solve::{SolveOptions, Step, solve};
use crate::world::{CharacterCommand, CharacterState, GameState, TALK_CELLS};

/// After so long in one place the plan is made anew, seconds.
const STUCK_S: f64 = 3.0;
/// How often a plan is made anew at most.
const MAX_PLANS: u32 = 24;
/// With less than this part of its health the player looks for a potion.
const WEAK: f64 = 0.5;

/// How a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Goes,
    Done,
    Stuck,
}

/// The scripted player's mind.
#[derive(Clone, Debug)]
pub struct PlayerBrain {
    steps: Vec<Step>,
    at: usize,
    skill: f64,
    memory: Memory,
    options: SolveOptions,
    plans: u32,
    pause_until: u64,
    /// Where it was when it last got on, and when.
    anchor: ([f64; 2], u64),
    /// Bookkeeping of the step it is at.
    begun: Option<Begun>,
    /// Whom it talks to once its steps are done.
    talks_to: Option<ActorId>,
    /// Ticks for which it has stood where a leap was not to end.
    idle_ticks: u32,
}

/// What a step has to remember.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Begun {
    tick: u64,
    /// Whether the switch was on.
    was_on: bool,
    /// Height of its feet, metres.
    feet_m: f64,
    /// Number of the character it fights.
    foe: Option<usize>,
}

impl PlayerBrain {
    /// One that follows a plan; `skill` from 0 (slow to react, aims badly, dawdles) to 1.
    pub fn new(steps: Vec<Step>, skill: f64, memory: Memory, options: SolveOptions) -> Self {
        Self {
            steps,
            at: 0,
            skill: skill.clamp(0.0, 1.0),
            memory,
            options,
            plans: 0,
            pause_until: 0,
            anchor: ([f64::NAN; 2], 0),
            begun: None,
            talks_to: None,
            idle_ticks: 0,
        }
    }

    /// How well it plays from now on, 0 to 1.
    pub fn set_skill(&mut self, skill: f64) {
        self.skill = skill.clamp(0.0, 1.0);
    }

    /// Leaves its plan for another, after which it talks to somebody if it is told to. What it remembers stays.
    pub fn follow(&mut self, steps: Vec<Step>, talks_to: Option<ActorId>) {
        self.steps = steps;
        self.at = 0;
        self.plans = 0;
        self.begun = None;
        self.talks_to = talks_to;
        self.memory.forget_route();
    }

    /// What is left of its plan.
    pub fn steps(&self) -> &[Step] {
        self.steps.get(self.at..).unwrap_or_default()
    }

    /// The command for this tick.
    pub fn think(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        percept: &Percept,
        tick: u64,
        dt_s: f64,
    ) -> CharacterCommand {
        let Some(who) = state.player() else {
            return CharacterCommand::default();
        };
        self.memory.command = CharacterCommand {
            face_yaw_rad: who.yaw_rad,
            ..CharacterCommand::default()
        };
        let at = who.plane_m(state.layout.view);
        let moved = far(at, self.anchor.0);
        if moved.is_nan() || moved > 0.3 * state.layout.grid.tile_m {
            self.anchor = (at, tick);
        }
        if self.fight(state, who, percept, tick, dt_s) {
            self.anchor.1 = tick;
            return self.memory.command;
        }
        if tick < self.pause_until {
            return self.memory.command;
        }
        if state.layout.view == View::Top && self.seek_potion(state, nav, who, percept, tick) {
            return self.memory.command;
        }
        let Some(step) = self.steps.get(self.at).copied() else {
            if self.converse(state, nav, who, tick) {
                return self.memory.command;
            }
            // All is done and yet the level is not beaten.
            if tick > self.anchor.1 + (1.0 / dt_s) as u64 {
                self.plan_anew(state, tick);
            }
            return self.memory.command;
        };
        let begun = *self
            .begun
            .get_or_insert_with(|| begin(state, &step, who, tick));
        let progress = match state.layout.view {
            View::Top => self.step_above(state, nav, who, &step, begun, tick),
            View::Side => self.step_side(state, who, &step, begun, tick, dt_s),
        };
        let is_late = tick > self.anchor.1 + (STUCK_S / dt_s) as u64;
        match progress {
            Progress::Done => {
                self.at += 1;
                self.begun = None;
                self.memory.forget_route();
                self.anchor.1 = tick;
                let dawdle_s = 0.4 * (1.0 - self.skill) * self.memory.rng.unit();
                self.pause_until = tick + (dawdle_s / dt_s) as u64;
            }
            Progress::Stuck => self.plan_anew(state, tick),
            Progress::Goes if is_late => self.plan_anew(state, tick),
            Progress::Goes => {}
        }
        self.memory.command
    }

    /// Goes to whom it is to talk to, and talks; whether there is somebody.
    fn converse(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        tick: u64,
    ) -> bool {
        let other = self.talks_to.and_then(|id| state.character(id));
        let Some(other) = other.filter(|other| other.is_alive()) else {
            return false;
        };
        let view = state.layout.view;
        let (at, to) = (who.plane_m(view), other.plane_m(view));
        if far(at, to) < 0.85 * TALK_CELLS * state.layout.grid.tile_m {
            self.memory.command.face_yaw_rad = math::atan2(to[1] - at[1], to[0] - at[0]);
            self.memory.command.interact = true;
            return true;
        }
        let speed = self.speed(who);
        self.memory.go(state, nav, who, to, speed, tick)
    }

    fn plan_anew(&mut self, state: &GameState, tick: u64) {
        let is_held = state
            .player()
            .is_some_and(|p| p.is_grounded || p.is_climbing);
        self.anchor.1 = tick;
        if self.plans >= MAX_PLANS || !is_held {
            return;
        }
        self.plans += 1;
        if let Ok(plan) = solve(&state.remains(), &self.options) {
            self.steps = plan.steps;
            self.at = 0;
        }
        self.begun = None;
        self.memory.forget_route();
    }

    /// Works the switch of a cell until it is other than it was.
    fn work_switch(&mut self, state: &GameState, cell: Cell, begun: Begun) -> Progress {
        let switch = state.switches.iter().find(|s| s.cell == cell);
        if switch.map(|s| s.is_on) != Some(begun.was_on) {
            return Progress::Done;
        }
        self.memory.command.interact = true;
        Progress::Goes
    }

    fn speed(&self, who: &CharacterState) -> f64 {
        who.abilities.speed_mps * (0.7 + 0.3 * self.skill)
    }

    /// Strikes at a foe that is within reach; whether there was one.
    fn fight(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        percept: &Percept,
        tick: u64,
        dt_s: f64,
    ) -> bool {
        let foe = percept.foe().cloned();
        let reaction_ticks = (0.5 * (1.0 - self.skill) / dt_s) as u32;
        self.memory.seen_ticks = match &foe {
            Some(_) => self.memory.seen_ticks.saturating_add(1),
            None => 0,
        };
        let (_, reach_m, _) = who.blow();
        let tile_m = state.layout.grid.tile_m;
        let is_near = |foe: &Seen| foe.distance_m - 0.3 * tile_m <= reach_m + 0.4 * tile_m;
        let Some(foe) = foe.filter(|foe| self.memory.seen_ticks > reaction_ticks && is_near(foe))
        else {
            return false;
        };
        let is_airborne = state.is_side() && !who.is_grounded;
        if is_airborne {
            return false;
        }
        self.strike(state, who, &foe, tick, dt_s);
        true
    }

    fn strike(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        foe: &Seen,
        tick: u64,
        dt_s: f64,
    ) {
        let at = who.plane_m(state.layout.view);
        let (dx, dy) = (foe.at_m[0] - at[0], foe.at_m[1] - at[1]);
        let aim_rad = 0.6 * (1.0 - self.skill);
        let aimed = math::atan2(dy, dx);
        let (_, reach_m, _) = who.blow();
        let gap = foe.distance_m - 0.3 * state.layout.grid.tile_m;
        self.memory.command.face_yaw_rad = aimed;
        let is_ready = tick >= who.strikes_at;
        let way = foe.distance_m.max(1e-6);
        // A good player is out of reach while it can't strike.
        let backs_off =
            !is_ready && self.skill > 0.5 && tick + (0.15 / dt_s) as u64 <= who.strikes_at;
        let sign = if is_ready && gap > 0.9 * reach_m {
            1.0
        } else if backs_off {
            -1.0
        } else {
            0.0
        };
        let speed = self.speed(who) * sign;
        let wanted = [dx / way * speed, dy / way * speed];
        let ahead = [at[0] + dx / way * sign * 0.6, at[1] + dy / way * sign * 0.6];
        let is_safe = state.is_safe(state.layout.grid.at(ahead));
        if state.layout.view == View::Top && is_safe {
            self.memory.command.move_mps = wanted;
        }
        if is_ready && gap <= reach_m {
            let error = self.memory.rng.normal(aim_rad);
            self.memory.command.face_yaw_rad = math::wrap_angle(aimed + error);
            self.memory.command.attack = true;
        }
    }

    /// Goes for a potion when it is weak and nobody is near; whether it does.
    fn seek_potion(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        percept: &Percept,
        tick: u64,
    ) -> bool {
        if who.health > WEAK * who.abilities.health || self.skill < 0.3 {
            return false;
        }
        let tile_m = state.layout.grid.tile_m;
        if percept
            .foe()
            .is_some_and(|foe| foe.distance_m < 2.0 * tile_m)
        {
            return false;
        }
        let at = who.plane_m(View::Top);
        let mesh = nav.mesh(state, true);
        let potions = state
            .items
            .iter()
            .filter(|i| matches!(i.item, Item::Potion(_)));
        let ways = potions.filter_map(|item| {
            let to = state.layout.grid.center(item.cell);
            Some((mesh.distance(at, to, who.figure.radius_m)?, to))
        });
        let Some((_, to)) = ways.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            return false;
        };
        let speed = self.speed(who);
        self.memory.go(state, nav, who, to, speed, tick)
    }
}

fn begin(state: &GameState, step: &Step, who: &CharacterState, tick: u64) -> Begun {
    let switch = match step {
        Step::Use(cell) => state.switches.iter().find(|s| s.cell == *cell),
        _ => None,
    };
    let foe = match step {
        // Who stands nearest to where the plan thought somebody.
        Step::Fight(cell) => {
            let to = state.layout.grid.center(*cell);
            let first = state.layout.characters.iter().position(|c| c.cell == *cell);
            let is_alive = |i: &usize| {
                state
                    .characters
                    .get(*i)
                    .is_some_and(CharacterState::is_alive)
            };
            first.map(|i| i + 1).filter(is_alive).or_else(|| {
                let others = state.characters.iter().enumerate().skip(1);
                let near = others.filter(|(_, c)| c.is_alive() && c.team != who.team);
                // Who stands in between is left alone where a goal names somebody.
                let is_meant = |c: &CharacterState| {
                    let mut goals = state.layout.goals.iter();
                    goals.any(|goal| matches!(goal, Goal::Defeat(name) if c.is_called(name)))
                };
                let near = near.map(|(i, c)| {
                    let way = far(c.plane_m(state.layout.view), to);
                    (!is_meant(c), way, i)
                });
                let first = near.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
                first.map(|(.., i)| i)
            })
        }
        _ => None,
    };
    Begun {
        tick,
        was_on: switch.is_some_and(|s| s.is_on),
        feet_m: who.position_m[2],
        foe,
    }
}
