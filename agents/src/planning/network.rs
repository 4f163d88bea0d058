//! The planning network: scores and shapes each of a fixed set of proposals.
//!
//! Scene tokens pass a transformer encoder; each proposal is a query that reads them by cross
//! attention, as the planning queries of VADv2 (Chen et al., 2024) read a scene.

use nn::block::layer_norm;
use nn::{CrossBlock, EncoderBlock, Mlp};
use serde::{Deserialize, Serialize};
use tch::nn::{Init, LayerNorm, Module, Path};
use tch::{Kind, Tensor};

use super::features::{
    EGO_WIDTH, LINE_WIDTH, LINES, OBJECT_WIDTH, OBJECTS, ROUTE, ROUTE_WIDTH, WIDTH,
};
use super::proposals::{COUNT, anchors};

/// Largest change of an anchor's acceleration, m/s², and of its offset, metres.
pub const RESIDUAL_SCALE: [f64; 3] = [1.2, 1.2, 0.7];

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
            width: 64,
            heads: 4,
            layers: 2,
            decoder_layers: 2,
        }
    }
}

/// Output for a batch.
#[derive(Debug)]
pub struct Scores {
    /// Unnormalised log probability of each proposal: [B, COUNT].
    pub logits: Tensor,
    /// Changes of acceleration (first, second half) and offset: [B, COUNT, 3].
    pub residuals: Tensor,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    ego: Mlp,
    route: Mlp,
    line: Mlp,
    object: Mlp,
    kinds: Tensor,
    encoder: Vec<EncoderBlock>,
    norm: LayerNorm,
    anchor: Mlp,
    decoder: Vec<CrossBlock>,
    out: Mlp,
    anchors: Tensor,
    scale: Tensor,
}

impl Network {
    /// A network with fresh weights under a variable path.
    pub fn new(vs: &Path, config: &Config) -> Self {
        let (d, heads) = (config.width, config.heads);
        let mlp = |name: &str, from: usize| Mlp::new(&(vs / name), from as i64, d, d);
        let table: Vec<f32> = anchors()
            .flat_map(|a| {
                let (o, v) = (a.offset_m as f32, a.accel_mps2 as f32);
                [o / 2.7, (o / 2.7).abs(), v / 4.0, (v / 4.0).abs()]
            })
            .collect();
        Self {
            ego: mlp("ego", EGO_WIDTH),
            route: mlp("route", ROUTE_WIDTH),
            line: mlp("line", LINE_WIDTH),
            object: mlp("object", OBJECT_WIDTH),
            kinds: vs.var(
                "kinds",
                &[4, d],
                Init::Randn {
                    mean: 0.0,
                    stdev: 0.02,
                },
            ),
            encoder: (0..config.layers)
                .map(|i| EncoderBlock::new(&(vs / format!("encoder_{i}")), d, heads, 3))
                .collect(),
            norm: layer_norm(&(vs / "norm"), d),
            anchor: mlp("anchor", 4),
            decoder: (0..config.decoder_layers)
                .map(|i| CrossBlock::new(&(vs / format!("decoder_{i}")), d, heads, 3))
                .collect(),
            out: Mlp::new(&(vs / "out"), d, d, 4),
            anchors: Tensor::from_slice(&table)
                .reshape([COUNT as i64, 4])
                .to_device(vs.device()),
            scale: Tensor::from_slice(&RESIDUAL_SCALE)
                .to_kind(Kind::Float)
                .to_device(vs.device()),
        }
    }

    /// Scores of a batch; `x` is [B, WIDTH].
    pub fn forward(&self, x: &Tensor) -> Scores {
        let b = x.size()[0];
        debug_assert_eq!(x.size()[1], WIDTH as i64);
        let mut at = 0;
        let mut take = |rows: usize, width: usize| {
            let part = x.narrow(1, at, (rows * width) as i64);
            at += (rows * width) as i64;
            part.reshape([b, rows as i64, width as i64])
        };
        let ego = self.ego.forward(&take(1, EGO_WIDTH)) + self.kinds.get(0); // [B, 1, d]
        let route = self.route.forward(&take(ROUTE, ROUTE_WIDTH)) + self.kinds.get(1); // [B, R, d]
        let lines = self.line.forward(&take(2 * LINES, LINE_WIDTH)) + self.kinds.get(2); // [B, 2·LINES, d]
        let objects = self.object.forward(&take(OBJECTS, OBJECT_WIDTH)) + self.kinds.get(3); // [B, O, d]
        let there = take(1, 2 * LINES + OBJECTS).squeeze_dim(1); // [B, 2·LINES + O]
        let always = Tensor::ones([b, 1 + ROUTE as i64], (Kind::Float, x.device()));
        let valid = Some(Tensor::cat(&[&always, &there], 1).gt(0.5)); // [B, L]
        let mut tokens = Tensor::cat(&[&ego, &route, &lines, &objects], 1); // [B, L, d]
        for block in &self.encoder {
            tokens = block.forward(&tokens, valid.as_ref());
        }
        let memory = self.norm.forward(&tokens);
        let mut queries = self.anchor.forward(&self.anchors).unsqueeze(0) + memory.narrow(1, 0, 1); // [B, COUNT, d]
        for block in &self.decoder {
            queries = block.forward(&queries, &memory, valid.as_ref());
        }
        let out = self.out.forward(&queries); // [B, COUNT, 4]
        Scores {
            logits: out.select(2, 0),
            residuals: out.narrow(2, 1, 3).tanh() * &self.scale,
        }
    }
}
