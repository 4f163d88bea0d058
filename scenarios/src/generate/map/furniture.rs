//! What stands beside streets: buildings, trees, lamps and speed signs; and hills under them.

use rand_chacha::ChaCha8Rng;
use sim::math::hypot;
use sim::seed::Draw;

use super::plan::Place;
use super::xodr::{Map, Object, Signal};

/// Points along all roads with the distance within which nothing may stand.
struct Kept {
    points: Vec<(Place, f64)>,
    boxes: Vec<(Place, f64, f64)>,
}

impl Kept {
    fn of(map: &Map) -> Self {
        let mut points = Vec::new();
        for road in &map.roads {
            let steps = (road.path.length / 2.0).ceil().max(1.0) as usize;
            for i in 0..=steps {
                let s = road.path.length * i as f64 / steps as f64;
                let (left, right) = road.half_widths(s);
                let middle = road.path.at(s).shift(0.0, (left - right) / 2.0);
                points.push((middle, (left + right) / 2.0));
            }
        }
        Self {
            points,
            boxes: Vec::new(),
        }
    }

    /// Whether a box stands clear of every road and every earlier box.
    fn has_room(&self, middle: Place, length: f64, width: f64, margin: f64) -> bool {
        let gap = |place: Place, (l, w): (f64, f64), p: Place| {
            let (x, y, _) = place.local(p);
            hypot((x.abs() - l / 2.0).max(0.0), (y.abs() - w / 2.0).max(0.0))
        };
        let clear = self
            .points
            .iter()
            .all(|(p, half)| gap(middle, (length, width), *p) > half + margin);
        // Two boxes are kept apart by their circles, which is cheap and never too little.
        clear
            && self.boxes.iter().all(|(p, l, w)| {
                let corners = [
                    (0.5, 0.5),
                    (-0.5, 0.5),
                    (0.5, -0.5),
                    (-0.5, -0.5),
                    (0.0, 0.0),
                ];
                let far = |a: Place, (al, aw): (f64, f64), b: Place, (bl, bw): (f64, f64)| {
                    corners
                        .iter()
                        .all(|(u, v)| gap(b, (bl, bw), a.shift(u * al, v * aw)) > 0.5)
                };
                far(middle, (length, width), *p, (*l, *w))
                    && far(*p, (*l, *w), middle, (length, width))
            })
    }
}

/// Furnishes every street of a map.
pub(super) fn furnish(map: &mut Map, rng: &mut ChaCha8Rng) {
    let mut kept = Kept::of(map);
    for i in 0..map.roads.len() {
        let road = &map.roads[i];
        if road.junction.is_some() || road.path.length < 25.0 {
            continue;
        }
        let walks = road
            .sections
            .iter()
            .any(|s| s.right.iter().any(|l| l.kind == "sidewalk"));
        if !walks {
            continue;
        }
        for side in [1.0, -1.0] {
            buildings(map, i, side, &mut kept, rng);
            trees_and_lamps(map, i, side, &kept, rng);
        }
        speed_signs(map, i);
    }
}

/// Humps and dips on some streets.
pub(super) fn hills(map: &mut Map, rng: &mut ChaCha8Rng) {
    for i in 0..map.roads.len() {
        if map.roads[i].junction.is_none() && map.roads[i].path.length > 60.0 && rng.chance(0.3) {
            hill(map, i, rng);
        }
    }
}

/// A gentle hump or dip between level ends.
fn hill(map: &mut Map, index: usize, rng: &mut ChaCha8Rng) {
    let road = &mut map.roads[index];
    let length = road.path.length;
    let height = rng.uniform(-1.2, 1.2);
    let half = length / 2.0;
    let (c, d) = (
        3.0 * height / (half * half),
        2.0 * height / (half * half * half),
    );
    road.elevation = vec![[0.0, 0.0, 0.0, c, -d], [half, height, 0.0, -c, d]];
}

fn edge_t(map: &Map, index: usize, s: f64, side: f64) -> f64 {
    let (left, right) = map.roads[index].half_widths(s);
    if side > 0.0 { left } else { -right }
}

