//! `skidpad view`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use game::level::Level;
use runner::{FileKind, file_kind};
use scenarios::draft::Draft;
use sim::road::RoadNetwork;
use viewer::app::App;
use viewer::author::named_from;
use viewer::camera::CameraMode;
use viewer::command::Command;
use viewer::run::{AnyDrivers, RecordOptions, Run, is_record};
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
    /// A scenario (.xosc) or game level (.ron), which is run as it is looked at, a record (.mcap) of a run, or a map
    /// (.xodr) to make a scenario on
    pub file: PathBuf,
    /// Another scenario or record to compare with
    other: Option<PathBuf>,
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
    /// Brings a panel to the front: storyboard, actors, log, inspector, mind, networks, watch, branch, compare, author,
    /// profiler
    #[arg(long, value_name = "NAME")]
    panel: Vec<String>,
    /// Two views side by side; of two runs one each
    #[arg(long)]
    split: bool,
    /// A view for each eye, as a headset shows them
    #[arg(long, conflicts_with = "split")]
    stereo: bool,
    /// Stops where a condition becomes true, such as "ttc(ego) < 1.5"; may be given several times
    #[arg(long = "break", value_name = "CONDITION")]
    breaks: Vec<String>,
    /// Light instead of dark
    #[arg(long)]
    light: bool,
    /// Writes one picture and ends
    #[arg(long, value_name = "F.png")]
    screenshot: Option<PathBuf>,
    /// Writes a film (MP4, by ffmpeg) from --at to --to and ends
    #[arg(
        long,
        value_name = "F.mp4",
        conflicts_with = "screenshot",
        requires = "to"
    )]
    video: Option<PathBuf>,
    /// Where the film ends, seconds
    #[arg(long, value_name = "S", value_parser = seconds)]
    to: Option<f64>,
    /// Pictures a second of the film
    #[arg(long, value_name = "N", default_value_t = 25.0, value_parser = rate)]
    fps: f64,
    /// Simulated seconds a second of the film
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = rate)]
    speed: f64,
    /// Opens a scenario that was made here, or a game level, to change it
    #[arg(long)]
    edit: bool,
    /// Where a scenario that is made on a map is written to; beside the map where unset
    #[arg(long, value_name = "F.xosc")]
    out: Option<PathBuf>,
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

