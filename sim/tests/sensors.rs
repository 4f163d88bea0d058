//! Laws of the sensors: analytic distances, truth, draws, threads, projection, lamps.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use nalgebra::Point3;
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::input::Limits;
use sim::math::{PI, Pose, cos, sin};
use sim::message::{
    CameraFrame, CameraFrames, CameraTruth, CameraTruths, LidarScan, LidarScans, LidarTruth,
    LidarTruths, Odometry,
};
use sim::road::RoadNetwork;
use sim::sensor::{
    CameraSpec, Channels, Daylight, LidarSpec, Material, Mount, Rig, RigSpec, Scene, SemanticClass,
    SensorRig, StaticScene, TriangleSoup, bench,
};
use sim::tick::{Stage, Tick};
use sim::world::{SignalPhase, SignalStates, SimWorld, WorldConfig};

const HEIGHT_M: f64 = 1.8;

fn lidar() -> LidarSpec {
    LidarSpec {
        name: "roof".into(),
        mount: Mount {
            z_m: HEIGHT_M,
            ..Mount::default()
        },
        channels: Channels::Spread {
            min_deg: -24.0,
            max_deg: 6.0,
            count: 16,
        },
        azimuth_steps: 180,
        rate_hz: 10.0,
        min_range_m: 0.5,
        max_range_m: 60.0,
        range_sigma_m: 0.0,
        drop_out: 0.0,
        range_at_10_percent_m: None,
    }
}

fn camera(hfov_deg: f64) -> CameraSpec {
    CameraSpec {
        name: "front".into(),
        mount: Mount {
            x_m: 1.5,
            z_m: 1.4,
            pitch_deg: 1.0,
            ..Mount::default()
        },
        width_px: 160,
        height_px: 96,
        hfov_deg,
        rate_hz: 10.0,
        noise_sigma: 0.0,
    }
}

fn rig(lidars: Vec<LidarSpec>, cameras: Vec<CameraSpec>) -> Arc<Rig> {
    let truth = true;
    Arc::new(
        Rig::new(RigSpec {
            truth,
            lidars,
            cameras,
        })
        .expect("a rig"),
    )
}

fn flat() -> TriangleSoup {
    let mut soup = TriangleSoup::default();
    let far = 500.0;
    let corners = [
        [-far, -far, 0.0],
        [far, -far, 0.0],
        [far, far, 0.0],
        [-far, far, 0.0],
    ];
    soup.quad(corners, Material::Asphalt, 0);
    soup
}

/// A world with a scene, an ego at a pose with a rig, and others.
fn world(soup: &TriangleSoup, rig: Arc<Rig>, others: &[(ActorClass, Pose)]) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 11,
        map: Arc::new(RoadNetwork::empty()),
    });
    let scene = Arc::new(Scene::new(soup));
    world.ecs.insert_resource(StaticScene(Some(scene)));
    put_actors(&mut world, Pose::planar(100.0, 50.0, 0.3), rig, others);
    world
}

fn put_actors(world: &mut SimWorld, ego: Pose, rig: Arc<Rig>, others: &[(ActorClass, Pose)]) {
    let spec = ActorSpec::typical("ego", ActorClass::Car);
    let id = world.spawn(spec, ActorState::at(ego, 0.0), Motion::Fixed);
    for (i, (class, pose)) in others.iter().enumerate() {
        let (x, y) = ego.to_world_xy(pose.x_m, pose.y_m);
        let mut at = Pose::planar(x, y, ego.yaw_rad + pose.yaw_rad);
        at.z_m = pose.z_m;
        let spec = ActorSpec::typical(&format!("other{i}"), *class);
        world.spawn(spec, ActorState::at(at, 0.0), Motion::Fixed);
    }
    let entity = world.entity(id).expect("the ego");
    world
        .ecs
        .entity_mut(entity)
        .insert((SensorRig(rig), Odometry::default()));
}

fn scan(world: &mut SimWorld) -> (LidarScan, LidarTruth) {
    world.run_stage(Stage::Sense);
    let ego = world.entity(ActorId(0)).unwrap();
    let scans = world.ecs.get::<LidarScans>(ego).unwrap();
    let truths = world.ecs.get::<LidarTruths>(ego).unwrap();
    (scans.0[0].clone(), truths.0[0].clone())
}

