//! The person in front of the terminal, as a trait.

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;

/// The rows of a table, each made when it is looked at: making ten thousand takes longer than a person should wait.
pub trait Rows {
    /// How many there are.
    fn count(&self) -> usize;
    /// The cells of one; the first is its name.
    fn cells(&self, row: usize) -> Vec<String>;
}

impl Rows for Vec<Vec<String>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn cells(&self, row: usize) -> Vec<String> {
        self.get(row).cloned().unwrap_or_default()
    }
}

/// A key that takes a row, and what that does.
#[derive(Debug, Clone, Copy)]
pub struct Shortcut {
    /// The letter that is pressed with Ctrl; `None` for Enter.
    pub ctrl: Option<char>,
    /// In a word.
    pub does: &'static str,
}

/// Rows to pick from; the first cell of each is its name.
#[derive(Clone, Copy)]
pub struct Choices<'a> {
    /// What is over the columns; nothing where there is only one.
    pub head: &'a [&'a str],
    /// The rows, in the order in which they are shown while nothing is typed.
    pub rows: &'a dyn Rows,
}

/// Asks a person: on `/dev/tty`, never stdin; failing that in a desktop dialog. Each fails with
/// [`crate::base::error::ErrorKind::Input`], saying what was needed, where nobody can be asked or `--no-input` was
/// given.
pub trait Prompter {
    /// Whether somebody could be asked at all.
    fn can_ask(&self) -> bool;
    /// Why nobody can be asked, where that is so.
    fn why_not(&self) -> String {
        "there is neither a terminal nor a desktop to ask on".into()
    }
    /// Whether that is on a terminal, where the person sees what is said.
    fn on_terminal(&self) -> bool {
        self.can_ask()
    }
    /// A line of text, shown while it is typed, trimmed.
    fn line(&self, prompt: &str) -> Result<String>;
    /// A line that is not shown.
    fn hidden(&self, prompt: &str) -> Result<Secret>;
    /// A line that is not shown, and the lines that are pasted along with it.
    fn paste(&self, prompt: &str) -> Result<Secret>;
    /// Throws away what was typed or pasted and not read. Otherwise the shell would run it after awsx has ended.
    fn forget_typed(&self);
    /// Yes or no; Enter alone is `default`.
    fn confirm(&self, prompt: &str, default: bool) -> Result<bool>;
    /// Yes or no of a person, where the terminal may be that of a program: in a dialog where there is a desktop, else on
    /// the terminal.
    fn confirm_apart(&self, prompt: &str) -> Result<bool> {
        self.confirm(prompt, false)
    }
    /// One of the rows, and the shortcut it was taken with, each by its index. The first shortcut is Enter; there may
    /// be none. Where keys can't be read one by one, it is Enter. `None` if the person leaves without a choice.
    fn pick_or(&self, prompt: &str, choices: Choices, shortcuts: &[Shortcut]) -> Result<Option<(usize, usize)>>;
    /// One of the rows, by its index.
    fn pick(&self, prompt: &str, choices: Choices) -> Result<usize> {
        let chosen = self.pick_or(prompt, choices, &[])?;
        chosen.map(|(row, _)| row).ok_or_else(|| Error::input("nothing was chosen"))
    }
    /// One of `items`, by its index.
    fn choose(&self, prompt: &str, items: &[String]) -> Result<usize> {
        let rows: Vec<Vec<String>> = items.iter().map(|item| vec![item.clone()]).collect();
        self.pick(prompt, Choices { head: &[], rows: &rows })
    }
    /// Prints one line (stderr). Line breaks in it are replaced.
    fn say(&self, line: &str);
    /// Prints an error that doesn't end the command (stderr), in the form of one that does.
    fn failure(&self, error: &Error) {
        format!("awsx: {error}").lines().for_each(|line| self.say(line));
    }
    /// One warning (stderr), prefixed and coloured as such.
    fn warn(&self, line: &str);
    /// Asks for a code that the device shows in `seconds`, with a countdown. The code can be typed before it ends.
    fn next_code(&self, prompt: &str, seconds: u32) -> Result<String>;
    /// Waits that long. Shows `line` with the seconds left in place of `{}`; without a terminal, prints it once. Ctrl-D
    /// gives up. Anything else that is typed meanwhile is thrown away.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] for Ctrl-D.
    fn countdown(&self, line: &str, seconds: u32) -> Result<()>;
    /// Shows a line in place of the one before, while something takes long; an empty one takes it away. Nothing,
    /// where that can't be done.
    fn progress(&self, _line: &str) {}
    /// Columns and lines of the terminal that [`Prompter::show`] writes to, if there is one and it knows.
    fn screen(&self) -> Option<(u16, u16)> {
        None
    }
    /// Shows text that holds a secret, on the terminal itself and never on a stream that may lead into a file.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] where there is no terminal.
    fn show(&self, _text: &Secret) -> Result<()> {
        Err(Error::input("no terminal to show a secret on"))
    }
}
