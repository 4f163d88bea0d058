//! What is wrong with a map that can still be driven on.

use std::collections::BTreeSet;

use super::geometry::Geometry;
use super::lane_graph::LARGEST_GAP_M;
use super::network::{Problem, RoadIndex, RoadNetwork};
use super::road::{ContactPoint, LinkTarget, Road, RoadLink};
use super::{CubicProfile, LaneKey};
use crate::math::{hypot, wrap_angle};

/// Gaps larger than this are reported, metres.
const GAP_M: f64 = 0.05;
/// Bends of the reference line at a point, radians.
const KINK_RAD: f64 = 0.02;
/// Gaps between the middles of linked lanes, metres.
const LANE_GAP_M: f64 = 0.2;
/// Distance of the places at which roads are compared with others, metres.
const OVERLAP_STEP_M: f64 = 5.0;

/// Roads that lead nowhere are not compared with others this near to that end, metres.
const EDGE_M: f64 = 25.0;
const LANE_OFFSET: &str = "the lane offset";

impl RoadNetwork {
    /// Everything found wrong, by line: what loading had to mend or leave out, gaps and kinks of
    /// reference lines, steps of profiles, links that are not answered or lead to lanes that are not
    /// there, lanes of negative width, and roads that lie on others outside junctions.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = self.problems.clone();
        for (index, road) in self.roads.iter().enumerate() {
            let index = RoadIndex(index as u32);
            plan(road, &mut found);
            profiles(road, &mut found);
            widths(road, &mut found);
            self.links(index, road, &mut found);
            self.lane_links(index, road, &mut found);
            self.overlaps(index, road, &mut found);
        }
        self.connections(&mut found);
        found.sort_by(|a, b| a.line.cmp(&b.line).then_with(|| a.text.cmp(&b.text)));
        found.dedup();
        found
    }

    fn links(&self, index: RoadIndex, road: &Road, found: &mut Vec<Problem>) {
        let ends = [
            (&road.predecessor, ContactPoint::Start),
            (&road.successor, ContactPoint::End),
        ];
        for (link, end) in ends {
            let Some(RoadLink {
                target: LinkTarget::Road(other, contact),
                line,
            }) = link
            else {
                continue;
            };
            let Some(joined) = self.road(*other) else {
                continue;
            };
            let back = match contact {
                ContactPoint::Start => &joined.predecessor,
                ContactPoint::End => &joined.successor,
            };
            let answers = match back.map(|b| b.target) {
                Some(LinkTarget::Road(road, at)) => road == index && at == end,
                Some(LinkTarget::Junction(junction)) => road.junction == Some(junction),
                None => false,
            };
            if !answers {
                let text = format!(
                    "road {} is linked to road {}, which is not linked back to it",
                    road.id, joined.id
                );
                found.push(Problem { line: *line, text });
            }
        }
    }

    fn lane_links(&self, index: RoadIndex, road: &Road, found: &mut Vec<Problem>) {
        for (section, lanes) in road.sections.iter().enumerate() {
            for lane in lanes.lanes() {
                let key = LaneKey {
                    road: index,
                    section: section as u32,
                    lane_id: lane.id,
                };
                for (end, stated) in [
                    (ContactPoint::Start, &lane.predecessors),
                    (ContactPoint::End, &lane.successors),
                ] {
                    let joined = self.joined_lanes(key, end);
                    let inner = match end {
                        ContactPoint::Start => section > 0,
                        ContactPoint::End => section + 1 < road.sections.len(),
                    };
                    let link = match end {
                        ContactPoint::Start => road.predecessor,
                        ContactPoint::End => road.successor,
                    };
                    let direct =
                        inner || matches!(link.map(|l| l.target), Some(LinkTarget::Road(..)));
                    for id in stated {
                        if direct && joined.iter().all(|(other, _)| other.lane_id != *id) {
                            let text = format!(
                                "lane {} of road {} is linked to lane {id}, which is not there",
                                lane.id, road.id
                            );
                            found.push(Problem {
                                line: lane.line,
                                text,
                            });
                        }
                    }
                    for (other, contact) in joined {
                        let gap = self.gap_m((key, end), (other, contact));
                        let both_drivable = lane.kind.is_drivable() && self.is_drivable_lane(other);
                        let place = format!(
                            "lane {} of road {} and lane {} of road {}",
                            lane.id,
                            road.id,
                            other.lane_id,
                            self.road(other.road).map_or("", |r| r.id.as_str()),
                        );
                        if both_drivable && gap > LANE_GAP_M && gap <= LARGEST_GAP_M {
                            let text = format!("{place} are linked {gap:.2} m apart");
                            found.push(Problem {
                                line: lane.line,
                                text,
                            });
                        }
                        if both_drivable
                            && self.leaves_at(key, end) == self.leaves_at(other, contact)
                        {
                            let text = format!("{place} are linked, but run against each other");
                            found.push(Problem {
                                line: lane.line,
                                text,
                            });
                        }
                    }
                }
            }
        }
    }

    fn connections(&self, found: &mut Vec<Problem>) {
        for junction in &self.junctions {
            for c in &junction.connections {
                let (Some(from), Some(to)) = (self.road(c.incoming), self.road(c.connecting))
                else {
                    continue;
                };
                let target = match c.contact {
                    ContactPoint::Start => to.sections.first(),
                    ContactPoint::End => to.sections.last(),
                };
                let has = |id: i32| {
                    let ends = [from.sections.first(), from.sections.last()];
                    ends.into_iter().flatten().any(|s| s.lane(id).is_some())
                };
                for (a, b) in &c.lane_links {
                    let missing = if !has(*a) {
                        Some((*a, &from.id))
                    } else if target.is_none_or(|s| s.lane(*b).is_none()) {
                        Some((*b, &to.id))
                    } else {
                        None
                    };
                    if let Some((id, road)) = missing {
                        let text = format!(
                            "junction {} links lane {id} of road {road}, which is not there",
                            junction.id
                        );
                        found.push(Problem { line: c.line, text });
                    }
                }
            }
        }
    }

    /// Roads whose drivable lanes lie under this one's at one height, outside junctions.
    fn overlaps(&self, index: RoadIndex, road: &Road, found: &mut Vec<Problem>) {
        if road.junction.is_some() {
            return;
        }
        let mut seen = BTreeSet::new();
        let count = (road.length_m / OVERLAP_STEP_M).floor() as usize;
        for i in 1..count {
            let s = i as f64 * OVERLAP_STEP_M;
            // At the map's edge roads may be cut off on each other.
            let at_edge = (road.predecessor.is_none() && s < EDGE_M)
                || (road.successor.is_none() && s > road.length_m - EDGE_M);
            if at_edge {
                continue;
            }
            let drivable = |l: &super::Lane| l.kind.is_drivable();
            let Some((id, _)) = road.find_lane(s, 0.0, true, drivable) else {
                continue;
            };
            let Some((t, _)) = road.lane_middle(s, id) else {
                continue;
            };
            let [p, ..] = road.surface(s, t, 0.0);
            for other in self.roads_at(p) {
                let Some(lies) = self.road(other) else {
                    continue;
                };
                if other > index && lies.junction.is_none() && seen.insert(other) {
                    let text = format!(
                        "road {} lies on road {} outside junctions, at s {s:.0} m",
                        lies.id, road.id
                    );
                    found.push(Problem {
                        line: lies.line,
                        text,
                    });
                }
            }
        }
    }
}

