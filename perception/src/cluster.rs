//! The plain detector that the network is measured against: what stands up, in clusters, by size.

use sim::math::{atan2, cos, sin};
use sim::message::{BoxClass, Detection, LidarPoint};

use crate::encode::Ground;
use crate::grid::{RASTER, cell};

/// Heights over ground whose returns are clustered, metres.
const HEIGHT_M: std::ops::Range<f32> = 0.3..4.0;
/// Least returns of a cluster.
const MIN_POINTS: usize = 4;

/// Boxes of the clusters of one sweep's returns, best score first.
///
/// Euclidean clustering on the 0.5 m grid (cells that touch are one cluster), a box along the
/// cluster's main axis, a class by its size; the score grows with the number of returns.
pub fn detect(points: &[LidarPoint]) -> Vec<Detection> {
    let ground = Ground::estimate(points);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); RASTER * RASTER];
    for (n, p) in points.iter().enumerate() {
        if let (Some((i, _)), Some((j, _))) = (cell(p.x_m, RASTER), cell(p.y_m, RASTER))
            && HEIGHT_M.contains(&(p.z_m - ground.at(p.x_m, p.y_m)))
        {
            members[i * RASTER + j].push(n);
        }
    }
    let mut seen = vec![false; members.len()];
    let mut found = Vec::new();
    for start in 0..members.len() {
        if seen[start] || members[start].is_empty() {
            continue;
        }
        let mut open = vec![start];
        let mut cluster = Vec::new();
        seen[start] = true;
        while let Some(at) = open.pop() {
            cluster.extend(&members[at]);
            let (i, j) = (at / RASTER, at % RASTER);
            for a in i.saturating_sub(1)..(i + 2).min(RASTER) {
                for b in j.saturating_sub(1)..(j + 2).min(RASTER) {
                    let next = a * RASTER + b;
                    if !seen[next] && !members[next].is_empty() {
                        seen[next] = true;
                        open.push(next);
                    }
                }
            }
        }
        if cluster.len() >= MIN_POINTS {
            found.extend(fit(points, &cluster, &ground));
        }
    }
    found.sort_by(|a: &Detection, b| {
        b.score
            .total_cmp(&a.score)
            .then(a.center_m[0].total_cmp(&b.center_m[0]))
    });
    found
}

/// Usual sizes (length, width), metres, to which a partly seen cluster is filled up.
fn usual(class: BoxClass) -> [f32; 2] {
    match class {
        BoxClass::Car => [4.5, 1.8],
        BoxClass::Large => [9.0, 2.5],
        BoxClass::Cyclist => [1.8, 0.6],
        BoxClass::Pedestrian => [0.6, 0.6],
    }
}

fn fit(points: &[LidarPoint], cluster: &[usize], ground: &Ground) -> Option<Detection> {
    let n = cluster.len() as f64;
    let xy = |k: &usize| (f64::from(points[*k].x_m), f64::from(points[*k].y_m));
    let (mx, my) = cluster
        .iter()
        .map(xy)
        .fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
    let (mut xx, mut yy, mut xy_) = (0.0, 0.0, 0.0);
    for (x, y) in cluster.iter().map(xy) {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy_ += (x - mx) * (y - my);
    }
    let yaw = 0.5 * atan2(2.0 * xy_, xx - yy);
    let (c, s) = (cos(yaw), sin(yaw));
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    let mut top = 0f32;
    for k in cluster {
        let (x, y) = xy(k);
        let along = [(x - mx) * c + (y - my) * s, (y - my) * c - (x - mx) * s];
        for axis in 0..2 {
            low[axis] = low[axis].min(along[axis]);
            high[axis] = high[axis].max(along[axis]);
        }
        let p = &points[*k];
        top = top.max(p.z_m - ground.at(p.x_m, p.y_m));
    }
    let length = (high[0] - low[0]) as f32;
    let width = (high[1] - low[1]) as f32;
    let class = if length > 14.0 || width > 4.0 || top > 3.9 {
        return None;
    } else if length > 6.2 || (top > 2.6 && length > 1.5) {
        BoxClass::Large
    } else if length > 2.4 || width > 1.2 {
        BoxClass::Car
    } else if length > 1.0 {
        BoxClass::Cyclist
    } else if top > 1.0 {
        BoxClass::Pedestrian
    } else {
        return None;
    };
    let [usual_length, usual_width] = usual(class);
    // The unseen part lies behind what is seen: push the middle away from the sensor.
    let size = [length.max(usual_length), width.max(usual_width)];
    let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
    let (mut x, mut y) = (
        mx + middle[0] * c - middle[1] * s,
        my + middle[0] * s + middle[1] * c,
    );
    for (axis, (ax, ay)) in [(c, s), (-s, c)].into_iter().enumerate() {
        let seen = if axis == 0 { length } else { width };
        let away = if x * ax + y * ay >= 0.0 { 1.0 } else { -1.0 };
        let push = f64::from(size[axis] - seen) / 2.0 * away;
        x += ax * push;
        y += ay * push;
    }
    let count = cluster.len() as f32;
    Some(Detection {
        class,
        score: count / (count + 20.0),
        center_m: [
            x as f32,
            y as f32,
            ground.at(x as f32, y as f32) + top / 2.0,
        ],
        size_m: [size[0], size[1], top],
        yaw_rad: yaw as f32,
        velocity_mps: [0.0; 2],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_among_ground_returns_is_found() {
        let mut points = Vec::new();
        let mut put = |x: f32, y: f32, z: f32| {
            points.push(LidarPoint {
                x_m: x,
                y_m: y,
                z_m: z,
                intensity: 0.5,
                ring: 0,
                column: 0,
            });
        };
        for i in -30..30 {
            for j in -30..30 {
                put(i as f32, j as f32, 0.0);
            }
        }
        for k in 0..12 {
            put(10.0 + 0.35 * k as f32, 4.0, 0.8);
            put(10.0, 4.0 + 0.15 * k as f32, 0.8);
        }
        let found = detect(&points);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].class, BoxClass::Car);
        let [x, y, _] = found[0].center_m;
        assert!((x - 12.0).abs() < 1.0 && (y - 4.9).abs() < 1.0, "{x} {y}");
        assert!(detect(&[]).is_empty());
    }
}
