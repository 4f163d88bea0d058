//! Traffic as an OpenSCENARIO 1.3 scenario: everybody on a recorded track about an ego vehicle.

use std::fmt::Write;

use sim::actor::{ActorClass, ActorSpec, ActorState, Axle};
use sim::math::Pose;

use super::Weather;
use super::signals::FixedTimeSignals;

/// An actor of a written scenario.
#[derive(Clone, Debug)]
pub struct WrittenActor {
    /// What it is.
    pub spec: ActorSpec,
    /// State at the start.
    pub start: ActorState,
    /// Times, seconds from 0, and poses; empty for who stands still.
    pub track: Vec<(f64, Pose)>,
}

/// A scenario to write.
#[derive(Clone, Debug)]
pub struct WrittenScenario {
    /// What it is about.
    pub description: String,
    /// Path of the map, as seen from the scenario's folder.
    pub map_file: String,
    /// The ego vehicle.
    pub ego: WrittenActor,
    /// Where it should go.
    pub goal: Pose,
    /// Everybody else.
    pub others: Vec<WrittenActor>,
    /// Lights.
    pub signals: FixedTimeSignals,
    /// Light and weather, where they are not as usual.
    pub weather: Option<Weather>,
    /// Length, seconds.
    pub duration_s: f64,
}

impl WrittenScenario {
    /// The scenario as OpenSCENARIO XML; the same text for the same content.
    pub fn to_xml(&self) -> String {
        let mut out = String::new();
        let duration = num(self.duration_s);
        let _ = write!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenSCENARIO>\n  \
             <FileHeader revMajor=\"1\" revMinor=\"3\" date=\"2026-01-01T00:00:00\" description=\"{}\" author=\"Skidpad\">\n    \
             <Properties><Property name=\"skidpad.duration_s\" value=\"{duration}\"/>\
             <Property name=\"skidpad.require.goal_reached\" value=\"true\"/></Properties>\n  </FileHeader>\n  \
             <ParameterDeclarations/>\n  <CatalogLocations/>\n  <RoadNetwork>\n    <LogicFile filepath=\"{}\"/>\n",
            escape(&self.description),
            escape(&self.map_file)
        );
        write_signals(&mut out, &self.signals);
        out.push_str("  </RoadNetwork>\n  <Entities>\n");
        let everybody = || std::iter::once(&self.ego).chain(&self.others);
        for actor in everybody() {
            write_entity(&mut out, &actor.spec);
        }
        out.push_str("  </Entities>\n  <Storyboard>\n    <Init>\n      <Actions>\n");
        if let Some(weather) = &self.weather {
            weather.write(&mut out);
        }
        for actor in everybody() {
            let _ = writeln!(
                out,
                "        <Private entityRef=\"{}\">",
                escape(&actor.spec.name)
            );
            let _ = writeln!(
                out,
                "          <PrivateAction><TeleportAction>{}</TeleportAction></PrivateAction>",
                position(&actor.start.pose)
            );
            let _ = writeln!(
                out,
                "          <PrivateAction><LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape=\"step\" value=\"0\" dynamicsDimension=\"time\"/>\
                 <SpeedActionTarget><AbsoluteTargetSpeed value=\"{}\"/></SpeedActionTarget></SpeedAction></LongitudinalAction></PrivateAction>",
                num(actor.start.speed_mps)
            );
            if actor.spec.name == self.ego.spec.name {
                let _ = writeln!(
                    out,
                    "          <PrivateAction><RoutingAction><AcquirePositionAction>{}</AcquirePositionAction></RoutingAction></PrivateAction>",
                    position(&self.goal)
                );
            }
            out.push_str("        </Private>\n");
        }
        out.push_str("      </Actions>\n    </Init>\n");
        self.write_story(&mut out);
        let _ = write!(
            out,
            "    <StopTrigger>\n      <ConditionGroup><Condition name=\"the goal is reached\" delay=\"0\" conditionEdge=\"none\"><ByEntityCondition>\
             <TriggeringEntities triggeringEntitiesRule=\"any\"><EntityRef entityRef=\"{}\"/></TriggeringEntities><EntityCondition>\
             <DistanceCondition value=\"6\" freespace=\"false\" coordinateSystem=\"entity\" relativeDistanceType=\"euclidianDistance\" rule=\"lessThan\">{}\
             </DistanceCondition></EntityCondition></ByEntityCondition></Condition></ConditionGroup>\n      \
             <ConditionGroup><Condition name=\"time is up\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>\
             <SimulationTimeCondition value=\"{duration}\" rule=\"greaterThan\"/></ByValueCondition></Condition></ConditionGroup>\n    \
             </StopTrigger>\n  </Storyboard>\n</OpenSCENARIO>\n",
            escape(&self.ego.spec.name),
            position(&self.goal)
        );
        out
    }

    fn write_story(&self, out: &mut String) {
        let moving: Vec<&WrittenActor> = self.others.iter().filter(|a| a.track.len() > 1).collect();
        let at_once = "<StartTrigger><ConditionGroup><Condition name=\"at once\" delay=\"0\" conditionEdge=\"none\"><ByValueCondition>\
             <SimulationTimeCondition value=\"0\" rule=\"greaterOrEqual\"/></ByValueCondition></Condition></ConditionGroup></StartTrigger>";
        if moving.is_empty() {
            return;
        }
        out.push_str("    <Story name=\"traffic\">\n      <Act name=\"act\">\n");
        for actor in moving {
            let name = escape(&actor.spec.name);
            let _ = write!(
                out,
                "        <ManeuverGroup name=\"{name} group\" maximumExecutionCount=\"1\"><Actors selectTriggeringEntities=\"false\"><EntityRef entityRef=\"{name}\"/></Actors>\n          \
                 <Maneuver name=\"{name} maneuver\"><Event name=\"{name} drives\" priority=\"override\" maximumExecutionCount=\"1\"><Action name=\"{name} follows\">\n            \
                 <PrivateAction><RoutingAction><FollowTrajectoryAction><TrajectoryRef><Trajectory name=\"{name} track\" closed=\"false\"><Shape><Polyline>\n"
            );
            for (time_s, pose) in &actor.track {
                let _ = writeln!(
                    out,
                    "              <Vertex time=\"{}\">{}</Vertex>",
                    num(*time_s),
                    position(pose)
                );
            }
            let _ = write!(
                out,
                "            </Polyline></Shape></Trajectory></TrajectoryRef><TimeReference><Timing domainAbsoluteRelative=\"absolute\" scale=\"1\" offset=\"0\"/></TimeReference>\
                 <TrajectoryFollowingMode followingMode=\"position\"/></FollowTrajectoryAction></RoutingAction></PrivateAction>\n          \
                 </Action>{at_once}</Event></Maneuver>\n        </ManeuverGroup>\n"
            );
        }
        let _ = writeln!(out, "        {at_once}\n      </Act>\n    </Story>");
    }
}

