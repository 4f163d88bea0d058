//! `EnvironmentAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::Context;
use crate::read::El;
use crate::story::{Cast, EnvironmentState, date_time_s};

/// `EnvironmentAction`: sets what the environment gives and leaves the rest.
#[derive(Clone, Debug)]
pub struct EnvironmentAction {
    environment: EnvironmentState,
}

impl EnvironmentAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let environment = ctx.here_or_catalog(
            el.choice("an environment")?,
            "Environment",
            read_environment,
        )?;
        Ok(Self { environment })
    }
}

fn read_environment(el: El<'_>) -> Result<EnvironmentState, InputError> {
    let mut state = EnvironmentState::default();
    if let Some(time) = el.child("TimeOfDay") {
        state.time_of_day = Some((
            date_time_s(&time, "dateTime")?,
            time.bool_or("animation", false)?,
        ));
    }
    if let Some(weather) = el.child("Weather") {
        if let Some(sun) = weather.child("Sun") {
            state.sun_rad = Some((sun.f64("azimuth")?, sun.f64("elevation")?));
            state.illuminance_lx = sun.opt_f64("illuminance")?.or(sun.opt_f64("intensity")?);
        }
        if let Some(fog) = weather.child("Fog") {
            state.visual_range_m = Some(fog.f64("visualRange")?);
        }
        if let Some(rain) = weather.child("Precipitation") {
            let intensity = rain
                .opt_f64("precipitationIntensity")?
                .or(rain.opt_f64("intensity")?);
            state.precipitation = Some((rain.text("precipitationType")?, intensity.unwrap_or(0.0)));
        }
    }
    if let Some(road) = el.child("RoadCondition") {
        state.friction_scale = Some(road.f64("frictionScaleFactor")?);
    }
    Ok(state)
}

impl Action for EnvironmentAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let now_s = cast.time_s();
        let (new, state) = (&self.environment, &mut cast.environment);
        if new.time_of_day.is_some() {
            (state.time_of_day, state.set_at_s) = (new.time_of_day, now_s);
        }
        state.sun_rad = new.sun_rad.or(state.sun_rad);
        state.illuminance_lx = new.illuminance_lx.or(state.illuminance_lx);
        state.visual_range_m = new.visual_range_m.or(state.visual_range_m);
        if new.precipitation.is_some() {
            state.precipitation.clone_from(&new.precipitation);
        }
        state.friction_scale = new.friction_scale.or(state.friction_scale);
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