fn plan(road: &Road, found: &mut Vec<Problem>) {
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
            found.push(Problem {
                line: after.line,
                text,
            });
        } else if kink > KINK_RAD {
            let text =
                format!("the geometry starts at an angle of {kink:.3} rad to the one before");
            found.push(Problem {
                line: after.line,
                text,
            });
        } else if unspent.abs() > GAP_M {
            let text = format!(
                "s is {:.3} m from where the geometry before ends",
                unspent.abs()
            );
            found.push(Problem {
                line: after.line,
                text,
            });
        }
    }
}

fn profiles(road: &Road, found: &mut Vec<Problem>) {
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
                    found.push(Problem {
                        line: road.line,
                        text: format!(
                            "road {}: {name} has a step of {step:.3} at s {:.2} m",
                            road.id, after.s_m
                        ),
                    });
                }
            }
        }
    };
    check(&road.elevation, "the elevation", GAP_M);
    check(&road.superelevation, "the superelevation", KINK_RAD);
    check(&road.lane_offset, LANE_OFFSET, GAP_M);
}

fn widths(road: &Road, found: &mut Vec<Problem>) {
    for (index, section) in road.sections.iter().enumerate() {
        let Some((start, end)) = road.section_range(index) else {
            continue;
        };
        for lane in section.lanes().filter(|l| !l.widths.is_empty()) {
            let least = (0..=16)
                .map(|i| lane.widths.value((end - start) * f64::from(i) / 16.0))
                .fold(f64::INFINITY, f64::min);
            if least < -GAP_M {
                let text = format!("lane {} of road {} is {least:.2} m wide", lane.id, road.id);
                found.push(Problem {
                    line: lane.line,
                    text,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::input::Limits;

    /// Two straight roads, the second described by what is wrong with it.
    fn map(second: &str) -> RoadNetwork {
        let lanes = r#"<lanes><laneSection s="0"><center><lane id="0"/></center><right>
            <lane id="-1" type="driving"><link><successor id="-1"/></link><width sOffset="0" a="3"/></lane></right></laneSection></lanes>"#;
        let text = format!(
            r#"<OpenDRIVE><road id="1" length="50"><link><successor elementType="road" elementId="2" contactPoint="start"/></link>
            <planView><geometry s="0" x="0" y="0" hdg="0" length="50"><line/></geometry></planView>{lanes}</road>
            <road id="2" length="50">{second}</road></OpenDRIVE>"#
        );
        let lanes = lanes.replace("successor", "predecessor");
        let text = text.replace("LANES", &lanes);
        RoadNetwork::from_xml_text(Path::new("two.xodr"), text, &Limits::default()).expect("a map")
    }

    fn texts(map: &RoadNetwork) -> String {
        let all: Vec<String> = map.problems().into_iter().map(|p| p.text).collect();
        all.join("; ")
    }

    const BACK: &str =
        r#"<link><predecessor elementType="road" elementId="1" contactPoint="end"/></link>"#;

    fn straight(x: f64) -> String {
        format!(
            r#"<planView><geometry s="0" x="{x}" y="0" hdg="0" length="50"><line/></geometry></planView>LANES"#
        )
    }

    #[test]
    fn a_sound_map_has_none() {
        assert_eq!(texts(&map(&format!("{BACK}{}", straight(50.0)))), "");
    }

    #[test]
    fn faults_are_named() {
        let gap = texts(&map(&format!("{BACK}{}", straight(51.0))));
        assert!(gap.contains("are linked 1.00 m apart"), "{gap}");
        let far = texts(&map(&format!("{BACK}{}", straight(90.0))));
        assert!(far.contains("which lies 40.0 m away"), "{far}");
        let silent = texts(&map(&straight(50.0)));
        assert!(silent.contains("not linked back"), "{silent}");
        let on_it = texts(&map(&straight(10.0)));
        assert!(
            on_it.contains("lies on road 1 outside junctions"),
            "{on_it}"
        );
        let kink = texts(&map(&format!(
            r#"{BACK}<planView><geometry s="0" x="50" y="0" hdg="0" length="25"><line/></geometry>
            <geometry s="25" x="75" y="0" hdg="0.3" length="25"><line/></geometry></planView>LANES"#
        )));
        assert!(kink.contains("at an angle of 0.300 rad"), "{kink}");
        let step = texts(&map(&format!(
            r#"{BACK}<elevationProfile><elevation s="0" a="0" b="0" c="0" d="0"/><elevation s="20" a="1" b="0" c="0" d="0"/></elevationProfile>{}"#,
            straight(50.0)
        )));
        assert!(step.contains("the elevation has a step of 1.000"), "{step}");
    }
}
