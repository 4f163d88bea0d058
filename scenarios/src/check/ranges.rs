//! Ranges that the standard gives for numbers, by type and attribute.

use sim::math::{PI, TAU};

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    low: f64,
    high: f64,
    /// Whether an end belongs to it: the low one, the high one.
    ends: (bool, bool),
}

impl Range {
    const fn from(low: f64) -> Self {
        Self::between(low, f64::INFINITY)
    }

    const fn above(low: f64) -> Self {
        Self {
            low,
            high: f64::INFINITY,
            ends: (false, true),
        }
    }

    const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            ends: (true, true),
        }
    }

    const fn below(self) -> Self {
        Self {
            ends: (self.ends.0, false),
            ..self
        }
    }

    /// Whether a value lies in it; rounding of degrees and radians is no breach.
    pub(crate) fn holds(self, value: f64) -> bool {
        const SLACK: f64 = 1e-4;
        let slack = if self.high.is_finite() && self.low < 0.0 || self.high == TAU {
            SLACK
        } else {
            0.0
        };
        let above = value > self.low - slack || (self.ends.0 && value == self.low);
        let below = value < self.high + slack || (self.ends.1 && value <= self.high);
        above && below
    }

    /// As text.
    pub(crate) fn text(self) -> String {
        let low = if self.ends.0 { "from" } else { "above" };
        if self.high == f64::INFINITY {
            return format!("a number {low} {}", self.low);
        }
        let high = if self.ends.1 { "to" } else { "to below" };
        format!("a number {low} {} {high} {}", self.low, self.high)
    }
}

/// The range of an attribute; `None` where the standard gives none.
pub(crate) fn range_of(kind: &str, attribute: &str) -> Option<Range> {
    const FROM_0: Range = Range::from(0.0);
    const ABOVE_0: Range = Range::above(0.0);
    const SHARE: Range = Range::between(0.0, 1.0);
    Some(match (kind, attribute) {
        (
            "AbsoluteSpeed"
            | "TraveledDistanceCondition"
            | "TransitionDynamics"
            | "DistanceCondition"
            | "RelativeDistanceCondition"
            | "TimeHeadwayCondition"
            | "TimeToCollisionCondition",
            "value",
        )
        | ("AnimationAction", "animationDuration")
        | ("AnimationFile", "timeOffset")
        | ("Axle", "positionX" | "positionZ" | "trackWidth")
        | ("Clothoid", "startTime")
        | ("Condition" | "TrafficSignalController", "delay")
        | ("ControlPoint", "time")
        | ("Dimensions", "height" | "length" | "width")
        | ("DirectionOfTravelDistribution", "opposite" | "same")
        | (
            "DynamicConstraints",
            "maxAcceleration"
            | "maxAccelerationRate"
            | "maxDeceleration"
            | "maxDecelerationRate"
            | "maxSpeed",
        )
        | ("EndOfRoadCondition" | "OffroadCondition" | "StandStillCondition", "duration")
        | ("Fog", "visualRange")
        | ("LaneOffsetActionDynamics", "maxLateralAcc")
        | ("LanePosition" | "RoadPosition", "s")
        | ("LateralDistanceAction" | "LongitudinalDistanceAction", "distance")
        | ("LongitudinalDistanceAction", "timeGap")
        | ("LightState", "flashingOffDuration" | "flashingOnDuration" | "luminousIntensity")
        | ("LightStateAction", "transitionTime")
        | ("MiscObject", "mass")
        | (
            "Performance",
            "maxAcceleration" | "maxAccelerationRate" | "maxDeceleration" | "maxDecelerationRate",
        )
        | ("PositionInLaneCoordinates", "pathS")
        | ("ReachPositionCondition", "tolerance")
        | ("RelativeClearanceCondition", "distanceBackward" | "distanceForward")
        | ("RoadCondition", "frictionScaleFactor")
        | ("SpeedProfileEntry", "time")
        | ("Sun", "illuminance" | "intensity")
        | ("TrafficSinkAction" | "TrafficSourceAction", "radius" | "rate")
        | ("TrafficSourceAction" | "TrafficSwarmAction", "velocity")
        | ("TrafficSwarmAction", "innerRadius" | "semiMajorAxis" | "semiMinorAxis")
        | ("VehicleCategoryDistributionEntry" | "VehicleRoleDistributionEntry", "weight")
        | ("Wind", "speed") => FROM_0,
        ("Axle", "wheelDiameter")
        | ("Clothoid", "stopTime")
        | ("ControllerDistributionEntry", "weight")
        | ("OverrideSteeringWheelAction", "maxTorque")
        | ("Phase", "duration")
        | ("Timing", "scale") => ABOVE_0,
        ("AnimationState", "state")
        | ("ColorCmyk", "cyan" | "key" | "magenta" | "yellow")
        | ("ColorRgb", "blue" | "green" | "red")
        | (
            "OverrideBrakeAction"
            | "OverrideClutchAction"
            | "OverrideParkingBrakeAction"
            | "OverrideThrottleAction",
            "value",
        )
        | ("Precipitation", "intensity") => SHARE,
        ("Event" | "ManeuverGroup", "maximumExecutionCount") => Range::from(1.0),
        ("Nurbs", "order") => Range::from(2.0),
        ("OverrideClutchAction" | "OverrideSteeringWheelAction", "maxRate") => Range {
            ends: (false, true),
            ..Range::between(0.0, 100.0)
        },
        ("Axle", "maxSteering") | ("DomeImage", "azimuthOffset") => Range::between(0.0, PI),
        ("GeoPosition", "latitude" | "longitude") | ("Sun", "elevation") => Range::between(-PI, PI),
        ("GeoPosition", "latitudeDeg") => Range::between(-90.0, 90.0),
        ("GeoPosition", "longitudeDeg") => Range::between(-180.0, 180.0),
        ("Sun", "azimuth") => Range::between(0.0, TAU),
        ("Wind", "direction") => Range::between(0.0, TAU).below(),
        ("Weather", "atmosphericPressure") => Range::between(80_000.0, 120_000.0),
        ("Weather", "temperature") => Range::between(170.0, 340.0),
        _ => return None,
    })
}

