//! A model on disk: one GGUF file, or a folder with `config.json`, `tokenizer.json` and safetensors.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::chat::Template;
use super::config::LlamaConfig;
use super::error::LanguageError;
use super::gguf::Gguf;
use super::tokenizer::Tokenizer;
use super::weights::{FolderWeights, GgufWeights, Weights};

/// Largest text file of a folder, bytes.
const MAX_TEXT_BYTES: u64 = 1 << 26;
/// The default model's file.
const DEFAULT_FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

/// All that is read of a model but its weights, which come tensor by tensor.
pub struct Checkpoint {
    /// Shape of the network.
    pub config: LlamaConfig,
    /// Text to tokens.
    pub tokenizer: Tokenizer,
    /// How messages become a prompt.
    pub template: Template,
    /// Tensors.
    pub weights: Box<dyn Weights>,
}

impl Checkpoint {
    /// Opens a `.gguf` file or a folder.
    ///
    /// # Errors
    /// Names the file, its part, what was expected and what was found.
    pub fn open(path: &Path) -> Result<Self, LanguageError> {
        if path.is_dir() {
            Self::open_folder(path)
        } else {
            Self::open_gguf(path)
        }
    }

    fn open_gguf(path: &Path) -> Result<Self, LanguageError> {
        let mut file = Gguf::open(path)?;
        let config = LlamaConfig::from_gguf(&mut file)?;
        let tokenizer = Tokenizer::from_gguf(&file)?;
        let template = Template::detect(file.text("tokenizer.chat_template")?, &tokenizer);
        Self {
            weights: Box::new(GgufWeights::new(file, &config)),
            config,
            tokenizer,
            template,
        }
        .checked(path)
    }

    fn open_folder(folder: &Path) -> Result<Self, LanguageError> {
        let config = folder.join("config.json");
        let config = LlamaConfig::from_json(&config, &read_text(&config)?)?;
        // Settings of the tokenizer may be missing: then nothing is put before prompts.
        let settings = folder.join("tokenizer_config.json");
        let settings: Json = if settings.is_file() {
            let text = read_text(&settings)?;
            serde_json::from_str(&text).map_err(|e| {
                LanguageError::file(&settings, format!("line {}", e.line()), "JSON", e)
            })?
        } else {
            Json::Null
        };
        let alone = folder.join("chat_template.jinja");
        let template = if alone.is_file() {
            Some(read_text(&alone)?)
        } else {
            // One template, or several by name.
            let named = &settings["chat_template"];
            let text = named.as_str().or_else(|| named[0]["template"].as_str());
            text.map(str::to_owned)
        };
        let bos = &settings["bos_token"];
        let bos = bos.as_str().or_else(|| bos["content"].as_str());
        let begins = settings["add_bos_token"]
            .as_bool()
            .unwrap_or_else(|| template.as_ref().is_some_and(|t| t.contains("bos_token")));
        let tokenizer = folder.join("tokenizer.json");
        let text = read_text(&tokenizer)?;
        let tokenizer = Tokenizer::from_json(&tokenizer, &text, bos.filter(|_| begins))?;
        Self {
            template: Template::detect(template.as_deref(), &tokenizer),
            weights: Box::new(FolderWeights::open(folder)?),
            config,
            tokenizer,
        }
        .checked(folder)
    }

    fn checked(self, path: &Path) -> Result<Self, LanguageError> {
        let (known, most) = (self.tokenizer.count(), self.config.vocabulary);
        if known > most {
            let expected = format!("at most the {most} tokens of the embedding");
            return Err(LanguageError::file(path, "tokenizer", expected, known));
        }
        Ok(self)
    }
}

/// Folder in which models lie: `SKIDPAD_MODELS`, or `~/.local/share/skidpad/models`.
pub fn models_folder() -> PathBuf {
    let named = std::env::var_os("SKIDPAD_MODELS").filter(|name| !name.is_empty());
    named.map_or_else(
        || {
            let home = std::env::var_os("HOME").unwrap_or_default();
            Path::new(&home).join(".local/share/skidpad/models")
        },
        PathBuf::from,
    )
}

/// The default model, SmolLM2-135M-Instruct, where `make model` puts it.
///
/// # Errors
/// [`LanguageError::Missing`] if it is not there.
pub fn default_model() -> Result<PathBuf, LanguageError> {
    let file = models_folder().join(DEFAULT_FILE);
    if file.is_file() {
        Ok(file)
    } else {
        Err(LanguageError::Missing { file })
    }
}

/// Reads a text file of bounded size.
pub(crate) fn read_text(path: &Path) -> Result<String, LanguageError> {
    let fail = |e: std::io::Error| LanguageError::file(path, "file", "a readable file", e);
    let length = std::fs::metadata(path).map_err(fail)?.len();
    if length > MAX_TEXT_BYTES {
        let expected = format!("at most {MAX_TEXT_BYTES} bytes");
        return Err(LanguageError::file(path, "file", expected, length));
    }
    std::fs::read_to_string(path).map_err(fail)
}
