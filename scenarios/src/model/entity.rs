//! Entities: vehicles, pedestrians, objects, and the trailers they pull.

use std::collections::BTreeMap;

use sim::actor::{ActorClass, ActorSpec, Axle, Axles, BoundingBox, Performance};
use sim::input::{InputError, Limits};

use super::{Context, Controller};
use crate::read::El;

/// Number of an entity within its scenario, in file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub usize);

/// `ObjectType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// `Vehicle`
    Vehicle,
    /// `Pedestrian`
    Pedestrian,
    /// `MiscObject`
    Miscellaneous,
    /// `ExternalObjectReference`
    External,
}

impl EntityKind {
    /// Words of the standard's `ObjectType`.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("vehicle", Self::Vehicle),
        ("pedestrian", Self::Pedestrian),
        ("miscellaneous", Self::Miscellaneous),
        ("external", Self::External),
    ];
}

/// How an entity pulls and is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrailerCoupling {
    /// `TrailerHitch` dx: where a trailer is hitched, forward of the reference point, metres.
    pub hitch_dx_m: Option<f64>,
    /// `TrailerCoupler` dx: where it is coupled itself.
    pub coupler_dx_m: Option<f64>,
    /// The trailer hitched at the start.
    pub trailer: Option<EntityId>,
}

/// `ScenarioObject`
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Name, class, size, limits.
    pub spec: ActorSpec,
    /// Kind of object.
    pub kind: EntityKind,
    /// Hitch, coupler and trailer.
    pub coupling: TrailerCoupling,
    /// The controllers assigned to it.
    pub controllers: Vec<Controller>,
}

/// What a vehicle element gives beside the spec.
struct Read {
    spec: ActorSpec,
    kind: EntityKind,
    hitch_dx_m: Option<f64>,
    coupler_dx_m: Option<f64>,
    trailer: Option<TrailerRead>,
}

enum TrailerRead {
    Reference(String),
    Inline(Box<Read>),
}

impl Entity {
    /// Reads `Entities` into the context: objects first, then selections of them.
    ///
    /// # Errors
    /// If one is malformed, a name is given twice or there are too many.
    pub fn read_all(ctx: &mut Context, el: El<'_>, limits: &Limits) -> Result<(), InputError> {
        let mut references = Vec::new();
        for object in el.children("ScenarioObject") {
            let name = object.text("name")?;
            if name.trim().is_empty() || ctx.find(&name).is_some() {
                return Err(object.error("a name of its own", format!("{name:?}")));
            }
            let read = read_object(ctx, object)?;
            let mut controllers = Vec::new();
            for controller in object.children("ObjectController") {
                controllers.extend(Controller::read_in(ctx, controller)?);
            }
            add(ctx, &name, read, controllers, &mut references);
            if ctx.entities.len() > limits.max_actors {
                return Err(object.error(format!("at most {} entities", limits.max_actors), "more"));
            }
        }
        for (entity, trailer) in references {
            let Some(id) = ctx.find(&trailer) else {
                return Err(el.error(
                    "the name of an entity in TrailerRef",
                    format!("{trailer:?}"),
                ));
            };
            let pulls_itself = id == entity || ctx.entities[entity.0].spec.name == trailer;
            if pulls_itself {
                return Err(el.error("a trailer that is another entity", format!("{trailer:?}")));
            }
            ctx.entities[entity.0].coupling.trailer = Some(id);
        }
        refuse_trailer_rings(ctx, el)?;
        read_selections(ctx, el)
    }
}

/// Registers an entity and its inline trailers, named with a `+` each.
fn add(
    ctx: &mut Context,
    name: &str,
    mut read: Read,
    controllers: Vec<Controller>,
    references: &mut Vec<(EntityId, String)>,
) {
    read.spec.name = name.to_owned();
    let id = EntityId(ctx.entities.len());
    ctx.entities.push(Entity {
        spec: read.spec,
        kind: read.kind,
        coupling: TrailerCoupling {
            hitch_dx_m: read.hitch_dx_m,
            coupler_dx_m: read.coupler_dx_m,
            trailer: None,
        },
        controllers,
    });
    match read.trailer {
        Some(TrailerRead::Reference(trailer)) => references.push((id, trailer)),
        Some(TrailerRead::Inline(trailer)) => {
            ctx.entities[id.0].coupling.trailer = Some(EntityId(ctx.entities.len()));
            add(ctx, &format!("{name}+"), *trailer, Vec::new(), references);
        }
        None => {}
    }
}

fn refuse_trailer_rings(ctx: &Context, el: El<'_>) -> Result<(), InputError> {
    for entity in &ctx.entities {
        let mut next = entity.coupling.trailer;
        for _ in 0..=ctx.entities.len() {
            let Some(id) = next else { break };
            next = ctx.entities[id.0].coupling.trailer;
        }
        if next.is_some() {
            return Err(el.error(
                "trailers in a row",
                format!("a ring at {:?}", entity.spec.name),
            ));
        }
    }
    Ok(())
}

