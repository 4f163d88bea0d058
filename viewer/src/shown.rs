//! What is shown of the runs: actors between ticks, whom cameras follow, and what a closer look has found.

use std::sync::Arc;

use sim::actor::ActorId;
use sim::math::Pose;
use sim::world::ActorSnapshot;

use crate::app::App;
use crate::camera::between;
use crate::layers::{Layer, PointColor};
use crate::run::{Images, Look, Mind, Scans, Timed};

impl App {
    /// The run that a view shows: the other one in the second of two that stand side by side.
    pub fn run_of(&self, view: usize) -> usize {
        let other = self.other.filter(|i| *i < self.runs.len());
        match other {
            Some(other) if view > 0 && self.is_side_by_side => other,
            _ => self.current,
        }
    }

    /// An actor as a view shows it: its state at the tick, its pose between the ticks.
    pub fn shown_in(&self, view: usize, id: ActorId) -> Option<(&ActorSnapshot, Pose)> {
        let run = self.runs.get(self.run_of(view))?;
        let tick = self.clock.tick();
        let (now, next) = (run.frame(tick)?, run.frame(tick + 1)?);
        let share = self.clock.at - tick as f64;
        let actor = now.actor(id)?;
        let pose = next.actor(id).map_or(actor.state.pose, |later| {
            between(&actor.state.pose, &later.state.pose, share)
        });
        Some((actor, pose))
    }

    /// An actor of the run that is looked at, as shown.
    pub fn shown(&self, id: ActorId) -> Option<(&ActorSnapshot, Pose)> {
        self.shown_in(0, id)
    }

    /// Whom cameras follow: the selected actor, or the ego vehicle; nobody while a draft is edited.
    pub fn followed(&self) -> Option<(&ActorSnapshot, Pose)> {
        // Whoever makes a scenario looks at the map.
        if self.is_editing() || self.is_painting() {
            return None;
        }
        let ego = self.ego();
        let first = || self.frame()?.actors.first().map(|a| a.id);
        self.selected
            .and_then(|id| self.shown(id))
            .or_else(|| self.shown(ego?))
            .or_else(|| self.shown(first()?))
    }

    /// Whom the camera of a view follows: in another run the actor of the same name.
    pub fn followed_in(&self, view: usize) -> Option<(&ActorSnapshot, Pose)> {
        let followed = self.followed()?;
        let run = self.run_of(view);
        if run == self.current {
            return Some(followed);
        }
        let frame = self.runs.get(run)?.frame(self.clock.tick())?;
        let same = frame.actor_named(&followed.0.spec.name)?;
        self.shown_in(view, same.id)
    }

    /// Whose mind is looked into: the selected driver's, or that of the vehicle that the run is about.
    pub fn minded(&self) -> Option<&Mind> {
        let frame = self.frame()?;
        let ego = self.ego();
        self.selected
            .and_then(|id| frame.mind(id))
            .or_else(|| frame.mind(ego?))
    }

    /// The closer look at what is shown, once it has come.
    pub fn look(&self) -> Option<&Arc<Look>> {
        self.run().look(self.clock.tick(), self.looked_at()?)
    }

    fn looked_at(&self) -> Option<ActorId> {
        self.selected.or(self.ego())
    }

    /// Lidar of a mind, with its truth where a closer look has found it.
    pub fn scans(&self, mind: &Mind) -> Option<Timed<Scans>> {
        let stored = mind.scans.as_ref()?;
        let look = self.look().and_then(|look| look.frame.mind(mind.actor));
        let looked = look.and_then(|mind| mind.scans.as_ref());
        Some(
            looked
                .filter(|l| l.time_s == stored.time_s)
                .unwrap_or(stored)
                .clone(),
        )
    }

    /// Camera images of a mind; from a closer look where memory was short.
    pub fn images(&self, mind: &Mind) -> Option<Arc<Images>> {
        let stored = mind.images.as_ref()?;
        let look = self.look().and_then(|look| look.frame.mind(mind.actor));
        let looked = look.and_then(|mind| mind.images.as_ref());
        let looked = looked.filter(|l| l.time_s == stored.time_s);
        stored.get().or_else(|| looked?.get())
    }

    /// Asks for a closer look where somebody wants one and nothing moves.
    pub(crate) fn look_closer(&mut self) {
        let needs_truth = self.layers.shows(Layer::Lidar)
            && matches!(self.layers.points, PointColor::Class | PointColor::Error);
        let needs_lines = self.layers.shows(Layer::Attention);
        let is_wanted = std::mem::take(&mut self.wants_look) || needs_truth || needs_lines;
        let Some(actor) = self
            .looked_at()
            .filter(|_| is_wanted && !self.clock.is_playing)
        else {
            return;
        };
        let tick = self.clock.tick();
        self.runs[self.current].ask_look(tick, actor);
    }
}
