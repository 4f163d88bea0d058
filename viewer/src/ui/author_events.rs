//! The events of a draft: who does what when.

use egui::{ComboBox, DragValue, Ui};
use scenarios::draft::{DraftAction, DraftEvent, DraftPlace, DraftTrigger};

use super::author::place;
use crate::app::App;
use crate::author::Tool;

pub(super) fn draw(ui: &mut Ui, app: &mut App) {
    ui.horizontal(|ui| {
        ui.strong("What is done when");
        if ui.button("Add an event").clicked() {
            app.add_event();
        }
    });
    let Some(draft) = app.draft().cloned() else {
        return;
    };
    let actors: Vec<&str> = draft.entities.iter().map(|e| e.name.as_str()).collect();
    let names: Vec<&str> = draft.events.iter().map(|e| e.name.as_str()).collect();
    for (number, event) in draft.events.iter().enumerate() {
        let mut changed = event.clone();
        let mut is_removed = false;
        ui.push_id(number, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.strong(&event.name);
                choose(ui, "actor", &actors, &mut changed.actor);
                action(ui, &mut changed.action);
                is_removed = ui.small_button("✖").on_hover_text("Remove").clicked();
            });
            ui.horizontal_wrapped(|ui| {
                ui.label("when");
                let others: Vec<&str> =
                    names.iter().copied().filter(|n| *n != event.name).collect();
                trigger(ui, &mut changed, &actors, &others);
                let is_place = matches!(changed.trigger, DraftTrigger::Reaches { .. });
                if is_place && ui.button("Choose the place").clicked() {
                    app.set_tool(Tool::Trigger(number));
                    app.status = Some("Click on the place".into());
                }
            });
        });
        if is_removed {
            app.edit(|draft| draft.remove_event(&event.name));
            return;
        }
        if changed != *event {
            app.edit(|draft| {
                if let Some(slot) = draft.events.get_mut(number) {
                    *slot = changed;
                }
            });
        }
    }
}

fn choose(ui: &mut Ui, salt: &str, from: &[&str], value: &mut String) {
    ComboBox::from_id_salt(salt)
        .selected_text(value.as_str())
        .show_ui(ui, |ui| {
            for name in from {
                ui.selectable_value(value, (*name).to_owned(), *name);
            }
        });
}

fn action(ui: &mut Ui, action: &mut DraftAction) {
    let kind = match action {
        DraftAction::Speed { .. } => "goes at",
        DraftAction::LaneChange { .. } => "changes lane",
        DraftAction::SetOut => "sets out on its route",
    };
    ComboBox::from_id_salt("action")
        .selected_text(kind)
        .show_ui(ui, |ui| {
            let choices = [
                DraftAction::Speed {
                    speed_mps: 5.0,
                    rate_mps2: 3.0,
                },
                DraftAction::LaneChange {
                    lanes: 1,
                    over_s: 3.0,
                },
                DraftAction::SetOut,
            ];
            for (choice, name) in
                choices
                    .into_iter()
                    .zip(["goes at", "changes lane", "sets out on its route"])
            {
                if ui.selectable_label(kind == name, name).clicked() && kind != name {
                    *action = choice;
                }
            }
        });
    match action {
        DraftAction::Speed {
            speed_mps,
            rate_mps2,
        } => {
            ui.add(
                DragValue::new(speed_mps)
                    .range(0.0..=80.0)
                    .speed(0.1)
                    .suffix(" m/s"),
            );
            ui.add(
                DragValue::new(rate_mps2)
                    .range(0.1..=20.0)
                    .speed(0.1)
                    .suffix(" m/s²"),
            );
        }
        DraftAction::LaneChange { lanes, over_s } => {
            ui.add(DragValue::new(lanes).range(-4..=4).suffix(" to the left"));
            ui.add(
                DragValue::new(over_s)
                    .range(0.2..=30.0)
                    .speed(0.1)
                    .prefix("in ")
                    .suffix(" s"),
            );
        }
        DraftAction::SetOut => {}
    }
}

