//! A branch as a scenario file: the scenario of its run, with the branch's changes made at their times.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use game::change::TimedChange;
use game::level::Level;
use roxmltree::{Document, ParsingOptions};
use runner::RunOptions;
use scenarios::{COMMAND, Change};

use super::Run;
use super::live::of_game;

/// What saves a branch says where it can't.
type Saved<T> = Result<T, String>;

impl Run {
    /// Writes this branch beside the scenario that it came from, under a name that is free; the file.
    ///
    /// # Errors
    /// If it is no branch, or the file can't be read or written.
    pub fn save(&self) -> Saved<PathBuf> {
        let options = &self
            .checkpoints
            .as_ref()
            .ok_or("a record can't be saved as a scenario")?
            .options;
        if self.changed.is_empty() {
            return Err("nothing was changed on the way to this run".into());
        }
        let dt_s = self.info.as_ref().map_or(options.dt_s, |info| info.dt_s);
        let from = &options.scenario;
        let is_level = self.info.as_ref().is_some_and(|info| info.level.is_some());
        if is_level {
            return self.save_level(options, dt_s);
        }
        let text = std::fs::read_to_string(from).map_err(|e| format!("{}: {e}", from.display()))?;
        let text = with_changes(&text, &self.changed, dt_s)
            .map_err(|e| format!("{}: {e}", from.display()))?;
        write_beside(from, "xosc", &text)
    }

    /// A level with the branch's changes at their times.
    fn save_level(&self, options: &RunOptions, dt_s: f64) -> Saved<PathBuf> {
        let from = &options.scenario;
        let mut level = Level::load(from, &options.limits).map_err(|e| e.to_string())?;
        for (tick, change) in &self.changed {
            level.changes.push(TimedChange {
                at_s: *tick as f64 * dt_s,
                change: of_game(change)?,
            });
        }
        let text = level.to_text().map_err(|e| e.to_string())?;
        write_beside(from, "ron", &text)
    }
}

/// Writes a branch beside the file that it came from.
fn write_beside(from: &Path, extension: &str, text: &str) -> Saved<PathBuf> {
    let stem = from.file_stem().unwrap_or_default().to_string_lossy();
    let mut names = (1..1000).map(|n| from.with_file_name(format!("{stem}_branch{n}.{extension}")));
    let file = names.find(|f| !f.exists()).ok_or("no free name for it")?;
    std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(file)
}

/// A scenario's text with a story of its own that makes the changes.
fn with_changes(text: &str, changes: &[(u64, Change)], dt_s: f64) -> Saved<String> {
    let options = ParsingOptions {
        allow_dtd: false,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|e| e.to_string())?;
    let root = document.root_element();
    let storyboard = root
        .children()
        .find(|n| n.has_tag_name("Storyboard"))
        .ok_or("expected a Storyboard, found none")?;
    // The stop trigger comes last; where there is none, the story ends the storyboard.
    let stop = storyboard
        .children()
        .find(|n| n.has_tag_name("StopTrigger"));
    let at = match stop {
        Some(stop) => stop.range().start,
        None => text
            .get(..storyboard.range().end)
            .and_then(|t| t.rfind("</"))
            .ok_or("expected an end of the Storyboard, found none")?,
    };
    let (before, after) = (
        text.get(..at).unwrap_or_default(),
        text.get(at..).unwrap_or_default(),
    );
    Ok(format!("{before}{}{after}", story(changes, dt_s)?))
}

fn story(changes: &[(u64, Change)], dt_s: f64) -> Saved<String> {
    let mut events = String::new();
    for (number, (tick, change)) in changes.iter().enumerate() {
        let n = number + 1;
        // Made once the step is recorded in which its trigger fires.
        let after_s = (*tick as f64 - 1.5) * dt_s;
        let content = escaped(&change.write()?);
        let written = write!(
            events,
            r#"
              <Event name="skidpad change {n}" priority="parallel">
                <Action name="skidpad change {n}">
                  <UserDefinedAction><CustomCommandAction type="{COMMAND}">{content}</CustomCommandAction></UserDefinedAction>
                </Action>
                <StartTrigger><ConditionGroup><Condition name="skidpad time {n}" delay="0" conditionEdge="none"><ByValueCondition><SimulationTimeCondition value="{after_s}" rule="greaterThan"/></ByValueCondition></Condition></ConditionGroup></StartTrigger>
              </Event>"#
        );
        written.map_err(|e| e.to_string())?;
    }
    Ok(format!(
        r#"<Story name="skidpad branch">
      <Act name="skidpad branch act">
        <ManeuverGroup name="skidpad branch group" maximumExecutionCount="1">
          <Actors selectTriggeringEntities="false"/>
          <Maneuver name="skidpad branch maneuver">{events}
          </Maneuver>
        </ManeuverGroup>
        <StartTrigger><ConditionGroup><Condition name="skidpad branch begins" delay="0" conditionEdge="none"><ByValueCondition><SimulationTimeCondition value="-1" rule="greaterThan"/></ByValueCondition></Condition></ConditionGroup></StartTrigger>
      </Act>
    </Story>
    "#
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
