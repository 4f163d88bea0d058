//! Reading `Storyboard` into its tree of elements.

use std::collections::BTreeMap;

use sim::input::InputError;

use super::{Element, ElementId, ElementKind, Elements, Priority};
use crate::action::{self, Action};
use crate::condition::Trigger;
use crate::model::{Context, EntityId};
use crate::read::{El, Parameter, ParameterType, Scope, rules};

/// One action of `Init`.
#[derive(Clone, Debug)]
pub struct InitAction {
    /// Name in the event log.
    pub name: String,
    /// What it does.
    pub action: Box<dyn Action>,
}

/// `Init` and the tree of elements.
#[derive(Clone, Debug, Default)]
pub struct StoryboardRead {
    /// In the order in which they start.
    pub init: Vec<InitAction>,
    /// The tree.
    pub elements: Elements,
}

/// Elements of one storyboard at most.
const MAX_ELEMENTS: usize = 1_000_000;

/// Reads a `Storyboard`.
///
/// # Errors
/// If it is malformed or refers to something that does not exist.
pub fn read_storyboard(ctx: &Context, el: El<'_>) -> Result<StoryboardRead, InputError> {
    let mut elements = Elements::default();
    let root = elements.add(Element::new(
        ElementKind::Storyboard,
        "storyBoard".into(),
        None,
    ));
    let init = read_init(ctx, el.need_child("Init")?)?;
    for story in el.children("Story") {
        read_story(ctx, story, root, &mut elements)?;
    }
    if let Some(stop) = el.child("StopTrigger")
        && let Some(element) = elements.get_mut(root)
    {
        element.stop_trigger = Some(Trigger::read(ctx, stop, false)?);
    }
    bind_state_conditions(el, &mut elements)?;
    Ok(StoryboardRead { init, elements })
}

fn read_init(ctx: &Context, el: El<'_>) -> Result<Vec<InitAction>, InputError> {
    let (mut global, mut user, mut private) = (Vec::new(), Vec::new(), Vec::new());
    let Some(actions) = el.child("Actions") else {
        return Ok(global);
    };
    for child in actions.elements() {
        match child.name() {
            "GlobalAction" => {
                let inner = child.choice("a global action")?;
                let name = format!("Init {}", inner.name());
                if let Some(action) = action::read_global(ctx, inner)? {
                    global.push(InitAction { name, action });
                }
            }
            "UserDefinedAction" => {
                let inner = child.choice("a user-defined action")?;
                let name = format!("Init {}", inner.name());
                user.push(InitAction {
                    name,
                    action: action::read_user_defined(ctx, inner)?,
                });
            }
            "Private" => {
                let entities = ctx.entities(&child, "entityRef")?;
                for entity in entities {
                    let who = &ctx.entities[entity.0].spec.name;
                    for outer in child.children("PrivateAction") {
                        let inner = outer.choice("a private action")?;
                        let name = format!("Init {who} {}", inner.name());
                        if let Some(action) = action::read_private(ctx, inner, entity)? {
                            private.push(InitAction { name, action });
                        }
                    }
                }
            }
            other => {
                return Err(child.error(
                    "GlobalAction, UserDefinedAction or Private",
                    format!("<{other}>"),
                ));
            }
        }
    }
    private = order_by_reference(private);
    global.append(&mut user);
    global.append(&mut private);
    Ok(global)
}

/// The actions of an entity come after those of the entities it is teleported relative to, else in
/// file order.
fn order_by_reference(actions: Vec<InitAction>) -> Vec<InitAction> {
    let actor = |action: &InitAction| action.action.actor();
    let mut entities: Vec<EntityId> = Vec::new();
    for id in actions.iter().filter_map(actor) {
        if !entities.contains(&id) {
            entities.push(id);
        }
    }
    let mut ordered: Vec<EntityId> = Vec::new();
    let mut waiting: Vec<EntityId> = entities.iter().rev().copied().collect();
    let mut seen: Vec<EntityId> = Vec::new();
    while let Some(id) = waiting.pop() {
        if ordered.contains(&id) {
            continue;
        }
        let is_new = !seen.contains(&id);
        seen.push(id);
        let needs = actions
            .iter()
            .filter(|a| actor(a) == Some(id))
            .filter_map(|a| a.action.teleports_relative_to())
            .find(|other| {
                entities.contains(other) && !ordered.contains(other) && !seen.contains(other)
            });
        match needs {
            Some(other) if is_new => waiting.extend([id, other]),
            _ => ordered.push(id),
        }
    }
    let rank =
        |action: &InitAction| actor(action).and_then(|id| ordered.iter().position(|o| *o == id));
    let mut actions = actions;
    actions.sort_by_key(rank);
    actions
}

