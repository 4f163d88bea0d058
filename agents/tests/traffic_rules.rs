//! Laws of background traffic at a crossing: who goes first, who waits where, and that all get through.

mod crossing;

use std::sync::Arc;

use agents::path::{Path, Priority};
use agents::rules::idm::IdmParams;
use agents::rules::scene::{Body, Scene};
use agents::traffic::course::{Course, Extent};
use agents::traffic::decide::decide;
use agents::traffic::meet::MeetCache;
use agents::traffic::mover::{Mover, Wait};
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};

use sim::physics::Footprint;
use sim::seed::{Draw, stream};
use sim::world::ActorSnapshot;

use crossing::{ARM_M, BOX_M, route};

const PERIOD_S: f64 = 0.2;

struct Car {
    course: Arc<Course>,
    station_m: f64,
    speed_mps: f64,
    granted_m: f64,
    wait_s: f64,
    stopped_at_m: Option<f64>,
    held_by: Option<ActorId>,
    wait: Wait,
    /// Stands for ever.
    is_parked: bool,
    is_gone: bool,
}

/// Cars on rails along their paths: the rules alone are under test.
struct Street {
    spec: Arc<ActorSpec>,
    cars: Vec<Car>,
    cache: MeetCache,
    time_s: f64,
}

impl Street {
    fn new() -> Self {
        Self {
            spec: Arc::new(ActorSpec::typical("car", ActorClass::Car)),
            cars: Vec::new(),
            cache: MeetCache::default(),
            time_s: 0.0,
        }
    }

    fn add(&mut self, path: Path, station_m: f64, speed_mps: f64) -> usize {
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let course = Course::new(Arc::new(path), &extent, &IdmParams::default());
        self.cars.push(Car {
            course: Arc::new(course),
            station_m,
            speed_mps,
            granted_m: f64::MIN,
            wait_s: 0.0,
            stopped_at_m: None,
            held_by: None,
            wait: Wait::None,
            is_parked: false,
            is_gone: false,
        });
        self.cars.len() - 1
    }

    fn front_m(&self, car: usize) -> f64 {
        self.cars[car].station_m + 3.7
    }

    fn snapshot(&self, car: usize) -> ActorSnapshot {
        let c = &self.cars[car];
        let pose = c.course.path.pose(c.station_m, 0.0);
        ActorSnapshot {
            id: ActorId(car as u32),
            spec: self.spec.clone(),
            state: ActorState::at(pose, c.speed_mps),
            motion: Motion::Kinematic,
        }
    }

    /// One decision, carried out; whether two cars touch.
    fn step(&mut self) -> bool {
        let here: Vec<usize> = (0..self.cars.len())
            .filter(|i| !self.cars[*i].is_gone)
            .collect();
        let mut scene = Scene::default();
        let mut movers = Vec::new();
        for (k, i) in here.iter().enumerate() {
            let car = &self.cars[*i];
            let path = car.course.path.clone();
            let body = Body::of(&self.snapshot(*i), Some(path), Some(car.station_m));
            let params = IdmParams::default();
            let mut mover = Mover::new(k, &body, car.course.clone(), car.station_m, params);
            mover.is_managed = !car.is_parked;
            mover.granted_m = car.granted_m;
            mover.wait_s = car.wait_s;
            mover.stopped_at_m = car.stopped_at_m;
            mover.held_by = car.held_by;
            scene.bodies.push(body);
            movers.push(mover);
        }
        let accels = decide(&scene, &mut movers, &mut self.cache, PERIOD_S);
        for ((mover, accel), i) in movers.iter().zip(accels).zip(&here) {
            let car = &mut self.cars[*i];
            car.granted_m = mover.granted_m;
            car.wait_s = mover.wait_s;
            car.stopped_at_m = mover.stopped_at_m;
            car.wait = mover.wait;
            car.held_by = mover.waits_for();
            if !car.is_parked {
                let next = (car.speed_mps + accel * PERIOD_S).max(0.0);
                car.station_m += 0.5 * (car.speed_mps + next) * PERIOD_S;
                car.speed_mps = next;
            }
            car.is_gone = car.station_m > car.course.path.length_m() - 12.0;
        }
        self.time_s += PERIOD_S;
        let prints: Vec<Footprint> = here
            .iter()
            .map(|i| Footprint::of(&self.snapshot(*i)))
            .collect();
        prints
            .iter()
            .enumerate()
            .any(|(n, a)| prints[n + 1..].iter().any(|b| a.overlap(b).is_some()))
    }

    /// When a car's front is past a station, seconds.
    fn passes_at(&mut self, cars: &[usize], station_m: f64, seconds: f64) -> Vec<f64> {
        let mut times = vec![f64::INFINITY; cars.len()];
        while self.time_s < seconds {
            assert!(!self.step(), "contact at {:.1} s", self.time_s);
            for (k, car) in cars.iter().enumerate() {
                if self.front_m(*car) > station_m {
                    times[k] = times[k].min(self.time_s);
                }
            }
        }
        times
    }
}

