//! Convex solids that actors are made of, met by rays without any mesh.

use bevy::math::Vec3;

use super::bvh::Bounds;
use super::packet::{LANES, Lanes, greater, lesser};

/// How a surface of an actor looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Diffuse colour, linear.
    pub albedo: [f32; 3],
    /// Share of laser light thrown back, 0 to 1.
    pub reflectivity: f32,
    /// Mirror-like share at normal incidence, 0 to 1.
    pub gloss: f32,
}

impl Look {
    /// A matt surface.
    pub const fn matt(albedo: [f32; 3], reflectivity: f32) -> Self {
        Self {
            albedo,
            reflectivity,
            gloss: 0.0,
        }
    }
}

/// Half-space `normal · p <= offset` of a hull, and the look of its face.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    pub normal: Vec3,
    pub offset: f32,
    pub look: Look,
}

/// A convex solid in its actor's frame.
#[derive(Clone, Debug)]
pub(super) enum Solid {
    /// Common part of half-spaces.
    Hull { faces: Vec<Face>, bounds: Bounds },
    /// Ellipsoid along the axes.
    Ellipsoid {
        center: Vec3,
        radii: Vec3,
        look: Look,
    },
    /// Cylinder about an axis along y: tyre outside, rim within.
    Wheel {
        center: Vec3,
        radius: f32,
        half_width: f32,
        tyre: Look,
        rim: Look,
    },
}

impl Solid {
    /// A prism across y with the given side view, its outline (x, z) counter-clockwise seen from
    /// the right (from -y). Its sides lean in by `lean_m` from the lowest to the highest point. `looks`
    /// has one an edge and the last one for the sides.
    pub fn prism(
        outline: &[(f32, f32)],
        (middle_y, half_width): (f32, f32),
        lean_m: f32,
        looks: &[Look],
    ) -> Self {
        let side = looks.last().copied().unwrap_or(Look::matt([0.5; 3], 0.5));
        let low = outline.iter().fold(f32::INFINITY, |m, p| m.min(p.1));
        let high = outline.iter().fold(f32::NEG_INFINITY, |m, p| m.max(p.1));
        let mut faces = Vec::with_capacity(outline.len() + 2);
        for (i, a) in outline.iter().enumerate() {
            let b = outline[(i + 1) % outline.len()];
            let normal = Vec3::new(b.1 - a.1, 0.0, a.0 - b.0);
            if let Some(normal) = normal.try_normalize() {
                faces.push(Face {
                    normal,
                    offset: normal.x * a.0 + normal.z * a.1,
                    look: looks.get(i).copied().unwrap_or(side),
                });
            }
        }
        for sign in [1.0, -1.0] {
            let normal = Vec3::new(0.0, sign * (high - low), lean_m).normalize_or(Vec3::Y * sign);
            faces.push(Face {
                normal,
                offset: normal.y * (middle_y + sign * half_width) + normal.z * low,
                look: side,
            });
        }
        let corners = outline.iter().flat_map(|(x, z)| {
            [
                Vec3::new(*x, middle_y + half_width, *z),
                Vec3::new(*x, middle_y - half_width, *z),
            ]
        });
        Self::Hull {
            faces,
            bounds: Bounds::of(corners),
        }
    }

    /// A box between two corners.
    pub fn cuboid(low: Vec3, high: Vec3, look: Look) -> Self {
        let face = |normal: Vec3, offset: f32| Face {
            normal,
            offset,
            look,
        };
        Self::Hull {
            faces: vec![
                face(Vec3::X, high.x),
                face(Vec3::NEG_X, -low.x),
                face(Vec3::Y, high.y),
                face(Vec3::NEG_Y, -low.y),
                face(Vec3::Z, high.z),
                face(Vec3::NEG_Z, -low.z),
            ],
            bounds: Bounds {
                min: low,
                max: high,
            },
        }
    }

    /// The box around it, in the actor's frame.
    pub fn bounds(&self) -> Bounds {
        match self {
            Self::Hull { bounds, .. } => *bounds,
            Self::Ellipsoid { center, radii, .. } => Bounds {
                min: *center - *radii,
                max: *center + *radii,
            },
            Self::Wheel {
                center,
                radius,
                half_width,
                ..
            } => {
                let half = Vec3::new(*radius, *half_width, *radius);
                Bounds {
                    min: *center - half,
                    max: *center + half,
                }
            }
        }
    }

