//! Who gets leave to enter a junction: signs, lights, right before left, gaps, and room behind it.
//!
//! Conflict zones are held like the slots of a reservation scheme (Dresner and Stone, A Multiagent
//! Approach to Autonomous Intersection Management, 2008): a vehicle gets all zones of a stretch at once or
//! waits at the line, and only where there is room for it behind the stretch. Nobody who holds a zone
//! waits for a zone, so that no circle of holders can arise.

use sim::actor::ActorId;

use super::mover::{LINE_M, Mover, Stretch, Wait};
use super::zones::{Meeting, Zone};
use crate::path::Priority;
use crate::rules::conflict::time_to_cover_s;
use crate::rules::corridor::Obstacle;
use crate::rules::scene::Scene;

/// Accelerations that a crossing is reckoned with: of who must be out in time, of who may come, m/s².
const SLOW_MPS2: f64 = 1.0;
const QUICK_MPS2: f64 = 1.8;
/// Time between one who clears a zone and the next who enters it, seconds.
const AFTER_S: f64 = 0.7;
/// The same before somebody who comes with the right of way, seconds.
const BEFORE_S: f64 = 1.5;
/// Waiting longer than this, one is let in: where all are equal, and against a main road, seconds.
const PATIENCE_EQUAL_S: f64 = 6.0;
const PATIENCE_MINOR_S: f64 = 15.0;
/// The same in a circle that waits for itself, seconds.
const PATIENCE_CIRCLE_S: f64 = 3.0;
/// How far behind a stretch its exit is looked at, metres.
const EXIT_M: f64 = 60.0;
/// Slower than this, what is ahead may be a queue, m/s.
const QUEUE_MPS: f64 = 2.0;
/// Longest chain of vehicles that wait for one another that is followed.
const LONGEST_CHAIN: usize = 60;
/// Room for one more vehicle, metres.
const PLACE_M: f64 = 7.5;
/// Gap of standing vehicles, metres.
const QUEUE_GAP_M: f64 = 2.2;

/// Whether it has waited so long that others let it in.
pub fn is_urgent(mover: &Mover, stretch: &Stretch) -> bool {
    let patience = match stretch.priority {
        Priority::Equal | Priority::Main => PATIENCE_EQUAL_S,
        Priority::GiveWay | Priority::Stop => PATIENCE_MINOR_S,
    };
    mover.wait_s > patience
}

/// How far before a line leave is asked for, metres.
fn asking_m(mover: &Mover) -> f64 {
    let v = mover.speed_mps.max(0.0);
    15.0 + 1.5 * v + v * v / (2.0 * mover.params.decel_mps2.max(0.5))
}

/// Earliest and latest times at which a mover can be at a station or past it, seconds.
fn earliest_s(mover: &Mover, distance_m: f64) -> f64 {
    let limit = mover.course.speed_mps(mover.front_m + distance_m.max(0.0));
    let top = (limit + 1.0).max(mover.speed_mps);
    time_to_cover_s(distance_m, mover.speed_mps, QUICK_MPS2, top)
}

fn latest_s(mover: &Mover, distance_m: f64) -> f64 {
    let limit = mover.course.speed_mps(mover.front_m + distance_m.max(0.0));
    let v = mover.speed_mps.max(0.0);
    time_to_cover_s(distance_m, v.min(limit), SLOW_MPS2, limit)
}

