//! A run that ticks in a thread of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crossbeam::channel::{Receiver, Sender, unbounded};
use game::world::GameState;
use runner::{Drivers, Job, Prepared, RunError, RunOptions, RunResult, RunVerdict, guarded};
use scenarios::{Change, Story};
use sim::message::DriverSpec;
use sim::record::EventLog;
use sim::tick::Pipeline;
use sim::world::SimWorld;

use super::branch::Branch;
use super::checkpoints::Checkpoints;
use super::frame::{Cost, SensorData};
use super::{Ask, Ending, Frame, News, Run, RunInfo, StoryNode, StoryTree};

/// Who can drive, shared by the runs of a viewer.
pub type AnyDrivers = Arc<dyn Drivers + Send + Sync>;

/// Stack of the thread, bytes: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;
/// Sensor data that are kept in memory, bytes; older ones are made again when somebody looks.
const SENSOR_BYTES: usize = 400 << 20;

/// Begins a run; it makes ticks when asked.
pub fn live(options: RunOptions, drivers: AnyDrivers) -> Run {
    begin(Checkpoints::new(options, drivers, Vec::new()), None)
}

/// Begins a run, at a branch where there is one.
pub(super) fn begin(checkpoints: Checkpoints, branch: Option<Branch>) -> Run {
    let (asks, asked) = unbounded();
    let (sender, news) = unbounded();
    let shared = checkpoints.clone();
    in_thread("run", sender.clone(), News::Failed, move || {
        Worker::begin(&shared, branch, &sender)?.work(&asked, &sender)
    });
    Run::new(asks, news, Some(checkpoints))
}

/// Works in a thread with a large stack; what goes wrong is told.
pub(super) fn in_thread<T: Send + 'static>(
    name: &str,
    sender: Sender<T>,
    failed: fn(String) -> T,
    work: impl FnOnce() -> Result<(), RunError> + Send + 'static,
) {
    let teller = sender.clone();
    let spawned = std::thread::Builder::new()
        .name(name.into())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            if let Err(error) = guarded(work) {
                sender.send(failed(error.to_string())).ok();
            }
        });
    if let Err(error) = spawned {
        teller.send(failed(error.to_string())).ok();
    }
}

/// A world with all that makes it tick.
pub(super) struct Made {
    pub world: SimWorld,
    pub pipeline: Pipeline,
    pub job: Job,
}

impl Made {
    /// At its first tick; `extra` drivers are made ready beside those that the scenario names.
    pub(super) fn new(
        options: &RunOptions,
        drivers: &dyn Drivers,
        extra: &[DriverSpec],
    ) -> Result<Self, RunError> {
        let Prepared {
            mut world,
            job,
            mut whole,
        } = runner::prepare(options, drivers)?;
        let new: Vec<_> = extra
            .iter()
            .copied()
            .filter(|d| !whole.contains(d))
            .collect();
        if !new.is_empty() {
            whole.extend(new);
            drivers.make_ready(&mut world, &whole, options)?;
        }
        let pipeline = drivers.pipeline(options, &whole)?;
        Ok(Self {
            world,
            pipeline,
            job,
        })
    }

    /// One tick on.
    pub(super) fn tick(&mut self) {
        self.pipeline.tick(std::slice::from_mut(&mut self.world));
    }

    /// Makes a change.
    pub(super) fn change(&mut self, change: &Change) -> Result<(), RunError> {
        if self.world.ecs.contains_resource::<GameState>() {
            let made = of_game(change).and_then(|change| change.apply(&mut self.world.ecs));
            made.map_err(RunError::Usage)?;
            self.world.refresh_snapshot();
            return Ok(());
        }
        if change.apply(&mut self.world.ecs) {
            self.world.refresh_snapshot();
            return Ok(());
        }
        let reason = format!("{change:?}: there is nothing of that name that this can be done to");
        Err(RunError::Usage(reason))
    }
}

/// A change as games know it; light is none of a game's.
pub(super) fn of_game(change: &Change) -> Result<game::change::Change, String> {
    use game::change::Change as Made;
    Ok(match change {
        Change::Move { actor, pose } => Made::Place {
            who: actor.clone(),
            pose: *pose,
        },
        Change::Speed { actor, speed_mps } => Made::TopSpeed {
            who: actor.clone(),
            speed_mps: *speed_mps,
        },
        Change::Parameter { name, value } => Made::Parameter {
            name: name.clone(),
            value: value
                .trim()
                .parse()
                .map_err(|_| format!("expected {name} of 0 to 1, found {value:?}"))?,
        },
        Change::Driver { .. } | Change::Command { .. } | Change::Light(_) => {
            let text = "in a game characters are moved, given another top speed, and skill and difficulty set";
            return Err(text.to_owned());
        }
    })
}

/// What the thread holds.
struct Worker<'a> {
    made: Made,
    checkpoints: &'a Checkpoints,
    started: Instant,
    before: Arc<Frame>,
    events_sent: usize,
    held: VecDeque<(usize, SensorData)>,
    held_bytes: usize,
}

