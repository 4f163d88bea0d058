//! What agents see, in their own frame (ISO 8855: x forward, y left, about the middle of the box).
//!
//! Every group stands plane by plane: first the x of all neighbours, then their y, and so on, so that
//! eight are reckoned at a time. Places beyond the last neighbour or point hold zeros.

use super::road_points::Nearest;
use super::scene::Scene;

/// Neighbours of the full observation.
pub const NEIGHBORS: usize = 63;
/// Points of the road of the full observation.
pub const ROAD_POINTS: usize = 200;
/// Floats of the ego agent: goal x and y, speed, width, length, whether it touches another.
const EGO: usize = 6;
/// Floats of a neighbour: x, y, length, width, cosine and sine of its heading, speed.
const NEIGHBOR: usize = 7;
/// Floats of a point: x, y, half length, half width, cosine and sine of its direction, kind (0 middle of a
/// lane, 0.5 line, 1 edge of the road; one in a thousand more, so that a point is told from none).
const POINT: usize = 7;
/// Floats of the full observation: 6 + 63 · 7 + 200 · 7.
pub const FULL: usize = EGO + NEIGHBORS * NEIGHBOR + ROAD_POINTS * POINT;

/// Neighbours and points of the compact observation.
const FEW: usize = 8;
/// Floats of the compact one: ego, 8 nearest neighbours · 7, 8 nearest points · 7.
pub const COMPACT: usize = EGO + FEW * NEIGHBOR + FEW * POINT;

/// Neighbours farther than this are not seen, metres.
const SIGHT_M: f32 = 50.0;
/// A metre, a metre of a box, and a metre a second in an observation.
const SCALE: f32 = 0.02;
const SIZE_SCALE: f32 = 0.1;
const SPEED_SCALE: f32 = 0.05;
/// Half width of a point.
const POINT_WIDTH: f32 = 0.1 * SIZE_SCALE;
/// Agents are looked at by so many at a time.
pub const LANES: usize = 8;

/// What agents see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Observation {
    /// Nothing.
    None,
    /// [`COMPACT`] floats.
    Compact,
    /// [`FULL`] floats.
    #[default]
    Full,
}

impl Observation {
    /// Floats of one agent.
    pub fn len(self) -> usize {
        match self {
            Self::None => 0,
            Self::Compact => COMPACT,
            Self::Full => FULL,
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self == Self::None
    }
}

/// Agents of a world as observations need them, in planes whose lengths are multiples of [`LANES`]. Who is
/// gone, or was never there, is far away.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Middle of the box, from the scene's origin, metres.
    pub x: Vec<f32>,
    /// The same to the north.
    pub y: Vec<f32>,
    /// Heading.
    pub cos: Vec<f32>,
    /// Heading.
    pub sin: Vec<f32>,
    /// Scaled, as they stand in observations.
    pub speed: Vec<f32>,
    /// Scaled.
    pub length: Vec<f32>,
    /// Scaled.
    pub width: Vec<f32>,
    /// Radius of the circle about the box, metres.
    pub radius: Vec<f32>,
}

/// Where who is gone stands, metres.
const GONE_M: f32 = 1e9;

impl Seen {
    /// Room for so many agents.
    pub fn new(count: usize) -> Self {
        let padded = count.div_ceil(LANES) * LANES;
        let zeros = || vec![0.0; padded];
        Self {
            x: vec![GONE_M; padded],
            y: zeros(),
            cos: zeros(),
            sin: zeros(),
            speed: zeros(),
            length: zeros(),
            width: zeros(),
            radius: zeros(),
        }
    }

    /// Takes an agent away.
    pub fn remove(&mut self, agent: usize) {
        if let Some(x) = self.x.get_mut(agent) {
            *x = GONE_M;
        }
    }

    /// Calls `found` with each agent whose squared distance, metres², is below `bound` of its radius.
    #[inline(always)]
    pub fn near(
        &self,
        from: usize,
        x: f32,
        y: f32,
        bound2: impl Fn(f32) -> f32,
        mut found: impl FnMut(usize, f32),
    ) {
        let first = from / LANES * LANES;
        let chunks = self.x[first..]
            .chunks_exact(LANES)
            .zip(self.y[first..].chunks_exact(LANES))
            .zip(self.radius[first..].chunks_exact(LANES));
        for (c, ((xs, ys), rs)) in chunks.enumerate() {
            let mut d2 = [0.0f32; LANES];
            let mut over = [0.0f32; LANES];
            for k in 0..LANES {
                let (dx, dy) = (xs[k] - x, ys[k] - y);
                d2[k] = dx * dx + dy * dy;
                over[k] = d2[k] - bound2(rs[k]);
            }
            let least = over.iter().fold(f32::INFINITY, |a, b| a.min(*b));
            if least < 0.0 {
                for k in 0..LANES {
                    if over[k] < 0.0 {
                        found(first + c * LANES + k, d2[k]);
                    }
                }
            }
        }
    }
}

/// The agent that looks.
#[derive(Clone, Copy)]
pub struct Eye {
    /// Its number.
    pub agent: usize,
    /// Its goal from the origin, metres.
    pub goal: [f32; 2],
    /// Whether it touches another.
    pub touches: bool,
}

