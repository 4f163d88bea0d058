//! GGUF files (versions 2 and 3): one file that holds a model's settings, its tokenizer and its weights.
//!
//! Layout, little-endian: magic `GGUF`, version, counts of tensors and of keys; keys, each with a typed value; tensors'
//! names, shapes (innermost first), kinds and offsets; then, aligned, the data. Every count and length is held against
//! what is left of the file before anything is allocated.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::LanguageError;
use super::quant::BlockKind;

/// Most keys or tensors of a file.
const MAX_ENTRIES: u64 = 100_000;
/// Longest text, bytes.
const MAX_TEXT: u64 = 1 << 22;
/// Longest list: vocabularies and their merges have some 100,000.
const MAX_LIST: u64 = 1 << 22;
/// Most axes of a tensor.
const MAX_AXES: u32 = 4;

/// A value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any of the eight integer types.
    Integer(i64),
    /// f32 or f64.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// UTF-8.
    Text(String),
    /// Values of one type.
    List(Vec<Value>),
}

impl Value {
    /// What it is, for errors.
    pub fn describe(&self) -> String {
        match self {
            Self::Integer(v) => format!("{v}"),
            Self::Float(v) => format!("{v}"),
            Self::Bool(v) => format!("{v}"),
            Self::Text(v) => format!("{:?}", v.chars().take(40).collect::<String>()),
            Self::List(v) => format!("a list of {}", v.len()),
        }
    }
}

/// Where a tensor stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorInfo {
    /// Outermost axis first, as in tensors elsewhere here (files say it the other way round).
    pub shape: Vec<usize>,
    /// How its numbers are stored.
    pub kind: BlockKind,
    /// First byte, from the begin of the file.
    pub start: u64,
    /// Bytes.
    pub bytes: usize,
}

/// A file whose header has been read; tensors are read one by one.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    file: File,
    values: BTreeMap<String, Value>,
    tensors: BTreeMap<String, TensorInfo>,
}

impl Gguf {
    /// Reads the header.
    ///
    /// # Errors
    /// Names the part of the file that is not as it should be.
    pub fn open(path: &Path) -> Result<Self, LanguageError> {
        let fail = |e: std::io::Error| LanguageError::file(path, "file", "a readable file", e);
        let file = File::open(path).map_err(fail)?;
        let meta = file.metadata().map_err(fail)?;
        if !meta.is_file() {
            return Err(LanguageError::file(path, "file", "a file", "a folder"));
        }
        let mut header = Header {
            path,
            part: "header".to_owned(),
            left: meta.len(),
            reader: BufReader::new(&file),
        };
        let (values, mut tensors) = header.read()?;
        let at = meta.len() - header.left;
        place(path, &values, &mut tensors, at, meta.len())?;
        Ok(Self {
            path: path.to_owned(),
            file,
            values,
            tensors,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// A tensor's place.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.get(name)
    }

    /// All tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    /// A key's whole number that is not negative, if the key is there.
    ///
    /// # Errors
    /// If it holds something else.
    pub fn count(&self, key: &str) -> Result<Option<usize>, LanguageError> {
        self.read(key, "a whole number", |value| match value {
            Value::Integer(v) => usize::try_from(*v).ok(),
            _ => None,
        })
    }

    /// A key's number, if the key is there.
    ///
    /// # Errors
    /// If it holds something else.
    pub fn number(&self, key: &str) -> Result<Option<f64>, LanguageError> {
        self.read(key, "a number", |value| match value {
            Value::Integer(v) => Some(*v as f64),
            Value::Float(v) => v.is_finite().then_some(*v),
            _ => None,
        })
    }

    /// A key's true or false, if the key is there.
    ///
    /// # Errors
    /// If it holds something else.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, LanguageError> {
        self.read(key, "true or false", |value| match value {
            Value::Bool(v) => Some(*v),
            _ => None,
        })
    }

    /// A key's text, if the key is there.
    ///
    /// # Errors
    /// If it holds something else.
    pub fn text(&self, key: &str) -> Result<Option<&str>, LanguageError> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, "text", other.describe())),
        }
    }

    /// A key's list, if the key is there.
    ///
    /// # Errors
    /// If it holds something else.
    pub fn list(&self, key: &str) -> Result<Option<&[Value]>, LanguageError> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::List(list)) => Ok(Some(list)),
            Some(other) => Err(self.wrong(key, "a list", other.describe())),
        }
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, LanguageError> {
        let Some(value) = self.values.get(key) else {
            return Ok(None);
        };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.wrong(key, expected, value.describe())),
        }
    }

    /// An error about this file.
    pub(crate) fn wrong(
        &self,
        part: &str,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> LanguageError {
        LanguageError::file(&self.path, part, expected, found)
    }

    /// All numbers of a tensor, by rows.
    ///
    /// # Errors
    /// If there is no such tensor, or the file has changed since it was opened.
    pub fn numbers(&mut self, name: &str) -> Result<Vec<f32>, LanguageError> {
        let info = self
            .tensors
            .get(name)
            .ok_or_else(|| self.wrong(name, "a tensor", "none"))?;
        let mut bytes = vec![0; info.bytes];
        let read = self
            .file
            .seek(SeekFrom::Start(info.start))
            .and_then(|_| self.file.read_exact(&mut bytes));
        match read {
            Ok(()) => Ok(info.kind.decode(&bytes)),
            Err(e) => Err(self.wrong(name, format!("{} bytes", bytes.len()), e)),
        }
    }
}

