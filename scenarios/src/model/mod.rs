//! What a scenario file says, resolved: entities, positions, routes, trajectories.

mod context;
mod controller;
mod dynamics;
mod entity;
mod position;
mod route;
mod signals;
mod trajectory;

pub use context::{Context, Warning};
pub use controller::{Controller, DriverKind};
pub use dynamics::{
    DynamicConstraints, DynamicsDimension, DynamicsShape, FollowingMode, TransitionDynamics,
};
pub use entity::{Entity, EntityId, EntityKind, TrailerCoupling};
pub(crate) use entity::{read_template, vehicle_category};
pub use position::{InRoutePosition, Orientation, Position};
pub use route::{Route, RouteStrategy, Waypoint};
pub use signals::{Phase, TrafficSignalController};
pub use trajectory::{ClothoidSegment, ControlPoint, Shape, Trajectory, Vertex};
