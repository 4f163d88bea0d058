//! Lateral profile: the height of the surface over the plane that elevation and superelevation give.

use super::CubicProfile;
use crate::math::tan;

/// Crossfall steeper than this is no road, radians.
const MAX_CROSSFALL_RAD: f64 = 1.5;

/// Records of `<shape>` at one station: height over t, linear in s up to the next station.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeSection {
    /// Station, metres.
    pub s_m: f64,
    /// Height over t, metres (the records' `s_m` is t).
    pub over_t: CubicProfile,
}

/// One `<strip>` of a `<crossSectionSurface>` (1.8): Σ cᵢ(s)·dtⁱ, where dt is t from its inner edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SurfaceStrip {
    /// Width over s, metres; without records it has no outer edge.
    pub width: CubicProfile,
    /// constant, linear, quadratic, cubic, over s.
    pub coefficients: [CubicProfile; 4],
    /// Whether it goes on from the height of the strip inside of it.
    pub is_relative: bool,
}

/// Height and slopes of a surface: (height in metres, by s, by t).
type Height = (f64, f64, f64);

impl SurfaceStrip {
    /// At a distance from its inner edge, which itself moves by `dt_slope` a metre of s.
    fn height(&self, s_m: f64, dt_m: f64, dt_slope: f64) -> Height {
        let (mut power, mut slope) = (1.0, 0.0);
        let (mut height, mut by_s, mut by_t) = (0.0, 0.0, 0.0);
        for (i, c) in self.coefficients.iter().enumerate() {
            let value = c.value(s_m);
            height += value * power;
            by_s += c.slope(s_m) * power;
            by_t += value * slope;
            slope = (i + 1) as f64 * power;
            power *= dt_m;
        }
        (height, by_s + by_t * dt_slope, by_t)
    }
}

/// `<crossSectionSurface>` (1.8).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossSectionSurface {
    /// t of the inner strips' inner edges over s, metres.
    pub t_offset: CubicProfile,
    /// Right and left, each the inner and the outer strip.
    pub strips: [[Option<SurfaceStrip>; 2]; 2],
}

impl CrossSectionSurface {
    fn height(&self, s_m: f64, t_m: f64) -> Height {
        let dt = t_m - self.t_offset.value(s_m);
        let slope = -self.t_offset.slope(s_m);
        let (side, sign) = if dt >= 0.0 { (1, 1.0) } else { (0, -1.0) };
        let Some([Some(inner), outer]) = self.strips.get(side) else {
            return (0.0, 0.0, 0.0);
        };
        let width = inner.width.value(s_m).max(0.0);
        match outer {
            Some(outer) if !inner.width.is_empty() && dt.abs() > width => {
                let edge_slope = sign * inner.width.slope(s_m);
                let mut height = outer.height(s_m, dt - sign * width, slope - edge_slope);
                if outer.is_relative {
                    let edge = inner.height(s_m, sign * width, edge_slope);
                    height.0 += edge.0;
                    height.1 += edge.1;
                }
                height
            }
            _ => inner.height(s_m, dt, slope),
        }
    }
}

/// What shapes the surface across the road, besides superelevation. Heights are taken along z.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LateralShape {
    /// `<shape>`, by station.
    pub shape: Vec<ShapeSection>,
    /// `<crossfall>` (1.4) of the right and left side: by how much it falls outwards, radians.
    pub crossfall: [CubicProfile; 2],
    /// `<crossSectionSurface>` (1.8).
    pub surface: Option<Box<CrossSectionSurface>>,
}

impl LateralShape {
    /// Whether it adds nothing.
    #[inline]
    pub fn is_flat(&self) -> bool {
        self.shape.is_empty()
            && self.surface.is_none()
            && self.crossfall.iter().all(CubicProfile::is_empty)
    }

    /// Whether height over t is other than straight on each side of the reference line.
    pub fn is_curved(&self) -> bool {
        !self.shape.is_empty() || self.surface.is_some()
    }

    /// Stations at which records start, metres.
    pub fn starts(&self) -> Vec<f64> {
        let mut profiles: Vec<&CubicProfile> = self.crossfall.iter().collect();
        if let Some(surface) = &self.surface {
            profiles.push(&surface.t_offset);
            for strip in surface.strips.iter().flatten().flatten() {
                profiles.push(&strip.width);
                profiles.extend(&strip.coefficients);
            }
        }
        let records = profiles.into_iter().flat_map(|p| p.records());
        let shapes = self.shape.iter().map(|s| s.s_m);
        shapes.chain(records.map(|r| r.s_m)).collect()
    }

