//! Triangle meshes of a map, for physics and sensors.

mod details;
mod marks;
mod objects;
mod polygon;
mod structures;
mod surface;

use std::collections::HashMap;

use nalgebra::Vector3;

use super::network::RoadNetwork;

/// What a triangle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum MeshMaterial {
    Asphalt,
    Gravel,
    Sidewalk,
    Curb,
    BikeLane,
    Grass,
    MarkWhite,
    MarkYellow,
    MarkRed,
    MarkBlue,
    MarkGreen,
    Wall,
    Foliage,
    Trunk,
    Metal,
    Concrete,
    SignalHousing,
    SignFace,
    Plastic,
}

/// Triangles, counter-clockwise seen from outside (the surface: from above).
#[derive(Clone, Debug, Default)]
pub struct SurfaceMesh {
    /// Where vertex (0, 0, 0) lies in the world, metres; maps may be far from the world's origin.
    pub origin_m: [f64; 3],
    /// Corners relative to the origin, metres.
    pub vertices: Vec<[f32; 3]>,
    /// Corner numbers.
    pub triangles: Vec<[u32; 3]>,
    /// Material of each triangle.
    pub materials: Vec<MeshMaterial>,
    /// Number of the road (surface mesh), object or signal (object mesh: signals after the objects)
    /// of each triangle.
    pub groups: Vec<u32>,
}

/// What a surface mesh holds, and how finely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeshOptions {
    /// Largest distance of the mesh from the true surface, metres.
    pub tolerance_m: f64,
    /// Longest triangle along the road, metres.
    pub max_step_m: f64,
    /// Width of the ground beside roads and in the gaps of junctions, metres; 0 for none.
    pub verge_m: f64,
    /// Whether road marks lie on the lanes as strips.
    pub marks: bool,
}

impl Default for MeshOptions {
    fn default() -> Self {
        Self {
            tolerance_m: 0.02,
            max_step_m: 20.0,
            verge_m: 8.0,
            marks: false,
        }
    }
}

/// Triangles of one mesh, at most; what comes after is left out.
const MAX_TRIANGLES: usize = 8_000_000;

/// Collects triangles; corners within a millimetre are one.
struct Builder {
    mesh: SurfaceMesh,
    known: HashMap<[i32; 3], u32>,
    material: MeshMaterial,
    group: u32,
}

