//! Batches: very many runs, side by side, whose results survive whatever happens to the program.
//!
//! In: the cases of a suite's plan, and a [`Store`]. Out: parts with a row a run, merged into
//! `results.parquet` in the end; docs/batch.md has the layout. Runs tick in a [`runner::Lockstep`]; each
//! that ends goes to a writer, which puts a part into the store every few seconds. What is in a part
//! is not run again. Start reading at [`run`].

mod manifest;
mod parts;
mod shard;
mod store;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, bounded};
use runner::suite::{Case, SuiteRow};
use runner::{Drivers, Lockstep, Task};

pub use manifest::Manifest;
pub use shard::Shard;
pub use store::Store;

use crate::run::{RunError, RunResult};
use parts::{Ended, PartWriter};

/// Name of the merged results.
pub const RESULTS: &str = "results.parquet";
/// A part is written when so many runs have ended, or after this time.
const PART_ROWS: usize = 512;
const PART_S: f64 = 3.0;
/// Results that may wait for the writer.
const QUEUE: usize = 256;

/// Groups of worlds for [`Lockstep`]: two where a GPU computes for one while the other simulates.
pub(crate) fn groups() -> usize {
    if nn::device().is_cuda() { 2 } else { 1 }
}

/// Which runs leave a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Records {
    /// None
    None,
    /// Those that did not end as expected
    Failures,
    /// All
    All,
}

/// How a batch is run.
pub struct BatchOptions<'a> {
    /// Its title.
    pub name: String,
    /// The runs of the whole batch, of which a shard takes its own.
    pub cases: Vec<Case>,
    /// Who can drive.
    pub drivers: &'a dyn Drivers,
    /// Worlds at a time.
    pub worlds: usize,
    /// Threads.
    pub threads: usize,
    /// Goes on with what the store holds.
    pub resume: bool,
    /// Part of the batch that is run.
    pub shard: Shard,
    /// Which runs leave a record.
    pub records: Records,
    /// How much of a run a record holds, seconds before its end.
    pub record_last_s: f64,
    /// A row an actor and so many seconds, where set.
    pub states_every_s: Option<f64>,
}

/// How far a shard is.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Runs of the shard.
    pub runs: u64,
    /// Of these, runs that an earlier session did.
    pub resumed: u64,
    /// Runs that have ended, in this session and earlier ones.
    pub done: u64,
    /// Runs that ended as expected.
    pub passed: u64,
    /// Runs with another verdict than expected.
    pub failed: u64,
    /// Runs that broke off.
    pub fault: u64,
    /// Runs whose input is wrong.
    pub error: u64,
    /// Time of this session, seconds.
    pub wall_s: f64,
    /// Simulated time of this session, seconds.
    pub sim_s: f64,
}

impl Summary {
    fn count(&mut self, verdict: &str, as_expected: bool) {
        self.done += 1;
        let slot = match (as_expected, verdict) {
            (true, _) => &mut self.passed,
            (false, "error") => &mut self.error,
            (false, "fault") => &mut self.fault,
            (false, _) => &mut self.failed,
        };
        *slot += 1;
    }

    /// 0 all as expected, 1 another verdict, 2 wrong input, 3 a fault.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self { error: 1.., .. } => 2,
            Self { fault: 1.., .. } => 3,
            Self { failed: 1.., .. } => 1,
            _ => 0,
        }
    }
}