fn read_selections(ctx: &mut Context, el: El<'_>) -> Result<(), InputError> {
    let mut selections = BTreeMap::new();
    for selection in el.children("EntitySelection") {
        let name = selection.text("name")?;
        let members = selection.need_child("Members")?;
        let mut ids = Vec::new();
        for member in members.elements() {
            match member.name() {
                "EntityRef" => ids.push(ctx.entity(&member, "entityRef")?),
                "ByType" => {
                    let kind = member.word("objectType", &EntityKind::WORDS)?;
                    let of_kind = |e: &&Entity| e.kind == kind;
                    ids.extend(
                        ctx.entities
                            .iter()
                            .filter(of_kind)
                            .filter_map(|e| ctx.find(&e.spec.name)),
                    );
                }
                other => return Err(member.error("EntityRef or ByType", format!("<{other}>"))),
            }
        }
        selections.insert(name, ids);
    }
    ctx.selections = selections;
    Ok(())
}

/// The description that a `ScenarioObjectTemplate` holds.
pub(crate) fn read_template(ctx: &Context, el: El<'_>) -> Result<ActorSpec, InputError> {
    read_object(ctx, el).map(|read| read.spec)
}

/// `VehicleCategory`
pub(crate) fn vehicle_category(
    el: El<'_>,
    attribute: &'static str,
) -> Result<ActorClass, InputError> {
    use ActorClass as C;
    el.word(
        attribute,
        &[
            ("car", C::Car),
            ("van", C::Van),
            ("truck", C::Truck),
            ("bus", C::Bus),
            ("tram", C::Bus),
            ("train", C::Bus),
            ("trailer", C::Trailer),
            ("semitrailer", C::Trailer),
            ("motorbike", C::Motorcycle),
            ("bicycle", C::Bicycle),
        ],
    )
}

fn read_object(ctx: &Context, object: El<'_>) -> Result<Read, InputError> {
    let kinds = [
        "CatalogReference",
        "Vehicle",
        "Pedestrian",
        "MiscObject",
        "ExternalObjectReference",
    ];
    let Some(el) = object.elements().find(|e| kinds.contains(&e.name())) else {
        return Err(object.error(format!("one of {}", kinds.join(", ")), "none of them"));
    };
    match el.name() {
        "CatalogReference" => ctx.catalogs.resolve(el, |entry| read_kind(ctx, entry)),
        _ => read_declared(ctx, el),
    }
}

/// An element that stands in the scenario itself may declare parameters too.
fn read_declared(ctx: &Context, el: El<'_>) -> Result<Read, InputError> {
    let mut scope = crate::read::Scope::inside(el.scope);
    scope.declare(el.node, &BTreeMap::new())?;
    read_kind(ctx, El::new(el.node, &scope))
}

fn read_kind(ctx: &Context, el: El<'_>) -> Result<Read, InputError> {
    let bounding_box = el.child("BoundingBox");
    let (class, kind) = match el.name() {
        "Vehicle" => (
            vehicle_category(el, "vehicleCategory")?,
            EntityKind::Vehicle,
        ),
        "Pedestrian" => (ActorClass::Pedestrian, EntityKind::Pedestrian),
        "MiscObject" => (misc_class(el)?, EntityKind::Miscellaneous),
        "ExternalObjectReference" => {
            ctx.warn(
                &el,
                "<ExternalObjectReference> stands as a car of usual size",
            );
            (ActorClass::Car, EntityKind::External)
        }
        other => return Err(el.error("a vehicle, pedestrian or object", format!("<{other}>"))),
    };
    let mut spec = ActorSpec::typical("", class);
    match bounding_box {
        Some(bounding_box) => spec.bounding_box = read_bounding_box(bounding_box)?,
        None if kind == EntityKind::External => {}
        None => return Err(el.error(format!("<BoundingBox> inside <{}>", el.name()), "none")),
    }
    if let Some(mass_kg) = el.opt_f64("mass")?
        && mass_kg > 0.0
    {
        spec.mass_kg = mass_kg;
    }
    if let Some(performance) = el.child("Performance") {
        spec.performance = Performance {
            max_speed_mps: performance.f64("maxSpeed")?,
            max_acceleration_mps2: performance.f64("maxAcceleration")?,
            max_deceleration_mps2: performance.f64("maxDeceleration")?,
        };
    }
    if kind != EntityKind::Vehicle {
        // No limits are given for these, so scripted speeds are not cut to any.
        spec.performance = Performance {
            max_speed_mps: crate::read::UNLIMITED,
            max_acceleration_mps2: crate::read::UNLIMITED,
            max_deceleration_mps2: crate::read::UNLIMITED,
        };
        spec.axles = None;
    }
    if let Some(axles) = el.child("Axles") {
        spec.axles = read_axles(axles)?;
    }
    spec.properties.push((
        "catalogName".into(),
        el.opt_text("name")?.unwrap_or_default(),
    ));
    for attribute in [
        "model3d",
        "role",
        "vehicleCategory",
        "pedestrianCategory",
        "miscObjectCategory",
    ] {
        if let Some(value) = el.opt_text(attribute)? {
            spec.properties.push((attribute.into(), value));
        }
    }
    if let Some(properties) = el.child("Properties") {
        for property in properties.children("Property") {
            spec.properties
                .push((property.text("name")?, property.text("value")?));
        }
    }
    let dx = |name: &str| el.child(name).map(|e| e.f64("dx")).transpose();
    Ok(Read {
        hitch_dx_m: dx("TrailerHitch")?,
        coupler_dx_m: dx("TrailerCoupler")?,
        trailer: read_trailer(ctx, el)?,
        spec,
        kind,
    })
}

