//! The surface of lanes, kerbs and the ground beside them.

use nalgebra::Vector3;

use super::{Builder, MeshMaterial, MeshOptions, SurfaceMesh};
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::{LaneType, Road};

/// Shortest step along the road, metres.
const MIN_STEP_M: f64 = 0.25;
/// Just before a station, metres.
const JUST_M: f64 = 1e-7;
/// The verge lies this much below the road's edge: at the edge, and at its outer side, metres.
const VERGE_DROP_M: [f64; 2] = [0.02, 0.05];

/// A lane's side in a cross-section: t and height over the surface.
type Corner = (f64, f64);
/// A lane in a cross-section: right side, left side, material.
type Strip = (Corner, Corner, MeshMaterial);

impl LaneType {
    fn material(self) -> MeshMaterial {
        match self {
            Self::Sidewalk | Self::Walking => MeshMaterial::Sidewalk,
            Self::Curb => MeshMaterial::Curb,
            Self::Biking => MeshMaterial::BikeLane,
            Self::None | Self::Median => MeshMaterial::Grass,
            Self::Border | Self::Rail => MeshMaterial::Gravel,
            _ => MeshMaterial::Asphalt,
        }
    }
}

/// A stretch of one lane section.
pub(super) struct Stretch<'a> {
    pub road: &'a Road,
    pub section: usize,
    pub start_m: f64,
    pub end_m: f64,
}

impl Stretch<'_> {
    /// A station that lies in this section, not at the start of the next.
    pub fn inside(&self, s_m: f64) -> f64 {
        s_m.min(self.end_m - JUST_M).max(self.start_m)
    }

    /// The lanes' sides from the right to the left: (right, left) and the lane's material.
    fn cross_section(&self, s_m: f64) -> Vec<Strip> {
        let s = self.inside(s_m);
        let shift = self.road.lane_offset.value(s);
        let Some(section) = self.road.sections.get(self.section) else {
            return Vec::new();
        };
        let mut sides: [Vec<Strip>; 2] = [Vec::new(), Vec::new()];
        for (side, left) in sides.iter_mut().zip([false, true]) {
            section.walk_side(left, s, |lane, [inner, outer, ..]| {
                let (h_inner, h_outer) = lane.height(s - section.s_m);
                let (a, b) = ((inner + shift, h_inner), (outer + shift, h_outer));
                side.push(if left { (a, b) } else { (b, a) }.with(lane.kind.material()));
                false
            });
        }
        let [right, left] = sides;
        right.into_iter().rev().chain(left).collect()
    }

    pub fn point(&self, s_m: f64, t_m: f64, height_m: f64) -> Vector3<f64> {
        self.road.surface(s_m, t_m, 0.0)[0] + Vector3::new(0.0, 0.0, height_m)
    }

    /// Edges and middle at a station.
    fn outline(&self, s_m: f64) -> [Vector3<f64>; 3] {
        let (right, left) = self.road.edges_m(self.inside(s_m));
        [right, self.road.lane_offset.value(s_m), left].map(|t| self.point(s_m, t, 0.0))
    }

    /// Stations between which the surface is nearly flat.
    pub fn stations(&self, options: &MeshOptions) -> Vec<f64> {
        let road = self.road;
        let mut fixed = vec![self.start_m, self.end_m];
        fixed.extend(road.plan.starts());
        for profile in [&road.elevation, &road.superelevation, &road.lane_offset] {
            fixed.extend(profile.records().iter().map(|r| r.s_m));
        }
        fixed.extend(road.lateral.starts());
        let section = road.sections.get(self.section);
        let section_m = section.map_or(0.0, |s| s.s_m);
        for lane in section.iter().flat_map(|s| s.lanes()) {
            let starts = [&lane.widths, &lane.borders].map(|p| p.records().iter().map(|r| r.s_m));
            fixed.extend(starts.into_iter().flatten().map(|ds| ds + section_m));
            fixed.extend(lane.heights.iter().map(|h| h.s_offset_m + section_m));
        }
        fixed.retain(|s| *s >= self.start_m && *s <= self.end_m);
        fixed.sort_by(f64::total_cmp);
        fixed.dedup_by(|b, a| *b - *a < 1e-3);
        if let Some(last) = fixed.last_mut() {
            *last = self.end_m;
        }
        let mut stations = Vec::new();
        for pair in fixed.windows(2) {
            if let [a, b] = *pair {
                stations.push(a);
                self.subdivide(a, b, options, &mut stations);
            }
        }
        stations.push(self.end_m);
        stations
    }

    fn subdivide(&self, a: f64, b: f64, options: &MeshOptions, stations: &mut Vec<f64>) {
        let length = b - a;
        let pieces = (length / options.max_step_m.max(MIN_STEP_M))
            .ceil()
            .clamp(1.0, 1e7) as usize;
        if pieces > 1 {
            for i in 0..pieces {
                let at = |i: usize| a + length * i as f64 / pieces as f64;
                if i > 0 {
                    stations.push(at(i));
                }
                self.subdivide_one(at(i), at(i + 1), options, stations);
            }
        } else {
            self.subdivide_one(a, b, options, stations);
        }
    }

    fn subdivide_one(&self, a: f64, b: f64, options: &MeshOptions, stations: &mut Vec<f64>) {
        if b - a < 2.0 * MIN_STEP_M {
            return;
        }
        let (from, to) = (self.outline(a), self.outline(b - JUST_M));
        let error = [0.25, 0.5, 0.75]
            .iter()
            .flat_map(|w| {
                let here = self.outline(a + w * (b - a));
                let chord = |i: usize| from.get(i).zip(to.get(i)).map(|(p, q)| p + (q - p) * *w);
                (0..3).map(move |i| match (here.get(i), chord(i)) {
                    (Some(p), Some(q)) => (p - q).norm(),
                    _ => 0.0,
                })
            })
            .fold(0.0, f64::max);
        if error.max(twist_m(&from, &to)) > options.tolerance_m {
            let middle = 0.5 * (a + b);
            self.subdivide_one(a, middle, options, stations);
            stations.push(middle);
            self.subdivide_one(middle, b, options, stations);
        }
    }
}

