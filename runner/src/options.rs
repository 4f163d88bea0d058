//! What a run is asked to do.

use std::path::PathBuf;

use scenarios::LoadOptions;
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::metric::Profile;
use sim::record::RecordOptions;

/// Options of one scenario's run; see `skidpad run --help`.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The scenario file.
    pub scenario: PathBuf,
    /// Who drives the ego vehicle.
    pub driver: DriverSpec,
    /// Seed of every random stream.
    pub seed: u64,
    /// Length of a tick, seconds.
    pub dt_s: f64,
    /// Ends the run at this time, where set.
    pub duration_s: Option<f64>,
    /// Parameter values that replace the file's own.
    pub params: Vec<(String, String)>,
    /// The set of requirements by which the run is judged, before the scenario's own.
    pub profile: Option<Profile>,
    /// Requirements beside the scenario's own, which they replace where they name the same metric; as
    /// `skidpad.require.NAME` and its value.
    pub require: Vec<(String, String)>,
    /// Trajectory log (CSV).
    pub log: Option<PathBuf>,
    /// Time between its rows, seconds; every tick where unset.
    pub log_every_s: Option<f64>,
    /// Event log (CSV).
    pub events: Option<PathBuf>,
    /// Record (MCAP).
    pub record: Option<PathBuf>,
    /// Keeps the last so many seconds of a record in memory, where no file is given for it.
    pub record_last_s: Option<f64>,
    /// Keeps a [`crate::Trace`] with a sample in this time, seconds.
    pub trace_every_s: Option<f64>,
    /// Whether the scenario's controllers take effect that name ACC or ALKS.
    pub controllers: bool,
    /// Leaves the sensors out, for drivers that need none.
    pub no_sensors: bool,
    /// Sensor rig; the default one where unset.
    pub rig: Option<PathBuf>,
    /// Folder of the networks' weights; `assets` beside the program or in the working folder where unset.
    pub weights: Option<PathBuf>,
    /// Bounds on input.
    pub limits: Limits,
    /// Folders that a scenario may name files in, besides its own root.
    pub allowed_paths: Vec<PathBuf>,
    /// Folders in which maps that are given by name alone are looked for.
    pub map_folders: Vec<PathBuf>,
    /// Whether breaches of the OpenSCENARIO schema are warnings.
    pub lenient: bool,
    /// Wall time after which the run ends as a fault, seconds.
    pub timeout_s: Option<f64>,
}

impl RunOptions {
    /// Defaults for a scenario and driver.
    pub fn new(scenario: impl Into<PathBuf>, driver: DriverSpec) -> Self {
        Self {
            scenario: scenario.into(),
            driver,
            seed: 0,
            dt_s: 0.05,
            duration_s: None,
            params: Vec::new(),
            profile: None,
            require: Vec::new(),
            log: None,
            log_every_s: None,
            events: None,
            record: None,
            record_last_s: None,
            trace_every_s: None,
            controllers: false,
            no_sensors: false,
            rig: None,
            weights: None,
            limits: Limits::default(),
            allowed_paths: Vec::new(),
            map_folders: Vec::new(),
            lenient: false,
            timeout_s: None,
        }
    }

    /// What is written of the run.
    pub(crate) fn record_options(&self, about: Option<serde_json::Value>) -> RecordOptions {
        RecordOptions {
            log: self.log.clone(),
            log_every_s: self.log_every_s,
            events: self.events.clone(),
            record: self.record.clone(),
            record_last_s: self.record_last_s,
            about,
        }
    }

    /// How its scenario is loaded.
    pub fn load_options(&self) -> LoadOptions {
        LoadOptions {
            limits: self.limits.clone(),
            parameters: self.params.clone(),
            allowed: self.allowed_paths.clone(),
            map_folders: self.map_folders.clone(),
            lenient: self.lenient,
            ..LoadOptions::default()
        }
    }
}
