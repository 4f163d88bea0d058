//! Parquet: `results.parquet`, a row a run with a column a metric, and `trajectories.parquet`, a row an
//! actor and sample. The columns are told in docs/results.md.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::file::metadata::KeyValue;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use sim::actor::ActorClass;

use super::stored::{StoredRow, StoredSuite};
use crate::columns::{self, Column};
use crate::run::{RunError, Trace, TraceActor, TraceState};

/// Larger files of an earlier run are not read for its replays, bytes.
const MAX_READ_BYTES: u64 = 2 << 30;

fn fault(error: impl ToString) -> RunError {
    RunError::Internal(format!("results as Parquet: {}", error.to_string()))
}

/// The columns of rows, a row a run; `more` stands before the metrics, which are those named.
pub fn columns_of(
    rows: &[StoredRow],
    more: Vec<(String, Column)>,
    metrics: impl Iterator<Item = String>,
) -> Vec<(String, Column)> {
    let text =
        |f: fn(&StoredRow) -> &str| Column::Text(rows.iter().map(|r| f(r).to_owned()).collect());
    let joined = |f: fn(&StoredRow) -> String| Column::Text(rows.iter().map(f).collect());
    let integer =
        |f: fn(&StoredRow) -> u64| Column::Integer(rows.iter().map(|r| f(r) as i64).collect());
    let mut columns: Vec<(String, Column)> = [
        ("name", text(|r| &r.name)),
        ("scenario", text(|r| &r.scenario)),
        ("driver", text(|r| &r.driver)),
        ("seed", integer(|r| r.seed)),
        ("verdict", text(|r| &r.verdict)),
        ("expected", text(|r| &r.expected)),
        ("standing", text(|r| &r.standing)),
        (
            "as_expected",
            Column::Truth(rows.iter().map(|r| r.as_expected).collect()),
        ),
        ("reasons", joined(|r| r.reasons.join("\n"))),
        ("ended", text(|r| &r.ended)),
        ("state_hash", text(|r| &r.state_hash)),
        ("ticks", integer(|r| r.ticks)),
        (
            "sim_time_s",
            Column::Double(rows.iter().map(|r| r.sim_time_s).collect()),
        ),
        ("tags", joined(|r| r.tags.join(" "))),
        (
            "params",
            joined(|r| serde_json::to_string(&r.params).unwrap_or_default()),
        ),
    ]
    .map(|(name, column)| (name.to_owned(), column))
    .into();
    columns.extend(more);
    for name in metrics {
        let value = |r: &StoredRow| r.metrics.get(&name).and_then(|m| m.value);
        let values = rows.iter().map(value).collect();
        columns.push((format!("metric.{name}"), Column::MaybeDouble(values)));
    }
    columns
}

/// A note on a file as a whole.
pub fn note(key: &str, value: &str) -> KeyValue {
    KeyValue::new(key.to_owned(), value.to_owned())
}

/// The file of a suite, a row a run.
pub fn results(suite: &StoredSuite) -> Result<Vec<u8>, RunError> {
    let rows = &suite.scenarios;
    let text = |f: fn(&StoredRow) -> &str| {
        let values: Vec<String> = rows.iter().map(|r| f(r).to_owned()).collect();
        Column::Text(values)
    };
    let more = vec![
        (
            "wall_s".to_owned(),
            Column::Double(rows.iter().map(|r| r.wall_s).collect()),
        ),
        ("since_revision".to_owned(), text(|r| &r.since.revision)),
        ("since_started".to_owned(), text(|r| &r.since.started)),
    ];
    let units: BTreeMap<&str, &str> = rows
        .iter()
        .flat_map(|r| r.metrics.iter().map(|(n, m)| (n.as_str(), m.unit.as_str())))
        .collect();
    let columns = columns_of(rows, more, units.keys().map(|n| (*n).to_owned()));
    let mut notes = vec![
        note("skidpad.version", &suite.run.version),
        note("skidpad.revision", &suite.run.revision),
        note("skidpad.started", &suite.run.started),
        note("skidpad.command", &suite.run.command),
    ];
    for (name, unit) in units {
        notes.push(note(&format!("skidpad.unit.metric.{name}"), unit));
    }
    columns::write(&columns, notes).map_err(fault)
}

