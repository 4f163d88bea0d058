//! Fast worlds on arrays of numpy's.

use numpy::{
    IntoPyArray, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray2, PyReadwriteArray1,
    PyReadwriteArray2,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use sim::fast::{Batch, Config, Observation, OnFailure, OnGoal, View};
use skidpad::scenes::Cast;
use std::path::PathBuf;

use crate::number::{Seed, Whole, real};

fn wrong(error: impl ToString) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// One of some words.
fn word<T: Copy>(what: &str, given: &str, known: &[(&str, T)]) -> PyResult<T> {
    let found = known.iter().find(|(name, _)| *name == given);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        wrong(format!(
            "{what}: expected {}, found {given:?}",
            names.join(" or ")
        ))
    })
}

/// Most worlds.
const MOST_WORLDS: u32 = 100_000;
/// Most agents of a world.
const MOST_AGENTS: u32 = 10_000;
/// Most scenes of a map; so many of a town take minutes.
const MOST_SCENES: u32 = 10_000;
/// Most threads.
const MOST_THREADS: u32 = 1024;
/// Longest episode, steps.
const MOST_STEPS: u32 = 1_000_000_000;
/// Most agents of all worlds.
const MOST_IN_ALL: u64 = 10_000_000;
/// Most floats of all observations: 2 GiB an array.
const MOST_FLOATS: u64 = 1 << 29;

/// One map, or several.
#[derive(FromPyObject)]
enum Maps {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

impl Maps {
    /// Their names.
    fn names(self) -> PyResult<Vec<String>> {
        let all = match self {
            Self::One(map) => vec![map],
            Self::Many(maps) => maps,
        };
        let name = |map: PathBuf| {
            let text = map.into_os_string().into_string();
            text.map_err(|found| wrong(format!("maps: expected names in UTF-8, found {found:?}")))
        };
        all.into_iter().map(name).collect()
    }
}

/// A reward, which is finite as 32 bits, too.
fn reward(what: &str, number: f64) -> PyResult<f32> {
    let most = f64::from(f32::MAX);
    Ok(real(what, number, -most, most)? as f32)
}

/// Many worlds of kinematic agents, stepped together.
#[pyclass(module = "skidpad._skidpad")]
pub struct FastBatch {
    batch: Batch,
    pool: rayon::ThreadPool,
    /// Whether it was reset.
    has_begun: bool,
}

type Floats<'py> = PyReadwriteArray2<'py, f32>;
type Flags<'py> = PyReadwriteArray1<'py, u8>;

#[pymethods]
impl FastBatch {
    #[new]
    #[pyo3(signature = (maps, *, worlds=Whole(1), agents=Whole(1), scenes=Whole(8), seed=Seed(0), threads=Whole(0), dt_s=0.1, horizon=Whole(91), goal_radius_m=2.0, goal_reward=1.0, collision_reward=-0.5, off_road_reward=-0.2, progress_reward=0.0, on_failure="remove", on_goal="remove", observation="full"))]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn new(
        py: Python<'_>,
        maps: Maps,
        worlds: Whole,
        agents: Whole,
        scenes: Whole,
        seed: Seed,
        threads: Whole,
        dt_s: f64,
        horizon: Whole,
        goal_radius_m: f64,
        goal_reward: f64,
        collision_reward: f64,
        off_road_reward: f64,
        progress_reward: f64,
        on_failure: &str,
        on_goal: &str,
        observation: &str,
    ) -> PyResult<Self> {
        let maps = maps.names()?;
        let worlds = worlds.within("worlds", 1, MOST_WORLDS)?;
        let agents = agents.within("agents", 1, MOST_AGENTS)?;
        let scenes = scenes.within("scenes", 1, MOST_SCENES)? as usize;
        // 0 are all processors.
        let threads = threads.within("threads", 0, MOST_THREADS)? as usize;
        let horizon = horizon.within("horizon", 1, MOST_STEPS)?;
        let seed = seed.0;
        if !(dt_s > 0.0 && dt_s <= 1.0) {
            return Err(wrong(format!(
                "dt_s: expected more than 0 s, 1 s at most, found {dt_s}"
            )));
        }
        let config = Config {
            dt_s,
            horizon,
            goal_radius_m: real("goal_radius_m", goal_radius_m, 0.0, f64::MAX)?,
            goal_reward: reward("goal_reward", goal_reward)?,
            collision_reward: reward("collision_reward", collision_reward)?,
            off_road_reward: reward("off_road_reward", off_road_reward)?,
            progress_reward: reward("progress_reward", progress_reward)?,
            on_failure: word(
                "on_failure",
                on_failure,
                &[
                    ("remove", OnFailure::Remove),
                    ("respawn", OnFailure::Respawn),
                    ("ignore", OnFailure::Ignore),
                ],
            )?,
            on_goal: word(
                "on_goal",
                on_goal,
                &[("remove", OnGoal::Remove), ("respawn", OnGoal::Respawn)],
            )?,
            observation: word(
                "observation",
                observation,
                &[
                    ("full", Observation::Full),
                    ("compact", Observation::Compact),
                    ("none", Observation::None),
                ],
            )?,
        };
        let in_all = u64::from(worlds) * u64::from(agents);
        let most = MOST_FLOATS / config.observation.len().max(1) as u64;
        let most = most.min(MOST_IN_ALL);
        if in_all > most {
            return Err(wrong(format!(
                "worlds times agents: expected {most} at most with observation {observation:?}, found {in_all}"
            )));
        }
        let (worlds, agents) = (worlds as usize, agents as usize);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(wrong)?;
        let batch = py.detach(|| -> PyResult<Batch> {
            let cast = Cast {
                scenes,
                agents,
                horizon: horizon as usize,
                seed,
            };
            let each = maps.iter().map(|name| skidpad::scenes::scenes(name, cast));
            let all: Result<Vec<_>, _> = each.collect();
            let all = all.map_err(wrong)?.into_iter().flatten().collect();
            pool.install(|| Batch::new(all, worlds, seed, config))
                .map_err(wrong)
        })?;
        Ok(Self {
            batch,
            pool,
            has_begun: false,
        })
    }

