//! Bodies of vehicles as lofts: a lower body with wheel arches cut into it, and a cabin of glass and pillars on top.
//! Styles give their curves in shares of the actor's box, so that one style fits vehicles of any size.

use bevy::prelude::*;

use super::sketch::{Coat, DARK, DEEP, GLASS, Sketch, curve};

/// A curve by (share of the length from the rear, value).
pub type Curve = &'static [(f32, f32)];

/// The box that a body fills, in the actor's frame, metres.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Rear end.
    pub rear: f32,
    /// Middle across.
    pub y: f32,
    /// Bottom.
    pub base: f32,
    /// Length.
    pub l: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl Extent {
    /// A place by its share of the length from the rear.
    pub fn x(&self, share: f32) -> f32 {
        self.rear + share * self.l
    }

    /// A height by its share.
    pub fn z(&self, share: f32) -> f32 {
        self.base + share * self.h
    }

    /// A point by shares: of the length, of half the width, of the height.
    pub fn at(&self, x: f32, y: f32, z: f32) -> Vec3 {
        Vec3::new(self.x(x), self.y + y * self.w / 2.0, self.z(z))
    }

    /// A box between two such points.
    pub fn cuboid(&self, sketch: &mut Sketch, low: [f32; 3], high: [f32; 3], coat: Coat) {
        sketch.cuboid(
            self.at(low[0], low[1], low[2]),
            self.at(high[0], high[1], high[2]),
            coat,
        );
    }
}

/// Where wheels are, in the actor's frame, metres.
#[derive(Clone, Copy, Debug)]
pub struct Axle {
    /// Along the vehicle.
    pub x: f32,
    /// Radius of its wheels.
    pub radius: f32,
    /// Whether it is steered.
    pub is_steered: bool,
}

/// A side window or pillar: (share of the cabin's length at its front edge, whether what follows is glass).
pub type Pane = (f32, bool);

/// One level of a cabin: height, rear end, front end, half width; in shares.
pub type Level = [f32; 4];

/// What a body is like.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Height of the lower edge.
    pub sill: Curve,
    /// Height of the shoulder, where sides become bonnet and boot.
    pub shoulder: Curve,
    /// Height along the middle.
    pub crown: Curve,
    /// Half width as a share.
    pub plan: Curve,
    /// Cabin from the belt to the roof; the last but two levels end the glass.
    pub cabin: &'static [Level],
    /// Panes along the cabin's side, from its front.
    pub panes: &'static [Pane],
    /// Whether the cabin has a rear window.
    pub has_rear_window: bool,
    /// How far from the middle the windscreen's corners are rounded back, share of the cabin's length.
    pub bow: f32,
}

/// Shares of the height from sill to shoulder, and the width there.
const SIDE: [(f32, f32); 7] = [
    (0.0, 0.93),
    (0.1, 0.965),
    (0.32, 0.99),
    (0.55, 1.0),
    (0.78, 0.985),
    (0.93, 0.955),
    (1.0, 0.915),
];
/// Widths over bonnet and boot, from the shoulder to the middle.
const TOP: [f32; 4] = [0.84, 0.62, 0.32, 0.0];

/// The lower body of a style in a box.
pub struct Hull<'a> {
    /// The box.
    pub extent: Extent,
    style: &'a Style,
    axles: &'a [Axle],
}

impl<'a> Hull<'a> {
    /// A hull of a style.
    pub fn new(extent: Extent, style: &'a Style, axles: &'a [Axle]) -> Self {
        Self {
            extent,
            style,
            axles,
        }
    }

    fn share(&self, x: f32) -> f32 {
        ((x - self.extent.rear) / self.extent.l).clamp(0.0, 1.0)
    }

    fn arch(axle: &Axle) -> f32 {
        axle.radius * 1.12 + 0.015
    }

    /// The lower edge at a place, metres; `inside` says on which side of an arch's edge.
    fn bottom(&self, x: f32) -> f32 {
        let sill = self.extent.z(curve(self.style.sill, self.share(x)));
        let arches = self.axles.iter().map(|axle| {
            let (reach, off) = (Self::arch(axle), x - axle.x);
            if off.abs() < reach - 1e-4 {
                self.extent.base + axle.radius + (reach * reach - off * off).max(0.0).sqrt()
            } else {
                sill
            }
        });
        arches.fold(sill, f32::max)
    }

    fn shoulder(&self, x: f32) -> f32 {
        self.extent.z(curve(self.style.shoulder, self.share(x)))
    }

