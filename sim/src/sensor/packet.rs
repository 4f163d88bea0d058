//! Packets of coherent rays, intersected lane by lane so that the compiler makes SIMD of it.
//! No lane's result depends on its neighbours, so any grouping of rays gives the same bits.

use bevy::math::Vec3;

use super::bvh::{Bvh, Node};
use super::solid::Solid;
use super::soup::Triangle;
use super::view::View;

/// Rays in a packet.
pub(super) const LANES: usize = 16;

/// No hit.
pub(super) const MISS: u32 = u32::MAX;
/// Set in the hit of an actor's solid; the rest is its number.
pub(super) const SOLID: u32 = 1 << 31;

/// One number a ray.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Lanes(pub [f32; LANES]);

impl Lanes {
    pub const fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    /// The smallest.
    #[inline(always)]
    fn min(mut self) -> f32 {
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                self.0[i] = lesser(self.0[i], self.0[i + half]);
            }
        }
        self.0[0]
    }

    /// The largest.
    #[inline(always)]
    fn max(mut self) -> f32 {
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                self.0[i] = greater(self.0[i], self.0[i + half]);
            }
        }
        self.0[0]
    }
}

#[inline(always)]
pub(super) fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
pub(super) fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Rays with unit directions, and the nearest hit found so far. A lane with a negative `t` is idle.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    /// Origins: x, y, z.
    pub o: [Lanes; 3],
    /// Directions: x, y, z.
    pub d: [Lanes; 3],
    inv: [Lanes; 3],
    /// Distance of the nearest hit, at first the largest distance looked at.
    pub t: Lanes,
    /// What was hit: a triangle, `SOLID | solid`, or `MISS`.
    pub hit: [u32; LANES],
}

/// Nodes still to visit, with their distance; kept between packets to save allocations.
#[derive(Default)]
pub(super) struct Stack(Vec<(u32, f32)>);

impl Packet {
    /// Rays from lanes of origins and directions, each looking `t` far.
    #[inline(always)]
    pub fn new(o: [Lanes; 3], d: [Lanes; 3], t: Lanes) -> Self {
        let mut inv = [Lanes::splat(0.0); 3];
        for axis in 0..3 {
            for i in 0..LANES {
                let v = d[axis].0[i];
                let tiny = if v < 0.0 { -1e-12 } else { 1e-12 };
                inv[axis].0[i] = 1.0 / if v.abs() < 1e-12 { tiny } else { v };
            }
        }
        Self {
            o,
            d,
            inv,
            t,
            hit: [MISS; LANES],
        }
    }

    /// Rays from one point.
    #[inline(always)]
    pub fn from_point(origin: Vec3, d: [Lanes; 3], reach: f32) -> Self {
        Self::new(origin.to_array().map(Lanes::splat), d, Lanes::splat(reach))
    }

    /// The point a lane's ray reaches at its `t`.
    #[inline(always)]
    pub fn point(&self, lane: usize) -> Vec3 {
        let t = self.t.0[lane];
        Vec3::new(
            self.o[0].0[lane] + self.d[0].0[lane] * t,
            self.o[1].0[lane] + self.d[1].0[lane] * t,
            self.o[2].0[lane] + self.d[2].0[lane] * t,
        )
    }

    /// A lane's direction.
    #[inline(always)]
    pub fn direction(&self, lane: usize) -> Vec3 {
        Vec3::new(self.d[0].0[lane], self.d[1].0[lane], self.d[2].0[lane])
    }

    /// Nearest distance at which a ray enters a box before its own hit; infinite where none does.
    #[inline(always)]
    fn entry(&self, node: &Node) -> f32 {
        let mut near = Lanes::splat(0.0);
        let mut far = self.t;
        for axis in 0..3 {
            let (low, high) = (node.min[axis], node.max[axis]);
            for i in 0..LANES {
                let a = (low - self.o[axis].0[i]) * self.inv[axis].0[i];
                let b = (high - self.o[axis].0[i]) * self.inv[axis].0[i];
                near.0[i] = greater(near.0[i], lesser(a, b));
                far.0[i] = lesser(far.0[i], greater(a, b));
            }
        }
        for i in 0..LANES {
            near.0[i] = if near.0[i] <= far.0[i] {
                near.0[i]
            } else {
                f32::INFINITY
            };
        }
        near.min()
    }

