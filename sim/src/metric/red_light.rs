//! `red_lights`: how often the ego vehicle's front crossed the station of a red light, count.
//!
//! Lights are those of its route or, without one, of the road that it is on. A front that stops up
//! to 0.5 m beyond the line has not crossed it. Red and yellow together is red.

use super::sample::Sample;
use super::{Metric, Report};
use crate::world::SignalPhase;

#[derive(Clone, Default)]
pub(super) struct RedLights {
    count: u32,
    saw_one: bool,
    text: Vec<String>,
}

impl Metric for RedLights {
    fn sample(&mut self, sample: &Sample<'_>) {
        let lights = sample.crossed.iter().filter_map(|i| sample.map.signal(*i));
        for signal in lights.filter(|s| s.is_vehicle_light()) {
            self.saw_one = true;
            let phase = sample.signals.phase(&signal.id);
            if matches!(phase, SignalPhase::Red | SignalPhase::RedYellow) {
                self.count += 1;
                let text = format!("signal {} at {:.2} s", signal.id, sample.time_s);
                self.text.push(text);
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let count = self.saw_one.then_some(f64::from(self.count));
        report.value("red_lights", count, "1");
        report.facts.red_lights = self.count;
        if self.count > 0 {
            report.note("red_lights", self.text.join(", "));
        }
    }
}
