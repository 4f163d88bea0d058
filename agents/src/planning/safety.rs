//! The safety layer: refuses proposals that would touch a predicted road user, leave the road, pass
//! a red light or a stop sign, or break the speed limit.

use sim::math::{Pose, atan2, cos, hypot, sin};
use sim::message::{BoxClass, DrivableGrid, Track, TrajectoryPoint};

use super::features::PlanInput;
use crate::data::to_frame;
use crate::footprint::Footprint;
use crate::path::{PathJunction, Priority};

/// Futures with less weight than this are not checked.
const LEAST_WEIGHT: f32 = 0.08;
/// How far ahead contacts are looked for: beyond the plan both go on as they are, seconds.
const LOOK_S: f64 = 6.0;
/// Time between checked instants, seconds.
const CHECK_S: f64 = 0.2;

/// Time left to who goes first where the own way comes into his, in steps of [`CHECK_S`].
const GAP_STEPS: usize = 7;
/// Slower than this, being near to what stands matters the less, m/s.
const EASY_MPS: f64 = 10.0;
/// Who turns by more crosses the way of those who come towards him, radians.
const LEFT_TURN_RAD: f64 = 0.6;

/// Room kept to the line of a red light where braking for it is gentle, metres: nearer, the camera
/// loses the light.
const LINE_ROOM_M: f64 = 1.3;
/// Gentle braking, m/s².
const GENTLE_MPS2: f64 = 3.5;

/// What the safety layer knows beside the plan's input.
pub struct SafetyInput<'a, 'b> {
    /// The plan's input.
    pub plan: &'a PlanInput<'b>,
    /// Whether the map has a drivable surface at a point.
    pub drivable: &'a dyn Fn(f64, f64) -> bool,
    /// Perceived drivable area around the ego.
    pub grid: &'a DrivableGrid,
    /// Where each track may be at each checked instant; see [`occupancy`].
    pub occupancy: Vec<Occupied>,
}

/// The possible places of one track.
pub struct Occupied {
    /// Its futures: boxes at each checked instant.
    futures: Vec<Vec<Footprint>>,
    /// Whether it follows: behind the ego in its strip, who must keep its own distance.
    follows: bool,
    /// Whether it is on the move.
    moves: bool,
    /// Room kept at its sides, metres.
    margin_m: f64,
}

fn instants() -> usize {
    (LOOK_S / CHECK_S) as usize + 1
}

/// Boxes of every track over the checked instants, by its likely futures.
pub fn occupancy(input: &PlanInput) -> Vec<Occupied> {
    let pose = &input.odometry.pose;
    let origin = [pose.x_m, pose.y_m, pose.yaw_rad];
    let own_width = input.spec.bounding_box.width_m;
    input
        .tracks
        .tracks
        .iter()
        .map(|track| {
            let [u, v] = to_frame(origin, track.position_m[0], track.position_m[1]);
            let along = to_frame(
                [0.0, 0.0, origin[2]],
                track.velocity_mps[0],
                track.velocity_mps[1],
            )[0];
            let reach = own_width / 2.0 + f64::from(track.size_m[1]) / 2.0 + 0.6;
            let modes = input.prediction(track).map_or(&[][..], |p| &p.modes);
            let mut futures: Vec<Vec<Footprint>> = modes
                .iter()
                .filter(|m| m.probability >= LEAST_WEIGHT)
                .map(|m| boxes(track, &m.positions_m, input.predictions.step_s))
                .collect();
            if futures.is_empty() {
                futures.push(boxes(track, &[], 0.1));
            }
            Occupied {
                futures,
                follows: u < -0.5 && v.abs() < reach && along > -0.5,
                moves: hypot(track.velocity_mps[0], track.velocity_mps[1]) > 1.0,
                margin_m: match track.class {
                    BoxClass::Pedestrian | BoxClass::Cyclist => 0.45,
                    BoxClass::Car | BoxClass::Large => 0.2,
                },
            }
        })
        .collect()
}

