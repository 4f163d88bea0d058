//! `carla_driving_score` (0 to 100), `carla_route_completion` (per cent), `carla_infraction_penalty` (0 to 1).
//!
//! CARLA Leaderboard 1.0 and 2.0 ("Evaluation and metrics"; `statistics_manager.py`): the driving
//! score is route completion times penalty; the penalty is the product of 0.50 for each collision with
//! a pedestrian, 0.60 with a vehicle (bicycles are vehicles there), 0.65 with anything else, 0.70 for each red
//! light and 0.80 for each stop sign run, and of 1 less the share of the way driven outside the lanes of its
//! direction. Completion ends where the route is left by more than 30 m; it and the score are not valid
//! without a route. The penalties of 2.0 that belong to its own scenarios (scenario timeout, yielding to
//! emergency vehicles, both 0.70) and to its traffic (minimum speed, from 0.70) have no counterpart here.

use super::facts::Facts;
use super::sample::Sample;
use super::{Metric, Report};
use crate::math::powf;

const PEDESTRIAN: f64 = 0.50;
const VEHICLE: f64 = 0.60;
const STATIC: f64 = 0.65;
const RED_LIGHT: f64 = 0.70;
const STOP_SIGN: f64 = 0.80;

#[derive(Clone)]
pub(super) struct Carla;

/// The score, from a completion of 0 to 1, counts of collisions with pedestrians, vehicles and anything
/// else, of red lights and of stop signs, and the share of the way driven outside the lanes.
pub fn driving_score(completion: f64, infractions: [u32; 5], outside: f64) -> f64 {
    100.0 * completion * penalty(infractions, outside)
}

fn penalty(infractions: [u32; 5], outside: f64) -> f64 {
    let factors = [PEDESTRIAN, VEHICLE, STATIC, RED_LIGHT, STOP_SIGN];
    let product: f64 = factors
        .iter()
        .zip(infractions)
        .map(|(factor, count)| powf(*factor, f64::from(count)))
        .product();
    product * (1.0 - outside.clamp(0.0, 1.0))
}

fn infractions(facts: &Facts) -> [u32; 5] {
    let hit = &facts.collisions;
    [
        hit.pedestrians,
        hit.vehicles + hit.cyclists,
        hit.objects,
        facts.red_lights,
        facts.stop_signs,
    ]
}

impl Metric for Carla {
    fn sample(&mut self, _: &Sample<'_>) {}

    fn report(&self, report: &mut Report) {
        let facts = &report.facts;
        let outside = if facts.distance_m > 0.0 {
            (facts.off_road_m + facts.wrong_way_m) / facts.distance_m
        } else {
            0.0
        };
        let counts = infractions(facts);
        let completion = facts.route.map(|r| r.completion);
        let penalty = penalty(counts, outside);
        report.value("carla_infraction_penalty", Some(penalty), "1");
        report.value("carla_route_completion", completion.map(|c| 100.0 * c), "%");
        let score = completion.map(|c| driving_score(c, counts, outside));
        report.value("carla_driving_score", score, "1");
        let names = [
            "pedestrians hit",
            "vehicles hit",
            "objects hit",
            "red lights",
            "stop signs",
        ];
        let mut text: Vec<String> = names
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        if outside > 0.0 {
            text.push(format!(
                "{:.1} % of the way outside its lanes",
                100.0 * outside
            ));
        }
        if !text.is_empty() {
            report.note("carla_infraction_penalty", text.join(", "));
            report.note("carla_driving_score", text.join(", "));
        }
    }
}
