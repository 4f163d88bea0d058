//! What of a file nothing looked at: it has no effect, and the result says so.

use std::collections::BTreeMap;

use sim::input::XmlNode;

/// Something without effect: what it is, the first line that has it, and how many have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Such as `<SceneGraphFile>` or `attribute x of <Y>`.
    pub what: String,
    /// Line.
    pub line: u32,
    /// Occurrences.
    pub count: usize,
}

/// What was not read below an element of a watched file, by line. Only the outermost of nested elements
/// is told; names and what is said of the file itself are left out.
pub fn unread(root: XmlNode<'_>) -> Vec<Unread> {
    let mut found: BTreeMap<String, (u32, usize)> = BTreeMap::new();
    walk(root, &mut found);
    let mut list: Vec<Unread> = found
        .into_iter()
        .map(|(what, (line, count))| Unread { what, line, count })
        .collect();
    list.sort_by_key(|u| u.line);
    list
}

/// Elements that describe the file, or that are looked at only as far as they decide something.
const APART: [&str; 3] = ["FileHeader", "ConstraintGroup", "License"];

fn walk(node: XmlNode<'_>, found: &mut BTreeMap<String, (u32, usize)>) {
    for (index, attribute) in node.node.attributes().enumerate() {
        let is_label =
            matches!(attribute.name(), "name" | "model") || attribute.namespace().is_some();
        if !is_label && !node.was_read(index) {
            add(
                node,
                format!("attribute {} of <{}>", attribute.name(), node.name()),
                found,
            );
        }
    }
    for child in node.elements().filter(|c| !APART.contains(&c.name())) {
        if is_read(child) {
            walk(child, found);
        } else if !is_empty(child) {
            let (outer, inner) = innermost(node, child);
            let what = format!("<{}> inside <{}>", inner.name(), outer.name());
            add(inner, what, found);
        }
    }
}

/// The element that says something: those about it that hold it alone are but its wrapping.
fn innermost<'a>(node: XmlNode<'a>, child: XmlNode<'a>) -> (XmlNode<'a>, XmlNode<'a>) {
    let (mut outer, mut inner) = (node, child);
    while inner.node.attributes().len() == 0 {
        let mut below = inner.elements();
        match (below.next(), below.next()) {
            (Some(only), None) => (outer, inner) = (inner, only),
            _ => break,
        }
    }
    (outer, inner)
}

fn add(node: XmlNode<'_>, what: String, found: &mut BTreeMap<String, (u32, usize)>) {
    // The line costs a walk over the text, so it is asked for once a kind.
    match found.get_mut(&what) {
        Some((_, count)) => *count += 1,
        None => {
            found.insert(what, (node.position().0, 1));
        }
    }
}

fn is_read(node: XmlNode<'_>) -> bool {
    (node.was_found() && (node.node.attributes().len() > 0 || node.elements().next().is_none()))
        || node.elements().any(is_read)
}

/// An element that holds nothing says nothing.
fn is_empty(node: XmlNode<'_>) -> bool {
    node.node.attributes().len() == 0
        && node.node.text().is_none_or(|text| text.trim().is_empty())
        && node.elements().all(is_empty)
}