    /// Agents of all worlds.
    #[getter]
    fn agents(&self) -> usize {
        self.batch.agents()
    }

    /// Worlds.
    #[getter]
    fn worlds(&self) -> usize {
        self.batch.worlds().len()
    }

    /// Floats of an agent's observation.
    #[getter]
    fn floats(&self) -> usize {
        self.batch.config().observation.len()
    }

    /// What counted so far.
    fn tally<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tally = self.batch.tally();
        let all = PyDict::new(py);
        all.set_item("agent_steps", tally.agent_steps)?;
        all.set_item("collisions", tally.collisions)?;
        all.set_item("off_road", tally.off_road)?;
        all.set_item("goals", tally.goals)?;
        all.set_item("episodes", tally.episodes)?;
        Ok(all)
    }

    /// Begins all episodes again, with a seed where one is given, and writes what agents see.
    #[pyo3(signature = (observations, seed=None))]
    fn reset(
        &mut self,
        py: Python<'_>,
        mut observations: Floats<'_>,
        seed: Option<Seed>,
    ) -> PyResult<()> {
        let out = observations.as_slice_mut().map_err(wrong)?;
        self.has_begun = true;
        let (batch, pool) = (&mut self.batch, &self.pool);
        py.detach(|| {
            pool.install(|| {
                if let Some(seed) = seed {
                    batch.seed(seed.0);
                }
                batch.reset();
                batch.observe_into(out)
            })
        })
        .map_err(wrong)
    }

    /// One step of all worlds, written into the given arrays.
    #[allow(clippy::too_many_arguments, reason = "one array each")]
    #[pyo3(signature = (actions, observations, rewards, terminated, truncated, ended, last_observations=None))]
    fn step(
        &mut self,
        py: Python<'_>,
        actions: PyReadonlyArray2<'_, f32>,
        mut observations: Floats<'_>,
        mut rewards: PyReadwriteArray1<'_, f32>,
        mut terminated: Flags<'_>,
        mut truncated: Flags<'_>,
        mut ended: Flags<'_>,
        mut last_observations: Option<Floats<'_>>,
    ) -> PyResult<()> {
        let (pairs, rest) = actions.as_slice().map_err(wrong)?.as_chunks::<2>();
        if pairs.len() != self.batch.agents() || !rest.is_empty() {
            return Err(wrong(format!(
                "actions: expected {} rows of pedal and steering, found {}",
                self.batch.agents(),
                pairs.len()
            )));
        }
        if let Some(row) = pairs.iter().position(|p| !p.iter().all(|v| v.is_finite())) {
            return Err(wrong(format!(
                "actions: expected finite numbers, found {:?} in row {row}",
                pairs[row]
            )));
        }
        let last = match &mut last_observations {
            Some(last) => Some(last.as_slice_mut().map_err(wrong)?),
            None => None,
        };
        let view = View {
            observations: observations.as_slice_mut().map_err(wrong)?,
            last_observations: last,
            rewards: rewards.as_slice_mut().map_err(wrong)?,
            terminated: terminated.as_slice_mut().map_err(wrong)?,
            truncated: truncated.as_slice_mut().map_err(wrong)?,
            ended: ended.as_slice_mut().map_err(wrong)?,
        };
        if !self.has_begun {
            return Err(wrong(
                "step: expected a call of reset before it, found none",
            ));
        }
        let (batch, pool) = (&mut self.batch, &self.pool);
        py.detach(|| pool.install(|| batch.step_into(pairs, view)))
            .map_err(wrong)
    }

    /// Whether an agent is in its world.
    fn is_active(&self, agent: usize) -> bool {
        let each = self.batch.agents() / self.batch.worlds().len().max(1);
        let world = self.batch.worlds().get(agent / each.max(1));
        world.is_some_and(|w| w.is_active(agent % each.max(1)))
    }

    /// x, y (m), yaw (rad), speed (m/s) and steering (rad) of all agents, (agents, 5).
    fn motions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let mut all = Vec::with_capacity(5 * self.batch.agents());
        for world in self.batch.worlds() {
            for motion in (0..world.agents()).filter_map(|i| world.motion(i)) {
                all.extend([
                    motion.x_m,
                    motion.y_m,
                    motion.yaw_rad,
                    motion.speed_mps,
                    motion.steer_rad,
                ]);
            }
        }
        all.into_pyarray(py).reshape([self.batch.agents(), 5])
    }

    /// A world from above, north up: (height, width, 3) bytes about one of its agents.
    #[pyo3(signature = (world=0, *, agent=0, width=480, height=480, m_per_px=0.25))]
    fn render<'py>(
        &self,
        py: Python<'py>,
        world: usize,
        agent: usize,
        width: usize,
        height: usize,
        m_per_px: f64,
    ) -> PyResult<Bound<'py, PyArray3<u8>>> {
        let worlds = self.batch.worlds();
        let Some(world) = worlds.get(world) else {
            return Err(wrong(format!(
                "world: expected below {}, found {world}",
                worlds.len()
            )));
        };
        let Some(motion) = world.motion(agent) else {
            return Err(wrong(format!(
                "agent: expected below {}, found {agent}",
                world.agents()
            )));
        };
        if !(1..=8192).contains(&width) || !(1..=8192).contains(&height) {
            return Err(wrong(format!(
                "width and height: expected 1 to 8192, found {width} and {height}"
            )));
        }
        if !(m_per_px > 0.0 && m_per_px.is_finite()) {
            return Err(wrong(format!(
                "m_per_px: expected more than 0 m, found {m_per_px}"
            )));
        }
        let mut pixels = vec![0; 3 * width * height];
        let middle = [motion.x_m, motion.y_m];
        world.render(&mut pixels, [width, height], middle, m_per_px);
        pixels.into_pyarray(py).reshape([height, width, 3])
    }
}
