//! Signals, controllers and objects: ids that stand twice, lanes that are not there.

use std::collections::BTreeSet;

use super::Found;
use crate::road::network::{RoadIndex, RoadNetwork};

pub(super) fn check(network: &RoadNetwork, found: &mut Found) {
    let mut ids = BTreeSet::new();
    for signal in &network.signals {
        if !signal.id.is_empty() && !ids.insert(signal.id.as_str()) {
            found.add(
                signal.line,
                format!("signal {:?} is there twice", signal.id),
            );
        }
        let place = (signal.road, signal.s_m, signal.line);
        validity(network, place, &signal.validity, found);
    }
    for reference in &network.signal_references {
        let place = (reference.road, reference.s_m, reference.line);
        validity(network, place, &reference.validity, found);
    }
    let mut ids = BTreeSet::new();
    for controller in &network.controllers {
        if !ids.insert(controller.id.as_str()) {
            let text = format!("controller {:?} is there twice", controller.id);
            found.add(controller.line, text);
        }
    }
    for object in &network.objects {
        let known: BTreeSet<u32> = object
            .outlines
            .iter()
            .flat_map(|o| &o.corners)
            .filter_map(|c| c.id)
            .collect();
        let marked = object.markings.iter().flat_map(|m| &m.corners);
        let rimmed = object.borders.iter().flat_map(|b| &b.corners);
        for corner in marked.chain(rimmed) {
            if !known.contains(corner) {
                let text = format!(
                    "object {:?} names corner {corner}, which is not there",
                    object.id
                );
                found.add(object.line, text);
            }
        }
    }
}

/// A validity none of whose lanes is there. Lanes from 0 on (and 0 alone) stand for a whole side.
fn validity(
    network: &RoadNetwork,
    (road, s_m, line): (RoadIndex, f64, u32),
    lanes: &[(i32, i32)],
    found: &mut Found,
) {
    let Some(road) = network.road(road) else {
        return;
    };
    let Some(section) = road.section(s_m) else {
        return;
    };
    for (from, to) in lanes {
        let (low, high) = (*from.min(to), *from.max(to));
        let there =
            (low <= 0 && high >= 0) || section.lanes().any(|lane| (low..=high).contains(&lane.id));
        if !there {
            let text = format!(
                "it counts for lanes {from} to {to} of road {}, which are not there",
                road.id
            );
            found.add(line, text);
        }
    }
}
