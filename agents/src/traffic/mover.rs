//! One vehicle with a course, as the others of background traffic reckon with it in one decision.

use std::sync::Arc;

use sim::actor::ActorId;

use super::course::Course;
use super::zones::Zone;
use crate::path::{Path, Priority};
use crate::rules::corridor::Obstacle;
use crate::rules::idm::IdmParams;
use crate::rules::scene::{Body, Light, Scene};

/// Why a vehicle may not enter the next stretch that it could block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// It waits for nothing.
    #[default]
    None,
    /// For a light.
    Light,
    /// It has not stopped at the stop sign yet.
    Sign,
    /// Somebody before it has not got in yet.
    Behind(ActorId),
    /// There is no room behind the junction; who takes it, where that is known.
    Exit(Option<ActorId>),
    /// Somebody goes first.
    Yield(ActorId),
}

/// What bounds an acceleration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Heed {
    /// Nothing but the speed that it wants.
    #[default]
    Free,
    /// A body in the strip, and the gap, metres.
    Body(Option<ActorId>, f64),
    /// Somebody on foot who is about to cross.
    Crossing(Option<ActorId>),
    /// A line at a station, metres.
    Line(f64),
    /// Somebody who goes first where courses meet, and the gap, metres.
    Meeting(ActorId, f64),
    /// The end of the path.
    End,
}

/// A meeting with another mover.
#[derive(Clone, Copy, Debug)]
pub struct Meet {
    /// Index of the other mover.
    pub other: usize,
    /// Where, seen by this one.
    pub zone: Zone,
}

/// A stretch in which nobody may come to rest: entered only with leave for all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Where the front waits, metres.
    pub stop_m: f64,
    /// Where it ends, metres.
    pub end_m: f64,
    /// Right of way of the approach.
    pub priority: Priority,
    /// Change of heading through it, radians.
    pub turn_rad: f64,
    /// Whether a light that works rules it.
    pub lit: bool,
    /// Whether the light says stop.
    pub held: bool,
}

/// A vehicle with a course.
#[derive(Clone, Debug)]
pub struct Mover {
    /// Identity.
    pub id: ActorId,
    /// Index of its body in the scene.
    pub body: usize,
    /// Where it goes.
    pub course: Arc<Course>,
    /// Station of its front, metres.
    pub front_m: f64,
    /// Station of its rear, metres.
    pub rear_m: f64,
    /// Speed, m/s.
    pub speed_mps: f64,
    /// Length, metres.
    pub length_m: f64,
    /// Half its width, metres.
    pub half_width_m: f64,
    /// Whether it keeps to these rules; others are only reckoned with.
    pub is_managed: bool,
    /// Manner.
    pub params: IdmParams,
    /// Bodies in the strip ahead, by gap.
    pub strip: Vec<Obstacle>,
    /// Meetings with others, by other and own station.
    pub meets: Vec<Meet>,
    /// Stretches ahead and those it is in, by station.
    pub stretches: Vec<Stretch>,
    /// Up to where it has leave to go, metres.
    pub granted_m: f64,
    /// Up to where it had leave in the decision before, metres.
    pub held_m: f64,
    /// Whether it had leave for its next stretch in the decision before.
    pub had_leave: bool,
    /// How long it has been waiting at the line for others, seconds.
    pub wait_s: f64,
    /// Stop line of the stop sign that it has stopped at, metres.
    pub stopped_at_m: Option<f64>,
    /// Whom it was waiting for or following at the decision before.
    pub held_by: Option<ActorId>,
    /// Why it waits.
    pub wait: Wait,
    /// What bounds its acceleration.
    pub heeds: Heed,
}

/// Who is waited for or followed by one who waits and heeds something.
pub fn held_by(wait: Wait, heeds: Heed) -> Option<ActorId> {
    match (wait, heeds) {
        (Wait::Behind(other) | Wait::Yield(other), _) => Some(other),
        (Wait::Exit(Some(other)), _) => Some(other),
        (_, Heed::Body(other, _) | Heed::Crossing(other)) => other,
        (_, Heed::Meeting(other, _)) => Some(other),
        (_, Heed::Free | Heed::Line(_) | Heed::End) => None,
    }
}

/// Deceleration up to which leave may be taken back, m/s².
const REVOKE_MPS2: f64 = 3.0;
/// A corner farther off a course than this has no place on it, metres.
const CORNER_M: f64 = 6.0;
/// The front stands at most this far beyond a line without having passed it, metres.
pub const LINE_M: f64 = 0.8;

