//! What this machine and installation have, what is missing and the command that mends it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

/// The networks whose weights are shipped.
const NETWORKS: [&str; 6] = [
    "perception",
    "prediction",
    "planning",
    "npc",
    "level",
    "dialogue",
];

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// There and right.
    Ok,
    /// Not there, and nothing here needs it.
    Absent,
    /// Missing or wrong: something won't work.
    Problem,
}

/// One part that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The part.
    pub name: String,
    /// How it is.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// The command that mends it, where something is missing.
    pub mend: Option<String>,
}

impl Finding {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, found, None)
    }

    fn new(name: &str, status: Status, found: impl Into<String>, mend: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            status,
            found: found.into(),
            mend: mend.map(str::to_owned),
        }
    }
}

/// Looks at everything; `weights` is the folder of the networks' weights where one was named.
pub fn examine(weights: Option<&Path>) -> Vec<Finding> {
    let mut findings = vec![
        Finding::ok("skidpad", env!("CARGO_PKG_VERSION")),
        Finding::ok("rustc", env!("SKIDPAD_RUSTC")),
        libtorch(),
        networks(),
        threads(),
        vulkan(),
    ];
    let folder = weights.map_or_else(weights_folder, Path::to_path_buf);
    findings.extend(NETWORKS.map(|network| weights_of(&folder, network)));
    findings.push(shared());
    findings
}

/// Folder of the shipped weights: `assets` in the working folder, else beside the program, else
/// where it was built.
pub fn weights_folder() -> PathBuf {
    let local = PathBuf::from("assets");
    let beside = std::env::current_exe().ok().and_then(|exe| {
        let mut folders = exe.ancestors().skip(1).take(4);
        folders.find_map(|f| Some(f.join("assets")).filter(|p| p.is_dir()))
    });
    if local.is_dir() {
        local
    } else {
        beside.unwrap_or(local)
    }
}

fn libtorch() -> Finding {
    let wanted = "2.13.0";
    // A sum that libtorch itself computes shows that the library works.
    let works = tch::Tensor::from_slice(&[1.0f32, 2.0]).f_sum(tch::Kind::Float);
    let threads = tch::get_num_threads();
    match works.and_then(|sum| sum.f_double_value(&[])) {
        Ok(3.0) => Finding::ok(
            "libtorch",
            format!("{wanted} (the version this was built for), {threads} threads"),
        ),
        other => Finding::new(
            "libtorch",
            Status::Problem,
            format!("does not add: {other:?}"),
            Some("make setup"),
        ),
    }
}

fn networks() -> Finding {
    let cuda = tch::Cuda::is_available();
    let found = if cuda {
        format!("CUDA, {} device(s)", tch::Cuda::device_count())
    } else {
        "CPU (no CUDA device seen)".to_owned()
    };
    Finding::ok("networks run on", found)
}

fn threads() -> Finding {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    Finding::ok("processors", count.to_string())
}

fn vulkan() -> Finding {
    let mend = Some("apt-get install -y mesa-vulkan-drivers libvulkan1 vulkan-tools");
    let name = "Vulkan adapter";
    match Command::new("vulkaninfo").arg("--summary").output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let adapters: Vec<&str> = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("deviceName"))
                .map(|rest| rest.trim_start_matches([' ', '=']).trim())
                .collect();
            if adapters.is_empty() {
                Finding::new(name, Status::Absent, "none", mend)
            } else {
                Finding::ok(name, adapters.join(", "))
            }
        }
        Err(_) => Finding::new(
            name,
            Status::Absent,
            "not known: vulkaninfo is not installed; `skidpad view` draws with Vulkan",
            mend,
        ),
    }
}

fn weights_of(folder: &Path, network: &str) -> Finding {
    let name = format!("weights of {network}");
    let path = folder.join(format!("{network}.safetensors"));
    let train = format!("skidpad train {network}");
    if !path.is_file() {
        return Finding::new(
            &name,
            Status::Problem,
            format!("{} is missing", path.display()),
            Some(&train),
        );
    }
    // Reading checks the checksum that the model card names.
    match nn::weights::inspect(&path) {
        Err(error) => Finding::new(&name, Status::Problem, error.to_string(), Some(&train)),
        Ok((header, _)) if header.network != network => Finding::new(
            &name,
            Status::Problem,
            format!("{} is of {:?}", path.display(), header.network),
            Some(&train),
        ),
        Ok((_, tensors)) => {
            let parameters: usize = tensors
                .values()
                .map(|shape| shape.iter().product::<usize>())
                .sum();
            let card = if nn::weights::card_path(&path).is_file() {
                "checksum as its model card says"
            } else {
                "no model card"
            };
            Finding::ok(
                &name,
                format!("{}: {parameters} parameters, {card}", path.display()),
            )
        }
    }
}

fn shared() -> Finding {
    let name = "SKIDPAD_SHARED";
    match std::env::var_os(name).map(PathBuf::from) {
        Some(folder) if folder.join("data").is_dir() => {
            Finding::ok(name, folder.display().to_string())
        }
        Some(folder) => Finding::new(
            name,
            Status::Problem,
            format!("{} has no folder named data", folder.display()),
            Some("export SKIDPAD_SHARED=FOLDER"),
        ),
        None => Finding::new(
            name,
            Status::Absent,
            "not set: tests on third-party maps and scenarios are skipped",
            Some("export SKIDPAD_SHARED=FOLDER"),
        ),
    }
}
