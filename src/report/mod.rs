//! What a suite leaves behind: `results.json` (also the baseline of a later run), Parquet, JUnit XML and
//! one HTML page; see docs/results.md.
//!
//! In: rows of a suite, and the report of an earlier run to compare with. Out: a folder.

mod compare;
mod html;
mod info;
mod junit;
mod parquet;
mod replay;
mod road;
mod stored;

use std::path::{Path, PathBuf};

pub use compare::{Comparison, MetricChange, RowChange, Trend, compare, head, sense};
pub use info::RunInfo;
pub(crate) use info::hex;
pub(crate) use parquet::{columns_of, note, trajectories};
pub(crate) use stored::stored;
pub use stored::{Since, StoredRow, StoredSuite, command};

use crate::run::{RunError, Trace};

/// Name of the file that a baseline is read from.
pub const RESULTS: &str = "results.json";

/// What a report is made of.
pub struct Report<'a> {
    /// The results.
    pub suite: &'a StoredSuite,
    /// What a row's run looked like, one a row.
    pub traces: Vec<Option<&'a Trace>>,
    /// The comparison with an earlier run.
    pub comparison: Option<&'a Comparison>,
    /// Folder of that earlier run's report.
    pub baseline: Option<&'a Path>,
    /// Bounds on maps.
    pub limits: &'a sim::input::Limits,
}

/// A file that can't be written.
fn wrong(path: &Path, error: impl ToString) -> RunError {
    RunError::Usage(format!(
        "{}: expected a file that can be written, found {}",
        path.display(),
        error.to_string()
    ))
}

/// Writes all files of a report; their paths.
///
/// # Errors
/// If one can't be written.
pub fn write(report: &Report<'_>, folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    std::fs::create_dir_all(folder).map_err(|e| wrong(folder, e))?;
    // The baseline may be the folder that is written: it is read before anything is replaced.
    let before = report
        .baseline
        .map(parquet::read_traces)
        .unwrap_or_default();
    let page = html::page(report, &before)?;
    let text = serde_json::to_string_pretty(report.suite)
        .map_err(|e| RunError::Internal(format!("results as JSON: {e}")))?;
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        // Written beside and moved, so that a kill leaves the old file or the new one.
        let beside = folder.join(format!(".{name}.part"));
        std::fs::write(&beside, bytes).map_err(|e| wrong(&beside, e))?;
        std::fs::rename(&beside, &path).map_err(|e| wrong(&path, e))?;
        written.push(path);
        Ok::<_, RunError>(())
    };
    put("index.html", page.as_bytes())?;
    put("junit.xml", &junit::xml(report.suite))?;
    put("results.parquet", &parquet::results(report.suite)?)?;
    put(
        "trajectories.parquet",
        &parquet::trajectories(&report.suite.scenarios, &report.traces)?,
    )?;
    put(RESULTS, text.as_bytes())?;
    Ok(written)
}
