//! Text to tokens and back.
//!
//! Text can never become a control token: those are taken out of what the encoder knows, and put into a prompt by
//! their number alone ([`Tokenizer::control`]). Tokens become bytes, which `utf8.rs` puts together to characters.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::error::LanguageError;
use super::gguf::{Gguf, Value};

/// What a token stands for in text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Bytes(Box<[u8]>),
    /// A control token, or none at all.
    Nothing,
}

/// A byte-pair encoder, byte-level (GPT-2, Llama 3) or of sentencepiece's kind (Llama 2).
pub struct Tokenizer {
    encoder: tokenizers::Tokenizer,
    pieces: Vec<Piece>,
    controls: BTreeMap<String, u32>,
    begin: Option<u32>,
    spaced: bool,
}

/// What a tokenizer is made of.
struct Parts {
    /// The encoder in the form of `tokenizer.json`, without control tokens.
    encoder: Json,
    /// Tokens by number.
    tokens: BTreeMap<u32, String>,
    /// Tokens that are added to the encoder's own, as they are written.
    added: BTreeMap<u32, String>,
    controls: BTreeMap<String, u32>,
    begin: Option<u32>,
    byte_level: bool,
}

impl Tokenizer {
    /// From the keys of a GGUF file.
    ///
    /// # Errors
    /// Names the key; kinds of tokenizers that are not known are refused.
    pub fn from_gguf(file: &Gguf) -> Result<Self, LanguageError> {
        const MODEL: &str = "tokenizer.ggml.model";
        let byte_level = match file.text(MODEL)? {
            Some("gpt2") => true,
            Some("llama") => false,
            other => return Err(file.wrong(MODEL, "gpt2 or llama", other.unwrap_or("none"))),
        };
        let words = texts(file, "tokenizer.ggml.tokens")?;
        let kinds = file.list("tokenizer.ggml.token_type")?.unwrap_or_default();
        let mut vocabulary = serde_json::Map::new();
        let (mut tokens, mut controls) = (BTreeMap::new(), BTreeMap::new());
        let mut added = BTreeMap::new();
        for (id, word) in words.iter().enumerate() {
            let id = id as u32;
            match kinds.get(id as usize) {
                // Unknown, control and unused tokens.
                Some(Value::Integer(2 | 3 | 5)) => {
                    controls.insert(word.clone(), id);
                }
                // Those that a user has defined.
                Some(Value::Integer(4)) => {
                    added.insert(id, word.clone());
                }
                // 1 is a usual token, 6 a byte.
                _ => {
                    vocabulary.insert(word.clone(), id.into());
                    tokens.insert(id, word.clone());
                }
            }
        }
        let begin = file.count("tokenizer.ggml.bos_token_id")?;
        let wanted = file.flag("tokenizer.ggml.add_bos_token")?;
        let pre = file.text("tokenizer.ggml.pre")?.unwrap_or("default");
        let begins = wanted.unwrap_or(!byte_level || pre == "llama-bpe");
        for key in ["eos", "eot", "bos"] {
            let id = file.count(&format!("tokenizer.ggml.{key}_token_id"))?;
            if let Some(id) = id
                && let Some(word) = words.get(id)
            {
                // Whatever its type says, it is no text.
                vocabulary.remove(word);
                tokens.remove(&(id as u32));
                added.remove(&(id as u32));
                controls.insert(word.clone(), id as u32);
            }
        }
        let encoder = if byte_level {
            let mut merges = json!(texts(file, "tokenizer.ggml.merges")?);
            drop_merges(&mut merges, &vocabulary);
            let split = split_of(pre).ok_or_else(|| {
                let known = "gpt-2, smollm, llama-bpe or qwen2";
                file.wrong("tokenizer.ggml.pre", known, pre)
            })?;
            encoder(
                vocabulary,
                merges,
                split,
                Json::Null,
                pre == "llama-bpe",
                false,
            )
        } else {
            let scores = file.list("tokenizer.ggml.scores")?.unwrap_or_default();
            let merges = merges_by_score(&words, scores, &vocabulary);
            let spaced = file
                .flag("tokenizer.ggml.add_space_prefix")?
                .unwrap_or(true);
            encoder(
                vocabulary,
                json!(merges),
                Json::Null,
                marked_spaces(spaced),
                false,
                true,
            )
        };
        Self::new(
            file.path(),
            Parts {
                encoder,
                tokens,
                added,
                controls,
                begin: begin.filter(|_| begins).map(|id| id as u32),
                byte_level,
            },
        )
    }

