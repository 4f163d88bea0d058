//! What a replay draws of a map: surfaces and lines of the lanes near the traces.

use serde::Serialize;
use sim::road::{LaneType, RoadIndex, RoadNetwork};

/// Distance of points before lines are simplified, metres.
const STEP_M: f64 = 2.0;
/// Longest piece of a lane; pieces away from the traces are left out, metres.
const PIECE_M: f64 = 60.0;
/// Largest distance of a simplified line from the true one, metres.
const TOLERANCE_M: f64 = 0.04;
/// Shown about the traces, metres.
const MARGIN_M: f64 = 90.0;
/// Points of one map; larger maps are drawn up to here.
const MAX_POINTS: usize = 250_000;

/// A rectangle on the plane, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) min: (f64, f64),
    pub(super) max: (f64, f64),
}

impl Bounds {
    pub(super) const EMPTY: Self = Self {
        min: (f64::INFINITY, f64::INFINITY),
        max: (f64::NEG_INFINITY, f64::NEG_INFINITY),
    };

    pub(super) fn add(&mut self, (x, y): (f64, f64)) {
        self.min = (self.min.0.min(x), self.min.1.min(y));
        self.max = (self.max.0.max(x), self.max.1.max(y));
    }

    fn touches(&self, other: &Self, margin_m: f64) -> bool {
        self.min.0 - margin_m <= other.max.0
            && other.min.0 <= self.max.0 + margin_m
            && self.min.1 - margin_m <= other.max.1
            && other.min.1 <= self.max.1 + margin_m
    }
}

/// A surface or line: its kind, and x, y in centimetres from the map's origin, each but the first as the
/// difference to the one before.
pub(super) type Drawn = (&'static str, Vec<i32>);

/// A map as it is drawn.
#[derive(Debug, Default, Serialize)]
pub(super) struct DrawnMap {
    /// Origin in the world, metres.
    pub(super) origin: (f64, f64),
    /// Lanes, closed.
    pub(super) areas: Vec<Drawn>,
    /// Borders.
    pub(super) lines: Vec<Drawn>,
}

fn surface(kind: LaneType) -> Option<&'static str> {
    use LaneType as L;
    Some(match kind {
        L::None => return None,
        L::Sidewalk | L::Walking => "walk",
        L::Biking => "bike",
        L::Median | L::Curb => "median",
        L::Tram | L::Rail => "rail",
        L::Shoulder | L::Border | L::Restricted | L::Parking | L::Stop => "side",
        _ => "road",
    })
}

/// Draws the lanes near these bounds.
pub(super) fn draw(map: &RoadNetwork, bounds: &Bounds) -> DrawnMap {
    let origin = (bounds.min.0.floor(), bounds.min.1.floor());
    let mut drawn = DrawnMap {
        origin,
        ..DrawnMap::default()
    };
    let mut points = 0;
    for (index, road) in map.road_indices().zip(map.roads()) {
        for (number, section) in road.sections.iter().enumerate() {
            let Some((start, end)) = road.section_range(number) else {
                continue;
            };
            let lanes: Vec<(i32, LaneType)> = section.lanes().map(|l| (l.id, l.kind)).collect();
            let pieces = ((end - start) / PIECE_M).ceil().clamp(1.0, 1e6) as u32;
            for piece in 0..pieces {
                let at = |i: u32| start + (end - start) * f64::from(i) / f64::from(pieces);
                let range = (at(piece), at(piece + 1));
                for (lane, kind) in &lanes {
                    let Some((inner, outer)) = borders(map, index, range, *lane) else {
                        continue;
                    };
                    let mut own = Bounds::EMPTY;
                    inner.iter().chain(&outer).for_each(|p| own.add(*p));
                    if points > MAX_POINTS || !own.touches(bounds, MARGIN_M) {
                        continue;
                    }
                    points += inner.len() + outer.len();
                    if lane.abs() == 1 {
                        // Between the directions, or the road's edge where there is one only.
                        let is_two_way = lanes.iter().any(|(id, _)| *id == -lane);
                        match (is_two_way, *lane) {
                            (true, 1) => drawn.lines.push(("center", encode(&inner, origin))),
                            (true, _) => {}
                            (false, _) => drawn.lines.push(("edge", encode(&inner, origin))),
                        }
                    }
                    let Some(kind) = surface(*kind) else { continue };
                    let next = lane + lane.signum();
                    let beyond = lanes.iter().find(|(id, _)| *id == next);
                    let is_lane_line =
                        kind == "road" && beyond.and_then(|(_, k)| surface(*k)) == Some("road");
                    let line = if is_lane_line { "lane" } else { "edge" };
                    drawn.lines.push((line, encode(&outer, origin)));
                    let ring: Vec<_> = inner.into_iter().chain(outer.into_iter().rev()).collect();
                    drawn.areas.push((kind, encode(&ring, origin)));
                }
            }
        }
    }
    drawn
}

