//! What a scenario file says, resolved: entities, positions, routes, trajectories.

mod context;
mod dynamics;
mod entity;
mod position;
mod route;
mod signals;
mod trajectory;

pub use context::{Context, Warning};
pub use dynamics::{
    DynamicConstraints, DynamicsDimension, DynamicsShape, FollowingMode, TransitionDynamics,
};
pub use entity::{Entity, EntityId, EntityKind, TrailerCoupling};
pub use position::{InRoutePosition, Orientation, Position};
pub use route::{Route, RouteStrategy, Waypoint};
pub use signals::{Phase, TrafficSignalController};
pub use trajectory::{ClothoidSegment, ControlPoint, Shape, Trajectory, Vertex};
