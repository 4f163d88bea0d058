//! CLINC150 (Larson et al. 2019, CC BY 3.0): 150 intents of assistants, and what is none of them.

use std::collections::BTreeMap;
use std::path::Path;

use sim::input::{InputError, Limits, read_text};

use super::{Example, Split};
use crate::understanding::network::Labels;

/// Reads `data_full.json` with its official splits; out-of-scope utterances have no intent.
///
/// # Errors
/// If it can't be read, or has not the parts that it should have.
pub fn load(file: &Path, limits: &Limits) -> Result<Split, InputError> {
    let text = read_text(file, limits)?;
    let parts: BTreeMap<String, Vec<(String, String)>> =
        serde_json::from_str(&text).map_err(|e| {
            InputError::new(file, "lists of [text, intent] by split", e.to_string())
                .at(e.line() as u32, e.column() as u32)
        })?;
    let part = |name: &str| {
        let missing = || InputError::new(file, format!("a part {name:?}"), "none");
        parts.get(name).ok_or_else(missing)
    };
    let mut intents: Vec<String> = part("train")?.iter().map(|(_, i)| i.clone()).collect();
    intents.sort();
    intents.dedup();
    let read = |names: [&str; 2]| -> Result<Vec<Example>, InputError> {
        let mut all = Vec::new();
        for name in names {
            for (text, intent) in part(name)? {
                let number = intents.binary_search(intent).ok().map(|i| i as i64);
                if number.is_none() && intent != "oos" {
                    let found = format!("{intent:?} in {name}");
                    return Err(InputError::new(file, "an intent of train, or oos", found));
                }
                all.push(Example::plain(text, number));
            }
        }
        Ok(all)
    };
    Ok(Split {
        train: read(["train", "oos_train"])?,
        validation: read(["val", "oos_val"])?,
        test: read(["test", "oos_test"])?,
        labels: Labels {
            intents,
            slots: Vec::new(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        let write = |text: &str| std::fs::write(&file, text).unwrap();
        write(
            r#"{"train": [["hi there", "greet"]], "val": [], "test": [["hello", "greet"]],
            "oos_train": [["why is that", "oos"]], "oos_val": [], "oos_test": []}"#,
        );
        let split = load(&file, &Limits::default()).unwrap();
        assert_eq!(split.train[0].intent, Some(0));
        assert_eq!(split.train[1].intent, None);
        write(r#"{"train": [["hi there", "greet"]]}"#);
        let e = load(&file, &Limits::default()).unwrap_err();
        assert!(e.to_string().contains("oos_train"), "{e}");
        write("{\"train\":\n 3}");
        assert_eq!(load(&file, &Limits::default()).unwrap_err().line, Some(2));
    }
}
