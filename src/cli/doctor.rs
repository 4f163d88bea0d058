//! `skidpad doctor`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, output};
use crate::doctor::{Status, examine};

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Folder of the networks' weights
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

/// Tells what is there; exit code 2 where something that is needed is missing.
pub fn doctor(args: DoctorArgs) -> Result<u8, Failure> {
    let findings = examine(args.weights.as_deref());
    let healthy = findings.iter().all(|f| f.status != Status::Problem);
    if args.json {
        output::json(&json!({"healthy": healthy, "findings": findings}))?;
    } else {
        let mut text = String::new();
        for finding in &findings {
            let mark = match finding.status {
                Status::Ok => "ok      ",
                Status::Absent => "absent  ",
                Status::Problem => "PROBLEM ",
            };
            text += &format!("{mark} {}: {}\n", finding.name, finding.found);
            if let Some(mend) = &finding.mend {
                text += &format!("          to mend it: {mend}\n");
            }
        }
        output::print(&text);
    }
    Ok(if healthy { 0 } else { 2 })
}
