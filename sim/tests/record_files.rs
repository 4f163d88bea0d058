//! Logs and records hold what happened, can be read after a cut, and cost nothing when not asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use nalgebra::Isometry3;
use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
use sim::input::Limits;
use sim::math::Pose;
use sim::message::{CameraFrame, CameraFrames, LidarPoint, LidarScan, LidarScans};
use sim::record::{self, EventLog, RecordOptions, read_summary};
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

const ROAD: &str = r#"<OpenDRIVE><header revMajor="1" revMinor="7"/>
<road id="7" length="200" junction="-1" name=""><planView><geometry s="0" x="0" y="0" hdg="0" length="200"><line/></geometry></planView>
<lanes><laneSection s="0"><center><lane id="0" type="none" level="false"/></center>
<right><lane id="-1" type="driving" level="false"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road></OpenDRIVE>"#;

fn world() -> SimWorld {
    let map = RoadNetwork::from_xml_text(Path::new("r.xodr"), ROAD.into(), &Limits::default());
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 1,
        map: Arc::new(map.expect("a map")),
    });
    let at = ActorState::at(Pose::planar(10.0, -1.75, 0.0), 0.0);
    let ego = world.spawn(
        ActorSpec::typical("Ego, \"the\" car", ActorClass::Car),
        at,
        Motion::Kinematic,
    );
    world.spawn(
        ActorSpec::typical("Post", ActorClass::StaticObject),
        ActorState::at(Pose::planar(30.0, 40.0, 0.0), 0.0),
        Motion::Fixed,
    );
    let entity = world.entity(ego).expect("there");
    world
        .ecs
        .entity_mut(entity)
        .insert((LidarScans(vec![scan(0.0)]), CameraFrames(vec![frame(0.0)])));
    world
}

fn scan(time_s: f64) -> LidarScan {
    let point = LidarPoint {
        x_m: 1.0,
        y_m: 2.0,
        z_m: 3.0,
        intensity: 0.5,
        ring: 4,
        column: 5,
    };
    LidarScan {
        sensor: "top".into(),
        time_s,
        origin_m: [0.0; 3],
        points: vec![point; 100],
    }
}

fn frame(time_s: f64) -> CameraFrame {
    CameraFrame {
        sensor: "front".into(),
        time_s,
        width_px: 4,
        height_px: 2,
        focal_px: 3.0,
        center_px: (2.0, 1.0),
        ego_from_camera: Isometry3::identity(),
        rgb: (0..24).collect(),
    }
}

