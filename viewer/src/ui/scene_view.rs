//! The part of the window that the scene shows through, and what pointers do there.

use egui::{PointerButton, Sense};

use crate::app::App;
use crate::author::Tool;
use crate::camera::{CameraMode, Eye};
use crate::command::Command;
use crate::layers::Layer;

/// How fast free flight is, m/s.
const FLIGHT_MPS: f64 = 25.0;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    let all = ui.available_rect_before_wrap();
    let count = app.views.len().max(1);
    for number in 0..count {
        let width = all.width() / count as f32;
        let left = all.left() + width * number as f32;
        let rect = egui::Rect::from_min_size(
            egui::pos2(left, all.top()),
            egui::vec2(
                width - if number + 1 < count { 2.0 } else { 0.0 },
                all.height(),
            ),
        );
        view(ui, app, number, rect);
    }
}

fn view(ui: &mut egui::Ui, app: &mut App, number: usize, rect: egui::Rect) {
    if let Some(slot) = app.view_rects.get_mut(number) {
        *slot = Some(rect);
    }
    let id = ui.id().with(("view", number));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::WidgetType::Other,
            true,
            format!("Scene view {}", number + 1),
        )
    });
    if response.is_pointer_button_down_on() {
        app.active_view = number;
    }
    let drag = response.drag_delta();
    let (right, down) = (f64::from(drag.x), f64::from(drag.y));
    let followed = app
        .followed_in(number)
        .map(|(actor, pose)| (actor.clone(), pose));
    let actor = followed.as_ref().map(|(actor, pose)| (actor, *pose));
    if let Some(view) = app.views.get_mut(number) {
        let is_pan = response.dragged_by(PointerButton::Secondary)
            || response.dragged_by(PointerButton::Middle)
            || (response.dragged() && view.mode == CameraMode::Top);
        if is_pan {
            view.pan(right, down, actor);
        } else if response.dragged() {
            view.turn(right, down);
        }
        if response.hovered() {
            let scroll = ui.input(|i| i.smooth_scroll_delta.y);
            if scroll != 0.0 {
                view.zoom(f64::from(scroll) / 50.0);
            }
        }
        if view.mode == CameraMode::Free
            && app.hand.is_none()
            && !ui.ctx().egui_wants_keyboard_input()
        {
            let step = ui.input(|i| {
                let held = |key| f64::from(u8::from(i.key_down(key)));
                let by = f64::from(i.stable_dt.min(0.1)) * FLIGHT_MPS;
                let by = if i.modifiers.shift { by * 4.0 } else { by };
                [
                    (held(egui::Key::W) - held(egui::Key::S)) * by,
                    (held(egui::Key::A) - held(egui::Key::D)) * by,
                    (held(egui::Key::Q) - held(egui::Key::Z)) * by,
                ]
            });
            view.fly(step);
        }
    }
    if response.clicked()
        && let Some(at) = response.interact_pointer_pos()
        && let Some(view) = app.views.get(number)
        && let Some(frame) = app.runs[app.run_of(number)].frame(app.clock.tick())
    {
        let right = f64::from((at.x - rect.center().x) / rect.width() * 2.0);
        let up = f64::from((rect.center().y - at.y) / rect.height() * 2.0);
        let aspect = f64::from(rect.width() / rect.height());
        let eye = view.eye(actor);
        let tool = app.author.as_ref().map(|author| author.tool);
        if app.is_painting() {
            app.paint(&eye, right, up, aspect);
            return;
        }
        match tool.filter(|tool| app.is_editing() && *tool != Tool::Select) {
            Some(_) => {
                if let Some([x, y]) = on_map(app, &eye, [right, up, aspect]) {
                    app.click_map(x, y);
                }
            }
            None => {
                // In the other run it is the one of the same name.
                let picked = eye.pick(frame, right, up, aspect);
                let name = picked.and_then(|id| Some(&frame.actor(id)?.spec.name));
                let here = app.frame();
                app.selected = name.and_then(|name| Some(here?.actor_named(name)?.id));
            }
        }
    }
    let Some(view) = app.views.get(number).cloned() else {
        return;
    };
    let top = egui::Rect::from_min_size(
        rect.min + egui::vec2(8.0, 6.0),
        egui::vec2(rect.width() - 16.0, 24.0),
    );
    ui.scope_builder(egui::UiBuilder::new().max_rect(top), |ui| {
        ui.horizontal(|ui| {
            egui::ComboBox::from_id_salt(("camera", number))
                .selected_text(view.mode.name())
                .show_ui(ui, |ui| {
                    for mode in CameraMode::ALL {
                        if ui
                            .selectable_label(view.mode == mode, mode.name())
                            .clicked()
                        {
                            app.active_view = number;
                            app.apply(Command::Camera(mode));
                        }
                    }
                });
            if number == 0
                && ui
                    .button("Split")
                    .on_hover_text("A second view beside this one")
                    .clicked()
            {
                app.apply(Command::Split);
            }
        });
    });
    if app.layers.shows(Layer::Names) {
        names(ui, app, number, rect);
    }
}

