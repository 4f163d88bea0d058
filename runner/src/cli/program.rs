//! The frame of a program: log output, faults, exit codes.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use super::{Failure, output};

/// Does what a program is there for; its exit code. A panic is told as a fault.
pub fn program(work: impl FnOnce() -> Result<u8, Failure>) -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        output::note(&format!("internal fault: {info}"));
    }));
    ExitCode::from(within_program(work))
}

/// The same inside of another program, whose panics are its own.
pub fn within_program(work: impl FnOnce() -> Result<u8, Failure>) -> u8 {
    // The second command of a process finds the log set up.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("SKIDPAD_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .without_time()
        .try_init();
    match std::panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => failure.print(),
        Err(_) => {
            output::note(
                "this is a bug in skidpad; please report it with the command and its files",
            );
            3
        }
    }
}
