//! Story files (`.ron`): reading with errors that name their line, writing.

use std::collections::BTreeSet;
use std::path::Path;

use game::level::{Layout, Level, Role};
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use sim::input::{InputError, Limits, read_text};

use super::graph::branches;
use super::{Objective, Reward, Story};

/// Longest story file, bytes.
const MAX_BYTES: u64 = 4 << 20;
/// Most quests, choices and characters of a story, each.
const MOST: usize = 200;

fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME)
        .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
        .with_recursion_limit(64)
}

/// What is wrong: the text that the line at fault has, what was expected, what was found.
type Wrong = (String, String, String);

impl Story {
    /// Reads a story file.
    ///
    /// # Errors
    /// If it can't be read, is no story, or names what there is not; with the line where known.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let limits = Limits {
            max_file_bytes: limits.max_file_bytes.min(MAX_BYTES),
            ..limits.clone()
        };
        Self::parse(path, &read_text(path, &limits)?)
    }

    /// Reads the text of a story file; `path` is for messages only.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, InputError> {
        let story: Self = options().from_str(text).map_err(|error| {
            let at = error.span.start;
            InputError::new(path, "a story", error.code.to_string())
                .at(at.line as u32, at.col as u32)
        })?;
        // The level is held to the rules of level files; lines of its text are not lines of this file.
        let level = story.level.to_text();
        let level = level.map_err(|e| InputError::new(path, "a level", e.to_string()))?;
        Level::parse(path, &level).map_err(|e| InputError::new(path, e.expected, e.found))?;
        story.check().map_err(|(near, expected, found)| {
            let wrong = InputError::new(path, expected, found);
            // The cast comes last, after a level in which its names stand, too.
            let found = if near.starts_with("name") {
                text.rfind(&near)
            } else {
                text.find(&near)
            };
            match found {
                Some(at) => {
                    let before = text.get(..at).unwrap_or_default();
                    let last = before.rsplit('\n').next().unwrap_or_default();
                    let line = before.matches('\n').count() + 1;
                    wrong.at(line as u32, last.chars().count() as u32 + 1)
                }
                None => wrong,
            }
        })?;
        Ok(story)
    }

    /// The text of a story file that [`Self::parse`] reads as this story.
    ///
    /// # Errors
    /// If the story can't be written as RON.
    pub fn to_text(&self) -> Result<String, ron::Error> {
        let pretty = PrettyConfig::new().depth_limit(5);
        let text = options().to_string_pretty(self, pretty);
        text.map(|text| text + "\n")
    }

    /// Whether all that is named is there, once each, and every branch comes to an end.
    fn check(&self) -> Result<(), Wrong> {
        for (what, count) in [
            ("quests", self.quests.len()),
            ("choices", self.choices.len()),
            ("characters", self.cast.len()),
        ] {
            if count > MOST {
                let found = format!("{count} {what}");
                return Err((format!("{what}:"), format!("at most {MOST} {what}"), found));
            }
        }
        if self.quests.is_empty() {
            return Err(("quests:".into(), "a quest".into(), "none".into()));
        }
        let layout = self.level.layout();
        let layout = layout.map_err(|e| ("level:".to_owned(), e.expected, e.found))?;
        once("quest", self.quests.iter().map(|q| &q.id))?;
        once("choice", self.choices.iter().map(|c| &c.id))?;
        once("character", self.cast.iter().map(|c| &c.name))?;
        self.check_graph()?;
        let people: BTreeSet<&str> = layout
            .characters
            .iter()
            .map(|c| c.what.name.as_str())
            .collect();
        for quest in &self.quests {
            let at = line_of("id", &quest.id);
            let person = |name: &str| has(&people, name, "a character of the level", &at);
            quest.giver.as_deref().map_or(Ok(()), person)?;
            if quest.steps.is_empty() {
                return Err((at, "a step".into(), "none".into()));
            }
            for step in &quest.steps {
                match step {
                    Objective::Talk(who) | Objective::Defeat(who) => person(who)?,
                    Objective::Deliver(item, who) => {
                        person(who)?;
                        self.check_item(&layout, item, &at)?;
                    }
                    Objective::Fetch(item) => self.check_item(&layout, item, &at)?,
                    Objective::Escort(who, place) => {
                        person(who)?;
                        check_companion(&layout, who, &at)?;
                        check_place(&layout, place, &at)?;
                    }
                    Objective::Reach(place) => check_place(&layout, place, &at)?,
                    Objective::Open(_) => {}
                }
            }
            for reward in &quest.rewards {
                if let Reward::Trust(who, by) = reward {
                    person(who)?;
                    if !(-1.0..=1.0).contains(by) {
                        return Err((at, "trust of -1 to 1".into(), by.to_string()));
                    }
                }
            }
        }
        for sheet in &self.cast {
            let at = line_of("name", &sheet.name);
            has(&people, &sheet.name, "a character of the level", &at)?;
            for relation in &sheet.relations {
                if relation.to != "player" {
                    has(&people, &relation.to, "a character of the level", &at)?;
                }
                if !(-1.0..=1.0).contains(&relation.trust) {
                    return Err((at, "trust of -1 to 1".into(), relation.trust.to_string()));
                }
            }
        }
        let graph = branches(self);
        let wrong = |e: super::GraphError| {
            let expected = "quests of which every branch comes to an ending";
            ("quests:".to_owned(), expected.to_owned(), e.to_string())
        };
        graph.map(|_| ()).map_err(wrong)
    }

    fn check_graph(&self) -> Result<(), Wrong> {
        let ids: BTreeSet<&str> = self.quests.iter().map(|q| q.id.as_str()).collect();
        for quest in &self.quests {
            let at = line_of("id", &quest.id);
            let mut needs = quest.needs.iter();
            needs.try_for_each(|id| has(&ids, id, "a quest", &at))?;
            if let Some(branch) = &quest.branch {
                let choice = self.choices.iter().find(|c| c.id == branch.choice);
                let is_there =
                    choice.is_some_and(|c| c.options.iter().any(|o| o.id == branch.option));
                if !is_there {
                    let found = format!("{} = {}", branch.choice, branch.option);
                    return Err((at, "an option of a choice".into(), found));
                }
            }
        }
        for choice in &self.choices {
            let at = line_of("id", &choice.id);
            let mut after = choice.after.iter();
            after.try_for_each(|id| has(&ids, id, "a quest", &at))?;
            if choice.options.len() < 2 {
                let found = choice.options.len().to_string();
                return Err((at, "two options or more".into(), found));
            }
            once("option", choice.options.iter().map(|o| &o.id))?;
        }
        Ok(())
    }

    fn check_item(&self, layout: &Layout, name: &str, at: &str) -> Result<(), Wrong> {
        let lying = layout.items.iter().map(|i| i.what.name());
        let carried = layout.characters.iter().flat_map(|c| &c.what.carries);
        let given = self.quests.iter().flat_map(|q| &q.rewards);
        let given = given.filter_map(|reward| match reward {
            Reward::Item(item) => Some(item.name()),
            Reward::Trust(..) => None,
        });
        let mut all = lying.chain(carried.map(|i| i.name())).chain(given);
        if all.any(|item| item == name) {
            return Ok(());
        }
        let expected = "an item that lies in the level, is carried or given";
        Err((at.to_owned(), expected.to_owned(), format!("{name:?}")))
    }
}

