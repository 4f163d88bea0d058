//! `TrafficAction`: sources, sinks, swarms and areas of traffic, until they are stopped.
//!
//! Vehicles come into driving lanes outside junctions where there is room, follow the lane by the
//! Intelligent Driver Model, turn at junctions at random, and leave at the ends of the roads. Draws are
//! seeded. The scenario's own entities are never taken out by a sink.

use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorClass, ActorSpec};
use sim::input::InputError;
use sim::math;
use sim::message::DriverSpec;
use sim::seed::Draw;

use super::{Action, Progress};
use crate::model::{Context, EntityId, Position, read_template, vehicle_category};
use crate::read::El;
use crate::story::{Cast, Place};

/// Which vehicles come, by weight.
type Mix = Vec<(f64, ActorSpec)>;

/// Part of a traffic area.
#[derive(Clone, Debug)]
enum Area {
    /// Corners of a polygon.
    Polygon(Vec<Position>),
    /// Road, stations from and to, metres, and lanes (all where none is named).
    Road(String, f64, f64, Vec<i32>),
}

#[derive(Clone, Debug)]
enum Kind {
    Source {
        position: Position,
        radius_m: f64,
        rate_hz: f64,
    },
    Sink {
        position: Position,
        radius_m: f64,
        rate_hz: Option<f64>,
    },
    Swarm {
        central: EntityId,
        /// Along and across the central entity, metres.
        half_axes_m: [f64; 2],
        inner_m: f64,
        offset_m: f64,
        count: usize,
        /// Share that goes the same way.
        same: f64,
    },
    Area {
        areas: Vec<Area>,
        count: usize,
        continuous: bool,
    },
    Stop,
}

/// `TrafficSourceAction`, `TrafficSinkAction`, `TrafficSwarmAction`, `TrafficAreaAction` or
/// `TrafficStopAction`
#[derive(Clone, Debug)]
pub struct TrafficAction {
    name: Option<String>,
    kind: Kind,
    mix: Mix,
    /// Speed at the start: least and most, m/s; that of the road where unset.
    speed_mps: Option<[f64; 2]>,
    started_s: f64,
    /// When the next vehicle comes or goes, seconds.
    due_s: f64,
    /// Whom it has brought in, with their names: another vehicle may have come to the same number.
    made: Vec<(EntityId, String)>,
    rng: Option<ChaCha8Rng>,
}

/// A vehicle that found no room is tried again after this, seconds.
const RETRY_S: f64 = 0.5;
/// Points tried for each vehicle.
const TRIES: usize = 200;
/// Vehicles of one action at most.
const MAX_COUNT: i64 = 1000;
/// A swarm's vehicles leave this much farther out than they come in.
const LEAVE: f64 = 1.15;
/// Speed where the road gives no limit, m/s.
const USUAL_MPS: f64 = 13.9;

