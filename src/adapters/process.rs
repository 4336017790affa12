//! What awsx asks of the operating system for itself.

use std::io;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::stat::Mode;

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

/// What Rust's own `main` does before a program starts and awsx needs: none of the three standard streams is closed, since a
/// file that is opened later would take its place; and writing to a closed pipe is an error instead of the end.
pub fn start_as_rust_does() {
    for stream in 0..3 {
        // SAFETY: it is only asked whether this number is that of an open file.
        if unsafe { libc::fcntl(stream, libc::F_GETFD) } == -1 && Errno::last() == Errno::EBADF {
            // The lowest number that is free is this one. It stays open in a command that awsx becomes.
            let _ = open("/dev/null", OFlag::O_RDWR, Mode::empty()).map(IntoRawFd::into_raw_fd);
        }
    }
    // SAFETY: no handler is installed that could do anything wrong. `Command::exec` gives a child the default again.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    look_up_names_alone();
}

/// A static program must not load the modules of glibc's name service (`/etc/nsswitch.conf`): they belong to the glibc that
/// is installed when it runs, which may be another one than that within it. Hosts are found in `/etc/hosts` and by DNS, users
/// in `/etc/passwd`; both are part of glibc itself since 2.34.
#[cfg(all(target_os = "linux", target_env = "gnu", target_feature = "crt-static"))]
fn look_up_names_alone() {
    use std::ffi::{CStr, c_char, c_int};

    unsafe extern "C" {
        fn __nss_configure_lookup(database: *const c_char, services: *const c_char) -> c_int;
    }
    let databases: [(&CStr, &CStr); 2] = [(c"hosts", c"files dns"), (c"passwd", c"files")];
    for (database, services) in databases {
        // SAFETY: both are C strings that live for ever, and no other thread runs yet.
        unsafe { __nss_configure_lookup(database.as_ptr(), services.as_ptr()) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_feature = "crt-static")))]
fn look_up_names_alone() {}

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
