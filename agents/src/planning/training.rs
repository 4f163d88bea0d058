//! Fitting of the planning network to the expert: which proposal, and how to shape it.

use nn::train::Loss;
use sim::message::TrajectoryPoint;
use tch::{Device, Kind, Tensor};

use super::features::WIDTH;
use super::network::Network;
use super::proposals::{COUNT, HORIZON_S, STEP_S, STEPS, anchors};
use crate::path::Path;

/// What the expert did.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Distance covered at each step, metres.
    pub run_m: Vec<f32>,
    /// Offset it goes to, metres to the left of the route.
    pub offset_m: f32,
    /// Speed at the start, m/s.
    pub speed_mps: f32,
}

/// One instant of a drive.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanSample {
    /// Input, `WIDTH` numbers.
    pub values: Vec<f32>,
    /// The expert's plan.
    pub label: Label,
}

/// The label of a plan of the expert along a route.
pub fn label_of(points: &[TrajectoryPoint], path: &Path, station_m: f64) -> Option<Label> {
    let (first, last) = (points.first()?, points.last()?);
    if points.len() != STEPS + 1 {
        return None;
    }
    let mut run = 0.0;
    let mut run_m = Vec::with_capacity(STEPS);
    for pair in points.windows(2) {
        run += 0.5 * (pair[0].speed_mps + pair[1].speed_mps) * STEP_S;
        run_m.push(run as f32);
    }
    let on = path.project_within(last.x_m, last.y_m, station_m - 2.0, station_m + 150.0);
    // A standing plan has no course: it means the route.
    let offset = if run < 3.0 { 0.0 } else { on.lateral_m };
    Some(Label {
        run_m,
        offset_m: offset as f32,
        speed_mps: first.speed_mps as f32,
    })
}

/// Samples as tensors.
#[derive(Debug)]
pub struct PlanBatch {
    /// [B, WIDTH].
    x: Tensor,
    /// [B, STEPS], metres.
    run: Tensor,
    /// [B], metres.
    offset: Tensor,
    /// [B], m/s.
    speed: Tensor,
}

impl PlanBatch {
    /// Stacks samples.
    pub fn of(samples: &[&PlanSample], device: Device) -> Self {
        let b = samples.len() as i64;
        let flat = |f: &dyn Fn(&PlanSample) -> Vec<f32>| {
            let all: Vec<f32> = samples.iter().flat_map(|s| f(s)).collect();
            Tensor::from_slice(&all).to_device(device)
        };
        Self {
            x: flat(&|s| s.values.clone()).reshape([b, WIDTH as i64]),
            run: flat(&|s| s.label.run_m.clone()).reshape([b, STEPS as i64]),
            offset: flat(&|s| vec![s.label.offset_m]),
            speed: flat(&|s| vec![s.label.speed_mps]),
        }
    }
}

/// Distance covered under two accelerations: `accel` [.., 2] with `speed` [.., 1] to [.., STEPS].
fn run_of(accel: &Tensor, speed: &Tensor) -> Tensor {
    let time = Tensor::arange(STEPS as i64 + 1, (Kind::Float, accel.device())) * STEP_S;
    let half = HORIZON_S / 2.0;
    let early = time.clamp_max(half);
    let late = (&time - half).clamp_min(0.0);
    let (a, b) = (accel.narrow(-1, 0, 1), accel.narrow(-1, 1, 1));
    let first = (speed + a * early).relu();
    let v = (first + b * late).relu(); // [.., STEPS + 1]
    let n = STEPS as i64;
    ((v.narrow(-1, 0, n) + v.narrow(-1, 1, n)) * (0.5 * STEP_S)).cumsum(-1, Kind::Float)
}

/// Loss of a batch: cross entropy to a soft choice of anchors by their distance to the expert's
/// plan, and the distance of the best anchor once shaped.
pub fn plan_loss(network: &Network, batch: &PlanBatch) -> Loss {
    let device = batch.x.device();
    let table: Vec<f32> = anchors().map(|a| a.accel_mps2 as f32).collect();
    let accel = Tensor::from_slice(&table).to_device(device); // [COUNT]
    let offsets: Vec<f32> = anchors().map(|a| a.offset_m as f32).collect();
    let offsets = Tensor::from_slice(&offsets).to_device(device);
    let speed = batch.speed.reshape([-1, 1, 1]); // [B, 1, 1]
    let plain = accel
        .reshape([1, COUNT as i64, 1])
        .expand([1, COUNT as i64, 2], false);
    let off_run = (run_of(&plain, &speed) - batch.run.unsqueeze(1))
        .abs()
        .mean_dim([-1i64].as_slice(), false, Kind::Float); // [B, COUNT]
    let off_side = (offsets.unsqueeze(0) - batch.offset.unsqueeze(-1)).abs(); // [B, COUNT]
    let distance = &off_run + off_side * 2.0;
    let wanted = (-&distance / 0.4).softmax(-1, Kind::Float);

    let scores = network.forward(&batch.x);
    let log = scores.logits.log_softmax(-1, Kind::Float);
    let choice = -(&wanted * log).sum_dim_intlist([-1i64].as_slice(), false, Kind::Float);
    let winner = distance.argmin(-1, true); // [B, 1]
    let hit = scores
        .logits
        .argmax(-1, true)
        .eq_tensor(&winner)
        .to_kind(Kind::Float);
    let shaped = plain + scores.residuals.narrow(-1, 0, 2); // [B, COUNT, 2]
    let shaped_run = (run_of(&shaped, &speed) - batch.run.unsqueeze(1))
        .abs()
        .mean_dim([-1i64].as_slice(), false, Kind::Float);
    let sideways =
        (offsets.unsqueeze(0) + scores.residuals.select(-1, 2) - batch.offset.unsqueeze(-1)).abs();
    let at_winner = |t: &Tensor| t.gather(1, &winner, false).mean(Kind::Float);
    let (run_m, side_m) = (at_winner(&shaped_run), at_winner(&sideways));
    let parts = vec![
        ("choice", choice.mean(Kind::Float).double_value(&[])),
        ("hit", hit.mean(Kind::Float).double_value(&[])),
        ("run_m", run_m.double_value(&[])),
        ("side_m", side_m.double_value(&[])),
    ];
    Loss {
        total: choice.mean(Kind::Float) + run_m * 0.5 + side_m * 0.3,
        parts,
    }
}
