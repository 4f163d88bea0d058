//! The command line.
//!
//! In: arguments. Out: results on stdout (text, or one JSON document with `--json`), progress and
//! errors on stderr, and an exit code: 0 passed, 1 a verdict failed, 2 input or usage, 3 internal
//! fault. One file a command; [`args`] holds the flags that several share.

pub mod args;
mod bench;
mod doctor;
mod eval;
mod failure;
mod generate;
mod inspect;
mod output;
mod run;
mod suite;
mod table;
mod train;
mod train_perception;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Simulates driving: a bevy ECS world with rapier physics feeds camera and lidar to libtorch
/// networks, which drive vehicles; a verdict for each scenario.
#[derive(Parser, Debug)]
#[command(name = "skidpad", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Runs one scenario (.xosc) to its verdict
    Run(run::RunArgs),
    /// Runs all scenarios found in files and folders: a table of verdicts
    Suite(suite::SuiteArgs),
    /// Writes generated maps
    Generate(generate::GenerateArgs),
    /// Measures speed, each figure with its unit
    Bench(bench::BenchArgs),
    /// Tells what a map, scenario, record or weights file holds, and every problem in it
    Inspect(inspect::InspectArgs),
    /// Trains a network
    Train(train::TrainArgs),
    /// Measures a network on held-out data
    Eval(eval::EvalArgs),
    /// Tells versions, device, what is missing and the command that mends it
    Doctor(doctor::DoctorArgs),
}

/// Parses the arguments, does what they say, and gives the exit code.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        output::note(&format!("internal fault: {info}"));
    }));
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SKIDPAD_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let arguments = Arguments::parse();
    match std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(arguments.command))) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => ExitCode::from(failure.print()),
        Err(_) => {
            output::note(
                "this is a bug in skidpad; please report it with the command and its files",
            );
            ExitCode::from(3)
        }
    }
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run::run(args),
        Command::Suite(args) => suite::suite(args),
        Command::Generate(args) => generate::generate(args),
        Command::Bench(args) => bench::bench(args),
        Command::Inspect(args) => inspect::inspect(args),
        Command::Train(args) => train::train(args),
        Command::Eval(args) => eval::eval(args),
        Command::Doctor(args) => doctor::doctor(args),
    }
}

/// Runs one scenario.
fn run_scenario(
    options: &crate::run::RunOptions,
) -> Result<crate::run::RunResult, crate::run::RunError> {
    crate::run::run(options)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
        assert!(super::Arguments::command().find_subcommand("run").is_some());
    }
}
