//! People on foot: they walk along sidewalks, wait at crosswalks and cross.

use std::collections::BTreeMap;

use bevy::prelude::*;
use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorClass, ActorId, ActorState};
use sim::math::{Pose, atan2, cos, hypot, sin, wrap_angle};
use sim::seed::Draw;
use sim::tick::Tick;
use sim::world::{ActorSnapshot, SignalPhase, SignalStates, WorldSnapshot};

use super::social::{self, Block, Circle};
use super::turns::CrosswalkTurns;
use super::walk_graph::{Crosswalk, WalkGraph};

/// Deceleration that a walker expects of drivers who see a foot on the crosswalk, m/s².
const YIELD_MPS2: f64 = 2.5;
/// Room that a walker leaves to vehicles, metres.
const ROOM_M: f64 = 0.25;
/// Held up for this long, a walker turns back, seconds.
const BLOCKED_S: f64 = 4.0;
/// Fastest change of heading, rad/s.
const TURN_RADPS: f64 = 3.0;

/// A person on foot and where it is going.
#[derive(Component, Clone, Debug)]
pub struct Walker {
    /// Pace, m/s.
    pub pace_mps: f64,
    /// Left of the sidewalk's middle, metres.
    pub lateral_m: f64,
    /// Node it comes from and node it goes to.
    pub leg: (usize, usize),
    waited_s: f64,
    is_waiting: bool,
    blocked_s: f64,
    rng: ChaCha8Rng,
}

impl Walker {
    /// On its way between two nodes of the world's [`WalkGraph`].
    pub fn new(leg: (usize, usize), pace_mps: f64, lateral_m: f64, rng: ChaCha8Rng) -> Self {
        Self {
            pace_mps,
            lateral_m,
            leg,
            waited_s: 0.0,
            is_waiting: false,
            blocked_s: 0.0,
            rng,
        }
    }
}

/// Whether a walker may step onto a crosswalk.
fn may_cross(crosswalk: &Crosswalk, others: &[&ActorSnapshot], lights: &SignalStates) -> bool {
    let is_red = |id: &String| matches!(lights.phase(id), SignalPhase::Red | SignalPhase::Off);
    if !crosswalk.signals.iter().all(is_red) {
        return false;
    }
    let middle = (
        (crosswalk.from.0 + crosswalk.to.0) / 2.0,
        (crosswalk.from.1 + crosswalk.to.1) / 2.0,
    );
    let half = hypot(
        crosswalk.from.0 - crosswalk.to.0,
        crosswalk.from.1 - crosswalk.to.1,
    ) / 2.0;
    others.iter().all(|other| {
        let front = other.spec.bounding_box.length_m;
        let (x, y) = other.center_xy();
        let (dx, dy) = (middle.0 - x, middle.1 - y);
        let heading = (cos(other.state.pose.yaw_rad), sin(other.state.pose.yaw_rad));
        let ahead = dx * heading.0 + dy * heading.1;
        let beside = (dy * heading.0 - dx * heading.1).abs();
        let v = other.state.speed_mps;
        // On it, or about to be: not before it has passed.
        if hypot(dx, dy) < half + front / 2.0 && (v > 0.3 || beside < half) && ahead > -front {
            return false;
        }
        let reach = v.max(0.0) * 1.2 + v * v / (2.0 * YIELD_MPS2) + front / 2.0 + 2.0;
        ahead < -1.0 || beside > half + 2.0 || ahead > reach || v < 0.3
    })
}

