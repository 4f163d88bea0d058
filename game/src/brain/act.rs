//! What the leaves of behaviour trees do.

use bonsai_bt::Status::{self, Failure, Running, Success};
use sim::math;
use sim::seed::Draw;

use super::memory::{Memory, far};
use super::{Act, Nav, Percept};
use crate::level::{Cell, View};
use crate::world::{CharacterState, GameState};

/// How far from home a boss that is not hurt goes, in cells.
const LEASH_CELLS: f64 = 9.0;
/// Somebody is a threat within so many cells.
const THREAT_CELLS: f64 = 5.0;
/// How long a lost foe is looked for, seconds.
const SEARCH_S: f64 = 3.0;
/// How long one runs from what one does not see any more, seconds.
const FEAR_S: f64 = 1.5;
/// A companion stays so near, and follows from so far, in cells.
const FOLLOW_CELLS: [f64; 2] = [1.6, 2.5];

/// Everything that a leaf may look at.
pub(super) struct Scene<'a> {
    pub state: &'a GameState,
    pub nav: &'a mut Nav,
    pub who: &'a CharacterState,
    pub percept: &'a Percept,
    pub tick: u64,
    pub dt_s: f64,
    /// Ticks that a foe must be seen for.
    pub reaction_ticks: u32,
    /// Factor on its speed.
    pub pace: f64,
}

