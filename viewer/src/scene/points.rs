//! Lidar points of the selected driver as small squares that face the sensor.

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::RenderLayers;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use sim::message::{LidarPoint, PointTruth};

use super::space::{Origin, local};
use super::{Looks, THIS_RUN, View3d};
use crate::layers::{Layer, PointColor};
use crate::run::{Scans, Timed};

/// Half the side of a point's square at a metre's distance, metres.
const HALF_M: f32 = 0.0016;
/// Errors of range from this on look alike, metres.
const MOST_ERROR_M: f32 = 0.3;

/// The points in the picture, and those that are being made: a cloud takes longer than a frame may.
#[derive(Resource, Default)]
pub struct ShownPoints {
    making: Option<Task<(Mesh, Transform)>>,
    entity: Option<Entity>,
    of: Option<(Timed<Scans>, PointColor)>,
}

/// Shows the newest scans of the selected driver.
pub fn sync(
    mut commands: Commands,
    viewer: Res<View3d>,
    origin: Res<Origin>,
    looks: Res<Looks>,
    mut shown: ResMut<ShownPoints>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    let app = &viewer.0;
    let by = app.layers.points;
    let found = app.layers.shows(Layer::Lidar).then(|| {
        let mind = app.minded()?;
        let scans = app.scans(mind)?;
        let frame = app.run().frame(app.run().tick_at(scans.time_s))?;
        Some((scans, frame.actor(mind.actor)?.state.pose))
    });
    let made = shown.making.as_mut().and_then(check_ready);
    if let Some((mesh, place)) = made {
        shown.making = None;
        let mesh = Mesh3d(meshes.add(mesh));
        let look = MeshMaterial3d(looks.points.clone());
        // Its bounds would take long to find, and it is nearly always in sight.
        let unbounded = bevy::camera::visibility::NoFrustumCulling;
        let layer = RenderLayers::layer(THIS_RUN);
        let parts = (
            mesh,
            look,
            place,
            unbounded,
            layer,
            bevy::light::NotShadowCaster,
        );
        match shown.entity {
            Some(entity) => {
                commands.entity(entity).insert(parts);
            }
            None => shown.entity = Some(commands.spawn(parts).id()),
        }
    }
    let Some((scans, pose)) = found.flatten() else {
        shown.making = None;
        if let Some(entity) = shown.entity.take() {
            commands.entity(entity).despawn();
        }
        shown.of = None;
        return;
    };
    let is_same = shown
        .of
        .as_ref()
        .is_some_and(|(s, b)| s.is(&scans) && *b == by);
    // One at a time: what comes meanwhile is shown after it.
    if is_same || shown.making.is_some() {
        return;
    }
    let place = origin.transform(&pose);
    let stored = scans.clone();
    shown.making = Some(AsyncComputeTaskPool::get().spawn(async move {
        let data = stored.get().unwrap_or_default();
        (mesh(&data, by), place)
    }));
    shown.of = Some((scans, by));
}

/// All points of some scans, in the carrier's frame.
pub fn mesh(scans: &Scans, by: PointColor) -> Mesh {
    let count: usize = scans.scans.iter().map(|s| s.points.len()).sum();
    let mut points = Vec::with_capacity(count * 4);
    let mut colors = Vec::with_capacity(count * 4);
    let mut indices = Vec::with_capacity(count * 6);
    for (number, scan) in scans.scans.iter().enumerate() {
        let truth = scans.truths.get(number);
        let rings = scan.points.iter().map(|p| p.ring).max().unwrap_or(1).max(1);
        let from = Vec3::from_array(scan.origin_m);
        for (i, point) in scan.points.iter().enumerate() {
            let at = Vec3::new(point.x_m, point.y_m, point.z_m);
            let along = (at - from).normalize_or(Vec3::X);
            let side = along.cross(Vec3::Z).try_normalize().unwrap_or(Vec3::Y);
            let up = side.cross(along);
            let half = HALF_M * (at - from).length().clamp(4.0, 60.0) + 0.006;
            let color = color(point, rings, truth.and_then(|t| t.0.get(i)), by);
            let first = points.len() as u32;
            for (s, u) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                points.push(local((at + (side * s + up * u) * half).to_array()).to_array());
                colors.push(color);
            }
            indices.extend([0, 1, 2, 0, 2, 3].map(|k| first + k));
        }
    }
    let normals = vec![[0.0, 1.0, 0.0]; points.len()];
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
    .with_inserted_indices(Indices::U32(indices))
}

fn color(point: &LidarPoint, rings: u16, truth: Option<&PointTruth>, by: PointColor) -> [f32; 4] {
    let hue = |share: f32| {
        let c = LinearRgba::from(Color::hsl(240.0 * (1.0 - share.clamp(0.0, 1.0)), 1.0, 0.55));
        [c.red, c.green, c.blue, 1.0]
    };
    match by {
        PointColor::Intensity => hue(point.intensity.max(0.0).sqrt()),
        PointColor::Ring => hue(f32::from(point.ring) / f32::from(rings)),
        PointColor::Height => hue((point.z_m + 0.5) / 5.0),
        PointColor::Error => match truth {
            Some(truth) => hue((truth.range_error_m.abs() / MOST_ERROR_M).sqrt()),
            None => [0.5, 0.5, 0.5, 1.0],
        },
        PointColor::Class => match truth {
            Some(truth) => {
                let c = LinearRgba::from(Color::hsl(
                    f32::from(truth.semantic) * 47.0 % 360.0,
                    0.8,
                    0.55,
                ));
                [c.red, c.green, c.blue, 1.0]
            }
            None => [0.5, 0.5, 0.5, 1.0],
        },
    }
}
