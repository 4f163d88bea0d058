//! Geographic positions to map coordinates (transverse Mercator, series of Krüger to n⁴).

use sim::math;

/// East and north of a position, metres, by the map's projection string; `None` where the map has
/// none of a kind that is known.
pub fn project(
    geo_reference: Option<&str>,
    latitude_deg: f64,
    longitude_deg: f64,
) -> Option<(f64, f64)> {
    let text = geo_reference?;
    let value = |key: &str| -> Option<f64> {
        text.split_whitespace()
            .find_map(|part| part.strip_prefix(key)?.parse().ok())
    };
    let (mut lat0, mut lon0) = (
        value("+lat_0=").unwrap_or(0.0),
        value("+lon_0=").unwrap_or(0.0),
    );
    let (mut k0, mut x0, mut y0) = (
        value("+k=").or(value("+k_0=")).unwrap_or(1.0),
        value("+x_0=").unwrap_or(0.0),
        value("+y_0=").unwrap_or(0.0),
    );
    if text.contains("+proj=utm") {
        let zone = value("+zone=")?;
        (lat0, lon0, k0, x0) = (0.0, zone * 6.0 - 183.0, 0.9996, 500_000.0);
        y0 = if text.contains("+south") {
            10_000_000.0
        } else {
            0.0
        };
    } else if !text.contains("+proj=tmerc") {
        return None;
    }
    let (e, n) = transverse_mercator(latitude_deg, longitude_deg - lon0);
    let (_, n0) = transverse_mercator(lat0, 0.0);
    Some((x0 + k0 * e, y0 + k0 * (n - n0)))
}

fn transverse_mercator(latitude_deg: f64, from_meridian_deg: f64) -> (f64, f64) {
    const A_M: f64 = 6_378_137.0;
    const F: f64 = 1.0 / 298.257_223_563;
    let n = F / (2.0 - F);
    let (n2, n3, n4) = (n * n, n * n * n, n * n * n * n);
    let radius = A_M / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0);
    let alpha = [
        n / 2.0 - 2.0 * n2 / 3.0 + 5.0 * n3 / 16.0 + 41.0 * n4 / 180.0,
        13.0 * n2 / 48.0 - 3.0 * n3 / 5.0 + 557.0 * n4 / 1440.0,
        61.0 * n3 / 240.0 - 103.0 * n4 / 140.0,
        49561.0 * n4 / 161_280.0,
    ];
    let (phi, lambda) = (latitude_deg.to_radians(), from_meridian_deg.to_radians());
    let c = 2.0 * n.sqrt() / (1.0 + n);
    let atanh = |x: f64| 0.5 * math::ln((1.0 + x) / (1.0 - x));
    let sin_phi = math::sin(phi);
    let psi = atanh(sin_phi) - c * atanh(c * sin_phi);
    let t = (math::exp(psi) - math::exp(-psi)) / 2.0;
    let xi = math::atan2(t, math::cos(lambda));
    let eta = atanh(math::sin(lambda) / (1.0 + t * t).sqrt());
    let (mut east, mut north) = (eta, xi);
    for (j, a) in alpha.iter().enumerate() {
        let k = 2.0 * (j as f64 + 1.0);
        let (up, down) = (math::exp(k * eta), math::exp(-k * eta));
        east += a * math::cos(k * xi) * (up - down) / 2.0;
        north += a * math::sin(k * xi) * (up + down) / 2.0;
    }
    (radius * east, radius * north)
}

#[cfg(test)]
mod tests {
    use super::project;

    #[test]
    fn a_known_point_lands_where_utm_says() {
        // CN Tower, Toronto: 43°38'33.24" N, 79°23'13.7" W is UTM 17T 630084 4833438.
        let (e, n) = project(
            Some("+proj=utm +zone=17 +datum=WGS84"),
            43.642_566_7,
            -79.387_139,
        )
        .expect("known");
        assert!(
            (e - 630_084.0).abs() < 2.0 && (n - 4_833_438.0).abs() < 2.0,
            "{e} {n}"
        );
        assert_eq!(project(None, 1.0, 1.0), None);
        assert_eq!(project(Some("+proj=laea"), 1.0, 1.0), None);
    }
}
