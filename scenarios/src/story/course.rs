//! Trajectories laid out in the world: points with heading, time and speed along an arc length.

use sim::math;

use super::{Cast, Place};
use crate::model::{
    ClothoidSegment, ControlPoint, EntityId, FollowingMode, Position, Shape, Trajectory, Vertex,
};

/// One point of a course.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CoursePoint {
    /// Along the course, metres.
    pub s_m: f64,
    /// East, metres.
    pub x_m: f64,
    /// North, metres.
    pub y_m: f64,
    /// Heading, radians.
    pub yaw_rad: f64,
    /// Direction of the course itself, whatever the heading, radians.
    pub course_rad: f64,
    /// When, seconds.
    pub time_s: f64,
    /// Speed, m/s.
    pub speed_mps: f64,
    /// Acceleration to the next point, m/s².
    pub accel_mps2: f64,
    /// Whether the heading runs evenly to that of the next point, rather than along the line with
    /// rounded corners.
    pub blends_heading: bool,
    /// Height, pitch and roll where they are given, free of the road's surface.
    pub free: Option<[f64; 3]>,
}

/// A trajectory laid out in the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    points: Vec<CoursePoint>,
    /// Whether its end leads to its start.
    pub closed: bool,
    /// Whether headings were given with it.
    pub has_headings: bool,
    is_polyline: bool,
    end_time_s: Option<f64>,
}

/// Distance between samples of curves, metres.
const SAMPLE_M: f64 = 0.1;
/// Samples of one curve at most.
const MAX_SAMPLES: usize = 20_000;
/// Corners of a polyline are rounded over this, metres.
const CORNER_M: f64 = 2.0;
/// How far ahead of a sample the pull of control points is looked at, as a parameter.
const LOOK_AHEAD: f64 = 1e-3;
const SMALL: f64 = 1e-6;

impl Course {
    /// Lays out a trajectory for an entity; `None` where a position can't be resolved.
    pub fn new(
        cast: &Cast,
        trajectory: &Trajectory,
        mode: FollowingMode,
        id: EntityId,
    ) -> Option<Self> {
        let speed_mps = cast.actor(id).map_or(0.0, |p| p.speed_mps);
        let mut course = Self {
            closed: trajectory.closed,
            ..Self::default()
        };
        match &trajectory.shape {
            Shape::Polyline(vertices) => {
                course.lay_polyline(cast, vertices, mode, speed_mps, id)?
            }
            Shape::Clothoid {
                start,
                curvature,
                curvature_dot,
                length_m,
                start_time_s,
                stop_time_s,
            } => {
                let place = cast.resolve(start, id)?;
                let pose = place.pose();
                let from = (pose.x_m, pose.y_m, pose.yaw_rad);
                let curvatures = (*curvature, curvature + curvature_dot * length_m);
                course.add_clothoid(from, curvatures, *length_m, (*start_time_s, *stop_time_s));
            }
            Shape::ClothoidSpline {
                segments,
                time_end_s,
            } => {
                course.lay_spline(cast, segments, *time_end_s, id)?;
            }
            Shape::Nurbs {
                order,
                points,
                knots,
            } => course.lay_nurbs(cast, *order, points, knots, id)?,
        }
        (course.points.len() > 1).then_some(course)
    }

    /// Arc length, metres.
    pub fn length_m(&self) -> f64 {
        self.points.last().map_or(0.0, |p| p.s_m)
    }

    /// Time of its start, seconds.
    pub fn start_time_s(&self) -> f64 {
        self.points.first().map_or(0.0, |p| p.time_s)
    }

    /// Its duration, seconds.
    pub fn duration_s(&self) -> f64 {
        let end_s = self.end_time_s.or(self.points.last().map(|p| p.time_s));
        end_s.unwrap_or(0.0) - self.start_time_s()
    }

