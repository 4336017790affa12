//! The clipboards there are, the order in which they are tried, and the programs for them. Pure.

use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::secret::Secret;

/// A clipboard, by what leads to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// macOS.
    Pbcopy,
    /// Wayland.
    WlCopy,
    /// X11.
    Xclip,
    /// X11 too.
    Xsel,
    /// Windows, from its Linux subsystem.
    Clip,
    /// The terminal around tmux. tmux passes nothing on to it by default but what its own command sends.
    Tmux,
    /// The terminal itself.
    Terminal,
}

use Way::{Clip, Pbcopy, Terminal, Tmux, WlCopy, Xclip, Xsel};

const ALL: [Way; 7] = [Pbcopy, WlCopy, Xclip, Xsel, Clip, Tmux, Terminal];

type Line = &'static [&'static str];

/// The clipboards that may be there, in the order in which they are tried. `has` says whether there is a program.
///
/// The clipboard of a machine that a person has come to by SSH is not the person's, unless a display came along.
pub fn of(env: &Env, has: impl Fn(&str) -> bool) -> Vec<Way> {
    let remote = env.first(&["SSH_CONNECTION", "SSH_TTY"]).is_some();
    let set = |name| env.get(name).is_some();
    let there = |way: &Way| match way {
        Pbcopy | Clip => !remote && has(way.name()),
        WlCopy => set("WAYLAND_DISPLAY") && has("wl-copy"),
        Xclip | Xsel => set("DISPLAY") && has(way.name()),
        Tmux => set("TMUX") && has("tmux"),
        Terminal => true,
    };
    ALL.into_iter().filter(there).collect()
}

impl Way {
    /// Its name: the program's.
    pub fn name(self) -> &'static str {
        match self {
            Pbcopy => "pbcopy",
            WlCopy => "wl-copy",
            Xclip => "xclip",
            Xsel => "xsel",
            Clip => "clip.exe",
            Tmux => "tmux",
            Terminal => "terminal",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Way> {
        ALL.into_iter().find(|way| way.name() == name)
    }

    /// Command lines that copy their standard input; the first that succeeds is enough. Clipboard managers are told
    /// not to keep it, where the program can do that.
    pub fn copying(self) -> &'static [Line] {
        match self {
            Pbcopy => &[&["pbcopy"]],
            WlCopy => &[&["wl-copy", "--sensitive", "--type", "text/plain"], &["wl-copy", "--type", "text/plain"]],
            Xclip => &[&["xclip", "-selection", "clipboard", "-in"]],
            Xsel => &[&["xsel", "--clipboard", "--input"]],
            Clip => &[&["clip.exe"]],
            Tmux => &[&["tmux", "load-buffer", "-w", "-b", BUFFER, "-"]],
            Terminal => &[],
        }
    }

    /// A command line that shows whether it works, without the text. wl-copy writes the text into a file before it
    /// tries, and leaves the file behind if it fails.
    pub fn beforehand(self) -> Option<Line> {
        self.clearing().filter(|_| self == WlCopy)
    }

    /// A command line to be run once the text has been copied.
    pub fn afterwards(self) -> Option<Line> {
        // tmux keeps a copy of what it has sent on.
        (self == Tmux).then_some(&["tmux", "delete-buffer", "-b", BUFFER])
    }

    /// The command line that prints what is on the clipboard. `None` for a terminal: most don't tell.
    pub fn pasting(self) -> Option<Line> {
        match self {
            Pbcopy => Some(&["pbpaste"]),
            WlCopy => Some(&["wl-paste", "--no-newline"]),
            Xclip => Some(&["xclip", "-selection", "clipboard", "-out"]),
            Xsel => Some(&["xsel", "--clipboard", "--output"]),
            Clip => Some(&["powershell.exe", "-NoProfile", "-NonInteractive", "-Command", "Get-Clipboard -Raw"]),
            Tmux | Terminal => None,
        }
    }

    /// The command line that empties it; its standard input is empty.
    pub fn clearing(self) -> Option<Line> {
        match self {
            WlCopy => Some(&["wl-copy", "--clear"]),
            Xsel => Some(&["xsel", "--clipboard", "--clear"]),
            Tmux | Terminal => None,
            Pbcopy | Xclip | Clip => self.copying().first().copied(),
        }
    }

    /// The text as the program reads it. `clip.exe` takes bytes for the code page of the console, but for UTF-16 with a
    /// mark at its start.
    pub fn encoded(self, text: &Secret) -> Zeroizing<Vec<u8>> {
        let text = text.expose();
        if self != Clip || text.is_ascii() {
            return Zeroizing::new(text.as_bytes().to_vec());
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        bytes.extend([0xff, 0xfe]);
        text.encode_utf16().for_each(|unit| bytes.extend(unit.to_le_bytes()));
        bytes
    }
}

/// The name of tmux's buffer, as long as there is one.
const BUFFER: &str = "awsx-copy";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipboard_of_the_persons_own_machine() {
        let ways = |variables: &str, programs: &str| {
            let env: Env = variables.split(' ').filter_map(|pair| pair.split_once('=')).collect();
            of(&env, |program| programs.split(' ').any(|there| there == program))
        };
        let all = "pbcopy wl-copy xclip xsel clip.exe tmux";
        assert_eq!(ways("", ""), [Terminal]);
        assert_eq!(ways("", "xclip wl-copy"), [Terminal]);
        assert_eq!(ways("", "pbcopy"), [Pbcopy, Terminal]);
        assert_eq!(ways("DISPLAY=:0 WAYLAND_DISPLAY=w", all), [Pbcopy, WlCopy, Xclip, Xsel, Clip, Terminal]);
        assert_eq!(ways("DISPLAY=:0", "xsel clip.exe"), [Xsel, Clip, Terminal]);
        assert_eq!(ways("SSH_CONNECTION=x TMUX=y", all), [Tmux, Terminal]);
        assert_eq!(ways("SSH_TTY=x DISPLAY=:10", all), [Xclip, Xsel, Terminal]);
    }

    #[test]
    fn what_can_be_read_can_be_cleared() {
        for way in ALL {
            assert_eq!(Way::named(way.name()), Some(way));
            assert_eq!(way.pasting().is_some(), way.clearing().is_some(), "{way:?}");
        }
    }

    #[test]
    fn windows_reads_what_is_not_ascii_as_utf_16() {
        let bytes = |text: &str| Clip.encoded(&Secret::new(text.into())).to_vec();
        assert_eq!(bytes("a"), b"a");
        assert_eq!(bytes("aü"), [0xff, 0xfe, b'a', 0, 0xfc, 0]);
    }
}
