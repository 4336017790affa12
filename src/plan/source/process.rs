//! What a `credential_process` needs: its command line in words. Pure.

use super::Process;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::plan::{Inputs, place};
use crate::profile::Profile;

/// The program that a profile names.
pub fn of(inputs: &Inputs, profile: &Profile) -> Result<Process> {
    let key = "credential_process";
    let whose = || format!("the credential_process of profile {}{}", profile.name, place(profile, key));
    // While awsx waits for such a program, the program may itself call awsx.
    if resolving(inputs.env.get(vars::AWSX_RESOLVING)).contains(&profile.name) {
        return Err(Error::config(format!("{} asks awsx for the same profile", whose()))
            .cause("it would wait for itself for ever")
            .hint("let it ask for another profile"));
    }
    let words = words(profile.get(key).unwrap_or_default()).map_err(|cause| {
        Error::config(format!("{} can't be read", whose()))
            .cause(cause)
            .hint("quote it as for a shell; the AWS CLI runs it without one")
    })?;
    if words.first().is_none_or(String::is_empty) {
        return Err(Error::config(format!("{} is empty", whose())).hint("name a program that prints credentials"));
    }
    Ok(Process { words })
}

/// The profiles whose `credential_process` is running around this command ([`vars::AWSX_RESOLVING`]).
pub fn resolving(variable: Option<&str>) -> Vec<String> {
    variable.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Splits a command line the way the AWS CLI does (Python's `shlex.split`): blanks part words, quotes and backslashes
/// keep them together, and nothing else means anything.
fn words(line: &str) -> std::result::Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(characters.next().ok_or("a backslash stands at its end")?),
            quote @ ('\'' | '"') => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or("a quotation mark is not closed")? {
                        end if end == quote => break,
                        '\\' if quote == '"' => {
                            let next = characters.next().ok_or("a quotation mark is not closed")?;
                            if !matches!(next, '"' | '\\') {
                                word.push('\\');
                            }
                            word.push(next);
                        }
                        other => word.push(other),
                    }
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_part_as_in_the_aws_cli() {
        let table: [(&str, &[&str]); 12] = [
            ("/bin/creds", &["/bin/creds"]),
            ("  a \t b\n c ", &["a", "b", "c"]),
            ("'a b' \"c d\"", &["a b", "c d"]),
            ("a'b'\"c\"d", &["abcd"]),
            (r"a\ b \'", &["a b", "'"]),
            (r#""a \" \\ \n $x" 'a \n'"#, &[r#"a " \ \n $x"#, r"a \n"]),
            ("a '' \"\"", &["a", "", ""]),
            ("a # b", &["a", "#", "b"]),
            ("~/x | y > z; $HOME", &["~/x", "|", "y", ">", "z;", "$HOME"]),
            (r"C:\\x", &[r"C:\x"]),
            ("é'ü '", &["éü "]),
            ("", &[]),
        ];
        for (line, expected) in table {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        for line in ["a 'b", "a \"b", "a \\", "\"a\\"] {
            assert!(words(line).is_err(), "{line}");
        }
    }
}
