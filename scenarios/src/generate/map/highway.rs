//! Motorways: two carriageways on one reference line, an exit and an entry on the right.

use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::furniture::wood;
use super::junction::connector;
use super::plan::{Path, Place};
use super::street::{LaneEnd, lane_ends};
use super::xodr::{
    BROKEN, Connection, End, Lane, Link, Map, NO_MARK, Object, SOLID, Section, Signal, ease,
};

const MEDIAN: f64 = 1.5;
const SHOULDER: f64 = 2.5;
const RAMP_WIDTH: f64 = 3.6;
/// Length of the lanes that leave and join, of their tapers, and of the junctions, metres.
const EXTRA: f64 = 200.0;
const TAPER: f64 = 60.0;
const GORE: f64 = 50.0;

/// Measures of one motorway.
struct Plan {
    lanes: usize,
    width: f64,
    speed: f64,
}

impl Plan {
    /// Edge of the last through lane, metres from the reference line.
    fn edge(&self) -> f64 {
        MEDIAN + self.lanes as f64 * self.width
    }

    /// Median, through lanes, perhaps one more lane, shoulder.
    fn side(&self, extra: Option<Lane>) -> Vec<Lane> {
        let mut out = vec![Lane::new("median", MEDIAN, SOLID)];
        for i in 0..self.lanes {
            let mark = if i + 1 < self.lanes || extra.is_some() {
                BROKEN
            } else {
                SOLID
            };
            out.push(Lane::new("driving", self.width, mark));
        }
        out.extend(extra);
        out.push(Lane::new("shoulder", SHOULDER, NO_MARK));
        out
    }

    fn section(&self, s: f64, extra: Option<Lane>) -> Section {
        Section {
            s,
            center_mark: NO_MARK,
            left: self.side(None),
            right: self.side(extra),
        }
    }

    /// Links the lanes of consecutive sections; the extra lane of one of them has no partner.
    fn link_sections(&self, sections: &mut [Section]) {
        for k in 0..sections.len().saturating_sub(1) {
            let (a, b) = (sections[k].right.len(), sections[k + 1].right.len());
            for i in 0..self.lanes + 2 {
                let left = i as i32 + 1;
                sections[k].left[i].successor = Some(left);
                sections[k + 1].left[i].predecessor = Some(left);
                let (from, to) = if i < self.lanes + 1 {
                    (i, i)
                } else {
                    (a - 1, b - 1)
                };
                sections[k].right[from].successor = Some(-(to as i32) - 1);
                sections[k + 1].right[to].predecessor = Some(-(from as i32) - 1);
            }
        }
    }

    fn mainline(&self, map: &mut Map, path: Path, sections: Vec<Section>) -> usize {
        let length = path.length;
        let index = map.add_road(path, "motorway", self.speed);
        let id = map.new_id();
        let road = &mut map.roads[index];
        road.sections = sections;
        self.link_sections(&mut road.sections);
        road.objects.push(rail(0.0, 0.0, length));
        road.signals.push(Signal {
            id,
            name: "speedLimit",
            s: 20.0,
            t: -self.edge() - SHOULDER - RAMP_WIDTH - 1.0,
            z: 2.2,
            is_forward: true,
            kind: "274",
            country: "DE",
            value: Some(self.speed),
            ..Signal::default()
        });
        index
    }

    /// Straight on through a junction, one connecting road a direction.
    fn through(&self, map: &mut Map, junction: usize, a: usize, b: usize) {
        for (from, from_end, to, to_end) in
            [(a, End::End, b, End::Start), (b, End::Start, a, End::End)]
        {
            let start = match from_end {
                End::End => map.roads[from].path.end,
                End::Start => map.roads[from].path.start.reversed(),
            };
            let index = map.add_road(Path::from(start).line(GORE), "motorway", self.speed);
            let outer = |road: usize, end: End| {
                map.roads[road].section(end).map_or(0, |s| {
                    let lanes = if from == a { &s.right } else { &s.left };
                    lanes.len()
                })
            };
            let (from_outer, to_outer) = (outer(from, from_end), outer(to, to_end));
            let sign = if from == a { -1 } else { 1 };
            let mut lanes = self.side(None);
            let count = lanes.len();
            let mut links = Vec::new();
            for (i, lane) in lanes.iter_mut().enumerate() {
                // The shoulder meets its like only where no lane leaves or joins beside it.
                let id = |outermost: usize| {
                    (i + 1 < count || outermost == count).then_some(sign * (i as i32 + 1))
                };
                lane.predecessor = id(from_outer);
                lane.successor = id(to_outer);
                links.extend(lane.predecessor.map(|from| (from, -(i as i32) - 1)));
            }
            let (from_id, to_id) = (map.roads[from].id, map.roads[to].id);
            let j = &mut map.junctions[junction];
            let road = &mut map.roads[index];
            road.junction = Some(j.id);
            road.predecessor = Some(Link::Road(from_id, from_end));
            road.successor = Some(Link::Road(to_id, to_end));
            road.sections.push(Section {
                s: 0.0,
                center_mark: NO_MARK,
                left: Vec::new(),
                right: lanes,
            });
            j.connections.push(Connection {
                incoming: from_id,
                connecting: road.id,
                lanes: links,
            });
            let link = Link::Junction(j.id);
            map.roads[from].set_link(from_end, link);
        }
    }

    /// The lane beside the through lanes at an end of the mainline.
    fn extra_end(&self, map: &Map, road: usize, end: End) -> Option<LaneEnd> {
        lane_ends(&map.roads, road, end, end == End::End, "driving").pop()
    }
}

fn rail(t: f64, s: f64, length: f64) -> Object {
    Object {
        kind: "barrier",
        name: "guardRail",
        s,
        t,
        length,
        width: 0.3,
        height: 0.8,
        repeat: Some((length, 0.0)),
        ..Object::default()
    }
}

