//! The level network: a causal transformer over patches of two by two cells, whose four cells a small head
//! writes one after the other; so it is autoregressive cell by cell at a quarter of the steps.
//!
//! After the decoder of Vaswani et al. (2017) and the patch-wise decoding of MEGABYTE (Yu et al. 2023).

use std::path::Path;

use nn::block::{layer_norm, linear};
use nn::{Mlp, WeightsError};
use serde::{Deserialize, Serialize};
use sim::seed::{Draw, stream};
use tch::nn::{self as layers, Embedding, LayerNorm, Linear, Module, VarStore};
use tch::{Device, Kind, Tensor};

use super::generate::Asked;
use super::sketch::{Features, Sketch, symbol as s};
use super::tokens::{
    AROUND, ASKED, Condition, Inputs, MAX_PATCHES, NONE, PATCH, PLACES, Page, SYMBOLS,
};

/// Name of the network in its weight file.
pub const NETWORK: &str = "level";
/// Levels that are written side by side.
const BATCH: usize = 32;
/// Channels of a symbol.
const SYMBOL_DIM: i64 = 16;
/// Below 1 the likelier symbols are preferred.
const TEMPERATURE: f64 = 0.9;

/// Sizes of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// Channels of a patch.
    pub dim: i64,
    /// Attention heads.
    pub heads: i64,
    /// Transformer layers.
    pub layers: i64,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            dim: 96,
            heads: 4,
            layers: 3,
        }
    }
}

/// Pre-norm causal self-attention and MLP.
#[derive(Debug)]
struct Block {
    norm_attention: LayerNorm,
    query_key_value: Linear,
    out: Linear,
    norm_mlp: LayerNorm,
    mlp: Mlp,
    heads: i64,
}

/// Keys and values of the patches that are written, (B, H, L, D/H) each.
struct Cache {
    keys: Tensor,
    values: Tensor,
}

impl Block {
    fn new(vs: &layers::Path, config: &NetworkConfig) -> Self {
        let dim = config.dim;
        Self {
            norm_attention: layer_norm(&(vs / "norm_attention"), dim),
            query_key_value: linear(&(vs / "query_key_value"), dim, 3 * dim),
            out: linear(&(vs / "out"), dim, dim),
            norm_mlp: layer_norm(&(vs / "norm_mlp"), dim),
            mlp: Mlp::new(&(vs / "mlp"), dim, 4 * dim, dim),
            heads: config.heads,
        }
    }

    /// `x` (B, L, D); with a cache, `x` is the one patch at `at`.
    fn forward(&self, x: &Tensor, cache: Option<(&Cache, i64)>) -> Tensor {
        let (batch, length, dim) = x.size3().unwrap_or((0, 0, 0));
        let split = |t: &Tensor| {
            t.reshape([batch, length, self.heads, dim / self.heads])
                .transpose(1, 2) // (B, H, L, D/H)
        };
        let all = self
            .query_key_value
            .forward(&self.norm_attention.forward(x));
        let parts = all.chunk(3, -1); // 3 × (B, L, D)
        let (query, key, value) = (split(&parts[0]), split(&parts[1]), split(&parts[2]));
        let mixed = match cache {
            None => Tensor::scaled_dot_product_attention::<Tensor>(
                &query, &key, &value, None, 0.0, true, None, false,
            ),
            Some((cache, at)) => {
                cache.keys.narrow(2, at, 1).copy_(&key);
                cache.values.narrow(2, at, 1).copy_(&value);
                let keys = cache.keys.narrow(2, 0, at + 1);
                let values = cache.values.narrow(2, 0, at + 1);
                Tensor::scaled_dot_product_attention::<Tensor>(
                    &query, &keys, &values, None, 0.0, false, None, false,
                )
            }
        }; // (B, H, L, D/H)
        let joined = mixed.transpose(1, 2).reshape([batch, length, dim]);
        let x = x + self.out.forward(&joined);
        &x + self.mlp.forward(&self.norm_mlp.forward(&x))
    }
}

/// The network's layers.
#[derive(Debug)]
pub struct Layers {
    symbols: Embedding,
    around: Linear,
    places: Vec<Embedding>,
    asked: Mlp,
    blocks: Vec<Block>,
    norm: LayerNorm,
    written: Linear,
    part: Tensor,
    head: Mlp,
    config: NetworkConfig,
}

