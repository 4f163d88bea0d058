//! A run as it is shown: its ticks so far, whoever makes them.
//!
//! A live run ticks in a thread of its own ([`live`]) and a record is read in one ([`record`]); both send the same
//! [`News`], so that everything after them is one path. Nobody but the thread touches the world: the viewer asks for
//! ticks up to a number and shows what has come.

mod branch;
mod checkpoints;
mod frame;
mod lazy;
mod live;
mod look;
mod record;
mod record_file;
mod record_messages;
mod save;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam::channel::{Receiver, Sender, unbounded};
use game::level::Layout;
use scenarios::Change;
use scenarios::story::ElementKind;
use sim::actor::ActorId;
use sim::record::EventRow;
use sim::road::RoadNetwork;

use look::Looker;

pub use branch::Edit;
pub use checkpoints::Checkpoints;
#[cfg(test)]
pub(crate) use frame::car_at;
pub use frame::{Cost, Frame, Images, Mind, Scans, Timed};
pub use lazy::Lazy;
pub use live::{AnyDrivers, live};
pub use look::Look;
pub use record::{RecordOptions, record};
pub use record_file::is_record;

/// What is known of a run before its first tick.
#[derive(Clone)]
pub struct RunInfo {
    /// Its name.
    pub title: String,
    /// The map.
    pub map: Arc<RoadNetwork>,
    /// Length of a tick, seconds.
    pub dt_s: f64,
    /// The vehicle that the run is about.
    pub ego: Option<ActorId>,
    /// The storyboard's elements.
    pub story: Arc<StoryTree>,
    /// The level, where it is a game.
    pub level: Option<Arc<Layout>>,
    /// The time at which it is ended at the latest, seconds.
    pub duration_s: Option<f64>,
}

/// The storyboard's elements, parents before children.
#[derive(Clone, Debug, Default)]
pub struct StoryTree {
    /// The elements.
    pub nodes: Vec<StoryNode>,
}

/// One element of a storyboard.
#[derive(Clone, Debug)]
pub struct StoryNode {
    /// What it is.
    pub kind: ElementKind,
    /// Its name.
    pub name: String,
    /// The element that it is in.
    pub parent: Option<usize>,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ending {
    /// `passed`, `failed` or `fault`; nothing where a record does not tell.
    pub verdict: Option<String>,
    /// Why it did not pass.
    pub reasons: Vec<String>,
    /// Hash over all states.
    pub state_hash: String,
    /// What ended it.
    pub ended: String,
    /// Metrics with their units.
    pub metrics: BTreeMap<String, (f64, String)>,
}

/// What comes from the thread of a run.
pub enum News {
    /// It has begun.
    Ready(Box<RunInfo>),
    /// The next ticks, in order, with what happened since the last ones.
    Frames(Vec<Arc<Frame>>, Vec<EventRow>),
    /// Something was changed at a tick.
    Changed(u64, Change),
    /// The run is over.
    Ended(Box<Ending>),
    /// It can't go on.
    Failed(String),
}

/// What the thread of a run is asked for.
pub(crate) enum Ask {
    /// Go on up to this tick.
    Until(u64),
    /// Change something now.
    Change(Change),
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// A run, as far as it has come.
pub struct Run {
    /// What it is.
    pub info: Option<RunInfo>,
    /// Its ticks so far, from the first on, without a gap.
    pub frames: Vec<Arc<Frame>>,
    /// What happened so far.
    pub events: Vec<EventRow>,
    /// How it ended, once it has.
    pub ending: Option<Ending>,
    /// Why it can't go on.
    pub failure: Option<String>,
    /// Live runs can be changed and go on from any tick.
    pub checkpoints: Option<Checkpoints>,
    /// What was changed at which ticks on the way to it, where it is a branch.
    pub changed: Vec<(u64, Change)>,
    asks: Sender<Ask>,
    news: Receiver<News>,
    asked: u64,
    number: u64,
    looker: Option<Looker>,
}

impl Run {
    fn new(asks: Sender<Ask>, news: Receiver<News>, checkpoints: Option<Checkpoints>) -> Self {
        Self {
            info: None,
            frames: Vec::new(),
            events: Vec::new(),
            ending: None,
            failure: None,
            checkpoints,
            changed: Vec::new(),
            asks,
            news,
            asked: 0,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            looker: None,
        }
    }

