//! The lane graph: which lane leads to which, in driving direction.

use std::collections::BTreeSet;

use super::Lane;
use super::network::{Problem, RoadIndex, RoadNetwork};
use super::road::{ContactPoint, LinkTarget, Road};

/// Linked lane ends farther apart than this are not joined, metres.
pub(super) const LARGEST_GAP_M: f64 = 8.0;

/// Where a road joins another one between its ends a lane section starts this near, metres.
const NEAR_M: f64 = 0.02;

/// A lane of one lane section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey {
    /// The road.
    pub road: RoadIndex,
    /// Index of the lane section.
    pub section: u32,
    /// The lane.
    pub lane_id: i32,
}

/// Edges between lanes, both ways, sorted.
#[derive(Debug, Default)]
pub(super) struct LaneGraph {
    next: Box<[(LaneKey, LaneKey)]>,
    previous: Box<[(LaneKey, LaneKey)]>,
}

impl LaneGraph {
    /// Edges of all links but those whose ends lie apart, which are reported.
    pub fn new(network: &RoadNetwork) -> (Self, Vec<Problem>) {
        let mut edges = BTreeSet::new();
        let mut problems = Vec::new();
        for (index, road) in network.roads.iter().enumerate() {
            for (section, lanes) in road.sections.iter().enumerate() {
                for lane in lanes.lanes() {
                    let key = LaneKey {
                        road: RoadIndex(index as u32),
                        section: section as u32,
                        lane_id: lane.id,
                    };
                    for end in [ContactPoint::Start, ContactPoint::End] {
                        for (other, contact) in network.joined_lanes(key, end) {
                            let gap_m = network.gap_m((key, end), (other, contact));
                            if gap_m > LARGEST_GAP_M {
                                // Once, where both ends state the link.
                                let told = (other, contact) < (key, end)
                                    && network.joined_lanes(other, contact).contains(&(key, end));
                                if !told {
                                    problems.push(apart(network, road, lane, other, gap_m));
                                }
                                continue;
                            }
                            match (
                                network.leaves_at(key, end),
                                network.leaves_at(other, contact),
                            ) {
                                (true, false) => edges.insert((key, other)),
                                (false, true) => edges.insert((other, key)),
                                _ => false,
                            };
                        }
                    }
                }
            }
        }
        let mut previous: Vec<_> = edges.iter().map(|(a, b)| (*b, *a)).collect();
        previous.sort_unstable();
        let graph = Self {
            next: edges.into_iter().collect(),
            previous: previous.into_boxed_slice(),
        };
        (graph, problems)
    }
}

fn apart(network: &RoadNetwork, road: &Road, lane: &Lane, other: LaneKey, gap_m: f64) -> Problem {
    let to = network.road(other.road).map_or("", |r| r.id.as_str());
    let text = format!(
        "lane {} of road {} is linked to lane {} of road {to}, which lies {gap_m:.1} m away",
        lane.id, road.id, other.lane_id,
    );
    Problem::new(lane.line, text)
}

fn edges_of(edges: &[(LaneKey, LaneKey)], key: LaneKey) -> impl Iterator<Item = LaneKey> + '_ {
    let from = edges.partition_point(|(a, _)| *a < key);
    edges
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(move |(a, _)| *a == key)
        .map(|(_, b)| *b)
}