trait With: Sized {
    fn with(self, material: MeshMaterial) -> Strip;
}

impl With for (Corner, Corner) {
    fn with(self, material: MeshMaterial) -> Strip {
        (self.0, self.1, material)
    }
}

impl RoadNetwork {
    /// Lanes with their heights, kerbs, the ground beside them and, where asked for, marks. `groups`
    /// are road numbers.
    pub fn surface_mesh(&self, options: &MeshOptions) -> SurfaceMesh {
        let mut builder = Builder::new(self);
        for (index, road) in self.roads.iter().enumerate() {
            builder.group = index as u32;
            for section in 0..road.sections.len() {
                let Some((start_m, end_m)) = road.section_range(section) else {
                    continue;
                };
                if end_m - start_m < 1e-3 || builder.is_full() {
                    continue;
                }
                let stretch = Stretch {
                    road,
                    section,
                    start_m,
                    end_m: end_m.min(road.length_m),
                };
                let stations = stretch.stations(options);
                lanes(&mut builder, &stretch, &stations);
                if options.verge_m > 0.0 {
                    verges(self, &mut builder, &stretch, &stations, options.verge_m);
                }
                super::structures::rails(&mut builder, &stretch, &stations);
                if options.marks {
                    super::marks::marks(&mut builder, &stretch, &stations);
                }
            }
        }
        builder.mesh
    }
}

/// How far a quadrilateral between two cross-sections is from flat, metres.
fn twist_m([r0, _, l0]: &[Vector3<f64>; 3], [r1, _, l1]: &[Vector3<f64>; 3]) -> f64 {
    let normal = (r1 - r0).cross(&(l0 - r0));
    let length = normal.norm();
    if length < 1e-9 {
        return 0.0;
    }
    (r0 - l0 - r1 + l1).dot(&normal).abs() / (4.0 * length)
}

