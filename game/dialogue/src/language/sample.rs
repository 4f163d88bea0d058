//! Which token comes next: the likeliest, or one drawn.

use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

/// How tokens are chosen.
#[derive(Clone, Debug)]
pub struct Sampler {
    /// 0: the likeliest. 1: by the model's own probabilities.
    temperature: f64,
    /// Only the likeliest tokens that have this share of probability together are drawn from.
    top_p: f64,
    rng: ChaCha8Rng,
}

impl Sampler {
    /// Draws from a stream of its own by the seed.
    pub fn new(temperature: f64, top_p: f64, seed: u64) -> Self {
        Self {
            temperature,
            top_p,
            rng: sim::seed::stream(seed, None, "language"),
        }
    }

    /// The first token that is accepted. They are asked for as they would be drawn one after the other without being
    /// put back, then, where all that may be drawn are refused, by falling probability. None if all are refused.
    pub fn choose(&mut self, logits: &[f32], mut accept: impl FnMut(u32) -> bool) -> Option<u32> {
        let (first, most) = likeliest(logits)?;
        let mut refused = 0;
        if self.temperature <= 0.0 {
            // Mostly the first is taken: nothing is sorted for it.
            if accept(first) {
                return Some(first);
            }
            refused = 1;
        }
        let mut order: Vec<(f64, u32)> = (0u32..)
            .zip(logits)
            .filter(|(_, logit)| logit.is_finite())
            .map(|(token, logit)| (f64::from(logit - most), token))
            .collect();
        if self.temperature > 0.0 {
            for (logit, _) in &mut order {
                *logit /= self.temperature;
            }
            let drawn = self.draw(&order);
            for token in &drawn {
                if accept(*token) {
                    return Some(*token);
                }
            }
            refused = drawn.len();
        }
        // What was refused is the likeliest part, so the rest follows it.
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut rest = order.into_iter().skip(refused).map(|(_, token)| token);
        rest.find(|token| accept(*token))
    }

    /// The tokens that have `top_p` of the probability together, in an order as if drawn without being put back: by
    /// times of arrival that are exponential with their probabilities as rates.
    fn draw(&mut self, logits: &[(f64, u32)]) -> Vec<u32> {
        let total: f64 = logits.iter().map(|(logit, _)| sim::math::exp(*logit)).sum();
        // All tokens below this have less than 1 - top_p together.
        let least = (1.0 - self.top_p) / logits.len() as f64 * total;
        let likely = logits.iter().filter(|(logit, _)| {
            let weight = sim::math::exp(*logit);
            weight > 0.0 && weight >= least
        });
        let mut likely: Vec<(f64, u32)> = likely.copied().collect();
        likely.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut share = 0.0;
        let last = likely.iter().position(|(logit, _)| {
            share += sim::math::exp(*logit);
            share >= self.top_p * total
        });
        likely.truncate(last.map_or(likely.len(), |last| last + 1));
        for (logit, _) in &mut likely {
            *logit = -sim::math::ln(1.0 - self.rng.unit()) / sim::math::exp(*logit);
        }
        likely.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        likely.into_iter().map(|(_, token)| token).collect()
    }
}

/// The largest finite logit and its token, the first of equals.
fn likeliest(logits: &[f32]) -> Option<(u32, f32)> {
    let finite = (0u32..).zip(logits).filter(|(_, logit)| logit.is_finite());
    let best = finite.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(token, logit)| (token, *logit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_temperature_the_likeliest_come_first() {
        let mut sampler = Sampler::new(0.0, 1.0, 1);
        let logits = [0.5, 2.0, f32::NAN, 2.0, 1.0];
        let mut asked = Vec::new();
        assert_eq!(sampler.choose(&logits, |_| true), Some(1));
        let none = sampler.choose(&logits, |token| {
            asked.push(token);
            false
        });
        assert_eq!((none, asked), (None, vec![1, 3, 4, 0]));
        assert_eq!(sampler.choose(&[f32::NAN], |_| true), None);
    }

    #[test]
    fn draws_follow_the_probabilities_and_the_share() {
        // Probabilities 0.5, 0.25, 0.125, 0.125.
        let logits = [4.0, 2.0, 1.0, 1.0].map(|p| sim::math::ln(p) as f32);
        let count = |top_p: f64, temperature: f64| {
            let mut sampler = Sampler::new(temperature, top_p, 7);
            let mut counts = [0; 4];
            for _ in 0..20_000 {
                let token = sampler.choose(&logits, |_| true).unwrap();
                counts[token as usize] += 1;
            }
            counts.map(|n| f64::from(n) / 20_000.0)
        };
        for (share, wanted) in count(1.0, 1.0).iter().zip([0.5, 0.25, 0.125, 0.125]) {
            assert!((share - wanted).abs() < 0.012, "{share} for {wanted}");
        }
        let some = count(0.7, 1.0);
        assert!((some[0] - 2.0 / 3.0).abs() < 0.012 && some[2] == 0.0 && some[3] == 0.0);
        assert_eq!(count(0.4, 1.0), [1.0, 0.0, 0.0, 0.0]);
        // At half the temperature probabilities are squared: 16, 4, 1, 1.
        assert!((count(1.0, 0.5)[0] - 16.0 / 22.0).abs() < 0.012);
    }

    #[test]
    fn what_is_refused_leaves_the_others_their_shares() {
        let logits = [4.0, 2.0, 1.0, 1.0].map(|p| sim::math::ln(p) as f32);
        let mut sampler = Sampler::new(1.0, 0.9, 3);
        let mut counts = [0; 4];
        for _ in 0..20_000 {
            let token = sampler.choose(&logits, |token| token != 0).unwrap();
            counts[token as usize] += 1;
        }
        // The share of 0.9 holds all four.
        assert_eq!(counts[0], 0);
        assert!((f64::from(counts[1]) / 20_000.0 - 0.5).abs() < 0.012);
        // Where all of the share are refused, the others follow by probability.
        let mut sampler = Sampler::new(1.0, 0.4, 3);
        assert_eq!(sampler.choose(&logits, |token| token != 0), Some(1));
    }
}
