//! What changed against an earlier run: verdicts, metrics beyond their noise, hashes.
//!
//! Noise comes from seeds. With one seed on both sides a run is exact, and every difference counts. With
//! more, a metric's mean has changed where Welch's t-test gives it less than [`SIGNIFICANCE`] to be chance;
//! where one side has one seed only, where it lies outside the prediction interval of the other's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::RunInfo;
use super::stored::{Since, StoredRow, StoredSuite};

/// Chance at which a difference of means is still taken for noise.
pub const SIGNIFICANCE: f64 = 0.001;
/// Differences below this part of a value, or below this in its unit, are of no interest.
const LEAST: f64 = 1e-3;

/// Which way a row went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RowTrend {
    /// It ended as expected, and does so no more.
    Regression,
    /// Another verdict or reason, as far from what is expected as before.
    Changed,
    /// It ends as expected, which it did not.
    Fixed,
}

/// A row whose verdict or reasons changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowChange {
    /// Name of the row.
    pub name: String,
    /// Seed of the row.
    pub seed: u64,
    /// Which way it went.
    pub trend: RowTrend,
    /// Verdict then.
    pub before: String,
    /// Verdict now.
    pub after: String,
    /// Why it does not pass now, or did not then.
    pub reasons: Vec<String>,
    /// Since when the verdict then had been so.
    pub before_since: Since,
}

/// Which way a metric went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trend {
    /// For the worse.
    Worse,
    /// Neither is known to be better.
    Changed,
    /// For the better.
    Better,
}

/// A metric of a scenario that changed by more than its noise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricChange {
    /// Name of the rows.
    pub name: String,
    /// Name of the metric.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// Which way it went.
    pub trend: Trend,
    /// Mean then; `None` where it did not apply.
    pub before: Option<f64>,
    /// Mean now; `None` where it does not apply.
    pub after: Option<f64>,
    /// Half width of the bounds within which a difference is noise.
    pub noise: f64,
    /// Runs then and now that it applies to.
    pub runs: [usize; 2],
}

/// The comparison of two runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// The earlier run.
    pub baseline: RunInfo,
    /// Rows whose verdict or reasons changed, regressions first.
    pub rows: Vec<RowChange>,
    /// Metrics that changed, the worse first.
    pub metrics: Vec<MetricChange>,
    /// Rows with other hashes from the same program, scenario, driver, seed and parameters.
    pub flaky: Vec<String>,
    /// Rows with the same hash as then.
    pub identical: usize,
    /// Rows that were not there then.
    pub added: Vec<String>,
    /// Rows that are not there now.
    pub missing: Vec<String>,
}

impl Comparison {
    /// Rows that went from expected to not.
    pub fn regressions(&self) -> usize {
        let is_one = |row: &&RowChange| row.trend == RowTrend::Regression;
        self.rows.iter().filter(is_one).count()
    }

    /// Metrics that got worse.
    pub fn worse(&self) -> usize {
        let is_one = |change: &&MetricChange| change.trend == Trend::Worse;
        self.metrics.iter().filter(is_one).count()
    }
}

fn key(row: &StoredRow) -> (String, u64) {
    (row.name.clone(), row.seed)
}

fn title(row: &StoredRow) -> String {
    format!("{} (seed {})", row.name, row.seed)
}

/// Compares a run with an earlier one, and writes into its rows since when each verdict is so.
pub fn compare(now: &mut StoredSuite, before: &StoredSuite) -> Comparison {
    let old: BTreeMap<_, _> = before.scenarios.iter().map(|row| (key(row), row)).collect();
    let mut result = Comparison {
        baseline: before.run.clone(),
        ..Comparison::default()
    };
    let is_same_program = !now.run.program.is_empty() && now.run.program == before.run.program;
    for row in &mut now.scenarios {
        let Some(then) = old.get(&key(row)) else {
            result.added.push(title(row));
            continue;
        };
        if then.verdict == row.verdict {
            row.since = then.since.clone();
        }
        result.rows.extend(row_change(row, then));
        let is_run = !row.state_hash.is_empty() && !then.state_hash.is_empty();
        if is_run && row.state_hash == then.state_hash {
            result.identical += 1;
        } else if is_run && is_same_program && is_same_input(row, then) {
            result.flaky.push(title(row));
        }
    }
    let here: BTreeSet<_> = now.scenarios.iter().map(key).collect();
    let gone = before
        .scenarios
        .iter()
        .filter(|row| !here.contains(&key(row)));
    result.missing = gone.map(title).collect();
    result.metrics = metric_changes(now, before);
    result.rows.sort_by_key(|row| row.trend);
    result
}