fn lanes(builder: &mut Builder, stretch: &Stretch, stations: &[f64]) {
    let step_t = if stretch.road.lateral.is_curved() {
        1.0
    } else {
        f64::INFINITY
    };
    for pair in stations.windows(2) {
        let [s0, next] = *pair else { continue };
        // Up to, not at, the next station: there profiles may step.
        let s1 = (next - JUST_M).max(s0);
        let (before, here) = (stretch.cross_section(s0), stretch.cross_section(s1));
        let mut last_left: Option<(Corner, Corner)> = None;
        for (a, b) in before.iter().zip(&here) {
            kerb(builder, stretch, [s0, s1], last_left, Some((a.0, b.0)));
            last_left = Some((a.1, b.1));
            builder.material = b.2;
            let width = (a.1.0 - a.0.0).max(b.1.0 - b.0.0);
            let pieces = (width / step_t).ceil().clamp(1.0, 64.0) as usize;
            let along = |corners: &Strip, i: usize| {
                let w = i as f64 / pieces as f64;
                let ((t0, h0), (t1, h1), _) = *corners;
                (t0 + w * (t1 - t0), h0 + w * (h1 - h0))
            };
            for i in 0..pieces {
                let at = |s: f64, (t, h): Corner| stretch.point(s, t, h);
                builder.quad([
                    at(s0, along(a, i)),
                    at(s1, along(b, i)),
                    at(s1, along(b, i + 1)),
                    at(s0, along(a, i + 1)),
                ]);
            }
        }
        kerb(builder, stretch, [s0, s1], last_left, None);
    }
}

/// The upright face between two lanes of different height; the ground stands for a missing one.
fn kerb(
    builder: &mut Builder,
    stretch: &Stretch,
    s_m: [f64; 2],
    right: Option<(Corner, Corner)>,
    left: Option<(Corner, Corner)>,
) {
    let Some(some) = right.or(left) else { return };
    let ground = ((some.0.0, 0.0), (some.1.0, 0.0));
    let (r, l) = (right.unwrap_or(ground), left.unwrap_or(ground));
    if (r.0.1 - l.0.1).abs() < 1e-3 && (r.1.1 - l.1.1).abs() < 1e-3 {
        return;
    }
    builder.material = MeshMaterial::Curb;
    let at = |s: f64, (t, h): Corner| stretch.point(s, t, h);
    builder.quad([
        at(s_m[0], r.0),
        at(s_m[1], r.1),
        at(s_m[1], l.1),
        at(s_m[0], l.0),
    ]);
}

fn verges(
    network: &RoadNetwork,
    builder: &mut Builder,
    stretch: &Stretch,
    stations: &[f64],
    width_m: f64,
) {
    let own = RoadIndex(builder.group);
    for side in [-1.0, 1.0] {
        let mut previous: Option<([Vector3<f64>; 2], bool)> = None;
        for s in stations {
            let (right, left) = stretch.road.edges_m(stretch.inside(*s));
            let edge = if side < 0.0 { right } else { left };
            // Not beyond the centre of a bend.
            let k = stretch.road.plan.evaluate(*s).curvature_1pm;
            let room = if k * side > 1e-9 {
                (0.9 / k.abs() - edge.abs()).max(0.0)
            } else {
                width_m
            };
            let outer = edge + side * width_m.min(room);
            let points = [
                stretch.point(*s, edge, -VERGE_DROP_M[0]),
                stretch.point(*s, outer, -VERGE_DROP_M[1]),
            ];
            let middle = (points[0] + points[1]) * 0.5;
            let hangs = [middle, points[1]]
                .iter()
                .any(|p| network.road_below(*p, own));
            if let Some((before, hung)) = previous
                && !(hangs || hung)
            {
                builder.material = MeshMaterial::Grass;
                let quad = [before[0], points[0], points[1], before[1]];
                builder.quad(if side > 0.0 {
                    quad
                } else {
                    [quad[3], quad[2], quad[1], quad[0]]
                });
            }
            previous = Some((points, hangs));
        }
    }
}
