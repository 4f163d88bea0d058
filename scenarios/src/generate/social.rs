//! The social force model: people on foot head for their goal and keep off one another.
//!
//! Helbing and Molnár, Social force model for pedestrian dynamics, Physical Review E 51 (1995):
//! relaxation time, strength, range and field of view are theirs; the ellipse of a step ahead is left
//! out, so that distances are those of the bodies' circles.

use sim::math::{cos, hypot, sin};

/// Time in which one comes to the pace that one wants, seconds.
const RELAXATION_S: f64 = 0.5;
/// Repulsion where two bodies touch (V0 / sigma), m/s², and the distance over which it falls, metres.
const REPULSION_MPS2: f64 = 2.1 / 0.3;
const RANGE_M: f64 = 0.3;
/// What happens outside of the field of view (200 degrees) counts this much.
const BEHIND: f64 = 0.5;
const VIEW_COS: f64 = -0.174;
/// People evade to the right a little, radians.
const ASIDE_RAD: f64 = 0.25;
/// Largest acceleration, m/s².
const MOST_MPS2: f64 = 4.0;
/// Nobody walks faster than this share of the pace that he wants.
const FASTEST: f64 = 1.3;

/// A body on foot: a circle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Circle {
    /// Middle, metres.
    pub at_m: [f64; 2],
    /// Radius, metres.
    pub radius_m: f64,
}

/// A box that one must not walk into: a vehicle seen from above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Block {
    /// Middle, metres.
    pub at_m: [f64; 2],
    /// Unit vector along its length.
    pub axis: [f64; 2],
    /// Half length and half width, metres.
    pub half_m: [f64; 2],
}

impl Block {
    /// Distance of a point, metres, 0 inside, and the unit vector from it to the nearest place of the box.
    fn nearest(&self, p: [f64; 2]) -> (f64, [f64; 2]) {
        let [ax, ay] = self.axis;
        let (dx, dy) = (p[0] - self.at_m[0], p[1] - self.at_m[1]);
        let (along, across) = (dx * ax + dy * ay, dy * ax - dx * ay);
        let over = |v: f64, half: f64| v - v.clamp(-half, half);
        let (u, w) = (over(along, self.half_m[0]), over(across, self.half_m[1]));
        let distance_m = hypot(u, w);
        let scale = -1.0 / distance_m.max(1e-9);
        let towards = [(u * ax - w * ay) * scale, (u * ay + w * ax) * scale];
        (distance_m, towards)
    }
}

/// Velocity after a time of one who wants to go with a velocity, among others, m/s.
pub(super) fn velocity(
    me: &Circle,
    now_mps: [f64; 2],
    wanted_mps: [f64; 2],
    others: &[Circle],
    dt_s: f64,
) -> [f64; 2] {
    let pace = hypot(wanted_mps[0], wanted_mps[1]);
    let mut force = [0, 1].map(|k| (wanted_mps[k] - now_mps[k]) / RELAXATION_S);
    for other in others {
        let (dx, dy) = (me.at_m[0] - other.at_m[0], me.at_m[1] - other.at_m[1]);
        let apart = hypot(dx, dy).max(1e-6);
        let gap = apart - me.radius_m - other.radius_m;
        if gap > 3.0 {
            continue;
        }
        let (nx, ny) = (dx / apart, dy / apart);
        let ahead = -(nx * wanted_mps[0] + ny * wanted_mps[1]) / pace.max(1e-6);
        let seen = if pace < 1e-6 || ahead > VIEW_COS {
            1.0
        } else {
            BEHIND
        };
        let strength = seen * REPULSION_MPS2 * sim::math::exp(-gap.max(-0.2) / RANGE_M);
        // Turned aside where the other is right ahead, so that two who meet pass on the right.
        let turn = if ahead > 0.5 { ASIDE_RAD } else { 0.0 };
        let (c, s) = (cos(turn), sin(turn));
        force[0] += strength * (nx * c - ny * s);
        force[1] += strength * (nx * s + ny * c);
    }
    let size = hypot(force[0], force[1]);
    let scale = (MOST_MPS2 / size.max(1e-9)).min(1.0);
    let mut v = [0, 1].map(|k| now_mps[k] + force[k] * scale * dt_s);
    let speed = hypot(v[0], v[1]);
    let most = FASTEST * pace.max(0.4);
    if speed > most {
        v = v.map(|c| c * most / speed);
    }
    v
}

