//! Values in shell code: the real shells read exactly what was written, as a word, a variable and an exported one.

use std::io::Write;
use std::process::{Command, Stdio};

use awsx::deliver::formats;
use awsx::deliver::quote::{Dialect, word};
use awsx::profile::words::split;

/// What shells treat in a way of their own. A zero byte separates values.
pub const WORDS: &[&str] = &[
    "\0",
    "\0",
    "\0",
    "'",
    "''",
    "\\",
    "\\'",
    "\\\\",
    "\"",
    "$",
    "$(",
    "${",
    "`",
    "!",
    "!!",
    "*",
    "?",
    "[",
    "]",
    "~",
    "~root",
    "#",
    " ",
    "\t",
    "\n",
    "\r",
    "{a,b}",
    "=ls",
    "%",
    "%d",
    "&",
    "|",
    ";",
    "<",
    ">",
    "(",
    ")",
    "^",
    "-n",
    "--",
    "a",
    "é",
    "€",
    "😀",
    "\u{1}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{f601}",
    "\\n",
    "x",
];

const SHELLS: [(&[&str], Dialect); 6] = [
    (&["bash", "--norc"], Dialect::Posix),
    (&["bash", "--norc", "--posix"], Dialect::Posix),
    (&["dash"], Dialect::Posix),
    (&["zsh", "-f"], Dialect::Posix),
    (&["zsh", "-f", "-o", "rcquotes", "-o", "extendedglob"], Dialect::Posix),
    (&["fish", "--no-config"], Dialect::Fish),
];

/// The input is values, with a zero byte after each: no variable can hold one.
pub fn holds(data: &[u8]) {
    let text = super::text(data);
    let values: Vec<&str> = text.split('\0').collect();
    for value in &values {
        assert_eq!(split(&word(value)), Ok(vec![(*value).to_owned()]), "Python's shlex reads it too");
    }
    for (shell, dialect) in SHELLS {
        let mut script = String::new();
        for value in &values {
            let (quoted, any) = (dialect.quote(value), formats::word(value));
            script.push_str(&dialect.export("V", value));
            script.push_str(&format!("printf '%s\\0' {} {any} \"$V\"\n", *quoted));
            if dialect == Dialect::Posix {
                script.push_str(&format!("printf '%s\\0' {}\n", word(value)));
            }
        }
        let seen = run(shell, &script);
        let seen: Vec<&str> = seen.split_terminator('\0').collect();
        let copies = if dialect == Dialect::Posix { 4 } else { 3 };
        let wanted: Vec<&str> = values.iter().flat_map(|value| vec![*value; copies]).collect();
        assert_eq!(seen, wanted, "{shell:?}");
    }
}

/// What a shell prints that reads this as a script.
fn run(shell: &[&str], script: &str) -> String {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(script.as_bytes()).expect("written");
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(file.path()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let output = command.output().expect("the shell is installed");
    assert!(output.status.success(), "{shell:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("what was written is UTF-8")
}
