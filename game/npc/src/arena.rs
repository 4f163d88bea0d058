//! Games without an ECS, many at a time: what training and measuring play.
//!
//! A game goes tick by tick as in a world with the same seed (`tests/arena_is_the_world.rs`).

use std::sync::Arc;

use bonsai_bt::BT;
use game::brain::{BrainOptions, Memory, Nav, Percept, PlayerBrain, Wits, decide, perceive, tree};
use game::level::{Level, Role};
use game::solve::{SolveOptions, solve};
use game::world::{CharacterCommand, Ending, GameState};
use rand_chacha::ChaCha8Rng;
use sim::actor::ActorId;
use sim::seed::{self, Draw};
use sim::tick::Tick;

use crate::DECISION_S;
use crate::decode::Intent;
use crate::expert::{Advice, Expert};
use crate::mind::Mind;
use crate::tokens::{Input, encode};

/// Length of a tick, seconds.
pub const DT_S: f64 = 0.05;

/// Who steers a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// The network.
    Network,
    /// What the network imitates, with the same hands and senses.
    Expert,
    /// The tree that games have without a network.
    Tree,
    /// Nobody: it stands.
    Still,
    /// Chance: another direction twice a second.
    Chance,
}

impl Driver {
    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Expert => "expert",
            Self::Tree => "tree",
            Self::Still => "still",
            Self::Chance => "chance",
        }
    }
}

/// How a game is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Seed of its random streams.
    pub seed: u64,
    /// The scripted player's skill, 0 to 1.
    pub skill: f64,
    /// Difficulty, 0 to 1.
    pub difficulty: f64,
    /// Who steers the others.
    pub driver: Driver,
    /// Whether the expert is asked at each decision.
    pub advised: bool,
    /// Whether a decision remembers where the one before took the player to be going.
    pub foresees: bool,
    /// The difficulty that the network is told, where it is another than that of hands and senses.
    pub told: Option<f64>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            seed: 0,
            skill: 0.7,
            difficulty: 0.5,
            driver: Driver::Network,
            advised: false,
            foresees: true,
            told: None,
        }
    }
}

/// A character but for the player.
pub struct Npc {
    /// Its number in the state.
    pub index: usize,
    /// Its mind.
    pub mind: Mind,
    /// What it last noticed.
    pub noticed: Percept,
    /// What the expert said at the last decision.
    pub advice: Option<Advice>,
    /// Its input at this decision.
    pub input: Option<Input>,
    expert: Expert,
    tree: BT<game::brain::Act, Memory>,
    raw: Percept,
    rng: ChaCha8Rng,
}

/// One game.
pub struct Match {
    /// Its state.
    pub state: GameState,
    /// The others, by actor.
    pub npcs: Vec<Npc>,
    /// Ticks so far.
    pub tick: u64,
    /// How it is set up.
    pub setup: Setup,
    nav: Nav,
    player: PlayerBrain,
}