/// Writes an observation of `out.len()` floats.
#[inline(always)]
pub fn observe(scene: &Scene, seen: &Seen, eye: Eye, kind: Observation, out: &mut [f32]) {
    let i = eye.agent;
    let (x, y, c, s) = (seen.x[i], seen.y[i], seen.cos[i], seen.sin[i]);
    let (ego, rest) = out.split_at_mut(EGO);
    let (dx, dy) = (eye.goal[0] - x, eye.goal[1] - y);
    ego.copy_from_slice(&[
        (dx * c + dy * s) * SCALE,
        (dy * c - dx * s) * SCALE,
        seen.speed[i],
        seen.width[i],
        seen.length[i],
        f32::from(u8::from(eye.touches)),
    ]);
    let points = scene.ground.points.about(f64::from(x), f64::from(y));
    match kind {
        Observation::Full => {
            let (near, road) = rest.split_at_mut(NEIGHBORS * NEIGHBOR);
            neighbors::<NEIGHBORS>(seen, i, near);
            road_points::<ROAD_POINTS>(points, [x, y, c, s], road);
        }
        Observation::Compact => {
            let (near, road) = rest.split_at_mut(FEW * NEIGHBOR);
            neighbors::<FEW>(seen, i, near);
            road_points::<FEW>(points, [x, y, c, s], road);
        }
        Observation::None => {}
    }
}

/// The nearest `N` agents in sight; by distance where there are more, else by number.
#[inline(always)]
fn neighbors<const N: usize>(seen: &Seen, i: usize, out: &mut [f32]) {
    let (x, y, c, s) = (seen.x[i], seen.y[i], seen.cos[i], seen.sin[i]);
    let mut chosen = [(0.0f32, 0usize); N];
    let mut count = 0;
    let mut worst = SIGHT_M * SIGHT_M;
    let mut farthest = 0;
    seen.near(
        0,
        x,
        y,
        |_| SIGHT_M * SIGHT_M,
        |j, d2| {
            if j == i || d2 >= worst {
                return;
            }
            if count < N {
                chosen[count] = (d2, j);
                count += 1;
            } else {
                chosen[farthest] = (d2, j);
            }
            if count == N {
                // From here on only who is nearer than the farthest comes in, for him.
                (farthest, worst) = (0, chosen[0].0);
                for (k, (d2, _)) in chosen.iter().enumerate() {
                    if *d2 > worst {
                        (farthest, worst) = (k, *d2);
                    }
                }
            }
        },
    );
    for (k, &(_, j)) in chosen[..count].iter().enumerate() {
        let (dx, dy) = (seen.x[j] - x, seen.y[j] - y);
        let (cj, sj) = (seen.cos[j], seen.sin[j]);
        let values = [
            (dx * c + dy * s) * SCALE,
            (dy * c - dx * s) * SCALE,
            seen.length[j],
            seen.width[j],
            cj * c + sj * s,
            sj * c - cj * s,
            seen.speed[j],
        ];
        for (plane, value) in values.into_iter().enumerate() {
            out[plane * N + k] = value;
        }
    }
    for plane in out.chunks_exact_mut(N) {
        plane[count..].fill(0.0);
    }
}

#[inline(always)]
fn road_points<const N: usize>(points: Option<&Nearest>, [x, y, c, s]: [f32; 4], out: &mut [f32]) {
    let Some(points) = points else {
        out.fill(0.0);
        return;
    };
    let count = points.count.min(N);
    let [px, py, half, pc, ps, kind] = &points.planes;
    // Plane by plane: loops of few arrays become wide instructions.
    let mut planes = out.chunks_exact_mut(N);
    let mut next = || planes.next().map_or(&mut [][..], |p| p);
    fill(next(), count, [px, py], |px, py| {
        ((px - x) * c + (py - y) * s) * SCALE
    });
    fill(next(), count, [px, py], |px, py| {
        ((py - y) * c - (px - x) * s) * SCALE
    });
    fill(next(), count, [half, half], |half, _| half * SIZE_SCALE);
    fill(next(), count, [half, half], |_, _| POINT_WIDTH);
    fill(next(), count, [pc, ps], |pc, ps| pc * c + ps * s);
    fill(next(), count, [pc, ps], |pc, ps| ps * c - pc * s);
    fill(next(), count, [kind, kind], |kind, _| kind + 1e-3);
}

/// Fills the first `count` places of a plane from two others, and the rest with zeros.
#[inline(always)]
fn fill(
    plane: &mut [f32],
    count: usize,
    [a, b]: [&[f32; ROAD_POINTS]; 2],
    value: impl Fn(f32, f32) -> f32,
) {
    let (filled, rest) = plane.split_at_mut(count.min(plane.len()));
    for ((out, a), b) in filled.iter_mut().zip(a).zip(b) {
        *out = value(*a, *b);
    }
    rest.fill(0.0);
}

/// A size and a speed as they stand in observations.
pub fn scaled(length_m: f64, width_m: f64) -> [f32; 2] {
    [length_m as f32 * SIZE_SCALE, width_m as f32 * SIZE_SCALE]
}

/// A speed as it stands in observations.
pub fn scaled_speed(speed_mps: f64) -> f32 {
    speed_mps as f32 * SPEED_SCALE
}