    fn lay_polyline(
        &mut self,
        cast: &Cast,
        vertices: &[Vertex],
        mode: FollowingMode,
        mut speed: f64,
        id: EntityId,
    ) -> Option<()> {
        self.is_polyline = true;
        for vertex in vertices {
            let place = cast.resolve(&vertex.position, id)?;
            let is_headed = has_heading(&vertex.position);
            self.has_headings |= is_headed;
            let pose = place.pose();
            let mut point = CoursePoint {
                x_m: pose.x_m,
                y_m: pose.y_m,
                yaw_rad: pose.yaw_rad,
                time_s: vertex.time_s,
                speed_mps: speed,
                blends_heading: is_headed && mode == FollowingMode::Follow,
                free: free_of_surface(&vertex.position, &place),
                ..CoursePoint::default()
            };
            let before = self
                .points
                .len()
                .checked_sub(1)
                .and_then(|i| vertices.get(i));
            if let Some(last) = self.points.last_mut() {
                let (dx, dy) = (point.x_m - last.x_m, point.y_m - last.y_m);
                let ds = math::hypot(dx, dy);
                point.s_m = last.s_m + ds;
                let line_rad = if ds < SMALL {
                    last.yaw_rad
                } else {
                    math::atan2(dy, dx)
                };
                if !is_headed {
                    point.yaw_rad = line_rad;
                }
                if before.is_some_and(|v| !has_heading(&v.position)) {
                    last.yaw_rad = line_rad;
                }
                let dt = point.time_s - last.time_s;
                if mode == FollowingMode::Follow {
                    (last.accel_mps2, speed) = even_acceleration(speed, ds, dt);
                } else {
                    speed = if dt > SMALL { ds / dt } else { 0.0 };
                    last.speed_mps = speed;
                }
                point.speed_mps = speed;
            }
            self.points.push(point);
        }
        Some(())
    }

    /// Adds a clothoid from a pose; returns the pose at its end.
    fn add_clothoid(
        &mut self,
        (mut x, mut y, yaw): (f64, f64, f64),
        (k0, k1): (f64, f64),
        length_m: f64,
        (t0, t1): (f64, f64),
    ) -> (f64, f64, f64) {
        let steps = ((length_m / SAMPLE_M).ceil() as usize).clamp(1, MAX_SAMPLES);
        let h = length_m / steps as f64;
        let dot = (k1 - k0) / length_m;
        let heading = |s: f64| yaw + k0 * s + 0.5 * dot * s * s;
        let speed_mps = if t1 > t0 { length_m / (t1 - t0) } else { 0.0 };
        let start_s = self.length_m();
        let skip = usize::from(!self.points.is_empty());
        for i in 0..=steps {
            let s = i as f64 * h;
            if i > 0 {
                // Simpson's rule over the step.
                let (a, b, c) = (heading(s - h), heading(s - h / 2.0), heading(s));
                x += h / 6.0 * (math::cos(a) + 4.0 * math::cos(b) + math::cos(c));
                y += h / 6.0 * (math::sin(a) + 4.0 * math::sin(b) + math::sin(c));
            }
            if i < skip {
                continue;
            }
            self.points.push(CoursePoint {
                s_m: start_s + s,
                x_m: x,
                y_m: y,
                yaw_rad: heading(s),
                time_s: t0 + (t1 - t0) * s / length_m,
                speed_mps,
                blends_heading: true,
                ..CoursePoint::default()
            });
        }
        (x, y, heading(length_m))
    }

    fn lay_spline(
        &mut self,
        cast: &Cast,
        segments: &[ClothoidSegment],
        time_end_s: f64,
        id: EntityId,
    ) -> Option<()> {
        let mut end: Option<(f64, f64, f64)> = None;
        let mut curvature = 0.0;
        for (i, segment) in segments.iter().enumerate() {
            let from = match (&segment.start, end) {
                (Some(start), _) => {
                    let place = cast.resolve(start, id)?;
                    (place.pose().x_m, place.pose().y_m, place.pose().yaw_rad)
                }
                (None, Some(end)) => end,
                (None, None) => {
                    let pose = cast.actor(id)?.place.pose();
                    (pose.x_m, pose.y_m, pose.yaw_rad)
                }
            };
            let k0 = segment.curvature_start.unwrap_or(curvature);
            let k1 = segment.curvature_end.unwrap_or(k0);
            let stop = segments
                .get(i + 1)
                .map_or(time_end_s, |next| next.time_start_s);
            let from = (from.0, from.1, from.2 + segment.h_offset_rad);
            end = Some(self.add_clothoid(
                from,
                (k0, k1),
                segment.length_m,
                (segment.time_start_s, stop),
            ));
            curvature = k1;
        }
        Some(())
    }

