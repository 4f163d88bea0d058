//! The whole program, with libtorch: a thin shell over the library, see [`skidpad::cli`].
//!
//! `skidpad` hands over to it what it does not do itself.

fn main() -> std::process::ExitCode {
    skidpad::cli::main()
}
