//! The shape of a network of the Llama family, from `config.json` or the keys of a GGUF file.

use std::path::Path;

use serde_json::Value as Json;

use super::error::LanguageError;
use super::gguf::Gguf;

/// Largest axis or count that is taken for meant.
const MOST: usize = 1 << 24;

/// What the network needs to know of itself. All but `epsilon` are counts.
#[derive(Clone, Debug, PartialEq)]
pub struct LlamaConfig {
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Channels of the residual stream.
    pub width: usize,
    /// Channels inside the MLP.
    pub hidden: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values; each serves `heads / key_heads` heads of queries.
    pub key_heads: usize,
    /// Channels of a head, even.
    pub head_width: usize,
    /// Longest text it was trained for, tokens.
    pub context: usize,
    /// Added to the mean square in norms.
    pub epsilon: f64,
    /// Angle a position turns each pair of a head's channels by, rad; `head_width / 2` of them.
    pub turns_rad: Vec<f32>,
}

impl LlamaConfig {
    /// From the text of a `config.json` as Hugging Face writes it.
    ///
    /// # Errors
    /// Names the key; models of other families are refused.
    pub fn from_json(path: &Path, text: &str) -> Result<Self, LanguageError> {
        let json: Json = serde_json::from_str(text)
            .map_err(|e| LanguageError::file(path, format!("line {}", e.line()), "JSON", e))?;
        let keys = Keys { path, json: &json };
        let family = keys.text("model_type")?;
        if !matches!(family.as_str(), "llama" | "mistral") {
            return Err(keys.wrong("model_type", "llama or mistral", family));
        }
        if let Some(act) = json.get("hidden_act").and_then(Json::as_str)
            && act != "silu"
        {
            return Err(keys.wrong("hidden_act", "silu", act));
        }
        let (width, heads) = (
            keys.count("hidden_size")?,
            keys.count("num_attention_heads")?,
        );
        let head_width = match json.get("head_dim") {
            None | Some(Json::Null) => width / heads,
            Some(_) => keys.count("head_dim")?,
        };
        let key_heads = match json.get("num_key_value_heads") {
            None | Some(Json::Null) => heads,
            Some(_) => keys.count("num_key_value_heads")?,
        };
        // Within its window a model with a sliding one is a plain one.
        let window = json.get("sliding_window").and_then(Json::as_u64);
        let context = keys.count("max_position_embeddings")?;
        Self {
            vocabulary: keys.count("vocab_size")?,
            width,
            hidden: keys.count("intermediate_size")?,
            layers: keys.count("num_hidden_layers")?,
            heads,
            key_heads,
            head_width,
            context: window.map_or(context, |w| context.min(w as usize)),
            epsilon: keys.number(&json, "rms_norm_eps", 1e-6)?,
            turns_rad: keys.turns_rad(head_width)?,
        }
        .checked(path)
    }

