//! Objects: what stands beside, on and over roads.

use super::SignalOrientation;
use super::network::{RoadIndex, RoadNetwork};
use crate::math::Pose;

/// Corner of an outline, in the object's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CornerPoint {
    /// Number in the object, by which markings and borders name it.
    pub id: Option<u32>,
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
    /// Number in the object.
    pub id: Option<u32>,
    /// Whether it is an outer one; others lie inside of an outer one.
    pub outer: bool,
    /// What fills it: grass, concrete, cobble, asphalt, pavement, gravel, soil, paint; empty where not
    /// written.
    pub fill: String,
    /// Lane type of its surface; empty where not written.
    pub lane_type: String,
}

/// Side of an object's box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectSide {
    /// At +u.
    Front,
    /// At -u.
    Rear,
    /// At +v.
    Left,
    /// At -v.
    Right,
}

/// Lines painted along an object (`<marking>`).
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectMarking {
    /// Along which side of the box; `None` where corners are named.
    pub side: Option<ObjectSide>,
    /// Numbers of the corners that it runs along.
    pub corners: Vec<u32>,
    /// white, yellow, …
    pub color: String,
    /// Width, metres.
    pub width_m: f64,
    /// Over the ground, metres.
    pub z_offset_m: f64,
    /// Length of what is visible, metres.
    pub line_length_m: f64,
    /// Gap until it repeats, metres.
    pub space_length_m: f64,
    /// Where it starts and how far before the end it ends, metres.
    pub offsets_m: [f64; 2],
}

/// A raised rim about an outline (`<border>`).
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectBorder {
    /// concrete, curb, paint.
    pub kind: String,
    /// Width, metres.
    pub width_m: f64,
    /// Number of the outline.
    pub outline: Option<u32>,
    /// Numbers of the corners that it runs along; the whole outline where empty.
    pub corners: Vec<u32>,
}

/// A line that an object follows (`<skeleton>`, 1.8), as poles and wires do.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectPolyline {
    /// Points in the object's frame, with the radius there, metres.
    pub points: Vec<([f64; 3], f64)>,
}

/// `<parkingSpace>` of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParkingRules {
    /// all, car, women, handicapped, bus, truck, electric, residents.
    pub access: String,
    /// Free text.
    pub restrictions: String,
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
    /// Subtype as written.
    pub subtype: String,
    /// For whom it counts.
    pub orientation: SignalOrientation,
    /// How far it counts along s, metres.
    pub valid_length_m: f64,
    /// Lanes (from, to) that it counts for; all where empty.
    pub validity: Vec<(i32, i32)>,
    /// Whether it moves by itself, as a barrier does.
    pub dynamic: bool,
    /// Painted lines.
    pub markings: Vec<ObjectMarking>,
    /// Rims.
    pub borders: Vec<ObjectBorder>,
    /// Lines that it follows.
    pub skeleton: Vec<ObjectPolyline>,
    /// Where it is a parking space.
    pub parking: Option<ParkingRules>,
    /// What it is made of, as written; empty where not written.
    pub material: String,
    /// Line of the file, from 1.
    pub line: u32,
}

/// An `<objectReference>`: an object of another road that counts for this one too.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectReference {
    /// The road it counts for.
    pub road: RoadIndex,
    /// Station on that road, metres.
    pub s_m: f64,
    /// Lateral on that road, metres.
    pub t_m: f64,
    /// Number of the object.
    pub object: usize,
    /// For whom it counts.
    pub orientation: SignalOrientation,
    /// How far it counts along s, metres.
    pub valid_length_m: f64,
    /// Lanes (from, to) that it counts for; all where empty.
    pub validity: Vec<(i32, i32)>,
    /// Line of the file, from 1.
    pub line: u32,
}

impl RoadObject {
    /// Whether it counts for a lane.
    pub fn counts_for_lane(&self, lane_id: i32) -> bool {
        super::signal::covers(&self.validity, lane_id)
    }

    /// Its area in the world seen from above, counter-clockwise, at the height of its base, metres: the
    /// first closed outer outline, else its box or circle. Empty where it has no extent.
    pub fn footprint(&self) -> Vec<[f64; 3]> {
        let world = self.pose.to_isometry();
        let at = |u: f64, v: f64, z: f64| {
            let p = world * nalgebra::Point3::new(u, v, z);
            [p.x, p.y, p.z]
        };
        let outline = self
            .outlines
            .iter()
            .filter(|o| o.closed && o.corners.len() > 2)
            .max_by_key(|o| o.outer);
        let mut corners: Vec<[f64; 3]> = if let Some(outline) = outline {
            let corners = outline.corners.iter();
            corners.map(|c| at(c.u_m, c.v_m, c.z_m)).collect()
        } else if let Some(r) = self.radius_m {
            (0..16)
                .map(|i| f64::from(i) * crate::math::TAU / 16.0)
                .map(|a| at(r * crate::math::cos(a), r * crate::math::sin(a), 0.0))
                .collect()
        } else if self.length_m > 0.0 && self.width_m > 0.0 {
            let (u, v) = (0.5 * self.length_m, 0.5 * self.width_m);
            vec![
                at(-u, -v, 0.0),
                at(u, -v, 0.0),
                at(u, v, 0.0),
                at(-u, v, 0.0),
            ]
        } else {
            Vec::new()
        };
        let next = corners.iter().cycle().skip(1);
        let area2: f64 = corners
            .iter()
            .zip(next)
            .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
            .sum();
        if area2 < 0.0 {
            corners.reverse();
        }
        corners
    }

    /// Whether it is a parking space.
    pub fn is_parking_space(&self) -> bool {
        self.parking.is_some() || self.kind == "parkingSpace"
    }
}

impl RoadNetwork {
    /// References to objects of other roads.
    pub fn object_references(&self) -> &[ObjectReference] {
        &self.object_references
    }

    /// Parking spaces: their poses, extents (`footprint`) and who may use them (`parking`).
    pub fn parking_spaces(&self) -> impl Iterator<Item = &RoadObject> {
        self.objects.iter().filter(|o| o.is_parking_space())
    }
}
