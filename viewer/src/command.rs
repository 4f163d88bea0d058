//! Everything that can be done by a key, from a menu or from the palette.

use egui::{Key, KeyboardShortcut, Modifiers};
use serde::{Deserialize, Serialize};

use crate::camera::CameraMode;
use crate::layers::Layer;
use crate::ui::Tab;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Command {
    /// Go on or stop.
    PlayPause,
    /// One tick on.
    StepForward,
    /// One tick back.
    StepBack,
    /// To the first tick.
    ToStart,
    /// To the newest tick.
    ToEnd,
    /// The next faster speed.
    Faster,
    /// The next slower speed.
    Slower,
    /// Backwards or forwards.
    Reverse,
    /// Set or take away a bookmark here.
    Bookmark,
    /// To the next bookmark or event.
    NextMark,
    /// To the bookmark or event before.
    PreviousMark,
    /// Repeat from here; then to here; then no more.
    Repeat,
    /// Break at the condition of the selected actor's next emergency.
    AddBreak,
    /// Another future from here.
    Branch,
    /// Select the next actor.
    NextActor,
    /// Select the actor before.
    PreviousActor,
    /// Select the vehicle that the run is about.
    SelectEgo,
    /// Select nobody.
    SelectNone,
    /// Move the active view's camera otherwise.
    Camera(CameraMode),
    /// A second view beside the first, or none.
    Split,
    /// The other run in the second view, or no more.
    SideBySide,
    /// A view for each eye, or one for both.
    Stereo,
    /// Show or hide a layer of the scene.
    Layer(Layer),
    /// Show a panel.
    Panel(Tab),
    /// Dark or light.
    Theme,
    /// Take back the last change.
    Undo,
    /// Make it again.
    Redo,
    /// A picture of the window.
    Screenshot,
    /// Save the branch or the draft as a scenario.
    SaveBranch,
    /// Drive the selected vehicle by hand from here, or no more.
    Drive,
    /// Begin or end a film of the window.
    Film,
    /// Write the draft and run it.
    TryDraft,
    /// Back to the draft.
    EditDraft,
    /// Find a command.
    Palette,
    /// Show the keys.
    Keys,
    /// Panels as they were at first.
    ResetLayout,
    /// The hints for a first use.
    Hints,
    /// Close the window.
    Quit,
}

impl Command {
    /// All of them, as the palette lists them.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::PlayPause,
            Self::StepForward,
            Self::StepBack,
            Self::ToStart,
            Self::ToEnd,
            Self::Faster,
            Self::Slower,
            Self::Reverse,
            Self::Bookmark,
            Self::NextMark,
            Self::PreviousMark,
            Self::Repeat,
            Self::AddBreak,
            Self::Branch,
            Self::SaveBranch,
            Self::Drive,
            Self::TryDraft,
            Self::EditDraft,
            Self::NextActor,
            Self::PreviousActor,
            Self::SelectEgo,
            Self::SelectNone,
            Self::Split,
            Self::SideBySide,
            Self::Stereo,
        ];
        all.extend(CameraMode::ALL.map(Self::Camera));
        all.extend(Layer::ALL.map(Self::Layer));
        all.extend(Tab::PANELS.map(Self::Panel));
        all.extend([
            Self::Theme,
            Self::Undo,
            Self::Redo,
            Self::Screenshot,
            Self::Film,
            Self::Palette,
            Self::Keys,
            Self::ResetLayout,
            Self::Hints,
            Self::Quit,
        ]);
        all
    }

    /// What it is called.
    pub fn name(self) -> String {
        let name = match self {
            Self::PlayPause => "Play or pause",
            Self::StepForward => "Step forward",
            Self::StepBack => "Step back",
            Self::ToStart => "Go to start",
            Self::ToEnd => "Go to end",
            Self::Faster => "Faster",
            Self::Slower => "Slower",
            Self::Reverse => "Play backwards",
            Self::Bookmark => "Bookmark this tick",
            Self::NextMark => "Next event or bookmark",
            Self::PreviousMark => "Previous event or bookmark",
            Self::Repeat => "Repeat a range",
            Self::AddBreak => "Add a breakpoint",
            Self::Branch => "Branch here",
            Self::SaveBranch => "Save",
            Self::Drive => "Drive by hand",
            Self::Film => "Take a film",
            Self::TryDraft => "Try it out",
            Self::EditDraft => "Back to editing",
            Self::NextActor => "Select next actor",
            Self::PreviousActor => "Select previous actor",
            Self::SelectEgo => "Select ego",
            Self::SelectNone => "Select nobody",
            Self::Split => "Split the view",
            Self::SideBySide => "Both runs side by side",
            Self::Stereo => "A view for each eye (stereo)",
            Self::Camera(mode) => return format!("Camera: {}", mode.name()),
            Self::Layer(layer) => return format!("Layer: {}", layer.name()),
            Self::Panel(tab) => return format!("Panel: {}", tab.name()),
            Self::Theme => "Dark or light",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Screenshot => "Save a picture",
            Self::Palette => "Find a command",
            Self::Keys => "Keys",
            Self::ResetLayout => "Reset the layout",
            Self::Hints => "Hints for a first use",
            Self::Quit => "Quit",
        };
        name.to_owned()
    }
}

