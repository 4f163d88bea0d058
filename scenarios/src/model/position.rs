//! Positions, as written; a place on the map comes of them at run time.

use std::sync::Arc;

use sim::input::InputError;

use super::{Context, EntityId, Route, Trajectory};
use crate::read::El;

/// `Orientation`: angles in radians, `None` where not given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Orientation {
    /// Heading.
    pub h_rad: Option<f64>,
    /// Pitch.
    pub p_rad: Option<f64>,
    /// Roll.
    pub r_rad: Option<f64>,
    /// Whether relative to what the position refers to (lane, road, entity).
    pub is_relative: bool,
    /// Whether the element was there at all.
    pub is_given: bool,
}

impl Orientation {
    /// Reads the child `Orientation` of a position.
    fn read(el: El<'_>) -> Result<Self, InputError> {
        let Some(o) = el.child("Orientation") else {
            return Ok(Self {
                is_relative: true,
                ..Self::default()
            });
        };
        Ok(Self {
            h_rad: o.opt_f64("h")?,
            p_rad: o.opt_f64("p")?,
            r_rad: o.opt_f64("r")?,
            is_relative: o
                .opt_word("type", &[("relative", true), ("absolute", false)])?
                .unwrap_or(false),
            is_given: true,
        })
    }
}

/// `InRoutePosition`
#[derive(Clone, Debug, PartialEq)]
pub enum InRoutePosition {
    /// Where an entity is.
    FromCurrentEntity(EntityId),
    /// Along the route and beside the reference line, metres.
    FromRoadCoordinates {
        /// Along the route.
        path_s_m: f64,
        /// Beside the reference line.
        t_m: f64,
    },
    /// Along the route, in a lane.
    FromLaneCoordinates {
        /// Along the route, metres.
        path_s_m: f64,
        /// Lane.
        lane_id: i32,
        /// From its middle, metres.
        offset_m: f64,
    },
}

/// `Position`
#[derive(Clone, Debug, PartialEq)]
pub enum Position {
    /// `WorldPosition`; what is not given follows the road surface.
    World {
        /// East, metres.
        x_m: f64,
        /// North, metres.
        y_m: f64,
        /// Up, metres.
        z_m: Option<f64>,
        /// Absolute angles.
        orientation: Orientation,
    },
    /// `RelativeWorldPosition`: offset along the axes of the world turned to the entity's heading.
    RelativeWorld {
        /// Reference.
        entity: EntityId,
        /// Offset, metres.
        d_m: [f64; 3],
        /// Angles.
        orientation: Orientation,
    },
    /// `RelativeObjectPosition`: offset in the entity's own frame.
    RelativeObject {
        /// Reference.
        entity: EntityId,
        /// Offset, metres.
        d_m: [f64; 3],
        /// Angles.
        orientation: Orientation,
    },
    /// `RoadPosition`
    Road {
        /// Road.
        road_id: String,
        /// Along it, metres.
        s_m: f64,
        /// Beside it, metres.
        t_m: f64,
        /// Angles.
        orientation: Orientation,
    },
    /// `RelativeRoadPosition`
    RelativeRoad {
        /// Reference.
        entity: EntityId,
        /// Along the road, metres.
        ds_m: f64,
        /// Beside it, metres.
        dt_m: f64,
        /// Angles.
        orientation: Orientation,
    },
    /// `LanePosition`
    Lane {
        /// Road.
        road_id: String,
        /// Lane.
        lane_id: i32,
        /// Along the road, metres.
        s_m: f64,
        /// From the lane's middle, metres.
        offset_m: f64,
        /// Angles.
        orientation: Orientation,
    },
    /// `RelativeLanePosition`
    RelativeLane {
        /// Reference.
        entity: EntityId,
        /// Lanes to the left.
        d_lane: i32,
        /// Along the road (`ds`) or the lane (`dsLane`), metres.
        ds_m: f64,
        /// Whether `dsLane` was given.
        is_along_lane: bool,
        /// From the lane's middle, metres.
        offset_m: f64,
        /// Angles.
        orientation: Orientation,
    },
    /// `RoutePosition`
    Route {
        /// The route.
        route: Arc<Route>,
        /// Where on it.
        at: InRoutePosition,
        /// Angles.
        orientation: Orientation,
    },
    /// `GeoPosition`, degrees.
    Geo {
        /// North.
        latitude_deg: f64,
        /// East.
        longitude_deg: f64,
        /// Up, metres.
        altitude_m: Option<f64>,
        /// Angles.
        orientation: Orientation,
    },
    /// `TrajectoryPosition`
    Trajectory {
        /// The trajectory.
        trajectory: Arc<Trajectory>,
        /// Along it, metres.
        s_m: f64,
        /// Beside it, metres.
        t_m: f64,
        /// Angles.
        orientation: Orientation,
    },
}

