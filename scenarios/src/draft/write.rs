//! A draft as OpenSCENARIO 1.3.

use std::fmt::Write;

use sim::road::RoadNetwork;

use super::{Draft, DraftAction, DraftEntity, DraftEvent, DraftPlace, DraftTrigger, PROPERTY};
use crate::generate::{escape, num, position, write_entity};

impl Draft {
    /// The scenario as OpenSCENARIO 1.3 XML; the same text for the same draft. The map says where places beside the
    /// lanes are.
    ///
    /// # Errors
    /// What the draft lacks.
    pub fn to_xml(&self, map: &RoadNetwork) -> Result<String, String> {
        if self.entities.is_empty() {
            return Err("nobody takes part yet".into());
        }
        if !(self.duration_s.is_finite() && self.duration_s > 0.0) {
            return Err("the duration must be above 0".into());
        }
        for entity in &self.entities {
            let places = std::iter::once(&entity.start).chain(&entity.route);
            if let Some(place) = places.into_iter().find(|place| place.pose(map).is_none()) {
                return Err(format!(
                    "{}: the map has no such place: {place:?}",
                    entity.name
                ));
            }
        }
        let own = ron::to_string(self).map_err(|e| e.to_string())?;
        let mut out = String::new();
        let _ = write!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenSCENARIO>\n  \
             <FileHeader revMajor=\"1\" revMinor=\"3\" date=\"2026-01-01T00:00:00\" description=\"{}\" author=\"Skidpad\">\n    \
             <Properties>\n      <Property name=\"skidpad.duration_s\" value=\"{}\"/>\n      <Property name=\"{PROPERTY}\" value=\"{}\"/>\n    </Properties>\n  \
             </FileHeader>\n  <ParameterDeclarations/>\n  <CatalogLocations/>\n  <RoadNetwork>\n    <LogicFile filepath=\"{}\"/>\n  </RoadNetwork>\n  <Entities>\n",
            escape(&self.description),
            num(self.duration_s),
            escape(&own),
            escape(&self.map_file),
        );
        for entity in &self.entities {
            write_entity(&mut out, &entity.spec());
        }
        out.push_str("  </Entities>\n  <Storyboard>\n    <Init>\n      <Actions>\n");
        for entity in &self.entities {
            self.write_init(&mut out, entity);
        }
        out.push_str("      </Actions>\n    </Init>\n");
        self.write_story(&mut out);
        let _ = write!(
            out,
            "    <StopTrigger>\n      <ConditionGroup>{}</ConditionGroup>\n    </StopTrigger>\n  </Storyboard>\n</OpenSCENARIO>\n",
            time_condition("time is up", self.duration_s)
        );
        Ok(out)
    }

    fn write_init(&self, out: &mut String, entity: &DraftEntity) {
        let action = |out: &mut String, content: &str| {
            let _ = writeln!(out, "          <PrivateAction>{content}</PrivateAction>");
        };
        let _ = writeln!(
            out,
            "        <Private entityRef=\"{}\">",
            escape(&entity.name)
        );
        let start = place(&entity.start);
        action(out, &format!("<TeleportAction>{start}</TeleportAction>"));
        let is_waiting = !entity.class.is_vehicle() && self.goes_later(entity);
        let speed_mps = if is_waiting { 0.0 } else { entity.speed_mps };
        action(
            out,
            &format!(
                "<LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape=\"step\" value=\"0\" dynamicsDimension=\"time\"/>\
                 <SpeedActionTarget><AbsoluteTargetSpeed value=\"{}\"/></SpeedActionTarget></SpeedAction></LongitudinalAction>",
                num(speed_mps)
            ),
        );
        if !entity.route.is_empty() && entity.class.is_vehicle() && !self.goes_later(entity) {
            action(out, &route(entity));
        }
        out.push_str("        </Private>\n");
    }

    /// Whether an event sets it on its route.
    fn goes_later(&self, entity: &DraftEntity) -> bool {
        let sets_out = |e: &&DraftEvent| e.actor == entity.name && e.action == DraftAction::SetOut;
        self.events.iter().any(|e| sets_out(&e))
    }

    fn write_story(&self, out: &mut String) {
        // Who walks does so by an event, too.
        let walks: Vec<DraftEvent> = self
            .entities
            .iter()
            .filter(|e| !e.class.is_vehicle() && !e.route.is_empty() && !self.goes_later(e))
            .map(|e| DraftEvent {
                name: self.free_name(&format!("{} sets out", e.name)),
                actor: e.name.clone(),
                trigger: DraftTrigger::Time(0.0),
                action: DraftAction::SetOut,
            })
            .collect();
        let events: Vec<&DraftEvent> = self.events.iter().chain(&walks).collect();
        if events.is_empty() {
            return;
        }
        out.push_str("    <Story name=\"story\">\n      <Act name=\"act\">\n");
        for entity in &self.entities {
            let own: Vec<_> = events.iter().filter(|e| e.actor == entity.name).collect();
            if own.is_empty() {
                continue;
            }
            let name = escape(&entity.name);
            let _ = writeln!(
                out,
                "        <ManeuverGroup name=\"{name} group\" maximumExecutionCount=\"1\">\n          \
                 <Actors selectTriggeringEntities=\"false\"><EntityRef entityRef=\"{name}\"/></Actors>\n          <Maneuver name=\"{name} maneuver\">"
            );
            for event in own {
                let _ = writeln!(
                    out,
                    "            <Event name=\"{0}\" priority=\"parallel\" maximumExecutionCount=\"1\">\n              \
                     <Action name=\"{0} action\"><PrivateAction>{1}</PrivateAction></Action>\n              \
                     <StartTrigger><ConditionGroup>{2}</ConditionGroup></StartTrigger>\n            </Event>",
                    escape(&event.name),
                    action(&event.action, entity),
                    condition(&event.name, &event.trigger)
                );
            }
            out.push_str("          </Maneuver>\n        </ManeuverGroup>\n");
        }
        let _ = writeln!(
            out,
            "        <StartTrigger><ConditionGroup>{}</ConditionGroup></StartTrigger>\n      </Act>\n    </Story>",
            time_condition("at once", -1.0)
        );
    }
}