impl Match {
    /// A game of a level; `None` where the level has no layout or cannot be beaten.
    pub fn new(level: &Level, setup: Setup) -> Option<Self> {
        let layout = Arc::new(level.layout().ok()?);
        let options = BrainOptions::default().solve;
        let plan = solve(&layout, &SolveOptions { ..options }).ok()?;
        let state = GameState::new(layout, ActorId(0));
        let who = state.player()?;
        let rng = seed::stream(setup.seed, Some(who.id), "brain");
        let memory = Memory::new(&state, who, Vec::new(), rng);
        let player = PlayerBrain::new(plan.steps, setup.skill, memory, options);
        let mut npcs = Vec::new();
        for (index, who) in state.characters.iter().enumerate().skip(1) {
            let stream = |purpose: &str| seed::stream(setup.seed, Some(who.id), purpose);
            let mut mind = Mind::new(&state, index, setup.difficulty, stream("npc"))?;
            mind.skill.difficulty = setup.told.unwrap_or(mind.skill.difficulty);
            let memory = Memory::new(&state, who, mind.patrol_m.clone(), stream("brain"));
            npcs.push(Npc {
                index,
                noticed: Percept::default(),
                advice: None,
                input: None,
                expert: Expert::new(&state, who, &mind),
                tree: BT::new(tree(who.role), memory),
                raw: Percept::default(),
                rng: stream("npc choice"),
                mind,
            });
        }
        Some(Self {
            state,
            npcs,
            tick: 0,
            setup,
            nav: Nav::default(),
            player,
        })
    }

    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.state.ending.is_none()
    }

    /// Whether the player has beaten the level.
    pub fn is_beaten(&self) -> bool {
        self.state.ending == Some(Ending::Beaten)
    }

    /// The clock.
    pub fn clock(&self) -> Tick {
        Tick {
            index: self.tick,
            dt_s: DT_S,
        }
    }

    /// Percepts, minds and, where a decision is due, inputs and advice; whether one is due.
    pub fn sense(&mut self) -> bool {
        let (clock, setup) = (self.clock(), self.setup);
        let is_due = clock.is_due(DECISION_S);
        for npc in &mut self.npcs {
            npc.input = None;
            npc.advice = None;
            let who = self.state.characters.get(npc.index);
            let Some(who) = who.filter(|who| who.is_alive()) else {
                continue;
            };
            npc.raw = perceive(&self.state, who);
            let mind = &mut npc.mind;
            npc.noticed = mind.update(&self.state, who, &npc.raw, clock.index, DT_S);
            if !is_due {
                continue;
            }
            if setup.driver == Driver::Network || setup.advised {
                let input = encode(&self.state, &mut self.nav, who, mind, clock.index, DT_S);
                npc.input = Some(input);
            }
            if setup.driver == Driver::Expert || setup.advised {
                let (state, nav) = (&self.state, &mut self.nav);
                let advice = npc
                    .expert
                    .advise(state, nav, who, mind, &npc.noticed, clock);
                npc.advice = Some(advice);
                if setup.driver == Driver::Expert {
                    npc.mind.intent = advice.intent;
                }
            }
            if setup.driver == Driver::Chance && clock.is_due(0.5) {
                npc.mind.intent = chance(&mut npc.rng);
            }
        }
        is_due
    }

    /// The direction of the way that one knows from one place to another, for somebody of a number.
    pub fn way(&mut self, index: usize, from_m: [f64; 2], to_m: [f64; 2]) -> Option<[f64; 2]> {
        let radius_m = self.state.characters.get(index)?.figure.radius_m;
        let path = self
            .nav
            .mesh(&self.state, false)
            .path(from_m, to_m, radius_m)?;
        let corner = path
            .iter()
            .find(|corner| crate::mind::far(**corner, from_m) > 0.12)?;
        let gap = crate::mind::far(*corner, from_m);
        Some([0, 1].map(|k| (corner[k] - from_m[k]) / gap))
    }

    /// Commands from the minds' intents, then one tick of the game.
    pub fn step(&mut self) {
        let clock = self.clock();
        let mut commands = Vec::with_capacity(self.state.characters.len());
        if let Some(who) = self.state.player().filter(|who| who.is_alive()) {
            let percept = perceive(&self.state, who);
            let (state, nav) = (&self.state, &mut self.nav);
            let command = self.player.think(state, nav, &percept, clock.index, DT_S);
            commands.push((who.id, command));
        }
        for npc in &mut self.npcs {
            let who = self.state.characters.get(npc.index);
            let Some(who) = who.filter(|who| who.is_alive()) else {
                continue;
            };
            let command = match self.setup.driver {
                Driver::Still => CharacterCommand {
                    face_yaw_rad: who.yaw_rad,
                    ..CharacterCommand::default()
                },
                Driver::Tree => {
                    let wits = Wits::of(self.setup.difficulty, DT_S);
                    let (state, nav) = (&self.state, &mut self.nav);
                    decide(&mut npc.tree, state, nav, who, &npc.raw, clock, wits)
                }
                _ => npc.mind.intent.command(who, &npc.mind, clock.index),
            };
            commands.push((who.id, command));
        }
        self.state.step(&commands, clock.index + 1, DT_S);
        self.tick += 1;
    }

    /// The role of a character.
    pub fn role(&self, npc: &Npc) -> Role {
        let who = self.state.characters.get(npc.index);
        who.map_or(Role::Guard, |who| who.role)
    }
}

fn chance(rng: &mut ChaCha8Rng) -> Intent {
    let yaw_rad = rng.uniform(-sim::math::PI, sim::math::PI);
    Intent {
        direction: [sim::math::cos(yaw_rad), sim::math::sin(yaw_rad)],
        speed_part: 1.0,
        ..Intent::standing(yaw_rad)
    }
}

/// Plays games side by side to their ends; `think` takes those of the games whose decisions are due and sets their
/// minds' intents. `after` is told of every game after every tick.
pub fn play_all(
    games: &mut [Match],
    mut think: impl FnMut(&mut [Match], &[(usize, usize)]),
    mut after: impl FnMut(&mut Match, usize),
) {
    loop {
        let mut due = Vec::new();
        let mut is_any = false;
        for (g, game) in games.iter_mut().enumerate() {
            if !game.is_running() {
                continue;
            }
            is_any = true;
            if game.sense() {
                let with_input = game
                    .npcs
                    .iter()
                    .enumerate()
                    .filter(|(_, n)| n.input.is_some());
                due.extend(with_input.map(|(n, _)| (g, n)));
            }
        }
        if !is_any {
            return;
        }
        if !due.is_empty() {
            think(games, &due);
        }
        for (g, game) in games.iter_mut().enumerate() {
            if game.is_running() {
                game.step();
                after(game, g);
            }
        }
    }
}
