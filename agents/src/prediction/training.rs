//! Fitting of the prediction network: winner-takes-all regression and classification of the winner.

use nn::train::Loss;
use rand_chacha::ChaCha8Rng;
use sim::seed::{Draw, stream};
use tch::{Device, Kind, Tensor};

use super::features::{HISTORY, WIDTH, encode, velocity_of};
use super::metrics::{Scores, ade_fde, constant_velocity, min_ade_fde};
use super::network::{MODES, Network, STEP_S, STEPS};
use crate::data::{Clip, Noise, to_frame};

/// One target at one instant.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Input, `WIDTH` numbers.
    pub values: Vec<f32>,
    /// True positions in the frame of the input, metres.
    pub truth: Vec<[f64; 2]>,
    /// Velocity of the target in that frame, m/s.
    pub velocity_mps: [f64; 2],
}

/// Samples as tensors.
#[derive(Debug)]
pub struct Batch {
    /// [B, WIDTH].
    pub x: Tensor,
    /// [B, STEPS, 2].
    pub truth: Tensor,
}

impl Batch {
    /// Stacks samples.
    pub fn of(samples: &[Sample], device: Device) -> Self {
        let b = samples.len() as i64;
        let x: Vec<f32> = samples
            .iter()
            .flat_map(|s| s.values.iter().copied())
            .collect();
        let truth: Vec<f32> = samples
            .iter()
            .flat_map(|s| s.truth.iter().flatten().map(|v| *v as f32))
            .collect();
        Self {
            x: Tensor::from_slice(&x)
                .view([b, WIDTH as i64])
                .to_device(device),
            truth: Tensor::from_slice(&truth)
                .view([b, STEPS, 2])
                .to_device(device),
        }
    }
}

/// Clips to draw samples from.
#[derive(Debug)]
pub struct Source {
    /// Clips.
    pub clips: Vec<Clip>,
    /// (clip, step) with somebody to predict, and how many.
    instants: Vec<(u32, u32)>,
}

/// Tracks of a clip that live long enough around a step: half a second before, 3 s after.
fn targets(
    clip: &Clip,
    step: usize,
    least_past: usize,
) -> impl Iterator<Item = (usize, Vec<[f64; 2]>)> {
    clip.tracks
        .iter()
        .enumerate()
        .filter_map(move |(i, track)| {
            track
                .at(step.checked_sub(least_past)?)
                .filter(|_| track.is_mobile)?;
            let future: Option<Vec<_>> = (1..=STEPS as usize)
                .map(|k| track.at(step + k).map(|s| [s[0], s[1]]))
                .collect();
            Some((i, future?))
        })
}

impl Source {
    /// All instants of the clips.
    pub fn new(clips: Vec<Clip>) -> Self {
        let mut instants = Vec::new();
        for (c, clip) in clips.iter().enumerate() {
            for step in 0..clip.steps() {
                if targets(clip, step, 1).next().is_some() {
                    instants.push((c as u32, step as u32));
                }
            }
        }
        Self { clips, instants }
    }

    /// Number of instants.
    pub fn len(&self) -> usize {
        self.instants.len()
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.instants.is_empty()
    }

    /// Samples of up to `count` targets at a random instant. Half of the draws have the noise of a
    /// tracker, the others less.
    pub fn draw(&self, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        let Some((c, step)) = self.instants.get(rng.index(self.instants.len())).copied() else {
            return Vec::new();
        };
        let noise = if rng.chance(0.4) {
            Noise::TRACKER
        } else {
            Noise {
                young: 0.1,
                ..Noise::NONE
            }
        };
        let mut all = samples_at(&self.clips[c as usize], step as usize, &noise, 1, rng);
        while all.len() > count {
            all.swap_remove(rng.index(all.len()));
        }
        if rng.chance(0.5) {
            all.iter_mut().for_each(mirror);
        }
        all
    }
}

/// Turns left into right.
fn mirror(sample: &mut Sample) {
    use super::features::{LANE_POINTS, LANE_WIDTH, LANES, NEIGHBOURS, OWN_WIDTH};
    for user in sample.values[..OWN_WIDTH * (1 + NEIGHBOURS)].chunks_mut(OWN_WIDTH) {
        for step in user[..HISTORY * 5].chunks_mut(5) {
            step[1] = -step[1];
            step[3] = -step[3];
        }
        user[HISTORY * 5 + 1] = -user[HISTORY * 5 + 1];
    }
    let from = OWN_WIDTH * (1 + NEIGHBOURS);
    for lane in sample.values[from..from + LANE_WIDTH * LANES].chunks_mut(LANE_WIDTH) {
        for point in lane[..LANE_POINTS * 2].chunks_mut(2) {
            point[1] = -point[1];
        }
        lane[LANE_POINTS * 2 + 1] = -lane[LANE_POINTS * 2 + 1];
    }
    sample.truth.iter_mut().for_each(|p| p[1] = -p[1]);
    sample.velocity_mps[1] = -sample.velocity_mps[1];
}

