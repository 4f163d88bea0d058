//! Plan view: the reference line in x and y.

use super::clothoid::Clothoid;
use super::table::ArcLengthTable;
use crate::math::{atan2, sin, sin_cos};

/// A point of the reference line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanPoint {
    /// East, metres.
    pub x_m: f64,
    /// North, metres.
    pub y_m: f64,
    /// Direction of growing s, radians.
    pub heading_rad: f64,
    /// Positive to the left, 1/m.
    pub curvature_1pm: f64,
}

/// Form of one geometry record, in the frame of its start.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Line,
    Arc {
        curvature_1pm: f64,
    },
    Spiral(Clothoid),
    /// poly3 and paramPoly3.
    Curve(ArcLengthTable),
}

/// One `<geometry>`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Geometry {
    pub s_m: f64,
    pub x_m: f64,
    pub y_m: f64,
    pub heading_rad: f64,
    pub length_m: f64,
    cos_heading: f64,
    sin_heading: f64,
    pub shape: Shape,
    /// Line of the file, from 1.
    pub line: u32,
}

impl Geometry {
    pub fn new(
        s_m: f64,
        x_m: f64,
        y_m: f64,
        heading_rad: f64,
        length_m: f64,
        shape: Shape,
    ) -> Self {
        let (sin_heading, cos_heading) = sin_cos(heading_rad);
        Self {
            s_m,
            x_m,
            y_m,
            heading_rad,
            length_m,
            cos_heading,
            sin_heading,
            shape,
            line: 0,
        }
    }

    /// The point after an arc length; beyond the record's length it goes straight on.
    pub fn evaluate(&self, ds_m: f64) -> PlanPoint {
        let inside = ds_m.clamp(0.0, self.length_m);
        let (mut u, mut v, heading, mut curvature) = match &self.shape {
            Shape::Line => (inside, 0.0, 0.0, 0.0),
            Shape::Arc { curvature_1pm: k } => {
                let turn = k * inside;
                let (u, v) = if turn.abs() < 1e-6 {
                    (inside * (1.0 - turn * turn / 6.0), inside * turn * 0.5)
                } else {
                    let half = sin(0.5 * turn);
                    (sin(turn) / k, 2.0 * half * half / k)
                };
                (u, v, turn, *k)
            }
            Shape::Spiral(spiral) => {
                let (u, v) = spiral.position(inside);
                (u, v, spiral.heading(inside), spiral.curvature(inside))
            }
            Shape::Curve(table) => table.evaluate(inside),
        };
        if ds_m != inside {
            let (sin, cos) = sin_cos(heading);
            u += (ds_m - inside) * cos;
            v += (ds_m - inside) * sin;
            curvature = 0.0;
        }
        PlanPoint {
            x_m: self.x_m + u * self.cos_heading - v * self.sin_heading,
            y_m: self.y_m + u * self.sin_heading + v * self.cos_heading,
            heading_rad: self.heading_rad + heading,
            curvature_1pm: curvature,
        }
    }
}

/// The geometry records of a road, by start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanView {
    records: Box<[Geometry]>,
}

impl PlanView {
    pub(super) fn new(mut records: Vec<Geometry>) -> Self {
        records.sort_by(|a, b| a.s_m.total_cmp(&b.s_m));
        Self {
            records: records.into_boxed_slice(),
        }
    }

    /// End of the last record, metres.
    pub fn end_m(&self) -> f64 {
        self.records.last().map_or(0.0, |g| g.s_m + g.length_m)
    }

    /// The reference line at a station; straight on beyond its ends.
    #[inline]
    pub fn evaluate(&self, s_m: f64) -> PlanPoint {
        let next = self.records.partition_point(|g| g.s_m <= s_m);
        self.records
            .get(next.saturating_sub(1))
            .map_or_else(PlanPoint::default, |g| g.evaluate(s_m - g.s_m))
    }

    /// Records that hold somewhere between two stations.
    pub(super) fn within(&self, from_m: f64, to_m: f64) -> impl Iterator<Item = &Geometry> {
        let first = self.records.partition_point(|g| g.s_m <= from_m);
        self.records
            .get(first.saturating_sub(1)..)
            .unwrap_or_default()
            .iter()
            .take_while(move |g| g.s_m < to_m)
    }

    pub(super) fn records(&self) -> &[Geometry] {
        &self.records
    }

    /// Stations at which records start, metres.
    pub fn starts(&self) -> impl Iterator<Item = f64> + '_ {
        self.records.iter().map(|g| g.s_m)
    }
}

/// Heading and curvature of a plane curve from its derivatives by any parameter.
pub(super) fn heading_and_curvature(d1: (f64, f64), d2: (f64, f64)) -> (f64, f64) {
    let speed2 = d1.0 * d1.0 + d1.1 * d1.1;
    let cross = d1.0 * d2.1 - d1.1 * d2.0;
    let curvature = cross / (speed2 * speed2.sqrt());
    (
        atan2(d1.1, d1.0),
        if curvature.is_finite() {
            curvature
        } else {
            0.0
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::FRAC_PI_2;

    #[test]
    fn a_quarter_arc_ends_where_a_circle_does() {
        let radius = 20.0;
        let length = radius * FRAC_PI_2;
        let arc = Geometry::new(
            0.0,
            1.0,
            2.0,
            FRAC_PI_2,
            length,
            Shape::Arc {
                curvature_1pm: 1.0 / radius,
            },
        );
        let end = arc.evaluate(length);
        assert!((end.x_m + 19.0).abs() < 1e-9 && (end.y_m - 22.0).abs() < 1e-9);
        assert!((end.heading_rad - 2.0 * FRAC_PI_2).abs() < 1e-12);
        let beyond = arc.evaluate(length + 5.0);
        assert!((beyond.x_m + 24.0).abs() < 1e-9 && (beyond.y_m - 22.0).abs() < 1e-9);
    }
}
