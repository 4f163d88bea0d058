//! The perception network: lidar pillars and camera patches fused by a transformer in bird's-eye view.
//!
//! After PointPillars (Lang et al. 2019) for the raster, CenterPoint (Yin et al. 2021) for the
//! head, and joint attention over both sensors' tokens in the manner of TransFuser (Chitta et al. 2022).

use nn::block::linear;
use nn::{EncoderBlock, Mlp, fourier_features};
use serde::{Deserialize, Serialize};
use sim::message::BoxClass;
use tch::nn::{
    self as layers, BatchNorm, Conv2D, ConvConfig, Linear, Module, ModuleT, Path, VarStore,
};
use tch::{Device, Kind, Tensor};

use crate::encode::{CHANNELS, CROP, Encoded, MAX_SIGNALS, PATCH_VALUES, RAY, TOKENS};
use crate::grid::RASTER;

/// Name of the network in its weight file.
pub const NETWORK: &str = "perception";

/// Numbers a cell gives of its box: offset x, y (cells, from the cell's corner), z over ground,
/// ln length, width, height, sin and cos of yaw, velocity x, y (10 m/s), sin and cos of twice the yaw.
/// Twice the yaw is the box's axis: it stays learnable where front and back look alike.
pub const BOX_VALUES: i64 = 12;
/// Classes of a traffic light: dark or unknown, red, yellow, green.
pub const SIGNAL_CLASSES: i64 = 4;

/// Sizes of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerceptionConfig {
    /// Channels at 1 m.
    pub fine: i64,
    /// Channels at 2 m.
    pub middle: i64,
    /// Channels of a token (4 m).
    pub dim: i64,
    /// Attention heads.
    pub heads: i64,
    /// Transformer layers.
    pub layers: i64,
}

impl Default for PerceptionConfig {
    fn default() -> Self {
        Self {
            fine: 24,
            middle: 48,
            dim: 64,
            heads: 4,
            layers: 3,
        }
    }
}

/// Input of the network, `B` actors.
#[derive(Debug)]
pub struct Input {
    /// (B, CHANNELS, RASTER, RASTER)
    pub raster: Tensor,
    /// (B, TOKENS, PATCH_VALUES)
    pub patches: Tensor,
    /// (B, TOKENS, RAY)
    pub rays: Tensor,
    /// (B, TOKENS) bool
    pub patch_valid: Tensor,
    /// (B, MAX_SIGNALS, 3, CROP, CROP)
    pub crops: Tensor,
}

impl Input {
    /// Actors' tensors on the CPU.
    pub fn of(all: &[&Encoded]) -> Self {
        let put = |of: fn(&Encoded) -> &[f32], shape: &[i64]| {
            let flat: Vec<f32> = all.iter().flat_map(|e| of(e).iter().copied()).collect();
            Tensor::from_slice(&flat).reshape(shape)
        };
        let batch = all.len() as i64;
        let (tokens, side) = (TOKENS as i64, RASTER as i64);
        let valid: Vec<_> = all
            .iter()
            .flat_map(|e| e.patch_valid.iter().copied())
            .collect();
        Self {
            raster: put(|e| &e.raster, &[batch, CHANNELS as i64, side, side]),
            patches: put(|e| &e.patches, &[batch, tokens, PATCH_VALUES as i64]),
            rays: put(|e| &e.rays, &[batch, tokens, RAY as i64]),
            patch_valid: Tensor::from_slice(&valid).reshape([batch, tokens]),
            crops: put(
                |e| &e.crops,
                &[batch, MAX_SIGNALS as i64, 3, CROP as i64, CROP as i64],
            ),
        }
    }
}

/// Output of the network.
#[derive(Debug)]
pub struct Output {
    /// Logits of an object's middle in the cell, (B, classes, HEAD, HEAD).
    pub heat: Tensor,
    /// The box of each cell, (B, BOX_VALUES, HEAD, HEAD).
    pub boxes: Tensor,
    /// Logits of drivable ground, (B, HEAD, HEAD).
    pub drivable: Tensor,
    /// Logits of each light, (B, MAX_SIGNALS, SIGNAL_CLASSES).
    pub signals: Tensor,
}

/// 3 × 3 convolution, batch norm, ReLU.
#[derive(Debug)]
struct ConvBlock {
    conv: Conv2D,
    norm: BatchNorm,
}

impl ConvBlock {
    fn new(vs: &Path, from: i64, to: i64, stride: i64) -> Self {
        let config = ConvConfig {
            stride,
            padding: 1,
            bias: false,
            ..ConvConfig::default()
        };
        Self {
            conv: layers::conv2d(&(vs / "conv"), from, to, 3, config),
            norm: layers::batch_norm2d(&(vs / "norm"), to, layers::BatchNormConfig::default()),
        }
    }

    fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        self.norm.forward_t(&self.conv.forward(x), train).relu()
    }
}

fn point_conv(vs: &Path, from: i64, to: i64, bias: f64) -> Conv2D {
    let config = ConvConfig {
        bs_init: layers::Init::Const(bias),
        ..ConvConfig::default()
    };
    layers::conv2d(vs, from, to, 1, config)
}

/// The network.
#[derive(Debug)]
pub struct Perception {
    stem: ConvBlock,
    middle1: ConvBlock,
    middle2: ConvBlock,
    coarse: ConvBlock,
    cell_position: Linear,
    patch: Linear,
    ray: Mlp,
    blocks: Vec<EncoderBlock>,
    up_middle: Conv2D,
    fuse_middle: ConvBlock,
    up_fine: Conv2D,
    fuse_fine: ConvBlock,
    head: ConvBlock,
    heat: Conv2D,
    boxes: Conv2D,
    drivable: Conv2D,
    signal: Mlp,
    pub(crate) config: PerceptionConfig,
}

const RAY_BANDS: i64 = 3;
const CELL_BANDS: i64 = 4;

impl Perception {
    /// A network with its variables in a store.
    pub fn new(vs: &Path, config: &PerceptionConfig) -> Self {
        let &PerceptionConfig {
            fine,
            middle,
            dim,
            heads,
            layers,
        } = config;
        Self {
            stem: ConvBlock::new(&(vs / "stem"), CHANNELS as i64, fine, 2),
            middle1: ConvBlock::new(&(vs / "middle1"), fine, middle, 2),
            middle2: ConvBlock::new(&(vs / "middle2"), middle, middle, 1),
            coarse: ConvBlock::new(&(vs / "coarse"), middle, dim, 2),
            cell_position: linear(&(vs / "cell_position"), 2 * (1 + 2 * CELL_BANDS), dim),
            patch: linear(&(vs / "patch"), PATCH_VALUES as i64, dim),
            ray: Mlp::new(&(vs / "ray"), RAY as i64 * (1 + 2 * RAY_BANDS), dim, dim),
            blocks: (0..layers)
                .map(|i| EncoderBlock::new(&(vs / format!("block{i}")), dim, heads, 2))
                .collect(),
            up_middle: point_conv(&(vs / "up_middle"), dim, middle, 0.0),
            fuse_middle: ConvBlock::new(&(vs / "fuse_middle"), middle, middle, 1),
            up_fine: point_conv(&(vs / "up_fine"), middle, fine, 0.0),
            fuse_fine: ConvBlock::new(&(vs / "fuse_fine"), fine, fine, 1),
            head: ConvBlock::new(&(vs / "head"), fine, fine + 8, 1),
            // A prior of 0.02 a cell keeps the first steps of the focal loss calm (Lin et al. 2017).
            heat: point_conv(&(vs / "heat"), fine + 8, BoxClass::ALL.len() as i64, -3.9),
            boxes: point_conv(&(vs / "boxes"), fine + 8, BOX_VALUES, 0.0),
            drivable: point_conv(&(vs / "drivable"), fine + 8, 1, 0.0),
            signal: Mlp::new(
                &(vs / "signal"),
                (3 * CROP * CROP) as i64,
                64,
                SIGNAL_CLASSES,
            ),
            config: config.clone(),
        }
    }

    /// A network on a device with the weights of a file.
    ///
    /// # Errors
    /// If the file is not this network's.
    pub fn load(
        path: &std::path::Path,
        device: Device,
    ) -> Result<(Self, VarStore), nn::WeightsError> {
        let config: PerceptionConfig = nn::weights::read_config(path, NETWORK)?;
        config.check(path)?;
        let mut vs = VarStore::new(device);
        let network = Self::new(&vs.root(), &config);
        nn::load(&mut vs, NETWORK, path)?;
        vs.freeze();
        Ok((network, vs))
    }

    /// Logits (B, S, SIGNAL_CLASSES) of the lights in crops (B, S, 3, CROP, CROP).
    pub fn signal_logits(&self, crops: &Tensor) -> Tensor {
        self.signal.forward(&(crops.flatten(2, 4) - 0.5)) // (B, S, 3·12·12) to (B, S, 4)
    }

