//! A matrix of weights in f32, bf16 or int8, and the product of activations with it.
//!
//! Activations are f32 outside of products. int8 keeps one scale a row: `weight ≈ q · scale`, and has two ways to
//! multiply. Few rows of activations (tokens being generated, one a sequence) go through libtorch's kernel for int8,
//! in which a row's result depends on nothing but the row, so that it does not show who else is in a batch. Many rows
//! (a prompt) go through a product in bf16, or f32 where the processor has no bf16, with weights made for the moment.

use tch::{Device, Kind, Tensor};

/// How weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WeightKind {
    /// 4 bytes a weight: as exact as the file.
    F32,
    /// 2 bytes a weight, products in bf16.
    Bf16,
    /// 1 byte a weight and a scale for each row; activations are rounded to bf16 for products. The quickest.
    #[default]
    Int8,
}

/// Up to so many rows the kernel for int8 is quicker than a product with weights made for the moment.
const FEW_ROWS: i64 = 8;

/// `y = x · weightᵀ + bias`.
#[derive(Debug)]
pub struct Linear {
    weight: Tensor,        // (N, K) f32, bf16 or int8
    scale: Option<Tensor>, // (N) bf16, of int8
    bias: Option<Tensor>,  // (N) f32
    /// Kind of products of many rows.
    product: Kind,
}

impl Linear {
    /// Of weights (N, K) and a bias (N), both f32 on the CPU.
    pub fn new(weight: &Tensor, bias: Option<&Tensor>, kind: WeightKind, device: Device) -> Self {
        let (weight, scale) = match kind {
            WeightKind::F32 => (weight.shallow_clone(), None),
            WeightKind::Bf16 => (weight.to_kind(Kind::BFloat16), None),
            WeightKind::Int8 => {
                let (quantised, scale) = quantise(weight);
                (quantised, Some(scale.to_device(device)))
            }
        };
        let product = match kind {
            WeightKind::F32 => Kind::Float,
            WeightKind::Bf16 => Kind::BFloat16,
            WeightKind::Int8 if device.is_cuda() || has_bf16() => Kind::BFloat16,
            WeightKind::Int8 => Kind::Float,
        };
        Self {
            weight: weight.to_device(device),
            scale,
            bias: bias.map(|bias| bias.to_device(device)),
            product,
        }
    }

    /// Another handle of the same weights, for another thread.
    pub fn shallow_clone(&self) -> Self {
        Self {
            weight: self.weight.shallow_clone(),
            scale: self.scale.as_ref().map(Tensor::shallow_clone),
            bias: self.bias.as_ref().map(Tensor::shallow_clone),
            product: self.product,
        }
    }

    /// Rows of weights by number, (I) to (I, K): an embedding.
    pub fn embed(&self, rows: &Tensor) -> Tensor {
        let found = self.weight.index_select(0, rows).to_kind(Kind::Float); // (I, K)
        match &self.scale {
            None => found,
            Some(scale) => {
                let scale = scale.index_select(0, rows).to_kind(Kind::Float); // (I)
                found * scale.unsqueeze(-1)
            }
        }
    }

    /// Few rows, (M, K) to (M, N).
    pub fn few(&self, x: &Tensor) -> Tensor {
        self.rough(x).to_kind(Kind::Float)
    }

    /// As [`Self::few`], in whichever kind of number it comes out, for who adds it to others anyway.
    pub fn rough(&self, x: &Tensor) -> Tensor {
        // libtorch's kernel reads past the end of rows that are not whole vectors.
        let whole = self.weight.size()[1] % 32 == 0;
        match &self.scale {
            Some(scale) if whole && self.weight.device() == Device::Cpu => {
                let x = x.to_kind(Kind::BFloat16);
                let y = x.internal_weight_int8pack_mm(&self.weight, scale);
                self.with_bias(y)
            }
            _ => self.many(x, &self.weight.to_kind(self.product)),
        }
    }

