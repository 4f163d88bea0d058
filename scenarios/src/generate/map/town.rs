//! Towns: an irregular grid of streets, joined by junctions of every kind.

use rand_chacha::ChaCha8Rng;
use sim::math::{PI, TAU, atan2, tan, wrap_angle};
use sim::seed::Draw;

use super::furniture;
use super::junction::{Arm, Control, join};
use super::plan::{Path, Place};
use super::roundabout;
use super::street::{Profile, street};
use super::xodr::{End, Map};

/// Nodes by index and the streets between them.
#[derive(Default)]
pub(super) struct Graph {
    pub nodes: Vec<Place>,
    pub edges: Vec<Edge>,
    /// Of every junction; drawn where not given.
    pub control: Option<Control>,
}

pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub profile: Profile,
    pub speed_kmh: f64,
    /// By which the street leaves its chord at both ends, radians.
    pub bow: (f64, f64),
}

impl Graph {
    /// Edges at a node with their outward heading there and which end it is.
    fn arms(&self, node: usize) -> Vec<(usize, f64, End)> {
        let heading = |e: &Edge, end: End| {
            let (a, b) = (self.nodes[e.from], self.nodes[e.to]);
            let chord = atan2(b.y - a.y, b.x - a.x);
            match end {
                End::Start => wrap_angle(chord + e.bow.0),
                End::End => wrap_angle(chord + e.bow.1 + PI),
            }
        };
        let mut out = Vec::new();
        for (i, e) in self.edges.iter().enumerate() {
            if e.from == node {
                out.push((i, heading(e, End::Start), End::Start));
            }
            if e.to == node {
                out.push((i, heading(e, End::End), End::End));
            }
        }
        out
    }

    fn degree(&self, node: usize) -> usize {
        self.edges
            .iter()
            .filter(|e| e.from == node || e.to == node)
            .count()
    }

    fn is_connected(&self) -> bool {
        let mut reached = vec![false; self.nodes.len()];
        let mut open = vec![0];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut reached[node], true) {
                continue;
            }
            for e in &self.edges {
                if e.from == node {
                    open.push(e.to);
                } else if e.to == node {
                    open.push(e.from);
                }
            }
        }
        reached.into_iter().all(|r| r)
    }

    /// Distance from the node at which its streets end, so that corners have room.
    fn trim(&self, node: usize) -> f64 {
        let arms = self.arms(node);
        let mut trim = 10.0f64;
        for (i, (a, ha, _)) in arms.iter().enumerate() {
            for (b, hb, _) in &arms[i + 1..] {
                let angle = wrap_angle(ha - hb).abs().min(PI * 0.9);
                let half = |e: usize| self.edges[e].profile.half_width();
                trim = trim.max(half(*a).max(half(*b)) / tan(angle / 2.0) + 6.0);
            }
        }
        trim
    }

    /// Builds streets and junctions.
    pub fn build(&self, map: &mut Map, rng: &mut ChaCha8Rng, roundabouts: f64) {
        let kinds: Vec<bool> = (0..self.nodes.len())
            .map(|n| {
                let arms = self.arms(n);
                let narrow = arms.iter().all(|(e, ..)| {
                    let p = &self.edges[*e].profile;
                    p.forward == 1 && p.backward == 1
                });
                rng.chance(roundabouts) && narrow && arms.len() >= 3
            })
            .collect();
        let trims: Vec<f64> = (0..self.nodes.len())
            .map(|n| {
                if kinds[n] {
                    roundabout::size(self.degree(n)).1
                } else {
                    self.trim(n)
                }
            })
            .collect();
        let roads: Vec<usize> = self
            .edges
            .iter()
            .map(|e| {
                let (a, b) = (self.nodes[e.from], self.nodes[e.to]);
                let chord = atan2(b.y - a.y, b.x - a.x);
                let start = Place::new(a.x, a.y, chord + e.bow.0).shift(trims[e.from], 0.0);
                let end = Place::new(b.x, b.y, chord + e.bow.1).shift(-trims[e.to], 0.0);
                let path = if e.bow == (0.0, 0.0) {
                    Path::from(start).line(start.distance(end))
                } else {
                    Path::from(start).cubic_to(end)
                };
                street(map, path, &e.profile, e.speed_kmh)
            })
            .collect();
        for (node, is_round) in kinds.iter().enumerate() {
            let arms: Vec<Arm> = self
                .arms(node)
                .iter()
                .map(|(e, _, end)| Arm {
                    road: roads[*e],
                    end: *end,
                })
                .collect();
            if arms.len() < 2 {
                continue;
            }
            if *is_round {
                roundabout::ring(map, self.nodes[node], &arms);
                continue;
            }
            let draw = rng.unit();
            let control = match arms.len() {
                2 => Control::Unmarked,
                3 if draw < 0.3 => Control::Lights,
                3 if draw < 0.75 => Control::Yield,
                3 => Control::Stop,
                _ if draw < 0.55 => Control::Lights,
                _ if draw < 0.75 => Control::Yield,
                _ if draw < 0.88 => Control::Stop,
                _ => Control::Unmarked,
            };
            join(map, &arms, self.control.unwrap_or(control));
        }
    }
}

