//! The walk over a file: each element against the schema, then against the rules for its type.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sim::input::{InputError, XmlNode};

use super::names::Declared;
use super::ranges::{is_tolerated, range_of};
use super::{Findings, Names, Severity};
use crate::read::{El, Scope, rules};
use crate::schema::{Content, MINORS, Mismatch, Presence, Schema, Type, ValueProblem};
use crate::schema::{Foreign, check_operators, value_problem};

/// Checks the elements of one file.
pub(crate) struct Checker<'f> {
    schema: &'static Schema,
    minor: usize,
    findings: &'f mut Findings,
    names: Names,
    is_structure_only: bool,
    /// Element whose declarations are not read again.
    declared: Option<roxmltree::NodeId>,
    /// Rule that an undeclared parameter breaks.
    parameter_rule: &'static str,
}

/// Attributes of an element with their values resolved; what can't be is left out.
type Values<'a> = Vec<(&'a str, Cow<'a, str>)>;

impl<'f> Checker<'f> {
    /// By the schema of a minor version.
    pub(crate) fn new(minor: usize, findings: &'f mut Findings, names: Names) -> Self {
        Self {
            schema: Schema::get(),
            minor,
            findings,
            names,
            is_structure_only: false,
            declared: None,
            parameter_rule: rules::PARAMETER,
        }
    }

    /// Looks at names and counts only, not at values.
    pub(crate) fn structure_only(mut self) -> Self {
        self.is_structure_only = true;
        self
    }

    /// Looks at entries of a catalog, whose parameters are their own.
    pub(crate) fn in_catalog(mut self) -> Self {
        self.parameter_rule = rules::CATALOG_PARAMETERS;
        self
    }

    /// The parameters that this element declares are in its scope already, with the values that they
    /// are used with.
    pub(crate) fn declared_by(mut self, node: XmlNode<'_>) -> Self {
        self.declared = Some(node.node.id());
        self
    }

    /// Checks an element of a type and all below it.
    pub(crate) fn element(&mut self, node: XmlNode<'_>, kind: usize, scope: &Scope<'_>) {
        let Some(ty) = self.schema.at(kind) else {
            return;
        };
        let mut own = Scope::inside(scope);
        if !self.is_structure_only
            && self.declared != Some(node.node.id())
            && let Err(error) = own.declare(node, &BTreeMap::new())
        {
            self.findings.add(Severity::Error, rules::PARAMETER, error);
        }
        let values = self.attributes(node, ty, &own);
        if !self.is_structure_only {
            self.rules(node, ty, &values, &own);
        }
        self.children(node, ty);
        for child in node.elements() {
            if let Some((kind, _)) = ty.child(child.name()) {
                if ty.name == "Catalog" && !self.is_structure_only {
                    // Nothing but its own declarations is known inside an entry.
                    self.element(child, kind, &Scope::default());
                } else {
                    self.element(child, kind, &own);
                }
            }
        }
    }

    fn add(&mut self, severity: Severity, rule: &'static str, problem: InputError) {
        self.findings.add(severity, rule, problem);
    }

    fn other_version(&mut self, node: XmlNode<'_>, what: &str, presence: Presence) {
        let problem = node.error(
            format!("what OpenSCENARIO 1.{} has", self.minor),
            format!("{what}, which is of {}", presence.text()),
        );
        self.add(Severity::Warning, rules::OTHER_VERSION, problem);
    }

    fn deprecated(&mut self, node: XmlNode<'_>, what: &str) {
        let problem = node.error(
            format!("what is not deprecated in OpenSCENARIO 1.{}", self.minor),
            what,
        );
        self.add(Severity::Note, rules::DEPRECATED, problem);
    }

