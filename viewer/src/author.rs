//! Making a scenario on a map: a draft is edited in a run of one tick that shows it, and tried out as a live run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runner::RunOptions;
use scenarios::Scenario;
use scenarios::draft::{Draft, DraftAction, DraftEntity, DraftEvent, DraftPlace, DraftTrigger};
use sim::actor::{ActorClass, ActorId, ActorState, Motion};
use sim::math::Pose;
use sim::road::RoadNetwork;
use sim::world::ActorSnapshot;

use crate::app::App;
use crate::camera::CameraMode;
use crate::run::{AnyDrivers, Frame, Run, RunInfo, StoryTree, live};
use crate::settings::Settings;

/// What a click on the map does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Selects who is there.
    #[default]
    Select,
    /// Puts someone new there.
    Place(ActorClass),
    /// Moves the selected one there.
    Move,
    /// Lets the route of the selected one go on to there.
    Route,
    /// Makes it the place of the trigger of an event, by its number.
    Trigger(usize),
}

/// A draft that is being made.
pub struct Author {
    /// Where it is written to.
    pub file: PathBuf,
    /// The map.
    pub map: Arc<RoadNetwork>,
    /// What a click does.
    pub tool: Tool,
    /// What it was when it was written last.
    saved: Option<Draft>,
    shown: Option<Draft>,
    /// Number of the run that shows it.
    run: u64,
    options: RunOptions,
    drivers: AnyDrivers,
}

impl App {
    /// Begins with a draft on a map; it is written to `file`, and tried out with the options.
    pub fn author(
        draft: Draft,
        file: PathBuf,
        map: Arc<RoadNetwork>,
        (options, drivers): (RunOptions, AnyDrivers),
        settings: Settings,
    ) -> Self {
        let stem = file.file_stem().unwrap_or_default();
        let info = RunInfo {
            title: stem.to_string_lossy().into_owned(),
            map: map.clone(),
            dt_s: options.dt_s,
            ego: None,
            story: Arc::new(StoryTree::default()),
            level: None,
            duration_s: None,
        };
        let run = Run::of(info, vec![Arc::new(Frame::default())], Vec::new());
        let number = run.number();
        let mut app = Self::new(run, settings);
        let saved = (!draft.entities.is_empty()).then(|| draft.clone());
        app.history.change(|d| {
            d.watches.clear();
            d.draft = Some(draft);
        });
        app.history = crate::document::History::beginning(app.history.now().clone());
        app.author = Some(Author {
            file,
            map,
            tool: Tool::default(),
            saved,
            shown: None,
            run: number,
            options,
            drivers,
        });
        app.show_draft();
        app.look_at_map();
        app.dock = crate::ui::author_layout();
        app
    }

    /// The draft, where one is being made.
    pub fn draft(&self) -> Option<&Draft> {
        self.history.now().draft.as_ref()
    }

    /// Whether the draft itself is shown, not a run of it.
    pub fn is_editing(&self) -> bool {
        self.author
            .as_ref()
            .is_some_and(|author| author.run == self.run().number())
    }

    /// Whether the draft is other than its file.
    pub fn is_unsaved(&self) -> bool {
        let saved = self.author.as_ref().map(|author| &author.saved);
        saved.is_some_and(|saved| saved.as_ref() != self.draft())
    }

    /// Changes the draft; it can be taken back.
    pub fn edit(&mut self, change: impl FnOnce(&mut Draft)) {
        self.history.change(|document| {
            if let Some(draft) = &mut document.draft {
                change(draft);
            }
        });
        self.show_draft();
    }

    /// Looks down on what is there, or on the first road.
    fn look_at_map(&mut self) {
        let Some(author) = &self.author else { return };
        let draft = self.draft();
        let first = draft.and_then(|d| d.entities.first()?.start.pose(&author.map));
        let road = || {
            let index = author.map.road_indices().next()?;
            let length_m = author.map.road(index)?.length_m;
            Some(author.map.pose_at(index, length_m / 2.0, 0.0)?.pose)
        };
        let pose = first.or_else(road).unwrap_or_default();
        if let Some(view) = self.view() {
            view.mode = CameraMode::Free;
            let back = 45.0;
            view.target_m = [pose.x_m - back, pose.y_m, pose.z_m + 40.0];
            view.yaw_rad = 0.0;
            view.pitch_rad = 0.75;
        }
    }

