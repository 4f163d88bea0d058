//! Signals that a scenario switches must stand in its road network.

use std::collections::BTreeSet;
use std::path::Path;

use sim::input::{Limits, XmlFile};

use super::{Findings, Severity};
use crate::read::{El, rules};

/// Checks the names of `TrafficSignalStateAction`s below an element against the ids of the map's
/// signals. The map is read only where there are such actions; where it can't be, whoever loads it
/// says so.
pub(crate) fn check_signal_ids(
    storyboard: El<'_>,
    map: &Path,
    limits: &Limits,
    findings: &mut Findings,
) {
    let mut actions = Vec::new();
    let mut stack = vec![storyboard];
    while let Some(el) = stack.pop() {
        if el.name() == "TrafficSignalStateAction" {
            actions.push(el);
        }
        stack.extend(el.elements());
    }
    if actions.is_empty() {
        return;
    }
    let Ok(file) = XmlFile::read(map, limits) else {
        return;
    };
    let Ok(document) = file.parse() else {
        return;
    };
    let ids: BTreeSet<&str> = document
        .descendants()
        .filter(|n| n.is_element() && n.tag_name().name() == "signal")
        .filter_map(|n| n.attribute("id"))
        .collect();
    for el in actions.into_iter().rev() {
        let name = el
            .node
            .node
            .attribute("name")
            .and_then(|raw| el.resolve(raw).ok());
        if let Some(name) = name.filter(|name| !ids.contains(name.as_str())) {
            let problem = el.error(
                format!("the id of a signal of {}", map.display()),
                format!("{name:?}"),
            );
            findings.add(Severity::Error, rules::SIGNAL_ID, problem);
        }
    }
}