    /// Narrows the interval [near, far] of each ray to what lies inside.
    #[inline(always)]
    pub fn clip(&self, o: &[Lanes; 3], d: &[Lanes; 3], near: &mut Lanes, far: &mut Lanes) {
        match self {
            Self::Hull { faces, .. } => {
                for face in faces {
                    let (n, offset) = (face.normal, face.offset);
                    for i in 0..LANES {
                        let along = n.x * d[0].0[i] + n.y * d[1].0[i] + n.z * d[2].0[i];
                        let inside = offset - (n.x * o[0].0[i] + n.y * o[1].0[i] + n.z * o[2].0[i]);
                        let tiny = if inside < 0.0 { -1e-12 } else { 1e-12 };
                        let along = if along.abs() < 1e-12 { tiny } else { along };
                        let t = inside / along;
                        let enters = along < 0.0;
                        near.0[i] = if enters {
                            greater(near.0[i], t)
                        } else {
                            near.0[i]
                        };
                        far.0[i] = if enters {
                            far.0[i]
                        } else {
                            lesser(far.0[i], t)
                        };
                    }
                }
            }
            Self::Ellipsoid { center, radii, .. } => {
                let inv = radii.recip();
                for i in 0..LANES {
                    let ox = (o[0].0[i] - center.x) * inv.x;
                    let oy = (o[1].0[i] - center.y) * inv.y;
                    let oz = (o[2].0[i] - center.z) * inv.z;
                    let dx = d[0].0[i] * inv.x;
                    let dy = d[1].0[i] * inv.y;
                    let dz = d[2].0[i] * inv.z;
                    let a = dx * dx + dy * dy + dz * dz;
                    let b = ox * dx + oy * dy + oz * dz;
                    // The discriminant by the closest point, which keeps its digits far away.
                    let k = b / a;
                    let (px, py, pz) = (ox - k * dx, oy - k * dy, oz - k * dz);
                    let h = 1.0 - (px * px + py * py + pz * pz);
                    let root = (greater(h, 0.0) / a).sqrt();
                    let miss = h < 0.0;
                    near.0[i] = if miss {
                        f32::INFINITY
                    } else {
                        greater(near.0[i], -k - root)
                    };
                    far.0[i] = if miss {
                        f32::NEG_INFINITY
                    } else {
                        lesser(far.0[i], root - k)
                    };
                }
            }
            Self::Wheel {
                center,
                radius,
                half_width,
                ..
            } => {
                for i in 0..LANES {
                    let (ox, oz) = (o[0].0[i] - center.x, o[2].0[i] - center.z);
                    let (dx, dz) = (d[0].0[i], d[2].0[i]);
                    let a = greater(dx * dx + dz * dz, 1e-12);
                    let k = (ox * dx + oz * dz) / a;
                    let (px, pz) = (ox - k * dx, oz - k * dz);
                    let h = radius * radius - (px * px + pz * pz);
                    let root = (greater(h, 0.0) / a).sqrt();
                    let dy = d[1].0[i];
                    let tiny = if dy < 0.0 { -1e-12 } else { 1e-12 };
                    let inv = 1.0 / if dy.abs() < 1e-12 { tiny } else { dy };
                    let oy = o[1].0[i] - center.y;
                    let (s, e) = ((-half_width - oy) * inv, (half_width - oy) * inv);
                    let miss = h < 0.0;
                    let enter = greater(-k - root, lesser(s, e));
                    let leave = lesser(root - k, greater(s, e));
                    near.0[i] = if miss {
                        f32::INFINITY
                    } else {
                        greater(near.0[i], enter)
                    };
                    far.0[i] = if miss {
                        f32::NEG_INFINITY
                    } else {
                        lesser(far.0[i], leave)
                    };
                }
            }
        }
    }

    /// Outward unit normal and look at a point of the surface, in the actor's frame.
    pub fn surface(&self, p: Vec3) -> (Vec3, Look) {
        match self {
            Self::Hull { faces, .. } => {
                let nearest = faces.iter().max_by(|a, b| {
                    let depth = |f: &Face| f.normal.dot(p) - f.offset;
                    depth(a).total_cmp(&depth(b))
                });
                nearest.map_or((Vec3::Z, Look::matt([0.5; 3], 0.5)), |f| (f.normal, f.look))
            }
            Self::Ellipsoid {
                center,
                radii,
                look,
            } => {
                let normal = ((p - *center) / (*radii * *radii)).normalize_or(Vec3::Z);
                (normal, *look)
            }
            Self::Wheel {
                center,
                radius,
                half_width,
                tyre,
                rim,
            } => {
                let q = p - *center;
                let round = (q.x * q.x + q.z * q.z).sqrt();
                if radius - round < half_width - q.y.abs() {
                    return (Vec3::new(q.x, 0.0, q.z).normalize_or(Vec3::Z), *tyre);
                }
                let look = if round < 0.62 * radius { *rim } else { *tyre };
                (Vec3::new(0.0, q.y.signum(), 0.0), look)
            }
        }
    }
}