    /// A point of the left side: place, share of the height from the sill to the shoulder.
    pub fn side(&self, x: f32, v: f32) -> Vec3 {
        let half = self.extent.w / 2.0 * curve(self.style.plan, self.share(x));
        let (low, high) = (
            self.extent.z(curve(self.style.sill, self.share(x))),
            self.shoulder(x),
        );
        Vec3::new(x, half * curve(&SIDE, v), low + (high - low) * v)
    }

    /// Places along the body at which it is cut, rear first; fewer if `is_near` is false.
    fn stations(&self, is_near: bool) -> Vec<f32> {
        let count = if is_near { 22 } else { 9 };
        let mut all: Vec<f32> = (0..=count)
            .map(|i| {
                // Denser at both ends, where it is rounded.
                let t = i as f32 / count as f32;
                let s = t * t * (3.0 - 2.0 * t);
                self.extent.x(0.5 * (t + s))
            })
            .collect();
        all.extend([0.012, 0.03, 0.97, 0.988].map(|s| self.extent.x(s)));
        for axle in self.axles {
            let reach = Self::arch(axle);
            all.retain(|x| (x - axle.x).abs() > reach + 0.01);
            let steps = if is_near { 9 } else { 4 };
            for i in 0..=steps {
                let angle = i as f32 / steps as f32 * std::f32::consts::PI;
                let inner = reach - 2e-4;
                all.push(axle.x - inner * bevy::math::ops::cos(angle));
            }
            all.extend([axle.x - reach, axle.x + reach]);
        }
        all.retain(|x| (0.0..=1.0).contains(&((x - self.extent.rear) / self.extent.l)));
        all.sort_by(f32::total_cmp);
        all.dedup_by(|a, b| (*a - *b).abs() < 5e-5);
        all
    }

    /// The left half of a cut, from the sill over the shoulder to the middle.
    fn cut(&self, x: f32, is_near: bool) -> Vec<Vec3> {
        let half = self.extent.w / 2.0 * curve(self.style.plan, self.share(x));
        let (low, high) = (self.bottom(x), self.shoulder(x));
        let (sill, crown) = (
            self.extent.z(curve(self.style.sill, self.share(x))),
            self.extent.z(curve(self.style.crown, self.share(x))),
        );
        let mut points: Vec<Vec3> = SIDE
            .iter()
            .enumerate()
            .filter(|(i, _)| is_near || matches!(i, 0 | 2 | 4 | 6))
            .map(|(_, (v, _))| {
                let z = low + (high - low).max(0.01) * v;
                let wide = curve(
                    &SIDE,
                    ((z - sill) / (high - sill).max(0.05)).clamp(0.0, 1.0),
                );
                Vec3::new(x, half * wide, z)
            })
            .collect();
        points.extend(TOP.iter().enumerate().filter_map(|(i, wide)| {
            let rise = 1.0 - (wide / 0.915) * (wide / 0.915);
            let z = high + (crown - high) * rise.sqrt();
            (is_near || i != 1).then_some(Vec3::new(x, half * wide, z))
        }));
        points
    }

    /// Adds the lower body.
    pub fn add(&self, sketch: &mut Sketch, paint: Coat, is_near: bool) {
        let stations = self.stations(is_near);
        let cuts: Vec<Vec<Vec3>> = stations.iter().map(|x| self.cut(*x, is_near)).collect();
        let off = Vec3::Y * self.extent.y;
        let flip = |p: Vec3| Vec3::new(p.x, -p.y, p.z);
        for pair in cuts.windows(2) {
            let [a, b] = pair else { continue };
            let from = Vec3::new(
                (a[0].x + b[0].x) / 2.0,
                0.0,
                self.extent.z(0.3).min(a[0].z.min(b[0].z) + 0.05),
            );
            for i in 0..a.len().saturating_sub(1) {
                let corners = [a[i], b[i], b[i + 1], a[i + 1]];
                let coat = if i == 0 { DARK } else { paint };
                sketch.quad(corners.map(|p| p + off), from + off, coat);
                sketch.quad(corners.map(|p| flip(p) + off), from + off, coat);
            }
            // Floor, and the roofs of the wheel wells.
            let floor = [a[0], b[0], flip(b[0]), flip(a[0])];
            sketch.quad(floor.map(|p| p + off), off + from + Vec3::Z * 2.0, DEEP);
        }
        for (cut, inside) in [(cuts.first(), 0.3), (cuts.last(), 0.7)] {
            let Some(cut) = cut else { continue };
            let from = self.extent.at(inside, 0.0, 0.3);
            for i in 0..cut.len().saturating_sub(1) {
                let corners = [cut[i], cut[i + 1], flip(cut[i + 1]), flip(cut[i])];
                let coat = if i == 0 { DARK } else { paint };
                sketch.quad(corners.map(|p| p + off), from, coat);
            }
        }
        // Between the wheels of an axle.
        let e = &self.extent;
        let inner = (e.w / 2.0 - 0.34).max(e.w * 0.2);
        for axle in self.axles {
            let reach = Self::arch(axle) + 0.02;
            sketch.cuboid(
                Vec3::new(axle.x - reach, e.y - inner, e.base + axle.radius * 0.5),
                Vec3::new(
                    axle.x + reach,
                    e.y + inner,
                    e.base + axle.radius + reach * 0.9,
                ),
                DEEP,
            );
        }
    }

