//! What awsx asks of the operating system for itself.

/// Keeps secrets out of core dumps and panics, for this process alone: the flag is reset at `execve`, so a child is as it
/// would be without awsx; limits and umask, which would be inherited, are left alone.
pub fn guard() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
        eprintln!("awsx: a fault in awsx itself{place}; please report it");
    }));
}