pub(crate) fn num(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        format!("{rounded}")
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub(crate) fn position(pose: &Pose) -> String {
    format!(
        "<Position><WorldPosition x=\"{}\" y=\"{}\" z=\"{}\" h=\"{}\" p=\"{}\" r=\"{}\"/></Position>",
        num(pose.x_m),
        num(pose.y_m),
        num(pose.z_m),
        num(pose.yaw_rad),
        num(pose.pitch_rad),
        num(pose.roll_rad)
    )
}

fn write_signals(out: &mut String, signals: &FixedTimeSignals) {
    let controllers = signals.phases();
    if controllers.is_empty() {
        return;
    }
    out.push_str("    <TrafficSignals>\n");
    for (i, phases) in controllers.iter().enumerate() {
        let _ = writeln!(
            out,
            "      <TrafficSignalController name=\"controller {i}\">"
        );
        for (k, (duration_s, states)) in phases.iter().enumerate() {
            let _ = write!(
                out,
                "        <Phase name=\"phase {k}\" duration=\"{}\">",
                num(*duration_s)
            );
            for (id, state) in states {
                let _ = write!(
                    out,
                    "<TrafficSignalState trafficSignalId=\"{}\" state=\"{state}\"/>",
                    escape(id)
                );
            }
            out.push_str("</Phase>\n");
        }
        out.push_str("      </TrafficSignalController>\n");
    }
    out.push_str("    </TrafficSignals>\n");
}

pub(crate) fn write_entity(out: &mut String, spec: &ActorSpec) {
    let b = &spec.bounding_box;
    let bounding_box = format!(
        "<BoundingBox><Center x=\"{}\" y=\"{}\" z=\"{}\"/><Dimensions width=\"{}\" length=\"{}\" height=\"{}\"/></BoundingBox>",
        num(b.center_x_m),
        num(b.center_y_m),
        num(b.center_z_m),
        num(b.width_m),
        num(b.length_m),
        num(b.height_m)
    );
    let mut properties = String::from("<Properties>");
    for (name, value) in &spec.properties {
        let _ = write!(
            properties,
            "<Property name=\"{}\" value=\"{}\"/>",
            escape(name),
            escape(value)
        );
    }
    properties.push_str("</Properties>");
    let _ = write!(out, "    <ScenarioObject name=\"{}\">", escape(&spec.name));
    let category = match spec.class {
        ActorClass::Car => "car",
        ActorClass::Van => "van",
        ActorClass::Truck => "truck",
        ActorClass::Bus => "bus",
        ActorClass::Trailer => "trailer",
        ActorClass::Motorcycle => "motorbike",
        ActorClass::Bicycle => "bicycle",
        ActorClass::Pedestrian => {
            let _ = writeln!(
                out,
                "<Pedestrian name=\"person\" pedestrianCategory=\"pedestrian\" mass=\"{}\" model=\"person\">{bounding_box}{properties}</Pedestrian></ScenarioObject>",
                num(spec.mass_kg)
            );
            return;
        }
        ActorClass::MovableObject | ActorClass::StaticObject => {
            let _ = writeln!(
                out,
                "<MiscObject name=\"object\" miscObjectCategory=\"obstacle\" mass=\"{}\">{bounding_box}{properties}</MiscObject></ScenarioObject>",
                num(spec.mass_kg)
            );
            return;
        }
    };
    let axle = |tag: &str, a: &Axle| {
        format!(
            "<{tag} maxSteering=\"{}\" wheelDiameter=\"{}\" trackWidth=\"{}\" positionX=\"{}\" positionZ=\"{}\"/>",
            num(a.max_steering_rad),
            num(a.wheel_diameter_m),
            num(a.track_width_m),
            num(a.position_x_m),
            num(a.position_z_m)
        )
    };
    let axles = spec.axles.map_or_else(String::new, |a| {
        format!(
            "<Axles>{}{}</Axles>",
            axle("FrontAxle", &a.front),
            axle("RearAxle", &a.rear)
        )
    });
    let p = &spec.performance;
    let _ = writeln!(
        out,
        "<Vehicle name=\"{category}\" vehicleCategory=\"{category}\" mass=\"{}\">{bounding_box}\
         <Performance maxSpeed=\"{}\" maxAcceleration=\"{}\" maxDeceleration=\"{}\"/>{axles}{properties}</Vehicle></ScenarioObject>",
        num(spec.mass_kg),
        num(p.max_speed_mps),
        num(p.max_acceleration_mps2),
        num(p.max_deceleration_mps2)
    );
}
