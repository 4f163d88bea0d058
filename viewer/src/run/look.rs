//! A closer look at one tick of a live run: another world is brought there again, and its networks, components and
//! sensors' truth are looked into. The run itself pays nothing for it and goes on meanwhile.

use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, unbounded};
use runner::RunError;
use sim::actor::ActorId;
use sim::message::{NetworkProbe, Probes};
use sim::sensor::{Rig, SensorRig};
use sim::world::{Description, SimWorld};

use super::Frame;
use super::checkpoints::Checkpoints;
use super::live::in_thread;

/// Time before the tick from which on networks are looked into, seconds: every sensor and network has been at work
/// in it.
const LEAD_S: f64 = 0.6;

/// What was found at a tick.
#[derive(Debug)]
pub struct Look {
    /// The tick.
    pub tick: u64,
    /// Whom it is about.
    pub actor: ActorId,
    /// The tick's frame with all sensor data and their truth.
    pub frame: Frame,
    /// Components of the actor, and resources of the world.
    pub descriptions: Vec<Description>,
    /// The newest forward passes of its networks.
    pub networks: Vec<NetworkProbe>,
}

/// Whom a world is looked into for while it goes to a tick.
#[derive(Clone, Copy)]
pub(super) struct Eye {
    pub actor: ActorId,
}

impl Eye {
    /// Ticks that it needs before the one that is asked for.
    pub(super) fn lead(world: &SimWorld) -> u64 {
        (LEAD_S / world.tick().dt_s.max(1e-6)).ceil() as u64
    }

    /// Opens it in a world that has just been restored.
    pub(super) fn open(self, world: &mut SimWorld) {
        world.ecs.insert_resource(Probes {
            actor: Some(self.actor),
            found: Vec::new(),
        });
        let Some(entity) = world.entity(self.actor) else {
            return;
        };
        // Truth changes nothing that a driver reads.
        let rig = world.ecs.get::<SensorRig>(entity).map(|rig| rig.0.clone());
        if let Some(rig) = rig.filter(|rig| !rig.spec().truth) {
            let rig = Rig::clone(&rig).with_truth(true);
            world
                .ecs
                .entity_mut(entity)
                .insert(SensorRig(Arc::new(rig)));
        }
    }
}

enum News {
    Found(Box<Look>),
    Failed(String),
}

/// Looks at ticks when asked, the newest question first.
pub(super) struct Looker {
    asks: Sender<(u64, ActorId)>,
    news: Receiver<News>,
    asked: Option<(u64, ActorId)>,
    found: Option<Arc<Look>>,
    failure: Option<String>,
}

impl Looker {
    /// For a run.
    pub(super) fn new(checkpoints: &Checkpoints) -> Self {
        let (asks, asked) = unbounded();
        let (sender, news) = unbounded();
        let checkpoints = checkpoints.clone();
        in_thread("look", sender.clone(), News::Failed, move || {
            work(&checkpoints, &asked, &sender)
        });
        Self {
            asks,
            news,
            asked: None,
            found: None,
            failure: None,
        }
    }

    /// Asks for a tick, where it was not the last one asked for.
    pub(super) fn ask(&mut self, tick: u64, actor: ActorId) {
        if self.asked != Some((tick, actor)) {
            self.asked = Some((tick, actor));
            self.asks.send((tick, actor)).ok();
        }
    }

    /// Takes in what has come.
    pub(super) fn poll(&mut self) {
        for news in self.news.try_iter() {
            match news {
                News::Found(look) => self.found = Some(Arc::new(*look)),
                News::Failed(reason) => self.failure = Some(reason),
            }
        }
    }

    /// What was found at a tick for an actor.
    pub(super) fn at(&self, tick: u64, actor: ActorId) -> Option<&Arc<Look>> {
        self.found
            .as_ref()
            .filter(|look| look.tick == tick && look.actor == actor)
    }

    /// Waits for what was asked for; whether it was not there yet.
    pub(super) fn wait(&mut self) -> bool {
        let mut has_waited = false;
        while let Some((tick, actor)) = self.asked {
            if self.at(tick, actor).is_some() || self.failure.is_some() {
                break;
            }
            has_waited = true;
            match self.news.recv() {
                Ok(News::Found(look)) => self.found = Some(Arc::new(*look)),
                Ok(News::Failed(reason)) => self.failure = Some(reason),
                Err(_) => break,
            }
        }
        has_waited
    }

    /// Why it can't look.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

fn work(
    checkpoints: &Checkpoints,
    asked: &Receiver<(u64, ActorId)>,
    news: &Sender<News>,
) -> Result<(), RunError> {
    let mut made = None;
    while let Ok(ask) = asked.recv() {
        let (tick, actor) = asked.try_iter().last().unwrap_or(ask);
        let mut world = match made.take() {
            Some(world) => world,
            None => checkpoints.make()?,
        };
        let is_first_world =
            checkpoints.go_to(&mut world, checkpoints, tick, Some(Eye { actor }))?;
        let networks = world
            .world
            .ecs
            .remove_resource::<Probes>()
            .map(|probes| probes.found);
        let look = Look {
            tick,
            actor,
            frame: Frame::of(&world.world, None),
            descriptions: world.world.describe(actor),
            networks: networks.unwrap_or_default(),
        };
        // A world without a checkpoint to go back to can't be used again.
        made = (!is_first_world).then_some(world);
        if news.send(News::Found(Box::new(look))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