type Line = Vec<(f64, f64)>;

/// Inner and outer border of a lane over a range of stations, simplified.
fn borders(
    map: &RoadNetwork,
    road: RoadIndex,
    (start, end): (f64, f64),
    lane: i32,
) -> Option<(Line, Line)> {
    let steps = ((end - start) / STEP_M).ceil().clamp(1.0, 1e6) as u32;
    let (mut inner, mut outer) = (Line::new(), Line::new());
    for i in 0..=steps {
        // Just inside the range, where its lanes still hold.
        let part = (f64::from(i) / f64::from(steps)).min(1.0 - 1e-9);
        let s = start + (end - start) * part;
        let (near, far) = map.lane_borders_t(road, s, lane)?;
        for (t, line) in [(near, &mut inner), (far, &mut outer)] {
            let pose = map.pose_at(road, s, t)?.pose;
            line.push((pose.x_m, pose.y_m));
        }
    }
    Some((simplify(&inner), simplify(&outer)))
}

/// Douglas-Peucker.
fn simplify(line: &[(f64, f64)]) -> Line {
    let mut keep = vec![false; line.len()];
    let mut open = vec![(0, line.len().saturating_sub(1))];
    while let Some((first, last)) = open.pop() {
        let (Some(a), Some(b)) = (line.get(first), line.get(last)) else {
            continue;
        };
        for end in [first, last] {
            if let Some(slot) = keep.get_mut(end) {
                *slot = true;
            }
        }
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = sim::math::hypot(dx, dy);
        let off = |p: &(f64, f64)| {
            if length > 1e-9 {
                ((p.0 - a.0) * dy - (p.1 - a.1) * dx).abs() / length
            } else {
                sim::math::hypot(p.0 - a.0, p.1 - a.1)
            }
        };
        let between = line.iter().enumerate().take(last).skip(first + 1);
        let farthest = between
            .map(|(i, p)| (i, off(p)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((i, distance)) = farthest
            && distance > TOLERANCE_M
        {
            open.extend([(first, i), (i, last)]);
        }
    }
    line.iter()
        .zip(keep)
        .filter_map(|(p, keep)| keep.then_some(*p))
        .collect()
}

fn encode(line: &[(f64, f64)], origin: (f64, f64)) -> Vec<i32> {
    let mut last = (0, 0);
    line.iter()
        .flat_map(|(x, y)| {
            let now = (centi(x - origin.0), centi(y - origin.1));
            let step = [now.0.wrapping_sub(last.0), now.1.wrapping_sub(last.1)];
            last = now;
            step
        })
        .collect()
}

/// A number in hundredths.
pub(super) fn centi(value: f64) -> i32 {
    (value * 100.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_keeps_its_ends_and_a_bend_its_shape() {
        let straight: Line = (0..50).map(|i| (f64::from(i), 3.0)).collect();
        assert_eq!(simplify(&straight), [(0.0, 3.0), (49.0, 3.0)]);
        let bend: Line = (0..50)
            .map(|i| {
                let a = f64::from(i) * 0.03;
                (30.0 * sim::math::cos(a), 30.0 * sim::math::sin(a))
            })
            .collect();
        let simple = simplify(&bend);
        assert!(simple.len() > 3 && simple.len() < 30, "{}", simple.len());
        assert_eq!(
            encode(&[(1.0, 2.0), (1.5, 1.0)], (1.0, 0.0)),
            [0, 200, 50, -100]
        );
    }

    #[test]
    fn lanes_near_the_traces_are_drawn_and_others_left_out() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("scenarios/regression/maps/street.xodr");
        let map = RoadNetwork::load(&file, &sim::input::Limits::default()).expect("a map");
        let mut near = Bounds::EMPTY;
        near.add((20.0, 0.0));
        near.add((60.0, 3.0));
        let drawn = draw(&map, &near);
        assert!(drawn.areas.iter().any(|(kind, _)| *kind == "road"));
        assert!(drawn.lines.iter().any(|(kind, _)| *kind == "center"));
        let mut far = Bounds::EMPTY;
        far.add((90_000.0, 0.0));
        assert!(draw(&map, &far).areas.is_empty());
    }
}
