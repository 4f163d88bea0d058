//! Writes `src/schema/openscenario.table` from the standard's XSDs:
//! `cargo run --release -p scenarios --example schema_table FOLDER > scenarios/src/schema/openscenario.table`,
//! FOLDER holding `1.0.0/OpenSCENARIO.xsd` and so on.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a tool that prints what it makes and stops on what is broken"
)]

#[path = "../tests/xsd/mod.rs"]
mod xsd;

fn main() {
    match std::env::args_os().nth(1) {
        Some(folder) => print!("{}", xsd::table(folder.as_ref())),
        None => eprintln!("usage: schema_table FOLDER"),
    }
}
