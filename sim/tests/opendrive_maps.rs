//! Every shared OpenDRIVE map loads or is refused with a reason; world ⇄ (s, t) are inverse on it and
//! its links join lanes where they meet.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

mod common;

use common::{map_files, maps};
use sim::input::Limits;
use sim::road::{LaneKey, RoadIndex, RoadNetwork};
use sim::seed::{Draw, stream};

#[test]
fn every_map_loads() {
    let files = map_files();
    for path in &files {
        match RoadNetwork::load(path, &Limits::default()) {
            Ok(map) => assert!(!map.roads().is_empty() && map.total_length_m() > 0.0),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A point inside some lane of a map, drawn.
fn draw_point(map: &RoadNetwork, rng: &mut impl Draw) -> (RoadIndex, f64, f64) {
    loop {
        let index = RoadIndex(rng.index(map.roads().len()) as u32);
        let road = map.road(index).expect("a road");
        let s = rng.unit() * road.length_m;
        let (right, left) = road.edges_m(s);
        let t = rng.uniform(right, left);
        if left - right < 1e-9 || map.lane_at(index, s, t).is_some() {
            return (index, s, t);
        }
    }
}

#[test]
fn world_and_road_coordinates_are_inverse_within_a_millimetre() {
    let mut worst = (0.0f64, String::new());
    for (name, map) in maps() {
        let mut rng = stream(1, None, &name);
        for _ in 0..1000 {
            let (index, s, t) = draw_point(&map, &mut rng);
            let road = map.road(index).expect("a road");
            let pose = map.pose_at(index, s, t).expect("on the road").pose;
            for hint in [Some(index), None] {
                let found = map
                    .locate(pose.x_m, pose.y_m, Some(pose.z_m), hint)
                    .expect("a road");
                let back = map
                    .pose_at(found.road, found.s_m, found.t_m)
                    .expect("on it")
                    .pose;
                let gap = (back.position() - pose.position()).norm();
                assert!(
                    gap < 1e-3,
                    "{name}: road {} s {s} t {t} found at {found:?}, {gap} m off",
                    road.id,
                );
                if gap > worst.0 {
                    worst = (gap, format!("{name}, road {}, s {s}, t {t}", road.id));
                }
                if hint.is_some() && found.road == index && gap < 1e-6 {
                    let lane = map.lane_at(index, found.s_m, found.t_m);
                    assert_eq!(lane.map(|l| l.0), found.lane_id);
                }
            }
        }
    }
    println!("at most {:.2e} m off: {}", worst.0, worst.1);
}

#[test]
fn links_join_lanes_where_they_meet() {
    for (name, map) in maps() {
        let (mut edges, mut gaps) = (0, 0);
        for road in map.road_indices() {
            let sections = &map.road(road).expect("a road").sections;
            for (section, lanes) in (0u32..).zip(sections) {
                for lane in lanes.lanes().filter(|l| l.kind.is_drivable()) {
                    let key = LaneKey {
                        road,
                        section,
                        lane_id: lane.id,
                    };
                    for next in map.successors(key) {
                        assert!(map.predecessors(next).any(|k| k == key));
                        edges += 1;
                        // Just inside, for a section's end belongs to the next one.
                        let at = |k: LaneKey, last: bool| {
                            let (from, to) = map.lane_range_m(k).expect("a lane");
                            let nudge = 1e-6 * (to - from).signum();
                            let s = if last { to - nudge } else { from + nudge };
                            let t = map.lane_center_t(k.road, s, k.lane_id).expect("a lane");
                            map.pose_at(k.road, s, t)
                                .expect("on the road")
                                .pose
                                .position()
                        };
                        gaps += usize::from((at(key, true) - at(next, false)).norm() > 0.5);
                    }
                }
            }
        }
        // One lane of one map opens beside the one it comes from.
        assert!(
            gaps <= usize::from(name == "soderleden.xodr"),
            "{name}: {gaps} of {edges}"
        );
    }
}

#[test]
fn most_maps_are_sound() {
    let maps = maps();
    let mut unsound = 0;
    for (name, map) in &maps {
        let problems = map.problems();
        if let Some(first) = problems.first() {
            println!(
                "{name}:{}: {} and {} more",
                first.line,
                first.text,
                problems.len() - 1
            );
            unsound += 1;
        }
    }
    assert!(unsound * 6 <= maps.len(), "{unsound} of {}", maps.len());
}
