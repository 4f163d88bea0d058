//! What surfaces are: semantic classes and the optical properties of materials.

use crate::actor::ActorClass;
pub use crate::road::MeshMaterial as Material;

/// What a surface is, as semantic images and point truths number it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SemanticClass {
    /// Nothing hit.
    Sky = 0,
    /// Carriageway.
    Road = 1,
    /// Painted mark on it.
    LaneMark = 2,
    /// Pavement and kerb.
    Sidewalk = 3,
    /// Grass and bare ground.
    Terrain = 4,
    /// Building or wall.
    Building = 5,
    /// Tree or bush.
    Vegetation = 6,
    /// Pole or mast.
    Pole = 7,
    /// Guard rail, fence, barrier.
    Barrier = 8,
    /// Traffic-light head.
    TrafficLight = 9,
    /// Traffic sign.
    TrafficSign = 10,
    /// Another object of the map.
    Object = 11,
    /// [`ActorClass::Car`].
    Car = 12,
    /// [`ActorClass::Van`].
    Van = 13,
    /// [`ActorClass::Truck`].
    Truck = 14,
    /// [`ActorClass::Bus`].
    Bus = 15,
    /// [`ActorClass::Trailer`].
    Trailer = 16,
    /// [`ActorClass::Motorcycle`] with its rider.
    Motorcycle = 17,
    /// [`ActorClass::Bicycle`] with its rider.
    Bicycle = 18,
    /// [`ActorClass::Pedestrian`].
    Pedestrian = 19,
    /// [`ActorClass::MovableObject`].
    MovableObject = 20,
    /// [`ActorClass::StaticObject`].
    StaticObject = 21,
}

impl SemanticClass {
    /// Every class, by its number.
    pub const ALL: [Self; 22] = [
        Self::Sky,
        Self::Road,
        Self::LaneMark,
        Self::Sidewalk,
        Self::Terrain,
        Self::Building,
        Self::Vegetation,
        Self::Pole,
        Self::Barrier,
        Self::TrafficLight,
        Self::TrafficSign,
        Self::Object,
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

    /// The class of an actor's surface.
    pub fn of(class: ActorClass) -> Self {
        match class {
            ActorClass::Car => Self::Car,
            ActorClass::Van => Self::Van,
            ActorClass::Truck => Self::Truck,
            ActorClass::Bus => Self::Bus,
            ActorClass::Trailer => Self::Trailer,
            ActorClass::Motorcycle => Self::Motorcycle,
            ActorClass::Bicycle => Self::Bicycle,
            ActorClass::Pedestrian => Self::Pedestrian,
            ActorClass::MovableObject => Self::MovableObject,
            ActorClass::StaticObject => Self::StaticObject,
        }
    }
}

impl Material {
    /// Its semantic class.
    pub fn class(self) -> SemanticClass {
        match self {
            Self::Asphalt | Self::Gravel | Self::BikeLane => SemanticClass::Road,
            Self::Sidewalk | Self::Curb => SemanticClass::Sidewalk,
            Self::Grass => SemanticClass::Terrain,
            Self::MarkWhite
            | Self::MarkYellow
            | Self::MarkRed
            | Self::MarkBlue
            | Self::MarkGreen => SemanticClass::LaneMark,
            Self::Wall => SemanticClass::Building,
            Self::Foliage | Self::Trunk => SemanticClass::Vegetation,
            Self::Metal => SemanticClass::Pole,
            Self::Concrete => SemanticClass::Barrier,
            Self::SignalHousing => SemanticClass::TrafficLight,
            Self::SignFace => SemanticClass::TrafficSign,
            Self::Plastic => SemanticClass::Object,
        }
    }

    /// Diffuse colour, linear red, green, blue.
    pub fn albedo(self) -> [f32; 3] {
        match self {
            Self::Asphalt => [0.085, 0.085, 0.09],
            Self::Gravel => [0.22, 0.2, 0.17],
            Self::Sidewalk => [0.3, 0.29, 0.27],
            Self::Curb => [0.4, 0.4, 0.38],
            Self::BikeLane => [0.28, 0.09, 0.06],
            Self::Grass => [0.09, 0.16, 0.04],
            Self::MarkWhite => [0.75, 0.75, 0.72],
            Self::MarkYellow => [0.72, 0.48, 0.05],
            Self::MarkRed => [0.55, 0.06, 0.05],
            Self::MarkBlue => [0.05, 0.12, 0.5],
            Self::MarkGreen => [0.06, 0.4, 0.12],
            Self::Wall => [0.45, 0.38, 0.31],
            Self::Foliage => [0.05, 0.13, 0.03],
            Self::Trunk => [0.12, 0.08, 0.05],
            Self::Metal => [0.33, 0.34, 0.35],
            Self::Concrete => [0.38, 0.37, 0.35],
            Self::SignalHousing => [0.02, 0.02, 0.02],
            Self::SignFace => [0.7, 0.7, 0.72],
            Self::Plastic => [0.5, 0.3, 0.1],
        }
    }

    /// Share of near-infrared laser light thrown back at normal incidence, 0 to 1; above the
    /// diffuse range for retro-reflecting paint and foil.
    pub fn reflectivity(self) -> f32 {
        match self {
            Self::Asphalt => 0.12,
            Self::Gravel => 0.25,
            Self::Sidewalk | Self::Curb | Self::Concrete => 0.35,
            Self::BikeLane => 0.2,
            Self::Grass | Self::Foliage => 0.45,
            Self::MarkWhite | Self::MarkYellow => 0.85,
            Self::MarkRed | Self::MarkBlue | Self::MarkGreen => 0.6,
            Self::Wall => 0.4,
            Self::Trunk => 0.3,
            Self::Metal => 0.5,
            Self::SignalHousing => 0.1,
            Self::SignFace => 1.0,
            Self::Plastic => 0.4,
        }
    }
}