    fn lay_nurbs(
        &mut self,
        cast: &Cast,
        order: usize,
        points: &[ControlPoint],
        knots: &[f64],
        id: EntityId,
    ) -> Option<()> {
        let mut places: Vec<Place> = Vec::with_capacity(points.len());
        for point in points {
            places.push(cast.resolve(&point.position, id)?);
        }
        let rough: f64 = places
            .windows(2)
            .map(|p| {
                math::hypot(
                    p[1].pose().x_m - p[0].pose().x_m,
                    p[1].pose().y_m - p[0].pose().y_m,
                )
            })
            .sum();
        // About every metre of the control polygon.
        let steps = (rough as usize + 1).clamp(8, MAX_SAMPLES);
        let (low, high) = (*knots.get(order - 1)?, *knots.get(points.len())?);
        let at = |u: f64| {
            let basis = basis(order, knots, points.len(), u);
            let total: f64 = basis.iter().zip(points).map(|(b, p)| b * p.weight).sum();
            let (mut x, mut y) = (0.0, 0.0);
            for ((b, p), place) in basis.iter().zip(points).zip(&places) {
                let w = b * p.weight / total;
                x += w * place.pose().x_m;
                y += w * place.pose().y_m;
            }
            (x, y)
        };
        // Where each control point pulls most, among the samples.
        let mut peaks = vec![(0.0f64, low); points.len()];
        for i in 0..=steps {
            let u = low + (high - low) * i as f64 / steps as f64;
            // The reference player looks a little ahead of each sample; which one counts as the peak
            // decides the speed along the whole stretch.
            let ahead = (u + LOOK_AHEAD.min((high - low) / steps as f64)).min(high);
            for (peak, b) in peaks
                .iter_mut()
                .zip(basis(order, knots, points.len(), ahead))
            {
                if b > peak.0 {
                    *peak = (b, u);
                }
            }
        }
        let mut parameters = Vec::with_capacity(steps + 1);
        for i in 0..=steps {
            let u = low + (high - low) * i as f64 / steps as f64;
            let (x_m, y_m) = at(u);
            if !(x_m.is_finite() && y_m.is_finite()) {
                return None;
            }
            let (dx, dy) = {
                let du = (high - low) * 1e-4;
                let (a, b) = (at((u - du).max(low)), at((u + du).min(high)));
                (b.0 - a.0, b.1 - a.1)
            };
            let s_m = self.points.last().map_or(0.0, |last| {
                last.s_m + math::hypot(x_m - last.x_m, y_m - last.y_m)
            });
            let yaw_rad = if math::hypot(dx, dy) > 1e-12 {
                math::atan2(dy, dx)
            } else {
                self.points.last().map_or(0.0, |p| p.yaw_rad)
            };
            parameters.push(u);
            self.points.push(CoursePoint {
                s_m,
                x_m,
                y_m,
                yaw_rad,
                blends_heading: true,
                ..CoursePoint::default()
            });
        }
        if let [first, second, ..] = self.points.as_mut_slice() {
            first.yaw_rad = second.yaw_rad;
        }
        self.end_time_s = points.last().map(|p| p.time_s);
        // Times run evenly between the parameters at which the control points pull most.
        let mut leg = 0;
        for (point, u) in self.points.iter_mut().zip(parameters) {
            while leg + 2 < points.len() && u >= peaks[leg + 1].1 {
                leg += 1;
            }
            let (from, to) = (peaks[leg].1, peaks[leg + 1].1);
            let w = if to > from {
                (u - from) / (to - from)
            } else {
                0.0
            };
            point.time_s = points[leg].time_s + w * (points[leg + 1].time_s - points[leg].time_s);
        }
        for i in 1..self.points.len() {
            let (a, b) = (self.points[i - 1], self.points[i]);
            let dt = b.time_s - a.time_s;
            self.points[i - 1].speed_mps = if dt > SMALL {
                (b.s_m - a.s_m) / dt
            } else {
                0.0
            };
            self.points[i].speed_mps = self.points[i - 1].speed_mps;
        }
        Some(())
    }

