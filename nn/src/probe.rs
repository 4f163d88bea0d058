//! A look into a forward pass: what its layers gave and where attention went.
//!
//! Off but inside [`record`], on the thread that calls it; then blocks leave a [`Layer`] each. Outputs are the same
//! with it and without.

use std::cell::RefCell;

use tch::{Kind, Tensor};

/// One layer of one forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its path in the network's weights, such as `decoder_0/attention`.
    pub name: String,
    /// Shape of its output.
    pub shape: Vec<i64>,
    /// Root mean square of its output.
    pub rms: f32,
    /// Largest absolute value of its output.
    pub most: f32,
    /// Share of its output that is not finite, 0 to 1.
    pub broken: f32,
    /// Where it looked, if it is attention.
    pub attention: Option<AttentionMap>,
}

/// The fields of a [`Layer`] in their order, its attention as queries, keys, weights and spread.
pub type Parts = (
    String,
    Vec<i64>,
    [f32; 3],
    Option<(usize, usize, Vec<f32>, Vec<f32>)>,
);

impl Layer {
    /// What it is made of, for messages that know nothing of networks.
    pub fn into_parts(self) -> Parts {
        let attention = self
            .attention
            .map(|a| (a.queries, a.keys, a.weights, a.spread));
        let numbers = [self.rms, self.most, self.broken];
        (self.name, self.shape, numbers, attention)
    }
}

/// Weights of attention of the first sample of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionMap {
    /// Queries.
    pub queries: usize,
    /// Keys.
    pub keys: usize,
    /// Mean over the heads, by query and then key; each query's sum is 1.
    pub weights: Vec<f32>,
    /// Entropy of each head over that of even weights, 0 (one key) to 1, mean over queries.
    pub spread: Vec<f32>,
}

thread_local! {
    static LAYERS: RefCell<Option<Vec<Layer>>> = const { RefCell::new(None) };
}

/// Runs a forward pass and gives what its layers left.
pub fn record<T>(run: impl FnOnce() -> T) -> (T, Vec<Layer>) {
    LAYERS.with_borrow_mut(|layers| *layers = Some(Vec::new()));
    let out = run();
    let layers = LAYERS.with_borrow_mut(Option::take);
    (out, layers.unwrap_or_default())
}

/// Whether somebody looks.
pub fn is_on() -> bool {
    LAYERS.with_borrow(Option::is_some)
}

/// Leaves the output of a layer, where somebody looks.
pub fn output(name: &str, x: &Tensor) {
    if is_on() {
        push(name, x, None);
    }
}

/// Leaves an attention layer: its output (B, Q, D), queries (B, H, Q, C), keys (B, H, K, C) and what is added to
/// their products.
pub(crate) fn attention(
    name: &str,
    x: &Tensor,
    query: &Tensor,
    key: &Tensor,
    mask: Option<&Tensor>,
) {
    if !is_on() {
        return;
    }
    let map = tch::no_grad(|| {
        let (query, key) = (query.narrow(0, 0, 1), key.narrow(0, 0, 1));
        let width = query.size().last().copied().unwrap_or(1).max(1);
        let mut scores = query
            .to_kind(Kind::Float)
            .matmul(&key.to_kind(Kind::Float).transpose(-2, -1))
            / (width as f64).sqrt(); // (1, H, Q, K)
        if let Some(mask) = mask {
            scores += mask.narrow(0, 0, 1);
        }
        let weights = scores.softmax(-1, Kind::Float);
        let size = weights.size();
        let (queries, keys) = (size[2], size[3]);
        let even = f64::try_from(Tensor::from(keys.max(2) as f64).log()).unwrap_or(1.0);
        let entropy =
            -(&weights * weights.clamp_min(1e-12).log()).sum_dim_intlist(-1, false, Kind::Float);
        let spread = entropy.mean_dim(-1, false, Kind::Float) / even; // (1, H)
        AttentionMap {
            queries: queries as usize,
            keys: keys as usize,
            weights: numbers(&weights.mean_dim(1, false, Kind::Float)),
            spread: numbers(&spread),
        }
    });
    push(name, x, Some(map));
}

fn push(name: &str, x: &Tensor, attention: Option<AttentionMap>) {
    let layer = tch::no_grad(|| {
        let flat = x.to_kind(Kind::Float).flatten(0, -1);
        let number = |t: Tensor| f32::try_from(t).unwrap_or(f32::NAN);
        Layer {
            name: name.to_owned(),
            shape: x.size(),
            rms: number(flat.square().mean(Kind::Float).sqrt()),
            most: number(flat.abs().max()),
            broken: number(
                flat.isfinite()
                    .logical_not()
                    .to_kind(Kind::Float)
                    .mean(Kind::Float),
            ),
            attention,
        }
    });
    LAYERS.with_borrow_mut(|layers| layers.iter_mut().for_each(|all| all.push(layer.clone())));
}

fn numbers(t: &Tensor) -> Vec<f32> {
    let flat = t
        .to_device(tch::Device::Cpu)
        .to_kind(Kind::Float)
        .contiguous()
        .flatten(0, -1);
    flat.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CrossBlock;
    use tch::{Device, nn};

    #[test]
    fn a_look_changes_no_output_and_weights_are_those_of_the_output() {
        let _generator = crate::device::seed(3);
        let vs = nn::VarStore::new(Device::Cpu);
        let block = CrossBlock::new(&(vs.root() / "decoder"), 16, 4, 2);
        let options = (Kind::Float, Device::Cpu);
        let (x, context) = (
            Tensor::randn([1, 3, 16], options),
            Tensor::randn([1, 5, 16], options),
        );
        let valid = Tensor::from_slice(&[true, true, false, true, false]).unsqueeze(0);
        let run = || block.forward(&x, &context, Some(&valid));
        let plain = run();
        assert!(!is_on());
        let (looked, layers) = record(run);
        assert!(plain.equal(&looked));
        assert!(!is_on());
        let names: Vec<_> = layers.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["decoder/attention", "decoder/mlp"]);
        let map = layers[0].attention.as_ref().unwrap();
        assert_eq!((map.queries, map.keys, map.spread.len()), (3, 5, 4));
        for row in map.weights.chunks(5) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(row[2] < 1e-6 && row[4] < 1e-6 && row[0] > 1e-4);
        }
        assert!(map.spread.iter().all(|s| (0.0..=1.0).contains(s)));
        assert_eq!(layers[0].shape, [1, 3, 16]);
        assert!(
            layers
                .iter()
                .all(|l| l.rms > 0.0 && l.most >= l.rms && l.broken == 0.0)
        );
    }
}
