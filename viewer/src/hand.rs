//! Driving an actor by hand: what keys and gamepads say, made into commands of a run.

use scenarios::Change;
use sim::actor::ActorId;
use sim::message::{DriveCommand, DriverSpec};

use crate::app::App;
use crate::run::Edit;

/// Steering that keys reach at a standstill, radians.
const MOST_STEER_RAD: f64 = 0.5;
/// How fast keys turn the front wheels, rad/s.
const STEER_RADPS: f64 = 0.9;
/// Lateral acceleration that full steering reaches at speed, m/s².
const LATERAL_MPS2: f64 = 4.5;
/// Commands are told apart from these steps on, so that a driven run has not one change a tick.
const STEP: f64 = 0.01;

/// What the driver's hands and feet do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pedals {
    /// 0 to 1.
    pub throttle: f64,
    /// 0 to 1.
    pub brake: f64,
    /// -1 (right) to 1 (left).
    pub steer: f64,
    /// Whether the gear is the reverse one.
    pub is_reverse: bool,
}

impl Pedals {
    /// The stronger of two at each.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let stronger = |a: f64, b: f64| if a.abs() >= b.abs() { a } else { b };
        Self {
            throttle: stronger(self.throttle, other.throttle),
            brake: stronger(self.brake, other.brake),
            steer: stronger(self.steer, other.steer),
            is_reverse: self.is_reverse || other.is_reverse,
        }
    }
}

/// An actor that is driven by hand.
#[derive(Clone, Debug)]
pub struct Hand {
    /// Number of the run that it is in.
    run: u64,
    /// The actor.
    pub actor: ActorId,
    name: String,
    /// Who drove it before.
    before: DriverSpec,
    steer_rad: f64,
    sent: Option<DriveCommand>,
}

impl App {
    /// Takes the wheel of the selected vehicle in a branch from here, or gives it back.
    pub fn drive(&mut self) {
        if self.let_go() {
            return;
        }
        let chosen = self.selected.or(self.ego());
        let actor = chosen.and_then(|id| self.frame()?.actor(id));
        let Some(actor) = actor.filter(|a| a.spec.class.is_vehicle()).cloned() else {
            self.status = Some("Select a vehicle to drive it".into());
            return;
        };
        let mind = self.frame().and_then(|frame| frame.mind(actor.id));
        let before = mind.and_then(|mind| mind.driver);
        let driver = DriverSpec::Manual;
        let id = actor.id;
        self.history
            .change(|d| d.edits.push(Edit::Driver { actor: id, driver }));
        let runs = self.runs.len();
        self.branch();
        if self.runs.len() == runs {
            self.history.undo();
            return;
        }
        self.hand = Some(Hand {
            run: self.run().number(),
            actor: id,
            name: actor.spec.name.clone(),
            before: before.unwrap_or(DriverSpec::Scripted),
            steer_rad: actor.state.steer_rad,
            sent: None,
        });
        self.selected = Some(id);
        self.clock.is_playing = true;
        self.clock.is_reverse = false;
        self.clock.speed = 1.0;
        self.status = Some(format!(
            "You drive {}: W, S, A, D or a gamepad",
            actor.spec.name
        ));
    }

    /// Gives a vehicle that is driven by hand back to who drove it; whether there was one.
    pub fn let_go(&mut self) -> bool {
        let Some(hand) = self.hand.take() else {
            return false;
        };
        if let Some(run) = self.runs.iter().find(|run| run.number() == hand.run) {
            let (actor, driver) = (hand.name.clone(), hand.before);
            run.change(Change::Driver { actor, driver });
        }
        self.status = Some(format!("{} drives on by itself", hand.name));
        true
    }

    /// Passes on what the hands do, for a time on the wall.
    pub(crate) fn steer(&mut self, wall_s: f64) {
        let Some(mut hand) = self.hand.take() else {
            return;
        };
        let run = self.run();
        let newest = run.span().map_or(0, |(_, last)| last);
        let is_there = run.number() == hand.run && !run.is_over();
        // Who looks back no longer drives.
        if !is_there || (self.clock.tick() + 4 < newest && !self.clock.is_playing) {
            self.hand = Some(hand);
            self.let_go();
            return;
        }
        if !self.clock.is_playing {
            self.hand = Some(hand);
            return;
        }
        let speed = run
            .frame(newest)
            .and_then(|frame| frame.actor(hand.actor))
            .map_or(0.0, |actor| actor.state.speed_mps);
        let command = hand.command(self.pedals, speed, wall_s);
        if hand.sent != Some(command) {
            hand.sent = Some(command);
            let actor = hand.name.clone();
            run.change(Change::Command { actor, command });
        }
        self.hand = Some(hand);
    }
}

impl Hand {
    fn command(&mut self, pedals: Pedals, speed_mps: f64, wall_s: f64) -> DriveCommand {
        const WHEELBASE_M: f64 = 2.8;
        let grip = sim::math::atan(WHEELBASE_M * LATERAL_MPS2 / speed_mps.powi(2).max(0.1));
        let wanted = pedals.steer.clamp(-1.0, 1.0) * grip.min(MOST_STEER_RAD);
        let most = STEER_RADPS * wall_s.clamp(0.0, 0.1);
        self.steer_rad += (wanted - self.steer_rad).clamp(-most, most);
        let stepped = |value: f64| (value / STEP).round() * STEP;
        // Brake and throttle change places in reverse, as drivers of games expect.
        let rolls_back = speed_mps < 0.3 && pedals.is_reverse;
        let (throttle, brake) = if rolls_back {
            (pedals.brake, pedals.throttle)
        } else {
            (pedals.throttle, pedals.brake)
        };
        DriveCommand {
            throttle: stepped(throttle.clamp(0.0, 1.0)),
            brake: stepped(brake.clamp(0.0, 1.0)),
            steer_rad: stepped(self.steer_rad),
            reverse: rolls_back,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steering_is_bounded_by_speed_and_comes_gradually() {
        let mut hand = Hand {
            run: 0,
            actor: ActorId(0),
            name: "a".into(),
            before: DriverSpec::Scripted,
            steer_rad: 0.0,
            sent: None,
        };
        let left = Pedals {
            steer: 1.0,
            throttle: 2.0,
            ..Pedals::default()
        };
        let first = hand.command(left, 0.0, 0.05);
        assert!(first.steer_rad > 0.0 && first.steer_rad < 0.06);
        assert_eq!(first.throttle, 1.0);
        for _ in 0..100 {
            hand.command(left, 0.0, 0.05);
        }
        assert_eq!(hand.command(left, 0.0, 0.05).steer_rad, MOST_STEER_RAD);
        for _ in 0..100 {
            hand.command(left, 20.0, 0.05);
        }
        let fast = hand.command(left, 20.0, 0.05).steer_rad;
        // 4.5 m/s² at 20 m/s.
        assert!((fast - 0.03).abs() < 0.011, "{fast}");
        let back = Pedals {
            brake: 0.5,
            is_reverse: true,
            ..Pedals::default()
        };
        let command = hand.command(back, 0.0, 0.05);
        assert!(command.reverse && command.throttle == 0.5 && command.brake == 0.0);
    }
}