fn ramp(map: &mut Map, path: Path) -> usize {
    let index = map.add_road(path, "motorway", 60.0);
    map.roads[index].sections.push(Section {
        s: 0.0,
        center_mark: SOLID,
        left: Vec::new(),
        right: vec![
            Lane::new("driving", RAMP_WIDTH, SOLID),
            Lane::new("shoulder", 1.5, NO_MARK),
        ],
    });
    index
}

/// The same path, moved so that it ends at a place.
fn ending_at(path: &Path, rebuild: impl Fn(Place) -> Path, end: Place) -> Path {
    let (dx, dy, turn) = path.start.local(path.end);
    let heading = end.heading - turn;
    let back = Place::new(end.x, end.y, heading).shift(-dx, -dy);
    rebuild(back)
}

pub(super) fn build(map: &mut Map, rng: &mut ChaCha8Rng) {
    let plan = Plan {
        lanes: 2 + rng.index(3),
        width: rng.uniform(3.5, 3.75),
        speed: [100.0, 120.0, 130.0][rng.index(3)],
    };
    let bend = |rng: &mut ChaCha8Rng, path: Path| {
        let turn = rng.uniform(0.2, 0.4) * if rng.chance(0.5) { 1.0 } else { -1.0 };
        path.bend(rng.uniform(450.0, 900.0), turn, 70.0)
    };
    let extra = |widths: Vec<[f64; 5]>| {
        Some(Lane {
            widths,
            ..Lane::new("driving", RAMP_WIDTH, SOLID)
        })
    };
    // Before the exit.
    let path = bend(rng, Path::from(Place::default()).line(100.0)).line(EXTRA + 60.0);
    let length = path.length;
    let opening = vec![
        ease(0.0, TAPER, 0.0, RAMP_WIDTH),
        [TAPER, RAMP_WIDTH, 0.0, 0.0, 0.0],
    ];
    let sections = vec![
        plan.section(0.0, None),
        plan.section(length - EXTRA, extra(opening)),
    ];
    let before = plan.mainline(map, path, sections);
    let far = rng.uniform(-5.0, 5.0);
    map.roads[before].elevation = vec![
        ease(0.0, length - EXTRA, far, 0.0),
        [length - EXTRA, 0.0, 0.0, 0.0, 0.0],
    ];
    // Between exit and entry.
    let start = map.roads[before].path.end.shift(GORE, 0.0);
    let path = bend(rng, Path::from(start).line(70.0)).line(70.0);
    let between = plan.mainline(map, path, vec![plan.section(0.0, None)]);
    // After the entry.
    let start = map.roads[between].path.end.shift(GORE, 0.0);
    let path = bend(rng, Path::from(start).line(EXTRA + 60.0)).line(120.0);
    let length = path.length;
    let closing = vec![
        [0.0, RAMP_WIDTH, 0.0, 0.0, 0.0],
        ease(EXTRA - TAPER, TAPER, RAMP_WIDTH, 0.0),
    ];
    let sections = vec![plan.section(0.0, extra(closing)), plan.section(EXTRA, None)];
    let after = plan.mainline(map, path, sections);
    let far = rng.uniform(-5.0, 5.0);
    map.roads[after].elevation = vec![
        [0.0, 0.0, 0.0, 0.0, 0.0],
        ease(EXTRA, length - EXTRA, 0.0, far),
    ];
    // Exit.
    let ramp_t = -(plan.edge() + SHOULDER + 1.0);
    let radius = rng.uniform(60.0, 110.0);
    let turn = rng.uniform(0.7, 1.1);
    let exit_path = Path::from(
        map.roads[between]
            .path
            .start
            .shift(0.0, ramp_t)
            .turned(-0.1),
    )
    .line(40.0)
    .bend(radius, -turn, 25.0)
    .line(70.0);
    let exit = ramp(map, exit_path);
    let junction = map.add_junction();
    plan.through(map, junction, before, between);
    let to = lane_ends(&map.roads, exit, End::Start, false, "driving");
    if let (Some(from), Some(to)) = (plan.extra_end(map, before, End::End), to.first()) {
        connector(map, junction, &from, to, None);
    }
    // Entry.
    let build = |start: Place| {
        Path::from(start)
            .line(70.0)
            .bend(radius, -turn, 25.0)
            .line(50.0)
    };
    let end = map.roads[between].path.end.shift(0.0, ramp_t).turned(0.1);
    let entry_path = ending_at(&build(Place::default()), build, end);
    let entry = ramp(map, entry_path);
    let junction = map.add_junction();
    plan.through(map, junction, between, after);
    let from = lane_ends(&map.roads, entry, End::End, true, "driving");
    if let (Some(from), Some(to)) = (from.first(), plan.extra_end(map, after, End::Start)) {
        connector(map, junction, from, &to, None);
    }
    furnish(map, &plan, [before, between, after]);
    for index in [before, between, after, exit, entry] {
        wood(map, index, 8.0, rng);
    }
}

/// Guard rails beside the carriageways, except where the ramps are.
fn furnish(map: &mut Map, plan: &Plan, [before, between, after]: [usize; 3]) {
    let t = plan.edge() + SHOULDER + 0.4;
    for index in [before, between, after] {
        let length = map.roads[index].path.length;
        map.roads[index].objects.push(rail(t, 0.0, length));
    }
    let length = map.roads[before].path.length;
    map.roads[before]
        .objects
        .push(rail(-t, 0.0, length - EXTRA - 10.0));
    let length = map.roads[after].path.length;
    map.roads[after]
        .objects
        .push(rail(-t, EXTRA + 10.0, length - EXTRA - 10.0));
}
