//! What awsx asks of the operating system for itself.

use std::io;
use std::os::unix::net::UnixStream;

/// Pairs of sockets that are tried: as many files as a call to AWS or to the keychain has open at once, and some more.
const PAIRS: usize = 6;

/// Whether enough files can be opened for a call. The runtimes of tokio and async-io end the whole program where they get
/// none.
///
/// # Errors
/// What the system says.
pub fn files_are_left() -> io::Result<()> {
    (0..PAIRS).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>().map(drop)
}

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
