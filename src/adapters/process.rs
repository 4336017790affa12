//! What awsx asks of the operating system for itself.

use std::io;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::stat::Mode;

/// How many pairs of sockets are tried. Together they are a few more files than a call to AWS or the keychain opens.
const PAIRS: usize = 6;

/// Checks that enough files can be opened for a call. Without them the runtimes of tokio and async-io would panic.
///
/// # Errors
/// What the operating system reports.
pub fn files_are_left() -> io::Result<()> {
    (0..PAIRS).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>().map(drop)
}

/// The two things that awsx needs of what Rust's own `main` does at the start. A standard stream that is closed is opened,
/// because a file that is opened later would take its number. And SIGPIPE is ignored, so that writing to a closed pipe is
/// an error and doesn't end the process.
pub fn start_as_rust_does() {
    for stream in 0..3 {
        // SAFETY: it only asks whether this number belongs to an open file.
        if unsafe { libc::fcntl(stream, libc::F_GETFD) } == -1 && Errno::last() == Errno::EBADF {
            // This number is the lowest free one, so `open` gives it. It stays open across `execve`.
            let _ = open("/dev/null", OFlag::O_RDWR, Mode::empty()).map(IntoRawFd::into_raw_fd);
        }
    }
    // SAFETY: no handler of our own is installed. `Command::exec` restores the default for the child.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    look_up_names_alone();
}

/// Keeps a static program from loading modules of glibc's name service (`/etc/nsswitch.conf`). They belong to the installed
/// glibc, which may have another version than the one in the program. Hosts are found in `/etc/hosts` and by DNS, users in
/// `/etc/passwd`: since 2.34 glibc does both without a module.
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

/// Keeps secrets out of core dumps and panics. This affects no child: the flag is reset at `execve`, and nothing that would
/// be inherited (limits, umask) is changed.
pub fn guard() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
        eprintln!("awsx: this is a bug in awsx{place}; please report it");
    }));
}
