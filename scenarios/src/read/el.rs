//! An XML element read within a scope of parameters.

use sim::input::{InputError, XmlNode};

use super::{Scope, expr, rules};

/// What `INF` reads as: larger than any speed, acceleration or distance that occurs.
pub const UNLIMITED: f64 = 1e10;

/// An element whose attributes may name parameters (`$name`) or hold expressions (`${…}`).
#[derive(Clone, Copy)]
pub struct El<'a> {
    /// The element itself.
    pub node: XmlNode<'a>,
    /// What parameters stand for here.
    pub scope: &'a Scope<'a>,
}

impl<'a> El<'a> {
    /// An element in a scope.
    pub fn new(node: XmlNode<'a>, scope: &'a Scope<'a>) -> Self {
        Self { node, scope }
    }

    /// Tag name.
    pub fn name(&self) -> &'a str {
        self.node.name()
    }

    /// An error at this element.
    pub fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> InputError {
        self.node.error(expected, found)
    }

    /// Child elements of any name.
    pub fn elements(&self) -> impl Iterator<Item = El<'a>> + 'a {
        let scope = self.scope;
        self.node.elements().map(move |node| El { node, scope })
    }

    /// Child elements of a name.
    pub fn children(&self, name: &'static str) -> impl Iterator<Item = El<'a>> + 'a {
        self.elements()
            .filter(move |e| e.name() == name)
            .inspect(|e| e.node.found())
    }

    /// First child of a name.
    pub fn child(&self, name: &str) -> Option<El<'a>> {
        self.elements()
            .find(|e| e.name() == name)
            .inspect(|e| e.node.found())
    }

    /// First child of a name.
    ///
    /// # Errors
    /// If there is none.
    pub fn need_child(&self, name: &str) -> Result<El<'a>, InputError> {
        let scope = self.scope;
        self.node.need_child(name).map(|node| El { node, scope })
    }

    /// The first child element: what a choice holds.
    ///
    /// # Errors
    /// If there is none.
    pub fn choice(&self, expected: &str) -> Result<El<'a>, InputError> {
        self.elements()
            .next()
            .inspect(|e| e.node.found())
            .ok_or_else(|| self.error(format!("{expected} inside <{}>", self.name()), "nothing"))
    }

    /// Text of an attribute, parameters and expressions resolved; `None` if missing.
    ///
    /// # Errors
    /// If it names an unknown parameter or holds a broken expression.
    pub fn opt_text(&self, name: &str) -> Result<Option<String>, InputError> {
        let Some(raw) = self.node.attr(name) else {
            return Ok(None);
        };
        if !raw.contains('$') {
            return Ok(Some(raw.to_owned()));
        }
        self.resolve(raw).map(Some)
    }

    /// Text of an attribute, resolved.
    ///
    /// # Errors
    /// If it is missing or can't be resolved.
    pub fn text(&self, name: &str) -> Result<String, InputError> {
        self.opt_text(name)?.ok_or_else(|| {
            self.error(
                format!("attribute {name} of <{}>", self.name()),
                "no such attribute",
            )
        })
    }

    /// A value with its parameters and expressions replaced.
    ///
    /// # Errors
    /// If it names an unknown parameter or holds a broken expression.
    pub fn resolve(&self, raw: &str) -> Result<String, InputError> {
        if !raw.contains('$') {
            return Ok(raw.to_owned());
        }
        let text = raw.trim();
        let Some(rest) = text.strip_prefix('$') else {
            // `\$` keeps a dollar sign (standard, 9.1).
            return Ok(text.replace("\\$", "$"));
        };
        if let Some(body) = rest.strip_prefix('{') {
            let body = body.strip_suffix('}').ok_or_else(|| {
                self.error("an expression ${…}", format!("{text:?}"))
                    .breaks(rules::EXPRESSION)
            })?;
            let replaced = self.replace_names(body)?;
            return expr::evaluate(&replaced).map_err(|problem| {
                self.error(format!("a valid expression instead of {text:?}"), problem)
                    .breaks(rules::EXPRESSION)
            });
        }
        self.parameter(rest)
    }

    fn parameter(&self, name: &str) -> Result<String, InputError> {
        self.scope
            .get(name)
            .map(|p| p.value.clone())
            .ok_or_else(|| {
                self.error("the name of a declared parameter", format!("${name}"))
                    .breaks(rules::PARAMETER)
            })
    }

    fn replace_names(&self, body: &str) -> Result<String, InputError> {
        let mut out = String::with_capacity(body.len());
        let mut rest = body;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let tail = &rest[at + 1..];
            let end = tail
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(tail.len());
            let value = self.parameter(&tail[..end])?;
            // Negative values in parentheses, so that `a - $b` keeps its meaning.
            if value.trim_start().starts_with('-') {
                out.push_str(&format!("({value})"));
            } else {
                out.push_str(&value);
            }
            rest = &tail[end..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// A finite number; `None` if the attribute is missing.
    ///
    /// # Errors
    /// If it is not a number.
    pub fn opt_f64(&self, name: &str) -> Result<Option<f64>, InputError> {
        self.opt_text(name)?
            .map(|t| self.number(name, &t))
            .transpose()
    }

    /// A finite number.
    ///
    /// # Errors
    /// If it is missing or not a number.
    pub fn f64(&self, name: &str) -> Result<f64, InputError> {
        self.number(name, &self.text(name)?)
    }

    /// A finite number or a default.
    ///
    /// # Errors
    /// If it is not a number.
    pub fn f64_or(&self, name: &str, default: f64) -> Result<f64, InputError> {
        Ok(self.opt_f64(name)?.unwrap_or(default))
    }

    fn number(&self, name: &str, text: &str) -> Result<f64, InputError> {
        let text = text.trim();
        // xsd:double allows INF, and files use inf and 1e10 alike for "no limit".
        let value = match text {
            "INF" | "inf" | "Inf" | "+INF" => Some(UNLIMITED),
            "-INF" | "-inf" => Some(-UNLIMITED),
            _ => text.parse::<f64>().ok().filter(|v| v.is_finite()),
        };
        value.ok_or_else(|| {
            self.error(
                format!("a number in {name} of <{}>", self.name()),
                format!("{text:?}"),
            )
        })
    }

    /// A whole number; `None` if the attribute is missing.
    ///
    /// # Errors
    /// If it is not a whole number.
    pub fn opt_i64(&self, name: &str) -> Result<Option<i64>, InputError> {
        let Some(value) = self.opt_f64(name)? else {
            return Ok(None);
        };
        if value.fract() != 0.0 || value.abs() > 9e15 {
            return Err(self.error(
                format!("a whole number in {name} of <{}>", self.name()),
                format!("{value}"),
            ));
        }
        Ok(Some(value as i64))
    }

    /// A whole number.
    ///
    /// # Errors
    /// If it is missing or not a whole number.
    pub fn i64(&self, name: &str) -> Result<i64, InputError> {
        self.opt_i64(name)?.ok_or_else(|| {
            self.error(
                format!("attribute {name} of <{}>", self.name()),
                "no such attribute",
            )
        })
    }

    /// A boolean or a default.
    ///
    /// # Errors
    /// If it is neither true nor false.
    pub fn bool_or(&self, name: &str, default: bool) -> Result<bool, InputError> {
        match self.opt_text(name)?.as_deref().map(str::trim) {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(other) => Err(self.error(
                format!("true or false in {name} of <{}>", self.name()),
                format!("{other:?}"),
            )),
        }
    }

    /// One of the words of a table; `None` if the attribute is missing.
    ///
    /// # Errors
    /// If it is another word.
    pub fn opt_word<T: Copy>(
        &self,
        name: &str,
        table: &[(&str, T)],
    ) -> Result<Option<T>, InputError> {
        let Some(text) = self.opt_text(name)? else {
            return Ok(None);
        };
        let found = table.iter().find(|(word, _)| *word == text.trim());
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
            self.error(
                format!("one of {} in {name} of <{}>", words.join(", "), self.name()),
                format!("{text:?}"),
            )
        })
    }

    /// One of the words of a table.
    ///
    /// # Errors
    /// If it is missing or another word.
    pub fn word<T: Copy>(&self, name: &str, table: &[(&str, T)]) -> Result<T, InputError> {
        self.opt_word(name, table)?.ok_or_else(|| {
            self.error(
                format!("attribute {name} of <{}>", self.name()),
                "no such attribute",
            )
        })
    }
}
