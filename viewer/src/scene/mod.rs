//! The picture that the panels look through at: the map, actors, light, and what a driver thinks, drawn by bevy
//! from the [`App`](crate::app::App). It reads, and changes nothing.

mod actors;
mod body;
mod building;
mod car;
mod coach;
mod dress;
mod finish;
mod hull;
mod level;
mod map;
mod overlay;
mod person;
mod plant;
mod points;
mod rain;
mod rider;
mod signals;
mod sketch;
mod sky;
mod space;
mod truck;
mod wardrobe;
mod wheel;

use bevy::camera::{Viewport, visibility::RenderLayers};
use bevy::ecs::system::SystemParam;
use bevy::pbr::DistanceFog;
use bevy::prelude::*;

use crate::app::App as Viewer;
use space::Origin;

/// What belongs to the run that is looked at; map and light belong to all and lie in layer 0.
pub const THIS_RUN: usize = 1;
/// What belongs to the run that it is compared with.
pub const OTHER_RUN: usize = 2;

/// The viewer, as a resource.
#[derive(Resource)]
pub struct View3d(pub Viewer);

/// How much the picture may cost.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Quality {
    /// For machines without a GPU.
    pub is_low: bool,
    /// Whether frames must come quickly, so that what is new waits for the next one where it can.
    pub is_live: bool,
}

/// A camera of the scene, by the number of its view.
#[derive(Component)]
pub struct SceneCamera(pub usize);

/// Materials that are shared.
#[derive(Resource)]
pub struct Looks {
    brake_on: Handle<StandardMaterial>,
    brake_off: Handle<StandardMaterial>,
    rear_night: Handle<StandardMaterial>,
    head_on: Handle<StandardMaterial>,
    head_off: Handle<StandardMaterial>,
    turn_on: Handle<StandardMaterial>,
    turn_off: Handle<StandardMaterial>,
    points: Handle<StandardMaterial>,
    lamps: [Handle<StandardMaterial>; 3],
    lamps_off: Handle<StandardMaterial>,
}

/// What every system reads that draws.
#[derive(SystemParam)]
pub struct Scene<'w> {
    viewer: Res<'w, View3d>,
    origin: Res<'w, Origin>,
    looks: Res<'w, Looks>,
}

impl FromWorld for Looks {
    fn from_world(world: &mut World) -> Self {
        let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
        let mut lamp = |rgb: [f32; 3], glow: f32| {
            let [r, g, b] = rgb;
            materials.add(StandardMaterial {
                base_color: Color::linear_rgb(r, g, b),
                emissive: LinearRgba::rgb(r * glow, g * glow, b * glow),
                double_sided: true,
                cull_mode: None,
                ..default()
            })
        };
        let red = [0.85, 0.008, 0.012];
        let amber = [0.9, 0.35, 0.02];
        let white = [0.8, 0.8, 0.75];
        Self {
            brake_on: lamp(red, 4.0),
            brake_off: lamp([0.16, 0.01, 0.01], 0.0),
            rear_night: lamp([0.4, 0.005, 0.006], 1.6),
            head_on: lamp(white, 12.0),
            head_off: lamp([0.55, 0.56, 0.58], 0.0),
            turn_on: lamp(amber, 5.0),
            turn_off: lamp([0.3, 0.12, 0.02], 0.0),
            lamps: [
                lamp([1.0, 0.015, 0.01], 4.0),
                lamp([1.0, 0.5, 0.03], 5.0),
                lamp([0.05, 1.0, 0.35], 4.5),
            ],
            lamps_off: lamp([0.03, 0.03, 0.03], 0.0),
            points: materials.add(StandardMaterial {
                unlit: true,
                fog_enabled: false,
                double_sided: true,
                cull_mode: None,
                ..default()
            }),
        }
    }
}

/// Systems that draw the scene.
pub struct ScenePlugin;

impl Plugin for ScenePlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((finish::plugin, sky::plugin))
            .init_resource::<Origin>()
            .init_resource::<Looks>()
            .init_resource::<actors::Shown>()
            .init_resource::<wardrobe::Wardrobe>()
            .init_resource::<rain::ShownRain>()
            .init_resource::<sky::ShownLight>()
            .init_resource::<points::ShownPoints>()
            .init_resource::<ShownMap>()
            .init_resource::<level::ShownLevel>()
            .add_systems(Startup, (sky::setup, overlay::setup))
            .add_systems(
                Update,
                (
                    show_map,
                    level::sync,
                    actors::sync,
                    sky::sync,
                    finish::sync,
                    points::sync,
                    signals::sync,
                    overlay::draw,
                    place_cameras,
                    rain::sync,
                )
                    .chain()
                    .in_set(SceneSystems),
            );
    }
}

/// Everything that draws the scene.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub struct SceneSystems;

/// The map that is in the picture.
#[derive(Resource, Default)]
struct ShownMap {
    map: Option<std::sync::Arc<sim::road::RoadNetwork>>,
    parts: Vec<Entity>,
}

