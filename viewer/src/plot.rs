//! Expressions over all ticks of a run.

use std::time::{Duration, Instant};

use crate::run::Run;
use crate::signal::{Expression, Signals};

/// Time that may be spent on them in a frame.
const BUDGET: Duration = Duration::from_millis(1);

/// One expression's values, a tick each.
pub struct Plot {
    expression: Expression,
    /// Values of the ticks so far; nothing where there is none or it is not finite.
    pub values: Vec<Option<f64>>,
}

impl Plot {
    /// What is plotted.
    pub fn text(&self) -> &str {
        &self.expression.text
    }
}

/// All plotted expressions of the run that is looked at.
#[derive(Default)]
pub struct Plots {
    /// Number of the run that they are of.
    of: u64,
    /// The plots.
    pub plots: Vec<Plot>,
}

impl Plots {
    /// Goes on with the values of the ticks that have come; a little at a time.
    pub fn update(&mut self, texts: &[String], signals: &Signals, run: &Run) {
        if self.of != run.number() {
            self.of = run.number();
            self.plots.clear();
        }
        self.plots
            .retain(|plot| texts.contains(&plot.expression.text));
        for text in texts {
            let is_new = self.plots.iter().all(|plot| plot.expression.text != *text);
            if let Some(expression) = is_new.then(|| signals.read(text).ok()).flatten() {
                self.plots.push(Plot {
                    expression,
                    values: Vec::new(),
                });
            }
        }
        let Some((first, last)) = run.span() else {
            return;
        };
        let begun = Instant::now();
        let done = self.plots.iter().map(|p| p.values.len()).min().unwrap_or(0);
        for tick in first + done as u64..=last {
            let index = (tick - first) as usize;
            for plot in &mut self.plots {
                if plot.values.len() == index {
                    let value = signals.value(&plot.expression, run, tick).ok();
                    let number = value.and_then(|v| v.number());
                    plot.values.push(number.filter(|n| n.is_finite()));
                }
            }
            if begun.elapsed() > BUDGET {
                return;
            }
        }
    }
}