    /// From the keys of a GGUF file, and its tensor `rope_freqs.weight` where it has one.
    ///
    /// # Errors
    /// Names the key; models of other architectures are refused.
    pub fn from_gguf(file: &mut Gguf) -> Result<Self, LanguageError> {
        let path = file.path().to_owned();
        const FAMILY: &str = "general.architecture";
        match file.text(FAMILY)? {
            Some("llama") => {}
            other => return Err(file.wrong(FAMILY, "llama", other.unwrap_or("none"))),
        }
        let count = |key: &str| {
            let key = format!("llama.{key}");
            let value = file.count(&key)?;
            value.ok_or_else(|| file.wrong(&key, "a count", "none"))
        };
        let (width, heads) = (count("embedding_length")?, count("attention.head_count")?);
        let head_width = file
            .count("llama.attention.key_length")?
            .unwrap_or(width / heads.max(1));
        let key_heads = file.count("llama.attention.head_count_kv")?;
        let hidden = count("feed_forward_length")?;
        let (layers, context) = (count("block_count")?, count("context_length")?);
        let rotated = file.count("llama.rope.dimension_count")?;
        if let Some(rotated) = rotated.filter(|n| *n != head_width) {
            return Err(file.wrong(
                "llama.rope.dimension_count",
                format!("a head's width of {head_width}"),
                rotated,
            ));
        }
        let embedding = file.tensor("token_embd.weight");
        let vocabulary = embedding.and_then(|t| t.shape.first().copied());
        let vocabulary =
            vocabulary.ok_or_else(|| file.wrong("token_embd.weight", "a tensor", "none"))?;
        let epsilon = file.number("llama.attention.layer_norm_rms_epsilon")?;
        let base = file.number("llama.rope.freq_base")?.unwrap_or(10_000.0);
        let scaling = file.text("llama.rope.scaling.type")?.unwrap_or("none");
        let factor = match scaling {
            "none" => 1.0,
            "linear" => file.number("llama.rope.scaling.factor")?.unwrap_or(1.0),
            other => {
                return Err(file.wrong("llama.rope.scaling.type", "none or linear", other));
            }
        };
        let config = Self {
            vocabulary,
            width,
            hidden,
            layers,
            heads,
            key_heads: key_heads.unwrap_or(heads),
            head_width,
            context,
            epsilon: epsilon.unwrap_or(1e-5),
            turns_rad: turns_rad(base, head_width.min(MOST), |turn| turn / factor as f32),
        };
        let mut config = config.checked(&path)?;
        const DIVISORS: &str = "rope_freqs.weight";
        if file.tensor(DIVISORS).is_some() {
            let divisors = file.numbers(DIVISORS)?;
            if divisors.len() != config.turns_rad.len()
                || divisors.iter().any(|d| d.is_nan() || *d <= 0.0)
            {
                let expected = format!("{} positive numbers", config.turns_rad.len());
                return Err(file.wrong(DIVISORS, expected, format!("{divisors:?}")));
            }
            for (turn, divisor) in config.turns_rad.iter_mut().zip(divisors) {
                *turn /= divisor;
            }
        }
        Ok(config)
    }

    fn checked(self, path: &Path) -> Result<Self, LanguageError> {
        let wrong = |what: &str, expected: &str, found: String| {
            Err(LanguageError::file(path, what, expected, found))
        };
        for (what, count) in [
            ("vocabulary", self.vocabulary),
            ("width", self.width),
            ("hidden width", self.hidden),
            ("layers", self.layers),
            ("heads", self.heads),
            ("key heads", self.key_heads),
            ("head width", self.head_width),
            ("context", self.context),
        ] {
            if !(1..=MOST).contains(&count) {
                return wrong(what, "1 to 16777216", count.to_string());
            }
        }
        if !self.heads.is_multiple_of(self.key_heads) {
            let found = format!("{} for {}", self.key_heads, self.heads);
            return wrong("key heads", "a divisor of the heads", found);
        }
        if !self.head_width.is_multiple_of(2) {
            return wrong("head width", "an even number", self.head_width.to_string());
        }
        if !(self.epsilon >= 0.0 && self.epsilon < 1.0) {
            return wrong("epsilon of norms", "0 to 1", self.epsilon.to_string());
        }
        if let Some(turn) = self.turns_rad.iter().find(|t| !t.is_finite()) {
            return wrong("rotary base", "finite angles", turn.to_string());
        }
        Ok(self)
    }
}

/// The turns of a base, each changed by `scale`. In f32 where models were trained with f32.
fn turns_rad(base: f64, head_width: usize, scale: impl Fn(f32) -> f32) -> Vec<f32> {
    (0..head_width / 2)
        .map(|pair| {
            let power = (2 * pair) as f64 / head_width as f64;
            scale((1.0 / sim::math::powf(base, power)) as f32)
        })
        .collect()
}

struct Keys<'a> {
    path: &'a Path,
    json: &'a Json,
}

