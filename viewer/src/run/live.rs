//! A run that ticks in a thread of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crossbeam::channel::{Receiver, Sender, unbounded};
use runner::{Drivers, Job, Prepared, RunError, RunOptions, RunResult, RunVerdict, guarded};
use scenarios::Story;
use sim::record::EventLog;
use sim::tick::Pipeline;
use sim::world::{Checkpoint, SimWorld};

use super::branch::Branch;
use super::{Ask, Ending, Frame, News, Run, RunInfo, StoryNode, StoryTree};

/// Who can drive, shared by the runs of a viewer.
pub type AnyDrivers = Arc<dyn Drivers + Send + Sync>;

/// Checkpoints kept of a run.
const MOST_CHECKPOINTS: usize = 48;
/// Ticks between two of them at first.
const FIRST_SPACING: u64 = 10;
/// Stack of the thread, bytes: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;

/// States to go on from, shared with the thread that makes them.
#[derive(Clone)]
pub struct Checkpoints {
    /// What the run was made with.
    pub options: RunOptions,
    drivers: AnyDrivers,
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    spacing: u64,
    by_tick: BTreeMap<u64, Arc<Checkpoint>>,
}

impl Checkpoints {
    /// The newest one that is not after a tick.
    pub(super) fn before(&self, tick: u64) -> Option<Arc<Checkpoint>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_tick
            .range(..=tick)
            .next_back()
            .map(|(_, c)| c.clone())
    }

    /// Keeps the present state where one is due; the more there are, the wider apart they are.
    fn offer(&self, world: &SimWorld) -> Result<(), RunError> {
        let tick = world.tick().index;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !tick.is_multiple_of(kept.spacing) {
            return Ok(());
        }
        let checkpoint = world
            .checkpoint()
            .map_err(|e| RunError::Internal(e.to_string()))?;
        kept.by_tick.insert(tick, Arc::new(checkpoint));
        if kept.by_tick.len() > MOST_CHECKPOINTS {
            kept.spacing *= 2;
            let spacing = kept.spacing;
            kept.by_tick.retain(|tick, _| tick.is_multiple_of(spacing));
        }
        Ok(())
    }
}

/// Begins a run; it makes ticks when asked.
pub fn live(options: RunOptions, drivers: AnyDrivers) -> Run {
    begin(options, drivers, None)
}

/// Begins a run, at a branch where there is one.
pub(super) fn begin(options: RunOptions, drivers: AnyDrivers, branch: Option<Branch>) -> Run {
    let (asks, asked) = unbounded();
    let (sender, news) = unbounded();
    let checkpoints = Checkpoints {
        options,
        drivers,
        kept: Arc::new(Mutex::new(Kept {
            spacing: FIRST_SPACING,
            by_tick: BTreeMap::new(),
        })),
    };
    let shared = checkpoints.clone();
    let failed = sender.clone();
    let spawned = std::thread::Builder::new()
        .name("run".into())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let worked = guarded(|| Worker::begin(&shared, branch, &sender)?.work(&asked, &sender));
            if let Err(error) = worked {
                sender.send(News::Failed(error.to_string())).ok();
            }
        });
    if let Err(error) = spawned {
        failed.send(News::Failed(error.to_string())).ok();
    }
    Run::new(asks, news, Some(checkpoints))
}

impl Checkpoints {
    /// Goes on from a tick of this run as another run.
    pub(super) fn begin(&self, options: RunOptions, branch: Branch) -> Run {
        begin(options, self.drivers.clone(), Some(branch))
    }
}

/// What the thread holds.
struct Worker<'a> {
    world: SimWorld,
    pipeline: Pipeline,
    job: Job,
    checkpoints: &'a Checkpoints,
    started: Instant,
    before: Arc<Frame>,
    events_sent: usize,
}

