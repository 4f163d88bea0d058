//! `Controller`: which driver an entity is given by name.

use sim::input::InputError;
use sim::message::DriverSpec;

use super::Context;
use crate::read::El;

/// A driver by the word that names it: one that keeps an entity's speed on rails, or a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverKind {
    /// The Intelligent Driver Model.
    Idm,
    /// Adaptive cruise control.
    Acc,
    /// Automated lane keeping within UN R157.
    Alks,
    /// One that steers a dynamic body as well: by rule, or by sensors and networks.
    Whole(DriverSpec),
}

/// `Controller` of the file or a catalog.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controller {
    /// Its name.
    pub name: String,
    /// The driver it stands for; `None` where there is none here, and the story goes on moving the entity.
    pub driver: Option<DriverKind>,
    /// Whether a property `skidpad.driver` names it, so that it takes effect however the run is started.
    pub is_own: bool,
    /// Speed it keeps where nothing is ahead, m/s; that at its activation where unset.
    pub set_speed_mps: Option<f64>,
    /// Time headway, seconds; the driver's usual one where unset.
    pub headway_s: Option<f64>,
}

impl Controller {
    /// Reads an element that holds a `Controller` or a `CatalogReference` to one; `None` where it holds
    /// neither.
    ///
    /// # Errors
    /// If it is malformed. An entry that no catalog has is taken by its name.
    pub fn read_in(ctx: &Context, el: El<'_>) -> Result<Option<Self>, InputError> {
        let Some(child) = el
            .elements()
            .find(|e| matches!(e.name(), "Controller" | "CatalogReference"))
        else {
            return Ok(None);
        };
        let controller = if child.name() == "CatalogReference" {
            let name = child.text("entryName")?;
            let found = ctx.here_or_catalog(child, "Controller", Self::read);
            found.unwrap_or_else(|_| Self::named(&name, &[]))
        } else {
            ctx.here_or_catalog(child, "Controller", Self::read)?
        };
        if let Some(DriverKind::Whole(driver)) = controller.driver {
            ctx.note_driver(driver);
        }
        let effect = match (controller.driver, controller.is_own) {
            (Some(_), true) => None,
            (Some(_), false) => Some("takes effect with --controllers only"),
            (None, _) => Some("names no driver of ours: the story goes on moving the entity"),
        };
        if let Some(effect) = effect {
            ctx.warn(&child, format!("controller {:?} {effect}", controller.name));
        }
        Ok(Some(controller))
    }

    fn read(el: El<'_>) -> Result<Self, InputError> {
        let name = el.opt_text("name")?.unwrap_or_default();
        let mut properties = Vec::new();
        if let Some(all) = el.child("Properties") {
            for property in all.children("Property") {
                properties.push((property.text("name")?, property.text("value")?));
            }
        }
        Ok(Self::named(&name, &properties))
    }

    fn named(name: &str, properties: &[(String, String)]) -> Self {
        let property = |wanted: &str| {
            let found = properties
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.trim())
        };
        let number = |wanted: &str| {
            let value = property(wanted)?.parse::<f64>().ok()?;
            (value.is_finite() && value > 0.0).then_some(value)
        };
        let kind = |word: &str| {
            let word = word.to_ascii_lowercase();
            if word.contains("alks") {
                Some(DriverKind::Alks)
            } else if word.contains("acc") {
                Some(DriverKind::Acc)
            } else if word == "idm" {
                Some(DriverKind::Idm)
            } else {
                None
            }
        };
        let whole = |word: &str| match word.to_ascii_lowercase().as_str() {
            "expert" => Some(DriverKind::Whole(DriverSpec::Expert)),
            "learned" => Some(DriverKind::Whole(DriverSpec::Learned)),
            _ => None,
        };
        let own = property("skidpad.driver").and_then(|word| whole(word).or_else(|| kind(word)));
        Self {
            name: name.to_owned(),
            driver: own
                .or_else(|| property("esminiController").and_then(kind))
                .or_else(|| kind(name)),
            is_own: own.is_some(),
            set_speed_mps: number("setSpeed"),
            headway_s: number("timeGap"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_found_by_property_or_name() {
        let with = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let alks = Controller::named("ALKSController", &[]);
        assert_eq!((alks.driver, alks.is_own), (Some(DriverKind::Alks), false));
        let own = Controller::named("mine", &with("skidpad.driver", "idm"));
        assert_eq!((own.driver, own.is_own), (Some(DriverKind::Idm), true));
        let acc = Controller::named("x", &with("esminiController", "ACCController"));
        assert_eq!(acc.driver, Some(DriverKind::Acc));
        assert_eq!(Controller::named("DefaultController", &[]).driver, None);
        assert_eq!(
            Controller::named("acc", &with("timeGap", "2")).headway_s,
            Some(2.0)
        );
    }
}
