//! One decision of all background traffic.

use sim::actor::ActorId;

use super::leave::give_leave;
use super::meet::MeetCache;
use super::mover::{Heed, LINE_M, Meet, Mover, Stretch, Wait, join, junction_stretches};
use super::strip::strip_ahead;
use super::zones::{Meeting, Zone};
use crate::path::Priority;
use crate::rules::conflict::time_to_cover_s;
use crate::rules::corridor::{Lateral, Obstacle, crossings};
use crate::rules::idm::{following_accel, free_accel};
use crate::rules::scene::{Light, Scene, heed_m};

/// Room in front of a line that IDM's own gap is reckoned against, so that the front rests half a metre
/// before it, metres.
const LINE_GAP_M: f64 = 1.5;
/// The speed wanted in this time is brought about now, with this time constant and at most this braking.
const AHEAD_S: f64 = 0.5;
const SLOWING_S: f64 = 0.6;
const HARDEST_MPS2: f64 = 4.0;
/// Room to stand between two stretches, beside the vehicle's length, metres.
const STAND_M: f64 = 3.0;
/// Slower than this, one stands because of whoever is within this distance, m/s and metres.
const STANDING_MPS: f64 = 1.0;
const STANDING_SIGHT_M: f64 = 10.0;
/// How far before a line the sweep of who passes it may begin, metres.
const SWEPT_M: f64 = 5.0;
/// How far behind a stretch its exit is looked at, metres.
const EXIT_M: f64 = 62.0;

/// Fills in what each mover meets, decides who may go where, and gives each one's acceleration, m/s²
/// (0 for those that are not managed).
pub fn decide(
    scene: &Scene,
    movers: &mut [Mover],
    cache: &mut MeetCache,
    period_s: f64,
) -> Vec<f64> {
    find_meets(scene, movers, cache);
    for index in 0..movers.len() {
        find_stretches(scene, movers, index);
    }
    let bodies: Vec<usize> = movers.iter().map(|m| m.body).collect();
    let follows = |body: usize| bodies.binary_search(&body).is_ok();
    for mover in movers.iter_mut().filter(|m| m.is_managed) {
        let v = mover.speed_mps.max(0.0);
        // The exit matters to those alone who are about to ask for leave.
        let near = 25.0 + 1.5 * v + 0.5 * v * v;
        let last = mover
            .stretches
            .iter()
            .filter(|s| s.stop_m - mover.front_m < near)
            .map(|s| s.end_m + EXIT_M - mover.front_m)
            .fold(0.0, f64::max);
        let range = (20.0 + v * v / 3.0 + v).max(last.min(140.0));
        mover.strip = strip_ahead(scene, mover.body, &mover.course, range, &follows);
    }
    // Whom those stand behind who are only reckoned with.
    for mover in movers.iter_mut().filter(|m| !m.is_managed) {
        mover.heeds = Heed::Free;
        if mover.speed_mps.abs() < STANDING_MPS {
            let strip = strip_ahead(scene, mover.body, &mover.course, STANDING_SIGHT_M, &follows);
            if let Some(first) = strip.first() {
                mover.heeds = Heed::Body(id_of(scene, first), first.gap_m);
            }
        }
    }
    give_leave(scene, movers);
    for mover in movers.iter_mut().filter(|m| m.is_managed) {
        remember(mover, period_s);
    }
    let mut accels = vec![0.0; movers.len()];
    for (index, accel_mps2) in accels.iter_mut().enumerate() {
        if movers[index].is_managed {
            let (least, heeds) = accel(scene, movers, &movers[index]);
            *accel_mps2 = least;
            movers[index].heeds = heeds;
        }
    }
    accels
}

fn find_meets(scene: &Scene, movers: &mut [Mover], cache: &mut MeetCache) {
    cache.begin();
    let mut found: Vec<Vec<Meet>> = vec![Vec::new(); movers.len()];
    for (i, a) in movers.iter().enumerate() {
        for (j, b) in movers.iter().enumerate().skip(i + 1) {
            let (body, other) = (&scene.bodies[a.body], &scene.bodies[b.body]);
            if !body.may_meet(other, 2.0) {
                continue;
            }
            let reach = |m: &Mover| [m.rear_m - 2.0, m.front_m + heed_m(m.speed_mps)];
            let windows = [reach(a), reach(b)];
            for zone in cache.between(a, b, windows) {
                let near = zone.own_m[1] > a.rear_m
                    && zone.other_m[1] > b.rear_m
                    && zone.own_m[0] < windows[0][1]
                    && zone.other_m[0] < windows[1][1];
                if near {
                    found[i].push(Meet {
                        other: j,
                        zone: *zone,
                    });
                    found[j].push(Meet {
                        other: i,
                        zone: zone.flipped(),
                    });
                }
            }
        }
    }
    for (mover, meets) in movers.iter_mut().zip(found) {
        mover.meets = meets;
    }
}

