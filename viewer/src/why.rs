//! What perception and planning said, held against what was so.

use sim::actor::ActorId;
use sim::message::{
    AttentionProbe, BoxClass, Detection, DetectionSet, NetworkProbe, ProbeToken, Trajectory,
};
use sim::world::ActorSnapshot;

use crate::run::Frame;

/// Centres that are farther apart than this are not the same object (nuScenes matches within 0.5 to 4 m), metres.
const MATCH_M: f64 = 2.0;
/// Centres that match but are farther apart than this are in the wrong place, metres.
const MISPLACED_M: f64 = 1.0;
/// Actors beyond this are not expected to be found, metres.
const REACH_M: f64 = 40.0;

/// Detections held against the actors that were there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// Number of a detection, the actor that it is, and how far apart their middles are, metres.
    pub found: Vec<(usize, ActorId, f64)>,
    /// Actors in reach without a detection.
    pub missed: Vec<ActorId>,
    /// Detections without an actor.
    pub ghosts: Vec<usize>,
}

impl Matches {
    /// Those of `found` that are in the wrong place.
    pub fn misplaced(&self) -> impl Iterator<Item = &(usize, ActorId, f64)> {
        self.found
            .iter()
            .filter(|(_, _, off_m)| *off_m > MISPLACED_M)
    }
}

/// Where a detection is in the world, from above, metres.
pub fn in_world(carrier: &ActorSnapshot, detection: &Detection) -> (f64, f64) {
    let [x, y, _] = detection.center_m;
    carrier.state.pose.to_world_xy(f64::from(x), f64::from(y))
}

/// Edges of a box by the numbers of its [`corners`].
pub const EDGES: [(usize, usize); 12] = [
    (0, 1),
    (1, 2),
    (2, 3),
    (3, 0),
    (4, 5),
    (5, 6),
    (6, 7),
    (7, 4),
    (0, 4),
    (1, 5),
    (2, 6),
    (3, 7),
];

/// Corners of a detection's box in the carrier's frame: below, then above, metres.
pub fn corners(detection: &Detection) -> [nalgebra::Point3<f64>; 8] {
    let [x, y, z] = detection.center_m.map(f64::from);
    let [l, w, h] = detection.size_m.map(|size| f64::from(size) / 2.0);
    let (sin, cos) = sim::math::sin_cos(f64::from(detection.yaw_rad));
    let at = |ahead: f64, left: f64, up: f64| {
        nalgebra::Point3::new(
            x + ahead * cos - left * sin,
            y + ahead * sin + left * cos,
            z + up,
        )
    };
    [
        at(l, w, -h),
        at(-l, w, -h),
        at(-l, -w, -h),
        at(l, -w, -h),
        at(l, w, h),
        at(-l, w, h),
        at(-l, -w, h),
        at(l, -w, h),
    ]
}

/// Matches detections with actors, the surest first, each with the nearest that is left; `frame` is that at the
/// detections' time.
pub fn matches(frame: &Frame, carrier: ActorId, set: &DetectionSet) -> Matches {
    let Some(own) = frame.actor(carrier) else {
        return Matches::default();
    };
    let here = own.center_xy();
    let mut left: Vec<&ActorSnapshot> = frame
        .actors
        .iter()
        .filter(|a| a.id != carrier && BoxClass::of(a.spec.class).is_some())
        .collect();
    let mut result = Matches::default();
    // Boxes come with the best score first.
    for (number, detection) in set.boxes.iter().enumerate() {
        let (x, y) = in_world(own, detection);
        let off = |a: &ActorSnapshot| {
            let (ax, ay) = a.center_xy();
            sim::math::hypot(ax - x, ay - y)
        };
        let nearest = left
            .iter()
            .enumerate()
            .map(|(i, a)| (off(a), i))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match nearest.filter(|(off_m, _)| *off_m <= MATCH_M) {
            Some((off_m, i)) => {
                let actor = left.swap_remove(i);
                result.found.push((number, actor.id, off_m));
            }
            None => result.ghosts.push(number),
        }
    }
    result.missed = left
        .into_iter()
        .filter(|a| {
            let (x, y) = a.center_xy();
            sim::math::hypot(x - here.0, y - here.1) <= REACH_M
        })
        .map(|a| a.id)
        .collect();
    result.missed.sort();
    result
}

/// Which of a plan's proposals was chosen: the one whose points it has.
pub fn chosen(plan: &Trajectory) -> Option<usize> {
    let last = plan.points.last()?;
    plan.proposals.iter().position(|p| {
        p.points
            .last()
            .is_some_and(|end| end.x_m == last.x_m && end.y_m == last.y_m)
    })
}

