//! The static scene of a map: road surface and marks, objects, signals, and the ground about them.

mod plants;
mod signals;
mod terrain;

pub use signals::{SignalHead, signal_head};

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use super::semantic::Material;
use super::soup::{Scene, TriangleSoup};
use crate::road::{MeshOptions, RoadNetwork, Signal, SurfaceMesh};

/// All triangles of a map.
pub fn triangles(network: &RoadNetwork) -> TriangleSoup {
    let mut soup = TriangleSoup::default();
    let options = MeshOptions {
        marks: true,
        ..MeshOptions::default()
    };
    add(&network.surface_mesh(&options), 0, &mut soup, |_, _| true);
    let ground = terrain::Ground::under(&soup.vertices);
    // Groups of roads come first, objects after them. Plants and upright signals have shapes of
    // their own here.
    let objects = network.objects();
    let first = network.roads().len() as u32;
    let mut plants = BTreeSet::new();
    add(
        &network.object_mesh(),
        first,
        &mut soup,
        |material, group| {
            let number = group as usize;
            match objects.get(number) {
                Some(object) if object.outlines.is_empty() && material == Material::Foliage => {
                    plants.insert(number);
                    false
                }
                Some(_) => material != Material::Trunk,
                // Signals that are painted, and the tunnels behind all signals.
                None => network
                    .signals()
                    .get(number - objects.len())
                    .is_none_or(Signal::is_paint),
            }
        },
    );
    for number in plants {
        plants::add(&objects[number], first + number as u32, &mut soup);
    }
    signals::add(network, &mut soup);
    ground.add(&mut soup);
    soup
}

/// Adds the triangles of a mesh that `keep` takes by material and group.
fn add(
    mesh: &SurfaceMesh,
    first_group: u32,
    soup: &mut TriangleSoup,
    mut keep: impl FnMut(Material, u32) -> bool,
) {
    let first = soup.vertices.len() as u32;
    soup.vertices
        .extend((0..mesh.vertices.len() as u32).filter_map(|i| mesh.vertex_m(i)));
    let all = mesh.triangles.iter().zip(&mesh.materials).zip(&mesh.groups);
    for ((corners, material), group) in all {
        if keep(*material, *group) {
            let corners = corners.map(|i| first + i);
            soup.triangles
                .push((corners, *material, first_group + *group));
        }
    }
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