fn rate(text: &str) -> Result<f64, String> {
    let read = text.parse().ok().filter(|n| (0.01..=1000.0).contains(n));
    read.ok_or_else(|| "expected a number from 0.01 to 1000".to_owned())
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
fn open(args: &ViewArgs, file: &Path) -> Run {
    let options = args.simulation.options(file.to_owned());
    if file.extension().is_some_and(|e| e == "mcap") || is_record(file) {
        let options = RecordOptions {
            limits: options.limits,
            map_folders: options.map_folders,
        };
        viewer::run::record(file.to_owned(), options)
    } else {
        viewer::run::live(options, Arc::new(AllDrivers))
    }
}

/// A draft on a map, or one that was written before.
fn author(args: &ViewArgs, settings: Settings) -> Result<App, Failure> {
    let input = |e: sim::input::InputError| Failure::usage(e.to_string());
    let limits = args.simulation.options(args.file.clone()).limits;
    let is_map = !args.edit;
    let (draft, map_file, file) = if is_map {
        let beside = args.file.with_extension("xosc");
        let file = args.out.clone().unwrap_or(beside);
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        let draft = Draft {
            map_file: named_from(&folder, &args.file),
            duration_s: 30.0,
            ..Draft::default()
        };
        (draft, args.file.clone(), file)
    } else {
        let draft = Draft::read(&args.file, &limits).map_err(input)?;
        let folder = args.file.parent().unwrap_or(Path::new("")).to_owned();
        let map_file = folder.join(&draft.map_file);
        (
            draft,
            map_file,
            args.out.clone().unwrap_or(args.file.clone()),
        )
    };
    if is_map && file.exists() {
        let text = format!(
            "{}: it is there already; open it with --edit, or name another file with --out",
            file.display()
        );
        return Err(Failure::usage(text));
    }
    let map = RoadNetwork::load(&map_file, &limits).map_err(input)?;
    let mut options = args.simulation.options(file.clone());
    // The map was named by the user.
    options
        .allowed_paths
        .extend(map_file.parent().map(Path::to_owned));
    let whole: (_, AnyDrivers) = (options, Arc::new(AllDrivers));
    Ok(App::author(draft, file, Arc::new(map), whole, settings))
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
    let is_picture = args.screenshot.is_some() || args.video.is_some();
    // A picture shows the same whatever a user has chosen.
    let path = Settings::usual_path().filter(|_| !is_picture);
    let mut settings = path.map_or_else(Settings::default, |path| Settings::load(&path));
    settings.is_light |= args.light;
    settings.hints_seen |= is_picture;
    let is_map = args.file.extension().is_some_and(|e| e == "xodr");
    let is_level = file_kind(
        &args.file,
        &args.simulation.options(args.file.clone()).limits,
    ) == FileKind::Level;
    let mut app = if is_level && args.edit {
        let options = args.simulation.options(args.file.clone());
        let level = Level::load(&args.file, &options.limits);
        let level = level.map_err(|e| Failure::usage(e.to_string()))?;
        let whole: (_, AnyDrivers) = (options, Arc::new(AllDrivers));
        App::tiles(level, whole, settings).map_err(Failure::usage)?
    } else if is_map || args.edit {
        author(&args, settings)?
    } else {
        let mut app = App::new(open(&args, &args.file), settings);
        if let Some(other) = &args.other {
            app.runs.push(open(&args, other));
            app.other = Some(1);
            app.show(Tab::Compare);
        }
        app
    };
    for text in &args.breaks {
        app.add_break(text)
            .map_err(|e| Failure::usage(format!("--break {text}: {e}")))?;
    }
    // A window shows the way there; a picture waits.
    let at_s = args.at.unwrap_or(0.0);
    let until_s = args.to.unwrap_or(at_s).max(at_s);
    app.wait_for(if is_picture { until_s } else { 0.0 });
    if let Some(second) = app.runs.get_mut(1).filter(|_| is_picture) {
        second.wait_for(second.tick_at(until_s));
    }
    if let Some(second) = app.runs.get_mut(1) {
        second.wait_for(0);
    }
    let failed = app.runs.iter().find(|run| run.info.is_none());
    if let Some(reason) = failed.and_then(|run| run.failure.as_ref()) {
        return Err(Failure::usage(reason.clone()));
    }
    app.seek(app.run().tick_at(at_s));
    if let Some(name) = &args.select {
        app.select_named(name)
            .map_err(|e| Failure::usage(format!("--select: {e}")))?;
    }
    if is_level && !args.edit {
        app.look_at_level();
    }
    if let Some(camera) = args.camera {
        app.set_camera(camera.into());
    }
    if args.split {
        let is_pair = app.runs.len() > 1;
        app.apply(if is_pair {
            Command::SideBySide
        } else {
            Command::Split
        });
    }
    if args.stereo {
        app.apply(Command::Stereo);
    }
    for tab in panels {
        app.show(tab);
    }
    if let (Some(file), Some(to_s)) = (&args.video, args.to) {
        let end_s = app
            .run()
            .span()
            .map_or(0.0, |(_, last)| last as f64 * app.dt_s());
        let times = [at_s, to_s.min(end_s)];
        if times[0] > times[1] {
            let text = format!("--at {at_s}: the run ends at {end_s:.2} s, or at --to before it");
            return Err(Failure::usage(text));
        }
        let pace = (args.fps, args.speed);
        let filmed = window::film(app, args.size, times, pace, file);
        filmed.map_err(|e| Failure::usage(e.to_string()))?;
        return Ok(0);
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
