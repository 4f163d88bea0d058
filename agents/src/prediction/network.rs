//! The prediction network: one target's surroundings to K weighted futures.
//!
//! Tokens of road users and lane pieces pass a transformer encoder; K learned queries read them by
//! cross attention and give a future each, as in Scene Transformer (Ngiam et al., 2022) and
//! Wayformer (Nayakanti et al., 2023). A future is a polynomial added to going on with the present
//! velocity, so that it is smooth and an untrained network predicts constant velocity.

use tch::nn::{self, Module};
use tch::{Device, Kind, Tensor};

use super::features::{
    HISTORY, LANE_POINTS, LANE_WIDTH, LANES, NEIGHBOURS, OWN_WIDTH, SCALE_MPS, WIDTH,
};

/// Futures of a target.
pub const MODES: i64 = 6;
/// Steps of a future.
pub const STEPS: i64 = 30;
/// Time between the steps of a future, seconds.
pub const STEP_S: f64 = 0.1;
/// Degree of the polynomial that is added to constant velocity.
const DEGREE: i64 = 5;

/// Sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// Two linear layers with a GELU between.
#[derive(Debug)]
struct Mlp(nn::Linear, nn::Linear);

impl Mlp {
    fn new(path: nn::Path, from: i64, hidden: i64, to: i64) -> Self {
        Self(
            nn::linear(&path / "in", from, hidden, Default::default()),
            nn::linear(&path / "out", hidden, to, Default::default()),
        )
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        self.1.forward(&self.0.forward(x).gelu("tanh"))
    }
}

/// Multi-head attention of `x` [B, N, d] to `memory` [B, M, d].
#[derive(Debug)]
struct Attention {
    query: nn::Linear,
    key_value: nn::Linear,
    out: nn::Linear,
    heads: i64,
}

impl Attention {
    fn new(path: nn::Path, config: &Config) -> Self {
        let d = config.width;
        Self {
            query: nn::linear(&path / "query", d, d, Default::default()),
            key_value: nn::linear(&path / "key_value", d, 2 * d, Default::default()),
            out: nn::linear(&path / "out", d, d, Default::default()),
            heads: config.heads,
        }
    }

    /// `blocked` [B, 1, 1, M] is added to the scores: 0, or a large negative number.
    fn forward(&self, x: &Tensor, memory: &Tensor, blocked: Option<&Tensor>) -> Tensor {
        let (b, n, d) = (x.size()[0], x.size()[1], x.size()[2]);
        let m = memory.size()[1];
        let split = |t: Tensor, len: i64| t.view([b, len, self.heads, -1]).transpose(1, 2);
        let q = split(self.query.forward(x), n); // [B, h, N, d/h]
        let kv = self.key_value.forward(memory).chunk(2, -1);
        let k = split(kv[0].contiguous(), m); // [B, h, M, d/h]
        let v = split(kv[1].contiguous(), m);
        let scale = 1.0 / ((d / self.heads) as f64).sqrt();
        let mut scores = q.matmul(&k.transpose(-2, -1)) * scale; // [B, h, N, M]
        if let Some(blocked) = blocked {
            scores += blocked;
        }
        let mixed = scores.softmax(-1, Kind::Float).matmul(&v); // [B, h, N, d/h]
        self.out
            .forward(&mixed.transpose(1, 2).contiguous().view([b, n, d]))
    }
}

/// A pre-norm layer: attention to a memory (or itself), then an MLP.
#[derive(Debug)]
struct Layer {
    attention: Attention,
    mlp: Mlp,
    norm_attention: nn::LayerNorm,
    norm_mlp: nn::LayerNorm,
}

impl Layer {
    fn new(path: nn::Path, config: &Config) -> Self {
        let d = config.width;
        let norm = |name: &str| nn::layer_norm(&path / name, vec![d], Default::default());
        Self {
            attention: Attention::new(&path / "attention", config),
            norm_attention: norm("norm_attention"),
            norm_mlp: norm("norm_mlp"),
            mlp: Mlp::new(&path / "mlp", d, 3 * d, d),
        }
    }

    fn forward(&self, x: &Tensor, memory: Option<&Tensor>, blocked: Option<&Tensor>) -> Tensor {
        let normed = self.norm_attention.forward(x);
        let attended = self
            .attention
            .forward(&normed, memory.unwrap_or(&normed), blocked);
        let x = x + attended;
        &x + self.mlp.forward(&self.norm_mlp.forward(&x))
    }
}

