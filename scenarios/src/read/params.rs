//! Parameters and variables: declarations, types, constraints, scopes.

use std::collections::BTreeMap;

use sim::input::{InputError, XmlNode};

use super::{El, Rule, rules};
use crate::story::parse_date_time_s;

/// Type of a parameter or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// `integer` or `int`.
    Integer,
    /// `unsignedInt`.
    UnsignedInt,
    /// `unsignedShort`.
    UnsignedShort,
    /// `double`.
    Double,
    /// `boolean`.
    Boolean,
    /// `string`.
    String,
    /// `dateTime`.
    DateTime,
}

impl ParameterType {
    fn parse(node: &XmlNode<'_>, text: &str) -> Result<Self, InputError> {
        Ok(match text {
            "integer" | "int" => Self::Integer,
            "unsignedInt" => Self::UnsignedInt,
            "unsignedShort" => Self::UnsignedShort,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "string" => Self::String,
            "dateTime" => Self::DateTime,
            _ => {
                return Err(node.error("a parameter type (double, string, …)", format!("{text:?}")));
            }
        })
    }

    fn accepts(self, text: &str) -> bool {
        let whole = |low: f64, high: f64| {
            number(text).is_some_and(|v| v.fract() == 0.0 && (low..=high).contains(&v))
        };
        match self {
            Self::Integer => whole(f64::from(i32::MIN), f64::from(i32::MAX)),
            Self::UnsignedInt => whole(0.0, f64::from(u32::MAX)),
            Self::UnsignedShort => whole(0.0, f64::from(u16::MAX)),
            Self::Double => number(text).is_some(),
            Self::Boolean => matches!(text.trim(), "true" | "false" | "1" | "0"),
            Self::String => true,
            Self::DateTime => parse_date_time_s(text.trim()).is_some(),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// A declared parameter or variable and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its type.
    pub kind: ParameterType,
    /// Its value as text.
    pub value: String,
}

impl Parameter {
    /// Whether `value rule other` holds: numbers as numbers, booleans as booleans, points in time as
    /// such whatever their zone, else as text.
    pub fn compare(&self, rule: Rule, other: &str) -> bool {
        let both = |of: fn(&str) -> Option<f64>| of(&self.value).zip(of(other));
        match self.kind {
            ParameterType::Integer
            | ParameterType::UnsignedInt
            | ParameterType::UnsignedShort
            | ParameterType::Double => both(number).is_some_and(|(a, b)| rule.holds(a, b)),
            ParameterType::DateTime => both(|text| parse_date_time_s(text.trim())).map_or_else(
                || rule.holds_ordered(&self.value.as_str(), &other),
                |(a, b)| rule.holds(a, b),
            ),
            ParameterType::Boolean => {
                let truth = |text: &str| u8::from(matches!(text.trim(), "true" | "1"));
                rule.holds_ordered(&truth(&self.value), &truth(other))
            }
            ParameterType::String => rule.holds_ordered(&self.value.as_str(), &other),
        }
    }
}

/// Names and values that `$name` stands for, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    own: BTreeMap<String, Parameter>,
    outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// A scope inside another.
    pub fn inside(outer: &'a Scope<'a>) -> Self {
        Self {
            own: BTreeMap::new(),
            outer: Some(outer),
        }
    }

    /// The parameter of a name.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.own
            .get(name)
            .or_else(|| self.outer.and_then(|outer| outer.get(name)))
    }

    /// Sets a parameter of this scope.
    pub fn set(&mut self, name: &str, parameter: Parameter) {
        self.own.insert(name.to_owned(), parameter);
    }

    /// The parameters of this scope alone.
    pub fn own(&self) -> &BTreeMap<String, Parameter> {
        &self.own
    }

    /// Adds the `ParameterDeclarations` of an element; `overrides` replace declared values.
    ///
    /// # Errors
    /// If a declaration is malformed, or a value breaks its type or (rule
    /// [`rules::CONSTRAINT_GROUP`]) its constraints.
    pub fn declare(
        &mut self,
        owner: XmlNode<'_>,
        overrides: &BTreeMap<String, String>,
    ) -> Result<(), InputError> {
        self.declare_all(
            owner,
            [
                "ParameterDeclarations",
                "ParameterDeclaration",
                "parameterType",
            ],
            overrides,
        )
    }

