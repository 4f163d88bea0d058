//! Files that are not what they should be: every one is refused with an error that names it, none ends the program.
#![allow(clippy::unwrap_used, reason = "tests")]

mod small;

use std::path::Path;

use dialogue::language::gguf::Gguf;
use dialogue::language::{LanguageError, Llm, LlmOptions};
use sim::seed::Draw;
use small::Small;

fn open(path: &Path) -> Result<(), String> {
    let options = LlmOptions {
        threads: 1,
        ..LlmOptions::default()
    };
    match Llm::open(path, &options) {
        Ok(_) => Ok(()),
        Err(error @ LanguageError::File { .. }) => Err(error.to_string()),
        Err(other) => panic!("{other}"),
    }
}

/// Where the tensors' data begins.
fn header_length(bytes: &[u8], path: &Path) -> usize {
    std::fs::write(path, bytes).unwrap();
    let file = Gguf::open(path).unwrap();
    let starts = file.tensors().values().map(|info| info.start as usize);
    starts.min().unwrap()
}

#[test]
fn a_gguf_file_that_is_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gguf");
    let bytes = Small::new(1, true).gguf();
    let header = header_length(&bytes, &path);
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let data = (header..bytes.len()).rev().step_by(4999);
    for cut in data.chain((0..header).rev()) {
        file.set_len(cut as u64).unwrap();
        let error = Gguf::open(&path).unwrap_err().to_string();
        assert!(error.contains("cut.gguf: "), "{error}");
        assert!(error.contains("expected"), "{error}");
    }
}

#[test]
fn counts_and_sizes_beyond_the_file_are_refused_before_they_are_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.gguf");
    let bytes = Small::new(1, true).gguf();
    let header = header_length(&bytes, &path);
    // Every aligned or unaligned place of the header that could be a count.
    for (step, value) in [(1, u64::MAX), (7, 1 << 40), (7, i64::MAX as u64)] {
        for at in (8..header - 8).step_by(step) {
            let mut bytes = bytes.clone();
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
            std::fs::write(&path, &bytes).unwrap();
            // Many are refused, some hit a text: none ends the program or takes its memory.
            if let Err(error) = Gguf::open(&path) {
                assert!(error.to_string().contains("huge.gguf: "), "{error}");
            }
        }
    }
    for (at, what) in [(8, "tensors"), (16, "keys")] {
        let mut bytes = bytes.clone();
        bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        let error = open(&path).unwrap_err();
        assert!(error.contains(&format!("at most 100000 {what}")), "{error}");
    }
}

#[test]
fn files_with_broken_bytes_load_or_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gguf");
    let small = Small::new(1, true);
    let bytes = small.gguf();
    let header = header_length(&bytes, &path);
    let mut rng = sim::seed::stream(3, None, "broken");
    let mut refused = 0;
    for _ in 0..300 {
        let mut bytes = bytes.clone();
        for _ in 0..1 + rng.index(3) {
            bytes[rng.index(header)] = rng.index(256) as u8;
        }
        std::fs::write(&path, &bytes).unwrap();
        refused += usize::from(open(&path).is_err());
    }
    assert!(refused > 50, "{refused}");

    let model = folder.path().join("model");
    small.write_folder(&model, 2);
    open(&model).unwrap();
    let names = [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "model.safetensors.index.json",
        "model-1-of-2.safetensors",
    ];
    for name in names {
        let file = model.join(name);
        let whole = std::fs::read(&file).unwrap();
        let most = whole.len().min(4000);
        for _ in 0..60 {
            let mut bytes = whole.clone();
            bytes[rng.index(most)] = rng.index(256) as u8;
            std::fs::write(&file, &bytes).unwrap();
            let _ = open(&model);
        }
        for cut in [0, 1, 7, 8, 9, most / 2, whole.len() - 1] {
            std::fs::write(&file, &whole[..cut]).unwrap();
            let error = open(&model).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
        std::fs::remove_file(&file).unwrap();
        if name != "tokenizer_config.json" {
            open(&model).unwrap_err();
        }
        std::fs::write(&file, &whole).unwrap();
    }
    open(&model).unwrap();
}

#[test]
fn errors_name_the_part_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let check = |change: &dyn Fn(&mut Small), part: &str| {
        let mut small = Small::new(1, true);
        change(&mut small);
        let path = folder.path().join("wrong.gguf");
        small.write_gguf(&path);
        let error = open(&path).unwrap_err();
        assert!(error.contains(part), "{error}");
        let path = folder.path().join("wrong");
        small.write_folder(&path, 1);
        assert!(open(&path).is_err());
    };
    let norm = "model.norm.weight".to_owned();
    check(
        &|small| drop(small.tensors.remove(&norm)),
        "output_norm.weight: expected a tensor, found none",
    );
    check(
        &|small| small.tensors.get_mut(&norm).unwrap().1[3] = f32::NAN,
        "output_norm.weight: expected finite numbers, found NaN at 3",
    );
    check(
        &|small| {
            small
                .tensors
                .insert(norm.clone(), (vec![32], vec![0.0; 32]));
        },
        "output_norm.weight: expected a tensor [64], found [32]",
    );
    let missing = open(&folder.path().join("nothing.gguf")).unwrap_err();
    assert!(missing.contains("nothing.gguf: file:"), "{missing}");
    std::fs::write(folder.path().join("text.gguf"), "hello world").unwrap();
    let text = open(&folder.path().join("text.gguf")).unwrap_err();
    assert!(text.contains("the letters GGUF"), "{text}");
}
