//! Who drives an ego vehicle.

use sim::actor::ActorId;
use sim::message::DriverSpec;
use sim::tick::Pipeline;
use sim::world::SimWorld;

use crate::{RunError, RunOptions};

/// The drivers that a program has.
pub trait Drivers: Sync {
    /// Gives the ego vehicle of a world the driver that the options name.
    ///
    /// # Errors
    /// If an option or a file that the driver needs is wrong.
    fn install(
        &self,
        world: &mut SimWorld,
        ego: ActorId,
        options: &RunOptions,
    ) -> Result<(), RunError>;

    /// Makes ready what the drivers need that a scenario's controllers name.
    ///
    /// # Errors
    /// If a file that they need is wrong, or the program does not have them.
    fn make_ready(
        &self,
        world: &mut SimWorld,
        whole: &[DriverSpec],
        options: &RunOptions,
    ) -> Result<(), RunError>;

    /// The tick, with the forward passes that the options' driver and those of controllers need.
    ///
    /// # Errors
    /// If a file that they need is missing or broken.
    fn pipeline(&self, options: &RunOptions, whole: &[DriverSpec]) -> Result<Pipeline, RunError>;
}

/// The storyboard alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnRails;

impl OnRails {
    /// Whether it is enough for a run.
    pub fn suffices(options: &RunOptions) -> bool {
        options.driver == DriverSpec::Scripted
    }

    fn check(options: &RunOptions) -> Result<(), RunError> {
        if Self::suffices(options) {
            return Ok(());
        }
        Err(RunError::Internal(format!(
            "the driver {:?} is not part of this program",
            options.driver
        )))
    }
}

impl Drivers for OnRails {
    fn install(&self, _: &mut SimWorld, _: ActorId, options: &RunOptions) -> Result<(), RunError> {
        Self::check(options)
    }

    fn make_ready(
        &self,
        _: &mut SimWorld,
        _: &[DriverSpec],
        _: &RunOptions,
    ) -> Result<(), RunError> {
        Err(RunError::NeedsDrivers)
    }

    fn pipeline(&self, options: &RunOptions, _: &[DriverSpec]) -> Result<Pipeline, RunError> {
        Self::check(options)?;
        Ok(Pipeline::new(Vec::new()))
    }
}