/// A town of 6 to 12 junctions.
pub(super) fn build(map: &mut Map, rng: &mut ChaCha8Rng) {
    let (nx, ny) = (3 + rng.index(2), 2 + rng.index(2));
    let spacing = rng.uniform(100.0, 135.0);
    let jitter = rng.uniform(0.0, 10.0);
    let mut graph = Graph::default();
    for j in 0..ny {
        for i in 0..nx {
            let mut near = |k: usize| k as f64 * spacing + rng.uniform(-jitter, jitter);
            let (x, y) = (near(i), near(j));
            graph.nodes.push(Place::new(x, y, 0.0));
        }
    }
    let lane_width = rng.uniform(3.1, 3.65);
    let sidewalk = rng.uniform(1.8, 2.8);
    // Rows and columns share a profile, so that main streets run through.
    let line = |rng: &mut ChaCha8Rng| {
        let (forward, backward) = match rng.unit() {
            u if u < 0.55 => (1, 1),
            u if u < 0.65 => (2, 1),
            _ => (2, 2),
        };
        (
            Profile {
                forward,
                backward,
                lane_width,
                sidewalk,
                parking: (rng.chance(0.45), rng.chance(0.45)),
            },
            if forward == 2 && rng.chance(0.4) {
                60.0
            } else if forward == 1 && rng.chance(0.3) {
                30.0
            } else {
                50.0
            },
        )
    };
    let rows: Vec<_> = (0..ny).map(|_| line(rng)).collect();
    let columns: Vec<_> = (0..nx).map(|_| line(rng)).collect();
    for (j, row) in rows.iter().enumerate() {
        for (i, column) in columns.iter().enumerate() {
            let node = j * nx + i;
            for (ok, to, (profile, speed_kmh)) in [
                (i + 1 < nx, node + 1, *row),
                (j + 1 < ny, node + nx, *column),
            ] {
                let bow = if rng.chance(0.35) {
                    let angle = rng.uniform(-0.22, 0.22);
                    if rng.chance(0.7) {
                        (angle, -angle)
                    } else {
                        (angle, angle)
                    }
                } else {
                    (0.0, 0.0)
                };
                if ok {
                    graph.edges.push(Edge {
                        from: node,
                        to,
                        profile,
                        speed_kmh,
                        bow,
                    });
                }
            }
        }
    }
    // Some streets are missing, as far as every junction keeps two and the town hangs together.
    for _ in 0..(nx * ny) / 4 {
        let k = rng.index(graph.edges.len());
        let edge = graph.edges.remove(k);
        // A mere ring would keep its two directions apart.
        let keeps = graph.degree(edge.from) >= 2
            && graph.degree(edge.to) >= 2
            && graph.edges.len() > graph.nodes.len();
        if !keeps || !graph.is_connected() {
            graph.edges.insert(k, edge);
        }
    }
    graph.build(map, rng, 0.25);
    furniture::furnish(map, rng);
    furniture::hills(map, rng);
}

/// A single junction with open streets.
pub(super) fn build_single(map: &mut Map, rng: &mut ChaCha8Rng) {
    let count = if rng.chance(0.35) { 3 } else { 4 };
    let turn = rng.uniform(0.0, TAU);
    let lane_width = rng.uniform(3.1, 3.65);
    let sidewalk = rng.uniform(1.8, 2.8);
    let mut graph = Graph {
        nodes: vec![Place::default()],
        ..Graph::default()
    };
    let mut lanes = || if rng.chance(0.5) { 1 } else { 2 };
    let main = [lanes(), lanes()];
    for i in 0..count {
        let jitter = rng.uniform(-0.2, 0.2);
        let place = Place::new(0.0, 0.0, turn + TAU * i as f64 / 4.0 + jitter);
        graph
            .nodes
            .push(place.shift(rng.uniform(110.0, 170.0), 0.0));
        let n = main[i % 2];
        graph.edges.push(Edge {
            from: 0,
            to: i + 1,
            profile: Profile {
                forward: n,
                backward: n,
                lane_width,
                sidewalk,
                parking: (rng.chance(0.4), rng.chance(0.4)),
            },
            speed_kmh: 50.0,
            bow: (0.0, rng.uniform(-0.3, 0.3)),
        });
    }
    graph.build(map, rng, 0.0);
    furniture::furnish(map, rng);
    furniture::hills(map, rng);
}
