//! The viewer in a window, or as a picture without one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bevy::camera::{CameraOutputMode, RenderTarget, visibility::RenderLayers};
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::render_resource::{BlendState, TextureFormat};
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::settings::{Backends, RenderCreation, WgpuSettings};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::{ExitCondition, PresentMode, PrimaryWindow, WindowResolution};
use bevy::winit::{WinitPlugin, WinitSettings};
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext,
};

use crate::app::App as Viewer;
use crate::film::{FilmError, Writer};
use crate::hand::Pedals;
use crate::scene::{Quality, ScenePlugin, SceneSystems, Target, View3d};
use crate::settings::Settings;

/// Frames that are drawn before a picture is taken: panels find their places in the first ones.
const SETTLING_FRAMES: u32 = 8;
/// Frames that a picture may take.
const MOST_FRAMES: u32 = 400;

/// What goes wrong about a window or a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Nothing to draw with.
    #[error(
        "nothing to draw with: {0} (install a Vulkan driver, such as Debian's mesa-vulkan-drivers and libvulkan1)"
    )]
    Graphics(String),
    /// A bug, or a driver that fails.
    #[error("the picture could not be drawn: {0}")]
    Fault(String),
    /// The picture did not come.
    #[error("no picture after {MOST_FRAMES} frames")]
    NoPicture,
    /// No film.
    #[error(transparent)]
    Film(#[from] FilmError),
    /// The picture can't be written.
    #[error("{}: can't be written: {reason}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Shows a viewer in a window until it is closed; its settings as they are then.
///
/// # Errors
/// If there is nothing to draw with.
pub fn show(viewer: Viewer) -> Result<(), WindowError> {
    guarded(|| show_window(viewer))
}

/// Does something with the graphics; where there are none, bevy panics.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, WindowError> {
    let said = Arc::new(Mutex::new(None));
    let heard = said.clone();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or("a fault").to_owned();
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get_or_insert((text, info.to_string()));
    }));
    let worked = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(before);
    worked.map_err(|_| {
        let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
        match said {
            Some((text, _)) if text.contains("Unable to find a GPU") => {
                WindowError::Graphics("no Vulkan adapter".into())
            }
            Some((_, whole)) => WindowError::Fault(whole),
            None => WindowError::Fault("a panic".into()),
        }
    })
}

fn show_window(viewer: Viewer) {
    let mut app = base(
        viewer,
        WindowPlugin {
            primary_window: Some(Window {
                title: "Skidpad".into(),
                resolution: WindowResolution::new(1600, 900),
                present_mode: PresentMode::AutoVsync,
                ..default()
            }),
            ..default()
        },
        true,
        usual_backends(),
    );
    app.insert_resource(WinitSettings::continuous())
        .add_systems(PreUpdate, follow_window)
        .add_systems(PreUpdate, read_gamepads)
        .add_systems(PostUpdate, end)
        .add_systems(Last, (take_pictures, take_film, keep_settings));
    app.insert_resource(Target {
        render: RenderTarget::default(),
        size: UVec2::new(1600, 900),
        scale: 1.0,
    });
    app.run();
}

/// One picture of a viewer, of so many pixels, without a window.
///
/// # Errors
/// If there is nothing to draw with.
pub fn picture(viewer: Viewer, size: [u32; 2]) -> Result<image::RgbaImage, WindowError> {
    let mut shots = pictures(viewer, size, 1, |_, _| {})?;
    shots.pop().ok_or(WindowError::NoPicture)
}

/// Some pictures in a row; `change` is called before each with its number.
///
/// # Errors
/// If there is nothing to draw with.
pub fn pictures(
    viewer: Viewer,
    size: [u32; 2],
    count: usize,
    change: impl FnMut(&mut Viewer, usize),
) -> Result<Vec<image::RgbaImage>, WindowError> {
    guarded(|| draw_pictures(viewer, size, count, change))?
}

fn draw_pictures(
    viewer: Viewer,
    size: [u32; 2],
    count: usize,
    mut change: impl FnMut(&mut Viewer, usize),
) -> Result<Vec<image::RgbaImage>, WindowError> {
    let mut camera = Photographer::new(viewer, size);
    let mut made = Vec::new();
    for number in 0..count {
        change(camera.viewer(), number);
        let settling = if number == 0 { SETTLING_FRAMES } else { 3 };
        made.push(camera.take(settling)?);
    }
    Ok(made)
}

