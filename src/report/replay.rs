//! Traces as the page plays them: whole numbers, each as the difference to the one before.

use serde::Serialize;

use super::road::{Bounds, centi};
use crate::run::{Trace, TraceActor};

/// A run as the page plays it.
#[derive(Debug, Serialize)]
pub(super) struct Replay {
    /// Times, hundredths of a second, as differences.
    t: Vec<i32>,
    /// Number of the ego vehicle.
    ego: Option<usize>,
    /// Distance to the nearest other, centimetres; -1 where there is none.
    gap: Vec<i32>,
    /// Acceleration of the ego vehicle, cm/s², as differences.
    accel: Vec<i32>,
    /// Actors.
    actors: Vec<ReplayActor>,
}

/// Lengths in centimetres, speeds in cm/s, angles in milliradians.
#[derive(Debug, Serialize)]
struct ReplayActor {
    n: String,
    c: &'static str,
    /// Length, width, and how far the middle lies ahead and left of the reference point.
    b: [i32; 4],
    /// First sample.
    f: usize,
    x: Vec<i32>,
    y: Vec<i32>,
    h: Vec<i32>,
    v: Vec<i32>,
}

fn differences(values: impl Iterator<Item = i32>) -> Vec<i32> {
    let mut last = 0i32;
    values
        .map(|value| {
            let step = value.wrapping_sub(last);
            last = value;
            step
        })
        .collect()
}

/// Headings as differences that never turn by more than half a circle.
fn turns(actor: &TraceActor) -> Vec<i32> {
    let mut last = 0.0;
    let unwrapped = actor.states.iter().map(|s| {
        last += sim::math::wrap_angle(f64::from(s.yaw_rad) - last);
        (last * 1000.0).round() as i32
    });
    differences(unwrapped.collect::<Vec<_>>().into_iter())
}

fn class(actor: &TraceActor) -> &'static str {
    use sim::actor::ActorClass as C;
    match actor.class {
        C::Car | C::Van => "car",
        C::Truck | C::Bus | C::Trailer => "truck",
        C::Motorcycle | C::Bicycle => "bike",
        C::Pedestrian => "walker",
        C::MovableObject | C::StaticObject => "object",
    }
}

impl Replay {
    /// Of a trace, in a frame with this origin in the world.
    pub(super) fn new(trace: &Trace, origin: (f64, f64)) -> Self {
        let ego = trace.ego.and_then(|ego| trace.actors.get(ego));
        Self {
            t: differences(trace.times_s.iter().map(|t| centi(*t))),
            ego: trace.ego,
            gap: trace
                .gap_m
                .iter()
                .map(|gap| gap.map_or(-1, |gap| centi(f64::from(gap))))
                .collect(),
            accel: ego.map_or_else(Vec::new, |ego| {
                differences(ego.states.iter().map(|s| centi(f64::from(s.accel_mps2))))
            }),
            actors: trace
                .actors
                .iter()
                .map(|actor| ReplayActor {
                    n: actor.name.clone(),
                    c: class(actor),
                    b: [
                        actor.length_m,
                        actor.width_m,
                        actor.center_x_m,
                        actor.center_y_m,
                    ]
                    .map(centi),
                    f: actor.first,
                    x: differences(actor.states.iter().map(|s| centi(s.x_m - origin.0))),
                    y: differences(actor.states.iter().map(|s| centi(s.y_m - origin.1))),
                    h: turns(actor),
                    v: differences(actor.states.iter().map(|s| centi(f64::from(s.speed_mps)))),
                })
                .collect(),
        }
    }
}

/// Adds where a trace's actors were.
pub(super) fn extend(bounds: &mut Bounds, trace: &Trace) {
    // Everything is near an ego vehicle, where there is one.
    let wanted = |i: usize| trace.ego.is_none_or(|ego| ego == i);
    for (_, actor) in trace.actors.iter().enumerate().filter(|(i, _)| wanted(*i)) {
        for state in &actor.states {
            bounds.add((state.x_m, state.y_m));
        }
    }
}

/// States of a trace.
pub(super) fn count(trace: &Trace) -> usize {
    trace.actors.iter().map(|actor| actor.states.len()).sum()
}

#[cfg(test)]
mod tests {
    use sim::actor::ActorClass;

    use super::*;
    use crate::run::TraceState;

    #[test]
    fn a_heading_over_the_half_circle_does_not_spin_round() {
        let state = |yaw: f32| TraceState {
            yaw_rad: yaw,
            ..TraceState::default()
        };
        let actor = TraceActor {
            name: "a".into(),
            class: ActorClass::Car,
            length_m: 4.0,
            width_m: 2.0,
            center_x_m: 1.0,
            center_y_m: 0.0,
            first: 0,
            states: vec![state(3.1), state(-3.1), state(-3.0)],
        };
        let steps = turns(&actor);
        assert!(steps.iter().skip(1).all(|s| s.abs() < 200), "{steps:?}");
    }
}