fn find_stretches(scene: &Scene, movers: &mut [Mover], index: usize) {
    let me = &movers[index];
    let to = me.front_m + heed_m(me.speed_mps) + 80.0;
    let mut all = junction_stretches(&me.course.path, me.rear_m, to, scene);
    for meet in me.meets.iter().filter(|m| m.zone.meeting == Meeting::Cross) {
        let [from, to] = meet.zone.own_m;
        let at = all
            .iter_mut()
            .find(|s| s.stop_m - 6.0 < from && from < s.end_m + 1.0);
        match at {
            Some(stretch) => {
                stretch.stop_m = stretch.stop_m.min(from - 1.0);
                stretch.end_m = stretch.end_m.max(to);
            }
            None => all.push(Stretch {
                stop_m: from - 1.5,
                end_m: to,
                priority: Priority::Equal,
                turn_rad: 0.0,
                lit: false,
                held: false,
            }),
        }
    }
    let joined = join(all, me.length_m + STAND_M);
    movers[index].stretches = joined;
}

/// Notes stops at signs and how long it waits.
fn remember(mover: &mut Mover, period_s: f64) {
    let Some(next) = mover.next_stretch().copied() else {
        mover.wait_s = 0.0;
        return;
    };
    let stands = mover.speed_mps < 0.5;
    if stands && next.priority == Priority::Stop && next.stop_m - mover.front_m < 3.0 {
        mover.stopped_at_m = Some(next.stop_m);
    }
    match mover.wait {
        Wait::Yield(_) | Wait::Exit(_) if stands => mover.wait_s += period_s,
        Wait::Light | Wait::Yield(_) | Wait::Exit(_) | Wait::Sign => {}
        Wait::Behind(_) => mover.wait_s = 0.0,
        Wait::None if mover.speed_mps > 2.0 => mover.wait_s = 0.0,
        Wait::None => {}
    }
}

/// Acceleration by everything that it must keep a gap to, m/s², and what bounds it.
fn accel(scene: &Scene, movers: &[Mover], me: &Mover) -> (f64, Heed) {
    let (params, path) = (&me.params, &me.course.path);
    let v = me.speed_mps.max(0.0);
    // Bends are the reference point's affair, which is behind the front.
    let wanted = me
        .course
        .speed_mps(scene.bodies[me.body].station_m + AHEAD_S * v);
    let mut least = free_accel(params, v, wanted);
    if v > wanted {
        // IDM alone comes down to a bend's speed only after the bend.
        least = least.min((wanted - v) / SLOWING_S).max(-HARDEST_MPS2);
    }
    let mut heed = Heed::Free;
    let mut keep = |what: Heed, gap_m: f64, speed_mps: f64| {
        let accel = following_accel(params, v, wanted, gap_m, speed_mps);
        if accel < least {
            (least, heed) = (accel, what);
        }
    };
    let to_line = |stop_m: f64| stop_m - me.front_m + LINE_GAP_M;
    for obstacle in &me.strip {
        let what = Heed::Body(id_of(scene, obstacle), obstacle.gap_m);
        keep(what, obstacle.gap_m, obstacle.speed_mps);
    }
    // Stretches without leave.
    let next = me
        .stretches
        .iter()
        .find(|s| s.end_m > me.granted_m + 0.01 && s.stop_m > me.front_m - 2.0);
    if let Some(next) = next {
        keep(Heed::Line(next.stop_m), to_line(next.stop_m).max(0.1), 0.0);
    }
    // Lights off junctions.
    for signal in &path.signals {
        let left = signal.stop_m - me.front_m;
        let alone = !path
            .junctions
            .iter()
            .any(|j| (j.start_m - signal.stop_m).abs() < 15.0);
        if !alone || !(-1.0..=120.0).contains(&left) {
            continue;
        }
        let needed = v * v / (2.0 * left.max(0.1));
        let stops = match scene.light(&signal.id) {
            Light::Red => needed < 7.5 || v < 3.0,
            Light::Yellow => needed < 3.0 && left > 0.0,
            Light::Green | Light::Dark => false,
        };
        if stops {
            keep(
                Heed::Line(signal.stop_m),
                to_line(signal.stop_m).max(0.1),
                0.0,
            );
        }
    }
    let to_end = path.length_m() - me.front_m;
    if to_end < 80.0 {
        keep(Heed::End, to_end.max(0.1), 0.0);
    }
    for meet in &me.meets {
        let other = &movers[meet.other];
        if let Some((gap, speed)) = gap_to(me, other, &meet.zone) {
            keep(Heed::Meeting(other.id, gap), gap, speed);
        }
    }
    let limit = path.sample(me.front_m).speed_limit_mps;
    for (obstacle, [begin, end]) in crossings(scene, me.body, path, &Lateral::CENTER, 4.0) {
        let reach_s = time_to_cover_s(obstacle.gap_m, v, 1.2, limit);
        let clear_s = time_to_cover_s(obstacle.gap_m + me.length_m + 1.5, v, 0.5, limit);
        let passes_before = clear_s + 0.8 < begin && v > 1.0;
        let passes_behind = reach_s > end + 1.5 && end < 3.9;
        if !passes_before && !passes_behind {
            let what = Heed::Crossing(id_of(scene, &obstacle));
            keep(what, (obstacle.gap_m - 0.5).max(0.1), obstacle.speed_mps);
        }
    }
    (least.clamp(-params.max_decel_mps2, params.accel_mps2), heed)
}

