//! `SpeedProfileAction`.

use sim::input::InputError;

use super::{Action, Domains, Progress};
use crate::model::{Context, DynamicConstraints, EntityId, FollowingMode};
use crate::read::El;
use crate::story::Cast;

/// `SpeedProfileEntry`
#[derive(Clone, Copy, Debug)]
struct Entry {
    speed_mps: f64,
    /// After the entry before; `None` as soon as the limits allow.
    time_s: Option<f64>,
}

/// A stretch of constant jerk: from `time_s` on, v = speed + accel τ + jerk τ²/2.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    time_s: f64,
    speed_mps: f64,
    accel_mps2: f64,
    jerk_mps3: f64,
}

/// A corner of the profile with the slope that follows.
#[derive(Clone, Copy, Debug)]
struct Corner {
    time_s: f64,
    speed_mps: f64,
    slope_mps2: f64,
}

/// `SpeedProfileAction`
#[derive(Clone, Debug)]
pub struct SpeedProfileAction {
    actor: EntityId,
    entity: Option<EntityId>,
    mode: FollowingMode,
    constraints: DynamicConstraints,
    entries: Vec<Entry>,
    segments: Vec<Segment>,
    speed_mps: f64,
}

const SMALL: f64 = 1e-6;

impl SpeedProfileAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let mut entries = Vec::new();
        for entry in el.children("SpeedProfileEntry") {
            entries.push(Entry {
                speed_mps: entry.f64("speed")?,
                time_s: entry.opt_f64("time")?.filter(|t| *t >= 0.0),
            });
        }
        if entries.is_empty() {
            return Err(el.error("<SpeedProfileEntry> inside <SpeedProfileAction>", "none"));
        }
        let reference = el.child("EntityRef");
        let entity = match reference {
            Some(reference) => Some(ctx.entity(&reference, "entityRef")?),
            None if el.node.attr("entityRef").is_some() => Some(ctx.entity(&el, "entityRef")?),
            None => None,
        };
        let performance = ctx.entities[actor.0].spec.performance;
        Ok(Self {
            actor,
            entity,
            mode: el
                .opt_word("followingMode", &FollowingMode::WORDS)?
                .unwrap_or(FollowingMode::Position),
            constraints: DynamicConstraints::read(el)?.within(&performance),
            entries,
            segments: Vec::new(),
            speed_mps: 0.0,
        })
    }

    /// Corners of the profile as straight lines, without those that lie on one.
    fn corners(&self, start_s: f64, speed: f64, accel: f64, base_mps: f64) -> Vec<Corner> {
        let corner = |time_s: f64, speed_mps: f64| Corner {
            time_s,
            speed_mps,
            slope_mps2: 0.0,
        };
        let mut corners = Vec::new();
        let mut skip = 0;
        match self.entries.first() {
            Some(Entry {
                time_s: Some(t),
                speed_mps,
            }) if *t <= SMALL => {
                if self.mode == FollowingMode::Follow {
                    corners.push(corner(start_s, speed));
                    skip = 1;
                } else {
                    corners.push(corner(start_s, *speed_mps));
                }
            }
            _ => corners.push(corner(start_s, speed)),
        }
        let mut time = start_s;
        let count = self.entries.len();
        for (i, entry) in self.entries.iter().enumerate().skip(skip) {
            let target = entry.speed_mps + base_mps;
            let Some(last) = corners.last_mut() else {
                break;
            };
            match entry.time_s {
                Some(t) => time += t,
                None => {
                    let change = target - last.speed_mps;
                    if change.abs() < SMALL {
                        continue;
                    }
                    let limit = if change < 0.0 {
                        -self.constraints.max_deceleration_mps2
                    } else {
                        self.constraints.max_acceleration_mps2
                    };
                    last.time_s = time;
                    time += change / limit;
                }
            }
            let dt = time - last.time_s;
            if i + 1 < count && dt < SMALL {
                *last = corner(time, target);
                continue;
            }
            last.slope_mps2 = (target - last.speed_mps) / dt.max(SMALL);
            let slope = last.slope_mps2;
            let n = corners.len();
            let before = if i > 1 && n > 1 {
                corners[n - 2].slope_mps2
            } else {
                accel
            };
            if (slope - before).abs() < SMALL && i > 1 && n > 1 {
                let (from_t, from_v) = (corners[n - 2].time_s, corners[n - 2].speed_mps);
                corners[n - 2].slope_mps2 = (target - from_v) / (time - from_t).max(SMALL);
                corners[n - 1] = corner(time, target);
                continue;
            }
            corners.push(corner(time, target));
        }
        corners
    }

    /// Straight lines from corner to corner.
    fn follow_lines(corners: &[Corner]) -> Vec<Segment> {
        corners
            .iter()
            .map(|c| Segment {
                time_s: c.time_s,
                speed_mps: c.speed_mps,
                accel_mps2: c.slope_mps2,
                jerk_mps3: 0.0,
            })
            .collect()
    }

    fn jerk_towards(&self, change: f64) -> f64 {
        if change < 0.0 {
            -self.constraints.max_deceleration_rate_mps3
        } else {
            self.constraints.max_acceleration_rate_mps3
        }
    }

    /// One target: the acceleration rises and falls within the limits of jerk.
    fn single_target(&self, corners: &[Corner], k0: f64) -> Option<Vec<Segment>> {
        let [from, to] = corners else { return None };
        let (t0, v0, v3) = (from.time_s, from.speed_mps, to.speed_mps);
        let mut t3 = to.time_s;
        let j0 = self.jerk_towards(from.slope_mps2 - k0);
        let j1 = if from.slope_mps2 < 0.0 {
            self.constraints.max_acceleration_rate_mps3
        } else {
            -self.constraints.max_deceleration_rate_mps3
        };
        let (low, high) = (
            -self.constraints.max_deceleration_mps2,
            self.constraints.max_acceleration_mps2,
        );
        let within = |k: f64| (low..=high).contains(&k);
        let segment = |time_s: f64, speed_mps: f64, accel_mps2: f64, jerk_mps3: f64| Segment {
            time_s,
            speed_mps,
            accel_mps2,
            jerk_mps3,
        };
        let mut segments = vec![segment(t0, v0, k0, j0)];
        let speed_at = |t: f64| v0 + k0 * (t - t0) + 0.5 * j0 * (t - t0) * (t - t0);
        if (j1 - j0).abs() < SMALL {
            return None;
        }
        let dt = t3 - t0;
        let factor = j0
            * j1
            * (2.0 * v0 * (j1 - j0)
                + k0 * k0
                + 2.0 * k0 * j1 * dt
                + j0 * j1 * dt * dt
                + 2.0 * v3 * (j0 - j1));
        let (t2, v2, k1);
        if factor < 0.0 {
            // No time is left for a stretch of constant acceleration.
            let root = j1 * (j1 - j0) * (j0 * 2.0 * (v3 - v0) + k0 * k0);
            if root < 0.0 {
                return None;
            }
            t2 = (root.sqrt() + (j0 - j1) * (t0 * j0 - k0)) / (j0 * (j0 - j1));
            v2 = speed_at(t2);
            k1 = k0 + j0 * (t2 - t0);
            t3 = t2 - k1 / j1;
        } else {
            let t1 = (-factor.sqrt() - j0 * (k0 + t3 * j1) + t0 * j0 * j0) / (j0 * (j0 - j1));
            let v1 = speed_at(t1);
            k1 = k0 + j0 * (t1 - t0);
            t2 = k1 / j1 + t3;
            v2 = v1 + k1 * (t2 - t1);
            if within(k1) {
                segments.push(segment(t1, v1, k1, 0.0));
            }
        }
        if within(k1) {
            segments.push(segment(t2, v2, k1, j1));
            segments.push(segment(t3, v3, 0.0, 0.0));
        } else {
            let k1 = k1.clamp(low, high);
            let t1 = t0 + (k1 - k0) / j0;
            let v1 = speed_at(t1);
            let t2 = (v3 - v1) / k1 + t1 + k1 / (2.0 * j1);
            let v2 = v3 + k1 * k1 / (2.0 * j1);
            let t3 = (v3 - v1) / k1 + t1 - k1 / (2.0 * j1);
            segments.push(segment(t1, v1, k1, 0.0));
            segments.push(segment(t2, v2, k1, j1));
            segments.push(segment(t3, v3, 0.0, 0.0));
        }
        Some(segments)
    }

    /// Several targets: their lines, joined by stretches of jerk. `None` where the jerk allowed is
    /// too small for that.
    fn several_targets(&self, corners: &[Corner], accel: f64) -> Option<Vec<Segment>> {
        let first = corners.first()?;
        let segment = |time_s: f64, speed_mps: f64, accel_mps2: f64, jerk_mps3: f64| Segment {
            time_s,
            speed_mps,
            accel_mps2,
            jerk_mps3,
        };
        let mut segments = Vec::new();
        let (mut t, mut jerk) = (first.time_s, 0.0);
        if first.slope_mps2.abs() > SMALL {
            jerk = self.jerk_towards(first.slope_mps2 - accel);
            segments.push(segment(first.time_s, first.speed_mps, accel, jerk));
            t += if jerk.abs() > SMALL {
                (first.slope_mps2 - accel) / jerk
            } else {
                0.0
            };
        }
        let dt = t - first.time_s;
        let mut v = first.speed_mps + accel * dt + 0.5 * jerk * dt * dt;
        let mut slope = first.slope_mps2;
        let mut intercept = v - slope * t;
        segments.push(segment(t, v, slope, 0.0));
        for next in &corners[1..] {
            let (k0, k1) = (slope, next.slope_mps2);
            let (m0, m1) = (intercept, next.speed_mps - k1 * next.time_s);
            if (k0 - k1).abs() >= SMALL {
                let j = self.jerk_towards(k1 - k0);
                let t1 = ((k0 - k1) * (k0 - k1) - 2.0 * j * (m0 - m1)) / (2.0 * j * (k0 - k1));
                if t1 < t {
                    return None;
                }
                let v1 = v + k0 * (t1 - t);
                let t3 = t1 + (k1 - k0) / j;
                segments.push(segment(t1, v1, k0, j));
                v = v1 + k0 * (t3 - t1) + 0.5 * j * (t3 - t1) * (t3 - t1);
                t = t3;
            }
            (slope, intercept) = (k1, m1);
            segments.push(segment(t, v, k1, 0.0));
        }
        Some(segments)
    }
}

