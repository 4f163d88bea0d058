//! Training: samples in, weights out. Truth enters only as the plain data of [`Sample`].

mod augment;
mod loss;
mod sample;
mod target;
mod trainer;

pub use augment::{Mirror, batch_of, input_of};
pub use loss::loss;
pub use sample::{Labels, Sample, TrueBox, read_samples, write_samples};
pub use target::Targets;
pub use trainer::{TrainOptions, train};
