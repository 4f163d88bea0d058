//! Routes are continuous lines that stay on their lanes, and projection is the inverse of sampling.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

mod common;

use common::maps;
use sim::math::{hypot, wrap_angle};
use sim::road::{LanePosition, RoadIndex, RoadNetwork, Route};
use sim::seed::{Draw, stream};

fn random_lane(map: &RoadNetwork, rng: &mut impl Draw) -> Option<LanePosition> {
    let road = RoadIndex(rng.index(map.roads().len()) as u32);
    let found = map.road(road)?;
    let s_m = rng.unit() * found.length_m;
    let drivable: Vec<i32> = found
        .section(s_m)?
        .lanes()
        .filter(|l| l.kind.is_drivable())
        .map(|l| l.id)
        .collect();
    let lane_id = *drivable.get(rng.index(drivable.len()))?;
    Some(LanePosition {
        road,
        lane_id,
        s_m,
        offset_m: 0.0,
    })
}

/// No step aside; lanes of some maps have gaps of up to 0.2 m at their links.
fn check(name: &str, map: &RoadNetwork, route: &Route) {
    let count = (route.length_m() / 0.1).ceil() as usize;
    let mut previous = None;
    for i in 0..=count {
        let station = route.length_m() * i as f64 / count as f64;
        let point = route.sample(map, station);
        assert!(point.pose.is_finite() && point.curvature_1pm.is_finite());
        if let Some((x, y)) = previous {
            let jump = hypot(point.pose.x_m - x, point.pose.y_m - y);
            assert!(
                jump < 0.35,
                "{name}: {jump} m at {station} {:?}",
                route.segments()
            );
        }
        if i == count {
            let last = route.segments()[route.segments().len() - 1];
            assert_eq!(
                (point.lane.road, point.lane.lane_id),
                (last.road, last.lane_id)
            );
        }
        previous = Some((point.pose.x_m, point.pose.y_m));
    }
}

#[test]
fn followed_routes_are_continuous_and_project_back() {
    for (name, map) in maps() {
        let mut rng = stream(3, None, &name);
        for seed in 0..8 {
            let Some(from) = random_lane(&map, &mut rng) else {
                continue;
            };
            let route = if seed % 2 == 0 {
                map.follow_lane_route(&from, 400.0, seed)
            } else {
                map.random_route(&from, 400.0, seed)
            };
            let Some(route) = route else { continue };
            check(&name, &map, &route);
            let mut hint = None;
            for i in 0..40 {
                let station = route.length_m() * f64::from(i) / 40.0;
                let point = route.sample(&map, station);
                let left = rng.uniform(-1.0, 1.0);
                let (x, y) = point.pose.to_world_xy(0.0, left);
                let (found, lateral) = route.project(x, y, hint.or(Some(station)));
                // Where curvature jumps, and along slopes, stations of 1 m steps are that exact.
                assert!(
                    (found - station).abs() < 0.25,
                    "{name}: {found} {station} {left}"
                );
                assert!(
                    (lateral - left).abs() < 0.05,
                    "{name}: {lateral} {left} at {station}"
                );
                hint = Some(found + 10.0);
            }
        }
    }
}

#[test]
fn planned_routes_reach_their_waypoint() {
    let (mut planned, mut none) = (0, 0);
    for (name, map) in maps() {
        let mut rng = stream(4, None, &name);
        for _ in 0..10 {
            let (Some(from), Some(to)) = (random_lane(&map, &mut rng), random_lane(&map, &mut rng))
            else {
                continue;
            };
            let Some(route) = map.plan_route(&from, &[to]) else {
                none += 1;
                continue;
            };
            planned += 1;
            check(&name, &map, &route);
            let (first, last) = (
                route.segments()[0],
                route.segments()[route.segments().len() - 1],
            );
            assert_eq!(
                (first.road, first.s_start_m, first.lane_id),
                (from.road, from.s_m, from.lane_id)
            );
            assert_eq!((last.road, last.s_end_m), (to.road, to.s_m), "{name}");
            let end = route.sample(&map, route.length_m());
            let along = map.driving_direction(last.road, last.lane_id);
            let heading = map
                .pose_at(to.road, to.s_m, 0.0)
                .expect("on it")
                .pose
                .yaw_rad;
            let turned = if along > 0 { 0.0 } else { sim::math::PI };
            assert!(
                wrap_angle(end.pose.yaw_rad - heading - turned).abs() < 0.6,
                "{name}"
            );
        }
    }
    println!("{planned} planned, {none} without a way");
    assert!(planned == 0 || planned > 200);
}

#[test]
fn a_driver_is_found_on_its_route() {
    let (mut steps, mut elsewhere) = (0, 0);
    for (name, map) in maps() {
        let mut rng = stream(9, None, &name);
        for seed in 0..6 {
            let Some(from) = random_lane(&map, &mut rng) else {
                continue;
            };
            let Some(route) = map.random_route(&from, 600.0, seed) else {
                continue;
            };
            let (mut hint, mut last) = (None, 0.0);
            for i in 0..(route.length_m() / 0.5) as usize {
                let point = route.sample(&map, 0.5 * i as f64);
                let p = point.pose;
                let left = 0.3 * sim::math::sin(0.05 * i as f64);
                let (x, y) = p.to_world_xy(0.0, left);
                // By the map alone: roads that fork from one lane can't be told apart at first.
                let found = map
                    .locate_with_heading(x, y, Some(p.z_m), p.yaw_rad, hint)
                    .expect("a road");
                steps += 1;
                elsewhere += usize::from(found.road != point.lane.road);
                hint = Some(found.road);
                // By the route: always right.
                let (station, on) = route.locate(&map, x, y, Some(last)).expect("a road");
                last = station;
                let at_end = on.road != point.lane.road;
                if at_end {
                    let ahead = route.sample(&map, 0.5 * i as f64 + 0.5).lane.road;
                    let behind = route.sample(&map, 0.5 * i as f64 - 0.5).lane.road;
                    assert!(on.road == ahead || on.road == behind, "{name}");
                } else {
                    let back = map.pose_at(on.road, on.s_m, on.t_m).expect("on it").pose;
                    let gap = hypot(back.x_m - x, back.y_m - y);
                    assert!(
                        gap < 0.35,
                        "{name}: {gap} at {station} {on:?} {:?}",
                        point.lane
                    );
                }
            }
        }
    }
    println!("{elsewhere} of {steps} steps on another road by the map alone");
    assert!(elsewhere * 50 <= steps);
}

#[test]
fn a_lanes_point_is_that_of_its_pose() {
    let maps = maps();
    let mut tried = 0;
    for (name, map) in &maps {
        let mut rng = stream(3, None, name);
        for _ in 0..50 {
            let Some(mut at) = random_lane(map, &mut rng) else {
                continue;
            };
            at.offset_m = rng.uniform(-3.0, 3.0);
            let pose = map.lane_pose(&at).map(|p| p.pose);
            let whole = pose.map(|p| [p.x_m, p.y_m, p.z_m]);
            assert_eq!(map.lane_point(&at), whole, "{name}: {at:?}");
            tried += usize::from(whole.is_some());
        }
    }
    assert!(tried >= 10 * maps.len(), "{tried}");
}
