//! `FollowTrajectoryAction`.

use std::sync::Arc;

use sim::input::InputError;
use sim::math;

use super::{Action, Domains, Progress};
use crate::model::{Context, EntityId, FollowingMode, Trajectory};
use crate::read::El;
use crate::story::{Cast, Course, CoursePoint, Following};

/// `TimeReference`
#[derive(Clone, Copy, Debug, PartialEq)]
enum TimeReference {
    /// `None`: times are ignored.
    None,
    /// `Timing`
    Timing {
        /// From the start of the simulation, else of the action.
        is_absolute: bool,
        scale: f64,
        offset_s: f64,
    },
}

/// `FollowTrajectoryAction`
#[derive(Clone, Debug)]
pub struct FollowTrajectoryAction {
    actor: EntityId,
    trajectory: Arc<Trajectory>,
    mode: FollowingMode,
    timing: TimeReference,
    initial_offset_m: f64,
    time_s: f64,
    /// Whether it drives backwards along the trajectory's headings.
    is_reversed: bool,
}

const SMALL: f64 = 1e-6;

fn points_back(yaw_rad: f64, course_rad: f64) -> bool {
    math::wrap_angle(yaw_rad - course_rad).abs() > math::FRAC_PI_2 + SMALL
}

impl FollowTrajectoryAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let trajectory = match el.child("TrajectoryRef") {
            Some(reference) => reference.choice("a trajectory")?,
            None => el
                .child("Trajectory")
                .or(el.child("CatalogReference"))
                .ok_or_else(|| {
                    el.error("<TrajectoryRef> inside <FollowTrajectoryAction>", "none")
                })?,
        };
        let mode = el.child("TrajectoryFollowingMode");
        let mode = mode
            .map(|m| m.opt_word("followingMode", &FollowingMode::WORDS))
            .transpose()?;
        let timing = match el.child("TimeReference").and_then(|t| t.child("Timing")) {
            None => TimeReference::None,
            Some(timing) => TimeReference::Timing {
                is_absolute: timing.word(
                    "domainAbsoluteRelative",
                    &[("absolute", true), ("relative", false)],
                )?,
                scale: timing.f64("scale")?,
                offset_s: timing.f64("offset")?,
            },
        };
        Ok(Self {
            actor,
            trajectory: Arc::new(Trajectory::read(ctx, trajectory)?),
            mode: mode.flatten().unwrap_or(FollowingMode::Follow),
            timing,
            initial_offset_m: el.f64_or("initialDistanceOffset", 0.0)?,
            time_s: 0.0,
            is_reversed: false,
        })
    }

    fn place(&self, cast: &mut Cast, point: &CoursePoint, has_headings: bool) {
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return;
        };
        let turn = if self.is_reversed && !has_headings {
            math::PI
        } else {
            0.0
        };
        // An entity that is led by a point ahead of its axle turns as the axle is drawn along.
        let yaw = if player.led_by_m != 0.0 && !has_headings {
            player.drawn_heading(player.place.pose(), point.x_m, point.y_m)
        } else {
            point.yaw_rad + turn
        };
        player
            .place
            .set_on_surface(&map, point.x_m, point.y_m, Some(yaw));
        if let Some([z_m, pitch, roll]) = point.free {
            player
                .place
                .set_absolute_tilt(Some(z_m), Some(pitch), Some(roll));
        }
        if let Some(following) = &mut player.following {
            following.s_m = point.s_m;
        }
    }
}

impl Action for FollowTrajectoryAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let Some(course) = Course::new(cast, &self.trajectory, self.mode, self.actor) else {
            return Progress::Done;
        };
        if course.duration_s() < SMALL {
            self.timing = TimeReference::None;
        }
        let course = Arc::new(course);
        let start = course.at(self.initial_offset_m);
        self.time_s = start.time_s;
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let is_backwards = match self.timing {
            TimeReference::None => player.speed_mps < 0.0,
            TimeReference::Timing { .. } => {
                course.has_headings && points_back(start.yaw_rad, start.course_rad)
            }
        };
        let speed_sign = if is_backwards { -1.0 } else { 1.0 };
        self.is_reversed = if course.has_headings {
            points_back(start.yaw_rad, start.course_rad)
        } else {
            is_backwards
        };
        player.following = Some(Following {
            course: course.clone(),
            s_m: start.s_m,
        });
        player.active = true;
        if self.timing != TimeReference::None {
            player.set_speed(speed_sign * start.speed_mps);
        }
        self.place(cast, &start, course.has_headings);
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let (now_s, dt_s) = (cast.time_s(), cast.dt_s());
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let Some(following) = player.following.clone() else {
            return Progress::Done;
        };
        (player.moved.longitudinal, player.moved.speed) = (true, true);
        let (course, old_s) = (following.course, following.s_m);
        let speed = player.speed_mps;
        let here = course.at(old_s);
        let back = points_back(player.place.pose().yaw_rad, here.course_rad);
        let is_led = player.led_by_m != 0.0 && !course.has_headings;
        let heading_sign = if back && !is_led { -1.0 } else { 1.0 };
        let length_m = course.length_m();
        let mut way = 1.0;
        let point = match self.timing {
            TimeReference::None => {
                way = if speed < 0.0 {
                    -heading_sign
                } else {
                    heading_sign
                };
                let mut s_m = old_s + way * speed.abs() * dt_s;
                if course.closed && length_m > 0.0 {
                    s_m = s_m.rem_euclid(length_m);
                }
                course.at(s_m)
            }
            TimeReference::Timing {
                is_absolute,
                scale,
                offset_s,
            } => {
                self.time_s = if is_absolute {
                    (now_s + dt_s) * scale
                } else {
                    self.time_s + scale * dt_s
                };
                course.at_time(self.time_s + offset_s)
            }
        };
        self.place(cast, &point, course.has_headings);
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let end_s = course.start_time_s() + course.duration_s();
        if let TimeReference::Timing { offset_s, .. } = self.timing
            && dt_s > SMALL
            && self.time_s + offset_s < end_s + SMALL
        {
            player.set_speed(heading_sign * (point.s_m - old_s).abs() / dt_s);
        }
        let (done, rest_m) = match self.timing {
            TimeReference::None => {
                let moves = speed.abs() > 0.0 && dt_s > 0.0;
                let ends =
                    (way > 0.0 && point.s_m > length_m - SMALL) || (way < 0.0 && point.s_m < SMALL);
                (
                    !course.closed && moves && ends,
                    speed.abs() * dt_s - (point.s_m - old_s).abs(),
                )
            }
            TimeReference::Timing { .. } => (
                self.time_s >= end_s - SMALL,
                (self.time_s - end_s).max(0.0) * player.speed_mps,
            ),
        };
        if !done {
            return Progress::Running;
        }
        // What is left of the step goes straight on.
        let yaw = point.yaw_rad + if self.is_reversed { math::PI } else { 0.0 };
        let map = cast.map.clone();
        if let Some(player) = cast.actor_mut(self.actor) {
            player
                .place
                .shift_world(&map, rest_m * math::cos(yaw), rest_m * math::sin(yaw));
        }
        Progress::Done
    }

    fn end(&mut self, cast: &mut Cast) {
        if let Some(player) = cast.actor_mut(self.actor) {
            player.following = None;
        }
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn domains(&self) -> Domains {
        match self.timing {
            TimeReference::None => Domains::LATERAL,
            TimeReference::Timing { .. } => Domains::BOTH,
        }
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