/// Samples of every target at an instant.
pub fn samples_at(
    clip: &Clip,
    step: usize,
    noise: &Noise,
    least_past: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<Sample> {
    let set = clip.tracks_at(step, HISTORY, noise, rng);
    targets(clip, step, least_past)
        .filter_map(|(i, future)| {
            let id = clip.tracks[i].id;
            let at = set.tracks.iter().position(|t| t.id == id)?;
            let features = encode(&set.tracks, at, set.time_s, &clip.lanes);
            let truth = future
                .iter()
                .map(|p| to_frame(features.origin, p[0], p[1]))
                .collect();
            Some(Sample {
                values: features.values,
                truth,
                velocity_mps: to_frame(
                    [0.0, 0.0, features.origin[2]],
                    velocity_of(&set.tracks[at])[0],
                    velocity_of(&set.tracks[at])[1],
                ),
            })
        })
        .collect()
}

/// The loss of a batch: displacement of the best future, cross entropy of its weight, and a small
/// share of all futures' displacement that keeps every query alive.
pub fn loss(network: &Network, batch: &Batch, share_of_all: f64) -> Loss {
    let out = network.forward(&batch.x);
    let off = &out.positions - batch.truth.unsqueeze(1); // [B, K, T, 2]
    let squares = off
        .square()
        .sum_dim_intlist([-1i64].as_slice(), false, Kind::Float);
    let ade = (squares + 1e-4)
        .sqrt()
        .mean_dim([-1i64].as_slice(), false, Kind::Float); // [B, K]
    let (best, winner) = ade.min_dim(1, false);
    let classes =
        out.logits
            .cross_entropy_loss::<Tensor>(&winner, None, tch::Reduction::Mean, -100, 0.0);
    let best = best.mean(Kind::Float);
    let parts = vec![
        ("min_ade_m", best.double_value(&[])),
        ("mode_entropy", classes.double_value(&[])),
    ];
    let total = best + classes * 0.25 + ade.mean(Kind::Float) * share_of_all;
    Loss { total, parts }
}

/// The batch of a step, drawn from sources with their shares; `None` where they hold nothing.
pub fn batch_of(
    shares: &[(&Source, f64)],
    batch_size: usize,
    seed: u64,
    step: u64,
    device: Device,
) -> Option<Batch> {
    let mut rng = stream(seed.wrapping_add(step << 20), None, "prediction batch");
    let mut samples = Vec::new();
    for _ in 0..batch_size * 4 {
        let mut pick = rng.unit();
        let source = shares.iter().find(|(_, share)| {
            pick -= share;
            pick < 0.0
        });
        let (source, _) = source.or(shares.last())?;
        samples.extend(source.draw(8.min(batch_size - samples.len()), &mut rng));
        if samples.len() >= batch_size {
            break;
        }
    }
    (!samples.is_empty()).then(|| Batch::of(&samples, device))
}

/// Measures on clips: an instant every 2 s, every target with half a second of past.
pub fn evaluate(network: &Network, clips: &[Clip], noise: &Noise, device: Device) -> Scores {
    let mut scores = Scores::default();
    let mut rng = stream(0, None, "prediction evaluation");
    for clip in clips {
        let mut samples = Vec::new();
        for step in (0..clip.steps()).step_by(20) {
            samples.extend(samples_at(clip, step, noise, 5, &mut rng));
        }
        for chunk in samples.chunks(128) {
            let out = tch::no_grad(|| network.forward(&Batch::of(chunk, device).x));
            let flat: Vec<f32> = out.positions.flatten(0, -1).try_into().unwrap_or_default();
            let logits: Vec<f32> = out.logits.flatten(0, -1).try_into().unwrap_or_default();
            let per_mode = STEPS as usize * 2;
            for (sample, (modes, logits)) in chunk.iter().zip(
                flat.chunks(per_mode * MODES as usize)
                    .zip(logits.chunks(MODES as usize)),
            ) {
                add(&mut scores, sample, modes, logits);
            }
        }
    }
    let n = scores.windows.max(1) as f64;
    for sum in [
        &mut scores.min_ade_m,
        &mut scores.min_fde_m,
        &mut scores.top_ade_m,
        &mut scores.constant_velocity_ade_m,
        &mut scores.constant_velocity_fde_m,
        &mut scores.miss_rate,
    ] {
        *sum /= n;
    }
    scores
}

fn add(scores: &mut Scores, sample: &Sample, modes: &[f32], logits: &[f32]) {
    let futures: Vec<Vec<[f64; 2]>> = modes
        .chunks(STEPS as usize * 2)
        .map(|m| {
            m.chunks(2)
                .map(|p| [f64::from(p[0]), f64::from(p[1])])
                .collect()
        })
        .collect();
    let (ade, fde) = min_ade_fde(&futures, &sample.truth);
    let top = (0..logits.len()).fold(0, |a, b| if logits[b] > logits[a] { b } else { a });
    let steady = constant_velocity(sample.velocity_mps, STEPS as usize, STEP_S);
    let (cv_ade, cv_fde) = ade_fde(&steady, &sample.truth);
    scores.windows += 1;
    scores.min_ade_m += ade;
    scores.min_fde_m += fde;
    scores.top_ade_m += futures
        .get(top)
        .map_or(0.0, |f| ade_fde(f, &sample.truth).0);
    scores.constant_velocity_ade_m += cv_ade;
    scores.constant_velocity_fde_m += cv_fde;
    scores.miss_rate += f64::from(u8::from(fde > 2.0));
}
