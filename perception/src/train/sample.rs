//! One training or test example: what the sensors gave, and what was truly there. Compact and on disk.

use std::io::{Read, Write};
use std::path::Path;

use sim::message::BoxClass;

use crate::encode::{CHANNELS, CROP, Encoded, MAX_SIGNALS, PATCH_VALUES, RAY, TOKENS};
use crate::grid::{HEAD, RASTER};

/// A true object in the ego frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueBox {
    /// Class.
    pub class: BoxClass,
    /// Middle (x, y, z), metres.
    pub center_m: [f32; 3],
    /// Length, width, height, metres.
    pub size_m: [f32; 3],
    /// Heading, radians.
    pub yaw_rad: f32,
    /// Velocity over ground in ego axes, m/s.
    pub velocity_mps: [f32; 2],
    /// Lidar returns on it in the newest sweep.
    pub points: u32,
}

/// What was truly there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// Objects within the grid.
    pub boxes: Vec<TrueBox>,
    /// Per output cell: 1 drivable, 0 not, 255 unknown. `HEAD · HEAD`.
    pub drivable: Vec<u8>,
    /// Class of each light (dark, red, yellow, green), 255 where there is none. `MAX_SIGNALS`.
    pub signals: Vec<u8>,
}

/// An example; sensor data in bytes (0 to 255 for 0 to 1), the raster sparse.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Cells of the raster that hold anything, ascending.
    pub cells: Vec<u16>,
    /// `CHANNELS` bytes each.
    pub values: Vec<u8>,
    /// `TOKENS · PATCH_VALUES`.
    pub patches: Vec<u8>,
    /// `TOKENS · RAY`.
    pub rays: Vec<f32>,
    /// `TOKENS`, 0 or 1.
    pub patch_valid: Vec<u8>,
    /// `MAX_SIGNALS · 3 · CROP · CROP`.
    pub crops: Vec<u8>,
    /// Ground height at each box's middle, metres.
    pub box_ground_m: Vec<f32>,
    /// Truth.
    pub labels: Labels,
}

fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8
}

impl Sample {
    /// Packs an encoded input with its truth.
    pub fn pack(encoded: &Encoded, labels: Labels) -> Self {
        let area = RASTER * RASTER;
        let mut cells = Vec::new();
        let mut values = Vec::new();
        for at in 0..area {
            let cell: Vec<u8> = (0..CHANNELS)
                .map(|channel| byte(encoded.raster[channel * area + at]))
                .collect();
            if cell.iter().any(|v| *v != 0) {
                cells.push(at as u16);
                values.extend(cell);
            }
        }
        Self {
            cells,
            values,
            patches: encoded.patches.iter().map(|v| byte(*v)).collect(),
            rays: encoded.rays.clone(),
            patch_valid: encoded.patch_valid.iter().map(|v| u8::from(*v)).collect(),
            crops: encoded.crops.iter().map(|v| byte(*v)).collect(),
            box_ground_m: labels
                .boxes
                .iter()
                .map(|b| encoded.ground.at(b.center_m[0], b.center_m[1]))
                .collect(),
            labels,
        }
    }
}

/// First bytes of a file of samples; the last two tell its version.
const MAGIC: &[u8; 8] = b"skdperc1";
const MAX_BOXES: u32 = 4096;

fn put_u32(out: &mut Vec<u8>, value: usize) {
    out.extend((value as u32).to_le_bytes());
}

fn put_f32(out: &mut Vec<u8>, values: &[f32]) {
    for v in values {
        out.extend(v.to_le_bytes());
    }
}

/// Writes samples to a file, whole or not at all.
///
/// # Errors
/// If it can't be written.
pub fn write_samples(path: &Path, samples: &[Sample]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let partial = path.with_extension("partial");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&partial)?);
    file.write_all(MAGIC)?;
    let mut head = Vec::new();
    put_u32(&mut head, samples.len());
    file.write_all(&head)?;
    for s in samples {
        let mut out = Vec::new();
        put_u32(&mut out, s.cells.len());
        for cell in &s.cells {
            out.extend(cell.to_le_bytes());
        }
        out.extend(&s.values);
        out.extend(&s.patches);
        put_f32(&mut out, &s.rays);
        out.extend(&s.patch_valid);
        out.extend(&s.crops);
        put_u32(&mut out, s.labels.boxes.len());
        for (b, ground) in s.labels.boxes.iter().zip(&s.box_ground_m) {
            let class = BoxClass::ALL
                .iter()
                .position(|c| *c == b.class)
                .unwrap_or(0);
            put_u32(&mut out, class);
            put_u32(&mut out, b.points as usize);
            put_f32(&mut out, &b.center_m);
            put_f32(&mut out, &b.size_m);
            put_f32(
                &mut out,
                &[b.yaw_rad, b.velocity_mps[0], b.velocity_mps[1], *ground],
            );
        }
        out.extend(&s.labels.drivable);
        out.extend(&s.labels.signals);
        file.write_all(&out)?;
    }
    file.flush()?;
    drop(file);
    std::fs::rename(partial, path)
}