    /// A run that is there as a whole.
    pub fn of(info: RunInfo, frames: Vec<Arc<Frame>>, events: Vec<EventRow>) -> Self {
        let mut run = Self::new(unbounded().0, unbounded().1, None);
        run.info = Some(info);
        run.frames = frames;
        run.events = events;
        run.ending = Some(Ending::default());
        run
    }

    /// Its number among all runs of the program.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether it makes its ticks when asked.
    pub fn is_live(&self) -> bool {
        self.checkpoints.is_some()
    }

    /// Whether no more ticks will come.
    pub fn is_over(&self) -> bool {
        self.ending.is_some() || self.failure.is_some()
    }

    /// The first and the newest tick there are.
    pub fn span(&self) -> Option<(u64, u64)> {
        Some((self.frames.first()?.tick, self.frames.last()?.tick))
    }

    /// The frame of a tick, or the one nearest to it.
    pub fn frame(&self, tick: u64) -> Option<&Arc<Frame>> {
        let first = self.frames.first()?.tick;
        let index = usize::try_from(tick.saturating_sub(first)).ok()?;
        self.frames.get(index).or_else(|| self.frames.last())
    }

    /// The tick of a time.
    pub fn tick_at(&self, time_s: f64) -> u64 {
        let dt_s = self.info.as_ref().map_or(0.05, |info| info.dt_s);
        (time_s / dt_s).round().max(0.0) as u64
    }

    /// Asks for ticks up to one; how many more that are is the run's own thing.
    pub fn ask_until(&mut self, tick: u64) {
        if tick > self.asked && !self.is_over() {
            self.asked = tick;
            // A thread that is gone has told why.
            self.asks.send(Ask::Until(tick)).ok();
        }
    }

    /// Changes something at the tick that the thread is at.
    pub fn change(&self, change: Change) {
        self.asks.send(Ask::Change(change)).ok();
    }

    /// Takes in what has come; whether anything has.
    pub fn poll(&mut self) -> bool {
        let mut is_new = false;
        while let Ok(news) = self.news.try_recv() {
            self.take(news);
            is_new = true;
        }
        if let Some(looker) = &mut self.looker {
            looker.poll();
        }
        is_new
    }

    /// Asks for a closer look at a tick there is; what it finds comes with [`Run::look`]. Nothing of a record.
    pub fn ask_look(&mut self, tick: u64, actor: ActorId) {
        let Some(checkpoints) = &self.checkpoints else {
            return;
        };
        if self
            .span()
            .is_some_and(|(first, last)| (first..=last).contains(&tick))
        {
            let looker = self.looker.get_or_insert_with(|| Looker::new(checkpoints));
            looker.ask(tick, actor);
        }
    }

    /// The closer look at a tick for an actor, once it has come.
    pub fn look(&self, tick: u64, actor: ActorId) -> Option<&Arc<Look>> {
        self.looker.as_ref()?.at(tick, actor)
    }

    /// Why there is no closer look.
    pub fn look_failure(&self) -> Option<&str> {
        self.looker.as_ref()?.failure()
    }

    /// Waits for the closer look that was asked for; whether there was one to wait for.
    pub fn wait_look(&mut self) -> bool {
        self.looker.as_mut().is_some_and(Looker::wait)
    }

    /// Waits until a tick is there or the run is over.
    pub fn wait_for(&mut self, tick: u64) {
        self.ask_until(tick);
        while !self.is_over() && self.span().is_none_or(|(_, last)| last < tick) {
            match self.news.recv() {
                Ok(news) => self.take(news),
                Err(_) => break,
            }
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Ready(info) => self.info = Some(*info),
            News::Frames(frames, events) => {
                self.frames.extend(frames);
                self.events.extend(events);
            }
            News::Changed(tick, change) => checkpoints::replace(&mut self.changed, tick, change),
            News::Ended(ending) => self.ending = Some(*ending),
            News::Failed(reason) => self.failure = Some(reason),
        }
    }
}
