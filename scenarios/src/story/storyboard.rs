//! The storyboard at run time: triggers start and stop elements, actions move the cast.
//!
//! A step at time t first evaluates triggers from the root down, then steps the actions that run;
//! actions that start do so while triggers are evaluated and are stepped in the same step. With
//! t = 0 the step is taken twice: once without length, which carries out `Init`, then as any other.

use super::{
    Cast, ElementId, ElementKind, Elements, EventLog, InitAction, Priority, State, Transition,
};
use crate::action::{Domains, Progress};
use crate::model::EntityId;

/// A storyboard that runs.
#[derive(Clone, Debug)]
pub struct Storyboard {
    /// Entities and what surrounds them.
    pub cast: Cast,
    /// The tree of elements.
    pub elements: Elements,
    /// What happened so far.
    pub log: EventLog,
    init: Vec<InitAction>,
    init_states: Vec<State>,
    triggering: Vec<EntityId>,
}

impl Storyboard {
    /// A storyboard that has not begun.
    pub fn new(cast: Cast, elements: Elements, init: Vec<InitAction>) -> Self {
        let init_states = vec![State::Init; init.len()];
        Self {
            cast,
            elements,
            log: EventLog::default(),
            init,
            init_states,
            triggering: Vec::new(),
        }
    }

    /// Carries out `Init` at time 0; ticks will last `tick_s`.
    pub fn begin(&mut self, tick_s: f64) {
        self.cast.begin(tick_s);
        for i in 0..self.init.len() {
            self.set_init_state(i, State::Running);
            let action = &mut self.init[i].action;
            if action.start(&mut self.cast) == Progress::Done {
                self.set_init_state(i, State::Complete);
            }
        }
        self.start(Elements::ROOT);
        self.run_step();
        self.cast.finish_step(&mut self.log);
        self.cast.end_init();
    }

    /// Whether the storyboard still runs.
    pub fn is_running(&self) -> bool {
        self.state(Elements::ROOT) == State::Running
    }

    /// Takes the step from tick `tick` to the next; `false` once the storyboard has ended, when
    /// nothing moves any more.
    pub fn step(&mut self, tick: u64, dt_s: f64) -> bool {
        self.cast.set_step(tick, dt_s);
        self.run_step();
        if !self.is_running() {
            return false;
        }
        self.cast.finish_step(&mut self.log);
        true
    }

    fn run_step(&mut self) {
        self.eval_triggers(Elements::ROOT);
        for i in 0..self.init.len() {
            if self.init_states[i] == State::Running {
                let action = &mut self.init[i].action;
                if action.step(&mut self.cast) == Progress::Done {
                    self.set_init_state(i, State::Complete);
                }
            }
        }
        self.step_element(Elements::ROOT);
    }

    fn set_init_state(&mut self, i: usize, state: State) {
        let from = std::mem::replace(&mut self.init_states[i], state);
        let time_s = self.cast.time_s();
        self.log.push(
            time_s,
            "action",
            &self.init[i].name,
            from.log_name(),
            state.log_name(),
        );
    }

    fn state(&self, id: ElementId) -> State {
        self.elements.get(id).map_or(State::Complete, |e| e.state)
    }

    fn kind(&self, id: ElementId) -> ElementKind {
        self.elements
            .get(id)
            .map_or(ElementKind::Action, |e| e.kind)
    }

    fn children(&self, id: ElementId) -> Vec<ElementId> {
        self.elements
            .get(id)
            .map_or_else(Vec::new, |e| e.children.clone())
    }

    fn set_state(&mut self, id: ElementId, state: State, transition: Transition) {
        let time_s = self.cast.time_s();
        if let Some(element) = self.elements.get_mut(id)
            && element.state != state
        {
            let (kind, from) = (element.kind.log_name(), element.state.log_name());
            self.log
                .push(time_s, kind, &element.name, from, state.log_name());
            element.state = state;
            element.changes.push((state, transition));
        }
    }

    fn start(&mut self, id: ElementId) {
        match self.kind(id) {
            ElementKind::Event => self.start_event(id),
            ElementKind::Action => self.start_action(id),
            _ => {
                if self.enter(id) {
                    for child in self.children(id) {
                        self.start(child);
                    }
                }
            }
        }
    }

