//! The command line.
//!
//! In: arguments. Out: results on stdout (text, or one JSON document with `--json`), progress and
//! errors on stderr, and an exit code: 0 passed, 1 a verdict failed, 2 input or usage, 3 internal
//! fault. One file a command; flags that several share are in [`args`].

mod batch;
mod bench;
mod doctor;
mod eval;
mod eyes;
mod game_networks;
mod generate;
mod generate_game;
mod inspect;
mod inspect_level;
mod plan;
mod search;
mod suite;
mod talk;
mod train;
mod train_perception;
mod view;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use runner::cli::{Failure, args, failure, output, program, table};

use crate::run::AllDrivers;

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
    Run(runner::cli::RunArgs),
    /// Runs all scenarios found in files and folders: a table of verdicts
    Suite(suite::SuiteArgs),
    /// Runs very many scenarios side by side, to be resumed and sharded at will
    Batch(batch::BatchArgs),
    /// Shows a run or a record: the interactive debugger
    View(view::ViewArgs),
    /// Puts the shards of a batch together
    Merge(batch::MergeArgs),
    /// Searches the ranges of a scenario's parameters for a run that fails, and shrinks it
    Search(search::SearchArgs),
    /// Shrinks failing parameter values to the boundary with those that pass
    Shrink(search::ShrinkArgs),
    /// Writes generated maps, traffic, levels and stories
    Generate(generate::GenerateArgs),
    /// A conversation with the characters of a level
    Talk(talk::TalkArgs),
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
    program(|| dispatch(Arguments::parse().command))
}

/// The same with arguments that are given, the program's name aside; the exit code. Nothing of this process ends.
pub fn main_with(arguments: Vec<String>) -> u8 {
    let all = std::iter::once("skidpad".to_owned()).chain(arguments);
    match Arguments::try_parse_from(all) {
        Ok(arguments) => runner::cli::within_program(|| dispatch(arguments.command)),
        Err(error) => {
            // Help and version come this way, too.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(2)
        }
    }
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) if args.is_sweep() => suite::sweep(args),
        Command::Run(args) => runner::cli::run(&args, &AllDrivers),
        Command::Suite(args) => suite::suite(args),
        Command::Batch(args) => batch::batch(args),
        Command::View(args) => view::view(args),
        Command::Merge(args) => batch::merge_shards(&args),
        Command::Search(args) => search::search(args),
        Command::Shrink(args) => search::shrink(args),
        Command::Generate(args) => generate::generate(args),
        Command::Talk(args) => talk::talk(&args),
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
