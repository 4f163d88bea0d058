//! `StoryboardElementStateCondition`.

use sim::input::InputError;

use crate::read::El;
use crate::story::{ElementId, ElementKind, Elements, State, Transition};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    State(State),
    Transition(Transition),
}

/// `StoryboardElementStateCondition`: a state holds for as long as it lasts, a transition only
/// when it happens.
#[derive(Clone, Debug)]
pub struct StoryboardElementStateCondition {
    /// Name as written: alone, or with the names of enclosing elements and `::` before it.
    pub reference: String,
    /// Kind of the element.
    pub kind: ElementKind,
    /// Line of the file.
    pub line: u32,
    wanted: Wanted,
    element: Option<ElementId>,
    /// How many of the element's changes were looked at.
    seen: usize,
}

impl StoryboardElementStateCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            reference: el.text("storyboardElementRef")?,
            kind: el.word(
                "storyboardElementType",
                &[
                    ("story", ElementKind::Story),
                    ("act", ElementKind::Act),
                    ("maneuverGroup", ElementKind::ManeuverGroup),
                    ("maneuver", ElementKind::Maneuver),
                    ("event", ElementKind::Event),
                    ("action", ElementKind::Action),
                ],
            )?,
            line: el.node.position().0,
            wanted: el.word(
                "state",
                &[
                    ("standbyState", Wanted::State(State::Standby)),
                    ("runningState", Wanted::State(State::Running)),
                    ("completeState", Wanted::State(State::Complete)),
                    ("startTransition", Wanted::Transition(Transition::Start)),
                    ("endTransition", Wanted::Transition(Transition::End)),
                    ("stopTransition", Wanted::Transition(Transition::Stop)),
                    ("skipTransition", Wanted::Transition(Transition::Skip)),
                ],
            )?,
            element: None,
            seen: 0,
        })
    }

    /// Names the element it watches.
    pub fn bind(&mut self, element: ElementId) {
        self.element = Some(element);
    }

    /// Changes so far no longer count.
    pub fn forget(&mut self, elements: &Elements) {
        let element = self.element.and_then(|id| elements.get(id));
        self.seen = element.map_or(0, |e| e.changes.len());
    }

    /// Whether it holds now: for any change since the last look, or else for the state that lasts.
    pub fn holds(&mut self, elements: &Elements) -> bool {
        let Some(element) = self.element.and_then(|id| elements.get(id)) else {
            return false;
        };
        let changes = &element.changes;
        let seen = self.seen.min(changes.len());
        self.seen = changes.len();
        if seen == changes.len() {
            return self.wanted == Wanted::State(element.state);
        }
        changes[seen..]
            .iter()
            .any(|(state, transition)| match self.wanted {
                Wanted::State(wanted) => *state == wanted,
                Wanted::Transition(wanted) => *transition == wanted,
            })
    }
}