fn buildings(map: &mut Map, index: usize, side: f64, kept: &mut Kept, rng: &mut ChaCha8Rng) {
    let length = map.roads[index].path.length;
    let mut s = rng.uniform(0.0, 8.0);
    while s < length {
        let (front, depth) = (rng.uniform(9.0, 22.0), rng.uniform(8.0, 14.0));
        let height = rng.uniform(4.0, 18.0);
        let setback = rng.uniform(0.8, 5.0);
        let middle_s = s + front / 2.0;
        s += front + rng.uniform(1.0, 9.0);
        let built = rng.chance(0.85);
        if middle_s > length || !built {
            continue;
        }
        let t = edge_t(map, index, middle_s, side) + side * (setback + depth / 2.0);
        let middle = map.roads[index].path.at(middle_s).shift(0.0, t);
        if !kept.has_room(middle, front, depth, 0.6) {
            continue;
        }
        kept.boxes.push((middle, front, depth));
        map.roads[index].objects.push(Object {
            kind: "building",
            name: "building",
            s: middle_s,
            t,
            length: front,
            width: depth,
            height,
            ..Object::default()
        });
    }
}

fn trees_and_lamps(map: &mut Map, index: usize, side: f64, kept: &Kept, rng: &mut ChaCha8Rng) {
    let length = map.roads[index].path.length;
    let spacing = rng.uniform(12.0, 30.0);
    let mut s = rng.uniform(8.0, 20.0);
    let mut place = 0;
    while s < length - 6.0 {
        let t = edge_t(map, index, s, side) + side * 0.5;
        let middle = map.roads[index].path.at(s).shift(0.0, t);
        let is_lamp = place % 2 == 0;
        let tree = (
            rng.uniform(4.0, 8.0),
            rng.uniform(0.2, 0.4),
            rng.chance(0.7),
        );
        if kept.has_room(middle, 0.4, 0.4, 0.05) && (is_lamp || tree.2) {
            map.roads[index].objects.push(Object {
                kind: if is_lamp { "pole" } else { "tree" },
                name: if is_lamp { "streetLamp" } else { "tree" },
                s,
                t,
                height: if is_lamp { 6.0 } else { tree.0 },
                radius: if is_lamp { 0.09 } else { tree.1 },
                ..Object::default()
            });
        }
        place += 1;
        s += spacing;
    }
}

/// A sign with the speed limit for each direction.
fn speed_signs(map: &mut Map, index: usize) {
    for is_forward in [true, false] {
        let id = map.new_id();
        let road = &mut map.roads[index];
        let (left, right) = road.half_widths(0.0);
        let has_lanes = road.sections.iter().all(|s| {
            let lanes = if is_forward { &s.right } else { &s.left };
            lanes.iter().any(|l| l.kind == "driving")
        });
        if !has_lanes || road.path.length < 50.0 {
            continue;
        }
        let (s, t) = if is_forward {
            (9.0, -right - 0.35)
        } else {
            (road.path.length - 9.0, left + 0.35)
        };
        let value = Some(road.speed_kmh);
        road.signals.push(Signal {
            id,
            name: "speedLimit",
            s,
            t,
            z: 1.9,
            is_forward,
            kind: "274",
            country: "DE",
            value,
            ..Signal::default()
        });
    }
}

/// Trees along a country road or motorway, `gap` metres from its edge.
pub(super) fn wood(map: &mut Map, index: usize, gap: f64, rng: &mut ChaCha8Rng) {
    let kept = Kept::of(map);
    let length = map.roads[index].path.length;
    for side in [1.0, -1.0] {
        let mut s = rng.uniform(0.0, 20.0);
        while s < length {
            let t = edge_t(map, index, s, side) + side * (gap + rng.uniform(0.0, 9.0));
            let middle = map.roads[index].path.at(s).shift(0.0, t);
            let (height, radius) = (rng.uniform(5.0, 12.0), rng.uniform(0.2, 0.5));
            if kept.has_room(middle, 1.0, 1.0, 1.5) {
                map.roads[index].objects.push(Object {
                    kind: "tree",
                    name: "tree",
                    s,
                    t,
                    height,
                    radius,
                    ..Object::default()
                });
            }
            s += rng.uniform(6.0, 35.0);
        }
    }
}