fn frame(world: &mut SimWorld) -> (CameraFrame, CameraTruth) {
    world.run_stage(Stage::Sense);
    let ego = world.entity(ActorId(0)).unwrap();
    let frames = world.ecs.get::<CameraFrames>(ego).unwrap();
    let truths = world.ecs.get::<CameraTruths>(ego).unwrap();
    (frames.0[0].clone(), truths.0[0].clone())
}

#[test]
fn beams_meet_the_ground_where_geometry_says() {
    let (scan, truth) = scan(&mut world(&flat(), rig(vec![lidar()], vec![]), &[]));
    let mut rings = [0; 16];
    for (p, t) in scan.points.iter().zip(&truth.0) {
        let elevation = (-24.0 + 2.0 * f64::from(p.ring)).to_radians();
        let range = HEIGHT_M / sin(-elevation);
        let azimuth = f64::from(p.column) * 2f64.to_radians();
        let x = range * cos(elevation) * cos(azimuth);
        let y = range * cos(elevation) * sin(azimuth);
        assert!((f64::from(p.x_m) - x).abs() < 2e-3, "{p:?} {x}");
        assert!((f64::from(p.y_m) - y).abs() < 2e-3, "{p:?} {y}");
        assert!(p.z_m.abs() < 2e-3);
        let strength = Material::Asphalt.reflectivity() as f64 * sin(-elevation);
        assert!((f64::from(p.intensity) - strength).abs() < 1e-3);
        assert_eq!(t.semantic, SemanticClass::Road as u8);
        rings[p.ring as usize] += 1;
    }
    // -2 degrees meet the ground at 51.6 m, 0 degrees never.
    assert_eq!(rings[..12], [180; 12]);
    assert_eq!(rings[12..], [0; 4]);
}

#[test]
fn a_box_is_hit_on_its_face() {
    let place = Pose::planar(10.0, 0.0, 0.0);
    let others = [(ActorClass::StaticObject, place)];
    let (scan, truth) = scan(&mut world(&flat(), rig(vec![lidar()], vec![]), &others));
    let hits: Vec<_> = scan
        .points
        .iter()
        .zip(&truth.0)
        .filter(|(_, t)| t.actor == Some(ActorId(1)))
        .collect();
    assert!(hits.len() >= 2, "{}", hits.len());
    for (p, t) in hits {
        // A box of one metre: its near face is at 9.5 m.
        assert!(
            (p.x_m - 9.5).abs() < 2e-3 || (p.z_m - 1.0).abs() < 2e-3,
            "{p:?}"
        );
        assert!(p.y_m.abs() < 0.501 && p.z_m < 1.002);
        assert_eq!(t.class, Some(ActorClass::StaticObject));
        assert_eq!(t.semantic, SemanticClass::StaticObject as u8);
    }
}

#[test]
fn points_of_actors_lie_in_their_boxes() {
    let others: Vec<_> = ActorClass::ALL
        .iter()
        .enumerate()
        .map(|(i, class)| {
            let a = i as f64 * 0.62;
            (*class, Pose::planar(14.0 * cos(a), 14.0 * sin(a), a))
        })
        .collect();
    let fine = LidarSpec {
        azimuth_steps: 720,
        ..lidar()
    };
    let mut world = world(&flat(), rig(vec![fine], vec![]), &others);
    let (scan, truth) = scan(&mut world);
    let ego = world.snapshot().actors[0].state.pose;
    let mut seen = vec![0; others.len() + 1];
    for (p, t) in scan.points.iter().zip(&truth.0) {
        let Some(id) = t.actor else { continue };
        assert_ne!(id, ActorId(0), "the carrier sees itself");
        let actor = world.snapshot().actor(id).unwrap();
        assert_eq!(t.class, Some(actor.spec.class));
        let (x, y) = ego.to_world_xy(f64::from(p.x_m), f64::from(p.y_m));
        let (u, v) = actor.state.pose.to_local_xy(x, y);
        let b = &actor.spec.bounding_box;
        let slack = 0.02;
        assert!(
            (u - b.center_x_m).abs() < b.length_m / 2.0 + slack,
            "{:?} {u}",
            t.class
        );
        assert!(
            (v - b.center_y_m).abs() < b.width_m / 2.0 + slack,
            "{:?} {v}",
            t.class
        );
        assert!(f64::from(p.z_m) > -slack && f64::from(p.z_m) < b.height_m + slack);
        seen[id.0 as usize] += 1;
    }
    assert!(seen[1..].iter().all(|n| *n > 0), "{seen:?}");
}

