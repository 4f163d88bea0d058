//! Roundabouts: a one-way ring with a small junction at each street.

use rand_chacha::ChaCha8Rng;
use sim::math::{PI, TAU, positive_angle};
use sim::seed::Draw;

use super::furniture;
use super::junction::{Arm, connector};
use super::plan::{Path, Place};
use super::street::{Profile, lane_ends, street};
use super::xodr::{End, Lane, Link, Map, Object, SOLID, Section, Signal};

/// Width of the ring's lane, metres.
const RING_WIDTH: f64 = 5.0;

/// Radius of the inner edge, and from the middle to where the streets end, metres.
pub(super) fn size(arms: usize) -> (f64, f64) {
    let inner = 9.0 + 2.0 * arms as f64;
    (inner, inner + RING_WIDTH + 13.0)
}

/// Joins streets that end at `size(..).1` from the middle, pointing to it.
pub(super) fn ring(map: &mut Map, middle: Place, arms: &[Arm]) {
    let (inner, reach) = size(arms.len());
    // Arc of the ring that a street's junction takes, to either side.
    let spread = 0.36 * (reach - inner) / inner;
    let mut order: Vec<(f64, Arm)> = arms
        .iter()
        .filter_map(|arm| {
            let end = map.roads.get(arm.road)?.place(arm.end);
            let (dx, dy, _) = Place::new(middle.x, middle.y, 0.0).local(end);
            Some((positive_angle(sim::math::atan2(dy, dx)), *arm))
        })
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |angle: f64| {
        Place::new(middle.x, middle.y, angle)
            .shift(inner, 0.0)
            .turned(PI / 2.0)
    };
    // The ring's own roads, from each street to the next.
    let n = order.len();
    let parts: Vec<usize> = (0..n)
        .map(|i| {
            let from = order[i].0 + spread;
            let turn = positive_angle(order[(i + 1) % n].0 - spread - from);
            let path = Path::from(at(from)).arc(1.0 / inner, inner * turn);
            let index = map.add_road(path, "town", 30.0);
            if let Some(road) = map.roads.get_mut(index) {
                road.sections.push(Section {
                    s: 0.0,
                    center_mark: SOLID,
                    left: Vec::new(),
                    right: vec![Lane::new("driving", RING_WIDTH, SOLID)],
                });
            }
            index
        })
        .collect();
    for (i, (_, arm)) in order.iter().enumerate() {
        let junction = map.add_junction();
        let lanes =
            |map: &Map, road, end, leaves, kind| lane_ends(&map.roads, road, end, leaves, kind);
        let (before, after) = (parts[(i + n - 1) % n], parts[i]);
        let ring_in = lanes(map, before, End::End, true, "driving");
        let ring_out = lanes(map, after, End::Start, false, "driving");
        let (Some(ring_in), Some(ring_out)) = (ring_in.first(), ring_out.first()) else {
            continue;
        };
        let through = connector(map, junction, ring_in, ring_out, None);
        // The ring keeps its exact shape.
        if let Some(road) = map.roads.get_mut(through) {
            let turn = 2.0 * spread;
            road.path = Path::from(ring_in.left_edge).arc(1.0 / inner, inner * turn);
            for lane in &mut road.sections[0].right {
                lane.widths = vec![[0.0, RING_WIDTH, 0.0, 0.0, 0.0]];
            }
        }
        for entry in lanes(map, arm.road, arm.end, true, "driving") {
            let low = connector(map, junction, &entry, ring_out, None);
            let ids = (map.roads[through].id, map.roads[low].id);
            map.junctions[junction].priorities.push(ids);
        }
        for exit in lanes(map, arm.road, arm.end, false, "driving") {
            connector(map, junction, ring_in, &exit, None);
        }
        for road in [before, after] {
            map.roads[road].speed_kmh = 30.0;
        }
        let id = map.junctions[junction].id;
        map.roads[before].set_link(End::End, Link::Junction(id));
        map.roads[after].set_link(End::Start, Link::Junction(id));
        sign(map, arm);
    }
    if let Some(first) = parts.first().and_then(|i| map.roads.get_mut(*i)) {
        // The island's tree stands in the middle.
        first.objects.push(Object {
            kind: "tree",
            name: "tree",
            t: inner,
            height: 6.0,
            radius: 0.8,
            ..Object::default()
        });
    }
}

fn sign(map: &mut Map, arm: &Arm) {
    let id = map.new_id();
    let lanes = lane_ends(&map.roads, arm.road, arm.end, true, "driving");
    let (Some(first), Some(last)) = (lanes.first(), lanes.last()) else {
        return;
    };
    let road = &mut map.roads[arm.road];
    let (left, right) = road.half_widths(match arm.end {
        End::Start => 0.0,
        End::End => road.path.length,
    });
    let (s, t) = match arm.end {
        End::Start => (1.0, left + 0.4),
        End::End => (road.path.length - 1.0, -right - 0.4),
    };
    road.signals.push(Signal {
        id,
        name: "yield",
        s,
        t,
        z: 1.9,
        is_forward: arm.end == End::End,
        kind: "205",
        country: "DE",
        lanes: Some((first.lane.min(last.lane), first.lane.max(last.lane))),
        ..Signal::default()
    });
}

/// One roundabout with open streets.
pub(super) fn build(map: &mut Map, rng: &mut ChaCha8Rng) {
    let count = 3 + rng.index(3);
    let (_, reach) = size(count);
    let turn = rng.uniform(0.0, TAU);
    let width = rng.uniform(3.1, 3.6);
    let arms: Vec<Arm> = (0..count)
        .map(|i| {
            let jitter = rng.uniform(-0.12, 0.12);
            let angle = turn + TAU * i as f64 / count as f64 + jitter;
            let start = Place::new(0.0, 0.0, angle).shift(reach, 0.0);
            let length = rng.uniform(90.0, 140.0);
            let bow = rng.uniform(-0.004, 0.004);
            let path = Path::from(start).line(25.0).arc(bow, length);
            let profile = Profile {
                forward: 1,
                backward: 1,
                lane_width: width,
                sidewalk: 2.0,
                parking: (false, false),
            };
            Arm {
                road: street(map, path, &profile, 50.0),
                end: End::Start,
            }
        })
        .collect();
    ring(map, Place::default(), &arms);
    furniture::furnish(map, rng);
    furniture::hills(map, rng);
}
