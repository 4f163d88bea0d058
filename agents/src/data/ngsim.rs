//! Loader of the NGSIM trajectories in their CSV and lanelet form.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
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

#[derive(Deserialize)]
struct Row {
    id: u64,
    #[serde(rename = "type")]
    kind: String,
    length: f32,
    width: f32,
    step: usize,
    x: f64,
    y: f64,
    heading: f64,
}

#[derive(Deserialize)]
struct MapFile {
    lanelets: Vec<Lanelet>,
}

#[derive(Deserialize)]
struct Lanelet {
    left: Vec<[f64; 2]>,
    right: Vec<[f64; 2]>,
}

/// Largest unpacked track file, bytes, and largest step.
const MAX_BYTES: u64 = 64 << 20;
const MAX_STEP: usize = 100_000;

/// Reads one track file.
///
/// # Errors
/// If it is no gzipped CSV of the expected columns.
fn load_tracks(path: &Path) -> Result<Vec<ClipTrack>, InputError> {
    let packed = read_bytes(path, &Limits::default())?;
    let mut text = Vec::new();
    GzDecoder::new(packed.as_slice())
        .take(MAX_BYTES)
        .read_to_end(&mut text)
        .map_err(|e| InputError::new(path, "gzip data", e.to_string()))?;
    let mut tracks: BTreeMap<u64, ClipTrack> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(text.as_slice());
    for (index, row) in reader.deserialize().enumerate() {
        let line = index as u32 + 2;
        let row: Row = row.map_err(|e| {
            InputError::new(
                path,
                "a row id,type,length,width,step,x,y,heading,…",
                e.to_string(),
            )
            .at(line, 1)
        })?;
        let finite = [row.x, row.y, row.heading].iter().all(|v| v.is_finite());
        if !finite || row.step > MAX_STEP {
            return Err(
                InputError::new(path, "finite numbers and a small step", "others").at(line, 1),
            );
        }
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

/// Reads lanelets as centre lines.
///
/// # Errors
/// If it is no JSON of the expected shape.
fn load_lanes(path: &Path) -> Result<LaneMap, InputError> {
    let bytes = read_bytes(path, &Limits::default())?;
    let file: MapFile = serde_json::from_slice(&bytes).map_err(|e| {
        InputError::new(path, "lanelets with left and right", e.to_string())
            .at(e.line() as u32, e.column() as u32)
    })?;
    let centers = file.lanelets.iter().map(|lanelet| {
        // Both sides have as many points by construction of lanelets.
        let n = lanelet.left.len().min(lanelet.right.len());
        (0..n)
            .map(|i| {
                let (l, r) = (lanelet.left[i], lanelet.right[i]);
                [(l[0] + r[0]) / 2.0, (l[1] + r[1]) / 2.0]
            })
            .collect::<Vec<_>>()
    });
    Ok(LaneMap::new(centers))
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
        // USA_US101-10_2_T-1 plays on USA_US101-10.
        let map = name.rsplitn(3, '_').last().unwrap_or(&name).to_owned();
        if NgsimSplit::of(&map) != split {
            continue;
        }
        let own = folder.join(format!("maps/{name}.lanelets.json"));
        let shared = folder.join(format!("maps/{map}.lanelets.json"));
        let lanes = load_lanes(if own.exists() { &own } else { &shared })?;
        clips.push(Clip {
            tracks: load_tracks(&tracks.join(format!("{name}.csv.gz")))?,
            lanes: Arc::new(lanes),
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
