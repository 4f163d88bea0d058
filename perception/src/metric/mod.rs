//! How good detections are, each figure in a file of its own with its unit, threshold and source.

mod average_precision;
mod matching;
mod true_positive;

pub use average_precision::{MIN_PRECISION, MIN_RECALL, average_precision};
pub use matching::{Evaluation, FrameBoxes, RANGE_M, THRESHOLDS_M, evaluate};
pub use true_positive::{TP_THRESHOLD_M, TruePositiveErrors};
