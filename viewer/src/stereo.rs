//! Two views as a pair of eyes: what a headset shows, without one.
//!
//! Both look the same way, as eyes of a headset do, so that what is far away falls on the same place in both.

use crate::app::App;
use crate::camera::View;

/// Distance between the pupils: the mean of adults (N. A. Dodgson, Variation and extrema of human interpupillary
/// distance, 2004), metres.
const BETWEEN_PUPILS_M: f64 = 0.063;

/// Where the eyes are beside the middle, the left one first, metres to the right.
const EYES_M: [f64; 2] = [-BETWEEN_PUPILS_M / 2.0, BETWEEN_PUPILS_M / 2.0];

impl App {
    /// A view for each eye, or one for both.
    pub(crate) fn toggle_stereo(&mut self) {
        self.is_side_by_side = false;
        self.views.truncate(1);
        self.active_view = 0;
        self.is_stereo = !self.is_stereo;
        match self.views.first_mut() {
            Some(view) if self.is_stereo => {
                let second = view.clone();
                self.views.push(second);
            }
            Some(view) => view.eye_m = 0.0,
            None => {}
        }
        self.view_rects.resize(self.views.len(), None);
        self.pair_eyes();
    }

    /// What moves one eye moves the other.
    pub(crate) fn pair_eyes(&mut self) {
        if !self.is_stereo {
            return;
        }
        let moved = self.views.get(self.active_view).or(self.views.first());
        let Some(moved) = moved.cloned() else { return };
        for (view, eye_m) in self.views.iter_mut().zip(EYES_M) {
            *view = View {
                eye_m,
                ..moved.clone()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::Point3;

    use super::*;
    use crate::camera::CameraMode;

    #[test]
    fn the_right_eye_sees_what_is_near_further_left_and_what_is_far_in_the_same_place() {
        let [left, right] = EYES_M.map(|eye_m| {
            let view = View {
                mode: CameraMode::Free,
                pitch_rad: 0.0,
                eye_m,
                ..View::default()
            };
            view.eye(None)
        });
        let apart = right.position_m - left.position_m;
        assert!((apart.norm() - BETWEEN_PUPILS_M).abs() < 1e-12);
        let seen = |eye: &crate::camera::Eye, ahead_m: f64| {
            let at = Point3::new(ahead_m, 0.0, 0.0);
            eye.project(&at, 1.0).expect("ahead").0
        };
        let shift = |ahead_m| seen(&left, ahead_m) - seen(&right, ahead_m);
        // The picture reaches tan(fov / 2) to each side at a distance of one.
        let expected = |ahead_m: f64| BETWEEN_PUPILS_M / ahead_m / sim::math::tan(0.45);
        assert!((shift(1.0) - expected(1.0)).abs() < 1e-9);
        assert!((shift(1000.0) - expected(1000.0)).abs() < 1e-9);
    }
}
