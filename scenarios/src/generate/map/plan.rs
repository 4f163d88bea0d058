//! Plan-view geometry: chains of lines, arcs, spirals and cubics that are continuous in heading.

use sim::math::{PI, atan2, cos, hypot, sin, tan, wrap_angle};

/// A place and direction on the plane, metres and radians.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub x: f64,
    pub y: f64,
    pub heading: f64,
}

impl Place {
    pub fn new(x: f64, y: f64, heading: f64) -> Self {
        Self { x, y, heading }
    }

    /// The place `ahead` along and `left` across, with the same heading.
    pub fn shift(self, ahead: f64, left: f64) -> Self {
        let (s, c) = (sin(self.heading), cos(self.heading));
        Self {
            x: self.x + ahead * c - left * s,
            y: self.y + ahead * s + left * c,
            ..self
        }
    }

    pub fn turned(self, angle: f64) -> Self {
        Self {
            heading: wrap_angle(self.heading + angle),
            ..self
        }
    }

    pub fn reversed(self) -> Self {
        self.turned(PI)
    }

    /// The other place in this one's frame: (ahead, left, turn).
    pub fn local(self, other: Self) -> (f64, f64, f64) {
        let (s, c) = (sin(self.heading), cos(self.heading));
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        (
            dx * c + dy * s,
            dy * c - dx * s,
            wrap_angle(other.heading - self.heading),
        )
    }

    pub fn distance(self, other: Self) -> f64 {
        hypot(other.x - self.x, other.y - self.y)
    }
}

/// Shape of a segment, as OpenDRIVE names it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    Line,
    Arc {
        curvature: f64,
    },
    Spiral {
        start: f64,
        end: f64,
    },
    /// Normalized paramPoly3: coefficients b, c, d of u and v (a is 0).
    Cubic {
        u: [f64; 3],
        v: [f64; 3],
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub s: f64,
    pub start: Place,
    pub length: f64,
    pub shape: Shape,
}

impl Segment {
    /// The place at `ds` from the segment's start.
    pub fn at(&self, ds: f64) -> Place {
        match self.shape {
            Shape::Line => self.start.shift(ds, 0.0),
            Shape::Arc { curvature } => {
                let turn = curvature * ds;
                let chord = if turn.abs() < 1e-9 {
                    ds
                } else {
                    2.0 * sin(turn / 2.0) / curvature
                };
                self.start
                    .turned(turn / 2.0)
                    .shift(chord, 0.0)
                    .turned(turn / 2.0)
            }
            Shape::Spiral { start, end } => {
                let rate = (end - start) / self.length;
                let heading = |s: f64| self.start.heading + start * s + 0.5 * rate * s * s;
                // Simpson's rule; steps of at most 0.5 m leave the error under a micrometre.
                let n = 2 * ((ds / 0.5).ceil() as usize).max(1);
                let h = ds / n as f64;
                let (mut x, mut y) = (0.0, 0.0);
                for i in 0..=n {
                    let weight = match i {
                        _ if i == 0 || i == n => 1.0,
                        _ if i % 2 == 1 => 4.0,
                        _ => 2.0,
                    };
                    x += weight * cos(heading(i as f64 * h));
                    y += weight * sin(heading(i as f64 * h));
                }
                Place::new(
                    self.start.x + x * h / 3.0,
                    self.start.y + y * h / 3.0,
                    wrap_angle(heading(ds)),
                )
            }
            Shape::Cubic { u, v } => {
                let p = ds / self.length;
                let value = |k: [f64; 3]| p * (k[0] + p * (k[1] + p * k[2]));
                let (du, dv) = (cubic_slope(u, p), cubic_slope(v, p));
                self.start.shift(value(u), value(v)).turned(atan2(dv, du))
            }
        }
    }
}

fn cubic_slope(k: [f64; 3], p: f64) -> f64 {
    k[0] + p * (2.0 * k[1] + p * 3.0 * k[2])
}

/// A reference line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub segments: Vec<Segment>,
    pub start: Place,
    pub end: Place,
    pub length: f64,
}

impl Path {
    pub fn from(start: Place) -> Self {
        Self {
            segments: Vec::new(),
            start,
            end: start,
            length: 0.0,
        }
    }

    fn push(mut self, length: f64, shape: Shape) -> Self {
        if length > 1e-6 {
            let segment = Segment {
                s: self.length,
                start: self.end,
                length,
                shape,
            };
            self.end = segment.at(length);
            self.length += length;
            self.segments.push(segment);
        }
        self
    }