/// Puts the map of the run into the scene, once it is known.
fn show_map(
    mut commands: Commands,
    viewer: Res<View3d>,
    mut shown: ResMut<ShownMap>,
    mut origin: ResMut<Origin>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<finish::Solid>>,
    looks: Res<Looks>,
) {
    let app = &viewer.0;
    let (Some(info), Some(frame)) = (&app.run().info, app.frame()) else {
        return;
    };
    if shown
        .map
        .as_ref()
        .is_some_and(|map| std::sync::Arc::ptr_eq(map, &info.map))
    {
        return;
    }
    for entity in shown.parts.drain(..) {
        commands.entity(entity).despawn();
    }
    if shown.map.is_none() {
        let ego = info
            .ego
            .and_then(|id| frame.actor(id))
            .or(frame.actors.first());
        let pose = ego.map(|a| a.state.pose).unwrap_or_default();
        *origin = Origin([pose.x_m, pose.y_m, pose.z_m]);
    }
    shown.map = Some(info.map.clone());
    let mut known = std::collections::BTreeMap::new();
    for (mesh, material) in map::meshes(&info.map, &origin) {
        let look = known
            .entry(material as u8)
            .or_insert_with(|| materials.add(finish::of_map(material)))
            .clone();
        let made = commands.spawn((
            Mesh3d(meshes.add(mesh)),
            MeshMaterial3d(look),
            Transform::default(),
        ));
        shown.parts.push(made.id());
    }
    let lamps = signals::spawn(&mut commands, &mut meshes, &looks, &info.map, &origin);
    shown.parts.extend(lamps);
}

/// Makes a camera for each view and puts it where the view is.
fn place_cameras(
    mut commands: Commands,
    viewer: Res<View3d>,
    origin: Res<Origin>,
    target: Res<Target>,
    mut cameras: Query<(
        Entity,
        &SceneCamera,
        &mut Camera,
        &mut Transform,
        &mut Projection,
        &mut DistanceFog,
        &mut RenderLayers,
    )>,
) {
    let app = &viewer.0;
    let mut there = vec![false; app.views.len()];
    for (entity, number, mut camera, mut transform, mut projection, mut fog, mut layers) in
        &mut cameras
    {
        let (Some(view), Some(rect)) = (app.views.get(number.0), app.view_rects.get(number.0))
        else {
            commands.entity(entity).despawn();
            continue;
        };
        there[number.0] = true;
        let eye = view.eye(app.followed_in(number.0));
        let is_other = app.run_of(number.0) != app.current;
        let wanted = if is_other { OTHER_RUN } else { THIS_RUN };
        let wanted = RenderLayers::from_layers(&[0, wanted]);
        if *layers != wanted {
            *layers = wanted;
        }
        *transform = origin.camera(&eye);
        camera.is_active = rect.is_some();
        if let Some(rect) = rect {
            let scale = target.scale;
            let most = target.size;
            let low = UVec2::new(
                (rect.left() * scale).max(0.0) as u32,
                (rect.top() * scale).max(0.0) as u32,
            )
            .min(most);
            let high = UVec2::new(
                (rect.right() * scale) as u32,
                (rect.bottom() * scale) as u32,
            )
            .min(most);
            let size = high.saturating_sub(low);
            camera.is_active = size.x > 8 && size.y > 8;
            camera.viewport = camera.is_active.then(|| Viewport {
                physical_position: low,
                physical_size: size,
                ..default()
            });
        }
        if eye.height_m.is_some() {
            // How high a camera without perspective is says nothing.
            fog.color = Color::NONE;
        }
        *projection = match eye.height_m {
            Some(height_m) => Projection::Orthographic(OrthographicProjection {
                scaling_mode: bevy::camera::ScalingMode::FixedVertical {
                    viewport_height: height_m as f32,
                },
                near: 0.1,
                far: 5000.0,
                ..OrthographicProjection::default_3d()
            }),
            None => Projection::Perspective(PerspectiveProjection {
                fov: eye.fov_y_rad as f32,
                near: 0.1,
                far: 20_000.0,
                ..default()
            }),
        };
    }
    for number in (0..there.len()).filter(|i| !there[*i]) {
        commands.spawn((
            SceneCamera(number),
            Camera3d::default(),
            Camera {
                order: number as isize,
                is_active: false,
                clear_color: if number == 0 {
                    ClearColorConfig::Default
                } else {
                    ClearColorConfig::None
                },
                ..default()
            },
            target.render.clone(),
            DistanceFog::default(),
            bevy::core_pipeline::tonemapping::Tonemapping::TonyMcMapface,
            RenderLayers::from_layers(&[0, THIS_RUN]),
        ));
    }
}

/// What is drawn to: a window or an image.
#[derive(Resource, Clone)]
pub struct Target {
    /// For cameras.
    pub render: bevy::camera::RenderTarget,
    /// Its size, pixels.
    pub size: UVec2,
    /// Pixels a point.
    pub scale: f32,
}
