//! Loops over all agents that run with what the processor has beyond the oldest of its kind; the bits are the
//! same.

use super::Config;
use super::world::{FastWorld, ROUNDING_M};

/// Pairs whose circles meet are found.
pub struct Meet<'a> {
    /// The world.
    pub world: &'a FastWorld,
    /// Pairs, the smaller number first.
    pub pairs: &'a mut Vec<(usize, usize)>,
}

impl pulp::WithSimd for Meet<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let seen = &self.world.seen;
        // Those who move as recorded come after all agents, and do not matter to each other.
        let agents = self.world.planar.len();
        for (i, flags) in self.world.flags.iter().enumerate().take(agents) {
            if !flags.is_active {
                continue;
            }
            let own = seen.radius[i] + ROUNDING_M;
            let bound2 = |radius: f32| (own + radius) * (own + radius);
            seen.near(i, seen.x[i], seen.y[i], bound2, |j, _| {
                if j > i {
                    self.pairs.push((i, j));
                }
            });
        }
    }
}

/// All agents of a world look about.
pub struct Look<'a> {
    /// The world.
    pub world: &'a FastWorld,
    /// How they see.
    pub config: &'a Config,
    /// What they see.
    pub observations: &'a mut [f32],
}

impl pulp::WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let each = self
            .observations
            .chunks_exact_mut(self.config.observation.len());
        for (agent, out) in each.enumerate().take(self.world.planar.len()) {
            if self.world.flags[agent].is_active {
                self.world.observe_one(agent, self.config, out);
            } else {
                out.fill(0.0);
            }
        }
    }
}