/// Runs a batch, or goes on with it; `progress` hears how far it is. Setting `stop` ends it early: what has
/// ended by then is kept.
///
/// # Errors
/// If the store holds another batch or can't be used, or the networks' weights are wrong.
pub fn run(
    options: &BatchOptions<'_>,
    store: &Store,
    stop: &AtomicBool,
    progress: &(dyn Fn(&Summary) + Sync),
) -> Result<Summary, RunError> {
    let started = Instant::now();
    let manifest = Manifest::new(&options.name, &options.cases);
    let is_there = Manifest::load(store)?.is_some();
    manifest.claim(store)?;
    let ended = parts::ended(store)?;
    let own = |index: &u64| options.shard.has(*index);
    let mut summary = Summary {
        runs: (0..manifest.runs).filter(own).count() as u64,
        ..Summary::default()
    };
    for (index, (verdict, as_expected)) in &ended {
        if own(index) {
            summary.count(verdict, *as_expected);
            summary.resumed += 1;
        }
    }
    if is_there && !options.resume && (summary.resumed > 0 || options.shard.is_whole()) {
        return Err(RunError::Usage(format!(
            "{}: it holds this batch already: go on with --resume, or choose another place",
            store.place()
        )));
    }
    let open: Vec<u64> = (0..manifest.runs)
        .filter(|index| own(index) && !ended.contains_key(index))
        .collect();
    let (sender, receiver) = bounded::<Ended>(QUEUE);
    let failed = Mutex::new(None);
    let writer = || {
        let written = write(options, store, &receiver, &mut summary, started, progress);
        if let Err(error) = written {
            // Nothing that ends from now on could be kept.
            stop.store(true, Ordering::Relaxed);
            if let Ok(mut failed) = failed.lock() {
                *failed = Some(error);
            }
            receiver.iter().for_each(drop);
        }
    };
    let ran = std::thread::scope(|scope| {
        let writer = scope.spawn(writer);
        let done = |index: u64, outcome: Result<RunResult, RunError>| {
            let Some(case) = options.cases.get(index as usize) else {
                return;
            };
            let row = SuiteRow {
                case: case.clone(),
                outcome,
                repeats: Vec::new(),
            };
            // The writer goes on receiving even after its own failure.
            let _ = sender.send(Ended { index, row });
        };
        let tasks = open.iter().filter_map(|index| task(options, *index, &done));
        let lockstep = Lockstep {
            drivers: options.drivers,
            width: options.worlds,
            groups: groups(),
            threads: options.threads,
            stop,
        };
        let ran = lockstep.run(tasks, &done);
        drop(sender);
        if writer.join().is_err() {
            return Err(RunError::Internal("the writer of results broke off".into()));
        }
        ran
    });
    if let Ok(Some(error)) = failed.into_inner() {
        return Err(error);
    }
    ran?;
    summary.wall_s = started.elapsed().as_secs_f64();
    if options.shard.is_whole() && summary.done == summary.runs {
        merge(store)?;
    }
    Ok(summary)
}

/// One run as a task; of one that can't be started the error is told at once.
fn task(
    options: &BatchOptions<'_>,
    index: u64,
    done: &impl Fn(u64, Result<RunResult, RunError>),
) -> Option<Task> {
    let case = options.cases.get(index as usize)?;
    if let Some(error) = &case.broken {
        done(index, Err(error.clone().into()));
        return None;
    }
    let mut run = case.options.clone();
    run.trace_every_s = options.states_every_s;
    run.record_last_s = match options.records {
        Records::None => None,
        Records::Failures | Records::All => Some(options.record_last_s),
    };
    Some(Task {
        index,
        options: run,
    })
}

/// Puts what comes into parts until nothing more comes.
fn write(
    options: &BatchOptions<'_>,
    store: &Store,
    receiver: &Receiver<Ended>,
    summary: &mut Summary,
    started: Instant,
    progress: &(dyn Fn(&Summary) + Sync),
) -> Result<(), RunError> {
    let mut parts = PartWriter::new(store, options.shard);
    let mut written = Instant::now();
    loop {
        let is_due = || written.elapsed().as_secs_f64() >= PART_S;
        match receiver.recv_timeout(Duration::from_millis(200)) {
            Ok(mut ended) => {
                let is_expected = ended.row.is_as_expected();
                summary.count(ended.row.ending().name(), is_expected);
                let kept = match &mut ended.row.outcome {
                    Ok(result) => {
                        summary.sim_s += result.sim_time_s;
                        result.record.take()
                    }
                    Err(_) => None,
                };
                let wanted = options.records == Records::All || !is_expected;
                let record = match kept.filter(|_| wanted) {
                    Some(kept) => {
                        let bytes = kept.into_mcap();
                        Some(bytes.map_err(|e| RunError::Internal(e.to_string()))?)
                    }
                    None => None,
                };
                parts.add(ended, record)?;
                summary.wall_s = started.elapsed().as_secs_f64();
                progress(summary);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return parts.flush(),
        }
        if parts.waiting() >= PART_ROWS || is_due() {
            parts.flush()?;
            written = Instant::now();
        }
    }
}

/// Puts all parts of a batch together into [`RESULTS`]; the number of its rows and of runs that are missing.
///
/// # Errors
/// If there is no batch, or it can't be read or written.
pub fn merge(store: &Store) -> Result<(u64, u64), RunError> {
    let Some(manifest) = Manifest::load(store)? else {
        return Err(RunError::Usage(format!(
            "{}: expected a batch there, found none",
            store.place()
        )));
    };
    let done = parts::ended(store)?.len() as u64;
    if done == manifest.runs {
        parts::sweep(store)?;
    }
    store.put(RESULTS, parts::merged(store)?)?;
    Ok((done, manifest.runs.saturating_sub(done)))
}
