//! From the world to stations of a route.

use super::Route;
use crate::math::{hypot, sin_cos};
use crate::road::RoadPosition;
use crate::road::network::RoadNetwork;

impl Route {
    /// Station of the closest point of the line and the distance to its left, metres. With a hint
    /// (the last station) only the stretch about it is searched, so that a route may cross itself.
    pub fn project(&self, x_m: f64, y_m: f64, station_hint_m: Option<f64>) -> (f64, f64) {
        let count = self.nodes.len().saturating_sub(1);
        let gap2 = |i: usize| {
            self.nodes.get(i).map_or(f64::INFINITY, |n| {
                let (dx, dy) = (x_m - n.x_m, y_m - n.y_m);
                dx * dx + dy * dy
            })
        };
        let (from, to) = match station_hint_m {
            Some(hint) if hint.is_finite() => {
                let middle = self
                    .nodes
                    .partition_point(|n| n.station_m <= hint)
                    .min(count);
                (middle.saturating_sub(15), (middle + 40).min(count))
            }
            _ => (0, count),
        };
        let mut best = from;
        for i in from..=to {
            if gap2(i) < gap2(best) {
                best = i;
            }
        }
        // Farther than the window: go on downhill.
        while best > 0 && gap2(best - 1) < gap2(best) {
            best -= 1;
        }
        while best < count && gap2(best + 1) < gap2(best) {
            best += 1;
        }
        let Some(node) = self.nodes.get(best) else {
            return (0.0, 0.0);
        };
        // Foot on the circle through the node.
        let (s, c) = sin_cos(node.yaw_rad);
        let (dx, dy) = (x_m - node.x_m, y_m - node.y_m);
        let (ahead, left) = (dx * c + dy * s, dy * c - dx * s);
        let k = node.curvature_1pm;
        let along = if k.abs() < 1e-6 {
            ahead
        } else {
            crate::math::atan2(ahead * k, 1.0 - left * k) / k
        };
        let lateral = if k.abs() < 1e-6 {
            left
        } else {
            let reach = hypot(ahead * k, 1.0 - left * k);
            (1.0 - reach) / k
        };
        let station_of = |i: usize| self.nodes.get(i).map_or(node.station_m, |n| n.station_m);
        let station = (node.station_m + along)
            .clamp(station_of(best.saturating_sub(1)), station_of(best + 1));
        (station, if lateral.is_finite() { lateral } else { left })
    }

    /// The road position of a point near the route, on the road that the route takes there: unlike a
    /// search of the map it does not mistake one of the roads that fork for another. Gives the station, too.
    pub fn locate(
        &self,
        network: &RoadNetwork,
        x_m: f64,
        y_m: f64,
        station_hint_m: Option<f64>,
    ) -> Option<(f64, RoadPosition)> {
        if !(x_m.is_finite() && y_m.is_finite()) {
            return None;
        }
        let (station, _) = self.project(x_m, y_m, station_hint_m);
        let way = self.way_at(station);
        let index = self.segment_at(way);
        let segment = self.segments.get(index)?;
        let ahead = (way - self.starts_m.get(index)?).min(segment.length_m());
        let direction = (segment.s_end_m - segment.s_start_m).signum();
        let s = segment.s_start_m + direction * ahead;
        Some((station, network.locate_near(segment.road, s, x_m, y_m)?))
    }
}
