//! `<planView>`.

use super::Context;
use crate::input::{InputError, XmlNode};
use crate::road::PlanView;
use crate::road::clothoid::Clothoid;
use crate::road::geometry::{Geometry, Shape};
use crate::road::table::ArcLengthTable;

/// Coordinates beyond this are no place on Earth, metres.
const MAX_COORDINATE_M: f64 = 1e9;
/// Records shorter than this are left out, metres.
const MIN_LENGTH_M: f64 = 1e-9;

pub(super) fn plan_view(context: &mut Context, road: &XmlNode) -> Result<PlanView, InputError> {
    let node = road.need_child("planView")?;
    let mut records = Vec::new();
    let mut previous_s = f64::NEG_INFINITY;
    let mut degenerate = None;
    for record in node.children("geometry") {
        let mut geometry = geometry(context, &record)?;
        geometry.line = context.line(&record);
        if geometry.s_m < previous_s {
            context.problem(&record, "the geometry starts before the one ahead of it");
        }
        previous_s = geometry.s_m;
        if geometry.length_m < MIN_LENGTH_M {
            context.problem(&record, "the geometry has no length");
            degenerate = Some(geometry);
        } else {
            records.push(geometry);
        }
    }
    if records.is_empty() {
        let Some(point) = degenerate else {
            return Err(node.error("<geometry> inside <planView>", "none"));
        };
        records.push(point);
    }
    Ok(PlanView::new(records))
}

fn geometry(context: &mut Context, node: &XmlNode) -> Result<Geometry, InputError> {
    let bounded = |name: &str| {
        let value = node.need_f64(name)?;
        if value.abs() > MAX_COORDINATE_M {
            let expected = format!("{name} within {MAX_COORDINATE_M} m");
            return Err(node.error(expected, format!("{value}")));
        }
        Ok(value)
    };
    let (s, mut x, mut y, mut heading) =
        (bounded("s")?, bounded("x")?, bounded("y")?, bounded("hdg")?);
    if let Some(relocation) = &context.relocation {
        (x, y) = relocation.point(x, y);
        heading = relocation.heading(heading);
    }
    let length = bounded("length")?;
    if length < 0.0 || s < 0.0 {
        return Err(node.error(
            "s and length of at least 0 m",
            format!("s {s}, length {length}"),
        ));
    }
    let mut shape = None;
    for child in node.elements() {
        shape = match child.name() {
            "line" => Some(Shape::Line),
            "arc" => Some(arc(&child)?),
            "spiral" => Some(spiral(context, &child, length)?),
            "poly3" => {
                let c = coefficients(&child, ["a", "b", "c", "d"])?;
                Some(curve(&child, length, || {
                    ArcLengthTable::explicit(c, length)
                })?)
            }
            "paramPoly3" => Some(param_poly3(&child, length)?),
            _ => continue,
        };
        break;
    }
    let Some(shape) = shape else {
        return Err(node.error(
            "line, arc, spiral, poly3 or paramPoly3 inside <geometry>",
            "none of them",
        ));
    };
    Ok(Geometry::new(s, x, y, heading, length, shape))
}

fn arc(node: &XmlNode) -> Result<Shape, InputError> {
    let curvature_1pm = node.need_f64("curvature")?;
    if curvature_1pm.abs() > 1e4 {
        return Err(node.error("a curvature within 10000 1/m", format!("{curvature_1pm}")));
    }
    Ok(if curvature_1pm == 0.0 {
        Shape::Line
    } else {
        Shape::Arc { curvature_1pm }
    })
}

fn spiral(context: &mut Context, node: &XmlNode, length_m: f64) -> Result<Shape, InputError> {
    let (from, to) = (node.need_f64("curvStart")?, node.need_f64("curvEnd")?);
    if length_m < MIN_LENGTH_M {
        return Ok(Shape::Line);
    }
    let spiral = Clothoid::new(from, to, length_m)
        .filter(|s| s.panels() <= context.panels_left)
        .ok_or_else(|| {
            node.error(
                "a spiral that turns at most some hundred times",
                format!("curvature {from} to {to} over {length_m} m"),
            )
        })?;
    context.panels_left -= spiral.panels();
    Ok(Shape::Spiral(spiral))
}

fn coefficients(node: &XmlNode, names: [&str; 4]) -> Result<[f64; 4], InputError> {
    let mut values = [0.0; 4];
    for (slot, name) in values.iter_mut().zip(names) {
        *slot = node.need_f64(name)?;
    }
    Ok(values)
}

fn param_poly3(node: &XmlNode, length_m: f64) -> Result<Shape, InputError> {
    let u = coefficients(node, ["aU", "bU", "cU", "dU"])?;
    let v = coefficients(node, ["aV", "bV", "cV", "dV"])?;
    let p_end = match node.attr("pRange").map(str::trim) {
        Some("arcLength") => length_m,
        None | Some("normalized") => 1.0,
        Some(other) => {
            return Err(node.error("pRange arcLength or normalized", format!("{other:?}")));
        }
    };
    curve(node, length_m, || {
        ArcLengthTable::parametric(u, v, p_end, length_m)
    })
}

fn curve(
    node: &XmlNode,
    length_m: f64,
    build: impl FnOnce() -> Option<ArcLengthTable>,
) -> Result<Shape, InputError> {
    if length_m < MIN_LENGTH_M {
        return Ok(Shape::Line);
    }
    build()
        .map(Shape::Curve)
        .ok_or_else(|| node.error("a curve of finite length over 0 m", "one that is not"))
}
