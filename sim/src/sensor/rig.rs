//! Rig files: which sensors sit where on a carrier.

use std::collections::BTreeSet;
use std::path::Path;

use nalgebra::Isometry3;
use serde::{Deserialize, Serialize};

use crate::input::{InputError, Limits, read_text};
use crate::math::{Pose, cos, sin, tan};

/// Where a sensor sits: in the carrier's frame (ISO 8855, x forward from its reference point).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mount {
    /// Forward, metres.
    pub x_m: f64,
    /// Left, metres.
    pub y_m: f64,
    /// Up, metres.
    pub z_m: f64,
    /// Counter-clockwise, degrees.
    pub yaw_deg: f64,
    /// Nose down, degrees.
    pub pitch_deg: f64,
    /// To the right, degrees.
    pub roll_deg: f64,
}

impl Mount {
    /// Transform of the sensor's frame (x forward, y left, z up) to the carrier's.
    pub fn ego_from_sensor(&self) -> Isometry3<f64> {
        Pose {
            x_m: self.x_m,
            y_m: self.y_m,
            z_m: self.z_m,
            yaw_rad: self.yaw_deg.to_radians(),
            pitch_rad: self.pitch_deg.to_radians(),
            roll_rad: self.roll_deg.to_radians(),
        }
        .to_isometry()
    }
}

/// Elevations of a lidar's beams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Channels {
    /// Evenly spread between two elevations, degrees, up positive.
    Spread {
        /// Lowest beam.
        min_deg: f64,
        /// Highest beam.
        max_deg: f64,
        /// Number of beams.
        count: u32,
    },
    /// One elevation a beam, degrees, ascending.
    Elevations(Vec<f64>),
}

impl Channels {
    /// Number of beams.
    pub fn count(&self) -> usize {
        match self {
            Self::Spread { count, .. } => *count as usize,
            Self::Elevations(list) => list.len(),
        }
    }

    /// Elevation of each beam, degrees, lowest first.
    pub fn elevations_deg(&self) -> Vec<f64> {
        match self {
            Self::Spread {
                min_deg,
                max_deg,
                count,
            } => {
                let steps = f64::from(count.saturating_sub(1).max(1));
                (0..*count)
                    .map(|i| min_deg + (max_deg - min_deg) * f64::from(i) / steps)
                    .collect()
            }
            Self::Elevations(list) => list.clone(),
        }
    }
}

/// A rotating lidar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LidarSpec {
    /// Unique name in the rig.
    pub name: String,
    /// Place.
    pub mount: Mount,
    /// Beams.
    pub channels: Channels,
    /// Columns a turn; column 0 looks along the sensor's x axis, the next ones counter-clockwise.
    pub azimuth_steps: u32,
    /// Turns a second, Hz.
    pub rate_hz: f64,
    /// Nearest return, metres.
    pub min_range_m: f64,
    /// Farthest return, metres.
    pub max_range_m: f64,
    /// Standard deviation of the range, metres.
    #[serde(default)]
    pub range_sigma_m: f64,
    /// Probability that a return is lost.
    #[serde(default)]
    pub drop_out: f64,
    /// Range at which a matt surface that throws back a tenth of the light is just seen when hit
    /// head-on, metres, as data sheets give it; weaker returns are lost. None: all are seen.
    #[serde(default)]
    pub range_at_10_percent_m: Option<f64>,
}

/// A pinhole camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraSpec {
    /// Unique name in the rig.
    pub name: String,
    /// Place; the camera looks along x.
    pub mount: Mount,
    /// Columns.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Horizontal field of view, degrees.
    pub hfov_deg: f64,
    /// Frames a second, Hz.
    pub rate_hz: f64,
    /// Standard deviation of each colour channel's noise, of 255.
    #[serde(default)]
    pub noise_sigma: f64,
}

impl CameraSpec {
    /// Focal length, pixels.
    pub fn focal_px(&self) -> f64 {
        f64::from(self.width_px) / 2.0 / tan(self.hfov_deg.to_radians() / 2.0)
    }
}

/// What a rig file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RigSpec {
    /// Whether truth is computed beside the messages, for training and metrics.
    #[serde(default)]
    pub truth: bool,
    /// Lidars.
    #[serde(default)]
    pub lidars: Vec<LidarSpec>,
    /// Cameras.
    #[serde(default)]
    pub cameras: Vec<CameraSpec>,
}

/// Sensors of a rig.
const MAX_SENSORS: usize = 16;
/// Rays of one sensor's frame.
const MAX_RAYS: u64 = 1 << 23;

/// A valid rig with what can be computed once for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rig {
    spec: RigSpec,
    /// (cos, sin) of each beam's elevation, for each lidar.
    pub(super) elevations: Vec<Vec<(f32, f32)>>,
    /// (cos, sin) of each column's azimuth, for each lidar.
    pub(super) azimuths: Vec<Vec<(f32, f32)>>,
}

