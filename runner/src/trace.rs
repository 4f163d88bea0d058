//! States of all actors at a fixed rate, kept for a report's replay and its plots.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sim::actor::{ActorClass, ActorId, ActorSpec};
use sim::physics::Footprint;
use sim::world::SimWorld;

/// States kept of one run; a longer or fuller one is cut here.
const MAX_STATES: usize = 600_000;
/// Gaps wider than this are not looked for, metres.
const MAX_GAP_M: f64 = 200.0;

/// What an actor is at one sample; the pose is that of its reference point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TraceState {
    /// East, metres.
    pub x_m: f64,
    /// North, metres.
    pub y_m: f64,
    /// Counter-clockwise, radians.
    pub yaw_rad: f32,
    /// Along the heading, m/s.
    pub speed_mps: f32,
    /// Change of the speed, m/s².
    pub accel_mps2: f32,
}

/// An actor from its first sample on; one that leaves and comes back is there twice.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceActor {
    /// Its name.
    pub name: String,
    /// Road-user class.
    pub class: ActorClass,
    /// Length of its box, metres.
    pub length_m: f64,
    /// Width of its box, metres.
    pub width_m: f64,
    /// Middle of its box ahead of the reference point, metres.
    pub center_x_m: f64,
    /// Middle of its box left of the reference point, metres.
    pub center_y_m: f64,
    /// Number of the sample that `states` begins with.
    pub first: usize,
    /// A state a sample.
    pub states: Vec<TraceState>,
}

impl TraceActor {
    fn new(spec: &ActorSpec, first: usize) -> Self {
        let b = &spec.bounding_box;
        Self {
            name: spec.name.clone(),
            class: spec.class,
            length_m: b.length_m,
            width_m: b.width_m,
            center_x_m: b.center_x_m,
            center_y_m: b.center_y_m,
            first,
            states: Vec::new(),
        }
    }

    /// The state at a sample.
    pub fn at(&self, sample: usize) -> Option<&TraceState> {
        self.states.get(sample.checked_sub(self.first)?)
    }
}

/// A run's states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Times of the samples, seconds.
    pub times_s: Vec<f64>,
    /// The ego vehicle among the actors.
    pub ego: Option<usize>,
    /// Actors in the order of their coming.
    pub actors: Vec<TraceActor>,
    /// Distance of the ego vehicle's box to the nearest other, metres, a sample.
    pub gap_m: Vec<Option<f32>>,
    /// The OpenDRIVE map.
    pub map: Option<PathBuf>,
}

/// Takes samples of a world.
pub(crate) struct Tracer {
    every_ticks: u64,
    ego: Option<ActorId>,
    present: BTreeMap<ActorId, usize>,
    count: usize,
    trace: Trace,
}

impl Tracer {
    pub(crate) fn new(every_s: f64, dt_s: f64, ego: Option<ActorId>, map: Option<PathBuf>) -> Self {
        Self {
            every_ticks: (every_s / dt_s).round().clamp(1.0, 1e9) as u64,
            ego,
            present: BTreeMap::new(),
            count: 0,
            trace: Trace {
                map,
                ..Trace::default()
            },
        }
    }

    /// Takes a sample where one is due; a tick in which the story ends does not move the clock.
    pub(crate) fn sample(&mut self, world: &SimWorld) {
        if world.tick().index.is_multiple_of(self.every_ticks) && self.is_new(world) {
            self.take(world);
        }
    }

    fn is_new(&self, world: &SimWorld) -> bool {
        let last = self.trace.times_s.last();
        last.is_none_or(|last| *last < world.snapshot().time_s)
    }

    fn take(&mut self, world: &SimWorld) {
        let snapshot = world.snapshot();
        self.count += snapshot.actors.len();
        if self.count > MAX_STATES {
            return;
        }
        let sample = self.trace.times_s.len();
        self.trace.times_s.push(snapshot.time_s);
        for actor in &snapshot.actors {
            if !actor.state.is_finite() {
                continue;
            }
            let actors = &mut self.trace.actors;
            let known = self.present.get(&actor.id).copied().filter(|index| {
                let is_gapless = |a: &TraceActor| a.first + a.states.len() == sample;
                actors.get(*index).is_some_and(is_gapless)
            });
            let index = known.unwrap_or_else(|| {
                actors.push(TraceActor::new(&actor.spec, sample));
                actors.len() - 1
            });
            self.present.insert(actor.id, index);
            if Some(actor.id) == self.ego {
                self.trace.ego.get_or_insert(index);
            }
            let s = &actor.state;
            if let Some(traced) = self.trace.actors.get_mut(index) {
                traced.states.push(TraceState {
                    x_m: s.pose.x_m,
                    y_m: s.pose.y_m,
                    yaw_rad: s.pose.yaw_rad as f32,
                    speed_mps: s.speed_mps as f32,
                    accel_mps2: s.accel_mps2 as f32,
                });
            }
        }
        let ego = self.ego.and_then(|id| snapshot.actor(id));
        let gap = ego.and_then(|ego| {
            let own = Footprint::of(ego);
            let mut least = None;
            for other in snapshot.actors.iter().filter(|a| a.id != ego.id) {
                let bound = least.unwrap_or(MAX_GAP_M);
                least = own.gap_m(&Footprint::of(other), bound).or(least);
            }
            least
        });
        self.trace.gap_m.push(gap.map(|gap| gap as f32));
    }

    /// All samples, the last state among them.
    pub(crate) fn finish(mut self, world: &SimWorld) -> Trace {
        if self.is_new(world) {
            self.take(world);
        }
        self.trace
    }
}
