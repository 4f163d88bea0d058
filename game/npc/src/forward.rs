//! The network's forward pass over the characters of all worlds.

use std::path::Path;

use nn::Twins;
use sim::tick::{Forward, Pipeline, Stage};
use sim::world::SimWorld;
use tch::nn::VarStore;
use tch::{Device, Tensor};

use crate::install::Jobs;
use crate::network::{Config, Network, OUTPUT};
use crate::tokens::WIDTH;

/// Name of the network in its weight file.
pub const NAME: &str = "npc";

/// The network, on as many threads as there are.
pub struct NpcForward {
    networks: Twins<Network>,
}

impl NpcForward {
    /// A network that is there already, with its store.
    pub fn new(network: Network, config: Config, store: VarStore) -> Self {
        let build = move |path: &tch::nn::Path<'_>| Network::new(path, &config);
        Self {
            networks: Twins::new(network, store, build),
        }
    }

    /// Loads the weights.
    ///
    /// # Errors
    /// If the file is not one of this network.
    pub fn load(path: &Path, device: Device) -> Result<Self, nn::WeightsError> {
        let (network, config, mut store) = load(path, device)?;
        store.freeze();
        Ok(Self::new(network, config, store))
    }

    /// A tick in which it thinks for the characters of [`crate::install`].
    pub fn pipeline(self) -> Pipeline {
        Pipeline::new(vec![(Stage::PlanDecode, Box::new(self))])
    }

    /// Outputs (`OUTPUT` numbers) of inputs (`WIDTH` numbers), each alone.
    pub fn run(&self, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
        let device = self.networks.device();
        let size = if device.is_cuda() { 64 } else { 1 };
        self.networks.map(inputs, |network, part| {
            run_rows(network, part, size, device)
        })
    }
}

/// A network with its weights.
///
/// # Errors
/// If the file is not one of this network.
pub fn load(path: &Path, device: Device) -> Result<(Network, Config, VarStore), nn::WeightsError> {
    let config: Config = nn::weights::read_config(path, NAME)?;
    let mut store = VarStore::new(device);
    let network = Network::new(&store.root(), &config);
    nn::load(&mut store, NAME, path)?;
    Ok((network, config, store))
}

/// Outputs of inputs in batches of a size.
pub fn run_rows(
    network: &Network,
    inputs: &[&[f32]],
    size: usize,
    device: Device,
) -> Vec<Vec<f32>> {
    if inputs.is_empty() {
        return Vec::new();
    }
    let flat: Vec<f32> = inputs.iter().flat_map(|row| row.iter().copied()).collect();
    let x = Tensor::from_slice(&flat).reshape([inputs.len() as i64, WIDTH as i64]);
    let out = nn::micro_batch(&[x], size, device, |t| vec![network.forward(&t[0])]);
    let flat: Vec<f32> = out
        .first()
        .and_then(|t| t.to_device(Device::Cpu).flatten(0, -1).try_into().ok())
        .unwrap_or_default();
    flat.chunks(OUTPUT).map(<[f32]>::to_vec).collect()
}

impl Forward for NpcForward {
    fn forward(&mut self, worlds: &mut [SimWorld]) {
        let mut outputs = {
            let inputs: Vec<&[f32]> = worlds
                .iter()
                .filter_map(|world| world.ecs.get_resource::<Jobs>())
                .flat_map(Jobs::inputs)
                .collect();
            self.run(&inputs).into_iter()
        };
        for world in worlds {
            if let Some(mut jobs) = world.ecs.get_resource_mut::<Jobs>() {
                jobs.take(&mut outputs);
            }
        }
    }
}
