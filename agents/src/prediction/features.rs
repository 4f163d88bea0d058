//! Tracks and lanes around one target as numbers of fixed shape, in the target's frame.

use sim::math::{cos, hypot, sin};
use sim::message::{BoxClass, Track};

use super::LaneMap;
use crate::data::{mean_velocity, to_frame};

/// Past steps of 0.1 s that are read, including now.
pub const HISTORY: usize = 16;
/// Other road users that are read.
pub const NEIGHBOURS: usize = 12;
/// Pieces of lanes that are read.
pub const LANES: usize = 28;
/// Points of a piece of a lane.
pub const LANE_POINTS: usize = 10;
/// Numbers of a road user: (x, y, cos yaw, sin yaw, there) a step, then velocity, size, class.
pub const OWN_WIDTH: usize = HISTORY * 5 + 4 + 4;
/// Numbers of a piece of a lane: (x, y) a point, direction, distance.
pub const LANE_WIDTH: usize = LANE_POINTS * 2 + 3;
/// All numbers of one target.
pub const WIDTH: usize = OWN_WIDTH * (1 + NEIGHBOURS) + LANE_WIDTH * LANES + NEIGHBOURS + LANES;

/// Distance that becomes 1, metres.
pub const SCALE_M: f64 = 20.0;
/// Speed that becomes 1, m/s.
pub const SCALE_MPS: f64 = 10.0;

/// The numbers of one target, laid out as: itself, neighbours, lanes, then which neighbours and
/// lanes are there (1 or 0).
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// `WIDTH` numbers.
    pub values: Vec<f32>,
    /// World position and heading that the frame stands on (x m, y m, yaw rad).
    pub origin: [f64; 3],
    /// Velocity of the target in its frame, m/s: the futures are told relative to going on with it.
    pub velocity_mps: [f64; 2],
}

/// State at a time by linear interpolation of the history, where it reaches within 0.06 s.
fn past_state(history: &[[f64; 4]], time_s: f64) -> Option<[f64; 3]> {
    let nearest = history
        .iter()
        .min_by(|a, b| (a[0] - time_s).abs().total_cmp(&(b[0] - time_s).abs()))?;
    ((nearest[0] - time_s).abs() <= 0.06).then(|| [nearest[1], nearest[2], nearest[3]])
}

fn push_road_user(values: &mut Vec<f32>, track: &Track, now_s: f64, origin: [f64; 3]) {
    for back in (0..HISTORY).rev() {
        let state = past_state(&track.history, now_s - back as f64 * 0.1);
        match state {
            Some([x, y, yaw]) => {
                let [u, v] = to_frame(origin, x, y);
                let turn = yaw - origin[2];
                values.extend([
                    (u / SCALE_M) as f32,
                    (v / SCALE_M) as f32,
                    cos(turn) as f32,
                    sin(turn) as f32,
                    1.0,
                ]);
            }
            None => values.extend([0.0; 5]),
        }
    }
    let [vx, vy] = velocity_of(track);
    let [u, v] = to_frame([0.0, 0.0, origin[2]], vx, vy);
    values.extend([
        (u / SCALE_MPS) as f32,
        (v / SCALE_MPS) as f32,
        track.size_m[0].clamp(0.0, 30.0) / 5.0,
        track.size_m[1].clamp(0.0, 5.0) / 2.0,
    ]);
    values.extend(BoxClass::ALL.map(|class| f32::from(u8::from(class == track.class))));
}

/// Velocity by the last half second; the tracker's own where the history is too short.
pub fn velocity_of(track: &Track) -> [f64; 2] {
    if track.history.len() < 4 {
        return track.velocity_mps;
    }
    mean_velocity(&track.history, 0.5)
}

/// Numbers for the track at `target`.
pub fn encode(tracks: &[Track], target: usize, now_s: f64, lanes: &LaneMap) -> Features {
    let me = &tracks[target];
    let origin = [me.position_m[0], me.position_m[1], me.yaw_rad];
    let mut values = Vec::with_capacity(WIDTH);
    push_road_user(&mut values, me, now_s, origin);
    let mut others: Vec<(f64, usize)> = tracks
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != target)
        .map(|(i, t)| {
            let [u, v] = to_frame(origin, t.position_m[0], t.position_m[1]);
            // What is ahead matters from farther away.
            (hypot(if u > 0.0 { u * 0.6 } else { u }, v), i)
        })
        .filter(|(d, _)| *d < 50.0)
        .collect();
    others.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    others.truncate(NEIGHBOURS);
    for (_, index) in &others {
        push_road_user(&mut values, &tracks[*index], now_s, origin);
    }
    values.resize(OWN_WIDTH * (1 + NEIGHBOURS), 0.0);
    // Lanes around a point ahead, farther out at speed.
    let [vx, vy] = velocity_of(me);
    let [u, v] = to_frame([0.0, 0.0, origin[2]], vx, vy);
    let ahead = (hypot(vx, vy) * 1.2).min(30.0);
    let (x, y) = (
        origin[0] + ahead * cos(origin[2]),
        origin[1] + ahead * sin(origin[2]),
    );
    let near = lanes.nearest(x, y, 60.0, LANES);
    let lane_count = near.len();
    for piece in near {
        push_lane(&mut values, piece, origin);
    }
    values.resize(OWN_WIDTH * (1 + NEIGHBOURS) + LANE_WIDTH * LANES, 0.0);
    values.extend((0..NEIGHBOURS).map(|i| f32::from(u8::from(i < others.len()))));
    values.extend((0..LANES).map(|i| f32::from(u8::from(i < lane_count))));
    for value in &mut values {
        if !value.is_finite() {
            *value = 0.0;
        }
    }
    Features {
        values,
        origin,
        velocity_mps: [u, v],
    }
}

fn push_lane(values: &mut Vec<f32>, piece: &[[f64; 2]; LANE_POINTS], origin: [f64; 3]) {
    let mut nearest = f64::MAX;
    let local = piece.map(|[x, y]| to_frame(origin, x, y));
    for [u, v] in local {
        nearest = nearest.min(hypot(u, v));
        values.extend([(u / SCALE_M) as f32, (v / SCALE_M) as f32]);
    }
    let (first, last) = (local[0], local[LANE_POINTS - 1]);
    let (du, dv) = (last[0] - first[0], last[1] - first[1]);
    let length = hypot(du, dv).max(0.1);
    values.extend([
        (du / length) as f32,
        (dv / length) as f32,
        (nearest / SCALE_M) as f32,
    ]);
}