    pub fn line(self, length: f64) -> Self {
        self.push(length, Shape::Line)
    }

    pub fn arc(self, curvature: f64, length: f64) -> Self {
        self.push(length, Shape::Arc { curvature })
    }

    pub fn spiral(self, start: f64, end: f64, length: f64) -> Self {
        self.push(length, Shape::Spiral { start, end })
    }

    /// A bend with spirals in and out: `turn` in all, at the given curvature's size.
    pub fn bend(self, radius: f64, turn: f64, spiral: f64) -> Self {
        let curvature = turn.signum() / radius;
        let arc = (turn.abs() * radius - spiral).max(1.0);
        self.spiral(0.0, curvature, spiral)
            .arc(curvature, arc)
            .spiral(curvature, 0.0, spiral)
    }

    /// A cubic to a place.
    pub fn cubic_to(self, to: Place) -> Self {
        let (dx, dy, turn) = self.end.local(to);
        // The tangents' length that makes a cubic follow a circle of that turn closely.
        let chord = hypot(dx, dy);
        let quarter = turn.abs() / 4.0;
        let reach = if quarter < 1e-6 {
            chord
        } else {
            chord * 2.0 * tan(quarter) / sin(2.0 * quarter)
        };
        let reach = reach.min(3.0 * chord);
        let (tx, ty) = (reach * cos(turn), reach * sin(turn));
        let u = [reach, 3.0 * dx - 2.0 * reach - tx, reach + tx - 2.0 * dx];
        let v = [0.0, 3.0 * dy - ty, ty - 2.0 * dy];
        let n = 400;
        let slope = |i: usize| {
            let p = i as f64 / f64::from(n);
            hypot(cubic_slope(u, p), cubic_slope(v, p))
        };
        let mut length = 0.0;
        for i in 0..n as usize / 2 {
            length += slope(2 * i) + 4.0 * slope(2 * i + 1) + slope(2 * i + 2);
        }
        self.push(length / (3.0 * f64::from(n)), Shape::Cubic { u, v })
    }

    /// The natural way to a place: a line, a line with one arc, or a cubic.
    pub fn connect(self, to: Place) -> Self {
        let (dx, dy, turn) = self.end.local(to);
        if dy.abs() < 1e-6 && turn.abs() < 1e-7 && dx > 0.0 {
            return self.line(dx);
        }
        if turn.abs() > 0.25 && turn.abs() < 2.6 {
            // Distances to the point where both tangents meet.
            let after = dy / sin(turn);
            let before = dx - after * cos(turn);
            let tangent = before.min(after);
            let radius = tangent / tan(turn.abs() / 2.0);
            if tangent > 0.0 && radius > 5.0 {
                return self
                    .line(before - tangent)
                    .arc(turn.signum() / radius, radius * turn.abs())
                    .line(after - tangent);
            }
        }
        self.cubic_to(to)
    }

    /// The place at `s`.
    pub fn at(&self, s: f64) -> Place {
        let s = s.clamp(0.0, self.length);
        let i = self.segments.partition_point(|g| g.s <= s).max(1) - 1;
        self.segments
            .get(i)
            .map_or(self.start, |g| g.at((s - g.s).min(g.length)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(a: Place, b: Place) {
        assert!(a.distance(b) < 1e-6, "{a:?} {b:?}");
        assert!(
            wrap_angle(a.heading - b.heading).abs() < 1e-6,
            "{a:?} {b:?}"
        );
    }

    #[test]
    fn connections_end_where_asked() {
        let from = Place::new(3.0, -2.0, 0.4);
        for (ahead, left, turn) in [
            (20.0, 0.0, 0.0),
            (20.0, 3.0, 0.1),
            (15.0, 15.0, 1.57),
            (30.0, -12.0, -1.2),
            (12.0, 8.0, 2.2),
        ] {
            let to = from.shift(ahead, left).turned(turn);
            let path = Path::from(from).connect(to);
            assert_near(path.end, to);
            assert_near(path.at(path.length), to);
            for pair in path.segments.windows(2) {
                assert_near(pair[0].at(pair[0].length), pair[1].start);
            }
        }
    }

    #[test]
    fn a_spiral_turns_by_its_mean_curvature() {
        let path = Path::from(Place::default()).spiral(0.0, 0.02, 50.0);
        assert!((path.end.heading - 0.5).abs() < 1e-9);
        let back = Path::from(path.end.reversed()).spiral(-0.02, 0.0, 50.0);
        assert!(back.end.distance(Place::default()) < 1e-6);
    }
}
