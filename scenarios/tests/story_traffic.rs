//! Traffic that a story makes, and controllers that keep speed and distance.

#![allow(clippy::expect_used, reason = "a test stops where it can't go on")]

use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{MapKind, map};
use scenarios::{Scenario, Story, StoryOptions, install};
use sim::input::Limits;
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, StateHasher, WorldConfig};

const CAR: &str = r#"<Vehicle name="car" vehicleCategory="car"><BoundingBox><Center x="1.4" y="0" z="0.75"/>
<Dimensions length="4.6" width="1.8" height="1.5"/></BoundingBox><Performance maxSpeed="60" maxAcceleration="5"
maxDeceleration="9"/><Axles><FrontAxle maxSteering="0.5" wheelDiameter="0.6" trackWidth="1.6" positionX="2.8"
positionZ="0.3"/><RearAxle maxSteering="0" wheelDiameter="0.6" trackWidth="1.6" positionX="0" positionZ="0.3"/></Axles>
<Properties/></Vehicle>"#;

fn lane(entity: &str, s_m: f64, speed_mps: f64) -> String {
    format!(
        r#"<Private entityRef="{entity}"><PrivateAction><TeleportAction><Position><LanePosition roadId="ROAD"
laneId="LANE" s="{s_m}"/></Position></TeleportAction></PrivateAction><PrivateAction><LongitudinalAction><SpeedAction>
<SpeedActionDynamics dynamicsShape="step" dynamicsDimension="time" value="0"/><SpeedActionTarget><AbsoluteTargetSpeed
value="{speed_mps}"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction></Private>"#
    )
}

/// A story on a generated motorway: entities, actions of `Init`, and traffic actions with the times at
/// which they start.
fn world(
    folder: &Path,
    entities: &str,
    init: &str,
    actions: &[(f64, &str)],
    seed: u64,
    controllers: bool,
) -> SimWorld {
    let limits = Limits::default();
    let map_file = folder.join("map.xodr");
    std::fs::write(&map_file, map(MapKind::Highway, 3)).expect("written");
    let network = RoadNetwork::load(&map_file, &limits).expect("a map");
    let (road, lane_id) = network
        .roads()
        .iter()
        .filter(|r| r.junction.is_none() && r.length_m > 400.0)
        .find_map(|r| {
            let lanes = r.sections.first()?.lanes();
            let drivable = lanes.filter(|l| l.id < 0 && l.kind.is_drivable());
            Some((r.id.clone(), drivable.map(|l| l.id).max()?))
        })
        .expect("a long road");
    let events: String = actions
        .iter()
        .enumerate()
        .map(|(i, (at_s, action))| {
            format!(
                r#"<Event name="e{i}" priority="parallel"><Action name="a{i}"><GlobalAction>{action}</GlobalAction>
</Action><StartTrigger><ConditionGroup><Condition name="c{i}" delay="0" conditionEdge="none"><ByValueCondition>
<SimulationTimeCondition value="{at_s}" rule="greaterOrEqual"/></ByValueCondition></Condition></ConditionGroup>
</StartTrigger></Event>"#
            )
        })
        .collect();
    let story = if actions.is_empty() {
        String::new()
    } else {
        format!(
            r#"<Story name="s"><Act name="a"><ManeuverGroup name="g" maximumExecutionCount="1"><Actors
selectTriggeringEntities="false"/><Maneuver name="m">{events}</Maneuver></ManeuverGroup><StartTrigger/></Act></Story>"#
        )
    };
    let text = format!(
        r#"<?xml version="1.0"?><OpenSCENARIO><FileHeader revMajor="1" revMinor="3" date="2026-01-01T00:00:00"
description="" author=""/><ParameterDeclarations/><CatalogLocations/><RoadNetwork><LogicFile filepath="map.xodr"/>
</RoadNetwork><Entities>{entities}</Entities><Storyboard><Init><Actions>{init}</Actions></Init>{story}<StopTrigger/>
</Storyboard></OpenSCENARIO>"#
    )
    .replace("ROAD", &road)
    .replace("LANE", &lane_id.to_string());
    let file = folder.join("story.xosc");
    std::fs::write(&file, text).expect("written");
    let scenario = Scenario::load(&file, &limits, &[]).expect("a scenario");
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.02,
        seed,
        map: Arc::new(network),
    });
    let options = StoryOptions {
        controllers,
        ..StoryOptions::default()
    };
    install(&mut world, &scenario, options).expect("installed");
    world
}

