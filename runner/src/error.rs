//! Why a scenario could not be run.

use sim::input::InputError;

/// A failure before the first tick, or outside the simulation.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The user's files or options.
    #[error("{0}")]
    Input(#[from] InputError),
    /// Wrong usage that no file is to blame for.
    #[error("{0}")]
    Usage(String),
    /// A controller of the scenario names a driver that this program does not have.
    #[error("a controller of the scenario names a driver of the whole program")]
    NeedsDrivers,
    /// A bug.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl RunError {
    /// The exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Usage(_) => 2,
            Self::Internal(_) | Self::NeedsDrivers => 3,
        }
    }
}
