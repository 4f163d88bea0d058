//! Births, updates and deaths of tracks.

use nalgebra::Vector4;
use sim::math::{Pose, cos, hypot, sin, wrap_angle};
use sim::message::{BoxClass, Detection, DetectionSet, Rest, Track, TrackSet};

use super::assign::assign;
use super::kalman::ConstantVelocity;

/// Most past states that a track carries (at 10 Hz, 3 s).
pub const HISTORY: usize = 31;

/// Farthest a detection may lie from where its track is expected, metres.
const GATE_M: f64 = 3.0;
/// Extra cost of a pair of different classes, metres.
const CLASS_COST_M: f64 = 1.0;
/// A detection this sure is a track at once; others once seen again.
const SURE_SCORE: f32 = 0.5;
/// Longest time a confirmed track lives unseen, seconds.
const UNSEEN_S: f64 = 0.6;
/// Standard deviations of a detection that begins a track: position m, velocity m/s.
const BORN_SIGMA: [f64; 2] = [0.35, 5.0];
/// The same of one that goes on with it. The network's velocities lean towards 0 (see the model card);
/// once there is a track, its positions tell the velocity better.
const MEASURED_SIGMA: [f64; 2] = [0.35, 15.0];

/// White acceleration, m/s².
fn acceleration_sigma_mps2(class: BoxClass) -> f64 {
    match class {
        BoxClass::Pedestrian => 1.5,
        BoxClass::Cyclist => 2.0,
        BoxClass::Car | BoxClass::Large => 3.0,
    }
}

#[derive(Clone, Debug)]
struct Live {
    id: u64,
    filter: ConstantVelocity,
    class_votes: [f32; BoxClass::ALL.len()],
    score: f32,
    yaw_rad: f64,
    size_m: [f32; 3],
    seen_s: f64,
    hits: u32,
    rest: Rest,
    standing_s: f64,
    history: Vec<[f64; 4]>,
}

impl Live {
    fn class(&self) -> BoxClass {
        let mut best = 0;
        for k in 1..self.class_votes.len() {
            if self.class_votes[k] > self.class_votes[best] {
                best = k;
            }
        }
        BoxClass::ALL[best]
    }
}

/// Tracks of one carrier. Ids count up in order of birth, best score first.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    live: Vec<Live>,
    next_id: u64,
    time_s: Option<f64>,
}

/// A detection in the world frame.
struct Measured<'a> {
    detection: &'a Detection,
    state: Vector4<f64>,
    yaw_rad: f64,
}

impl Tracker {
    /// Takes in the detections of `set.time_s`, when the ego stood at `ego`.
    pub fn update(&mut self, set: &DetectionSet, ego: &Pose) -> TrackSet {
        let dt_s = self
            .time_s
            .map_or(0.0, |then| (set.time_s - then).clamp(0.0, 1.0));
        self.time_s = Some(set.time_s);
        let (c, s) = (cos(ego.yaw_rad), sin(ego.yaw_rad));
        let measured: Vec<Measured> = set
            .boxes
            .iter()
            .map(|detection| {
                let (x, y) = ego.to_world_xy(
                    f64::from(detection.center_m[0]),
                    f64::from(detection.center_m[1]),
                );
                let [vx, vy] = detection.velocity_mps.map(f64::from);
                Measured {
                    detection,
                    state: Vector4::new(x, y, vx * c - vy * s, vx * s + vy * c),
                    yaw_rad: wrap_angle(f64::from(detection.yaw_rad) + ego.yaw_rad),
                }
            })
            .collect();
        for track in &mut self.live {
            let sigma = acceleration_sigma_mps2(track.class());
            track.filter.predict(dt_s, sigma);
        }
        let pairs = assign(self.live.len(), measured.len(), GATE_M, |row, column| {
            let (track, m) = (&self.live[row], &measured[column]);
            let distance = hypot(
                track.filter.mean[0] - m.state[0],
                track.filter.mean[1] - m.state[1],
            );
            let other_class = if track.class() == m.detection.class {
                0.0
            } else {
                CLASS_COST_M
            };
            (distance < GATE_M).then_some(distance + other_class)
        });
        let mut used = vec![false; measured.len()];
        for (track, pair) in self.live.iter_mut().zip(pairs) {
            if let Some(m) = pair.and_then(|column| measured.get(column)) {
                if let Some(slot) = pair.and_then(|column| used.get_mut(column)) {
                    *slot = true;
                }
                track.take(m, set.time_s);
            } else {
                track.score *= 0.8;
            }
            track.remember(set.time_s);
        }
        self.live.retain(|track| {
            let unseen_s = set.time_s - track.seen_s;
            unseen_s <= UNSEEN_S && (track.is_confirmed() || unseen_s < 0.15)
        });
        for (m, _) in measured.iter().zip(used).filter(|(_, used)| !used) {
            let mut track = Live {
                id: self.next_id,
                filter: ConstantVelocity::new(m.state, BORN_SIGMA),
                class_votes: [0.0; BoxClass::ALL.len()],
                score: m.detection.score,
                yaw_rad: m.yaw_rad,
                size_m: m.detection.size_m,
                seen_s: set.time_s,
                hits: 1,
                rest: Rest::new([m.state[0], m.state[1]], set.time_s),
                standing_s: 0.0,
                history: Vec::new(),
            };
            track.vote(m.detection);
            track.remember(set.time_s);
            self.next_id += 1;
            self.live.push(track);
        }
        TrackSet {
            time_s: set.time_s,
            tracks: self
                .live
                .iter()
                .filter(|t| t.is_confirmed())
                .map(Live::to_track)
                .collect(),
        }
    }
}

