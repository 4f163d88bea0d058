//! AdamW (Loshchilov and Hutter 2019) whose state can be saved and resumed.

use std::collections::BTreeMap;

use tch::nn::VarStore;
use tch::{Kind, Tensor};

/// Moments of every trainable variable; vectors (biases, norms) are not decayed.
#[derive(Debug)]
pub struct AdamW {
    variables: Vec<Slot>,
    /// Steps taken.
    pub step: u64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

#[derive(Debug)]
struct Slot {
    name: String,
    value: Tensor,
    mean: Tensor,
    square: Tensor,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl AdamW {
    /// An optimizer over every trainable variable of a store, by name.
    pub fn new(vs: &VarStore, weight_decay: f64) -> Self {
        let sorted: BTreeMap<String, Tensor> = vs.variables().into_iter().collect();
        let variables = sorted
            .into_iter()
            .filter(|(_, value)| value.requires_grad())
            .map(|(name, value)| Slot {
                mean: tch::no_grad(|| value.zeros_like()),
                square: tch::no_grad(|| value.zeros_like()),
                name,
                value,
            })
            .collect();
        Self {
            variables,
            step: 0,
            weight_decay,
        }
    }

    /// Clears the gradients.
    pub fn zero_grad(&mut self) {
        for slot in &mut self.variables {
            slot.value.zero_grad();
        }
    }

    /// L2 norm of all gradients together.
    pub fn gradient_norm(&self) -> f64 {
        tch::no_grad(|| {
            let squares: Vec<Tensor> = self
                .variables
                .iter()
                .map(|slot| slot.value.grad())
                .filter(Tensor::defined)
                .map(|grad| grad.square().sum(Kind::Float))
                .collect();
            if squares.is_empty() {
                return 0.0;
            }
            Tensor::stack(&squares, 0)
                .sum(Kind::Float)
                .double_value(&[])
                .sqrt()
        })
    }

    /// One step at a learning rate, with gradients scaled down to `clip_norm` at most.
    /// Nothing moves where the gradients are not finite; whether it moved.
    pub fn step(&mut self, rate: f64, clip_norm: f64) -> bool {
        let norm = self.gradient_norm();
        if !norm.is_finite() {
            return false;
        }
        let scale = (clip_norm / (norm + 1e-6)).min(1.0);
        self.step += 1;
        let correct1 = 1.0 - BETA1.powi(self.step as i32);
        let correct2 = 1.0 - BETA2.powi(self.step as i32);
        tch::no_grad(|| {
            for slot in &mut self.variables {
                let grad = slot.value.grad();
                if !grad.defined() {
                    continue;
                }
                let grad = grad * scale;
                if slot.value.dim() > 1 {
                    let _ = slot.value.g_mul_scalar_(1.0 - rate * self.weight_decay);
                }
                let _ = slot
                    .mean
                    .g_mul_scalar_(BETA1)
                    .g_add_(&(&grad * (1.0 - BETA1)));
                let squared = grad.square() * (1.0 - BETA2);
                let _ = slot.square.g_mul_scalar_(BETA2).g_add_(&squared);
                let spread = (&slot.square / correct2).sqrt() + EPSILON;
                let _ = slot
                    .value
                    .g_sub_(&(&slot.mean * (rate / correct1) / spread));
            }
        });
        true
    }

    /// The moments by name, for a checkpoint.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        self.variables
            .iter()
            .flat_map(|slot| {
                [
                    (format!("mean.{}", slot.name), slot.mean.shallow_clone()),
                    (format!("square.{}", slot.name), slot.square.shallow_clone()),
                ]
            })
            .collect()
    }
}
