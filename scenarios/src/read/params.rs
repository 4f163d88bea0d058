//! Parameters and variables: declarations, types, constraints, scopes.

use std::collections::BTreeMap;

use sim::input::{InputError, XmlNode};

use super::{El, Rule};

/// Type of a parameter or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// `integer`, `int`, `unsignedInt` or `unsignedShort`.
    Integer,
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
            "integer" | "int" | "unsignedInt" | "unsignedShort" => Self::Integer,
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
        match self {
            Self::Integer => text.trim().parse::<f64>().is_ok_and(|v| v.fract() == 0.0),
            Self::Double => text.trim().parse::<f64>().is_ok(),
            Self::Boolean => matches!(text.trim(), "true" | "false" | "1" | "0"),
            Self::String | Self::DateTime => true,
        }
    }
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
    /// Whether `value rule other` holds: numbers as numbers, booleans as booleans, else as text.
    pub fn compare(&self, rule: Rule, other: &str) -> bool {
        match self.kind {
            ParameterType::Integer | ParameterType::Double => {
                let number = |text: &str| text.trim().parse::<f64>().ok();
                match (number(&self.value), number(other)) {
                    (Some(a), Some(b)) => rule.holds(a, b),
                    _ => false,
                }
            }
            ParameterType::Boolean => {
                let truth = |text: &str| u8::from(matches!(text.trim(), "true" | "1"));
                rule.holds_ordered(&truth(&self.value), &truth(other))
            }
            ParameterType::String | ParameterType::DateTime => {
                rule.holds_ordered(&self.value.as_str(), &other)
            }
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
    /// If a declaration is malformed, or a value breaks its type or constraints.
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
            let name = node.need_attr("name")?;
            let kind = ParameterType::parse(&node, node.need_attr(type_name)?)?;
            // Declared twice, the later one counts.
            let value = match overrides.get(name) {
                Some(value) => value.clone(),
                None => El::new(node, self).text("value")?,
            };
            if !kind.accepts(&value) {
                return Err(node.error(
                    format!("a value of the declared type for {name}"),
                    format!("{value:?}"),
                ));
            }
            let parameter = Parameter { kind, value };
            check_constraints(El::new(node, self), name, &parameter)?;
            self.own.insert(name.to_owned(), parameter);
        }
        Ok(())
    }
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
    Err(node.error(
        format!("a value of {name} that meets its constraints"),
        format!("{:?}", parameter.value),
    ))
}
