//! Lamps of traffic lights.

use bevy::prelude::*;
use sim::sensor::signal_head;
use sim::world::SignalPhase;

use super::space::{Origin, turned};
use super::{Looks, View3d};

/// A lamp and what it belongs to.
#[derive(Component)]
pub struct Lamp {
    signal_id: String,
    /// 0 red, 1 yellow, 2 green.
    place: usize,
}

/// Puts the lamps of a map into the scene.
pub fn spawn(
    commands: &mut Commands,
    meshes: &mut Assets<Mesh>,
    looks: &Looks,
    map: &sim::road::RoadNetwork,
    origin: &Origin,
) -> Vec<Entity> {
    let mut made = Vec::new();
    for head in map.signals().iter().filter_map(signal_head) {
        let mesh = meshes.add(Circle::new(head.lamp_radius_m() as f32));
        let facing = head.pose.heading();
        for (place, at) in head.lamps_m().into_iter().enumerate() {
            let Some([x, y, z]) = at else { continue };
            let at = origin.point([x + facing.x * 0.02, y + facing.y * 0.02, z]);
            // A circle faces us, along z.
            let turn = Transform::from_translation(at).looking_to(-turned(&facing), Vec3::Y);
            let lamp = Lamp {
                signal_id: head.signal_id.clone(),
                place,
            };
            made.push(
                commands
                    .spawn((
                        lamp,
                        Mesh3d(mesh.clone()),
                        MeshMaterial3d(looks.lamps_off.clone()),
                        turn,
                    ))
                    .id(),
            );
        }
    }
    made
}

/// Lights the lamps as the signals say.
pub fn sync(
    viewer: Res<View3d>,
    looks: Res<Looks>,
    mut lamps: Query<(&Lamp, &mut MeshMaterial3d<StandardMaterial>)>,
) {
    let Some(frame) = viewer.0.frame() else {
        return;
    };
    let flash = frame.time_s.fract() < 0.5;
    for (lamp, mut material) in &mut lamps {
        let on = match frame.signals.phase(&lamp.signal_id) {
            SignalPhase::Off => [false; 3],
            SignalPhase::Red => [true, false, false],
            SignalPhase::RedYellow => [true, true, false],
            SignalPhase::Yellow => [false, true, false],
            SignalPhase::FlashingYellow => [false, flash, false],
            SignalPhase::Green => [false, false, true],
        };
        let wanted = match (on.get(lamp.place), looks.lamps.get(lamp.place)) {
            (Some(true), Some(lit)) => lit,
            _ => &looks.lamps_off,
        };
        if material.0 != *wanted {
            material.0 = wanted.clone();
        }
    }
}
