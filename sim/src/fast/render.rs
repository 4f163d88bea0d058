//! A fast world seen from above, as pixels.

use super::road_points::PieceKind;
use super::world::FastWorld;

const GROUND: [u8; 3] = [28, 31, 36];
const CENTER: [u8; 3] = [52, 57, 65];
const LINE: [u8; 3] = [120, 126, 134];
const EDGE: [u8; 3] = [220, 222, 226];
const AGENT: [u8; 3] = [86, 156, 255];
const LOGGED: [u8; 3] = [148, 154, 163];
const TOUCHING: [u8; 3] = [255, 92, 92];
const OFF_ROAD: [u8; 3] = [255, 176, 66];
const GOAL: [u8; 3] = [96, 211, 148];

/// Pixels with the places they show.
struct Canvas<'a> {
    pixels: &'a mut [u8],
    size: [usize; 2],
    middle_m: [f64; 2],
    m_per_px: f64,
}

impl Canvas<'_> {
    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            (x - self.middle_m[0]) / self.m_per_px + 0.5 * self.size[0] as f64,
            0.5 * self.size[1] as f64 - (y - self.middle_m[1]) / self.m_per_px,
        ]
    }

    fn put(&mut self, x: f64, y: f64, color: [u8; 3]) {
        if !(x >= 0.0 && y >= 0.0) || x >= self.size[0] as f64 || y >= self.size[1] as f64 {
            return;
        }
        let at = 3 * (y as usize * self.size[0] + x as usize);
        if let Some(pixel) = self.pixels.get_mut(at..at + 3) {
            pixel.copy_from_slice(&color);
        }
    }

    fn line(&mut self, from: [f64; 2], to: [f64; 2], color: [u8; 3]) {
        let (a, b) = (self.place(from), self.place(to));
        let most = (b[0] - a[0]).abs().max((b[1] - a[1]).abs());
        let steps = most.ceil().clamp(1.0, 4096.0);
        for i in 0..=steps as u32 {
            let w = f64::from(i) / steps;
            self.put(a[0] + w * (b[0] - a[0]), a[1] + w * (b[1] - a[1]), color);
        }
    }

    /// All pixels in a box about a middle with a direction, metres.
    fn fill(&mut self, middle: [f64; 2], axis: (f64, f64), half: (f64, f64), color: [u8; 3]) {
        let [cx, cy] = self.place(middle);
        let (l, w) = (half.0 / self.m_per_px, half.1 / self.m_per_px);
        let reach = (l + w).ceil().min(2048.0) as i64;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let (x, y) = (dx as f64, dy as f64);
                // Rows count downwards.
                let along = x * axis.0 - y * axis.1;
                let across = x * axis.1 + y * axis.0;
                if along.abs() <= l.max(0.5) && across.abs() <= w.max(0.5) {
                    self.put(cx + x, cy + y, color);
                }
            }
        }
    }
}

impl FastWorld {
    /// Draws the world to `width · height · 3` bytes (RGB, rows from the top, north up) about a place,
    /// metres.
    pub fn render(&self, pixels: &mut [u8], size: [usize; 2], middle_m: [f64; 2], m_per_px: f64) {
        for pixel in pixels.chunks_exact_mut(3) {
            pixel.copy_from_slice(&GROUND);
        }
        if !(m_per_px > 0.0 && m_per_px.is_finite() && middle_m.iter().all(|v| v.is_finite())) {
            return;
        }
        let mut canvas = Canvas {
            pixels,
            size,
            middle_m,
            m_per_px,
        };
        let scene = self.scene();
        for kind in [
            PieceKind::LaneCenter,
            PieceKind::LaneLine,
            PieceKind::RoadEdge,
        ] {
            let color = match kind {
                PieceKind::LaneCenter => CENTER,
                PieceKind::LaneLine => LINE,
                PieceKind::RoadEdge => EDGE,
            };
            for piece in scene.ground.pieces.iter().filter(|p| p.kind == kind) {
                let [x, y] = piece.middle_m;
                let (dx, dy) = (piece.half_m * piece.along[0], piece.half_m * piece.along[1]);
                canvas.line([x - dx, y - dy], [x + dx, y + dy], color);
            }
        }
        for i in scene.places()..scene.places() + scene.logged().len() {
            if let Some(print) = self.print(i).filter(|_| self.is_active(i)) {
                canvas.fill(print.center.into(), print.axis, print.half, LOGGED);
            }
        }
        for (i, agent) in scene.agents().iter().enumerate() {
            if !self.is_active(i) {
                continue;
            }
            let Some(print) = self.print(i) else { continue };
            let color = match self.failures(i) {
                Some((true, _)) => TOUCHING,
                Some((_, true)) => OFF_ROAD,
                _ => AGENT,
            };
            canvas.fill(agent.goal_m, (1.0, 0.0), (0.8, 0.8), GOAL);
            canvas.fill(print.center.into(), print.axis, print.half, color);
        }
    }
}
