//! Traffic lights and signs.

use super::super::semantic::Material;
use super::super::soup::TriangleSoup;
use super::plants::ring;
use crate::math::Pose;
use crate::road::{RoadNetwork, Signal};

/// Height of a head or plate over the ground where the map gives none, metres.
const USUAL_HEIGHT_M: f64 = 2.6;

/// Head of a traffic light in the world: the lamps are on its face, red on top.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalHead {
    /// OpenDRIVE signal id.
    pub signal_id: String,
    /// Middle of the face's lower edge; x points to the traffic it counts for.
    pub pose: Pose,
    /// Width of the face, metres.
    pub width_m: f64,
    /// Height of the face, metres.
    pub height_m: f64,
    /// Without a yellow lamp, as lights for people on foot are.
    pub two_lamps: bool,
}

impl SignalHead {
    /// Middle of the red, yellow and green lamp, world frame, metres.
    pub fn lamps_m(&self) -> [Option<[f64; 3]>; 3] {
        let at = |share: f64| {
            let p = &self.pose;
            Some([p.x_m, p.y_m, p.z_m + share * self.height_m])
        };
        if self.two_lamps {
            [at(0.75), None, at(0.25)]
        } else {
            [at(5.0 / 6.0), at(0.5), at(1.0 / 6.0)]
        }
    }

    /// Radius of a lamp, metres.
    pub fn lamp_radius_m(&self) -> f64 {
        let count = if self.two_lamps { 2.0 } else { 3.0 };
        (self.width_m * 0.36).min(self.height_m / count * 0.42)
    }
}

/// The head of a signal that is a traffic light.
pub fn signal_head(signal: &Signal) -> Option<SignalHead> {
    let light = signal.is_traffic_light();
    if !light || !signal.pose.is_finite() {
        return None;
    }
    let or = |given: f64, usual: f64| if given > 0.05 { given.min(5.0) } else { usual };
    let two_lamps = signal.kind == "1000002";
    let height_m = or(signal.height_m, if two_lamps { 0.6 } else { 0.9 });
    let mut pose = signal.pose;
    if signal.z_offset_m < 1.0 {
        pose.z_m += USUAL_HEIGHT_M - signal.z_offset_m;
    }
    Some(SignalHead {
        signal_id: signal.id.clone(),
        pose,
        width_m: or(signal.width_m, 0.35),
        height_m,
        two_lamps,
    })
}

/// Adds heads, plates and their poles.
pub fn add(network: &RoadNetwork, soup: &mut TriangleSoup) {
    let upright = network.signals().iter().filter(|s| !s.is_paint());
    for signal in upright {
        let mut foot = signal.pose;
        foot.z_m -= signal.z_offset_m;
        if let Some(head) = signal_head(signal) {
            let mut body = head.pose;
            (body.x_m, body.y_m) = head.pose.to_world_xy(-0.11, 0.0);
            let size = [0.2, head.width_m, head.height_m];
            soup.cuboid(&body, size, Material::SignalHousing, 0);
            pole(&foot, -0.13, body.z_m + 0.02, soup);
        } else if signal.pose.is_finite() {
            let or = |given: f64| if given > 0.05 { given.min(20.0) } else { 0.6 };
            let mut plate = signal.pose;
            if signal.z_offset_m < 0.5 {
                plate.z_m = foot.z_m + USUAL_HEIGHT_M - 0.6;
            }
            let size = [0.03, or(signal.width_m), or(signal.height_m)];
            soup.cuboid(&plate, size, Material::SignFace, 0);
            pole(&foot, -0.07, plate.z_m + size[2] * 0.9, soup);
        }
    }
}

/// An upright pole behind a face, up to a height.
fn pole(foot: &Pose, behind_m: f64, top_m: f64, soup: &mut TriangleSoup) {
    let mut base = *foot;
    (base.x_m, base.y_m) = foot.to_world_xy(behind_m, 0.0);
    base.z_m -= 0.2;
    let height = top_m - base.z_m;
    if height > 0.05 && height < 50.0 {
        soup.prism(&ring(&base, 0.05), height, Material::Metal, 0);
    }
}
