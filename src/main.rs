//! The `awsx` command.

fn main() -> std::process::ExitCode {
    awsx::run_main()
}
