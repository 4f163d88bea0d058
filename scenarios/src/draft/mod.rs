//! A scenario in the making: who stands where, what is done when. It is written as OpenSCENARIO 1.3, and holds itself
//! as a property of the file, so that it can be opened again.

mod write;

use std::path::Path;

use serde::{Deserialize, Serialize};
use sim::actor::{ActorClass, ActorSpec};
use sim::input::{InputError, Limits};
use sim::math::Pose;
use sim::road::{LanePosition, RoadNetwork};

use sim::input::XmlFile;

/// Property of the file header that holds the draft as RON.
pub const PROPERTY: &str = "skidpad.draft";

/// A scenario in the making.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is about.
    pub description: String,
    /// Path of the map, as seen from the scenario's folder.
    pub map_file: String,
    /// Who takes part; the first vehicle is the ego vehicle.
    pub entities: Vec<DraftEntity>,
    /// What is done when.
    pub events: Vec<DraftEvent>,
    /// Length, seconds.
    pub duration_s: f64,
}

/// Someone who takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftEntity {
    /// Its name, unlike all others.
    pub name: String,
    /// What it is.
    pub class: ActorClass,
    /// Where it stands at first.
    pub start: DraftPlace,
    /// Speed at first, m/s.
    pub speed_mps: f64,
    /// Where it goes: vehicles along lanes from place to place, others straight.
    pub route: Vec<DraftPlace>,
}

/// A place on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DraftPlace {
    /// On a lane, along its driving direction.
    Lane {
        /// Id of the road.
        road_id: String,
        /// The lane.
        lane_id: i32,
        /// Station, metres.
        s_m: f64,
        /// Left of the lane's middle (in the direction of s), metres.
        offset_m: f64,
    },
    /// Anywhere.
    World(Pose),
}

/// Something that is done once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftEvent {
    /// Its name, unlike all others.
    pub name: String,
    /// Who does it.
    pub actor: String,
    /// When.
    pub trigger: DraftTrigger,
    /// What.
    pub action: DraftAction,
}

/// When something is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DraftTrigger {
    /// At a time, seconds.
    Time(f64),
    /// Two entities are nearer than a distance.
    Near {
        /// One of them.
        entity: String,
        /// The other.
        other: String,
        /// Distance of their reference points, metres.
        distance_m: f64,
    },
    /// The time to a collision of two entities falls below a time.
    TimeToCollision {
        /// One of them.
        entity: String,
        /// The other.
        other: String,
        /// The time, seconds.
        time_s: f64,
    },
    /// An entity comes to a place.
    Reaches {
        /// Who.
        entity: String,
        /// Where.
        place: DraftPlace,
        /// How near, metres.
        tolerance_m: f64,
    },
    /// An entity is faster than a speed.
    Faster {
        /// Who.
        entity: String,
        /// The speed, m/s.
        speed_mps: f64,
    },
    /// Another event is done.
    After(String),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DraftAction {
    /// Another speed.
    Speed {
        /// The speed, m/s.
        speed_mps: f64,
        /// How fast it changes, m/s².
        rate_mps2: f64,
    },
    /// Another lane.
    LaneChange {
        /// How many lanes to the left; below 0 to the right.
        lanes: i32,
        /// How long it takes, seconds.
        over_s: f64,
    },
    /// Sets out on its route; who has no such event does so at once.
    SetOut,
}

impl DraftPlace {
    /// The place of a point on the map: on a lane that can be driven on, else just there with a heading.
    pub fn at(map: &RoadNetwork, x_m: f64, y_m: f64, yaw_rad: f64) -> Self {
        let found = map.locate(x_m, y_m, None, None);
        let on_lane = found.and_then(|at| {
            let lane_id = at.lane_id.filter(|id| *id != 0)?;
            let road = map.road(at.road)?;
            map.is_drivable(x_m, y_m, None).then(|| Self::Lane {
                road_id: road.id.clone(),
                lane_id,
                s_m: round(at.s_m),
                offset_m: 0.0,
            })
        });
        on_lane.unwrap_or_else(|| {
            let height = found.and_then(|at| map.pose_at(at.road, at.s_m, at.t_m));
            Self::World(Pose {
                z_m: height.map_or(0.0, |p| round(p.pose.z_m)),
                ..Pose::planar(round(x_m), round(y_m), yaw_rad)
            })
        })
    }

