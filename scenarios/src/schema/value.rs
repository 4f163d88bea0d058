//! Values of attributes.

use super::{Presence, Schema};
use crate::story::parse_date_time_s;

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueProblem {
    /// No value of the type; what would be.
    Wrong(String),
    /// A word of other versions than the file's.
    OtherVersion(Presence),
    /// A word that is deprecated.
    Deprecated,
    /// A way of writing that the schema does not know but that is understood here.
    Spelling(&'static str),
}

/// What is wrong with a value of a simple type, parameters and expressions already resolved.
pub fn value_problem(kind: &str, text: &str, minor: usize) -> Option<ValueProblem> {
    let wrong = |what: &str| Some(ValueProblem::Wrong(what.to_owned()));
    // Simple types but strings ignore white space at their ends.
    let text = text.trim();
    match kind {
        "String" => None,
        "Boolean" => match text {
            "true" | "false" | "1" | "0" => None,
            _ => wrong("true or false"),
        },
        "Double" => double_problem(text),
        "Int" => whole_problem(text, f64::from(i32::MIN), f64::from(i32::MAX)),
        "UnsignedInt" => whole_problem(text, 0.0, f64::from(u32::MAX)),
        "UnsignedShort" => whole_problem(text, 0.0, f64::from(u16::MAX)),
        "DateTime" => match parse_date_time_s(text) {
            Some(_) => None,
            None => wrong("a date and time such as 2024-01-31T12:00:00"),
        },
        _ => {
            let words = Schema::get().words(kind)?;
            let Some((_, presence)) = words.iter().find(|(word, _)| *word == text) else {
                let known: Vec<&str> = words
                    .iter()
                    .filter(|(_, p)| p.is_in(minor))
                    .map(|(word, _)| *word)
                    .collect();
                return wrong(&format!("one of {}", known.join(", ")));
            };
            if !presence.is_in(minor) {
                Some(ValueProblem::OtherVersion(*presence))
            } else if presence.is_deprecated(minor) {
                Some(ValueProblem::Deprecated)
            } else {
                None
            }
        }
    }
}

fn double_problem(text: &str) -> Option<ValueProblem> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(text, "NaN") || body == "INF" {
        return None;
    }
    if body.eq_ignore_ascii_case("inf") {
        return Some(ValueProblem::Spelling("INF"));
    }
    let is_number =
        body.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok();
    (!is_number).then(|| ValueProblem::Wrong("a number".to_owned()))
}

fn whole_problem(text: &str, low: f64, high: f64) -> Option<ValueProblem> {
    let value = text
        .parse::<f64>()
        .ok()
        .filter(|v| v.fract() == 0.0 && (low..=high).contains(v));
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    match value {
        None => Some(ValueProblem::Wrong(format!(
            "a whole number from {low} to {high}"
        ))),
        Some(_) if !digits.chars().all(|c| c.is_ascii_digit()) => {
            Some(ValueProblem::Spelling("a whole number without a point"))
        }
        Some(_) => None,
    }
}

/// Part of an expression that is no operator of the standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A function or constant that players know beyond the standard.
    Known(String),
    /// Another word.
    Word(String),
    /// A sign.
    Sign(char),
}

/// Named operators and values of the standard (1.1 to 1.3).
const NAMED: [&str; 14] = [
    "round", "floor", "ceil", "sqrt", "pow", "abs", "sign", "max", "min", "not", "and", "or",
    "true", "false",
];

/// What else is evaluated here.
const BEYOND: [&str; 11] = [
    "pi", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "exp", "ln", "log",
];

/// Whether all words and signs of an expression are operators of the standard. `body` stands between
/// `${` and `}`.
///
/// # Errors
/// The worst that is none: a sign, a word, something known beyond the standard.
pub fn check_operators(body: &str) -> Result<(), Foreign> {
    let mut found = None;
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end_of_word = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
        if c == '$' {
            let name = rest.get(1..).unwrap_or("");
            rest = name.get(end_of_word(name)..).unwrap_or("");
        } else if c.is_ascii_digit() || c == '.' {
            let is_part = |(i, c): (usize, char)| {
                let after_e = rest[..i].ends_with(['e', 'E']);
                c.is_ascii_alphanumeric() || c == '.' || (after_e && (c == '+' || c == '-'))
            };
            let end = rest
                .char_indices()
                .find(|at| !is_part(*at))
                .map_or(rest.len(), |(i, _)| i);
            rest = rest.get(end..).unwrap_or("");
        } else if is_word(c) {
            let (word, after) = rest.split_at(end_of_word(rest));
            if BEYOND.contains(&word) {
                found.get_or_insert(Foreign::Known(word.to_owned()));
            } else if !NAMED.contains(&word) && !matches!(found, Some(Foreign::Word(_))) {
                found = Some(Foreign::Word(word.to_owned()));
            }
            rest = after;
        } else if " +-*/%(),\t\n\r".contains(c) {
            rest = rest.get(1..).unwrap_or("");
        } else {
            return Err(Foreign::Sign(c));
        }
    }
    found.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_held_against_their_type_and_version() {
        let problem = |kind, text| value_problem(kind, text, 1);
        for (kind, text) in [
            ("Double", " 1e-3 "),
            ("Double", "-INF"),
            ("Double", ".5"),
            ("Int", "-3"),
            ("Boolean", "0"),
            ("Rule", "lessThan"),
            ("DateTime", "2020-10-01T06:00:00.5+02:00"),
            ("String", ""),
        ] {
            assert_eq!(problem(kind, text), None, "{kind} {text}");
        }
        for (kind, text) in [
            ("Double", ""),
            ("Double", "nan"),
            ("Double", "infinity"),
            ("Double", "1,5"),
            ("Int", "1.5"),
            ("UnsignedShort", "-1"),
            ("Boolean", "yes"),
            ("Rule", "less"),
            ("DateTime", ""),
        ] {
            let found = problem(kind, text);
            assert!(
                matches!(found, Some(ValueProblem::Wrong(_))),
                "{kind} {text}: {found:?}"
            );
        }
        assert!(matches!(
            value_problem("Rule", "lessOrEqual", 0),
            Some(ValueProblem::OtherVersion(_))
        ));
        assert!(matches!(
            problem("Int", "3.0"),
            Some(ValueProblem::Spelling(_))
        ));
        assert_eq!(
            value_problem("Priority", "overwrite", 3),
            Some(ValueProblem::Deprecated)
        );
    }

    #[test]
    fn operators_beyond_the_standard_are_found() {
        for good in [
            "1.2 + 1.0",
            "not $A and $B",
            "pow(2, 3)",
            "-1e-3*$x_1 % (2)",
            "round(1.3)",
        ] {
            assert_eq!(check_operators(good), Ok(()), "{good}");
        }
        for (bad, which) in [
            ("powerer(2, 3)", Foreign::Word("powerer".into())),
            ("4^23", Foreign::Sign('^')),
            ("sqrt(18.23} +7", Foreign::Sign('}')),
            ("pi/2 + sin(1)", Foreign::Known("pi".into())),
            ("$a + pi event", Foreign::Word("event".into())),
        ] {
            assert_eq!(check_operators(bad), Err(which), "{bad}");
        }
    }
}
