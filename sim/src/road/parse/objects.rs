//! `<objects>`: objects with their repeats, references, bridges and tunnels.

use super::outline::{borders, markings, outlines, skeleton};
use super::{Context, is_set, orientation, validity};
use crate::input::{InputError, XmlNode};
use crate::math::{PI, Pose, wrap_angle};
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::{ObjectReference, ParkingRules, RoadObject, Structure, StructureKind};

/// Copies that one `<repeat>` makes, at most.
const MAX_REPEATS: usize = 2_000;
/// Length of the pieces of a continuous object, metres.
const PIECE_M: f64 = 4.0;

pub(super) fn read(
    context: &mut Context,
    network: &mut RoadNetwork,
    roads: &[XmlNode],
) -> Result<(), InputError> {
    let mut references = Vec::new();
    for (i, node) in roads.iter().enumerate() {
        let road = RoadIndex(i as u32);
        for child in node.children("objects").flat_map(|n| n.elements()) {
            match child.name() {
                "object" => object(context, network, road, &child)?,
                "objectReference" => references.push((road, child)),
                "bridge" | "tunnel" => network.structures.push(structure(context, road, &child)?),
                _ => {}
            }
        }
    }
    let mut by_id = std::collections::BTreeMap::new();
    for (number, object) in network.objects.iter().enumerate() {
        by_id.entry(object.id.as_str()).or_insert(number);
    }
    for (road, node) in references {
        let id = node.attr("id").unwrap_or_default().trim();
        let Some(object) = by_id.get(id).copied() else {
            context.problem(&node, format!("object {id:?} is not there"));
            continue;
        };
        network.object_references.push(ObjectReference {
            road,
            s_m: node.need_f64("s")?,
            t_m: node.f64_or("t", 0.0)?,
            object,
            orientation: orientation(&node),
            valid_length_m: node.f64_or("validLength", 0.0)?,
            validity: validity(&node)?,
            line: context.line(&node),
        });
    }
    Ok(())
}

fn structure(
    context: &mut Context,
    road: RoadIndex,
    node: &XmlNode,
) -> Result<Structure, InputError> {
    let text = |name: &str| node.attr(name).unwrap_or_default().trim().to_owned();
    let (start, length) = (node.need_f64("s")?, node.need_f64("length")?);
    let kind = if node.name() == "tunnel" {
        StructureKind::Tunnel {
            kind: text("type"),
            lighting: node.f64_or("lighting", 0.0)?.clamp(0.0, 1.0),
            daylight: node.f64_or("daylight", 0.0)?.clamp(0.0, 1.0),
        }
    } else {
        StructureKind::Bridge {
            material: text("type"),
        }
    };
    Ok(Structure {
        id: text("id"),
        name: text("name"),
        road,
        s_start_m: start,
        s_end_m: start + length.max(0.0),
        kind,
        validity: validity(node)?,
        line: context.line(node),
    })
}

/// Upright at (s, t), turned by `heading` against the reference line.
pub(super) fn upright(
    network: &RoadNetwork,
    road: RoadIndex,
    at: [f64; 3],
    heading_rad: f64,
) -> Option<Pose> {
    let road = network.road(road)?;
    let s = at[0].clamp(0.0, road.length_m);
    let [p, ..] = road.surface(s, at[1], 0.0);
    let pose = Pose {
        x_m: p.x,
        y_m: p.y,
        z_m: p.z + at[2],
        yaw_rad: wrap_angle(road.plan.evaluate(s).heading_rad + heading_rad),
        ..Pose::default()
    };
    pose.is_finite().then_some(pose)
}

/// What a `<repeat>` says, from its start to its end.
struct Repeat<'a> {
    node: XmlNode<'a>,
    s_m: f64,
    length_m: f64,
    distance_m: f64,
    t: (f64, f64),
    z: (f64, f64),
    height: (f64, f64),
    width: (f64, f64),
    length: (f64, f64),
    radius: (f64, f64),
}

impl<'a> Repeat<'a> {
    fn read(node: XmlNode<'a>, object: &RoadObject, z_offset_m: f64) -> Result<Self, InputError> {
        let range = |[start, end]: [&str; 2], usual: f64| {
            let from = node.f64_or(start, usual)?;
            Ok::<_, InputError>((from, node.f64_or(end, from)?))
        };
        let size = |names, usual| {
            let (from, to) = range(names, usual)?;
            Ok::<_, InputError>((from.clamp(0.0, 1e4), to.clamp(0.0, 1e4)))
        };
        Ok(Self {
            s_m: node.f64_or("s", object.s_m)?,
            length_m: node.f64_or("length", 0.0)?.clamp(0.0, 1e6),
            distance_m: node.f64_or("distance", 0.0)?,
            t: range(["tStart", "tEnd"], object.t_m)?,
            z: range(["zOffsetStart", "zOffsetEnd"], z_offset_m)?,
            height: size(["heightStart", "heightEnd"], object.height_m)?,
            width: size(["widthStart", "widthEnd"], object.width_m)?,
            length: size(["lengthStart", "lengthEnd"], object.length_m)?,
            radius: size(["radiusStart", "radiusEnd"], object.radius_m.unwrap_or(0.0))?,
            node,
        })
    }
}

fn mix((from, to): (f64, f64), fraction: f64) -> f64 {
    from + fraction * (to - from)
}

