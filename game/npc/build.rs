//! Makes the program find libtorch at run time, and keeps its CUDA half linked in.

fn main() {
    println!("cargo::rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    println!("cargo::rerun-if-env-changed=DEP_TORCH_SYS_LIBTORCH_LIB");
    let lib = std::env::var("DEP_TORCH_SYS_LIBTORCH_LIB")
        .or_else(|_| std::env::var("DEP_TCH_LIBTORCH_LIB"));
    if let Ok(dir) = lib {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{dir}");
        println!("cargo::rustc-link-arg=-Wl,--no-as-needed");
        println!("cargo::rustc-link-arg=-ltorch");
    }
}