impl<'a> Worker<'a> {
    fn begin(
        checkpoints: &'a Checkpoints,
        branch: Option<Branch>,
        news: &Sender<News>,
    ) -> Result<Self, RunError> {
        let started = Instant::now();
        let mut made = checkpoints.make()?;
        if let Some(branch) = &branch {
            branch.enter(&mut made)?;
        }
        checkpoints.offer(&made.world)?;
        for change in branch.iter().flat_map(|b| &b.changes) {
            made.change(change)?;
            checkpoints.note(made.world.tick().index, change.clone());
        }
        news.send(News::Ready(Box::new(info(&made, &checkpoints.options))))
            .ok();
        let before = Arc::new(Frame::of(&made.world, None));
        let mut worker = Self {
            made,
            checkpoints,
            started,
            before,
            events_sent: 0,
            held: VecDeque::new(),
            held_bytes: 0,
        };
        let first = worker.before.clone();
        worker.send(vec![first], news);
        Ok(worker)
    }

    /// Makes ticks as they are asked for, until the run or the viewer ends.
    fn work(mut self, asks: &Receiver<Ask>, news: &Sender<News>) -> Result<(), RunError> {
        let mut until = 0;
        while self.made.world.is_running() {
            let waiting = (self.made.world.tick().index >= until).then(|| asks.recv());
            match waiting {
                Some(Ok(ask)) => self.obey(ask, &mut until, news)?,
                Some(Err(_)) => return Ok(()),
                None => {}
            }
            for ask in asks.try_iter() {
                self.obey(ask, &mut until, news)?;
            }
            if self.made.world.tick().index >= until {
                continue;
            }
            let costs = self.tick();
            // A story that ends leaves no new tick.
            if self.made.world.snapshot().tick > self.before.tick {
                let mut frame = Frame::of(&self.made.world, Some(&self.before));
                frame.costs = Arc::new(costs);
                self.hold(&frame);
                self.before = Arc::new(frame);
                self.checkpoints.offer(&self.made.world)?;
                let frame = self.before.clone();
                if !self.send(vec![frame], news) {
                    return Ok(());
                }
            }
        }
        self.send(Vec::new(), news);
        let wall_s = self.started.elapsed().as_secs_f64();
        let ending = ending(self.made.job.result(&self.made.world, wall_s));
        news.send(News::Ended(Box::new(ending))).ok();
        Ok(())
    }

    fn obey(&mut self, ask: Ask, until: &mut u64, news: &Sender<News>) -> Result<(), RunError> {
        match ask {
            Ask::Until(tick) => *until = (*until).max(tick),
            Ask::Change(change) => {
                let tick = self.made.world.tick().index;
                self.made.change(&change)?;
                self.checkpoints.note(tick, change.clone());
                news.send(News::Changed(tick, change)).ok();
            }
        }
        Ok(())
    }

    /// One tick on, with the time that its parts take.
    fn tick(&mut self) -> Vec<Cost> {
        let mut costs = Vec::with_capacity(16);
        let mut since = Instant::now();
        let Made {
            world,
            pipeline,
            job,
        } = &mut self.made;
        pipeline.tick_watched(world, &mut |stage, is_forward| {
            let now = Instant::now();
            let ms = (now - since).as_secs_f32() * 1e3;
            since = now;
            costs.push(Cost {
                stage,
                is_forward,
                ms,
            });
        });
        job.after_tick(world, self.started);
        costs
    }

    /// Keeps account of sensor data, and gives up the oldest where they are too much.
    fn hold(&mut self, frame: &Frame) {
        for (bytes, data) in frame.new_data(Some(&self.before)) {
            self.held_bytes += bytes;
            self.held.push_back((bytes, data));
        }
        while self.held_bytes > SENSOR_BYTES {
            let Some((bytes, data)) = self.held.pop_front() else {
                return;
            };
            self.held_bytes -= bytes;
            data.forget();
        }
    }

    /// Sends frames with the events since the last ones; whether anybody listens.
    fn send(&mut self, frames: Vec<Arc<Frame>>, news: &Sender<News>) -> bool {
        let rows = self.made.world.ecs.resource::<EventLog>().rows();
        let new = rows.get(self.events_sent..).unwrap_or_default().to_vec();
        self.events_sent = rows.len();
        news.send(News::Frames(frames, new)).is_ok()
    }
}

fn info(made: &Made, options: &RunOptions) -> RunInfo {
    let world = &made.world;
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
    let game = world.ecs.get_resource::<GameState>();
    let name = options.scenario.file_stem();
    RunInfo {
        title: name.map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        map: world.ecs.resource::<sim::world::WorldMap>().0.clone(),
        dt_s: world.tick().dt_s,
        ego: story
            .and_then(Story::ego)
            .or_else(|| Some(game?.player()?.id)),
        story: Arc::new(StoryTree { nodes }),
        level: game.map(|state| state.layout.clone()),
        duration_s: Some(made.job.duration_s),
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
