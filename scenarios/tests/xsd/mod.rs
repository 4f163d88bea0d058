//! Reads the standard's XSDs and writes what they say as the lines of `src/schema/openscenario.table`.

use std::collections::BTreeMap;
use std::path::Path;

use roxmltree::{Document, Node};

/// Folders of the XSDs, by minor version; 1.1.1 mends 1.1.0.
const FOLDERS: [&str; 4] = ["1.0.0", "1.1.1", "1.2.0", "1.3.0"];

/// What one version says of one name.
#[derive(Default)]
struct Versions {
    /// Words of an enumeration, each with its mark, by minor version.
    words: [Option<Vec<String>>; 4],
    /// Content model by minor version.
    content: [Option<String>; 4],
    /// Attributes by minor version.
    attributes: [Vec<String>; 4],
}

/// The table's text from the folder that holds `1.0.0/OpenSCENARIO.xsd` and so on.
pub fn table(schemas: &Path) -> String {
    let mut names: BTreeMap<String, Versions> = BTreeMap::new();
    for (minor, folder) in FOLDERS.iter().enumerate() {
        let path = schemas.join(folder).join("OpenSCENARIO.xsd");
        let text = std::fs::read_to_string(&path).expect("a readable schema");
        let document =
            Document::parse(text.trim_start_matches('\u{feff}')).expect("a well-formed schema");
        read(&document, minor, &mut names);
    }
    let mut out = String::new();
    for (name, versions) in &names {
        write(name, versions, &mut out);
    }
    out
}

fn read(document: &Document<'_>, minor: usize, names: &mut BTreeMap<String, Versions>) {
    let top: Vec<Node<'_, '_>> = elements(document.root_element()).collect();
    let groups: BTreeMap<&str, Node<'_, '_>> = top
        .iter()
        .filter(|n| n.has_tag_name_local("group"))
        .filter_map(|n| Some((n.attribute("name")?, *n)))
        .collect();
    for node in &top {
        let Some(name) = node.attribute("name") else {
            continue;
        };
        match node.tag_name().name() {
            "simpleType" => {
                let words: Vec<String> = node
                    .descendants()
                    .filter(|n| n.has_tag_name_local("enumeration"))
                    .filter_map(|n| Some(format!("{}{}", n.attribute("value")?, mark(n))))
                    .collect();
                if !words.is_empty() {
                    names.entry(name.to_owned()).or_default().words[minor] = Some(words);
                }
            }
            "complexType" => {
                let entry = names.entry(name.to_owned()).or_default();
                let is_text = elements(*node).any(|n| n.has_tag_name_local("simpleContent"));
                let model = elements(*node).find_map(|n| particle(n, &groups));
                entry.content[minor] = Some(if is_text {
                    "text".to_owned()
                } else {
                    model.unwrap_or_else(|| "()".to_owned())
                });
                entry.attributes[minor] = node
                    .descendants()
                    .filter(|n| n.has_tag_name_local("attribute"))
                    .map(attribute)
                    .collect();
            }
            _ => {}
        }
    }
}

trait Local {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl Local for Node<'_, '_> {
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

fn elements<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(Node::is_element)
}

/// `~` of what is deprecated.
fn mark(node: Node<'_, '_>) -> &'static str {
    let is_deprecated = node
        .children()
        .filter(|n| n.has_tag_name_local("annotation"))
        .flat_map(|n| n.descendants())
        .any(|n| n.text() == Some("deprecated"));
    if is_deprecated { "~" } else { "" }
}

fn occurs(node: Node<'_, '_>) -> String {
    let min = node.attribute("minOccurs").unwrap_or("1");
    let max = node.attribute("maxOccurs").unwrap_or("1");
    match (min, max) {
        ("1", "1") => String::new(),
        ("0", "1") => "?".to_owned(),
        ("0", "unbounded") => "*".to_owned(),
        ("1", "unbounded") => "+".to_owned(),
        (min, "unbounded") => format!("{{{min},}}"),
        (min, max) => format!("{{{min},{max}}}"),
    }
}

/// A part of a content model; `None` of what is none.
fn particle(node: Node<'_, '_>, groups: &BTreeMap<&str, Node<'_, '_>>) -> Option<String> {
    let inner = |open: char, between: &str, close: char| {
        let parts: Vec<String> = elements(node).filter_map(|n| particle(n, groups)).collect();
        Some(format!(
            "{open}{}{close}{}",
            parts.join(between),
            occurs(node)
        ))
    };
    match node.tag_name().name() {
        "sequence" => inner('(', " ", ')'),
        "choice" => inner('(', " | ", ')'),
        "all" => inner('[', " ", ']'),
        "group" => {
            let group = groups.get(node.attribute("ref")?)?;
            let model = elements(*group).find_map(|n| particle(n, groups))?;
            let occurs = occurs(node);
            // A group's own model never repeats, so the reference's count is the model's.
            Some(format!("{model}{occurs}"))
        }
        "element" => {
            let (name, kind) = (node.attribute("name")?, node.attribute("type")?);
            let kind = if kind == name {
                String::new()
            } else {
                format!(":{kind}")
            };
            Some(format!("{name}{kind}{}{}", mark(node), occurs(node)))
        }
        _ => None,
    }
}

fn attribute(node: Node<'_, '_>) -> String {
    let (name, kind) = (node.attribute("name"), node.attribute("type"));
    let need = if node.attribute("use") == Some("required") {
        "!"
    } else {
        ""
    };
    format!(
        "{}:{}{}{need}",
        name.unwrap_or_default(),
        kind.unwrap_or_default(),
        mark(node)
    )
}

/// Items in the order of their first appearance, each with the minor versions that have it.
fn merged(lists: &[Vec<String>; 4]) -> Vec<(String, Vec<usize>)> {
    let mut out: Vec<(String, Vec<usize>)> = Vec::new();
    for (minor, list) in lists.iter().enumerate() {
        for item in list {
            match out.iter_mut().find(|(known, _)| known == item) {
                Some((_, minors)) => minors.push(minor),
                None => out.push((item.clone(), vec![minor])),
            }
        }
    }
    out
}

/// `@first-last`, left out where it is all of them.
fn span(minors: &[usize], all: &[usize]) -> String {
    match minors {
        minors if minors == all => String::new(),
        [first, .., last] => format!("@{first}-{last}"),
        [only] => format!("@{only}-{only}"),
        [] => String::new(),
    }
}

fn tokens(lists: &[Vec<String>; 4], all: &[usize]) -> String {
    let parts: Vec<String> = merged(lists)
        .iter()
        .map(|(item, minors)| format!("{item}{}", span(minors, all)))
        .collect();
    parts.join(" ")
}

fn write(name: &str, versions: &Versions, out: &mut String) {
    let words = versions.words.clone().map(Option::unwrap_or_default);
    if words.iter().any(|w| !w.is_empty()) {
        *out += &format!("enum {name} {}\n", tokens(&words, &[0, 1, 2, 3]));
    }
    if versions.content.iter().all(Option::is_none) {
        return;
    }
    *out += &format!("type {name}\n");
    let has = |minor: &usize| versions.content[*minor].is_some();
    let all: Vec<usize> = (0..4).filter(has).collect();
    let models = versions.content.clone().map(|c| c.into_iter().collect());
    for (model, minors) in merged(&models) {
        *out += &format!("  ={} {model}\n", span(&minors, &[0, 1, 2, 3]));
    }
    let attributes = tokens(&versions.attributes, &all);
    if !attributes.is_empty() {
        *out += &format!("  {attributes}\n");
    }
}
