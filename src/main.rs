//! The `awsx` command.
//!
//! With glibc C's `main` is ours: Rust's own reads the memory map of the process and installs a stack for signal handlers,
//! which together takes as long as all that a warm `exec` does (docs/decisions/0006-start-up.md).

#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    awsx::run_main().into()
}

/// [`std::env::args_os`] works without Rust's `main`: glibc hands the arguments to what std runs before.
// SAFETY: it has the name and the signature of C's `main`, and nothing else here has that name.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
#[unsafe(no_mangle)]
extern "C" fn main(_count: std::ffi::c_int, _args: *const *const std::ffi::c_char) -> std::ffi::c_int {
    awsx::start_as_rust_does();
    // It writes out what standard output still holds; returning would not.
    std::process::exit(awsx::run_main().into())
}
