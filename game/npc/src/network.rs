//! The network of characters: tokens of what one knows to what it does, and to where the player will be.
//!
//! A transformer encoder over tokens, as in AlphaStar's entity encoder (Vinyals et al., 2019) on a small scale.
//! Its first half says where the player will be in [`HORIZON_S`], as several weighted futures; these come back as
//! tokens to its second half, in which the character's own token reads all others and decides. So the decision is
//! made with the prediction in view.

use nn::block::{layer_norm, linear};
use nn::{CrossBlock, EncoderBlock, Mlp};
use serde::{Deserialize, Serialize};
use tch::nn::{Init, LayerNorm, Linear, Module, Path};
use tch::{Kind, Tensor};

use crate::tokens::{Part, WIDTH};

/// Directions of movement and of sight, evenly about; the first is the x axis.
pub const DIRECTIONS: usize = 16;
/// Futures of the player.
pub const FUTURES: usize = 4;
/// Instants of a future.
pub const HORIZONS: usize = 4;
/// When they are, seconds from now.
pub const HORIZON_S: [f64; HORIZONS] = [0.5, 1.0, 2.0, 3.0];
/// Numbers of an output.
pub const OUTPUT: usize = crate::decode::place::LIKELY + FUTURES;

/// Sizes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Width of a token.
    pub width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Encoder layers, which see no futures.
    pub layers: usize,
    /// Layers by which the character's own token reads tokens and futures.
    pub late_layers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            width: 64,
            heads: 4,
            layers: 2,
            late_layers: 2,
        }
    }
}

/// The network.
#[derive(Debug)]
pub struct Network {
    config: Config,
    inputs: Vec<Linear>,
    terrain: Mlp,
    slots: Tensor,
    early: Vec<EncoderBlock>,
    norm_early: LayerNorm,
    places: Mlp,
    future: Mlp,
    late: Vec<CrossBlock>,
    norm_late: LayerNorm,
    deeds: Mlp,
    value: Mlp,
}

impl Network {
    /// A network with fresh weights under a variable path.
    pub fn new(vs: &Path, config: &Config) -> Self {
        let (d, heads) = (config.width, config.heads);
        let block = |name: String| EncoderBlock::new(&(vs / name), d, heads, 2);
        let (deeds, ways) = (deeds() as i64, ways() as i64);
        let future_width = (HORIZONS * 2) as i64 + 1;
        Self {
            config: *config,
            inputs: Part::TOKENS
                .iter()
                .map(|part| linear(&(vs / part.name), part.width as i64, d))
                .collect(),
            terrain: Mlp::new(&(vs / "terrain"), Part::TERRAIN.width as i64, d, d),
            slots: vs.var(
                "slots",
                &[tokens() as i64, d],
                Init::Randn {
                    mean: 0.0,
                    stdev: 0.1,
                },
            ),
            early: (0..config.layers)
                .map(|i| block(format!("early_{i}")))
                .collect(),
            norm_early: layer_norm(&(vs / "norm_early"), d),
            places: Mlp::new(&(vs / "places"), 2 * d, 2 * d, ways + FUTURES as i64),
            future: Mlp::new(&(vs / "future"), future_width, d, d),
            late: (0..config.late_layers)
                .map(|i| CrossBlock::new(&(vs / format!("late_{i}")), d, heads, 2))
                .collect(),
            norm_late: layer_norm(&(vs / "norm_late"), d),
            deeds: Mlp::new(&(vs / "deeds"), d, 2 * d, deeds),
            value: Mlp::new(&(vs / "value"), d, d, 1),
        }
    }

    /// `x` is [B, `WIDTH`]; the output [B, `OUTPUT`] stands in the order of [`crate::decode::place`].
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let b = x.size()[0];
        debug_assert_eq!(x.size()[1], WIDTH as i64);
        let d = self.config.width;
        let mut tokens = Vec::new();
        for (part, input) in Part::TOKENS.iter().zip(&self.inputs) {
            let (n, w) = (part.count as i64, part.width as i64);
            let numbers = x.narrow(1, part.begin as i64, n * w).reshape([b, n, w]);
            tokens.push(input.forward(&numbers)); // [B, n, d]
        }
        let terrain = Part::TERRAIN;
        let patch = x.narrow(1, terrain.begin as i64, terrain.width as i64);
        tokens.push(self.terrain.forward(&patch).unsqueeze(1)); // [B, 1, d]
        let mut tokens = Tensor::cat(&tokens, 1) + self.slots.unsqueeze(0); // [B, T, d]
        let there = Part::THERE;
        let valid = x.narrow(1, there.begin as i64, there.width as i64).gt(0.5); // [B, T]
        for block in &self.early {
            tokens = block.forward(&tokens, Some(&valid));
        }
        tokens = self.norm_early.forward(&tokens);