/// Boxes of a track at the checked instants; beyond its future it goes on with the last velocity.
fn boxes(track: &Track, positions_m: &[[f64; 2]], step_s: f64) -> Vec<Footprint> {
    let half = [
        f64::from(track.size_m[0].clamp(0.3, 25.0)) / 2.0,
        f64::from(track.size_m[1].clamp(0.3, 4.0)) / 2.0,
    ];
    let step = step_s.max(0.01);
    let at = |time: f64| -> [f64; 2] {
        let n = positions_m.len();
        if n < 6 {
            return [
                track.position_m[0] + track.velocity_mps[0] * time,
                track.position_m[1] + track.velocity_mps[1] * time,
            ];
        }
        let index = time / step;
        let (low, f) = (index as usize, index.fract());
        if low >= n {
            let (a, b) = (positions_m[n - 6], positions_m[n - 1]);
            let over = (time - n as f64 * step) / (5.0 * step);
            return [b[0] + (b[0] - a[0]) * over, b[1] + (b[1] - a[1]) * over];
        }
        let a = if low == 0 {
            track.position_m
        } else {
            positions_m[low - 1]
        };
        let b = positions_m[low];
        [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f]
    };
    let mut yaw = track.yaw_rad;
    (0..instants())
        .map(|i| {
            let time = i as f64 * CHECK_S;
            let here = at(time);
            let next = at(time + CHECK_S);
            let (dx, dy) = (next[0] - here[0], next[1] - here[1]);
            if hypot(dx, dy) > 0.2 {
                let moved = atan2(dy, dx);
                // A vehicle that rolls back keeps its heading.
                if cos(moved - yaw) > 0.0 {
                    yaw = moved;
                }
            }
            Footprint {
                center_m: here,
                yaw_rad: yaw,
                half_m: half,
            }
        })
        .collect()
}

/// The own motion at a time; beyond the plan it goes on straight with the last speed.
fn own_pose(points: &[TrajectoryPoint], time_s: f64) -> Option<(Pose, f64)> {
    let last = points.last()?;
    if time_s >= last.time_s {
        let run = last.speed_mps * (time_s - last.time_s);
        let (x, y) = (
            last.x_m + run * cos(last.yaw_rad),
            last.y_m + run * sin(last.yaw_rad),
        );
        return Some((Pose::planar(x, y, last.yaw_rad), last.speed_mps));
    }
    let next = points.iter().position(|p| p.time_s >= time_s)?;
    let (a, b) = (&points[next.saturating_sub(1)], &points[next]);
    let f = ((time_s - a.time_s) / (b.time_s - a.time_s).max(1e-6)).clamp(0.0, 1.0);
    Some((
        Pose::planar(
            a.x_m + (b.x_m - a.x_m) * f,
            a.y_m + (b.y_m - a.y_m) * f,
            b.yaw_rad,
        ),
        a.speed_mps + (b.speed_mps - a.speed_mps) * f,
    ))
}

/// What a proposal risks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Why it is refused.
    pub refused: Option<String>,
    /// When it first touches somebody, seconds.
    pub contact_s: Option<f64>,
    /// Cost of coming near others, 0 to about 3.
    pub nearness: f32,
    /// How likely somebody's way leads through where it comes to stand, 0 to 1.
    pub in_the_way: f32,
    /// Share of the motion on what perception holds for not drivable.
    pub off_drivable: f32,
}

/// Judges one proposal.
pub fn check(input: &SafetyInput, points: &[TrajectoryPoint]) -> Verdict {
    let mut verdict = Verdict::default();
    if points.iter().any(|p| {
        ![p.x_m, p.y_m, p.yaw_rad, p.speed_mps]
            .iter()
            .all(|v| v.is_finite())
    }) {
        verdict.refused = Some("not finite".to_owned());
        return verdict;
    }
    contacts(input, points, &mut verdict);
    if verdict.refused.is_none() {
        verdict.refused = line_crossed(input.plan, points)
            .or_else(|| off_road(input, points))
            .or_else(|| too_fast(input.plan, points));
    }
    verdict.off_drivable = off_drivable(input, points);
    verdict
}

