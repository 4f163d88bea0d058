//! A small network of the Llama family with random weights, written as a GGUF file and as a folder of safetensors, and
//! reckoned by hand in f64.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value as Json, json};
use sim::seed::Draw;

pub const WIDTH: usize = 64;
pub const HIDDEN: usize = 96;
pub const LAYERS: usize = 2;
pub const HEADS: usize = 4;
pub const KEY_HEADS: usize = 2;
pub const CHANNELS: usize = 16;
pub const CONTEXT: usize = 512;
pub const BASE: f64 = 10_000.0;
pub const EPSILON: f64 = 1e-5;
pub const TEMPLATE: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + ...";

/// Matrices and vectors by Hugging Face's names.
pub struct Small {
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    pub words: Vec<String>,
    pub merges: Vec<[String; 2]>,
}

impl Small {
    /// `tied`: the embedding is the head too.
    pub fn new(seed: u64, tied: bool) -> Self {
        let mut words: Vec<String> = alphabet();
        let merges = ["t h", "th e", "Ġ a", "i n"].map(|pair| {
            let (left, right) = pair.split_once(' ').unwrap();
            [left.to_owned(), right.to_owned()]
        });
        words.extend(merges.iter().map(|pair| pair.concat()));
        words.extend(["<|endoftext|>", "<|im_start|>", "<|im_end|>"].map(str::to_owned));
        let mut small = Self {
            tensors: BTreeMap::new(),
            words,
            merges: merges.into(),
        };
        let mut rng = sim::seed::stream(seed, None, "small");
        let mut add = |name: &str, shape: &[usize], mean: f64, sigma: f64| {
            let count = shape.iter().product();
            let numbers = (0..count)
                .map(|_| (mean + rng.normal(sigma)) as f32)
                .collect();
            small
                .tensors
                .insert(format!("{name}.weight"), (shape.to_vec(), numbers));
        };
        let vocabulary = 256 + 7;
        add("model.embed_tokens", &[vocabulary, WIDTH], 0.0, 0.5);
        if !tied {
            add("lm_head", &[vocabulary, WIDTH], 0.0, 0.5);
        }
        add("model.norm", &[WIDTH], 1.0, 0.1);
        for layer in 0..LAYERS {
            let mut part = |name: &str, shape: &[usize], mean: f64| {
                add(&format!("model.layers.{layer}.{name}"), shape, mean, 0.15);
            };
            part("input_layernorm", &[WIDTH], 1.0);
            part("post_attention_layernorm", &[WIDTH], 1.0);
            part("self_attn.q_proj", &[HEADS * CHANNELS, WIDTH], 0.0);
            part("self_attn.k_proj", &[KEY_HEADS * CHANNELS, WIDTH], 0.0);
            part("self_attn.v_proj", &[KEY_HEADS * CHANNELS, WIDTH], 0.0);
            part("self_attn.o_proj", &[WIDTH, HEADS * CHANNELS], 0.0);
            part("mlp.gate_proj", &[HIDDEN, WIDTH], 0.0);
            part("mlp.up_proj", &[HIDDEN, WIDTH], 0.0);
            part("mlp.down_proj", &[WIDTH, HIDDEN], 0.0);
        }
        small
    }

    pub fn vocabulary(&self) -> usize {
        self.words.len()
    }

    fn get(&self, name: &str) -> &[f32] {
        &self.tensors[&format!("{name}.weight")].1
    }

    /// Logits after each token, by rows, in f64 and plain loops.
    pub fn logits(&self, tokens: &[u32]) -> Vec<Vec<f64>> {
        let embedding = self.get("model.embed_tokens");
        let mut rows: Vec<Vec<f64>> = tokens
            .iter()
            .map(|token| {
                let at = *token as usize * WIDTH;
                embedding[at..at + WIDTH]
                    .iter()
                    .map(|v| f64::from(*v))
                    .collect()
            })
            .collect();
        for layer in 0..LAYERS {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            let part = |part: &str| self.get(&name(part));
            let normed: Vec<_> = rows
                .iter()
                .map(|x| norm(x, part("input_layernorm")))
                .collect();
            let of = |which: &str| -> Vec<Vec<f64>> {
                normed.iter().map(|x| product(part(which), x)).collect()
            };
            let (mut queries, mut keys) = (of("self_attn.q_proj"), of("self_attn.k_proj"));
            let values = of("self_attn.v_proj");
            for position in 0..rows.len() {
                turn(&mut queries[position], position);
                turn(&mut keys[position], position);
            }
            for (position, x) in rows.iter_mut().enumerate() {
                let mut mixed = Vec::new();
                for head in 0..HEADS {
                    let query = &queries[position][head * CHANNELS..][..CHANNELS];
                    let at = head / (HEADS / KEY_HEADS) * CHANNELS;
                    let scores: Vec<f64> = (0..=position)
                        .map(|p| dot(query, &keys[p][at..at + CHANNELS]) / (CHANNELS as f64).sqrt())
                        .collect();
                    let weights = softmax(&scores);
                    for channel in 0..CHANNELS {
                        let value = |p: usize| weights[p] * values[p][at + channel];
                        mixed.push((0..=position).map(value).sum());
                    }
                }
                add(x, &product(part("self_attn.o_proj"), &mixed));
                let normed = norm(x, part("post_attention_layernorm"));
                let gate = product(part("mlp.gate_proj"), &normed);
                let up = product(part("mlp.up_proj"), &normed);
                let hidden: Vec<f64> = gate
                    .iter()
                    .zip(&up)
                    .map(|(g, u)| g / (1.0 + sim::math::exp(-g)) * u)
                    .collect();
                add(x, &product(part("mlp.down_proj"), &hidden));
            }
        }
        let head = self.tensors.get("lm_head.weight");
        let head = head.map_or(embedding, |(_, numbers)| numbers);
        let last = |x: &Vec<f64>| product(head, &norm(x, self.get("model.norm")));
        rows.iter().map(last).collect()
    }

