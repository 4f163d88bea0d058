//! What a user has set about a run: breakpoints, watched expressions, bookmarks, changes for a branch. All of it can
//! be taken back.

use std::collections::BTreeSet;

use game::level::Level;
use scenarios::draft::Draft;

use crate::run::Edit;

/// A condition at which the run is stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Break {
    /// The expression.
    pub text: String,
    /// Whether it counts.
    pub is_on: bool,
}

/// An expression that is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The expression.
    pub text: String,
    /// Whether it is plotted over time.
    pub is_plotted: bool,
}

/// All that can be taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Conditions that stop the run.
    pub breaks: Vec<Break>,
    /// Watched expressions.
    pub watches: Vec<Watch>,
    /// Ticks to come back to.
    pub bookmarks: BTreeSet<u64>,
    /// Changes that the next branch begins with.
    pub edits: Vec<Edit>,
    /// The scenario that is being made.
    pub draft: Option<Draft>,
    /// The level that is being made.
    pub level: Option<Level>,
}

/// A document and how it came about.
#[derive(Default)]
pub struct History {
    now: Document,
    before: Vec<Document>,
    after: Vec<Document>,
}

/// Steps that can be taken back.
const MOST_STEPS: usize = 200;

impl History {
    /// A document that can't be taken back any further.
    pub fn beginning(now: Document) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    /// The document.
    pub fn now(&self) -> &Document {
        &self.now
    }

    /// Changes the document; a change that changes nothing is no step.
    pub fn change(&mut self, change: impl FnOnce(&mut Document)) {
        let old = self.now.clone();
        change(&mut self.now);
        if self.now != old {
            self.before.push(old);
            self.after.clear();
            if self.before.len() > MOST_STEPS {
                self.before.remove(0);
            }
        }
    }

    /// Takes back a step; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(old) = self.before.pop() else {
            return false;
        };
        self.after.push(std::mem::replace(&mut self.now, old));
        true
    }

    /// Makes a step again that was taken back; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(new) = self.after.pop() else {
            return false;
        };
        self.before.push(std::mem::replace(&mut self.now, new));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_go_back_and_forth_and_a_new_one_ends_what_was_taken_back() {
        let mut history = History::default();
        history.change(|d| d.bookmarks.extend([4]));
        history.change(|d| d.bookmarks.extend([9]));
        history.change(|_| {});
        assert!(history.undo());
        assert_eq!(history.now().bookmarks, [4].into());
        assert!(history.redo() && !history.redo());
        assert_eq!(history.now().bookmarks, [4, 9].into());
        assert!(history.undo() && history.undo() && !history.undo());
        history.change(|d| d.bookmarks.extend([1]));
        assert!(!history.redo());
        assert_eq!(history.now().bookmarks, [1].into());
    }
}