/// Probability that the planner gave to other plans than the one chosen, 0 to 1.
pub fn disagreement(plan: &Trajectory) -> f64 {
    let all: f32 = plan.proposals.iter().map(|p| p.probability).sum();
    let taken = chosen(plan).and_then(|i| plan.proposals.get(i));
    if all <= 0.0 {
        return 0.0;
    }
    1.0 - f64::from(taken.map_or(0.0, |p| p.probability) / all)
}

/// How far a vehicle is from where its plan wants it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlError {
    /// The plan's place, forward of the vehicle, metres.
    pub ahead_m: f64,
    /// The plan's place, left of the vehicle, metres.
    pub left_m: f64,
    /// The plan's heading less the vehicle's, radians.
    pub yaw_rad: f64,
    /// The plan's speed less the vehicle's, m/s.
    pub speed_mps: f64,
}

/// How far a vehicle is from its plan at a time; nothing after the plan's end.
pub fn control_error(
    plan: &Trajectory,
    time_s: f64,
    actor: &ActorSnapshot,
) -> Option<ControlError> {
    let after_s = time_s - plan.start_time_s;
    let next = plan.points.iter().position(|p| p.time_s >= after_s)?;
    let b = plan.points.get(next)?;
    let before = next.checked_sub(1).and_then(|i| plan.points.get(i));
    let a = before.unwrap_or(b);
    let span = (b.time_s - a.time_s).max(1e-9);
    let share = ((after_s - a.time_s) / span).clamp(0.0, 1.0);
    let between = |a: f64, b: f64| a + (b - a) * share;
    let pose = &actor.state.pose;
    let (ahead_m, left_m) = pose.to_local_xy(between(a.x_m, b.x_m), between(a.y_m, b.y_m));
    let turn = sim::math::wrap_angle(b.yaw_rad - a.yaw_rad) * share;
    Some(ControlError {
        ahead_m,
        left_m,
        yaw_rad: sim::math::wrap_angle(a.yaw_rad + turn - pose.yaw_rad),
        speed_mps: between(a.speed_mps, b.speed_mps) - actor.state.speed_mps,
    })
}

/// What the planner looked at for the plan that was chosen (for all proposals alike where none was), strongest
/// first: mean over the layers of its decoder.
pub fn attention(networks: &[NetworkProbe], plan: Option<&Trajectory>) -> Vec<(ProbeToken, f32)> {
    let Some(planner) = networks.iter().find(|probe| !probe.tokens.is_empty()) else {
        return Vec::new();
    };
    let query = plan.and_then(chosen);
    let maps: Vec<_> = planner
        .layers
        .iter()
        .filter(|layer| layer.name.starts_with("decoder"))
        .filter_map(|layer| layer.attention.as_ref())
        .filter(|map| map.keys == planner.tokens.len())
        .collect();
    let weight = |key: usize| {
        let of_map = |map: &&AttentionProbe| {
            let rows = match query {
                Some(query) => query..query + 1,
                None => 0..map.queries,
            };
            let count = rows.len().max(1) as f32;
            let sum: f32 = rows.filter_map(|q| map.row(q)?.get(key)).sum();
            sum / count
        };
        maps.iter().map(of_map).sum::<f32>() / maps.len().max(1) as f32
    };
    let tokens = planner.tokens.iter().enumerate();
    let mut all: Vec<_> = tokens
        .map(|(key, token)| (token.clone(), weight(key)))
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::car_at as car;

    fn detection(x_m: f32, y_m: f32) -> Detection {
        Detection {
            class: BoxClass::Car,
            score: 0.5,
            center_m: [x_m, y_m, 0.7],
            size_m: [4.5, 1.8, 1.5],
            yaw_rad: 0.0,
            velocity_mps: [0.0; 2],
        }
    }

    #[test]
    fn found_misplaced_missed_and_false_are_told_apart() {
        let frame = Frame {
            actors: vec![
                car(0, 0.0, 0.0, 0.0),
                car(1, 20.0, 0.0, 0.0),
                car(2, 10.0, 8.0, 0.0),
                car(3, 90.0, 0.0, 0.0),
                car(4, 30.0, 5.0, 0.0),
            ],
            ..Frame::default()
        };
        let shift = frame.actors[0].spec.bounding_box.center_x_m as f32;
        let set = DetectionSet {
            boxes: vec![
                detection(20.2 + shift, 0.1),
                detection(10.0 + shift, 9.5),
                detection(5.0, -12.0),
            ],
            ..DetectionSet::default()
        };
        let m = matches(&frame, ActorId(0), &set);
        let found: Vec<_> = m.found.iter().map(|(i, id, _)| (*i, id.0)).collect();
        assert_eq!(found, [(0, 1), (1, 2)]);
        assert_eq!(m.misplaced().map(|f| f.1.0).collect::<Vec<_>>(), [2]);
        assert_eq!(m.ghosts, [2]);
        // The one at 90 m is out of reach.
        assert_eq!(m.missed, [ActorId(4)]);
    }
}