    /// A strip on the outside, at both sides alike or on one: along places (x share; y share or none for the side),
    /// between two shares of the height from sill to shoulder, so far outside.
    pub fn strip(
        &self,
        sketch: &mut Sketch,
        path: &[(f32, Option<f32>)],
        [low, high]: [f32; 2],
        out_m: f32,
        sides: &[f32],
        coat: Coat,
    ) {
        let center = self.extent.at(0.5, 0.0, 0.3) - Vec3::Y * self.extent.y;
        let at = |(share, across): (f32, Option<f32>), v: f32| {
            let mut p = self.side(self.extent.x(share), v);
            let mut out = Vec3::Y;
            if let Some(y) = across {
                p.y *= y;
                out = Vec3::X * (p.x - center.x).signum();
            } else if !(0.04..=0.96).contains(&share) {
                out = (Vec3::Y + Vec3::X * (p.x - center.x).signum()).normalize_or(Vec3::Y);
            }
            p + out * out_m
        };
        for sign in sides {
            let turn = |p: Vec3| Vec3::new(p.x, p.y * sign + self.extent.y, p.z);
            for pair in path.windows(2) {
                let steps = 3;
                for step in 0..steps {
                    let v = |k: usize| low + (high - low) * k as f32 / steps as f32;
                    let corners = [
                        at(pair[0], v(step)),
                        at(pair[1], v(step)),
                        at(pair[1], v(step + 1)),
                        at(pair[0], v(step + 1)),
                    ];
                    // Its own side is out, whether it lies on a side or on an end.
                    let from = Vec3::new(
                        corners[0].x * 0.5 + center.x * 0.5,
                        0.0,
                        (corners[0].z + corners[2].z) / 2.0,
                    );
                    sketch.quad(corners.map(turn), turn(from), coat);
                }
            }
        }
    }

    /// Adds the cabin; pillars and roof in `paint`, glass elsewhere.
    pub fn add_cabin(&self, sketch: &mut Sketch, paint: Coat, roof: Coat) {
        let (e, style) = (&self.extent, self.style);
        let mut side: Vec<(f32, f32, Option<bool>)> = vec![
            // Share of the cabin's length from its front, share of half its width, whether glass follows.
            (0.0, 0.0, Some(true)),
            (0.12 * style.bow, 0.5, Some(true)),
            (0.45 * style.bow, 0.84, None),
            (style.bow, 0.965, None),
        ];
        side.extend(style.panes.iter().map(|(x, glass)| (*x, 1.0, Some(*glass))));
        let tail = style.has_rear_window;
        side.extend([
            (1.0 - 0.55 * style.bow, 0.955, None),
            (1.0 - 0.2 * style.bow, 0.82, Some(tail)),
            (1.0 - 0.05 * style.bow, 0.45, Some(tail)),
            (1.0, 0.0, Some(tail)),
        ]);
        let ring = |[z, rear, front, half]: Level| -> Vec<Vec3> {
            let point = |(t, y, _): &(f32, f32, Option<bool>), sign: f32| {
                e.at(front + (rear - front) * t, sign * y * half, z)
            };
            let left = side.iter().map(|p| point(p, 1.0));
            let right = side[1..side.len() - 1].iter().rev();
            left.chain(right.map(|p| point(p, -1.0))).collect()
        };
        let rings: Vec<Vec<Vec3>> = style.cabin.iter().map(|l| ring(*l)).collect();
        let glass_to = style.cabin.len().saturating_sub(3);
        let count = side.len();
        sketch.loft(&rings, |level, i| {
            // Going back on the right, the piece between two points is named by the later one.
            let piece = if i + 1 < count {
                i
            } else {
                2 * (count - 1) - 1 - i
            };
            let is_glass = level < glass_to && side.get(piece).and_then(|p| p.2) == Some(true);
            if is_glass {
                GLASS
            } else if level < glass_to {
                paint
            } else {
                roof
            }
        });
        if let Some(last) = rings.last() {
            sketch.cap(last, e.at(0.5, 0.0, 0.2), roof);
        }
    }
}
