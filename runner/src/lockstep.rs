//! Many runs side by side: worlds in lockstep, each that ends replaced at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rayon::prelude::*;
use sim::tick::Pipeline;
use sim::world::SimWorld;

use crate::guard::guarded;
use crate::maps::Maps;
use crate::prepare::{Job, Prepared, prepare_with};
use crate::{Drivers, RunError, RunOptions, RunResult};

/// Ticks that a world takes on end where no network joins it with others: its data stay in the cache.
const SLICE_TICKS: u32 = 256;
/// Stack of a worker, bytes: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;

/// One run of a batch.
pub struct Task {
    /// Its number in the batch.
    pub index: u64,
    /// What is run.
    pub options: RunOptions,
}

/// Runs tasks, so many at a time.
pub struct Lockstep<'a> {
    /// Who can drive.
    pub drivers: &'a dyn Drivers,
    /// Worlds at a time.
    pub width: usize,
    /// Groups that they are in, each in lockstep of its own and with networks of its own: while one waits for a
    /// GPU, others simulate. Without a GPU more than one gain nothing.
    pub groups: usize,
    /// Threads that they are spread over.
    pub threads: usize,
    /// Once set, worlds are dropped where they are and no more are begun.
    pub stop: &'a AtomicBool,
}

/// A world's task.
struct Run {
    index: u64,
    job: Job,
    started: Instant,
    needs_networks: bool,
    /// Its options, for the networks of a pipeline.
    options: RunOptions,
    whole: Vec<sim::message::DriverSpec>,
}

/// What the workers share.
struct Shared<'a, T, D> {
    lockstep: &'a Lockstep<'a>,
    tasks: Mutex<T>,
    maps: Maps,
    done: &'a D,
}

impl Lockstep<'_> {
    /// Runs all tasks; `done` hears of each as it ends, in no fixed order and from any thread. What was cut
    /// off by `stop` is not heard of.
    ///
    /// # Errors
    /// If threads or the networks' weights can't be had; runs' own errors go to `done`.
    pub fn run<T, D>(&self, tasks: T, done: &D) -> Result<(), RunError>
    where
        T: Iterator<Item = Task> + Send,
        D: Fn(u64, Result<RunResult, RunError>) + Sync,
    {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.max(1))
            .stack_size(STACK_BYTES)
            .build()
            .map_err(|e| RunError::Internal(format!("threads: {e}")))?;
        let shared = Shared {
            lockstep: self,
            tasks: Mutex::new(tasks),
            maps: Maps::default(),
            done,
        };
        let groups = self.groups.clamp(1, self.width.max(1));
        std::thread::scope(|scope| {
            let width = |group: usize| self.width.max(1).saturating_sub(group).div_ceil(groups);
            let (pool, shared) = (&pool, &shared);
            let run = |group| move || pool.install(|| shared.run(width(group)));
            let others: Vec<_> = (1..groups).map(|g| scope.spawn(run(g))).collect();
            let first = run(0)();
            others.into_iter().fold(first, |all, group| {
                let ended = group.join();
                all.and(
                    ended.unwrap_or_else(|_| Err(RunError::Internal("a group of worlds".into()))),
                )
            })
        })
    }
}

impl<T, D> Shared<'_, T, D>
where
    T: Iterator<Item = Task> + Send,
    D: Fn(u64, Result<RunResult, RunError>) + Sync,
{
    /// Runs so many worlds at a time until no task is left.
    fn run(&self, width: usize) -> Result<(), RunError> {
        let first: Vec<_> = (0..width)
            .into_par_iter()
            .filter_map(|_| self.begin())
            .collect();
        let (mut worlds, mut runs): (Vec<SimWorld>, Vec<Run>) = first.into_iter().unzip();
        let mut networks = None;
        while !worlds.is_empty() && !self.is_stopped() {
            let asking = runs.iter().find(|run| run.needs_networks);
            if let Some(run) = asking {
                let pipeline = match &mut networks {
                    Some(pipeline) => pipeline,
                    None => {
                        let made = self.lockstep.drivers.pipeline(&run.options, &run.whole)?;
                        networks.insert(made)
                    }
                };
                self.tick_together(pipeline, &mut worlds, &mut runs);
            } else {
                let both = worlds.par_iter_mut().zip(runs.par_iter_mut());
                both.for_each(|(world, run)| self.tick_alone(world, run));
            }
            // Those left without a task.
            let mut i = 0;
            while i < worlds.len() {
                if worlds.get(i).is_some_and(SimWorld::is_running) {
                    i += 1;
                } else {
                    self.end(worlds.swap_remove(i), runs.swap_remove(i));
                }
            }
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.lockstep.stop.load(Ordering::Relaxed)
    }

    /// The next world that there is a task for; tasks that can't be begun are done with.
    fn begin(&self) -> Option<(SimWorld, Run)> {
        loop {
            if self.is_stopped() {
                return None;
            }
            let task = self.tasks.lock().ok()?.next()?;
            let Task { index, options } = task;
            let started = Instant::now();
            let made = guarded(|| prepare_with(&options, self.lockstep.drivers, &self.maps));
            match made {
                Ok(Prepared { world, job, whole }) => {
                    let learned = sim::message::DriverSpec::Learned;
                    let run = Run {
                        index,
                        job,
                        started,
                        needs_networks: options.driver == learned || whole.contains(&learned),
                        options,
                        whole,
                    };
                    // Some stories end before they begin.
                    if world.is_running() {
                        return Some((world, run));
                    }
                    self.end(world, run);
                }
                Err(error) => (self.done)(index, Err(error)),
            }
        }
    }

    /// Gives the result of a world that has ended.
    fn end(&self, world: SimWorld, run: Run) {
        let wall_s = run.started.elapsed().as_secs_f64();
        (self.done)(run.index, guarded(|| Ok(run.job.finish(world, wall_s))));
    }

    /// Ends one world and begins the next in its place; without one, the ended world stays.
    fn replace(&self, world: &mut SimWorld, run: &mut Run) {
        if let Some((next, its_run)) = self.begin() {
            let ended = std::mem::replace(world, next);
            self.end(ended, std::mem::replace(run, its_run));
        }
    }

    /// Some ticks of one world, and of those that follow it.
    fn tick_alone(&self, world: &mut SimWorld, run: &mut Run) {
        let mut pipeline = Pipeline::new(Vec::new());
        for _ in 0..SLICE_TICKS {
            let ticked = guarded(|| {
                pipeline.tick(std::slice::from_mut(world));
                run.job.after_tick(world, run.started);
                Ok(())
            });
            if let Err(error) = ticked {
                world.fail("tick", error.to_string());
            }
            if !world.is_running() {
                self.replace(world, run);
                if !world.is_running() || run.needs_networks || self.is_stopped() {
                    return;
                }
            }
        }
    }

    /// One tick of all worlds, with a network call a stage for all.
    fn tick_together(&self, pipeline: &mut Pipeline, worlds: &mut [SimWorld], runs: &mut [Run]) {
        pipeline.tick(worlds);
        let both = worlds.par_iter_mut().zip(runs.par_iter_mut());
        both.for_each(|(world, run)| {
            run.job.after_tick(world, run.started);
            if !world.is_running() {
                self.replace(world, run);
            }
        });
    }
}