impl<'a> Worker<'a> {
    fn begin(
        checkpoints: &'a Checkpoints,
        branch: Option<Branch>,
        news: &Sender<News>,
    ) -> Result<Self, RunError> {
        let started = Instant::now();
        let options = &checkpoints.options;
        let Prepared {
            mut world,
            job,
            whole,
        } = runner::prepare(options, &*checkpoints.drivers)?;
        let mut pipeline = checkpoints.drivers.pipeline(options, &whole)?;
        if let Some(branch) = &branch {
            branch.enter(&mut world, &mut pipeline)?;
        }
        news.send(News::Ready(Box::new(info(&world, &job, options))))
            .ok();
        let before = Arc::new(Frame::of(&world, None));
        let mut worker = Self {
            world,
            pipeline,
            job,
            checkpoints,
            started,
            before,
            events_sent: 0,
        };
        checkpoints.offer(&worker.world)?;
        let first = worker.before.clone();
        worker.send(vec![first], news);
        Ok(worker)
    }

    /// Makes ticks as they are asked for, until the run or the viewer ends.
    fn work(mut self, asks: &Receiver<Ask>, news: &Sender<News>) -> Result<(), RunError> {
        let mut until = 0;
        while self.world.is_running() {
            if self.world.tick().index >= until {
                match asks.recv() {
                    Ok(Ask::Until(tick)) => until = until.max(tick),
                    Err(_) => return Ok(()),
                }
                continue;
            }
            for Ask::Until(tick) in asks.try_iter() {
                until = until.max(tick);
            }
            self.pipeline.tick(std::slice::from_mut(&mut self.world));
            self.job.after_tick(&mut self.world, self.started);
            // A story that ends leaves no new tick.
            if self.world.snapshot().tick > self.before.tick {
                self.before = Arc::new(Frame::of(&self.world, Some(&self.before)));
                self.checkpoints.offer(&self.world)?;
                let frame = self.before.clone();
                if !self.send(vec![frame], news) {
                    return Ok(());
                }
            }
        }
        self.send(Vec::new(), news);
        let wall_s = self.started.elapsed().as_secs_f64();
        let ending = ending(self.job.result(&self.world, wall_s));
        news.send(News::Ended(Box::new(ending))).ok();
        Ok(())
    }

    /// Sends frames with the events since the last ones; whether anybody listens.
    fn send(&mut self, frames: Vec<Arc<Frame>>, news: &Sender<News>) -> bool {
        let rows = self.world.ecs.resource::<EventLog>().rows();
        let new = rows.get(self.events_sent..).unwrap_or_default().to_vec();
        self.events_sent = rows.len();
        news.send(News::Frames(frames, new)).is_ok()
    }
}

fn info(world: &SimWorld, job: &Job, options: &RunOptions) -> RunInfo {
    let story = world.ecs.get_resource::<Story>();
    let nodes = story.map_or_else(Vec::new, |story| {
        let nodes = story
            .storyboard()
            .elements
            .iter()
            .map(|(_, element)| StoryNode {
                kind: element.kind,
                name: element.name.clone(),
                parent: element.parent.map(|id| id.0),
            });
        nodes.collect()
    });
    let name = options.scenario.file_stem();
    RunInfo {
        title: name.map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        map: world.ecs.resource::<sim::world::WorldMap>().0.clone(),
        dt_s: world.tick().dt_s,
        ego: story.and_then(Story::ego),
        story: Arc::new(StoryTree { nodes }),
        duration_s: Some(job.duration_s),
    }
}

fn ending(result: RunResult) -> Ending {
    let verdict = match result.verdict {
        RunVerdict::Passed => "passed",
        RunVerdict::Failed => "failed",
        RunVerdict::Fault => "fault",
    };
    Ending {
        verdict: Some(verdict.to_owned()),
        reasons: result.reasons,
        state_hash: result.state_hash,
        ended: result.ended,
        metrics: result
            .metrics
            .into_iter()
            .filter_map(|(name, metric)| Some((name, (metric.value?, metric.unit))))
            .collect(),
    }
}