impl TrafficAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it holds no traffic action or one that is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let inner = el.choice("a traffic action")?;
        // What it makes drives as all background traffic does.
        if !matches!(inner.name(), "TrafficSinkAction" | "TrafficStopAction") {
            ctx.note_driver(DriverSpec::Traffic);
        }
        let position = || Position::read(ctx, inner.need_child("Position")?);
        let count = |name: &str| -> Result<usize, InputError> {
            let value = inner.i64(name)?;
            if (0..=MAX_COUNT).contains(&value) {
                Ok(value as usize)
            } else {
                Err(inner.error(format!("{name} from 0 to {MAX_COUNT}"), format!("{value}")))
            }
        };
        let kind = match inner.name() {
            "TrafficSourceAction" => Kind::Source {
                position: position()?,
                radius_m: inner.f64("radius")?,
                rate_hz: inner.f64("rate")?,
            },
            "TrafficSinkAction" => Kind::Sink {
                position: position()?,
                radius_m: inner.f64("radius")?,
                rate_hz: inner.opt_f64("rate")?,
            },
            "TrafficSwarmAction" => {
                let central = match inner.child("CentralObject") {
                    Some(central) => central,
                    // So it was named in 1.0.
                    None => inner.need_child("CentralSwarmObject")?,
                };
                let split = inner.child("DirectionOfTravelDistribution");
                let share = |name: &str| split.map_or(Ok(1.0), |s| s.f64(name));
                let (same, opposite) = (share("same")?.max(0.0), share("opposite")?.max(0.0));
                Kind::Swarm {
                    central: ctx.entity(&central, "entityRef")?,
                    half_axes_m: [inner.f64("semiMajorAxis")?, inner.f64("semiMinorAxis")?],
                    inner_m: inner.f64("innerRadius")?,
                    offset_m: inner.f64_or("offset", 0.0)?,
                    count: count("numberOfVehicles")?,
                    same: same / (same + opposite).max(1e-9),
                }
            }
            "TrafficAreaAction" => Kind::Area {
                areas: read_areas(ctx, inner.need_child("TrafficArea")?)?,
                count: count("numberOfEntities")?,
                continuous: inner.bool_or("continuous", false)?,
            },
            "TrafficStopAction" => Kind::Stop,
            _ => return Err(super::unknown(&inner, "a traffic action")),
        };
        let speed = match inner.opt_f64("speed")? {
            Some(speed) => Some(speed),
            None => inner.opt_f64("velocity")?,
        };
        let range = match inner.child("InitialSpeedRange") {
            Some(range) => Some([range.f64("lowerLimit")?, range.f64("upperLimit")?]),
            None => speed.map(|v| [v, v]),
        };
        Ok(Self {
            name: el.opt_text("trafficName")?,
            mix: read_mix(ctx, inner)?,
            kind,
            speed_mps: range,
            started_s: 0.0,
            due_s: 0.0,
            made: Vec::new(),
            rng: None,
        })
    }

    fn spec(&mut self) -> ActorSpec {
        let total: f64 = self.mix.iter().map(|(weight, _)| weight).sum();
        let mut at = self.rng.as_mut().map_or(0.0, |rng| rng.uniform(0.0, total));
        for (weight, spec) in &self.mix {
            if at < *weight {
                return spec.clone();
            }
            at -= weight;
        }
        ActorSpec::typical("", ActorClass::Car)
    }

    /// Tries to bring one vehicle in at points that `draw` gives and `fits` accepts.
    fn bring_in(
        &mut self,
        cast: &mut Cast,
        draw: impl Fn(&mut ChaCha8Rng) -> (f64, f64),
        fits: impl Fn(&Place) -> bool,
    ) -> bool {
        let spec = self.spec();
        let Some(mut rng) = self.rng.take() else {
            return false;
        };
        let mut made = None;
        for _ in 0..TRIES {
            let (x_m, y_m) = draw(&mut rng);
            let Some(place) = cast.lane_place(x_m, y_m).filter(&fits) else {
                continue;
            };
            let speed_mps = match self.speed_mps {
                Some([low, high]) => rng.uniform(low, high.max(low)),
                None => place
                    .road
                    .and_then(|r| cast.map.speed_limit_mps(r, place.lane_id, place.s_m))
                    .unwrap_or(USUAL_MPS),
            };
            made = cast.spawn_traffic(spec.clone(), place, speed_mps, &mut rng);
            if made.is_some() {
                break;
            }
        }
        self.rng = Some(rng);
        let Some(id) = made else { return false };
        if let Some(player) = cast.actor(id) {
            self.made.push((id, player.spec.name.clone()));
        }
        true
    }

    /// Forgets who has left.
    fn tidy(&mut self, cast: &Cast) {
        self.made.retain(|(id, name)| {
            cast.actor(*id)
                .is_some_and(|p| p.active && p.spec.name == *name)
        });
    }

    fn source(&mut self, cast: &mut Cast, position: &Position, radius_m: f64, rate_hz: f64) {
        let now_s = cast.time_s();
        if rate_hz <= 0.0 || now_s + 1e-9 < self.due_s {
            return;
        }
        self.made.clear();
        let Some(center) = cast.resolve(position, EntityId(0)) else {
            cast.note_unresolved(position);
            return;
        };
        let (x, y) = (center.pose().x_m, center.pose().y_m);
        let within =
            move |p: &Place| math::hypot(p.pose().x_m - x, p.pose().y_m - y) <= radius_m.max(4.0);
        let came = self.bring_in(cast, |rng| in_circle(rng, x, y, radius_m), within);
        self.due_s = if came {
            self.due_s.max(now_s - RETRY_S) + 1.0 / rate_hz
        } else {
            now_s + RETRY_S
        };
    }

    fn sink(&mut self, cast: &mut Cast, position: &Position, radius_m: f64, rate_hz: Option<f64>) {
        let now_s = cast.time_s();
        if now_s + 1e-9 < self.due_s || rate_hz.is_some_and(|rate| rate <= 0.0) {
            return;
        }
        let Some(center) = cast.resolve(position, EntityId(0)) else {
            cast.note_unresolved(position);
            return;
        };
        let (x, y) = (center.pose().x_m, center.pose().y_m);
        let inside: Vec<EntityId> = cast
            .players
            .iter()
            .filter(|p| p.is_traffic && p.active)
            .filter(|p| math::hypot(p.place.pose().x_m - x, p.place.pose().y_m - y) <= radius_m)
            .map(|p| p.id)
            .collect();
        let most = if rate_hz.is_some() { 1 } else { usize::MAX };
        for id in inside.into_iter().take(most) {
            cast.remove_traffic(id);
            if let Some(rate_hz) = rate_hz {
                self.due_s = now_s + 1.0 / rate_hz;
            }
        }
    }

    fn swarm(&mut self, cast: &mut Cast) {
        let Kind::Swarm {
            central,
            half_axes_m,
            inner_m,
            offset_m,
            count,
            same,
        } = self.kind.clone()
        else {
            return;
        };
        let Some(center) = cast.actor(central).filter(|p| p.active) else {
            return;
        };
        let mut middle = *center.place.pose();
        (middle.x_m, middle.y_m) = middle.to_world_xy(offset_m, 0.0);
        let share = move |place: &Place| {
            let (x, y) = middle.to_local_xy(place.pose().x_m, place.pose().y_m);
            math::hypot(x / half_axes_m[0].max(1.0), y / half_axes_m[1].max(1.0))
        };
        self.tidy(cast);
        for (id, _) in &self.made {
            if cast.actor(*id).is_some_and(|p| share(&p.place) > LEAVE) {
                cast.remove_traffic(*id);
            }
        }
        self.tidy(cast);
        let now_s = cast.time_s();
        let is_first = self.due_s <= self.started_s;
        while self.made.len() < count && now_s + 1e-9 >= self.due_s {
            let goes_along = self.rng.as_mut().is_some_and(|rng| rng.chance(same));
            let fits = move |place: &Place| {
                let pose = place.pose();
                let apart = math::hypot(pose.x_m - middle.x_m, pose.y_m - middle.y_m);
                let along = math::cos(pose.yaw_rad - middle.yaw_rad) >= 0.0;
                share(place) <= 1.0 && apart >= inner_m && along == goes_along
            };
            // First all over, later at the rim.
            let least = if is_first { 0.0 } else { 0.7 };
            let draw = move |rng: &mut ChaCha8Rng| {
                let part = rng.uniform(least, 1.0);
                let turn = rng.uniform(0.0, math::TAU);
                middle.to_world_xy(
                    half_axes_m[0] * part * math::cos(turn),
                    half_axes_m[1] * part * math::sin(turn),
                )
            };
            if !self.bring_in(cast, draw, fits) {
                self.due_s = now_s + RETRY_S;
            }
        }
        if is_first {
            self.due_s = self.due_s.max(now_s + RETRY_S);
        }
    }

    fn area(&mut self, cast: &mut Cast) {
        let Kind::Area {
            areas,
            count,
            continuous,
        } = self.kind.clone()
        else {
            return;
        };
        let now_s = cast.time_s();
        if now_s + 1e-9 < self.due_s {
            return;
        }
        self.tidy(cast);
        let is_first = self.due_s <= self.started_s;
        self.due_s = now_s + RETRY_S;
        if !is_first && !continuous {
            return;
        }
        let mut placed: Vec<Placed> = areas.iter().filter_map(|a| Placed::new(cast, a)).collect();
        placed.retain(|a| a.size > 0.0);
        let total: f64 = placed.iter().map(|a| a.size).sum();
        let wanted = count.saturating_sub(self.made.len());
        for _ in 0..wanted {
            let at = self.rng.as_mut().map_or(0.0, |rng| rng.uniform(0.0, total));
            let mut sum = 0.0;
            let chosen = placed.iter().find(|a| {
                sum += a.size;
                at < sum
            });
            let Some(area) = chosen.cloned() else { return };
            let inside = area.clone();
            let came = self.bring_in(cast, move |rng| area.draw(rng), move |p| inside.holds(p));
            if !came && !is_first {
                return;
            }
        }
    }
}