/// A film of a viewer from a time to another without a window: `speed` simulated seconds a second.
///
/// # Errors
/// If there is nothing to draw with, or ffmpeg is missing or fails.
pub fn film(
    viewer: Viewer,
    size: [u32; 2],
    [from_s, to_s]: [f64; 2],
    (frames_hz, speed): (f64, f64),
    file: &Path,
) -> Result<usize, WindowError> {
    let film = || {
        let mut writer = Writer::begin(file, size, frames_hz)?;
        let mut camera = Photographer::new(viewer, size);
        let count = ((to_s - from_s) / speed * frames_hz).floor().max(0.0) as usize + 1;
        for number in 0..count {
            let app = camera.viewer();
            app.clock.at = (from_s + number as f64 / frames_hz * speed) / app.dt_s();
            let settling = if number == 0 { SETTLING_FRAMES } else { 1 };
            writer.add(camera.take(settling)?.as_raw())?;
        }
        writer.end()?;
        Ok(count)
    };
    guarded(film)?
}

/// Takes pictures of a viewer that has no window.
struct Photographer {
    app: App,
    handle: Handle<Image>,
}

impl Photographer {
    fn new(viewer: Viewer, size: [u32; 2]) -> Self {
        let (app, handle) = without_window(viewer, size, usual_backends());
        Self { app, handle }
    }

    fn viewer(&mut self) -> &mut Viewer {
        &mut self.app.world_mut().resource_mut::<View3d>().into_inner().0
    }

    /// A picture, after some frames in which panels find their places.
    fn take(&mut self, settling: u32) -> Result<image::RgbaImage, WindowError> {
        for _ in 0..settling {
            self.app.update();
        }
        // What a panel asked for is shown before the picture is taken.
        if self.viewer().wait_look() {
            self.app.update();
            self.app.update();
        }
        let taken: Arc<Mutex<Option<Image>>> = Arc::default();
        let slot = taken.clone();
        self.app
            .world_mut()
            .spawn(Screenshot::image(self.handle.clone()))
            .observe(move |captured: On<ScreenshotCaptured>| {
                let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
                *slot = Some(captured.image.clone());
            });
        for _ in 0..MOST_FRAMES {
            self.app.update();
            let shot = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(shot) = shot {
                let dynamic = shot
                    .try_into_dynamic()
                    .map_err(|e| WindowError::Graphics(e.to_string()))?;
                return Ok(dynamic.to_rgba8());
            }
            // The picture comes from another thread.
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(WindowError::NoPicture)
    }
}

/// Time that the viewer's own work takes a frame while a run is played, without any rendering.
///
/// # Errors
/// If a frame can't be made.
pub fn frame_times(
    viewer: Viewer,
    size: [u32; 2],
    frames: u32,
) -> Result<Vec<Duration>, WindowError> {
    guarded(|| {
        let (mut app, _) = without_window(viewer, size, Backends::empty());
        for _ in 0..SETTLING_FRAMES {
            app.update();
        }
        let time = |_| {
            let begun = Instant::now();
            app.update();
            begun.elapsed()
        };
        (0..frames).map(time).collect()
    })
}

/// Writes a picture.
///
/// # Errors
/// If the file can't be written.
pub fn write(picture: &image::RgbaImage, file: &Path) -> Result<(), WindowError> {
    let wrong = |reason: String| WindowError::Write {
        file: file.to_owned(),
        reason,
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|e| wrong(e.to_string()))?;
    }
    let rgb: image::RgbImage = image::DynamicImage::from(picture.clone()).to_rgb8();
    rgb.save_with_format(file, image::ImageFormat::Png)
        .map_err(|e| wrong(e.to_string()))
}

/// An app that draws into an image.
fn without_window(viewer: Viewer, size: [u32; 2], backends: Backends) -> (App, Handle<Image>) {
    let plugin = WindowPlugin {
        primary_window: None,
        exit_condition: ExitCondition::DontExit,
        ..default()
    };
    let mut app = base(viewer, plugin, false, backends);
    let size = UVec2::new(size[0], size[1]);
    let image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    let handle = app.world_mut().resource_mut::<Assets<Image>>().add(image);
    app.insert_resource(Target {
        render: RenderTarget::Image(handle.clone().into()),
        size,
        scale: 1.0,
    });
    app.finish();
    app.cleanup();
    (app, handle)
}

/// Those that bevy knows best: to look for OpenGL, too, makes some drivers complain.
fn usual_backends() -> Backends {
    Backends::from_env().unwrap_or(Backends::PRIMARY)
}

