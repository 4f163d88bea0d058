//! The draft of a scenario: who takes part, where they go, what is done when.

use egui::{ComboBox, DragValue, Grid, TextEdit, Ui};
use scenarios::draft::DraftPlace;
use sim::actor::{ActorClass, ActorId};

use super::{author_events, theme};
use crate::app::App;
use crate::author::Tool;
use crate::command::Command;

/// What can be put on a map.
const CLASSES: [ActorClass; 8] = [
    ActorClass::Car,
    ActorClass::Van,
    ActorClass::Truck,
    ActorClass::Bus,
    ActorClass::Motorcycle,
    ActorClass::Bicycle,
    ActorClass::Pedestrian,
    ActorClass::StaticObject,
];

pub(super) fn draw(ui: &mut Ui, app: &mut App) {
    let Some(author) = &app.author else {
        ui.weak("Open a map (.xodr) with skidpad view to make a scenario on it.");
        return;
    };
    let (file, is_editing) = (author.file.display().to_string(), app.is_editing());
    ui.horizontal(|ui| {
        ui.strong(file);
        if app.is_unsaved() {
            ui.weak("not saved");
        }
    });
    ui.horizontal(|ui| {
        let commands = if is_editing {
            [Command::SaveBranch, Command::TryDraft]
        } else {
            [Command::EditDraft, Command::Drive]
        };
        for command in commands {
            if ui.button(command.name()).clicked() {
                app.apply(command);
            }
        }
    });
    if !is_editing {
        return;
    }
    ui.separator();
    tools(ui, app);
    ui.separator();
    entities(ui, app);
    chosen(ui, app);
    ui.separator();
    author_events::draw(ui, app);
    ui.separator();
    let mut duration_s = app.draft().map_or(0.0, |draft| draft.duration_s);
    ui.horizontal(|ui| {
        ui.label("ends after");
        let drag = DragValue::new(&mut duration_s)
            .range(1.0..=3600.0)
            .suffix(" s");
        if ui.add(drag).changed() {
            app.edit(|draft| draft.duration_s = duration_s);
        }
    });
}

fn tools(ui: &mut Ui, app: &mut App) {
    let tool = app.author.as_ref().map_or(Tool::Select, |a| a.tool);
    let mut wanted = tool;
    ui.horizontal_wrapped(|ui| {
        ui.label("A click");
        ui.selectable_value(&mut wanted, Tool::Select, "selects");
        ui.selectable_value(&mut wanted, Tool::Move, "moves");
        ui.selectable_value(&mut wanted, Tool::Route, "adds to the route");
        let placed = match tool {
            Tool::Place(class) => format!("places: {}", class_name(class)),
            _ => "places …".into(),
        };
        ComboBox::from_id_salt("place")
            .selected_text(placed)
            .show_ui(ui, |ui| {
                for class in CLASSES {
                    ui.selectable_value(&mut wanted, Tool::Place(class), class_name(class));
                }
            });
    });
    if wanted != tool {
        app.set_tool(wanted);
    }
}

fn class_name(class: ActorClass) -> String {
    match class {
        ActorClass::StaticObject => "obstacle".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn entities(ui: &mut Ui, app: &mut App) {
    let names: Vec<String> = app
        .draft()
        .map(|draft| draft.entities.iter().map(|e| e.name.clone()).collect())
        .unwrap_or_default();
    if names.is_empty() {
        ui.weak("Nobody yet. Choose what to place, then click on a lane.");
    }
    ui.horizontal_wrapped(|ui| {
        for (number, name) in names.iter().enumerate() {
            let id = ActorId(number as u32);
            theme::mark(ui, theme::color_of(id), true);
            if ui
                .selectable_label(app.selected == Some(id), name)
                .clicked()
            {
                app.selected = Some(id);
            }
        }
    });
}

fn chosen(ui: &mut Ui, app: &mut App) {
    let Some((number, entity)) = app.chosen().map(|(n, e)| (n, e.clone())) else {
        return;
    };
    let mut changed = entity.clone();
    Grid::new("entity").num_columns(2).show(ui, |ui| {
        ui.weak("name");
        let id = ui.id().with(("name", number));
        let mut name = ui
            .data(|d| d.get_temp::<String>(id))
            .unwrap_or(entity.name.clone());
        let response = ui.add(TextEdit::singleline(&mut name).desired_width(140.0));
        if response.has_focus() {
            ui.data_mut(|d| d.insert_temp(id, name.clone()));
        }
        if response.lost_focus() {
            ui.data_mut(|d| d.remove_temp::<String>(id));
            rename(app, &entity.name, name.trim());
        }
        ui.end_row();
        ui.weak("is a");
        ComboBox::from_id_salt("class")
            .selected_text(class_name(entity.class))
            .show_ui(ui, |ui| {
                for class in CLASSES {
                    ui.selectable_value(&mut changed.class, class, class_name(class));
                }
            });
        ui.end_row();
        ui.weak("speed");
        let drag = DragValue::new(&mut changed.speed_mps)
            .range(0.0..=80.0)
            .speed(0.1);
        ui.add(drag.suffix(" m/s"));
        ui.end_row();
        ui.weak("place");
        place(ui, &mut changed.start);
        ui.end_row();
        ui.weak("route");
        ui.horizontal(|ui| {
            ui.label(format!("{} places", entity.route.len()));
            if ui
                .add_enabled(!entity.route.is_empty(), egui::Button::new("Clear"))
                .clicked()
            {
                changed.route.clear();
            }
        });
        ui.end_row();
    });
    if changed != entity {
        app.edit(|draft| {
            if let Some(slot) = draft.entities.get_mut(number) {
                changed.name.clone_from(&slot.name);
                *slot = changed;
            }
        });
    }
    if ui.button("Take out").clicked() {
        app.edit(|draft| draft.remove_entity(&entity.name));
        app.selected = None;
    }
}

fn rename(app: &mut App, from: &str, to: &str) {
    let Some(draft) = app.draft().filter(|_| from != to) else {
        return;
    };
    if to.is_empty() || draft.entities.iter().any(|e| e.name == to) {
        app.status = Some(format!("the name {to:?} is empty or taken"));
        return;
    }
    let (from, to) = (from.to_owned(), to.to_owned());
    app.edit(|draft| draft.rename_entity(&from, &to));
}

pub(super) fn place(ui: &mut Ui, place: &mut DraftPlace) {
    ui.horizontal(|ui| match place {
        DraftPlace::Lane {
            road_id,
            lane_id,
            s_m,
            offset_m,
        } => {
            ui.label(format!("road {road_id}, lane {lane_id}"));
            ui.add(DragValue::new(s_m).prefix("s ").suffix(" m").speed(0.2));
            ui.add(
                DragValue::new(offset_m)
                    .prefix("offset ")
                    .suffix(" m")
                    .speed(0.02),
            );
        }
        DraftPlace::World(pose) => {
            ui.add(
                DragValue::new(&mut pose.x_m)
                    .prefix("x ")
                    .suffix(" m")
                    .speed(0.1),
            );
            ui.add(
                DragValue::new(&mut pose.y_m)
                    .prefix("y ")
                    .suffix(" m")
                    .speed(0.1),
            );
            let mut heading = pose.yaw_rad.to_degrees();
            if ui.add(DragValue::new(&mut heading).suffix("°")).changed() {
                pose.yaw_rad = sim::math::wrap_angle(heading.to_radians());
            }
        }
    });
}