fn read_story(
    ctx: &Context,
    el: El<'_>,
    root: ElementId,
    elements: &mut Elements,
) -> Result<(), InputError> {
    let mut scope = Scope::inside(el.scope);
    scope.declare(el.node, &BTreeMap::new())?;
    let el = El::new(el.node, &scope);
    let story = add(el, ElementKind::Story, Some(root), elements)?;
    for act_el in el.children("Act") {
        let act = add(act_el, ElementKind::Act, Some(story), elements)?;
        for group in act_el.children("ManeuverGroup") {
            read_group(ctx, group, act, elements)?;
        }
        set_triggers(ctx, act_el, act, elements)?;
    }
    Ok(())
}

fn add(
    el: El<'_>,
    kind: ElementKind,
    parent: Option<ElementId>,
    elements: &mut Elements,
) -> Result<ElementId, InputError> {
    if elements.iter().size_hint().0 >= MAX_ELEMENTS {
        return Err(el.error(
            format!("at most {MAX_ELEMENTS} storyboard elements"),
            "more",
        ));
    }
    Ok(elements.add(Element::new(kind, el.text("name")?, parent)))
}

fn set_triggers(
    ctx: &Context,
    el: El<'_>,
    id: ElementId,
    elements: &mut Elements,
) -> Result<(), InputError> {
    let start = el
        .child("StartTrigger")
        .map(|t| Trigger::read(ctx, t, true))
        .transpose()?;
    let stop = el
        .child("StopTrigger")
        .map(|t| Trigger::read(ctx, t, false))
        .transpose()?;
    if let Some(element) = elements.get_mut(id) {
        (element.start_trigger, element.stop_trigger) = (start, stop);
    }
    Ok(())
}

/// `maximumExecutionCount`; `None` has no bound.
fn max_executions(el: El<'_>) -> Result<u64, InputError> {
    match el.opt_i64("maximumExecutionCount")? {
        None => Ok(1),
        Some(count) => u64::try_from(count)
            .map_err(|_| el.error("a maximumExecutionCount of 0 or more", format!("{count}"))),
    }
}

fn read_group(
    ctx: &Context,
    el: El<'_>,
    act: ElementId,
    elements: &mut Elements,
) -> Result<(), InputError> {
    let group = add(el, ElementKind::ManeuverGroup, Some(act), elements)?;
    if let Some(element) = elements.get_mut(group) {
        element.max_executions = max_executions(el)?;
    }
    let actors_el = el.need_child("Actors")?;
    let mut actors = Actors {
        named: Vec::new(),
        select_triggering: actors_el.bool_or("selectTriggeringEntities", false)?,
    };
    for reference in actors_el.children("EntityRef") {
        actors.named.extend(ctx.entities(&reference, "entityRef")?);
    }
    // Before 1.0 `$owner` stood for the actor, as it still does in some catalogs; a parameter that is
    // declared by that name goes before.
    let mut scope = Scope::inside(el.scope);
    if el.scope.get("owner").is_none()
        && let Some(first) = actors.named.first()
    {
        let value = ctx.entities[first.0].spec.name.clone();
        let kind = ParameterType::String;
        scope.set("owner", Parameter { kind, value });
    }
    let el = El::new(el.node, &scope);
    for child in el.elements() {
        match child.name() {
            "Maneuver" => read_maneuver(ctx, child, group, &actors, elements)?,
            "CatalogReference" => ctx.here_or_catalog(child, "Maneuver", |entry| {
                read_maneuver(ctx, entry, group, &actors, elements)
            })?,
            _ => {}
        }
    }
    Ok(())
}

struct Actors {
    named: Vec<EntityId>,
    select_triggering: bool,
}

fn read_maneuver(
    ctx: &Context,
    el: El<'_>,
    group: ElementId,
    actors: &Actors,
    elements: &mut Elements,
) -> Result<(), InputError> {
    // A catalog entry's parameters are declared by the catalog; declaring them again would undo the
    // assignments, so only what is not known yet is added.
    let mut scope = Scope::inside(el.scope);
    let known: BTreeMap<String, String> = el
        .scope
        .own()
        .iter()
        .map(|(name, p)| (name.clone(), p.value.clone()))
        .collect();
    scope.declare(el.node, &known)?;
    let el = El::new(el.node, &scope);
    let maneuver = add(el, ElementKind::Maneuver, Some(group), elements)?;
    for event in el.children("Event") {
        read_event(ctx, event, maneuver, actors, elements)?;
    }
    Ok(())
}

