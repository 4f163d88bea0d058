//! People on foot: they walk along sidewalks, wait at crosswalks and cross.

use std::collections::BTreeMap;

use bevy::prelude::*;
use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorClass, ActorId, ActorState};
use sim::math::{Pose, atan2, cos, hypot, sin, wrap_angle};
use sim::road::{LanePosition, LaneType, RoadIndex, RoadNetwork, SignalOrientation};
use sim::seed::Draw;
use sim::tick::Tick;
use sim::world::{ActorSnapshot, SignalPhase, SignalStates, WorldSnapshot};

/// Distance of waypoints along sidewalks, metres.
const STEP_M: f64 = 4.0;
/// Ends of sidewalks closer than this are one place, metres.
const SAME_PLACE_M: f64 = 0.6;
/// Deceleration that a walker expects of drivers who see a foot on the crosswalk, m/s².
const YIELD_MPS2: f64 = 2.5;
/// Fastest change of heading, rad/s.
const TURN_RADPS: f64 = 3.0;

/// A way across a road.
#[derive(Clone, Debug, PartialEq)]
struct Crosswalk {
    road: RoadIndex,
    /// Lights that stop the traffic it crosses.
    signals: Vec<String>,
    from: (f64, f64),
    to: (f64, f64),
}

/// Places to walk between: nodes, and edges of which some are crosswalks.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct WalkGraph {
    nodes: Vec<(f64, f64)>,
    heights_m: Vec<f64>,
    /// By node: neighbour and, where the way crosses a road, its crosswalk.
    edges: Vec<Vec<(usize, Option<usize>)>>,
    crosswalks: Vec<Crosswalk>,
}

impl WalkGraph {
    /// Sidewalks and crosswalks of a map.
    pub fn new(map: &RoadNetwork) -> Self {
        let mut graph = Self::default();
        for road in map.road_indices() {
            graph.add_sidewalks(map, road);
        }
        for object in map.objects().iter().filter(|o| o.kind == "crosswalk") {
            graph.add_crosswalk(map, object.road, object.s_m);
        }
        graph
    }

    /// Whether there is nowhere to walk.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&mut self, pose: &Pose, join_m: f64) -> usize {
        let near = |(x, y): &(f64, f64)| hypot(x - pose.x_m, y - pose.y_m) < join_m;
        self.nodes.iter().position(near).unwrap_or_else(|| {
            self.nodes.push((pose.x_m, pose.y_m));
            self.heights_m.push(pose.z_m);
            self.edges.push(Vec::new());
            self.nodes.len() - 1
        })
    }

    fn join(&mut self, a: usize, b: usize, crosswalk: Option<usize>) {
        if a != b && !self.edges[a].iter().any(|(other, _)| *other == b) {
            self.edges[a].push((b, crosswalk));
            self.edges[b].push((a, crosswalk));
        }
    }

    fn add_sidewalks(&mut self, map: &RoadNetwork, index: RoadIndex) {
        let Some(road) = map.road(index) else { return };
        for (number, section) in road.sections.iter().enumerate() {
            let Some((from, to)) = road.section_range(number) else {
                continue;
            };
            for lane in section.lanes().filter(|l| l.kind == LaneType::Sidewalk) {
                let steps = ((to - from) / STEP_M).ceil().max(1.0) as usize;
                let mut last = None;
                for i in 0..=steps {
                    let s_m = from + (to - from) * i as f64 / steps as f64;
                    let place = map.lane_pose(&LanePosition {
                        road: index,
                        lane_id: lane.id,
                        s_m: s_m.min(to - 1e-6),
                        offset_m: 0.0,
                    });
                    let Some(place) = place.map(|p| p.pose) else {
                        continue;
                    };
                    let is_end = i == 0 || i == steps;
                    let node = self.node(&place, if is_end { SAME_PLACE_M } else { 0.0 });
                    if let Some(last) = last {
                        self.join(last, node, None);
                    }
                    last = Some(node);
                }
            }
        }
    }

    fn add_crosswalk(&mut self, map: &RoadNetwork, index: RoadIndex, s_m: f64) {
        let Some(section) = map.road(index).and_then(|r| r.section(s_m)) else {
            return;
        };
        let sides: Vec<usize> = section
            .lanes()
            .filter(|l| l.kind == LaneType::Sidewalk)
            .filter_map(|lane| {
                let position = LanePosition {
                    road: index,
                    lane_id: lane.id,
                    s_m,
                    offset_m: 0.0,
                };
                let pose = map.lane_pose(&position)?.pose;
                let gap =
                    |k: &usize| hypot(self.nodes[*k].0 - pose.x_m, self.nodes[*k].1 - pose.y_m);
                (0..self.nodes.len()).min_by(|a, b| gap(a).total_cmp(&gap(b)))
            })
            .collect();
        let [a, b] = sides[..] else { return };
        let signals = map.signals().iter().filter(|s| {
            let faces = s.orientation != SignalOrientation::Both;
            s.dynamic && s.road == index && (s.s_m - s_m).abs() < 12.0 && faces
        });
        self.crosswalks.push(Crosswalk {
            road: index,
            signals: signals.map(|s| s.id.clone()).collect(),
            from: self.nodes[a],
            to: self.nodes[b],
        });
        self.join(a, b, Some(self.crosswalks.len() - 1));
    }

    /// A node by number and a neighbour it is joined to on the same side of the road.
    pub(super) fn start(&self, node: usize, rng: &mut ChaCha8Rng) -> Option<(usize, usize)> {
        let ways = self.edges.get(node)?.iter();
        let ways: Vec<usize> = ways.filter(|w| w.1.is_none()).map(|w| w.0).collect();
        Some((node, *ways.get(rng.index(ways.len()))?))
    }

    /// Pose at the beginning of a leg.
    pub(super) fn pose(&self, leg: (usize, usize), lateral_m: f64) -> Option<Pose> {
        let (a, b) = (self.nodes.get(leg.0)?, self.nodes.get(leg.1)?);
        let yaw_rad = atan2(b.1 - a.1, b.0 - a.0);
        Some(Pose {
            x_m: a.0 - lateral_m * sin(yaw_rad),
            y_m: a.1 + lateral_m * cos(yaw_rad),
            z_m: *self.heights_m.get(leg.0)?,
            yaw_rad,
            ..Pose::default()
        })
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Height on the way to a node, `left_m` before it, metres.
    fn height_m(&self, (from, to): (usize, usize), left_m: f64) -> f64 {
        let height = |k: usize| self.heights_m.get(k).copied().unwrap_or(0.0);
        let (a, b) = (self.place(from), self.place(to));
        let done = 1.0 - left_m / hypot(b.0 - a.0, b.1 - a.1).max(0.1);
        height(from) + (height(to) - height(from)) * done.clamp(0.0, 1.0)
    }

    pub(super) fn place(&self, node: usize) -> (f64, f64) {
        self.nodes.get(node).copied().unwrap_or_default()
    }

    fn crosswalk(&self, from: usize, to: usize) -> Option<&Crosswalk> {
        let (_, crosswalk) = self
            .edges
            .get(from)?
            .iter()
            .find(|(other, _)| *other == to)?;
        self.crosswalks.get((*crosswalk)?)
    }

    /// Where to go on from `to`, coming from `from`: over a crosswalk at times, back only at an end.
    fn next(&self, from: usize, to: usize, rng: &mut ChaCha8Rng) -> usize {
        let ways = self.edges.get(to).map_or(&[][..], Vec::as_slice);
        let crossings: Vec<usize> = ways
            .iter()
            .filter(|(k, c)| *k != from && c.is_some())
            .map(|(k, _)| *k)
            .collect();
        if !crossings.is_empty() && rng.chance(0.6) {
            return crossings[rng.index(crossings.len())];
        }
        let on: Vec<usize> = ways
            .iter()
            .filter(|(k, c)| *k != from && c.is_none())
            .map(|(k, _)| *k)
            .collect();
        on.get(rng.index(on.len())).copied().unwrap_or(from)
    }
}

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
    mut walkers: Query<(&ActorId, &mut Walker, &mut ActorState)>,
) {
    let mut by_id: BTreeMap<ActorId, _> = walkers
        .iter_mut()
        .map(|(id, walker, state)| (*id, (walker, state)))
        .collect();
    let vehicles: Vec<&ActorSnapshot> = snapshot
        .actors
        .iter()
        .filter(|a| a.spec.class.is_vehicle() && a.state.speed_mps.abs() > 0.05)
        .collect();
    for (walker, state) in by_id.values_mut() {
        **state = step(walker, state, &graph, &lights, &vehicles, tick.dt_s);
    }
}