#[test]
fn range_noise_and_drop_out_have_the_asked_size() {
    let exact = scan(&mut world(&flat(), rig(vec![lidar()], vec![]), &[])).0;
    let spec = LidarSpec {
        range_sigma_m: 0.05,
        drop_out: 0.2,
        ..lidar()
    };
    let noisy = scan(&mut world(&flat(), rig(vec![spec], vec![]), &[])).0;
    let share = noisy.points.len() as f64 / exact.points.len() as f64;
    assert!((share - 0.8).abs() < 0.03, "{share}");
    let range = |p: &sim::message::LidarPoint| {
        let (x, y, z) = (
            f64::from(p.x_m),
            f64::from(p.y_m),
            f64::from(p.z_m) - HEIGHT_M,
        );
        (x * x + y * y + z * z).sqrt()
    };
    let mut errors = Vec::new();
    for p in &noisy.points {
        let same = exact
            .points
            .iter()
            .find(|q| (q.ring, q.column) == (p.ring, p.column))
            .unwrap();
        errors.push(range(p) - range(same));
    }
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let sigma = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / n).sqrt();
    assert!(
        mean.abs() < 0.005 && (sigma - 0.05).abs() < 0.004,
        "{mean} {sigma}"
    );
}

#[test]
fn weak_returns_are_lost() {
    let spec = LidarSpec {
        range_at_10_percent_m: Some(40.0),
        ..lidar()
    };
    let points = scan(&mut world(&flat(), rig(vec![spec], vec![]), &[]))
        .0
        .points;
    // Asphalt of 12 % at height h and range r gives 0.12 h / r; at 0.1 (r / 40)² it is gone: r³ = 3456 h.
    let reach = (1.2 * 1600.0 * HEIGHT_M).cbrt();
    let farthest = points
        .iter()
        .map(|p| (p.x_m * p.x_m + p.y_m * p.y_m).sqrt())
        .fold(0.0, f32::max);
    assert!(
        f64::from(farthest) < reach && points.len() > 1000,
        "{farthest} {reach}"
    );
}

fn noisy_rig() -> Arc<Rig> {
    let l = LidarSpec {
        range_sigma_m: 0.03,
        drop_out: 0.1,
        ..lidar()
    };
    let c = CameraSpec {
        noise_sigma: 3.0,
        ..camera(90.0)
    };
    rig(vec![l], vec![c])
}

fn street_world() -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 3,
        map: Arc::new(RoadNetwork::empty()),
    });
    world
        .ecs
        .insert_resource(StaticScene(Some(bench::street())));
    for actor in bench::traffic() {
        world.spawn((*actor.spec).clone(), actor.state, actor.motion);
    }
    let ego = world.entity(ActorId(0)).unwrap();
    world.ecs.entity_mut(ego).insert(SensorRig(noisy_rig()));
    world
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let mut world = street_world();
            (scan(&mut world), frame(&mut world))
        })
    };
    let one = run(1);
    assert!(one.0.0.points.len() > 500);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

#[test]
fn another_actor_leaves_the_draws_of_other_rays_alone() {
    let near = [(ActorClass::Car, Pose::planar(12.0, 2.0, 0.0))];
    let more = [near[0], (ActorClass::Bus, Pose::planar(-15.0, 3.0, 0.0))];
    let (before, _) = scan(&mut world(&flat(), noisy_rig(), &near));
    let (after, truth) = scan(&mut world(&flat(), noisy_rig(), &more));
    let old: std::collections::BTreeMap<_, _> = before
        .points
        .iter()
        .map(|p| ((p.ring, p.column), *p))
        .collect();
    let mut same = 0;
    for (p, t) in after.points.iter().zip(&truth.0) {
        if t.actor != Some(ActorId(2)) {
            assert_eq!(old.get(&(p.ring, p.column)), Some(p));
            same += 1;
        }
    }
    assert!(same > 1000 && same < before.points.len());
}

