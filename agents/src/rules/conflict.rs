//! Right of way: where two paths meet, who goes first, and what the other one keeps clear of.

use sim::math::wrap_angle;

use super::corridor::Obstacle;
use super::scene::{Body, Light, Scene};
use crate::path::{Path, PathJunction, Priority};

/// The stretch in which two paths are too close for both vehicles at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// First and last station on the own path, metres.
    pub own_m: [f64; 2],
    /// First and last station on the other's path, metres.
    pub other_m: [f64; 2],
    /// Whether both go on in one lane behind it.
    pub merges: bool,
}

/// How far around the last nearest point the next one is looked for, metres.
const NEAR_M: f64 = 6.0;

/// The first zone of two paths within windows of stations, metres.
pub fn zone(
    own: &Path,
    own_window_m: [f64; 2],
    other: &Path,
    other_window_m: [f64; 2],
    clearance_m: f64,
) -> Option<Zone> {
    let step = 1.0;
    let mut hint: Option<f64> = None;
    let mut found: Option<Zone> = None;
    let mut at = own_window_m[0];
    let end = own_window_m[1].min(own.length_m());
    while at <= end {
        let p = own.sample(at);
        // The nearest point moves on with the own station: it is looked for around the last one.
        let [low, high] = other_window_m;
        let near = hint.map(|h: f64| (h, (h - NEAR_M).max(low), (h + NEAR_M).min(high)));
        let q = match near {
            Some((_, from, to)) => {
                let q = other.project_within(p.x_m, p.y_m, from, to);
                let inside = (q.station_m - from > 1.5 || from <= low)
                    && (to - q.station_m > 1.5 || to >= high);
                if inside {
                    q
                } else {
                    other.project_within(p.x_m, p.y_m, low, high)
                }
            }
            None => other.project_within(p.x_m, p.y_m, low, high),
        };
        hint = (q.distance_m < 12.0).then_some(q.station_m);
        if q.distance_m < clearance_m {
            let zone = found.get_or_insert(Zone {
                own_m: [at, at],
                other_m: [q.station_m, q.station_m],
                merges: false,
            });
            zone.own_m[1] = at;
            zone.other_m[0] = zone.other_m[0].min(q.station_m);
            zone.other_m[1] = zone.other_m[1].max(q.station_m);
            at += step;
        } else if found.is_some() {
            break;
        } else {
            // The distance falls by at most a metre a metre.
            at += (q.distance_m - clearance_m).clamp(step, 50.0);
        }
    }
    found.map(|mut zone| {
        let turn = own.sample(zone.own_m[1]).yaw_rad - other.sample(zone.other_m[1]).yaw_rad;
        zone.merges = wrap_angle(turn).abs() < 0.4 && zone.own_m[1] - zone.own_m[0] > 4.0;
        zone
    })
}

/// Least time to cover a distance from a speed, speeding up to a limit, seconds.
pub fn time_to_cover_s(distance_m: f64, speed_mps: f64, accel_mps2: f64, limit_mps: f64) -> f64 {
    if distance_m <= 0.0 {
        return 0.0;
    }
    let v = speed_mps.max(0.0);
    let top = limit_mps.max(v).max(1.0);
    let ramp_s = (top - v) / accel_mps2;
    let ramp_m = v * ramp_s + 0.5 * accel_mps2 * ramp_s * ramp_s;
    if distance_m <= ramp_m {
        ((v * v + 2.0 * accel_mps2 * distance_m).sqrt() - v) / accel_mps2
    } else {
        ramp_s + (distance_m - ramp_m) / top
    }
}

fn junction_near(path: &Path, zone_m: [f64; 2]) -> Option<&PathJunction> {
    path.junctions
        .iter()
        .find(|j| j.start_m - 6.0 <= zone_m[1] && zone_m[0] <= j.end_m + 6.0)
}

/// One vehicle's claim to a zone; the least one goes first.
#[derive(Clone, Copy, Debug)]
struct Claim {
    /// Past its line, or too close to stop before it.
    committed: bool,
    /// Held back by a red light.
    held: bool,
    /// Posted right of way.
    priority: Priority,
    /// Turns across others rather than going on.
    turns_left: bool,
    /// Seconds until it is at its line.
    arrival_s: f64,
    /// How far past its line, metres.
    past_m: f64,
}

fn claim(scene: &Scene, body: &Body, path: &Path, zone_m: [f64; 2]) -> Claim {
    let junction = junction_near(path, zone_m);
    let line = junction.map_or(zone_m[0] - 2.0, |j| j.start_m.min(zone_m[0] - 1.0));
    let left = line - body.front_station_m();
    let v = body.speed_mps.max(0.0);
    let held = path.signals.iter().any(|s| {
        let ahead = s.stop_m - body.front_station_m();
        ahead > -1.0 && s.stop_m < zone_m[0] && scene.light(&s.id) == Light::Red
    });
    let lit = path
        .signals
        .iter()
        .any(|s| (s.stop_m - line).abs() < 15.0 && !matches!(scene.light(&s.id), Light::Dark));
    Claim {
        committed: left < 0.3 || (!held && left < v * v / (2.0 * 4.0)),
        held,
        priority: match junction {
            Some(j) if !lit => j.priority,
            _ => Priority::Equal,
        },
        turns_left: junction.is_some_and(|j| j.turn_rad > 0.6),
        arrival_s: time_to_cover_s(left, v, 1.5, 12.0),
        past_m: -left,
    }
}