    /// Adds the `VariableDeclarations` of an element.
    ///
    /// # Errors
    /// As [`Scope::declare`].
    pub fn declare_variables(
        &mut self,
        owner: XmlNode<'_>,
        overrides: &BTreeMap<String, String>,
    ) -> Result<(), InputError> {
        self.declare_all(
            owner,
            [
                "VariableDeclarations",
                "VariableDeclaration",
                "variableType",
            ],
            overrides,
        )
    }

    fn declare_all(
        &mut self,
        owner: XmlNode<'_>,
        [list, item, type_name]: [&str; 3],
        overrides: &BTreeMap<String, String>,
    ) -> Result<(), InputError> {
        let Some(declarations) = owner.child(list) else {
            return Ok(());
        };
        for node in declarations.elements().filter(|n| n.name() == item) {
            let name = declared_name(node.need_attr("name")?);
            let kind = ParameterType::parse(&node, node.need_attr(type_name)?)?;
            // Declared twice, the later one counts.
            let value = match overrides.get(name) {
                Some(value) => value.clone(),
                None => El::new(node, self).text("value")?,
            };
            if !kind.accepts(&value) {
                let error = node.error(
                    format!("a value of the declared type for {name}"),
                    format!("{value:?}"),
                );
                return Err(error.breaks(rules::VALUE_TYPE));
            }
            self.own.insert(name.to_owned(), Parameter { kind, value });
        }
        // Constraints may name parameters that are declared further down.
        for node in declarations.elements().filter(|n| n.name() == item) {
            if let Some(name) = node.attr("name").map(declared_name)
                && let Some(parameter) = self.own.get(name)
            {
                check_constraints(El::new(node, self), name, parameter)?;
            }
        }
        Ok(())
    }
}

/// A declared name; before 1.0 they were written with `$`, and some files still do.
pub(crate) fn declared_name(raw: &str) -> &str {
    raw.trim_start_matches('$')
}

/// Constraint groups are alternatives; within a group every constraint must hold.
fn check_constraints(node: El<'_>, name: &str, parameter: &Parameter) -> Result<(), InputError> {
    let mut groups = 0;
    for group in node.children("ConstraintGroup") {
        groups += 1;
        let mut holds = true;
        for constraint in group.children("ValueConstraint") {
            let rule = Rule::parse(&constraint)?;
            holds &= parameter.compare(rule, &constraint.text("value")?);
        }
        if holds {
            return Ok(());
        }
    }
    if groups == 0 {
        return Ok(());
    }
    let error = node.error(
        format!("a value of {name} that meets its constraints"),
        format!("{:?}", parameter.value),
    );
    Err(error.breaks(rules::CONSTRAINT_GROUP))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(kind: ParameterType, value: &str, rule: Rule, other: &str) -> bool {
        let value = value.to_owned();
        Parameter { kind, value }.compare(rule, other)
    }

    #[test]
    fn points_in_time_are_compared_across_zones() {
        let (a, b) = (
            "2021-07-09T11:00:00.34+04:00",
            "2021-07-09T10:00:00.34+03:00",
        );
        assert!(holds(ParameterType::DateTime, a, Rule::EqualTo, b));
        assert!(!holds(ParameterType::DateTime, a, Rule::LessThan, b));
        assert!(holds(
            ParameterType::DateTime,
            "2021-07-09T11:00:00",
            Rule::GreaterThan,
            "2021-07-09T10:59:59"
        ));
    }

    #[test]
    fn whole_numbers_have_the_range_of_their_type() {
        assert!(ParameterType::Integer.accepts("-3") && ParameterType::Integer.accepts("20.0"));
        assert!(!ParameterType::Integer.accepts("3000000000"));
        assert!(ParameterType::UnsignedInt.accepts("3000000000"));
        assert!(!ParameterType::UnsignedShort.accepts("65536"));
        assert!(!ParameterType::UnsignedInt.accepts("-1"));
        assert!(!ParameterType::DateTime.accepts("noon"));
    }
}
