//! `stop_signs`: how often the ego vehicle's front crossed the station of a stop sign without having
//! stood before it, count.
//!
//! As `RunningStopTest` of CARLA's scenario runner: it has to be slower than 0.1 m/s with its front
//! within 4 m before the sign's station. A stop sign is type 206 of the German catalogue (the
//! numbering that OpenDRIVE's examples and CARLA's towns use), of its route or, without one, of the
//! road that it is on.

use super::crossing::SLACK_M;
use super::sample::Sample;
use super::{Metric, Report};
use crate::math::hypot;
use crate::road::PrioritySign;

/// Slower than this is standing, m/s.
const STANDING_MPS: f64 = 0.1;
/// Who stands this far before the sign has stopped for it, metres.
const BEFORE_M: f64 = 4.0;

#[derive(Clone, Default)]
pub(super) struct StopSigns {
    /// Way driven since it stood last, metres.
    since_stop_m: Option<f64>,
    count: u32,
    saw_one: bool,
    text: Vec<String>,
}

impl Metric for StopSigns {
    fn sample(&mut self, sample: &Sample<'_>) {
        let (p, q) = (&sample.before.state.pose, &sample.ego.state.pose);
        if let Some(way) = &mut self.since_stop_m {
            *way += hypot(q.x_m - p.x_m, q.y_m - p.y_m);
        }
        if sample.ego.state.speed_mps.abs() < STANDING_MPS {
            self.since_stop_m = Some(0.0);
        }
        let signs = sample.crossed.iter().filter_map(|i| sample.map.signal(*i));
        for sign in signs.filter(|s| s.priority_sign() == Some(PrioritySign::Stop) && !s.dynamic) {
            self.saw_one = true;
            if self.since_stop_m.is_none_or(|way| way > BEFORE_M + SLACK_M) {
                self.count += 1;
                let text = format!("signal {} at {:.2} s", sign.id, sample.time_s);
                self.text.push(text);
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let count = self.saw_one.then_some(f64::from(self.count));
        report.value("stop_signs", count, "1");
        report.facts.stop_signs = self.count;
        if self.count > 0 {
            report.note("stop_signs", self.text.join(", "));
        }
    }
}
