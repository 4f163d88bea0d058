//! Objects and signals as bodies.

use nalgebra::Vector3;

use super::polygon::{area2, triangulate};
use super::{Builder, MeshMaterial, SurfaceMesh};
use crate::math::{Pose, TAU, cos, sin};
use crate::road::network::RoadNetwork;
use crate::road::{Outline, Road, RoadObject, Signal};

/// Paint on the ground lies this much over it, metres.
const PAINT_M: f64 = 0.015;
/// Side of a body that has no width or length, metres.
const THIN_M: f64 = 0.1;

impl RoadNetwork {
    /// Bodies of all objects, signals and tunnels. `groups` are object numbers, then signals, then
    /// structures.
    pub fn object_mesh(&self) -> SurfaceMesh {
        let mut builder = Builder::new(self);
        for (i, object) in self.objects.iter().enumerate() {
            builder.group = i as u32;
            body(self, &mut builder, object);
        }
        for (i, signal) in self.signals.iter().enumerate() {
            builder.group = (self.objects.len() + i) as u32;
            post(self, &mut builder, signal);
        }
        for (i, structure) in self.structures.iter().enumerate() {
            builder.group = (self.objects.len() + self.signals.len() + i) as u32;
            super::structures::tunnel(self, &mut builder, structure);
        }
        builder.mesh
    }
}

/// Bodies in the frame of a pose.
pub(super) struct Local<'a> {
    pub builder: &'a mut Builder,
    pose: nalgebra::Isometry3<f64>,
}

impl Local<'_> {
    pub fn world(&self, x: f64, y: f64, z: f64) -> Vector3<f64> {
        (self.pose * nalgebra::Point3::new(x, y, z)).coords
    }

    /// A prism over a polygon; `tops` and `bases` are z at its corners.
    fn prism(&mut self, polygon: &[[f64; 2]], bases: &[f64], tops: &[f64]) {
        let at = |list: &[f64], i: usize| list.get(i).copied().unwrap_or_default();
        let corner = |this: &Self, i: usize, list: &[f64]| {
            let [x, y] = polygon.get(i).copied().unwrap_or_default();
            this.world(x, y, at(list, i))
        };
        for t in triangulate(polygon) {
            let top = t.map(|i| corner(self, i, tops));
            self.builder.triangle(top);
        }
        let turn = area2(polygon) > 0.0;
        for i in 0..polygon.len() {
            let j = (i + 1) % polygon.len();
            let (i, j) = if turn { (i, j) } else { (j, i) };
            let quad = [
                corner(self, i, bases),
                corner(self, j, bases),
                corner(self, j, tops),
                corner(self, i, tops),
            ];
            self.builder.quad(quad);
        }
    }

    /// A wall between two points, of bases and tops at its ends.
    pub fn wall(&mut self, [a, b]: [[f64; 2]; 2], half_m: f64, bases: [f64; 2], tops: [f64; 2]) {
        let [nx, ny] = normal(a, b, half_m);
        let wall = [
            [a[0] - nx, a[1] - ny],
            [b[0] - nx, b[1] - ny],
            [b[0] + nx, b[1] + ny],
            [a[0] + nx, a[1] + ny],
        ];
        let around = |[p, q]: [f64; 2]| [p, q, q, p];
        self.prism(&wall, &around(bases), &around(tops));
    }

    /// A flat strip between two points.
    pub fn ribbon(&mut self, a: [f64; 3], b: [f64; 3], half_m: f64) {
        let [nx, ny] = normal([a[0], a[1]], [b[0], b[1]], half_m);
        let corner = |p: [f64; 3], sign: f64| self.world(p[0] + sign * nx, p[1] + sign * ny, p[2]);
        let quad = [
            corner(a, -1.0),
            corner(b, -1.0),
            corner(b, 1.0),
            corner(a, 1.0),
        ];
        self.builder.quad(quad);
    }

    /// A box standing on z, centred in x and y.
    fn cuboid(&mut self, z_m: f64, [length, width, height]: [f64; 3]) {
        let (x, y) = (0.5 * length, 0.5 * width);
        let base = [[-x, -y], [x, -y], [x, y], [-x, y]];
        self.prism(&base, &[z_m; 4], &[z_m + height; 4]);
    }

    /// A round body standing on z; the radius at the top may differ.
    fn cylinder(&mut self, z_m: f64, radius: f64, height: f64) {
        let base: Vec<[f64; 2]> = (0..8)
            .map(|i| f64::from(i) * TAU / 8.0)
            .map(|a| [radius * cos(a), radius * sin(a)])
            .collect();
        self.prism(&base, &[z_m; 8], &[z_m + height; 8]);
    }
}

/// At right angles to the left of a line, of a length.
fn normal(a: [f64; 2], b: [f64; 2], length_m: f64) -> [f64; 2] {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let scale = length_m / crate::math::hypot(dx, dy).max(1e-6);
    [-dy * scale, dx * scale]
}

