//! What commands do.

use std::path::PathBuf;

use crate::app::{App, MOST_VIEWS};
use crate::camera::{CameraMode, View};
use crate::command::Command;
use crate::ui::{Tab, default_layout};

impl App {
    /// Moves the active view's camera otherwise, from where it is.
    pub fn set_camera(&mut self, mode: CameraMode) {
        let followed = self.followed().map(|(actor, pose)| (actor.clone(), pose));
        let Some(view) = self.view() else { return };
        let actor = followed.as_ref().map(|(actor, pose)| (actor, *pose));
        let eye = view.eye(actor);
        if mode == CameraMode::Free && view.mode != CameraMode::Free {
            view.target_m = [eye.position_m.x, eye.position_m.y, eye.position_m.z];
            view.yaw_rad = sim::math::atan2(eye.forward.y, eye.forward.x);
            view.pitch_rad = -sim::math::asin(eye.forward.z.clamp(-1.0, 1.0));
        } else if let (CameraMode::Orbit, Some((_, pose))) = (mode, actor) {
            if view.mode == CameraMode::Follow {
                view.yaw_rad = sim::math::wrap_angle(view.yaw_rad + pose.yaw_rad);
            }
            view.target_m = [pose.x_m, pose.y_m, pose.z_m];
        } else if matches!(mode, CameraMode::Follow | CameraMode::Driver) && view.mode != mode {
            view.yaw_rad = 0.0;
            view.pitch_rad = View::default().pitch_rad;
        } else if mode == CameraMode::Top {
            view.yaw_rad = 0.0;
        }
        if mode != CameraMode::Top && view.mode == CameraMode::Top {
            view.distance_m = view.distance_m.min(40.0);
        }
        view.mode = mode;
    }

    /// Does what a command says.
    pub fn apply(&mut self, command: Command) {
        let span = self.run().span().unwrap_or_default();
        let tick = self.clock.tick();
        match command {
            Command::PlayPause => {
                let is_at_end = self.run().is_over() && tick >= span.1;
                if !self.clock.is_playing && is_at_end && !self.clock.is_reverse {
                    self.clock.seek(span.0);
                }
                self.clock.is_playing = !self.clock.is_playing;
            }
            Command::StepForward => {
                self.clock.is_playing = false;
                self.seek(tick + 1);
            }
            Command::StepBack => {
                self.clock.is_playing = false;
                self.seek(tick.saturating_sub(1).max(span.0));
            }
            Command::ToStart => self.seek(span.0),
            Command::ToEnd => self.seek(span.1),
            Command::Faster => self.clock.change_speed(true),
            Command::Slower => self.clock.change_speed(false),
            Command::Reverse => self.clock.is_reverse = !self.clock.is_reverse,
            Command::Bookmark => self.history.change(|d| {
                if !d.bookmarks.remove(&tick) {
                    d.bookmarks.insert(tick);
                }
            }),
            Command::NextMark => {
                if let Some(mark) = self.marks().into_iter().find(|m| *m > tick) {
                    self.seek(mark);
                }
            }
            Command::PreviousMark => {
                if let Some(mark) = self.marks().into_iter().rev().find(|m| *m < tick) {
                    self.seek(mark);
                }
            }
            Command::Repeat => {
                self.clock.repeat = match self.clock.repeat {
                    None => Some((tick, u64::MAX)),
                    Some((from, u64::MAX)) if tick > from => Some((from, tick)),
                    Some(_) => None,
                };
            }
            Command::AddBreak => self.show(Tab::Watch),
            Command::Branch => self.branch(),
            Command::SaveBranch => {
                let saved = if self.is_painting() {
                    self.save_level()
                } else if self.is_editing() {
                    self.save_draft()
                } else {
                    self.run().save()
                };
                self.status = Some(match saved {
                    Ok(file) => format!("Saved {}", file.display()),
                    Err(reason) => reason,
                });
            }
            Command::Drive => self.drive(),
            Command::TryDraft if self.level.is_some() => self.try_level(),
            Command::TryDraft => self.try_draft(),
            Command::EditDraft if self.level.is_some() => self.edit_level(),
            Command::EditDraft => self.edit_draft(),
            Command::Film => self.toggle_film(),
            Command::NextActor => self.select_beside(true),
            Command::PreviousActor => self.select_beside(false),
            Command::SelectEgo => {
                self.selected = self.ego();
            }
            Command::SelectNone => self.selected = None,
            Command::Camera(mode) => self.set_camera(mode),
            Command::Split => self.split(),
            Command::SideBySide => self.side_by_side(),
            Command::Stereo => self.toggle_stereo(),
            Command::Layer(layer) => self.layers.toggle(layer),
            Command::Panel(tab) => self.show(tab),
            Command::Theme => self.settings.is_light = !self.settings.is_light,
            Command::Undo => {
                if !self.history.undo() {
                    self.status = Some("Nothing to undo".into());
                }
            }
            Command::Redo => {
                if !self.history.redo() {
                    self.status = Some("Nothing to redo".into());
                }
            }
            Command::Screenshot => {
                let title = self.run().info.as_ref().map_or("run", |info| &info.title);
                let name = format!("{title}-{:.2}s.png", tick as f64 * self.dt_s());
                self.wants_picture = Some(PathBuf::from(name));
            }
            Command::Palette => self.palette = Some(String::new()),
            Command::Keys => {
                self.keys_open = match self.keys_open {
                    None => Some(None),
                    Some(_) => None,
                }
            }
            Command::ResetLayout => self.dock = default_layout(),
            Command::Hints => self.settings.hints_seen = false,
            Command::Quit => self.wants_end = true,
        }
    }

    /// A second view, or none.
    fn split(&mut self) {
        if self.is_stereo {
            self.toggle_stereo();
            return;
        }
        if self.views.len() < MOST_VIEWS {
            let mut second = self.views.first().cloned().unwrap_or_default();
            second.mode = CameraMode::Top;
            second.yaw_rad = 0.0;
            second.distance_m = 30.0;
            self.views.push(second);
        } else {
            self.views.truncate(1);
            self.active_view = 0;
            self.is_side_by_side = false;
        }
        self.view_rects.resize(self.views.len(), None);
    }

    /// The other run in the second view, or no more.
    fn side_by_side(&mut self) {
        if self.is_side_by_side {
            self.split();
            return;
        }
        let known = self
            .other
            .filter(|i| *i != self.current && *i < self.runs.len());
        let other = known.or_else(|| (0..self.runs.len()).find(|i| *i != self.current));
        if other.is_none() {
            self.status = Some("Branch, or open a second run, to see both".into());
            return;
        }
        if self.is_stereo {
            self.toggle_stereo();
        }
        self.other = other;
        self.is_side_by_side = true;
        // Both are seen alike.
        self.views.truncate(1);
        let first = self.views.first().cloned().unwrap_or_default();
        self.views.push(first);
        self.view_rects.resize(self.views.len(), None);
    }

    fn select_beside(&mut self, is_next: bool) {
        let Some(frame) = self.frame() else { return };
        let ids: Vec<_> = frame.actors.iter().map(|a| a.id).collect();
        let at = self
            .selected
            .and_then(|id| ids.iter().position(|i| *i == id));
        let count = ids.len().max(1);
        let next = match (at, is_next) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(i), true) => (i + 1) % count,
            (Some(i), false) => (i + count - 1) % count,
        };
        self.selected = ids.get(next).copied();
    }
}
