//! Positions in the reference player's logs are what the map says of their (road, lane, s, t).

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{files, shared_root};
use sim::input::{Limits, XmlFile};
use sim::math::{PI, hypot, wrap_angle};
use sim::road::{LanePosition, RoadNetwork};

fn map_of(scenario: &Path) -> Option<PathBuf> {
    let file = XmlFile::read(scenario, &Limits::default()).ok()?;
    let document = file.parse().ok()?;
    let root = file.root(&document);
    let logic = root.child("RoadNetwork")?.child("LogicFile")?;
    Some(scenario.parent()?.join(logic.attr("filepath")?))
}

struct Row {
    x: f64,
    y: f64,
    z: f64,
    heading: f64,
    lane_id: i32,
    s: f64,
    t: f64,
    offset: f64,
}

fn rows(log: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(log).expect("readable");
    let row = |r: csv::StringRecord| {
        let f = |i: usize| r.get(i)?.parse::<f64>().ok();
        Some(Row {
            x: f(2)?,
            y: f(3)?,
            z: f(4)?,
            heading: f(5)?,
            lane_id: r.get(8)?.parse().ok()?,
            s: f(9)?,
            t: f(10)?,
            offset: f(11)?,
        })
    };
    reader.records().flatten().filter_map(row).collect()
}

#[derive(Default, Debug)]
struct Tally {
    rows: usize,
    /// No road has the logged position at its logged (s, t).
    elsewhere: usize,
    /// The surface's z is another.
    z: usize,
    /// The lane position (lane, s, offset) is another.
    lane: usize,
    /// The heading is not that of the lane.
    heading: usize,
    /// Searching the position gives another (s, t): allowed where roads overlap.
    located: usize,
}

#[test]
fn reference_logs_lie_where_the_map_says() {
    let Some(root) = shared_root() else {
        return;
    };
    let logs = files(&root.join("golden"), &|name| {
        name.ends_with(".csv") && !name.ends_with(".events.csv") && name != "INDEX.csv"
    });
    let mut maps: BTreeMap<PathBuf, Option<RoadNetwork>> = BTreeMap::new();
    let mut all = Tally::default();
    for log in &logs {
        let inner = log.strip_prefix(root.join("golden")).expect("below it");
        let scenario = root.join("data").join(inner).with_extension("xosc");
        // Its entities move by map coordinates that need the projection.
        if inner.ends_with("geo_pos.csv") {
            continue;
        }
        let Some(path) = map_of(&scenario) else {
            continue;
        };
        let map = maps
            .entry(path.clone())
            .or_insert_with(|| RoadNetwork::load(&path, &Limits::default()).ok());
        let Some(map) = map else { continue };
        let tally = compare(map, &rows(log));
        if tally.elsewhere + tally.z + tally.lane > 0 {
            println!("{}: {tally:?}", inner.display());
        }
        all.rows += tally.rows;
        all.elsewhere += tally.elsewhere;
        all.z += tally.z;
        all.lane += tally.lane;
        all.heading += tally.heading;
        all.located += tally.located;
    }
    println!("{all:?}");
    let at_most = |count: usize, fraction: f64| count as f64 <= fraction * all.rows as f64;
    // Trailers and things in the air are off their (s, t); in lane changes the heading is another.
    assert!(all.rows > 50_000);
    assert!(at_most(all.elsewhere, 0.003) && at_most(all.z, 0.01) && at_most(all.lane, 0.001));
    assert!(at_most(all.heading, 0.15) && at_most(all.located, 0.02));
}

fn compare(map: &RoadNetwork, rows: &[Row]) -> Tally {
    let mut tally = Tally {
        rows: rows.len(),
        ..Tally::default()
    };
    for row in rows {
        let nearest = map
            .road_indices()
            .filter_map(|road| {
                let pose = map.pose_at(road, row.s, row.t)?.pose;
                let gap = hypot(pose.x_m - row.x, pose.y_m - row.y);
                Some((gap, (pose.z_m - row.z).abs(), road))
            })
            .min_by(|a, b| (a.0 + 0.01 * a.1).total_cmp(&(b.0 + 0.01 * b.1)));
        let Some((gap, z_gap, road)) = nearest.filter(|n| n.0 < 0.01) else {
            tally.elsewhere += 1;
            continue;
        };
        debug_assert!(gap < 0.01);
        tally.z += usize::from(z_gap > 0.01);
        let position = LanePosition {
            road,
            lane_id: row.lane_id,
            s_m: row.s,
            offset_m: row.offset,
        };
        match map.lane_pose(&position).map(|p| p.pose) {
            Some(p) if hypot(p.x_m - row.x, p.y_m - row.y) < 0.01 => {
                let off = wrap_angle(p.yaw_rad - row.heading).abs();
                tally.heading += usize::from(off.min(PI - off) > 0.002);
            }
            _ => tally.lane += 1,
        }
        let found = map.locate(row.x, row.y, Some(row.z), None).expect("a road");
        let same = (found.s_m - row.s).abs() < 0.01 && (found.t_m - row.t).abs() < 0.01;
        tally.located += usize::from(!same);
    }
    tally
}
