//! Loader of the NGSIM trajectories in their CSV and lanelet form.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::GzDecoder;
use serde::Deserialize;
use sim::input::{InputError, Limits, read_bytes};
use sim::message::BoxClass;

use super::clip::{Clip, ClipTrack};
use crate::prediction::LaneMap;

/// Which maps are held out: the ones the data's own README names, or, where those are absent, the
/// last US-101 maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NgsimSplit {
    /// To fit on.
    Training,
    /// To measure on.
    HeldOut,
}

impl NgsimSplit {
    /// The split of a map id.
    pub fn of(map: &str) -> Self {
        let motorway = map
            .strip_prefix("USA_US101-")
            .and_then(|n| n.parse::<u32>().ok());
        let out = map.starts_with("USA_Peach-")
            || map == "USA_Lanker-1"
            || motorway.is_some_and(|n| n >= 15);
        if out { Self::HeldOut } else { Self::Training }
    }
}

/// One state of one road user.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) length: f32,
    pub(super) width: f32,
    pub(super) step: usize,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) heading: f64,
    pub(super) speed: f64,
}

#[derive(Deserialize)]
struct MapFile {
    lanelets: Vec<Lanelet>,
}

/// A lane by its borders.
#[derive(Deserialize)]
pub(super) struct Lanelet {
    pub(super) left: Vec<[f64; 2]>,
    pub(super) right: Vec<[f64; 2]>,
}

/// The middle between two borders with as many points.
pub(super) fn middle(left: &[[f64; 2]], right: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let pairs = left.iter().zip(right);
    pairs
        .map(|(l, r)| [(l[0] + r[0]) / 2.0, (l[1] + r[1]) / 2.0])
        .collect()
}

/// Largest unpacked track file, bytes, and largest step.
const MAX_BYTES: u64 = 64 << 20;
const MAX_STEP: usize = 100_000;

/// Reads the rows of one track file.
///
/// # Errors
/// If it is no gzipped CSV of the expected columns.
pub(super) fn rows(path: &Path) -> Result<Vec<Row>, InputError> {
    let packed = read_bytes(path, &Limits::default())?;
    let mut text = Vec::new();
    GzDecoder::new(packed.as_slice())
        .take(MAX_BYTES)
        .read_to_end(&mut text)
        .map_err(|e| InputError::new(path, "gzip data", e.to_string()))?;
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let rows = reader.deserialize().zip(2u32..).map(|(row, line)| {
        let row: Row = row.map_err(|e| {
            let expected = "a row id,type,length,width,step,x,y,heading,speed,…";
            InputError::new(path, expected, e.to_string()).at(line, 1)
        })?;
        let finite = [row.x, row.y, row.heading].iter().all(|v| v.is_finite());
        if !finite || row.step > MAX_STEP {
            return Err(
                InputError::new(path, "finite numbers and a small step", "others").at(line, 1),
            );
        }
        Ok(row)
    });
    rows.collect()
}

/// Reads one track file, in which no step of a track is missing.
fn load_tracks(path: &Path) -> Result<Vec<ClipTrack>, InputError> {
    let mut tracks: BTreeMap<u64, ClipTrack> = BTreeMap::new();
    for (row, line) in rows(path)?.into_iter().zip(2u32..) {
        let track = tracks.entry(row.id).or_insert_with(|| ClipTrack {
            id: row.id,
            class: match row.kind.as_str() {
                "truck" | "bus" => BoxClass::Large,
                "motorcycle" | "bicycle" => BoxClass::Cyclist,
                "pedestrian" => BoxClass::Pedestrian,
                _ => BoxClass::Car,
            },
            size_m: [row.length, row.width],
            is_mobile: true,
            first_step: row.step,
            states: Vec::new(),
        });
        if row.step != track.first_step + track.states.len() {
            let expected = format!("step {}", track.first_step + track.states.len());
            return Err(InputError::new(path, expected, row.step.to_string()).at(line, 1));
        }
        track.states.push([row.x, row.y, row.heading]);
    }
    Ok(tracks.into_values().collect())
}

