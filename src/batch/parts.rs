//! Results in parts, each an immutable object: what is in one was run, whatever happened after.

use std::collections::BTreeMap;

use runner::suite::SuiteRow;
use sim::metric::METRICS;

use super::{Shard, Store};
use crate::columns::{self, Column};
use crate::report::{self, RunInfo, StoredRow};
use crate::run::{RunError, Trace};

/// Folder of the parts with a row a run.
const ROWS: &str = "rows";
/// Folder of those with a row an actor and tick.
const STATES: &str = "states";
/// Folder of records.
const RECORDS: &str = "records";

/// A run that has ended, with its number.
pub struct Ended {
    /// Its number in the batch.
    pub index: u64,
    /// The row.
    pub row: SuiteRow,
}

/// Writes parts of one shard.
pub struct PartWriter<'a> {
    store: &'a Store,
    /// Start of its parts' names. No other process has it, not even one that was thought dead and runs the
    /// same shard.
    stem: String,
    next: u64,
    rows: Vec<(u64, StoredRow, String)>,
    traces: Vec<Option<Trace>>,
}

impl<'a> PartWriter<'a> {
    /// A new session of a shard.
    pub fn new(store: &'a Store, shard: Shard) -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let nanos = since.map_or(0, |t| t.as_nanos());
        Self {
            store,
            stem: format!("{}/{nanos:x}-{}", shard.folder(), std::process::id()),
            next: 0,
            rows: Vec::new(),
            traces: Vec::new(),
        }
    }

    /// Rows that wait to be written.
    pub fn waiting(&self) -> usize {
        self.rows.len()
    }

    /// Takes a run; its record is written at once, before the row that names it.
    ///
    /// # Errors
    /// If the record can't be written.
    pub fn add(&mut self, ended: Ended, record: Option<Vec<u8>>) -> Result<(), RunError> {
        let Ended { index, mut row } = ended;
        let name = match record {
            Some(bytes) => {
                let name = format!("{RECORDS}/{index:08}.mcap");
                self.store.put(&name, bytes)?;
                name
            }
            None => String::new(),
        };
        let trace = row.outcome.as_mut().ok().and_then(|r| r.trace.take());
        self.rows
            .push((index, report::stored(&row, &RunInfo::default()), name));
        self.traces.push(trace);
        Ok(())
    }

    /// Writes what waits as one part.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn flush(&mut self) -> Result<(), RunError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let (mut indices, mut rows, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for (index, row, record) in self.rows.drain(..) {
            indices.push(index as i64);
            rows.push(row);
            records.push(record);
        }
        let traces = std::mem::take(&mut self.traces);
        let name = format!("{}-{:06}.parquet", self.stem, self.next);
        if traces.iter().any(Option::is_some) {
            // Before the rows: without them nobody believes in it.
            let traces: Vec<_> = traces.iter().map(Option::as_ref).collect();
            let file = report::trajectories(&rows, &traces)?;
            self.store.put(&format!("{STATES}/{name}"), file)?;
        }
        let columns = row_columns(indices, &rows, records);
        let file = columns::write(&columns, notes()).map_err(fault)?;
        self.store.put(&format!("{ROWS}/{name}"), file)?;
        self.next += 1;
        Ok(())
    }
}

fn row_columns(
    indices: Vec<i64>,
    rows: &[StoredRow],
    records: Vec<String>,
) -> Vec<(String, Column)> {
    let more = vec![("record".to_owned(), Column::Text(records))];
    let metrics = METRICS.iter().map(|(name, ..)| (*name).to_owned());
    let mut columns = vec![("index".to_owned(), Column::Integer(indices))];
    columns.extend(report::columns_of(rows, more, metrics));
    columns
}

fn notes() -> Vec<parquet::file::metadata::KeyValue> {
    let mut notes = vec![report::note("skidpad.version", env!("CARGO_PKG_VERSION"))];
    for (name, unit, _) in METRICS {
        notes.push(report::note(&format!("skidpad.unit.metric.{name}"), unit));
    }
    notes
}

fn fault(error: parquet::errors::ParquetError) -> RunError {
    RunError::Internal(format!("results as Parquet: {error}"))
}

/// How runs that are in the parts ended, by number: verdict and whether as expected.
///
/// # Errors
/// If a part can't be read.
pub fn ended(store: &Store) -> Result<BTreeMap<u64, (String, bool)>, RunError> {
    let mut all = BTreeMap::new();
    for name in store.list(ROWS)? {
        let columns = read(store, &name, Some(&["index", "verdict", "as_expected"]))?;
        let (mut indices, mut verdicts, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for (_, column) in columns {
            match column {
                Column::Integer(values) => indices = values,
                Column::Text(values) => verdicts = values,
                Column::Truth(values) => expected = values,
                _ => {}
            }
        }
        let rows = indices.iter().zip(verdicts).zip(expected);
        all.extend(rows.map(|((i, verdict), as_expected)| (*i as u64, (verdict, as_expected))));
    }
    Ok(all)
}

fn read(
    store: &Store,
    name: &str,
    only: Option<&[&str]>,
) -> Result<Vec<(String, Column)>, RunError> {
    let bytes = store.get(name)?.unwrap_or_default();
    columns::read(bytes, only).map_err(|e| {
        RunError::Usage(format!(
            "{}/{name}: expected a part of a batch, found {e}",
            store.place()
        ))
    })
}

/// All rows of all parts, by number, each once, as one file.
///
/// # Errors
/// If a part can't be read, or differs from the others in its columns.
pub fn merged(store: &Store) -> Result<Vec<u8>, RunError> {
    let mut all: Vec<(String, Column)> = row_columns(Vec::new(), &[], Vec::new());
    for name in store.list(ROWS)? {
        let columns = read(store, &name, None)?;
        let same = columns.len() == all.len()
            && all
                .iter_mut()
                .zip(columns)
                .all(|((known, to), (name, from))| *known == name && to.append(from));
        if !same {
            return Err(RunError::Usage(format!(
                "{}/{name}: expected the columns of the other parts, found others",
                store.place()
            )));
        }
    }
    let indices = match all.first() {
        Some((_, Column::Integer(indices))) => indices.clone(),
        _ => Vec::new(),
    };
    let mut order: Vec<usize> = (0..indices.len()).collect();
    order.sort_by_key(|row| indices.get(*row).copied());
    // Two that ran the same shard gave the same rows.
    order.dedup_by_key(|row| indices.get(*row).copied());
    let sorted: Vec<(String, Column)> = all
        .iter()
        .map(|(name, column)| (name.clone(), column.permuted(&order)))
        .collect();
    columns::write(&sorted, notes()).map_err(fault)
}

/// Takes away parts of states whose rows were never written: their runs were cut off, and run again.
///
/// # Errors
/// If parts can't be listed or deleted.
pub fn sweep(store: &Store) -> Result<(), RunError> {
    let rows = store.list(ROWS)?;
    for name in store.list(STATES)? {
        let of_rows = name.replacen(STATES, ROWS, 1);
        if rows.binary_search(&of_rows).is_err() {
            store.delete(&name)?;
        }
    }
    Ok(())
}
