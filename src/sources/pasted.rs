//! A key pair in whatever form people copy it: two lines in either order, assignments of a shell, lines of the AWS files,
//! JSON of the AWS CLI, a row of the console's CSV. Pure.
//!
//! Only the words count, not the form around them: nothing else looks like an access key ID or a secret access key. If
//! several words could be the secret, the names in front of them decide.

use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};
use crate::sources::keys;

/// The parts of a key pair that are known so far.
#[derive(Debug, Default)]
pub struct Pasted {
    /// The access key ID.
    pub id: Option<String>,
    /// The secret access key.
    pub secret: Option<Secret>,
}

impl Pasted {
    /// Takes what this text has of a key pair. A half that was known before is replaced.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if it has neither half, saying what it looks like instead. What was known
    /// before is kept.
    pub fn take(&mut self, text: &Secret) -> Result<()> {
        let words = words(text.expose());
        let id = one(&words, "access key IDs", keys::is_id, &["accesskeyid"])?;
        // An ID may be as long as a secret.
        let is_secret = |word: &str| keys::is_secret(word) && !keys::is_id(word);
        let secret = one(&words, "secret access keys", is_secret, &["secretaccesskey", "secretkey", "secret"])?;
        if let (None, Some(temporary)) = (id, words.iter().find(|word| word.text.starts_with("ASIA"))) {
            keys::check_id(temporary.text)?;
        }
        match (id, secret) {
            (None, None) => return Err(self.useless(&words)),
            (id, secret) => {
                self.id = id.map(str::to_owned).or(self.id.take());
                self.secret = secret.map(|secret| Secret::new(secret.to_owned())).or(self.secret.take());
            }
        }
        Ok(())
    }

    /// The pair, once both halves are there.
    pub fn pair(&self) -> Option<Credentials> {
        Some(Credentials::key_pair(self.id.clone()?, self.secret.clone()?))
    }

    /// The error for a text with neither half. It is judged as the half that is still missing.
    fn useless(&self, words: &[Word]) -> Error {
        let word = match words {
            [] => "",
            [only] => only.text,
            [.., last] if last.name.is_some() => last.text,
            _ => return Error::config("there is neither an access key ID nor a secret access key in it"),
        };
        let checked = match &self.id {
            None => keys::check_id(word),
            Some(id) => keys::check(id, Secret::new(word.to_owned())).map(drop),
        };
        checked.err().unwrap_or_else(|| Error::config("that is no key pair"))
    }
}

/// A word of a text and the name that stands before it, as in `aws_access_key_id = AKIA…`.
struct Word<'a> {
    text: &'a str,
    name: Option<String>,
}

/// The words of a text. White space, quotes, commas, brackets and the like separate them. `=` and `:` follow a name.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word> = Vec::new();
    let mut name = None;
    let around = |c: char| c.is_whitespace() || c.is_control() || "\"'`“”‘’„«»,;&|(){}[]<>\u{feff}\u{200b}".contains(c);
    for mut word in text.split(around) {
        while let Some((before, after)) = word.split_once(['=', ':']) {
            if !is_name(before) {
                // A secret may have a `=`, but no key has a `:`.
                let Some((key, after)) = word.split_once(':') else { break };
                words.push(Word { text: key, name: name.take() });
                word = after;
                continue;
            }
            if !before.is_empty() {
                name = Some(plain(before));
            } else if name.is_none() {
                // The name stands apart, as in `name = value`.
                name = words.pop_if(|word| word.name.is_none() && is_name(word.text)).map(|word| plain(word.text));
            }
            word = after;
        }
        if is_name(word) && is_key(&plain(word)) {
            name = Some(plain(word));
        } else if !word.is_empty() && !COMMANDS.contains(&word) {
            words.push(Word { text: word, name: name.take() });
        }
    }
    words
}

/// Words that can stand in front of an assignment.
const COMMANDS: [&str; 7] = ["export", "set", "setx", "declare", "-x", "-gx", "-Ux"];

/// Whether it can be the name in front of `=` or `:`, or is empty. An access key ID or a secret is no name.
fn is_name(word: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || "_-$.".contains(c);
    word.chars().all(name) && !keys::is_id(word) && !keys::is_secret(word)
}

/// `AWS_ACCESS_KEY_ID`, `$env:aws_access_key_id`, `AccessKeyId` and the like as one.
fn plain(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace(['_', '-', '$', '.'], "");
    name.strip_prefix("aws").map(str::to_owned).unwrap_or(name)
}

fn is_key(plain: &str) -> bool {
    ["accesskeyid", "secretaccesskey", "sessiontoken"].contains(&plain)
}

