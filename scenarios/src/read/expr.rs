//! OpenSCENARIO expressions, `${ … }` (standard 1.1 and later, 9.2): numbers, booleans, `+ - * / %`,
//! comparisons, `not and or`, parentheses and the named functions.

use sim::math;

/// Longest expression that is read, bytes; bounds recursion too.
const MAX_LENGTH: usize = 4096;
/// Deepest nesting of parentheses and prefixes.
const MAX_DEPTH: u32 = 64;

/// Value of an expression whose parameters have already been replaced by their text.
///
/// Operands that are no numbers are joined as text by `+`, as existing files do to make names.
///
/// # Errors
/// What was wrong, for a message.
pub fn evaluate(text: &str) -> Result<String, String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("an expression of {} bytes", text.len()));
    }
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    match parser.whole() {
        Ok(value) => Ok(value.to_text()),
        Err(problem) => joined_text(text).ok_or(problem),
    }
}

/// `a + b` of plain words; `None` where it is not of that form.
fn joined_text(text: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || "_ -.".contains(c);
    let is_word = |part: &str| part.chars().all(plain) && part.chars().any(char::is_alphabetic);
    let parts: Vec<&str> = text.split('+').map(str::trim).collect();
    let words = parts.iter().any(|p| is_word(p)) && parts.iter().all(|p| p.chars().all(plain));
    (words && parts.len() > 1).then(|| parts.concat())
}

#[derive(Clone, Copy, PartialEq)]
enum Value {
    Number(f64),
    Bool(bool),
}

impl Value {
    fn to_text(self) -> String {
        match self {
            Self::Number(n) => format!("{n}"),
            Self::Bool(b) => format!("{b}"),
        }
    }

    fn number(self) -> f64 {
        match self {
            Self::Number(n) => n,
            Self::Bool(b) => f64::from(u8::from(b)),
        }
    }

