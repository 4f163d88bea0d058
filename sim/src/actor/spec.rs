//! The unchanging description of an actor.

use serde::{Deserialize, Serialize};

/// What kind of road user or object an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ActorClass {
    /// Passenger car.
    Car,
    /// Delivery van.
    Van,
    /// Lorry or tractor unit.
    Truck,
    /// Bus or tram.
    Bus,
    /// Trailer or semi-trailer.
    Trailer,
    /// Powered two-wheeler.
    Motorcycle,
    /// Pedal cycle.
    Bicycle,
    /// Person (or animal) on foot.
    Pedestrian,
    /// Object that can be pushed.
    MovableObject,
    /// Object that cannot.
    StaticObject,
}

impl ActorClass {
    /// Every class, in the order that networks and images number them.
    pub const ALL: [Self; 10] = [
        Self::Car,
        Self::Van,
        Self::Truck,
        Self::Bus,
        Self::Trailer,
        Self::Motorcycle,
        Self::Bicycle,
        Self::Pedestrian,
        Self::MovableObject,
        Self::StaticObject,
    ];

    /// Whether it moves on wheels along a heading.
    pub fn is_vehicle(self) -> bool {
        !matches!(
            self,
            Self::Pedestrian | Self::MovableObject | Self::StaticObject
        )
    }
}

/// Extent of an actor; `center_*` is where its middle lies from the reference point, in the actor's frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Middle, forward of the reference point, metres.
    pub center_x_m: f64,
    /// Middle, left of the reference point, metres.
    pub center_y_m: f64,
    /// Middle, above the reference point, metres.
    pub center_z_m: f64,
    /// Along x, metres.
    pub length_m: f64,
    /// Along y, metres.
    pub width_m: f64,
    /// Along z, metres.
    pub height_m: f64,
}

/// One axle, as in OpenSCENARIO `Axle`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axle {
    /// Largest steering angle of its wheels, radians.
    pub max_steering_rad: f64,
    /// Diameter of its wheels, metres.
    pub wheel_diameter_m: f64,
    /// Distance of the wheels' middles, metres.
    pub track_width_m: f64,
    /// Forward of the reference point, metres.
    pub position_x_m: f64,
    /// Height of its middle over the ground, metres.
    pub position_z_m: f64,
}

/// Front and rear axle; the reference point of a vehicle is the rear axle's middle on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axles {
    /// The steered one.
    pub front: Axle,
    /// The one at the reference point.
    pub rear: Axle,
}

/// Limits of motion, as in OpenSCENARIO `Performance`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Top speed, m/s.
    pub max_speed_mps: f64,
    /// Largest acceleration, m/s².
    pub max_acceleration_mps2: f64,
    /// Largest deceleration, m/s², positive.
    pub max_deceleration_mps2: f64,
}

/// Everything about an actor that does not change in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorSpec {
    /// Unique name (OpenSCENARIO entity name).
    pub name: String,
    /// Road-user class.
    pub class: ActorClass,
    /// Extent about the reference point.
    pub bounding_box: BoundingBox,
    /// Axles; `None` for those that have none (pedestrians, objects).
    pub axles: Option<Axles>,
    /// Limits of motion.
    pub performance: Performance,
    /// Mass, kg.
    pub mass_kg: f64,
    /// Free properties (OpenSCENARIO `Property`), such as a model file or colour.
    pub properties: Vec<(String, String)>,
}

impl ActorSpec {
    /// A typical member of a class, with dimensions and limits usual for it.
    pub fn typical(name: &str, class: ActorClass) -> Self {
        use ActorClass as C;
        // length, width, height, wheelbase (0: none), rear overhang, mass, top speed, acceleration, deceleration
        let (l, w, h, wheelbase, overhang, mass, v, a, d) = match class {
            C::Car => (4.6, 1.85, 1.5, 2.8, 0.9, 1600.0, 60.0, 4.0, 9.0),
            C::Van => (5.6, 2.0, 2.4, 3.4, 1.1, 2600.0, 45.0, 3.0, 8.5),
            C::Truck => (9.0, 2.5, 3.4, 5.2, 2.2, 12000.0, 28.0, 1.5, 6.5),
            C::Bus => (12.0, 2.55, 3.1, 6.0, 3.2, 13000.0, 28.0, 1.4, 6.0),
            C::Trailer => (10.0, 2.5, 3.6, 6.5, 2.5, 9000.0, 28.0, 1.5, 6.5),
            C::Motorcycle => (2.2, 0.8, 1.5, 1.45, 0.35, 280.0, 60.0, 6.0, 8.5),
            C::Bicycle => (1.8, 0.6, 1.7, 1.05, 0.35, 90.0, 12.0, 1.5, 4.0),
            C::Pedestrian => (0.6, 0.6, 1.8, 0.0, 0.3, 75.0, 8.0, 3.0, 5.0),
            C::MovableObject => (0.6, 0.6, 0.8, 0.0, 0.3, 10.0, 0.0, 0.0, 0.0),
            C::StaticObject => (1.0, 1.0, 1.0, 0.0, 0.5, 500.0, 0.0, 0.0, 0.0),
        };
        let axle = |x: f64, steer: f64| Axle {
            max_steering_rad: steer,
            wheel_diameter_m: if mass > 5000.0 { 1.0 } else { 0.65 },
            track_width_m: (w - 0.25f64).max(0.0),
            position_x_m: x,
            position_z_m: if mass > 5000.0 { 0.5 } else { 0.325 },
        };
        let axles = (wheelbase > 0.0).then(|| Axles {
            front: axle(wheelbase, 0.6),
            rear: axle(0.0, 0.0),
        });
        Self {
            name: name.to_owned(),
            class,
            bounding_box: BoundingBox {
                center_x_m: if wheelbase > 0.0 {
                    l / 2.0 - overhang
                } else {
                    0.0
                },
                center_y_m: 0.0,
                center_z_m: h / 2.0,
                length_m: l,
                width_m: w,
                height_m: h,
            },
            axles,
            performance: Performance {
                max_speed_mps: v,
                max_acceleration_mps2: a,
                max_deceleration_mps2: d,
            },
            mass_kg: mass,
            properties: Vec::new(),
        }
    }

    /// Whether every number in it is finite.
    pub fn is_finite(&self) -> bool {
        let (b, p) = (&self.bounding_box, &self.performance);
        let axle = |a: &Axle| {
            [
                a.max_steering_rad,
                a.wheel_diameter_m,
                a.track_width_m,
                a.position_x_m,
                a.position_z_m,
            ]
        };
        [
            b.center_x_m,
            b.center_y_m,
            b.center_z_m,
            b.length_m,
            b.width_m,
            b.height_m,
            p.max_speed_mps,
            p.max_acceleration_mps2,
            p.max_deceleration_mps2,
            self.mass_kg,
        ]
        .into_iter()
        .chain(self.axles.iter().flat_map(|a| axle(&a.front)))
        .chain(self.axles.iter().flat_map(|a| axle(&a.rear)))
        .all(f64::is_finite)
    }

    /// Distance of the axles, metres; a fraction of the length where there are none.
    pub fn wheelbase_m(&self) -> f64 {
        self.axles.map_or(self.bounding_box.length_m * 0.6, |a| {
            (a.front.position_x_m - a.rear.position_x_m).abs().max(0.1)
        })
    }

    /// Largest angle of the front wheels, radians.
    pub fn max_steering_rad(&self) -> f64 {
        self.axles
            .map_or(0.6, |a| a.front.max_steering_rad.abs().clamp(0.05, 1.4))
    }
}