    /// From the text of a `tokenizer.json`; `begins` says that prompts begin with this token.
    ///
    /// # Errors
    /// If it is not one of byte pairs.
    pub fn from_json(path: &Path, text: &str, begins: Option<&str>) -> Result<Self, LanguageError> {
        let wrong = |part: &str, expected: &str, found: &str| {
            LanguageError::file(path, part, expected, found)
        };
        let mut json: Json = serde_json::from_str(text)
            .map_err(|e| LanguageError::file(path, format!("line {}", e.line()), "JSON", e))?;
        let byte_level = mentions(&json["decoder"], "ByteLevel")
            || mentions(&json["pre_tokenizer"], "ByteLevel");
        let mut controls = BTreeMap::new();
        let mut added = BTreeMap::new();
        for token in json["added_tokens"].as_array().into_iter().flatten() {
            let (Some(word), Some(id)) = (token["content"].as_str(), token["id"].as_u64()) else {
                return Err(wrong("added_tokens", "content and id", &token.to_string()));
            };
            let id = u32::try_from(id)
                .map_err(|_| wrong("added_tokens", "an id below 2^32", &id.to_string()))?;
            if token["special"].as_bool() == Some(true) {
                controls.insert(word.to_owned(), id);
            } else {
                added.insert(id, word.to_owned());
            }
        }
        let Some(vocabulary) = json["model"]["vocab"].as_object_mut() else {
            return Err(wrong("model.vocab", "tokens with their numbers", "none"));
        };
        let mut tokens = BTreeMap::new();
        for (word, id) in vocabulary.iter() {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| wrong("model.vocab", "numbers", word))?;
            tokens.insert(id, word.clone());
        }
        for (word, id) in &controls {
            vocabulary.remove(word);
            tokens.remove(id);
        }
        let vocabulary = std::mem::take(vocabulary);
        drop_merges(&mut json["model"]["merges"], &vocabulary);
        json["model"]["vocab"] = Json::Object(vocabulary);
        json["added_tokens"] = json!([]);
        json["post_processor"] = Json::Null;
        json["truncation"] = Json::Null;
        json["padding"] = Json::Null;
        let begin = begins.and_then(|word| controls.get(word)).copied();
        Self::new(
            path,
            Parts {
                encoder: json,
                tokens,
                added,
                controls,
                begin,
                byte_level,
            },
        )
    }

    fn new(path: &Path, parts: Parts) -> Result<Self, LanguageError> {
        let text = parts.encoder.to_string();
        let encoder = tokenizers::Tokenizer::from_bytes(text.as_bytes())
            .map_err(|e| LanguageError::file(path, "tokenizer", "byte pairs", e))?;
        let ids = parts.tokens.keys().chain(parts.added.keys());
        let most = ids.chain(parts.controls.values()).max();
        let count = most.map_or(0, |id| *id as usize + 1);
        if !(1..=1 << 22).contains(&count) {
            let expected = "1 to 4194304 tokens";
            return Err(LanguageError::file(path, "tokenizer", expected, count));
        }
        let mut pieces = vec![Piece::Nothing; count];
        let bytes_of_char = byte_level_alphabet();
        for (id, word) in &parts.tokens {
            let bytes = if parts.byte_level {
                let bytes = word.chars().map(|c| bytes_of_char.get(&c).copied());
                bytes.collect::<Option<Vec<u8>>>().unwrap_or_default()
            } else {
                marked_bytes(word)
            };
            pieces[*id as usize] = Piece::Bytes(bytes.into());
        }
        for (id, word) in &parts.added {
            pieces[*id as usize] = Piece::Bytes(word.as_bytes().into());
        }
        Ok(Self {
            encoder,
            pieces,
            controls: parts.controls,
            begin: parts.begin,
            spaced: !parts.byte_level,
        })
    }

    /// Tokens of a text; never a control token.
    ///
    /// # Errors
    /// If the encoder gives up.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LanguageError> {
        let encoding = self.encoder.encode_fast(text, false);
        let encoding = encoding.map_err(|e| LanguageError::Compute(format!("tokenizer: {e}")))?;
        let ids = encoding.get_ids().iter().copied();
        Ok(ids.filter(|id| self.bytes(*id).is_some()).collect())
    }

    /// Bytes of a token; none of a control token.
    pub fn bytes(&self, token: u32) -> Option<&[u8]> {
        match self.pieces.get(token as usize) {
            Some(Piece::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Number of a control token by its name, such as `<|im_start|>`.
    pub fn control(&self, name: &str) -> Option<u32> {
        self.controls.get(name).copied()
    }

    /// Whether a token is a control token: it ends a reply.
    pub fn is_control(&self, token: u32) -> bool {
        self.controls.values().any(|id| *id == token)
    }

    /// Control token that prompts begin with.
    pub fn begin(&self) -> Option<u32> {
        self.begin
    }

    /// Whether a text's first word is written with a space before it, which a reply is rid of.
    pub fn is_spaced(&self) -> bool {
        self.spaced
    }

    /// One more than the largest token.
    pub fn count(&self) -> usize {
        self.pieces.len()
    }
}

/// The texts of a list.
fn texts(file: &Gguf, key: &str) -> Result<Vec<String>, LanguageError> {
    let list = file.list(key)?;
    let list = list.ok_or_else(|| file.wrong(key, "a list of texts", "none"))?;
    list.iter()
        .map(|value| match value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(file.wrong(key, "texts", other.describe())),
        })
        .collect()
}

/// Drops merges of or to what is no token of the vocabulary (any more).
fn drop_merges(merges: &mut Json, vocabulary: &serde_json::Map<String, Json>) {
    let Json::Array(list) = merges else { return };
    list.retain(|merge| {
        let pair = match merge {
            Json::String(both) => both.split_once(' '),
            other => other[0].as_str().zip(other[1].as_str()),
        };
        pair.is_some_and(|(left, right)| {
            let whole = format!("{left}{right}");
            [left, right, &whole]
                .iter()
                .all(|word| vocabulary.contains_key(*word))
        })
    });
}

/// How a byte-level tokenizer splits text into words before pairs are merged, by its name in GGUF files.
fn split_of(name: &str) -> Option<Json> {
    let level = |regex: bool| {
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
               "use_regex": regex})
    };
    let by_pattern = |pattern: &str| {
        let split = json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated",
                           "invert": false});
        json!({"type": "Sequence", "pretokenizers": [split, level(false)]})
    };
    Some(match name {
        "gpt-2" => level(true),
        // Each digit is a word.
        "smollm" => json!({"type": "Sequence", "pretokenizers":
            [{"type": "Digits", "individual_digits": true}, level(true)]}),
        "llama-bpe" | "llama3" | "llama-v3" => by_pattern(concat!(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        )),
        "qwen2" => by_pattern(concat!(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        )),
        _ => return None,
    })
}