fn object(name: &str, controller: &str) -> String {
    format!(r#"<ScenarioObject name="{name}">{CAR}{controller}</ScenarioObject>"#)
}

fn run(world: SimWorld, seconds: f64) -> SimWorld {
    let mut worlds = [world];
    let mut pipeline = Pipeline::new(Vec::new());
    for _ in 0..(seconds / 0.02) as usize {
        pipeline.tick(&mut worlds);
    }
    let [world] = worlds;
    world
}

fn count(world: &SimWorld) -> usize {
    let actors = &world.snapshot().actors;
    let traffic = |name: &str| name.starts_with("Traffic");
    actors.iter().filter(|a| traffic(&a.spec.name)).count()
}

fn contacts(world: &SimWorld) -> Vec<String> {
    let rows = world.ecs.resource::<Story>().log().rows().iter();
    rows.filter(|r| r.kind == "collision")
        .map(|r| format!("{:.2} {}", r.time_s, r.element))
        .collect()
}

const SWARM: &str = r#"<TrafficAction><TrafficSwarmAction semiMajorAxis="250" semiMinorAxis="100" innerRadius="20"
offset="0" numberOfVehicles="15" velocity="25"><CentralObject entityRef="Ego"/><TrafficDefinition name="t">
<VehicleCategoryDistribution><VehicleCategoryDistributionEntry category="car" weight="3"/>
<VehicleCategoryDistributionEntry category="truck" weight="1"/></VehicleCategoryDistribution><ControllerDistribution><ControllerDistributionEntry weight="1"><Controller name="c"><Properties/></Controller></ControllerDistributionEntry></ControllerDistribution>
</TrafficDefinition></TrafficSwarmAction></TrafficAction>"#;

#[test]
fn a_swarm_stays_about_its_middle_without_contact_and_repeats() {
    let folder = tempfile::tempdir().expect("a folder");
    let ego = object("Ego", "");
    let start = |seed| {
        let init = lane("Ego", 150.0, 22.0);
        world(folder.path(), &ego, &init, &[(0.0, SWARM)], seed, false)
    };
    let hash = |world: &SimWorld| world.ecs.resource::<StateHasher>().hex();
    let early = run(start(1), 0.1);
    assert!(count(&early) >= 8, "{} vehicles", count(&early));
    let a = run(start(1), 15.0);
    assert!(
        contacts(&a).iter().all(|c| c.contains("Ego")),
        "{:?}",
        contacts(&a)
    );
    let ego_pose = a.snapshot().actor_named("Ego").expect("Ego").state.pose;
    for actor in a.snapshot().actors.iter().filter(|a| a.spec.name != "Ego") {
        let (x, y) = ego_pose.to_local_xy(actor.state.pose.x_m, actor.state.pose.y_m);
        assert!(
            sim::math::hypot(x / 250.0, y / 100.0) < 1.2,
            "{} at {x} {y}",
            actor.spec.name
        );
    }
    assert_eq!(hash(&a), hash(&run(start(1), 15.0)));
    assert_ne!(hash(&a), hash(&run(start(2), 15.0)));
}

#[test]
fn a_source_gives_its_rate_until_stopped_and_a_sink_takes_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let position = r#"<Position><LanePosition roadId="ROAD" laneId="LANE" s="30"/></Position>"#;
    let source = format!(
        r#"<TrafficAction trafficName="in"><TrafficSourceAction radius="5" rate="0.25" speed="25">{position}
<TrafficDefinition name="t"><VehicleCategoryDistribution><VehicleCategoryDistributionEntry category="car" weight="1"/>
</VehicleCategoryDistribution><ControllerDistribution><ControllerDistributionEntry weight="1"><Controller name="c"><Properties/></Controller></ControllerDistributionEntry></ControllerDistribution></TrafficDefinition></TrafficSourceAction></TrafficAction>"#
    );
    let stop = r#"<TrafficAction trafficName="in"><TrafficStopAction/></TrafficAction>"#;
    let sink = r#"<TrafficAction><TrafficSinkAction radius="5000"><Position><WorldPosition x="0" y="0"/></Position>
</TrafficSinkAction></TrafficAction>"#;
    let ego = object("Ego", "");
    let init = lane("Ego", 350.0, 0.0);
    let go = |actions: &[(f64, &str)], seconds| {
        count(&run(
            world(folder.path(), &ego, &init, actions, 1, false),
            seconds,
        ))
    };
    assert_eq!(go(&[(0.0, &source)], 9.0), 3);
    assert_eq!(go(&[(0.0, &source), (5.0, stop)], 9.0), 2);
    assert_eq!(go(&[(0.0, &source), (8.5, stop), (8.6, sink)], 9.0), 0);
}

