//! The page: one file without anything from the network. Its data is JSON, deflated and in base64, which
//! the browser unpacks; style and script stand in `assets/`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use sim::road::RoadNetwork;

use super::Report;
use super::compare::{Comparison, sense};
use super::replay::{Replay, count, extend};
use super::road::{Bounds, DrawnMap, draw};
use super::stored::StoredSuite;
use crate::run::{RunError, Trace};

const TEMPLATE: &str = include_str!("assets/report.html");
const STYLE: &str = include_str!("assets/report.css");
/// Order matters: later files use what earlier ones define.
const SCRIPTS: [&str; 5] = [
    include_str!("assets/data.js"),
    include_str!("assets/plot.js"),
    include_str!("assets/replay.js"),
    include_str!("assets/table.js"),
    include_str!("assets/main.js"),
];

/// States of all replays of a page; rows beyond are shown without one.
const MAX_STATES: usize = 1_500_000;

#[derive(Serialize)]
struct Data<'a> {
    suite: &'a StoredSuite,
    comparison: Option<&'a Comparison>,
    /// +1 where more of a metric is better, -1 where less.
    sense: BTreeMap<&'a str, i8>,
    maps: Vec<DrawnMap>,
    replays: Vec<Option<RowReplay>>,
}

#[derive(Serialize)]
struct RowReplay {
    map: usize,
    now: Replay,
    before: Option<Replay>,
}

/// The page's text.
pub(super) fn page(
    report: &Report<'_>,
    before: &BTreeMap<(String, u64), Trace>,
) -> Result<String, RunError> {
    let (maps, replays) = replays(report, before);
    let suite = report.suite;
    let data = Data {
        suite,
        comparison: report.comparison,
        sense: suite
            .scenarios
            .iter()
            .flat_map(|row| row.metrics.keys())
            .map(|name| (name.as_str(), sense(name)))
            .collect(),
        maps,
        replays,
    };
    let fault = |e: String| RunError::Internal(format!("report page: {e}"));
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut packed, &data).map_err(|e| fault(e.to_string()))?;
    packed.flush().map_err(|e| fault(e.to_string()))?;
    let packed = packed.finish().map_err(|e| fault(e.to_string()))?;
    let title = format!("{} · Skidpad", suite.name);
    let mut page = String::new();
    // The parts may hold the marks themselves, so each is looked for in the template alone.
    let mut rest = TEMPLATE;
    let parts = [
        ("{{title}}", escape(&title)),
        ("{{style}}", STYLE.to_owned()),
        ("{{data}}", base64(&packed)),
        ("{{script}}", SCRIPTS.concat()),
    ];
    for (mark, part) in parts {
        let (head, tail) = rest
            .split_once(mark)
            .ok_or_else(|| fault(format!("no {mark} in the template")))?;
        page += head;
        page += &part;
        rest = tail;
    }
    Ok(page + rest)
}

/// Maps, and the replay of each row that has one.
fn replays(
    report: &Report<'_>,
    before: &BTreeMap<(String, u64), Trace>,
) -> (Vec<DrawnMap>, Vec<Option<RowReplay>>) {
    let rows = &report.suite.scenarios;
    let old = |i: usize| {
        let row = rows.get(i)?;
        before.get(&(row.name.clone(), row.seed))
    };
    // What did not end as expected goes first where not all find room.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|i| rows.get(*i).is_none_or(|row| row.as_expected));
    let mut room = MAX_STATES;
    let mut chosen = vec![None; rows.len()];
    for i in order {
        let Some(Some(trace)) = report.traces.get(i) else {
            continue;
        };
        let states = count(trace) + old(i).map_or(0, count);
        if states <= room {
            room -= states;
            if let Some(slot) = chosen.get_mut(i) {
                *slot = Some(*trace);
            }
        }
    }
    let mut places: BTreeMap<Option<&PathBuf>, (usize, Bounds)> = BTreeMap::new();
    for (i, trace) in chosen.iter().enumerate() {
        let Some(trace) = trace else { continue };
        let number = places.len();
        let (_, bounds) = places
            .entry(trace.map.as_ref())
            .or_insert((number, Bounds::EMPTY));
        extend(bounds, trace);
        if let Some(old) = old(i) {
            extend(bounds, old);
        }
    }
    let mut maps: Vec<(usize, DrawnMap)> = places
        .iter()
        .map(|(path, (number, bounds))| {
            (*number, drawn(path.map(PathBuf::as_path), bounds, report))
        })
        .collect();
    maps.sort_by_key(|(number, _)| *number);
    let maps: Vec<DrawnMap> = maps.into_iter().map(|(_, map)| map).collect();
    let replays = chosen
        .iter()
        .enumerate()
        .map(|(i, trace)| {
            let trace = (*trace)?;
            let (map, _) = places.get(&trace.map.as_ref())?;
            let origin = maps.get(*map)?.origin;
            Some(RowReplay {
                map: *map,
                now: Replay::new(trace, origin),
                before: old(i).map(|old| Replay::new(old, origin)),
            })
        })
        .collect();
    (maps, replays)
}

fn drawn(path: Option<&Path>, bounds: &Bounds, report: &Report<'_>) -> DrawnMap {
    let is_finite = bounds.min.0.is_finite() && bounds.min.1.is_finite();
    // The map was there a moment ago; without it the replay shows boxes alone.
    let map = path.and_then(|path| RoadNetwork::load(path, report.limits).ok());
    match map {
        Some(map) if is_finite => draw(&map, bounds),
        _ => DrawnMap {
            origin: if is_finite { bounds.min } else { (0.0, 0.0) },
            ..DrawnMap::default()
        },
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |value: u32, shift: u32| {
        let index = (value >> shift & 63) as usize;
        DIGITS.get(index).map_or('=', |d| char::from(*d))
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let value = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.push(digit(value, 18));
        text.push(digit(value, 12));
        text.push(if chunk.len() > 1 {
            digit(value, 6)
        } else {
            '='
        });
        text.push(if chunk.len() > 2 {
            digit(value, 0)
        } else {
            '='
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_page_names_nothing_from_the_network() {
        let all = [TEMPLATE, STYLE].concat() + SCRIPTS.concat().as_str();
        for word in ["http://", "https://", "src=", "@import", "url("] {
            let known = all.replace("http://www.w3.org/2000/svg", "");
            assert!(!known.contains(word), "{word}");
        }
    }
}
