//! What a metric sees of one tick.

use crate::actor::ActorId;
use crate::physics::Contact;
use crate::road::{RoadNetwork, RoadPosition, Route};
use crate::world::{ActorSnapshot, SignalStates};

/// The state after a tick, about the ego vehicle.
pub(super) struct Sample<'a> {
    /// Length of the tick, seconds.
    pub dt_s: f64,
    /// Time of the state, seconds.
    pub time_s: f64,
    /// The ego vehicle a tick before.
    pub before: &'a ActorSnapshot,
    /// The ego vehicle.
    pub ego: &'a ActorSnapshot,
    /// Everybody, the ego vehicle too, by id.
    pub actors: &'a [ActorSnapshot],
    /// Trailers of the ego vehicle, by id.
    pub pulled: &'a [ActorId],
    /// Who touches whom.
    pub contacts: &'a [Contact],
    /// The map.
    pub map: &'a RoadNetwork,
    /// Where the middle of the ego vehicle's box lies on it.
    pub place: Option<RoadPosition>,
    /// Lights.
    pub signals: &'a SignalStates,
    /// The ego vehicle's route.
    pub route: Option<&'a Route>,
}

impl<'a> Sample<'a> {
    /// Everybody but the ego vehicle and what it pulls.
    pub fn others(&self) -> impl Iterator<Item = &'a ActorSnapshot> + '_ {
        self.actors
            .iter()
            .filter(|a| a.id != self.ego.id && !self.pulled.contains(&a.id))
    }

    /// Distance from the reference point to the front of the box, metres.
    pub fn front_m(&self) -> f64 {
        let b = &self.ego.spec.bounding_box;
        b.center_x_m + b.length_m / 2.0
    }
}
