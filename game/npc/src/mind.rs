//! What a character remembers: whom it saw where, what it heard, where it belongs, what it is about.
//!
//! Made of its own percepts alone. It is the bookkeeping between two decisions; what to do about it is the
//! network's business.

use bevy::prelude::Component;
use game::brain::{Percept, Seen};
use game::level::{Cell, Role, View};
use game::world::{CharacterState, GameState};
use rand_chacha::ChaCha8Rng;
use sim::actor::ActorId;
use sim::math::hypot;
use sim::seed::Draw;

use crate::decode::{Foresight, Intent};
use crate::skill::Skill;

/// Others that are remembered at most.
const MOST_BEINGS: usize = 12;
/// Sounds that are remembered at most.
pub const MOST_SOUNDS: usize = 3;
/// After so long nobody is remembered, seconds.
pub const FORGET_S: f64 = 8.0;
/// After so long out of view somebody has to be noticed anew, seconds.
const LOST_S: f64 = 0.5;
/// How long a lost foe is looked for, seconds.
pub const SEARCH_S: f64 = 3.0;
/// How long one runs from what one does not see any more, seconds.
const FEAR_S: f64 = 1.5;
/// Somebody is a threat, and a fight is one, within so many cells.
const THREAT_CELLS: f64 = 5.0;
/// Two who are as near as this fight, in cells.
const FIGHT_CELLS: f64 = 2.2;
/// Places of somebody that are kept, and the time between them, seconds.
pub const TRAIL: usize = 4;
/// See [`TRAIL`].
pub const TRAIL_S: f64 = 0.25;

/// Somebody who is or was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Being {
    /// As it was last seen.
    pub last: Seen,
    /// The tick at which it was last in view.
    pub seen_at: u64,
    /// The tick from which on it has been in view.
    pub since: u64,
    /// Whether it has been in view for long enough to be noticed.
    pub is_noticed: bool,
    /// Where it was before, the newest first, `TRAIL_S` apart; and when.
    pub trail: Vec<([f64; 2], u64)>,
}

/// A sound that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Where it came from, metres in the level's plane.
    pub at_m: [f64; 2],
    /// Whether a foe made it.
    pub is_foe: bool,
    /// The tick at which it was heard.
    pub tick: u64,
}

/// A character's memory.
#[derive(Component, Clone, Debug)]
pub struct Mind {
    /// How good it is.
    pub skill: Skill,
    /// Where it belongs, metres.
    pub home_m: [f64; 2],
    /// Where it looks when it is there, radians.
    pub home_yaw_rad: f64,
    /// Places of its patrol, metres.
    pub patrol_m: Vec<[f64; 2]>,
    /// Which of them is next.
    pub next: usize,
    /// Others, by actor.
    pub beings: Vec<Being>,
    /// Sounds, the newest first.
    pub sounds: Vec<Noise>,
    /// Where a foe must be, as far as it knows, metres, and since when.
    pub suspect: Option<([f64; 2], u64)>,
    /// The tick until which it looks about.
    pub search_until: u64,
    /// What it runs from, metres, and until which tick.
    pub fear: Option<([f64; 2], u64)>,
    /// Where it strolls to, metres, and the tick from which on it may choose anew.
    pub errand: Option<([f64; 2], u64)>,
    /// Where its last decision took the player to be going.
    pub foresight: Option<Foresight>,
    /// Its last decision.
    pub intent: Intent,
    /// The tick from which on it would strike.
    pub willing_at: u64,
    /// By how much its next blow goes astray, radians.
    pub astray_rad: f64,
    struck_at: u64,
    /// Its own random stream.
    pub rng: ChaCha8Rng,
}

pub(crate) fn far(a: [f64; 2], b: [f64; 2]) -> f64 {
    hypot(a[0] - b[0], a[1] - b[1])
}

fn ticks(time_s: f64, dt_s: f64) -> u64 {
    (time_s / dt_s.max(1e-6)) as u64
}

