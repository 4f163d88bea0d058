//! The static scene of a map: road surface and marks, objects, signals, and the ground about them.

mod marks;
mod objects;
mod signals;
mod surface;
mod terrain;

pub use signals::{SignalHead, signal_head};

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use super::soup::{Scene, TriangleSoup};
use crate::road::RoadNetwork;

/// Marks lie this much above the surface, metres, so that rays meet them first.
const MARK_HEIGHT_M: f64 = 0.012;

/// All triangles of a map.
pub fn triangles(network: &RoadNetwork) -> TriangleSoup {
    let mut soup = TriangleSoup::default();
    surface::add(network, &mut soup);
    let ground = terrain::Ground::under(&soup.vertices);
    marks::add(network, &mut soup);
    objects::add(network, &mut soup);
    signals::add(network, &mut soup);
    ground.add(&mut soup);
    soup
}

impl Scene {
    /// Builds the scene of a map.
    pub fn of_map(network: &RoadNetwork) -> Self {
        let mut scene = Self::new(&triangles(network));
        scene.heads = network.signals().iter().filter_map(signal_head).collect();
        scene
    }

    /// The scene of a map, built by whoever asks first and shared while the map lives.
    pub fn shared(network: &Arc<RoadNetwork>) -> Arc<Self> {
        type Slot = Arc<OnceLock<Arc<Scene>>>;
        static SCENES: Mutex<Vec<(Weak<RoadNetwork>, Slot)>> = Mutex::new(Vec::new());
        let slot = {
            let mut scenes = SCENES.lock().unwrap_or_else(PoisonError::into_inner);
            scenes.retain(|(map, _)| map.strong_count() > 0);
            let known = scenes
                .iter()
                .find(|(map, _)| std::ptr::eq(map.as_ptr(), Arc::as_ptr(network)));
            match known {
                Some((_, slot)) => slot.clone(),
                None => {
                    let slot = Slot::default();
                    scenes.push((Arc::downgrade(network), slot.clone()));
                    slot
                }
            }
        };
        // Other worlds wait here; the build is serial, so a waiting thread can hold up nobody it needs.
        slot.get_or_init(|| Arc::new(Self::of_map(network))).clone()
    }
}
