//! Recorded traffic as scenes of fast worlds: some vehicles are given to agents, all others move as they
//! were recorded.
//!
//! In: files of NGSIM (CommonRoad's form), of the Waymo Open Motion dataset as JSON, or of Argoverse 2.
//! Out: [`sim::fast::Scene`]s. Start reading at [`Recording::load`].

mod argoverse;
mod ngsim;
mod waymo;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sim::actor::{ActorClass, ActorSpec, ActorState};
use sim::fast::{AgentStart, FlatMap, Logged, Scene, SceneError};
use sim::input::InputError;
use sim::math::{Pose, hypot};

use super::clip::STEP_S;

/// Who gets less far than this from its start has nowhere to go, metres.
const LEAST_WAY_M: f64 = 2.0;
/// Most steps of a recording.
const MAX_STEPS: usize = 100_000;
/// Most states of a recording, those between the first and the last of a track that are missing among them.
const MAX_STATES: usize = 5_000_000;

/// Where somebody was at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedState {
    /// Middle of the box, metres.
    pub center_m: [f64; 2],
    /// Heading, radians.
    pub yaw_rad: f64,
    /// Speed along the heading, m/s.
    pub speed_mps: f64,
}

impl RecordedState {
    fn is_finite(&self) -> bool {
        let [x, y] = self.center_m;
        [x, y, self.yaw_rad, self.speed_mps]
            .iter()
            .all(|v| v.is_finite())
    }
}

/// One road user.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedTrack {
    /// Name, unique in the recording.
    pub name: String,
    /// What it is.
    pub class: ActorClass,
    /// Length and width, metres, where they are known.
    pub size_m: Option<[f64; 2]>,
    /// Its states by step; `None` where it was not seen.
    pub states: Vec<Option<RecordedState>>,
}

impl RecordedTrack {
    fn at(&self, step: usize) -> Option<&RecordedState> {
        self.states.get(step)?.as_ref()
    }

    /// A specification with the recorded size.
    fn spec(&self) -> ActorSpec {
        let mut spec = ActorSpec::typical(&self.name, self.class);
        if let Some([length_m, width_m]) = self.size_m {
            let b = &mut spec.bounding_box;
            let stretch = length_m / b.length_m;
            b.center_x_m *= stretch;
            (b.length_m, b.width_m) = (length_m, width_m);
            if let Some(axles) = &mut spec.axles {
                axles.front.position_x_m *= stretch;
            }
        }
        spec
    }
}

/// Traffic as it was, at 10 Hz.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Where it comes from.
    pub name: String,
    /// What it was on.
    pub map: Arc<FlatMap>,
    /// Road users; those the recording is about come first.
    pub tracks: Vec<RecordedTrack>,
}

impl Recording {
    /// Reads a recording: NGSIM's `tracks/NAME.csv.gz` (with `maps/` beside `tracks/`), a scenario of the Waymo
    /// Open Motion dataset as `.json`, or Argoverse 2's `scenario_ID.parquet` (with `log_map_archive_ID.json`
    /// beside it).
    ///
    /// # Errors
    /// If it is none of these, or broken.
    pub fn load(path: &Path) -> Result<Self, InputError> {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        let load = loader(name).ok_or_else(|| {
            let expected = "a recording: .csv.gz (NGSIM), .json (Waymo) or .parquet (Argoverse 2)";
            InputError::new(path, expected, name)
        })?;
        load(path)
    }

    /// Whether a file is a recording, by its name.
    pub fn is_named(name: &str) -> bool {
        loader(name).is_some()
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.tracks
            .iter()
            .map(|t| t.states.len())
            .max()
            .unwrap_or(0)
    }

    /// Who can be given to agents at a step, in the order of the tracks: motor vehicles that are there
    /// and go on to another place.
    pub fn drivers(&self, step: usize, horizon: usize) -> Vec<usize> {
        (0..self.tracks.len())
            .filter(|i| self.start(*i, step, horizon).is_some())
            .collect()
    }

    /// State and goal of a track that can be driven from a step on.
    fn start(&self, index: usize, step: usize, horizon: usize) -> Option<AgentStart> {
        let track = self.tracks.get(index)?;
        use ActorClass as C;
        let is_motor = matches!(
            track.class,
            C::Car | C::Van | C::Truck | C::Bus | C::Motorcycle
        );
        let from = track.at(step).filter(|_| is_motor)?;
        let ahead = track.states.iter().skip(step).take(horizon + 1);
        let last = ahead.flatten().last()?;
        let way = [0, 1].map(|k| last.center_m[k] - from.center_m[k]);
        if hypot(way[0], way[1]) < LEAST_WAY_M {
            return None;
        }
        let spec = track.spec();
        let b = &spec.bounding_box;
        // Recordings tell the middle of the box.
        let at = Pose {
            x_m: from.center_m[0],
            y_m: from.center_m[1],
            yaw_rad: from.yaw_rad,
            ..Pose::default()
        };
        let (x_m, y_m) = at.to_world_xy(-b.center_x_m, -b.center_y_m);
        let state = ActorState::at(Pose { x_m, y_m, ..at }, from.speed_mps.max(0.0));
        let start = AgentStart {
            spec: Arc::new(spec),
            state,
            goal_m: last.center_m,
        };
        Some(start)
    }

