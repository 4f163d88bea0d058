//! Copies of a network, so that each thread has its own: tensors can't be shared between threads.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use tch::Device;
use tch::nn::{Path, VarStore};

/// A network and the store of its variables, for one thread at a time.
struct Twin<N> {
    store: VarStore,
    network: N,
}

/// Copies of a network: on the CPU one a thread, made when they are first needed; on a GPU one.
pub struct Twins<N> {
    device: Device,
    all: Mutex<Vec<Arc<Mutex<Twin<N>>>>>,
    build: Box<dyn Fn(&Path<'_>) -> N + Send + Sync>,
}

impl<N: Send> Twins<N> {
    /// A network with its store; `build` makes another one of the same shape.
    pub fn new(
        network: N,
        store: VarStore,
        build: impl Fn(&Path<'_>) -> N + Send + Sync + 'static,
    ) -> Self {
        Self {
            device: store.device(),
            all: Mutex::new(vec![Arc::new(Mutex::new(Twin { store, network }))]),
            build: Box::new(build),
        }
    }

    /// Where they run.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Gives consecutive parts of the inputs to networks of their own, on the threads of rayon's pool; all to one
    /// on a GPU. Outputs stand in the order of the inputs. `run` must treat each input as if it were alone
    /// ([`crate::micro_batch`] does), so that nobody can tell how many networks there were.
    pub fn map<I: Sync, O: Send>(
        &self,
        inputs: &[I],
        run: impl Fn(&N, &[I]) -> Vec<O> + Sync,
    ) -> Vec<O> {
        let threads = if self.device.is_cuda() {
            1
        } else {
            rayon::current_num_threads()
        };
        let twins = self.take(threads.min(inputs.len()).max(1));
        let run_one = |twin: &Mutex<Twin<N>>, part: &[I]| {
            crate::use_one_thread();
            run(&lock(twin).network, part)
        };
        if let [twin] = twins.as_slice() {
            return run_one(twin, inputs);
        }
        let parts = inputs.par_chunks(inputs.len().div_ceil(twins.len()));
        let outputs = twins.par_iter().zip(parts);
        outputs
            .flat_map_iter(|(twin, part)| run_one(twin, part))
            .collect()
    }

    /// So many networks, or as many as can be made.
    fn take(&self, count: usize) -> Vec<Arc<Mutex<Twin<N>>>> {
        let mut all = lock(&self.all);
        while all.len() < count {
            let mut store = VarStore::new(self.device);
            let network = (self.build)(&store.root());
            let is_copied = all.first().is_some_and(|first| {
                let first = lock(first);
                store.copy(&first.store).is_ok()
            });
            if !is_copied {
                break;
            }
            store.freeze();
            all.push(Arc::new(Mutex::new(Twin { store, network })));
        }
        all.iter().take(count).cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Kind, Tensor};

    #[test]
    fn outputs_are_those_of_one_network_in_order() {
        let build = |path: &Path<'_>| crate::EncoderBlock::new(path, 16, 4, 2);
        let store = VarStore::new(Device::Cpu);
        let network = {
            let _generator = crate::device::seed(5);
            build(&store.root())
        };
        let twins = Twins::new(network, store, build);
        let inputs: Vec<Vec<f32>> = (0..7)
            .map(|k| {
                (0..16 * 3)
                    .map(|i| ((i * 7 + k * 13) % 11) as f32)
                    .collect()
            })
            .collect();
        let run = |block: &crate::EncoderBlock, part: &[Vec<f32>]| {
            let one = |values: &Vec<f32>| -> Vec<f32> {
                let x = Tensor::from_slice(values).reshape([1, 3, 16]);
                let out = tch::no_grad(|| block.forward(&x, None)).to_kind(Kind::Float);
                out.flatten(0, -1).try_into().unwrap()
            };
            part.iter().map(one).collect::<Vec<_>>()
        };
        let pool = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
        };
        let alone = pool(1).install(|| twins.map(&inputs, run));
        assert_eq!(alone.len(), 7);
        for threads in [2, 3, 16] {
            assert_eq!(pool(threads).install(|| twins.map(&inputs, run)), alone);
        }
        assert!(twins.map(&[], run).is_empty());
    }
}
