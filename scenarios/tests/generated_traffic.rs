//! Generated traffic starts apart, on its lanes, and is the same for the same seed.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{
    MapKind, Placed, TrafficOptions, TrafficZone, VehicleMix, map, populate, traffic,
};
use sim::actor::{ActorClass, Motion};
use sim::input::Limits;
use sim::math::{self, PI, wrap_angle};
use sim::road::{LaneType, RoadNetwork};
use sim::tick::Stage;
use sim::world::{ActorSnapshot, SimWorld, WorldConfig};

fn load(kind: MapKind, seed: u64) -> Arc<RoadNetwork> {
    let network = RoadNetwork::from_xml_text(Path::new("m"), map(kind, seed), &Limits::default());
    Arc::new(network.expect("a generated map loads"))
}

fn options() -> TrafficOptions {
    TrafficOptions {
        vehicles_per_km: 20.0,
        pedestrians: 30,
        stalled: 1,
        ego: true,
        ..TrafficOptions::default()
    }
}

fn spawned(map: &Arc<RoadNetwork>, placed: Vec<Placed>) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 3,
        map: map.clone(),
    });
    populate(&mut world, placed);
    world
}

/// Separating axes of two boxes.
fn overlap(a: &ActorSnapshot, b: &ActorSnapshot) -> bool {
    let (p, q) = (a.corners_xy(), b.corners_xy());
    let apart = |from: &[(f64, f64); 4], other: &[(f64, f64); 4]| {
        (0..4).any(|i| {
            let (o, e) = (from[i], from[(i + 1) % 4]);
            let outward = (e.1 - o.1, o.0 - e.0);
            other
                .iter()
                .all(|c| (c.0 - o.0) * outward.0 + (c.1 - o.1) * outward.1 > 0.0)
        })
    };
    !apart(&p, &q) && !apart(&q, &p)
}

#[test]
fn nobody_overlaps_at_the_start() {
    for kind in MapKind::ALL {
        for seed in 0..6 {
            let map = load(kind, seed);
            let world = spawned(&map, traffic(&map, seed, &options()));
            let actors = &world.snapshot().actors;
            for (i, a) in actors.iter().enumerate() {
                for b in &actors[i + 1..] {
                    let names = (&a.spec.name, &b.spec.name);
                    assert!(!overlap(a, b), "{} {seed}: {names:?}", kind.name());
                }
            }
        }
    }
}

#[test]
fn drivers_start_on_a_driving_lane_along_its_direction() {
    for kind in MapKind::ALL {
        let map = load(kind, 4);
        let placed = traffic(&map, 4, &options());
        assert!(placed.iter().any(|p| p.spec.name == "Ego"));
        let driven = placed.iter().filter(|p| p.driver.is_some());
        let mut count = 0;
        for p in driven {
            let pose = p.state.pose;
            let at = map.locate_with_heading(pose.x_m, pose.y_m, None, pose.yaw_rad, None);
            let at = at.expect("on the map");
            let lane = at.lane_id.expect("on a lane");
            assert_eq!(
                map.lane_type(at.road, at.s_m, lane),
                Some(LaneType::Driving)
            );
            let along = map
                .pose_at(at.road, at.s_m, at.t_m)
                .expect("a pose")
                .pose
                .yaw_rad;
            let turn = if map.driving_direction(at.road, lane) > 0 {
                0.0
            } else {
                PI
            };
            assert!(wrap_angle(pose.yaw_rad - along - turn).abs() < 0.05);
            count += 1;
        }
        assert!(count >= 5, "{}: {count}", kind.name());
    }
}