fn is_same_input(row: &StoredRow, then: &StoredRow) -> bool {
    row.scenario_sha256 == then.scenario_sha256
        && row.driver == then.driver
        && row.params == then.params
        && (row.sim_time_s - then.sim_time_s).abs() < 1e-9
}

/// The part of a reason before its figures.
pub fn head(reason: &str) -> &str {
    let end = reason
        .find(|c: char| c.is_ascii_digit() || c == ':')
        .unwrap_or(reason.len());
    reason.get(..end).unwrap_or(reason).trim()
}

fn row_change(row: &StoredRow, then: &StoredRow) -> Option<RowChange> {
    let heads = |row: &StoredRow| -> BTreeSet<String> {
        row.reasons.iter().map(|r| head(r).to_owned()).collect()
    };
    if row.verdict == then.verdict
        && row.as_expected == then.as_expected
        && heads(row) == heads(then)
    {
        return None;
    }
    let trend = match (then.as_expected, row.as_expected) {
        (true, false) => RowTrend::Regression,
        (false, true) => RowTrend::Fixed,
        _ => RowTrend::Changed,
    };
    let reasons = if row.reasons.is_empty() {
        &then.reasons
    } else {
        &row.reasons
    };
    Some(RowChange {
        name: row.name.clone(),
        seed: row.seed,
        trend,
        before: then.verdict.clone(),
        after: row.verdict.clone(),
        reasons: reasons.clone(),
        before_since: then.since.clone(),
    })
}

/// Values of a metric of rows of one name.
type Samples<'a> = BTreeMap<(&'a str, &'a str), (Vec<f64>, &'a str)>;

fn samples(suite: &StoredSuite) -> Samples<'_> {
    let mut all = Samples::new();
    for row in &suite.scenarios {
        for (metric, figure) in &row.metrics {
            let entry = all.entry((row.name.as_str(), metric.as_str())).or_default();
            entry.1 = &figure.unit;
            entry.0.extend(figure.value);
        }
    }
    all
}

fn metric_changes(now: &StoredSuite, before: &StoredSuite) -> Vec<MetricChange> {
    let (new, old) = (samples(now), samples(before));
    let mut changes: Vec<MetricChange> = new
        .iter()
        .filter_map(|(key, (after, unit))| {
            let (before, _) = old.get(key)?;
            let noise = noise(before, after);
            let (was, is) = (mean(before), mean(after));
            let has_changed = match (was, is) {
                (Some(was), Some(is)) => {
                    (is - was).abs() > noise.max(LEAST * was.abs().max(is.abs()).max(1.0))
                }
                (was, is) => was.is_some() != is.is_some(),
            };
            has_changed.then(|| MetricChange {
                name: key.0.to_owned(),
                metric: key.1.to_owned(),
                unit: (*unit).to_owned(),
                trend: trend(key.1, was, is),
                before: was,
                after: is,
                noise,
                runs: [before.len(), after.len()],
            })
        })
        .collect();
    let size = |change: &MetricChange| match (change.before, change.after) {
        (Some(was), Some(is)) => (is - was).abs() / was.abs().max(is.abs()),
        _ => f64::INFINITY,
    };
    changes.sort_by(|a, b| (a.trend.cmp(&b.trend)).then(size(b).total_cmp(&size(a))));
    changes
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Variance of the values, from two on.
fn variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let sum: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (values.len() > 1).then(|| sum / (values.len() - 1) as f64)
}

/// Half width of the bounds within which a difference of two means is noise.
fn noise(before: &[f64], after: &[f64]) -> f64 {
    let (n, m) = (before.len() as f64, after.len() as f64);
    let (square, freedom) = match (variance(before), variance(after)) {
        (Some(a), Some(b)) => {
            let (a, b) = (a / n, b / m);
            let freedom = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (m - 1.0));
            (a + b, freedom)
        }
        (Some(a), None) => (a * (1.0 + 1.0 / n), n - 1.0),
        (None, Some(b)) => (b * (1.0 + 1.0 / m), m - 1.0),
        (None, None) => return 0.0,
    };
    if square <= 0.0 || !freedom.is_finite() {
        return 0.0;
    }
    StudentsT::new(0.0, 1.0, freedom.max(1.0)).map_or(f64::INFINITY, |t| {
        t.inverse_cdf(1.0 - SIGNIFICANCE / 2.0) * square.sqrt()
    })
}

/// Whether more of a metric is better (+1), worse (-1), or neither.
pub fn sense(metric: &str) -> i8 {
    sim::metric::sense(metric)
}

