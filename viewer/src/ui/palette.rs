//! Finds every command by its name.

use egui::{Align2, Context, Key};

use crate::app::App;
use crate::command::Command;

/// Commands that are listed at most.
const MOST: usize = 12;

pub(super) fn draw(context: &Context, app: &mut App) {
    let Some(mut text) = app.palette.take() else {
        return;
    };
    let mut chosen = None;
    let is_left = context.input(|i| i.key_pressed(Key::Escape));
    egui::Window::new("Find a command")
        .anchor(Align2::CENTER_TOP, [0.0, 60.0])
        .title_bar(false)
        .resizable(false)
        .show(context, |ui| {
            ui.set_width(360.0);
            let edit = egui::TextEdit::singleline(&mut text)
                .hint_text("Find a command")
                .desired_width(f32::INFINITY);
            let response = ui.add(edit);
            response.request_focus();
            let found = found(&text);
            for (number, command) in found.iter().enumerate() {
                let mut name = command.name();
                if let Some(key) = app.keys().of(*command) {
                    name = format!("{name}    {}", ui.ctx().format_shortcut(&key));
                }
                if ui.selectable_label(number == 0, name).clicked() {
                    chosen = Some(*command);
                }
            }
            if ui.input(|i| i.key_pressed(Key::Enter)) {
                chosen = chosen.or(found.first().copied());
            }
        });
    match chosen {
        Some(command) => app.apply(command),
        None if is_left => {}
        None => app.palette = Some(text),
    }
}

/// Commands that have all words of a text in their name.
fn found(text: &str) -> Vec<Command> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Command::all();
    found.retain(|command| {
        let name = command.name().to_lowercase();
        words.iter().all(|word| name.contains(word))
    });
    found.truncate(MOST);
    found
}