/// An encoder of byte pairs in the form of `tokenizer.json`.
fn encoder(
    vocabulary: serde_json::Map<String, Json>,
    merges: Json,
    pre_tokenizer: Json,
    normalizer: Json,
    whole_words: bool,
    byte_fallback: bool,
) -> Json {
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
        "post_processor": null, "decoder": null,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": byte_fallback,
            "ignore_merges": whole_words, "vocab": vocabulary, "merges": merges,
        },
    })
}

/// Sentencepiece writes a space as `▁`, with one before the text.
fn marked_spaces(prefix: bool) -> Json {
    let replace = json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"});
    if !prefix {
        return replace;
    }
    json!({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace]})
}

/// Bytes of a token of sentencepiece: `<0x0A>` is one byte, `▁` a space.
fn marked_bytes(word: &str) -> Vec<u8> {
    let byte = word
        .strip_prefix("<0x")
        .and_then(|rest| rest.strip_suffix('>'));
    match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
        Some(byte) => vec![byte],
        None => word.replace('▁', " ").into_bytes(),
    }
}

/// Sentencepiece keeps no merges: of two neighbours those are merged whose whole has the best score.
fn merges_by_score(
    words: &[String],
    scores: &[Value],
    vocabulary: &serde_json::Map<String, Json>,
) -> Vec<[String; 2]> {
    let mut merges = Vec::new();
    for (id, word) in words.iter().enumerate() {
        if !vocabulary.contains_key(word) {
            continue;
        }
        let score = match scores.get(id) {
            Some(Value::Float(score)) => *score,
            _ => -(id as f64),
        };
        for (at, _) in word.char_indices().skip(1) {
            let (left, right) = word.split_at(at);
            if vocabulary.contains_key(left) && vocabulary.contains_key(right) {
                merges.push((score, id, [left.to_owned(), right.to_owned()]));
            }
        }
    }
    merges.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    merges.into_iter().map(|(_, _, pair)| pair).collect()
}

/// Whether an object of this `type` stands somewhere in a JSON value.
fn mentions(json: &Json, kind: &str) -> bool {
    match json {
        Json::Object(map) => {
            map.get("type").and_then(Json::as_str) == Some(kind)
                || map.values().any(|value| mentions(value, kind))
        }
        Json::Array(list) => list.iter().any(|value| mentions(value, kind)),
        _ => false,
    }
}