/// The network.
#[derive(Debug)]
pub struct Network {
    road_user: Mlp,
    lane: Mlp,
    kinds: Tensor,
    encoder: Vec<Layer>,
    norm: nn::LayerNorm,
    queries: Tensor,
    decoder: Vec<(Layer, Layer)>,
    coefficients: Mlp,
    weight: Mlp,
    powers: Tensor,
    times: Tensor,
}

impl Network {
    /// A network with fresh weights under a variable path.
    pub fn new(path: &nn::Path, config: &Config) -> Self {
        let d = config.width;
        let (users, lanes) = (OWN_WIDTH as i64, LANE_WIDTH as i64);
        let small = nn::Init::Randn {
            mean: 0.0,
            stdev: 0.02,
        };
        // Small, so that all futures start out near constant velocity.
        let still = nn::LinearConfig {
            ws_init: nn::Init::Randn {
                mean: 0.0,
                stdev: 0.01,
            },
            ..Default::default()
        };
        let device: Device = path.device();
        let time = Tensor::arange(STEPS, (Kind::Float, device)) + 1.0;
        let share = &time / STEPS as f64; // [T], 1 at the end
        let powers: Vec<Tensor> = (1..=DEGREE).map(|k| share.pow_tensor_scalar(k)).collect();
        Self {
            road_user: Mlp::new(path / "road_user", users, 2 * d, d),
            lane: Mlp::new(path / "lane", lanes, d, d),
            kinds: path.var("kinds", &[3, d], small),
            encoder: (0..config.layers)
                .map(|i| Layer::new(path / format!("encoder_{i}"), config))
                .collect(),
            norm: nn::layer_norm(path / "norm", vec![d], Default::default()),
            queries: path.var(
                "queries",
                &[MODES, d],
                nn::Init::Randn {
                    mean: 0.0,
                    stdev: 0.5,
                },
            ),
            decoder: (0..config.decoder_layers)
                .map(|i| {
                    let p = path / format!("decoder_{i}");
                    (
                        Layer::new(&p / "cross", config),
                        Layer::new(&p / "modes", config),
                    )
                })
                .collect(),
            coefficients: Mlp(
                nn::linear(path / "coefficients" / "in", d, d, Default::default()),
                nn::linear(path / "coefficients" / "out", d, 2 * DEGREE, still),
            ),
            weight: Mlp::new(path / "weight", d, d, 1),
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
        let user_in = x.narrow(1, 0, users).view([b, 1 + n, OWN_WIDTH as i64]);
        let lane_in = x.narrow(1, users, lanes).view([b, l, LANE_WIDTH as i64]);
        let own_there = Tensor::ones([b, 1], (Kind::Float, x.device()));
        let there = Tensor::cat(&[&own_there, &x.narrow(1, users + lanes, n + l)], 1); // [B, 1+N+L]
        let blocked = ((there - 1.0) * 1e4).view([b, 1, 1, 1 + n + l]);

        let user_tokens = self.road_user.forward(&user_in); // [B, 1+N, d]
        let own = user_tokens.narrow(1, 0, 1) + self.kinds.get(0);
        let others = user_tokens.narrow(1, 1, n) + self.kinds.get(1);
        let lane_tokens = self.lane.forward(&lane_in) + self.kinds.get(2); // [B, L, d]
        let mut tokens = Tensor::cat(&[own, others, lane_tokens], 1); // [B, 1+N+L, d]
        for layer in &self.encoder {
            tokens = layer.forward(&tokens, None, Some(&blocked));
        }
        let memory = self.norm.forward(&tokens);

        let mut modes = self.queries.unsqueeze(0) + memory.narrow(1, 0, 1); // [B, K, d]
        for (cross, among) in &self.decoder {
            modes = cross.forward(&modes, Some(&memory), Some(&blocked));
            modes = among.forward(&modes, None, None);
        }
        let logits = self.weight.forward(&modes).squeeze_dim(-1); // [B, K]
        let c = self.coefficients.forward(&modes) * 3.0; // [B, K, 2·DEGREE]
        let c = c.view([b, MODES, 2, DEGREE]);
        let added = c.matmul(&self.powers).transpose(-2, -1); // [B, K, T, 2]
        // Velocity stands behind the history in the target's own numbers.
        let velocity = x.narrow(1, HISTORY as i64 * 5, 2) * SCALE_MPS; // [B, 2]
        let steady = velocity.view([b, 1, 1, 2]) * self.times.view([1, 1, STEPS, 1]);
        Futures {
            positions: steady + added,
            logits,
        }
    }
}

const _: () = assert!(LANE_POINTS >= 2);
