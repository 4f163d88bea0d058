//! What a metric sees of one tick.

use super::collision::Impact;
use super::scene::Scene;
use crate::actor::ActorId;
use crate::physics::{Contact, Footprint};
use crate::road::{RoadNetwork, RoadPosition, Route, SignalIndex};
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
    /// Its box.
    pub own: Footprint,
    /// Everybody but the ego vehicle and what it pulls, with their boxes, by id.
    pub others: &'a [(&'a ActorSnapshot, Footprint)],
    /// Who touches whom.
    pub contacts: &'a [Contact],
    /// The map.
    pub map: &'a RoadNetwork,
    /// Where the middle of the ego vehicle's box lies on it.
    pub place: Option<RoadPosition>,
    /// Lights.
    pub signals: &'a SignalStates,
    /// The ego vehicle's route.
    pub route: Option<OnRoute<'a>>,
    /// Signals for the ego vehicle whose station its front crossed in this tick.
    pub crossed: Vec<SignalIndex>,
    /// Collisions of the ego vehicle's that began in this tick.
    pub impacts: Vec<Impact<'a>>,
    /// Who is near along the lane, ten times a second.
    pub scene: Option<Scene<'a>>,
}

/// A route and where the ego vehicle's reference point lies on it.
#[derive(Clone, Copy)]
pub(super) struct OnRoute<'a> {
    /// The route.
    pub route: &'a Route,
    /// Station, metres.
    pub station_m: f64,
    /// Left of its line, metres.
    pub lateral_m: f64,
    /// Whether it is another route than a tick before.
    pub is_new: bool,
}

impl<'a> Sample<'a> {
    /// Distance from the reference point to the front of the box, metres.
    pub fn front_m(&self) -> f64 {
        let b = &self.ego.spec.bounding_box;
        b.center_x_m + b.length_m / 2.0
    }

    /// The other one, and its box, of a contact of the ego vehicle's with somebody that it does not pull.
    pub fn met(&self, contact: &Contact) -> Option<&'a (&'a ActorSnapshot, Footprint)> {
        let other = match (contact.a == self.ego.id, contact.b == self.ego.id) {
            (true, false) => contact.b,
            (false, true) => contact.a,
            _ => return None,
        };
        self.other(other)
    }

    /// Another actor and its box.
    pub fn other(&self, id: ActorId) -> Option<&'a (&'a ActorSnapshot, Footprint)> {
        let index = self.others.binary_search_by_key(&id, |(a, _)| a.id).ok()?;
        self.others.get(index)
    }
}