fn read_event(
    ctx: &Context,
    el: El<'_>,
    maneuver: ElementId,
    actors: &Actors,
    elements: &mut Elements,
) -> Result<(), InputError> {
    let event = add(el, ElementKind::Event, Some(maneuver), elements)?;
    let priority = el.word(
        "priority",
        &[
            ("parallel", Priority::Parallel),
            ("override", Priority::Override),
            ("overwrite", Priority::Override),
            ("skip", Priority::Skip),
        ],
    )?;
    if let Some(element) = elements.get_mut(event) {
        element.priority = priority;
        element.max_executions = max_executions(el)?;
    }
    set_triggers(ctx, el, event, elements)?;
    if let Some(element) = elements.get_mut(event) {
        // Without a trigger it fires when its maneuver runs, as with an empty one.
        element.start_trigger.get_or_insert_with(Trigger::always);
    }
    for outer in el.children("Action") {
        let Some(kind) = outer.elements().next() else {
            ctx.warn(&outer, "<Action> holds nothing and is left out");
            continue;
        };
        let inner = kind.choice("an action");
        match kind.name() {
            "GlobalAction" => {
                if let Some(action) = action::read_global(ctx, inner?)? {
                    add_action(outer, event, action, None, elements)?;
                }
            }
            "UserDefinedAction" => {
                let action = action::read_user_defined(ctx, inner?)?;
                add_action(outer, event, action, None, elements)?;
            }
            "PrivateAction" => {
                let inner = inner?;
                if actors.named.is_empty() && !actors.select_triggering {
                    return Err(outer
                        .error("an actor in the maneuver group of a private action", "none")
                        .breaks(rules::ACTOR));
                }
                for actor in &actors.named {
                    if let Some(action) = action::read_private(ctx, inner, *actor)? {
                        add_action(outer, event, action, None, elements)?;
                    }
                }
                if actors.select_triggering {
                    // Any entity may turn out to fire the trigger; the others' actions stay out.
                    for id in (0..ctx.entities.len()).map(EntityId) {
                        if actors.named.contains(&id) {
                            continue;
                        }
                        if let Some(action) = action::read_private(ctx, inner, id)? {
                            add_action(outer, event, action, Some(id), elements)?;
                        }
                    }
                }
            }
            other => {
                return Err(kind.error(
                    "GlobalAction, UserDefinedAction or PrivateAction",
                    format!("<{other}>"),
                ));
            }
        }
    }
    Ok(())
}

fn add_action(
    el: El<'_>,
    event: ElementId,
    action: Box<dyn Action>,
    only_if_triggering: Option<EntityId>,
    elements: &mut Elements,
) -> Result<(), InputError> {
    let id = add(el, ElementKind::Action, Some(event), elements)?;
    if let Some(element) = elements.get_mut(id) {
        element.action = Some(action);
        element.only_if_triggering = only_if_triggering;
    }
    Ok(())
}

/// Names the elements that state conditions watch.
fn bind_state_conditions(el: El<'_>, elements: &mut Elements) -> Result<(), InputError> {
    for id in elements.ids() {
        for is_start in [true, false] {
            let Some(element) = elements.get_mut(id) else {
                continue;
            };
            let slot = if is_start {
                &mut element.start_trigger
            } else {
                &mut element.stop_trigger
            };
            let Some(mut trigger) = slot.take() else {
                continue;
            };
            for condition in trigger.state_conditions() {
                let Some(found) = elements.resolve(condition.kind, &condition.reference, id) else {
                    let found = format!("{:?}", condition.reference);
                    let mut error = el.error(
                        format!(
                            "the name of a storyboard element of kind {:?}",
                            condition.kind
                        ),
                        found,
                    );
                    error.line = Some(condition.line);
                    error.column = None;
                    return Err(error.breaks(rules::STORYBOARD_ELEMENT));
                };
                condition.bind(found);
            }
            if let Some(element) = elements.get_mut(id) {
                let slot = if is_start {
                    &mut element.start_trigger
                } else {
                    &mut element.stop_trigger
                };
                *slot = Some(trigger);
            }
        }
    }
    Ok(())
}
