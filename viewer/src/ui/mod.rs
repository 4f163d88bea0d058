//! The panels. All of them draw from the [`App`] and change it; nothing here knows of a window or of the scene's
//! picture, so that they run in tests as they are.

mod actors;
mod author;
mod author_events;
mod branch;
mod compare;
mod inspector;
mod keys;
mod log;
mod mind;
mod network;
mod palette;
mod profile;
mod scene_view;
mod story;
mod theme;
mod tiles;
mod timeline;
mod watch;

use std::time::Instant;

use egui::{Id, WidgetText};
use egui_dock::{DockArea, DockState, NodeIndex, TabViewer};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::command::Command;

pub use theme::color_of;

/// A panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tab {
    /// The scene.
    Scene,
    /// The storyboard's tree.
    Story,
    /// All actors.
    Actors,
    /// What happened.
    Log,
    /// All that is known of the selected actor.
    Inspector,
    /// What the selected driver saw and thought.
    Mind,
    /// What its networks did.
    Network,
    /// Breakpoints and watched expressions.
    Watch,
    /// Changes for another future.
    Branch,
    /// Two runs held against each other.
    Compare,
    /// A scenario in the making.
    Author,
    /// Where time goes.
    Profile,
}

impl Tab {
    /// All but the scene.
    pub const PANELS: [Self; 11] = [
        Self::Story,
        Self::Actors,
        Self::Log,
        Self::Inspector,
        Self::Mind,
        Self::Network,
        Self::Watch,
        Self::Branch,
        Self::Compare,
        Self::Author,
        Self::Profile,
    ];

    /// Its title.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scene => "Scene",
            Self::Story => "Storyboard",
            Self::Actors => "Actors",
            Self::Log => "Log",
            Self::Inspector => "Inspector",
            Self::Mind => "Mind",
            Self::Network => "Networks",
            Self::Watch => "Breakpoints & watch",
            Self::Branch => "Branch",
            Self::Compare => "Compare",
            Self::Author => "Author",
            Self::Profile => "Profiler",
        }
    }
}

/// Panels as they are at first.
pub fn default_layout() -> DockState<Tab> {
    let mut dock = DockState::new(vec![Tab::Scene]);
    let tree = dock.main_surface_mut();
    let [scene, right] = tree.split_right(
        NodeIndex::root(),
        0.76,
        vec![
            Tab::Inspector,
            Tab::Mind,
            Tab::Network,
            Tab::Branch,
            Tab::Compare,
            Tab::Author,
        ],
    );
    tree.split_below(right, 0.6, vec![Tab::Watch, Tab::Profile]);
    let [_, left] = tree.split_left(scene, 0.25, vec![Tab::Actors]);
    tree.split_below(left, 0.45, vec![Tab::Story, Tab::Log]);
    dock
}

/// Panels as they are at first for whoever makes a scenario.
pub fn author_layout() -> DockState<Tab> {
    let mut dock = DockState::new(vec![Tab::Scene]);
    let tree = dock.main_surface_mut();
    let made = vec![Tab::Author, Tab::Inspector, Tab::Branch, Tab::Compare];
    let [scene, _] = tree.split_right(NodeIndex::root(), 0.68, made);
    let [_, left] = tree.split_left(scene, 0.22, vec![Tab::Actors]);
    tree.split_below(left, 0.5, vec![Tab::Story, Tab::Log]);
    dock
}

