//! Where people walk: along sidewalks and over crosswalks.

use bevy::prelude::*;
use rand_chacha::ChaCha8Rng;
use sim::math::{Pose, atan2, cos, hypot, sin};
use sim::road::{LanePosition, LaneType, RoadIndex, RoadNetwork, SignalOrientation};
use sim::seed::Draw;

/// Distance of waypoints along sidewalks, metres.
const STEP_M: f64 = 4.0;
/// Ends of sidewalks closer than this are one place, metres.
const SAME_PLACE_M: f64 = 0.6;
/// Nobody is pushed farther off the middle of a sidewalk than this, nor off that of a crosswalk, metres.
const BESIDE_M: f64 = 0.75;
const BESIDE_CROSSWALK_M: f64 = 1.3;
/// They keep this far from its edge, and do not walk where it is narrower than this, metres.
const EDGE_M: f64 = 0.35;
const NARROWEST_M: f64 = 0.9;

/// A way across a road.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Crosswalk {
    pub(super) road: RoadIndex,
    /// Lights that stop the traffic it crosses.
    pub(super) signals: Vec<String>,
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
}

/// Places to walk between: nodes, and edges of which some are crosswalks.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct WalkGraph {
    nodes: Vec<(f64, f64)>,
    heights_m: Vec<f64>,
    /// Half the width of the sidewalk at each node, metres.
    halves_m: Vec<f64>,
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
        for crosswalk in map.crosswalks() {
            graph.add_crosswalk(map, crosswalk.road, crosswalk.s_m);
        }
        graph
    }

    /// Whether there is nowhere to walk.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&mut self, pose: &Pose, half_m: f64, join_m: f64) -> usize {
        let near = |(x, y): &(f64, f64)| hypot(x - pose.x_m, y - pose.y_m) < join_m;
        self.nodes.iter().position(near).unwrap_or_else(|| {
            self.nodes.push((pose.x_m, pose.y_m));
            self.heights_m.push(pose.z_m);
            self.halves_m.push(half_m);
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
                    let width_m = map.lane_width(index, s_m.min(to - 1e-6), lane.id);
                    let width_m = width_m.unwrap_or(0.0);
                    // Where a sidewalk as mapped leads over a lane for traffic, nobody walks.
                    let is_open = width_m >= NARROWEST_M
                        && !map.is_drivable(place.x_m, place.y_m, Some(place.z_m));
                    if !is_open {
                        last = None;
                        continue;
                    }
                    let join_m = if is_end { SAME_PLACE_M } else { 0.0 };
                    let node = self.node(&place, 0.5 * width_m, join_m);
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
            s.is_vehicle_light() && s.road == index && (s.s_m - s_m).abs() < 12.0 && faces
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
        let room_m = self.room_m(leg);
        let lateral_m = lateral_m.clamp(-room_m, room_m);
        Some(Pose {
            x_m: a.0 - lateral_m * sin(yaw_rad),
            y_m: a.1 + lateral_m * cos(yaw_rad),
            z_m: *self.heights_m.get(leg.0)?,
            yaw_rad,
            ..Pose::default()
        })
    }

    /// How far one may get off the middle of a leg, metres.
    pub(super) fn room_m(&self, (from, to): (usize, usize)) -> f64 {
        if self.crosswalk((from, to)).is_some() {
            return BESIDE_CROSSWALK_M;
        }
        let half = |k: usize| self.halves_m.get(k).copied().unwrap_or(0.0);
        (half(from).min(half(to)) - EDGE_M).clamp(0.0, BESIDE_M)
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Height on the way to a node, `left_m` before it, metres.
    pub(super) fn height_m(&self, (from, to): (usize, usize), left_m: f64) -> f64 {
        let height = |k: usize| self.heights_m.get(k).copied().unwrap_or(0.0);
        let (a, b) = (self.place(from), self.place(to));
        let done = 1.0 - left_m / hypot(b.0 - a.0, b.1 - a.1).max(0.1);
        height(from) + (height(to) - height(from)) * done.clamp(0.0, 1.0)
    }

    pub(super) fn place(&self, node: usize) -> (f64, f64) {
        self.nodes.get(node).copied().unwrap_or_default()
    }

    /// Number of the crosswalk that a leg leads over.
    pub(super) fn crosswalk_of(&self, (from, to): (usize, usize)) -> Option<usize> {
        let mut ways = self.edges.get(from)?.iter();
        ways.find(|(other, _)| *other == to)?.1
    }

    /// The crosswalk that a leg leads over.
    pub(super) fn crosswalk(&self, leg: (usize, usize)) -> Option<&Crosswalk> {
        self.crosswalks.get(self.crosswalk_of(leg)?)
    }

    /// Where to go on from `to`, coming from `from`: over a crosswalk at times, back only at an end.
    pub(super) fn next(&self, from: usize, to: usize, rng: &mut ChaCha8Rng) -> usize {
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
