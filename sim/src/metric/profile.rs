//! Named sets of requirements, for suites whose files name none of their own.

use super::{CollisionRule, Requirements};

/// A set of requirements by which a known suite or benchmark judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// nuPlan: its multipliers hold, and TTC stays within its bound.
    NuPlan,
    /// CARLA's leaderboard: no infraction.
    Carla,
    /// UN R157: what it asks of an automated lane keeping system.
    R157,
    /// Euro NCAP: full points in an emergency braking test, which ends with the impact.
    EuroNcap,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NuPlan, Self::Carla, Self::R157, Self::EuroNcap];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NuPlan => "nuplan",
            Self::Carla => "carla",
            Self::R157 => "r157",
            Self::EuroNcap => "euro-ncap",
        }
    }

    /// Adds its bounds; its own metrics judge collisions in place of the general rule.
    pub fn apply(self, wanted: &mut Requirements) {
        wanted.collisions = CollisionRule::Allowed;
        type Bounds = &'static [(&'static str, f64)];
        let (most, least): (Bounds, Bounds) = match self {
            Self::NuPlan => (
                &[],
                &[
                    ("nuplan_no_at_fault_collisions", 1.0),
                    ("nuplan_drivable_area", 1.0),
                    ("nuplan_driving_direction", 1.0),
                    ("nuplan_making_progress", 1.0),
                    ("nuplan_ttc", 1.0),
                ],
            ),
            Self::Carla => (&[], &[("carla_infraction_penalty", 1.0)]),
            Self::R157 => (
                &[
                    ("r157_collisions", 0.0),
                    ("r157_careful_driver_collisions", 0.0),
                    ("r157_following_s", 0.0),
                    ("r157_harsh_braking_s", 0.0),
                ],
                &[],
            ),
            Self::EuroNcap => (&[], &[("euro_ncap_score", 1.0)]),
        };
        for (metric, bound) in most {
            wanted.bound(metric, None, Some(*bound), false);
        }
        if self == Self::EuroNcap {
            // Where a vehicle is thrown to after the impact is no part of the test.
            wanted.bounds.clear();
        }
        for (metric, bound) in least {
            // A run that was no test has no points; a share of infractions is there in any run.
            wanted.bound(metric, Some(*bound), None, self == Self::EuroNcap);
        }
    }
}
