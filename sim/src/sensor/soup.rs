//! Triangles of a map, and the static scene built of them once a map.

use bevy::math::Vec3;

use super::bvh::{Bounds, Bvh};
use super::map::SignalHead;
use super::semantic::Material;

/// Triangles in world coordinates. `group` numbers what belongs together (one building, one road),
/// so that things of a kind may differ in tint.
#[derive(Clone, Debug, Default)]
pub struct TriangleSoup {
    /// Corners, world frame, metres.
    pub vertices: Vec<[f64; 3]>,
    /// Corner numbers, material and group a triangle.
    pub triangles: Vec<([u32; 3], Material, u32)>,
}

impl TriangleSoup {
    /// Adds a triangle.
    pub fn triangle(&mut self, corners: [[f64; 3]; 3], material: Material, group: u32) {
        let first = self.vertices.len() as u32;
        self.vertices.extend(corners);
        self.triangles
            .push(([first, first + 1, first + 2], material, group));
    }

    /// Adds a quadrilateral, corners in order.
    pub fn quad(&mut self, corners: [[f64; 3]; 4], material: Material, group: u32) {
        let [a, b, c, d] = corners;
        self.triangle([a, b, c], material, group);
        self.triangle([a, c, d], material, group);
    }

    /// Adds an upright prism over a convex or concave ground polygon: walls and a roof.
    pub fn prism(&mut self, base: &[[f64; 3]], height_m: f64, material: Material, group: u32) {
        let raise = |p: [f64; 3]| [p[0], p[1], p[2] + height_m];
        for (i, a) in base.iter().enumerate() {
            let b = base[(i + 1) % base.len()];
            self.quad([*a, b, raise(b), raise(*a)], material, group);
        }
        // A fan; right for convex outlines, and closed from above for others.
        for pair in base.windows(2).skip(1) {
            self.triangle(
                [raise(base[0]), raise(pair[0]), raise(pair[1])],
                material,
                group,
            );
        }
    }

    /// Adds a box standing on a point: length along its heading, width, height, metres.
    pub fn cuboid(
        &mut self,
        base: &crate::math::Pose,
        size_m: [f64; 3],
        material: Material,
        group: u32,
    ) {
        let [l, w, h] = size_m;
        let corners = [(0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)].map(|(i, j)| {
            let (x, y) = base.to_world_xy(l * i, w * j);
            [x, y, base.z_m]
        });
        self.prism(&corners, h, material, group);
    }
}

/// One triangle in scene coordinates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triangle {
    pub corners: [[f32; 3]; 3],
    /// Unit normal; which side it is on depends on the corners' order.
    pub normal: [f32; 3],
    pub material: Material,
    pub group: u32,
}

/// The immovable part of what sensors see; shared between worlds of a map.
#[derive(Debug, Default)]
pub struct Scene {
    /// World coordinates of the scene's zero, so that single precision suffices.
    pub(super) origin: [f64; 3],
    /// In the order of the hierarchy's leaves.
    pub(super) triangles: Vec<Triangle>,
    pub(super) bvh: Bvh,
    /// Traffic lights.
    pub(super) heads: Vec<SignalHead>,
}

impl Scene {
    /// Builds the scene; triangles with corners that are not finite or without area are left out.
    pub fn new(soup: &TriangleSoup) -> Self {
        let finite = |p: &&[f64; 3]| p.iter().all(|v| v.is_finite());
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for p in soup.vertices.iter().filter(finite) {
            for k in 0..3 {
                low[k] = low[k].min(p[k]);
                high[k] = high[k].max(p[k]);
            }
        }
        let origin = std::array::from_fn(|k| {
            let middle = (low[k] + high[k]) / 2.0;
            if middle.is_finite() {
                middle.round()
            } else {
                0.0
            }
        });
        let local = |i: u32| {
            let p = soup.vertices.get(i as usize)?;
            let q: [f32; 3] = std::array::from_fn(|k| (p[k] - origin[k]) as f32);
            q.iter().all(|v| v.is_finite()).then_some(q)
        };
        let triangles: Vec<Triangle> = soup
            .triangles
            .iter()
            .filter_map(|(corners, material, group)| {
                let corners = [local(corners[0])?, local(corners[1])?, local(corners[2])?];
                let [a, b, c] = corners.map(Vec3::from_array);
                let normal = (b - a).cross(c - a).try_normalize()?;
                Some(Triangle {
                    corners,
                    normal: normal.to_array(),
                    material: *material,
                    group: *group,
                })
            })
            .collect();
        let boxes: Vec<Bounds> = triangles
            .iter()
            .map(|t| Bounds::of(t.corners.map(Vec3::from_array)))
            .collect();
        let bvh = Bvh::build(&boxes, true);
        let triangles = bvh.order.iter().map(|i| triangles[*i as usize]).collect();
        Self {
            origin,
            triangles,
            bvh,
            heads: Vec::new(),
        }
    }

    /// Number of triangles.
    pub fn triangle_count(&self) -> usize {
        self.triangles.len()
    }
}
