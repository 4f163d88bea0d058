//! Objects: what stands beside, on and over roads.

use super::network::RoadIndex;
use crate::math::Pose;

/// Corner of an outline, in the object's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CornerPoint {
    /// Forward, metres.
    pub u_m: f64,
    /// Left, metres.
    pub v_m: f64,
    /// Up, metres.
    pub z_m: f64,
    /// Height above that point, metres.
    pub height_m: f64,
}

/// One `<outline>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Corners in order.
    pub corners: Vec<CornerPoint>,
    /// Whether the last joins the first.
    pub closed: bool,
}

/// One object; a `<repeat>` with a distance gives one each, a continuous one is cut into pieces.
#[derive(Clone, Debug)]
pub struct RoadObject {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// Type as written: building, tree, pole, barrier, …
    pub kind: String,
    /// The road it belongs to.
    pub road: RoadIndex,
    /// Station, metres.
    pub s_m: f64,
    /// Lateral, metres.
    pub t_m: f64,
    /// Pose of its origin, at the middle of its base.
    pub pose: Pose,
    /// Along its x axis, metres.
    pub length_m: f64,
    /// Along its y axis, metres.
    pub width_m: f64,
    /// Up, metres.
    pub height_m: f64,
    /// Of round objects, metres.
    pub radius_m: Option<f64>,
    /// Outlines; where there are some they are its shape.
    pub outlines: Vec<Outline>,
    /// Line of the file, from 1.
    pub line: u32,
}
