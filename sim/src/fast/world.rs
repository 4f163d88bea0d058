//! One fast world: agents in arrays, a step at a time.

use std::sync::Arc;

use super::Config;
use super::observe::{Eye, Seen, observe, scaled, scaled_speed};
use super::scene::Scene;
use super::surface::Surface;
use super::wide::Look;
use crate::actor::ActorState;
use crate::math::hypot;
use crate::message::DriveCommand;
use crate::physics::single_track::{Limits, Planar, advance};
use crate::physics::{Footprint, OnRoad, settle};

/// Room that rounding to 32 bits needs in the search for who may touch, metres.
pub(super) const ROUNDING_M: f32 = 0.01;

/// Box of who has not been anywhere.
const NOBODY: Footprint = Footprint {
    center: (0.0, 0.0),
    axis: (1.0, 0.0),
    half: (0.0, 0.0),
    z: (0.0, 0.0),
    radius: 0.0,
};

/// What one step gave, an entry an agent.
pub struct Slot<'a> {
    /// Observations, [`super::Observation::len`] floats an agent; zeros of who is gone.
    pub observations: &'a mut [f32],
    /// Rewards.
    pub rewards: &'a mut [f32],
    /// Whether its part of the episode ended by a failure or its goal.
    pub terminated: &'a mut [u8],
    /// Whether its part of the episode was cut off by the horizon.
    pub truncated: &'a mut [u8],
    /// What those saw last whose part has ended, where it is asked for; others' places are left alone.
    pub last_observations: Option<&'a mut [f32]>,
}

/// What counts over an episode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Collisions that began, of each who took part.
    pub collisions: u64,
    /// Times that somebody left the road.
    pub off_road: u64,
    /// Goals reached.
    pub goals: u64,
    /// Steps of agents.
    pub agent_steps: u64,
    /// Episodes that ended.
    pub episodes: u64,
}

/// An agent that is in the world.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) is_active: bool,
    pub(super) touches: bool,
    pub(super) is_off_road: bool,
    pub(super) has_been_on_road: bool,
}

/// Height of an agent, as of a step.
#[derive(Clone, Copy)]
struct Raised {
    state: ActorState,
    on_road: OnRoad,
    step: u32,
}

/// Heights are looked up this often, and where they matter: near borders, on crossings over one another, and
/// where boxes meet.
const HEIGHT_STEPS: u32 = 16;

/// Agents on a scene.
pub struct FastWorld {
    pub(super) scene: Arc<Scene>,
    steps: u32,
    limits: Vec<Limits>,
    pub(super) planar: Vec<Planar>,
    /// On maps with heights.
    raised: Vec<Raised>,
    pub(super) prints: Vec<Footprint>,
    pub(super) flags: Vec<Flags>,
    pub(super) distance_m: Vec<f64>,
    pub(super) seen: Seen,
    /// Pairs whose circles meet.
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) touching: Vec<bool>,
}

impl FastWorld {
    /// A scene at its start.
    pub fn new(scene: Arc<Scene>) -> Self {
        let places = scene.places;
        let mut world = Self {
            steps: 0,
            limits: Vec::new(),
            planar: vec![Planar::default(); places],
            raised: Vec::new(),
            prints: Vec::new(),
            flags: Vec::new(),
            distance_m: vec![0.0; places],
            seen: Seen::default(),
            pairs: Vec::new(),
            touching: Vec::new(),
            scene: scene.clone(),
        };
        world.reset_to(Some(scene));
        world
    }

    /// Number of agents, those that are gone among them and places that stay empty.
    pub fn agents(&self) -> usize {
        self.planar.len()
    }

    /// Whether an agent is in the world.
    pub fn is_active(&self, agent: usize) -> bool {
        self.flags.get(agent).is_some_and(|f| f.is_active)
    }

    /// Motion of an agent.
    pub fn motion(&self, agent: usize) -> Option<&Planar> {
        self.planar.get(agent)
    }

    /// Box of an agent.
    pub fn print(&self, agent: usize) -> Option<&Footprint> {
        self.prints.get(agent)
    }

    /// Whether an agent touches another, and whether it is off the road.
    pub fn failures(&self, agent: usize) -> Option<(bool, bool)> {
        let flags = self.flags.get(agent)?;
        Some((flags.touches, flags.is_off_road))
    }

    /// The scene.
    pub fn scene(&self) -> &Arc<Scene> {
        &self.scene
    }

