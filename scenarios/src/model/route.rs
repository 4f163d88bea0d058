//! Routes.

use sim::input::InputError;

use super::{Context, Position};
use crate::read::El;

/// `RouteStrategy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteStrategy {
    /// Least time.
    Fastest,
    /// Least length.
    Shortest,
    /// Fewest junctions.
    LeastIntersections,
    /// Any.
    Random,
}

/// `Waypoint`
#[derive(Clone, Debug, PartialEq)]
pub struct Waypoint {
    /// Where it is.
    pub position: Position,
    /// How to get there.
    pub strategy: RouteStrategy,
}

/// `Route`
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// Whether the last waypoint leads to the first.
    pub closed: bool,
    /// At least two.
    pub waypoints: Vec<Waypoint>,
}

impl Route {
    /// Reads a `Route` or a `CatalogReference` to one.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        ctx.here_or_catalog(el, "Route", |el| {
            let mut waypoints = Vec::new();
            for waypoint in el.children("Waypoint") {
                let strategy = waypoint.opt_word(
                    "routeStrategy",
                    &[
                        ("fastest", RouteStrategy::Fastest),
                        ("shortest", RouteStrategy::Shortest),
                        ("leastIntersections", RouteStrategy::LeastIntersections),
                        ("random", RouteStrategy::Random),
                    ],
                )?;
                waypoints.push(Waypoint {
                    position: Position::read(ctx, waypoint.need_child("Position")?)?,
                    strategy: strategy.unwrap_or(RouteStrategy::Shortest),
                });
            }
            if waypoints.is_empty() {
                return Err(el.error("waypoints in <Route>", "none"));
            }
            Ok(Self {
                name: el.opt_text("name")?.unwrap_or_default(),
                closed: el.bool_or("closed", false)?,
                waypoints,
            })
        })
    }
}