/// The keys of commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keys(Vec<(Command, KeyboardShortcut)>);

impl Default for Keys {
    fn default() -> Self {
        let plain = |key| KeyboardShortcut::new(Modifiers::NONE, key);
        let ctrl = |key| KeyboardShortcut::new(Modifiers::COMMAND, key);
        let shift = |key| KeyboardShortcut::new(Modifiers::SHIFT, key);
        Self(vec![
            (Command::PlayPause, plain(Key::Space)),
            (Command::StepForward, plain(Key::ArrowRight)),
            (Command::StepBack, plain(Key::ArrowLeft)),
            (Command::ToStart, plain(Key::Home)),
            (Command::ToEnd, plain(Key::End)),
            (Command::Faster, plain(Key::ArrowUp)),
            (Command::Slower, plain(Key::ArrowDown)),
            (Command::Reverse, plain(Key::R)),
            (Command::Bookmark, plain(Key::M)),
            (Command::NextMark, plain(Key::PageDown)),
            (Command::PreviousMark, plain(Key::PageUp)),
            (Command::Repeat, plain(Key::L)),
            (Command::AddBreak, ctrl(Key::B)),
            (Command::Branch, plain(Key::B)),
            (Command::SaveBranch, ctrl(Key::S)),
            (Command::Drive, plain(Key::G)),
            (Command::TryDraft, plain(Key::F5)),
            (Command::EditDraft, shift(Key::F5)),
            (Command::NextActor, plain(Key::Tab)),
            (Command::PreviousActor, shift(Key::Tab)),
            (Command::SelectEgo, plain(Key::E)),
            (Command::SelectNone, plain(Key::Escape)),
            (Command::Split, plain(Key::V)),
            (Command::SideBySide, shift(Key::V)),
            (Command::Stereo, plain(Key::X)),
            (Command::Camera(CameraMode::Orbit), plain(Key::Num1)),
            (Command::Camera(CameraMode::Follow), plain(Key::Num2)),
            (Command::Camera(CameraMode::Driver), plain(Key::Num3)),
            (Command::Camera(CameraMode::Top), plain(Key::Num4)),
            (Command::Camera(CameraMode::Free), plain(Key::Num5)),
            (Command::Undo, ctrl(Key::Z)),
            (
                Command::Redo,
                KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z),
            ),
            (Command::Screenshot, plain(Key::F12)),
            (Command::Film, shift(Key::F12)),
            (Command::Palette, ctrl(Key::P)),
            (Command::Keys, plain(Key::F1)),
            (Command::Quit, ctrl(Key::Q)),
        ])
    }
}

impl Keys {
    /// The key of a command.
    pub fn of(&self, command: Command) -> Option<KeyboardShortcut> {
        self.0
            .iter()
            .find(|(c, _)| *c == command)
            .map(|(_, key)| *key)
    }

    /// The command that another one would take a key from.
    pub fn owner(&self, key: &KeyboardShortcut) -> Option<Command> {
        self.0.iter().find(|(_, k)| k == key).map(|(c, _)| *c)
    }

    /// Gives a command a key; whoever had it has none then.
    pub fn set(&mut self, command: Command, key: KeyboardShortcut) {
        self.0.retain(|(c, k)| *c != command && *k != key);
        self.0.push((command, key));
    }

    /// The commands whose keys were pressed; the keys are used up.
    pub fn pressed(&self, context: &egui::Context) -> Vec<Command> {
        // Those with more modifiers first, since the others would take their keys.
        let mut keys: Vec<_> = self.0.iter().collect();
        let weight =
            |m: &Modifiers| u8::from(m.ctrl || m.command) + u8::from(m.shift) + u8::from(m.alt);
        keys.sort_by_key(|(_, key)| std::cmp::Reverse(weight(&key.modifiers)));
        context.input_mut(|input| {
            let hit = keys
                .into_iter()
                .filter(|(_, key)| input.consume_shortcut(key));
            hit.map(|(command, _)| *command).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_and_every_command_has_a_name_of_its_own() {
        let keys = Keys::default();
        for (i, (command, key)) in keys.0.iter().enumerate() {
            assert_eq!(keys.owner(key), Some(*command), "{i}");
        }
        let mut names: Vec<_> = Command::all().into_iter().map(Command::name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_key_that_is_given_away_is_gone_from_where_it_was() {
        let mut keys = Keys::default();
        let space = keys.of(Command::PlayPause).expect("has one");
        keys.set(Command::Branch, space);
        assert_eq!(keys.of(Command::PlayPause), None);
        assert_eq!(keys.of(Command::Branch), Some(space));
    }
}
