//! Transport, the time axis with what happened on it, and plots on the same axis.

use egui::{Align2, FontId, Rect, Sense, Stroke, pos2, vec2};
use egui_plot::{Line, Plot, PlotPoints, VLine};

use super::theme;
use crate::app::App;
use crate::clock::SPEEDS;
use crate::command::Command;

/// Room left of the time axis, as wide as the plots' numbers, points.
const GUTTER: f32 = 56.0;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    transport(ui, app);
    let Some((first, last)) = app.run().span() else {
        let run = app.run();
        let text = run.failure.as_deref().unwrap_or("Loading…");
        ui.weak(text);
        return;
    };
    let dt_s = app.dt_s();
    let duration_s = app.run().info.as_ref().and_then(|info| info.duration_s);
    // A live run shows the time that it may still take, as long as that is not much more than there is.
    let end_s = match duration_s {
        Some(end_s) if !app.run().is_over() => end_s.min((last as f64 * dt_s * 1.25).max(10.0)),
        _ => last as f64 * dt_s,
    };
    let span_s = (first as f64 * dt_s, end_s.max((first + 1) as f64 * dt_s));
    axis(ui, app, span_s);
    plots(ui, app, span_s);
}

fn transport(ui: &mut egui::Ui, app: &mut App) {
    ui.horizontal(|ui| {
        let button = |ui: &mut egui::Ui, app: &mut App, text: &str, command: Command| {
            let key = app.keys().of(command);
            let key = key.map_or_else(String::new, |k| {
                format!(" ({})", ui.ctx().format_shortcut(&k))
            });
            let response = ui
                .button(text)
                .on_hover_text(format!("{}{key}", command.name()));
            if response.clicked() {
                app.apply(command);
            }
        };
        button(ui, app, "⏮", Command::ToStart);
        button(ui, app, "◀", Command::StepBack);
        let play = if app.clock.is_playing {
            "⏸ Pause"
        } else {
            "▶ Play"
        };
        button(ui, app, play, Command::PlayPause);
        button(ui, app, "▶|", Command::StepForward);
        button(ui, app, "⏭", Command::ToEnd);
        if ui
            .selectable_label(app.clock.is_reverse, "↩")
            .on_hover_text("Play backwards")
            .clicked()
        {
            app.apply(Command::Reverse);
        }
        egui::ComboBox::from_id_salt("speed")
            .width(70.0)
            .selected_text(speed_name(app.clock.speed))
            .show_ui(ui, |ui| {
                for speed in SPEEDS {
                    ui.selectable_value(&mut app.clock.speed, speed, speed_name(speed));
                }
            });
        let tick = app.clock.tick();
        ui.monospace(format!("{:8.2} s", tick as f64 * app.dt_s()));
        ui.weak(format!("tick {tick}"));
        button(ui, app, "🔖", Command::Bookmark);
        button(ui, app, "⟲", Command::Repeat);
        match app.clock.repeat {
            Some((from, u64::MAX)) => {
                ui.weak(format!(
                    "repeats from {:.2} s to …",
                    from as f64 * app.dt_s()
                ));
            }
            Some((from, to)) => {
                let (from, to) = (from as f64 * app.dt_s(), to as f64 * app.dt_s());
                ui.weak(format!("repeats {from:.2} to {to:.2} s"));
            }
            None => {}
        }
        if let Some((_, last)) = app.run().span() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.weak(format!("of {:.2} s", last as f64 * app.dt_s()));
            });
        }
    });
}

fn speed_name(speed: f64) -> String {
    if speed.is_finite() {
        format!("{speed} ×")
    } else {
        "fastest".to_owned()
    }
}

