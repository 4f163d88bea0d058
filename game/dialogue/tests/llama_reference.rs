//! The network, its tokenizer and its prompts against the `transformers` package on the same weights.
//!
//! Runs where the default model is (`make model`) and a Python with the packages torch, transformers, gguf and
//! accelerate: `python3`, or the one that SKIDPAD_REFERENCE_PYTHON names. Elsewhere it says that it is skipped.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use dialogue::language::quant::BlockKind;
use dialogue::language::{Llm, LlmOptions, Message, Speaker, WeightKind, default_model};

const PROMPTS: usize = 20;
const TOKENS: usize = 64;
const VOCABULARY: usize = 49_152;

fn python() -> Option<String> {
    let named = std::env::var("SKIDPAD_REFERENCE_PYTHON");
    let python = named.unwrap_or_else(|_| "python3".to_owned());
    let mut test = Command::new(&python);
    let test = test
        .args(["-c", "import transformers, gguf, torch, accelerate"])
        .output();
    test.is_ok_and(|done| done.status.success())
        .then_some(python)
}

fn likeliest(logits: &[f32]) -> u32 {
    let best = (0u32..)
        .zip(logits)
        .reduce(|a, b| if b.1 > a.1 { b } else { a });
    best.unwrap().0
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Blocks of every kind hold the numbers that the `gguf` package reads in them.
fn check_blocks(folder: &Path) {
    let text = std::fs::read_to_string(folder.join("blocks.json")).unwrap();
    let kinds: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(kinds.len(), 10);
    for kind in kinds {
        let bytes: Vec<u8> = serde_json::from_value(kind["bytes"].clone()).unwrap();
        let wanted: Vec<f32> = serde_json::from_value(kind["numbers"].clone()).unwrap();
        let id = kind["id"].as_u64().unwrap() as u32;
        let found = BlockKind::of(id).unwrap().decode(&bytes);
        let most = wanted.iter().fold(0f32, |m, v| m.max(v.abs()));
        assert_eq!(found.len(), wanted.len());
        let off = furthest(&found, &wanted);
        assert!(off <= 1e-6 * most, "{}: {off} of {most}", kind["name"]);
    }
}

#[test]
fn logits_and_greedy_replies_are_those_of_transformers() {
    let (Ok(model), Some(python)) = (default_model(), python()) else {
        println!("skipped: no model (`make model`) or no Python with transformers and gguf");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/llama_reference.py");
    let mut run = Command::new(python);
    run.arg(script).arg(&model).arg(folder.path());
    run.args([PROMPTS.to_string(), TOKENS.to_string()]);
    assert!(run.status().unwrap().success());
    check_blocks(folder.path());

    let options = LlmOptions {
        weights: WeightKind::F32,
        ..LlmOptions::default()
    };
    let llm = Llm::open(&model, &options).unwrap();
    let text = std::fs::read_to_string(folder.path().join("reference.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), PROMPTS);
    let bytes = std::fs::read(folder.path().join("logits.f32")).unwrap();
    let logits: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let mut logits = logits.chunks_exact(VOCABULARY);
    let (mut off, mut off_cached) = (0f32, 0f32);
    for case in &cases {
        let say = |role, key: &str| Message::new(role, case[key].as_str().unwrap());
        let prompt = [say(Speaker::System, "system"), say(Speaker::User, "user")];
        let tokens = |key: &str| serde_json::from_value::<Vec<u32>>(case[key].clone()).unwrap();
        let (ids, wanted) = (tokens("prompt"), tokens("continuation"));
        assert_eq!(llm.prompt_tokens(&prompt).unwrap(), ids, "{prompt:?}");

        let mut cache = llm.llama().cache(ids.len() + TOKENS).unwrap();
        let first = llm.llama().prefill(&ids, &mut cache).unwrap();
        let mut last = Vec::<f32>::try_from(first).unwrap();
        off = off.max(furthest(&last, logits.next().unwrap()));
        let mut chosen = Vec::new();
        for _ in 0..TOKENS {
            let token = likeliest(&last);
            chosen.push(token);
            let row = llm.llama().step(&[token], &mut [&mut cache]).unwrap();
            last = Vec::<f32>::try_from(row.squeeze_dim(0)).unwrap();
        }
        assert_eq!(chosen, wanted, "{prompt:?}");
        off_cached = off_cached.max(furthest(&last, logits.next().unwrap()));
    }
    println!(
        "{PROMPTS} prompts of {TOKENS} tokens: logits off by {off:.1e}, from the cache {off_cached:.1e}"
    );
    assert!(off < 1e-2 && off_cached < 1e-2);

    // Coarser weights take the same token nearly always, where the text so far is the same.
    for weights in [WeightKind::Bf16, WeightKind::Int8] {
        let options = LlmOptions {
            weights,
            ..LlmOptions::default()
        };
        let llm = Llm::open(&model, &options).unwrap();
        let mut same = 0;
        for case in &cases {
            let tokens = |key: &str| serde_json::from_value::<Vec<u32>>(case[key].clone()).unwrap();
            let (ids, wanted) = (tokens("prompt"), tokens("continuation"));
            let mut cache = llm.llama().cache(ids.len() + TOKENS).unwrap();
            let _ = llm
                .llama()
                .prefill(&ids[..ids.len() - 1], &mut cache)
                .unwrap();
            let rest = [&ids[ids.len() - 1..], &wanted[..TOKENS - 1]].concat();
            let rows = llm.llama().prefill_all(&rest, &mut cache).unwrap();
            let rows = Vec::<f32>::try_from(rows.flatten(0, -1)).unwrap();
            let rows = rows.chunks_exact(VOCABULARY).zip(&wanted);
            same += rows
                .filter(|(row, token)| likeliest(row) == **token)
                .count();
        }
        let share = same as f64 / (PROMPTS * TOKENS) as f64;
        println!("{weights:?}: the same token in {:.1} %", 100.0 * share);
        assert!(share > 0.9);
    }
}
