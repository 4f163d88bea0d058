//! Where a network's weights come from: a GGUF file or a folder of safetensors, by one set of names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::tensor::{Dtype, TensorInfo};
use tch::Tensor;

use super::config::LlamaConfig;
use super::error::LanguageError;
use super::gguf::Gguf;

/// Longest header of a safetensors file, bytes; as the format itself says.
const MAX_HEADER: u64 = 100_000_000;

/// Gives tensors by the names that Hugging Face's checkpoints use, such as `model.layers.0.self_attn.q_proj.weight`.
pub trait Weights {
    /// Whether there is such a tensor.
    fn has(&self, name: &str) -> bool;
    /// A tensor in f32 on the CPU, of exactly this shape.
    ///
    /// # Errors
    /// If it is missing, has another shape, or holds what is not finite.
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, LanguageError>;
}

fn checked(
    file: &Path,
    name: &str,
    numbers: &[f32],
    found: &[usize],
    shape: &[usize],
) -> Result<Tensor, LanguageError> {
    if found != shape {
        let expected = format!("a tensor {shape:?}");
        return Err(LanguageError::file(
            file,
            name,
            expected,
            format!("{found:?}"),
        ));
    }
    if let Some(at) = numbers.iter().position(|v| !v.is_finite()) {
        let found = format!("{} at {at}", numbers[at]);
        return Err(LanguageError::file(file, name, "finite numbers", found));
    }
    let shape: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
    Ok(Tensor::from_slice(numbers).f_reshape(&shape)?)
}

/// Weights of a GGUF file of the architecture `llama`.
pub struct GgufWeights {
    file: Gguf,
    heads: usize,
    key_heads: usize,
}

impl GgufWeights {
    /// Of a file whose config has been read.
    pub fn new(file: Gguf, config: &LlamaConfig) -> Self {
        Self {
            file,
            heads: config.heads,
            key_heads: config.key_heads,
        }
    }
}

/// The name that GGUF files give a tensor.
fn gguf_name(name: &str) -> Option<String> {
    match name {
        "model.embed_tokens.weight" => return Some("token_embd.weight".to_owned()),
        "model.norm.weight" => return Some("output_norm.weight".to_owned()),
        "lm_head.weight" => return Some("output.weight".to_owned()),
        _ => {}
    }
    let (layer, rest) = name.strip_prefix("model.layers.")?.split_once('.')?;
    let (part, end) = rest.rsplit_once('.')?;
    let part = match part {
        "input_layernorm" => "attn_norm",
        "post_attention_layernorm" => "ffn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "mlp.gate_proj" => "ffn_gate",
        "mlp.up_proj" => "ffn_up",
        "mlp.down_proj" => "ffn_down",
        _ => return None,
    };
    Some(format!("blk.{layer}.{part}.{end}"))
}

impl Weights for GgufWeights {
    fn has(&self, name: &str) -> bool {
        gguf_name(name).is_some_and(|name| self.file.tensor(&name).is_some())
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, LanguageError> {
        let own = gguf_name(name).unwrap_or_else(|| name.to_owned());
        let found = self.file.tensor(&own).map(|info| info.shape.clone());
        let found = found.ok_or_else(|| self.file.wrong(&own, "a tensor", "none"))?;
        // Shapes are compared before the numbers are read: a wrong one may be large.
        if found != shape {
            let expected = format!("a tensor {shape:?}");
            return Err(self.file.wrong(&own, expected, format!("{found:?}")));
        }
        let numbers = self.file.numbers(&own)?;
        let tensor = checked(self.file.path(), &own, &numbers, &found, shape)?;
        // Files of this architecture keep the pairs that are turned together beside each other, (0, 1), (2, 3), …;
        // the network turns channel i with channel i + half.
        let heads = if own.contains("attn_q.") {
            self.heads
        } else if own.contains("attn_k.") {
            self.key_heads
        } else {
            return Ok(tensor);
        };
        let whole = tensor.size();
        let rest = whole.get(1).copied().unwrap_or(1);
        let pairs = whole[0] / heads as i64 / 2;
        let apart = tensor
            .f_reshape([heads as i64, pairs, 2, rest])?
            .f_transpose(1, 2)?;
        Ok(apart.f_reshape(&whole)?)
    }
}

/// Weights of a folder with `model.safetensors`, or with parts that `model.safetensors.index.json` lists.
pub struct FolderWeights {
    /// Of each tensor: number of its file, and its place in it.
    places: BTreeMap<String, (usize, TensorInfo)>,
    files: Vec<Part>,
}

struct Part {
    path: PathBuf,
    file: File,
    /// First byte of the data.
    begin: u64,
}

impl FolderWeights {
    /// Reads the headers.
    ///
    /// # Errors
    /// Names the file that is missing or not as it should be.
    pub fn open(folder: &Path) -> Result<Self, LanguageError> {
        let index = folder.join("model.safetensors.index.json");
        let mut names = vec!["model.safetensors".to_owned()];
        if index.is_file() {
            let text = super::checkpoint::read_text(&index)?;
            names = parts_of(&index, &text)?;
        }
        let mut all = Self {
            places: BTreeMap::new(),
            files: Vec::new(),
        };
        for name in names {
            all.add(folder.join(name))?;
        }
        Ok(all)
    }