impl Mover {
    /// A managed one with a body of an index and number, whose reference point is at a station of a course.
    pub fn new(
        index: usize,
        body: &Body,
        course: Arc<Course>,
        station_m: f64,
        params: IdmParams,
    ) -> Self {
        Self {
            id: body.id,
            body: index,
            course,
            front_m: station_m + body.front_m,
            rear_m: station_m - body.rear_m,
            speed_mps: body.speed_mps,
            length_m: body.length_m,
            half_width_m: 0.5 * body.width_m,
            is_managed: true,
            params,
            strip: Vec::new(),
            meets: Vec::new(),
            stretches: Vec::new(),
            granted_m: f64::MIN,
            held_m: f64::MIN,
            had_leave: false,
            wait_s: 0.0,
            stopped_at_m: None,
            held_by: None,
            wait: Wait::None,
            heeds: Heed::Free,
        }
    }

    /// Whom it waits for or follows, where it does.
    pub fn waits_for(&self) -> Option<ActorId> {
        held_by(self.wait, self.heeds)
    }

    /// The next stretch that it is not in yet.
    pub fn next_stretch(&self) -> Option<&Stretch> {
        self.stretches
            .iter()
            .find(|s| s.stop_m > self.front_m - LINE_M)
    }

    /// Whether it is too close to a line to stop in comfort.
    pub fn is_past(&self, stop_m: f64) -> bool {
        let left = stop_m - self.front_m;
        let v = self.speed_mps.max(0.0);
        left < -LINE_M || (v > 0.5 && left < v * v / (2.0 * REVOKE_MPS2))
    }

    /// From the front to the rear of another one along the own way, in a zone where both go the same way,
    /// metres: by where its rear corners are, or by stations where those are far off the own way.
    pub fn gap_to_m(&self, other: &Mover, zone: &Zone) -> f64 {
        let rear = other.course.path.pose(other.rear_m, 0.0);
        let [from, to] = zone.own_m;
        let nearest = [-other.half_width_m, other.half_width_m]
            .map(|side| {
                let (x, y) = rear.to_world_xy(0.0, side);
                let (from, to) = (from - CORNER_M, to + CORNER_M);
                self.course.project_within(x, y, from, to)
            })
            .into_iter()
            .filter(|at| at.distance_m < CORNER_M)
            .map(|at| at.station_m)
            .fold(f64::INFINITY, f64::min);
        if nearest.is_finite() {
            nearest - self.front_m
        } else {
            zone.gap_m(self.front_m, other.rear_m)
        }
    }

    /// Whether nobody may take a zone that begins at a station of its course from it any more.
    pub fn holds(&self, from_m: f64) -> bool {
        self.front_m > from_m || self.granted_m > from_m + 0.01
    }
}

/// Lines and ends of the stretches of a path from a station on, with the lights of now.
pub fn junction_stretches(path: &Path, from_m: f64, to_m: f64, scene: &Scene) -> Vec<Stretch> {
    path.junctions
        .iter()
        .filter(|j| j.end_m > from_m && j.start_m < to_m)
        .map(|j| {
            let mut stretch = Stretch {
                stop_m: j.start_m,
                end_m: j.end_m,
                priority: j.priority,
                turn_rad: j.turn_rad,
                lit: false,
                held: false,
            };
            for signal in &path.signals {
                if (signal.stop_m - j.start_m).abs() > 15.0 {
                    continue;
                }
                let light = scene.light(&signal.id);
                stretch.lit |= light != Light::Dark;
                stretch.held |= matches!(light, Light::Red | Light::Yellow);
            }
            stretch
        })
        .collect()
}

/// Joins stretches between which there is no room to stand.
pub fn join(mut all: Vec<Stretch>, room_m: f64) -> Vec<Stretch> {
    all.sort_by(|a, b| a.stop_m.total_cmp(&b.stop_m));
    let mut joined: Vec<Stretch> = Vec::with_capacity(all.len());
    for next in all {
        match joined.last_mut() {
            Some(last) if next.stop_m - last.end_m < room_m => {
                // A light inside is passed with the line before it: nobody can stand there.
                last.end_m = last.end_m.max(next.end_m);
                last.lit |= next.lit;
            }
            _ => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(stop_m: f64, end_m: f64) -> Stretch {
        Stretch {
            stop_m,
            end_m,
            priority: Priority::Equal,
            turn_rad: 0.0,
            lit: false,
            held: false,
        }
    }

    #[test]
    fn stretches_without_room_between_them_are_one() {
        let all = join(
            vec![
                stretch(40.0, 60.0),
                stretch(10.0, 20.0),
                stretch(24.0, 30.0),
            ],
            7.0,
        );
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].stop_m, all[0].end_m), (10.0, 30.0));
    }
}