/// Turns offsets into places, and holds these against the file's length.
fn place(
    path: &Path,
    values: &BTreeMap<String, Value>,
    tensors: &mut BTreeMap<String, TensorInfo>,
    header_end: u64,
    length: u64,
) -> Result<(), LanguageError> {
    const KEY: &str = "general.alignment";
    let alignment = match values.get(KEY) {
        None => 32,
        Some(Value::Integer(v)) if (1..=1 << 20).contains(v) && (*v as u64).is_power_of_two() => {
            *v as u64
        }
        Some(other) => {
            let expected = "a power of two up to 1048576";
            return Err(LanguageError::file(path, KEY, expected, other.describe()));
        }
    };
    let begin = header_end.next_multiple_of(alignment);
    for (name, info) in tensors.iter_mut() {
        let end = begin
            .checked_add(info.start)
            .and_then(|at| at.checked_add(info.bytes as u64));
        if info.start % alignment != 0 || end.is_none_or(|end| end > length) {
            return Err(LanguageError::file(
                path,
                name.as_str(),
                format!("{} bytes inside a file of {length} bytes", info.bytes),
                format!("offset {} after {begin}", info.start),
            ));
        }
        info.start += begin;
    }
    Ok(())
}

struct Header<'a> {
    path: &'a Path,
    /// What is being read, for errors.
    part: String,
    /// Bytes left of the file.
    left: u64,
    reader: BufReader<&'a File>,
}

type Entries = (BTreeMap<String, Value>, BTreeMap<String, TensorInfo>);

