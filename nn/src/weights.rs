//! Weight files: safetensors with the network's name and config, never pickle.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

/// Largest weight file that is read, bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// What was wrong with a weight file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {part}: expected {expected}, found {found}", file.display())]
pub struct WeightsError {
    /// The file.
    pub file: PathBuf,
    /// The tensor, or the part of the file (`file`, `header`, `config`, `checksum`).
    pub part: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// What a weight file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the network, such as `perception`.
    pub network: String,
    /// The network's config.
    pub config: serde_json::Value,
}

/// Key of [`Header`] in the file's metadata; one key, so that equal weights give equal bytes.
const HEADER_KEY: &str = "skidpad";

fn error(
    file: &Path,
    part: &str,
    expected: impl Into<String>,
    found: impl ToString,
) -> WeightsError {
    WeightsError {
        file: file.to_owned(),
        part: part.to_owned(),
        expected: expected.into(),
        found: found.to_string(),
    }
}

/// Writes all variables of a store with their network's name and config; the file's SHA-256, hex.
/// The file appears whole or not at all.
///
/// # Errors
/// If the file can't be written.
pub fn save<C: Serialize>(
    vs: &VarStore,
    network: &str,
    config: &C,
    path: &Path,
) -> Result<String, WeightsError> {
    let tensors: Vec<(String, Tensor)> = vs.variables().into_iter().collect();
    save_tensors(&tensors, network, config, path)
}

/// As [`save`], of named tensors (fp32).
///
/// # Errors
/// If the file can't be written.
pub fn save_tensors<C: Serialize>(
    tensors: &[(String, Tensor)],
    network: &str,
    config: &C,
    path: &Path,
) -> Result<String, WeightsError> {
    let failed = |e: &dyn std::fmt::Display| error(path, "file", "to be written", e);
    let mut bytes_of = BTreeMap::new();
    for (name, tensor) in tensors {
        let tensor = tensor
            .detach()
            .to_device(Device::Cpu)
            .to_kind(Kind::Float)
            .contiguous();
        let mut values = vec![0f32; tensor.numel()];
        tensor
            .f_copy_data(&mut values, tensor.numel())
            .map_err(|e| failed(&e))?;
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let shape: Vec<usize> = tensor.size().iter().map(|n| *n as usize).collect();
        bytes_of.insert(name.as_str(), (shape, bytes));
    }
    let mut views = Vec::with_capacity(bytes_of.len());
    for (name, (shape, bytes)) in &bytes_of {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|e| failed(&e))?;
        views.push((*name, view));
    }
    let header = Header {
        network: network.to_owned(),
        config: serde_json::to_value(config).map_err(|e| failed(&e))?,
    };
    let text = serde_json::to_string(&header).map_err(|e| failed(&e))?;
    let metadata = HashMap::from([(HEADER_KEY.to_owned(), text)]);
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(|e| failed(&e))?;

    let partial = path.with_extension("partial");
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::File::create(&partial)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    write().map_err(|e| failed(&e))?;
    Ok(sha256_hex(&bytes))
}

/// SHA-256 in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The model card of a weight file: the same name with `.md`.
pub fn card_path(path: &Path) -> PathBuf {
    path.with_extension("md")
}

