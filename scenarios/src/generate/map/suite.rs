//! The maps of the regression suite (`scenarios/regression/maps`).

use rand_chacha::ChaCha8Rng;
use sim::math::{FRAC_PI_2, PI};
use sim::seed;

use super::furniture::{self, wood};
use super::junction::{Arm, Control};
use super::plan::{Path, Place};
use super::roundabout;
use super::street::{Profile, street};
use super::town::{Edge, Graph};
use super::xodr::{BROKEN, End, Lane, Map, NO_MARK, SOLID, Section, Signal};
use super::{MapKind, map};

/// Name and text of every map of the regression suite; its files are exactly these.
pub fn suite_maps() -> Vec<(&'static str, String)> {
    vec![
        ("street", straight(profile(1, (false, true)), 50.0)),
        ("boulevard", straight(profile(2, (false, false)), 50.0)),
        ("narrow", straight(profile(1, (true, true)), 30.0)),
        ("crossing", crossing(4, Control::Lights)),
        ("t_junction", crossing(3, Control::Yield)),
        ("roundabout", roundabout_of_four()),
        ("bend", bend()),
        ("s_curve", s_curve()),
        ("highway", map(MapKind::Highway, 1)),
        ("town", map(MapKind::Town, 1)),
    ]
}

fn profile(lanes: usize, parking: (bool, bool)) -> Profile {
    Profile {
        forward: lanes,
        backward: lanes,
        lane_width: 3.5,
        sidewalk: 2.5,
        parking,
    }
}

fn new(name: &str) -> (Map, ChaCha8Rng) {
    let rng = seed::stream(0, None, &format!("generate.suite.{name}"));
    (Map::new(name), rng)
}

/// 450 m along x.
fn straight(profile: Profile, speed_kmh: f64) -> String {
    let (mut map, mut rng) = new(&format!("straight {speed_kmh} {}", profile.forward));
    let path = Path::from(Place::default()).line(450.0);
    street(&mut map, path, &profile, speed_kmh);
    furniture::furnish(&mut map, &mut rng);
    map.to_xml()
}

/// Streets from the origin to the east, west, south and north.
fn crossing(arms: usize, control: Control) -> String {
    let (mut map, mut rng) = new(&format!("crossing {arms}"));
    let mut graph = Graph {
        nodes: vec![Place::default()],
        control: Some(control),
        ..Graph::default()
    };
    for (i, angle) in [0.0, PI, -FRAC_PI_2, FRAC_PI_2]
        .into_iter()
        .take(arms)
        .enumerate()
    {
        let far = Place::new(0.0, 0.0, angle).shift(170.0, 0.0);
        graph.nodes.push(Place::new(far.x, far.y, 0.0));
        graph.edges.push(Edge {
            from: 0,
            to: i + 1,
            profile: profile(1, (false, false)),
            speed_kmh: 50.0,
            bow: (0.0, 0.0),
        });
    }
    graph.build(&mut map, &mut rng, 0.0);
    furniture::furnish(&mut map, &mut rng);
    map.to_xml()
}

fn roundabout_of_four() -> String {
    let (mut map, mut rng) = new("roundabout");
    let (_, reach) = roundabout::size(4);
    let arms: Vec<Arm> = (0..4)
        .map(|i| {
            let start = Place::new(0.0, 0.0, FRAC_PI_2 * f64::from(i)).shift(reach, 0.0);
            let path = Path::from(start).line(120.0);
            Arm {
                road: street(&mut map, path, &profile(1, (false, false)), 50.0),
                end: End::Start,
            }
        })
        .collect();
    roundabout::ring(&mut map, Place::default(), &arms);
    furniture::furnish(&mut map, &mut rng);
    map.to_xml()
}

/// A country road of one lane a side.
fn country(name: &str, path: Path, speed_kmh: f64, changes: Vec<(f64, f64)>) -> String {
    let (mut map, mut rng) = new(name);
    let index = map.add_road(path, "rural", speed_kmh);
    let side = || {
        vec![
            Lane::new("driving", 3.5, SOLID),
            Lane::new("shoulder", 1.0, NO_MARK),
        ]
    };
    let ids: Vec<u32> = changes.iter().map(|_| map.new_id()).collect();
    let road = &mut map.roads[index];
    road.sections.push(Section {
        s: 0.0,
        center_mark: BROKEN,
        left: side(),
        right: side(),
    });
    for ((s, speed), id) in changes.iter().zip(ids) {
        road.signals.push(Signal {
            id,
            name: "speedLimit",
            s: *s,
            t: -4.9,
            z: 1.9,
            is_forward: true,
            kind: "274",
            country: "DE",
            value: Some(*speed),
            ..Signal::default()
        });
    }
    road.speed_changes = changes;
    wood(&mut map, index, 2.0, &mut rng);
    map.to_xml()
}

/// A right angle of 30 m radius after 130 m.
fn bend() -> String {
    let path = Path::from(Place::default())
        .line(130.0)
        .bend(30.0, FRAC_PI_2, 15.0)
        .line(150.0);
    country("bend", path, 80.0, Vec::new())
}

/// Two bends, with a lower limit from before the first.
fn s_curve() -> String {
    let path = Path::from(Place::default())
        .line(120.0)
        .bend(60.0, 0.9, 20.0)
        .bend(60.0, -0.9, 20.0)
        .line(150.0);
    country("s_curve", path, 70.0, vec![(105.0, 50.0)])
}