/// Where a step ends that must not touch anybody: it slides along whom it would run into, or is not taken.
pub(super) fn step(
    me: &Circle,
    move_m: [f64; 2],
    others: &[Circle],
    blocks: &[Block],
    room_m: f64,
) -> [f64; 2] {
    let mut way = move_m;
    for other in others {
        let (dx, dy) = (other.at_m[0] - me.at_m[0], other.at_m[1] - me.at_m[1]);
        let apart = hypot(dx, dy).max(1e-6);
        let (nx, ny) = (dx / apart, dy / apart);
        let towards = way[0] * nx + way[1] * ny;
        let free = (apart - me.radius_m - other.radius_m).max(0.0);
        if towards > free {
            way = [
                way[0] - (towards - free) * nx,
                way[1] - (towards - free) * ny,
            ];
        }
    }
    for block in blocks {
        let (apart, [nx, ny]) = block.nearest(me.at_m);
        let towards = way[0] * nx + way[1] * ny;
        let free = (apart - me.radius_m - room_m).max(0.0);
        if towards > free {
            way = [
                way[0] - (towards - free) * nx,
                way[1] - (towards - free) * ny,
            ];
        }
    }
    let to = [me.at_m[0] + way[0], me.at_m[1] + way[1]];
    let nears = |before: f64, after: f64, least: f64| after < least && after < before - 1e-6;
    let runs_in = others.iter().any(|o| {
        let gap = |p: [f64; 2]| hypot(o.at_m[0] - p[0], o.at_m[1] - p[1]);
        nears(gap(me.at_m), gap(to), me.radius_m + o.radius_m)
    });
    let bumps = blocks.iter().any(|b| {
        let least = me.radius_m + room_m;
        nears(b.nearest(me.at_m).0, b.nearest(to).0, least)
    });
    if runs_in || bumps { me.at_m } else { to }
}

#[cfg(test)]
mod tests {
    use super::*;

    const R: f64 = 0.42;

    fn walk(starts: &[([f64; 2], [f64; 2])], seconds: f64) -> (f64, Vec<[f64; 2]>) {
        let dt = 0.05;
        let mut all: Vec<(Circle, [f64; 2])> = starts
            .iter()
            .map(|(at_m, v)| {
                let circle = Circle {
                    at_m: *at_m,
                    radius_m: R,
                };
                (circle, *v)
            })
            .collect();
        let mut nearest = f64::MAX;
        for _ in 0..(seconds / dt) as usize {
            for i in 0..all.len() {
                let others: Vec<Circle> = (0..all.len())
                    .filter(|j| *j != i)
                    .map(|j| all[j].0)
                    .collect();
                let (me, now) = all[i];
                let v = velocity(&me, now, starts[i].1, &others, dt);
                let to = step(&me, v.map(|c| c * dt), &others, &[], 0.3);
                all[i].0.at_m = to;
                all[i].1 = v;
                for o in &others {
                    nearest = nearest.min(hypot(o.at_m[0] - to[0], o.at_m[1] - to[1]));
                }
            }
        }
        (nearest, all.iter().map(|(c, _)| c.at_m).collect())
    }

    #[test]
    fn alone_one_comes_to_the_pace_that_one_wants() {
        let me = Circle {
            at_m: [0.0, 0.0],
            radius_m: R,
        };
        let mut v = [0.0, 0.0];
        for _ in 0..10 {
            v = velocity(&me, v, [1.3, 0.0], &[], 0.05);
        }
        // Exponential with the relaxation time of 0.5 s.
        assert!(
            (v[0] - 1.3 * (1.0 - sim::math::exp(-1.0))).abs() < 0.05,
            "{v:?}"
        );
    }

    #[test]
    fn two_who_meet_head_on_pass_on_the_right_without_touching() {
        let (nearest, ends) = walk(
            &[([0.0, 0.0], [1.3, 0.0]), ([10.0, 0.0], [-1.3, 0.0])],
            10.0,
        );
        assert!(nearest >= 2.0 * R - 1e-6, "{nearest}");
        assert!(ends[0][0] > 9.0 && ends[1][0] < 1.0, "{ends:?}");
        assert!(ends[0][1] < 0.0 && ends[1][1] > 0.0, "{ends:?}");
    }

    #[test]
    fn nobody_steps_onto_anybody_in_a_crowd() {
        let starts: Vec<([f64; 2], [f64; 2])> = (0..12)
            .map(|i| {
                let a = f64::from(i) * sim::math::PI / 6.0;
                let (x, y) = (6.0 * cos(a), 6.0 * sin(a));
                ([x, y], [-0.2 * x, -0.2 * y])
            })
            .collect();
        let (nearest, _) = walk(&starts, 15.0);
        assert!(nearest >= 2.0 * R - 1e-6, "{nearest}");
    }

    #[test]
    fn nobody_walks_into_a_vehicle() {
        let me = Circle {
            at_m: [0.0, 0.0],
            radius_m: R,
        };
        let car = Block {
            at_m: [3.0, 0.0],
            axis: [0.0, 1.0],
            half_m: [2.3, 0.9],
        };
        let mut at = me;
        for _ in 0..100 {
            at.at_m = step(&at, [0.07, 0.0], &[], &[car], 0.3);
        }
        assert!(
            at.at_m[0] < 3.0 - 0.9 - R - 0.2 && at.at_m[0] > 1.0,
            "{at:?}"
        );
    }
}