impl Action for SpeedProfileAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let base = self
            .entity
            .and_then(|e| cast.actor(e))
            .map_or(0.0, |p| p.speed_mps);
        let Some(player) = cast.actor(self.actor) else {
            return Progress::Done;
        };
        let accel = player.longitudinal_acceleration_mps2();
        self.speed_mps = player.speed_mps;
        let corners = self.corners(cast.time_s(), player.speed_mps, accel, base);
        let smooth = match (self.mode, corners.len()) {
            (FollowingMode::Follow, 2) => self.single_target(&corners, accel),
            (FollowingMode::Follow, n) if n > 2 => self.several_targets(&corners, accel),
            _ => None,
        };
        self.segments = smooth
            .filter(|s| {
                s.iter()
                    .all(|s| s.time_s.is_finite() && s.speed_mps.is_finite())
            })
            .unwrap_or_else(|| Self::follow_lines(&corners));
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let time = cast.time_s() + cast.dt_s();
        let Some(last) = self.segments.last().copied() else {
            return Progress::Done;
        };
        let at = self
            .segments
            .partition_point(|s| s.time_s <= time + SMALL)
            .saturating_sub(1);
        let Some(segment) = self.segments.get(at) else {
            return Progress::Done;
        };
        let dt = time - segment.time_s;
        self.speed_mps =
            segment.speed_mps + segment.accel_mps2 * dt + 0.5 * segment.jerk_mps3 * dt * dt;
        let is_last = at + 1 == self.segments.len();
        let done = is_last
            || (time >= last.time_s - SMALL && (self.speed_mps - last.speed_mps).abs() < SMALL);
        if done {
            self.speed_mps = last.speed_mps;
        }
        if let Some(player) = cast.actor_mut(self.actor) {
            player.set_speed(self.speed_mps);
        }
        if done {
            Progress::Done
        } else {
            Progress::Running
        }
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn domains(&self) -> Domains {
        Domains::LONGITUDINAL
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
