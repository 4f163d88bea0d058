//! A stretch of traffic at 10 Hz, and what a tracker would have said of it at each step.

use rand_chacha::ChaCha8Rng;
use sim::math::{atan2, cos, hypot, sin, wrap_angle};
use sim::message::{BoxClass, Track, TrackSet};
use sim::seed::Draw;

use crate::prediction::LaneMap;

/// Time between the steps of a clip, seconds.
pub const STEP_S: f64 = 0.1;

/// One road user over its life in the clip.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipTrack {
    /// Number, unique in the clip.
    pub id: u64,
    /// Class.
    pub class: BoxClass,
    /// Length and width, metres.
    pub size_m: [f32; 2],
    /// Whether it can move of itself: parked vehicles are seen, but not measured on.
    pub is_mobile: bool,
    /// Step of the first state.
    pub first_step: usize,
    /// Middle of the box and heading (x m, y m, yaw rad), one a step.
    pub states: Vec<[f64; 3]>,
}

impl ClipTrack {
    /// State at a step, where it lives then.
    pub fn at(&self, step: usize) -> Option<[f64; 3]> {
        self.states.get(step.checked_sub(self.first_step)?).copied()
    }
}

/// Traffic with its map.
#[derive(Clone, Debug, Default)]
pub struct Clip {
    /// Where it comes from.
    pub name: String,
    /// The map it plays on; splits go by it.
    pub map: String,
    /// Lane centre lines.
    pub lanes: std::sync::Arc<LaneMap>,
    /// Road users by id.
    pub tracks: Vec<ClipTrack>,
}

/// How a tracker errs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Slow error of a track's position, standard deviation, metres.
    pub bias_m: f64,
    /// Error of each step, standard deviation, metres.
    pub jitter_m: f64,
    /// Error of the heading, standard deviation, radians.
    pub yaw_rad: f64,
    /// Chance that a step is missing.
    pub drop: f64,
    /// Chance that a track was born within the last second.
    pub young: f64,
    /// Chance that a road user is not seen at all.
    pub missed: f64,
}

impl Noise {
    /// True states.
    pub const NONE: Self = Self {
        bias_m: 0.0,
        jitter_m: 0.0,
        yaw_rad: 0.0,
        drop: 0.0,
        young: 0.0,
        missed: 0.0,
    };

    /// About what the tracker's output shows.
    pub const TRACKER: Self = Self {
        bias_m: 0.15,
        jitter_m: 0.06,
        yaw_rad: 0.03,
        drop: 0.05,
        young: 0.15,
        missed: 0.03,
    };
}

impl Clip {
    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.tracks
            .iter()
            .map(|t| t.first_step + t.states.len())
            .max()
            .unwrap_or(0)
    }

    /// What a tracker with this noise would hold at a step: only the past is used.
    pub fn tracks_at(
        &self,
        step: usize,
        history_steps: usize,
        noise: &Noise,
        rng: &mut ChaCha8Rng,
    ) -> TrackSet {
        let mut tracks = Vec::new();
        for track in &self.tracks {
            if track.at(step).is_none() || rng.chance(noise.missed) {
                continue;
            }
            let born = if rng.chance(noise.young) {
                step.saturating_sub(rng.index(10))
            } else {
                0
            };
            let bias = [rng.normal(noise.bias_m), rng.normal(noise.bias_m)];
            let mut history = Vec::with_capacity(history_steps);
            for past in step.saturating_sub(history_steps - 1)..=step {
                let Some([x, y, yaw]) = track.at(past) else {
                    continue;
                };
                let lost = past < born || rng.chance(noise.drop);
                let (jx, jy) = (rng.normal(noise.jitter_m), rng.normal(noise.jitter_m));
                let turn = rng.normal(noise.yaw_rad);
                if lost && past != step {
                    continue;
                }
                history.push([
                    past as f64 * STEP_S,
                    x + bias[0] + jx,
                    y + bias[1] + jy,
                    wrap_angle(yaw + turn),
                ]);
            }
            if let Some(track) = track_of(track, history) {
                tracks.push(track);
            }
        }
        TrackSet {
            time_s: step as f64 * STEP_S,
            tracks,
        }
    }
}

/// A track from its history alone.
fn track_of(source: &ClipTrack, history: Vec<[f64; 4]>) -> Option<Track> {
    let now = *history.last()?;
    Some(Track {
        id: source.id,
        class: source.class,
        score: 1.0,
        position_m: [now[1], now[2]],
        yaw_rad: now[3],
        velocity_mps: mean_velocity(&history, 0.5),
        size_m: [source.size_m[0], source.size_m[1], 1.5],
        variance: [0.04, 0.04, 0.25, 0.25],
        standing_s: 0.0,
        history,
    })
}

/// Mean velocity over the last `window_s` of a history, m/s; zero where there is one state only.
pub fn mean_velocity(history: &[[f64; 4]], window_s: f64) -> [f64; 2] {
    let Some(last) = history.last() else {
        return [0.0; 2];
    };
    let Some(first) = history.iter().find(|h| h[0] >= last[0] - window_s - 1e-6) else {
        return [0.0; 2];
    };
    let dt = last[0] - first[0];
    if dt < 1e-3 {
        return [0.0; 2];
    }
    [(last[1] - first[1]) / dt, (last[2] - first[2]) / dt]
}

/// Heading of a displacement, where it is long enough to have one, radians.
pub fn heading_of(dx_m: f64, dy_m: f64) -> Option<f64> {
    (hypot(dx_m, dy_m) > 0.3).then(|| atan2(dy_m, dx_m))
}

/// A point in the frame of an origin and heading: (forward, left), metres.
pub fn to_frame(origin: [f64; 3], x_m: f64, y_m: f64) -> [f64; 2] {
    let (c, s) = (cos(origin[2]), sin(origin[2]));
    let (dx, dy) = (x_m - origin[0], y_m - origin[1]);
    [dx * c + dy * s, dy * c - dx * s]
}