/// Decides about everybody's next stretches; fills in `granted_m` and `wait`.
pub fn give_leave(scene: &Scene, movers: &mut [Mover]) {
    let mut asking: Vec<(usize, f64)> = Vec::new();
    for (index, mover) in movers.iter_mut().enumerate() {
        mover.wait = Wait::None;
        if !mover.is_managed {
            continue;
        }
        // Where it is in already, it goes on.
        let inside = mover
            .stretches
            .iter()
            .filter(|s| {
                mover.is_past(s.stop_m)
                    && (s.stop_m <= mover.front_m - LINE_M || mover.granted_m >= s.end_m - 0.1)
            })
            .map(|s| s.end_m)
            .fold(f64::MIN, f64::max);
        let next = mover.stretches.iter().find(|s| s.end_m > inside + 0.01);
        mover.had_leave = next.is_some_and(|s| mover.granted_m >= s.end_m - 0.1);
        mover.held_m = mover.granted_m;
        mover.granted_m = inside.max(mover.front_m);
        if let Some(next) = next {
            let left = next.stop_m - mover.front_m;
            if left < asking_m(mover) {
                asking.push((index, left));
            }
        }
    }
    let mut order: Vec<(usize, [f64; 5])> = asking
        .iter()
        .filter_map(|(index, left)| {
            let mover = &movers[*index];
            let stretch = next_wanted(mover)?;
            let urgent = is_urgent(mover, stretch);
            let class = if stretch.lit {
                1.0
            } else {
                f64::from(stretch.priority as u8)
            };
            let arrival = time_to_cover_s(*left, mover.speed_mps, QUICK_MPS2, 15.0);
            let key = [
                if urgent { -mover.wait_s } else { 0.0 },
                if mover.had_leave { 0.0 } else { 1.0 },
                class,
                if stretch.turn_rad > 0.6 { 1.0 } else { 0.0 },
                (arrival - mover.wait_s.min(30.0)).max(-30.0),
            ];
            Some((*index, key))
        })
        .collect();
    order.sort_by(|(i, a), (j, b)| {
        let keys = a.iter().zip(b).map(|(x, y)| x.total_cmp(y));
        keys.fold(std::cmp::Ordering::Equal, |o, k| o.then(k))
            .then(movers[*i].id.cmp(&movers[*j].id))
    });
    let wants: Vec<bool> = (0..movers.len())
        .map(|i| asking.iter().any(|(k, _)| *k == i))
        .collect();
    for (index, _) in order {
        let mut granted = movers[index].granted_m;
        let mut wait = Wait::None;
        loop {
            let me = &movers[index];
            let Some(stretch) = me.stretches.iter().find(|s| s.end_m > granted + 0.01) else {
                break;
            };
            if stretch.stop_m - me.front_m > asking_m(me) {
                break;
            }
            match may_enter(scene, movers, &wants, index, stretch) {
                Wait::None => granted = stretch.end_m,
                why => {
                    wait = why;
                    break;
                }
            }
        }
        movers[index].granted_m = granted;
        movers[index].wait = wait;
    }
}

/// The stretch that it wants to enter next.
fn next_wanted(mover: &Mover) -> Option<&Stretch> {
    mover
        .stretches
        .iter()
        .find(|s| s.end_m > mover.granted_m + 0.01)
}

fn may_enter(
    scene: &Scene,
    movers: &[Mover],
    wants: &[bool],
    index: usize,
    stretch: &Stretch,
) -> Wait {
    let me = &movers[index];
    if stretch.held {
        return Wait::Light;
    }
    let stopped = me
        .stopped_at_m
        .is_some_and(|m| (m - stretch.stop_m).abs() < 3.0);
    if stretch.priority == Priority::Stop && !stretch.lit && !stopped {
        return Wait::Sign;
    }
    for obstacle in &me.strip {
        let Some(before) = mover_of(movers, obstacle.body) else {
            continue;
        };
        let rear = me.front_m + obstacle.gap_m;
        // It stands before the line itself.
        let is_before = rear + before.length_m < stretch.stop_m + LINE_M;
        if is_before && before.is_managed && matches_line(before) {
            return Wait::Behind(before.id);
        }
    }
    // Where everybody in a circle waits for room behind the next one, as in a full roundabout, all go on.
    let turns = me.wait_s > PATIENCE_CIRCLE_S && is_in_circle(movers, me);
    if let Some(full) = exit_is_full(scene, movers, me, stretch).filter(|_| !turns) {
        return Wait::Exit(full);
    }
    let urgent = is_urgent(me, stretch);
    for meet in &me.meets {
        let zone = &meet.zone;
        let within = zone.own_m[0] < stretch.end_m + 0.5 && zone.own_m[1] > stretch.stop_m - 1.0;
        if !within || me.front_m > zone.own_m[0] {
            continue;
        }
        let other = &movers[meet.other];
        if other.holds(zone.other_m[0]) {
            // A holder that stands behind this one, before the zone, would wait for ever.
            let held_before = other.held_m > zone.other_m[0] && other.front_m < zone.other_m[0];
            let is_behind = held_before && waits_for(movers, other, me.id);
            if !is_behind && !passes_holder(me, other, zone) {
                return Wait::Yield(other.id);
            }
            continue;
        }
        let Some(theirs) = stretch_at(other, zone.other_m[0]) else {
            continue;
        };
        let may_come =
            !theirs.held && !matches!(other.wait, Wait::Light | Wait::Sign | Wait::Behind(_));
        let full = matches!(other.wait, Wait::Exit(_));
        // Who has waited longest is the next, wherever that takes nothing from who can go before him.
        let claims = is_urgent(other, theirs)
            && (!urgent || (other.wait_s, me.id) > (me.wait_s, other.id))
            && wants[meet.other];
        if claims
            && may_come
            && (zone.meeting == Meeting::Follow || !full)
            && !waits_for(movers, other, me.id)
        {
            return Wait::Yield(other.id);
        }
        if !urgent
            && may_come
            && !full
            && outranks(other, theirs, me, stretch, zone)
            && !fits_before(me, other, zone, patience_margin_s(me))
            && !waits_for(movers, other, me.id)
        {
            return Wait::Yield(other.id);
        }
    }
    Wait::None
}