/// A point in a circle, evenly.
fn in_circle(rng: &mut ChaCha8Rng, x_m: f64, y_m: f64, radius_m: f64) -> (f64, f64) {
    let (r, turn) = (radius_m * rng.unit().sqrt(), rng.uniform(0.0, math::TAU));
    (x_m + r * math::cos(turn), y_m + r * math::sin(turn))
}

/// A part of an area laid out on the map.
#[derive(Clone, Debug)]
struct Placed {
    /// Square metres, or metres of road times a lane's width.
    size: f64,
    corners: Vec<(f64, f64)>,
    road: Option<(sim::road::RoadIndex, f64, f64, Vec<i32>)>,
    map: std::sync::Arc<sim::road::RoadNetwork>,
}

impl Placed {
    fn new(cast: &Cast, area: &Area) -> Option<Self> {
        let map = cast.map.clone();
        match area {
            Area::Polygon(positions) => {
                let corner = |p: &Position| {
                    let place = cast.resolve(p, EntityId(0))?;
                    Some((place.pose().x_m, place.pose().y_m))
                };
                let corners: Vec<(f64, f64)> =
                    positions.iter().map(corner).collect::<Option<_>>()?;
                let twice: f64 = (0..corners.len())
                    .map(|i| {
                        let (a, b) = (corners[i], corners[(i + 1) % corners.len()]);
                        a.0 * b.1 - b.0 * a.1
                    })
                    .sum();
                Some(Self {
                    size: twice.abs() / 2.0,
                    corners,
                    road: None,
                    map,
                })
            }
            Area::Road(id, from_m, to_m, lanes) => {
                let road = map.road_index(id)?;
                let length_m = map.road(road)?.length_m;
                let (from_m, to_m) = (from_m.clamp(0.0, length_m), to_m.clamp(0.0, length_m));
                Some(Self {
                    size: (to_m - from_m).abs() * 3.5,
                    corners: Vec::new(),
                    road: Some((road, from_m, to_m, lanes.clone())),
                    map,
                })
            }
        }
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> (f64, f64) {
        if let Some((road, from_m, to_m, lanes)) = &self.road {
            let s_m = rng.uniform(from_m.min(*to_m), from_m.max(*to_m));
            let all: Vec<i32> = self
                .map
                .road(*road)
                .and_then(|r| r.section(s_m))
                .map(|s| {
                    s.lanes()
                        .filter(|l| l.kind.is_drivable())
                        .map(|l| l.id)
                        .collect()
                })
                .unwrap_or_default();
            let open: Vec<i32> = all
                .into_iter()
                .filter(|id| lanes.is_empty() || lanes.contains(id))
                .collect();
            let lane_id = open.get(rng.index(open.len())).copied().unwrap_or(0);
            let mut place = Place::default();
            place.set_lane(&self.map, *road, lane_id, s_m, 0.0);
            return (place.pose().x_m, place.pose().y_m);
        }
        let bound = |pick: fn(&(f64, f64)) -> f64| {
            let values = self.corners.iter().map(pick);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(v), b.max(v))
            })
        };
        let (x, y) = (bound(|c| c.0), bound(|c| c.1));
        (rng.uniform(x.0, x.1), rng.uniform(y.0, y.1))
    }

    fn holds(&self, place: &Place) -> bool {
        if let Some((road, from_m, to_m, lanes)) = &self.road {
            let (low, high) = (from_m.min(*to_m), from_m.max(*to_m));
            return place.road == Some(*road)
                && (low - 0.1..=high + 0.1).contains(&place.s_m)
                && (lanes.is_empty() || lanes.contains(&place.lane_id));
        }
        let (x, y) = (place.pose().x_m, place.pose().y_m);
        let mut inside = false;
        for (i, a) in self.corners.iter().enumerate() {
            let b = self.corners[(i + 1) % self.corners.len()];
            if (a.1 > y) != (b.1 > y) && x < (b.0 - a.0) * (y - a.1) / (b.1 - a.1) + a.0 {
                inside = !inside;
            }
        }
        inside
    }
}