fn place(place: &DraftPlace) -> String {
    match place {
        DraftPlace::World(pose) => position(pose),
        DraftPlace::Lane {
            road_id,
            lane_id,
            s_m,
            offset_m,
        } => {
            let offset = if *offset_m == 0.0 {
                String::new()
            } else {
                format!(" offset=\"{}\"", num(*offset_m))
            };
            format!(
                "<Position><LanePosition roadId=\"{}\" laneId=\"{lane_id}\" s=\"{}\"{offset}/></Position>",
                escape(road_id),
                num(*s_m)
            )
        }
    }
}

fn route(entity: &DraftEntity) -> String {
    let places = std::iter::once(&entity.start).chain(&entity.route);
    if entity.class.is_vehicle() {
        let waypoints: String = places
            .map(|p| {
                format!(
                    "<Waypoint routeStrategy=\"shortest\">{}</Waypoint>",
                    place(p)
                )
            })
            .collect();
        return format!(
            "<RoutingAction><AssignRouteAction><Route name=\"{} route\" closed=\"false\">{waypoints}</Route></AssignRouteAction></RoutingAction>",
            escape(&entity.name)
        );
    }
    let vertices: String = places
        .map(|p| format!("<Vertex>{}</Vertex>", place(p)))
        .collect();
    format!(
        "<RoutingAction><FollowTrajectoryAction><TrajectoryRef><Trajectory name=\"{} way\" closed=\"false\"><Shape><Polyline>{vertices}</Polyline></Shape></Trajectory></TrajectoryRef>\
         <TimeReference><None/></TimeReference><TrajectoryFollowingMode followingMode=\"position\"/></FollowTrajectoryAction></RoutingAction>",
        escape(&entity.name)
    )
}