    /// Rows (M, K) to (M, N), in pieces of so many rows each; what a piece gives depends on its rows alone.
    pub fn pieces(&self, x: &Tensor, lengths: &[i64]) -> Tensor {
        let is_few = |length: i64| self.scale.is_some() && length <= FEW_ROWS;
        let weight = lengths.iter().any(|n| !is_few(*n));
        let weight = weight.then(|| self.weight.to_kind(self.product));
        let mut at = 0;
        let mut parts: Vec<Tensor> = lengths
            .iter()
            .map(|length| {
                let part = x.narrow(0, at, *length);
                at += length;
                match &weight {
                    Some(weight) if !is_few(*length) => self.many(&part, weight),
                    _ => self.few(&part),
                }
            })
            .collect();
        if parts.len() == 1 {
            parts.remove(0)
        } else {
            Tensor::cat(&parts, 0)
        }
    }

    fn many(&self, x: &Tensor, weight: &Tensor) -> Tensor {
        let y = x.to_kind(self.product).linear(weight, None::<&Tensor>);
        let y = y.to_kind(Kind::Float);
        self.with_bias(match &self.scale {
            None => y,
            Some(scale) => y * scale.to_kind(Kind::Float),
        })
    }

    fn with_bias(&self, y: Tensor) -> Tensor {
        match &self.bias {
            None => y,
            Some(bias) => y + bias,
        }
    }
}

/// Weights (N, K) in f32 to int8 and the scale (N) of each row in bf16. Numbers are rounded with the scale as it is
/// after its own rounding, so that this costs nothing.
fn quantise(weight: &Tensor) -> (Tensor, Tensor) {
    let most = weight.abs().amax([1], true); // (N, 1)
    let scale = (most / 127.0).to_kind(Kind::BFloat16);
    let scale = scale.clamp_min(1e-20);
    let quantised = weight / scale.to_kind(Kind::Float);
    let quantised = quantised.round().clamp(-127.0, 127.0).to_kind(Kind::Int8);
    (quantised, scale.flatten(0, -1))
}

#[cfg(target_arch = "x86_64")]
fn has_bf16() -> bool {
    std::arch::is_x86_feature_detected!("avx512bf16")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_bf16() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(rows: i64, columns: i64) -> Tensor {
        Tensor::randn([rows, columns], (Kind::Float, Device::Cpu))
    }

    fn error(a: &Tensor, b: &Tensor) -> f64 {
        ((a - b).abs().max() / b.abs().max()).double_value(&[])
    }

    #[test]
    fn all_kinds_give_the_product() {
        let _generator = nn::device::seed(1);
        let (weight, bias) = (random(48, 64), random(1, 48).flatten(0, -1));
        let x = random(20, 64);
        let exact = x.linear(&weight, Some(&bias));
        for (kind, bound) in [
            (WeightKind::F32, 1e-6),
            (WeightKind::Bf16, 0.02),
            (WeightKind::Int8, 0.02),
        ] {
            let linear = Linear::new(&weight, Some(&bias), kind, Device::Cpu);
            assert!(error(&linear.few(&x), &exact) < bound);
            assert!(error(&linear.pieces(&x, &[20]), &exact) < bound);
            assert!(error(&linear.pieces(&x, &[9, 3, 8]), &exact) < bound);
            let rows = Tensor::from_slice(&[3i64, 0, 47]);
            assert!(error(&linear.embed(&rows), &weight.index_select(0, &rows)) < bound);
        }
    }

    #[test]
    fn with_int8_a_row_does_not_depend_on_its_company() {
        nn::use_one_thread();
        let _generator = nn::device::seed(2);
        let linear = Linear::new(&random(96, 64), None, WeightKind::Int8, Device::Cpu);
        let x = random(9, 64);
        let all = linear.few(&x);
        for row in 0..9 {
            assert!(
                linear
                    .few(&x.narrow(0, row, 1))
                    .equal(&all.narrow(0, row, 1))
            );
        }
    }

    #[test]
    fn rows_of_odd_length_and_of_zeros_are_no_trouble() {
        let _generator = nn::device::seed(3);
        let (weight, x) = (random(5, 24), random(3, 24));
        let linear = Linear::new(&weight, None, WeightKind::Int8, Device::Cpu);
        let exact = x.linear(&weight, None::<&Tensor>);
        assert!(error(&linear.few(&x), &exact) < 0.02);
        let zeros = Tensor::zeros([5, 32], (Kind::Float, Device::Cpu));
        let linear = Linear::new(&zeros, None, WeightKind::Int8, Device::Cpu);
        let y = linear.few(&random(2, 32));
        assert_eq!(y.abs().max().double_value(&[]), 0.0);
    }
}
