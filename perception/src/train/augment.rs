//! Samples to a batch of tensors, mirrored at random.

use sim::seed::Draw;
use tch::{Kind, Tensor};

use super::sample::{Sample, TrueBox};
use crate::encode::{CHANNELS, CROP, MAX_SIGNALS, PATCH, PATCH_VALUES, RAY, TOKENS};
use crate::grid::{HEAD, RASTER};
use crate::network::Input;

/// Which axes of a sample are mirrored: raster, rays, patches and boxes alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Front and back change places.
    pub x: bool,
    /// Left and right change places.
    pub y: bool,
    /// Forget the previous sweep, as at the start of a run.
    pub first_sweep: bool,
}

impl Mirror {
    /// A box as mirrored.
    pub fn of_box(self, mut b: TrueBox) -> TrueBox {
        if self.x {
            b.center_m[0] = -b.center_m[0];
            b.velocity_mps[0] = -b.velocity_mps[0];
            b.yaw_rad = std::f32::consts::PI - b.yaw_rad;
        }
        if self.y {
            b.center_m[1] = -b.center_m[1];
            b.velocity_mps[1] = -b.velocity_mps[1];
            b.yaw_rad = -b.yaw_rad;
        }
        b
    }

    /// Index of a cell of a square grid as mirrored.
    pub fn of_cell(self, at: usize, side: usize) -> usize {
        let (mut i, mut j) = (at / side, at % side);
        if self.x {
            i = side - 1 - i;
        }
        if self.y {
            j = side - 1 - j;
        }
        i * side + j
    }
}

/// Channels that hold an offset within the cell along x and along y.
const OFFSETS: [(usize, bool); 4] = [(9, true), (10, false), (17, true), (18, false)];
/// Channels that an offset belongs to: where these are 0 there is none.
const OFFSET_OWNER: [usize; 4] = [1, 1, 16, 16];

/// The network's input of one sample, as is.
pub fn input_of(sample: &Sample) -> Input {
    batch_of(&[(sample, Mirror::default())])
}

/// The network's input of samples, each mirrored as told.
pub fn batch_of(samples: &[(&Sample, Mirror)]) -> Input {
    let b = samples.len();
    let area = RASTER * RASTER;
    let mut raster = vec![0u8; b * CHANNELS * area];
    let mut patches = Vec::with_capacity(b * TOKENS * PATCH_VALUES);
    let mut rays = Vec::with_capacity(b * TOKENS * RAY);
    let mut valid: Vec<u8> = Vec::with_capacity(b * TOKENS);
    let mut crops = Vec::with_capacity(b * MAX_SIGNALS * 3 * CROP * CROP);
    for (n, (sample, mirror)) in samples.iter().enumerate() {
        for (cell, values) in sample
            .cells
            .iter()
            .zip(sample.values.chunks_exact(CHANNELS))
        {
            let at = mirror.of_cell(usize::from(*cell), RASTER);
            for (channel, value) in values.iter().enumerate() {
                if mirror.first_sweep && (15..19).contains(&channel) {
                    continue;
                }
                raster[(n * CHANNELS + channel) * area + at] = *value;
            }
            for ((channel, along_x), owner) in OFFSETS.into_iter().zip(OFFSET_OWNER) {
                let turned = if along_x { mirror.x } else { mirror.y };
                let dropped = mirror.first_sweep && channel > 15;
                if turned && !dropped && values[owner] > 0 {
                    raster[(n * CHANNELS + channel) * area + at] = 255 - values[channel];
                }
            }
        }
        // A mirror along one axis mirrors the images; along both it is a turn by half a circle.
        let flip_image = mirror.x != mirror.y;
        for token in sample.patches.chunks_exact(PATCH) {
            if flip_image {
                patches.extend(token.iter().rev());
            } else {
                patches.extend(token);
            }
        }
        for ray in sample.rays.chunks_exact(3) {
            rays.push(if mirror.x { -ray[0] } else { ray[0] });
            rays.push(if mirror.y { -ray[1] } else { ray[1] });
            rays.push(ray[2]);
        }
        valid.extend(&sample.patch_valid);
        crops.extend(&sample.crops);
    }
    let (b, tokens, side) = (b as i64, TOKENS as i64, RASTER as i64);
    let unit = |data: &[u8], shape: &[i64]| {
        Tensor::from_slice(data).reshape(shape).to_kind(Kind::Float) / 255.0
    };
    Input {
        raster: unit(&raster, &[b, CHANNELS as i64, side, side]),
        patches: unit(&patches, &[b, tokens, PATCH_VALUES as i64]),
        rays: Tensor::from_slice(&rays).reshape([b, tokens, RAY as i64]),
        patch_valid: Tensor::from_slice(&valid)
            .reshape([b, tokens])
            .to_kind(Kind::Bool),
        crops: unit(
            &crops,
            &[b, MAX_SIGNALS as i64, 3, CROP as i64, CROP as i64],
        ),
    }
}

/// The drivable labels of a sample as mirrored, `HEAD · HEAD`.
pub(super) fn drivable_of(sample: &Sample, mirror: Mirror) -> Vec<u8> {
    (0..HEAD * HEAD)
        .map(|at| {
            let from = mirror.of_cell(at, HEAD);
            sample.labels.drivable.get(from).copied().unwrap_or(255)
        })
        .collect()
}

/// Crops of single lights, (1, lights, 3, CROP, CROP), and their classes, (1, lights): `count` drawn
/// by class first, so that each class that occurs counts the same. `None` without any light.
pub(super) fn lights_of(
    samples: &[Sample],
    by_class: &[Vec<(usize, usize)>],
    count: usize,
    rng: &mut impl Draw,
) -> Option<(Tensor, Tensor)> {
    let classes: Vec<usize> = (0..by_class.len())
        .filter(|c| !by_class[*c].is_empty())
        .collect();
    if classes.is_empty() {
        return None;
    }
    let area = 3 * CROP * CROP;
    let mut crops: Vec<u8> = Vec::with_capacity(count * area);
    let mut labels = Vec::with_capacity(count);
    for _ in 0..count {
        let class = classes[rng.index(classes.len())];
        let (sample, slot) = by_class[class][rng.index(by_class[class].len())];
        crops.extend(&samples[sample].crops[slot * area..(slot + 1) * area]);
        labels.push(class as i64);
    }
    let side = CROP as i64;
    let crops = Tensor::from_slice(&crops).reshape([1, count as i64, 3, side, side]);
    Some((
        crops.to_kind(Kind::Float) / 255.0,
        Tensor::from_slice(&labels).unsqueeze(0),
    ))
}

/// The lights of samples by class: (sample, slot).
pub(super) fn lights_by_class(samples: &[Sample]) -> Vec<Vec<(usize, usize)>> {
    let mut out = vec![Vec::new(); 4];
    for (number, sample) in samples.iter().enumerate() {
        for (slot, class) in sample.labels.signals.iter().enumerate() {
            if let Some(list) = out.get_mut(usize::from(*class)) {
                list.push((number, slot));
            }
        }
    }
    out
}
