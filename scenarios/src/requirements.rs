//! What a scenario asks for itself.

use sim::input::InputError;

use crate::condition::Trigger;
use crate::read::El;

/// Demands of a scenario, from `FileHeader` properties named `skidpad.*` and from conditions named
/// `criteria_*` in stop triggers, as CARLA's scenario runner writes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requirements {
    /// `skidpad.duration_s`: run no longer than this, seconds.
    pub duration_s: Option<f64>,
    /// `skidpad.require.<metric>`: name of the metric and the value asked for, as written.
    pub require: Vec<(String, String)>,
    /// Other properties named `skidpad.*`, as written and without that prefix.
    pub other: Vec<(String, String)>,
    /// `criteria_<name>` and the value compared with, where one is given.
    pub criteria: Vec<(String, Option<f64>)>,
}

impl Requirements {
    /// Reads the properties of a `FileHeader`.
    ///
    /// # Errors
    /// If a property is malformed.
    pub fn read(header: El<'_>) -> Result<Self, InputError> {
        let mut found = Self::default();
        let Some(properties) = header.child("Properties") else {
            return Ok(found);
        };
        for property in properties.children("Property") {
            let (name, value) = (property.text("name")?, property.text("value")?);
            let Some(name) = name.strip_prefix("skidpad.") else {
                continue;
            };
            if name == "duration_s" {
                let seconds = value
                    .trim()
                    .parse::<f64>()
                    .ok()
                    .filter(|s| s.is_finite() && *s > 0.0);
                found.duration_s =
                    Some(seconds.ok_or_else(|| {
                        property.error("a duration above 0 s", format!("{value:?}"))
                    })?);
            } else if let Some(metric) = name.strip_prefix("require.") {
                found.require.push((metric.to_owned(), value));
            } else {
                found.other.push((name.to_owned(), value));
            }
        }
        Ok(found)
    }

    /// Adds the criteria named in triggers.
    pub(crate) fn add_criteria<'a>(&mut self, triggers: impl Iterator<Item = &'a Trigger>) {
        for trigger in triggers {
            for (name, value) in crate::scenario::criteria(trigger) {
                self.criteria.push((name.to_owned(), value));
            }
        }
    }

    /// The value asked of a metric, where it is a number.
    pub fn required(&self, metric: &str) -> Option<f64> {
        let (_, value) = self.require.iter().find(|(name, _)| name == metric)?;
        value.trim().parse().ok()
    }

    /// Whether a metric is asked to hold (`true` or any number but 0).
    pub fn requires(&self, metric: &str) -> bool {
        self.require
            .iter()
            .any(|(name, value)| name == metric && !matches!(value.trim(), "false" | "0" | ""))
    }
}
