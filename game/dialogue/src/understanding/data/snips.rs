//! SNIPS (Coucke et al. 2018, CC0): 7 intents with slots.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use sim::input::{InputError, Limits, read_bytes};

use super::{Example, Split};
use crate::understanding::network::Labels;

/// Its intents.
pub const INTENTS: [&str; 7] = [
    "AddToPlaylist",
    "BookRestaurant",
    "GetWeather",
    "PlayMusic",
    "RateBook",
    "SearchCreativeWork",
    "SearchScreeningEvent",
];
/// Every so many of the training examples is for validation: 100 of about 2,000 an intent.
const VALIDATION_EVERY: usize = 20;

#[derive(Deserialize)]
struct Raw {
    data: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    text: String,
    #[serde(default)]
    entity: Option<String>,
}

/// Reads the folder `2017-06-custom-intent-engines`: the full training files, of which a part is for validation, and the
/// published validation files as the test.
///
/// # Errors
/// If a file can't be read or is none of this data set.
pub fn load(folder: &Path, limits: &Limits) -> Result<Split, InputError> {
    let mut raw_train = Vec::new();
    let mut raw_test = Vec::new();
    for intent in INTENTS {
        let folder = folder.join(intent);
        raw_train.push(read(
            &folder.join(format!("train_{intent}_full.json")),
            intent,
            limits,
        )?);
        raw_test.push(read(
            &folder.join(format!("validate_{intent}.json")),
            intent,
            limits,
        )?);
    }
    let mut slots: Vec<String> = raw_train
        .iter()
        .flatten()
        .flat_map(|raw| raw.data.iter().filter_map(|part| part.entity.clone()))
        .collect();
    slots.sort();
    slots.dedup();
    let mut split = Split {
        labels: Labels {
            intents: INTENTS.map(str::to_owned).to_vec(),
            slots,
        },
        ..Split::default()
    };
    let example = |raw: &Raw, intent: usize, slots: &[String]| {
        let parts: Vec<(String, Option<usize>)> = raw
            .data
            .iter()
            .map(|part| {
                let slot = part
                    .entity
                    .as_ref()
                    .and_then(|e| slots.binary_search(e).ok());
                (part.text.clone(), slot)
            })
            .collect();
        Example::tagged(&parts, Some(intent as i64))
    };
    for (intent, all) in raw_train.iter().enumerate() {
        for (number, raw) in all.iter().enumerate() {
            let made = example(raw, intent, &split.labels.slots);
            if number % VALIDATION_EVERY == 0 {
                split.validation.push(made);
            } else {
                split.train.push(made);
            }
        }
    }
    for (intent, all) in raw_test.iter().enumerate() {
        for raw in all {
            split.test.push(example(raw, intent, &split.labels.slots));
        }
    }
    Ok(split)
}

fn read(file: &Path, intent: &str, limits: &Limits) -> Result<Vec<Raw>, InputError> {
    let bytes = read_bytes(file, limits)?;
    // One file of the set is in Latin-1.
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect());
    let mut all: BTreeMap<String, Vec<Raw>> = serde_json::from_str(&text).map_err(|e| {
        InputError::new(file, format!("examples of {intent}"), e.to_string())
            .at(e.line() as u32, e.column() as u32)
    })?;
    all.remove(intent)
        .ok_or_else(|| InputError::new(file, format!("examples of {intent}"), "none"))
}