impl Header<'_> {
    fn read(&mut self) -> Result<Entries, LanguageError> {
        let magic = self.bytes(4)?;
        if magic != *b"GGUF" {
            return Err(self.wrong("the letters GGUF", format!("{magic:?}")));
        }
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(self.wrong("version 2 or 3, little-endian", version));
        }
        let (tensors, keys) = (self.u64()?, self.u64()?);
        for (what, count) in [("tensors", tensors), ("keys", keys)] {
            if count > MAX_ENTRIES {
                return Err(self.wrong(format!("at most {MAX_ENTRIES} {what}"), count));
            }
        }
        let mut values = BTreeMap::new();
        for number in 0..keys {
            self.part = format!("key {number}");
            let key = self.text()?;
            self.part.clone_from(&key);
            let kind = self.u32()?;
            let value = self.value(kind, 0)?;
            if values.insert(key, value).is_some() {
                return Err(self.wrong("each key once", "it twice"));
            }
        }
        let mut infos = BTreeMap::new();
        for number in 0..tensors {
            self.part = format!("tensor {number}");
            let name = self.text()?;
            self.part.clone_from(&name);
            let info = self.tensor()?;
            if infos.insert(name, info).is_some() {
                return Err(self.wrong("each tensor once", "it twice"));
            }
        }
        Ok((values, infos))
    }

    fn tensor(&mut self) -> Result<TensorInfo, LanguageError> {
        let axes = self.u32()?;
        if !(1..=MAX_AXES).contains(&axes) {
            return Err(self.wrong(format!("1 to {MAX_AXES} axes"), axes));
        }
        let mut shape = Vec::new();
        for _ in 0..axes {
            let length = self.u64()?;
            shape.push(
                usize::try_from(length)
                    .ok()
                    .filter(|n| (1..=1 << 40).contains(n))
                    .ok_or_else(|| self.wrong("an axis of 1 or more", length))?,
            );
        }
        let id = self.u32()?;
        let kind = BlockKind::of(id).ok_or_else(|| {
            let known: Vec<String> = BlockKind::ALL.iter().map(|k| format!("{k:?}")).collect();
            self.wrong(known.join(", "), format!("the kind of number {id}"))
        })?;
        let inner = shape.first().copied().unwrap_or(0);
        if inner % kind.numbers() != 0 {
            let expected = format!("rows of a multiple of {} numbers", kind.numbers());
            return Err(self.wrong(expected, inner));
        }
        let numbers = shape
            .iter()
            .try_fold(1usize, |n, axis| n.checked_mul(*axis));
        let bytes = numbers.and_then(|n| (n / kind.numbers()).checked_mul(kind.bytes()));
        let bytes = bytes.ok_or_else(|| self.wrong("a size below 2^64", format!("{shape:?}")))?;
        let start = self.u64()?;
        shape.reverse();
        Ok(TensorInfo {
            shape,
            kind,
            start,
            bytes,
        })
    }

    fn value(&mut self, kind: u32, depth: u32) -> Result<Value, LanguageError> {
        Ok(match kind {
            0 => Value::Integer(i64::from(self.array::<1>()?[0])),
            1 => Value::Integer(i64::from(i8::from_le_bytes(self.array()?))),
            2 => Value::Integer(i64::from(u16::from_le_bytes(self.array()?))),
            3 => Value::Integer(i64::from(i16::from_le_bytes(self.array()?))),
            4 => Value::Integer(i64::from(self.u32()?)),
            5 => Value::Integer(i64::from(i32::from_le_bytes(self.array()?))),
            6 => Value::Float(f64::from(f32::from_le_bytes(self.array()?))),
            7 => match self.array::<1>()?[0] {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                other => return Err(self.wrong("0 or 1", other)),
            },
            8 => Value::Text(self.text()?),
            9 => Value::List(self.list(depth)?),
            10 => {
                let value = self.u64()?;
                let small = i64::try_from(value);
                Value::Integer(small.map_err(|_| self.wrong("a number below 2^63", value))?)
            }
            11 => Value::Integer(i64::from_le_bytes(self.array()?)),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            other => return Err(self.wrong("a type from 0 to 12", other)),
        })
    }

    fn list(&mut self, depth: u32) -> Result<Vec<Value>, LanguageError> {
        if depth >= 3 {
            return Err(self.wrong("lists at most three deep", "a deeper one"));
        }
        let (kind, count) = (self.u32()?, self.u64()?);
        // A value takes a byte at least.
        let most = MAX_LIST.min(self.left);
        if count > most {
            let expected = format!("a list of at most {most} values");
            return Err(self.wrong(expected, count));
        }
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(self.value(kind, depth + 1)?);
        }
        Ok(list)
    }

    fn text(&mut self) -> Result<String, LanguageError> {
        let length = self.u64()?;
        if length > MAX_TEXT || length > self.left {
            let most = MAX_TEXT.min(self.left);
            return Err(self.wrong(format!("text of at most {most} bytes"), length));
        }
        let bytes = self.bytes(length as usize)?;
        String::from_utf8(bytes).map_err(|_| self.wrong("UTF-8 text", "other bytes"))
    }

    fn u32(&mut self) -> Result<u32, LanguageError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, LanguageError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, LanguageError> {
        let mut bytes = vec![0; count];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LanguageError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), LanguageError> {
        let wanted = bytes.len() as u64;
        if wanted > self.left {
            let found = format!("the end of the file after {}", self.left);
            return Err(self.wrong(format!("{wanted} bytes"), found));
        }
        self.left -= wanted;
        let read = self.reader.read_exact(bytes);
        read.map_err(|e| self.wrong(format!("{wanted} bytes"), e))
    }

    fn wrong(&self, expected: impl Into<String>, found: impl ToString) -> LanguageError {
        LanguageError::file(self.path, self.part.as_str(), expected, found)
    }
}
