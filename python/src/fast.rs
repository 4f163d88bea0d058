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

/// Many worlds of kinematic agents, stepped together.
#[pyclass(module = "skidpad._skidpad")]
pub struct FastBatch {
    batch: Batch,
    pool: rayon::ThreadPool,
}

type Floats<'py> = PyReadwriteArray2<'py, f32>;
type Flags<'py> = PyReadwriteArray1<'py, u8>;

#[pymethods]
impl FastBatch {
    #[new]
    #[pyo3(signature = (maps, *, worlds=1, agents=1, scenes=8, seed=0, threads=0, dt_s=0.1, horizon=91, goal_radius_m=2.0, goal_reward=1.0, collision_reward=-0.5, off_road_reward=-0.2, progress_reward=0.0, on_failure="remove", on_goal="remove", observation="full"))]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn new(
        py: Python<'_>,
        maps: Vec<String>,
        worlds: usize,
        agents: usize,
        scenes: usize,
        seed: u64,
        threads: usize,
        dt_s: f64,
        horizon: u32,
        goal_radius_m: f64,
        goal_reward: f32,
        collision_reward: f32,
        off_road_reward: f32,
        progress_reward: f32,
        on_failure: &str,
        on_goal: &str,
        observation: &str,
    ) -> PyResult<Self> {
        let config = Config {
            dt_s,
            horizon,
            goal_radius_m,
            goal_reward,
            collision_reward,
            off_road_reward,
            progress_reward,
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
        Ok(Self { batch, pool })
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
        seed: Option<u64>,
    ) -> PyResult<()> {
        let out = observations.as_slice_mut().map_err(wrong)?;
        let (batch, pool) = (&mut self.batch, &self.pool);
        py.detach(|| {
            pool.install(|| {
                if let Some(seed) = seed {
                    batch.seed(seed);
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
        let mut pixels = vec![0; 3 * width * height];
        let middle = [motion.x_m, motion.y_m];
        world.render(&mut pixels, [width, height], middle, m_per_px);
        pixels.into_pyarray(py).reshape([height, width, 3])
    }
}