impl Position {
    /// Reads what a `Position` element (or one of its type) holds.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let p = el.choice("a position")?;
        let orientation = Orientation::read(p)?;
        let lane_id = |name: &str| -> Result<i32, InputError> {
            i32::try_from(p.i64(name)?).map_err(|_| p.error("a lane id", "a number out of range"))
        };
        Ok(match p.name() {
            "WorldPosition" => Self::World {
                x_m: p.f64("x")?,
                y_m: p.f64("y")?,
                z_m: p.opt_f64("z")?,
                orientation: Orientation {
                    h_rad: p.opt_f64("h")?,
                    p_rad: p.opt_f64("p")?,
                    r_rad: p.opt_f64("r")?,
                    is_relative: false,
                    is_given: p.node.attr("h").is_some(),
                },
            },
            "RelativeWorldPosition" | "RelativeObjectPosition" => {
                let entity = ctx.entity(&p, "entityRef")?;
                let d_m = [p.f64("dx")?, p.f64("dy")?, p.f64_or("dz", 0.0)?];
                // Without a type the entity's own orientation is meant (standard, Orientation).
                if p.name() == "RelativeWorldPosition" {
                    Self::RelativeWorld {
                        entity,
                        d_m,
                        orientation,
                    }
                } else {
                    Self::RelativeObject {
                        entity,
                        d_m,
                        orientation,
                    }
                }
            }
            "RoadPosition" => Self::Road {
                road_id: p.text("roadId")?,
                s_m: p.f64("s")?,
                t_m: p.f64("t")?,
                orientation,
            },
            "RelativeRoadPosition" => Self::RelativeRoad {
                entity: ctx.entity(&p, "entityRef")?,
                ds_m: p.f64("ds")?,
                dt_m: p.f64("dt")?,
                orientation,
            },
            "LanePosition" => Self::Lane {
                road_id: p.text("roadId")?,
                lane_id: lane_id("laneId")?,
                s_m: p.f64("s")?,
                offset_m: p.f64_or("offset", 0.0)?,
                orientation,
            },
            "RelativeLanePosition" => {
                let along_lane = p.opt_f64("dsLane")?;
                Self::RelativeLane {
                    entity: ctx.entity(&p, "entityRef")?,
                    d_lane: lane_id("dLane")?,
                    ds_m: match (p.opt_f64("ds")?, along_lane) {
                        (Some(ds), _) => ds,
                        (None, Some(ds)) => ds,
                        (None, None) => {
                            return Err(p.error("attribute ds or dsLane", "neither"));
                        }
                    },
                    is_along_lane: p.node.attr("ds").is_none(),
                    offset_m: p.f64_or("offset", 0.0)?,
                    orientation,
                }
            }
            "RoutePosition" => {
                let reference = p.need_child("RouteRef")?.choice("a route")?;
                Self::Route {
                    route: Arc::new(Route::read(ctx, reference)?),
                    at: read_in_route(ctx, p.need_child("InRoutePosition")?)?,
                    orientation,
                }
            }
            "GeoPosition" => {
                let degrees = |deg: &str, rad: &str| -> Result<f64, InputError> {
                    match (p.opt_f64(deg)?, p.opt_f64(rad)?) {
                        (Some(value), _) => Ok(value),
                        (None, Some(value)) => Ok(value.to_degrees()),
                        (None, None) => Err(p.error(format!("attribute {deg}"), "none")),
                    }
                };
                Self::Geo {
                    latitude_deg: degrees("latitudeDeg", "latitude")?,
                    longitude_deg: degrees("longitudeDeg", "longitude")?,
                    altitude_m: p.opt_f64("altitude")?.or(p.opt_f64("height")?),
                    orientation,
                }
            }
            "TrajectoryPosition" => {
                let reference = p.need_child("TrajectoryRef")?.choice("a trajectory")?;
                Self::Trajectory {
                    trajectory: Arc::new(Trajectory::read(ctx, reference)?),
                    s_m: p.f64("s")?,
                    t_m: p.f64_or("t", 0.0)?,
                    orientation,
                }
            }
            other => return Err(p.error("a kind of position", format!("<{other}>"))),
        })
    }

    /// The entity it is relative to.
    pub fn reference(&self) -> Option<EntityId> {
        match self {
            Self::RelativeWorld { entity, .. }
            | Self::RelativeObject { entity, .. }
            | Self::RelativeRoad { entity, .. }
            | Self::RelativeLane { entity, .. } => Some(*entity),
            Self::Route {
                at: InRoutePosition::FromCurrentEntity(entity),
                ..
            } => Some(*entity),
            _ => None,
        }
    }

    /// Its orientation as given.
    pub fn orientation(&self) -> &Orientation {
        match self {
            Self::World { orientation, .. }
            | Self::RelativeWorld { orientation, .. }
            | Self::RelativeObject { orientation, .. }
            | Self::Road { orientation, .. }
            | Self::RelativeRoad { orientation, .. }
            | Self::Lane { orientation, .. }
            | Self::RelativeLane { orientation, .. }
            | Self::Route { orientation, .. }
            | Self::Geo { orientation, .. }
            | Self::Trajectory { orientation, .. } => orientation,
        }
    }
}

fn read_in_route(ctx: &Context, el: El<'_>) -> Result<InRoutePosition, InputError> {
    let p = el.choice("a position in the route")?;
    Ok(match p.name() {
        "FromCurrentEntity" => InRoutePosition::FromCurrentEntity(ctx.entity(&p, "entityRef")?),
        "FromRoadCoordinates" => InRoutePosition::FromRoadCoordinates {
            path_s_m: p.f64("pathS")?,
            t_m: p.f64("t")?,
        },
        "FromLaneCoordinates" => InRoutePosition::FromLaneCoordinates {
            path_s_m: p.f64("pathS")?,
            lane_id: i32::try_from(p.i64("laneId")?)
                .map_err(|_| p.error("a lane id", "a number out of range"))?,
            offset_m: p.f64_or("laneOffset", 0.0)?,
        },
        other => return Err(p.error("a position in the route", format!("<{other}>"))),
    })
}
