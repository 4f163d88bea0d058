//! Mersenne Twister (MT19937; Matsumoto and Nishimura 1998): the generator that the reference
//! player turns at junctions with, so that the same seed takes the same turns.

/// A 32-bit Mersenne Twister.
#[derive(Clone, Debug)]
pub struct Mersenne {
    state: Vec<u32>,
    at: usize,
}

const N: usize = 624;
const M: usize = 397;

impl Mersenne {
    /// Seeded as the reference implementation's `init_genrand`.
    pub fn new(seed: u32) -> Self {
        let mut state = vec![seed; N];
        for i in 1..N {
            let last = state[i - 1];
            state[i] = 1_812_433_253u32
                .wrapping_mul(last ^ (last >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, at: N }
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.at >= N {
            for i in 0..N {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// An angle in [0, 2π], radians.
    pub fn angle_rad(&mut self) -> f64 {
        sim::math::TAU * f64::from(self.next_u32()) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Mersenne;

    #[test]
    fn the_published_sequence_comes_out() {
        // First and 10000th output for the default seed (C++ standard, rand.predef).
        let mut rng = Mersenne::new(5489);
        assert_eq!(rng.next_u32(), 3_499_211_612);
        for _ in 0..9998 {
            rng.next_u32();
        }
        assert_eq!(rng.next_u32(), 4_123_659_995);
    }
}