    /// All heads; `train` makes the batch norms use the batch's own statistics.
    pub fn forward(&self, input: &Input, train: bool) -> Output {
        let dim = self.config.dim;
        let batch = input.raster.size()[0];
        let raster = &input.raster; // (B, C, 160, 160)
        let fine = self.stem.forward(raster, train); // (B, F, 80, 80)
        let middle = self
            .middle2
            .forward(&self.middle1.forward(&fine, train), train); // (B, M, 40, 40)
        let coarse = self.coarse.forward(&middle, train); // (B, D, 20, 20)
        let side = coarse.size()[2];
        let cells = coarse.flatten(2, 3).transpose(1, 2); // (B, 400, D)
        let cells = cells
            + self
                .cell_position
                .forward(&cell_features(side, coarse.device())); // (B, 400, D)

        let rays = self.ray.forward(&fourier_features(&input.rays, RAY_BANDS)); // (B, T, D)
        let patches = self.patch.forward(&(&input.patches - 0.5)) + rays; // (B, T, D)
        let valid = input.patch_valid.to_kind(Kind::Float).unsqueeze(-1); // (B, T, 1)
        let patches = patches * valid;
        let mut tokens = Tensor::cat(&[&cells, &patches], 1); // (B, 400 + T, D)
        for block in &self.blocks {
            tokens = block.forward(&tokens, None);
        }
        let cells = tokens.narrow(1, 0, side * side); // (B, 400, D)
        let coarse = coarse + cells.transpose(1, 2).reshape([batch, dim, side, side]); // (B, D, 20, 20)
        nn::probe::output("fused", &coarse);

        let up = double(&self.up_middle.forward(&coarse)); // (B, M, 40, 40)
        let middle = self.fuse_middle.forward(&(middle + up), train);
        let up = double(&self.up_fine.forward(&middle)); // (B, F, 80, 80)
        let fine = self.fuse_fine.forward(&(fine + up), train);
        let head = self.head.forward(&fine, train); // (B, F + 8, 80, 80)
        for (name, layer) in [("middle", &middle), ("fine", &fine), ("head", &head)] {
            nn::probe::output(name, layer);
        }
        Output {
            heat: self.heat.forward(&head),
            boxes: self.boxes.forward(&head),
            drivable: self.drivable.forward(&head).squeeze_dim(1),
            signals: self.signal_logits(&input.crops),
        }
    }
}

impl PerceptionConfig {
    /// Refuses sizes that no file of ours has, before memory is taken for them.
    fn check(&self, path: &std::path::Path) -> Result<(), nn::WeightsError> {
        let sizes = [self.fine, self.middle, self.dim, self.heads, self.layers];
        if sizes.iter().all(|n| (1..=1024).contains(n))
            && self.dim % self.heads == 0
            && self.layers <= 32
        {
            return Ok(());
        }
        Err(nn::WeightsError {
            file: path.to_owned(),
            part: "config".to_owned(),
            expected: "sizes of 1 to 1024, at most 32 layers, dim a multiple of heads".to_owned(),
            found: format!("{self:?}"),
        })
    }
}

/// Positions of the token cells, (1, side², 2 · (1 + 2 · CELL_BANDS)).
fn cell_features(side: i64, device: Device) -> Tensor {
    let line = (Tensor::arange(side, (Kind::Float, device)) + 0.5) / (side as f64 / 2.0) - 1.0;
    let x = line.unsqueeze(1).expand([side, side], false);
    let y = line.unsqueeze(0).expand([side, side], false);
    let position = Tensor::stack(&[x, y], -1).reshape([1, side * side, 2]);
    fourier_features(&position, CELL_BANDS)
}

/// Twice the cells along both axes, by repetition.
fn double(x: &Tensor) -> Tensor {
    let size = x.size();
    x.upsample_nearest2d([size[2] * 2, size[3] * 2], None, None)
}

/// An input of zeros, for warming up and for tests.
pub fn zero_input(batch: i64, device: Device) -> Input {
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, device));
    let (tokens, side) = (TOKENS as i64, RASTER as i64);
    Input {
        raster: zeros(&[batch, CHANNELS as i64, side, side]),
        patches: zeros(&[batch, tokens, PATCH_VALUES as i64]),
        rays: zeros(&[batch, tokens, RAY as i64]),
        patch_valid: zeros(&[batch, tokens]).to_kind(Kind::Bool),
        crops: zeros(&[batch, MAX_SIGNALS as i64, 3, CROP as i64, CROP as i64]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::HEAD;

    #[test]
    fn shapes_and_size_are_as_documented() {
        nn::use_one_thread();
        let _generator = nn::device::seed(1);
        let vs = VarStore::new(Device::Cpu);
        let net = Perception::new(&vs.root(), &PerceptionConfig::default());
        let out = tch::no_grad(|| net.forward(&zero_input(2, Device::Cpu), false));
        let side = HEAD as i64;
        assert_eq!(out.heat.size(), [2, 4, side, side]);
        assert_eq!(out.boxes.size(), [2, BOX_VALUES, side, side]);
        assert_eq!(out.drivable.size(), [2, side, side]);
        assert_eq!(out.signals.size(), [2, MAX_SIGNALS as i64, SIGNAL_CLASSES]);
        let count: usize = vs.trainable_variables().iter().map(Tensor::numel).sum();
        assert!(count < 3_000_000, "{count}");
    }
}
