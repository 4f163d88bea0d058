//! Trajectories as written.

use sim::input::InputError;

use super::{Context, Position};
use crate::read::El;

/// `Vertex` of a polyline.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
    /// When, seconds.
    pub time_s: f64,
    /// Where.
    pub position: Position,
}

/// `ControlPoint` of a NURBS.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlPoint {
    /// When, seconds.
    pub time_s: f64,
    /// How strong it pulls.
    pub weight: f64,
    /// Where.
    pub position: Position,
}

/// `ClothoidSplineSegment`
#[derive(Clone, Debug, PartialEq)]
pub struct ClothoidSegment {
    /// Where it starts; by default at the end of the one before.
    pub start: Option<Position>,
    /// 1/m, by default that at the end of the one before.
    pub curvature_start: Option<f64>,
    /// 1/m, by default that of its start.
    pub curvature_end: Option<f64>,
    /// Metres.
    pub length_m: f64,
    /// Added to the heading at its start, radians.
    pub h_offset_rad: f64,
    /// When it starts, seconds.
    pub time_start_s: f64,
}

/// `Shape`
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Straight lines between vertices.
    Polyline(Vec<Vertex>),
    /// One clothoid.
    Clothoid {
        /// Where it starts.
        start: Position,
        /// At the start, 1/m.
        curvature: f64,
        /// Its change, 1/m².
        curvature_dot: f64,
        /// Metres.
        length_m: f64,
        /// When it starts, seconds.
        start_time_s: f64,
        /// When it ends, seconds.
        stop_time_s: f64,
    },
    /// Clothoids one after another.
    ClothoidSpline {
        /// At least one.
        segments: Vec<ClothoidSegment>,
        /// When the last ends, seconds.
        time_end_s: f64,
    },
    /// Rational B-spline.
    Nurbs {
        /// Degree and 1.
        order: usize,
        /// At least `order`.
        points: Vec<ControlPoint>,
        /// As many as points and order.
        knots: Vec<f64>,
    },
}

/// `Trajectory`
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Its name.
    pub name: String,
    /// Whether its end leads to its start.
    pub closed: bool,
    /// Its course.
    pub shape: Shape,
}

/// Longest trajectory that is sampled, metres.
const MAX_LENGTH_M: f64 = 1e5;
/// Highest order of a NURBS; the standard's examples use 4.
const MAX_ORDER: i64 = 16;

impl Trajectory {
    /// Reads a `Trajectory` or a `CatalogReference` to one.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        ctx.here_or_catalog(el, "Trajectory", |el| {
            Ok(Self {
                name: el.opt_text("name")?.unwrap_or_default(),
                closed: el.bool_or("closed", false)?,
                shape: read_shape(ctx, el.need_child("Shape")?.choice("a shape")?)?,
            })
        })
    }
}

fn read_shape(ctx: &Context, el: El<'_>) -> Result<Shape, InputError> {
    let length = |el: El<'_>| -> Result<f64, InputError> {
        let length_m = el.f64("length")?;
        if length_m > 0.0 && length_m <= MAX_LENGTH_M {
            Ok(length_m)
        } else {
            Err(el.error(
                format!("a length within 0 and {MAX_LENGTH_M} m"),
                format!("{length_m}"),
            ))
        }
    };
    match el.name() {
        "Polyline" => {
            let mut vertices = Vec::new();
            for vertex in el.children("Vertex") {
                vertices.push(Vertex {
                    time_s: vertex.f64_or("time", 0.0)?,
                    position: Position::read(ctx, vertex.need_child("Position")?)?,
                });
            }
            if vertices.len() < 2 {
                return Err(el.error("at least two vertices", format!("{}", vertices.len())));
            }
            Ok(Shape::Polyline(vertices))
        }
        "Clothoid" => {
            let dot = match el.opt_f64("curvaturePrime")? {
                Some(value) => value,
                None => el.f64("curvatureDot")?,
            };
            Ok(Shape::Clothoid {
                start: Position::read(ctx, el.need_child("Position")?)?,
                curvature: el.f64("curvature")?,
                curvature_dot: dot,
                length_m: length(el)?,
                start_time_s: el.f64_or("startTime", 0.0)?,
                stop_time_s: el.f64_or("stopTime", 0.0)?,
            })
        }
        "ClothoidSpline" => {
            let mut segments = Vec::new();
            for segment in el
                .children("ClothoidSplineSegment")
                .chain(el.children("Segment"))
            {
                let start = segment.child("PositionStart");
                segments.push(ClothoidSegment {
                    start: start.map(|p| Position::read(ctx, p)).transpose()?,
                    curvature_start: segment.opt_f64("curvatureStart")?,
                    curvature_end: segment.opt_f64("curvatureEnd")?,
                    length_m: length(segment)?,
                    h_offset_rad: segment.f64_or("hOffset", 0.0)?,
                    time_start_s: segment.f64_or("timeStart", 0.0)?,
                });
            }
            let total: f64 = segments.iter().map(|s| s.length_m).sum();
            if segments.is_empty() || total > MAX_LENGTH_M {
                return Err(el.error(
                    format!("segments of at most {MAX_LENGTH_M} m"),
                    format!("{total} m"),
                ));
            }
            Ok(Shape::ClothoidSpline {
                segments,
                time_end_s: el.f64_or("timeEnd", 0.0)?,
            })
        }
        "Nurbs" => read_nurbs(ctx, el),
        other => Err(el.error(
            "Polyline, Clothoid, ClothoidSpline or Nurbs",
            format!("<{other}>"),
        )),
    }
}

fn read_nurbs(ctx: &Context, el: El<'_>) -> Result<Shape, InputError> {
    let order = el.i64("order")?;
    let mut points = Vec::new();
    for point in el.children("ControlPoint") {
        points.push(ControlPoint {
            time_s: point.f64_or("time", 0.0)?,
            weight: point.f64_or("weight", 1.0)?,
            position: Position::read(ctx, point.need_child("Position")?)?,
        });
    }
    if !(2..=MAX_ORDER).contains(&order) || points.len() < order as usize {
        return Err(el.error(
            format!("an order within 2 and {MAX_ORDER}, and at least as many control points"),
            format!("order {order} and {} points", points.len()),
        ));
    }
    let order = order as usize;
    let mut knots = Vec::new();
    for knot in el.children("Knot") {
        knots.push(knot.f64("value")?);
    }
    if knots.is_empty() {
        // Open uniform knots, so that the curve meets its first and last point.
        let inner = points.len() + 1 - order;
        knots = (0..points.len() + order)
            .map(|i| (i as f64 - (order - 1) as f64).clamp(0.0, inner as f64) / inner as f64)
            .collect();
    }
    let is_rising = knots.windows(2).all(|k| k[0] <= k[1]);
    if knots.len() != points.len() + order || !is_rising || knots.last() == knots.first() {
        return Err(el.error(
            format!("{} knots that do not fall", points.len() + order),
            format!("{} knots", knots.len()),
        ));
    }
    if points.iter().any(|p| p.weight <= 0.0) {
        return Err(el.error("control points of positive weight", "another"));
    }
    Ok(Shape::Nurbs {
        order,
        points,
        knots,
    })
}
