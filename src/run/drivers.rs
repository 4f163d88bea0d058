//! The drivers of the whole program.

use std::sync::Arc;

use runner::{Drivers, RunError, RunOptions, assets};
use sim::actor::ActorId;
use sim::message::{DriverSpec, Odometry};
use sim::sensor::{Rig, SensorRig};
use sim::tick::Pipeline;
use sim::world::SimWorld;

/// Storyboard, IDM, expert and learned driver.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllDrivers;

impl Drivers for AllDrivers {
    fn install(
        &self,
        world: &mut SimWorld,
        ego: ActorId,
        options: &RunOptions,
    ) -> Result<(), RunError> {
        agents::install(world, agents::AgentsConfig::default());
        let entity = world
            .entity(ego)
            .ok_or_else(|| RunError::Internal("the ego vehicle is not in the world".into()))?;
        world
            .ecs
            .entity_mut(entity)
            .insert((options.driver, Odometry::default()));
        let is_learned = options.driver == DriverSpec::Learned;
        if is_learned && options.no_sensors {
            return Err(RunError::Usage(
                "the learned driver needs its sensors".into(),
            ));
        }
        if is_learned || (options.rig.is_some() && !options.no_sensors) {
            let path = options
                .rig
                .clone()
                .unwrap_or_else(|| assets(None).join("rigs").join("default.ron"));
            let rig = Rig::load(&path, &options.limits)?;
            world
                .ecs
                .entity_mut(entity)
                .insert(SensorRig(Arc::new(rig)));
        }
        if is_learned {
            perception::install(world, perception::PerceptionSettings::default());
        }
        Ok(())
    }

    fn pipeline(&self, options: &RunOptions) -> Result<Pipeline, RunError> {
        super::pipeline(options)
    }
}