    /// To standby where a trigger must fire first, else to running; whether it runs now.
    fn enter(&mut self, id: ElementId) -> bool {
        let Some(element) = self.elements.get(id) else {
            return false;
        };
        let waits = element.state == State::Init && element.start_trigger.is_some();
        let can_start = element.state != State::Complete || element.executions > 0;
        if waits {
            self.set_state(id, State::Standby, Transition::Enter);
        } else if can_start {
            self.set_state(id, State::Running, Transition::Start);
            if let Some(element) = self.elements.get_mut(id) {
                element.executions += 1;
            }
        }
        self.state(id) == State::Running
    }

    fn start_event(&mut self, id: ElementId) {
        let Some(element) = self.elements.get(id) else {
            return;
        };
        let (state, priority, parent) = (element.state, element.priority, element.parent);
        if state == State::Running {
            return;
        }
        let waits = state == State::Init && element.start_trigger.is_some();
        if !waits {
            let others: Vec<ElementId> = parent
                .map_or_else(Vec::new, |p| self.children(p))
                .into_iter()
                .filter(|other| *other != id && self.state(*other) == State::Running)
                .collect();
            match priority {
                Priority::Override => others.into_iter().for_each(|other| self.end(other)),
                Priority::Skip if !others.is_empty() => {
                    if let Some(element) = self.elements.get_mut(id) {
                        let state = element.state;
                        element.changes.push((state, Transition::Skip));
                    }
                    return;
                }
                _ => {}
            }
        }
        if !self.enter(id) {
            return;
        }
        let actions = self.children(id);
        if actions.is_empty() {
            self.end(id);
            return;
        }
        for action in actions {
            let outsider = self
                .elements
                .get(action)
                .and_then(|e| e.only_if_triggering)
                .is_some_and(|entity| !self.triggering.contains(&entity));
            if outsider {
                self.set_state(action, State::Complete, Transition::Skip);
                continue;
            }
            let element = self.elements.get(action);
            let can_start = element
                .and_then(|e| e.action.as_deref())
                .is_none_or(|a| a.can_start(&self.cast));
            if can_start {
                self.end_conflicting(action);
                self.start(action);
            }
        }
        // Where nobody took an action there is nothing to wait for.
        if self.state(id) == State::Running && self.all_children_complete(id) {
            self.end(id);
        }
    }

    /// Ends what else runs for the same actor in a domain that the action claims.
    fn end_conflicting(&mut self, id: ElementId) {
        let Some(action) = self.elements.get(id).and_then(|e| e.action.as_deref()) else {
            return;
        };
        let (Some(actor), domains) = (action.actor(), action.domains()) else {
            return;
        };
        let lights = action.lights().to_vec();
        if domains == Domains::NONE && lights.is_empty() {
            return;
        }
        let conflicts = |other: &dyn crate::action::Action| {
            other.actor() == Some(actor)
                && (other.domains().overlap(domains)
                    || other.lights().iter().any(|light| lights.contains(light)))
        };
        for i in 0..self.init.len() {
            if self.init_states[i] == State::Running && conflicts(self.init[i].action.as_ref()) {
                self.set_init_state(i, State::Complete);
            }
        }
        let running: Vec<ElementId> = self
            .elements
            .iter()
            .filter(|(other, e)| {
                *other != id
                    && e.state == State::Running
                    && e.action.as_deref().is_some_and(conflicts)
            })
            .map(|(other, _)| other)
            .collect();
        running.into_iter().for_each(|other| self.end(other));
    }

    fn start_action(&mut self, id: ElementId) {
        if !self.enter(id) {
            return;
        }
        let progress = self.with_action(id, |action, cast| {
            // A driver of its own keeps the actor on its own course.
            let is_driven = action
                .actor()
                .and_then(|a| cast.actor(a))
                .is_some_and(|p| !p.is_scripted);
            if is_driven && action.moves_actor() {
                Progress::Done
            } else {
                action.start(cast)
            }
        });
        if progress == Progress::Done {
            self.end(id);
        }
    }

    fn with_action(
        &mut self,
        id: ElementId,
        run: impl FnOnce(&mut dyn crate::action::Action, &mut Cast) -> Progress,
    ) -> Progress {
        match self
            .elements
            .get_mut(id)
            .and_then(|e| e.action.as_deref_mut())
        {
            Some(action) => run(action, &mut self.cast),
            None => Progress::Done,
        }
    }

    fn eval_triggers(&mut self, id: ElementId) {
        if self.state(id) == State::Running && self.fires(id, false) {
            self.stop(id);
        }
        if self.state(id) == State::Standby && self.fires(id, true) {
            self.start(id);
        }
        if self.state(id) == State::Running && self.kind(id) != ElementKind::Event {
            for child in self.children(id) {
                self.eval_triggers(child);
            }
        }
    }