fn object(
    context: &mut Context,
    network: &mut RoadNetwork,
    road: RoadIndex,
    node: &XmlNode,
) -> Result<(), InputError> {
    let (s, t) = (node.need_f64("s")?, node.f64_or("t", 0.0)?);
    let z_offset = node.f64_or("zOffset", 0.0)?;
    let backwards = if node.attr("orientation").map(str::trim) == Some("-") {
        PI
    } else {
        0.0
    };
    let heading = node.f64_or("hdg", 0.0)? + backwards;
    let text = |name: &str| node.attr(name).unwrap_or_default().trim().to_owned();
    let size = |name: &str| node.f64_or(name, 0.0).map(|v| v.clamp(0.0, 1e4));
    let radius_m = Some(size("radius")?).filter(|r| *r > 0.0);
    let place = |network: &RoadNetwork, at: [f64; 3], heading: f64| {
        upright(network, road, at, heading)
            .ok_or_else(|| node.error("an object at a place on the map", format!("s {s}, t {t}")))
    };
    let mut pose = place(network, [s, t, z_offset], heading)?;
    pose.pitch_rad = wrap_angle(node.f64_or("pitch", 0.0)?);
    pose.roll_rad = wrap_angle(node.f64_or("roll", 0.0)?);
    let base = RoadObject {
        id: text("id"),
        name: text("name"),
        kind: text("type"),
        road,
        s_m: s,
        t_m: t,
        pose,
        length_m: radius_m.map_or(size("length")?, |r| 2.0 * r),
        width_m: radius_m.map_or(size("width")?, |r| 2.0 * r),
        height_m: size("height")?,
        radius_m,
        outlines: outlines(network, road, node, &pose)?,
        subtype: text("subtype"),
        orientation: orientation(node),
        valid_length_m: node.f64_or("validLength", 0.0)?,
        validity: validity(node)?,
        dynamic: is_set(node, "dynamic"),
        markings: markings(node)?,
        borders: borders(node)?,
        skeleton: skeleton(network, road, node, &pose)?,
        parking: node.child("parkingSpace").map(|space| ParkingRules {
            access: space.attr("access").unwrap_or_default().to_owned(),
            restrictions: space.attr("restrictions").unwrap_or_default().to_owned(),
        }),
        material: node
            .child("material")
            .and_then(|m| m.attr("surface"))
            .unwrap_or_default()
            .to_owned(),
        line: context.line(node),
    };
    if network
        .road(road)
        .is_some_and(|r| s < -0.01 || s > r.length_m + 0.01)
    {
        context.problem(node, format!("the object stands at s {s} m, off the road"));
    }
    let repeats: Vec<XmlNode> = node.children("repeat").collect();
    if repeats.is_empty() {
        return push(context, network, node, base);
    }
    for repeat in repeats {
        let repeat = Repeat::read(repeat, &base, z_offset)?;
        let continuous = repeat.distance_m <= 0.0;
        let count = if continuous {
            (repeat.length_m / PIECE_M).ceil().max(1.0)
        } else {
            (repeat.length_m / repeat.distance_m + 1e-6).floor() + 1.0
        };
        if count > MAX_REPEATS as f64 {
            context.problem(
                &repeat.node,
                format!("the object repeats {count} times; {MAX_REPEATS} are kept"),
            );
        }
        let count = count.min(MAX_REPEATS as f64) as usize;
        for i in 0..count {
            let along = if continuous {
                repeat.length_m * (i as f64 + 0.5) / count as f64
            } else {
                repeat.distance_m * i as f64
            };
            let fraction = if repeat.length_m > 0.0 {
                along / repeat.length_m
            } else {
                0.0
            };
            let (s, t) = (repeat.s_m + along, mix(repeat.t, fraction));
            let mut copy = base.clone();
            copy.pose = Pose {
                pitch_rad: pose.pitch_rad,
                roll_rad: pose.roll_rad,
                ..place(network, [s, t, mix(repeat.z, fraction)], heading)?
            };
            (copy.s_m, copy.t_m) = (s, t);
            copy.height_m = mix(repeat.height, fraction);
            copy.width_m = mix(repeat.width, fraction);
            copy.length_m = mix(repeat.length, fraction);
            if base.radius_m.is_some() {
                copy.radius_m = Some(mix(repeat.radius, fraction)).filter(|r| *r > 0.0);
            }
            if continuous {
                // One piece of a rail or wall: along the road, joined to the next.
                copy.outlines.clear();
                copy.radius_m = None;
                let piece = repeat.length_m / count as f64;
                let slope = (repeat.t.1 - repeat.t.0) / repeat.length_m.max(1e-9);
                let [_, by_s, _] = network
                    .road(road)
                    .map(|r| r.surface(s.clamp(0.0, r.length_m), t, slope))
                    .unwrap_or_default();
                copy.pose.yaw_rad = crate::math::atan2(by_s.y, by_s.x);
                let stretch = crate::math::hypot(by_s.x, by_s.y);
                copy.pose.pitch_rad = -crate::math::atan2(by_s.z, stretch);
                copy.length_m = (piece * stretch).clamp(0.0, 1e4);
            }
            push(context, network, &repeat.node, copy)?;
        }
    }
    Ok(())
}

fn push(
    context: &mut Context,
    network: &mut RoadNetwork,
    node: &XmlNode,
    object: RoadObject,
) -> Result<(), InputError> {
    if context.objects_left == 0 {
        return Err(node.error("at most 100000 objects with their copies", "more"));
    }
    if !object.pose.is_finite() {
        return Err(node.error("an object at a place on the map", "none"));
    }
    context.objects_left -= 1;
    network.objects.push(object);
    Ok(())
}
