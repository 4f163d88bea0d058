//! Figures of a perception network on held-out worlds, with the clustering baseline beside it.

use std::path::Path;

use perception::PerceptionForward;
use perception::decode::{DecodeOptions, boxes};
use perception::grid::HEAD;
use perception::metric::{Evaluation, FrameBoxes, evaluate as evaluate_frames};
use scenarios::generate::MapKind;
use sim::message::BoxClass;

use super::frame::{Mix, World, frames};
use super::{PerceptionError, rig_with_truth};

/// Least score of the boxes that the precision-recall curve is drawn of.
const MIN_SCORE: f32 = 0.03;

/// Figures of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassFigures {
    /// The class.
    pub class: BoxClass,
    /// Of the network, objects with at least one return counting.
    pub network: Evaluation,
    /// Of the network, objects with at least five returns counting.
    pub network_five: Evaluation,
    /// Of the clustering detector, objects with at least one return counting.
    pub cluster: Evaluation,
    /// Of the clustering detector, objects with at least five returns counting.
    pub cluster_five: Evaluation,
}

/// Figures of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct PerceptionFigures {
    /// Frames looked at.
    pub frames: usize,
    /// By class.
    pub classes: Vec<ClassFigures>,
    /// Intersection over union of drivable cells at probability 0.5, where the truth is known.
    pub drivable_iou: f64,
    /// Share of traffic lights in view whose class is right, and how many there were.
    pub signal_accuracy: Option<f64>,
    /// Traffic lights in view.
    pub signals: usize,
}

/// Measures a weight file on `worlds` held-out worlds of `frames_a_world` frames each, from
/// `first_seed` on; with `towns`, all of them are towns.
///
/// # Errors
/// If the rig or the weights can't be read.
pub fn evaluate(
    weights: &Path,
    rig: &Path,
    first_seed: u64,
    worlds: usize,
    frames_a_world: usize,
    towns: bool,
    seen: &mut dyn FnMut(usize),
) -> Result<PerceptionFigures, PerceptionError> {
    let rig = rig_with_truth(rig)?;
    let network = PerceptionForward::load(weights)?;
    let options = DecodeOptions {
        min_score: MIN_SCORE,
        max_boxes: 300,
    };
    let (mut by_network, mut by_cluster) = (Vec::new(), Vec::new());
    let (mut common, mut either) = (0usize, 0usize);
    let (mut right, mut signals) = (0usize, 0usize);
    for seed in first_seed..first_seed + worlds as u64 {
        let mut world = World::of_seed(seed);
        if towns {
            world.kind = MapKind::Town;
        }
        frames(&world, Mix::Plain, frames_a_world, &rig, &mut |frame| {
            let Some(maps) = network.maps(&frame.encoded) else {
                return;
            };
            for at in 0..HEAD * HEAD {
                let truth = frame.labels.drivable[at];
                if truth <= 1 {
                    let (a, b) = (truth == 1, maps.drivable[at] >= 0.5);
                    common += usize::from(a && b);
                    either += usize::from(a || b);
                }
            }
            by_network.push(FrameBoxes {
                found: boxes(&maps, &frame.encoded.ground, &options),
                truth: frame.labels.boxes.clone(),
            });
            by_cluster.push(FrameBoxes {
                found: perception::cluster::detect(&frame.points),
                truth: frame.labels.boxes,
            });
            seen(by_network.len());
        })?;
        // Lights are rare; carriers before them give enough to count.
        let lit = frames_a_world.div_ceil(4);
        frames(&world, Mix::Lights, lit, &rig, &mut |frame| {
            let Some(maps) = network.maps(&frame.encoded) else {
                return;
            };
            for (p, truth) in maps.signals.chunks_exact(4).zip(&frame.labels.signals) {
                if *truth < 4 {
                    let best = (0..4).max_by(|a, b| p[*a].total_cmp(&p[*b]));
                    signals += 1;
                    right += usize::from(best == Some(usize::from(*truth)));
                }
            }
        })?;
    }
    let one = evaluate_frames(&by_network, 1);
    let five = evaluate_frames(&by_network, 5);
    let plain = evaluate_frames(&by_cluster, 1);
    let plain_five = evaluate_frames(&by_cluster, 5);
    let classes = (one.into_iter().zip(five))
        .zip(plain.into_iter().zip(plain_five))
        .map(
            |((network, network_five), (cluster, cluster_five))| ClassFigures {
                class: network.class,
                network,
                network_five,
                cluster,
                cluster_five,
            },
        )
        .collect();
    Ok(PerceptionFigures {
        frames: by_network.len(),
        classes,
        drivable_iou: common as f64 / either.max(1) as f64,
        signal_accuracy: (signals > 0).then(|| right as f64 / signals as f64),
        signals,
    })
}