/// Names of the kinds of triggers.
const TRIGGERS: [&str; 6] = [
    "the time is",
    "two are near",
    "the time to a collision is below",
    "someone reaches",
    "someone is faster than",
    "is done",
];

fn kind_of(trigger: &DraftTrigger) -> usize {
    match trigger {
        DraftTrigger::Time(_) => 0,
        DraftTrigger::Near { .. } => 1,
        DraftTrigger::TimeToCollision { .. } => 2,
        DraftTrigger::Reaches { .. } => 3,
        DraftTrigger::Faster { .. } => 4,
        DraftTrigger::After(_) => 5,
    }
}

/// A trigger of another kind, about whom there is.
fn trigger_of(kind: usize, actor: &str, actors: &[&str], events: &[&str]) -> Option<DraftTrigger> {
    let entity = actor.to_owned();
    let other = actors
        .iter()
        .find(|name| **name != actor)
        .copied()
        .unwrap_or(actor);
    let other = other.to_owned();
    Some(match kind {
        0 => DraftTrigger::Time(2.0),
        1 => DraftTrigger::Near {
            entity,
            other,
            distance_m: 15.0,
        },
        2 => DraftTrigger::TimeToCollision {
            entity,
            other,
            time_s: 3.0,
        },
        3 => DraftTrigger::Reaches {
            entity,
            place: DraftPlace::World(sim::math::Pose::default()),
            tolerance_m: 3.0,
        },
        4 => DraftTrigger::Faster {
            entity,
            speed_mps: 10.0,
        },
        _ => DraftTrigger::After((*events.first()?).to_owned()),
    })
}

fn trigger(ui: &mut Ui, event: &mut DraftEvent, actors: &[&str], events: &[&str]) {
    let kind = kind_of(&event.trigger);
    let mut wanted = kind;
    if kind == 5
        && let DraftTrigger::After(other) = &mut event.trigger
    {
        choose(ui, "after", events, other);
    }
    ComboBox::from_id_salt("trigger")
        .selected_text(TRIGGERS[kind])
        .show_ui(ui, |ui| {
            for (number, name) in TRIGGERS.iter().enumerate() {
                if number != 5 || !events.is_empty() {
                    ui.selectable_value(&mut wanted, number, *name);
                }
            }
        });
    if wanted != kind
        && let Some(other) = trigger_of(wanted, &event.actor, actors, events)
    {
        event.trigger = other;
    }
    let seconds = |value| {
        DragValue::new(value)
            .range(0.0..=3600.0)
            .speed(0.1)
            .suffix(" s")
    };
    let metres = |value| {
        DragValue::new(value)
            .range(0.1..=1000.0)
            .speed(0.1)
            .suffix(" m")
    };
    match &mut event.trigger {
        DraftTrigger::Time(time_s) => {
            ui.add(seconds(time_s));
        }
        DraftTrigger::Near {
            entity,
            other,
            distance_m,
        } => {
            choose(ui, "one", actors, entity);
            choose(ui, "other", actors, other);
            ui.add(metres(distance_m));
        }
        DraftTrigger::TimeToCollision {
            entity,
            other,
            time_s,
        } => {
            ui.add(seconds(time_s));
            choose(ui, "one", actors, entity);
            choose(ui, "other", actors, other);
        }
        DraftTrigger::Reaches {
            entity,
            place: at,
            tolerance_m,
        } => {
            choose(ui, "one", actors, entity);
            place(ui, at);
            ui.add(metres(tolerance_m).prefix("within "));
        }
        DraftTrigger::Faster { entity, speed_mps } => {
            choose(ui, "one", actors, entity);
            ui.add(
                DragValue::new(speed_mps)
                    .range(0.0..=80.0)
                    .speed(0.1)
                    .suffix(" m/s"),
            );
        }
        DraftTrigger::After(_) => {}
    }
}
