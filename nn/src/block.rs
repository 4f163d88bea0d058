//! Transformer blocks, pre-norm (Vaswani et al. 2017; Xiong et al. 2020).

use tch::nn::{self, LayerNorm, Linear, Module, Path};
use tch::{Kind, Tensor};

use crate::probe;

/// A layer's path in the weights.
fn name(vs: &Path) -> String {
    vs.components().collect::<Vec<_>>().join("/")
}

/// Layer norm over the last axis.
pub fn layer_norm(vs: &Path, dim: i64) -> LayerNorm {
    nn::layer_norm(vs, vec![dim], nn::LayerNormConfig::default())
}

/// A linear layer with bias.
pub fn linear(vs: &Path, from: i64, to: i64) -> Linear {
    nn::linear(vs, from, to, nn::LinearConfig::default())
}

/// Two linear layers with a GELU between them.
#[derive(Debug)]
pub struct Mlp {
    name: String,
    up: Linear,
    down: Linear,
}

impl Mlp {
    /// From `from` through `hidden` to `to` channels.
    pub fn new(vs: &Path, from: i64, hidden: i64, to: i64) -> Self {
        Self {
            name: name(vs),
            up: linear(&(vs / "up"), from, hidden),
            down: linear(&(vs / "down"), hidden, to),
        }
    }

    /// `(…, from)` to `(…, to)`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let out = self.down.forward(&self.up.forward(x).gelu("tanh"));
        probe::output(&self.name, &out);
        out
    }
}

/// Multi-head attention.
#[derive(Debug)]
pub struct Attention {
    name: String,
    query: Linear,
    key_value: Linear,
    out: Linear,
    heads: i64,
}

impl Attention {
    /// `dim` channels in `heads` heads; `dim` must be a multiple of `heads`.
    pub fn new(vs: &Path, dim: i64, heads: i64) -> Self {
        Self {
            name: name(vs),
            query: linear(&(vs / "query"), dim, dim),
            key_value: linear(&(vs / "key_value"), dim, 2 * dim),
            out: linear(&(vs / "out"), dim, dim),
            heads,
        }
    }

    /// Queries `x` (B, Q, D) over `context` (B, K, D). `valid` (B, K) says which keys count; a
    /// query without any valid key attends to all evenly, so that nothing becomes NaN.
    pub fn forward(&self, x: &Tensor, context: &Tensor, valid: Option<&Tensor>) -> Tensor {
        let (batch, queries, dim) = x.size3().unwrap_or((0, 0, 0));
        let heads = self.heads;
        let split = |t: &Tensor| {
            let length = t.size()[1];
            t.reshape([batch, length, heads, dim / heads])
                .transpose(1, 2) // (B, H, L, D/H)
        };
        let key_value = self.key_value.forward(context).chunk(2, -1); // 2 × (B, K, D)
        let mask = valid.map(|valid| {
            let blocked = valid.to_kind(Kind::Float) * 1e9 - 1e9; // 0 or -1e9
            blocked
                .unsqueeze(1)
                .unsqueeze(1)
                .expand([batch, heads, queries, -1], false)
        });
        let (query, key) = (split(&self.query.forward(x)), split(&key_value[0]));
        let mixed = Tensor::scaled_dot_product_attention(
            &query,
            &key,
            &split(&key_value[1]),
            mask.as_ref(),
            0.0,
            false,
            None,
            false,
        ); // (B, H, Q, D/H)
        let joined = mixed.transpose(1, 2).reshape([batch, queries, dim]);
        let out = self.out.forward(&joined);
        probe::attention(&self.name, &out, &query, &key, mask.as_ref());
        out
    }
}

/// Self-attention and MLP, each on the normed input and added to it.
#[derive(Debug)]
pub struct EncoderBlock {
    norm_attention: LayerNorm,
    attention: Attention,
    norm_mlp: LayerNorm,
    mlp: Mlp,
}

impl EncoderBlock {
    /// `expansion` times `dim` channels inside the MLP.
    pub fn new(vs: &Path, dim: i64, heads: i64, expansion: i64) -> Self {
        Self {
            norm_attention: layer_norm(&(vs / "norm_attention"), dim),
            attention: Attention::new(&(vs / "attention"), dim, heads),
            norm_mlp: layer_norm(&(vs / "norm_mlp"), dim),
            mlp: Mlp::new(&(vs / "mlp"), dim, expansion * dim, dim),
        }
    }

    /// `x` (B, L, D), `valid` (B, L) bool.
    pub fn forward(&self, x: &Tensor, valid: Option<&Tensor>) -> Tensor {
        let normed = self.norm_attention.forward(x);
        let x = x + self.attention.forward(&normed, &normed, valid);
        let normed = self.norm_mlp.forward(&x);
        x + self.mlp.forward(&normed)
    }
}

/// Cross-attention to a context and MLP, each on the normed input and added to it.
#[derive(Debug)]
pub struct CrossBlock {
    norm_query: LayerNorm,
    norm_context: LayerNorm,
    attention: Attention,
    norm_mlp: LayerNorm,
    mlp: Mlp,
}

impl CrossBlock {
    /// `expansion` times `dim` channels inside the MLP.
    pub fn new(vs: &Path, dim: i64, heads: i64, expansion: i64) -> Self {
        Self {
            norm_query: layer_norm(&(vs / "norm_query"), dim),
            norm_context: layer_norm(&(vs / "norm_context"), dim),
            attention: Attention::new(&(vs / "attention"), dim, heads),
            norm_mlp: layer_norm(&(vs / "norm_mlp"), dim),
            mlp: Mlp::new(&(vs / "mlp"), dim, expansion * dim, dim),
        }
    }

    /// `x` (B, Q, D), `context` (B, K, D), `valid` (B, K) bool over the context.
    pub fn forward(&self, x: &Tensor, context: &Tensor, valid: Option<&Tensor>) -> Tensor {
        let context = self.norm_context.forward(context);
        let x = x + self
            .attention
            .forward(&self.norm_query.forward(x), &context, valid);
        let normed = self.norm_mlp.forward(&x);
        x + self.mlp.forward(&normed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn masked_keys_change_nothing_and_an_empty_mask_is_finite() {
        let _generator = crate::device::seed(1);
        let vs = nn::VarStore::new(Device::Cpu);
        let block = CrossBlock::new(&vs.root(), 16, 4, 2);
        let options = (Kind::Float, Device::Cpu);
        let x = Tensor::randn([2, 3, 16], options);
        let context = Tensor::randn([2, 5, 16], options);
        let valid = Tensor::from_slice(&[true, true, false, true, false])
            .unsqueeze(0)
            .expand([2, 5], false);
        let first = block.forward(&x, &context, Some(&valid));
        let noise = Tensor::randn([2, 5, 16], options)
            * valid.logical_not().unsqueeze(-1).to_kind(Kind::Float);
        let second = block.forward(&x, &(&context + noise * 100.0), Some(&valid));
        assert!(first.allclose(&second, 1e-5, 1e-5, false));
        let empty = block.forward(&x, &context, Some(&valid.logical_and(&valid.logical_not())));
        assert!(bool::try_from(empty.isfinite().all()).unwrap());
    }
}