impl RoadNetwork {
    /// Lanes that traffic may go on to at the end of a lane, by key.
    pub fn successors(&self, lane: LaneKey) -> impl Iterator<Item = LaneKey> + '_ {
        edges_of(&self.graph.next, lane)
    }

    /// Lanes that traffic comes from at the beginning of a lane, by key.
    pub fn predecessors(&self, lane: LaneKey) -> impl Iterator<Item = LaneKey> + '_ {
        edges_of(&self.graph.previous, lane)
    }

    /// The lane to the left in driving direction, where it is drivable and runs the same way.
    pub fn left_neighbour(&self, lane: LaneKey) -> Option<LaneKey> {
        self.neighbour(lane, 1)
    }

    /// The lane to the right in driving direction, where it is drivable and runs the same way.
    pub fn right_neighbour(&self, lane: LaneKey) -> Option<LaneKey> {
        self.neighbour(lane, -1)
    }

    fn neighbour(&self, lane: LaneKey, side: i32) -> Option<LaneKey> {
        let road = self.road(lane.road)?;
        let direction = road.driving_direction(lane.lane_id);
        let mut id = lane.lane_id.checked_add(side * direction)?;
        if id == 0 {
            id = side * direction;
        }
        let section = road.sections.get(lane.section as usize)?;
        (section.lane(id)?.kind.is_drivable() && road.driving_direction(id) == direction).then_some(
            LaneKey {
                lane_id: id,
                ..lane
            },
        )
    }

    /// The key of the lane at a station.
    pub fn lane_key(&self, road: RoadIndex, s_m: f64, lane_id: i32) -> Option<LaneKey> {
        let found = self.road(road)?;
        let section = found.section_index(s_m);
        found.sections.get(section)?.lane(lane_id)?;
        Some(LaneKey {
            road,
            section: section as u32,
            lane_id,
        })
    }

    /// Start and end of a lane in s, metres, in driving direction (from > to against s).
    pub fn lane_range_m(&self, lane: LaneKey) -> Option<(f64, f64)> {
        let road = self.road(lane.road)?;
        let (start, end) = road.section_range(lane.section as usize)?;
        Some(if road.driving_direction(lane.lane_id) > 0 {
            (start, end)
        } else {
            (end, start)
        })
    }

    pub(super) fn leaves_at(&self, lane: LaneKey, end: ContactPoint) -> bool {
        (self.driving_direction(lane.road, lane.lane_id) > 0) == (end == ContactPoint::End)
    }

    /// Distance between the middles of two lane ends, metres; infinite where one can't be computed.
    pub(super) fn gap_m(&self, a: (LaneKey, ContactPoint), b: (LaneKey, ContactPoint)) -> f64 {
        let at = |(key, end): (LaneKey, ContactPoint)| {
            let road = self.road(key.road)?;
            let (start, stop) = road.section_range(key.section as usize)?;
            // Just inside, for a section's end belongs to the next one.
            let s = match end {
                ContactPoint::Start => start,
                ContactPoint::End => (stop - 1e-9).max(start),
            };
            let (t, _) = road.lane_middle(s, key.lane_id)?;
            Some(road.surface(s, t, 0.0)[0])
        };
        match (at(a), at(b)) {
            (Some(p), Some(q)) if (p - q).norm().is_finite() => (p - q).norm(),
            _ => f64::INFINITY,
        }
    }

    /// Lanes joined to one end of a lane, each with its own end.
    pub(super) fn joined_lanes(
        &self,
        key: LaneKey,
        end: ContactPoint,
    ) -> Vec<(LaneKey, ContactPoint)> {
        let at_end = end == ContactPoint::End;
        let Some(road) = self.road(key.road) else {
            return Vec::new();
        };
        let Some(section) = road.sections.get(key.section as usize) else {
            return Vec::new();
        };
        let Some(lane) = section.lane(key.lane_id) else {
            return Vec::new();
        };
        let links = if at_end {
            &lane.successors
        } else {
            &lane.predecessors
        };
        let unlinked = links.is_empty()
            && section.lanes().all(|l| {
                if at_end {
                    &l.successors
                } else {
                    &l.predecessors
                }
                .is_empty()
            });
        // Within the road.
        let inner = if at_end {
            key.section
                .checked_add(1)
                .filter(|i| (*i as usize) < road.sections.len())
        } else {
            key.section.checked_sub(1)
        };
        if let Some(section) = inner {
            let contact = if at_end {
                ContactPoint::Start
            } else {
                ContactPoint::End
            };
            let same = [key.lane_id];
            let ids = if unlinked { &same[..] } else { links };
            return self.existing(key.road, section, ids, contact);
        }
        let link = if at_end {
            road.successor
        } else {
            road.predecessor
        };
        if let Some((LinkTarget::Road(main, _), Some(beside))) = link.map(|l| (l.target, l.beside))
        {
            return self.beside(key, end, links, (main, beside));
        }
        match link.map(|l| l.target) {
            None => Vec::new(),
            Some(LinkTarget::Road(other, contact)) => {
                let guess = [if contact == end {
                    -key.lane_id
                } else {
                    key.lane_id
                }];
                let ids = if unlinked { &guess[..] } else { links };
                self.existing(other, self.section_at(other, contact), ids, contact)
            }
            Some(LinkTarget::Junction(junction)) => {
                let mut joined = Vec::new();
                for c in self.junction(junction).map_or(&[][..], |j| &j.connections) {
                    if c.incoming == key.road && self.meets(c.connecting, c.contact, key.road, end)
                    {
                        let mut ids: Vec<i32> = c
                            .lane_links
                            .iter()
                            .filter(|(from, _)| *from == key.lane_id)
                            .map(|(_, to)| *to)
                            .collect();
                        // Without lane links lanes of one id are joined.
                        if c.lane_links.is_empty() {
                            let same = c.contact != end;
                            ids.push(if same { key.lane_id } else { -key.lane_id });
                        }
                        let section = self.section_at(c.connecting, c.contact);
                        joined.extend(self.existing(c.connecting, section, &ids, c.contact));
                    }
                    // A direct junction joins two ordinary roads, both of which name it.
                    if c.connecting == key.road && c.contact == end && road.junction.is_none() {
                        let ids: Vec<i32> = c
                            .lane_links
                            .iter()
                            .filter(|(_, to)| *to == key.lane_id)
                            .map(|(from, _)| *from)
                            .collect();
                        let target = Some(LinkTarget::Junction(junction));
                        for contact in [ContactPoint::Start, ContactPoint::End] {
                            if self.link_at(c.incoming, contact) == target {
                                let section = self.section_at(c.incoming, contact);
                                joined.extend(self.existing(c.incoming, section, &ids, contact));
                            }
                        }
                    }
                }
                joined
            }
        }
    }

    /// Lanes of a road that this one joins between its ends, which end or start there.
    fn beside(
        &self,
        key: LaneKey,
        end: ContactPoint,
        links: &[i32],
        (main, (s_m, direction)): (RoadIndex, (f64, i32)),
    ) -> Vec<(LaneKey, ContactPoint)> {
        let Some(road) = self.road(main) else {
            return Vec::new();
        };
        // One comes from what ends there in the direction of travel, and goes on to what starts.
        let ends = (end == ContactPoint::Start) == (direction > 0);
        let contact = if ends {
            ContactPoint::End
        } else {
            ContactPoint::Start
        };
        let starts = road
            .sections
            .partition_point(|s| s.s_m <= s_m + NEAR_M)
            .saturating_sub(1);
        let is_start = road
            .sections
            .get(starts)
            .is_some_and(|s| (s.s_m - s_m).abs() <= NEAR_M);
        let section = match (ends, is_start) {
            (true, true) => starts.saturating_sub(1),
            _ => starts,
        };
        let junction = self.road(key.road).and_then(|r| r.junction);
        let connections = junction.and_then(|j| self.junction(j));
        let mut ids = links.to_vec();
        if ids.is_empty() {
            let named = connections.into_iter().flat_map(|j| &j.connections);
            ids = named
                .filter(|c| c.incoming == main && c.connecting == key.road && c.contact == end)
                .flat_map(|c| &c.lane_links)
                .filter(|(_, to)| *to == key.lane_id)
                .map(|(from, _)| *from)
                .collect();
        }
        self.existing(main, section as u32, &ids, contact)
    }

    /// Whether a connecting road's end is not said to be at another end than this one.
    fn meets(
        &self,
        connecting: RoadIndex,
        contact: ContactPoint,
        incoming: RoadIndex,
        end: ContactPoint,
    ) -> bool {
        match self.link_at(connecting, contact) {
            Some(LinkTarget::Road(road, at)) => road != incoming || at == end,
            _ => true,
        }
    }

    fn link_at(&self, road: RoadIndex, end: ContactPoint) -> Option<LinkTarget> {
        let road = self.road(road)?;
        let link = match end {
            ContactPoint::Start => road.predecessor,
            ContactPoint::End => road.successor,
        };
        link.map(|l| l.target)
    }

    fn section_at(&self, road: RoadIndex, end: ContactPoint) -> u32 {
        match end {
            ContactPoint::Start => 0,
            ContactPoint::End => self
                .road(road)
                .map_or(0, |r| r.sections.len().saturating_sub(1) as u32),
        }
    }

    fn existing(
        &self,
        road: RoadIndex,
        section: u32,
        ids: &[i32],
        contact: ContactPoint,
    ) -> Vec<(LaneKey, ContactPoint)> {
        let Some(lanes) = self
            .road(road)
            .and_then(|r| r.sections.get(section as usize))
        else {
            return Vec::new();
        };
        ids.iter()
            .filter(|id| **id != 0 && lanes.lane(**id).is_some())
            .map(|lane_id| {
                let key = LaneKey {
                    road,
                    section,
                    lane_id: *lane_id,
                };
                (key, contact)
            })
            .collect()
    }
}
