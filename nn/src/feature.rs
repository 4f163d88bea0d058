//! Numbers as features: sines and cosines at several frequencies.

use tch::{Device, Kind, Tensor};

/// `x` (…, C) with its sines and cosines at frequencies 1, 2, 4 … 2^(bands-1) (times π):
/// (…, C · (1 + 2 · bands)). Scale `x` to about [-1, 1] first.
pub fn fourier_features(x: &Tensor, bands: i64) -> Tensor {
    let mut parts = vec![x.shallow_clone()];
    for band in 0..bands {
        let turned = x * (std::f64::consts::PI * (1u64 << band) as f64);
        parts.push(turned.sin());
        parts.push(turned.cos());
    }
    Tensor::cat(&parts, -1)
}

/// Sinusoidal embeddings (Vaswani et al. 2017) of the positions 0 … length-1: (length, dim).
pub fn sinusoidal_positions(length: i64, dim: i64, device: Device) -> Tensor {
    let options = (Kind::Float, device);
    let position = Tensor::arange(length, options).unsqueeze(1);
    let half = dim / 2;
    let rate = (Tensor::arange(half, options) * (-9.210340371976184 / half.max(1) as f64)).exp();
    let turned = position * rate.unsqueeze(0); // (length, dim/2)
    Tensor::cat(&[turned.sin(), turned.cos()], 1)
}