#[test]
fn an_area_holds_as_many_as_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let area = r#"<TrafficAction><TrafficAreaAction continuous="false" numberOfEntities="4"><TrafficDistribution>
<TrafficDistributionEntry weight="1"><EntityDistribution><EntityDistributionEntry weight="1"><ScenarioObjectTemplate>CAR
</ScenarioObjectTemplate></EntityDistributionEntry></EntityDistribution></TrafficDistributionEntry></TrafficDistribution>
<TrafficArea><RoadRange length="300"><RoadCursor roadId="ROAD" s="50"/><RoadCursor roadId="ROAD" s="350"/></RoadRange></TrafficArea></TrafficAreaAction>
</TrafficAction>"#
        .replace("CAR", CAR);
    let ego = object("Ego", "");
    let init = lane("Ego", 390.0, 25.0);
    let world = world(folder.path(), &ego, &init, &[(0.0, &area)], 1, false);
    assert_eq!(count(&run(world, 0.2)), 4);
}

#[test]
fn a_driver_of_ours_stops_behind_what_stands_and_others_only_if_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = r#"<ObjectController><Controller name="x"><Properties><Property name="skidpad.driver" value="idm"/>
</Properties></Controller></ObjectController>"#;
    let alks = r#"<ObjectController><Controller name="ALKSController"><Properties/></Controller></ObjectController>"#;
    let on = r#"<Private entityRef="Ego"><PrivateAction><ControllerAction><ActivateControllerAction lateral="true"
longitudinal="true"/></ControllerAction></PrivateAction></Private>"#;
    let init = lane("Ego", 50.0, 20.0) + &lane("Wall", 300.0, 0.0) + on;
    let ends = |controller: &str, controllers| {
        let entities = object("Ego", controller) + &object("Wall", "");
        let world = world(folder.path(), &entities, &init, &[], 1, controllers);
        let world = run(world, 40.0);
        let ego = world.snapshot().actor_named("Ego").expect("Ego");
        (ego.state.speed_mps, contacts(&world).len())
    };
    let (speed, hits) = ends(own, false);
    assert!(
        speed < 0.1 && hits == 0,
        "own: {speed} m/s, {hits} contacts"
    );
    let (speed, hits) = ends(alks, true);
    assert!(
        speed < 0.1 && hits == 0,
        "ALKS: {speed} m/s, {hits} contacts"
    );
    let (_, hits) = ends(alks, false);
    assert!(hits > 0, "on rails it runs into what stands");
}