/// The stretch of a mover that a zone begins in has not been entered, and it has no leave for it. The sweep of
/// a long vehicle begins before the line: who stands at it is passed as far as the bodies allow.
fn waits_before(mover: &Mover, zone_from_m: f64) -> bool {
    let stands = mover.speed_mps < 0.5;
    mover.stretches.iter().any(|s| {
        let has_leave = mover.granted_m > s.stop_m + 1.0;
        let is_at_line = stands && !has_leave && mover.front_m < s.stop_m + LINE_M;
        let before_m = if is_at_line { SWEPT_M } else { 1.0 };
        let begins_in = s.stop_m - before_m < zone_from_m && zone_from_m < s.end_m + 1.0;
        begins_in && (is_at_line || !mover.holds(zone_from_m))
    })
}

/// What must be kept clear of because of another mover: a gap and a speed.
fn gap_to(me: &Mover, other: &Mover, zone: &Zone) -> Option<(f64, f64)> {
    if waits_before(me, zone.own_m[0]) || waits_before(other, zone.other_m[0]) {
        return None;
    }
    let (mine, theirs) = (zone.own_m[0] - me.front_m, zone.other_m[0] - other.front_m);
    let time = |m: &Mover, d: f64| time_to_cover_s(d, m.speed_mps, 1.5, 15.0);
    let other_first = match (mine <= 0.0, theirs <= 0.0) {
        (false, true) => true,
        (true, false) => false,
        // Who stands because of this one lets it go: it falls back no more.
        (true, true) if other.speed_mps < 0.5 && other.held_by == Some(me.id) => false,
        (true, true) => (zone.gap_m(me.front_m, other.front_m), me.id) > (0.0, other.id),
        (false, false) => (time(other, theirs), other.id) < (time(me, mine), me.id),
    };
    if !other_first {
        return None;
    }
    match zone.meeting {
        Meeting::Follow => {
            let gap = me.gap_to_m(other, zone);
            if mine <= 0.0 || gap > 0.5 {
                // Side by side already, one falls back gently: bodies in the strip are kept off anyway.
                return Some((gap.max(0.3), other.speed_mps.max(0.0)));
            }
            Some(((mine - 1.0 + LINE_GAP_M).max(0.1), 0.0))
        }
        Meeting::Cross if mine > 0.0 => {
            let clear_m = zone.other_m[1] - other.rear_m;
            let clear_s = clear_m / other.speed_mps.max(0.3);
            if other.speed_mps > 1.0 && clear_s + 0.5 < time(me, mine) {
                return None;
            }
            Some(((mine - 1.0 + LINE_GAP_M).max(0.1), 0.0))
        }
        Meeting::Cross => None,
    }
}

fn id_of(scene: &Scene, obstacle: &Obstacle) -> Option<ActorId> {
    let body = obstacle.body.and_then(|b| scene.bodies.get(b));
    body.map(|b| b.id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
    use sim::math::Pose;
    use sim::world::ActorSnapshot;

    use super::super::course::{Course, Extent};
    use super::*;
    use crate::path::Path;
    use crate::rules::idm::IdmParams;
    use crate::rules::scene::Body;

    #[test]
    fn who_stands_at_its_line_waits_even_where_a_sweep_reaches_before_it() {
        let actor = ActorSnapshot {
            id: ActorId(1),
            spec: Arc::new(ActorSpec::typical("car", ActorClass::Car)),
            state: ActorState::at(Pose::default(), 0.0),
            motion: Motion::Kinematic,
        };
        let path = Arc::new(Path::from_xy(&[[0.0, 0.0], [60.0, 0.0]], 1.0, 10.0));
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let course = Course::new(path.clone(), &extent, &IdmParams::default());
        let body = Body::of(&actor, Some(path), None);
        let mut mover = Mover::new(0, &body, Arc::new(course), 10.0, IdmParams::default());
        let front_m = mover.front_m;
        mover.granted_m = front_m;
        mover.stretches = vec![Stretch {
            stop_m: front_m + 0.5,
            end_m: front_m + 20.0,
            priority: Priority::GiveWay,
            turn_rad: 0.0,
            lit: false,
            held: false,
        }];
        assert!(waits_before(&mover, front_m - 2.0));
        assert!(waits_before(&mover, front_m + 5.0));
        assert!(!waits_before(&mover, front_m - 8.0), "not about that line");
        mover.granted_m = front_m + 20.5;
        assert!(!waits_before(&mover, front_m - 2.0), "it has leave");
        (mover.granted_m, mover.speed_mps) = (front_m, 2.0);
        assert!(!waits_before(&mover, front_m - 2.0), "it moves");
    }
}
