//! A run that is read from an MCAP record.
