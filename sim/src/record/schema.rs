//! JSON schemas of the record's channels: the parts of Foxglove's message types that are written
//! here, and [`TICK`], which is our own.

/// A message type: its name, and its JSON schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// As Foxglove knows it.
    pub name: &'static str,
    /// JSON schema.
    pub json: &'static str,
}

/// Commands, detections, tracks, predictions and trajectory proposals of a tick.
pub const TICK: Schema = Schema {
    name: "skidpad.TickRecord",
    json: r#"{"title":"skidpad.TickRecord","type":"object","properties":{
"tick":{"type":"integer"},"time_s":{"type":"number"},
"actors":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"class":{"type":"string"},"motion":{"type":"string"},"state":{"type":"object"}}}},
"signals":{"type":"object"},
"drivers":{"type":"array","items":{"type":"object","properties":{"actor":{"type":"integer"},"command":{"type":"object"},"odometry":{"type":"object"},"detections":{"type":"array"},"detections_time_s":{"type":"number"},"tracks":{"type":"object"},"predictions":{"type":"object"},"trajectory":{"type":"object"}}}}}}"#,
};

/// What the run is: scenario, map, driver, seed, length of a tick, ego vehicle, elements of the storyboard.
pub const RUN: Schema = Schema {
    name: "skidpad.Run",
    json: r#"{"title":"skidpad.Run","type":"object","properties":{
"scenario":{"type":"string"},"map":{"type":"string"},"driver":{"type":"string"},"seed":{"type":"integer"},"dt_s":{"type":"number"},"ego":{"type":"string"},
"story":{"type":"array","items":{"type":"object","properties":{"kind":{"type":"string"},"name":{"type":"string"},"parent":{"type":["integer","null"]}}}}}}"#,
};

/// An actor's description, before the first tick that it is in.
pub const SPEC: Schema = Schema {
    name: "skidpad.ActorSpec",
    json: r#"{"title":"skidpad.ActorSpec","type":"object","properties":{"id":{"type":"integer"},"spec":{"type":"object"}}}"#,
};

/// Sun, sky, haze and rain, where they change.
pub const LIGHT: Schema = Schema {
    name: "skidpad.Daylight",
    json: r#"{"title":"skidpad.Daylight","type":"object","properties":{
"sun_azimuth_rad":{"type":"number"},"sun_elevation_rad":{"type":"number"},"clearness":{"type":"number"},"haze_m":{"type":"number"},"rain_mmph":{"type":"number"}}}"#,
};

/// Lamps that somebody has switched, by actor, where they change.
pub const LAMPS: Schema = Schema {
    name: "skidpad.VehicleLights",
    json: r#"{"title":"skidpad.VehicleLights","type":"object","additionalProperties":{"type":"object","additionalProperties":{"type":"string"}}}"#,
};

/// Boxes and lines in 3D.
pub const SCENE: Schema = Schema {
    name: "foxglove.SceneUpdate",
    json: r#"{"title":"foxglove.SceneUpdate","type":"object","properties":{
"deletions":{"type":"array","items":{"type":"object","properties":{"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"type":{"type":"integer"},"id":{"type":"string"}}}},
"entities":{"type":"array","items":{"type":"object","properties":{"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"frame_id":{"type":"string"},"id":{"type":"string"},"lifetime":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"frame_locked":{"type":"boolean"},
"metadata":{"type":"array","items":{"type":"object","properties":{"key":{"type":"string"},"value":{"type":"string"}}}},
"arrows":{"type":"array"},"spheres":{"type":"array"},"cylinders":{"type":"array"},"triangles":{"type":"array"},"texts":{"type":"array"},"models":{"type":"array"},
"cubes":{"type":"array","items":{"type":"object","properties":{"pose":{"type":"object"},"size":{"type":"object"},"color":{"type":"object"}}}},
"lines":{"type":"array","items":{"type":"object","properties":{"type":{"type":"integer"},"pose":{"type":"object"},"thickness":{"type":"number"},"scale_invariant":{"type":"boolean"},"points":{"type":"array"},"color":{"type":"object"},"colors":{"type":"array"},"indices":{"type":"array"}}}}}}}}}"#,
};

/// Lidar scans.
pub const POINT_CLOUD: Schema = Schema {
    name: "foxglove.PointCloud",
    json: r#"{"title":"foxglove.PointCloud","type":"object","properties":{
"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"frame_id":{"type":"string"},
"pose":{"type":"object","properties":{"position":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"},"z":{"type":"number"}}},"orientation":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"},"z":{"type":"number"},"w":{"type":"number"}}}}},
"point_stride":{"type":"integer"},"fields":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"offset":{"type":"integer"},"type":{"type":"integer"}}}},
"data":{"type":"string","contentEncoding":"base64"}}}"#,
};

/// Camera images.
pub const IMAGE: Schema = Schema {
    name: "foxglove.RawImage",
    json: r#"{"title":"foxglove.RawImage","type":"object","properties":{
"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"frame_id":{"type":"string"},
"width":{"type":"integer"},"height":{"type":"integer"},"encoding":{"type":"string"},"step":{"type":"integer"},
"data":{"type":"string","contentEncoding":"base64"}}}"#,
};

/// Where the pixels of a camera look.
pub const CALIBRATION: Schema = Schema {
    name: "foxglove.CameraCalibration",
    json: r#"{"title":"foxglove.CameraCalibration","type":"object","properties":{
"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"frame_id":{"type":"string"},
"width":{"type":"integer"},"height":{"type":"integer"},"distortion_model":{"type":"string"},
"D":{"type":"array","items":{"type":"number"}},"K":{"type":"array","items":{"type":"number"}},"R":{"type":"array","items":{"type":"number"}},"P":{"type":"array","items":{"type":"number"}}}}"#,
};

/// Poses of driven vehicles and their cameras.
pub const TRANSFORM: Schema = Schema {
    name: "foxglove.FrameTransform",
    json: r#"{"title":"foxglove.FrameTransform","type":"object","properties":{
"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"parent_frame_id":{"type":"string"},"child_frame_id":{"type":"string"},
"translation":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"},"z":{"type":"number"}}},
"rotation":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"},"z":{"type":"number"},"w":{"type":"number"}}}}}"#,
};

/// Events of the story, collisions, signals.
pub const LOG: Schema = Schema {
    name: "foxglove.Log",
    json: r#"{"title":"foxglove.Log","type":"object","properties":{
"timestamp":{"type":"object","properties":{"sec":{"type":"integer"},"nsec":{"type":"integer"}}},"level":{"type":"integer"},"message":{"type":"string"},"name":{"type":"string"},"file":{"type":"string"},"line":{"type":"integer"}}}"#,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_json_titled_by_its_name() {
        for schema in [
            TICK,
            RUN,
            SPEC,
            LIGHT,
            SCENE,
            POINT_CLOUD,
            IMAGE,
            CALIBRATION,
            TRANSFORM,
            LOG,
        ] {
            let value: serde_json::Value = serde_json::from_str(schema.json).expect(schema.name);
            assert_eq!(value["title"], schema.name);
        }
    }
}
