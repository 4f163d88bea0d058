//! Surface meshes of all shared maps: their corners lie on the roads, their ground faces up, and they
//! stay small.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

mod common;

use common::maps;
use nalgebra::Vector3;
use sim::road::{MeshMaterial, MeshOptions, SurfaceMesh};
use sim::seed::{Draw, stream};

fn corners(mesh: &SurfaceMesh, triangle: [u32; 3]) -> [Vector3<f64>; 3] {
    triangle.map(|i| Vector3::from(mesh.vertex_m(i).expect("a corner")))
}

#[test]
fn the_ground_faces_up_and_lies_on_the_road() {
    let mut rough = 0;
    for (name, map) in maps() {
        let options = MeshOptions {
            marks: true,
            ..MeshOptions::default()
        };
        let mesh = map.surface_mesh(&options);
        assert!(!mesh.triangles.is_empty(), "{name}");
        assert_eq!(mesh.triangles.len(), mesh.materials.len());
        assert_eq!(mesh.triangles.len(), mesh.groups.len());
        let per_metre = mesh.triangles.len() as f64 / map.total_length_m();
        let (mut down, mut ground) = (0, 0);
        let mut rng = stream(5, None, &name);
        let mut worst = 0.0f64;
        for (i, triangle) in mesh.triangles.iter().enumerate() {
            let [a, b, c] = corners(&mesh, *triangle);
            let normal = (b - a).cross(&(c - a));
            if mesh.materials[i] != MeshMaterial::Curb && normal.norm() > 1e-4 {
                ground += 1;
                down += usize::from(normal.z < 0.0);
            }
            // Middles of lanes' triangles lie on the surface between their corners.
            if mesh.materials[i] == MeshMaterial::Asphalt && i % 17 == 0 {
                let w = [rng.unit(), rng.unit(), rng.unit()];
                let sum = w[0] + w[1] + w[2] + 1e-9;
                let p = (a * w[0] + b * w[1] + c * w[2]) / sum;
                let road = sim::road::RoadIndex(mesh.groups[i]);
                if let Some(at) = map.locate_on(road, p.x, p.y) {
                    let t = at.t_m;
                    if let Some(on) = map.pose_at(road, at.s_m, t) {
                        worst = worst.max((on.pose.z_m - p.z).abs());
                    }
                }
            }
        }
        assert!(per_metre < 50.0, "{name}: {per_metre} triangles a metre");
        // Inside bends tighter than the lane is wide a lane folds over itself.
        assert!(down * 25 <= ground, "{name}: {down} of {ground} face down");
        if worst > 0.1 {
            println!("{name}: {worst:.3} m off");
            rough += 1;
        }
        let bodies = map.object_mesh();
        assert!(bodies.triangles.len() <= 100 * (map.objects().len() + map.signals().len()));
    }
    // A ramp over itself, where z of the other level is found.
    assert!(rough <= 1, "{rough}");
}

#[test]
fn every_lane_is_covered_at_its_height() {
    let mut uncovered = 0;
    for (name, map) in maps() {
        let mesh = map.surface_mesh(&MeshOptions::default());
        let triangles: Vec<[Vector3<f64>; 3]> =
            mesh.triangles.iter().map(|t| corners(&mesh, *t)).collect();
        let mut rng = stream(7, None, &name);
        let (mut tried, mut bare) = (0, 0);
        for _ in 0..60 {
            let index = sim::road::RoadIndex(rng.index(map.roads().len()) as u32);
            let road = map.road(index).expect("a road");
            let s = rng.unit() * road.length_m;
            let (right, left) = road.edges_m(s);
            let t = rng.uniform(right, left);
            if map.lane_at(index, s, t).is_none() {
                continue;
            }
            let pose = map.pose_at(index, s, t).expect("on the road").pose;
            tried += 1;
            let slope = sim::math::tan(pose.roll_rad.abs() + pose.pitch_rad.abs()).abs();
            let near = 0.05 * (1.0 + slope);
            let under = |[a, b, c]: &[Vector3<f64>; 3]| {
                let side = |p: &Vector3<f64>, q: &Vector3<f64>| {
                    (q.x - p.x) * (pose.y_m - p.y) - (q.y - p.y) * (pose.x_m - p.x)
                };
                let (u, v, w) = (side(b, c), side(c, a), side(a, b));
                let area = u + v + w;
                // A little beyond its borders, for chords leave bends.
                let slack = 0.02 * (b - a).norm().max((c - b).norm()).max((a - c).norm());
                area.abs() > 1e-9
                    && u.min(v).min(w) > -slack
                    && ((a.z * u + b.z * v + c.z * w) / area - pose.z_m).abs() < near
            };
            bare += usize::from(!triangles.iter().any(under));
        }
        if bare > 0 {
            println!("{name}: {bare} of {tried} bare");
            uncovered += 1;
        }
    }
    assert_eq!(uncovered, 0);
}