    /// Makes the run of one tick show the draft as it is.
    pub(crate) fn show_draft(&mut self) {
        let Some(draft) = self.history.now().draft.clone() else {
            return;
        };
        let Some(author) = &mut self.author else {
            return;
        };
        if author.shown.as_ref() == Some(&draft) {
            return;
        }
        let actors = draft
            .entities
            .iter()
            .enumerate()
            .filter_map(|(number, entity)| {
                let pose = entity.start.pose(&author.map)?;
                Some(ActorSnapshot {
                    id: ActorId(number as u32),
                    spec: Arc::new(entity.spec()),
                    state: ActorState::at(pose, 0.0),
                    motion: Motion::Fixed,
                })
            });
        let frame = Frame {
            actors: actors.collect(),
            ..Frame::default()
        };
        let number = author.run;
        author.shown = Some(draft);
        if let Some(run) = self.runs.iter_mut().find(|run| run.number() == number) {
            run.frames = vec![Arc::new(frame)];
        }
    }

    /// The selected entity's number and itself.
    pub fn chosen(&self) -> Option<(usize, &DraftEntity)> {
        let number = self.selected.filter(|_| self.is_editing())?.0 as usize;
        Some((number, self.draft()?.entities.get(number)?))
    }

    /// Does what the tool does at a point of the map.
    pub fn click_map(&mut self, x_m: f64, y_m: f64) {
        let Some(author) = &self.author else { return };
        let map = author.map.clone();
        let tool = author.tool;
        let chosen = self
            .chosen()
            .map(|(number, entity)| (number, entity.clone()));
        match tool {
            Tool::Select => {}
            Tool::Place(class) => self.place(class, &map, x_m, y_m),
            Tool::Move => {
                let Some((number, entity)) = chosen else {
                    self.status = Some("Select whom to move".into());
                    return;
                };
                let yaw_rad = entity.start.pose(&map).map_or(0.0, |pose| pose.yaw_rad);
                let start = place_for(entity.class, &map, x_m, y_m, yaw_rad);
                self.edit(|draft| {
                    if let Some(entity) = draft.entities.get_mut(number) {
                        entity.start = start;
                    }
                });
            }
            Tool::Route => {
                let Some((number, entity)) = chosen else {
                    self.status = Some("Select whose route it is".into());
                    return;
                };
                let last = entity.route.last().unwrap_or(&entity.start).pose(&map);
                let from = last.unwrap_or_default();
                let yaw_rad = sim::math::atan2(y_m - from.y_m, x_m - from.x_m);
                let next = place_for(entity.class, &map, x_m, y_m, yaw_rad);
                self.edit(|draft| {
                    if let Some(entity) = draft.entities.get_mut(number) {
                        if entity.route.is_empty() && !entity.class.is_vehicle() {
                            face(&mut entity.start, yaw_rad);
                        }
                        entity.route.push(next);
                    }
                });
            }
            Tool::Trigger(number) => {
                let place = DraftPlace::at(&map, x_m, y_m, 0.0);
                self.edit(|draft| {
                    let trigger = draft.events.get_mut(number).map(|event| &mut event.trigger);
                    if let Some(DraftTrigger::Reaches { place: slot, .. }) = trigger {
                        *slot = place;
                    }
                });
                self.set_tool(Tool::Select);
            }
        }
    }

    fn place(&mut self, class: ActorClass, map: &RoadNetwork, x_m: f64, y_m: f64) {
        let start = place_for(class, map, x_m, y_m, 0.0);
        let limit = match &start {
            DraftPlace::Lane {
                road_id,
                lane_id,
                s_m,
                ..
            } => map
                .road_index(road_id)
                .and_then(|road| map.speed_limit_mps(road, *lane_id, *s_m)),
            DraftPlace::World(_) => None,
        };
        let speed_mps = match class {
            ActorClass::Pedestrian => 1.4,
            ActorClass::Bicycle => 4.0,
            class if class.is_vehicle() => limit.unwrap_or(13.9).min(13.9),
            _ => 0.0,
        };
        let number = self.draft().map_or(0, |draft| draft.entities.len());
        self.edit(|draft| {
            let is_first = !draft.entities.iter().any(|e| e.class.is_vehicle());
            let word = if is_first && class.is_vehicle() {
                "Ego".to_owned()
            } else {
                format!("{class:?}")
            };
            draft.entities.push(DraftEntity {
                name: draft.free_name(&word),
                class,
                start,
                speed_mps,
                route: Vec::new(),
            });
        });
        self.selected = Some(ActorId(number as u32));
    }