/// The time axis: what there is, events, bookmarks, the repeated range, and where one is.
fn axis(ui: &mut egui::Ui, app: &mut App, (from_s, to_s): (f64, f64)) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Slider, true, "Time axis"));
    let bar = Rect::from_min_max(pos2(rect.left() + GUTTER, rect.top()), rect.right_bottom());
    let dt_s = app.dt_s();
    let x_of =
        |time_s: f64| bar.left() + ((time_s - from_s) / (to_s - from_s)) as f32 * bar.width();
    if let Some(at) = response
        .interact_pointer_pos()
        .filter(|_| response.dragged() || response.clicked())
    {
        let share = f64::from(((at.x - bar.left()) / bar.width()).clamp(0.0, 1.0));
        app.seek(((from_s + share * (to_s - from_s)) / dt_s).round() as u64);
    }
    let painter = ui.painter_at(rect);
    let visuals = ui.visuals();
    painter.rect_filled(bar, 3.0, visuals.extreme_bg_color);
    let Some((first, last)) = app.run().span() else {
        return;
    };
    let there = Rect::from_x_y_ranges(
        x_of(first as f64 * dt_s)..=x_of(last as f64 * dt_s),
        bar.bottom() - 5.0..=bar.bottom(),
    );
    painter.rect_filled(there, 2.0, theme::HERE.gamma_multiply(0.5));
    if let Some((a, b)) = app.clock.repeat {
        let b = b.min(last);
        let range =
            Rect::from_x_y_ranges(x_of(a as f64 * dt_s)..=x_of(b as f64 * dt_s), bar.y_range());
        painter.rect_filled(range, 0.0, theme::HERE.gamma_multiply(0.15));
    }
    // Seconds.
    let step_s = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0]
        .into_iter()
        .find(|step| (to_s - from_s) / step < f64::from(bar.width()) / 60.0)
        .unwrap_or(300.0);
    let mut at_s = (from_s / step_s).ceil() * step_s;
    while at_s <= to_s {
        let x = x_of(at_s);
        painter.vline(
            x,
            bar.bottom() - 10.0..=bar.bottom() - 5.0,
            Stroke::new(1.0, visuals.weak_text_color()),
        );
        let place = pos2(x + 3.0, bar.bottom() - 6.0);
        let text = format!("{at_s:.*}", usize::from(step_s < 1.0));
        painter.text(
            place,
            Align2::LEFT_BOTTOM,
            text,
            FontId::proportional(9.0),
            visuals.weak_text_color(),
        );
        at_s += step_s;
    }
    let hover = response.hover_pos();
    let mut told = None;
    for event in &app.run().events {
        let x = x_of(event.time_s);
        let color = event_color(event.kind);
        painter.vline(x, bar.top()..=bar.top() + 10.0, Stroke::new(2.0, color));
        if hover.is_some_and(|at| (at.x - x).abs() < 4.0) {
            told = Some(format!(
                "{:.2} s  {} {}: {}",
                event.time_s, event.kind, event.element, event.to
            ));
        }
    }
    for mark in &app.history.now().bookmarks {
        let x = x_of(*mark as f64 * dt_s);
        let top = bar.top();
        let flag = vec![pos2(x, top), pos2(x + 9.0, top + 4.0), pos2(x, top + 8.0)];
        painter.add(egui::Shape::convex_polygon(flag, theme::WARN, Stroke::NONE));
        painter.vline(x, bar.y_range(), Stroke::new(1.0, theme::WARN));
    }
    let x = x_of(app.clock.at * dt_s);
    painter.vline(x, bar.y_range(), Stroke::new(2.0, theme::HERE));
    painter.circle_filled(pos2(x, bar.top() + 4.0), 4.0, theme::HERE);
    if let Some(text) = told {
        response.on_hover_text_at_pointer(text);
    }
}

/// Colour of a kind of event.
pub(super) fn event_color(kind: &str) -> egui::Color32 {
    match kind {
        "collision" => theme::BAD,
        "signal" => theme::GOOD,
        "condition" => theme::WARN,
        _ => theme::series(4),
    }
}

fn plots(ui: &mut egui::Ui, app: &mut App, (from_s, to_s): (f64, f64)) {
    let count = app.plots.plots.len();
    if count == 0 {
        ui.weak("Nothing is plotted: add an expression under Breakpoints & watch.");
        return;
    }
    let spacing = ui.spacing().item_spacing.y;
    let height = ((ui.available_height() - spacing * count as f32) / count as f32).max(36.0);
    let dt_s = app.dt_s();
    let first = app.run().span().map_or(0, |(first, _)| first);
    let mut wanted = None;
    for (number, plot) in app.plots.plots.iter().enumerate() {
        // No finer than the screen.
        let width = f64::from(ui.available_width().max(1.0));
        let stride = (plot.values.len() as f64 / width).ceil().max(1.0) as usize;
        let mut pieces: Vec<Vec<[f64; 2]>> = vec![Vec::new()];
        for (index, value) in plot.values.iter().enumerate().step_by(stride) {
            match (value, pieces.last_mut()) {
                (Some(value), Some(piece)) => {
                    piece.push([(first + index as u64) as f64 * dt_s, *value]);
                }
                (None, Some(piece)) if !piece.is_empty() => pieces.push(Vec::new()),
                _ => {}
            }
        }
        let index = app.clock.tick().saturating_sub(first) as usize;
        let here = plot.values.get(index).copied().flatten();
        let title = match here {
            Some(value) => format!("{} = {value:.2}", plot.text()),
            None => plot.text().to_owned(),
        };
        let response = Plot::new(("plot", number))
            .height(height)
            .default_x_bounds(from_s, to_s)
            .include_y(0.0)
            .auto_bounds([false, true])
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .show_x(false)
            .show_axes([false, true])
            .show_grid([false, true])
            .y_axis_min_width(GUTTER - 6.0)
            .set_margin_fraction(vec2(0.0, 0.08))
            .show(ui, |plot_ui| {
                plot_ui.set_plot_bounds_x(from_s..=to_s);
                for piece in pieces {
                    let line = Line::new(plot.text(), PlotPoints::from(piece));
                    plot_ui.line(line.color(theme::series(number)).width(1.5));
                }
                plot_ui.vline(VLine::new("here", app.clock.at * dt_s).color(theme::HERE));
                plot_ui.pointer_coordinate()
            });
        let corner = response.response.rect.left_top() + vec2(GUTTER + 4.0, 2.0);
        ui.painter().text(
            corner,
            Align2::LEFT_TOP,
            title,
            FontId::proportional(11.0),
            theme::series(number),
        );
        if response.response.clicked() || response.response.dragged() {
            wanted = response.inner.map(|at| at.x);
        }
    }
    if let Some(time_s) = wanted {
        app.seek((time_s.max(0.0) / dt_s).round() as u64);
    }
}
