//! The keys of all commands, which can be changed.

use egui::{Context, Event, Key, KeyboardShortcut};

use crate::app::App;
use crate::command::{Command, Keys};

pub(super) fn draw(context: &Context, app: &mut App) {
    let Some(mut waiting) = app.keys_open else {
        return;
    };
    if let Some(command) = waiting {
        let pressed = context.input(|i| {
            i.events.iter().find_map(|event| match event {
                Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => Some(KeyboardShortcut::new(*modifiers, *key)),
                _ => None,
            })
        });
        match pressed {
            Some(key) if key.logical_key == Key::Escape => waiting = None,
            Some(key) => {
                if let Some(owner) = app.keys().owner(&key).filter(|owner| *owner != command) {
                    app.status = Some(format!("{} has no key any more", owner.name()));
                }
                app.settings.keys.set(command, key);
                waiting = None;
            }
            None => {}
        }
    }
    let mut is_open = true;
    egui::Window::new("Keys")
        .open(&mut is_open)
        .default_height(420.0)
        .show(context, |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| {
                egui::Grid::new("keys")
                    .striped(true)
                    .num_columns(2)
                    .show(ui, |ui| {
                        for command in Command::all() {
                            ui.label(command.name());
                            let key = app
                                .keys()
                                .of(command)
                                .map(|key| ui.ctx().format_shortcut(&key));
                            let text = if waiting == Some(command) {
                                "press a key…".to_owned()
                            } else {
                                key.unwrap_or_else(|| "—".into())
                            };
                            if ui.button(text).on_hover_text("Change").clicked() {
                                waiting = Some(command);
                            }
                            ui.end_row();
                        }
                    });
            });
            if ui.button("As at first").clicked() {
                app.settings.keys = Keys::default();
            }
        });
    app.keys_open = is_open.then_some(waiting);
}
