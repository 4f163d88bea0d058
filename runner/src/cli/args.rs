//! Flags that several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::metric::Profile;

use crate::RunOptions;

/// Who drives the ego vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// The storyboard, on rails
    Scripted,
    /// Intelligent Driver Model along the route, from true states
    Idm,
    /// Rule-based planner from true states
    Expert,
    /// Sensors, networks and control
    Learned,
}

impl From<Driver> for DriverSpec {
    fn from(driver: Driver) -> Self {
        match driver {
            Driver::Scripted => Self::Scripted,
            Driver::Idm => Self::Idm,
            Driver::Expert => Self::Expert,
            Driver::Learned => Self::Learned,
        }
    }
}

/// By what a run is judged, besides the scenario's own requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// Multipliers and time to collision of nuPlan's closed-loop score
    Nuplan,
    /// No infraction of CARLA's leaderboard
    Carla,
    /// UN Regulation 157: automated lane keeping
    R157,
    /// Full points of a Euro NCAP emergency braking test
    EuroNcap,
}

impl From<Judge> for Profile {
    fn from(judge: Judge) -> Self {
        match judge {
            Judge::Nuplan => Self::NuPlan,
            Judge::Carla => Self::Carla,
            Judge::R157 => Self::R157,
            Judge::EuroNcap => Self::EuroNcap,
        }
    }
}

/// How a scenario is run.
#[derive(Args, Clone, Debug)]
pub struct SimulationArgs {
    /// Who drives the ego vehicle [default: scripted]
    #[arg(long, value_enum)]
    pub driver: Option<Driver>,
    /// Seed of every random draw [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Length of a tick, seconds [default: 0.05]
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    pub dt: Option<f64>,
    /// Ends a run at this simulated time, seconds
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    pub duration: Option<f64>,
    /// Ends a run as a fault after this wall time, seconds
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    pub timeout: Option<f64>,
    /// Replaces the value of a scenario's parameter; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub param: Vec<(String, String)>,
    /// Judges by the rules of a known suite or benchmark as well
    #[arg(long, value_enum, value_name = "NAME")]
    pub profile: Option<Judge>,
    /// Asks something of the run, as the scenario's property skidpad.require.NAME does (min_ttc_s=1.5, comfort=true); may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub require: Vec<(String, String)>,
    /// Lets the scenario's controllers that name ACC or ALKS keep speed and distance; else its actors go
    /// as the storyboard alone says
    #[arg(long)]
    pub controllers: bool,
    /// Leaves the sensors out, for drivers that need none
    #[arg(long)]
    pub no_sensors: bool,
    /// Sensor rig (.ron)
    #[arg(long, value_name = "FILE")]
    pub rig: Option<PathBuf>,
    /// Folder of the networks' weights
    #[arg(long, value_name = "DIR")]
    pub weights: Option<PathBuf>,
    /// A folder, besides its own root, that a scenario may name files in; may be given several times
    #[arg(long, value_name = "DIR")]
    pub allow_path: Vec<PathBuf>,
    /// How scenario files are read.
    #[command(flatten)]
    pub files: FileArgs,
    /// Bounds on input.
    #[command(flatten)]
    pub limits: LimitArgs,
}

impl SimulationArgs {
    /// The options of a run of a scenario.
    pub fn options(&self, scenario: PathBuf) -> RunOptions {
        let driver = self.driver.map_or(DriverSpec::Scripted, Into::into);
        let base = RunOptions::new(scenario, driver);
        RunOptions {
            seed: self.seed.unwrap_or_default(),
            dt_s: self.dt.unwrap_or(base.dt_s),
            duration_s: self.duration,
            params: self.param.clone(),
            profile: self.profile.map(Into::into),
            require: self.require.clone(),
            controllers: self.controllers,
            no_sensors: self.no_sensors,
            rig: self.rig.clone(),
            weights: self.weights.clone(),
            limits: self.limits.limits(),
            allowed_paths: self.allow_path.clone(),
            map_folders: self.files.map_folders(),
            lenient: self.files.lenient,
            timeout_s: self.timeout,
            ..base
        }
    }
}

/// Environment variable that names map folders, as `--map-path` does.
const MAP_PATH: &str = "SKIDPAD_MAP_PATH";

/// How scenario files are read.
#[derive(Args, Clone, Debug)]
pub struct FileArgs {
    /// A folder in which maps that a scenario gives by name alone (Town01) are looked for, as in those of SKIDPAD_MAP_PATH; may be given several times
    #[arg(long, value_name = "DIR")]
    pub map_path: Vec<PathBuf>,
    /// Takes breaches of the OpenSCENARIO schema as warnings
    #[arg(long)]
    pub lenient: bool,
}

impl FileArgs {
    /// The map folders: those given, then those of the environment.
    pub fn map_folders(&self) -> Vec<PathBuf> {
        let named = std::env::var_os(MAP_PATH).unwrap_or_default();
        let of_environment = std::env::split_paths(&named).filter(|p| !p.as_os_str().is_empty());
        self.map_path
            .iter()
            .cloned()
            .chain(of_environment)
            .collect()
    }
}

/// Bounds on input.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Largest input file, bytes
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_file_bytes)]
    pub max_file_bytes: u64,
    /// Most XML nodes of a file
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_xml_nodes)]
    pub max_xml_nodes: u32,
    /// Deepest XML element
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_xml_depth)]
    pub max_xml_depth: u32,
    /// Most actors of a world
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_actors)]
    pub max_actors: usize,
    /// Longest map, metres of road
    #[arg(long, value_name = "M", default_value_t = Limits::default().max_road_length_m)]
    pub max_road_length: f64,
    /// Most ticks of a run
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_ticks)]
    pub max_ticks: u64,
}

impl LimitArgs {
    /// The limits they stand for.
    pub fn limits(&self) -> Limits {
        Limits {
            max_file_bytes: self.max_file_bytes,
            max_xml_nodes: self.max_xml_nodes,
            max_xml_depth: self.max_xml_depth,
            max_actors: self.max_actors,
            max_road_length_m: self.max_road_length,
            max_ticks: self.max_ticks,
        }
    }
}

/// A time above 0, seconds.
pub fn seconds(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|value| (1e-4..1e9).contains(value))
        .ok_or_else(|| "expected seconds, from 0.0001".to_owned())
}

fn parameter(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "expected NAME=VALUE".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_parameters_are_checked() {
        assert_eq!(seconds("0.01"), Ok(0.01));
        for wrong in ["0", "-1", "nan", "inf", "x", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parameter("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(parameter("a").is_err() && parameter("=b").is_err());
    }
}
