//! Writes the regression suite's maps: `cargo run -p scenarios --example suite_maps -- scenarios/regression/maps`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for (name, text) in scenarios::generate::suite_maps() {
        std::fs::write(folder.join(format!("{name}.xodr")), text)?;
    }
    Ok(())
}