fn read(path: &Path) -> Result<Vec<u8>, WeightsError> {
    let meta = std::fs::metadata(path).map_err(|e| error(path, "file", "a readable file", e))?;
    if !meta.is_file() || meta.len() > MAX_FILE_BYTES {
        return Err(error(
            path,
            "file",
            format!("a file of at most {MAX_FILE_BYTES} bytes"),
            format!("{} bytes", meta.len()),
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| error(path, "file", "a readable file", e))?;
    // A card beside the file that names a checksum binds it.
    if let Ok(card) = std::fs::read_to_string(card_path(path))
        && let Some(wanted) = card.lines().find_map(|line| {
            let rest = line
                .trim_start_matches(['-', '*', ' ', '|'])
                .strip_prefix("sha256")?;
            rest.split(|c: char| !c.is_ascii_hexdigit())
                .find(|word| word.len() == 64)
        })
    {
        let found = sha256_hex(&bytes);
        if !found.eq_ignore_ascii_case(wanted) {
            return Err(error(
                path,
                "checksum",
                format!("sha256 {wanted} (model card)"),
                found,
            ));
        }
    }
    Ok(bytes)
}

fn header_of(path: &Path, bytes: &[u8]) -> Result<Header, WeightsError> {
    let (_, meta) = SafeTensors::read_metadata(bytes)
        .map_err(|e| error(path, "header", "a safetensors header", e))?;
    let text = meta
        .metadata()
        .as_ref()
        .and_then(|m| m.get(HEADER_KEY))
        .ok_or_else(|| {
            error(
                path,
                "header",
                format!("metadata key {HEADER_KEY:?}"),
                "none",
            )
        })?;
    serde_json::from_str(text).map_err(|e| error(path, "header", "JSON with network and config", e))
}

/// What a weight file says of itself, and its tensors' names and shapes, by name.
///
/// # Errors
/// If it isn't a weight file.
pub fn inspect(path: &Path) -> Result<(Header, BTreeMap<String, Vec<usize>>), WeightsError> {
    let bytes = read(path)?;
    let header = header_of(path, &bytes)?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| error(path, "file", "a whole safetensors file", e))?;
    let shapes = file
        .iter()
        .map(|(name, view)| (name.to_owned(), view.shape().to_vec()))
        .collect();
    Ok((header, shapes))
}

/// The config of a network's weight file.
///
/// # Errors
/// If the file is not one of this network or its config doesn't fit.
pub fn read_config<C: for<'a> Deserialize<'a>>(
    path: &Path,
    network: &str,
) -> Result<C, WeightsError> {
    let header = header_of(path, &read(path)?)?;
    if header.network != network {
        return Err(error(
            path,
            "header",
            format!("weights of {network:?}"),
            format!("{:?}", header.network),
        ));
    }
    serde_json::from_value(header.config)
        .map_err(|e| error(path, "config", format!("a config of {network}"), e))
}

/// Copies a weight file into a store. Every variable must be there with its shape, and nothing else;
/// all values must be finite.
///
/// # Errors
/// Names the file, the tensor, what was expected and what was found; the store is then unchanged.
pub fn load(vs: &mut VarStore, network: &str, path: &Path) -> Result<Header, WeightsError> {
    let wanted: BTreeMap<String, Tensor> = vs.variables().into_iter().collect();
    let (header, values) = load_tensors(
        path,
        network,
        &wanted.iter().map(|(n, t)| (n.clone(), t.size())).collect(),
    )?;
    tch::no_grad(|| {
        for (name, value) in values {
            if let Some(variable) = wanted.get(&name) {
                variable.shallow_clone().copy_(&value);
            }
        }
    });
    Ok(header)
}

/// Reads exactly the named tensors with exactly the given shapes.
///
/// # Errors
/// As [`load`].
pub fn load_tensors(
    path: &Path,
    network: &str,
    wanted: &BTreeMap<String, Vec<i64>>,
) -> Result<(Header, BTreeMap<String, Tensor>), WeightsError> {
    let bytes = read(path)?;
    let header = header_of(path, &bytes)?;
    if header.network != network {
        return Err(error(
            path,
            "header",
            format!("weights of {network:?}"),
            format!("{:?}", header.network),
        ));
    }
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| error(path, "file", "a whole safetensors file", e))?;
    if let Some(extra) = file
        .names()
        .into_iter()
        .filter(|n| !wanted.contains_key(*n))
        .min()
    {
        return Err(error(path, extra, "no such tensor", "one"));
    }
    let mut values = BTreeMap::new();
    for (name, shape) in wanted {
        let view = file
            .tensor(name)
            .map_err(|_| error(path, name, format!("a tensor {shape:?}"), "none"))?;
        let found: Vec<i64> = view.shape().iter().map(|n| *n as i64).collect();
        if view.dtype() != Dtype::F32 || found != *shape {
            return Err(error(
                path,
                name,
                format!("F32 {shape:?}"),
                format!("{:?} {found:?}", view.dtype()),
            ));
        }
        let numbers: Vec<f32> = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        if let Some(at) = numbers.iter().position(|v| !v.is_finite()) {
            return Err(error(
                path,
                name,
                "finite numbers",
                format!("{} at {at}", numbers[at]),
            ));
        }
        values.insert(
            name.clone(),
            Tensor::from_slice(&numbers).reshape(shape.as_slice()),
        );
    }
    Ok((header, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mlp;

    fn store(hidden: i64, seed: u64) -> VarStore {
        let _generator = crate::device::seed(seed);
        let vs = VarStore::new(Device::Cpu);
        let _ = Mlp::new(&vs.root(), 4, hidden, 2);
        vs
    }

    #[test]
    fn a_file_round_trips_and_equal_weights_give_equal_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (
            folder.path().join("a.safetensors"),
            folder.path().join("b.safetensors"),
        );
        let first = store(8, 1);
        let sum = save(&first, "test", &8, &a).unwrap();
        let mut second = store(8, 2);
        assert_eq!(load(&mut second, "test", &a).unwrap().config, 8);
        assert_eq!(save(&second, "test", &8, &b).unwrap(), sum);
        assert_eq!(read_config::<i64>(&a, "test").unwrap(), 8);
    }

    #[test]
    fn a_wrong_file_names_the_tensor_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        save(&store(8, 3), "test", &8, &path).unwrap();
        let mut other = store(9, 4);
        let before = other.variables()["up.weight"].copy();
        let e = load(&mut other, "test", &path).unwrap_err();
        assert_eq!(e.part, "down.weight");
        assert!(
            e.to_string().contains("[2, 9]") && e.to_string().contains("[2, 8]"),
            "{e}"
        );
        assert!(other.variables()["up.weight"].equal(&before));
        assert_eq!(
            load(&mut store(8, 5), "planning", &path).unwrap_err().part,
            "header"
        );
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 4, 9, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(load(&mut store(8, 6), "test", &path).is_err());
        }
    }

    #[test]
    fn a_card_with_another_checksum_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let sum = save(&store(8, 7), "test", &8, &path).unwrap();
        std::fs::write(card_path(&path), format!("# a\n- sha256: `{sum}`\n")).unwrap();
        load(&mut store(8, 8), "test", &path).unwrap();
        save(&store(8, 9), "test", &7, &path).unwrap();
        assert_eq!(
            load(&mut store(8, 10), "test", &path).unwrap_err().part,
            "checksum"
        );
    }
}
