//! Country roads: roads of lines, spirals and arcs, linked end to end, over hills.

use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::furniture::wood;
use super::plan::{Path, Place};
use super::xodr::{BROKEN, End, Lane, Link, Map, NO_MARK, SOLID, Section, Signal, ease};

/// Level ends joined by cubics between heights some 150 m apart.
pub(super) fn hills(length: f64, heights: (f64, f64), rng: &mut ChaCha8Rng) -> Vec<[f64; 5]> {
    let pieces = (length / 150.0).round().max(1.0);
    let step = length / pieces;
    let mut from = heights.0;
    (0..pieces as usize)
        .map(|i| {
            let last = i + 1 == pieces as usize;
            let limit = 0.03 * step;
            let to = if last {
                heights.1
            } else {
                from + rng.uniform(-limit, limit)
            };
            let piece = ease(i as f64 * step, step, from, to);
            from = to;
            piece
        })
        .collect()
}

pub(super) fn build(map: &mut Map, rng: &mut ChaCha8Rng) {
    let width = rng.uniform(3.0, 3.6);
    let roads = 2 + rng.index(2);
    let mut place = Place::default();
    let mut previous: Option<usize> = None;
    let mut height = 0.0;
    for _ in 0..roads {
        let mut path = Path::from(place).line(rng.uniform(25.0, 60.0));
        let mut tightest = f64::INFINITY;
        while path.length < 320.0 {
            // The heading stays within a right angle of east, so that the road never meets itself.
            let turn = rng.uniform(-1.1, 1.1) - path.end.heading;
            if turn.abs() < 0.25 {
                continue;
            }
            let radius = rng.uniform(35.0, 160.0).max(16.0 / turn.abs());
            let spiral = rng.uniform(0.2, 0.6) * radius * turn.abs();
            path = path
                .bend(radius, turn, spiral)
                .line(rng.uniform(15.0, 70.0));
            tightest = tightest.min(radius);
        }
        place = path.end;
        let speed = if tightest < 55.0 {
            50.0
        } else if tightest < 90.0 {
            70.0
        } else {
            80.0
        };
        let length = path.length;
        let index = map.add_road(path, "rural", speed);
        let end_height = height + rng.uniform(-4.0, 4.0);
        let elevation = hills(length, (height, end_height), rng);
        height = end_height;
        let side = || {
            vec![
                Lane::new("driving", width, SOLID),
                Lane::new("shoulder", 1.0, NO_MARK),
            ]
        };
        let id = map.new_id();
        let road = &mut map.roads[index];
        road.elevation = elevation;
        road.sections.push(Section {
            s: 0.0,
            center_mark: BROKEN,
            left: side(),
            right: side(),
        });
        road.signals.push(Signal {
            id,
            name: "speedLimit",
            s: 5.0,
            t: -width - 1.3,
            z: 1.9,
            is_forward: true,
            kind: "274",
            country: "DE",
            value: Some(speed),
            ..Signal::default()
        });
        let own = road.id;
        if let Some(before) = previous {
            let id = map.roads[before].id;
            map.roads[index].set_link(End::Start, Link::Road(id, End::End));
            map.roads[before].set_link(End::End, Link::Road(own, End::Start));
            let lanes = |s: &mut Section| {
                for (i, lane) in s.left.iter_mut().enumerate() {
                    lane.successor = Some(i as i32 + 1);
                }
                for (i, lane) in s.right.iter_mut().enumerate() {
                    lane.successor = Some(-(i as i32) - 1);
                }
            };
            map.roads[before].sections.iter_mut().for_each(lanes);
            for section in &mut map.roads[index].sections {
                for (i, lane) in section.left.iter_mut().enumerate() {
                    lane.predecessor = Some(i as i32 + 1);
                }
                for (i, lane) in section.right.iter_mut().enumerate() {
                    lane.predecessor = Some(-(i as i32) - 1);
                }
            }
        }
        previous = Some(index);
    }
    for index in 0..map.roads.len() {
        wood(map, index, 2.5, rng);
    }
}