    /// Visits the leaves that a ray enters before its hit, near ones first; `leaf` gives whether to go on.
    #[inline(always)]
    fn walk(
        &mut self,
        bvh: &Bvh,
        stack: &mut Stack,
        mut leaf: impl FnMut(&mut Self, usize, usize) -> bool,
    ) {
        let Some(root) = bvh.nodes.first() else {
            return;
        };
        let near = self.entry(root);
        if near == f32::INFINITY {
            return;
        }
        let mut farthest = self.t.max();
        stack.0.clear();
        stack.0.push((0, near));
        while let Some((index, near)) = stack.0.pop() {
            if near > farthest {
                continue;
            }
            let node = &bvh.nodes[index as usize];
            if node.count > 0 {
                let first = node.first as usize;
                if !leaf(self, first, first + node.count as usize) {
                    return;
                }
                farthest = self.t.max();
                continue;
            }
            let (left, right) = (node.first, node.first + 1);
            let a = self.entry(&bvh.nodes[left as usize]);
            let b = self.entry(&bvh.nodes[right as usize]);
            let (first, second) = if a <= b {
                ((left, a), (right, b))
            } else {
                ((right, b), (left, a))
            };
            if second.1 < f32::INFINITY {
                stack.0.push(second);
            }
            if first.1 < f32::INFINITY {
                stack.0.push(first);
            }
        }
    }

    /// Takes a triangle as the hit of the lanes that meet it nearer than what they had. Edges are
    /// watertight: triangles that share one compute it with the same bits.
    #[inline(always)]
    fn meet_triangle(&mut self, triangle: &Triangle, number: u32) {
        let mut rel = [[Lanes::splat(0.0); 3]; 3];
        for (corner, r) in triangle.corners.iter().zip(&mut rel) {
            for axis in 0..3 {
                for i in 0..LANES {
                    r[axis].0[i] = corner[axis] - self.o[axis].0[i];
                }
            }
        }
        let n = triangle.normal;
        let mut near = Lanes::splat(0.0);
        for i in 0..LANES {
            let a = [rel[0][0].0[i], rel[0][1].0[i], rel[0][2].0[i]];
            let b = [rel[1][0].0[i], rel[1][1].0[i], rel[1][2].0[i]];
            let c = [rel[2][0].0[i], rel[2][1].0[i], rel[2][2].0[i]];
            let d = [self.d[0].0[i], self.d[1].0[i], self.d[2].0[i]];
            let u = dot(d, cross(c, b));
            let v = dot(d, cross(a, c));
            let w = dot(d, cross(b, a));
            near.0[i] = inside(u, v, w, dot(a, n) / dot(d, n));
        }
        self.take(&near, number);
    }

    /// Takes distances as hits where they are nearer than what a lane had.
    #[inline(always)]
    fn take(&mut self, near: &Lanes, number: u32) {
        for i in 0..LANES {
            let nearer = near.0[i] < self.t.0[i];
            self.t.0[i] = if nearer { near.0[i] } else { self.t.0[i] };
            self.hit[i] = if nearer { number } else { self.hit[i] };
        }
    }

    /// As [`Self::meet_triangle`] for rays that all start at one point, where the edges' planes
    /// are the same for every ray.
    #[inline(always)]
    fn meet_triangle_from(&mut self, origin: Vec3, triangle: &Triangle, number: u32) {
        let o = origin.to_array();
        let [a, b, c] = triangle
            .corners
            .map(|k| [k[0] - o[0], k[1] - o[1], k[2] - o[2]]);
        let (eu, ev, ew) = (cross(c, b), cross(a, c), cross(b, a));
        let n = triangle.normal;
        let height = dot(a, n);
        let mut near = Lanes::splat(0.0);
        for i in 0..LANES {
            let d = [self.d[0].0[i], self.d[1].0[i], self.d[2].0[i]];
            let (u, v, w) = (dot(d, eu), dot(d, ev), dot(d, ew));
            near.0[i] = inside(u, v, w, height / dot(d, n));
        }
        self.take(&near, number);
    }

    /// Takes a solid as the hit of the lanes that enter it nearer than what they had; `o` and `d`
    /// are the rays in the solid's frame.
    #[inline(always)]
    fn meet_solid(&mut self, solid: &Solid, o: &[Lanes; 3], d: &[Lanes; 3], number: u32) {
        let mut near = Lanes::splat(f32::NEG_INFINITY);
        let mut far = Lanes::splat(f32::INFINITY);
        solid.clip(o, d, &mut near, &mut far);
        for i in 0..LANES {
            let t = near.0[i];
            let t = if t <= far.0[i] { t } else { f32::INFINITY };
            near.0[i] = if t > 0.0 { t } else { f32::INFINITY };
        }
        self.take(&near, SOLID | number);
    }

