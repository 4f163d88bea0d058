//! `skidpad view`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use viewer::app::App;
use viewer::camera::CameraMode;
use viewer::command::Command;
use viewer::run::{RecordOptions, Run, is_record};
use viewer::settings::Settings;
use viewer::ui::Tab;
use viewer::window;

use super::Failure;
use super::args::{SimulationArgs, seconds};
use crate::run::AllDrivers;

/// Cameras, as the command line names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Camera {
    /// Around a point
    Orbit,
    /// Behind the selected actor
    Follow,
    /// From its driver's seat
    Driver,
    /// From above
    Top,
    /// Anywhere
    Free,
}

impl From<Camera> for CameraMode {
    fn from(camera: Camera) -> Self {
        match camera {
            Camera::Orbit => Self::Orbit,
            Camera::Follow => Self::Follow,
            Camera::Driver => Self::Driver,
            Camera::Top => Self::Top,
            Camera::Free => Self::Free,
        }
    }
}

/// Arguments of `view`.
#[derive(Args, Debug)]
pub struct ViewArgs {
    /// A scenario (.xosc), which is run as it is looked at, or a record (.mcap) of a run
    pub file: PathBuf,
    /// How it is run.
    #[command(flatten)]
    pub simulation: SimulationArgs,
    /// Goes to this time, seconds
    #[arg(long, value_name = "S", value_parser = seconds)]
    at: Option<f64>,
    /// Selects an actor by its name
    #[arg(long, value_name = "NAME")]
    select: Option<String>,
    /// How the first view's camera moves
    #[arg(long, value_enum)]
    camera: Option<Camera>,
    /// Brings a panel to the front: storyboard, actors, log, inspector, mind, watch, branch, compare, profiler
    #[arg(long, value_name = "NAME")]
    panel: Vec<String>,
    /// Two views side by side
    #[arg(long)]
    split: bool,
    /// Stops where a condition becomes true, such as "ttc(ego) < 1.5"; may be given several times
    #[arg(long = "break", value_name = "CONDITION")]
    breaks: Vec<String>,
    /// Light instead of dark
    #[arg(long)]
    light: bool,
    /// Writes one picture and ends
    #[arg(long, value_name = "F.png")]
    screenshot: Option<PathBuf>,
    /// Size of the picture, pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size, default_value = "1600x900")]
    size: [u32; 2],
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let wrong = || "expected WIDTHxHEIGHT from 64x64 to 7680x4320, such as 1600x900".to_owned();
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let read = |text: &str, most: u32| text.parse().ok().filter(|n| (64..=most).contains(n));
    match (read(width, 7680), read(height, 4320)) {
        (Some(width), Some(height)) => Ok([width, height]),
        _ => Err(wrong()),
    }
}

fn panel(name: &str) -> Result<Tab, Failure> {
    let wanted = name.to_lowercase();
    let found = Tab::PANELS
        .into_iter()
        .find(|tab| tab.name().to_lowercase().contains(&wanted));
    found.ok_or_else(|| {
        let names: Vec<_> = Tab::PANELS
            .iter()
            .map(|tab| tab.name().to_lowercase())
            .collect();
        Failure::usage(format!(
            "--panel: expected one of {}, found {name}",
            names.join(", ")
        ))
    })
}

/// The run of a file: a record by its first bytes, anything else is run as a scenario.
fn open(args: &ViewArgs) -> Run {
    let options = args.simulation.options(args.file.clone());
    if args.file.extension().is_some_and(|e| e == "mcap") || is_record(&args.file) {
        let options = RecordOptions {
            limits: options.limits,
            map_folders: options.map_folders,
        };
        viewer::run::record(args.file.clone(), options)
    } else {
        viewer::run::live(options, Arc::new(AllDrivers))
    }
}

/// Shows a run; the exit code.
///
/// # Errors
/// If an input file or option is wrong, or there is nothing to draw with.
pub fn view(args: ViewArgs) -> Result<u8, Failure> {
    let panels: Vec<Tab> = args
        .panel
        .iter()
        .map(|name| panel(name))
        .collect::<Result<_, _>>()?;
    let is_picture = args.screenshot.is_some();
    // A picture shows the same whatever a user has chosen.
    let path = Settings::usual_path().filter(|_| !is_picture);
    let mut settings = path.map_or_else(Settings::default, |path| Settings::load(&path));
    settings.is_light |= args.light;
    settings.hints_seen |= is_picture;
    let run = open(&args);
    let mut app = App::new(run, settings);
    for text in &args.breaks {
        app.add_break(text)
            .map_err(|e| Failure::usage(format!("--break {text}: {e}")))?;
    }
    // A window shows the way there; a picture waits.
    let at_s = args.at.unwrap_or(0.0);
    app.wait_for(if is_picture { at_s } else { 0.0 });
    if app.run().info.is_none()
        && let Some(reason) = &app.run().failure
    {
        return Err(Failure::usage(reason.clone()));
    }
    app.seek(app.run().tick_at(at_s));
    if let Some(name) = &args.select {
        app.select_named(name)
            .map_err(|e| Failure::usage(format!("--select: {e}")))?;
    }
    if let Some(camera) = args.camera {
        app.set_camera(camera.into());
    }
    if args.split {
        app.apply(Command::Split);
    }
    for tab in panels {
        app.show(tab);
    }
    let shown = match &args.screenshot {
        Some(file) => {
            window::picture(app, args.size).and_then(|picture| window::write(&picture, file))
        }
        None => window::show(app),
    };
    shown.map_err(|e| Failure::usage(e.to_string()))?;
    Ok(0)
}