    /// The point at an arc length.
    pub fn at(&self, s_m: f64) -> CoursePoint {
        let s_m = s_m.clamp(0.0, self.length_m());
        let next = self.points.partition_point(|p| p.s_m < s_m - SMALL).max(1);
        self.between(next - 1, s_m)
    }

    fn between(&self, i: usize, s_m: f64) -> CoursePoint {
        let (Some(a), Some(b)) = (self.points.get(i), self.points.get(i + 1)) else {
            return self.points.last().copied().unwrap_or_default();
        };
        let length = (b.s_m - a.s_m).max(SMALL);
        let local = (s_m - a.s_m).clamp(0.0, length);
        let w = local / length;
        let mix = |from: f64, to: f64| from + w * (to - from);
        let turn = |from: f64, to: f64, w: f64| from + w * math::wrap_angle(to - from);
        let yaw_rad = if a.blends_heading {
            turn(a.yaw_rad, b.yaw_rad, w)
        } else {
            let radius = CORNER_M.min(length / 2.0);
            let before = i.checked_sub(1).and_then(|j| self.points.get(j));
            let is_last = i + 2 >= self.points.len();
            match before {
                Some(before) if local < radius => {
                    turn(before.yaw_rad, a.yaw_rad, (radius + local) / (2.0 * radius))
                }
                _ if local > length - radius && !is_last => turn(
                    b.yaw_rad,
                    a.yaw_rad,
                    (radius + length - local) / (2.0 * radius),
                ),
                _ => a.yaw_rad,
            }
        };
        CoursePoint {
            s_m,
            x_m: mix(a.x_m, b.x_m),
            y_m: mix(a.y_m, b.y_m),
            yaw_rad,
            course_rad: if self.is_polyline {
                math::atan2(b.y_m - a.y_m, b.x_m - a.x_m)
            } else {
                yaw_rad
            },
            time_s: mix(a.time_s, b.time_s),
            speed_mps: mix(a.speed_mps, b.speed_mps),
            accel_mps2: a.accel_mps2,
            blends_heading: a.blends_heading,
            free: match (a.free, b.free) {
                (Some(a), Some(b)) => {
                    Some([mix(a[0], b[0]), turn(a[1], b[1], w), turn(a[2], b[2], w)])
                }
                (free, _) => free,
            },
        }
    }

    /// The point at a time.
    pub fn at_time(&self, time_s: f64) -> CoursePoint {
        let Some(last) = self.points.last() else {
            return CoursePoint::default();
        };
        if time_s >= last.time_s {
            return self.at(self.length_m());
        }
        let i = self
            .points
            .partition_point(|p| p.time_s < time_s)
            .saturating_sub(1);
        let (Some(a), Some(b)) = (self.points.get(i), self.points.get(i + 1)) else {
            return *last;
        };
        let mut dt = (time_s - a.time_s).max(0.0);
        let s_m = if self.is_polyline {
            if a.accel_mps2 < 0.0 {
                dt = dt.min(-a.speed_mps / a.accel_mps2);
            }
            a.s_m + dt * a.speed_mps + 0.5 * a.accel_mps2 * dt * dt
        } else {
            a.s_m + (b.s_m - a.s_m) * dt / (b.time_s - a.time_s).max(SMALL)
        };
        self.between(i, s_m.clamp(a.s_m, b.s_m))
    }

