//! The controlling terminal.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::libc;
use nix::sys::termios::{FlushArg, tcflush};
use nix::unistd::{getpgrp, tcgetpgrp};
use rpassword::ConfigBuilder;
use zeroize::Zeroizing;

use super::guard::{Guard, Mode};
use crate::base::signals;

/// The longest line that can be typed on a terminal, in bytes.
const LONGEST: usize = 4096;
/// How often a wait looks for a noted signal. One that came just before the wait doesn't interrupt it. Must be less than a
/// second.
const LOOK: Duration = Duration::from_millis(200);

/// A line that follows another one within this time was pasted, not typed.
const PASTE_GAP: Duration = Duration::from_millis(150);

/// What to read, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// A line that is shown while it is typed.
    Shown,
    /// A line that is not shown.
    Hidden,
    /// Lines that are pasted at once, not shown.
    Pasted,
}

/// The controlling terminal, whatever standard input is.
pub struct Terminal(pub(super) File);

impl Terminal {
    /// Opens it; `None` if there is none.
    pub fn open() -> Option<Self> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits())
            .open("/dev/tty")
            .ok()
            .map(Terminal)
    }

    /// Whether this process may read from it; one in the background would be stopped.
    pub fn in_foreground(&self) -> bool {
        tcgetpgrp(self.0.as_fd()) == Ok(getpgrp())
    }

    /// Asks for a line. Ctrl-C and other signals end awsx as they do any program, after the echo is back.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedEof`] for Ctrl-D.
    pub fn line(&self, prompt: &str, read: Read) -> io::Result<Zeroizing<String>> {
        let mut terminal = &self.0;
        loop {
            if read == Read::Shown {
                write!(terminal, "{prompt}")?;
                return self.shown_line();
            }
            // Before the prompt, so that what is typed or pasted at once is not shown either.
            let guard = Guard::new(&self.0, Mode::Hidden)?;
            write!(terminal, "{prompt}")?;
            let line = if read == Read::Hidden { self.read_hidden() } else { self.read_pasted() };
            if !guard.end() || signals::pending().is_some() {
                // The Enter that ended the line was not shown either.
                writeln!(terminal)?;
                return line;
            }
        }
    }

    /// As [`Terminal::line`], for something that is due in so many seconds. The line above the prompt counts them down until
    /// something is typed.
    ///
    /// # Errors
    /// As [`Terminal::line`].
    pub fn line_due(&self, prompt: &str, seconds: u32) -> io::Result<Zeroizing<String>> {
        let mut terminal = &self.0;
        write!(terminal, "{}\n{prompt}", due(seconds))?;
        for left in (0..seconds).rev() {
            match wait(&self.0, Some(Duration::from_secs(1)))? {
                Waited::Typed => break,
                Waited::Interrupted => return Err(ErrorKind::Interrupted.into()),
                // Up to the countdown and back to where the person is typing.
                Waited::Elapsed => write!(terminal, "\x1b7\x1b[A\r{}\x1b[K\x1b8", due(left))?,
            }
        }
        self.shown_line()
    }

    /// Throws away what was typed and not read.
    pub fn forget_typed(&self) {
        let _ = tcflush(self.0.as_fd(), FlushArg::TCIFLUSH);
    }

    /// Reads the lines that were typed, and throws them away. Whether Ctrl-D was pressed, or nobody can type any more.
    pub fn is_given_up(&self) -> bool {
        let mut typed = Zeroizing::new([0; LONGEST]);
        while matches!(wait(&self.0, Some(Duration::ZERO)), Ok(Waited::Typed)) {
            if matches!((&self.0).read(typed.as_mut_slice()), Ok(0) | Err(_)) {
                return true;
            }
        }
        false
    }

    /// Writes text as it is.
    ///
    /// # Errors
    /// What the terminal reports.
    pub fn show(&self, text: &str) -> io::Result<()> {
        (&self.0).write_all(text.as_bytes())
    }

    /// Columns and lines; `None` if it doesn't know.
    pub fn size(&self) -> Option<(u16, u16)> {
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: TIOCGWINSZ fills in a winsize.
        let known = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) } == 0;
        (known && size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
    }

    fn shown_line(&self) -> io::Result<Zeroizing<String>> {
        let line = self.read();
        if line.is_err() {
            // No Enter has ended the line on the screen.
            writeln!(&self.0)?;
        }
        line
    }

    /// Reads a line with rpassword. The guard has turned off the echo. It also restores it when a signal comes, which
    /// rpassword doesn't do.
    fn read_hidden(&self) -> io::Result<Zeroizing<String>> {
        let ended = Rc::new(Cell::new(false));
        let typed = Typed { terminal: self.0.try_clone()?, ended: Rc::clone(&ended) };
        let config = ConfigBuilder::new().input_reader(typed).output_discard().password_feedback_hide().build();
        let line = rpassword::read_password_with_config(config).map(Zeroizing::new);
        match line {
            _ if is_interrupted() => Err(ErrorKind::Interrupted.into()),
            // To rpassword, Ctrl-D is Enter.
            Ok(line) if line.is_empty() && ended.get() => Err(ErrorKind::UnexpectedEof.into()),
            line => line,
        }
    }

    /// Reads a hidden line, and the lines that were pasted along with it.
    fn read_pasted(&self) -> io::Result<Zeroizing<String>> {
        // Allocated once: a buffer that grows leaves unwiped copies behind.
        let mut text = Zeroizing::new(String::with_capacity(4 * LONGEST));
        text.push_str(&self.read_hidden()?);
        while text.len() <= 2 * LONGEST && matches!(wait(&self.0, Some(PASTE_GAP))?, Waited::Typed) {
            let Ok(line) = self.read_hidden() else { break };
            text.push('\n');
            text.push_str(&line);
        }
        Ok(text)
    }

    fn read(&self) -> io::Result<Zeroizing<String>> {
        let mut buffer = Zeroizing::new(vec![0; LONGEST]);
        let mut length = 0;
        let line = loop {
            if matches!(wait(&self.0, None)?, Waited::Interrupted) {
                return Err(ErrorKind::Interrupted.into());
            }
            let read = match (&self.0).read(buffer.get_mut(length..).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read?,
            };
            length += read;
            let typed = buffer.get(..length).unwrap_or_default();
            match typed.iter().position(|&b| b == b'\n') {
                Some(end) => break typed.get(..end).unwrap_or_default(),
                None if read > 0 => {}
                None if length > 0 => break typed,
                None => return Err(ErrorKind::UnexpectedEof.into()),
            }
        };
        let text = std::str::from_utf8(line).map_err(|_| io::Error::new(ErrorKind::InvalidData, "that is not text"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// What is typed, until a signal comes.
struct Typed {
    terminal: File,
    ended: Rc<Cell<bool>>,
}

impl io::Read for Typed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Not `ErrorKind::Interrupted`: the caller would read again.
        if matches!(wait(&self.terminal, None)?, Waited::Interrupted) {
            return Err(io::Error::other("a signal came"));
        }
        let read = self.terminal.read(buffer)?;
        self.ended.set(read == 0 && !buffer.is_empty());
        Ok(read)
    }
}

fn is_interrupted() -> bool {
    signals::pending().is_some()
}

/// How a wait ended.
pub(super) enum Waited {
    Typed,
    Elapsed,
    Interrupted,
}

/// Waits until something was typed, for at most `limit`.
pub(super) fn wait(terminal: &File, limit: Option<Duration>) -> io::Result<Waited> {
    let end = limit.map(|limit| Instant::now() + limit);
    while !is_interrupted() {
        let left = end.map_or(LOOK, |end| LOOK.min(end.saturating_duration_since(Instant::now())));
        match is_readable(terminal, left) {
            Ok(true) => return Ok(Waited::Typed),
            Ok(false) if end.is_some_and(|end| Instant::now() >= end) => return Ok(Waited::Elapsed),
            Ok(false) | Err(nix::Error::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Waited::Interrupted)
}

/// Whether there is something to read within that time, which is less than a second.
#[cfg(not(target_os = "macos"))]
fn is_readable(terminal: &File, within: Duration) -> nix::Result<bool> {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    // Rounded up: a wait that ends too early would be a busy loop.
    let millis = u16::try_from(within.as_micros().div_ceil(1000)).unwrap_or(u16::MAX);
    let ready = poll(&mut [PollFd::new(terminal.as_fd(), PollFlags::POLLIN)], PollTimeout::from(millis))?;
    Ok(ready > 0)
}

/// The same with select(2), because macOS can't poll(2) a terminal. select(2) can't wait for file descriptors from 1024 on.
#[cfg(target_os = "macos")]
fn is_readable(terminal: &File, within: Duration) -> nix::Result<bool> {
    use nix::sys::select::{FdSet, select};
    use nix::sys::time::{TimeVal, TimeValLike};

    if usize::try_from(terminal.as_raw_fd()).is_ok_and(|number| number >= libc::FD_SETSIZE) {
        return Err(nix::Error::EMFILE);
    }
    let mut readable = FdSet::new();
    readable.insert(terminal.as_fd());
    let mut limit = TimeVal::microseconds(within.subsec_micros().into());
    Ok(select(terminal.as_raw_fd() + 1, &mut readable, None, None, &mut limit)? > 0)
}

/// The message that says when a device shows its next code.
pub fn due(seconds: u32) -> String {
    if seconds == 0 { "The next code is there".into() } else { format!("The next code comes in {seconds} s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::FromRawFd;

    use nix::fcntl::{FcntlArg, fcntl};
    use nix::pty::openpty;
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    use nix::sys::termios::{LocalFlags, tcgetattr};

    /// A terminal and the other end of it.
    fn pair() -> (Terminal, File) {
        let pair = openpty(None, None).unwrap();
        (Terminal(pair.slave.into()), pair.master.into())
    }

    fn echoes(terminal: &Terminal) -> bool {
        tcgetattr(terminal.0.as_fd()).unwrap().local_flags.contains(LocalFlags::ECHO)
    }

    fn read_until(master: &mut File, end: &str) -> String {
        let mut shown = Vec::new();
        while !shown.ends_with(end.as_bytes()) {
            let mut byte = [0];
            master.read_exact(&mut byte).unwrap();
            shown.push(byte[0]);
        }
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn a_line_is_shown_and_a_hidden_one_is_not() {
        let (terminal, mut master) = pair();
        std::thread::scope(|scope| {
            let person = scope.spawn(|| {
                let mut shown = read_until(&mut master, "Name: ");
                master.write_all(b"alice\n").unwrap();
                shown += &read_until(&mut master, "Secret: ");
                while echoes_on(&master) {
                    std::thread::yield_now();
                }
                master.write_all(b" hush \n").unwrap();
                shown += &read_until(&mut master, "\n");
                shown
            });
            assert_eq!(terminal.line("Name: ", Read::Shown).unwrap().as_str(), "alice");
            assert_eq!(terminal.line("Secret: ", Read::Hidden).unwrap().as_str(), " hush ");
            assert_eq!(person.join().unwrap(), "Name: alice\r\nSecret: \r\n");
        });
        assert!(echoes(&terminal));
    }

    fn echoes_on(master: &File) -> bool {
        tcgetattr(master.as_fd()).unwrap().local_flags.contains(LocalFlags::ECHO)
    }

    #[test]
    fn ctrl_d_is_no_answer_and_a_cut_line_is_one() {
        let (terminal, mut master) = pair();
        for read in [Read::Shown, Read::Hidden] {
            master.write_all(b"\x04").unwrap();
            assert_eq!(terminal.line("? ", read).unwrap_err().kind(), ErrorKind::UnexpectedEof);
            master.write_all(b"cut\x04\x04").unwrap();
            assert_eq!(terminal.line("? ", read).unwrap().as_str(), "cut");
        }
        master.write_all(b"\xff\n").unwrap();
        assert_eq!(terminal.line("? ", Read::Shown).unwrap_err().kind(), ErrorKind::InvalidData);
        assert!(echoes(&terminal));
    }

    /// A process can inherit that many open files. select(2) knows only the first 1024.
    #[test]
    fn a_terminal_with_a_high_number_can_be_read() {
        let (terminal, mut master) = pair();
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, most.min(4096), most).unwrap();
        let high = fcntl(&terminal.0, FcntlArg::F_DUPFD_CLOEXEC(1100)).unwrap();
        // SAFETY: the number is that of a new file, which nothing else owns.
        let terminal = Terminal(unsafe { File::from_raw_fd(high) });
        master.write_all(b"alice\n").unwrap();
        assert_eq!(terminal.line("Name: ", Read::Shown).unwrap().as_str(), "alice");
    }

    #[test]
    fn a_terminal_that_hangs_up_is_an_error() {
        let (terminal, master) = pair();
        drop(master);
        assert!(terminal.line("? ", Read::Shown).is_err() && terminal.line("? ", Read::Hidden).is_err());
    }
}
