//! Mirrored samples are what mirrored worlds would have given, and targets decode to the boxes they
//! were made of.

use perception::decode::{DecodeOptions, Maps, boxes};
use perception::encode::{Encoded, Ground, SweepHistory, encode};
use perception::train::{Labels, Mirror, Sample, Targets, TrueBox, batch_of};
use proptest::prelude::*;
use sim::math::{Pose, wrap_angle};
use sim::message::{BoxClass, LidarPoint, LidarScan, Odometry};

fn encoded(points: &[[f32; 3]], old: &[[f32; 3]]) -> Encoded {
    let mut history = SweepHistory::default();
    let scan = |time_s: f64, points: &[[f32; 3]]| LidarScan {
        sensor: "roof".into(),
        time_s,
        origin_m: [0.0, 0.0, 1.9],
        points: points
            .iter()
            .map(|p| LidarPoint {
                x_m: p[0],
                y_m: p[1],
                z_m: p[2],
                intensity: 0.4,
                ring: 0,
                column: 0,
            })
            .collect(),
    };
    let odometry = Odometry {
        pose: Pose::default(),
        ..Odometry::default()
    };
    encode(&[scan(0.0, old)], &[], &odometry, &[], &mut history);
    let Some(encoded) = encode(&[scan(0.3, points)], &[], &odometry, &[], &mut history) else {
        panic!("a scan gives an encoding");
    };
    encoded
}

fn raster(sample: &Sample, mirror: Mirror) -> tch::Tensor {
    batch_of(&[(sample, mirror)]).raster
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8) })]
    #[test]
    fn a_mirrored_sample_is_the_sample_of_the_mirrored_points(
        points in prop::collection::vec((-39.0f32..39.0, -39.0f32..39.0, 0.6f32..3.0), 5..60),
        x: bool,
        y: bool,
    ) {
        // Places within 1 cm of a cell's edge may fall to either side.
        let off_edge = |v: f32| (v * 2.0).floor() / 2.0 + 0.01 + 0.48 * (v * 2.0).fract().abs();
        let points: Vec<[f32; 3]> = points.iter().map(|p| [off_edge(p.0), off_edge(p.1), p.2]).collect();
        let floor = (0..80).flat_map(|i| (0..80).map(move |j| [i as f32 - 39.6, j as f32 - 39.6, 0.0]));
        let points: Vec<[f32; 3]> = floor.chain(points).collect();
        let turned: Vec<[f32; 3]> = points
            .iter()
            .map(|p| [if x { -p[0] } else { p[0] }, if y { -p[1] } else { p[1] }, p[2]])
            .collect();
        let labels = || Labels { drivable: vec![255; 6400], signals: vec![255; 8], ..Labels::default() };
        let plain = Sample::pack(&encoded(&points, &points), labels());
        let other = Sample::pack(&encoded(&turned, &turned), labels());
        let a = raster(&plain, Mirror { x, y, first_sweep: false });
        let b = raster(&other, Mirror::default());
        // Bytes round to either side.
        let worst = (a - b).abs().max().double_value(&[]);
        prop_assert!(worst < 1.5 / 255.0, "{worst}");
    }
}

#[test]
fn targets_decode_to_the_boxes_they_were_made_of() {
    let truth = |class, x, y, yaw| TrueBox {
        class,
        center_m: [x, y, 0.9],
        size_m: [4.4, 1.8, 1.5],
        yaw_rad: yaw,
        velocity_mps: [7.0, -2.0],
        points: 20,
    };
    let all = vec![
        truth(BoxClass::Car, 10.3, 4.8, 0.4),
        truth(BoxClass::Pedestrian, -20.7, -12.2, -3.0),
        truth(BoxClass::Large, 39.9, -39.9, 1.6),
        truth(BoxClass::Cyclist, 0.1, 30.0, -1.2),
    ];
    let empty = encoded(&[], &[]);
    let labels = Labels {
        boxes: all.clone(),
        drivable: vec![255; 6400],
        signals: vec![255; 8],
    };
    let sample = Sample::pack(&empty, labels);
    for mirror in [
        Mirror::default(),
        Mirror {
            x: true,
            y: true,
            first_sweep: true,
        },
    ] {
        let targets = Targets::of(&[(&sample, mirror)]);
        let numbers = |t: &tch::Tensor| Vec::<f32>::try_from(t.reshape([-1])).unwrap();
        let maps = Maps {
            heat: numbers(&targets.heat),
            boxes: numbers(&targets.boxes),
            drivable: vec![],
            signals: vec![],
        };
        let found = boxes(&maps, &Ground::estimate(&[]), &DecodeOptions::default());
        for truth in all.iter().map(|t| mirror.of_box(*t)) {
            let near = found.iter().find(|d| {
                d.class == truth.class
                    && (0..3).all(|k| (d.center_m[k] - truth.center_m[k]).abs() < 0.01)
            });
            let near = near.unwrap_or_else(|| panic!("{truth:?} among {found:?}"));
            assert!(wrap_angle(f64::from(near.yaw_rad - truth.yaw_rad)).abs() < 1e-3);
            assert!((near.size_m[0] - 4.4).abs() < 0.01 && near.score > 0.99);
            assert!((near.velocity_mps[0] - truth.velocity_mps[0]).abs() < 0.01);
        }
    }
}