#[test]
fn one_seed_is_one_traffic() {
    let map = load(MapKind::Town, 1);
    let names = |seed| {
        let placed = traffic(&map, seed, &options());
        let row = |p: &Placed| (p.spec.clone(), p.state, p.motion);
        placed.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(names(1), names(1));
    assert_ne!(names(1), names(2));
}

#[test]
fn people_walk_on_sidewalks_and_cross_only_at_crosswalks() {
    let map = load(MapKind::Town, 3);
    let only_people = TrafficOptions {
        vehicles_per_km: 0.0,
        cyclists: 0,
        pedestrians: 30,
        ..TrafficOptions::default()
    };
    let mut world = spawned(&map, traffic(&map, 3, &only_people));
    let crosswalks: Vec<_> = map
        .objects()
        .iter()
        .filter(|o| o.kind == "crosswalk")
        .collect();
    let (mut walked, mut crossed) = (0.0, 0);
    for _ in 0..1200 {
        world.run_stage(Stage::Story);
        world.run_stage(Stage::Physics);
        for actor in &world.snapshot().actors {
            if actor.spec.class != ActorClass::Pedestrian {
                continue;
            }
            assert_eq!(actor.motion, Motion::Scripted);
            walked += actor.state.speed_mps * 0.05;
            let pose = actor.state.pose;
            let on_road = map.is_drivable(pose.x_m, pose.y_m, None);
            let near = |x: f64, y: f64| (x - pose.x_m).hypot(y - pose.y_m);
            if on_road {
                crossed += 1;
                let at_crosswalk = crosswalks.iter().any(|o| {
                    let reach = o.width_m.max(o.length_m) / 2.0 + 3.0;
                    near(o.pose.x_m, o.pose.y_m) < reach
                });
                assert!(at_crosswalk, "{} at {pose:?}", actor.spec.name);
            }
        }
    }
    let people = world.snapshot().actors.iter();
    let people = people
        .filter(|a| a.spec.class == ActorClass::Pedestrian)
        .count();
    assert!(people >= 25, "{people}");
    assert!(walked > 30.0 * people as f64, "{walked} m");
    assert!(crossed > 0);
}

#[test]
fn zones_rule_density_and_mix_by_type_of_road() {
    let map = load(MapKind::Highway, 2);
    let kinds: Vec<String> = map
        .roads()
        .iter()
        .flat_map(|r| r.types.iter().map(|t| t.kind.clone()))
        .collect();
    let kind = kinds.first().expect("generated roads have types").clone();
    let only = |density, mix| TrafficOptions {
        cyclists: 0,
        pedestrians: 0,
        parked_share: 0.0,
        zones: vec![TrafficZone {
            road_types: vec![kind.clone()],
            density,
            mix,
        }],
        ..TrafficOptions::default()
    };
    let trucks = VehicleMix {
        car: 0.0,
        van: 0.0,
        truck: 1.0,
        bus: 0.0,
        motorcycle: 0.0,
    };
    let classes = |o: &TrafficOptions| -> Vec<ActorClass> {
        let placed = traffic(&map, 2, o);
        placed.iter().map(|p| p.spec.class).collect()
    };
    let usual = classes(&only(1.0, VehicleMix::default()));
    let heavy = classes(&only(1.0, trucks));
    assert!(usual.contains(&ActorClass::Car) && !heavy.is_empty());
    assert!(heavy.iter().all(|c| *c == ActorClass::Truck), "{heavy:?}");
    if kinds.iter().all(|k| *k == kind) {
        assert!(classes(&only(0.0, trucks)).is_empty());
        assert!(classes(&only(0.3, trucks)).len() < usual.len());
    }
}

/// Stations of parked vehicles on a road that is straight but for a bend between 100 and 160 m.
fn parked_round_a_bend(radius_m: f64) -> Vec<f64> {
    let (x, y) = (
        100.0 + radius_m * math::sin(60.0 / radius_m),
        60.0 / radius_m,
    );
    let text = format!(
        r#"<OpenDRIVE><header revMajor="1" revMinor="7"/><road id="1" length="260" junction="-1"><planView>
<geometry s="0" x="0" y="0" hdg="0" length="100"><line/></geometry>
<geometry s="100" x="100" y="0" hdg="0" length="60"><arc curvature="{}"/></geometry>
<geometry s="160" x="{x}" y="{}" hdg="{y}" length="100"><line/></geometry></planView>
<lanes><laneSection s="0"><center><lane id="0"/></center><right>
<lane id="-1" type="driving"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane>
<lane id="-2" type="parking"><width sOffset="0" a="2.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road></OpenDRIVE>"#,
        1.0 / radius_m,
        radius_m * (1.0 - math::cos(y)),
    );
    let network = RoadNetwork::from_xml_text(Path::new("m"), text, &Limits::default());
    let map = Arc::new(network.expect("a map"));
    let options = TrafficOptions {
        vehicles_per_km: 0.0,
        cyclists: 0,
        pedestrians: 0,
        parked_share: 1.0,
        ..TrafficOptions::default()
    };
    let parked = traffic(&map, 1, &options);
    let at = |p: &Placed| {
        let pose = &p.state.pose;
        map.locate(pose.x_m, pose.y_m, None, None).map(|at| at.s_m)
    };
    parked.iter().filter_map(at).collect()
}

#[test]
fn nobody_parks_in_a_bend_too_tight_to_pass_in() {
    let in_bend = |stations: &[f64]| {
        stations
            .iter()
            .filter(|s| (100.0..160.0).contains(*s))
            .count()
    };
    let (tight, wide) = (parked_round_a_bend(20.0), parked_round_a_bend(60.0));
    assert_eq!(in_bend(&tight), 0, "{tight:?}");
    assert!(tight.len() > 5 && in_bend(&wide) > 1, "{tight:?} {wide:?}");
}