    fn add(&mut self, path: PathBuf) -> Result<(), LanguageError> {
        let fail = |e: std::io::Error| LanguageError::file(&path, "file", "a readable file", e);
        let mut file = File::open(&path).map_err(fail)?;
        let length = file.metadata().map_err(fail)?.len();
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(fail)?;
        let header = u64::from_le_bytes(size);
        if header > MAX_HEADER.min(length.saturating_sub(8)) {
            let expected = format!("a header inside a file of {length} bytes");
            return Err(LanguageError::file(&path, "header", expected, header));
        }
        let mut bytes = vec![0; header as usize];
        file.read_exact(&mut bytes).map_err(fail)?;
        let header_error = |e| LanguageError::file(&path, "header", "a safetensors header", e);
        let entries: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&bytes).map_err(header_error)?;
        let begin = 8 + header;
        for (name, entry) in entries
            .into_iter()
            .filter(|(name, _)| name != "__metadata__")
        {
            let info: TensorInfo = serde_json::from_value(entry).map_err(header_error)?;
            let (from, to) = info.data_offsets;
            let numbers = info
                .shape
                .iter()
                .try_fold(1usize, |n, axis| n.checked_mul(*axis));
            let bits = numbers.and_then(|n| n.checked_mul(info.dtype.bitsize()));
            let fits = begin
                .checked_add(to as u64)
                .is_some_and(|end| end <= length);
            if !fits || to.checked_sub(from) != bits.map(|bits| bits / 8) {
                let expected = format!("bytes of a tensor {:?} in a file of {length}", info.shape);
                let found = format!("{:?} after {begin}", info.data_offsets);
                return Err(LanguageError::file(&path, name, expected, found));
            }
            let place = (self.files.len(), info);
            if self.places.insert(name.clone(), place).is_some() {
                return Err(LanguageError::file(
                    &path,
                    name,
                    "it in one file",
                    "it in two",
                ));
            }
        }
        self.files.push(Part { path, file, begin });
        Ok(())
    }
}

/// The files that an index names, each once and in order.
fn parts_of(index: &Path, text: &str) -> Result<Vec<String>, LanguageError> {
    let json: serde_json::Value = serde_json::from_str(text)
        .map_err(|e| LanguageError::file(index, format!("line {}", e.line()), "JSON", e))?;
    let map = json.get("weight_map").and_then(|map| map.as_object());
    let map = map.ok_or_else(|| LanguageError::file(index, "weight_map", "an object", "none"))?;
    let mut names = std::collections::BTreeSet::new();
    for (tensor, file) in map {
        let file = file.as_str().unwrap_or_default();
        // A file of this folder and no other.
        if file.is_empty() || file.contains(['/', '\\']) || file.contains("..") {
            let expected = "the name of a file beside it";
            return Err(LanguageError::file(
                index,
                tensor,
                expected,
                format!("{file:?}"),
            ));
        }
        names.insert(file.to_owned());
    }
    Ok(names.into_iter().collect())
}

impl Weights for FolderWeights {
    fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, LanguageError> {
        let Some((number, info)) = self.places.get(name) else {
            let file = self.files.first().map(|part| part.path.clone());
            return Err(LanguageError::file(
                &file.unwrap_or_default(),
                name,
                format!("a tensor {shape:?}"),
                "none",
            ));
        };
        let part = &mut self.files[*number];
        let wrong = |expected: String, found: String| {
            Err(LanguageError::file(&part.path, name, expected, found))
        };
        if info.shape != shape {
            return wrong(format!("a tensor {shape:?}"), format!("{:?}", info.shape));
        }
        let mut bytes = vec![0; info.data_offsets.1 - info.data_offsets.0];
        let start = part.begin + info.data_offsets.0 as u64;
        let read = part.file.seek(SeekFrom::Start(start));
        if let Err(e) = read.and_then(|_| part.file.read_exact(&mut bytes)) {
            return wrong(format!("{} bytes", bytes.len()), e.to_string());
        }
        let pairs = bytes.chunks_exact(2);
        let numbers: Vec<f32> = match info.dtype {
            Dtype::F32 => bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
            Dtype::F16 => pairs
                .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            Dtype::BF16 => pairs
                .map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            other => return wrong("F32, F16 or BF16".to_owned(), format!("{other:?}")),
        };
        checked(&part.path, name, &numbers, &info.shape, shape)
    }
}