#[test]
fn draws_differ_by_seed_and_tick() {
    let mut world = street_world();
    let first = scan(&mut world).0;
    world.ecs.resource_mut::<Tick>().index = 2;
    assert_ne!(first.points, scan(&mut world).0.points);
}

#[test]
fn a_point_is_seen_where_it_projects() {
    let place = Pose {
        z_m: 0.4,
        ..Pose::planar(18.0, -3.0, 0.5)
    };
    let others = [(ActorClass::MovableObject, place)];
    let (frame, truth) = frame(&mut world(
        &flat(),
        rig(vec![], vec![camera(60.0)]),
        &others,
    ));
    let (mut n, mut u, mut v, mut depth) = (0.0, 0.0, 0.0, f32::INFINITY);
    for (i, actor) in truth.instance.iter().enumerate() {
        if *actor == Some(ActorId(1)) {
            n += 1.0;
            u += (i % 160) as f64 + 0.5;
            v += (i / 160) as f64 + 0.5;
            depth = depth.min(truth.depth_m[i]);
            assert_eq!(truth.semantic[i], SemanticClass::MovableObject as u8);
        }
    }
    let middle = Point3::new(18.0, -3.0, 0.8);
    let (pu, pv, pd) = frame.project(&middle).unwrap();
    assert!(n > 20.0 && (u / n - pu).abs() < 0.6 && (v / n - pv).abs() < 0.6);
    assert!((f64::from(depth) - pd).abs() < 0.5, "{depth} {pd}");
    // To the right of the axis and nearly level, as the frame conventions say.
    assert!(pu > 80.0 && frame.project(&Point3::new(-5.0, 0.0, 1.0)).is_none());
}

#[test]
fn the_horizon_is_level_and_depth_is_along_the_axis() {
    let spec = CameraSpec {
        mount: Mount {
            z_m: 1.5,
            ..Mount::default()
        },
        ..camera(80.0)
    };
    let focal = spec.focal_px();
    let (frame, truth) = frame(&mut world(&flat(), rig(vec![], vec![spec]), &[]));
    for y in 0..96usize {
        for x in [0usize, 80, 159] {
            let depth = f64::from(truth.depth_m[y * 160 + x]);
            let down = y as f64 + 0.5 - 48.0;
            let expected = if down > 0.0 {
                1.5 * focal / down
            } else {
                f64::INFINITY
            };
            if expected < 300.0 {
                assert!(
                    (depth / expected - 1.0).abs() < 1e-3,
                    "{x} {y}: {depth} {expected}"
                );
            } else if down <= 0.0 {
                assert!(depth.is_infinite());
                let pixel = &frame.rgb[(y * 160 + x) * 3..][..3];
                assert!(pixel[2] > pixel[0], "the sky is blue: {pixel:?}");
            }
        }
    }
}

#[test]
fn walls_throw_shadows_away_from_the_sun() {
    let mut soup = flat();
    // A wall along y at x = 10, 4 m high, and the sun behind it at 45 degrees.
    let (a, b) = ([110.0, -50.0, 0.0], [110.0, 150.0, 0.0]);
    soup.quad(
        [a, b, [110.0, 150.0, 4.0], [110.0, -50.0, 4.0]],
        Material::Concrete,
        1,
    );
    let spec = CameraSpec {
        mount: Mount {
            x_m: -10.0,
            z_m: 4.0,
            ..Mount::default()
        },
        ..camera(60.0)
    };
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 1,
        map: Arc::new(RoadNetwork::empty()),
    });
    world
        .ecs
        .insert_resource(StaticScene(Some(Arc::new(Scene::new(&soup)))));
    world.ecs.insert_resource(Daylight {
        sun_azimuth_rad: 0.0,
        sun_elevation_rad: PI / 4.0,
        ..Daylight::default()
    });
    put_actors(
        &mut world,
        Pose::planar(100.0, 50.0, 0.0),
        rig(vec![], vec![spec]),
        &[],
    );
    let (frame, truth) = frame(&mut world);
    let (mut sun, mut shade) = (Vec::new(), Vec::new());
    for y in 50..96usize {
        let i = y * 160 + 20;
        if truth.semantic[i] == SemanticClass::Road as u8 {
            // The camera is at x = 90; the shadow reaches from 106 to 110.
            let x = 90.0 + truth.depth_m[i];
            let level = f64::from(frame.rgb[i * 3]);
            if (107.0..109.5).contains(&x) {
                shade.push(level);
            } else if x < 105.5 && x > 95.0 {
                sun.push(level);
            }
        }
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    assert!(shade.len() > 2 && sun.len() > 5);
    assert!(mean(&sun) > 1.4 * mean(&shade), "{sun:?} {shade:?}");
}

