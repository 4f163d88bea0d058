//! Ranges of parameters: as a scenario declares them by constraints, or as the command line gives them.

use std::path::Path;

use sim::input::{InputError, Limits, XmlFile, XmlNode};

/// Parts of a range that values are rounded to, so that they read well.
const PARTS: f64 = 1e5;

/// A parameter and between which values it may lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Name of the parameter.
    pub name: String,
    /// Least value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Whether only whole numbers are allowed.
    pub is_integer: bool,
    /// The declared value, where it is a number.
    pub nominal: Option<f64>,
    /// Values are multiples of this.
    step: f64,
}

impl Range {
    /// A range; `None` where it is empty or not finite.
    pub fn new(name: &str, min: f64, max: f64, is_integer: bool) -> Option<Self> {
        if !(min.is_finite() && max.is_finite() && min < max) {
            return None;
        }
        let fine = (max - min) / PARTS;
        let power = decade(fine);
        let step = if is_integer { 1.0 } else { power };
        Some(Self {
            name: name.to_owned(),
            min,
            max,
            is_integer,
            nominal: None,
            step,
        })
    }

    /// The value at a part of the range, 0 to 1.
    pub fn at(&self, part: f64) -> f64 {
        self.round(self.min + (self.max - self.min) * part.clamp(0.0, 1.0))
    }

    /// Where a value lies in the range, 0 to 1.
    pub fn part(&self, value: f64) -> f64 {
        ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }

    /// The nearest value that is tried.
    pub fn round(&self, value: f64) -> f64 {
        let steps = 1.0 / self.step;
        // Dividing by a whole number gives the shortest decimal; multiplying by 0.001 does not.
        let rounded = if steps >= 1.0 {
            (value * steps.round()).round() / steps.round()
        } else {
            (value / self.step).round() * self.step
        };
        rounded.clamp(self.min, self.max)
    }

    /// The value as a scenario's parameter is written.
    pub fn text(&self, value: f64) -> String {
        if self.is_integer {
            format!("{value:.0}")
        } else {
            runner::sweep::number(value)
        }
    }
}

/// The power of ten at or below a number.
fn decade(value: f64) -> f64 {
    let exponent = (sim::math::ln(value) / sim::math::ln(10.0)).floor();
    sim::math::powf(10.0, exponent.clamp(-12.0, 12.0))
}

/// Ranges that a scenario declares: numeric parameters whose `ConstraintGroup` bounds them on both sides.
///
/// # Errors
/// If the file can't be read or is not XML.
pub fn declared(scenario: &Path, limits: &Limits) -> Result<Vec<Range>, InputError> {
    let file = XmlFile::read(scenario, limits)?;
    let document = file.parse()?;
    let root = file.root(&document);
    let Some(list) = root.child("ParameterDeclarations") else {
        return Ok(Vec::new());
    };
    Ok(list
        .elements()
        .filter(|node| node.name() == "ParameterDeclaration")
        .filter_map(|node| range(&node))
        .collect())
}

fn range(node: &XmlNode<'_>) -> Option<Range> {
    let is_integer = match node.attr("parameterType")? {
        "double" => false,
        "integer" | "int" | "unsignedInt" | "unsignedShort" => true,
        _ => return None,
    };
    let bounds = node.elements().find_map(|group| {
        let (mut min, mut max) = (None, None);
        for constraint in group.elements() {
            let value = constraint.attr("value")?.trim().parse::<f64>().ok()?;
            match constraint.attr("rule")? {
                "greaterThan" | "greaterOrEqual" => min = Some(value),
                "lessThan" | "lessOrEqual" => max = Some(value),
                _ => return None,
            }
        }
        Some((min?, max?))
    });
    let (min, max) = bounds?;
    let mut range = Range::new(node.attr("name")?, min, max, is_integer)?;
    range.nominal = node.attr("value").and_then(|v| v.trim().parse().ok());
    Some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_on_both_sides_make_a_range() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.xosc");
        let text = r#"<OpenSCENARIO><ParameterDeclarations>
            <ParameterDeclaration name="gap" parameterType="double" value="20">
              <ConstraintGroup><ValueConstraint rule="greaterOrEqual" value="5"/><ValueConstraint rule="lessOrEqual" value="60"/></ConstraintGroup>
            </ParameterDeclaration>
            <ParameterDeclaration name="count" parameterType="integer" value="2">
              <ConstraintGroup><ValueConstraint rule="greaterThan" value="0"/><ValueConstraint rule="lessThan" value="9"/></ConstraintGroup>
            </ParameterDeclaration>
            <ParameterDeclaration name="open" parameterType="double" value="2">
              <ConstraintGroup><ValueConstraint rule="greaterThan" value="0"/></ConstraintGroup>
            </ParameterDeclaration>
            <ParameterDeclaration name="free" parameterType="double" value="2"/>
            </ParameterDeclarations></OpenSCENARIO>"#;
        std::fs::write(&path, text).expect("written");
        let ranges = declared(&path, &Limits::default()).expect("ranges");
        let found: Vec<_> = ranges
            .iter()
            .map(|r| (r.name.as_str(), r.min, r.max, r.is_integer, r.nominal))
            .collect();
        assert_eq!(
            found,
            [
                ("gap", 5.0, 60.0, false, Some(20.0)),
                ("count", 0.0, 9.0, true, Some(2.0))
            ]
        );
    }

    #[test]
    fn values_are_short_decimals_within_the_range() {
        let range = Range::new("a", 5.0, 60.0, false).expect("a range");
        for part in [0.0, 0.123_456_789, 0.777, 1.0] {
            let text = range.text(range.at(part));
            assert!(text.len() <= 8, "{text}");
            let value: f64 = text.parse().expect("a number");
            assert_eq!(value, range.at(part));
            assert!((range.part(value) - part).abs() < 1e-5);
        }
        assert!(Range::new("a", 1.0, 1.0, false).is_none());
    }
}