        let (own, trail) = (tokens.narrow(1, 0, 1), tokens.narrow(1, trail_slot(), 1));
        let both = Tensor::cat(&[own, trail], -1).squeeze_dim(1); // [B, 2d]
        let foreseen = self.places.forward(&both); // [B, FUTURES · HORIZONS · 2 + FUTURES]
        let ways = ways() as i64;
        let likely = foreseen.narrow(1, ways, FUTURES as i64); // [B, F]
        // Going on as now, and what is added to it.
        let part = Part::TRAIL;
        let velocity = x.narrow(1, part.begin as i64, 2); // in units a second
        let time = Tensor::from_slice(&HORIZON_S.map(|s| s as f32)).to_device(x.device());
        let steady = velocity.reshape([b, 1, 1, 2]) * time.reshape([1, 1, HORIZONS as i64, 1]);
        let places = foreseen
            .narrow(1, 0, ways)
            .reshape([b, FUTURES as i64, HORIZONS as i64, 2])
            + steady; // [B, F, H, 2]

        // What comes after takes the futures as they are and does not bend them.
        let player = x.narrow(1, part.begin as i64 + 2, 2); // where the player is, in units
        let seen = (&places.detach() + player.reshape([b, 1, 1, 2])).flatten(2, 3); // [B, F, 2H]
        let weight = likely.detach().softmax(-1, Kind::Float).unsqueeze(-1); // [B, F, 1]
        let futures = self.future.forward(&Tensor::cat(&[seen, weight], -1)); // [B, F, d]
        let known = valid
            .narrow(1, trail_slot(), 1)
            .expand([b, FUTURES as i64], false); // [B, F]
        let valid = Tensor::cat(&[valid, known], 1);
        let all = Tensor::cat(&[&tokens, &futures], 1); // [B, T + F, d]
        let mut own = tokens.narrow(1, 0, 1); // [B, 1, d]
        for block in &self.late {
            own = block.forward(&own, &all, Some(&valid));
        }
        let own = self.norm_late.forward(&own).squeeze_dim(1); // [B, d]
        let deeds = self.deeds.forward(&own); // [B, 17 + 16 + 3 + 1]
        let last = deeds.size()[1] - 1;
        let speed = deeds.narrow(1, last, 1).sigmoid();
        let value = self.value.forward(&own); // [B, 1]
        debug_assert_eq!(d, own.size()[1]);
        Tensor::cat(
            &[
                deeds.narrow(1, 0, last),
                speed,
                value,
                places.flatten(1, 3),
                likely,
            ],
            1,
        )
    }
}

/// Numbers of what is done: directions and standing, looks, three deeds, speed.
fn deeds() -> usize {
    2 * DIRECTIONS + 1 + 3 + 1
}

/// Numbers of the futures' places.
fn ways() -> usize {
    FUTURES * HORIZONS * 2
}

/// Tokens of an input.
fn tokens() -> usize {
    Part::THERE.width
}

/// Which token holds where the player has been.
fn trail_slot() -> i64 {
    let before = Part::TOKENS
        .iter()
        .take_while(|part| part.name != Part::TRAIL.name);
    before.map(|part| part.count as i64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;
    use tch::nn::VarStore;

    #[test]
    fn it_is_small_and_gives_finite_numbers_for_nothing() {
        let _generator = nn::device::seed(1);
        let vs = VarStore::new(Device::Cpu);
        let network = Network::new(&vs.root(), &Config::default());
        let numbers: usize = vs.variables().values().map(Tensor::numel).sum();
        assert!(numbers * 4 < 4 << 20, "{numbers}");
        let x = Tensor::zeros([3, WIDTH as i64], (Kind::Float, Device::Cpu));
        let out = network.forward(&x);
        assert_eq!(out.size(), [3, OUTPUT as i64]);
        assert!(bool::try_from(out.isfinite().all()).unwrap());
    }

    #[test]
    fn a_token_that_is_not_there_changes_nothing() {
        let _generator = nn::device::seed(2);
        let vs = VarStore::new(Device::Cpu);
        let network = Network::new(&vs.root(), &Config::default());
        let x = Tensor::zeros([1, WIDTH as i64], (Kind::Float, Device::Cpu));
        let _ = x.narrow(1, Part::THERE.begin as i64, 3).fill_(1.0);
        let noisy = x.copy();
        for part in Part::TOKENS.iter().filter(|part| part.count > 1) {
            let _ = noisy
                .narrow(1, part.begin as i64, (part.count * part.width) as i64)
                .fill_(3.0);
        }
        assert!(
            network
                .forward(&x)
                .allclose(&network.forward(&noisy), 1e-5, 1e-5, false)
        );
        // While the same numbers in a token that is there do.
        let _ = noisy
            .narrow(1, Part::THERE.begin as i64, Part::THERE.width as i64)
            .fill_(1.0);
        assert!(
            !network
                .forward(&x)
                .allclose(&network.forward(&noisy), 1e-3, 1e-3, false)
        );
    }
}