/// Moves every walker by one tick.
pub(super) fn walk(
    tick: Res<Tick>,
    graph: Res<WalkGraph>,
    lights: Res<SignalStates>,
    snapshot: Res<WorldSnapshot>,
    mut turns: ResMut<CrosswalkTurns>,
    mut walkers: Query<(&ActorId, &mut Walker, &mut ActorState)>,
) {
    let mut by_id: BTreeMap<ActorId, _> = walkers
        .iter_mut()
        .map(|(id, walker, state)| (*id, (walker, state)))
        .collect();
    let crossing = by_id.values().filter(|(w, _)| !w.is_waiting);
    let used = crossing.filter_map(|(w, _)| graph.crosswalk_of(w.leg));
    turns.update(used.collect(), tick.dt_s);
    let vehicles: Vec<&ActorSnapshot> = snapshot
        .actors
        .iter()
        .filter(|a| a.spec.class.is_vehicle())
        .collect();
    // Everybody on foot where he is after those before him have moved.
    let mut circles: Vec<(ActorId, Circle)> = snapshot
        .actors
        .iter()
        .filter(|a| a.spec.class == ActorClass::Pedestrian)
        .map(|a| (a.id, circle_of(a)))
        .collect();
    for (id, (walker, state)) in &mut by_id {
        let Ok(index) = circles.binary_search_by_key(id, |c| c.0) else {
            continue;
        };
        let me = circles[index].1;
        let near: Vec<Circle> = circles
            .iter()
            .filter(|(other, c)| *other != *id && is_near(&me, c.at_m, 4.0))
            .map(|(_, c)| *c)
            .collect();
        let blocks: Vec<Block> = vehicles
            .iter()
            .filter(|v| is_near(&me, center_of(v), 20.0))
            .map(|v| block_of(v))
            .collect();
        if walker.blocked_s > BLOCKED_S {
            // Somebody stands in the way: it goes back.
            walker.blocked_s = 0.0;
            walker.leg = (walker.leg.1, walker.leg.0);
        }
        let wanted = intent(
            walker,
            state,
            &graph,
            (&lights, &turns),
            &vehicles,
            tick.dt_s,
        );
        **state = step(
            walker,
            state,
            &graph,
            &me,
            (&near, &blocks),
            wanted,
            tick.dt_s,
        );
        circles[index].1.at_m = [state.pose.x_m, state.pose.y_m];
        let held = hypot(wanted[0], wanted[1]) > 0.1 && state.speed_mps < 0.1;
        walker.blocked_s = if held {
            walker.blocked_s + tick.dt_s
        } else {
            0.0
        };
    }
}

fn is_near(me: &Circle, at_m: [f64; 2], reach_m: f64) -> bool {
    (me.at_m[0] - at_m[0]).abs() < reach_m && (me.at_m[1] - at_m[1]).abs() < reach_m
}

fn center_of(actor: &ActorSnapshot) -> [f64; 2] {
    let (x, y) = actor.center_xy();
    [x, y]
}

/// The circle around the box of somebody on foot.
fn circle_of(actor: &ActorSnapshot) -> Circle {
    let b = &actor.spec.bounding_box;
    Circle {
        at_m: center_of(actor),
        radius_m: hypot(b.length_m, b.width_m) / 2.0,
    }
}

fn block_of(actor: &ActorSnapshot) -> Block {
    let (b, yaw) = (&actor.spec.bounding_box, actor.state.pose.yaw_rad);
    Block {
        at_m: center_of(actor),
        axis: [cos(yaw), sin(yaw)],
        half_m: [b.length_m / 2.0, b.width_m / 2.0],
    }
}

/// Where a walker wants to go next, and how fast: goes on to the next leg, and waits at crosswalks.
fn intent(
    walker: &mut Walker,
    state: &ActorState,
    graph: &WalkGraph,
    (lights, turns): (&SignalStates, &CrosswalkTurns),
    vehicles: &[&ActorSnapshot],
    dt_s: f64,
) -> [f64; 2] {
    let (from, to) = walker.leg;
    let (a, b) = (graph.place(from), graph.place(to));
    let way = atan2(b.1 - a.1, b.0 - a.0);
    let (c, s) = (cos(way), sin(way));
    let room_m = graph.room_m(walker.leg);
    let lateral_m = walker.lateral_m.clamp(-room_m, room_m);
    let target = (b.0 - lateral_m * s, b.1 + lateral_m * c);
    let (dx, dy) = (target.0 - state.pose.x_m, target.1 - state.pose.y_m);
    // Others may keep him from the very place.
    let left = dx * c + dy * s;
    let beside = (dy * c - dx * s).abs();
    if hypot(dx, dy) < 0.5 || (left < 0.3 && beside < 1.5) {
        let next = graph.next(from, to, &mut walker.rng);
        walker.leg = (to, next);
        walker.is_waiting = graph.crosswalk((to, next)).is_some();
        walker.waited_s = 0.0;
    }
    if walker.is_waiting {
        walker.waited_s += dt_s;
        let clear = graph.crosswalk_of(walker.leg).is_none_or(|number| {
            turns.is_open(number)
                && graph
                    .crosswalk(walker.leg)
                    .is_none_or(|c| may_cross(c, vehicles, lights))
        });
        if clear && walker.waited_s > 0.5 {
            walker.is_waiting = false;
        } else if walker.waited_s > 25.0 {
            // Nobody lets it cross: it goes back the way it came.
            walker.leg = (walker.leg.1, walker.leg.0);
            walker.leg.1 = graph.next(walker.leg.0, walker.leg.1, &mut walker.rng);
            walker.is_waiting = false;
        }
        return [0.0, 0.0];
    }
    let far = hypot(dx, dy).max(1e-6);
    [walker.pace_mps * dx / far, walker.pace_mps * dy / far]
}