/// Where a ray through the picture meets the map: its plane at first, then the height of the road there.
fn on_map(app: &App, eye: &Eye, [right, up, aspect]: [f64; 3]) -> Option<[f64; 2]> {
    let map = &app.author.as_ref()?.map;
    let mut z_m = 0.0;
    let mut found = None;
    for _ in 0..4 {
        let [x, y, _] = eye.ground(right, up, aspect, z_m)?;
        found = Some([x, y]);
        let at = map.locate(x, y, None, None);
        let pose = at.and_then(|at| map.pose_at(at.road, at.s_m, at.t_m));
        z_m = pose.map_or(z_m, |p| p.pose.z_m);
    }
    found
}

/// Names over actors that are not too far away.
fn names(ui: &egui::Ui, app: &App, number: usize, rect: egui::Rect) {
    const FAR_M: f64 = 90.0;
    let frame = app.runs[app.run_of(number)].frame(app.clock.tick());
    let (Some(view), Some(frame)) = (app.views.get(number), frame) else {
        return;
    };
    let eye = view.eye(app.followed_in(number));
    let aspect = f64::from(rect.width() / rect.height());
    let painter = ui.painter().with_clip_rect(rect);
    for actor in &frame.actors {
        let Some((_, pose)) = app.shown_in(number, actor.id) else {
            continue;
        };
        let b = &actor.spec.bounding_box;
        let (x, y) = pose.to_world_xy(b.center_x_m, b.center_y_m);
        let at = nalgebra::Point3::new(x, y, pose.z_m + b.height_m + 0.5);
        let is_selected = app.selected == Some(actor.id);
        let Some((right, up, far_m)) = eye.project(&at, aspect) else {
            continue;
        };
        if right.abs() > 1.0
            || up.abs() > 1.0
            || (far_m > FAR_M && !is_selected && eye.height_m.is_none())
        {
            continue;
        }
        let at = egui::pos2(
            rect.center().x + right as f32 * rect.width() / 2.0,
            rect.center().y - up as f32 * rect.height() / 2.0,
        );
        let color = if is_selected {
            egui::Color32::WHITE
        } else {
            egui::Color32::from_white_alpha(170)
        };
        let font = egui::FontId::proportional(if is_selected { 14.0 } else { 11.0 });
        // What lies about in a level is named after its cell, which is seen.
        let name = actor.spec.name.split(" at column").next();
        let name = name.unwrap_or_default().to_owned();
        let text = painter.layout_no_wrap(name, font, color);
        let corner = at - egui::vec2(text.size().x / 2.0, text.size().y);
        let back = egui::Rect::from_min_size(corner, text.size()).expand2(egui::vec2(4.0, 1.0));
        painter.rect_filled(back, 3.0, egui::Color32::from_black_alpha(110));
        painter.galley(corner, text, color);
    }
}
