//! Expressions over a run: `ttc(ego) < 1.5`, `speed(npc3) > 20`, `state("brake") == "running"`.
//!
//! One language serves breakpoints, the watch list and plots. An actor is given by its name, as a word or, where
//! its name is none, as text; `ego` is the vehicle that the run is about.

use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, Dynamic, Engine, EvalAltResult, ImmutableString, Scope};
use sim::actor::ActorId;
use sim::physics::Footprint;
use sim::world::ActorSnapshot;

use crate::run::{Frame, Mind, Run, RunInfo};
use crate::why;

/// Longest time to a collision that is looked for, seconds.
const HORIZON_S: f64 = 10.0;
/// Steps that an expression may take.
const MOST_STEPS: u64 = 20_000;

/// Functions that expressions may call, with what they give.
pub const FUNCTIONS: [(&str, &str); 25] = [
    ("speed(a)", "speed along the heading, m/s"),
    ("accel(a)", "change of the speed, m/s²"),
    ("x(a)", "east, m"),
    ("y(a)", "north, m"),
    ("yaw(a)", "heading, rad"),
    ("yaw_rate(a)", "rad/s"),
    ("steer(a)", "angle of the front wheels, rad"),
    ("throttle(a)", "of its command, 0 to 1"),
    ("brake(a)", "of its command, 0 to 1"),
    (
        "ttc(a)",
        "least time to a collision with anybody, s; infinite without",
    ),
    (
        "ttc(a, b)",
        "time to a collision of two, s; infinite without",
    ),
    ("gap(a)", "distance between its box and the nearest one, m"),
    ("gap(a, b)", "distance between two boxes, m"),
    ("exists(a)", "whether the actor is there"),
    (
        "state(e)",
        "state of a storyboard element: init, standby, running, complete",
    ),
    (
        "signal(id)",
        "what a signal shows: off, red, yellow, green, …",
    ),
    (
        "missed(a)",
        "actors in reach that its perception has not found",
    ),
    ("ghosts(a)", "detections of its perception without an actor"),
    (
        "disagreement(a)",
        "probability that its planner gave to other plans than the one chosen, 0 to 1",
    ),
    ("refused(a)", "plans that its safety layer refused"),
    ("ahead_error(a)", "its plan's place, forward of it, m"),
    ("lateral_error(a)", "its plan's place, left of it, m"),
    ("heading_error(a)", "its plan's heading less its own, rad"),
    ("speed_error(a)", "its plan's speed less its own, m/s"),
    ("emergency(a)", "whether it fell back to an emergency stop"),
];

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Yes or no.
    Truth(bool),
    /// A word.
    Text(String),
}

impl Value {
    /// As a number for a plot: yes is 1, no is 0.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Truth(truth) => Some(f64::from(u8::from(*truth))),
            Self::Text(_) => None,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number:.3}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Text(text) => write!(f, "{text}"),
        }
    }
}

/// An expression that has been read.
#[derive(Clone)]
pub struct Expression {
    /// As it was written.
    pub text: String,
    ast: AST,
}

/// What the functions look at.
struct Scene {
    info: RunInfo,
    frame: Arc<Frame>,
    /// Frames at which perception last looked, by the actor that did.
    seen: Vec<(ActorId, Arc<Frame>)>,
}

type Slot = Arc<Mutex<Option<Scene>>>;
type Res<T> = Result<T, Box<EvalAltResult>>;

/// Reads and evaluates expressions.
pub struct Signals {
    engine: Engine,
    slot: Slot,
}

impl Default for Signals {
    fn default() -> Self {
        let slot = Slot::default();
        let mut engine = Engine::new();
        engine.set_max_operations(MOST_STEPS);
        engine.set_max_expr_depths(32, 32);
        register(&mut engine, &slot);
        Self { engine, slot }
    }
}

impl Signals {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(&self, text: &str) -> Result<Expression, String> {
        let ast = self
            .engine
            .compile_expression(text)
            .map_err(|e| e.to_string())?;
        Ok(Expression {
            text: text.to_owned(),
            ast,
        })
    }

