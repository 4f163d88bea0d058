//! `skidpad batch` and `skidpad merge`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;

use super::args::seconds;
use super::failure::Failure;
use super::output;
use super::plan::PlanArgs;
use super::suite::jobs;
use crate::batch::{BatchOptions, RESULTS, Records, Shard, Store, Summary, merge, run};
use crate::run::AllDrivers;

/// Worlds a thread where nothing is said.
const WORLDS_A_THREAD: usize = 16;
/// Time between lines of progress, where there is no bar, seconds.
const LINE_EVERY_S: f64 = 5.0;
/// Exit code of a batch that was stopped from outside, as of shells for Ctrl-C.
const STOPPED: u8 = 130;

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Arguments of `batch`.
#[derive(Args, Debug)]
pub struct BatchArgs {
    #[command(flatten)]
    plan: PlanArgs,
    /// Folder, or URL of S3-like storage (s3://BUCKET/PREFIX), that results are written to
    #[arg(long, value_name = "DIR|URL", default_value = "out/batch")]
    out: String,
    /// Worlds at a time [default: 16 a thread]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    worlds: Option<u32>,
    /// Threads; all processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    jobs: Option<u32>,
    /// Goes on with what is there: nothing is lost or run again, even after kill -9
    #[arg(long)]
    resume: bool,
    /// Runs every Nth run alone, from the Ith on; `skidpad merge` puts shards together
    #[arg(
        long,
        value_name = "I/N",
        default_value = "1/1",
        allow_hyphen_values = true
    )]
    shard: Shard,
    /// Which runs leave a record (MCAP)
    #[arg(long, value_enum, default_value = "none", value_name = "WHICH")]
    record: Records,
    /// How much of a run a record holds, seconds before its end
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds, allow_negative_numbers = true)]
    record_last: f64,
    /// Writes a row an actor and so many seconds to states/, too
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    states_every: Option<f64>,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

/// Arguments of `merge`.
#[derive(Args, Debug)]
pub struct MergeArgs {
    /// Folder or URL of the batch
    #[arg(value_name = "DIR|URL")]
    out: String,
    /// Merges what there is, though runs are missing
    #[arg(long)]
    partial: bool,
}

/// Runs a batch; the exit code.
pub fn batch(args: BatchArgs) -> Result<u8, Failure> {
    let store = Store::open(&args.out)?;
    let plan = args.plan.plan()?;
    let threads = jobs(args.jobs);
    let options = BatchOptions {
        name: plan.name,
        cases: plan.cases,
        drivers: &AllDrivers,
        worlds: args
            .worlds
            .map_or(WORLDS_A_THREAD * threads, |n| n as usize),
        threads,
        resume: args.resume,
        shard: args.shard,
        records: args.record,
        record_last_s: args.record_last,
        states_every_s: args.states_every,
    };
    // A second batch of this process has the handler already.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            // Who asks twice does not wait for the last part.
            std::process::exit(STOPPED.into());
        }
    });
    let bar = Mutex::new(None::<(output::Progress, Instant)>);
    let summary = run(&options, &store, &STOP, &|summary| {
        let Ok(mut bar) = bar.lock() else { return };
        let is_first = bar.is_none();
        let (bar, told) =
            bar.get_or_insert_with(|| (output::Progress::new(summary.runs), Instant::now()));
        let is_last = summary.done == summary.runs;
        let as_line = is_first || is_last || told.elapsed().as_secs_f64() > LINE_EVERY_S;
        if as_line {
            *told = Instant::now();
        }
        bar.step(summary.done, &rate(summary), as_line);
    })?;
    if let Ok(Some((bar, _))) = bar.into_inner() {
        bar.finish();
    }
    let stopped = summary.done < summary.runs;
    if args.json {
        output::json(&summary)?;
    } else {
        output::print(&text(&summary, &args, stopped));
    }
    Ok(if stopped {
        STOPPED
    } else {
        summary.exit_code()
    })
}

/// Runs a second and how long the rest takes at that.
fn rate(summary: &Summary) -> String {
    let ran = (summary.done - summary.resumed) as f64;
    let a_second = ran / summary.wall_s.max(1e-9);
    let left_s = (summary.runs - summary.done) as f64 / a_second.max(1e-9);
    format!(
        "{a_second:.1} runs/s, {:.0} x real time, {left_s:.0} s left, {} not as expected",
        summary.sim_s / summary.wall_s.max(1e-9),
        summary.done - summary.passed
    )
}

fn text(summary: &Summary, args: &BatchArgs, stopped: bool) -> String {
    let Summary {
        runs,
        resumed,
        done,
        passed,
        failed,
        fault,
        error,
        wall_s,
        ..
    } = summary;
    let mut text = format!(
        "{passed} of {runs} passed, {failed} failed, {fault} fault, {error} error; {} in {wall_s:.1} s",
        done - resumed
    );
    if *resumed > 0 {
        text += &format!(", {resumed} before");
    }
    text.push('\n');
    if stopped {
        text += &format!("stopped: {done} of {runs} done; go on with --resume\n");
    } else if args.shard.is_whole() {
        text += &format!("results: {}/{RESULTS}\n", args.out);
    } else {
        text += &format!("once all shards are done: skidpad merge {}\n", args.out);
    }
    text
}

/// Puts the shards of a batch together; the exit code.
pub fn merge_shards(args: &MergeArgs) -> Result<u8, Failure> {
    let store = Store::open(&args.out)?;
    let (done, missing) = merge(&store)?;
    output::print(&format!("{done} runs in {}/{RESULTS}\n", args.out));
    if missing > 0 && !args.partial {
        return Err(Failure::usage(format!(
            "{}: {missing} runs are missing: run their shards with --resume, or merge with --partial",
            args.out
        )));
    }
    Ok(0)
}