fn base(viewer: Viewer, window: WindowPlugin, has_window: bool, backends: Backends) -> App {
    let mut app = App::new();
    let plugins = DefaultPlugins
        .set(window)
        .set(RenderPlugin {
            synchronous_pipeline_compilation: !has_window,
            render_creation: RenderCreation::Automatic(Box::new(WgpuSettings {
                backends: (!backends.is_empty()).then_some(backends),
                ..default()
            })),
            ..default()
        })
        // The program has its own.
        .disable::<bevy::log::LogPlugin>();
    if has_window {
        app.add_plugins(plugins);
    } else {
        app.add_plugins(plugins.disable::<WinitPlugin>());
    }
    app.add_plugins(EguiPlugin::default());
    app.world_mut()
        .resource_mut::<EguiGlobalSettings>()
        .auto_create_primary_context = false;
    let is_low = app
        .world()
        .get_resource::<RenderAdapterInfo>()
        .is_none_or(|info| format!("{:?}", info.device_type) == "Cpu");
    app.insert_resource(Quality {
        is_low,
        is_live: has_window || backends.is_empty(),
    })
    .insert_resource(View3d(viewer))
    .insert_resource(ClearColor(Color::srgb(0.1, 0.11, 0.13)))
    .add_plugins(ScenePlugin)
    .add_systems(Startup, spawn_panels_camera)
    .add_systems(Update, advance.before(SceneSystems))
    .add_systems(EguiPrimaryContextPass, draw_panels);
    app
}

/// The camera that panels are drawn by, over all others.
fn spawn_panels_camera(mut commands: Commands, target: Res<Target>) {
    commands.spawn((
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        target.render.clone(),
        Camera {
            order: 100,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(BlendState::ALPHA_BLENDING),
                clear_color: ClearColorConfig::None,
            },
            clear_color: ClearColorConfig::Custom(Color::NONE),
            ..default()
        },
    ));
}

fn advance(time: Res<Time<Real>>, mut viewer: ResMut<View3d>) {
    viewer.0.update(time.delta_secs_f64());
}

fn draw_panels(mut contexts: EguiContexts, mut viewer: ResMut<View3d>) -> Result {
    let context = contexts.ctx_mut()?;
    let mut ui = egui::Ui::new(
        context.clone(),
        "window".into(),
        egui::UiBuilder::new()
            .layer_id(egui::LayerId::background())
            .max_rect(context.viewport_rect()),
    );
    crate::ui::draw(&mut ui, &mut viewer.0);
    Ok(())
}

fn follow_window(window: Query<&Window, With<PrimaryWindow>>, mut target: ResMut<Target>) {
    if let Ok(window) = window.single() {
        target.size = UVec2::new(window.physical_width(), window.physical_height());
        target.scale = window.scale_factor();
    }
}

fn take_pictures(mut commands: Commands, mut viewer: ResMut<View3d>) {
    if let Some(file) = viewer.0.wants_picture.take() {
        viewer.0.status = Some(format!("Saved {}", file.display()));
        commands
            .spawn(Screenshot::primary_window())
            .observe(bevy::render::view::screenshot::save_to_disk(file));
    }
}

fn end(viewer: Res<View3d>, mut exits: MessageWriter<AppExit>) {
    if viewer.0.wants_end {
        exits.write(AppExit::Success);
    }
}

/// Asks for the next picture of a film.
fn take_film(mut commands: Commands, mut viewer: ResMut<View3d>) {
    let app = &mut viewer.0;
    let is_over = app.run().is_over() && !app.clock.is_playing;
    if is_over && app.film.is_some() {
        app.toggle_film();
    }
    // The window is pictured once at a time.
    let Some(film) = app.film.as_mut().filter(|film| film.is_whole()) else {
        return;
    };
    let number = film.asked;
    film.asked += 1;
    let film = film.clone();
    commands.spawn(Screenshot::primary_window()).observe(
        move |captured: On<ScreenshotCaptured>| {
            let picture = captured.image.clone().try_into_dynamic();
            let picture = picture.map(|p| p.to_rgba8()).unwrap_or_default();
            let size = [picture.width(), picture.height()];
            film.take(number, size, picture.into_raw());
        },
    );
}

/// Pedals and wheel of a gamepad.
fn read_gamepads(gamepads: Query<&Gamepad>, mut viewer: ResMut<View3d>) {
    let mut pedals = Pedals::default();
    for pad in &gamepads {
        let axis = |axis| f64::from(pad.get(axis).unwrap_or(0.0));
        let brake = axis(GamepadButton::LeftTrigger2);
        pedals = pedals.or(Pedals {
            throttle: axis(GamepadButton::RightTrigger2),
            brake,
            steer: f64::from(-pad.get(GamepadAxis::LeftStickX).unwrap_or(0.0)),
            is_reverse: brake > 0.0,
        });
    }
    viewer.0.gamepad = pedals;
}

fn keep_settings(mut exits: MessageReader<AppExit>, viewer: Res<View3d>) {
    if exits.read().next().is_none() {
        return;
    }
    // What was filmed so far is a film, too.
    for film in viewer.0.film.iter().chain(&viewer.0.ended_films) {
        film.end();
    }
    if let Some(path) = Settings::usual_path() {
        // A session ends the same without.
        viewer.0.kept().save(&path).ok();
    }
}