fn trend(metric: &str, before: Option<f64>, after: Option<f64>) -> Trend {
    // A least distance or time that no longer applies came no nearer than is looked for.
    let far = if sense(metric) > 0 {
        f64::INFINITY
    } else {
        0.0
    };
    let rise = after.unwrap_or(far) - before.unwrap_or(far);
    match f64::from(sense(metric)) * rise {
        better if better > 0.0 => Trend::Better,
        worse if worse < 0.0 => Trend::Worse,
        _ => Trend::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunMetric;

    fn row(name: &str, seed: u64, verdict: &str, ttc: Option<f64>) -> StoredRow {
        StoredRow {
            name: name.into(),
            seed,
            verdict: verdict.into(),
            as_expected: verdict == "passed",
            state_hash: format!("{name}{seed}{ttc:?}"),
            reasons: Vec::from_iter((verdict != "passed").then(|| "collision: at 3.1 s".into())),
            metrics: BTreeMap::from([(
                "min_ttc_s".to_owned(),
                RunMetric {
                    value: ttc,
                    unit: "s".into(),
                },
            )]),
            since: Since {
                revision: "then".into(),
                ..Since::default()
            },
            ..StoredRow::default()
        }
    }

    fn suite(revision: &str, rows: Vec<StoredRow>) -> StoredSuite {
        StoredSuite {
            run: RunInfo {
                revision: revision.into(),
                program: revision.into(),
                ..RunInfo::default()
            },
            scenarios: rows,
            ..StoredSuite::default()
        }
    }

    #[test]
    fn verdicts_that_changed_are_named_and_the_others_keep_their_since() {
        let before = suite(
            "a",
            vec![
                row("same", 0, "failed", Some(1.0)),
                row("worse", 0, "passed", Some(2.0)),
                row("better", 0, "failed", Some(0.0)),
                row("gone", 0, "passed", None),
            ],
        );
        let mut now = suite(
            "b",
            vec![
                row("same", 0, "failed", Some(1.0)),
                row("worse", 0, "failed", Some(0.0)),
                row("better", 0, "passed", Some(2.0)),
                row("new", 0, "passed", None),
            ],
        );
        for row in &mut now.scenarios {
            row.since.revision = "now".into();
        }
        let found = compare(&mut now, &before);
        let named: Vec<_> = found
            .rows
            .iter()
            .map(|r| (r.name.as_str(), r.trend))
            .collect();
        assert_eq!(
            named,
            [("worse", RowTrend::Regression), ("better", RowTrend::Fixed)]
        );
        assert_eq!(found.added, ["new (seed 0)"]);
        assert_eq!(found.missing, ["gone (seed 0)"]);
        assert_eq!(
            (found.regressions(), found.worse(), found.identical),
            (1, 1, 1)
        );
        let since: Vec<_> = now
            .scenarios
            .iter()
            .map(|r| r.since.revision.as_str())
            .collect();
        assert_eq!(since, ["then", "now", "now", "now"]);
    }

    fn changes(before: &[f64], after: &[f64]) -> Vec<Trend> {
        let rows = |values: &[f64]| {
            let row = |(i, v): (usize, &f64)| row("a", i as u64, "passed", Some(*v));
            values.iter().enumerate().map(row).collect()
        };
        let found = compare(&mut suite("b", rows(after)), &suite("a", rows(before)));
        found.metrics.iter().map(|m| m.trend).collect()
    }

    #[test]
    fn a_metric_is_named_only_beyond_the_noise_of_its_seeds() {
        assert_eq!(changes(&[2.0], &[2.0]), []);
        assert_eq!(changes(&[2.0], &[1.9]), [Trend::Worse]);
        let spread = [1.0, 1.4, 2.2, 1.7, 2.6];
        assert_eq!(changes(&spread, &[1.2, 2.0, 1.5, 2.4, 1.3]), []);
        assert_eq!(changes(&spread, &spread.map(|v| v + 5.0)), [Trend::Better]);
        assert_eq!(changes(&spread, &[0.9]), []);
        assert_eq!(changes(&spread, &[-30.0]), [Trend::Worse]);
        // All seeds alike: any difference is one.
        assert_eq!(changes(&[2.0, 2.0], &[2.5, 2.5]), [Trend::Better]);
    }

    #[test]
    fn a_time_to_collision_that_no_longer_applies_got_better() {
        let before = suite("a", vec![row("a", 0, "passed", Some(2.0))]);
        let mut now = suite("b", vec![row("a", 0, "passed", None)]);
        assert_eq!(compare(&mut now, &before).metrics[0].trend, Trend::Better);
    }

    #[test]
    fn another_hash_from_the_same_program_is_flaky() {
        let before = suite("a", vec![row("a", 0, "passed", Some(2.0))]);
        let mut same = suite("a", vec![row("a", 0, "passed", Some(2.1))]);
        assert_eq!(compare(&mut same, &before).flaky, ["a (seed 0)"]);
        let mut other = suite("b", vec![row("a", 0, "passed", Some(2.1))]);
        assert!(compare(&mut other, &before).flaky.is_empty());
    }
}
