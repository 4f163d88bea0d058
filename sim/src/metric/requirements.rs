//! What a run has to meet.

use serde::{Deserialize, Serialize};

use super::names::METRICS;
use super::{Report, Settings};

/// Metrics that are asked for as true or false alone.
const TRUTHS: [&str; 2] = ["goal_reached", "comfort"];

/// Which collisions of the ego vehicle fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollisionRule {
    /// None: they are only counted.
    Allowed,
    /// Those it is at fault for.
    #[default]
    AtFault,
    /// All.
    Any,
}

/// Bounds on a metric of a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Name of the metric.
    pub metric: String,
    /// Least value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Whether a run to which the metric does not apply fails.
    pub must_be_valid: bool,
}

/// What a run has to meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirements {
    /// Collisions.
    pub collisions: CollisionRule,
    /// Bounds on other metrics, one a metric.
    pub bounds: Vec<Bound>,
    /// What metrics are measured by.
    pub settings: Settings,
}

impl Default for Requirements {
    /// As [`Self::driven`].
    fn default() -> Self {
        Self::driven()
    }
}

impl Requirements {
    /// What any driver has to meet: no at-fault collision, no red light, on the road (nuPlan's
    /// corners, for up to 0.3 s in all), with the traffic (nuPlan: 6 m).
    pub fn driven() -> Self {
        let mut new = Self::scripted();
        new.collisions = CollisionRule::AtFault;
        for (metric, most) in [
            ("red_lights", 0.0),
            ("off_road_s", 0.3),
            ("wrong_way_m", 6.0),
        ] {
            new.bound(metric, None, Some(most), false);
        }
        new
    }

    /// What an ego vehicle on rails has to meet: to end without a fault.
    pub fn scripted() -> Self {
        Self {
            collisions: CollisionRule::Allowed,
            bounds: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Adds or replaces the bounds on a metric.
    pub fn bound(&mut self, metric: &str, min: Option<f64>, max: Option<f64>, must_be_valid: bool) {
        self.bounds.retain(|b| b.metric != metric);
        self.bounds.push(Bound {
            metric: metric.to_owned(),
            min,
            max,
            must_be_valid,
        });
    }

    /// Takes in a requirement as scenarios write it: `no_collision`, `no_at_fault_collision`, and a metric
    /// (`goal_reached`, `comfort`, …) with `true`, for at least 1, or `false`, for no bound; `min_…` and
    /// `max_…` of a metric (`min_ttc_s`, `max_decel_mps2`, `max_wrong_way_m`, `min_progress`, …) with a
    /// number. The same way it takes what metrics are measured by: `rss.` and the name of a field of
    /// [`super::RssParameters`], and `nuplan.expert_progress_m`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn require(&mut self, name: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        let truth = || match value {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(format!("{name}: expected true or false, found {value:?}")),
        };
        match name {
            "no_collision" | "no_at_fault_collision" => {
                self.collisions = match (truth()?, name) {
                    (false, _) => CollisionRule::Allowed,
                    (true, "no_collision") => CollisionRule::Any,
                    (true, _) => CollisionRule::AtFault,
                };
                return Ok(());
            }
            _ if TRUTHS.contains(&name) || is_metric(name) && matches!(value, "true" | "false") => {
                self.bounds.retain(|b| b.metric != name);
                if truth()? {
                    self.bound(name, Some(1.0), None, true);
                }
                return Ok(());
            }
            _ => {}
        }
        let number = value
            .parse::<f64>()
            .ok()
            .filter(|v| v.is_finite())
            .ok_or_else(|| format!("{name}: expected a number, found {value:?}"))?;
        if let Some(field) = name.strip_prefix("rss.") {
            return if self.settings.rss.set(field, number) {
                Ok(())
            } else {
                Err(format!("{name}: no such parameter, or not of {number}"))
            };
        }
        if name == "nuplan.expert_progress_m" && number > 0.0 {
            self.settings.expert_progress_m = Some(number);
            return Ok(());
        }
        let known = |metric: &str| is_metric(metric).then(|| metric.to_owned());
        let (metric, is_min) = match (name.strip_prefix("min_"), name.strip_prefix("max_")) {
            (Some(rest), _) => (known(name).or_else(|| known(rest)), true),
            (_, Some(rest)) => (known(name).or_else(|| known(rest)), false),
            _ => (None, false),
        };
        let metric = metric.ok_or_else(|| {
            format!(
                "expected a requirement on one of {}, found {name:?}",
                METRICS
                    .iter()
                    .map(|(name, _, _)| *name)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        })?;
        if is_min {
            // What has a least value by nature is met where nothing came near.
            let is_open = metric.starts_with("min_");
            self.bound(&metric, Some(number), None, !is_open);
        } else {
            self.bound(&metric, None, Some(number), false);
        }
        Ok(())
    }

    /// Takes in a criterion as CARLA's scenario runner names them; whether it is known.
    pub fn criterion(&mut self, name: &str, value: Option<f64>) -> bool {
        match name {
            "CollisionTest" => self.collisions = CollisionRule::Any,
            "RunningRedLightTest" => self.bound("red_lights", None, Some(0.0), false),
            "WrongLaneTest" => self.bound("wrong_way_m", None, Some(6.0), false),
            "OnSidewalkTest" | "OffRoadTest" => self.bound("off_road_s", None, Some(0.3), false),
            "DrivenDistanceTest" => self.bound("distance_m", value, None, true),
            _ => return false,
        }
        true
    }

    pub(super) fn judge(&self, report: &Report) -> Vec<String> {
        let mut reasons = Vec::new();
        let mut fail = |metric: &str, text: String| {
            let note = report.notes.get(metric);
            reasons.push(note.map_or(text.clone(), |note| format!("{text}: {note}")));
        };
        let value = |name: &str| report.metrics.get(name).filter(|m| m.valid);
        let collisions = match self.collisions {
            CollisionRule::Allowed => None,
            CollisionRule::AtFault => Some(("at_fault_collisions", "at-fault collision")),
            CollisionRule::Any => Some(("collisions", "collision")),
        };
        if let Some((metric, text)) = collisions
            && value(metric).is_some_and(|m| m.value > 0.0)
        {
            fail(metric, text.to_owned());
        }
        for bound in &self.bounds {
            let name = &bound.metric;
            let Some(m) = value(name) else {
                if bound.must_be_valid {
                    fail(name, format!("{name} could not be measured"));
                }
                continue;
            };
            let unit = if m.unit == "1" { "" } else { &m.unit };
            if let Some(min) = bound.min.filter(|min| m.value < *min) {
                fail(name, format!("{name} {:.2} {unit} < {min}", m.value));
            }
            if let Some(max) = bound.max.filter(|max| m.value > *max) {
                fail(name, format!("{name} {:.2} {unit} > {max}", m.value));
            }
        }
        reasons
    }
}

fn is_metric(name: &str) -> bool {
    METRICS.iter().any(|(known, _, _)| *known == name)
}