#[test]
fn who_comes_from_the_right_goes_first() {
    for (first, second) in [(1, 0), (2, 1), (3, 2), (0, 3)] {
        let mut street = Street::new();
        // The one who has to wait is even a little nearer.
        let b = street.add(route(second, 0, Priority::Equal), 42.0, 8.0);
        let a = street.add(route(first, 0, Priority::Equal), 40.0, 8.0);
        let times = street.passes_at(&[a, b], ARM_M, 30.0);
        assert!(times[0] < times[1], "arms {first} {second}: {times:?}");
        assert!(times[1] < 20.0, "{times:?}");
    }
}

#[test]
fn left_turners_wait_for_oncoming_traffic() {
    let mut street = Street::new();
    let left = street.add(route(0, 1, Priority::Equal), 42.0, 8.0);
    let straight = street.add(route(2, 0, Priority::Equal), 38.0, 8.0);
    let times = street.passes_at(&[straight, left], ARM_M, 30.0);
    assert!(times[0] < times[1] && times[1] < 20.0, "{times:?}");
}

#[test]
fn at_a_stop_sign_everybody_stops_even_where_nobody_comes() {
    let mut street = Street::new();
    let car = street.add(route(0, 0, Priority::Stop), 30.0, 10.0);
    let line = ARM_M - BOX_M;
    let mut slowest_before = f64::MAX;
    while street.time_s < 30.0 {
        street.step();
        if street.front_m(car) < line + 0.3 {
            slowest_before = slowest_before.min(street.cars[car].speed_mps);
        }
    }
    assert!(slowest_before < 0.5, "{slowest_before}");
    assert!(street.cars[car].is_gone || street.front_m(car) > line + 20.0);
}

#[test]
fn a_gap_in_the_main_road_is_taken_where_it_is_long_enough() {
    let crosses_before = |distance_m: f64| {
        let mut street = Street::new();
        let minor = street.add(route(1, 0, Priority::GiveWay), 72.0, 0.0);
        let main = street.add(route(0, 0, Priority::Main), ARM_M - distance_m, 11.0);
        let times = street.passes_at(&[minor, main], ARM_M, 40.0);
        assert!(times.iter().all(|t| *t < 39.0), "{times:?}");
        times[0] < times[1]
    };
    assert!(!crosses_before(40.0));
    // However quick it is, the main road's car is more than 8 s away.
    let mut street = Street::new();
    let minor = street.add(route(1, 0, Priority::GiveWay), 72.0, 0.0);
    let main = street.add(route(0, 0, Priority::Main), 2.0, 2.0);
    let times = street.passes_at(&[minor, main], ARM_M, 40.0);
    assert!(times[0] < times[1], "{times:?}");
}

#[test]
fn nobody_enters_where_there_is_no_room_behind() {
    let mut street = Street::new();
    let blocker = street.add(route(0, 0, Priority::Equal), ARM_M + BOX_M + 3.0, 0.0);
    street.cars[blocker].is_parked = true;
    let car = street.add(route(0, 0, Priority::Equal), 40.0, 10.0);
    for _ in 0..150 {
        assert!(!street.step());
        assert!(street.front_m(car) < ARM_M - BOX_M + 0.5);
    }
    assert!(matches!(street.cars[car].wait, Wait::Exit(Some(_))));
    street.cars[blocker].is_gone = true;
    for _ in 0..100 {
        street.step();
    }
    assert!(street.front_m(car) > ARM_M + BOX_M);
}

#[test]
fn four_who_arrive_at_once_do_not_wait_for_ever() {
    let mut street = Street::new();
    let cars: Vec<usize> = (0..4)
        .map(|arm| street.add(route(arm, 0, Priority::Equal), 45.0, 8.0))
        .collect();
    let times = street.passes_at(&cars, ARM_M + BOX_M, 60.0);
    assert!(times.iter().all(|t| *t < 50.0), "{times:?}");
}

#[test]
fn a_crossing_is_passed_by_all_without_contact() {
    use Priority::{Equal, GiveWay, Main, Stop};
    for priorities in [[Equal; 4], [Main, GiveWay, Main, Stop]] {
        for seed in 0..8 {
            let mut rng = stream(seed, None, "crossing");
            let mut street = Street::new();
            let mut back = [0.0; 4];
            for _ in 0..14 {
                let arm = rng.index(4);
                let station = 66.0 - back[arm];
                back[arm] += rng.uniform(9.0, 20.0);
                if station > 0.0 {
                    street.add(route(arm, rng.index(3), priorities[arm]), station, 6.0);
                }
            }
            while street.time_s < 150.0 {
                assert!(
                    !street.step(),
                    "seed {seed}: contact at {:.1} s",
                    street.time_s
                );
            }
            let left = street.cars.iter().filter(|c| !c.is_gone).count();
            assert_eq!(left, 0, "seed {seed} {priorities:?}");
        }
    }
}
