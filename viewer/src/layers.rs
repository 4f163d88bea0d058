//! What is drawn over the scene.

use serde::{Deserialize, Serialize};

/// One kind of overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// Lidar points of the selected driver.
    Lidar,
    /// Its detections, held against what was there.
    Detections,
    /// Its tracks with their uncertainty.
    Tracks,
    /// Futures it predicts.
    Predictions,
    /// Plans it chose from.
    Proposals,
    /// The plan it follows.
    Plan,
    /// Lines to what its planner looked at.
    Attention,
    /// Ways that actors have come.
    Trails,
    /// Names over actors.
    Names,
    /// The other run, as ghosts.
    Ghosts,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Lidar,
        Self::Detections,
        Self::Tracks,
        Self::Predictions,
        Self::Proposals,
        Self::Plan,
        Self::Attention,
        Self::Trails,
        Self::Names,
        Self::Ghosts,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lidar => "Lidar points",
            Self::Detections => "Detections",
            Self::Tracks => "Tracks",
            Self::Predictions => "Predicted futures",
            Self::Proposals => "Proposals",
            Self::Plan => "Plan",
            Self::Attention => "Attention",
            Self::Trails => "Trails",
            Self::Names => "Names",
            Self::Ghosts => "Ghosts of the other run",
        }
    }
}

/// What lidar points are coloured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PointColor {
    /// Strength of the return.
    #[default]
    Intensity,
    /// What it truly hit, where that is known.
    Class,
    /// Beam.
    Ring,
    /// Height over the ground.
    Height,
    /// Measured range less the true one, where that is known.
    Error,
}

impl PointColor {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Intensity,
        Self::Class,
        Self::Ring,
        Self::Height,
        Self::Error,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intensity => "intensity",
            Self::Class => "class",
            Self::Ring => "ring",
            Self::Height => "height",
            Self::Error => "error",
        }
    }
}

/// Which overlays are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layers {
    shown: std::collections::BTreeSet<Layer>,
    /// What lidar points are coloured by.
    pub points: PointColor,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            // A look at attention costs another run of some ticks.
            shown: Layer::ALL
                .into_iter()
                .filter(|layer| *layer != Layer::Attention)
                .collect(),
            points: PointColor::default(),
        }
    }
}

impl Layers {
    /// Whether one is drawn.
    pub fn shows(&self, layer: Layer) -> bool {
        self.shown.contains(&layer)
    }

    /// Draws or hides one.
    pub fn toggle(&mut self, layer: Layer) {
        if !self.shown.remove(&layer) {
            self.shown.insert(layer);
        }
    }
}