/// What fills an outline, where it says so.
fn filling(fill: &str) -> Option<MeshMaterial> {
    Some(match fill.trim() {
        "grass" => MeshMaterial::Grass,
        "concrete" | "cobble" | "pavement" => MeshMaterial::Concrete,
        "asphalt" => MeshMaterial::Asphalt,
        "gravel" | "soil" => MeshMaterial::Gravel,
        "paint" => MeshMaterial::MarkWhite,
        _ => return None,
    })
}

fn material(kind: &str, name: &str) -> MeshMaterial {
    match kind {
        "building" => MeshMaterial::Wall,
        "tree" | "vegetation" | "bush" => MeshMaterial::Foliage,
        "barrier" | "soundBarrier" | "wall" | "gantry" | "tunnel" | "bridge" => {
            MeshMaterial::Concrete
        }
        "pole" | "railing" | "streetLamp" | "fence" => MeshMaterial::Metal,
        "trafficIsland" => MeshMaterial::Curb,
        "crosswalk" | "roadMark" | "parkingSpace" => MeshMaterial::MarkWhite,
        "patch" | "roadSurface" => MeshMaterial::Asphalt,
        _ => {
            let name = name.to_ascii_lowercase();
            let says = |words: &[&str]| words.iter().any(|w| name.contains(w));
            if says(&["tree", "bush", "plant", "hedge"]) {
                MeshMaterial::Foliage
            } else if says(&["build", "house", "wall"]) {
                MeshMaterial::Wall
            } else if says(&["rail", "pole", "lamp", "post", "fence", "delineator"]) {
                MeshMaterial::Metal
            } else {
                MeshMaterial::Plastic
            }
        }
    }
}

fn body(network: &RoadNetwork, builder: &mut Builder, object: &RoadObject) {
    builder.material = material(&object.kind, &object.name);
    let mut local = Local {
        pose: object.pose.to_isometry(),
        builder,
    };
    super::details::details(&mut local, object);
    let own = material(&object.kind, &object.name);
    local.builder.material = own;
    if object.kind == "none" && object.outlines.is_empty() && object.height_m == 0.0 {
        return;
    }
    if object.is_parking_space() {
        if object.markings.is_empty() {
            super::details::bounded(&mut local, object);
        }
        return;
    }
    if object.kind == "crosswalk" {
        zebra(network, &mut local, object);
        return;
    }
    for outline in &object.outlines {
        local.builder.material = filling(&outline.fill).unwrap_or(own);
        outlined(&mut local, outline);
    }
    if !object.outlines.is_empty() || !object.skeleton.is_empty() {
        return;
    }
    local.builder.material = own;
    let height = object.height_m;
    if height < 0.02 {
        if object.length_m > 0.0 && object.width_m > 0.0 {
            local.cuboid(0.0, [object.length_m, object.width_m, PAINT_M]);
        }
        return;
    }
    let [length, width] = [object.length_m, object.width_m].map(|v| v.max(THIN_M));
    let radius = object.radius_m.unwrap_or(0.25 * (length + width));
    match local.builder.material {
        MeshMaterial::Foliage if height > 2.0 => {
            // A crown on a trunk.
            let crown = radius.max(0.15 * height);
            local.cylinder(0.35 * height, crown, 0.65 * height);
            local.builder.material = MeshMaterial::Trunk;
            local.cylinder(0.0, (0.03 * height).min(0.5), 0.35 * height);
        }
        _ if object.radius_m.is_some() => local.cylinder(0.0, radius, height),
        _ => local.cuboid(0.0, [length, width, height]),
    }
}

fn outlined(local: &mut Local, outline: &Outline) {
    let polygon: Vec<[f64; 2]> = outline.corners.iter().map(|c| [c.u_m, c.v_m]).collect();
    let bases: Vec<f64> = outline.corners.iter().map(|c| c.z_m).collect();
    let tops: Vec<f64> = outline
        .corners
        .iter()
        .map(|c| c.z_m + c.height_m.max(PAINT_M))
        .collect();
    if outline.closed && polygon.len() > 2 {
        local.prism(&polygon, &bases, &tops);
        return;
    }
    // An open outline is a thin wall along its corners.
    for i in 1..polygon.len() {
        let ends = (
            polygon.get(i - 1),
            polygon.get(i),
            bases.get(i - 1..=i),
            tops.get(i - 1..=i),
        );
        if let (Some(a), Some(b), Some(&[b0, b1]), Some(&[t0, t1])) = ends {
            local.wall([*a, *b], 0.5 * THIN_M, [b0, b1], [t0, t1]);
        }
    }
}