/// Whether somebody waits, by whom he waits for and so on, for one: who waits for him in turn would wait for
/// ever.
fn waits_for(movers: &[Mover], from: &Mover, id: ActorId) -> bool {
    let mut at = from;
    for _ in 0..LONGEST_CHAIN {
        let Some(next) = at.held_by.filter(|_| at.speed_mps < 1.0) else {
            return false;
        };
        if next == id {
            return true;
        }
        let Ok(index) = movers.binary_search_by_key(&next, |m| m.id) else {
            return false;
        };
        at = &movers[index];
    }
    false
}

/// Whether everybody in a circle waits for the next, this one among them.
pub fn is_in_circle(movers: &[Mover], me: &Mover) -> bool {
    waits_for(movers, me, me.id)
}

/// Gaps that one accepts shrink while one waits.
fn patience_margin_s(me: &Mover) -> f64 {
    (BEFORE_S - 0.05 * me.wait_s).max(0.6)
}

fn mover_of(movers: &[Mover], body: Option<usize>) -> Option<&Mover> {
    let body = body?;
    movers
        .binary_search_by_key(&body, |m| m.body)
        .ok()
        .map(|i| &movers[i])
}

/// Whether it waits at its line without leave.
fn matches_line(mover: &Mover) -> bool {
    next_wanted(mover).is_some_and(|s| s.stop_m - mover.front_m < asking_m(mover))
}

fn stretch_at(mover: &Mover, station_m: f64) -> Option<&Stretch> {
    mover
        .stretches
        .iter()
        .find(|s| s.stop_m - 1.0 < station_m && station_m < s.end_m + 1.0)
}

/// Whether the other has the right of way where neither holds the zone.
fn outranks(other: &Mover, theirs: &Stretch, me: &Mover, mine: &Stretch, zone: &Zone) -> bool {
    let class = |s: &Stretch| if s.lit { Priority::Equal } else { s.priority };
    let (a, b) = (class(theirs), class(mine));
    if a != b {
        return a < b;
    }
    let against = zone.angle_rad.abs() > 2.3;
    let left = |s: &Stretch| s.turn_rad > 0.6;
    if left(theirs) != left(mine) && (against || zone.meeting == Meeting::Follow) {
        return left(mine);
    }
    if mine.lit || a != Priority::Equal {
        return other.id < me.id && !other.is_managed;
    }
    // Right before left: who comes from the right heads to the left across one's way.
    (0.4..2.7).contains(&zone.angle_rad)
}

/// Whether leave can be given besides a holder of the zone.
fn passes_holder(me: &Mover, other: &Mover, zone: &Zone) -> bool {
    let to_zone = zone.own_m[0] - me.front_m;
    let other_to_zone = zone.other_m[0] - other.front_m;
    if zone.meeting == Meeting::Follow {
        // Behind it: the gap along the common way.
        let gap = me.gap_to_m(other, zone);
        let (v, u) = (me.speed_mps.max(0.0), other.speed_mps.max(0.0));
        let needed = 1.0 + ((v * v - u * u) / (2.0 * 2.5)).max(0.0);
        return gap > needed || fits_before(me, other, zone, BEFORE_S);
    }
    let clear_m = zone.other_m[1] - other.rear_m;
    let clears = other.speed_mps > 1.5 && !matches!(other.wait, Wait::Exit(_) | Wait::Yield(_));
    if clears && latest_s(other, clear_m) + AFTER_S < earliest_s(me, to_zone) {
        return true;
    }
    other_to_zone > 0.0 && fits_before(me, other, zone, BEFORE_S)
}

