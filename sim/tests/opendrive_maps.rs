//! Every shared OpenDRIVE map loads or is refused with a reason, and world ⇄ (s, t) are inverse on it.

use std::path::{Path, PathBuf};

use sim::input::Limits;
use sim::road::{LaneKey, RoadIndex, RoadNetwork};
use sim::seed::{Draw, stream};

/// All files of an extension below the shared data; empty, with a note, where it is not there.
fn shared(extension: &str) -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("SKIDPAD_SHARED") else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(root).join("data")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

fn maps() -> Vec<(PathBuf, RoadNetwork)> {
    shared("xodr")
        .into_iter()
        .filter_map(|path| {
            let map = RoadNetwork::load(&path, &Limits::default()).ok()?;
            Some((path, map))
        })
        .collect()
}

fn name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().expect("a name").to_string_lossy()
}

#[test]
fn every_map_loads_or_is_refused_with_a_line() {
    let files = shared("xodr");
    let mut refused = 0;
    for path in &files {
        match RoadNetwork::load(path, &Limits::default()) {
            Ok(map) => println!(
                "{}: {} roads, {} junctions, {} signals, {} objects, {:.0} m, {} problems",
                name(path),
                map.roads().len(),
                map.junctions().len(),
                map.signals().len(),
                map.objects().len(),
                map.total_length_m(),
                map.problems().len(),
            ),
            Err(error) => {
                println!("{error}");
                assert!(error.line.is_some(), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused * 20 <= files.len(), "{refused} of {}", files.len());
}

#[test]
fn world_and_road_coordinates_are_inverse() {
    for (path, map) in maps() {
        let mut rng = stream(1, None, &name(&path));
        let mut worst = 0.0f64;
        for _ in 0..300 {
            let index = RoadIndex(rng.index(map.roads().len()) as u32);
            let Some(road) = map.road(index) else {
                continue;
            };
            let s = rng.unit() * road.length_m;
            let (right, left) = road.edges_m(s);
            let t = rng.uniform(right, left);
            let pose = map.pose_at(index, s, t).expect("on the road").pose;
            for found in [
                map.locate(pose.x_m, pose.y_m, Some(pose.z_m), Some(index)),
                map.locate(pose.x_m, pose.y_m, Some(pose.z_m), None),
            ] {
                let found = found.expect("a road");
                let back = map
                    .pose_at(found.road, found.s_m, found.t_m)
                    .expect("on a road")
                    .pose;
                let gap = (back.position() - pose.position()).xy().norm();
                worst = worst.max(gap);
                if gap > 1e-3 {
                    println!(
                        "{} road {} s {s:.3} t {t:.3} of {:.3} → road {} s {:.3} t {:.3}: {gap:.4} m k {}",
                        name(&path),
                        road.id,
                        road.length_m,
                        map.roads()[found.road.0 as usize].id,
                        found.s_m,
                        found.t_m,
                        road.plan.evaluate(s).curvature_1pm,
                    );
                }
            }
        }
        if worst > 1e-3 {
            println!("{}: {worst}", name(&path));
        }
    }
}

#[test]
fn links_join_lanes_without_a_gap() {
    for (path, map) in maps() {
        let (mut edges, mut gaps) = (0, 0);
        for index in map.road_indices() {
            let Some(road) = map.road(index) else {
                continue;
            };
            for (section, lanes) in road.sections.iter().enumerate() {
                for lane in lanes.lanes().filter(|l| l.kind.is_drivable()) {
                    let key = LaneKey {
                        road: index,
                        section: section as u32,
                        lane_id: lane.id,
                    };
                    for next in map.successors(key) {
                        edges += 1;
                        assert!(map.predecessors(next).any(|k| k == key));
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
                        let gap = (at(key, true) - at(next, false)).norm();
                        if gap > 0.5 {
                            gaps += 1;
                        }
                    }
                }
            }
        }
        println!("{}: {edges} edges, {gaps} gaps", name(&path));
    }
}
