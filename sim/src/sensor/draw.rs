//! Random numbers by counting: what a ray draws depends on its own number alone, not on who drew before.

use crate::actor::ActorId;
use crate::seed;

/// Two 64-bit numbers hashed to one (the finaliser of SplitMix64).
#[inline(always)]
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(0xd1b5_4a32_d192_ed03);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The key of one frame of one sensor.
pub(super) fn frame_key(run_seed: u64, actor: ActorId, sensor: &str, tick: u64) -> u64 {
    use rand_chacha::rand_core::Rng;
    let mut stream = seed::stream(run_seed, Some(actor), &format!("sensor {sensor}"));
    mix(stream.next_u64(), tick)
}

/// The draws of one ray: a uniform number in [0, 1) and a standard normal one.
#[inline]
pub(super) fn uniform_and_normal(key: u64, ray: u64) -> (f32, f32) {
    let a = mix(key, ray);
    let b = mix(a, 0x5eed);
    let uniform = (a >> 40) as f32 / (1u64 << 24) as f32;
    // Box-Muller on 24 bits each.
    let radius = 1.0 - (b >> 40) as f32 / (1u64 << 24) as f32;
    let angle = (b & 0xff_ffff) as f32 / (1u64 << 24) as f32;
    let normal = (-2.0 * libm::logf(radius)).sqrt() * libm::cosf(std::f32::consts::TAU * angle);
    (uniform, normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_uniform_and_normal() {
        let n = 50_000;
        let draws: Vec<_> = (0..n).map(|i| uniform_and_normal(7, i)).collect();
        let mean = |f: &dyn Fn(&(f32, f32)) -> f32| {
            draws.iter().map(|d| f64::from(f(d))).sum::<f64>() / n as f64
        };
        assert!((mean(&|d| d.0) - 0.5).abs() < 0.005);
        assert!((mean(&|d| d.0 * d.0) - 1.0 / 3.0).abs() < 0.005);
        assert!(mean(&|d| d.1).abs() < 0.02);
        assert!((mean(&|d| d.1 * d.1) - 1.0).abs() < 0.03);
        // The two are not tied to each other.
        assert!(mean(&|d| (d.0 - 0.5) * d.1).abs() < 0.01);
    }
}
