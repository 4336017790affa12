//! What can go wrong: a kind, a cause and a hint, and the one table of exit statuses
//! (docs/reference.md).

use std::fmt;

use crate::base::terminal_text;

/// The result of everything in awsx that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of failure it is; decides the exit status and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It did not work, for a reason that is none of the others.
    Failed,
    /// The command line was wrong.
    Usage,
    /// The AWS files, a variable or an option's value is wrong.
    Config,
    /// AWS answered, and said no.
    Refused,
    /// A person had to be asked and could not be.
    Input,
    /// The keychain is locked, absent or too slow.
    Keychain,
    /// AWS could not be reached.
    Network,
    /// A command that was to be run exists and can't be executed.
    NotExecutable,
    /// A command that was to be run does not exist.
    NotFound,
    /// A person has left the picker. Nothing is printed.
    Quit,
}

/// Status of `exec`, `shell` and `aws` when awsx itself failed and no child was started.
pub const LAUNCH_FAILED: u8 = 125;

impl ErrorKind {
    /// The exit status of a command that reports on itself.
    pub fn status(self) -> u8 {
        match self {
            ErrorKind::Failed => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Config => 3,
            ErrorKind::Refused => 4,
            ErrorKind::Input => 5,
            ErrorKind::Keychain => 6,
            ErrorKind::Network => 7,
            ErrorKind::NotExecutable => 126,
            ErrorKind::NotFound => 127,
            ErrorKind::Quit => 130,
        }
    }

    /// The exit status of a command that stands in for another (`exec`, `shell`, `aws`), whose own statuses must stay
    /// free for the child.
    pub fn launcher_status(self) -> u8 {
        match self {
            ErrorKind::NotExecutable | ErrorKind::NotFound | ErrorKind::Quit => self.status(),
            _ => LAUNCH_FAILED,
        }
    }
}

/// A failure as a person reads it: one line of what failed, why, and what mends it.
///
/// No field may ever hold a secret; what comes from AWS, the keychain or a helper is reduced to its message first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Decides the exit status.
    pub kind: ErrorKind,
    /// One line: what failed.
    pub what: String,
    /// Why, where it is known.
    pub cause: Option<String>,
    /// The command or setting that mends it.
    pub hint: Option<String>,
}

impl Error {
    /// A failure of `kind`, with one line saying what failed.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Error { kind, what: what.into(), cause: None, hint: None }
    }

    /// [`ErrorKind::Failed`].
    pub fn failed(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Failed, what)
    }

    /// [`ErrorKind::Usage`].
    pub fn usage(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Usage, what)
    }

    /// [`ErrorKind::Config`].
    pub fn config(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Config, what)
    }

    /// [`ErrorKind::Input`].
    pub fn input(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Input, what)
    }

    /// [`ErrorKind::Keychain`].
    pub fn keychain(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Keychain, what)
    }

    /// Says why.
    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Says what mends it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Error {
    /// What failed and why, as one line.
    pub fn brief(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{}: {cause}", self.what),
            None => self.what.clone(),
        }
    }

    /// The error as a failed command prints it to standard error.
    pub fn told(&self, colors: bool) -> String {
        if !colors {
            return format!("awsx: {self}");
        }
        let bold = |text: String, label: &str| text.replacen(label, &format!("\n  \x1b[1m{}\x1b[0m", label.trim()), 1);
        let text = ["\n  cause:", "\n  hint:"].into_iter().fold(self.to_string(), bold);
        format!("\x1b[1;31mawsx:\x1b[0m {text}")
    }
}

/// As a person reads it. Every field may quote names and messages from elsewhere, so each is made safe for a terminal.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&terminal_text::line(&self.what))?;
        for (name, field) in [("cause", &self.cause), ("hint", &self.hint)] {
            if let Some(text) = field {
                write!(f, "\n  {name}: {}", terminal_text::line(text))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_the_contract() {
        let table = [
            (ErrorKind::Failed, 1, 125),
            (ErrorKind::Usage, 2, 125),
            (ErrorKind::Config, 3, 125),
            (ErrorKind::Refused, 4, 125),
            (ErrorKind::Input, 5, 125),
            (ErrorKind::Keychain, 6, 125),
            (ErrorKind::Network, 7, 125),
            (ErrorKind::NotExecutable, 126, 126),
            (ErrorKind::NotFound, 127, 127),
            (ErrorKind::Quit, 130, 130),
        ];
        for (kind, own, launcher) in table {
            assert_eq!((kind.status(), kind.launcher_status()), (own, launcher), "{kind:?}");
        }
    }

    #[test]
    fn no_field_makes_a_line_of_its_own() {
        let e = Error::failed("no a\nb").cause("\x1b[2J").hint("\u{202e}x\r");
        assert_eq!(e.to_string(), "no a?b\n  cause: ?[2J\n  hint: ?x?");
    }

    #[test]
    fn reads_as_three_lines() {
        let e = Error::config("no profile prd").cause("the config has prod, dev").hint("awsx list");
        assert_eq!(e.to_string(), "no profile prd\n  cause: the config has prod, dev\n  hint: awsx list");
        assert_eq!(e.told(false), format!("awsx: {e}"));
        assert_eq!(
            e.told(true),
            "\x1b[1;31mawsx:\x1b[0m no profile prd\n  \x1b[1mcause:\x1b[0m the config has prod, dev\n  \x1b[1mhint:\x1b[0m awsx list"
        );
    }
}
