//! One road by itself: reference line, profiles, lanes.

use super::Found;
use crate::math::{hypot, wrap_angle};
use crate::road::geometry::Geometry;
use crate::road::{CubicProfile, Lane, LaneSection, Road};

/// Gaps larger than this are reported, metres.
const GAP_M: f64 = 0.05;
/// Bends of the reference line at a point, radians.
const KINK_RAD: f64 = 0.02;
/// Records that start this far beyond the road's end count for nothing, metres.
const BEYOND_M: f64 = 0.01;
const LANE_OFFSET: &str = "the lane offset";

pub(super) fn check(road: &Road, found: &mut Found) {
    plan(road, found);
    profiles(road, found);
    sections(road, found);
}

fn plan(road: &Road, found: &mut Found) {
    for pair in road.plan.records().windows(2) {
        let [before, after]: &[Geometry; 2] = match pair.try_into() {
            Ok(pair) => pair,
            Err(_) => continue,
        };
        let end = before.evaluate(after.s_m - before.s_m);
        let start = after.evaluate(0.0);
        let gap = hypot(end.x_m - start.x_m, end.y_m - start.y_m);
        let kink = wrap_angle(end.heading_rad - start.heading_rad).abs();
        let unspent = before.s_m + before.length_m - after.s_m;
        if gap > GAP_M {
            let text = format!("the geometry starts {gap:.3} m from the end of the one before");
            found.add(after.line, text);
        } else if kink > KINK_RAD {
            let text =
                format!("the geometry starts at an angle of {kink:.3} rad to the one before");
            found.add(after.line, text);
        } else if unspent.abs() > GAP_M {
            let text = format!(
                "s is {:.3} m from where the geometry before ends",
                unspent.abs()
            );
            found.add(after.line, text);
        }
    }
}

fn profiles(road: &Road, found: &mut Found) {
    let mut check = |profile: &CubicProfile, name: &str, largest: f64| {
        for pair in profile.records().windows(2) {
            if let [before, after] = pair
                && after.s_m < road.length_m
            {
                let step = (before.value(after.s_m) - after.value(after.s_m)).abs();
                // Where a lane section starts the centre lane may be another line.
                let renumbered = name == LANE_OFFSET
                    && road
                        .sections
                        .iter()
                        .any(|s| (s.s_m - after.s_m).abs() < GAP_M);
                if step > largest && !renumbered {
                    let text = format!(
                        "road {}: {name} has a step of {step:.3} at s {:.2} m",
                        road.id, after.s_m
                    );
                    found.add(road.line, text);
                }
            }
        }
    };
    check(&road.elevation, "the elevation", GAP_M);
    check(&road.superelevation, "the superelevation", KINK_RAD);
    check(&road.lane_offset, LANE_OFFSET, GAP_M);
}

fn sections(road: &Road, found: &mut Found) {
    for (index, section) in road.sections.iter().enumerate() {
        if index == 0 && section.s_m > GAP_M {
            let text = format!(
                "the lanes of road {} start at s {:.2} m, not at 0",
                road.id, section.s_m
            );
            found.add(section.line, text);
        }
        if section.s_m > road.length_m + BEYOND_M {
            let text = format!(
                "the lane section starts at s {:.2} m, beyond the end of road {} at {:.2} m",
                section.s_m, road.id, road.length_m
            );
            found.add(section.line, text);
        }
        let Some((start, end)) = road.section_range(index) else {
            continue;
        };
        if section.center.is_none() {
            let text = format!("road {} has no centre lane from s {start:.2} m on", road.id);
            found.add(section.line, text);
        }
        for left in [false, true] {
            numbers(road, section, left, found);
            widths(road, section, left, end - start, found);
        }
    }
}

/// Lanes count 1, 2, … and -1, -2, … outwards.
fn numbers(road: &Road, section: &LaneSection, left: bool, found: &mut Found) {
    let lanes = if left { &section.left } else { &section.right };
    for (lane, expected) in lanes.iter().zip(1i32..) {
        let expected = if left { expected } else { -expected };
        if lane.id != expected {
            let text = format!(
                "lane {} of road {} stands where lane {expected} is to be",
                lane.id, road.id
            );
            found.add(lane.line, text);
            return;
        }
    }
}

fn widths(road: &Road, section: &LaneSection, left: bool, length_m: f64, found: &mut Found) {
    let lanes = if left { &section.left } else { &section.right };
    let sign = if left { 1.0 } else { -1.0 };
    let steps = (0..=16).map(|i| length_m * f64::from(i) / 16.0);
    let mut inner: Option<&Lane> = None;
    for lane in lanes {
        let least = if !lane.widths.is_empty() {
            steps
                .clone()
                .map(|ds| lane.widths.value(ds))
                .fold(f64::INFINITY, f64::min)
        } else if !lane.borders.is_empty() {
            let from = |ds: f64| match inner {
                Some(inner) if !inner.borders.is_empty() => inner.borders.value(ds),
                None => 0.0,
                Some(_) => f64::NEG_INFINITY * sign,
            };
            steps
                .clone()
                .map(|ds| sign * (lane.borders.value(ds) - from(ds)))
                .fold(f64::INFINITY, f64::min)
        } else {
            let text = format!("lane {} of road {} has no width", lane.id, road.id);
            found.add(lane.line, text);
            f64::INFINITY
        };
        if least < -GAP_M {
            let text = format!("lane {} of road {} is {least:.2} m wide", lane.id, road.id);
            found.add(lane.line, text);
        }
        inner = Some(lane);
    }
}