impl Rig {
    /// A rig of valid sensors.
    ///
    /// # Errors
    /// What was expected and what was found, where a value is out of range or a name is not unique.
    pub fn new(spec: RigSpec) -> Result<Self, (String, String)> {
        validate(&spec)?;
        let pair = |angle: f64| (cos(angle) as f32, sin(angle) as f32);
        let elevations = spec.lidars.iter().map(|l| {
            let list = l.channels.elevations_deg();
            list.iter().map(|e| pair(e.to_radians())).collect()
        });
        let azimuths = spec.lidars.iter().map(|l| {
            let step = crate::math::TAU / f64::from(l.azimuth_steps);
            (0..l.azimuth_steps)
                .map(|i| pair(f64::from(i) * step))
                .collect()
        });
        Ok(Self {
            elevations: elevations.collect(),
            azimuths: azimuths.collect(),
            spec,
        })
    }

    /// Reads a rig file (RON of a [`RigSpec`]).
    ///
    /// # Errors
    /// If it can't be read, is not a rig, or a value is out of range; with the line where known.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let limits = Limits {
            max_file_bytes: limits.max_file_bytes.min(1 << 20),
            ..limits.clone()
        };
        let text = read_text(path, &limits)?;
        let spec: RigSpec = ron::from_str(&text).map_err(|error| {
            let at = error.span.start;
            InputError::new(path, "a sensor rig", error.code.to_string())
                .at(at.line as u32, at.col as u32)
        })?;
        Self::new(spec).map_err(|(expected, found)| InputError::new(path, expected, found))
    }

    /// What it is made of.
    pub fn spec(&self) -> &RigSpec {
        &self.spec
    }

    /// The same sensors with truth computed or not.
    #[must_use]
    pub fn with_truth(mut self, truth: bool) -> Self {
        self.spec.truth = truth;
        self
    }
}

fn validate(spec: &RigSpec) -> Result<(), (String, String)> {
    let count = spec.lidars.len() + spec.cameras.len();
    check(count <= MAX_SENSORS, || {
        (format!("at most {MAX_SENSORS} sensors"), count.to_string())
    })?;
    let mut names = BTreeSet::new();
    let all = spec.lidars.iter().map(|l| (&l.name, &l.mount, l.rate_hz));
    let all = all.chain(spec.cameras.iter().map(|c| (&c.name, &c.mount, c.rate_hz)));
    for (name, mount, rate_hz) in all {
        check(!name.is_empty() && name.len() <= 64, || {
            ("a sensor name of 1 to 64 bytes".into(), format!("{name:?}"))
        })?;
        check(names.insert(name), || {
            ("each sensor name once".into(), format!("{name:?} again"))
        })?;
        for (field, value, low, high) in [
            ("mount x_m", mount.x_m, -100.0, 100.0),
            ("mount y_m", mount.y_m, -100.0, 100.0),
            ("mount z_m", mount.z_m, -100.0, 100.0),
            ("mount yaw_deg", mount.yaw_deg, -360.0, 360.0),
            ("mount pitch_deg", mount.pitch_deg, -180.0, 180.0),
            ("mount roll_deg", mount.roll_deg, -180.0, 180.0),
            ("rate_hz", rate_hz, 0.01, 1000.0),
        ] {
            within(name, field, value, low, high)?;
        }
    }
    for l in &spec.lidars {
        let (name, beams) = (&l.name, l.channels.count() as f64);
        within(name, "number of channels", beams, 1.0, 256.0)?;
        within(name, "azimuth_steps", l.azimuth_steps.into(), 1.0, 16384.0)?;
        for elevation in l.channels.elevations_deg() {
            within(name, "elevation", elevation, -90.0, 90.0)?;
        }
        let rising = l.channels.elevations_deg().is_sorted();
        check(rising, || {
            (
                format!("elevations of {name:?} from the lowest to the highest"),
                "another order".into(),
            )
        })?;
        within(name, "min_range_m", l.min_range_m, 0.0, 1000.0)?;
        within(name, "max_range_m", l.max_range_m, l.min_range_m, 1000.0)?;
        within(name, "range_sigma_m", l.range_sigma_m, 0.0, 10.0)?;
        within(name, "drop_out", l.drop_out, 0.0, 1.0)?;
        if let Some(range) = l.range_at_10_percent_m {
            within(name, "range_at_10_percent_m", range, 0.1, 10_000.0)?;
        }
    }
    for c in &spec.cameras {
        let name = &c.name;
        within(name, "width_px", c.width_px.into(), 1.0, 8192.0)?;
        within(name, "height_px", c.height_px.into(), 1.0, 8192.0)?;
        let rays = u64::from(c.width_px) * u64::from(c.height_px);
        check(rays <= MAX_RAYS, || {
            (
                format!("at most {MAX_RAYS} pixels for {name:?}"),
                rays.to_string(),
            )
        })?;
        within(name, "hfov_deg", c.hfov_deg, 0.1, 170.0)?;
        within(name, "noise_sigma", c.noise_sigma, 0.0, 255.0)?;
    }
    Ok(())
}

fn check(ok: bool, message: impl FnOnce() -> (String, String)) -> Result<(), (String, String)> {
    if ok { Ok(()) } else { Err(message()) }
}

fn within(
    sensor: &str,
    field: &str,
    value: f64,
    low: f64,
    high: f64,
) -> Result<(), (String, String)> {
    check((low..=high).contains(&value), || {
        (
            format!("{field} of {sensor:?} from {low} to {high}"),
            value.to_string(),
        )
    })
}