impl Mind {
    /// That of the character of a number in the state, who has just come into the level.
    pub fn new(
        state: &GameState,
        index: usize,
        difficulty: f64,
        mut rng: ChaCha8Rng,
    ) -> Option<Self> {
        let who = state.characters.get(index)?;
        let placed = index
            .checked_sub(1)
            .and_then(|i| state.layout.characters.get(i));
        let patrol_m = placed.map_or_else(Vec::new, |placed| {
            let names = placed.what.patrol.iter();
            let cells = names.filter_map(|name| state.layout.place(name).first());
            cells.map(|cell| state.layout.grid.center(*cell)).collect()
        });
        let skill = Skill::for_role(who.role, difficulty);
        let astray_rad = rng.normal(skill.aim_rad);
        Some(Self {
            skill,
            home_m: who.plane_m(state.layout.view),
            home_yaw_rad: who.yaw_rad,
            patrol_m,
            next: 0,
            beings: Vec::new(),
            sounds: Vec::new(),
            suspect: None,
            search_until: 0,
            fear: None,
            errand: None,
            foresight: None,
            intent: Intent::standing(who.yaw_rad),
            willing_at: 0,
            astray_rad,
            struck_at: who.strikes_at,
            rng,
        })
    }

    /// Whether a being is in view now.
    pub fn is_seen(being: &Being, tick: u64) -> bool {
        being.seen_at == tick
    }

    /// The player, as far as it is known.
    pub fn player(&self) -> Option<&Being> {
        self.beings
            .iter()
            .find(|being| being.last.role == Role::Player && being.is_noticed)
    }

    /// Takes in what it perceives; once a tick. What is left of the percept once it is noticed.
    pub fn update(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        percept: &Percept,
        tick: u64,
        dt_s: f64,
    ) -> Percept {
        let at = who.plane_m(state.layout.view);
        let tile_m = state.layout.grid.tile_m;
        self.see(percept, tick, dt_s);
        let ear_m = self.skill.ear_cells * tile_m;
        let noticed = Percept {
            seen: percept
                .seen
                .iter()
                .filter(|seen| self.being(seen.id).is_some_and(|being| being.is_noticed))
                .cloned()
                .collect(),
            heard: percept
                .heard
                .iter()
                .filter(|heard| far(heard.at_m, at) <= ear_m)
                .copied()
                .collect(),
        };
        self.hear(&noticed, at, tick);
        self.suspect(&noticed, at, tile_m, tick, dt_s);
        self.fear(&noticed, who, tile_m, tick, dt_s);
        self.walk_on(state, who, at, tick, dt_s);
        self.note_blow(who, tick, dt_s);
        noticed
    }

    fn being(&self, id: ActorId) -> Option<&Being> {
        let index = self.beings.binary_search_by_key(&id, |b| b.last.id).ok()?;
        self.beings.get(index)
    }

    fn see(&mut self, percept: &Percept, tick: u64, dt_s: f64) {
        let reaction = ticks(self.skill.reaction_s, dt_s);
        let lost = ticks(LOST_S, dt_s);
        let every = ticks(TRAIL_S, dt_s).max(1);
        for seen in &percept.seen {
            let slot = match self.beings.binary_search_by_key(&seen.id, |b| b.last.id) {
                Ok(slot) => slot,
                Err(slot) => {
                    let being = Being {
                        last: seen.clone(),
                        seen_at: tick,
                        since: tick,
                        is_noticed: false,
                        trail: Vec::new(),
                    };
                    self.beings.insert(slot, being);
                    slot
                }
            };
            let Some(being) = self.beings.get_mut(slot) else {
                continue;
            };
            if tick > being.seen_at + lost {
                being.since = tick;
                being.is_noticed = false;
                being.trail.clear();
            }
            being.last = seen.clone();
            being.seen_at = tick;
            being.is_noticed |= !seen.is_foe || tick >= being.since + reaction;
            let is_due = being.trail.first().is_none_or(|(_, at)| tick >= at + every);
            if is_due {
                being.trail.insert(0, (seen.at_m, tick));
                being.trail.truncate(TRAIL + 1);
            }
        }
        let oldest = tick.saturating_sub(ticks(FORGET_S, dt_s));
        self.beings.retain(|being| being.seen_at >= oldest);
        while self.beings.len() > MOST_BEINGS {
            let ages = self.beings.iter().enumerate().map(|(i, b)| (b.seen_at, i));
            let Some((_, stalest)) = ages.min() else {
                break;
            };
            self.beings.remove(stalest);
        }
    }