    /// Arc length of the point nearest to a position, metres.
    pub fn nearest_s(&self, x_m: f64, y_m: f64) -> f64 {
        let mut best = (f64::INFINITY, 0.0);
        for pair in self.points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
            let length2 = dx * dx + dy * dy;
            let w = if length2 > 0.0 {
                (((x_m - a.x_m) * dx + (y_m - a.y_m) * dy) / length2).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let distance = math::hypot(x_m - a.x_m - w * dx, y_m - a.y_m - w * dy);
            if distance < best.0 {
                best = (distance, a.s_m + w * (b.s_m - a.s_m));
            }
        }
        best.1
    }
}

/// Acceleration that covers `ds` in `dt` from a speed, and the speed then; where it would have to
/// turn back the stop comes early instead.
fn even_acceleration(speed: f64, ds: f64, dt: f64) -> (f64, f64) {
    if ds.abs() <= SMALL || dt <= 0.0 {
        return (0.0, 0.0);
    }
    let accel = 2.0 * (ds - speed * dt) / (dt * dt);
    let end = speed + accel * dt;
    let sign = |v: f64| if v < 0.0 { -1.0 } else { 1.0 };
    if sign(end) == sign(speed) {
        (accel, end)
    } else {
        (-speed * speed / (2.0 * ds), 0.0)
    }
}

fn has_heading(position: &Position) -> bool {
    position.orientation().h_rad.is_some()
}

/// Height, pitch and roll of a vertex whose height is given.
fn free_of_surface(position: &Position, place: &Place) -> Option<[f64; 3]> {
    match position {
        Position::World { z_m: Some(_), .. } => {
            let pose = place.pose();
            Some([pose.z_m, pose.pitch_rad, pose.roll_rad])
        }
        _ => None,
    }
}

/// B-spline basis functions of all control points at a parameter (Cox and de Boor).
fn basis(order: usize, knots: &[f64], count: usize, u: f64) -> Vec<f64> {
    // The end of the range belongs to the last span.
    let last = knots.get(count).copied().unwrap_or(u);
    let u = if u >= last {
        last - (last - knots.first().copied().unwrap_or(0.0)).abs() * 1e-12
    } else {
        u
    };
    let mut row: Vec<f64> = knots
        .windows(2)
        .map(|k| f64::from(u8::from(k[0] <= u && u < k[1])))
        .collect();
    for k in 2..=order {
        for i in 0..row.len().saturating_sub(k - 1) {
            let part = |num: f64, den: f64| if den > 0.0 { num / den } else { 0.0 };
            row[i] = part(u - knots[i], knots[i + k - 1] - knots[i]) * row[i]
                + part(knots[i + k] - u, knots[i + k] - knots[i + 1]) * row[i + 1];
        }
    }
    row.truncate(count);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_functions_sum_to_one() {
        let knots = [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0];
        for i in 0..=20 {
            let sum: f64 = basis(3, &knots, 4, f64::from(i) / 20.0).iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{i}: {sum}");
        }
    }

    #[test]
    fn a_clothoid_of_constant_curvature_is_a_circle() {
        let mut course = Course::default();
        let end = course.add_clothoid(
            (0.0, 0.0, 0.0),
            (0.1, 0.1),
            10.0 * math::FRAC_PI_2,
            (0.0, 1.0),
        );
        assert!((end.0 - 10.0).abs() < 1e-6 && (end.1 - 10.0).abs() < 1e-6);
        assert!((end.2 - math::FRAC_PI_2).abs() < 1e-12);
    }

    #[test]
    fn speeds_that_cannot_be_kept_stop_early() {
        assert_eq!(even_acceleration(10.0, 10.0, 1.0), (0.0, 10.0));
        let (accel, end) = even_acceleration(10.0, 1.0, 10.0);
        assert_eq!((accel, end), (-50.0, 0.0));
    }
}