    /// Puts all agents back to their starts; on another scene with as many places, where one is given.
    pub fn reset_to(&mut self, scene: Option<Arc<Scene>>) {
        if let Some(scene) = scene.filter(|s| s.places == self.planar.len()) {
            self.limits.clear();
            let limits = scene.agents.iter().map(|a| Limits::of(&a.spec));
            self.limits.extend(limits);
            let count = scene.places + scene.logged.len();
            if self.flags.len() != count {
                self.flags.resize(count, Flags::default());
                self.touching.resize(count, false);
                self.prints.resize(count, NOBODY);
                self.seen = Seen::new(count);
            }
            self.scene = scene;
        }
        self.reset();
    }

    fn reset(&mut self) {
        self.steps = 0;
        self.raised.clear();
        let scene = self.scene.clone();
        for i in scene.agents.len()..scene.places {
            self.flags[i] = Flags::default();
            self.seen.remove(i);
        }
        for (k, logged) in scene.logged.iter().enumerate() {
            let b = &logged.spec.bounding_box;
            let i = scene.places + k;
            [self.seen.length[i], self.seen.width[i]] = scaled(b.length_m.abs(), b.width_m.abs());
        }
        self.move_logged(0.0);
        for (i, start) in scene.agents.iter().enumerate() {
            self.prints[i] = Footprint::new(&start.spec, &start.state);
            if !scene.is_flat {
                self.raised.push(Raised {
                    state: start.state,
                    on_road: OnRoad::default(),
                    step: 0,
                });
            }
            self.begin(i);
        }
    }

    /// Puts one agent back to its start.
    pub(super) fn begin(&mut self, i: usize) {
        let scene = self.scene.clone();
        let Some(start) = scene.agents.get(i) else {
            return;
        };
        let state = &start.state;
        let planar = Planar {
            x_m: state.pose.x_m,
            y_m: state.pose.y_m,
            yaw_rad: state.pose.yaw_rad,
            speed_mps: state.speed_mps,
            steer_rad: state.steer_rad,
        };
        if let Some(raised) = self.raised.get_mut(i) {
            *raised = Raised {
                state: *state,
                on_road: OnRoad::default(),
                step: self.steps,
            };
        }
        let b = &start.spec.bounding_box;
        let [length, width] = scaled(b.length_m.abs(), b.width_m.abs());
        self.seen.length[i] = length;
        self.seen.width[i] = width;
        self.flags[i] = Flags {
            is_active: true,
            ..Flags::default()
        };
        let sin_cos = crate::math::sin_cos(planar.yaw_rad);
        self.place(i, planar, sin_cos);
        let goal = start.goal_m;
        let center = self.prints[i].center;
        self.distance_m[i] = hypot(goal[0] - center.0, goal[1] - center.1);
        self.flags[i].has_been_on_road = self.is_on_road(i);
    }

    /// Puts everybody who moves as recorded where he is at a time.
    fn move_logged(&mut self, time_s: f64) {
        let scene = self.scene.clone();
        for (k, logged) in scene.logged.iter().enumerate() {
            let i = scene.places + k;
            let here = logged.at(time_s);
            self.flags[i].is_active = here.is_some();
            let Some((center, yaw_rad, speed_mps)) = here else {
                self.seen.remove(i);
                continue;
            };
            let b = &logged.spec.bounding_box;
            let (sin, cos) = crate::math::sin_cos(yaw_rad);
            self.prints[i] = Footprint {
                center: (center[0], center[1]),
                axis: (cos, sin),
                half: (0.5 * b.length_m.abs(), 0.5 * b.width_m.abs()),
                z: (0.0, b.height_m.abs()),
                radius: 0.5 * hypot(b.length_m, b.width_m),
            };
            self.show(i, (sin, cos), speed_mps);
        }
    }

    /// Writes what others see of somebody.
    #[inline]
    fn show(&mut self, i: usize, sin_cos: (f64, f64), speed_mps: f64) {
        let (print, seen) = (&self.prints[i], &mut self.seen);
        seen.x[i] = (print.center.0 - self.scene.origin[0]) as f32;
        seen.y[i] = (print.center.1 - self.scene.origin[1]) as f32;
        seen.sin[i] = sin_cos.0 as f32;
        seen.cos[i] = sin_cos.1 as f32;
        seen.speed[i] = scaled_speed(speed_mps);
        seen.radius[i] = print.radius as f32;
    }

    /// Writes where an agent is.
    #[inline]
    fn place(&mut self, i: usize, planar: Planar, sin_cos: (f64, f64)) {
        let scene = &self.scene;
        let b = &scene.agents[i].spec.bounding_box;
        let z = self
            .raised
            .get(i)
            .map_or(scene.agents[i].state.pose.z_m, |r| r.state.pose.z_m);
        let print = Footprint::on(b, [planar.x_m, planar.y_m, z], sin_cos);
        self.prints[i] = print;
        self.planar[i] = planar;
        self.show(i, sin_cos, planar.speed_mps);
        // Off the road it is kept.
        let is_on = !self.flags[i].is_off_road;
        let is_old = |r: &Raised| is_on && self.steps >= r.step + HEIGHT_STEPS;
        if self.raised.get(i).is_some_and(is_old) {
            self.height(i);
        }
    }