fn contacts(input: &SafetyInput, points: &[TrajectoryPoint], verdict: &mut Verdict) {
    let bounding_box = &input.plan.spec.bounding_box;
    // Who stands already has nothing to choose.
    if points.iter().all(|p| p.speed_mps < 0.05) {
        return;
    }
    let merges_in = entry_time_s(input.plan, points);
    for i in 0..instants() {
        let time = i as f64 * CHECK_S;
        let Some((pose, speed)) = own_pose(points, time) else {
            return;
        };
        if speed < 0.05 && i > 0 {
            verdict.in_the_way = in_the_way(input, &pose, i);
            return;
        }
        let mine = Footprint::of(&pose, bounding_box);
        // Where the plan has ended only what is sure to matter counts: less room is kept.
        let beyond = time > points.last().map_or(0.0, |p| p.time_s);
        for occupied in &input.occupancy {
            if occupied.follows {
                continue;
            }
            let margin = if beyond { 0.0 } else { occupied.margin_m };
            let along = if beyond { 0.0 } else { 0.4 + 0.06 * speed };
            let tight = mine.grown(along, margin);
            let wide = mine.grown(along + 0.8, margin + 0.5);
            for future in &occupied.futures {
                let Some(theirs) = future.get(i) else {
                    continue;
                };
                // Who comes into the way of others leaves them time, too.
                let cuts_in = occupied.moves
                    && merges_in.is_some_and(|t| time >= t)
                    && future[i + 1..]
                        .iter()
                        .take(GAP_STEPS)
                        .any(|soon| mine.overlaps(soon));
                if cuts_in {
                    verdict.contact_s = Some(time);
                    verdict.refused = Some(format!("cuts in after {time:.1} s"));
                    return;
                }
                if !wide.overlaps(theirs) {
                    continue;
                }
                if tight.overlaps(theirs) {
                    verdict.contact_s = Some(time);
                    verdict.refused = Some(format!("collision after {time:.1} s"));
                    return;
                }
                // What stands is passed close by where one is slow.
                let matters = if occupied.moves {
                    1.0
                } else {
                    (speed / EASY_MPS).min(1.0)
                };
                verdict.nearness +=
                    (0.3 * matters * (1.0 - time / LOOK_S)) as f32 / occupied.futures.len() as f32;
            }
        }
    }
}

/// When the motion comes into the lanes of others that go first, seconds; `None` where it does not, or is
/// there already.
fn entry_time_s(plan: &PlanInput, points: &[TrajectoryPoint]) -> Option<f64> {
    let front = plan.front_station_m();
    let gives_way = |j: &&PathJunction| j.priority != Priority::Main || j.turn_rad > LEFT_TURN_RAD;
    let ahead = plan.path.junctions.iter().filter(gives_way).find_map(|j| {
        let left = j.conflict_m?[0] - front;
        (left > 0.0).then_some(left)
    })?;
    let mut run = 0.0;
    points.windows(2).find_map(|w| {
        run += hypot(w[1].x_m - w[0].x_m, w[1].y_m - w[0].y_m);
        (run > ahead).then_some(w[1].time_s)
    })
}

/// Share of somebody's futures, from an instant on, that run into who stands at a pose; the largest of
/// all. Standing there one does not run into others, but they do not all keep away either.
fn in_the_way(input: &SafetyInput, pose: &Pose, from: usize) -> f32 {
    let mine = Footprint::of(pose, &input.plan.spec.bounding_box);
    let hit = |occupied: &Occupied| {
        let mine = mine.grown(0.4, occupied.margin_m);
        let hits = |f: &&Vec<Footprint>| f.iter().skip(from).any(|theirs| mine.overlaps(theirs));
        occupied.futures.iter().filter(hits).count() as f32 / occupied.futures.len().max(1) as f32
    };
    let moving = input.occupancy.iter().filter(|o| !o.follows && o.moves);
    moving.map(hit).fold(0.0, f32::max)
}

