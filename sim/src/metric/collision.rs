//! `collisions`, `at_fault_collisions` (counts), `max_impact_speed_mps` (m/s).
//!
//! A collision is a contact of boxes that begins; those who bounce off each other and meet again
//! within a second have collided once. Who is at fault follows nuPlan's
//! `no_ego_at_fault_collisions` (nuplan-devkit, `docs/metrics_description.md`): the ego vehicle, where
//! its front hits, where the other one stands, or where it is hit from the side while it is not
//! inside one lane; not where it stands, nor where it is hit from behind.

use std::collections::BTreeMap;

use super::facts::ByKind;
use super::sample::Sample;
use super::{Metric, Report};
use crate::actor::ActorId;
use crate::math::{atan2, cos};
use crate::physics::Footprint;
use crate::world::ActorSnapshot;

/// Slower than this is standing, m/s (nuPlan: 0.05).
const STANDING_MPS: f64 = 0.05;
/// Who touch again within this time have not parted, seconds.
const PARTED_S: f64 = 1.0;
/// Farther round than this is behind (nuPlan: 150°), radians.
const BEHIND_RAD: f64 = 150.0 / 180.0 * crate::math::PI;

/// How two vehicles met, seen from the ego vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollisionKind {
    /// The ego vehicle stood.
    StoppedEgo,
    /// The other one stood.
    StoppedOther,
    /// The other one came from behind.
    Rear,
    /// With the ego vehicle's front.
    Front,
    /// With its side.
    Lateral,
}

impl CollisionKind {
    /// Whether the ego vehicle is at fault.
    pub fn is_at_fault(self, ego_is_in_one_lane: bool) -> bool {
        match self {
            Self::StoppedEgo | Self::Rear => false,
            Self::StoppedOther | Self::Front => true,
            Self::Lateral => !ego_is_in_one_lane,
        }
    }
}

/// The kind of a collision, from the states just before it (speeds) and at it (boxes).
pub fn classify(ego: &ActorSnapshot, other: &ActorSnapshot, speeds_mps: [f64; 2]) -> CollisionKind {
    if speeds_mps[0].abs() <= STANDING_MPS {
        return CollisionKind::StoppedEgo;
    }
    if speeds_mps[1].abs() <= STANDING_MPS {
        return CollisionKind::StoppedOther;
    }
    let (x, y) = other.center_xy();
    let (ahead, left) = ego.state.pose.to_local_xy(x, y);
    if atan2(left, ahead).abs() > BEHIND_RAD {
        return CollisionKind::Rear;
    }
    // The front edge, as thin a box as tells it from the sides.
    let mut bumper = Footprint::of(ego);
    let depth = bumper.half.0;
    bumper.half.0 = 0.01;
    bumper.center.0 += depth * bumper.axis.0;
    bumper.center.1 += depth * bumper.axis.1;
    bumper.radius = bumper.half.1 + 0.01;
    if bumper.overlap(&Footprint::of(other)).is_some() {
        CollisionKind::Front
    } else {
        CollisionKind::Lateral
    }
}

/// A collision of the ego vehicle's that begins.
pub(super) struct Impact<'a> {
    /// Whom it meets.
    pub other: &'a ActorSnapshot,
    /// Speed at which the two approached along the contact's normal, m/s.
    pub closing_mps: f64,
    /// How they met.
    pub kind: CollisionKind,
    /// Whether the ego vehicle is at fault.
    pub is_at_fault: bool,
}

/// Finds collisions that begin.
#[derive(Clone, Default)]
pub(super) struct Impacts {
    /// Who was touched last when, seconds.
    touched_s: BTreeMap<ActorId, f64>,
    speeds_before: Vec<(ActorId, f64)>,
}