    /// Height at (s, t) and its slopes over s and t.
    pub fn height(&self, s_m: f64, t_m: f64) -> Height {
        let mut height = self.shape_height(s_m, t_m);
        let mut add = |more: Height| {
            height = (height.0 + more.0, height.1 + more.1, height.2 + more.2);
        };
        let side = usize::from(t_m >= 0.0);
        if let Some(fall) = self.crossfall.get(side).filter(|c| !c.is_empty()) {
            let angle = fall.value(s_m).clamp(-MAX_CROSSFALL_RAD, MAX_CROSSFALL_RAD);
            let slope = tan(angle);
            let outward = t_m.abs();
            let by_t = if t_m >= 0.0 { -slope } else { slope };
            let by_s = -outward * (1.0 + slope * slope) * fall.slope(s_m);
            add((-outward * slope, by_s, by_t));
        }
        if let Some(surface) = &self.surface {
            add(surface.height(s_m, t_m));
        }
        height
    }

    fn shape_height(&self, s_m: f64, t_m: f64) -> Height {
        let next = self.shape.partition_point(|section| section.s_m <= s_m);
        let Some(here) = self.shape.get(next.saturating_sub(1)) else {
            return (0.0, 0.0, 0.0);
        };
        let (h, slope_t) = (here.over_t.value(t_m), here.over_t.slope(t_m));
        let Some(after) = self
            .shape
            .get(next)
            .filter(|a| next > 0 && a.s_m > here.s_m)
        else {
            return (h, 0.0, slope_t);
        };
        let length = after.s_m - here.s_m;
        let w = (s_m - here.s_m) / length;
        let (h2, slope2) = (after.over_t.value(t_m), after.over_t.slope(t_m));
        (
            h + w * (h2 - h),
            (h2 - h) / length,
            slope_t + w * (slope2 - slope_t),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::road::Cubic;

    fn linear(a: f64, b: f64) -> CubicProfile {
        CubicProfile::new(vec![Cubic {
            s_m: 0.0,
            coefficients: [a, b, 0.0, 0.0],
        }])
    }

    /// Slopes agree with differences.
    fn check_slopes(shape: &LateralShape) {
        let h = 1e-6;
        for (s, t) in [(3.0, 1.2), (7.0, -0.7), (11.0, 4.3), (13.0, -6.1)] {
            let (_, by_s, by_t) = shape.height(s, t);
            let ds = (shape.height(s + h, t).0 - shape.height(s - h, t).0) / (2.0 * h);
            let dt = (shape.height(s, t + h).0 - shape.height(s, t - h).0) / (2.0 * h);
            assert!(
                (by_s - ds).abs() < 1e-6 && (by_t - dt).abs() < 1e-6,
                "{s} {t}"
            );
        }
    }

    #[test]
    fn crossfall_falls_outwards_on_its_side() {
        let shape = LateralShape {
            crossfall: [CubicProfile::default(), linear(0.02, 0.001)],
            ..LateralShape::default()
        };
        assert_eq!(shape.height(5.0, -3.0).0, 0.0);
        let expected = -3.0 * tan(0.025);
        assert!((shape.height(5.0, 3.0).0 - expected).abs() < 1e-12);
        check_slopes(&shape);
    }

    #[test]
    fn an_outer_strip_starts_at_the_inner_ones_edge() {
        let inner = SurfaceStrip {
            width: linear(3.0, 0.05),
            coefficients: [
                linear(0.1, 0.0),
                linear(0.02, 0.001),
                linear(0.0, 0.0),
                linear(0.0, 0.0),
            ],
            is_relative: false,
        };
        let outer = SurfaceStrip {
            coefficients: [
                linear(0.0, 0.0),
                linear(-0.1, 0.0),
                linear(0.01, 0.0),
                linear(0.0, 0.0),
            ],
            is_relative: true,
            ..SurfaceStrip::default()
        };
        let mirrored = |strip: &SurfaceStrip| Some(strip.clone());
        let shape = LateralShape {
            surface: Some(Box::new(CrossSectionSurface {
                t_offset: linear(0.5, 0.01),
                strips: [
                    [mirrored(&inner), mirrored(&outer)],
                    [mirrored(&inner), mirrored(&outer)],
                ],
            })),
            ..LateralShape::default()
        };
        // At s 10: offset 0.6, width 3.5, linear 0.03.
        assert!((shape.height(10.0, 1.6).0 - (0.1 + 0.03)).abs() < 1e-12);
        let edge = 0.1 + 0.03 * 3.5;
        assert!((shape.height(10.0, 5.1).0 - (edge - 0.1 + 0.01)).abs() < 1e-12);
        let right = 0.1 - 0.03 * 3.5;
        assert!((shape.height(10.0, -3.9).0 - (right + 0.1 + 0.01)).abs() < 1e-12);
        check_slopes(&shape);
    }
}
