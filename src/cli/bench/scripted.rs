//! `skidpad bench scripted`: actors on rails.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use scenarios::generate::{MapKind, map};
use scenarios::{LoadOptions, Scenario, StoryOptions};
use sim::input::{InputError, Limits};
use sim::road::{RoadIndex, RoadNetwork};
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

use super::{BenchArgs, Figure};
use crate::cli::Failure;

/// Actors of [`scripted`].
const ACTORS: usize = 20;
/// Their speed, m/s.
const SPEED_MPS: f64 = 20.0;
/// Their lanes; the median is lane -1.
const LANES: [i32; 2] = [-2, -3];
/// Length of a tick of [`scripted`], seconds.
const DT_S: f64 = 0.05;

/// 20 cars on rails along a generated motorway, every second one changing lanes; metrics of the first, no sensors.
pub(super) fn scripted(_: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let text = map(MapKind::Highway, 1);
    let limits = Limits::default();
    let network = RoadNetwork::from_xml_text(Path::new("highway"), text, &limits)?;
    let network = Arc::new(network);
    let (scenario, duration_s) = motorway(&network)
        .ok_or_else(|| Failure::internal("the generated motorway has no road for the bench"))?;
    let folder = std::env::temp_dir().join(format!("skidpad-bench-{}", std::process::id()));
    let file = folder.join("bench.xosc");
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, scenario));
    written.map_err(|e| InputError::new(&file, "a file that can be written", e.to_string()))?;
    let loaded = Scenario::load_with(&file, &LoadOptions::default());
    // What stays behind in the temporary folder does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed: 0,
        map: network,
    });
    scenarios::install(&mut world, &loaded?, StoryOptions::default())?;
    // As of a run, the first actor's metrics are measured.
    if let Some(first) = world.snapshot().actors.first().map(|a| a.id) {
        sim::metric::watch(&mut world, first);
    }
    let mut worlds = [world];
    let mut pipeline = Pipeline::new(Vec::new());
    let ticks = (duration_s / DT_S) as u64;
    let started = Instant::now();
    for _ in 0..ticks {
        pipeline.tick(&mut worlds);
    }
    let wall_s = started.elapsed().as_secs_f64().max(1e-9);
    let [world] = &worlds;
    if world.tick().index != ticks || world.snapshot().actors.len() != ACTORS {
        return Err(Failure::internal(
            "the bench's actors did not drive to its end",
        ));
    }
    let figure = |name: &str, value, unit| Figure {
        name: format!("scripted: {ACTORS} actors, {name}"),
        value,
        unit,
    };
    Ok(vec![
        figure("speed", ticks as f64 * DT_S / wall_s, "× real time"),
        figure("a tick", wall_s / ticks as f64 * 1e6, "µs"),
    ])
}

/// The scenario on the longest road of a map that has these lanes, and for how long its
/// actors stay on that road.
fn motorway(network: &RoadNetwork) -> Option<(String, f64)> {
    let has_lanes = |index: &RoadIndex| {
        LANES.iter().all(|lane| {
            let kind = network.lane_type(*index, 1.0, *lane);
            kind.is_some_and(sim::road::LaneType::is_drivable)
        })
    };
    let length = |index: RoadIndex| network.road(index).map_or(0.0, |road| road.length_m);
    let longest = network
        .road_indices()
        .filter(has_lanes)
        .max_by(|a, b| length(*a).total_cmp(&length(*b)))?;
    let road = network.road(longest)?;
    // Half of the road for the row of actors, half to drive on.
    let gap_m = road.length_m / 2.0 / ACTORS as f64;
    let duration_s = (road.length_m / 2.0 - 20.0) / SPEED_MPS;
    let (mut entities, mut init, mut groups) = (String::new(), String::new(), String::new());
    for i in 0..ACTORS {
        let (s, lane) = (5.0 + gap_m * i as f64, LANES[i % 2]);
        let _ = write!(
            entities,
            r#"<ScenarioObject name="car{i}"><Vehicle name="car" vehicleCategory="car"><BoundingBox><Center x="1.4" y="0" z="0.75"/><Dimensions width="1.8" length="4.5" height="1.5"/></BoundingBox><Performance maxSpeed="60" maxAcceleration="5" maxDeceleration="9"/><Axles><FrontAxle maxSteering="0.5" wheelDiameter="0.6" trackWidth="1.6" positionX="2.8" positionZ="0.3"/><RearAxle maxSteering="0" wheelDiameter="0.6" trackWidth="1.6" positionX="0" positionZ="0.3"/></Axles><Properties/></Vehicle></ScenarioObject>"#
        );
        let _ = write!(
            init,
            r#"<Private entityRef="car{i}"><PrivateAction><TeleportAction><Position><LanePosition roadId="{}" laneId="{lane}" s="{s}"/></Position></TeleportAction></PrivateAction><PrivateAction><LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape="step" value="0" dynamicsDimension="time"/><SpeedActionTarget><AbsoluteTargetSpeed value="{SPEED_MPS}"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction></Private>"#,
            road.id
        );
        if i % 2 == 0 {
            let _ = write!(
                groups,
                r#"<ManeuverGroup name="g{i}" maximumExecutionCount="1"><Actors selectTriggeringEntities="false"><EntityRef entityRef="car{i}"/></Actors><Maneuver name="m"><Event name="e" priority="parallel"><Action name="a"><PrivateAction><LateralAction><LaneChangeAction><LaneChangeActionDynamics dynamicsShape="sinusoidal" value="4" dynamicsDimension="time"/><LaneChangeTarget><AbsoluteTargetLane value="{}"/></LaneChangeTarget></LaneChangeAction></LateralAction></PrivateAction></Action><StartTrigger>{}</StartTrigger></Event></Maneuver></ManeuverGroup>"#,
                LANES[1],
                after(1.0 + 0.2 * i as f64)
            );
        }
    }
    let scenario = format!(
        r#"<OpenSCENARIO><FileHeader revMajor="1" revMinor="3" date="2026-01-01T00:00:00" description="bench" author="Skidpad"/><ParameterDeclarations/><CatalogLocations/><RoadNetwork/><Entities>{entities}</Entities><Storyboard><Init><Actions>{init}</Actions></Init><Story name="s"><Act name="a">{groups}<StartTrigger>{}</StartTrigger></Act></Story><StopTrigger/></Storyboard></OpenSCENARIO>"#,
        after(0.0)
    );
    Some((scenario, duration_s))
}

/// A condition group that holds from a time on, seconds.
fn after(time_s: f64) -> String {
    format!(
        r#"<ConditionGroup><Condition name="c" delay="0" conditionEdge="none"><ByValueCondition><SimulationTimeCondition value="{time_s}" rule="greaterThan"/></ByValueCondition></Condition></ConditionGroup>"#
    )
}
