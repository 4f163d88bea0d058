//! The program: a thin shell over the library, see [`skidpad::cli`].

fn main() -> std::process::ExitCode {
    skidpad::cli::main()
}