fn action(action: &DraftAction, entity: &DraftEntity) -> String {
    match action {
        DraftAction::Speed {
            speed_mps,
            rate_mps2,
        } => format!(
            "<LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape=\"linear\" value=\"{}\" dynamicsDimension=\"rate\"/>\
             <SpeedActionTarget><AbsoluteTargetSpeed value=\"{}\"/></SpeedActionTarget></SpeedAction></LongitudinalAction>",
            num(rate_mps2.max(0.01)),
            num(speed_mps.max(0.0))
        ),
        DraftAction::LaneChange { lanes, over_s } => format!(
            "<LateralAction><LaneChangeAction><LaneChangeActionDynamics dynamicsShape=\"sinusoidal\" value=\"{}\" dynamicsDimension=\"time\"/>\
             <LaneChangeTarget><RelativeTargetLane entityRef=\"{}\" value=\"{lanes}\"/></LaneChangeTarget></LaneChangeAction></LateralAction>",
            num(over_s.max(0.1)),
            escape(&entity.name)
        ),
        DraftAction::SetOut => route(entity),
    }
}

fn time_condition(name: &str, time_s: f64) -> String {
    format!(
        "<Condition name=\"{}\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition><SimulationTimeCondition value=\"{}\" rule=\"greaterThan\"/></ByValueCondition></Condition>",
        escape(name),
        num(time_s)
    )
}

fn condition(event: &str, trigger: &DraftTrigger) -> String {
    let by_entity = |entity: &str, condition: String| {
        format!(
            "<Condition name=\"{} begins\" delay=\"0\" conditionEdge=\"none\"><ByEntityCondition><TriggeringEntities triggeringEntitiesRule=\"any\">\
             <EntityRef entityRef=\"{}\"/></TriggeringEntities><EntityCondition>{condition}</EntityCondition></ByEntityCondition></Condition>",
            escape(event),
            escape(entity)
        )
    };
    match trigger {
        DraftTrigger::Time(time_s) => time_condition(&format!("{event} begins"), *time_s),
        DraftTrigger::Near {
            entity,
            other,
            distance_m,
        } => by_entity(
            entity,
            format!(
                "<RelativeDistanceCondition entityRef=\"{}\" relativeDistanceType=\"euclidianDistance\" value=\"{}\" freespace=\"false\" coordinateSystem=\"entity\" rule=\"lessThan\"/>",
                escape(other),
                num(*distance_m)
            ),
        ),
        DraftTrigger::TimeToCollision {
            entity,
            other,
            time_s,
        } => by_entity(
            entity,
            format!(
                "<TimeToCollisionCondition value=\"{}\" freespace=\"true\" rule=\"lessThan\" coordinateSystem=\"entity\" relativeDistanceType=\"longitudinal\">\
                 <TimeToCollisionConditionTarget><EntityRef entityRef=\"{}\"/></TimeToCollisionConditionTarget></TimeToCollisionCondition>",
                num(*time_s),
                escape(other)
            ),
        ),
        DraftTrigger::Reaches {
            entity,
            place: at,
            tolerance_m,
        } => by_entity(
            entity,
            format!(
                "<DistanceCondition value=\"{}\" freespace=\"false\" coordinateSystem=\"entity\" relativeDistanceType=\"euclidianDistance\" rule=\"lessThan\">{}</DistanceCondition>",
                num(tolerance_m.max(0.1)),
                place(at)
            ),
        ),
        DraftTrigger::Faster { entity, speed_mps } => by_entity(
            entity,
            format!(
                "<SpeedCondition value=\"{}\" rule=\"greaterThan\"/>",
                num(*speed_mps)
            ),
        ),
        DraftTrigger::After(other) => format!(
            "<Condition name=\"{} begins\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>\
             <StoryboardElementStateCondition storyboardElementType=\"event\" storyboardElementRef=\"{}\" state=\"completeState\"/></ByValueCondition></Condition>",
            escape(event),
            escape(other)
        ),
    }
}
