//! Crosswalks, whatever the file describes them by.

use super::network::{RoadIndex, RoadNetwork};
use super::{Road, SignalIndex};

/// Length along the road of a painted crosswalk that does not say it, metres.
const USUAL_LENGTH_M: f64 = 3.0;
/// Width across the road of a crosswalk signal that does not say it, metres.
const USUAL_WIDTH_M: f64 = 6.0;
/// Distance of the cross-sections that a crossing road's area is built from, metres.
const STEP_M: f64 = 2.0;

/// A place where people cross a road.
#[derive(Clone, Debug, PartialEq)]
pub struct Crosswalk {
    /// Id of the object, signal or cross path.
    pub id: String,
    /// The road that is crossed; of a cross path in a junction, the path's own road.
    pub road: RoadIndex,
    /// Station of its middle on that road, metres.
    pub s_m: f64,
    /// Number of the object that it is, where it is one.
    pub object: Option<usize>,
    /// The signal that it is, where it is one (type 1000003).
    pub signal: Option<SignalIndex>,
    /// Its area from above, counter-clockwise, metres.
    pub outline: Vec<[f64; 3]>,
    /// Line of the file, from 1.
    pub line: u32,
}

impl RoadNetwork {
    /// All crosswalks: objects of type crosswalk, signals of type 1000003 that are painted, and cross
    /// paths of junctions (1.8).
    pub fn crosswalks(&self) -> Vec<Crosswalk> {
        let mut found = Vec::new();
        for (number, object) in self.objects.iter().enumerate() {
            if object.kind == "crosswalk" {
                found.push(Crosswalk {
                    id: object.id.clone(),
                    road: object.road,
                    s_m: object.s_m,
                    object: Some(number),
                    signal: None,
                    outline: object.footprint(),
                    line: object.line,
                });
            }
        }
        for (number, signal) in self.signals.iter().enumerate() {
            let Some(road) = self.road(signal.road).filter(|_| signal.is_crosswalk()) else {
                continue;
            };
            let or = |value: f64, usual: f64| if value > 0.0 { value } else { usual };
            let half = 0.5 * or(signal.value.unwrap_or(0.0).min(20.0), USUAL_LENGTH_M);
            let side = 0.5 * or(signal.width_m, USUAL_WIDTH_M);
            let corners = [(-half, -side), (half, -side), (half, side), (-half, side)];
            let corner = |(ds, dt): (f64, f64)| {
                let s = (signal.s_m + ds).clamp(0.0, road.length_m);
                road.point(s, signal.t_m + dt)
            };
            found.push(Crosswalk {
                id: signal.id.clone(),
                road: signal.road,
                s_m: signal.s_m,
                object: None,
                signal: Some(SignalIndex(number as u32)),
                outline: corners.into_iter().map(corner).collect(),
                line: signal.line,
            });
        }
        for path in self.junctions.iter().flat_map(|j| &j.cross_paths) {
            if let Some(road) = self.road(path.road) {
                found.push(Crosswalk {
                    id: path.id.clone(),
                    road: path.road,
                    s_m: 0.5 * road.length_m,
                    object: None,
                    signal: None,
                    outline: area(road),
                    line: path.line,
                });
            }
        }
        found
    }
}

impl Road {
    fn point(&self, s_m: f64, t_m: f64) -> [f64; 3] {
        let p = self.surface(s_m, t_m, 0.0)[0];
        [p.x, p.y, p.z]
    }
}

/// The area between the outer borders of a road.
fn area(road: &Road) -> Vec<[f64; 3]> {
    let steps = (road.length_m / STEP_M).ceil().clamp(1.0, 1000.0) as usize;
    let station = |i: usize| road.length_m * i as f64 / steps as f64;
    let right = (0..=steps).map(|i| road.point(station(i), road.edges_m(station(i)).0));
    let left = (0..=steps).map(|i| road.point(station(i), road.edges_m(station(i)).1));
    let left: Vec<[f64; 3]> = left.collect();
    right.chain(left.into_iter().rev()).collect()
}