impl Live {
    fn is_confirmed(&self) -> bool {
        self.hits >= 2 || self.score >= SURE_SCORE
    }

    fn vote(&mut self, detection: &Detection) {
        for (vote, class) in self.class_votes.iter_mut().zip(BoxClass::ALL) {
            *vote = 0.9 * *vote
                + if class == detection.class {
                    detection.score
                } else {
                    0.0
                };
        }
    }

    fn take(&mut self, m: &Measured, time_s: f64) {
        self.filter.update(m.state, MEASURED_SIGMA);
        self.vote(m.detection);
        self.score = 0.6 * self.score + 0.4 * m.detection.score;
        self.hits += 1;
        self.seen_s = time_s;
        for (size, new) in self.size_m.iter_mut().zip(m.detection.size_m) {
            *size += 0.2 * (new - *size);
        }
        // A detector's usual error is half a turn: take the direction nearer to the track's.
        let turn = wrap_angle(m.yaw_rad - self.yaw_rad);
        let turn = if turn.abs() > sim::math::FRAC_PI_2 {
            wrap_angle(turn + sim::math::PI)
        } else {
            turn
        };
        self.yaw_rad = wrap_angle(self.yaw_rad + 0.4 * turn);
        // What clearly moves, moves forward.
        let (vx, vy) = (self.filter.mean[2], self.filter.mean[3]);
        if hypot(vx, vy) > 2.0 && vx * cos(self.yaw_rad) + vy * sin(self.yaw_rad) < -1.0 {
            self.yaw_rad = wrap_angle(self.yaw_rad + sim::math::PI);
        }
    }

    fn remember(&mut self, time_s: f64) {
        let mean = &self.filter.mean;
        self.standing_s = self.rest.update([mean[0], mean[1]], time_s);
        self.history.push([time_s, mean[0], mean[1], self.yaw_rad]);
        if self.history.len() > HISTORY {
            self.history.remove(0);
        }
    }

    fn to_track(&self) -> Track {
        let (mean, spread) = (&self.filter.mean, &self.filter.covariance);
        Track {
            id: self.id,
            class: self.class(),
            score: self.score,
            position_m: [mean[0], mean[1]],
            yaw_rad: self.yaw_rad,
            velocity_mps: [mean[2], mean[3]],
            size_m: self.size_m,
            variance: [0, 1, 2, 3].map(|k| spread[(k, k)]),
            standing_s: self.standing_s,
            history: self.history.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(x: f32, y: f32, score: f32) -> Detection {
        Detection {
            class: BoxClass::Car,
            score,
            center_m: [x, y, 0.7],
            size_m: [4.5, 1.8, 1.5],
            yaw_rad: 0.0,
            velocity_mps: [0.0, 0.0],
        }
    }

    fn set(time_s: f64, boxes: Vec<Detection>) -> DetectionSet {
        DetectionSet {
            time_s,
            boxes,
            ..DetectionSet::default()
        }
    }

    #[test]
    fn a_standing_car_is_one_still_track_while_the_ego_drives() {
        let mut tracker = Tracker::default();
        let mut last = TrackSet::default();
        for k in 0..20 {
            let ego = Pose::planar(k as f64, 0.0, 0.02 * k as f64);
            let (x, y) = ego.to_local_xy(30.0, 4.0);
            last = tracker.update(
                &set(0.1 * k as f64, vec![seen(x as f32, y as f32, 0.8)]),
                &ego,
            );
        }
        assert_eq!(last.tracks.len(), 1);
        let track = &last.tracks[0];
        assert_eq!((track.id, track.history.len()), (0, 20));
        assert!(hypot(track.position_m[0] - 30.0, track.position_m[1] - 4.0) < 0.05);
        assert!(hypot(track.velocity_mps[0], track.velocity_mps[1]) < 0.1);
        assert!((track.standing_s - 1.9).abs() < 1e-9);
    }

    #[test]
    fn a_lone_weak_detection_is_no_track_and_an_unseen_track_dies() {
        let mut tracker = Tracker::default();
        let ego = Pose::default();
        assert!(
            tracker
                .update(&set(0.0, vec![seen(10.0, 0.0, 0.3)]), &ego)
                .tracks
                .is_empty()
        );
        assert!(tracker.update(&set(0.1, vec![]), &ego).tracks.is_empty());
        assert_eq!(
            tracker
                .update(&set(0.2, vec![seen(20.0, 0.0, 0.9)]), &ego)
                .tracks
                .len(),
            1
        );
        assert_eq!(tracker.update(&set(0.5, vec![]), &ego).tracks.len(), 1);
        assert!(tracker.update(&set(1.0, vec![]), &ego).tracks.is_empty());
        // Ids are not reused.
        assert_eq!(
            tracker
                .update(&set(1.1, vec![seen(20.0, 0.0, 0.9)]), &ego)
                .tracks[0]
                .id,
            2
        );
    }
}
