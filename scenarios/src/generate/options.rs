//! How much traffic there is, and of what.

use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorClass, ActorSpec};
use sim::seed::Draw;

/// Shares of the classes of motor vehicles; they need not sum up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VehicleMix {
    /// Passenger cars.
    pub car: f64,
    /// Delivery vans.
    pub van: f64,
    /// Lorries.
    pub truck: f64,
    /// Buses.
    pub bus: f64,
    /// Motorcycles.
    pub motorcycle: f64,
}

impl Default for VehicleMix {
    fn default() -> Self {
        Self {
            car: 0.70,
            van: 0.12,
            truck: 0.08,
            bus: 0.03,
            motorcycle: 0.07,
        }
    }
}

impl VehicleMix {
    /// The same without some classes.
    pub(super) fn without(mut self, classes: impl Iterator<Item = ActorClass>) -> Self {
        for class in classes {
            match class {
                ActorClass::Car => self.car = 0.0,
                ActorClass::Van => self.van = 0.0,
                ActorClass::Truck => self.truck = 0.0,
                ActorClass::Bus => self.bus = 0.0,
                ActorClass::Motorcycle => self.motorcycle = 0.0,
                _ => {}
            }
        }
        self
    }

    /// The class at a place between 0 and 1 of the shares laid end to end.
    pub(super) fn class_at(&self, unit: f64) -> ActorClass {
        use ActorClass::{Bus, Car, Motorcycle, Truck, Van};
        let shares = [
            (Car, self.car),
            (Van, self.van),
            (Truck, self.truck),
            (Bus, self.bus),
            (Motorcycle, self.motorcycle),
        ];
        let sum: f64 = shares.iter().map(|(_, share)| share.max(0.0)).sum();
        let mut left = unit * sum;
        for (class, share) in shares {
            if left < share.max(0.0) {
                return class;
            }
            left -= share.max(0.0);
        }
        Car
    }
}

/// Traffic on roads of some types: how dense it is, and of what.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficZone {
    /// Types of roads as written in OpenDRIVE (`town`, `rural`, `motorway`, …); all where there are none.
    pub road_types: Vec<String>,
    /// Density beside the options' own: 1 is the same, 0 none.
    pub density: f64,
    /// Who drives there.
    pub mix: VehicleMix,
}

/// How much traffic there is.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficOptions {
    /// Driven motor vehicles for each kilometre of driving lane.
    pub vehicles_per_km: f64,
    /// Driven motor vehicles at most.
    pub max_vehicles: usize,
    /// Places that are tried for one of them.
    pub tries: usize,
    /// People on foot.
    pub pedestrians: usize,
    /// Cyclists.
    pub cyclists: usize,
    /// Share of parking places that are taken.
    pub parked_share: f64,
    /// Vehicles broken down on a lane.
    pub stalled: usize,
    /// Driven motor vehicles of these classes in these numbers, beside the mix, which then has none of them.
    pub exactly: Vec<(ActorClass, usize)>,
    /// Whether the first one placed is a car named "Ego".
    pub ego: bool,
    /// Density and mix by type of road; the first that fits counts, and roads that none fits have the
    /// usual mix at the options' own density.
    pub zones: Vec<TrafficZone>,
}

impl Default for TrafficOptions {
    fn default() -> Self {
        Self {
            vehicles_per_km: 9.0,
            max_vehicles: 40,
            tries: 200,
            pedestrians: 16,
            cyclists: 5,
            parked_share: 0.5,
            stalled: 0,
            exactly: Vec::new(),
            ego: false,
            zones: Vec::new(),
        }
    }
}

/// Vehicles of a class differ in size, mass and colour.
pub(super) fn vary(spec: &mut ActorSpec, rng: &mut ChaCha8Rng) {
    let (long, wide, high) = (
        rng.uniform(0.9, 1.1),
        rng.uniform(0.95, 1.05),
        rng.uniform(0.93, 1.12),
    );
    let b = &mut spec.bounding_box;
    b.length_m *= long;
    b.center_x_m *= long;
    b.width_m *= wide;
    b.height_m *= high;
    b.center_z_m *= high;
    if let Some(axles) = &mut spec.axles {
        axles.front.position_x_m *= long;
        axles.front.track_width_m *= wide;
        axles.rear.track_width_m *= wide;
    }
    spec.mass_kg *= long * wide * high;
    let colours = ["white", "black", "grey", "silver", "red", "blue", "green"];
    let colour = colours[rng.index(colours.len())];
    spec.properties
        .push(("color".to_owned(), colour.to_owned()));
}