impl Keys<'_> {
    fn wrong(&self, key: &str, expected: &str, found: impl ToString) -> LanguageError {
        LanguageError::file(self.path, key, expected, found)
    }

    fn get(&self, key: &str, expected: &str) -> Result<&Json, LanguageError> {
        let value = self.json.get(key);
        value.ok_or_else(|| self.wrong(key, expected, "none"))
    }

    fn text(&self, key: &str) -> Result<String, LanguageError> {
        let value = self.get(key, "text")?;
        let text = value.as_str();
        text.map(str::to_owned)
            .ok_or_else(|| self.wrong(key, "text", value))
    }

    fn count(&self, key: &str) -> Result<usize, LanguageError> {
        let value = self.get(key, "a count")?;
        let count = value.as_u64().map(|n| n as usize);
        count
            .filter(|n| (1..=MOST).contains(n))
            .ok_or_else(|| self.wrong(key, "a count from 1 to 16777216", value))
    }

    fn number(&self, json: &Json, key: &str, missing: f64) -> Result<f64, LanguageError> {
        match json.get(key) {
            None | Some(Json::Null) => Ok(missing),
            Some(value) => value
                .as_f64()
                .ok_or_else(|| self.wrong(key, "a number", value)),
        }
    }

    /// Rotary settings stand at the top (`rope_theta`, `rope_scaling`) or, in newer files, in `rope_parameters`.
    fn turns_rad(&self, head_width: usize) -> Result<Vec<f32>, LanguageError> {
        let present = |key: &str| self.json.get(key).filter(|v| !v.is_null());
        let nested = present("rope_parameters");
        let base_in = nested.filter(|n| n.get("rope_theta").is_some());
        let base = self.number(base_in.unwrap_or(self.json), "rope_theta", 10_000.0)?;
        let Some(scaling) = nested.or_else(|| present("rope_scaling")) else {
            return Ok(turns_rad(base, head_width, |turn| turn));
        };
        let kind = scaling.get("rope_type").or_else(|| scaling.get("type"));
        match kind.and_then(Json::as_str).unwrap_or("default") {
            "default" => Ok(turns_rad(base, head_width, |turn| turn)),
            "linear" => {
                let factor = self.number(scaling, "factor", 1.0)? as f32;
                Ok(turns_rad(base, head_width, |turn| turn / factor))
            }
            "llama3" => {
                let factor = self.number(scaling, "factor", 8.0)?;
                let low = self.number(scaling, "low_freq_factor", 1.0)?;
                let high = self.number(scaling, "high_freq_factor", 4.0)?;
                let trained = self.number(scaling, "original_max_position_embeddings", 8192.0)?;
                Ok(turns_rad(base, head_width, |turn| {
                    let turn = f64::from(turn);
                    // Whole turns within the context it was first trained for: fast pairs stay, slow ones are
                    // slowed by the factor, between them is a ramp.
                    let rounds = trained * turn / sim::math::TAU;
                    let share = ((rounds - low) / (high - low)).clamp(0.0, 1.0);
                    ((1.0 - share) * turn / factor + share * turn) as f32
                }))
            }
            other => Err(self.wrong("rope_scaling", "default, linear or llama3", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"model_type": "llama", "vocab_size": 32, "hidden_size": 16, "intermediate_size": 24,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0"#;

    fn read(rest: &str) -> Result<LlamaConfig, LanguageError> {
        LlamaConfig::from_json(Path::new("config.json"), &format!("{SMALL}{rest}}}"))
    }

    #[test]
    fn turns_follow_base_and_scaling() {
        let plain = read("").unwrap();
        assert_eq!((plain.head_width, plain.key_heads), (4, 2));
        assert_eq!(plain.turns_rad, [1.0, 0.01]);
        let linear = read(r#", "rope_scaling": {"type": "linear", "factor": 2.0}"#).unwrap();
        assert_eq!(linear.turns_rad, [0.5, 0.005]);
        // 8192 positions are 1304 rounds at 1 rad and 13 at 0.01 rad: both fast. At 100 positions the second pair has
        // 0.16 rounds: slow.
        let scaled = |trained: u32| {
            read(&format!(
                r#", "rope_scaling": {{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": {trained}}}"#
            ))
            .unwrap()
            .turns_rad
        };
        assert_eq!(scaled(8192), [1.0, 0.01]);
        assert_eq!(scaled(100), [1.0, 0.00125]);
        let newer = read(r#", "rope_parameters": {"rope_theta": 100.0, "rope_type": "default"}"#);
        assert_eq!(newer.unwrap().turns_rad, [1.0, 0.1]);
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        for (rest, part) in [
            (r#", "model_type": "gpt2""#, "model_type"),
            (r#", "rope_scaling": {"type": "yarn"}"#, "rope_scaling"),
            (r#", "hidden_act": "gelu""#, "hidden_act"),
            (r#", "num_key_value_heads": 3"#, "key heads"),
            (r#", "head_dim": 3"#, "head width"),
            (r#", "num_hidden_layers": 0"#, "num_hidden_layers"),
        ] {
            let error = read(rest).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("config.json: {part}:")),
                "{error}"
            );
        }
    }
}
