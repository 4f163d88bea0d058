//! Comparison rules.

use sim::input::InputError;

use super::El;

/// How two values are compared (`Rule`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `equalTo`
    EqualTo,
    /// `greaterThan`
    GreaterThan,
    /// `lessThan`
    LessThan,
    /// `greaterOrEqual`
    GreaterOrEqual,
    /// `lessOrEqual`
    LessOrEqual,
    /// `notEqualTo`
    NotEqualTo,
}

/// Numbers nearer than this are equal; times of ticks carry rounding.
const EPSILON: f64 = 1e-6;

impl Rule {
    const WORDS: [(&'static str, Self); 6] = [
        ("equalTo", Self::EqualTo),
        ("greaterThan", Self::GreaterThan),
        ("lessThan", Self::LessThan),
        ("greaterOrEqual", Self::GreaterOrEqual),
        ("lessOrEqual", Self::LessOrEqual),
        ("notEqualTo", Self::NotEqualTo),
    ];

    /// The attribute `rule` of an element.
    ///
    /// # Errors
    /// If it is missing or unknown.
    pub fn parse(el: &El<'_>) -> Result<Self, InputError> {
        el.word("rule", &Self::WORDS)
    }

    /// The attribute `rule`, where the standard makes it optional.
    ///
    /// # Errors
    /// If it is unknown.
    pub fn parse_or(el: &El<'_>, default: Self) -> Result<Self, InputError> {
        Ok(el.opt_word("rule", &Self::WORDS)?.unwrap_or(default))
    }

    /// Whether `a rule b`.
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::EqualTo => (a - b).abs() < EPSILON,
            Self::NotEqualTo => (a - b).abs() >= EPSILON,
            Self::GreaterThan => a > b + EPSILON,
            Self::LessThan => a < b - EPSILON,
            Self::GreaterOrEqual => a >= b - EPSILON,
            Self::LessOrEqual => a <= b + EPSILON,
        }
    }

    /// Whether `a rule b` of values with an order.
    pub fn holds_ordered<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::EqualTo => a == b,
            Self::NotEqualTo => a != b,
            Self::GreaterThan => a > b,
            Self::LessThan => a < b,
            Self::GreaterOrEqual => a >= b,
            Self::LessOrEqual => a <= b,
        }
    }
}
