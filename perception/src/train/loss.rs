//! The perception loss: focal loss of the heat maps, L1 of the boxes, cross entropy of the rest.

use nn::train::Loss;
use sim::message::BoxClass;
use tch::{Kind, Tensor};

use super::target::Targets;
use crate::network::{BOX_VALUES, Output, SIGNAL_CLASSES};

/// Weight of each box value: offset x, y, z, ln size (3), sin, cos, velocity (2), axis (2).
const BOX_WEIGHTS: [f32; BOX_VALUES as usize] =
    [1.0, 1.0, 0.5, 0.7, 0.7, 0.7, 0.7, 0.7, 1.2, 1.2, 1.2, 1.2];
/// Weight of each class in the heat maps' loss: large vehicles and cyclists are rare.
const CLASS_WEIGHTS: [f32; BoxClass::ALL.len()] = [1.0, 2.0, 1.5, 1.0];
/// Weights of the parts in the sum.
const BOX_SHARE: f64 = 0.7;
const DRIVABLE_SHARE: f64 = 1.0;
const SIGNAL_SHARE: f64 = 0.5;

/// The loss of a batch.
pub fn loss(output: &Output, targets: &Targets) -> Loss {
    let heat = heat_loss(&output.heat, &targets.heat);
    let device = output.boxes.device();
    let weights = Tensor::from_slice(&BOX_WEIGHTS)
        .reshape([1, BOX_VALUES, 1, 1])
        .to_device(device);
    let weighed = (&output.boxes - &targets.boxes).abs() * weights * &targets.weight;
    let boxes = weighed.sum(Kind::Float) / targets.weight.sum(Kind::Float).clamp_min(1.0);

    let known = targets.drivable.lt(1.5).to_kind(Kind::Float);
    let drivable = output.drivable.binary_cross_entropy_with_logits::<Tensor>(
        &targets.drivable.clamp(0.0, 1.0),
        None,
        None,
        tch::Reduction::None,
    );
    let drivable = (drivable * &known).sum(Kind::Float) / known.sum(Kind::Float).clamp_min(1.0);

    let signals = signal_loss(&output.signals, &targets.signals);

    let value = |t: &Tensor| t.double_value(&[]);
    let parts = vec![
        ("heat", value(&heat)),
        ("boxes", value(&boxes)),
        ("drivable", value(&drivable)),
        ("signals", value(&signals)),
    ];
    Loss {
        total: heat + boxes * BOX_SHARE + drivable * DRIVABLE_SHARE + signals * SIGNAL_SHARE,
        parts,
    }
}

/// Penalty-reduced focal loss a positive (CornerNet, Law and Deng 2018; α = 2, β = 4).
fn heat_loss(logits: &Tensor, target: &Tensor) -> Tensor {
    let positive = target.ge(0.999).to_kind(Kind::Float);
    let p = logits.sigmoid();
    let log_p = logits.log_sigmoid();
    let log_not_p = (-logits).log_sigmoid();
    let hit = (-&p + 1.0).square() * log_p * &positive;
    let reduce = (target * -1.0 + 1.0).pow_tensor_scalar(4);
    let miss = p.square() * log_not_p * reduce * (positive.shallow_clone() * -1.0 + 1.0);
    let weights = Tensor::from_slice(&CLASS_WEIGHTS)
        .reshape([1, BoxClass::ALL.len() as i64, 1, 1])
        .to_device(logits.device());
    -((hit + miss) * weights).sum(Kind::Float) / positive.sum(Kind::Float).clamp_min(1.0)
}

/// Cross entropy of lights' logits (B, S, SIGNAL_CLASSES) and classes (B, S), 255 where there is none.
pub(super) fn signal_loss(logits: &Tensor, classes: &Tensor) -> Tensor {
    let logits = logits.reshape([-1, SIGNAL_CLASSES]);
    let classes = classes.reshape([-1]);
    let shown = classes.lt(SIGNAL_CLASSES).to_kind(Kind::Float);
    let signals = logits.cross_entropy_loss::<Tensor>(
        &classes.clamp(0, SIGNAL_CLASSES - 1),
        None,
        tch::Reduction::None,
        -100,
        0.0,
    );
    (signals * &shown).sum(Kind::Float) / shown.sum(Kind::Float).clamp_min(1.0)
}
