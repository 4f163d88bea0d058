//! The drivers of the whole program.

use std::sync::Arc;

use bevy::prelude::Resource;

use runner::{Drivers, RunError, RunOptions, assets};
use scenarios::WholeDrivers;
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
        install_agents(world);
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
            let rig = rig(options)?;
            world.ecs.entity_mut(entity).insert(SensorRig(rig));
        }
        if is_learned {
            install_perception(world);
        }
        Ok(())
    }

    fn make_ready(
        &self,
        world: &mut SimWorld,
        whole: &[DriverSpec],
        options: &RunOptions,
    ) -> Result<(), RunError> {
        install_agents(world);
        let mut sensors = None;
        if whole.contains(&DriverSpec::Learned) {
            if options.no_sensors {
                return Err(RunError::Usage(
                    "the learned driver of a controller needs its sensors".into(),
                ));
            }
            sensors = Some(rig(options)?);
            install_perception(world);
        }
        world.ecs.insert_resource(WholeDrivers { rig: sensors });
        Ok(())
    }

    fn pipeline(&self, options: &RunOptions, whole: &[DriverSpec]) -> Result<Pipeline, RunError> {
        super::pipeline(options, whole)
    }
}

/// What has been installed in a world already.
#[derive(Resource, Default)]
struct Installed {
    agents: bool,
    perception: bool,
}

fn install_agents(world: &mut SimWorld) {
    world.keep_none::<Installed>();
    let mut installed = world.ecs.get_resource_or_init::<Installed>();
    if !std::mem::replace(&mut installed.agents, true) {
        agents::install(world, agents::AgentsConfig::default());
    }
}

fn install_perception(world: &mut SimWorld) {
    let mut installed = world.ecs.get_resource_or_init::<Installed>();
    if !std::mem::replace(&mut installed.perception, true) {
        perception::install(world, perception::PerceptionSettings::default());
    }
}

fn rig(options: &RunOptions) -> Result<Arc<Rig>, RunError> {
    let path = options
        .rig
        .clone()
        .unwrap_or_else(|| assets(None).join("rigs").join("default.ron"));
    Ok(Arc::new(Rig::load(&path, &options.limits)?))
}
