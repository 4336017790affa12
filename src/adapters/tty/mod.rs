//! Asks on `/dev/tty`, never on standard input. Without a terminal it asks in a desktop dialog. Messages go to
//! standard error.

mod guard;
mod keys;
mod picker;
mod terminal;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use zeroize::Zeroizing;

use super::dialog::Dialog;
use crate::app;
use crate::base::columns;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::signals;
use crate::base::terminal_text;
use crate::cli::Global;
use crate::ports::{Choices, Prompter, Rows, Shortcut};
use terminal::{Read, Terminal};

/// The person at the terminal, or at the desktop. Building it opens nothing.
pub struct Tty {
    env: Env,
    global: Global,
}

/// Where somebody can be asked.
enum Way {
    Terminal(Terminal),
    Dialog(Dialog),
}

impl Tty {
    /// Asks as these options say.
    pub fn new(env: &Env, global: &Global) -> Self {
        Tty { env: env.clone(), global: global.clone() }
    }

    /// Whether standard error takes colours.
    pub fn colors(&self) -> bool {
        app::colors(&self.env, &self.global, io::stderr().is_terminal())
    }

    /// Whether the terminal can't move its cursor.
    fn is_dumb(&self) -> bool {
        self.env.get("TERM").is_none_or(|term| term == "dumb")
    }

    fn way(&self, prompt: &str) -> Result<Way> {
        // A signal came between two questions: ask nothing more.
        if let Some(interruption) = signals::pending() {
            return Err(interruption);
        }
        let failed = |cause: &str| Err(Error::input(format!("can't ask for: {}", subject(prompt))).cause(cause));
        if self.global.no_input {
            return failed("--no-input was given");
        }
        let terminal = Terminal::open();
        let behind = terminal.is_some();
        if let Some(terminal) = terminal.filter(Terminal::in_foreground) {
            return Ok(Way::Terminal(terminal));
        }
        match Dialog::find(&self.env) {
            Some(dialog) => Ok(Way::Dialog(dialog)),
            None if behind => {
                failed("awsx runs in the background of its terminal").map_err(|e| e.hint("bring it back with fg"))
            }
            None => failed("there is neither a terminal nor a desktop to ask on"),
        }
    }

    fn ask(&self, prompt: &str, read: Read) -> Result<Zeroizing<String>> {
        match self.way(prompt)? {
            Way::Terminal(terminal) => {
                terminal.line(&terminal_text::line(prompt), read).map_err(|e| unanswered(prompt, &e))
            }
            Way::Dialog(dialog) => dialog.line(&terminal_text::line(prompt), read != Read::Shown),
        }
    }

    /// Lets a person pick by number, on a terminal that can't move its cursor.
    fn pick_by_number(&self, terminal: &Terminal, prompt: &str, lines: &[String]) -> Result<Option<usize>> {
        for (number, line) in lines.iter().enumerate() {
            self.say(&format!("{:>4}  {line}", number + 1));
        }
        let question = format!("{prompt} (number): ");
        loop {
            let answer = terminal.line(&question, Read::Shown).map_err(|e| unanswered(prompt, &e))?;
            match answer.trim().parse::<usize>() {
                Ok(number) if (1..=lines.len()).contains(&number) => return Ok(Some(number - 1)),
                _ if answer.trim().is_empty() => return Ok(None),
                _ => {}
            }
        }
    }