/// The velocity without what would take one farther off the middle of the way than the sidewalk is wide.
fn within(graph: &WalkGraph, leg: (usize, usize), me: &Circle, v: [f64; 2], dt_s: f64) -> [f64; 2] {
    let (a, b) = (graph.place(leg.0), graph.place(leg.1));
    let way = atan2(b.1 - a.1, b.0 - a.0);
    let (c, s) = (cos(way), sin(way));
    let beside = (me.at_m[1] - a.1) * c - (me.at_m[0] - a.0) * s;
    let aside = v[1] * c - v[0] * s;
    let room_m = graph.room_m(leg);
    let leaves = beside * aside > 0.0 && (beside + aside * dt_s).abs() > room_m;
    if leaves {
        [v[0] + aside * s, v[1] - aside * c]
    } else {
        v
    }
}

/// The state after a tick: the social force's velocity, turned as fast as people turn, without a touch.
fn step(
    walker: &Walker,
    state: &ActorState,
    graph: &WalkGraph,
    me: &Circle,
    (near, blocks): (&[Circle], &[Block]),
    wanted_mps: [f64; 2],
    dt_s: f64,
) -> ActorState {
    let pose = state.pose;
    let now = [state.velocity_mps[0], state.velocity_mps[1]];
    let v = social::velocity(me, now, wanted_mps, near, dt_s);
    let v = if walker.is_waiting {
        // Who waits at the kerb is not pushed onto the road.
        [0.0, 0.0]
    } else {
        within(graph, walker.leg, me, v, dt_s)
    };
    let to = social::step(me, v.map(|c| c * dt_s), near, blocks, ROOM_M);
    let moved = [(to[0] - me.at_m[0]) / dt_s, (to[1] - me.at_m[1]) / dt_s];
    let (x_m, y_m) = (pose.x_m + moved[0] * dt_s, pose.y_m + moved[1] * dt_s);
    let speed_mps = hypot(moved[0], moved[1]);
    // People face where they want to go, and keep facing there while they wait.
    let facing = if hypot(wanted_mps[0], wanted_mps[1]) > 0.1 {
        atan2(wanted_mps[1], wanted_mps[0])
    } else {
        pose.yaw_rad
    };
    let turn = wrap_angle(facing - pose.yaw_rad).clamp(-TURN_RADPS * dt_s, TURN_RADPS * dt_s);
    let yaw_rad = wrap_angle(pose.yaw_rad + turn);
    let b = graph.place(walker.leg.1);
    let z_m = graph.height_m(walker.leg, hypot(b.0 - x_m, b.1 - y_m));
    let mut next = ActorState::at(
        Pose {
            x_m,
            y_m,
            z_m,
            yaw_rad,
            ..Pose::default()
        },
        speed_mps,
    );
    next.velocity_mps = [moved[0], moved[1], 0.0];
    next.accel_mps2 = (speed_mps - state.speed_mps) / dt_s;
    next.yaw_rate_radps = turn / dt_s;
    next
}

/// A person of everyday build and pace; children are smaller.
pub(super) fn person(name: &str, rng: &mut ChaCha8Rng) -> (sim::actor::ActorSpec, f64) {
    let mut spec = sim::actor::ActorSpec::typical(name, ActorClass::Pedestrian);
    let is_child = rng.chance(0.15);
    let scale = if is_child {
        rng.uniform(0.6, 0.8)
    } else {
        rng.uniform(0.9, 1.08)
    };
    let b = &mut spec.bounding_box;
    b.height_m *= scale;
    b.center_z_m *= scale;
    b.width_m *= scale;
    b.length_m *= scale;
    spec.mass_kg *= scale * scale;
    (spec, rng.uniform(1.0, 1.7))
}