    fn attributes<'a>(&mut self, node: XmlNode<'a>, ty: &Type, scope: &Scope<'_>) -> Values<'a> {
        let mut values = Values::new();
        for attribute in node.node.attributes() {
            // Attributes of other namespaces, such as the schema's location, are nobody's business.
            if attribute.namespace().is_some() {
                continue;
            }
            let (name, raw) = (attribute.name(), attribute.value());
            let what = || format!("attribute {name} of <{}>", node.name());
            let Some(known) = ty.attribute(name) else {
                let names: Vec<&str> = ty.attributes.iter().map(|a| a.name).collect();
                let expected = if names.is_empty() {
                    format!("no attributes of <{}>", node.name())
                } else {
                    format!("an attribute of <{}> ({})", node.name(), names.join(", "))
                };
                self.add(Severity::Error, rules::SCHEMA, node.error(expected, name));
                continue;
            };
            if !known.presence.is_in(self.minor) {
                self.other_version(node, &what(), known.presence);
            } else if known.presence.is_deprecated(self.minor) {
                self.deprecated(node, &what());
            }
            if !self.is_structure_only
                && let Some(value) = self.resolved(node, (name, known.kind), raw, scope)
            {
                self.value(node, name, known.kind, raw, &value);
                values.push((name, value));
            }
        }
        for missing in ty.attributes.iter().filter(|a| a.required != 0) {
            if node.node.attribute(missing.name).is_some() {
                continue;
            }
            let problem = |node: XmlNode<'_>| {
                node.error(
                    format!("attribute {} of <{}>", missing.name, node.name()),
                    "no such attribute",
                )
            };
            if missing.required >> self.minor & 1 == 0 {
                continue;
            }
            // What another version lets be left out has a meaning when it is.
            let is_needed = (0..MINORS).all(|m| {
                missing.required >> m & 1 == 1
                    || !missing.presence.is_in(m)
                    || ty.content(m).is_none()
            });
            if is_needed {
                self.add(Severity::Error, rules::SCHEMA, problem(node));
            } else {
                self.add(Severity::Warning, rules::OTHER_VERSION, problem(node));
            }
        }
        values
    }

    /// The value with parameters and expressions replaced; `None`, told, where that fails.
    fn resolved<'a>(
        &mut self,
        node: XmlNode<'a>,
        (name, kind): (&str, &str),
        raw: &'a str,
        scope: &Scope<'_>,
    ) -> Option<Cow<'a, str>> {
        // References name a parameter themselves, with or without `$`.
        if !raw.contains('$') || matches!(name, "parameterRef" | "variableRef") {
            return Some(Cow::Borrowed(raw));
        }
        if name == "name" && node.name().ends_with("Declaration") {
            let problem = node.error("a name without $", format!("{raw:?}"));
            self.add(Severity::Warning, rules::PARAMETER, problem);
            return Some(Cow::Borrowed(raw));
        }
        let text = raw.trim();
        let resolved = El::new(node, scope).resolve(raw);
        if let Some(body) = text.strip_prefix("${")
            && let Err(foreign) = check_operators(body.strip_suffix('}').unwrap_or(body))
        {
            let (which, is_understood) = match foreign {
                Foreign::Known(word) => (word, true),
                // Names put together of words and parameters.
                Foreign::Word(word) => (word, kind == "String"),
                Foreign::Sign(sign) => (sign.to_string(), false),
            };
            let expected = format!("operators of the standard in {name} of <{}>", node.name());
            let problem = node.error(expected, format!("{which:?} in {text:?}"));
            if !is_understood || resolved.is_err() {
                self.add(Severity::Error, rules::OPERATORS, problem);
                return None;
            }
            self.add(Severity::Warning, rules::OPERATORS, problem);
        }
        match resolved {
            Ok(value) => Some(Cow::Owned(value)),
            // The actor of a maneuver from a catalog, a habit from before 1.0.
            Err(_) if text == "$owner" => {
                let problem = node.error("the name of a declared parameter", "$owner");
                self.add(Severity::Warning, self.parameter_rule, problem);
                None
            }
            Err(mut error) => {
                if error.rule == Some(rules::PARAMETER) {
                    error.rule = Some(self.parameter_rule);
                }
                self.add(Severity::Error, self.parameter_rule, error);
                None
            }
        }
    }

    fn value(&mut self, node: XmlNode<'_>, name: &str, kind: &str, raw: &str, value: &str) {
        let what = || format!("{name} of <{}>", node.name());
        let Some(problem) = value_problem(kind, value, self.minor) else {
            return;
        };
        match problem {
            ValueProblem::Wrong(expected) => {
                let expected = format!("{expected} in {}", what());
                let problem = node.error(expected, format!("{value:?}"));
                // Nothing hangs on the date of a header.
                let is_of_header =
                    node.name() == "FileHeader" && name == "date" && !value.is_empty();
                let severity = if is_of_header {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                self.add(severity, rules::SCHEMA, problem);
            }
            ValueProblem::OtherVersion(presence) => {
                self.other_version(node, &format!("{value:?} in {}", what()), presence);
            }
            ValueProblem::Deprecated => {
                self.deprecated(node, &format!("{value:?} in {}", what()));
            }
            // A parameter's number may be written as its own type wants it.
            ValueProblem::Spelling(_) if raw.contains('$') => {}
            ValueProblem::Spelling(expected) => {
                let problem = node.error(format!("{expected} in {}", what()), format!("{value:?}"));
                self.add(Severity::Warning, rules::SCHEMA, problem);
            }
        }
    }

    fn children(&mut self, node: XmlNode<'_>, ty: &Type) {
        let children: Vec<XmlNode<'_>> = node.elements().collect();
        let mut known: Vec<&str> = Vec::with_capacity(children.len());
        let mut own: Vec<&str> = Vec::with_capacity(children.len());
        for child in &children {
            let name = child.name();
            match ty.child(name) {
                None => {
                    let names: Vec<&str> = ty
                        .children
                        .iter()
                        .filter(|c| c.2.is_in(self.minor))
                        .map(|c| c.0)
                        .collect();
                    let expected = if names.is_empty() {
                        format!("nothing inside <{}>", node.name())
                    } else {
                        format!("inside <{}> one of {}", node.name(), names.join(", "))
                    };
                    let problem = child.error(expected, format!("<{name}>"));
                    self.add(Severity::Error, rules::SCHEMA, problem);
                }
                Some((_, presence)) => {
                    known.push(name);
                    if !presence.is_in(self.minor) {
                        let what = format!("<{name}> inside <{}>", node.name());
                        self.other_version(*child, &what, presence);
                    } else {
                        own.push(name);
                        if presence.is_deprecated(self.minor) {
                            self.deprecated(*child, &format!("<{name}> inside <{}>", node.name()));
                        }
                    }
                }
            }
        }
        match ty.content(self.minor) {
            Some(Content::Text) => return,
            Some(Content::Model(model)) => {
                if let Err(mismatch) = model.check(&own) {
                    self.mismatch(node, ty, &children, &known, &mismatch);
                }
            }
            // The type itself is of another version, which its parent was told.
            None => {}
        }
        let text = node
            .node
            .children()
            .find(|n| n.is_text() && n.text().is_some_and(|text| !text.trim().is_empty()));
        if let Some(text) = text {
            let shown: String = text
                .text()
                .unwrap_or_default()
                .trim()
                .chars()
                .take(30)
                .collect();
            let expected = format!("no text inside <{}>", node.name());
            self.add(
                Severity::Error,
                rules::SCHEMA,
                node.error(expected, format!("{shown:?}")),
            );
        }
    }

    fn mismatch(
        &mut self,
        node: XmlNode<'_>,
        ty: &Type,
        children: &[XmlNode<'_>],
        known: &[&str],
        mismatch: &Mismatch,
    ) {
        let fits = |minor: &usize| match ty.content(*minor) {
            Some(Content::Model(model)) => model.check(known).is_ok(),
            _ => false,
        };
        let other = (0..MINORS).find(fits);
        let of_own: Vec<&XmlNode<'_>> = children
            .iter()
            .filter(|c| ty.child(c.name()).is_some_and(|(_, p)| p.is_in(self.minor)))
            .collect();
        let at = of_own.get(mismatch.at);
        let expected = if mismatch.expected.is_empty() {
            format!("no further element here inside <{}>", node.name())
        } else {
            format!(
                "<{}> inside <{}>",
                mismatch.expected.join("> or <"),
                node.name()
            )
        };
        let found = at.map_or("none".to_owned(), |child| format!("<{}>", child.name()));
        let problem = at.map_or(node, |child| **child).error(expected, found);
        match other {
            Some(minor) => {
                let mut problem = problem;
                problem.found += &format!(", as only 1.{minor} allows");
                // Where a child of another version was told of, that was all.
                if known.len() == of_own.len() {
                    self.add(Severity::Warning, rules::OTHER_VERSION, problem);
                }
            }
            None => self.add(Severity::Error, rules::SCHEMA, problem),
        }
    }

    fn rules(&mut self, node: XmlNode<'_>, ty: &Type, values: &Values<'_>, scope: &Scope<'_>) {
        for (name, value) in values {
            self.range(node, ty.name, name, value);
            self.reference(node, ty.name, name, value);
        }
        match ty.name {
            "Storyboard" => self.unique(node, &["Story"], rules::UNIQUE_NAMES, scope),
            "Story" => self.unique(node, &["Act"], rules::UNIQUE_NAMES, scope),
            "Act" => {
                self.unique(node, &["ManeuverGroup"], rules::UNIQUE_NAMES, scope);
                self.actors(node);
            }
            "ManeuverGroup" => self.unique(node, &["Maneuver"], rules::UNIQUE_NAMES, scope),
            "Maneuver" => self.unique(node, &["Event"], rules::UNIQUE_NAMES, scope),
            "Event" => self.unique(node, &["Action"], rules::UNIQUE_NAMES, scope),
            "Entities" => {
                let lists = ["ScenarioObject", "EntitySelection"];
                self.unique(node, &lists, rules::UNIQUE_REFERENCES, scope);
            }
            "Catalog" => self.unique(node, &[], rules::UNIQUE_REFERENCES, scope),
            "TrafficSignals" => {
                let list = ["TrafficSignalController"];
                self.unique(node, &list, rules::UNIQUE_REFERENCES, scope);
            }
            "FollowTrajectoryAction" => {
                let kinds = ["Trajectory", "CatalogReference", "TrajectoryRef"];
                let count = node
                    .elements()
                    .filter(|e| kinds.contains(&e.name()))
                    .count();
                if count != 1 {
                    let expected = format!("one of <{}>", kinds.join(">, <"));
                    let problem = node.error(expected, format!("{count} of them"));
                    self.add(Severity::Error, rules::SCHEMA, problem);
                }
            }
            _ => {}
        }
    }

    fn range(&mut self, node: XmlNode<'_>, kind: &str, name: &str, value: &str) {
        let Some(range) = range_of(kind, name) else {
            return;
        };
        let Some(number) = value.trim().parse::<f64>().ok().filter(|v| !v.is_nan()) else {
            return;
        };
        if range.holds(number) {
            return;
        }
        let rule = match (kind, name) {
            ("LightStateAction", "transitionTime") => rules::TRANSITION_TIME,
            ("Phase", "duration") => rules::PHASE_DURATION,
            _ => rules::RANGE,
        };
        let severity = if is_tolerated(kind, name) {
            Severity::Warning
        } else {
            Severity::Error
        };
        let expected = format!("{} in {name} of <{}>", range.text(), node.name());
        self.add(severity, rule, node.error(expected, value));
    }

    fn reference(&mut self, node: XmlNode<'_>, kind: &str, name: &str, value: &str) {
        let Names::Known(declared) = &self.names else {
            return;
        };
        let bare = value.trim_start_matches('$');
        let has = |names: &BTreeSet<String>| names.contains(bare);
        let (known, what, rule) = match (kind, name) {
            (_, "entityRef" | "masterEntityRef" | "trailerRef") => (
                Declared::has_entity(declared, value),
                "the name of an entity",
                rules::ENTITY_REFERENCE,
            ),
            ("VariableCondition" | "VariableAction", "variableRef") => (
                has(&declared.variables),
                "the name of a declared variable",
                rules::VARIABLE,
            ),
            ("ParameterCondition" | "ParameterAction", "parameterRef") => (
                has(&declared.parameters),
                "the name of a declared parameter",
                rules::PARAMETER,
            ),
            (
                "TrafficSignalControllerCondition" | "TrafficSignalControllerAction",
                "trafficSignalControllerRef",
            )
            | ("TrafficSignalController", "reference") => (
                has(&declared.controllers),
                "the name of a traffic signal controller",
                rules::SIGNAL_CONTROLLER,
            ),
            _ => return,
        };
        if !known {
            let severity = if kind == "ParameterCondition" && is_of_criterion(node) {
                Severity::Warning
            } else {
                Severity::Error
            };
            self.add(severity, rule, node.error(what, format!("{value:?}")));
        }
    }

    /// Children of some names, all where none is given, must have different names.
    fn unique(&mut self, node: XmlNode<'_>, lists: &[&str], rule: &'static str, scope: &Scope<'_>) {
        let mut seen = BTreeSet::new();
        for child in node.elements() {
            if !lists.is_empty() && !lists.contains(&child.name()) {
                continue;
            }
            let Some(raw) = child.node.attribute("name") else {
                continue;
            };
            let name = El::new(child, scope)
                .resolve(raw)
                .unwrap_or_else(|_| raw.to_owned());
            if seen.contains(&name) {
                let expected = format!("names that differ inside <{}>", node.name());
                let problem = child.error(expected, format!("{name:?} again"));
                // A rule since 1.2; maneuver groups are seldom referred to and often named alike.
                let is_tolerated = rule == rules::UNIQUE_NAMES
                    && (self.minor < 2 || child.name() == "ManeuverGroup");
                let severity = if is_tolerated {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                self.add(severity, rule, problem);
            }
            seen.insert(name);
        }
    }

    /// Private actions of an act need actors: entities that are named, or some that may trigger.
    fn actors(&mut self, act: XmlNode<'_>) {
        let may_trigger = |node: XmlNode<'_>| {
            node.child("StartTrigger").is_some_and(|trigger| {
                trigger
                    .node
                    .descendants()
                    .any(|n| n.tag_name().name() == "ByEntityCondition")
            })
        };
        let act_may_trigger = may_trigger(act);
        for group in act.children("ManeuverGroup") {
            let Some(actors) = group.child("Actors") else {
                continue;
            };
            if actors.child("EntityRef").is_some() {
                continue;
            }
            let selects = actors.node.attribute("selectTriggeringEntities");
            let selects = !matches!(selects, None | Some("false" | "0"));
            for event in group.children("Maneuver").flat_map(|m| m.elements()) {
                let is_private = event
                    .children("Action")
                    .any(|a| a.child("PrivateAction").is_some());
                if is_private && !(selects && (act_may_trigger || may_trigger(event))) {
                    let problem =
                        actors.error("an actor in the maneuver group of a private action", "none");
                    self.add(Severity::Error, rules::ACTOR, problem);
                    break;
                }
            }
        }
    }
}

/// CARLA's criteria are parameter conditions on names that nobody declares.
fn is_of_criterion(node: XmlNode<'_>) -> bool {
    let condition = node.node.ancestors().find(|n| n.has_tag_name("Condition"));
    let name = condition.and_then(|c| c.attribute("name"));
    name.is_some_and(|name| name.starts_with("criteria_"))
}