/// Bars along the road, half a metre wide and apart, over the crosswalk's extent.
fn zebra(network: &RoadNetwork, local: &mut Local, object: &RoadObject) {
    let Some(road) = network.road(object.road) else {
        return;
    };
    let yaw = road.plan.evaluate(object.s_m).heading_rad;
    let corners: Vec<(f64, f64)> = match object.outlines.first() {
        Some(outline) => outline.corners.iter().map(|c| (c.u_m, c.v_m)).collect(),
        None => {
            let (l, w) = (0.5 * object.length_m, 0.5 * object.width_m);
            vec![(-l, -w), (l, -w), (l, w), (-l, w)]
        }
    };
    let frame = Pose::planar(object.pose.x_m, object.pose.y_m, yaw);
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for (u, v) in corners {
        let (x, y) = object.pose.to_world_xy(u, v);
        let (a, b) = frame.to_local_xy(x, y);
        low = [low[0].min(a), low[1].min(b)];
        high = [high[0].max(a), high[1].max(b)];
    }
    let count = (high[1] - low[1]).clamp(0.0, 200.0) as usize;
    local.pose = Pose {
        z_m: object.pose.z_m,
        ..frame
    }
    .to_isometry();
    for i in 0..count {
        let b = low[1] + i as f64 + 0.25;
        let bar = [
            [low[0], b],
            [high[0], b],
            [high[0], b + 0.5],
            [low[0], b + 0.5],
        ];
        local.prism(&bar, &[0.0; 4], &[PAINT_M; 4]);
    }
}

/// A signal: paint on the road, or a head on a post.
fn post(network: &RoadNetwork, builder: &mut Builder, signal: &Signal) {
    if signal.is_stop_line() {
        stop_line(network, builder, signal);
    } else if signal.is_crosswalk() {
        crosswalk(network, builder, signal);
    }
    if signal.is_paint() {
        return;
    }
    let or = |value: f64, default: f64| if value > 0.0 { value } else { default };
    let light = signal.is_traffic_light();
    let usual = if light {
        [0.3, 0.3, 0.9]
    } else {
        [0.02, 0.6, 0.6]
    };
    let size = [
        usual[0],
        or(signal.width_m, usual[1]).min(20.0),
        or(signal.height_m, usual[2]).min(if light { 1.2 } else { 20.0 }),
    ];
    // A signal that stands on the ground is given with its post.
    let foot = signal.z_offset_m.clamp(0.0, 50.0);
    let face = if foot < 0.3 {
        (signal.height_m - size[2]).max(2.0)
    } else {
        0.0
    };
    let mut local = Local {
        pose: signal.pose.to_isometry(),
        builder,
    };
    local.builder.material = if light {
        MeshMaterial::SignalHousing
    } else {
        MeshMaterial::SignFace
    };
    local.cuboid(face, size);
    local.builder.material = MeshMaterial::Metal;
    // Behind the face.
    local.pose.translation.vector = local.world(-0.5 * size[0] - 0.06, 0.0, -foot);
    local.cylinder(0.0, 0.05, foot + face + 0.5 * size[2]);
}

/// A quadrilateral of paint between stations and t.
fn paint(builder: &mut Builder, road: &Road, [near, far]: [f64; 2], [right, left]: [f64; 2]) {
    builder.material = MeshMaterial::MarkWhite;
    let at = |s: f64, t: f64| {
        road.surface(s.clamp(0.0, road.length_m), t, 0.0)[0] + Vector3::new(0.0, 0.0, PAINT_M)
    };
    builder.quad([
        at(near, right),
        at(far, right),
        at(far, left),
        at(near, left),
    ]);
}

/// Bars along the road, half a metre wide and apart.
fn crosswalk(network: &RoadNetwork, builder: &mut Builder, signal: &Signal) {
    let Some(road) = network.road(signal.road) else {
        return;
    };
    let half = 0.5 * signal.value.filter(|v| *v > 0.0).unwrap_or(3.0).min(20.0);
    let width = if signal.width_m > 0.0 {
        signal.width_m
    } else {
        6.0
    };
    for i in 0..width as usize {
        let t = signal.t_m - 0.5 * width + i as f64 + 0.25;
        paint(
            builder,
            road,
            [signal.s_m - half, signal.s_m + half],
            [t, t + 0.5],
        );
    }
}

fn stop_line(network: &RoadNetwork, builder: &mut Builder, signal: &Signal) {
    let Some(road) = network.road(signal.road) else {
        return;
    };
    let s = signal.s_m.clamp(0.0, road.length_m);
    let Some(section) = road.section(s) else {
        return;
    };
    let (near, far) = ((s - 0.2).max(0.0), (s + 0.2).min(road.length_m));
    for lane in section.lanes() {
        let counts = signal
            .orientation
            .counts_for(road.driving_direction(lane.id))
            && signal.counts_for_lane(lane.id)
            && lane.kind.is_drivable();
        let Some(b) = road.lane_bounds(s, lane.id).filter(|_| counts) else {
            continue;
        };
        let (right, left) = (b.inner_t_m.min(b.outer_t_m), b.inner_t_m.max(b.outer_t_m));
        paint(builder, road, [near, far], [right, left]);
    }
}
