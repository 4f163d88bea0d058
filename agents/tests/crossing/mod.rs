//! Routes over a crossing of four arms, for the tests of this folder.

use agents::path::{Path, PathJunction, Priority};
use sim::math::{PI, cos, sin};

pub const ARM_M: f64 = 90.0;
pub const BOX_M: f64 = 12.0;
const LANE_M: f64 = 3.5;

fn turned(point: [f64; 2], arm: usize) -> [f64; 2] {
    let a = arm as f64 * PI / 2.0;
    [
        point[0] * cos(a) - point[1] * sin(a),
        point[0] * sin(a) + point[1] * cos(a),
    ]
}

/// A route from an arm: straight on (0), left (1) or right (2). Arm 0 comes from the west, 1 from the south.
pub fn route(arm: usize, turn: usize, priority: Priority) -> Path {
    let y = -LANE_M / 2.0;
    let mut line = vec![[-ARM_M, y], [-BOX_M, y]];
    let (end, turn_rad) = match turn {
        0 => ([[BOX_M, y], [ARM_M, y]], 0.0),
        1 => ([[-y, BOX_M], [-y, ARM_M]], PI / 2.0),
        _ => ([[y, -BOX_M], [y, -ARM_M]], -PI / 2.0),
    };
    if turn != 0 {
        // A quadratic Bezier curve with its corner where the two lanes' lines meet.
        let corner = [end[0][0], y];
        for i in 1..12 {
            let u = f64::from(i) / 12.0;
            let mix = |k: usize| {
                (1.0 - u) * (1.0 - u) * [-BOX_M, y][k]
                    + 2.0 * u * (1.0 - u) * corner[k]
                    + u * u * end[0][k]
            };
            line.push([mix(0), mix(1)]);
        }
    }
    line.extend(end);
    let line: Vec<[f64; 2]> = line.into_iter().map(|p| turned(p, arm)).collect();
    let mut path = Path::from_xy(&line, 1.0, 12.0);
    path.junctions.push(PathJunction {
        start_m: ARM_M - BOX_M,
        end_m: ARM_M + if turn == 2 { 0.0 } else { BOX_M },
        turn_rad,
        priority,
        conflict_m: None,
    });
    path
}
