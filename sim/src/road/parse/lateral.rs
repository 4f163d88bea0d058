//! `<lateralProfile>` without superelevation.

use super::{Context, cubic, profile};
use crate::input::{InputError, XmlNode};
use crate::road::{CrossSectionSurface, CubicProfile, LateralShape, ShapeSection, SurfaceStrip};

pub(super) fn shape(
    context: &mut Context,
    node: Option<&XmlNode>,
) -> Result<LateralShape, InputError> {
    let Some(node) = node else {
        return Ok(LateralShape::default());
    };
    let mut shapes = Vec::new();
    let mut falls = [Vec::new(), Vec::new()];
    for record in node.elements() {
        match record.name() {
            "shape" => shapes.push((record.f64_or("s", 0.0)?, cubic(&record, "t")?)),
            "crossfall" => {
                let fall = cubic(&record, "s")?;
                let sides: &[usize] = match record.attr("side").map(str::trim) {
                    Some("right") => &[0],
                    Some("left") => &[1],
                    Some("both") | None => &[0, 1],
                    Some(other) => {
                        context.problem(&record, format!("the crossfall is of side {other:?}"));
                        &[]
                    }
                };
                for side in sides {
                    falls.get_mut(*side).into_iter().for_each(|f| f.push(fall));
                }
            }
            _ => {}
        }
    }
    shapes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let shape = shapes.chunk_by(|a, b| a.0 == b.0).map(|same| ShapeSection {
        s_m: same.first().map_or(0.0, |r| r.0),
        over_t: CubicProfile::new(same.iter().map(|r| r.1).collect()),
    });
    let surface = node.child("crossSectionSurface");
    Ok(LateralShape {
        shape: shape.collect(),
        crossfall: falls.map(CubicProfile::new),
        surface: surface
            .map(|node| cross_section(context, &node).map(Box::new))
            .transpose()?,
    })
}

fn cross_section(context: &mut Context, node: &XmlNode) -> Result<CrossSectionSurface, InputError> {
    let coefficients = |node: &XmlNode, name: &str| {
        let child = node.child(name);
        profile(child.as_ref(), "coefficients", "s")
    };
    let mut surface = CrossSectionSurface {
        t_offset: coefficients(node, "tOffset")?,
        ..CrossSectionSurface::default()
    };
    let strips = node.child("surfaceStrips");
    for strip in strips.iter().flat_map(|n| n.children("strip")) {
        let (side, outer) = match strip.attr("id").map(str::trim) {
            Some("-1") => (0, 0),
            Some("-2") => (0, 1),
            Some("1") => (1, 0),
            Some("2") => (1, 1),
            other => {
                let found = other.unwrap_or_default();
                context.problem(&strip, format!("the strip has id {found:?}"));
                continue;
            }
        };
        let read = SurfaceStrip {
            width: coefficients(&strip, "width")?,
            coefficients: [
                coefficients(&strip, "constant")?,
                coefficients(&strip, "linear")?,
                coefficients(&strip, "quadratic")?,
                coefficients(&strip, "cubic")?,
            ],
            is_relative: strip.attr("mode").map(str::trim) == Some("relative"),
        };
        if let Some(slot) = surface.strips.get_mut(side).and_then(|s| s.get_mut(outer)) {
            *slot = Some(read);
        }
    }
    Ok(surface)
}