/// The characters that byte-level tokenizers write bytes as: printable ones as themselves, the others from U+0100 on.
fn byte_level_alphabet() -> BTreeMap<char, u8> {
    let mut next = 0x100;
    (0..=255u8)
        .map(|byte| {
            let c = match byte {
                b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte),
                _ => {
                    next += 1;
                    char::from_u32(next - 1).unwrap_or_default()
                }
            };
            (c, byte)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_all_bytes() {
        let alphabet = byte_level_alphabet();
        assert_eq!(alphabet.len(), 256);
        assert_eq!(alphabet[&'Ġ'], b' ');
        assert_eq!(alphabet[&'Ċ'], b'\n');
        assert_eq!(alphabet[&'a'], b'a');
    }

    #[test]
    fn control_tokens_never_come_from_text() {
        let words = ["a", "b", "c", "ab", "bc", "<", "|", ">", "abc", "<|end|>"];
        let vocab = (0..)
            .zip(words)
            .map(|(id, word): (u32, &str)| (word.to_owned(), id.into()))
            .collect();
        let merges = json!([["a", "b"], ["b", "c"], ["ab", "c"]]);
        let split = split_of("gpt-2").unwrap();
        let mut json = encoder(vocab, merges, split, Json::Null, true, false);
        let special = |id: u32, word: &str| {
            json!({"id": id, "content": word, "single_word": false, "lstrip": false,
                   "rstrip": false, "normalized": false, "special": true})
        };
        json["added_tokens"] = json!([special(8, "abc"), special(9, "<|end|>")]);
        let path = Path::new("tokenizer.json");
        let tokenizer = Tokenizer::from_json(path, &json.to_string(), Some("<|end|>")).unwrap();
        assert_eq!(tokenizer.control("abc"), Some(8));
        assert_eq!(tokenizer.begin(), Some(9));
        // Neither as a whole word nor by merges.
        assert_eq!(tokenizer.encode("abc").unwrap(), [3, 2]);
        assert_eq!(tokenizer.encode("<|c|>").unwrap(), [5, 6, 2, 6, 7]);
        assert!(!tokenizer.encode("a<|end|>b").unwrap().contains(&9));
        assert_eq!(tokenizer.bytes(9), None);
        assert_eq!(tokenizer.bytes(3), Some(&b"ab"[..]));
    }

    #[test]
    fn sentencepiece_merges_by_score() {
        let words: Vec<String> = ["a", "b", "c", "ab", "bc", "abc"].map(str::to_owned).into();
        let scores = [0.0, 0.0, 0.0, -2.0, -1.0, -3.0].map(Value::Float);
        let vocabulary = words.iter().map(|w| (w.clone(), Json::Null)).collect();
        let merges = merges_by_score(&words, &scores, &vocabulary);
        let joined: Vec<String> = merges.iter().map(|pair| pair.join("+")).collect();
        assert_eq!(joined, ["b+c", "a+b", "a+bc", "ab+c"]);
        assert_eq!(marked_bytes("<0x0A>"), b"\n");
        assert_eq!(marked_bytes("▁the"), b" the");
    }

    #[test]
    fn sentencepiece_marks_spaces_and_spells_what_it_lacks_in_bytes() {
        let bytes = (0..=255u8).map(|byte| format!("<0x{byte:02X}>"));
        let words: Vec<String> = bytes
            .chain(["▁", "h", "i", "hi", "▁hi", "</s>"].map(str::to_owned))
            .collect();
        let vocabulary: serde_json::Map<String, Json> = (0u32..)
            .zip(&words)
            .map(|(id, word)| (word.clone(), id.into()))
            .collect();
        let merges = merges_by_score(&words, &[], &vocabulary);
        let spaces = marked_spaces(true);
        let mut json = encoder(vocabulary, json!(merges), Json::Null, spaces, false, true);
        json["added_tokens"] = json!([{"id": 261, "content": "</s>", "special": true}]);
        let path = Path::new("tokenizer.json");
        let tokenizer = Tokenizer::from_json(path, &json.to_string(), None).unwrap();
        assert!(tokenizer.is_spaced());
        let tokens = tokenizer.encode("hi é").unwrap();
        assert_eq!(tokens, [260, 256, 0xC3, 0xA9]);
        let bytes: Vec<u8> = tokens
            .iter()
            .flat_map(|token| tokenizer.bytes(*token).unwrap().to_vec())
            .collect();
        assert_eq!(bytes, " hi é".as_bytes());
        assert!(!tokenizer.encode("hi</s>").unwrap().contains(&261));
    }
}
