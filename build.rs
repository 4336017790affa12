//! Takes the unwinder from GCC's static archive on Linux with glibc, if the C compiler has one: a shared library less to
//! load at every start.

use std::env::var;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    let compiler = var("RUSTC_LINKER").unwrap_or_else(|_| "cc".into());
    let found = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output();
    // The bare name comes back where there is none.
    let path = found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if Path::new(&path).is_absolute() {
        println!("cargo:rustc-link-lib=gcc_eh");
    }
}
