//! Training and measuring of the networks on generated and recorded traffic.

pub mod perception;
pub mod planning;
pub mod prediction;
mod traffic;

/// First seed of the held-out maps and traffic; training uses the seeds below 10 000.
pub const HELD_OUT_SEED: u64 = 1_000_000;