impl Layers {
    /// Fresh ones in a store.
    pub fn new(vs: &layers::Path, config: &NetworkConfig) -> Self {
        let dim = config.dim;
        let table = |name: &str, count: i64, dim: i64| {
            layers::embedding(vs / name, count, dim, layers::EmbeddingConfig::default())
        };
        Self {
            symbols: table("symbols", SYMBOLS as i64 + 1, SYMBOL_DIM),
            around: linear(&(vs / "around"), AROUND as i64 * SYMBOL_DIM, dim),
            places: (0..PLACES)
                .map(|i| table(&format!("place{i}"), MAX_PATCHES as i64, dim))
                .collect(),
            asked: Mlp::new(&(vs / "asked"), ASKED as i64, dim, dim),
            blocks: (0..config.layers)
                .map(|i| Block::new(&(vs / format!("block{i}")), config))
                .collect(),
            norm: layer_norm(&(vs / "norm"), dim),
            written: linear(&(vs / "written"), 3 * SYMBOL_DIM, dim),
            part: vs.randn("part", &[PATCH as i64, dim], 0.0, 0.5),
            head: Mlp::new(&(vs / "head"), dim, 2 * dim, SYMBOLS as i64),
            config: config.clone(),
        }
    }

    /// What stands for each patch before it is written, (B, L, D); `batch` levels of equally many steps.
    fn embed(&self, inputs: &Inputs, batch: i64) -> Tensor {
        let around = Tensor::from_slice(&inputs.around).reshape([batch, -1, AROUND as i64]);
        let length = around.size()[1];
        let symbols = self.symbols.forward(&around); // (B, L, AROUND, S)
        let mut x = self.around.forward(&symbols.reshape([batch, length, -1]));
        let places = Tensor::from_slice(&inputs.places).reshape([batch, length, PLACES as i64]);
        for (i, table) in (0..).zip(&self.places) {
            x += table.forward(&places.select(2, i)); // (B, L, D)
        }
        let asked = Tensor::from_slice(&inputs.asked).reshape([batch, length, ASKED as i64]);
        x + self.asked.forward(&asked)
    }

    /// Logits of the cells of each patch, (B, L, PATCH, SYMBOLS); `cells` (B, L, PATCH) are the symbols that are
    /// there, of which each cell sees those before it alone.
    pub fn forward(&self, inputs: &Inputs, cells: &Tensor) -> Tensor {
        let batch = cells.size()[0];
        let mut x = self.embed(inputs, batch);
        for block in &self.blocks {
            x = block.forward(&x, None);
        }
        let x = self.norm.forward(&x);
        let all: Vec<Tensor> = (0..PATCH as i64)
            .map(|part| self.cell(&x, cells, part))
            .collect();
        Tensor::stack(&all, 2)
    }

    /// Logits of one cell of each patch, (B, L, SYMBOLS), from its patch `x` (B, L, D).
    fn cell(&self, x: &Tensor, cells: &Tensor, part: i64) -> Tensor {
        let (batch, length, _) = x.size3().unwrap_or((0, 0, 0));
        let before = cells.narrow(2, 0, PATCH as i64 - 1); // (B, L, 3)
        let hidden = before.full_like(i64::from(NONE));
        if part > 0 {
            hidden.narrow(2, 0, part).copy_(&before.narrow(2, 0, part));
        }
        let written = self
            .symbols
            .forward(&hidden)
            .reshape([batch, length, 3 * SYMBOL_DIM]);
        let x = x + self.written.forward(&written) + self.part.select(0, part);
        self.head.forward(&x)
    }
}

/// The network with its weights.
#[derive(Debug)]
pub struct LevelNetwork {
    layers: Layers,
    _store: VarStore,
}