    /// Height of an agent where it is now, metres.
    pub(super) fn height(&mut self, i: usize) -> f64 {
        let scene = &self.scene;
        // Who moves as recorded does so on flat ground.
        let (Some(raised), Some(planar)) = (self.raised.get_mut(i), self.planar.get(i)) else {
            return scene.agents.get(i).map_or(0.0, |a| a.state.pose.z_m);
        };
        if raised.step != self.steps {
            let mut next = raised.state;
            (next.pose.x_m, next.pose.y_m, next.pose.yaw_rad) =
                (planar.x_m, planar.y_m, planar.yaw_rad);
            next.speed_mps = planar.speed_mps;
            let change_m = -next.pose.z_m;
            if let Surface::Roads(map) = &scene.surface {
                raised.state = settle(map, next, &mut raised.on_road);
            }
            raised.step = self.steps;
            let change_m = change_m + raised.state.pose.z_m;
            let z = &mut self.prints[i].z;
            (z.0, z.1) = (z.0 + change_m, z.1 + change_m);
        }
        raised.state.pose.z_m
    }

    /// One step of all agents; actions are throttle (brake below 0) and steering, both from -1 to 1. Whether
    /// the episode has ended.
    pub fn step(
        &mut self,
        config: &Config,
        actions: &[[f32; 2]],
        slot: &mut Slot<'_>,
        tally: &mut Tally,
    ) -> bool {
        self.steps += 1;
        for (i, action) in actions.iter().enumerate().take(self.planar.len()) {
            if !self.flags[i].is_active {
                continue;
            }
            let limits = self.limits[i];
            let command = command(&limits, *action);
            let next = advance(&limits, &self.planar[i], &command, config.dt_s);
            self.place(i, next.to, next.sin_cos_yaw);
            tally.agent_steps += 1;
        }
        if !self.scene.logged.is_empty() {
            self.move_logged(f64::from(self.steps) * config.dt_s);
        }
        self.find_touching();
        let is_last = self.steps >= config.horizon;
        let mut left = 0;
        let floats = config.observation.len();
        for i in 0..self.planar.len() {
            slot.rewards[i] = 0.0;
            slot.terminated[i] = 0;
            slot.truncated[i] = 0;
            if !self.flags[i].is_active {
                continue;
            }
            let (reward, ended) = self.judge(i, self.touching[i], config, tally);
            slot.rewards[i] = reward;
            slot.terminated[i] = u8::from(ended);
            slot.truncated[i] = u8::from(is_last && !ended);
        }
        for i in 0..self.planar.len() {
            let has_ended = slot.terminated[i] + slot.truncated[i] > 0;
            if has_ended && let Some(last) = slot.last_observations.as_deref_mut() {
                let out = &mut last[i * floats..(i + 1) * floats];
                self.observe_one(i, config, out);
            }
        }
        for i in 0..self.planar.len() {
            if slot.terminated[i] == 1 {
                self.end(i, config);
            }
            left += usize::from(self.flags[i].is_active);
        }
        is_last || left == 0
    }

    /// Writes what agents see now.
    pub fn observe(&self, config: &Config, observations: &mut [f32]) {
        if config.observation.is_empty() {
            return;
        }
        // With what the processor has beyond the oldest of its kind; the bits are the same.
        pulp::Arch::new().dispatch(Look {
            world: self,
            config,
            observations,
        });
    }

    #[inline(always)]
    pub(super) fn observe_one(&self, agent: usize, config: &Config, out: &mut [f32]) {
        if out.is_empty() {
            return;
        }
        let (origin, goal) = (self.scene.origin, self.scene.agents[agent].goal_m);
        let eye = Eye {
            agent,
            goal: [0, 1].map(|k| (goal[k] - origin[k]) as f32),
            touches: self.flags[agent].touches,
        };
        observe(&self.scene, &self.seen, eye, config.observation, out);
    }
}

/// The command of an action: pedal (throttle above, brake below 0) and steering, both from -1 to 1. What is not
/// finite becomes a full stop.
pub fn command(limits: &Limits, [pedal, steer]: [f32; 2]) -> DriveCommand {
    let (pedal, steer) = (f64::from(pedal), f64::from(steer));
    DriveCommand {
        throttle: pedal.max(0.0),
        brake: (-pedal).max(0.0),
        steer_rad: steer.clamp(-1.0, 1.0) * limits.stop_rad,
        reverse: false,
    }
    .bounded()
}