impl Action for TrafficAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        self.started_s = cast.time_s();
        self.due_s = self.started_s;
        if let Kind::Stop = self.kind {
            cast.stopped_traffic
                .push((self.name.clone(), self.started_s));
            return Progress::Done;
        }
        // Each action draws by itself.
        let purpose = format!("traffic {}", cast.random.unit().to_bits());
        self.rng = Some(sim::seed::stream(0, None, &purpose));
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let is_stopped = cast
            .stopped_traffic
            .iter()
            .any(|(name, at_s)| *at_s >= self.started_s && (name.is_none() || *name == self.name));
        if is_stopped {
            return Progress::Done;
        }
        match self.kind.clone() {
            Kind::Source {
                position,
                radius_m,
                rate_hz,
            } => self.source(cast, &position, radius_m, rate_hz),
            Kind::Sink {
                position,
                radius_m,
                rate_hz,
            } => self.sink(cast, &position, radius_m, rate_hz),
            Kind::Swarm { .. } => self.swarm(cast),
            Kind::Area { .. } => self.area(cast),
            Kind::Stop => return Progress::Done,
        }
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

fn read_areas(ctx: &Context, el: El<'_>) -> Result<Vec<Area>, InputError> {
    let mut areas = Vec::new();
    for child in el.elements() {
        match child.name() {
            "Polygon" => {
                let mut corners = Vec::new();
                for position in child.children("Position") {
                    corners.push(Position::read(ctx, position)?);
                }
                if corners.len() < 3 {
                    return Err(
                        child.error("a polygon of 3 corners or more", corners.len().to_string())
                    );
                }
                areas.push(Area::Polygon(corners));
            }
            "RoadRange" => {
                let mut left_m = child.opt_f64("length")?.unwrap_or(f64::INFINITY);
                let mut cursors = Vec::new();
                for cursor in child.children("RoadCursor") {
                    let mut lanes = Vec::new();
                    for lane in cursor.children("Lane") {
                        lanes.push(lane.i64("id")?.clamp(-10_000, 10_000) as i32);
                    }
                    cursors.push((cursor.text("roadId")?, cursor.opt_f64("s")?, lanes));
                }
                for (i, (road, s_m, lanes)) in cursors.iter().enumerate() {
                    // From its station on: to the next cursor of the same road, else as far as it reaches.
                    let from_m = s_m.unwrap_or(0.0);
                    let next = cursors.get(i + 1).filter(|next| next.0 == *road);
                    let to_m = next.and_then(|n| n.1).unwrap_or(from_m + left_m);
                    let is_end = i > 0 && i + 1 == cursors.len() && cursors[i - 1].0 == *road;
                    if !is_end {
                        areas.push(Area::Road(road.clone(), from_m, to_m, lanes.clone()));
                        left_m = (left_m - (to_m - from_m).abs()).max(0.0);
                    }
                }
            }
            _ => return Err(super::unknown(&child, "Polygon or RoadRange")),
        }
    }
    Ok(areas)
}