    fn print(line: &str) {
        // If standard error is closed, there is no place left to report that.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl Prompter for Tty {
    fn can_ask(&self) -> bool {
        self.way("").is_ok()
    }

    fn on_terminal(&self) -> bool {
        matches!(self.way(""), Ok(Way::Terminal(_)))
    }

    fn why_not(&self) -> String {
        self.way("").err().and_then(|e| e.cause).unwrap_or_default()
    }

    fn line(&self, prompt: &str) -> Result<String> {
        Ok(self.ask(prompt, Read::Shown)?.trim().to_owned())
    }

    fn hidden(&self, prompt: &str) -> Result<Secret> {
        Ok(Secret::new(self.ask(prompt, Read::Hidden)?.as_str().to_owned()))
    }

    fn paste(&self, prompt: &str) -> Result<Secret> {
        Ok(Secret::new(self.ask(prompt, Read::Pasted)?.as_str().to_owned()))
    }

    fn forget_typed(&self) {
        if let Some(terminal) = Terminal::open().filter(Terminal::in_foreground) {
            terminal.forget_typed();
        }
    }

    fn confirm(&self, prompt: &str, default: bool) -> Result<bool> {
        let terminal = match self.way(prompt)? {
            Way::Terminal(terminal) => terminal,
            Way::Dialog(dialog) => return dialog.confirm(&terminal_text::line(prompt), default),
        };
        let question = format!("{} {} ", terminal_text::line(prompt), if default { "[Y/n]" } else { "[y/N]" });
        loop {
            let answer = terminal.line(&question, Read::Shown).map_err(|e| unanswered(prompt, &e))?;
            match answer.trim().to_ascii_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    fn confirm_apart(&self, prompt: &str) -> Result<bool> {
        // Whether anybody may be asked at all.
        self.way(prompt)?;
        match Dialog::find(&self.env).filter(Dialog::is_seen) {
            Some(dialog) => dialog.confirm(&terminal_text::line(prompt), false),
            None => self.confirm(prompt, false),
        }
    }

    fn pick_or(&self, prompt: &str, choices: Choices, shortcuts: &[Shortcut]) -> Result<Option<(usize, usize)>> {
        let rows = Printable(choices.rows);
        let (prompt, choices) = (terminal_text::line(prompt), Choices { rows: &rows, ..choices });
        let lines = || {
            let rows: Vec<Vec<String>> = (0..rows.count()).map(|row| rows.cells(row)).collect();
            columns::table(&rows).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let enter = |row: Option<usize>| row.map(|row| (row, 0));
        let chosen = match self.way(&prompt)? {
            Way::Terminal(terminal) if self.is_dumb() => enter(self.pick_by_number(&terminal, &prompt, &lines())?),
            Way::Terminal(terminal) => {
                let picked = terminal.pick(&prompt, choices, shortcuts, self.colors());
                picked.map_err(|e| unanswered(&prompt, &e))?
            }
            Way::Dialog(dialog) => enter(dialog.choose(&prompt, &lines())?),
        };
        Ok(chosen.filter(|(row, _)| *row < rows.count()))
    }

    fn say(&self, line: &str) {
        Self::print(&terminal_text::line(line));
    }

    fn warn(&self, line: &str) {
        let (on, off) = if self.colors() { ("\x1b[33m", "\x1b[0m") } else { ("", "") };
        Self::print(&format!("{on}awsx: warning:{off} {}", terminal_text::line(line)));
    }

    fn next_code(&self, prompt: &str, seconds: u32) -> Result<String> {
        let shown = terminal_text::line(prompt);
        let answer = match self.way(prompt)? {
            Way::Terminal(terminal) if !self.is_dumb() => terminal.line_due(&shown, seconds),
            Way::Terminal(terminal) => {
                self.say(&terminal::due(seconds));
                terminal.line(&shown, Read::Shown)
            }
            Way::Dialog(dialog) => dialog.line(&format!("{}. {shown}", terminal::due(seconds)), false).map(Ok)?,
        };
        Ok(answer.map_err(|e| unanswered(prompt, &e))?.trim().to_owned())
    }

    fn countdown(&self, line: &str, seconds: u32) -> Result<()> {
        let line = terminal_text::line(line);
        let animated = io::stderr().is_terminal() && !self.is_dumb();
        let terminal = Terminal::open().filter(|terminal| !self.global.no_input && terminal.in_foreground());
        if !animated {
            Self::print(&line.replace("{}", &seconds.to_string()));
        }
        let mut given_up = false;
        for left in (1..=seconds).rev() {
            if animated {
                let _ = write!(io::stderr(), "\r{}\x1b[K", line.replace("{}", &left.to_string()));
            }
            signals::pause(Duration::from_secs(1));
            given_up = terminal.as_ref().is_some_and(Terminal::is_given_up);
            if given_up || signals::pending().is_some() {
                break;
            }
        }
        if animated {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        // Most likely a code, which nobody has asked for: the command or the shell would read it.
        if let Some(terminal) = terminal.filter(|_| signals::pending().is_none()) {
            terminal.forget_typed();
        }
        if given_up { Err(Error::input("given up while waiting for a code")) } else { Ok(()) }
    }

    fn progress(&self, line: &str) {
        if io::stderr().is_terminal() && !self.is_dumb() {
            let width = self.screen().map_or(80, |(columns, _)| usize::from(columns)).saturating_sub(1);
            let _ = write!(io::stderr(), "\r{}\x1b[K", columns::cut(&terminal_text::line(line), width));
        }
    }

    fn screen(&self) -> Option<(u16, u16)> {
        Terminal::open()?.size()
    }

    fn show(&self, text: &Secret) -> Result<()> {
        let Some(terminal) = Terminal::open() else {
            return Err(Error::input("there is no terminal to show a secret on"));
        };
        terminal.show(text.expose()).map_err(|e| Error::input("the terminal can't be written to").cause(e))
    }
}

/// Rows as they can be printed.
struct Printable<'a>(&'a dyn Rows);

impl Rows for Printable<'_> {
    fn count(&self) -> usize {
        self.0.count()
    }

    fn cells(&self, row: usize) -> Vec<String> {
        self.0.cells(row).iter().map(|cell| terminal_text::line(cell)).collect()
    }
}

/// What a prompt asks for, for an error message.
fn subject(prompt: &str) -> String {
    terminal_text::line(prompt.trim().trim_end_matches(':'))
}

fn unanswered(prompt: &str, error: &io::Error) -> Error {
    if let Some(interruption) = signals::pending() {
        return interruption;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::input(format!("no answer: {}", subject(prompt))),
        _ => Error::input(format!("can't ask for: {}", subject(prompt))).cause(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_asks_nobody() {
        let tty = Tty::new(&Env::default(), &Global { no_input: true, ..Global::default() });
        assert!(!tty.can_ask() && tty.why_not() == "--no-input was given");
        let error = tty.hidden("Passphrase: ").unwrap_err();
        assert_eq!(error.kind, crate::base::error::ErrorKind::Input);
        assert!(error.what.ends_with("Passphrase") && error.to_string().contains("--no-input"), "{error}");
        assert!(tty.choose("Which?", &["one".into()]).is_err() && tty.confirm("Sure?", true).is_err());
    }
}
