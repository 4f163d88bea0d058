//! Makes the program find libtorch at run time, and keeps its CUDA half linked in.

fn main() {
    // `skidpad doctor` tells which compiler built it.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc).arg("--version").output();
    let version = version.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    println!("cargo::rustc-env=SKIDPAD_RUSTC={version}");
    println!("cargo::rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    println!("cargo::rerun-if-env-changed=DEP_TORCH_SYS_LIBTORCH_LIB");
    let lib = std::env::var("DEP_TORCH_SYS_LIBTORCH_LIB")
        .or_else(|_| std::env::var("DEP_TCH_LIBTORCH_LIB"));
    if let Ok(dir) = lib {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{dir}");
        // `skidpad` itself does without; unit tests need no CUDA.
        for kind in ["-bin=skidpad-full=", "-tests="] {
            println!("cargo::rustc-link-arg{kind}-Wl,--no-as-needed");
            println!("cargo::rustc-link-arg{kind}-ltorch");
        }
    }
}
