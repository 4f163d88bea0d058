//! The prediction network: one target's surroundings to K weighted futures.
//!
//! Tokens of road users and lane pieces pass a transformer encoder; K learned queries read them by
//! cross attention and give a future each, as in Scene Transformer (Ngiam et al., 2022) and
//! Wayformer (Nayakanti et al., 2023). A future is a polynomial added to going on with the present
//! velocity, so that it is smooth and a fresh network starts out near constant velocity.

use nn::block::layer_norm;
use nn::{CrossBlock, EncoderBlock, Mlp};
use serde::{Deserialize, Serialize};
use tch::nn::{Init, LayerNorm, Module, Path};
use tch::{Kind, Tensor};

use super::features::{HISTORY, LANE_WIDTH, LANES, NEIGHBOURS, OWN_WIDTH, SCALE_MPS, WIDTH};

/// Futures of a target.
pub const MODES: i64 = 6;
/// Steps of a future.
pub const STEPS: i64 = 30;
/// Time between the steps of a future, seconds.
pub const STEP_S: f64 = 0.1;
/// Degree of the polynomial that is added to constant velocity.
const DEGREE: i64 = 5;

/// Sizes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Width of a token.
    pub width: i64,
    /// Attention heads.
    pub heads: i64,
    /// Encoder layers.
    pub layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            width: 96,
            heads: 4,
            layers: 3,
            decoder_layers: 2,
        }
    }
}

/// Output for a batch.
#[derive(Debug)]
pub struct Futures {
    /// Positions in each target's frame, metres: [B, MODES, STEPS, 2].
    pub positions: Tensor,
    /// Unnormalised log weights: [B, MODES].
    pub logits: Tensor,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    road_user: Mlp,
    lane: Mlp,
    kinds: Tensor,
    encoder: Vec<EncoderBlock>,
    norm: LayerNorm,
    queries: Tensor,
    decoder: Vec<(CrossBlock, EncoderBlock)>,
    coefficients: Mlp,
    weight: Mlp,
    powers: Tensor,
    times: Tensor,
}

impl Network {
    /// A network with fresh weights under a variable path.
    pub fn new(vs: &Path, config: &Config) -> Self {
        let (d, heads) = (config.width, config.heads);
        let (users, lanes) = (OWN_WIDTH as i64, LANE_WIDTH as i64);
        let normal = |stdev| Init::Randn { mean: 0.0, stdev };
        let time = Tensor::arange(STEPS, (Kind::Float, vs.device())) + 1.0;
        let share = &time / STEPS as f64; // [T], 1 at the end
        let powers: Vec<Tensor> = (1..=DEGREE).map(|k| share.pow_tensor_scalar(k)).collect();
        Self {
            road_user: Mlp::new(&(vs / "road_user"), users, 2 * d, d),
            lane: Mlp::new(&(vs / "lane"), lanes, d, d),
            kinds: vs.var("kinds", &[3, d], normal(0.02)),
            encoder: (0..config.layers)
                .map(|i| EncoderBlock::new(&(vs / format!("encoder_{i}")), d, heads, 3))
                .collect(),
            norm: layer_norm(&(vs / "norm"), d),
            queries: vs.var("queries", &[MODES, d], normal(0.5)),
            decoder: (0..config.decoder_layers)
                .map(|i| {
                    let vs = vs / format!("decoder_{i}");
                    let cross = CrossBlock::new(&(&vs / "cross"), d, heads, 3);
                    (cross, EncoderBlock::new(&(&vs / "modes"), d, heads, 3))
                })
                .collect(),
            coefficients: Mlp::new(&(vs / "coefficients"), d, d, 2 * DEGREE),
            weight: Mlp::new(&(vs / "weight"), d, d, 1),
            powers: Tensor::stack(&powers, 0), // [DEGREE, T]
            times: time * STEP_S,              // [T]
        }
    }

    /// Futures of a batch of targets; `x` is [B, WIDTH].
    pub fn forward(&self, x: &Tensor) -> Futures {
        let b = x.size()[0];
        let (n, l) = (NEIGHBOURS as i64, LANES as i64);
        let users = OWN_WIDTH as i64 * (1 + n);
        let lanes = LANE_WIDTH as i64 * l;
        debug_assert_eq!(x.size()[1], WIDTH as i64);
        let user_in = x.narrow(1, 0, users).reshape([b, 1 + n, OWN_WIDTH as i64]);
        let lane_in = x.narrow(1, users, lanes).reshape([b, l, LANE_WIDTH as i64]);
        let own_there = Tensor::ones([b, 1], (Kind::Float, x.device()));
        let there = Tensor::cat(&[&own_there, &x.narrow(1, users + lanes, n + l)], 1);
        let valid = Some(there.gt(0.5)); // [B, 1+N+L]

        let user_tokens = self.road_user.forward(&user_in); // [B, 1+N, d]
        let own = user_tokens.narrow(1, 0, 1) + self.kinds.get(0);
        let others = user_tokens.narrow(1, 1, n) + self.kinds.get(1);
        let lane_tokens = self.lane.forward(&lane_in) + self.kinds.get(2); // [B, L, d]
        let mut tokens = Tensor::cat(&[own, others, lane_tokens], 1); // [B, 1+N+L, d]
        for block in &self.encoder {
            tokens = block.forward(&tokens, valid.as_ref());
        }
        let memory = self.norm.forward(&tokens);

        let mut modes = self.queries.unsqueeze(0) + memory.narrow(1, 0, 1); // [B, K, d]
        for (cross, among) in &self.decoder {
            modes = cross.forward(&modes, &memory, valid.as_ref());
            modes = among.forward(&modes, None);
        }
        let logits = self.weight.forward(&modes).squeeze_dim(-1); // [B, K]
        let c = self.coefficients.forward(&modes); // [B, K, 2·DEGREE]
        let c = c.reshape([b, MODES, 2, DEGREE]);
        let added = c.matmul(&self.powers).transpose(-2, -1); // [B, K, T, 2]
        // Velocity stands behind the history in the target's own numbers.
        let velocity = x.narrow(1, HISTORY as i64 * 5, 2) * SCALE_MPS; // [B, 2]
        let steady = velocity.reshape([b, 1, 1, 2]) * self.times.reshape([1, 1, STEPS, 1]);
        Futures {
            positions: steady + added,
            logits,
        }
    }
}
