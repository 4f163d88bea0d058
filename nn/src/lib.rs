//! What every network here is made of: transformer blocks, device, weight files, fixed-size
//! batching and the training loop, on libtorch (tch). Knows nothing of roads or vehicles.
//!
//! In: tensors and a [`tch::nn::VarStore`]. Out: tensors, safetensors files with their config and
//! checksum, loss curves. Nothing prints and nothing reads a clock: progress leaves through
//! [`train::Progress`]. Inference runs libtorch on one thread ([`device::use_one_thread`]), so the
//! bits don't depend on the thread count; parallelism is across worlds and actors ([`Twins`]).
//! Start reading at [`block`], then [`weights`] and [`train`].

pub mod batch;
pub mod block;
pub mod device;
pub mod feature;
pub mod optimizer;
pub mod probe;
pub mod schedule;
pub mod train;
pub mod twins;
pub mod weights;

pub use batch::micro_batch;
pub use block::{Attention, CrossBlock, EncoderBlock, Mlp};
pub use device::{device, use_one_thread};
pub use feature::{fourier_features, sinusoidal_positions};
pub use twins::Twins;
pub use weights::{WeightsError, load, save};
