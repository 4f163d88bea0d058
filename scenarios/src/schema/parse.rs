//! Reads the table.

use std::collections::BTreeMap;

use super::model::{Order, UNBOUNDED};
use super::{Attribute, Content, MINORS, Particle, Presence, Schema, Type};

/// The schema of a table. What is malformed is left out; a test sees to it that nothing is.
pub(super) fn parse(text: &'static str) -> Schema {
    let mut schema = Schema::default();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("type ") {
            schema.by_name.insert(name, schema.types.len());
            schema.types.push(Type {
                name,
                content: [None; MINORS],
                models: Vec::new(),
                attributes: Vec::new(),
                children: Vec::new(),
            });
        }
    }
    let mut current = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("enum ") {
            let (name, words) = rest.split_once(' ').unwrap_or((rest, ""));
            let mut list: Vec<(&'static str, Presence)> = Vec::new();
            for token in words.split(' ').filter(|t| !t.is_empty()) {
                let (body, minors) = versions(token);
                let (word, is_deprecated) = deprecated(body);
                add(&mut list, word, minors, is_deprecated);
            }
            schema.enums.insert(name, list);
        } else if let Some(name) = line.strip_prefix("type ") {
            current = schema.by_name.get(name).copied();
        } else if let Some(rest) = line.strip_prefix("  =") {
            let (span, model) = rest.split_once(' ').unwrap_or((rest, ""));
            let minors = versions(span).1;
            let content = if model == "text" {
                Content::Text
            } else {
                let mut tokens = Tokens { text: model };
                Content::Model(tokens.particle(&schema.by_name))
            };
            if let Some(entry) = current.and_then(|i| schema.types.get_mut(i)) {
                add_content(entry, content, minors);
            }
        } else if let Some(entry) = current.and_then(|i| schema.types.get_mut(i)) {
            for token in line.split_whitespace() {
                add_attribute(entry, token);
            }
        }
    }
    schema
}

fn add_content(entry: &mut Type, content: Content, minors: u8) {
    for minor in (0..MINORS).filter(|m| minors >> m & 1 == 1) {
        entry.content[minor] = Some(entry.models.len());
    }
    if let Content::Model(model) = &content {
        model.each_element(&mut |name, kind, is_deprecated| {
            let at = match entry.children.iter().position(|c| c.0 == name) {
                Some(at) => at,
                None => {
                    entry.children.push((name, kind, Presence::default()));
                    entry.children.len() - 1
                }
            };
            if let Some(child) = entry.children.get_mut(at) {
                child.2.exists |= minors;
                child.2.deprecated |= if is_deprecated { minors } else { 0 };
            }
        });
    }
    entry.models.push(content);
}

fn add_attribute(entry: &mut Type, token: &'static str) {
    let (body, minors) = versions(token);
    let (body, is_required) = match body.strip_suffix('!') {
        Some(rest) => (rest, true),
        None => (body, false),
    };
    let (body, is_deprecated) = deprecated(body);
    let Some((name, kind)) = body.split_once(':') else {
        return;
    };
    let at = match entry.attributes.iter().position(|a| a.name == name) {
        Some(at) => at,
        None => {
            entry.attributes.push(Attribute {
                name,
                kind,
                presence: Presence::default(),
                required: 0,
            });
            entry.attributes.len() - 1
        }
    };
    // An attribute's line without versions holds wherever its type does.
    if let Some(attribute) = entry.attributes.get_mut(at) {
        attribute.presence.exists |= minors;
        attribute.presence.deprecated |= if is_deprecated { minors } else { 0 };
        attribute.required |= if is_required { minors } else { 0 };
    }
}

fn add(list: &mut Vec<(&'static str, Presence)>, name: &'static str, minors: u8, old: bool) {
    let at = match list.iter().position(|w| w.0 == name) {
        Some(at) => at,
        None => {
            list.push((name, Presence::default()));
            list.len() - 1
        }
    };
    if let Some((_, presence)) = list.get_mut(at) {
        presence.exists |= minors;
        presence.deprecated |= if old { minors } else { 0 };
    }
}

/// What stands before `@a-b`, and the versions as bits.
fn versions(token: &'static str) -> (&'static str, u8) {
    let all = (1u8 << MINORS) - 1;
    let Some((body, span)) = token.split_once('@') else {
        return (token, all);
    };
    let end = |text: &str| text.parse::<usize>().ok().filter(|m| *m < MINORS);
    let ends = span.split_once('-').map(|(a, b)| (end(a), end(b)));
    let Some((Some(first), Some(last))) = ends else {
        return (body, 0);
    };
    (body, (first..=last).fold(0, |bits, m| bits | 1 << m))
}

fn deprecated(body: &'static str) -> (&'static str, bool) {
    body.strip_suffix('~')
        .map_or((body, false), |rest| (rest, true))
}

/// A content model's text, read from its front.
struct Tokens {
    text: &'static str,
}

impl Tokens {
    fn particle(&mut self, types: &BTreeMap<&'static str, usize>) -> Particle {
        self.text = self.text.trim_start();
        let close = match self.text.as_bytes().first() {
            Some(b'(') => ')',
            Some(b'[') => ']',
            _ => return self.element(types),
        };
        self.text = &self.text[1..];
        let mut order = if close == ']' {
            Order::Any
        } else {
            Order::Sequence
        };
        let mut parts = Vec::new();
        loop {
            self.text = self.text.trim_start();
            if let Some(rest) = self.text.strip_prefix(close) {
                self.text = rest;
                break;
            }
            if let Some(rest) = self.text.strip_prefix('|') {
                (self.text, order) = (rest, Order::Choice);
            } else if self.text.is_empty() {
                break;
            } else {
                parts.push(self.particle(types));
            }
        }
        let (min, max) = self.occurs();
        Particle::group(order, parts, min, max)
    }

    fn element(&mut self, types: &BTreeMap<&'static str, usize>) -> Particle {
        let is_part = |c: char| c.is_alphanumeric() || c == ':';
        let end = self.text.find(|c| !is_part(c)).unwrap_or(self.text.len());
        let (body, rest) = self.text.split_at(end);
        // Whatever is not expected here is passed over, so that reading ends.
        self.text = if end == 0 {
            rest.get(1..).unwrap_or("")
        } else {
            rest
        };
        let (name, kind) = body.split_once(':').unwrap_or((body, body));
        let is_deprecated = self.text.starts_with('~');
        self.text = self.text.strip_prefix('~').unwrap_or(self.text);
        let (min, max) = self.occurs();
        Particle::element(
            name,
            types.get(kind).copied().unwrap_or(0),
            is_deprecated,
            min,
            max,
        )
    }

    fn occurs(&mut self) -> (u32, u32) {
        for (mark, min, max) in [("?", 0, 1), ("*", 0, UNBOUNDED), ("+", 1, UNBOUNDED)] {
            if let Some(rest) = self.text.strip_prefix(mark) {
                self.text = rest;
                return (min, max);
            }
        }
        let Some((inner, rest)) = self
            .text
            .strip_prefix('{')
            .and_then(|text| text.split_once('}'))
        else {
            return (1, 1);
        };
        self.text = rest;
        let (min, max) = inner.split_once(',').unwrap_or((inner, inner));
        (min.parse().unwrap_or(1), max.parse().unwrap_or(UNBOUNDED))
    }
}