struct Reader<R>(R);

impl<R: Read> Reader<R> {
    fn bytes(&mut self, count: usize) -> std::io::Result<Vec<u8>> {
        let mut out = vec![0; count];
        self.0.read_exact(&mut out)?;
        Ok(out)
    }
    fn u32(&mut self) -> std::io::Result<u32> {
        let mut out = [0; 4];
        self.0.read_exact(&mut out)?;
        Ok(u32::from_le_bytes(out))
    }
    fn f32s(&mut self, count: usize) -> std::io::Result<Vec<f32>> {
        Ok(self
            .bytes(count * 4)?
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }
}

/// Reads a file of samples.
///
/// # Errors
/// If it can't be read, is cut short or is of another version.
pub fn read_samples(path: &Path) -> std::io::Result<Vec<Sample>> {
    let wrong = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let mut file = Reader(std::io::BufReader::new(std::fs::File::open(path)?));
    if file.bytes(8)? != MAGIC {
        return Err(wrong("not a file of perception samples of this version"));
    }
    let count = file.u32()?;
    let mut samples = Vec::new();
    for _ in 0..count {
        let filled = file.u32()? as usize;
        if filled > RASTER * RASTER {
            return Err(wrong("more cells than the raster has"));
        }
        let cells: Vec<u16> = file
            .bytes(filled * 2)?
            .chunks_exact(2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
            .collect();
        if cells.iter().any(|c| usize::from(*c) >= RASTER * RASTER) {
            return Err(wrong("a cell outside the raster"));
        }
        let values = file.bytes(filled * CHANNELS)?;
        let patches = file.bytes(TOKENS * PATCH_VALUES)?;
        let rays = file.f32s(TOKENS * RAY)?;
        let patch_valid = file.bytes(TOKENS)?;
        let crops = file.bytes(MAX_SIGNALS * 3 * CROP * CROP)?;
        let box_count = file.u32()?;
        if box_count > MAX_BOXES {
            return Err(wrong("too many boxes"));
        }
        let mut labels = Labels::default();
        let mut box_ground_m = Vec::new();
        for _ in 0..box_count {
            let class = file.u32()? as usize;
            let points = file.u32()?;
            let v = file.f32s(10)?;
            labels.boxes.push(TrueBox {
                class: *BoxClass::ALL
                    .get(class)
                    .ok_or_else(|| wrong("an unknown class"))?,
                center_m: [v[0], v[1], v[2]],
                size_m: [v[3], v[4], v[5]],
                yaw_rad: v[6],
                velocity_mps: [v[7], v[8]],
                points,
            });
            box_ground_m.push(v[9]);
        }
        labels.drivable = file.bytes(HEAD * HEAD)?;
        labels.signals = file.bytes(MAX_SIGNALS)?;
        samples.push(Sample {
            cells,
            values,
            patches,
            rays,
            patch_valid,
            crops,
            box_ground_m,
            labels,
        });
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_round_trips_and_a_broken_one_is_an_error() {
        let sample = Sample {
            cells: vec![3, 77],
            values: vec![9; 2 * CHANNELS],
            patches: vec![1; TOKENS * PATCH_VALUES],
            rays: vec![0.5; TOKENS * RAY],
            patch_valid: vec![1; TOKENS],
            crops: vec![2; MAX_SIGNALS * 3 * CROP * CROP],
            box_ground_m: vec![0.1],
            labels: Labels {
                boxes: vec![TrueBox {
                    class: BoxClass::Cyclist,
                    center_m: [1.0, 2.0, 3.0],
                    size_m: [4.0, 5.0, 6.0],
                    yaw_rad: 0.3,
                    velocity_mps: [1.0, -1.0],
                    points: 7,
                }],
                drivable: vec![1; HEAD * HEAD],
                signals: vec![255; MAX_SIGNALS],
            },
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_samples(&path, std::slice::from_ref(&sample)).unwrap();
        assert_eq!(read_samples(&path).unwrap(), [sample]);
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 7, 10, 14, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(read_samples(&path).is_err(), "cut at {cut}");
        }
        let mut huge = bytes;
        huge[12..16].fill(0xff);
        std::fs::write(&path, huge).unwrap();
        assert!(read_samples(&path).is_err());
    }
}