    /// Writes a GGUF file.
    pub fn write_gguf(&self, path: &Path) {
        std::fs::write(path, self.gguf()).unwrap();
    }

    pub fn gguf(&self) -> Vec<u8> {
        let mut keys = Vec::new();
        let mut count = 0u64;
        let mut key = |name: &str, kind: u32, value: &[u8]| {
            text(&mut keys, name);
            keys.extend(kind.to_le_bytes());
            keys.extend(value);
            count += 1;
        };
        let string = |value: &str| {
            let mut bytes = Vec::new();
            text(&mut bytes, value);
            bytes
        };
        let number = |value: usize| (value as u32).to_le_bytes();
        key("general.architecture", 8, &string("llama"));
        key("llama.block_count", 4, &number(LAYERS));
        key("llama.context_length", 4, &number(CONTEXT));
        key("llama.embedding_length", 4, &number(WIDTH));
        key("llama.feed_forward_length", 4, &number(HIDDEN));
        key("llama.attention.head_count", 4, &number(HEADS));
        key("llama.attention.head_count_kv", 4, &number(KEY_HEADS));
        key("llama.rope.dimension_count", 4, &number(CHANNELS));
        key("llama.rope.freq_base", 6, &(BASE as f32).to_le_bytes());
        let epsilon = (EPSILON as f32).to_le_bytes();
        key("llama.attention.layer_norm_rms_epsilon", 6, &epsilon);
        key("tokenizer.ggml.model", 8, &string("gpt2"));
        key("tokenizer.ggml.pre", 8, &string("smollm"));
        let list = |kind: u32, values: Vec<Vec<u8>>| {
            let mut bytes = kind.to_le_bytes().to_vec();
            bytes.extend((values.len() as u64).to_le_bytes());
            bytes.extend(values.concat());
            bytes
        };
        let words = self.words.iter().map(|word| string(word)).collect();
        key("tokenizer.ggml.tokens", 9, &list(8, words));
        let kinds = self
            .words
            .iter()
            .map(|w| if w.starts_with("<|") { 3i32 } else { 1 });
        let kinds = kinds.map(|kind| kind.to_le_bytes().to_vec()).collect();
        key("tokenizer.ggml.token_type", 9, &list(5, kinds));
        let merges = self
            .merges
            .iter()
            .map(|pair| string(&pair.join(" ")))
            .collect();
        key("tokenizer.ggml.merges", 9, &list(8, merges));
        key("tokenizer.ggml.add_bos_token", 7, &[0]);
        key(
            "tokenizer.ggml.eos_token_id",
            4,
            &number(self.vocabulary() - 1),
        );
        key("tokenizer.chat_template", 8, &string(TEMPLATE));

        let (mut infos, mut data) = (Vec::new(), Vec::new());
        for (name, (shape, numbers)) in &self.tensors {
            let numbers = match name {
                n if n.contains("q_proj") => interleaved(numbers, HEADS),
                n if n.contains("k_proj") => interleaved(numbers, KEY_HEADS),
                _ => numbers.clone(),
            };
            text(&mut infos, &gguf_name(name));
            infos.extend((shape.len() as u32).to_le_bytes());
            for axis in shape.iter().rev() {
                infos.extend((*axis as u64).to_le_bytes());
            }
            infos.extend(0u32.to_le_bytes());
            infos.extend((data.len() as u64).to_le_bytes());
            data.extend(numbers.iter().flat_map(|v| v.to_le_bytes()));
            data.resize(data.len().next_multiple_of(32), 0);
        }
        let mut file = b"GGUF".to_vec();
        file.extend(3u32.to_le_bytes());
        file.extend((self.tensors.len() as u64).to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(keys);
        file.extend(infos);
        file.resize(file.len().next_multiple_of(32), 0);
        file.extend(data);
        file
    }

    /// Writes a folder as Hugging Face has them, in `parts` files.
    pub fn write_folder(&self, folder: &Path, parts: usize) {
        std::fs::create_dir_all(folder).unwrap();
        let config = json!({
            "model_type": "llama", "vocab_size": self.vocabulary(), "hidden_size": WIDTH,
            "intermediate_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "num_key_value_heads": KEY_HEADS, "max_position_embeddings": CONTEXT, "head_dim": CHANNELS,
            "rms_norm_eps": EPSILON, "rope_theta": BASE, "rope_scaling": null, "hidden_act": "silu",
        });
        let write = |name: &str, json: &Json| {
            std::fs::write(folder.join(name), json.to_string()).unwrap();
        };
        write("config.json", &config);
        write("tokenizer_config.json", &json!({"chat_template": TEMPLATE}));
        let numbered = || (0..).zip(&self.words);
        let vocabulary: serde_json::Map<String, Json> = numbered()
            .map(|(id, word): (u32, _)| (word.clone(), id.into()))
            .collect();
        let added: Vec<Json> = numbered()
            .filter(|(_, word)| word.starts_with("<|"))
            .map(|(id, word): (u32, _)| {
                json!({"id": id, "content": word, "single_word": false, "lstrip": false, "rstrip": false,
                       "normalized": false, "special": true})
            })
            .collect();
        let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                           "use_regex": true});
        let digits = json!({"type": "Digits", "individual_digits": true});
        let tokenizer = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
            "normalizer": null, "post_processor": null, "decoder": level.clone(),
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [digits, level]},
            "model": {"type": "BPE", "vocab": vocabulary, "merges": self.merges},
        });
        write("tokenizer.json", &tokenizer);
        let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, v))| {
                (
                    name,
                    shape,
                    v.iter().flat_map(|v| v.to_le_bytes()).collect(),
                )
            })
            .collect();
        let mut map = serde_json::Map::new();
        for part in 0..parts {
            let file = match parts {
                1 => "model.safetensors".to_owned(),
                _ => format!("model-{}-of-{parts}.safetensors", part + 1),
            };
            let own = bytes.iter().skip(part).step_by(parts);
            let views = own.map(|(name, shape, bytes)| {
                map.insert((*name).clone(), file.clone().into());
                (
                    *name,
                    TensorView::new(Dtype::F32, (*shape).clone(), bytes).unwrap(),
                )
            });
            let bytes = safetensors::serialize(views, None).unwrap();
            std::fs::write(folder.join(&file), bytes).unwrap();
        }
        if parts > 1 {
            write("model.safetensors.index.json", &json!({"weight_map": map}));
        }
    }
}