    /// Whether an element's start or stop trigger fires; one without a start trigger does.
    fn fires(&mut self, id: ElementId, is_start: bool) -> bool {
        let Some(element) = self.elements.get_mut(id) else {
            return false;
        };
        let slot = if is_start {
            &mut element.start_trigger
        } else {
            &mut element.stop_trigger
        };
        let Some(mut trigger) = slot.take() else {
            return is_start;
        };
        let fired = trigger.evaluate(&self.cast, &self.elements);
        for name in &fired.became_true {
            self.log
                .push(self.cast.time_s(), "condition", name, "false", "true");
        }
        if fired.is_true && is_start {
            self.triggering = trigger.triggering_entities(&self.cast);
        }
        if let Some(element) = self.elements.get_mut(id) {
            let slot = if is_start {
                &mut element.start_trigger
            } else {
                &mut element.stop_trigger
            };
            *slot = Some(trigger);
        }
        fired.is_true
    }

    fn step_element(&mut self, id: ElementId) {
        if self.state(id) != State::Running {
            return;
        }
        if self.kind(id) == ElementKind::Action {
            let progress = self.with_action(id, |action, cast| action.step(cast));
            if progress == Progress::Done {
                self.end(id);
            }
            return;
        }
        for child in self.children(id) {
            self.step_element(child);
        }
    }

    fn end(&mut self, id: ElementId) {
        if self.state(id) == State::Complete {
            return;
        }
        for child in self.children(id) {
            if self.state(child) == State::Running {
                self.end(child);
            }
        }
        // An element may have been ended by its children already.
        let state = self.state(id);
        if !matches!(state, State::Running | State::Standby) {
            return;
        }
        if self.kind(id) == ElementKind::Action {
            self.with_action(id, |action, cast| {
                action.end(cast);
                Progress::Done
            });
        }
        let Some(element) = self.elements.get(id) else {
            return;
        };
        let repeats = matches!(
            element.kind,
            ElementKind::ManeuverGroup | ElementKind::Event
        ) && element.executions < element.max_executions;
        if repeats {
            self.reset_triggers(id);
            self.set_state(id, State::Standby, Transition::End);
            for child in self.children(id) {
                self.reset(child);
            }
        } else {
            self.set_state(id, State::Complete, Transition::End);
        }
        self.propagate(id);
    }

    fn stop(&mut self, id: ElementId) {
        for child in self.children(id) {
            self.stop(child);
        }
        match self.state(id) {
            State::Complete => return,
            State::Standby | State::Running => {
                if self.kind(id) == ElementKind::Action {
                    self.with_action(id, |action, cast| {
                        action.end(cast);
                        Progress::Done
                    });
                }
                self.set_state(id, State::Complete, Transition::Stop);
            }
            State::Init => {}
        }
        self.propagate(id);
    }

    /// A parent whose children are all complete comes to its end; the storyboard itself does not.
    fn propagate(&mut self, id: ElementId) {
        let Some(parent) = self.elements.get(id).and_then(|e| e.parent) else {
            return;
        };
        if parent != Elements::ROOT
            && self.state(parent) != State::Complete
            && self.all_children_complete(parent)
        {
            self.end(parent);
        }
    }

    fn all_children_complete(&self, id: ElementId) -> bool {
        self.elements
            .get(id)
            .is_some_and(|e| e.children.iter().all(|c| self.state(*c) == State::Complete))
    }

    fn reset_triggers(&mut self, id: ElementId) {
        for is_start in [true, false] {
            let Some(element) = self.elements.get_mut(id) else {
                return;
            };
            let slot = if is_start {
                &mut element.start_trigger
            } else {
                &mut element.stop_trigger
            };
            let Some(mut trigger) = slot.take() else {
                continue;
            };
            trigger.reset(&self.elements);
            if let Some(element) = self.elements.get_mut(id) {
                let slot = if is_start {
                    &mut element.start_trigger
                } else {
                    &mut element.stop_trigger
                };
                *slot = Some(trigger);
            }
        }
    }

    /// Back to before the first execution, silently.
    fn reset(&mut self, id: ElementId) {
        for child in self.children(id) {
            self.reset(child);
        }
        // Delays and edges count anew.
        self.reset_triggers(id);
        if let Some(element) = self.elements.get_mut(id) {
            element.state = State::Init;
            if element.kind == ElementKind::Event {
                element.executions = 0;
            }
        }
    }
}
