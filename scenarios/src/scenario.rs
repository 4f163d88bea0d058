//! A scenario file, read and resolved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sim::input::{InputError, Limits, XmlFile};
use sim::message::DriverSpec;

use crate::Requirements;
use crate::check::{FileKind, Findings, check_root, check_signal_ids, read_header};
use crate::condition::Trigger;
use crate::model::{Context, Entity, EntityId, EntityKind, TrafficSignalController, Warning};
use crate::read::{Catalogs, El, LoadOptions, Parameter, PathFinder, Scope, rules, unread};
use crate::story::{StoryboardRead, read_storyboard};

/// A scenario, ready to be installed in worlds.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file.
    pub path: PathBuf,
    /// `FileHeader` description.
    pub description: String,
    /// `FileHeader` revMajor and revMinor.
    pub version: (i64, i64),
    /// The OpenDRIVE file of `RoadNetwork`, found; `None` where the scenario has no map.
    pub map_path: Option<PathBuf>,
    /// Entities in file order.
    pub entities: Vec<Entity>,
    /// Parameters with their values, as they stand at the start.
    pub parameters: BTreeMap<String, Parameter>,
    /// Variables, likewise.
    pub variables: BTreeMap<String, Parameter>,
    /// Controllers of traffic signals.
    pub signal_controllers: Vec<TrafficSignalController>,
    /// Init actions and the tree of elements.
    pub storyboard: StoryboardRead,
    /// What the scenario asks for itself.
    pub requirements: Requirements,
    /// Elements accepted without (full) effect.
    pub warnings: Vec<Warning>,
    /// Drivers of the whole program that controllers name by a property `skidpad.driver`.
    pub whole_drivers: Vec<DriverSpec>,
}

impl Scenario {
    /// Loads a scenario with the given limits and parameter values, else as by default.
    ///
    /// # Errors
    /// As [`Scenario::load_with`].
    pub fn load(
        path: &Path,
        limits: &Limits,
        parameters: &[(String, String)],
    ) -> Result<Self, InputError> {
        Self::load_with(
            path,
            &LoadOptions {
                limits: limits.clone(),
                parameters: parameters.to_vec(),
                ..LoadOptions::default()
            },
        )
    }

    /// Loads a scenario: parsed, parameters applied, catalogs resolved, map located.
    ///
    /// # Errors
    /// If the file or one it needs can't be read, is malformed, breaks a limit, refers to something
    /// that does not exist, or names a file outside its root.
    pub fn load_with(path: &Path, options: &LoadOptions) -> Result<Self, InputError> {
        let file = XmlFile::read(path, &options.limits)?.watched();
        let document = file.parse().map_err(|e| e.breaks(rules::VALID_XML))?;
        let node = file.root(&document);
        let mut findings = Findings::new(options.lenient);
        let version = read_header(node, &mut findings)?;
        let (minor, version) = (version.minor, version.version);
        if FileKind::of_root(node) != FileKind::Scenario {
            let other = node.elements().find(|e| e.name() != "FileHeader");
            let other = other.unwrap_or(node);
            let found = format!("a {}", other.name());
            return Err(other.error("a scenario with a <Storyboard>", found));
        }
        let none = Scope::default();
        let header = El::new(node, &none).need_child("FileHeader")?;
        let overrides: BTreeMap<String, String> = options.parameters.iter().cloned().collect();
        let mut scope = Scope::default();
        scope.declare(node, &overrides)?;
        if let Some(unknown) = overrides.keys().find(|name| scope.get(name).is_none()) {
            let error = node.error("the name of a declared parameter", format!("{unknown:?}"));
            return Err(error.breaks(rules::PARAMETER));
        }
        check_root(node, FileKind::Scenario, minor, &scope, &mut findings);
        let mut outside = findings.into_warnings()?;
        // Variables live beside parameters and are read by reference only.
        let mut variables = Scope::inside(&scope);
        variables.declare_variables(node, &BTreeMap::new())?;
        let variables = variables.own().clone();
        let root = El::new(node, &scope);
        let finder = PathFinder::new(path, options)?;
        let road_network = root.child("RoadNetwork");
        let logic_file = road_network.and_then(|r| r.child("LogicFile"));
        let map_path = match logic_file {
            None => None,
            Some(logic) => {
                let raw = logic.text("filepath")?;
                if raw.trim().is_empty() {
                    None
                } else {
                    Some(finder.find_map(&logic, &raw)?)
                }
            }
        };
        if let (Some(storyboard), Some(map)) = (root.child("Storyboard"), &map_path) {
            let mut findings = Findings::new(options.lenient);
            check_signal_ids(storyboard, map, &options.limits, &mut findings);
            outside.extend(findings.into_warnings()?);
        }
        let signal_controllers =
            road_network.map_or_else(|| Ok(Vec::new()), TrafficSignalController::read_all)?;
        let catalogs = Catalogs::locate(root, &finder, options)?;
        let mut ctx = Context::new(catalogs, version);
        outside
            .iter()
            .for_each(|problem| ctx.warn_of(path, problem));
        if let Some(entities) = root.child("Entities") {
            Entity::read_all(&mut ctx, entities, &options.limits)?;
        }
        if let Some(monitors) = root.child("MonitorDeclarations") {
            ctx.warn(&monitors, "monitors are noted; nothing reads them");
        }
        let storyboard = read_storyboard(&ctx, root.need_child("Storyboard")?)?;
        for problem in ctx.catalogs.take_warnings() {
            ctx.warn_of(path, &problem);
        }
        let mut requirements = Requirements::read(header)?;
        for unread in unread(node) {
            ctx.warn_unread(None, &unread);
        }
        for (catalog, unread) in ctx.catalogs.unread() {
            ctx.warn_unread(Some(&catalog), &unread);
        }
        requirements.add_criteria(
            storyboard
                .elements
                .iter()
                .flat_map(|(_, e)| &e.stop_trigger),
        );
        Ok(Self {
            path: path.to_owned(),
            description: header.opt_text("description")?.unwrap_or_default(),
            version,
            map_path,
            parameters: scope.own().clone(),
            variables,
            signal_controllers,
            storyboard,
            requirements,
            warnings: ctx.take_warnings(),
            whole_drivers: ctx.take_drivers(),
            entities: ctx.entities,
        })
    }

    /// File name without its extension.
    pub fn name(&self) -> String {
        self.path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The vehicle under test: the entity named Ego, ego or hero, else the first vehicle.
    pub fn ego(&self) -> Option<EntityId> {
        let named = |wanted: &str| self.entities.iter().position(|e| e.spec.name == wanted);
        ["Ego", "ego", "hero", "EGO", "Hero"]
            .into_iter()
            .find_map(named)
            .or_else(|| {
                self.entities
                    .iter()
                    .position(|e| e.kind == EntityKind::Vehicle)
            })
            .map(EntityId)
    }

    /// Name of [`Scenario::ego`].
    pub fn ego_name(&self) -> Option<&str> {
        self.ego()
            .and_then(|id| self.entities.get(id.0))
            .map(|e| e.spec.name.as_str())
    }
}

/// Whether any condition of a trigger is one of CARLA's criteria.
pub(crate) fn criteria(trigger: &Trigger) -> impl Iterator<Item = (&str, Option<f64>)> {
    trigger.conditions().filter_map(|condition| {
        let name = condition.name.strip_prefix("criteria_")?;
        let value = condition
            .parameter()
            .and_then(|p| p.value().trim().parse().ok());
        Some((name, value))
    })
}