    fn truth(self) -> bool {
        match self {
            Self::Number(n) => n != 0.0,
            Self::Bool(b) => b,
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

type Parsed = Result<Value, String>;

impl Parser<'_> {
    fn whole(&mut self) -> Parsed {
        let value = self.or()?;
        self.space();
        match self.text.get(self.at) {
            None => match value {
                Value::Number(n) if !n.is_finite() => Err(format!("the value {n}")),
                _ => Ok(value),
            },
            Some(c) => Err(format!("{:?} at character {}", char::from(*c), self.at + 1)),
        }
    }

    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(symbol.as_bytes());
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let start = self.at;
        if self.take(word)
            && !self
                .text
                .get(self.at)
                .is_some_and(u8::is_ascii_alphanumeric)
        {
            return true;
        }
        self.at = start;
        false
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.take_word("or") || self.take("||") {
            let right = self.and()?;
            left = Value::Bool(left.truth() || right.truth());
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.comparison()?;
        while self.take_word("and") || self.take("&&") {
            let right = self.comparison()?;
            left = Value::Bool(left.truth() && right.truth());
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        for operator in ["<=", ">=", "==", "!=", "<", ">"] {
            if self.take(operator) {
                let (a, b) = (left.number(), self.sum()?.number());
                return Ok(Value::Bool(match operator {
                    "<=" => a <= b,
                    ">=" => a >= b,
                    "==" => a == b,
                    "!=" => a != b,
                    "<" => a < b,
                    _ => a > b,
                }));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            left = if self.take("+") {
                Value::Number(left.number() + self.product()?.number())
            } else if self.take("-") {
                Value::Number(left.number() - self.product()?.number())
            } else {
                return Ok(left);
            };
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.prefix()?;
        loop {
            left = if self.take("*") {
                Value::Number(left.number() * self.prefix()?.number())
            } else if self.take("/") {
                Value::Number(left.number() / self.divisor()?)
            } else if self.take("%") {
                Value::Number(left.number() % self.divisor()?)
            } else {
                return Ok(left);
            };
        }
    }

    fn divisor(&mut self) -> Result<f64, String> {
        let divisor = self.prefix()?.number();
        if divisor == 0.0 {
            return Err("a division by zero".into());
        }
        Ok(divisor)
    }

    fn prefix(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("an expression nested too deep".into());
        }
        let value = if self.take_word("not") || (!self.take_ahead("!=") && self.take("!")) {
            Value::Bool(!self.prefix()?.truth())
        } else if self.take("-") {
            Value::Number(-self.prefix()?.number())
        } else if self.take("+") {
            Value::Number(self.prefix()?.number())
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn take_ahead(&self, symbol: &str) -> bool {
        self.text[self.at..].starts_with(symbol.as_bytes())
    }

    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        if self.take("^") {
            let exponent = self.prefix()?;
            return Ok(Value::Number(math::powf(base.number(), exponent.number())));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Parsed {
        if self.take("(") {
            let value = self.or()?;
            return if self.take(")") {
                Ok(value)
            } else {
                Err("an open parenthesis".into())
            };
        }
        self.space();
        let start = self.at;
        let is = |f: fn(&u8) -> bool, at: usize| self.text.get(at).is_some_and(f);
        if is(u8::is_ascii_alphabetic, start) {
            let mut end = start;
            while is(|c| c.is_ascii_alphanumeric() || *c == b'_', end) {
                end += 1;
            }
            let name = String::from_utf8_lossy(&self.text[start..end]).into_owned();
            self.at = end;
            return self.named(&name);
        }
        let mut end = start;
        while is(|c| c.is_ascii_digit() || *c == b'.', end) {
            end += 1;
        }
        if end > start && is(|c| matches!(c, b'e' | b'E'), end) {
            let sign = usize::from(is(|c| matches!(c, b'+' | b'-'), end + 1));
            if is(u8::is_ascii_digit, end + 1 + sign) {
                end += 1 + sign;
                while is(u8::is_ascii_digit, end) {
                    end += 1;
                }
            }
        }
        let digits = String::from_utf8_lossy(&self.text[start..end]).into_owned();
        self.at = end;
        digits.parse().map(Value::Number).map_err(|_| {
            let rest = String::from_utf8_lossy(&self.text[start..]);
            format!("{rest:?}")
        })
    }

    fn named(&mut self, name: &str) -> Parsed {
        match name.to_ascii_lowercase().as_str() {
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            "pi" => return Ok(Value::Number(math::PI)),
            _ => {}
        }
        if !self.take("(") {
            return Err(format!("the word {name:?}"));
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.or()?.number());
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return Err(format!("no closing parenthesis after {name}"));
                }
            }
        }
        let value = match (name, arguments.as_slice()) {
            ("round", [x]) => x.round(),
            ("floor", [x]) => x.floor(),
            ("ceil", [x]) => x.ceil(),
            ("sqrt", [x]) => x.sqrt(),
            ("abs", [x]) => x.abs(),
            ("sign", [x]) => f64::from(i8::from(*x > 0.0) - i8::from(*x < 0.0)),
            ("sin", [x]) => math::sin(*x),
            ("cos", [x]) => math::cos(*x),
            ("tan", [x]) => math::tan(*x),
            ("asin", [x]) => math::asin(*x),
            ("acos", [x]) => math::acos(*x),
            ("atan", [x]) => math::atan(*x),
            ("exp", [x]) => math::exp(*x),
            ("ln" | "log", [x]) => math::ln(*x),
            ("atan2", [y, x]) => math::atan2(*y, *x),
            ("pow", [x, y]) => math::powf(*x, *y),
            ("min", [x, y]) => x.min(*y),
            ("max", [x, y]) => x.max(*y),
            _ => return Err(format!("{name} with {} arguments", arguments.len())),
        };
        Ok(Value::Number(value))
    }
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn arithmetic_follows_the_usual_precedence() {
        assert_eq!(evaluate("1 + 2*3").as_deref(), Ok("7"));
        assert_eq!(evaluate("-(2 - 5) % 2").as_deref(), Ok("1"));
        assert_eq!(evaluate("pow(2, 3) + max(1, 2)").as_deref(), Ok("10"));
        assert_eq!(evaluate("1e-3 * 1000").as_deref(), Ok("1"));
        assert_eq!(
            evaluate("round(2.5) == 3 and not false").as_deref(),
            Ok("true")
        );
    }

    #[test]
    fn words_are_joined_and_nonsense_is_refused() {
        assert_eq!(
            evaluate("Ego + trajectory event").as_deref(),
            Ok("Egotrajectory event")
        );
        assert!(evaluate("1/0").is_err());
        assert!(evaluate("2 +").is_err());
        assert!(evaluate(&"(".repeat(4000)).is_err());
        assert!(evaluate(&"-".repeat(4000)).is_err());
        assert!(evaluate("sqrt(-1)").is_err());
    }
}
