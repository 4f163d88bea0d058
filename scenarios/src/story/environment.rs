//! Weather, road condition and time of day, as the story last set them.

use sim::input::InputError;

use crate::read::El;
use sim::sensor::Daylight;

/// Environment as last set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvironmentState {
    /// Time of day at `set_at_s`, seconds since 1970-01-01T00:00:00, and whether it goes on.
    pub time_of_day: Option<(f64, bool)>,
    /// Simulation time at which it was set, seconds.
    pub set_at_s: f64,
    /// Direction to the sun, radians: azimuth clockwise from north, elevation.
    pub sun_rad: Option<(f64, f64)>,
    /// Its illuminance, lux.
    pub illuminance_lx: Option<f64>,
    /// Visual range in fog, metres.
    pub visual_range_m: Option<f64>,
    /// Kind and intensity of precipitation, mm/h.
    pub precipitation: Option<(String, f64)>,
    /// Factor on the road's friction.
    pub friction_scale: Option<f64>,
}

impl EnvironmentState {
    /// Date and time now, where set.
    pub fn date_time_s(&self, time_s: f64) -> Option<f64> {
        let (start, runs) = self.time_of_day?;
        Some(if runs {
            start + time_s - self.set_at_s
        } else {
            start
        })
    }
}

/// Latitude of the sun's way where a scenario gives the time of day but not the sun, degrees.
const LATITUDE_DEG: f64 = 50.0;

/// Where the sun is at a date and solar time: azimuth clockwise from north and elevation, radians. Declination after
/// Cooper, "The absorption of radiation in solar stills", 1969.
fn sun_at(date_time_s: f64) -> (f64, f64) {
    use sim::math::{FRAC_PI_2, PI, asin, atan2, cos, sin};
    const DAY_S: f64 = 86_400.0;
    const YEAR_DAYS: f64 = 365.2425;
    let days = date_time_s / DAY_S;
    let day_of_year = days.rem_euclid(YEAR_DAYS);
    let declination = 23.44f64.to_radians() * sin(2.0 * PI * (284.0 + day_of_year) / YEAR_DAYS);
    let hour_angle = (days.rem_euclid(1.0) - 0.5) * 2.0 * PI;
    let latitude = LATITUDE_DEG.to_radians();
    let up = sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour_angle);
    let east = -cos(declination) * sin(hour_angle);
    let north =
        cos(latitude) * sin(declination) - sin(latitude) * cos(declination) * cos(hour_angle);
    let azimuth = FRAC_PI_2 - atan2(north, east);
    (azimuth, asin(up.clamp(-1.0, 1.0)))
}

impl EnvironmentState {
    /// The light that it makes of another one, at a time of the run.
    pub fn light(&self, before: Daylight, time_s: f64) -> Daylight {
        let by_time = || self.date_time_s(time_s).map(sun_at);
        let sun_rad = self.sun_rad.or_else(by_time);
        let rain = self.precipitation.as_ref().map(|(kind, mmph)| {
            let falls = kind == "rain";
            if falls { *mmph } else { 0.0 }
        });
        before.with_weather(sun_rad, self.illuminance_lx, self.visual_range_m, rain)
    }

    /// Whether its light changes without being set anew.
    pub fn is_animated(&self) -> bool {
        self.sun_rad.is_none() && self.time_of_day.is_some_and(|(_, runs)| runs)
    }
}

/// An attribute of type dateTime, as seconds since 1970-01-01T00:00:00.
///
/// # Errors
/// If it is missing or no date and time.
pub fn date_time_s(el: &El<'_>, attribute: &str) -> Result<f64, InputError> {
    let text = el.text(attribute)?;
    parse_date_time_s(text.trim()).ok_or_else(|| {
        el.error(
            "a date and time such as 2024-01-31T12:00:00",
            format!("{text:?}"),
        )
    })
}

/// Seconds since 1970-01-01T00:00:00 of an `xsd:dateTime`; `None` where the text is none.
pub fn parse_date_time_s(text: &str) -> Option<f64> {
    let (date, time) = text.split_once('T')?;
    let mut parts = date.splitn(3, '-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !((-9999..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)) {
        return None;
    }
    let end = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let mut parts = time
        .get(..end)?
        .splitn(3, ':')
        .map(|p| p.parse::<f64>().ok());
    let (h, m, s) = (
        parts.next()??,
        parts.next()??,
        parts.next().unwrap_or(Some(0.0))?,
    );
    let zone_s = match time.get(end..)? {
        "" | "Z" => 0.0,
        zone => {
            let sign = if zone.starts_with('-') { -1.0 } else { 1.0 };
            let (h, m) = zone
                .get(1..)?
                .split_once(':')
                .unwrap_or((zone.get(1..)?, "0"));
            sign * (h.parse::<f64>().ok()? * 3600.0 + m.parse::<f64>().ok()? * 60.0)
        }
    };
    // Days from the civil calendar, years beginning in March.
    let (y, m0) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * m0 + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100
        + day_of_year
        - 719_468;
    let seconds = days as f64 * 86_400.0 + h * 3600.0 + m * 60.0 + s - zone_s;
    seconds.is_finite().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::parse_date_time_s as parse;

    #[test]
    fn dates_count_from_1970() {
        assert_eq!(parse("1970-01-01T00:00:00"), Some(0.0));
        assert_eq!(parse("2000-03-01T12:00:00.5Z"), Some(951_912_000.5));
        assert_eq!(parse("2020-10-01T06:00:00+02:00"), Some(1_601_524_800.0));
        assert_eq!(parse("noon"), None);
    }

    #[test]
    fn the_sun_stands_in_the_south_at_noon_and_is_down_at_midnight() {
        let at = |text: &str| {
            let state = super::EnvironmentState {
                time_of_day: parse(text).map(|t| (t, true)),
                set_at_s: 0.0,
                ..Default::default()
            };
            let light = state.light(sim::sensor::Daylight::default(), 0.0);
            (
                light.sun_azimuth_rad.to_degrees(),
                light.sun_elevation_rad.to_degrees(),
            )
        };
        let (azimuth, elevation) = at("2024-06-21T12:00:00");
        // Counter-clockwise from east: south is -90 degrees.
        assert!((azimuth + 90.0).abs() < 1.0, "{azimuth}");
        assert!((elevation - 63.4).abs() < 0.5, "{elevation}");
        assert!(at("2024-06-21T00:00:00").1 < -15.0);
        let (morning, low) = at("2024-03-21T06:30:00");
        assert!(
            morning.abs() < 12.0 && (0.0..10.0).contains(&low),
            "{morning} {low}"
        );
    }
}