/// 100 ticks (5 s) with a new scan each second; the state hash.
fn drive(options: &RecordOptions) -> String {
    let mut world = world();
    record::start(&mut world, options).expect("files open");
    let mut worlds = [world];
    let mut pipeline = Pipeline::new(Vec::new());
    for i in 0..100u32 {
        pipeline.tick(&mut worlds);
        let [world] = &mut worlds;
        if (i + 1) % 20 == 0 {
            let time_s = world.tick().time_s();
            let ego = world.snapshot().actors[0].id;
            let entity = world.entity(ego).expect("there");
            world
                .ecs
                .entity_mut(entity)
                .insert(LidarScans(vec![scan(time_s)]));
            world.ecs.resource_mut::<EventLog>().push(
                time_s,
                "event",
                &format!("second {i}"),
                "standbyState",
                "runningState",
            );
        }
    }
    let [mut world] = worlds;
    assert!(world.is_running());
    record::finish(&mut world).expect("files closed");
    world.ecs.resource::<sim::world::StateHasher>().hex()
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(path)
        .expect("a CSV file");
    let records = reader.records().map(|r| r.expect("a row"));
    records
        .map(|r| r.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn logs_hold_time_zero_every_due_tick_and_road_positions() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = RecordOptions {
        log: Some(folder.path().join("new/log.csv")),
        log_every_s: Some(0.5),
        events: Some(folder.path().join("events.csv")),
        record: None,
        record_last_s: None,
        ..RecordOptions::default()
    };
    drive(&options);
    let log = rows(options.log.as_deref().expect("asked"));
    assert_eq!(
        log[0].join(","),
        "time_s,entity,x_m,y_m,z_m,heading_rad,pitch_rad,roll_rad,speed_mps,accel_mps2,road_id,lane_id,s_m,offset_m"
    );
    assert_eq!(log.len(), 1 + 2 * 11);
    assert_eq!(
        log[1][..4],
        ["0.000000", "Ego, \"the\" car", "10.000000", "-1.750000"]
    );
    assert_eq!(log[1][10..], ["7", "-1", "10.000000", "0.000000"]);
    assert_eq!(log[2][1], "Post");
    assert_eq!(
        (log[3][0].as_str(), log[21][0].as_str()),
        ("0.500000", "5.000000")
    );
    let events = rows(options.events.as_deref().expect("asked"));
    assert_eq!(events[0].join(","), "time_s,kind,element,from,to");
    assert_eq!(events.len(), 1 + 5);
    assert_eq!(
        events[1],
        [
            "1.000000",
            "event",
            "second 19",
            "standbyState",
            "runningState"
        ]
    );
}

#[test]
fn a_record_reads_back_with_every_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.mcap");
    drive(&RecordOptions {
        record: Some(path.clone()),
        ..RecordOptions::default()
    });
    let summary = read_summary(&path, &Limits::default()).expect("a record");
    assert_eq!(summary.cut, None);
    let count = |topic: &str| {
        summary
            .channels
            .get(topic)
            .map(|c| (c.schema.as_str(), c.messages))
    };
    let ego = "Ego, \"the\" car";
    assert_eq!(count("/tick"), Some(("skidpad.TickRecord", 101)));
    assert_eq!(count("/actors"), Some(("foxglove.SceneUpdate", 101)));
    assert_eq!(count("/map"), Some(("foxglove.SceneUpdate", 1)));
    assert_eq!(count("/log"), Some(("foxglove.Log", 5)));
    // At 0 s and after each second, seen a tick later; the last comes after the last tick.
    assert_eq!(
        count(&format!("/{ego}/lidar/top")),
        Some(("foxglove.PointCloud", 5))
    );
    assert_eq!(
        count(&format!("/{ego}/camera/front")),
        Some(("foxglove.RawImage", 1))
    );
    assert_eq!(summary.span_s.map(|s| s.0), Some(0.0));

    let bytes = std::fs::read(&path).expect("there");
    let first = mcap::MessageStream::new(&bytes)
        .expect("MCAP")
        .map(|m| m.expect("whole"))
        .find(|m| m.channel.topic.ends_with("lidar/top"))
        .expect("a scan");
    let cloud: serde_json::Value = serde_json::from_slice(&first.data).expect("JSON");
    assert_eq!(cloud["point_stride"], 18);
    // 100 points of 18 bytes in base64: the first is (1, 2, 3) in little-endian floats.
    let data = cloud["data"].as_str().expect("text");
    assert_eq!(data.len(), 1800 / 3 * 4);
    assert!(data.starts_with("AACAPwAAAEAAAEBA"), "{}", &data[..24]);
}

#[test]
fn a_cut_record_is_readable_up_to_the_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.mcap");
    drive(&RecordOptions {
        record: Some(path.clone()),
        ..RecordOptions::default()
    });
    let bytes = std::fs::read(&path).expect("there");
    let mut last = 0;
    for part in 0..=40 {
        let cut = folder.path().join("cut.mcap");
        std::fs::write(&cut, &bytes[..bytes.len() * part / 40]).expect("written");
        match read_summary(&cut, &Limits::default()) {
            Ok(summary) => {
                let ticks = summary.channels.get("/tick").map_or(0, |c| c.messages);
                assert!(ticks >= last && (part == 40 || summary.cut.is_some()));
                last = ticks;
            }
            Err(error) => assert!(part == 0, "{error}"),
        }
        if part == 30 {
            assert!(last >= 20, "{last} ticks in three quarters of the file");
        }
    }
    assert_eq!(last, 101);
}

#[test]
fn recording_leaves_the_states_alone_and_equal_runs_give_equal_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = |name: &str| {
        let path = folder.path().join(name);
        let hash = drive(&RecordOptions {
            record: Some(path.clone()),
            ..RecordOptions::default()
        });
        (hash, std::fs::read(path).expect("there"))
    };
    let (first, second) = (record("a.mcap"), record("b.mcap"));
    assert_eq!(first.0, drive(&RecordOptions::default()));
    assert!(first == second, "two records of one run differ");
}

#[test]
fn a_file_that_cant_be_made_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").expect("written");
    let error = record::start(
        &mut world(),
        &RecordOptions {
            log: Some(blocked.join("log.csv")),
            ..RecordOptions::default()
        },
    )
    .expect_err("refused");
    assert!(error.to_string().contains("log.csv"), "{error}");
}