/// The text by which the line of what is called so is found.
fn line_of(field: &str, name: &str) -> String {
    format!("{field}: {name:?}")
}

fn once<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), Wrong> {
    let mut known = BTreeSet::new();
    for name in names {
        if !known.insert(name) {
            let expected = format!("each {what} once");
            let field = if what == "character" { "name" } else { "id" };
            return Err((line_of(field, name), expected, format!("{name:?} twice")));
        }
    }
    Ok(())
}

fn has(all: &BTreeSet<&str>, name: &str, what: &str, at: &str) -> Result<(), Wrong> {
    if all.contains(name) {
        return Ok(());
    }
    Err((at.to_owned(), what.to_owned(), format!("{name:?}")))
}

fn check_place(layout: &Layout, place: &str, at: &str) -> Result<(), Wrong> {
    if !layout.place(place).is_empty() {
        return Ok(());
    }
    let expected = "a place of the level".to_owned();
    Err((at.to_owned(), expected, format!("{place:?}")))
}

/// Who is led somewhere has to be one who follows.
fn check_companion(layout: &Layout, who: &str, at: &str) -> Result<(), Wrong> {
    let mut all = layout.characters.iter().filter(|c| c.what.name == who);
    match all.find(|c| c.what.role != Role::Companion) {
        None => Ok(()),
        Some(c) => {
            let found = format!("{who:?}, a {}", c.what.role.name());
            Err((at.to_owned(), "a companion to lead".into(), found))
        }
    }
}