/// Reads lanelets.
///
/// # Errors
/// If it is no JSON of the expected shape.
pub(super) fn lanelets(path: &Path) -> Result<Vec<Lanelet>, InputError> {
    let bytes = read_bytes(path, &Limits::default())?;
    let file: MapFile = serde_json::from_slice(&bytes).map_err(|e| {
        InputError::new(path, "lanelets with left and right", e.to_string())
            .at(e.line() as u32, e.column() as u32)
    })?;
    Ok(file.lanelets)
}

/// Where the lanelets of a clip lie: its own, or those of its map. `USA_US101-10_2_T-1` plays on
/// `USA_US101-10`.
pub(super) fn lanelets_file(folder: &Path, name: &str) -> PathBuf {
    let own = folder.join(format!("maps/{name}.lanelets.json"));
    if own.exists() {
        return own;
    }
    folder.join(format!("maps/{}.lanelets.json", map_name(name)))
}

fn map_name(clip: &str) -> &str {
    clip.rsplitn(3, '_').last().unwrap_or(clip)
}

/// All clips of a split in a folder with `tracks/` and `maps/`, by name.
///
/// # Errors
/// If the folder or one of its files can't be read.
pub fn load_ngsim(folder: &Path, split: NgsimSplit) -> Result<Vec<Clip>, InputError> {
    let tracks = folder.join("tracks");
    let listing = std::fs::read_dir(&tracks)
        .map_err(|e| InputError::new(&tracks, "a folder of track files", e.to_string()))?;
    let mut names: Vec<String> = listing
        .flatten()
        .filter_map(|e| {
            e.file_name()
                .to_str()?
                .strip_suffix(".csv.gz")
                .map(str::to_owned)
        })
        .collect();
    names.sort_unstable();
    let mut clips = Vec::new();
    for name in names {
        let map = map_name(&name).to_owned();
        if NgsimSplit::of(&map) != split {
            continue;
        }
        let lanelets = lanelets(&lanelets_file(folder, &name))?;
        let middles = lanelets.iter().map(|l| middle(&l.left, &l.right));
        clips.push(Clip {
            tracks: load_tracks(&tracks.join(format!("{name}.csv.gz")))?,
            lanes: Arc::new(LaneMap::new(middles)),
            name,
            map,
        });
    }
    Ok(clips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut gz = flate2::write::GzEncoder::new(file.reopen().unwrap(), Default::default());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap();
        file
    }

    const HEAD: &str = "id,type,length,width,step,x,y,heading,speed,accel\n";

    #[test]
    fn rows_become_tracks() {
        let file = packed(&format!(
            "{HEAD}7,car,4,2,3,1,2,0.5,1,0\n7,car,4,2,4,2,2,0.5,1,0\n"
        ));
        let tracks = load_tracks(file.path()).unwrap();
        assert_eq!(tracks.len(), 1);
        assert_eq!(tracks[0].at(4), Some([2.0, 2.0, 0.5]));
        assert_eq!(tracks[0].at(5), None);
    }

    #[test]
    fn broken_files_are_errors_with_a_line() {
        let gap = packed(&format!(
            "{HEAD}7,car,4,2,3,1,2,0.5,1,0\n7,car,4,2,9,2,2,0.5,1,0\n"
        ));
        assert_eq!(load_tracks(gap.path()).unwrap_err().line, Some(3));
        let odd = packed(&format!("{HEAD}7,car,4,2,3,NaN,2,0.5,1,0\n"));
        assert_eq!(load_tracks(odd.path()).unwrap_err().line, Some(2));
        let plain = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(plain.path(), "no gzip").unwrap();
        assert!(load_tracks(plain.path()).is_err());
    }

    #[test]
    fn the_split_goes_by_map() {
        assert_eq!(NgsimSplit::of("USA_Peach-3"), NgsimSplit::HeldOut);
        assert_eq!(NgsimSplit::of("USA_US101-21"), NgsimSplit::HeldOut);
        assert_eq!(NgsimSplit::of("USA_Lanker-2"), NgsimSplit::Training);
        assert_eq!(NgsimSplit::of("USA_US101-3"), NgsimSplit::Training);
    }
}