/// Draws everything and takes in what the user does.
pub fn draw(ui: &mut egui::Ui, app: &mut App) {
    let begun = Instant::now();
    theme::apply(ui.ctx(), app.settings.is_light);
    let context = ui.ctx().clone();
    if app.keys_open.is_none_or(|waiting| waiting.is_none()) && !context.egui_wants_keyboard_input()
    {
        for command in app.settings.keys.pressed(&context) {
            app.apply(command);
        }
    }
    app.pedals = app.gamepad.or(pedals(&context));
    egui::Panel::top("menu").show(ui, |ui| menu(ui, app));
    egui::Panel::bottom("timeline")
        .resizable(true)
        .default_size(210.0)
        .show(ui, |ui| timeline::draw(ui, app));
    // The dock is lent to itself for as long as it is drawn.
    let mut dock = std::mem::replace(&mut app.dock, DockState::new(Vec::new()));
    app.view_rects.fill(None);
    let mut style = egui_dock::Style::from_egui(ui.style());
    style.main_surface_border_stroke = egui::Stroke::NONE;
    DockArea::new(&mut dock)
        .style(style)
        .show_leaf_collapse_buttons(false)
        .show_leaf_close_all_buttons(false)
        .show_inside(ui, &mut Panels { app });
    // A command may have asked for another panel or for the first layout meanwhile.
    let asked = std::mem::replace(&mut app.dock, dock);
    for (_, tab) in asked.iter_all_tabs() {
        app.show(*tab);
    }
    palette::draw(&context, app);
    keys::draw(&context, app);
    hints(&context, app);
    app.ui_time = begun.elapsed();
}

/// What the keys say to an actor that is driven by hand.
fn pedals(context: &egui::Context) -> crate::hand::Pedals {
    use egui::Key;
    if context.egui_wants_keyboard_input() {
        return crate::hand::Pedals::default();
    }
    context.input(|input| {
        let held = |key| f64::from(u8::from(input.key_down(key)));
        crate::hand::Pedals {
            throttle: held(Key::W),
            brake: held(Key::S),
            steer: held(Key::A) - held(Key::D),
            is_reverse: input.key_down(Key::S),
        }
    })
}

fn menu(ui: &mut egui::Ui, app: &mut App) {
    egui::MenuBar::new().ui(ui, |ui| {
        ui.strong("Skidpad");
        let item = |ui: &mut egui::Ui, app: &mut App, command: Command| {
            let mut button = egui::Button::new(command.name());
            if let Some(key) = app.keys().of(command) {
                button = button.shortcut_text(ui.ctx().format_shortcut(&key));
            }
            if ui.add(button).clicked() {
                app.apply(command);
                ui.close();
            }
        };
        ui.menu_button("Run", |ui| {
            for command in [
                Command::PlayPause,
                Command::StepForward,
                Command::StepBack,
                Command::Reverse,
                Command::Repeat,
                Command::Bookmark,
                Command::NextMark,
                Command::PreviousMark,
                Command::AddBreak,
                Command::Branch,
                Command::Drive,
                Command::SaveBranch,
                Command::TryDraft,
                Command::EditDraft,
            ] {
                item(ui, app, command);
            }
        });
        ui.menu_button("View", |ui| {
            for mode in crate::camera::CameraMode::ALL {
                item(ui, app, Command::Camera(mode));
            }
            item(ui, app, Command::Split);
            item(ui, app, Command::SideBySide);
            item(ui, app, Command::Stereo);
            ui.separator();
            for layer in crate::layers::Layer::ALL {
                let mut is_shown = app.layers.shows(layer);
                if ui.checkbox(&mut is_shown, layer.name()).changed() {
                    app.apply(Command::Layer(layer));
                }
            }
            ui.menu_button("Lidar points by", |ui| {
                for by in crate::layers::PointColor::ALL {
                    ui.radio_value(&mut app.layers.points, by, by.name());
                }
            });
        });
        ui.menu_button("Panels", |ui| {
            for tab in Tab::PANELS {
                item(ui, app, Command::Panel(tab));
            }
            ui.separator();
            item(ui, app, Command::ResetLayout);
            item(ui, app, Command::Theme);
        });
        ui.menu_button("Help", |ui| {
            for command in [
                Command::Palette,
                Command::Keys,
                Command::Hints,
                Command::Screenshot,
                Command::Film,
                Command::Quit,
            ] {
                item(ui, app, command);
            }
        });
        ui.separator();
        runs(ui, app);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            verdict(ui, app);
            if let Some(status) = &app.status {
                ui.label(egui::RichText::new(status).italics());
            }
        });
    });
}

