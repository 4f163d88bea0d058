//! MOBIL: whether a change of lanes is safe and worth it, all in accelerations.
//!
//! Kesting, Treiber and Helbing, General Lane-Changing Model MOBIL for Car-Following Models,
//! Transportation Research Record 1999 (2007); symmetric rules, with a small bias to the right.

use crate::rules::idm::{IdmParams, following_accel};

/// Manner of changing lanes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MobilParams {
    /// How much others' gains and losses count beside one's own.
    pub politeness: f64,
    /// Hardest braking that is forced on the new follower, m/s², positive.
    pub safe_mps2: f64,
    /// Gain that makes a change worth it, m/s².
    pub threshold_mps2: f64,
    /// Added to the gain of a change to the right, m/s².
    pub right_bias_mps2: f64,
}

impl Default for MobilParams {
    fn default() -> Self {
        Self {
            politeness: 0.3,
            safe_mps2: 2.0,
            threshold_mps2: 0.25,
            right_bias_mps2: 0.1,
        }
    }
}

/// Accelerations without and with the change, m/s².
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// Of the vehicle itself.
    pub own: [f64; 2],
    /// Of the follower in the other lane; zeros where there is none.
    pub new_follower: [f64; 2],
    /// Of the follower in the own lane; zeros where there is none.
    pub old_follower: [f64; 2],
    /// Whether it goes to the right.
    pub to_right: bool,
}

/// The gain of a change over what makes it worth it, m/s²; `None` where it is not safe.
pub fn gain(params: &MobilParams, change: &Change) -> Option<f64> {
    let [own, new, old] = [change.own, change.new_follower, change.old_follower]
        .map(|[before, after]| after - before);
    if change.new_follower[1] < -params.safe_mps2 || change.own[1] < -params.safe_mps2 {
        return None;
    }
    let bias = if change.to_right {
        params.right_bias_mps2
    } else {
        -params.right_bias_mps2
    };
    Some(own + params.politeness * (new + old) + bias - params.threshold_mps2)
}

/// A vehicle ahead or behind: gap to it, metres, and its speed, m/s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Gap between the boxes, metres.
    pub gap_m: f64,
    /// Speed, m/s.
    pub speed_mps: f64,
}

/// IDM's acceleration behind a leader or on the free road, m/s².
pub fn behind(
    params: &IdmParams,
    speed_mps: f64,
    wanted_mps: f64,
    leader: Option<Neighbour>,
) -> f64 {
    let leader = leader.unwrap_or(Neighbour {
        gap_m: 1e4,
        speed_mps: wanted_mps,
    });
    following_accel(
        params,
        speed_mps,
        wanted_mps,
        leader.gap_m,
        leader.speed_mps,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change that frees one of a slow leader and lets a follower in the other lane brake.
    fn change(follower_after: f64) -> Change {
        Change {
            own: [-0.5, 1.0],
            new_follower: [0.2, follower_after],
            old_follower: [0.0, 0.3],
            to_right: false,
        }
    }

    #[test]
    fn nobody_is_made_to_brake_harder_than_is_safe() {
        let selfish = MobilParams {
            politeness: 0.0,
            ..MobilParams::default()
        };
        assert!(gain(&selfish, &change(-1.9)).is_some_and(|g| g > 0.0));
        assert_eq!(gain(&selfish, &change(-2.1)), None);
    }

    #[test]
    fn the_polite_leave_what_the_selfish_take() {
        let with = |politeness| MobilParams {
            politeness,
            ..MobilParams::default()
        };
        let c = change(-1.9);
        let (selfish, polite) = (gain(&with(0.0), &c), gain(&with(1.0), &c));
        assert!(selfish.is_some_and(|g| g > 0.0), "{selfish:?}");
        assert!(polite.is_some_and(|g| g < 0.0), "{polite:?}");
    }

    #[test]
    fn without_a_gain_one_stays() {
        let stay = Change {
            own: [0.5, 0.6],
            ..Change::default()
        };
        assert!(gain(&MobilParams::default(), &stay).is_some_and(|g| g < 0.0));
    }

    #[test]
    fn a_slow_leader_makes_the_free_lane_worth_it() {
        let p = IdmParams::default();
        let slow = Neighbour {
            gap_m: 15.0,
            speed_mps: 8.0,
        };
        let change = Change {
            own: [
                behind(&p, 12.0, 14.0, Some(slow)),
                behind(&p, 12.0, 14.0, None),
            ],
            ..Change::default()
        };
        assert!(gain(&MobilParams::default(), &change).is_some_and(|g| g > 1.0));
    }
}