impl Builder {
    fn new(network: &RoadNetwork) -> Self {
        // Whole kilometres, so that maps near the world's origin keep it.
        let first = network.roads.first().map(|r| r.plan.evaluate(0.0));
        let round = |v: f64| (v / 1000.0).round() * 1000.0;
        let origin_m = first.map_or([0.0; 3], |p| [round(p.x_m), round(p.y_m), 0.0]);
        Self {
            mesh: SurfaceMesh {
                origin_m,
                ..SurfaceMesh::default()
            },
            known: HashMap::new(),
            material: MeshMaterial::Asphalt,
            group: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.mesh.triangles.len() >= MAX_TRIANGLES
    }

    fn vertex(&mut self, p: Vector3<f64>) -> Option<u32> {
        let [x, y, z] = self.mesh.origin_m;
        let local = [p.x - x, p.y - y, p.z - z];
        if local.iter().any(|v| v.is_nan() || v.abs() > 1e6) {
            return None;
        }
        let key = local.map(|v| (v * 1000.0).round() as i32);
        Some(*self.known.entry(key).or_insert_with(|| {
            self.mesh.vertices.push(local.map(|v| v as f32));
            self.mesh.vertices.len() as u32 - 1
        }))
    }

    /// A triangle, unless its corners fall together.
    fn triangle(&mut self, corners: [Vector3<f64>; 3]) {
        if self.is_full() {
            return;
        }
        let [Some(a), Some(b), Some(c)] = corners.map(|p| self.vertex(p)) else {
            return;
        };
        if a != b && b != c && c != a {
            self.mesh.triangles.push([a, b, c]);
            self.mesh.materials.push(self.material);
            self.mesh.groups.push(self.group);
        }
    }

    /// A quadrilateral, corners in order.
    fn quad(&mut self, [a, b, c, d]: [Vector3<f64>; 4]) {
        self.triangle([a, b, c]);
        self.triangle([a, c, d]);
    }
}

impl SurfaceMesh {
    /// A corner in the world, metres.
    pub fn vertex_m(&self, index: u32) -> Option<[f64; 3]> {
        let v = self.vertices.get(index as usize)?;
        let [x, y, z] = self.origin_m;
        Some([
            x + f64::from(v[0]),
            y + f64::from(v[1]),
            z + f64::from(v[2]),
        ])
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::input::Limits;

    /// A hill with a bend, a sidewalk, marks, a box and a sign.
    const MAP: &str = r#"<OpenDRIVE><road id="1" length="100" junction="-1">
        <planView><geometry s="0" x="5000000" y="3000000" hdg="0.3" length="100"><arc curvature="0.01"/></geometry></planView>
        <elevationProfile><elevation s="0" a="0" b="0.05" c="0" d="0"/></elevationProfile>
        <lanes><laneSection s="0"><center><lane id="0"><roadMark sOffset="0" type="broken" color="yellow"/></lane></center>
        <right><lane id="-1" type="driving"><width sOffset="0" a="3.5"/><roadMark sOffset="0" type="solid"/></lane>
        <lane id="-2" type="sidewalk"><width sOffset="0" a="2"/><height sOffset="0" inner="0.15" outer="0.15"/></lane></right>
        </laneSection></lanes>
        <objects><object id="o" type="building" s="50" t="20" length="10" width="6" height="4"/></objects>
        <signals><signal id="s" s="20" t="-5" zOffset="2" height="0.6" width="0.6" orientation="+" type="274"/></signals>
        </road></OpenDRIVE>"#;

    fn map() -> RoadNetwork {
        RoadNetwork::from_xml_text(Path::new("hill.xodr"), MAP.to_owned(), &Limits::default())
            .expect("a map")
    }

    fn area_and_rise(mesh: &SurfaceMesh, material: MeshMaterial) -> (f64, f64) {
        let (mut area, mut lowest_up) = (0.0, f64::INFINITY);
        for (t, m) in mesh.triangles.iter().zip(&mesh.materials) {
            if *m == material {
                let [a, b, c] = t.map(|i| Vector3::from(mesh.vertex_m(i).expect("a corner")));
                let normal = (b - a).cross(&(c - a));
                area += 0.5 * normal.norm();
                lowest_up = lowest_up.min(normal.z / normal.norm());
            }
        }
        (area, lowest_up)
    }

    #[test]
    fn lanes_have_their_area_and_face_up() {
        let mesh = map().surface_mesh(&MeshOptions::default());
        let (area, up) = area_and_rise(&mesh, MeshMaterial::Asphalt);
        // A ring sector of 1.0 rad between radii 100 and 103.5, on a grade of 5 %.
        let expected = 0.5 * (103.5f64.powi(2) - 100f64.powi(2)) * (1.0f64 + 0.0025).sqrt();
        assert!((area / expected - 1.0).abs() < 0.01, "{area} {expected}");
        assert!(up > 0.99);
        assert!(area_and_rise(&mesh, MeshMaterial::Sidewalk).1 > 0.99);
        assert!((area_and_rise(&mesh, MeshMaterial::Curb).0 - 2.0 * 0.15 * 104.5).abs() < 0.5);
        assert!(mesh.materials.len() == mesh.triangles.len());
        assert!(mesh.materials.iter().all(|m| *m != MeshMaterial::MarkWhite));
    }

    #[test]
    fn corners_lie_on_the_road() {
        let map = map();
        let mesh = map.surface_mesh(&MeshOptions {
            verge_m: 0.0,
            ..MeshOptions::default()
        });
        for i in 0..mesh.vertices.len() as u32 {
            let [x, y, z] = mesh.vertex_m(i).expect("a corner");
            let at = map.locate(x, y, None, None).expect("a road");
            let lies = map.road(at.road).expect("it").surface_z(at.s_m, at.t_m);
            assert!(z - lies > -2e-3 && z - lies < 0.152, "{z} {lies}");
            assert!(at.t_m > -5.51 && at.t_m < 0.01);
        }
    }

    #[test]
    fn marks_are_strips_of_their_width() {
        let mesh = map().surface_mesh(&MeshOptions {
            marks: true,
            ..MeshOptions::default()
        });
        let (white, up) = area_and_rise(&mesh, MeshMaterial::MarkWhite);
        assert!((white - 0.12 * 103.5).abs() < 0.3 && up > 0.99, "{white}");
        let (yellow, _) = area_and_rise(&mesh, MeshMaterial::MarkYellow);
        // Dashes of 3 m with gaps of 6 m.
        assert!((yellow - 0.12 * 34.0).abs() < 0.2, "{yellow}");
    }

    #[test]
    fn objects_are_closed_bodies_and_signs_have_faces() {
        let mesh = map().object_mesh();
        let (wall, _) = area_and_rise(&mesh, MeshMaterial::Wall);
        assert!((wall - (2.0 * 4.0 * 16.0 + 60.0)).abs() < 1.0, "{wall}");
        let (face, _) = area_and_rise(&mesh, MeshMaterial::SignFace);
        assert!((face - 2.0 * 0.36).abs() < 0.2, "{face}");
    }
}