/// Whether `me` goes before `other`, where both want the zone.
fn goes_first(me: &Claim, my_id: u32, other: &Claim, other_id: u32) -> bool {
    if me.held != other.held {
        return other.held;
    }
    if me.committed != other.committed {
        return me.committed;
    }
    if me.committed {
        let (mine, theirs) = (me.past_m, other.past_m);
        return if (mine - theirs).abs() > 0.5 {
            mine > theirs
        } else {
            my_id < other_id
        };
    }
    if me.priority != other.priority {
        return me.priority < other.priority;
    }
    if me.turns_left != other.turns_left {
        return other.turns_left;
    }
    if (me.arrival_s - other.arrival_s).abs() > 0.5 {
        return me.arrival_s < other.arrival_s;
    }
    my_id < other_id
}

/// What a vehicle must keep a gap to because others go first.
pub fn yields(scene: &Scene, ego: usize, path: &Path, patience_spent: bool) -> Vec<Obstacle> {
    let me = &scene.bodies[ego];
    let my_front = me.front_station_m();
    let v = me.speed_mps.max(0.0);
    let reach = 25.0 + v * v / 4.0;
    let my_window = [me.station_m - me.rear_m, my_front + reach];
    let mut found = Vec::new();
    for (index, other) in scene.bodies.iter().enumerate() {
        let Some(other_path) = other.path.as_deref().filter(|_| index != ego) else {
            continue;
        };
        if !me.may_meet(other, 2.0) {
            continue;
        }
        let u = other.speed_mps.max(0.0);
        let other_reach = 25.0 + u * 6.0;
        let other_rear = other.station_m - other.rear_m;
        let other_front = other.front_station_m();
        let Some(zone) = zone(
            path,
            my_window,
            other_path,
            [other_rear, other_front + other_reach],
            (me.width_m + other.width_m) / 2.0 + 0.4,
        ) else {
            continue;
        };
        let to_zone = zone.own_m[0] - my_front;
        let other_to_zone = zone.other_m[0] - other_front;
        // Inside already: going on is the way to clear it, and gaps to bodies hold.
        if to_zone <= 0.0 {
            continue;
        }
        let mine = claim(scene, me, path, zone.own_m);
        let theirs = claim(scene, other, other_path, zone.other_m);
        let other_inside = other_to_zone <= 0.0;
        if !other_inside {
            if goes_first(&mine, me.id.0, &theirs, other.id.0) {
                continue;
            }
            if patience_spent && u < 0.3 {
                continue;
            }
        }
        let limit = path.sample(my_front).speed_limit_mps;
        let my_in = time_to_cover_s(to_zone, v, 1.2, limit);
        let other_clear_m = zone.other_m[1] + other.rear_m - other.station_m;
        if zone.merges {
            // Whoever goes first becomes the leader: the gap along the shared lane, as it is now.
            let behind = if other_inside {
                to_zone + (other_rear - zone.other_m[0]).max(0.0)
            } else {
                to_zone - other_to_zone - other.length_m
            };
            let me_well_ahead = !other_inside
                && other_to_zone - to_zone > me.length_m + 4.0 + 1.5 * u
                && u <= v + 3.0;
            if !me_well_ahead {
                found.push(Obstacle {
                    gap_m: behind.max(to_zone.clamp(0.1, 1.0)),
                    speed_mps: u,
                    body: Some(index),
                });
            }
            continue;
        }
        if !other_inside {
            // A gap is taken where the own rear is out well before the other comes.
            let my_out_m = zone.own_m[1] - my_front + me.length_m;
            let my_out = time_to_cover_s(my_out_m, v, 1.2, limit.min(10.0));
            let their_in = time_to_cover_s(other_to_zone, u, 1.5, (u + 2.0).max(8.0));
            let margin = if matches!(mine.priority, Priority::Main) {
                0.7
            } else {
                1.5
            };
            if my_out + margin < their_in {
                continue;
            }
        }
        let their_out = other_clear_m / u.max(0.3);
        if their_out + 0.8 < my_in && u > 1.0 {
            continue;
        }
        let line = junction_near(path, zone.own_m)
            .map(|j| j.start_m)
            .filter(|start| *start > my_front + 0.2 && *start < zone.own_m[0]);
        let stop = line.unwrap_or(zone.own_m[0] - 0.5);
        found.push(Obstacle {
            gap_m: (stop - my_front + 1.0).max(0.1),
            speed_mps: 0.0,
            body: Some(index),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_and_merging_paths_have_their_zones() {
        let east = Path::from_xy(&[[0.0, 0.0], [100.0, 0.0]], 1.0, 10.0);
        let north = Path::from_xy(&[[50.0, -50.0], [50.0, 50.0]], 1.0, 10.0);
        let z = zone(&east, [0.0, 100.0], &north, [0.0, 100.0], 2.5).unwrap();
        assert!((z.own_m[0] - 48.0).abs() < 1.1 && (z.own_m[1] - 52.0).abs() < 1.1);
        assert!(!z.merges);
        let ramp = Path::from_xy(&[[0.0, 30.0], [60.0, 0.0], [120.0, 0.0]], 1.0, 10.0);
        assert!(
            zone(&east, [0.0, 100.0], &ramp, [0.0, 120.0], 2.5)
                .unwrap()
                .merges
        );
        let apart = Path::from_xy(&[[0.0, 3.5], [100.0, 3.5]], 1.0, 10.0);
        assert!(zone(&east, [0.0, 100.0], &apart, [0.0, 100.0], 2.5).is_none());
    }

    #[test]
    fn time_to_cover_is_that_of_uniform_acceleration() {
        assert!((time_to_cover_s(50.0, 10.0, 1.0, 10.0) - 5.0).abs() < 1e-9);
        assert!((time_to_cover_s(8.0, 0.0, 1.0, 20.0) - 4.0).abs() < 1e-9);
    }
}
