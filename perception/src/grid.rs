//! The bird's-eye grid: a square about the ego's reference point, ego frame, rows along x, columns along y.

/// Half the side of the square, metres.
pub const EXTENT_M: f32 = 40.0;
/// Cells of the input raster along each axis.
pub const RASTER: usize = 160;
/// Side of an input cell, metres.
pub const RASTER_CELL_M: f32 = 2.0 * EXTENT_M / RASTER as f32;
/// Cells of the output maps along each axis.
pub const HEAD: usize = 80;
/// Side of an output cell, metres.
pub const HEAD_CELL_M: f32 = 2.0 * EXTENT_M / HEAD as f32;

/// Row or column of a coordinate on a grid of `cells` a side, and how far into the cell it lies (0 to 1).
pub fn cell(coordinate_m: f32, cells: usize) -> Option<(usize, f32)> {
    let place = (coordinate_m + EXTENT_M) * (cells as f32 / (2.0 * EXTENT_M));
    if !(place >= 0.0 && place < cells as f32) {
        return None;
    }
    let index = (place as usize).min(cells - 1);
    Some((index, place - index as f32))
}

/// Coordinate of a place in cells (index + fraction), metres.
pub fn coordinate_m(place: f32, cells: usize) -> f32 {
    place * (2.0 * EXTENT_M / cells as f32) - EXTENT_M
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_coordinates_are_inverse_and_the_outside_has_none() {
        for x in [-40.0, -3.7, 0.0, 12.3, 39.99] {
            let (i, f) = cell(x, HEAD).unwrap();
            assert!((coordinate_m(i as f32 + f, HEAD) - x).abs() < 1e-4);
        }
        for x in [40.0, -40.1, f32::NAN, f32::INFINITY] {
            assert_eq!(cell(x, RASTER), None);
        }
    }
}