    /// Chooses what a click does.
    pub fn set_tool(&mut self, tool: Tool) {
        if let Some(author) = &mut self.author {
            author.tool = tool;
        }
    }

    /// Adds an event of the selected entity, to be filled in.
    pub fn add_event(&mut self) {
        let Some(actor) = self.chosen().map(|(_, entity)| entity.name.clone()) else {
            self.status = Some("Select who does it".into());
            return;
        };
        self.edit(|draft| {
            draft.events.push(DraftEvent {
                name: draft.free_name("event"),
                actor,
                trigger: DraftTrigger::Time(2.0),
                action: DraftAction::Speed {
                    speed_mps: 5.0,
                    rate_mps2: 3.0,
                },
            });
        });
    }

    /// Writes the draft, once it is known to be a valid scenario.
    ///
    /// # Errors
    /// What is wrong with it, or with the file.
    pub fn save_draft(&mut self) -> Result<PathBuf, String> {
        let (Some(draft), Some(author)) = (self.draft().cloned(), &self.author) else {
            return Err("there is no draft".into());
        };
        let file = author.file.clone();
        let text = draft.to_xml(&author.map)?;
        let wrong = |e: std::io::Error| format!("{}: {e}", file.display());
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        // What is there stays until the new one is known to be right.
        let beside = file.with_extension("xosc.part");
        std::fs::write(&beside, text).map_err(wrong)?;
        let options = RunOptions {
            scenario: beside.clone(),
            ..author.options.clone()
        };
        let valid = Scenario::load_with(&beside, &options.load_options());
        if let Err(error) = valid {
            std::fs::remove_file(&beside).ok();
            return Err(error.to_string());
        }
        std::fs::rename(&beside, &file).map_err(wrong)?;
        if let Some(author) = &mut self.author {
            author.saved = Some(draft);
        }
        Ok(file)
    }

    /// Writes the draft and runs it from its beginning.
    pub fn try_draft(&mut self) {
        let file = match self.save_draft() {
            Ok(file) => file,
            Err(reason) => {
                self.status = Some(reason);
                return;
            }
        };
        let Some(author) = &self.author else { return };
        let options = RunOptions {
            scenario: file,
            ..author.options.clone()
        };
        self.runs.push(live(options, author.drivers.clone()));
        self.current = self.runs.len() - 1;
        self.clock.seek(0);
        self.clock.is_playing = true;
        self.status = Some("Trying it out".into());
    }

    /// Goes back from a run of the draft to the draft.
    pub fn edit_draft(&mut self) {
        let Some(number) = self.author.as_ref().map(|author| author.run) else {
            return;
        };
        self.let_go();
        // Runs of the draft as it was are of no use once it changes.
        self.runs.retain(|run| run.number() == number);
        (self.current, self.other) = (0, None);
        self.clock.seek(0);
        self.clock.is_playing = false;
        self.selected = None;
    }
}

/// Vehicles stand on lanes where there are any; others where they are put.
fn place_for(class: ActorClass, map: &RoadNetwork, x_m: f64, y_m: f64, yaw_rad: f64) -> DraftPlace {
    let place = DraftPlace::at(map, x_m, y_m, yaw_rad);
    if class.is_vehicle() {
        return place;
    }
    let z_m = place.pose(map).map_or(0.0, |pose| pose.z_m);
    DraftPlace::World(Pose {
        z_m,
        ..Pose::planar(x_m, y_m, yaw_rad)
    })
}

fn face(place: &mut DraftPlace, yaw_rad: f64) {
    if let DraftPlace::World(pose) = place {
        pose.yaw_rad = yaw_rad;
    }
}

/// How a scenario in a folder names a file: from the folder where it lies under it, else in full.
pub fn named_from(folder: &Path, file: &Path) -> String {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (folder, file) = (whole(folder), whole(file));
    let named = file.strip_prefix(&folder).unwrap_or(&file);
    named.to_string_lossy().into_owned()
}
