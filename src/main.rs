//! The program. A scripted run is carried out here, without libtorch, whose loading takes longer
//! than most such runs; everything else is handed over to `skidpad-full`, which lies beside it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use runner::OnRails;
use runner::cli::{RunArgs, output};

/// As far as it is known here: all other arguments are the whole program's to judge.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(Box<RunArgs>),
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match scripted_run(&arguments) {
        Some(args) => runner::cli::program(|| match runner::cli::run(&args, &OnRails) {
            Err(failure) if failure.needs_drivers() => {
                hand_over(&arguments);
                Ok(3)
            }
            outcome => outcome,
        }),
        None => hand_over(&arguments),
    }
}

/// The run that is asked for, where the storyboard is its only driver.
fn scripted_run(arguments: &[OsString]) -> Option<Box<RunArgs>> {
    if arguments.get(1)? != "run" {
        return None;
    }
    let Command::Run(args) = Arguments::try_parse_from(arguments).ok()?.command;
    (OnRails::suffices(&args.options()) && !args.is_sweep()).then_some(args)
}

/// Becomes the whole program.
fn hand_over(arguments: &[OsString]) -> ExitCode {
    use std::os::unix::process::CommandExt;
    let whole = match std::env::current_exe() {
        Ok(program) => program.with_file_name("skidpad-full"),
        Err(_) => PathBuf::from("skidpad-full"),
    };
    let name = arguments.first().cloned().unwrap_or_default();
    let error = std::process::Command::new(&whole)
        .arg0(name)
        .args(arguments.iter().skip(1))
        .exec();
    output::note(&format!(
        "error: {} could not be started ({error}); `make build` builds it",
        whole.display()
    ));
    ExitCode::from(3)
}
