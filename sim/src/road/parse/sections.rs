//! Lane sections that the file leaves to be worked out: those of one side alone, and cuts where roads
//! join between the ends of another.

use crate::road::network::RoadIndex;
use crate::road::road::{LinkTarget, Road};
use crate::road::{Lane, LaneSection};

/// A cut this near to a section's start is that start, metres.
const NEAR_M: f64 = 0.01;

/// Lanes that go on in a later section as they are.
fn continued(lanes: &mut [Lane], ds_m: f64) -> Vec<Lane> {
    lanes
        .iter_mut()
        .map(|lane| {
            let mut next = lane.starting_later(ds_m);
            next.predecessors = vec![lane.id];
            lane.successors = vec![lane.id];
            next
        })
        .collect()
}

/// Fills the sides that a section of one side (`singleSide`) says nothing of from the one before.
pub(super) fn fill_single_sided(sections: &mut [LaneSection], single: &[bool]) {
    for (i, _) in single.iter().enumerate().filter(|(i, s)| *i > 0 && **s) {
        let (before, after) = sections.split_at_mut(i);
        let (Some(before), Some(section)) = (before.last_mut(), after.first_mut()) else {
            continue;
        };
        let ds = section.s_m - before.s_m;
        if section.left.is_empty() {
            section.left = continued(&mut before.left, ds);
        }
        if section.right.is_empty() {
            section.right = continued(&mut before.right, ds);
        }
        if section.center.is_none() {
            section.center = before.center.as_ref().map(|lane| lane.starting_later(ds));
        }
    }
}

/// Cuts the lane sections of roads where others join them between their ends, so that lanes meet at
/// the ends of sections everywhere.
pub(super) fn split_beside(roads: &mut [Road]) {
    let mut cuts: Vec<(RoadIndex, f64)> = Vec::new();
    for link in roads
        .iter()
        .flat_map(|r| [&r.predecessor, &r.successor])
        .flatten()
    {
        if let (LinkTarget::Road(road, _), Some((s_m, _))) = (link.target, link.beside) {
            cuts.push((road, s_m));
        }
    }
    for (index, s_m) in cuts {
        if let Some(road) = roads.get_mut(index.0 as usize) {
            cut(road, s_m);
        }
    }
}

fn cut(road: &mut Road, s_m: f64) {
    if s_m < NEAR_M || s_m > road.length_m - NEAR_M {
        return;
    }
    if road.sections.iter().any(|s| (s.s_m - s_m).abs() < NEAR_M) {
        return;
    }
    let at = road.section_index(s_m);
    let Some(section) = road.sections.get_mut(at) else {
        return;
    };
    let ds = s_m - section.s_m;
    let later = LaneSection {
        s_m,
        left: continued(&mut section.left, ds),
        right: continued(&mut section.right, ds),
        center: section.center.as_ref().map(|lane| lane.starting_later(ds)),
        line: section.line,
    };
    road.sections.insert(at + 1, later);
}