/// A row an actor and sample; ordered by run, actor and time.
pub fn trajectories(rows: &[StoredRow], traces: &[Option<&Trace>]) -> Result<Vec<u8>, RunError> {
    let (mut name, mut seed, mut actor, mut class) = (vec![], vec![], vec![], vec![]);
    let (mut number, mut ego) = (vec![], vec![]);
    let (mut time, mut x, mut y) = (vec![], vec![], vec![]);
    let (mut yaw, mut speed, mut accel, mut gap) = (vec![], vec![], vec![], vec![]);
    let mut boxes: [Vec<f32>; 4] = Default::default();
    for (row, trace) in rows.iter().zip(traces) {
        let Some(trace) = trace else { continue };
        for (index, traced) in trace.actors.iter().enumerate() {
            let is_ego = trace.ego == Some(index);
            for (i, state) in traced.states.iter().enumerate() {
                let sample = traced.first + i;
                name.push(row.name.clone());
                seed.push(row.seed as i64);
                actor.push(traced.name.clone());
                class.push(format!("{:?}", traced.class));
                number.push(index as i64);
                ego.push(is_ego);
                time.push(trace.times_s.get(sample).copied().unwrap_or_default());
                x.push(state.x_m);
                y.push(state.y_m);
                yaw.push(state.yaw_rad);
                speed.push(state.speed_mps);
                accel.push(state.accel_mps2);
                gap.push(
                    trace
                        .gap_m
                        .get(sample)
                        .copied()
                        .flatten()
                        .filter(|_| is_ego),
                );
                let size = [
                    traced.length_m,
                    traced.width_m,
                    traced.center_x_m,
                    traced.center_y_m,
                ];
                for (column, value) in boxes.iter_mut().zip(size) {
                    column.push(value as f32);
                }
            }
        }
    }
    let [length, width, center_x, center_y] = boxes;
    let columns = [
        ("name", Column::Text(name)),
        ("seed", Column::Integer(seed)),
        ("actor", Column::Text(actor)),
        ("class", Column::Text(class)),
        ("actor_number", Column::Integer(number)),
        ("is_ego", Column::Truth(ego)),
        ("time_s", Column::Double(time)),
        ("x_m", Column::Double(x)),
        ("y_m", Column::Double(y)),
        ("yaw_rad", Column::Float(yaw)),
        ("speed_mps", Column::Float(speed)),
        ("accel_mps2", Column::Float(accel)),
        ("gap_m", Column::MaybeFloat(gap)),
        ("length_m", Column::Float(length)),
        ("width_m", Column::Float(width)),
        ("center_x_m", Column::Float(center_x)),
        ("center_y_m", Column::Float(center_y)),
    ]
    .map(|(name, column)| (name.to_owned(), column));
    columns::write(&columns, Vec::new()).map_err(fault)
}

/// Traces of an earlier run by row and seed; none where they are not there or can't be read.
pub fn read_traces(folder: &Path) -> BTreeMap<(String, u64), Trace> {
    read(&folder.join("trajectories.parquet")).unwrap_or_default()
}

