//! States of a run to go on from, and what was changed on its way: any of its ticks can be made again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runner::{RunError, RunOptions};
use scenarios::Change;
use sim::message::DriverSpec;
use sim::world::{Checkpoint, SimWorld};

use super::live::{AnyDrivers, Made};
use super::look::Eye;

/// Checkpoints kept of a run.
const MOST_CHECKPOINTS: usize = 48;
/// Ticks between two of them at first.
const FIRST_SPACING: u64 = 10;

/// How the ticks of a run are made again; shared with the thread that makes them first.
#[derive(Clone)]
pub struct Checkpoints {
    /// What the run was made with.
    pub options: RunOptions,
    /// Drivers that changes brought in.
    pub extra: Vec<DriverSpec>,
    pub(super) drivers: AnyDrivers,
    /// The run that it branched off, and its first own tick.
    origin: Option<(Box<Checkpoints>, u64)>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    spacing: u64,
    by_tick: BTreeMap<u64, Arc<Checkpoint>>,
    /// What was changed from outside, after the checkpoint of the same tick.
    changes: Vec<(u64, Change)>,
}

impl Checkpoints {
    /// Of a run that has not begun.
    pub(super) fn new(options: RunOptions, drivers: AnyDrivers, extra: Vec<DriverSpec>) -> Self {
        let kept = Kept {
            spacing: FIRST_SPACING,
            ..Kept::default()
        };
        Self {
            options,
            extra,
            drivers,
            origin: None,
            kept: Arc::new(Mutex::new(kept)),
        }
    }

    /// Of a run that goes on from a tick of this one, otherwise.
    pub(super) fn branch(&self, tick: u64, options: RunOptions, extra: Vec<DriverSpec>) -> Self {
        Self {
            origin: Some((Box::new(self.clone()), tick)),
            ..Self::new(options, self.drivers.clone(), extra)
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A world as the run's, at its first tick.
    pub(super) fn make(&self) -> Result<Made, RunError> {
        Made::new(&self.options, &*self.drivers, &self.extra)
    }

    /// Whether worlds of the two are of one kind.
    fn is_like(&self, other: &Self) -> bool {
        self.options.weights == other.options.weights && self.extra == other.extra
    }

    /// Brings a world of `kind` to a tick of this run, with all changes up to it; `eye` looks into it on the way.
    /// Whether it went there from the very beginning, for which it must be new.
    pub(super) fn go_to(
        &self,
        made: &mut Made,
        kind: &Self,
        tick: u64,
        eye: Option<Eye>,
    ) -> Result<bool, RunError> {
        if let Some((origin, first)) = &self.origin
            && tick < *first
        {
            return origin.go_to(made, kind, tick, eye);
        }
        if !self.is_like(kind) {
            // What led here was another driver's or another network's doing.
            let mut own = self.make()?;
            self.go_to(&mut own, self, tick, None)?;
            let checkpoint = own.world.checkpoint();
            let checkpoint = checkpoint.map_err(|e| RunError::Internal(e.to_string()))?;
            made.world.restore(&checkpoint);
            return Ok(false);
        }
        let (from, changes) = {
            let kept = self.lock();
            let lead = eye.map_or(0, |_| Eye::lead(&made.world));
            let newest = kept.by_tick.range(..=tick.saturating_sub(lead)).next_back();
            let newest = newest.or_else(|| kept.by_tick.range(..=tick).next());
            (newest.map(|(_, c)| c.clone()), kept.changes.clone())
        };
        if let Some(checkpoint) = &from {
            made.world.restore(checkpoint);
        }
        if let Some(eye) = eye {
            eye.open(&mut made.world);
        }
        loop {
            let now = made.world.tick().index;
            for (_, change) in changes.iter().filter(|(at, _)| *at == now) {
                made.change(change)?;
            }
            if now >= tick || !made.world.is_running() {
                return Ok(from.is_none());
            }
            made.tick();
        }
    }

    /// Remembers a change of a tick, in the place of one of the same thing in the same tick.
    pub(super) fn note(&self, tick: u64, change: Change) {
        let mut kept = self.lock();
        replace(&mut kept.changes, tick, change);
    }

    /// Keeps the present state where one is due; the more there are, the wider apart they are. The first one stays.
    pub(super) fn offer(&self, world: &SimWorld) -> Result<(), RunError> {
        let tick = world.tick().index;
        let mut kept = self.lock();
        if !kept.by_tick.is_empty() && !tick.is_multiple_of(kept.spacing) {
            return Ok(());
        }
        let checkpoint = world
            .checkpoint()
            .map_err(|e| RunError::Internal(e.to_string()))?;
        kept.by_tick.insert(tick, Arc::new(checkpoint));
        if kept.by_tick.len() > MOST_CHECKPOINTS {
            kept.spacing *= 2;
            let spacing = kept.spacing;
            let first = kept.by_tick.keys().next().copied();
            kept.by_tick
                .retain(|tick, _| tick.is_multiple_of(spacing) || Some(*tick) == first);
        }
        Ok(())
    }
}

/// Adds a change to some in order, in the place of one of the same thing in the same tick.
pub(super) fn replace(changes: &mut Vec<(u64, Change)>, tick: u64, change: Change) {
    changes.retain(|(at, old)| *at != tick || !old.is_of_same(&change));
    changes.push((tick, change));
}