fn read_trailer(ctx: &Context, el: El<'_>) -> Result<Option<TrailerRead>, InputError> {
    let Some(child) = el.child("Trailer").and_then(|t| t.elements().next()) else {
        return Ok(None);
    };
    match child.name() {
        "TrailerRef" => {
            let name = match child.opt_text("entityRef")? {
                Some(name) => name,
                None => child.text("trailerRef")?,
            };
            Ok((!name.is_empty()).then_some(TrailerRead::Reference(name)))
        }
        "CatalogReference" => ctx
            .catalogs
            .resolve(child, |entry| read_kind(ctx, entry))
            .map(|read| Some(TrailerRead::Inline(Box::new(read)))),
        "Vehicle" | "Trailer" => {
            let mut read = read_vehicle_like(ctx, child)?;
            read.kind = EntityKind::Vehicle;
            Ok(Some(TrailerRead::Inline(Box::new(read))))
        }
        other => Err(child.error(
            "TrailerRef, CatalogReference or Trailer",
            format!("<{other}>"),
        )),
    }
}

fn read_vehicle_like(ctx: &Context, el: El<'_>) -> Result<Read, InputError> {
    if el.name() == "Vehicle" {
        return read_declared(ctx, el);
    }
    match el.elements().next() {
        Some(inner) if inner.name() == "Vehicle" => read_declared(ctx, inner),
        Some(inner) if inner.name() == "CatalogReference" => {
            ctx.catalogs.resolve(inner, |entry| read_kind(ctx, entry))
        }
        _ => Err(el.error("<Vehicle> or <CatalogReference> inside <Trailer>", "none")),
    }
}

fn misc_class(el: El<'_>) -> Result<ActorClass, InputError> {
    let category = el.opt_text("miscObjectCategory")?.unwrap_or_default();
    let is_movable = matches!(category.as_str(), "none" | "obstacle" | "barrier" | "wind");
    let is_light = el.f64_or("mass", 0.0)? <= 200.0;
    Ok(if is_movable && is_light {
        ActorClass::MovableObject
    } else {
        ActorClass::StaticObject
    })
}

fn read_bounding_box(el: El<'_>) -> Result<BoundingBox, InputError> {
    let (center, size) = (el.need_child("Center")?, el.need_child("Dimensions")?);
    let extent = |name: &str| -> Result<f64, InputError> {
        let value = size.f64(name)?;
        if (0.0..=1000.0).contains(&value) {
            Ok(value)
        } else {
            Err(size.error(format!("{name} within 0 and 1000 m"), format!("{value}")))
        }
    };
    Ok(BoundingBox {
        center_x_m: center.f64("x")?,
        center_y_m: center.f64("y")?,
        center_z_m: center.f64("z")?,
        length_m: extent("length")?,
        width_m: extent("width")?,
        height_m: extent("height")?,
    })
}

fn read_axles(el: El<'_>) -> Result<Option<Axles>, InputError> {
    let axle = |el: El<'_>| -> Result<Axle, InputError> {
        Ok(Axle {
            max_steering_rad: el.f64("maxSteering")?,
            wheel_diameter_m: el.f64("wheelDiameter")?,
            track_width_m: el.f64("trackWidth")?,
            position_x_m: el.f64("positionX")?,
            position_z_m: el.f64("positionZ")?,
        })
    };
    let rear = axle(el.need_child("RearAxle")?)?;
    // A trailer may have none in front.
    let Some(front) = el.child("FrontAxle") else {
        return Ok(None);
    };
    Ok(Some(Axles {
        front: axle(front)?,
        rear,
    }))
}
