//! What a look into a driver's networks shows. For the debugger: no driver may read it.

use bevy::prelude::Resource;

use crate::actor::ActorId;

/// Whose networks are looked into, and what was found. Without this resource nobody looks, and nothing is paid.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Probes {
    /// The actor.
    pub actor: Option<ActorId>,
    /// The newest forward pass of each of its networks.
    pub found: Vec<NetworkProbe>,
}

impl Probes {
    /// Takes a forward pass in, in the place of an older one of the same network.
    pub fn put(&mut self, probe: NetworkProbe) {
        self.found.retain(|old| old.network != probe.network);
        self.found.push(probe);
    }
}

/// One forward pass of one network for one actor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkProbe {
    /// Name of the network.
    pub network: String,
    /// Simulation time, seconds.
    pub time_s: f64,
    /// What its attention can look at, in the order of the keys; empty where it has no such tokens.
    pub tokens: Vec<ProbeToken>,
    /// Its layers in the order in which they ran.
    pub layers: Vec<LayerProbe>,
}

/// Something that a network looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeToken {
    /// What it is, such as `route` or `object`.
    pub kind: &'static str,
    /// Where it is, world frame, metres; nothing for an empty place.
    pub position_m: Option<[f64; 2]>,
}

/// One layer of a forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerProbe {
    /// Its path in the network's weights.
    pub name: String,
    /// Shape of its output.
    pub shape: Vec<i64>,
    /// Root mean square of its output.
    pub rms: f32,
    /// Largest absolute value of its output.
    pub most: f32,
    /// Share of its output that is not finite, 0 to 1.
    pub broken: f32,
    /// Where it looked, if it is attention.
    pub attention: Option<AttentionProbe>,
}

/// Weights of attention.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionProbe {
    /// Queries; those of a planner's decoder are its proposals in their order.
    pub queries: usize,
    /// Keys.
    pub keys: usize,
    /// Mean over the heads, by query and then key; each query's sum is 1.
    pub weights: Vec<f32>,
    /// Entropy of each head over that of even weights, 0 (one key) to 1.
    pub spread: Vec<f32>,
}

/// Fields of a [`LayerProbe`] in their order.
type Parts = (
    String,
    Vec<i64>,
    [f32; 3],
    Option<(usize, usize, Vec<f32>, Vec<f32>)>,
);

impl LayerProbe {
    /// Of name, shape, (rms, most, broken), attention (queries, keys, weights, spread).
    pub fn from_parts((name, shape, [rms, most, broken], attention): Parts) -> Self {
        let attention = attention.map(|(queries, keys, weights, spread)| AttentionProbe {
            queries,
            keys,
            weights,
            spread,
        });
        Self {
            name,
            shape,
            rms,
            most,
            broken,
            attention,
        }
    }
}

impl AttentionProbe {
    /// The weights of a query over the keys.
    pub fn row(&self, query: usize) -> Option<&[f32]> {
        self.weights.chunks_exact(self.keys.max(1)).nth(query)
    }
}