/// Whether a value lies outside the range that the standard gives for an attribute of a type.
pub fn breaks_range(kind: &str, attribute: &str, value: f64) -> bool {
    range_of(kind, attribute).is_some_and(|range| !range.holds(value))
}

/// Whether a value out of its range still has a meaning here, as existing files count on: a rate's sign
/// is that of the change, a limit of 0 or less is none, and so on. Other values are refused.
pub(crate) fn is_tolerated(kind: &str, attribute: &str) -> bool {
    !matches!(
        (kind, attribute),
        (
            "Dimensions" | "AnimationState" | "Phase" | "LightState" | "LightStateAction",
            _
        ) | (
            "ColorCmyk" | "ColorRgb" | "DirectionOfTravelDistribution",
            _
        ) | ("AnimationAction" | "AnimationFile", _)
            | (
                "TrafficSinkAction" | "TrafficSourceAction" | "TrafficSwarmAction",
                _
            )
            | (
                "EndOfRoadCondition" | "OffroadCondition" | "StandStillCondition",
                _
            )
            | ("ReachPositionCondition" | "RoadCondition" | "Fog", _)
            | ("Condition" | "TrafficSignalController", "delay")
            | (_, "weight" | "scale" | "order" | "mass")
            | ("Wind", "speed")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_belong_to_a_range_or_not() {
        let holds =
            |kind, attribute, value| range_of(kind, attribute).expect("a range").holds(value);
        assert!(holds("Condition", "delay", 0.0) && !holds("Condition", "delay", -0.1));
        assert!(!holds("Timing", "scale", 0.0) && holds("Timing", "scale", 0.1));
        assert!(holds("ColorRgb", "red", 1.0) && !holds("ColorRgb", "red", 1.01));
        assert!(holds("Sun", "azimuth", TAU) && holds("Sun", "azimuth", TAU + 1e-5));
        assert!(holds("Wind", "direction", 0.0) && !holds("Wind", "direction", 7.0));
        assert!(!holds("Event", "maximumExecutionCount", 0.0));
        assert_eq!(range_of("Condition", "name"), None);
    }
}