/// The characters that byte-level tokenizers write the 256 bytes as.
fn alphabet() -> Vec<String> {
    let mut next = 0x100;
    (0..=255u8)
        .map(|byte| {
            let own = matches!(byte, 33..=126 | 161..=172 | 174..=255);
            let code = if own { u32::from(byte) } else { next };
            next += u32::from(!own);
            char::from_u32(code).unwrap().to_string()
        })
        .collect()
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Rows as GGUF files have them: those that turn together beside each other.
fn interleaved(numbers: &[f32], heads: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for head in 0..heads {
        for pair in 0..CHANNELS / 2 {
            for half in 0..2 {
                let row = head * CHANNELS + half * CHANNELS / 2 + pair;
                out.extend(&numbers[row * WIDTH..(row + 1) * WIDTH]);
            }
        }
    }
    out
}

fn gguf_name(name: &str) -> String {
    let renames = [
        ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
        ("model.layers", "blk"),
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attn_q"),
        ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"),
        ("mlp.gate_proj", "ffn_gate"),
        ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
    ];
    renames
        .iter()
        .fold(name.to_owned(), |n, (a, b)| n.replace(a, b))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn product(matrix: &[f32], x: &[f64]) -> Vec<f64> {
    let row = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum();
    matrix.chunks_exact(x.len()).map(row).collect()
}

fn add(x: &mut [f64], y: &[f64]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

fn norm(x: &[f64], gain: &[f32]) -> Vec<f64> {
    let size = (dot(x, x) / x.len() as f64 + EPSILON).sqrt();
    x.iter()
        .zip(gain)
        .map(|(x, g)| x / size * f64::from(*g))
        .collect()
}

fn turn(x: &mut [f64], position: usize) {
    for head in x.chunks_exact_mut(CHANNELS) {
        for pair in 0..CHANNELS / 2 {
            let rate = sim::math::powf(BASE, -((2 * pair) as f64) / CHANNELS as f64);
            let (sin, cos) = sim::math::sin_cos(position as f64 * rate);
            let (a, b) = (head[pair], head[pair + CHANNELS / 2]);
            head[pair] = a * cos - b * sin;
            head[pair + CHANNELS / 2] = a * sin + b * cos;
        }
    }
}

pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().fold(f64::NEG_INFINITY, |m, s| m.max(*s));
    let weights: Vec<f64> = scores.iter().map(|s| sim::math::exp(s - most)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}
