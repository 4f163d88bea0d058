//! A scene of a map from strips along its roads and its objects' boxes.

use std::sync::Arc;

use sim::road::RoadNetwork;
use sim::sensor::{Material, Scene, TriangleSoup};

/// Triangles of the surface and of what stands beside it.
pub fn build(map: &RoadNetwork) -> Arc<Scene> {
    let mut soup = TriangleSoup::default();
    for (group, road) in map.road_indices().enumerate() {
        let Some(found) = map.road(road) else {
            continue;
        };
        let steps = (found.length_m / 3.0).ceil().max(1.0) as usize;
        let row = |k: usize| -> Option<[[f64; 3]; 4]> {
            let s = found.length_m * k as f64 / steps as f64;
            let (right, left) = found.edges_m(s);
            let margin = if found.junction.is_some() { 0.0 } else { 25.0 };
            let at = |t: f64, drop: f64| {
                let p = map.pose_at(road, s, t)?.pose;
                Some([p.x_m, p.y_m, p.z_m - drop])
            };
            let (a, b) = (at(right, 0.0)?, at(left, 0.0)?);
            let ar = at(right - margin, 0.0).unwrap_or(a);
            let bl = at(left + margin, 0.0).unwrap_or(b);
            Some([
                [ar[0], ar[1], a[2] - 0.15],
                a,
                b,
                [bl[0], bl[1], b[2] - 0.15],
            ])
        };
        let mut last = row(0);
        for k in 1..=steps {
            let next = row(k);
            if let (Some(p), Some(q)) = (last, next) {
                for (i, material) in [Material::Grass, Material::Asphalt, Material::Grass]
                    .into_iter()
                    .enumerate()
                {
                    soup.quad([p[i], q[i], q[i + 1], p[i + 1]], material, group as u32);
                }
            }
            last = next;
        }
    }
    for (n, object) in map.objects().iter().enumerate() {
        let material = match object.kind.as_str() {
            "building" => Material::Wall,
            "tree" | "vegetation" => Material::Foliage,
            "pole" => Material::Metal,
            "crosswalk" | "roadMark" | "parkingSpace" => continue,
            _ => Material::Concrete,
        };
        let group = 1000 + n as u32;
        if object.height_m < 0.05 {
            continue;
        }
        let r = object.radius_m.unwrap_or(0.0);
        let size = [
            object.length_m.max(2.0 * r),
            object.width_m.max(2.0 * r),
            object.height_m,
        ];
        if object.kind == "tree" {
            soup.cuboid(&object.pose, [0.3, 0.3, 2.5], Material::Trunk, group);
            let mut crown = object.pose;
            crown.z_m += 2.2;
            soup.cuboid(
                &crown,
                [size[0].max(1.0), size[1].max(1.0), (size[2] - 2.2).max(0.5)],
                Material::Foliage,
                group,
            );
        } else {
            soup.cuboid(&object.pose, size.map(|v| v.max(0.1)), material, group);
        }
    }
    Arc::new(Scene::new(&soup))
}
