//! The storyboard's tree with its states.

use egui::RichText;
use scenarios::story::{ElementKind, State};

use super::theme;
use crate::app::App;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    let (Some(info), Some(frame)) = (&app.run().info, app.frame()) else {
        return;
    };
    if info.story.nodes.is_empty() {
        ui.weak("The run has no storyboard.");
        return;
    }
    let (tree, states) = (info.story.clone(), frame.story.clone());
    let mut depths = vec![0usize; tree.nodes.len()];
    let mut asked = None;
    // Parents come before children, but not always at once before them.
    let mut order = Vec::new();
    let mut stack: Vec<usize> = (0..tree.nodes.len())
        .rev()
        .filter(|i| tree.nodes[*i].parent.is_none())
        .collect();
    while let Some(at) = stack.pop() {
        order.push(at);
        for child in (0..tree.nodes.len()).rev() {
            if tree.nodes[child].parent == Some(at) {
                depths[child] = depths[at] + 1;
                stack.push(child);
            }
        }
    }
    for at in order {
        let node = &tree.nodes[at];
        let state = states.get(at).copied().unwrap_or_default();
        ui.horizontal(|ui| {
            ui.add_space(depths[at] as f32 * 12.0);
            match state {
                State::Init => theme::mark(ui, ui.visuals().faint_bg_color, true),
                State::Standby => theme::mark(ui, theme::WARN, false),
                State::Running => theme::mark(ui, theme::GOOD, true),
                State::Complete => theme::mark(ui, theme::HERE, true),
            };
            let name = if node.name.is_empty() {
                kind_name(node.kind)
            } else {
                &node.name
            };
            let text = match state {
                State::Running => RichText::new(name).strong(),
                State::Init => RichText::new(name).weak(),
                _ => RichText::new(name),
            };
            let label = ui.selectable_label(false, text);
            let label =
                label.on_hover_text(format!("{}: {}", kind_name(node.kind), state.log_name()));
            if label.clicked() {
                asked = Some(node.name.clone());
            }
        });
    }
    // A click goes to the next time that the element changes its state.
    if let Some(name) = asked {
        let now_s = app.clock.tick() as f64 * app.dt_s() + 1e-9;
        let events = app.run().events.iter().filter(|e| e.element == name);
        let times: Vec<f64> = events.map(|e| e.time_s).collect();
        let next = times
            .iter()
            .find(|t| **t > now_s)
            .or(times.first())
            .copied();
        if let Some(time_s) = next {
            app.seek(app.run().tick_at(time_s));
        }
    }
}

fn kind_name(kind: ElementKind) -> &'static str {
    match kind {
        ElementKind::Storyboard => "Storyboard",
        ElementKind::Story => "Story",
        ElementKind::Act => "Act",
        ElementKind::ManeuverGroup => "ManeuverGroup",
        ElementKind::Maneuver => "Maneuver",
        ElementKind::Event => "Event",
        ElementKind::Action => "Action",
    }
}