impl LevelNetwork {
    /// Reads a weight file.
    ///
    /// # Errors
    /// If it can't be read or is not of this network.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        let config: NetworkConfig = nn::weights::read_config(path, NETWORK)?;
        let mut store = VarStore::new(Device::Cpu);
        let layers = Layers::new(&store.root(), &config);
        nn::load(&mut store, NETWORK, path)?;
        Ok(Self {
            layers,
            _store: store,
        })
    }

    /// Draws sketches: of each what is asked for, what it is to have, and its own seed.
    pub fn draw(&self, wanted: &[(Asked, Features, u64)]) -> Vec<Sketch> {
        nn::use_one_thread();
        tch::no_grad(|| {
            wanted
                .chunks(BATCH)
                .flat_map(|some| self.write(some))
                .collect()
        })
    }

    fn write(&self, wanted: &[(Asked, Features, u64)]) -> Vec<Sketch> {
        let mut pages: Vec<_> = wanted
            .iter()
            .map(|(asked, features, seed)| {
                let condition = Condition {
                    theme: asked.theme,
                    difficulty: asked.difficulty,
                    features: *features,
                };
                let page = Page::new(asked.columns, asked.rows, condition);
                (page, stream(*seed, None, "level"))
            })
            .collect();
        let batch = pages.len() as i64;
        let length = pages.iter().map(|(page, _)| page.len()).max().unwrap_or(0);
        let config = &self.layers.config;
        let shape = [
            batch,
            config.heads,
            length as i64,
            config.dim / config.heads,
        ];
        let empty = || Tensor::zeros(shape, (Kind::Float, Device::Cpu));
        let caches: Vec<Cache> = (0..self.layers.blocks.len())
            .map(|_| Cache {
                keys: empty(),
                values: empty(),
            })
            .collect();
        for patch in 0..length {
            let mut inputs = Inputs::default();
            for (page, _) in &pages {
                page.read(patch, &mut inputs);
            }
            let mut x = self.layers.embed(&inputs, batch); // (B, 1, D)
            for (block, cache) in self.layers.blocks.iter().zip(&caches) {
                x = block.forward(&x, Some((cache, patch as i64)));
            }
            let x = self.layers.norm.forward(&x);
            let mut cells = vec![i64::from(NONE); pages.len() * PATCH];
            for part in 0..PATCH {
                // Mostly borders alone: then there is nothing to choose.
                let is_any = pages
                    .iter()
                    .any(|(page, _)| page.free(patch, part).is_some());
                let mut logits = vec![0f32; pages.len() * SYMBOLS];
                if is_any {
                    let cells = Tensor::from_slice(&cells).reshape([batch, 1, PATCH as i64]);
                    let out = self.layers.cell(&x, &cells, part as i64).contiguous();
                    let _ = out.f_copy_data(&mut logits, pages.len() * SYMBOLS);
                }
                let rows = logits.chunks(SYMBOLS).zip(cells.chunks_mut(PATCH));
                for ((page, rng), (logits, cells)) in pages.iter_mut().zip(rows) {
                    if let Some(cell) = page.free(patch, part) {
                        let symbol = pick(page, logits, rng.unit());
                        page.write(cell, symbol);
                    }
                    if let Some(cell) = page.cell(patch, part) {
                        cells[part] = i64::from(page.sketch.cell(cell));
                    }
                }
            }
        }
        pages.into_iter().map(|(page, _)| page.sketch).collect()
    }
}

/// The symbol that a draw from 0 to 1 falls on, among those that may be written.
fn pick(page: &Page, logits: &[f32], draw: f64) -> u8 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = (0u8..)
        .zip(logits)
        .map(|(symbol, logit)| {
            if page.allows(symbol) && logit.is_finite() {
                sim::math::exp(f64::from(logit - highest) / TEMPERATURE)
            } else {
                0.0
            }
        })
        .collect();
    let mut left = draw * weights.iter().sum::<f64>();
    for (symbol, weight) in (0u8..).zip(&weights) {
        left -= weight;
        if left < 0.0 {
            return symbol;
        }
    }
    s::FLOOR
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of writing with a cache give what reading all at once gives.
    #[test]
    fn a_cache_changes_nothing() {
        nn::use_one_thread();
        let _generator = nn::device::seed(4);
        let store = VarStore::new(Device::Cpu);
        let layers = Layers::new(&store.root(), &NetworkConfig::default());
        let network = LevelNetwork {
            layers,
            _store: store,
        };
        let asked = Asked {
            columns: 11,
            rows: 9,
            ..Asked::default()
        };
        let wanted = (asked, Features::default(), 5);
        let sketch = network.draw(std::slice::from_ref(&wanted)).remove(0);
        assert!(sketch.count(s::START) <= 1 && sketch.count(s::GUARD) == 0);
        let condition = Condition {
            theme: wanted.0.theme,
            difficulty: wanted.0.difficulty,
            features: wanted.1,
        };
        let mut page = Page::new(11, 9, condition);
        let mut rng = stream(5, None, "level");
        let (inputs, cells) = super::super::training::sequence(&sketch, condition);
        let cells = Tensor::from_slice(&cells).reshape([1, -1, PATCH as i64]);
        let logits = tch::no_grad(|| network.layers.forward(&inputs, &cells)).contiguous();
        let count = page.len() * PATCH * SYMBOLS;
        let mut flat = vec![0f32; count];
        logits.copy_data(&mut flat, count);
        for patch in 0..page.len() {
            for part in 0..PATCH {
                if let Some(cell) = page.free(patch, part) {
                    let at = (patch * PATCH + part) * SYMBOLS;
                    let symbol = pick(&page, &flat[at..at + SYMBOLS], rng.unit());
                    page.write(cell, symbol);
                }
            }
        }
        assert_eq!(page.sketch.text(), sketch.text());
    }
}
