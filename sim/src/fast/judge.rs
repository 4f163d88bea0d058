//! Who touches whom and is off the road, what that is worth, and whose part ends.

use super::drivable::Known;
use super::wide::Meet;
use super::world::{FastWorld, Tally};
use super::{Config, OnFailure, OnGoal};
use crate::math::hypot;

/// How far a corner may stick out of the road, metres; as of `off_road_s` of the full world.
const TOLERANCE_M: f64 = 0.3;

impl FastWorld {
    /// Whether all corners of an agent, less the tolerance, lie on the road.
    pub(super) fn is_on_road(&mut self, i: usize) -> bool {
        let print = self.prints[i];
        let (l, w) = (
            (print.half.0 - TOLERANCE_M).max(0.0),
            (print.half.1 - TOLERANCE_M).max(0.0),
        );
        let (c, s) = print.axis;
        [(l, w), (-l, w), (-l, -w), (l, -w)].iter().all(|(x, y)| {
            let (px, py) = (
                print.center.0 + x * c - y * s,
                print.center.1 + x * s + y * c,
            );
            let scene = &self.scene;
            match scene.ground.drivable.look(&scene.surface, px, py) {
                Known::On => true,
                Known::Off => false,
                Known::Border => scene.surface.is_drivable(px, py, None),
                Known::Levels => {
                    let z = self.height(i);
                    self.scene.surface.is_drivable(px, py, Some(z))
                }
            }
        })
    }

    /// Finds who touches somebody.
    pub(super) fn find_touching(&mut self) {
        self.touching.fill(false);
        let mut pairs = std::mem::take(&mut self.pairs);
        pairs.clear();
        pulp::Arch::new().dispatch(Meet {
            world: self,
            pairs: &mut pairs,
        });
        for (i, j) in &pairs {
            let (i, j) = (*i, *j);
            // Of two that touch others already nothing new can be learnt.
            if self.touching[i] && self.touching[j] {
                continue;
            }
            let mut level = self.prints[j];
            level.z = self.prints[i].z;
            if self.prints[i].overlap(&level).is_none() {
                continue;
            }
            self.height(i);
            self.height(j);
            if self.prints[i].overlap(&self.prints[j]).is_some() {
                self.touching[i] = true;
                self.touching[j] = true;
            }
        }
        self.pairs = pairs;
    }

    /// Reward of an agent's step, and whether its part of the episode has ended.
    pub(super) fn judge(
        &mut self,
        i: usize,
        touches: bool,
        config: &Config,
        tally: &mut Tally,
    ) -> (f32, bool) {
        let goal = self.scene.agents[i].goal_m;
        let center = self.prints[i].center;
        let distance_m = hypot(goal[0] - center.0, goal[1] - center.1);
        let is_on = self.is_on_road(i);
        let flags = &mut self.flags[i];
        let mut reward = config.progress_reward * (self.distance_m[i] - distance_m) as f32;
        self.distance_m[i] = distance_m;
        if touches && !flags.touches {
            tally.collisions += 1;
            reward += config.collision_reward;
        }
        flags.touches = touches;
        flags.has_been_on_road |= is_on;
        let is_off = !is_on && flags.has_been_on_road;
        if is_off && !flags.is_off_road {
            tally.off_road += 1;
            reward += config.off_road_reward;
        }
        flags.is_off_road = is_off;
        let has_failed = (touches || is_off) && config.on_failure != OnFailure::Ignore;
        let is_there = distance_m < config.goal_radius_m && !has_failed;
        if is_there {
            tally.goals += 1;
            reward += config.goal_reward;
        }
        (reward, has_failed || is_there)
    }

    /// Takes away an agent whose part has ended, or puts it back to its start.
    pub(super) fn end(&mut self, i: usize, config: &Config) {
        let flags = self.flags[i];
        let has_failed = flags.touches || flags.is_off_road;
        let respawns = if has_failed && config.on_failure != OnFailure::Ignore {
            config.on_failure == OnFailure::Respawn
        } else {
            config.on_goal == OnGoal::Respawn
        };
        if respawns {
            self.begin(i);
        } else {
            self.flags[i].is_active = false;
            self.seen.remove(i);
        }
    }
}