fn step(
    walker: &mut Walker,
    state: &ActorState,
    graph: &WalkGraph,
    lights: &SignalStates,
    vehicles: &[&ActorSnapshot],
    dt_s: f64,
) -> ActorState {
    let (from, to) = walker.leg;
    let (a, b) = (graph.place(from), graph.place(to));
    let way = atan2(b.1 - a.1, b.0 - a.0);
    let target = (
        b.0 - walker.lateral_m * sin(way),
        b.1 + walker.lateral_m * cos(way),
    );
    let pose = state.pose;
    let (dx, dy) = (target.0 - pose.x_m, target.1 - pose.y_m);
    let mut wanted = walker.pace_mps;
    if hypot(dx, dy) < 0.5 {
        let next = graph.next(from, to, &mut walker.rng);
        walker.leg = (to, next);
        walker.is_waiting = graph.crosswalk(to, next).is_some();
        walker.waited_s = 0.0;
    }
    if walker.is_waiting {
        walker.waited_s += dt_s;
        let clear = graph
            .crosswalk(walker.leg.0, walker.leg.1)
            .is_none_or(|c| may_cross(c, vehicles, lights));
        if clear && walker.waited_s > 0.5 {
            walker.is_waiting = false;
        } else if walker.waited_s > 25.0 {
            // Nobody lets it cross: it goes back the way it came.
            walker.leg = (walker.leg.1, walker.leg.0);
            walker.leg.1 = graph.next(walker.leg.0, walker.leg.1, &mut walker.rng);
            walker.is_waiting = false;
        }
        wanted = 0.0;
    }
    let turn =
        wrap_angle(atan2(dy, dx) - pose.yaw_rad).clamp(-TURN_RADPS * dt_s, TURN_RADPS * dt_s);
    let yaw_rad = wrap_angle(pose.yaw_rad + if walker.is_waiting { 0.0 } else { turn });
    // It slows down while it turns about.
    let facing = cos(wrap_angle(atan2(dy, dx) - yaw_rad)).max(0.15);
    let change = 2.0 * dt_s;
    let speed_mps = state.speed_mps + (wanted * facing - state.speed_mps).clamp(-change, change);
    let (x_m, y_m) = (
        pose.x_m + speed_mps * cos(yaw_rad) * dt_s,
        pose.y_m + speed_mps * sin(yaw_rad) * dt_s,
    );
    let left_m = hypot(target.0 - x_m, target.1 - y_m);
    let z_m = graph.height_m((from, to), left_m);
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
    next.accel_mps2 = (speed_mps - state.speed_mps) / dt_s;
    next.yaw_rate_radps = wrap_angle(yaw_rad - pose.yaw_rad) / dt_s;
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
