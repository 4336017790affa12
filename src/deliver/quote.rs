//! Shell dialects: how a value is written so that a shell reads exactly it, and how variables are set and removed.
//! Pure. Any text may be quoted but NUL, which no variable can hold.

use std::ffi::OsString;

use zeroize::Zeroizing;

/// A shell language. Bash and zsh read the same [`Dialect::Posix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// bash, zsh, dash, ksh.
    Posix,
    /// fish.
    Fish,
}

impl Dialect {
    /// `value` as one word.
    pub fn quote(self, value: &str) -> Zeroizing<String> {
        // Room for every character to be escaped, so that no half-written copy of a secret is left behind by growing.
        let mut out = Zeroizing::new(String::with_capacity(value.len() * 4 + 2));
        out.push('\'');
        for c in value.chars() {
            match (self, c) {
                (Dialect::Posix, '\'') => out.push_str("'\\''"),
                (Dialect::Fish, '\'' | '\\') => out.extend(['\\', c]),
                _ => out.push(c),
            }
        }
        out.push('\'');
        out
    }

    /// A line that sets and exports a variable.
    pub fn export(self, name: &str, value: &str) -> Zeroizing<String> {
        let set = match self {
            Dialect::Posix => ["export ", "="],
            Dialect::Fish => ["set -gx ", " "],
        };
        let value = self.quote(value);
        Zeroizing::new([set[0], name, set[1], &value, "\n"].concat())
    }

    /// A line that removes a variable, whether it is set or not. In fish a universal variable is hidden, as erasing it
    /// would take it away from every other session; `_awsx_hide` of `shell/awsx.fish` does it.
    pub fn unset(self, name: &str) -> String {
        match self {
            Dialect::Posix => format!("unset {name}\n"),
            Dialect::Fish => format!("_awsx_hide {name}\n"),
        }
    }
}

/// A word that a POSIX shell and Python's `shlex` read alike: in quotes only where it needs them.
pub fn word(text: &str) -> String {
    if is_bare_word(text) { text.to_owned() } else { Dialect::Posix.quote(text).to_string() }
}

/// Whether every shell takes a word as it stands, without quotes.
pub fn is_bare_word(text: &str) -> bool {
    // With MAGIC_EQUAL_SUBST zsh reads an argument as if it were an assignment.
    !text.is_empty() && is_bare_value(text) && !text.contains("==")
}

/// Whether every shell takes a value as it stands behind `NAME=`. zsh puts the path of `ls` for `=ls`, at the start of a
/// value and behind each `:` in it.
pub fn is_bare_value(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=+@,-".contains(c);
    text.chars().all(plain) && !text.starts_with('=') && !text.contains(":=")
}

/// The names that a shell can do something to.
pub fn names(all: &[OsString]) -> impl Iterator<Item = &str> {
    all.iter().filter_map(|name| name.to_str().filter(|name| is_identifier(name)))
}

/// Whether a shell can have a variable of this name. An environment can hold others; no shell can do anything to those.
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b == b'_' || b.is_ascii_alphabetic())
        && bytes.all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What each of `values` is once the shell has read it, all in one process.
    fn read_by(shell: &[&str], dialect: Dialect, values: &[String]) -> Vec<String> {
        let mut script = String::new();
        for value in values {
            script.push_str(&dialect.export("V", value));
            script.push_str("printf '%s\\0' \"$V\"\n");
            script.push_str("/usr/bin/env -0 | /bin/grep -z '^V='\n");
        }
        let out = Command::new(shell[0]).args(&shell[1..]).arg(&script).env("LC_ALL", "C.UTF-8").output().unwrap();
        assert!(out.status.success(), "{shell:?}: {}", String::from_utf8_lossy(&out.stderr));
        let fields: Vec<String> =
            String::from_utf8(out.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect();
        assert_eq!(fields.len(), 2 * values.len(), "{shell:?}");
        fields
            .chunks(2)
            .map(|seen| {
                assert_eq!(format!("V={}", seen[0]), seen[1], "{shell:?}: exported as it is set");
                seen[0].clone()
            })
            .collect()
    }

    const SHELLS: [(&[&str], Dialect); 6] = [
        (&["bash", "--norc", "-c"], Dialect::Posix),
        (&["bash", "--posix", "-c"], Dialect::Posix),
        (&["dash", "-c"], Dialect::Posix),
        (&["zsh", "-f", "-c"], Dialect::Posix),
        (&["zsh", "-f", "-o", "rcquotes", "-o", "extendedglob", "-c"], Dialect::Posix),
        (&["fish", "--no-config", "-c"], Dialect::Fish),
    ];

    #[test]
    fn nasty_values_survive_every_shell() {
        let values: Vec<String> = [
            "",
            "'",
            "''",
            "'''",
            "\\",
            "\\'",
            "'\\",
            "\\\\'",
            "a b",
            "\n",
            "x\n",
            "\n'\n",
            "$HOME",
            "$(rm)",
            "`rm`",
            "!",
            "!!",
            "%d%%",
            "*",
            "~",
            "~root",
            "#",
            "-n",
            "\"",
            "é€😀",
            "\t\r\u{1b}[31m\u{7f}\u{1}\u{2}",
            "a\\nb",
            "{a,b}",
            "=ls",
            "a:=ls",
            "a==ls",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "&|;<>()",
            "\u{f601}",
            "\u{85}\u{2028}",
        ]
        .map(String::from)
        .into();
        for (shell, dialect) in SHELLS {
            assert_eq!(read_by(shell, dialect, &values), values, "{shell:?}");
        }
    }
}
