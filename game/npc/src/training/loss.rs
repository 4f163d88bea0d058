//! What the network is fitted by: the expert's advice, where the player went, and what came of what was done.

use nn::train::Loss;
use tch::{Kind, Reduction, Tensor};

use super::samples::Batch;
use crate::decode::place;
use crate::network::{DIRECTIONS, FUTURES, HORIZONS, Network};

/// Farthest that a probability ratio counts (Schulman et al., 2017).
const CLIP: f64 = 0.2;

fn part(out: &Tensor, from: usize, to: usize) -> Tensor {
    out.narrow(1, from as i64, (to - from) as i64)
}

/// The parts of a loss, [B] each or scalars.
struct Parts {
    /// Of what to do, as the expert does: [B].
    advice: Tensor,
    /// Where the player went: scalar.
    foresight: Tensor,
    /// Of the expected outcome: scalar.
    value: Tensor,
    /// Logarithm of the probability of what was done: [B].
    log_probability: Tensor,
    /// Evenness of the directions' probabilities: [B].
    entropy: Tensor,
    /// Least distance of a future in units: scalar.
    off: Tensor,
}

fn parts(network: &Network, batch: &Batch) -> Parts {
    let out = network.forward(&batch.x);
    let moves = part(&out, place::MOVE, place::FACE).log_softmax(-1, Kind::Float);
    let looks = part(&out, place::FACE, place::DEEDS).log_softmax(-1, Kind::Float);
    let deeds = part(&out, place::DEEDS, place::SPEED);
    let speed = part(&out, place::SPEED, place::VALUE).squeeze_dim(1);
    let value = part(&out, place::VALUE, place::PLACES).squeeze_dim(1);
    let over_last = [-1i64];
    let sum = |t: Tensor| t.sum_dim_intlist(over_last.as_slice(), false, Kind::Float);
    let move_loss = -sum(&moves * &batch.moves); // [B]
    let look_loss = -sum(&looks * &batch.looks);
    let deed_loss = sum(deeds.binary_cross_entropy_with_logits::<Tensor>(
        &batch.deeds,
        None,
        None,
        Reduction::None,
    ));
    let is_moving = 1.0 - batch.moves.select(1, DIRECTIONS as i64);
    let speed_loss = (speed - &batch.speed).square() * is_moving;
    let advice = move_loss + look_loss * 0.5 + deed_loss + speed_loss * 2.0;

    let (off, foresight) = foreseen(&out, batch);
    let known_value = (&value - &batch.outcome).square().mean(Kind::Float);

    let strikes = deeds.select(1, 0);
    let log_attack = -strikes.binary_cross_entropy_with_logits::<Tensor>(
        &batch.struck,
        None,
        None,
        Reduction::None,
    );
    let log_move = moves
        .gather(1, &batch.taken.unsqueeze(1), false)
        .squeeze_dim(1);
    let entropy = -sum(moves.exp() * &moves);
    Parts {
        advice,
        foresight,
        value: known_value,
        log_probability: log_move + log_attack,
        entropy,
        off,
    }
}

/// Displacement of the best future, and the loss of places and probabilities.
fn foreseen(out: &Tensor, batch: &Batch) -> (Tensor, Tensor) {
    let b = out.size()[0];
    let (f, h) = (FUTURES as i64, HORIZONS as i64);
    let places = part(out, place::PLACES, place::LIKELY).reshape([b, f, h, 2]);
    let logits = part(out, place::LIKELY, place::LIKELY + FUTURES);
    let square =
        (places - &batch.places)
            .square()
            .sum_dim_intlist([-1i64].as_slice(), false, Kind::Float); // [B, F, H]
    let known = batch.is_known.unsqueeze(1); // [B, 1, H]
    let count = batch
        .is_known
        .sum_dim_intlist([-1i64].as_slice(), false, Kind::Float); // [B]
    let off =
        ((square + 1e-6).sqrt() * known).sum_dim_intlist([-1i64].as_slice(), false, Kind::Float)
            / count.clamp_min(1.0).unsqueeze(1); // [B, F]
    let (best, winner) = off.min_dim(1, false); // [B]
    let there = count.gt(0.0).to_kind(Kind::Float);
    let rows = there.sum(Kind::Float).clamp_min(1.0);
    let classes = -logits
        .log_softmax(-1, Kind::Float)
        .gather(1, &winner.unsqueeze(1), false)
        .squeeze_dim(1);
    let best = (best * &there).sum(Kind::Float) / &rows;
    let classes = (classes * &there).sum(Kind::Float) / &rows;
    let all =
        (off.mean_dim([1i64].as_slice(), false, Kind::Float) * &there).sum(Kind::Float) / rows;
    (
        best.shallow_clone(),
        best * 4.0 + classes * 0.25 + all * 0.1,
    )
}

/// Imitation of the expert.
pub fn imitation(network: &Network, batch: &Batch) -> Loss {
    let parts = parts(network, batch);
    let advice = parts.advice.mean(Kind::Float);
    let told = vec![
        ("advice", advice.double_value(&[])),
        ("foresight_units", parts.off.double_value(&[])),
        ("value", parts.value.double_value(&[])),
    ];
    Loss {
        total: advice + parts.foresight + parts.value * 0.05,
        parts: told,
    }
}

/// What came of what was done, the more the harder the game, with the expert's advice for the rest.
pub fn play(network: &Network, batch: &Batch, keep: f64) -> Loss {
    let parts = parts(network, batch);
    let ratio = (&parts.log_probability - &batch.log_probability).exp();
    let advantage = &batch.advantage;
    let gain = (&ratio * advantage).minimum(&(ratio.clamp(1.0 - CLIP, 1.0 + CLIP) * advantage));
    // Whoever is to be easy stays with the expert.
    let share = &batch.plays * &batch.difficulty; // [B]
    let learned = ((gain + &parts.entropy * 0.02) * &share).mean(Kind::Float);
    let kept: Tensor = 1.0 - &share * (1.0 - keep); // [B]
    let advised = (&parts.advice * kept).mean(Kind::Float);
    let told = vec![
        ("gain", learned.double_value(&[])),
        ("advice", parts.advice.mean(Kind::Float).double_value(&[])),
        ("foresight_units", parts.off.double_value(&[])),
        ("value", parts.value.double_value(&[])),
    ];
    Loss {
        total: -learned + advised * 0.5 + parts.foresight * 0.3 + parts.value * 0.1,
        parts: told,
    }
}