impl Impacts {
    /// Those of a tick.
    pub fn find<'a>(&mut self, sample: &Sample<'a>) -> Vec<Impact<'a>> {
        self.touched_s
            .retain(|_, last| sample.time_s - *last <= PARTED_S);
        let mut found = Vec::new();
        for contact in sample.contacts {
            let Some((actor, _)) = sample.met(contact) else {
                continue;
            };
            if self.touched_s.insert(actor.id, sample.time_s).is_some() {
                continue;
            }
            let before = self
                .speeds_before
                .binary_search_by_key(&actor.id, |(id, _)| *id)
                .ok()
                .and_then(|i| self.speeds_before.get(i))
                .map_or(actor.state.speed_mps, |(_, v)| *v);
            let kind = classify(sample.ego, actor, [sample.before.state.speed_mps, before]);
            found.push(Impact {
                other: actor,
                closing_mps: contact.closing_speed_mps.max(0.0),
                kind,
                is_at_fault: kind.is_at_fault(is_in_one_lane(sample)),
            });
        }
        self.speeds_before.clear();
        let speeds = sample.others.iter().map(|(a, _)| (a.id, a.state.speed_mps));
        self.speeds_before.extend(speeds);
        found
    }
}

#[derive(Clone, Default)]
pub(super) struct Collisions {
    count: ByKind,
    at_fault: ByKind,
    max_impact_mps: f64,
    text: Vec<String>,
    fault_text: Vec<String>,
}

impl Metric for Collisions {
    fn sample(&mut self, sample: &Sample<'_>) {
        for impact in &sample.impacts {
            let class = impact.other.spec.class;
            self.count.add(class);
            self.max_impact_mps = self.max_impact_mps.max(impact.closing_mps);
            let text = format!(
                "{} at {:.2} s, {:.1} m/s ({})",
                impact.other.spec.name,
                sample.time_s,
                impact.closing_mps,
                match impact.kind {
                    CollisionKind::StoppedEgo => "the ego vehicle stood",
                    CollisionKind::StoppedOther => "it stood",
                    CollisionKind::Rear => "from behind",
                    CollisionKind::Front => "front",
                    CollisionKind::Lateral => "side",
                }
            );
            if impact.is_at_fault {
                self.at_fault.add(class);
                self.fault_text.push(text.clone());
            }
            self.text.push(text);
        }
    }

    fn report(&self, report: &mut Report) {
        let (count, at_fault) = (self.count.all(), self.at_fault.all());
        report.value("collisions", Some(f64::from(count)), "1");
        report.value("at_fault_collisions", Some(f64::from(at_fault)), "1");
        let impact = (count > 0).then_some(self.max_impact_mps);
        report.value("max_impact_speed_mps", impact, "m/s");
        report.facts.collisions = self.count;
        report.facts.at_fault = self.at_fault;
        if count > 0 {
            report.note("collisions", self.text.join(", "));
            report.note("max_impact_speed_mps", self.text.join(", "));
        }
        if at_fault > 0 {
            report.note("at_fault_collisions", self.fault_text.join(", "));
        }
    }
}

/// Whether the whole box lies inside one lane that it runs along.
pub(super) fn is_in_one_lane(sample: &Sample<'_>) -> bool {
    let Some(place) = sample.place else {
        return false;
    };
    let Some(lane) = place.lane_id else {
        return false;
    };
    let is_drivable = sample
        .map
        .lane_type(place.road, place.s_m, lane)
        .is_some_and(|kind| kind.is_drivable());
    let (Some(width), Some(road)) = (
        sample.map.lane_width(place.road, place.s_m, lane),
        sample.map.pose_at(place.road, place.s_m, place.t_m),
    ) else {
        return false;
    };
    let b = &sample.ego.spec.bounding_box;
    let turn = sample.ego.state.pose.yaw_rad - road.pose.yaw_rad;
    // Half of the box across the lane.
    let across = 0.5 * (b.width_m * cos(turn).abs() + b.length_m * crate::math::sin(turn).abs());
    is_drivable && place.offset_m.abs() + across <= 0.5 * width + 0.05
}
