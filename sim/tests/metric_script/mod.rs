//! Actors that move as a function of time, for tests of metrics.
#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::path::Path;
use std::sync::Arc;

use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::input::Limits;
use sim::math::Pose;
use sim::metric::{self, MetricValue, Outcome, Requirements, Settings};
use sim::road::{ActorRoute, LanePosition, RoadIndex, RoadNetwork};
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

/// Length of a tick, seconds.
pub const DT_S: f64 = 0.05;

/// Two lanes each way of 3.5 m, 400 m long, 50 km/h, a light at s = 200 for traffic along s.
pub fn street() -> Arc<RoadNetwork> {
    road(
        400.0,
        r#"<signal id="L" s="200" t="-8" zOffset="3" dynamic="yes" orientation="+" type="1000001"/>"#,
    )
}

/// The same, of another length, metres, and with other signals.
pub fn road(length_m: f64, signals: &str) -> Arc<RoadNetwork> {
    let lane = |id: i32| {
        format!(
            r#"<lane id="{id}" type="driving"><width sOffset="0" a="3.5"/><speed sOffset="0" max="50" unit="km/h"/></lane>"#
        )
    };
    let text = format!(
        r#"<OpenDRIVE><road id="1" length="{length_m}" junction="-1">
        <planView><geometry s="0" x="0" y="0" hdg="0" length="{length_m}"><line/></geometry></planView>
        <lanes><laneSection s="0"><left>{}{}</left><center><lane id="0"/></center><right>{}{}</right></laneSection></lanes>
        <signals>{signals}</signals>
        </road></OpenDRIVE>"#,
        lane(2),
        lane(1),
        lane(-1),
        lane(-2)
    );
    let path = Path::new("street.xodr");
    Arc::new(RoadNetwork::from_xml_text(path, text, &Limits::default()).expect("a map"))
}

/// A world whose ego, a scripted car, moves as a function of time.
pub struct Script {
    pub world: SimWorld,
    pub ego: ActorId,
}

/// A typical car.
pub fn car(name: &str) -> ActorSpec {
    ActorSpec::typical(name, ActorClass::Car)
}

impl Script {
    /// On the street, along it.
    pub fn new(x_m: f64, y_m: f64, speed_mps: f64) -> Self {
        Self::on(street(), &Settings::default(), x_m, y_m, speed_mps)
    }

    /// On a map, and measured by settings.
    pub fn on(
        map: Arc<RoadNetwork>,
        settings: &Settings,
        x_m: f64,
        y_m: f64,
        speed_mps: f64,
    ) -> Self {
        let mut world = SimWorld::new(WorldConfig {
            dt_s: DT_S,
            seed: 1,
            map,
        });
        let ego = world.spawn(
            car("Ego"),
            ActorState::at(Pose::planar(x_m, y_m, 0.0), speed_mps),
            Motion::Scripted,
        );
        assert!(metric::watch_with(&mut world, ego, settings));
        Self { world, ego }
    }

    pub fn other(&mut self, name: &str, x_m: f64, y_m: f64, speed_mps: f64) -> ActorId {
        self.actor(car(name), Pose::planar(x_m, y_m, 0.0), speed_mps)
    }

    pub fn actor(&mut self, spec: ActorSpec, pose: Pose, speed_mps: f64) -> ActorId {
        let state = ActorState::at(pose, speed_mps);
        self.world.spawn(spec, state, Motion::Scripted)
    }

    pub fn put(&mut self, id: ActorId, state: ActorState) {
        let entity = self.world.entity(id).expect("spawned");
        self.world.ecs.entity_mut(entity).insert(state);
    }

    /// A route along lane -1 from where the ego stands at 150 m to 350 m.
    pub fn give_route(&mut self) {
        let at = |s_m| LanePosition {
            road: RoadIndex(0),
            lane_id: -1,
            s_m,
            offset_m: 0.0,
        };
        let map = self.world.ecs.resource::<sim::world::WorldMap>().0.clone();
        let route = map.plan_route(&at(150.0), &[at(350.0)]).expect("a route");
        let entity = self.world.entity(self.ego).expect("spawned");
        self.world
            .ecs
            .entity_mut(entity)
            .insert(ActorRoute(Arc::new(route)));
    }

    /// Moves everybody on along their velocity for `seconds`; `change` may write the ego's new state.
    pub fn run(&mut self, seconds: f64, mut change: impl FnMut(f64, &mut ActorState)) {
        let ego = self.ego;
        self.run_all(seconds, |time, id, state| {
            if id == ego {
                change(time, state);
            }
        });
    }

    /// As [`Self::run`], but everybody's new state may be written.
    pub fn run_all(&mut self, seconds: f64, mut change: impl FnMut(f64, ActorId, &mut ActorState)) {
        let mut pipeline = Pipeline::new(Vec::new());
        for _ in 0..(seconds / DT_S).round() as usize {
            let time = self.world.tick().next_time_s();
            for actor in self.world.snapshot().actors.clone() {
                let mut next = actor.state;
                next.pose.x_m += next.velocity_mps[0] * DT_S;
                next.pose.y_m += next.velocity_mps[1] * DT_S;
                change(time, actor.id, &mut next);
                self.put(actor.id, next);
            }
            pipeline.tick(std::slice::from_mut(&mut self.world));
        }
    }

    pub fn drive(&mut self, seconds: f64) {
        self.run(seconds, |_, _| {});
    }

    pub fn value(&self, name: &str) -> Option<f64> {
        let all = metric::values(&self.world);
        let found: &MetricValue = all.get(name).unwrap_or_else(|| panic!("no metric {name}"));
        found.valid.then_some(found.value)
    }

    pub fn outcome(&self, requirements: &Requirements) -> (Outcome, Vec<String>) {
        let verdict = metric::verdict(&self.world, self.ego, requirements);
        (verdict.outcome, verdict.reasons)
    }
}

/// A speed from a time on, for the ego's new state.
pub fn braked(state: &mut ActorState, speed_mps: f64) {
    *state = ActorState::at(state.pose, speed_mps.max(0.0));
}

pub fn near(value: Option<f64>, wanted: f64, tolerance: f64) {
    let got = value.expect("valid");
    assert!((got - wanted).abs() <= tolerance, "{got}, not {wanted}");
}
