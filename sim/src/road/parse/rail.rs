//! `<railroad>` and `<station>`.

use super::Context;
use crate::input::{InputError, XmlNode};
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::{Platform, PlatformSegment, RailSwitch, Station};

pub(super) fn read(
    context: &mut Context,
    network: &mut RoadNetwork,
    root: &XmlNode,
    roads: &[XmlNode],
) -> Result<(), InputError> {
    for (i, node) in roads.iter().enumerate() {
        let road = RoadIndex(i as u32);
        for switch in node.children("railroad").flat_map(|n| n.children("switch")) {
            let found = rail_switch(context, road, &switch)?;
            network.switches.extend(found);
        }
    }
    for node in root.children("station") {
        network.stations.push(station(context, &node)?);
    }
    Ok(())
}

fn text(node: &XmlNode, name: &str) -> String {
    node.attr(name).unwrap_or_default().trim().to_owned()
}

fn rail_switch(
    context: &mut Context,
    road: RoadIndex,
    node: &XmlNode,
) -> Result<Option<RailSwitch>, InputError> {
    let mut track = |name: &str| {
        let track = node.need_child(name)?;
        let road = context.road_named(&track, "id");
        let direction = if text(&track, "dir") == "-" { -1 } else { 1 };
        let s_m = track.f64_or("s", 0.0)?;
        Ok::<_, InputError>(road.map(|road| (road, s_m, direction)))
    };
    let (Some(main), Some(side)) = (track("mainTrack")?, track("sideTrack")?) else {
        return Ok(None);
    };
    Ok(Some(RailSwitch {
        id: text(node, "id"),
        name: text(node, "name"),
        road,
        position: text(node, "position"),
        main,
        side,
        partner: node.child("partner").map(|partner| text(&partner, "id")),
        line: context.line(node),
    }))
}

fn station(context: &mut Context, node: &XmlNode) -> Result<Station, InputError> {
    let mut platforms = Vec::new();
    for platform in node.children("platform") {
        let mut segments = Vec::new();
        for segment in platform.children("segment") {
            let road = context.road_named(&segment, "roadId");
            let (s_start_m, s_end_m) = (segment.need_f64("sStart")?, segment.need_f64("sEnd")?);
            segments.extend(road.map(|road| PlatformSegment {
                road,
                s_start_m,
                s_end_m,
                is_left: text(&segment, "side") == "left",
            }));
        }
        platforms.push(Platform {
            id: text(&platform, "id"),
            name: text(&platform, "name"),
            segments,
        });
    }
    Ok(Station {
        id: text(node, "id"),
        name: text(node, "name"),
        kind: text(node, "type"),
        platforms,
        line: context.line(node),
    })
}
