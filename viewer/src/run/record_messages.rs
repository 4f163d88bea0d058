//! Messages of a record, as JSON.

use std::path::PathBuf;

use scenarios::story::ElementKind;
use serde::Deserialize;
use sim::actor::{ActorId, ActorSpec, ActorState, Motion};
use sim::message::{Detection, DriveCommand, Odometry, PredictionSet, TrackSet, Trajectory};
use sim::world::SignalStates;

/// `skidpad.Run`.
#[derive(Deserialize)]
pub(super) struct About {
    pub scenario: Option<String>,
    pub map: Option<PathBuf>,
    pub dt_s: f64,
    pub ego: Option<String>,
    #[serde(default)]
    pub story: Vec<AboutElement>,
}

#[derive(Deserialize)]
pub(super) struct AboutElement {
    pub kind: String,
    pub name: String,
    pub parent: Option<usize>,
}

/// `skidpad.ActorSpec`.
#[derive(Deserialize)]
pub(super) struct SpecMessage {
    pub id: ActorId,
    pub spec: ActorSpec,
}

/// `skidpad.TickRecord`.
#[derive(Deserialize)]
pub(super) struct TickMessage {
    pub tick: u64,
    pub time_s: f64,
    pub actors: Vec<ActorMessage>,
    pub signals: SignalStates,
    pub drivers: Vec<DriverMessage>,
}

#[derive(Deserialize)]
pub(super) struct ActorMessage {
    pub id: ActorId,
    pub motion: Motion,
    pub state: ActorState,
}

#[derive(Deserialize)]
pub(super) struct DriverMessage {
    pub actor: ActorId,
    pub command: DriveCommand,
    pub odometry: Option<Odometry>,
    pub detections: Option<Vec<Detection>>,
    pub detections_time_s: Option<f64>,
    pub tracks: Option<TrackSet>,
    pub predictions: Option<PredictionSet>,
    pub trajectory: Option<Trajectory>,
}

/// Kinds of the event log.
pub(super) const KINDS: [&str; 11] = [
    "storyboard",
    "story",
    "act",
    "maneuver_group",
    "maneuver",
    "event",
    "action",
    "condition",
    "collision",
    "signal",
    "init",
];

pub(super) fn kind(name: &str) -> ElementKind {
    match name {
        "story" => ElementKind::Story,
        "act" => ElementKind::Act,
        "maneuver_group" => ElementKind::ManeuverGroup,
        "maneuver" => ElementKind::Maneuver,
        "event" => ElementKind::Event,
        "action" => ElementKind::Action,
        _ => ElementKind::Storyboard,
    }
}

pub(super) fn json<'d, T: Deserialize<'d>>(data: &'d [u8], topic: &str) -> Result<T, String> {
    serde_json::from_slice(data).map_err(|e| format!("a message of {topic} can't be read: {e}"))
}
