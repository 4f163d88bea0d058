//! The tree of storyboard elements: what each is, in which state, with which triggers.

use crate::action::Action;
use crate::condition::Trigger;
use crate::model::EntityId;

/// Place of an element in [`Elements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ElementId(pub usize);

/// `StoryboardElementType`, with the storyboard itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// The root.
    Storyboard,
    /// `Story`
    Story,
    /// `Act`
    Act,
    /// `ManeuverGroup`
    ManeuverGroup,
    /// `Maneuver`
    Maneuver,
    /// `Event`
    Event,
    /// `Action`; one for each actor.
    Action,
}

impl ElementKind {
    /// Name in the event log.
    pub fn log_name(self) -> &'static str {
        match self {
            Self::Storyboard => "storyboard",
            Self::Story => "story",
            Self::Act => "act",
            Self::ManeuverGroup => "maneuver_group",
            Self::Maneuver => "maneuver",
            Self::Event => "event",
            Self::Action => "action",
        }
    }
}

/// State of an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Its parent does not run yet.
    #[default]
    Init,
    /// Waits for its trigger.
    Standby,
    /// Runs.
    Running,
    /// Is over.
    Complete,
}

impl State {
    /// Name in the event log.
    pub fn log_name(self) -> &'static str {
        match self {
            Self::Init => "initState",
            Self::Standby => "standbyState",
            Self::Running => "runningState",
            Self::Complete => "completeState",
        }
    }
}

/// How a state was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// From before its parent ran to waiting.
    Enter,
    /// Its trigger fired.
    Start,
    /// It came to its end.
    End,
    /// It was stopped.
    Stop,
    /// Its trigger fired but its priority let it wait.
    Skip,
}

/// `Priority` of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Other events of the maneuver go on.
    #[default]
    Parallel,
    /// Other events of the maneuver are ended.
    Override,
    /// It does not start while another event of the maneuver runs.
    Skip,
}

/// One element.
#[derive(Clone, Debug)]
pub struct Element {
    /// What it is.
    pub kind: ElementKind,
    /// Its name.
    pub name: String,
    /// Enclosing element.
    pub parent: Option<ElementId>,
    /// Enclosed elements, in order.
    pub children: Vec<ElementId>,
    /// `StartTrigger`, where there is one.
    pub start_trigger: Option<Trigger>,
    /// `StopTrigger`, where there is one.
    pub stop_trigger: Option<Trigger>,
    /// State now.
    pub state: State,
    /// Every change of state, in order.
    pub changes: Vec<(State, Transition)>,
    /// How often it was started.
    pub executions: u64,
    /// How often it may be.
    pub max_executions: u64,
    /// For events.
    pub priority: Priority,
    /// For actions.
    pub action: Option<Box<dyn Action>>,
    /// For actions that only the entities which fired the trigger take (`selectTriggeringEntities`).
    pub only_if_triggering: Option<EntityId>,
}

impl Element {
    /// An element that has not run.
    pub fn new(kind: ElementKind, name: String, parent: Option<ElementId>) -> Self {
        Self {
            kind,
            name,
            parent,
            children: Vec::new(),
            start_trigger: None,
            stop_trigger: None,
            state: State::Init,
            changes: Vec::new(),
            executions: 0,
            max_executions: 1,
            priority: Priority::Parallel,
            action: None,
            only_if_triggering: None,
        }
    }
}

/// All elements of a storyboard; the first is the storyboard itself.
#[derive(Clone, Debug, Default)]
pub struct Elements {
    all: Vec<Element>,
}

impl Elements {
    /// The storyboard.
    pub const ROOT: ElementId = ElementId(0);

    /// Adds an element under its parent.
    pub fn add(&mut self, element: Element) -> ElementId {
        let id = ElementId(self.all.len());
        if let Some(parent) = element.parent.and_then(|p| self.all.get_mut(p.0)) {
            parent.children.push(id);
        }
        self.all.push(element);
        id
    }

    /// An element.
    pub fn get(&self, id: ElementId) -> Option<&Element> {
        self.all.get(id.0)
    }

    /// An element, to change it.
    pub fn get_mut(&mut self, id: ElementId) -> Option<&mut Element> {
        self.all.get_mut(id.0)
    }

    /// Every element, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (ElementId, &Element)> {
        self.all.iter().enumerate().map(|(i, e)| (ElementId(i), e))
    }

    /// Ids of all elements.
    pub fn ids(&self) -> impl Iterator<Item = ElementId> + use<> {
        (0..self.all.len()).map(ElementId)
    }

    /// Names from the story down to an element.
    pub fn path(&self, id: ElementId) -> Vec<&str> {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some(element) = next.and_then(|id| self.get(id)) {
            if element.kind != ElementKind::Storyboard {
                names.push(element.name.as_str());
            }
            next = element.parent;
        }
        names.reverse();
        names
    }

    /// The element of a kind whose path ends with the `::` separated names of `reference`; among
    /// several the one that shares the longest path with `from`, then the first.
    pub fn resolve(
        &self,
        kind: ElementKind,
        reference: &str,
        from: ElementId,
    ) -> Option<ElementId> {
        let wanted: Vec<&str> = reference.split("::").collect();
        let here = self.path(from);
        let shared = |path: &[&str]| path.iter().zip(&here).take_while(|(a, b)| a == b).count();
        let mut best: Option<(usize, ElementId)> = None;
        for (id, element) in self.iter().filter(|(_, e)| e.kind == kind) {
            if wanted.last() != Some(&element.name.as_str()) && element.name != reference {
                continue;
            }
            let path = self.path(id);
            if !(path.ends_with(&wanted) || element.name == reference) {
                continue;
            }
            let score = shared(&path);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, id));
            }
        }
        best.map(|(_, id)| id)
    }
}