/// The one word that looks so; of several, the one with such a name.
fn one<'a>(words: &[Word<'a>], what: &str, looks: impl Fn(&str) -> bool, names: &[&str]) -> Result<Option<&'a str>> {
    let is_named = |word: &&&Word| word.name.as_deref().is_some_and(|name| names.contains(&name));
    let mut fitting: Vec<&Word> = words.iter().filter(|word| looks(word.text)).collect();
    fitting.dedup_by_key(|word| word.text);
    match fitting.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.text)),
        several => match several.iter().filter(is_named).collect::<Vec<_>>().as_slice() {
            [only] => Ok(Some(only.text)),
            _ => Err(Error::config(format!("there are several {what} in it")).hint("give one pair alone")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn pasted(parts: &[&str]) -> (Option<String>, Option<String>, Vec<String>) {
        let mut pasted = Pasted::default();
        let mut errors = Vec::new();
        for part in parts {
            if let Err(error) = pasted.take(&Secret::new((*part).to_owned())) {
                errors.push(error.to_string());
            }
        }
        (pasted.id, pasted.secret.map(|secret| secret.expose().to_owned()), errors)
    }

    #[test]
    fn every_form_that_people_copy() {
        let forms = [
            "%i\n%s",
            "%s\n%i\n",
            "%i\r\n%s\r\n",
            "%i %s",
            "\"%i\"\n\"%s\"",
            "'%i', '%s'",
            "“%i” “%s”",
            "`%i`\n`%s`",
            "%i,%s",
            "Access key ID,Secret access key\r\n%i,%s\r\n",
            "User name,Password,Access key ID,Secret access key,Console login link\r\n\
             alice,,%i,%s,https://123456789012.signin.aws.amazon.com/console\r\n",
            "aws_access_key_id = %i\naws_secret_access_key = %s\n",
            "[prod]\naws_access_key_id=%i\naws_secret_access_key=%s\nregion = eu-central-1\n",
            "aws_secret_access_key=%s\naws_access_key_id=%i",
            "export AWS_ACCESS_KEY_ID=%i\nexport AWS_SECRET_ACCESS_KEY=%s\n",
            "export AWS_ACCESS_KEY_ID=\"%i\"; export AWS_SECRET_ACCESS_KEY='%s'",
            "AWS_ACCESS_KEY_ID=%i AWS_SECRET_ACCESS_KEY=%s AWS_REGION=eu-west-1",
            "set AWS_ACCESS_KEY_ID=%i\r\nset AWS_SECRET_ACCESS_KEY=%s\r\n",
            "SET AWS_ACCESS_KEY_ID=%i&&SET AWS_SECRET_ACCESS_KEY=%s",
            "set -gx AWS_ACCESS_KEY_ID %i\nset -gx AWS_SECRET_ACCESS_KEY %s\n",
            "$Env:AWS_ACCESS_KEY_ID=\"%i\"\r\n$Env:AWS_SECRET_ACCESS_KEY=\"%s\"\r\n",
            "$env:AWS_ACCESS_KEY_ID = '%i'\n$env:AWS_SECRET_ACCESS_KEY = '%s'",
            "setx AWS_ACCESS_KEY_ID %i\nsetx AWS_SECRET_ACCESS_KEY %s",
            "{\"AccessKey\": {\"UserName\": \"alice\", \"AccessKeyId\": \"%i\", \"Status\": \"Active\",\n\
             \"SecretAccessKey\": \"%s\", \"CreateDate\": \"2026-01-01T00:00:00+00:00\"}}",
            "AccessKeyId: %i\nSecretAccessKey: %s\n",
            "accessKeyId: '%i',\nsecretAccessKey: '%s',",
            "access_key = \"%i\"\nsecret_key = \"%s\"",
            "Access key ID: %i\nSecret access key: %s",
            "%i:%s",
            "\u{feff}%i\n%s",
            // What is as long as a secret and has another name.
            "password = aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\naws_access_key_id = %i\naws_secret_access_key = %s",
        ];
        for form in forms {
            let text = form.replace("%i", ID).replace("%s", SECRET);
            assert_eq!(pasted(&[&text]), (Some(ID.into()), Some(SECRET.into()), vec![]), "{form:?}");
            // The halves one after the other: what one line has is kept.
            let lines: Vec<&str> = text.lines().filter(|line| line.contains(ID) || line.contains(SECRET)).collect();
            assert_eq!(pasted(&lines), (Some(ID.into()), Some(SECRET.into()), vec![]), "{form:?}");
        }
    }

    #[test]
    fn what_is_none_is_told_and_never_shown() {
        let table: [(&[&str], &str); 12] = [
            (&[""], "there is no access key ID"),
            (&["nonsense"], "no access key ID"),
            (&["akiaiosfodnn7example"], "no access key ID"),
            (&["aws_access_key_id = AIDAIOSFODNN7EXAMPLE"], "ID of a user"),
            (&["ASIAIOSFODNN7EXAMPLE"], "temporary"),
            (
                &[
                    "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                ],
                "temporary",
            ),
            (&["one two three"], "neither an access key ID nor"),
            (&["AKIAIOSFODNN7EXAMPLE\nAKIAI44QH8DHBEXAMPLE"], "several access key IDs"),
            (&["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI"], "13 characters"),
            (&["AKIAIOSFODNN7EXAMPLE", ""], "no secret access key"),
            (&["AKIAIOSFODNN7EXAMPLE", "secret = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE.EY"], "characters that no"),
            (&["aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"], "several secret"),
        ];
        for (parts, expected) in table {
            let (_, secret, errors) = pasted(parts);
            let [error] = errors.as_slice() else { panic!("{parts:?}: {errors:?}") };
            assert!(error.contains(expected), "{parts:?}: {error}");
            assert!(secret.is_none() && !error.contains("wJalr"), "{error}");
        }
    }
}