const CROSSING: &str = r#"<OpenDRIVE><header revMajor="1" revMinor="7"/><road id="1" length="100" junction="-1">
  <planView><geometry s="0" x="0" y="0" hdg="0" length="100"><line/></geometry></planView>
  <lanes><laneSection s="0"><center><lane id="0" type="none"><roadMark sOffset="0" type="solid" color="yellow" width="0.15"/></lane></center>
  <right><lane id="-1" type="driving"><width sOffset="0" a="3.5" b="0" c="0" d="0"/><roadMark sOffset="0" type="solid" color="white" width="0.15"/></lane></right></laneSection></lanes>
  <signals><signal id="7" s="70" t="-5" zOffset="3" orientation="+" dynamic="yes" type="1000001" subtype="-1" country="OpenDRIVE" height="0.9" width="0.35" value="-1"/></signals>
</road></OpenDRIVE>"#;

fn lit_frame(phase: SignalPhase) -> (CameraFrame, CameraTruth) {
    let path = Path::new("crossing.xodr");
    let map = RoadNetwork::from_xml_text(path, CROSSING.to_owned(), &Limits::default()).unwrap();
    let map = Arc::new(map);
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 1,
        map,
    });
    let states = [("7".to_owned(), phase)].into_iter().collect();
    world.ecs.insert_resource(SignalStates(states));
    let ego = Pose::planar(10.0, -1.75, 0.0);
    put_actors(&mut world, ego, rig(vec![], vec![camera(50.0)]), &[]);
    frame(&mut world)
}

#[test]
fn a_far_lamp_shows_its_colour() {
    let dark = lit_frame(SignalPhase::Off).0;
    // Middle of the head, 60 m ahead: 3.25 m left of it is the ego.
    let (u, v, _) = dark.project(&Point3::new(60.0, -3.25, 3.45)).unwrap();
    let changed = |phase: SignalPhase| -> Vec<(f64, f64, [u8; 3])> {
        let lit = lit_frame(phase).0;
        (0..160 * 96)
            .filter(|i| dark.rgb[i * 3..i * 3 + 3] != lit.rgb[i * 3..i * 3 + 3])
            .map(|i| {
                let c = [lit.rgb[i * 3], lit.rgb[i * 3 + 1], lit.rgb[i * 3 + 2]];
                ((i % 160) as f64 + 0.5, (i / 160) as f64 + 0.5, c)
            })
            .collect()
    };
    let strongest = |phase, channel: usize| {
        let pixels = changed(phase);
        assert!(!pixels.is_empty() && pixels.len() < 40);
        assert!(
            pixels
                .iter()
                .all(|p| (p.0 - u).abs() < 5.0 && (p.1 - v).abs() < 5.0)
        );
        pixels.into_iter().max_by_key(|p| p.2[channel]).unwrap()
    };
    let red = strongest(SignalPhase::Red, 0);
    assert!(red.2[0] > 180 && red.2[1] < 110, "{red:?}");
    let green = strongest(SignalPhase::Green, 1);
    assert!(green.2[1] > 180 && green.2[0] < 140, "{green:?}");
    assert!(red.1 < green.1, "red is above green");
}

#[test]
fn maps_show_lanes_marks_ground_and_signals() {
    let (_, truth) = lit_frame(SignalPhase::Red);
    for class in [
        SemanticClass::Sky,
        SemanticClass::Road,
        SemanticClass::LaneMark,
        SemanticClass::Terrain,
        SemanticClass::Pole,
        SemanticClass::TrafficLight,
    ] {
        let count = truth.semantic.iter().filter(|c| **c == class as u8).count();
        assert!(count > 0, "{class:?}");
    }
}

