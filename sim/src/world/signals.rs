//! What the traffic lights show.

use std::collections::BTreeMap;

use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

/// What a traffic-light head shows.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum SignalPhase {
    /// Dark, or not known.
    #[default]
    Off,
    /// Red alone.
    Red,
    /// Red and yellow together, before green.
    RedYellow,
    /// Yellow alone.
    Yellow,
    /// Yellow, flashing: give way.
    FlashingYellow,
    /// Green.
    Green,
}

/// The phase of each signal, by OpenDRIVE signal id; one that is missing is [`SignalPhase::Off`].
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalStates(pub BTreeMap<String, SignalPhase>);

impl SignalStates {
    /// The phase of a signal.
    pub fn phase(&self, signal_id: &str) -> SignalPhase {
        self.0.get(signal_id).copied().unwrap_or_default()
    }
}