    /// Who can be driven from a step on, `agents` at most, and everybody else.
    fn cast(&self, step: usize, horizon: usize, agents: usize) -> (Vec<AgentStart>, Vec<Logged>) {
        let mut drivers = self.drivers(step, horizon);
        drivers.truncate(agents);
        let starts = drivers.iter().filter_map(|i| self.start(*i, step, horizon));
        let starts = starts.collect();
        let others = self
            .tracks
            .iter()
            .enumerate()
            .filter(|(i, _)| !drivers.contains(i));
        let logged = others.filter_map(|(_, track)| {
            let seen = track.states.get(step..)?.iter();
            let boxes = seen.map(|s| s.map(|s| (s.center_m, s.yaw_rad, s.speed_mps)));
            let boxes: Vec<_> = boxes.collect();
            let is_seen = boxes.iter().any(Option::is_some);
            is_seen.then(|| Logged {
                spec: Arc::new(track.spec()),
                boxes,
                step_s: STEP_S,
            })
        });
        (starts, logged.collect())
    }

    /// Scenes that begin at the first step, and at later ones that leave time for `horizon` steps, `count` at
    /// most. The first `agents` of the [`Self::drivers`] of each are agents, with the place where they were
    /// at its end as their goal; all others move as recorded. Where it has fewer, the places of the rest stay
    /// empty.
    ///
    /// # Errors
    /// If nobody can be driven.
    pub fn scenes(
        &self,
        count: usize,
        horizon: usize,
        agents: usize,
    ) -> Result<Vec<Scene>, SceneError> {
        let spare = self.steps().saturating_sub(horizon + 1);
        let count = count.clamp(1, spare + 1);
        let step = |k: usize| k * spare / (count - 1).max(1);
        let (starts, logged) = self.cast(0, horizon, agents);
        let first = Scene::recorded(self.map.clone(), starts, logged, agents)?;
        let mut all = vec![first];
        for k in 1..count {
            let (starts, logged) = self.cast(step(k), horizon, agents);
            if !starts.is_empty() {
                let next = all[0].with(starts, logged, agents)?;
                all.push(next);
            }
        }
        Ok(all)
    }
}

type Load = fn(&Path) -> Result<Recording, InputError>;

/// What reads a file of a name.
fn loader(name: &str) -> Option<Load> {
    let known: [(&str, Load); 3] = [
        (".csv.gz", ngsim::load),
        (".json", waymo::load),
        (".parquet", argoverse::load),
    ];
    let found = known.into_iter().find(|(end, _)| name.ends_with(end));
    found.map(|(_, load)| load)
}

/// Tracks that are put together of rows, a state each.
struct Rows<K> {
    tracks: BTreeMap<K, RecordedTrack>,
    states: usize,
}

impl<K: Ord> Rows<K> {
    fn new() -> Self {
        Self {
            tracks: BTreeMap::new(),
            states: 0,
        }
    }

    /// Adds a state, to a new track where there is none; one that is not finite counts as missing. What was
    /// expected and found where there are too many.
    fn put(
        &mut self,
        key: K,
        step: usize,
        state: RecordedState,
        track: impl FnOnce() -> RecordedTrack,
    ) -> Result<(), (String, String)> {
        let states = &mut self.tracks.entry(key).or_insert_with(track).states;
        let more = (step + 1).saturating_sub(states.len());
        self.states += more;
        if self.states > MAX_STATES {
            let expected = format!("{MAX_STATES} states at most, gaps among them");
            return Err((expected, format!("more, at step {step} of a track")));
        }
        states.extend(std::iter::repeat_n(None, more));
        states[step] = Some(state).filter(RecordedState::is_finite);
        Ok(())
    }
}

/// A size, where it is one.
fn size_m(length_m: f64, width_m: f64) -> Option<[f64; 2]> {
    let is_size = |v: f64| (0.1..100.0).contains(&v);
    (is_size(length_m) && is_size(width_m)).then_some([length_m, width_m])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_few_states_and_long_gaps_are_refused_before_they_fill_the_memory() {
        let track = || RecordedTrack {
            name: String::new(),
            class: ActorClass::Car,
            size_m: None,
            states: Vec::new(),
        };
        let state = RecordedState {
            center_m: [0.0; 2],
            yaw_rad: 0.0,
            speed_mps: 0.0,
        };
        let mut rows = Rows::new();
        let broken = RecordedState {
            yaw_rad: f64::NAN,
            ..state
        };
        assert!(rows.put(0, 2, state, track).is_ok());
        assert!(rows.put(0, 1, broken, track).is_ok());
        assert_eq!(rows.tracks[&0].states, [None, None, Some(state)]);
        let most = MAX_STATES / MAX_STEPS;
        let refused = (1..=most).find(|key| rows.put(*key, MAX_STEPS - 1, state, track).is_err());
        assert_eq!(refused, Some(most));
    }
}
