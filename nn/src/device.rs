//! Where networks run, and on how many threads.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::{Device, Tensor};

/// CUDA where there is one, else the CPU.
pub fn device() -> Device {
    Device::cuda_if_available()
}

/// A tensor on a device. To a GPU it goes from pinned memory without waiting, so that the next batch is put together
/// while this one is copied and computed.
///
/// The CUDA half has not been run by the authors: the machines it was written on have no GPU.
pub fn upload(tensor: &Tensor, device: Device) -> Tensor {
    if device.is_cuda() {
        let pinned = tensor.pin_memory(device);
        pinned.to_device_(device, tensor.kind(), true, false)
    } else {
        tensor.to_device(device)
    }
}

/// Runs `forward` with bf16 autocast where the device is CUDA; fp32 elsewhere.
///
/// The CUDA half has not been run by the authors: the machines it was written on have no GPU.
pub fn autocast<T>(device: Device, forward: impl FnOnce() -> T) -> T {
    if device.is_cuda() {
        tch::autocast(true, forward)
    } else {
        forward()
    }
}

/// Makes libtorch run the calling thread's operators on that thread alone.
///
/// Sums split over threads differ in their last bits with the number of threads; one thread gives
/// one result. libtorch keeps the number a thread, so it is set on each thread that calls this.
pub fn use_one_thread() {
    thread_local!(static DONE: Cell<bool> = const { Cell::new(false) });
    DONE.with(|done| {
        if !done.replace(true) {
            tch::set_num_threads(1);
        }
    });
}

/// Seeds libtorch's generator (weight initialisation, dropout) and keeps it for the caller.
///
/// It is one generator for the whole process: hold what this returns while a network is built, or
/// another thread that builds one draws from the same numbers.
#[must_use = "the generator is the caller's own only while this is held"]
pub fn seed(seed: u64) -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    let guard = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    tch::manual_seed((seed & i64::MAX as u64) as i64);
    guard
}
