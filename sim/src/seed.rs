//! Random streams: one an actor and purpose, so that adding an actor leaves the others' draws alone.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use crate::actor::ActorId;

/// The generator of one (run seed, actor, purpose); `None` stands for the world itself.
pub fn stream(seed: u64, actor: Option<ActorId>, purpose: &str) -> ChaCha8Rng {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    hasher.update(actor.map_or(u64::MAX, |id| u64::from(id.0)).to_le_bytes());
    hasher.update(purpose.as_bytes());
    ChaCha8Rng::from_seed(hasher.finalize().into())
}

/// Draws from a stream, by name of what is drawn.
pub trait Draw {
    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64;
    /// Uniform in [low, high).
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
    /// Normal with the given standard deviation and mean 0 (Box-Muller).
    fn normal(&mut self, sigma: f64) -> f64 {
        let radius = (-2.0 * crate::math::ln(1.0 - self.unit())).sqrt();
        sigma * radius * crate::math::cos(crate::math::TAU * self.unit())
    }
    /// An index below `count`; 0 where `count` is 0.
    fn index(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }
    /// True with the given probability.
    fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

impl Draw for ChaCha8Rng {
    fn unit(&mut self) -> f64 {
        use rand_chacha::rand_core::Rng;
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_actor_and_purpose_and_repeat() {
        let first = |seed, actor, purpose| stream(seed, actor, purpose).unit();
        let a = first(1, Some(ActorId(1)), "lidar");
        assert_eq!(a, first(1, Some(ActorId(1)), "lidar"));
        assert_ne!(a, first(1, Some(ActorId(2)), "lidar"));
        assert_ne!(a, first(1, Some(ActorId(1)), "camera"));
        assert_ne!(a, first(2, Some(ActorId(1)), "lidar"));
    }

    #[test]
    fn normal_draws_have_the_asked_spread() {
        let mut rng = stream(7, None, "test");
        let n = 20_000;
        let draws: Vec<f64> = (0..n).map(|_| rng.normal(2.0)).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let var = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.06 && (var.sqrt() - 2.0).abs() < 0.05);
    }
}