    /// Its value at a tick of a run.
    ///
    /// # Errors
    /// If it names what is not there or does what can't be done.
    pub fn value(&self, expression: &Expression, run: &Run, tick: u64) -> Result<Value, String> {
        let (Some(info), Some(frame)) = (&run.info, run.frame(tick)) else {
            return Err("the run has not begun".into());
        };
        let seen = frame.minds.iter().filter_map(|mind| {
            let time_s = mind.detections.as_ref()?.time_s;
            Some((mind.actor, run.frame(run.tick_at(time_s))?.clone()))
        });
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Scene {
            info: info.clone(),
            frame: frame.clone(),
            seen: seen.collect(),
        });
        let mut scope = Scope::new();
        scope.push_constant("time", frame.time_s);
        scope.push_constant("tick", i64::try_from(frame.tick).unwrap_or(i64::MAX));
        let value: Dynamic = self
            .engine
            .eval_ast_with_scope(&mut scope, &expression.ast)
            .map_err(|e| plain(&e))?;
        if let Ok(truth) = value.as_bool() {
            return Ok(Value::Truth(truth));
        }
        if let Ok(number) = value.as_float() {
            return Ok(Value::Number(number));
        }
        if let Ok(number) = value.as_int() {
            return Ok(Value::Number(number as f64));
        }
        let kind = value.type_name();
        value
            .into_string()
            .map(Value::Text)
            .map_err(|_| format!("expected a number, yes or no, or a word, found {kind}"))
    }
}

/// The reason alone, without the functions it came through.
fn plain(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => plain(inner),
        EvalAltResult::ErrorRuntime(text, _) => text.to_string(),
        EvalAltResult::ErrorFunctionNotFound(name, _) => format!("there is no function {name}"),
        other => other.to_string(),
    }
}

fn fail<T>(text: String) -> Res<T> {
    Err(Box::new(EvalAltResult::ErrorRuntime(
        text.into(),
        rhai::Position::NONE,
    )))
}

fn with<T>(slot: &Slot, work: impl FnOnce(&Scene) -> Res<T>) -> Res<T> {
    match &*slot.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(scene) => work(scene),
        None => fail("the run has not begun".into()),
    }
}

impl Scene {
    fn actor(&self, name: &str) -> Res<&ActorSnapshot> {
        let named = self.frame.actor_named(name);
        let ego = || self.frame.actor(self.info.ego.filter(|_| name == "ego")?);
        match named.or_else(ego) {
            Some(actor) => Ok(actor),
            None => fail(format!(
                "there is no actor {name} at {:.2} s",
                self.frame.time_s
            )),
        }
    }

    fn mind(&self, name: &str) -> Res<&Mind> {
        let id = self.actor(name)?.id;
        match self.frame.mind(id) {
            Some(mind) => Ok(mind),
            None => fail(format!("{name} has no driver of its own")),
        }
    }

    fn error(&self, name: &str) -> Res<why::ControlError> {
        let (actor, mind) = (self.actor(name)?, self.mind(name)?);
        let plan = mind.trajectory.as_ref();
        match plan.and_then(|plan| why::control_error(plan, self.frame.time_s, actor)) {
            Some(error) => Ok(error),
            None => fail(format!("{name} has no plan")),
        }
    }

    fn matched(&self, name: &str) -> Res<why::Matches> {
        let mind = self.mind(name)?;
        let frame = self.seen.iter().find(|(id, _)| *id == mind.actor);
        match (frame, &mind.detections) {
            (Some((_, frame)), Some(set)) => Ok(why::matches(frame, mind.actor, set)),
            _ => fail(format!("{name} has no perception")),
        }
    }

    fn ttc(&self, a: &ActorSnapshot, b: &ActorSnapshot) -> f64 {
        let (v, u) = (a.state.velocity_mps, b.state.velocity_mps);
        let velocity = (u[0] - v[0], u[1] - v[1]);
        Footprint::of(a)
            .time_to_overlap(&Footprint::of(b), velocity, HORIZON_S)
            .unwrap_or(f64::INFINITY)
    }

    fn least(&self, name: &str, of: impl Fn(&ActorSnapshot, &ActorSnapshot) -> f64) -> Res<f64> {
        let own = self.actor(name)?;
        let others = self.frame.actors.iter().filter(|a| a.id != own.id);
        Ok(others
            .map(|other| of(own, other))
            .fold(f64::INFINITY, f64::min))
    }
}

fn gap(a: &ActorSnapshot, b: &ActorSnapshot) -> f64 {
    const FAR_M: f64 = 1e4;
    let gap = Footprint::of(a).gap_m(&Footprint::of(b), FAR_M);
    gap.unwrap_or(f64::INFINITY)
}

