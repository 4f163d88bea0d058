//! Writing to stdout and stderr, and progress.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::Failure;

/// Text on stdout; a reader that has gone away ends the program quietly.
pub fn print(text: &str) {
    if std::io::stdout().lock().write_all(text.as_bytes()).is_err() {
        std::process::exit(0);
    }
}

/// A line on stderr.
pub fn note(text: &str) {
    // Nobody is left to tell where stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// One JSON document on stdout.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Failure::internal(format!("result as JSON: {e}")))?;
    print(&(text + "\n"));
    Ok(())
}

/// Progress on stderr: a bar on a terminal, else a line a step.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
}

impl Progress {
    /// Of `total` steps.
    pub fn new(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}<{eta} {msg}");
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, total }
    }

    /// `done` steps are done, the last with this outcome; `note` tells whether lines (where there
    /// is no bar) get this one.
    pub fn step(&self, done: u64, outcome: &str, as_line: bool) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(outcome.to_owned());
                bar.set_position(done);
            }
            None if as_line => note(&format!("{done}/{} {outcome}", self.total)),
            None => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
