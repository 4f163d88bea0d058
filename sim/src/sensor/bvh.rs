//! Bounding-volume hierarchy over boxes; obvhs builds it, our own packets walk it.

use bevy::math::Vec3;
use obvhs::BvhBuildParams;
use obvhs::aabb::Aabb;
use obvhs::bvh2::builder::build_bvh2;

/// Axis-aligned box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub min: Vec3,
    pub max: Vec3,
}

impl Bounds {
    /// The box that holds nothing.
    pub const EMPTY: Self = Self {
        min: Vec3::splat(f32::INFINITY),
        max: Vec3::splat(f32::NEG_INFINITY),
    };

    /// The smallest box with the points in it.
    pub fn of(points: impl IntoIterator<Item = Vec3>) -> Self {
        points.into_iter().fold(Self::EMPTY, |b, p| Self {
            min: b.min.min(p),
            max: b.max.max(p),
        })
    }
}

/// One node: an inner one (`count` 0) has its children at `first` and `first + 1`, a leaf has
/// `count` entries of the order from `first`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub min: [f32; 3],
    pub first: u32,
    pub max: [f32; 3],
    pub count: u32,
}

/// The hierarchy; `order` lists the boxes as its leaves meet them.
#[derive(Clone, Debug, Default)]
pub(super) struct Bvh {
    pub nodes: Vec<Node>,
    pub order: Vec<u32>,
}

impl Bvh {
    /// Builds over finite boxes: `quality` for what is built once, else for what is built each tick.
    pub fn build(boxes: &[Bounds], quality: bool) -> Self {
        if boxes.is_empty() {
            return Self::default();
        }
        let boxes: Vec<Aabb> = boxes
            .iter()
            .map(|b| Aabb::new(b.min.to_array().into(), b.max.to_array().into()))
            .collect();
        let params = if quality {
            BvhBuildParams {
                max_prims_per_leaf: 4,
                ..BvhBuildParams::medium_build()
            }
        } else {
            BvhBuildParams::fastest_build()
        };
        let built = build_bvh2(&boxes, params, &mut std::time::Duration::default());
        let nodes = built.nodes.iter().map(|node| Node {
            min: [node.aabb.min.x, node.aabb.min.y, node.aabb.min.z],
            first: node.first_index,
            max: [node.aabb.max.x, node.aabb.max.y, node.aabb.max.z],
            count: node.prim_count,
        });
        Self {
            nodes: nodes.collect(),
            order: built.primitive_indices,
        }
    }
}