#[test]
fn sensors_run_at_their_rate_and_odometry_each_tick() {
    let mut world = street_world();
    let ego = world.entity(ActorId(0)).unwrap();
    world.ecs.entity_mut(ego).insert(Odometry::default());
    for tick in 0..5u64 {
        world.ecs.resource_mut::<Tick>().index = tick;
        world.run_stage(Stage::Sense);
        let scans = world.ecs.get::<LidarScans>(ego).unwrap();
        let newest = (tick / 2 * 2) as f64 * 0.05;
        assert!((scans.0[0].time_s - newest).abs() < 1e-12);
        let odometry = world.ecs.get::<Odometry>(ego).unwrap();
        assert!((odometry.time_s - tick as f64 * 0.05).abs() < 1e-12);
    }
}

#[test]
fn truth_is_computed_only_where_asked() {
    let mut world = street_world();
    let ego = world.entity(ActorId(0)).unwrap();
    let with = (scan(&mut world), frame(&mut world));
    let plain = Arc::new((*noisy_rig()).clone().with_truth(false));
    world.ecs.entity_mut(ego).insert(SensorRig(plain));
    let without = (scan(&mut world), frame(&mut world));
    assert_eq!(with.0.0, without.0.0);
    assert_eq!(with.1.0, without.1.0);
    assert!(without.0.1.0.is_empty() && without.1.1.semantic.is_empty());
    assert!(!with.0.1.0.is_empty() && !with.1.1.semantic.is_empty());
}

#[test]
fn shipped_rigs_load_and_broken_ones_tell_where() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/rigs");
    for name in ["default.ron", "lidar64.ron"] {
        Rig::load(&folder.join(name), &Limits::default()).expect(name);
    }
    let good = std::fs::read_to_string(folder.join("default.ron")).unwrap();
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("rig.ron");
    let load = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Rig::load(&file, &Limits::default())
    };
    assert!(load(&good).is_ok());
    let broken = load(&good.replace("azimuth_steps: 1024,", "azimuth_steps: x,")).unwrap_err();
    assert_eq!(broken.line, Some(8), "{broken}");
    assert_eq!(load("(lidars: [").unwrap_err().line, Some(1));
    for (from, to) in [
        ("azimuth_steps: 1024", "azimuth_steps: 4000000000"),
        ("count: 32", "count: 4000000000"),
        ("count: 32", "count: 0"),
        ("max_range_m: 80.0", "max_range_m: inf"),
        ("max_range_m: 80.0", "max_range_m: 0.1"),
        ("drop_out: 0.02", "drop_out: NaN"),
        ("rate_hz: 10.0", "rate_hz: 0.0"),
        ("hfov_deg: 100.0", "hfov_deg: 180.0"),
        ("width_px: 160", "width_px: 0"),
        ("z_m: 1.9", "z_m: NaN"),
        ("\"front_narrow\"", "\"front\""),
        ("rate_hz: 10.0", "rate: 10.0"),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(load(&good.replacen(from, to, 1)).is_err(), "{to}");
    }
    let deep = format!("(lidars: {}", "[".repeat(100_000));
    assert!(load(&deep).is_err());
}

#[test]
fn broken_meshes_and_states_do_no_harm() {
    let mut soup = flat();
    soup.triangle(
        [[f64::NAN, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        Material::Wall,
        0,
    );
    soup.triangle([[5.0, 5.0, 1.0]; 3], Material::Wall, 0);
    soup.triangles.push(([0, 1, 4_000_000], Material::Wall, 0));
    let mut world = world(
        &soup,
        noisy_rig(),
        &[(ActorClass::Car, Pose::planar(9.0, 0.0, 0.0))],
    );
    let other = world.entity(ActorId(1)).unwrap();
    world.ecs.get_mut::<ActorState>(other).unwrap().pose.x_m = f64::NAN;
    world.refresh_snapshot();
    let (points, truth) = scan(&mut world);
    assert!(points.points.len() > 1000);
    assert!(truth.0.iter().all(|t| t.actor.is_none()));
    let nothing = Scene::new(&TriangleSoup::default());
    assert_eq!(nothing.triangle_count(), 0);
}