/// Vehicles by weight: categories of a `TrafficDefinition`, or templates of a `TrafficDistribution`.
fn read_mix(ctx: &Context, el: El<'_>) -> Result<Mix, InputError> {
    let mut mix = Vec::new();
    if let Some(definition) = el.child("TrafficDefinition") {
        if let Some(all) = definition.child("VehicleCategoryDistribution") {
            for entry in all.children("VehicleCategoryDistributionEntry") {
                let class = vehicle_category(entry, "category")?;
                mix.push((entry.f64("weight")?.max(0.0), ActorSpec::typical("", class)));
            }
        }
        for part in ["ControllerDistribution", "VehicleRoleDistribution"] {
            if let Some(child) = definition.child(part) {
                ctx.warn(
                    &child,
                    format!("<{part}> is noted: traffic drives as all background traffic does"),
                );
            }
        }
    }
    if let Some(distribution) = el.child("TrafficDistribution") {
        for entry in distribution.children("TrafficDistributionEntry") {
            let share = entry.f64("weight")?.max(0.0);
            let Some(entities) = entry.child("EntityDistribution") else {
                continue;
            };
            let mut group = Vec::new();
            for entity in entities.children("EntityDistributionEntry") {
                let template = entity.need_child("ScenarioObjectTemplate")?;
                group.push((
                    entity.f64("weight")?.max(0.0),
                    read_template(ctx, template)?,
                ));
            }
            let total: f64 = group.iter().map(|(weight, _)| weight).sum();
            let scaled = group
                .into_iter()
                .map(|(weight, spec)| (share * weight / total.max(1e-9), spec));
            mix.extend(scaled);
        }
    }
    // What does not drive in lanes is no traffic of ours.
    let count = mix.len();
    mix.retain(|(_, spec)| spec.class.is_vehicle() && spec.class != ActorClass::Trailer);
    if mix.len() < count {
        ctx.warn(
            &el,
            "traffic on foot, objects and trailers are left out of the mix",
        );
    }
    Ok(mix)
}
