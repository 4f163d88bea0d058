//! What is kept from one session to the next.

use std::path::{Path, PathBuf};

use egui_dock::DockState;
use serde::{Deserialize, Serialize};

use crate::command::Keys;
use crate::layers::Layers;
use crate::ui::Tab;

/// Choices of a user.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light instead of dark.
    pub is_light: bool,
    /// Keys of commands.
    pub keys: Keys,
    /// Overlays.
    pub layers: Layers,
    /// Panels, where they were moved.
    pub layout: Option<DockState<Tab>>,
    /// Whether the hints were read.
    pub hints_seen: bool,
}

impl Settings {
    /// Where they are kept: `skidpad/viewer.ron` in `XDG_CONFIG_HOME` or `~/.config`.
    pub fn usual_path() -> Option<PathBuf> {
        let folder = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
        Some(folder.join("skidpad").join("viewer.ron"))
    }

    /// Reads them; those of another version, or none, are the usual ones.
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        ron::from_str(&text).unwrap_or_default()
    }

    /// Writes them.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = ron::to_string(self).map_err(std::io::Error::other)?;
        std::fs::write(path, text)
    }
}