impl Scene<'_> {
    fn at(&self) -> [f64; 2] {
        self.who.plane_m(self.state.layout.view)
    }

    fn tile_m(&self) -> f64 {
        self.state.layout.grid.tile_m
    }

    fn go(&mut self, memory: &mut Memory, to_m: [f64; 2], part: f64) -> bool {
        let speed = self.who.abilities.speed_mps * self.pace * part;
        memory.go(self.state, self.nav, self.who, to_m, speed, self.tick)
    }

    /// Takes notice of what is seen and heard; once a tick, before the tree.
    pub fn notice(&mut self, memory: &mut Memory) {
        memory.command = crate::world::CharacterCommand {
            face_yaw_rad: self.who.yaw_rad,
            ..Default::default()
        };
        if let Some(foe) = self.percept.foe() {
            memory.seen_ticks = memory.seen_ticks.saturating_add(1);
            memory.foe = Some(foe.id);
            if memory.seen_ticks >= self.reaction_ticks {
                memory.suspect_m = Some(foe.at_m);
            }
            return;
        }
        memory.seen_ticks = 0;
        memory.foe = None;
        let loudest = self.percept.heard.iter().filter(|heard| heard.is_foe);
        let at = self.at();
        let nearest = loudest.min_by(|a, b| far(a.at_m, at).total_cmp(&far(b.at_m, at)));
        if let Some(heard) = nearest {
            memory.suspect_m = Some(heard.at_m);
        }
    }

    pub fn act(&mut self, act: Act, memory: &mut Memory) -> Status {
        let so = |is| if is { Success } else { Failure };
        let goes = |is| if is { Running } else { Failure };
        match act {
            Act::SeesFoe => so(memory.foe.is_some() && memory.seen_ticks >= self.reaction_ticks),
            Act::FoeInReach => {
                let (_, reach_m, _) = self.who.blow();
                let foe = self.percept.foe();
                so(foe.is_some_and(|foe| foe.distance_m - 0.3 * self.tile_m() <= 0.9 * reach_m))
            }
            Act::FoeNearLeader => {
                let leader = self
                    .state
                    .player()
                    .map(|p| p.plane_m(self.state.layout.view));
                let foe = self.percept.foe();
                so(foe.zip(leader).is_some_and(|(foe, leader)| {
                    far(foe.at_m, leader) < 1.2 * THREAT_CELLS * self.tile_m()
                }))
            }
            Act::IsThreatened => so(self.fear(memory).is_some()),
            Act::IsHurt => so(self.who.health < 0.5 * self.who.abilities.health),
            Act::IsNearHome => so(far(self.at(), memory.home_m) < LEASH_CELLS * self.tile_m()),
            Act::Strike => {
                let Some(foe) = self.percept.foe() else {
                    return Failure;
                };
                let at = self.at();
                let yaw = math::atan2(foe.at_m[1] - at[1], foe.at_m[0] - at[0]);
                memory.command.face_yaw_rad = yaw;
                memory.command.attack = self.tick >= self.who.strikes_at;
                Running
            }
            Act::Chase(part) => {
                let Some(foe) = self.percept.foe() else {
                    return Failure;
                };
                goes(self.go(memory, foe.at_m, part))
            }
            Act::Investigate => self.investigate(memory),
            Act::Search => {
                if self.tick >= memory.search_until {
                    return Failure;
                }
                // It turns about once.
                memory.command.face_yaw_rad =
                    math::wrap_angle(self.who.yaw_rad + math::TAU / SEARCH_S * self.dt_s * 1.2);
                Running
            }
            Act::Patrol => self.patrol(memory),
            Act::GoHome => {
                if far(self.at(), memory.home_m) < 0.15 * self.tile_m() {
                    memory.command.face_yaw_rad = memory.home_yaw_rad;
                    return Failure;
                }
                goes(self.go(memory, memory.home_m, 0.6))
            }
            Act::Follow => self.follow(memory),
            Act::Flee => self.flee(memory),
            Act::Wander => self.wander(memory),
            Act::Stand => Running,
        }
    }

    /// The nearest who could do harm: a foe, or for neutral ones whoever fights.
    fn threat(&self) -> Option<[f64; 2]> {
        let range = THREAT_CELLS * self.tile_m();
        let is_threat = |seen: &&super::Seen| {
            use crate::level::Role::{Merchant, Prey};
            let is_peaceful = matches!(seen.role, Merchant | Prey);
            // Merchants trust whoever has not struck anybody nearby.
            let is_feared = self.who.role != Merchant
                || seen.is_foe
                || self.who.health < self.who.abilities.health;
            !is_peaceful && is_feared && seen.distance_m < range
        };
        self.percept
            .seen
            .iter()
            .find(is_threat)
            .map(|seen| seen.at_m)
    }

    /// Where the threat is, or was until just now: who runs does not look back.
    fn fear(&self, memory: &mut Memory) -> Option<[f64; 2]> {
        if let Some(threat) = self.threat() {
            memory.suspect_m = Some(threat);
            memory.search_until = self.tick + (FEAR_S / self.dt_s) as u64;
        }
        memory.suspect_m.filter(|_| self.tick < memory.search_until)
    }

    fn investigate(&mut self, memory: &mut Memory) -> Status {
        let Some(suspect) = memory.suspect_m else {
            return Failure;
        };
        let is_there = far(self.at(), suspect) < 0.6 * self.tile_m();
        if !is_there && self.go(memory, suspect, 0.85) {
            return Running;
        }
        memory.suspect_m = None;
        memory.search_until = self.tick + (SEARCH_S / self.dt_s) as u64;
        Failure
    }

    fn patrol(&mut self, memory: &mut Memory) -> Status {
        let count = memory.patrol_m.len();
        let Some(to) = memory.patrol_m.get(memory.next % count.max(1)).copied() else {
            return Failure;
        };
        let is_way = self.go(memory, to, 0.5);
        if far(self.at(), to) < 0.2 * self.tile_m() || !is_way {
            memory.next = (memory.next + 1) % count;
        }
        Running
    }

    fn follow(&mut self, memory: &mut Memory) -> Status {
        let Some(leader) = self.state.player().filter(|p| p.is_alive()) else {
            return Failure;
        };
        let to = leader.plane_m(self.state.layout.view);
        let [near, start] = FOLLOW_CELLS.map(|cells| cells * self.tile_m());
        let way = far(self.at(), to);
        // Once it goes, it goes all the way.
        let is_going = memory.errand.is_some();
        if way < near || (!is_going && way < start) {
            memory.errand = None;
            return Failure;
        }
        memory.errand = Some((to, self.tick));
        if self.go(memory, to, 1.0) {
            Running
        } else {
            Failure
        }
    }

    /// Runs to whichever of the places about is farthest from the threat as one walks.
    fn flee(&mut self, memory: &mut Memory) -> Status {
        let Some(threat) = self.fear(memory) else {
            return Failure;
        };
        if self.state.layout.view == View::Side {
            let at = self.at();
            let away = [at[0] + (at[0] - threat[0]).signum() * 3.0, at[1]];
            return if self.go(memory, away, 1.0) {
                Running
            } else {
                Failure
            };
        }
        let chosen = memory.refuge.filter(|(_, until)| self.tick < *until);
        let to = match chosen {
            Some((to, _)) => Some(to),
            None => self.refuge(threat),
        };
        let Some(to) = to else { return Failure };
        memory.refuge = Some((
            to,
            chosen.map_or(self.tick + (0.5 / self.dt_s) as u64, |c| c.1),
        ));
        if self.go(memory, to, 1.0) {
            Running
        } else {
            Failure
        }
    }

    /// The cell about that is best to flee to, its middle in metres.
    fn refuge(&mut self, threat: [f64; 2]) -> Option<[f64; 2]> {
        let at = self.at();
        let here = self.state.layout.grid.at(at);
        let around = (-4..=4).flat_map(|r: i32| (-4..=4).map(move |c: i32| (c, r)));
        let mut best: Option<(f64, [f64; 2])> = None;
        for (c, r) in around {
            let cell = Cell::new(here.column + c, here.row + r);
            if !self.state.is_safe(cell) {
                continue;
            }
            let to = self.state.layout.grid.center(cell);
            let worth = far(to, threat) - 0.3 * far(to, at);
            let is_better = best.is_none_or(|(most, _)| worth > most + 1e-9);
            if is_better {
                let mesh = self.nav.mesh(self.state, false);
                let way = mesh.distance(at, to, self.who.figure.radius_m);
                // Not past the threat.
                let is_open = way.is_some_and(|way| way < 1.5 * far(to, at) + 1.0);
                if is_open {
                    best = Some((worth, to));
                }
            }
        }
        best.map(|(_, to)| to)
    }

    fn wander(&mut self, memory: &mut Memory) -> Status {
        let is_over = memory.errand.is_none_or(|(to, until)| {
            self.tick >= until || far(self.at(), to) < 0.3 * self.tile_m()
        });
        if is_over {
            let here = self.state.layout.grid.at(self.at());
            let pick = |memory: &mut Memory| memory.rng.index(7) as i32 - 3;
            let cell = Cell::new(here.column + pick(memory), here.row + pick(memory));
            let wait_s = memory.rng.uniform(1.0, 4.0);
            let until = self.tick + (wait_s / self.dt_s) as u64;
            let to = if self.state.is_safe(cell) {
                self.state.layout.grid.center(cell)
            } else {
                self.at()
            };
            memory.errand = Some((to, until));
        }
        match memory.errand {
            Some((to, _)) if far(self.at(), to) > 0.3 * self.tile_m() => {
                if !self.go(memory, to, 0.4) {
                    memory.errand = None;
                }
                Running
            }
            _ => Running,
        }
    }
}