    #[inline(always)]
    fn meet_actors(&mut self, view: &View, stack: &mut Stack, any: bool) {
        self.walk(&view.actors.bvh, stack, |rays, first, last| {
            for entry in first..last {
                let actor = view.actors.bvh.order[entry];
                if Some(actor) == view.exclude {
                    continue;
                }
                let body = &view.actors.bodies[actor as usize];
                let (o, d) = rays.in_frame(body.position, &body.axes);
                for number in body.solids.clone() {
                    let solid = &view.actors.solids[number as usize];
                    rays.meet_solid(solid, &o, &d, number);
                }
            }
            !(any && rays.all_hit())
        });
    }

    /// The rays in a frame at `position` with unit `axes`.
    #[inline(always)]
    fn in_frame(&self, position: Vec3, axes: &[Vec3; 3]) -> ([Lanes; 3], [Lanes; 3]) {
        let (mut o, mut d) = ([Lanes::splat(0.0); 3], [Lanes::splat(0.0); 3]);
        for k in 0..3 {
            let axis = axes[k];
            for i in 0..LANES {
                let x = self.o[0].0[i] - position.x;
                let y = self.o[1].0[i] - position.y;
                let z = self.o[2].0[i] - position.z;
                o[k].0[i] = axis.x * x + axis.y * y + axis.z * z;
                d[k].0[i] =
                    axis.x * self.d[0].0[i] + axis.y * self.d[1].0[i] + axis.z * self.d[2].0[i];
            }
        }
        (o, d)
    }

    /// Whether every lane that is not idle has hit something.
    #[inline(always)]
    fn all_hit(&self) -> bool {
        let mut open = false;
        for i in 0..LANES {
            open |= (self.hit[i] == MISS) & (self.t.0[i] > 0.0);
        }
        !open
    }

    /// Finds the nearest hit of each ray; all rays start at `origin`.
    #[inline(always)]
    fn nearest_from(&mut self, view: &View, origin: Vec3, stack: &mut Stack) {
        self.meet_actors(view, stack, false);
        let scene = view.scene;
        self.walk(&scene.bvh, stack, |rays, first, last| {
            for number in first..last {
                rays.meet_triangle_from(origin, &scene.triangles[number], number as u32);
            }
            true
        });
    }

    /// Finds for each ray whether anything is in its way; the hit is any one, not the nearest.
    #[inline(always)]
    fn any(&mut self, view: &View, stack: &mut Stack) {
        self.meet_actors(view, stack, true);
        if self.all_hit() {
            return;
        }
        self.end_hit_lanes();
        let scene = view.scene;
        self.walk(&scene.bvh, stack, |rays, first, last| {
            for number in first..last {
                rays.meet_triangle(&scene.triangles[number], number as u32);
            }
            let done = rays.all_hit();
            rays.end_hit_lanes();
            !done
        });
    }

    /// Makes the lanes that have a hit idle.
    #[inline(always)]
    fn end_hit_lanes(&mut self) {
        for i in 0..LANES {
            self.t.0[i] = if self.hit[i] == MISS {
                self.t.0[i]
            } else {
                -1.0
            };
        }
    }
}

/// Finds the nearest hit of each ray of a packet whose rays all start at `origin`.
pub(super) fn nearest(view: &View, rays: &mut Packet, origin: Vec3, stack: &mut Stack) {
    rays.nearest_from(view, origin, stack);
}

/// Finds which rays meet anything at all: those have a hit afterwards.
pub(super) fn any(view: &View, rays: &mut Packet, stack: &mut Stack) {
    rays.any(view, stack);
}

/// The distance `t` where all three edge volumes have one sign and it lies ahead, else infinity.
/// Selections one by one, of which the compiler makes SIMD.
#[inline(always)]
fn inside(u: f32, v: f32, w: f32, t: f32) -> f32 {
    let low = lesser(lesser(u, v), w);
    let high = greater(greater(u, v), w);
    let mixed = if low < 0.0 { high } else { 0.0 };
    let t = if mixed > 0.0 { f32::INFINITY } else { t };
    if t > 0.0 { t } else { f32::INFINITY }
}

#[inline(always)]
fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline(always)]
fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}