/// Whether one is out of a zone (or well ahead in it) before the other comes.
fn fits_before(me: &Mover, other: &Mover, zone: &Zone, margin_s: f64) -> bool {
    let other_to_zone = zone.other_m[0] - other.front_m;
    if other_to_zone <= 0.0 {
        return false;
    }
    let their_in = earliest_s(other, other_to_zone);
    match zone.meeting {
        Meeting::Cross => {
            let out_m = zone.own_m[1] - me.rear_m;
            latest_s(me, out_m) + margin_s < their_in
        }
        Meeting::Follow => {
            let in_m = zone.own_m[0] - me.front_m + me.length_m + 2.0;
            let my_in = latest_s(me, in_m);
            let mine_then =
                (me.speed_mps + SLOW_MPS2 * my_in).min(me.course.speed_mps(zone.own_m[0]));
            // The other loses what it is faster by at a comfortable braking.
            let closing = (other.speed_mps - mine_then).max(0.0);
            my_in + margin_s + closing / 2.0 < their_in
        }
    }
}

/// Whether there is no room for it behind the stretch; who takes it.
fn exit_is_full(
    scene: &Scene,
    movers: &[Mover],
    me: &Mover,
    stretch: &Stretch,
) -> Option<Option<ActorId>> {
    let end = stretch.end_m;
    let next = me
        .stretches
        .iter()
        .find(|s| s.stop_m > stretch.stop_m + 0.01)
        .map(|s| s.stop_m)
        .filter(|m| *m < end + EXIT_M);
    // Everybody who gets there before it needs room, too: first those who join from elsewhere.
    let mut needed = me.length_m + 1.0;
    // Who comes in from a minor road leaves a place free before the next line, so that those inside of a
    // roundabout can go on round it.
    let is_minor = matches!(stretch.priority, Priority::GiveWay | Priority::Stop) && !stretch.lit;
    if is_minor && next.is_some_and(|n| n - end > needed + PLACE_M) {
        needed += PLACE_M;
    }
    let mut by = None;
    let in_strip = |body: usize| me.strip.iter().any(|o| o.body == Some(body));
    // Who is on the common way already: rear and speed, as in the strip.
    let mut ahead: Vec<Obstacle> = me.strip.clone();
    let mut joined: Vec<usize> = Vec::new();
    for meet in &me.meets {
        let (other, zone) = (&movers[meet.other], &meet.zone);
        let joins = zone.meeting == Meeting::Follow
            && zone.own_m[0] < end + 1.0
            && zone.own_m[1] > end + 1.0
            && zone.own_m[0] > me.front_m
            && other.holds(zone.other_m[0])
            && !in_strip(other.body)
            && !joined.contains(&meet.other)
            // Who stands behind this one comes after it.
            && !waits_for(movers, other, me.id);
        if !joins {
            continue;
        }
        joined.push(meet.other);
        if other.front_m > zone.other_m[0] {
            ahead.push(Obstacle {
                gap_m: me.gap_to_m(other, zone),
                speed_mps: other.speed_mps.max(0.0),
                body: Some(other.body),
            });
        } else if !fits_before(me, other, zone, BEFORE_S) {
            needed += other.length_m + QUEUE_GAP_M;
            by = by.or(Some(other.id));
        }
    }
    ahead.sort_by(|a, b| a.gap_m.total_cmp(&b.gap_m));
    for obstacle in &ahead {
        let rear = me.front_m + obstacle.gap_m;
        if rear > end + EXIT_M {
            break;
        }
        let before = mover_of(movers, obstacle.body);
        let id = obstacle
            .body
            .and_then(|b| scene.bodies.get(b))
            .map(|b| b.id);
        // Where its rear may come to rest: here, or before the next line that it has no leave for.
        let rest = if obstacle.speed_mps < QUEUE_MPS {
            (rear > stretch.stop_m - 1.0).then_some(rear)
        } else {
            before
                .and_then(next_wanted)
                .zip(before)
                .map(|(s, m)| rear + (s.stop_m - m.front_m).max(0.0))
        };
        if rest.is_some_and(|r| r < end + EXIT_M && r - 1.0 - end < needed) {
            return Some(id);
        }
        let Some(before) = before else { continue };
        let goes_on = next.is_some_and(|n| {
            before.granted_m - before.front_m > (n - rear - before.length_m).max(0.0) + 1.0
        });
        if !goes_on {
            needed += before.length_m + QUEUE_GAP_M;
            by = by.or(id);
        }
    }
    next.is_some_and(|n| n - end < needed).then_some(by)
}