/// Red lights and stop signs.
fn line_crossed(plan: &PlanInput, points: &[TrajectoryPoint]) -> Option<String> {
    let front = plan.front_station_m();
    let v = plan.odometry.speed_mps.max(0.0);
    let run: f64 = points
        .windows(2)
        .map(|w| hypot(w[1].x_m - w[0].x_m, w[1].y_m - w[0].y_m))
        .sum();
    for signal in &plan.path.signals {
        let left = signal.stop_m - front;
        if !(-1.0..run + LINE_ROOM_M).contains(&left) {
            continue;
        }
        let [dark, red, yellow, green] = plan.light(&signal.id);
        let needed = v * v / (2.0 * left.max(0.1));
        let room = if v * v / (2.0 * (left - LINE_ROOM_M).max(0.1)) < GENTLE_MPS2 {
            LINE_ROOM_M
        } else {
            0.1
        };
        let shows_red = red > green.max(yellow).max(dark);
        let shows_yellow = yellow > green.max(red).max(dark);
        let can_stop = needed < 7.5 || v < 3.0;
        if (shows_red && can_stop && run > (left - room).max(0.05))
            || (shows_yellow && needed < 3.0 && run > left)
        {
            return Some(format!("red light {}", signal.id));
        }
    }
    for junction in &plan.path.junctions {
        let left = junction.start_m - front;
        let done = plan
            .stopped_at_m
            .is_some_and(|m| (m - junction.start_m).abs() < 1.0);
        let lit = plan
            .path
            .signals
            .iter()
            .any(|s| (s.stop_m - junction.start_m).abs() < 15.0 && plan.light(&s.id)[0] < 0.5);
        let can_stop = v * v / (2.0 * left.max(0.1)) < 7.0;
        if junction.priority == Priority::Stop
            && !done
            && !lit
            && can_stop
            && (0.0..run).contains(&left)
        {
            return Some("stop sign".to_owned());
        }
    }
    None
}

fn off_road(input: &SafetyInput, points: &[TrajectoryPoint]) -> Option<String> {
    let plan = input.plan;
    let bounding_box = &plan.spec.bounding_box;
    let half = bounding_box.width_m / 2.0;
    for point in points.iter().skip(1).step_by(2) {
        let on = plan.path.project_within(
            point.x_m,
            point.y_m,
            plan.station_m - 5.0,
            plan.station_m + 120.0,
        );
        let lane = plan.path.sample(on.station_m).half_width_m;
        if on.lateral_m.abs() + half < lane + 0.3 {
            continue;
        }
        let pose = Pose::planar(point.x_m, point.y_m, point.yaw_rad);
        let corners = Footprint::of(&pose, bounding_box).corners_m();
        if corners.iter().any(|[x, y]| !(input.drivable)(*x, *y)) {
            return Some(format!("off the road after {:.1} s", point.time_s));
        }
    }
    None
}

fn too_fast(plan: &PlanInput, points: &[TrajectoryPoint]) -> Option<String> {
    let now = plan.odometry.speed_mps;
    points.iter().skip(1).find_map(|point| {
        let on = plan.path.project_within(
            point.x_m,
            point.y_m,
            plan.station_m - 5.0,
            plan.station_m + 150.0,
        );
        let limit = plan.path.sample(on.station_m).speed_limit_mps;
        let over =
            point.speed_mps > limit * 1.03 + 0.3 && point.speed_mps > now - 0.5 * point.time_s;
        over.then(|| format!("above the limit after {:.1} s", point.time_s))
    })
}

/// Share of the points whose middle lies where perception sees no road.
fn off_drivable(input: &SafetyInput, points: &[TrajectoryPoint]) -> f32 {
    let grid = input.grid;
    let origin = &input.plan.odometry.pose;
    let mut off = 0.0;
    for point in points {
        let (x, y) = origin.to_local_xy(point.x_m, point.y_m);
        let i = (x as f32 - grid.origin_m[0]) / grid.cell_m;
        let j = (y as f32 - grid.origin_m[1]) / grid.cell_m;
        if !(i >= 0.0 && j >= 0.0) || i as usize >= grid.shape[0] || j as usize >= grid.shape[1] {
            continue;
        }
        let cell = (i as usize)
            .saturating_mul(grid.shape[1])
            .saturating_add(j as usize);
        off += grid
            .probability
            .get(cell)
            .map_or(0.0, |p| f32::from(u8::from(*p < 0.2)));
    }
    off / points.len().max(1) as f32
}