    fn hear(&mut self, percept: &Percept, at: [f64; 2], tick: u64) {
        let mut fresh: Vec<Noise> = percept
            .heard
            .iter()
            .map(|heard| Noise {
                at_m: heard.at_m,
                is_foe: heard.is_foe,
                tick,
            })
            .collect();
        // A foe's before others', the nearest first.
        let order = |a: &Noise, b: &Noise| far(a.at_m, at).total_cmp(&far(b.at_m, at));
        fresh.sort_by(|a, b| b.is_foe.cmp(&a.is_foe).then(order(a, b)));
        if !fresh.is_empty() {
            // The same steps a tick before say nothing new.
            self.sounds
                .retain(|old| fresh.iter().all(|new| far(new.at_m, old.at_m) > 1.0));
            fresh.append(&mut self.sounds);
            self.sounds = fresh;
            self.sounds.truncate(MOST_SOUNDS);
        }
    }

    fn suspect(&mut self, noticed: &Percept, at: [f64; 2], tile_m: f64, tick: u64, dt_s: f64) {
        if let Some(foe) = noticed.foe() {
            self.suspect = Some((foe.at_m, tick));
            return;
        }
        let foes = noticed.heard.iter().filter(|heard| heard.is_foe);
        let nearest = foes.min_by(|a, b| far(a.at_m, at).total_cmp(&far(b.at_m, at)));
        if let Some(heard) = nearest {
            self.suspect = Some((heard.at_m, tick));
        }
        let Some((suspect, since)) = self.suspect else {
            return;
        };
        let is_there = far(at, suspect) < 0.6 * tile_m;
        if is_there || tick > since + ticks(FORGET_S, dt_s) {
            self.suspect = None;
            self.search_until = tick + ticks(SEARCH_S, dt_s);
        }
    }

    /// Prey fears whoever can strike; a merchant fears fights, and everybody once it is hurt.
    fn fear(&mut self, noticed: &Percept, who: &CharacterState, tile_m: f64, tick: u64, dt_s: f64) {
        if !matches!(who.role, Role::Prey | Role::Merchant) {
            return;
        }
        let is_armed = |seen: &&Seen| !matches!(seen.role, Role::Prey | Role::Merchant);
        let range = THREAT_CELLS * tile_m;
        let near: Vec<&Seen> = noticed
            .seen
            .iter()
            .filter(is_armed)
            .filter(|seen| seen.distance_m < range)
            .collect();
        let is_side = |seen: &Seen| matches!(seen.role, Role::Player | Role::Companion);
        let fights = |seen: &&&Seen| {
            near.iter().any(|other| {
                is_side(other) != is_side(seen) && far(other.at_m, seen.at_m) < FIGHT_CELLS * tile_m
            })
        };
        let is_bold = who.role == Role::Merchant && who.health >= who.abilities.health;
        let threat = if is_bold {
            near.iter().find(fights)
        } else {
            near.first()
        };
        if let Some(threat) = threat {
            self.fear = Some((threat.at_m, tick + ticks(FEAR_S, dt_s)));
        }
        self.fear = self.fear.filter(|(_, until)| tick < *until);
    }

    /// The next place of a patrol, and where to stroll.
    fn walk_on(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        at: [f64; 2],
        tick: u64,
        dt_s: f64,
    ) {
        let tile_m = state.layout.grid.tile_m;
        let count = self.patrol_m.len();
        let next = self.patrol_m.get(self.next % count.max(1));
        if next.is_some_and(|to| far(at, *to) < 0.35 * tile_m) {
            self.next = (self.next + 1) % count;
        }
        if who.role != Role::Prey || state.layout.view != View::Top {
            return;
        }
        let is_over = self
            .errand
            .is_none_or(|(to, until)| tick >= until || far(at, to) < 0.3 * tile_m);
        if is_over {
            let here = state.layout.grid.at(at);
            let pick = |rng: &mut ChaCha8Rng| rng.index(7) as i32 - 3;
            let cell = Cell::new(
                here.column + pick(&mut self.rng),
                here.row + pick(&mut self.rng),
            );
            let until = tick + ticks(self.rng.uniform(1.0, 4.0), dt_s);
            let to = if state.is_safe(cell) {
                state.layout.grid.center(cell)
            } else {
                at
            };
            self.errand = Some((to, until));
        }
    }

    /// After a blow: how long it waits with the next one, and how far that goes astray.
    fn note_blow(&mut self, who: &CharacterState, tick: u64, dt_s: f64) {
        if who.strikes_at == self.struck_at {
            return;
        }
        self.struck_at = who.strikes_at;
        let wait_s = self.rng.uniform(0.0, self.skill.hesitation_s.max(1e-9));
        self.willing_at = who.strikes_at.max(tick) + ticks(wait_s, dt_s);
        self.astray_rad = self.rng.normal(self.skill.aim_rad);
    }
}