    /// Where it is; nothing where the map has no such lane.
    pub fn pose(&self, map: &RoadNetwork) -> Option<Pose> {
        match self {
            Self::World(pose) => Some(*pose),
            Self::Lane {
                road_id,
                lane_id,
                s_m,
                offset_m,
            } => {
                let road = map.road_index(road_id)?;
                let at = map.lane_pose(&LanePosition {
                    road,
                    lane_id: *lane_id,
                    s_m: *s_m,
                    offset_m: *offset_m,
                })?;
                let is_against = map.driving_direction(road, *lane_id) < 0;
                let mut pose = at.pose;
                if is_against {
                    pose.yaw_rad = sim::math::wrap_angle(pose.yaw_rad + sim::math::PI);
                    (pose.pitch_rad, pose.roll_rad) = (-pose.pitch_rad, -pose.roll_rad);
                }
                Some(pose)
            }
        }
    }
}

/// To the centimetre: more digits say nothing of where someone clicked.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl DraftEntity {
    /// What it is, with sizes usual for its class.
    pub fn spec(&self) -> ActorSpec {
        ActorSpec::typical(&self.name, self.class)
    }
}

impl Draft {
    /// A name that nobody has: the word, or the word with a number.
    pub fn free_name(&self, word: &str) -> String {
        let is_taken = |name: &str| {
            self.entities.iter().any(|e| e.name == name)
                || self.events.iter().any(|e| e.name == name)
        };
        let mut names =
            std::iter::once(word.to_owned()).chain((2..).map(|number| format!("{word} {number}")));
        names.find(|name| !is_taken(name)).unwrap_or_default()
    }

    /// Takes an entity out, with all that names it.
    pub fn remove_entity(&mut self, name: &str) {
        self.entities.retain(|entity| entity.name != name);
        let gone: Vec<String> = self
            .events
            .iter()
            .filter(|event| event.names(name))
            .map(|event| event.name.clone())
            .collect();
        gone.iter().for_each(|event| self.remove_event(event));
    }

    /// Takes an event out, with all that come after it.
    pub fn remove_event(&mut self, name: &str) {
        self.events.retain(|event| event.name != name);
        let after = |event: &DraftEvent| event.trigger == DraftTrigger::After(name.to_owned());
        while let Some(next) = self
            .events
            .iter()
            .find(|e| after(e))
            .map(|e| e.name.clone())
        {
            self.remove_event(&next);
        }
    }

    /// Gives an entity another name everywhere.
    pub fn rename_entity(&mut self, from: &str, to: &str) {
        let name = |slot: &mut String| {
            if slot == from {
                to.clone_into(slot);
            }
        };
        self.entities.iter_mut().for_each(|e| name(&mut e.name));
        for event in &mut self.events {
            name(&mut event.actor);
            match &mut event.trigger {
                DraftTrigger::Near { entity, other, .. }
                | DraftTrigger::TimeToCollision { entity, other, .. } => {
                    name(entity);
                    name(other);
                }
                DraftTrigger::Reaches { entity, .. } | DraftTrigger::Faster { entity, .. } => {
                    name(entity);
                }
                DraftTrigger::Time(_) | DraftTrigger::After(_) => {}
            }
        }
    }

    /// Reads the draft that a scenario was written from.
    ///
    /// # Errors
    /// If the file can't be read or holds none.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let file = XmlFile::read(path, limits)?;
        let document = file.parse()?;
        let root = file.root(&document);
        let header = root.elements().find(|e| e.name() == "FileHeader");
        let properties = header.and_then(|h| h.elements().find(|e| e.name() == "Properties"));
        let property = properties
            .into_iter()
            .flat_map(|all| all.elements())
            .find(|p| p.node.attribute("name") == Some(PROPERTY));
        let wanted = "a scenario that was written from a draft";
        let Some(property) = property else {
            return Err(InputError::new(
                path,
                wanted,
                format!("no property {PROPERTY}"),
            ));
        };
        let text = property.node.attribute("value").unwrap_or_default();
        ron::from_str(text).map_err(|e| property.error(wanted, e.to_string()))
    }
}

impl DraftEvent {
    /// Whether it is about an entity.
    fn names(&self, name: &str) -> bool {
        let of_trigger = match &self.trigger {
            DraftTrigger::Near { entity, other, .. }
            | DraftTrigger::TimeToCollision { entity, other, .. } => {
                entity == name || other == name
            }
            DraftTrigger::Reaches { entity, .. } | DraftTrigger::Faster { entity, .. } => {
                entity == name
            }
            DraftTrigger::Time(_) | DraftTrigger::After(_) => false,
        };
        self.actor == name || of_trigger
    }
}
