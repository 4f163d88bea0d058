//! Generated maps load without problems, their lanes meet, and every lane leads somewhere.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

use std::collections::BTreeSet;
use std::path::Path;

use scenarios::generate::{MapKind, map, suite_maps};
use sim::input::Limits;
use sim::math::{PI, hypot, wrap_angle};
use sim::road::{LaneKey, LanePosition, RoadIndex, RoadNetwork};

fn load(name: &str, text: String) -> RoadNetwork {
    let network = RoadNetwork::from_xml_text(Path::new(name), text, &Limits::default());
    network.expect("a generated map loads")
}

fn all() -> impl Iterator<Item = (String, RoadNetwork)> {
    let generated = MapKind::ALL.into_iter().flat_map(|kind| {
        (0..15).map(move |seed| (format!("{} {seed}", kind.name()), map(kind, seed)))
    });
    let suite = suite_maps()
        .into_iter()
        .map(|(name, text)| (format!("suite {name}"), text));
    generated
        .chain(suite)
        .map(|(name, text)| (name.clone(), load(&name, text)))
}

fn lanes(network: &RoadNetwork) -> Vec<LaneKey> {
    let mut out = Vec::new();
    for road in network.road_indices() {
        let sections = &network.road(road).expect("a road").sections;
        for (section, lanes) in sections.iter().enumerate() {
            for lane in lanes.lanes().filter(|l| l.kind.is_drivable()) {
                out.push(LaneKey {
                    road,
                    section: section as u32,
                    lane_id: lane.id,
                });
            }
        }
    }
    out
}

/// Middle of a lane at one of its ends, heading as the traffic goes.
fn end_of(network: &RoadNetwork, lane: LaneKey, last: bool) -> (f64, f64, f64) {
    let (from, to) = network.lane_range_m(lane).expect("a range");
    let nudge = 1e-7 * (to - from).signum();
    let pose = network
        .lane_pose(&LanePosition {
            road: lane.road,
            lane_id: lane.lane_id,
            s_m: if last { to - nudge } else { from + nudge },
            offset_m: 0.0,
        })
        .expect("a pose")
        .pose;
    let turn = if from < to { 0.0 } else { PI };
    (pose.x_m, pose.y_m, wrap_angle(pose.yaw_rad + turn))
}

#[test]
fn maps_load_without_problems_and_lanes_are_continuous() {
    for (name, network) in all() {
        assert!(
            network.problems().is_empty(),
            "{name}: {:?}",
            network.problems()
        );
        for lane in lanes(&network) {
            let a = end_of(&network, lane, true);
            for next in network.successors(lane) {
                let b = end_of(&network, next, false);
                let gap = hypot(a.0 - b.0, a.1 - b.1);
                let bend = wrap_angle(a.2 - b.2).abs();
                assert!(
                    gap < 0.01 && bend < 0.01,
                    "{name}: {lane:?} {next:?} {gap} m {bend} rad"
                );
            }
        }
    }
}

/// Everything reached from the lanes where traffic comes in (or anywhere, on a closed map).
fn reached(network: &RoadNetwork, lanes: &[LaneKey]) -> BTreeSet<LaneKey> {
    let open_end = |key: &LaneKey| {
        let road: RoadIndex = key.road;
        network.road(road).is_some_and(|r| r.junction.is_none())
            && network.predecessors(*key).next().is_none()
    };
    let mut open: Vec<LaneKey> = lanes.iter().copied().filter(open_end).collect();
    open.extend(lanes.first());
    let mut seen = BTreeSet::new();
    while let Some(key) = open.pop() {
        if seen.insert(key) {
            open.extend(network.successors(key).filter(|k| lanes.contains(k)));
            open.extend(network.left_neighbour(key));
            open.extend(network.right_neighbour(key));
        }
    }
    seen
}

#[test]
fn every_lane_is_reached_and_ends_only_at_the_map_edge() {
    for (name, network) in all() {
        let lanes = lanes(&network);
        let seen = reached(&network, &lanes);
        for lane in &lanes {
            assert!(seen.contains(lane), "{name}: {lane:?} is not reached");
            let in_junction = network
                .road(lane.road)
                .is_some_and(|r| r.junction.is_some());
            if in_junction {
                assert!(
                    network.successors(*lane).next().is_some(),
                    "{name}: {lane:?}"
                );
            }
        }
    }
}

#[test]
fn streets_have_signals_crosswalks_and_buildings() {
    let network = load("town", map(MapKind::Town, 2));
    let has = |kind: &str| network.objects().iter().any(|o| o.kind == kind);
    assert!(has("building") && has("crosswalk") && has("tree"));
    let lights = (0..6).flat_map(|seed| {
        let network = load("town", map(MapKind::Town, seed));
        network
            .controllers()
            .iter()
            .map(|c| c.signals.len())
            .collect::<Vec<_>>()
    });
    assert!(lights.sum::<usize>() > 0);
}

#[test]
fn the_suite_holds_exactly_the_generated_maps() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regression/maps");
    for (name, text) in suite_maps() {
        let file = std::fs::read_to_string(folder.join(format!("{name}.xodr"))).expect("a map");
        assert!(
            file == text,
            "{name}.xodr differs: run the example suite_maps"
        );
    }
}