/// The runs that are open, where there are more than one.
fn runs(ui: &mut egui::Ui, app: &mut App) {
    for i in 0..app.runs.len() {
        let title = app.runs[i]
            .info
            .as_ref()
            .map_or("loading", |info| &info.title);
        let name = if i == 0 {
            title.to_owned()
        } else {
            format!("{title} #{}", i + 1)
        };
        if ui.selectable_label(i == app.current, name).clicked() && i != app.current {
            app.other = Some(app.current);
            app.current = i;
        }
    }
}

fn verdict(ui: &mut egui::Ui, app: &App) {
    let run = app.run();
    if let Some(failure) = &run.failure {
        ui.colored_label(theme::BAD, format!("Can't go on: {failure}"));
    } else if app.is_editing() || app.is_painting() {
        ui.weak("draft");
    } else if let Some(ending) = &run.ending {
        let verdict = ending.verdict.as_deref().unwrap_or("over");
        let color = match verdict {
            "passed" => theme::GOOD,
            "failed" | "fault" => theme::BAD,
            _ => ui.visuals().text_color(),
        };
        let label = ui.colored_label(color, verdict);
        if !ending.reasons.is_empty() {
            label.on_hover_text(ending.reasons.join("\n"));
        }
    } else if run.is_live() {
        ui.weak("live");
    }
}

struct Panels<'a> {
    app: &'a mut App,
}

impl TabViewer for Panels<'_> {
    type Tab = Tab;

    fn id(&mut self, tab: &mut Tab) -> Id {
        Id::new(("panel", *tab))
    }

    fn title(&mut self, tab: &mut Tab) -> WidgetText {
        tab.name().into()
    }

    fn ui(&mut self, ui: &mut egui::Ui, tab: &mut Tab) {
        let app = &mut *self.app;
        match tab {
            Tab::Scene => scene_view::draw(ui, app),
            Tab::Story => story::draw(ui, app),
            Tab::Actors => actors::draw(ui, app),
            Tab::Log => log::draw(ui, app),
            Tab::Inspector => inspector::draw(ui, app),
            Tab::Mind => mind::draw(ui, app),
            Tab::Network => network::draw(ui, app),
            Tab::Watch => watch::draw(ui, app),
            Tab::Branch => branch::draw(ui, app),
            Tab::Compare => compare::draw(ui, app),
            Tab::Author if app.level.is_some() => tiles::draw(ui, app),
            Tab::Author => author::draw(ui, app),
            Tab::Profile => profile::draw(ui, app),
        }
    }

    fn is_closeable(&self, tab: &Tab) -> bool {
        *tab != Tab::Scene
    }

    fn clear_background(&self, tab: &Tab) -> bool {
        // The scene's picture lies behind the panels.
        *tab != Tab::Scene
    }

    fn scroll_bars(&self, tab: &Tab) -> [bool; 2] {
        match tab {
            Tab::Scene | Tab::Actors | Tab::Log => [false, false],
            _ => [false, true],
        }
    }

    fn allowed_in_windows(&self, tab: &mut Tab) -> bool {
        *tab != Tab::Scene
    }
}

/// What a first use should know, until it is read.
fn hints(context: &egui::Context, app: &mut App) {
    if app.settings.hints_seen {
        return;
    }
    egui::Window::new("First steps")
        .anchor(egui::Align2::CENTER_CENTER, [0.0, -60.0])
        .resizable(false)
        .collapsible(false)
        .show(context, |ui| {
            ui.label("Space plays and pauses; the arrow keys step and change the speed.");
            ui.label("Drag in the scene to look around, scroll to come nearer, click to select an actor.");
            ui.label("Click on the time axis to go there; marks on it are events.");
            ui.label("A breakpoint such as ttc(ego) < 1.5 stops the run where it becomes true.");
            ui.label("B begins another future here; changes for it are made under Branch.");
            ui.label("Ctrl+P finds every command, F1 shows the keys.");
            if ui.button("Got it").clicked() {
                app.settings.hints_seen = true;
            }
        });
}