fn register(engine: &mut Engine, slot: &Slot) {
    // A word that is no variable is the name of an actor or element.
    #[allow(
        deprecated,
        reason = "the interface is marked so because it may still change"
    )]
    engine.on_var(|name, _, context| {
        let is_known = context.scope().contains(name);
        Ok((!is_known).then(|| Dynamic::from(ImmutableString::from(name))))
    });
    type Of = fn(&Scene, &str) -> Res<f64>;
    let numbers: [(&str, Of); 20] = [
        ("speed", |s, a| Ok(s.actor(a)?.state.speed_mps)),
        ("accel", |s, a| Ok(s.actor(a)?.state.accel_mps2)),
        ("x", |s, a| Ok(s.actor(a)?.state.pose.x_m)),
        ("y", |s, a| Ok(s.actor(a)?.state.pose.y_m)),
        ("yaw", |s, a| Ok(s.actor(a)?.state.pose.yaw_rad)),
        ("yaw_rate", |s, a| Ok(s.actor(a)?.state.yaw_rate_radps)),
        ("steer", |s, a| Ok(s.actor(a)?.state.steer_rad)),
        ("throttle", |s, a| Ok(s.mind(a)?.command.throttle)),
        ("brake", |s, a| Ok(s.mind(a)?.command.brake)),
        ("ttc", |s, a| s.least(a, |own, other| s.ttc(own, other))),
        ("gap", |s, a| s.least(a, gap)),
        ("missed", |s, a| Ok(s.matched(a)?.missed.len() as f64)),
        ("ghosts", |s, a| Ok(s.matched(a)?.ghosts.len() as f64)),
        ("disagreement", |s, a| {
            Ok(s.mind(a)?
                .trajectory
                .as_ref()
                .map_or(0.0, |t| why::disagreement(t)))
        }),
        ("refused", |s, a| {
            let refused = |t: &sim::message::Trajectory| {
                t.proposals.iter().filter(|p| p.refused.is_some()).count()
            };
            Ok(s.mind(a)?.trajectory.as_ref().map_or(0, |t| refused(t)) as f64)
        }),
        ("heading", |s, a| Ok(s.actor(a)?.state.pose.yaw_rad)),
        ("ahead_error", |s, a| Ok(s.error(a)?.ahead_m)),
        ("lateral_error", |s, a| Ok(s.error(a)?.left_m)),
        ("heading_error", |s, a| Ok(s.error(a)?.yaw_rad)),
        ("speed_error", |s, a| Ok(s.error(a)?.speed_mps)),
    ];
    for (name, of) in numbers {
        let slot = slot.clone();
        engine.register_fn(name, move |a: ImmutableString| with(&slot, |s| of(s, &a)));
    }
    type OfTwo = fn(&Scene, &ActorSnapshot, &ActorSnapshot) -> f64;
    let pairs: [(&str, OfTwo); 2] = [("ttc", |s, a, b| s.ttc(a, b)), ("gap", |_, a, b| gap(a, b))];
    for (name, of) in pairs {
        let slot = slot.clone();
        engine.register_fn(name, move |a: ImmutableString, b: ImmutableString| {
            with(&slot, |s| Ok(of(s, s.actor(&a)?, s.actor(&b)?)))
        });
    }
    let at = slot.clone();
    engine.register_fn("exists", move |a: ImmutableString| {
        with(&at, |s| Ok(s.actor(&a).is_ok()))
    });
    let at = slot.clone();
    engine.register_fn("emergency", move |a: ImmutableString| {
        with(&at, |s| {
            Ok(s.mind(&a)?
                .trajectory
                .as_ref()
                .is_some_and(|t| t.is_emergency))
        })
    });
    let at = slot.clone();
    engine.register_fn("signal", move |id: ImmutableString| {
        with(&at, |s| match s.frame.signals.0.get(id.as_str()) {
            Some(phase) => Ok(format!("{phase:?}").to_lowercase()),
            None => fail(format!("there is no signal {id}")),
        })
    });
    let at = slot.clone();
    engine.register_fn("state", move |name: ImmutableString| {
        with(&at, |s| {
            let nodes = s.info.story.nodes.iter().zip(s.frame.story.iter());
            match nodes
                .into_iter()
                .find(|(node, _)| node.name == name.as_str())
            {
                Some((_, state)) => Ok(format!("{state:?}").to_lowercase()),
                None => fail(format!("the storyboard has no element {name}")),
            }
        })
    });
    // Whole numbers and fractions may be compared.
    engine.register_fn("<", |a: f64, b: i64| a < b as f64);
    engine.register_fn(">", |a: f64, b: i64| a > b as f64);
    engine.register_fn("<=", |a: f64, b: i64| a <= b as f64);
    engine.register_fn(">=", |a: f64, b: i64| a >= b as f64);
}
