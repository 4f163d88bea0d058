//! Trains the perception network on samples.

use std::path::Path;

use nn::WeightsError;
use nn::train::{Progress, TrainConfig, Trainer};
use sim::seed::{Draw, stream};
use tch::Device;
use tch::nn::VarStore;

use super::augment::{Mirror, batch_of, lights_by_class, lights_of};
use super::loss::{loss, signal_loss};
use super::sample::Sample;
use super::target::Targets;
use crate::network::{NETWORK, Perception, PerceptionConfig};

/// How it is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// Steps in all.
    pub steps: u64,
    /// Samples a step.
    pub batch: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Seed of weights, order and mirrors.
    pub seed: u64,
    /// Whether to go on from the folder's checkpoint.
    pub resume: bool,
}

/// Lights drawn a step.
const LIGHTS: usize = 32;

/// Trains on `samples`; checkpoint and `loss.csv` go to `folder`, the weights to `out` (at the end
/// and with every checkpoint). Gives the SHA-256 of the weight file.
///
/// # Errors
/// If a file can't be written or the checkpoint doesn't fit.
pub fn train(
    samples: &[Sample],
    config: &PerceptionConfig,
    options: &TrainOptions,
    folder: &Path,
    out: &Path,
    progress: &mut dyn Progress,
) -> Result<String, WeightsError> {
    nn::use_one_thread();
    let _generator = nn::device::seed(options.seed);
    let device = nn::device();
    let vs = VarStore::new(device);
    let network = Perception::new(&vs.root(), config);
    let train = TrainConfig {
        network: NETWORK.to_owned(),
        steps: options.steps,
        learning_rate: options.learning_rate,
        warmup_steps: (options.steps / 40).clamp(1, 200),
        weight_decay: 0.01,
        clip_norm: 5.0,
        ema_decay: 0.998,
        checkpoint_every: 200,
    };
    let lights = lights_by_class(samples);
    let header = serde_json::json!(config);
    let mut trainer = Trainer::new(&vs, train, folder).with_weights(header, out);
    if options.resume {
        trainer.resume()?;
    }
    trainer.run(progress, |step| {
        let drawn = draw(samples, options, step);
        let input = batch_of(&drawn);
        let targets = Targets::of(&drawn);
        let output = nn::device::autocast(device, || network.forward(&on(input, device), true));
        let mut loss = loss(&output, &targets_on(targets, device));
        // Few frames show a light; a draw of lights alone, by class, costs next to nothing.
        let mut rng = stream(options.seed ^ step, None, "perception.lights");
        if let Some((crops, classes)) = lights_of(samples, &lights, LIGHTS, &mut rng) {
            let logits = network.signal_logits(&crops.to_device(device));
            let lights = signal_loss(&logits, &classes.to_device(device));
            loss.parts.push(("lights", lights.double_value(&[])));
            loss.total += lights;
        }
        loss
    })?;
    trainer.save(config, out)
}

/// The samples of a step: a fresh order each time round, by (seed, round); turned at random.
fn draw<'a>(samples: &'a [Sample], options: &TrainOptions, step: u64) -> Vec<(&'a Sample, Mirror)> {
    let count = samples.len().max(1) as u64;
    let mut rng = stream(
        options.seed ^ step.wrapping_mul(0x9e37_79b9),
        None,
        "perception.mirror",
    );
    (0..options.batch as u64)
        .filter_map(|k| {
            let place = step * options.batch as u64 + k;
            let index = shuffled(options.seed, place / count, place % count, count);
            // Turned by half a circle at times; a mirror along one axis alone would put traffic on
            // the other side of the road, and which side it keeps tells most headings.
            let turned = rng.chance(0.25);
            let mirror = Mirror {
                x: turned,
                y: turned,
                first_sweep: rng.chance(0.05),
            };
            samples.get(index as usize).map(|sample| (sample, mirror))
        })
        .collect()
}

/// A permutation of 0..count for each round, without holding it: an affine map by a number that
/// shares no factor with `count`.
fn shuffled(seed: u64, round: u64, place: u64, count: u64) -> u64 {
    let mut rng = stream(seed.wrapping_add(round), None, "perception.order");
    let gcd = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let mut factor = 1 + rng.index(count as usize) as u64;
    while gcd(factor, count) != 1 {
        factor += 1;
    }
    let shift = rng.index(count as usize) as u64;
    ((u128::from(place) * u128::from(factor) + u128::from(shift)) % u128::from(count)) as u64
}

fn on(input: crate::network::Input, device: Device) -> crate::network::Input {
    crate::network::Input {
        raster: input.raster.to_device(device),
        patches: input.patches.to_device(device),
        rays: input.rays.to_device(device),
        patch_valid: input.patch_valid.to_device(device),
        crops: input.crops.to_device(device),
    }
}

fn targets_on(t: Targets, device: Device) -> Targets {
    Targets {
        heat: t.heat.to_device(device),
        boxes: t.boxes.to_device(device),
        weight: t.weight.to_device(device),
        drivable: t.drivable.to_device(device),
        signals: t.signals.to_device(device),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_visits_every_sample_once() {
        for count in [1u64, 2, 7, 100] {
            for round in 0..3 {
                let mut seen: Vec<u64> = (0..count).map(|p| shuffled(3, round, p, count)).collect();
                seen.sort_unstable();
                assert_eq!(seen, (0..count).collect::<Vec<_>>());
            }
        }
    }
}
