//! Reading a record back, whole or cut off.

use std::collections::BTreeMap;
use std::path::Path;

use mcap::read::{MessageStream, Options};

use crate::input::{InputError, Limits, read_bytes};

/// One channel of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordChannel {
    /// Name of the message type.
    pub schema: String,
    /// Messages.
    pub messages: u64,
    /// Bytes of all messages.
    pub bytes: u64,
}

/// What a record holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordSummary {
    /// Channels by topic.
    pub channels: BTreeMap<String, RecordChannel>,
    /// Time of the first and the last message, seconds.
    pub span_s: Option<(f64, f64)>,
    /// What ended the reading before the record's end, where something did.
    pub cut: Option<String>,
}

/// Reads a record up to its end, or up to where it was cut.
///
/// # Errors
/// If it can't be read, is too large or is no MCAP file.
pub fn read_summary(path: &Path, limits: &Limits) -> Result<RecordSummary, InputError> {
    let bytes = read_bytes(path, limits)?;
    let wrong = |found: String| InputError::new(path, "an MCAP record", found);
    if !bytes.starts_with(mcap::MAGIC) {
        return Err(wrong("no MCAP magic at its start".to_owned()));
    }
    let stream = MessageStream::new_with_options(&bytes, Options::IgnoreEndMagic.into())
        .map_err(|e| wrong(e.to_string()))?;
    let mut summary = RecordSummary::default();
    for message in stream {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                summary.cut = Some(error.to_string());
                break;
            }
        };
        let channel = summary
            .channels
            .entry(message.channel.topic.clone())
            .or_default();
        if channel.messages == 0
            && let Some(schema) = &message.channel.schema
        {
            channel.schema.clone_from(&schema.name);
        }
        channel.messages += 1;
        channel.bytes += message.data.len() as u64;
        let time_s = message.log_time as f64 * 1e-9;
        summary.span_s = Some(
            summary
                .span_s
                .map_or((time_s, time_s), |(a, b)| (a.min(time_s), b.max(time_s))),
        );
    }
    if summary.cut.is_none() && !bytes.ends_with(mcap::MAGIC) {
        summary.cut = Some("no MCAP magic at its end".to_owned());
    }
    Ok(summary)
}