fn read(path: &Path) -> Option<BTreeMap<(String, u64), Trace>> {
    let file = std::fs::File::open(path).ok()?;
    if file.metadata().ok()?.len() > MAX_READ_BYTES {
        return None;
    }
    let reader = SerializedFileReader::new(file).ok()?;
    let mut traces = BTreeMap::<(String, u64), (Trace, Option<i64>)>::new();
    for row in reader.get_row_iter(None).ok()? {
        let row = row.ok()?;
        let key = (
            row.get_string(0).ok()?.clone(),
            row.get_long(1).ok()? as u64,
        );
        let (trace, last) = traces.entry(key).or_default();
        let number = row.get_long(4).ok()?;
        let time_s = row.get_double(6).ok()?;
        if *last != Some(number) {
            *last = Some(number);
            let size = |i| row.get_float(i).map(f64::from);
            let class = row.get_string(3).ok()?;
            let class = ActorClass::ALL
                .into_iter()
                .find(|c| format!("{c:?}") == *class)?;
            if row.get_bool(5).ok()? {
                trace.ego = Some(trace.actors.len());
            }
            trace.actors.push(TraceActor {
                name: row.get_string(2).ok()?.clone(),
                class,
                length_m: size(13).ok()?,
                width_m: size(14).ok()?,
                center_x_m: size(15).ok()?,
                center_y_m: size(16).ok()?,
                // Its place among the samples is known once all are read.
                first: 0,
                states: Vec::new(),
            });
        }
        if row.get_bool(5).ok()? {
            trace.gap_m.push(row.get_float(12).ok());
        }
        let state = TraceState {
            x_m: row.get_double(7).ok()?,
            y_m: row.get_double(8).ok()?,
            yaw_rad: row.get_float(9).ok()?,
            speed_mps: row.get_float(10).ok()?,
            accel_mps2: row.get_float(11).ok()?,
        };
        let traced = trace.actors.last_mut()?;
        if traced.states.is_empty() {
            // For now the time stands for the sample, in microseconds.
            traced.first = (time_s * 1e6).round().max(0.0) as usize;
        }
        traced.states.push(state);
        trace.times_s.push(time_s);
    }
    for (trace, _) in traces.values_mut() {
        trace.times_s.sort_by(f64::total_cmp);
        trace.times_s.dedup();
        for actor in &mut trace.actors {
            let at_s = actor.first as f64 * 1e-6;
            actor.first = trace.times_s.partition_point(|t| *t < at_s - 1e-6);
        }
    }
    Some(
        traces
            .into_iter()
            .map(|(key, (trace, _))| (key, trace))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunMetric;

    fn trace() -> Trace {
        let actor = |name: &str, first, count| TraceActor {
            name: name.into(),
            class: ActorClass::Car,
            length_m: 4.5,
            width_m: 2.0,
            center_x_m: 1.5,
            center_y_m: 0.0,
            first,
            states: (0..count)
                .map(|i| TraceState {
                    x_m: f64::from(i) + 0.125,
                    speed_mps: 10.0,
                    ..TraceState::default()
                })
                .collect(),
        };
        Trace {
            times_s: (0..5).map(|i| f64::from(i) * 0.1).collect(),
            ego: Some(0),
            actors: vec![actor("Ego", 0, 5), actor("late", 2, 2)],
            gap_m: vec![None, None, Some(3.0), Some(2.5), None],
            map: None,
        }
    }

    #[test]
    fn trajectories_are_read_back_as_they_were_written() {
        let row = |name: &str, seed| StoredRow {
            name: name.into(),
            seed,
            ..StoredRow::default()
        };
        let suite = StoredSuite {
            scenarios: vec![row("a", 3), row("none", 0), row("a", 4)],
            ..StoredSuite::default()
        };
        let trace = trace();
        let file =
            trajectories(&suite.scenarios, &[Some(&trace), None, Some(&trace)]).expect("Parquet");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("trajectories.parquet"), file).expect("written");
        let read = read_traces(folder.path());
        assert_eq!(read.len(), 2);
        assert_eq!(read.get(&("a".to_owned(), 4)), Some(&trace));
        assert!(read_traces(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn a_metric_that_does_not_apply_is_null() {
        let row = |value| StoredRow {
            metrics: BTreeMap::from([(
                "min_ttc_s".to_owned(),
                RunMetric {
                    value,
                    unit: "s".into(),
                },
            )]),
            ..StoredRow::default()
        };
        let suite = StoredSuite {
            scenarios: vec![row(Some(1.5)), row(None)],
            ..StoredSuite::default()
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.parquet");
        std::fs::write(&path, results(&suite).expect("Parquet")).expect("written");
        let file = std::fs::File::open(&path).expect("there");
        let reader = SerializedFileReader::new(file).expect("Parquet");
        let rows: Vec<_> = reader
            .get_row_iter(None)
            .expect("rows")
            .map(|r| r.expect("a row"))
            .collect();
        let last = rows[0].len() - 1;
        assert_eq!(rows[0].get_double(last).expect("a number"), 1.5);
        assert!(rows[1].is_null(last).expect("a column"));
    }
}
