//! The names of imported profiles: a template, filled in with what Identity Center says, and made fit for a profile. Pure.

use std::collections::BTreeMap;

use super::Granted;
use crate::base::error::{Error, Result};

/// What the template is where none is given.
pub const DEFAULT_TEMPLATE: &str = "{account}.{role}";

/// What can stand in a template.
const FIELDS: [(&str, Field); 4] = [
    ("account", Field::Account),
    ("account_name", Field::AccountName),
    ("role", Field::Role),
    ("session", Field::Session),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Account,
    AccountName,
    Role,
    Session,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(Field),
}

/// How profiles are to be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads `{account_name}.{role}`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Usage`] for a field that there is not, or a bracket without its other half.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |cause: String| {
            let fields: Vec<String> = FIELDS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
            Error::usage(format!("--name-template {text:?} can't be read"))
                .cause(cause)
                .hint(format!("it can have {}, and any text around them", fields.join(", ")))
        };
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let Some(at) = rest.find(['{', '}']) else {
                pieces.push(Piece::Text(rest.to_owned()));
                break;
            };
            let (before, after) = rest.split_at(at);
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let inside = after.strip_prefix('{').ok_or_else(|| wrong("a } has no { in front of it".into()))?;
            let (name, tail) = inside.split_once('}').ok_or_else(|| wrong("a { has no } behind it".into()))?;
            let field = FIELDS.iter().find(|(known, _)| *known == name);
            pieces.push(Piece::Field(field.ok_or_else(|| wrong(format!("there is no {{{name}}}")))?.1));
            rest = tail;
        }
        if pieces.is_empty() {
            return Err(wrong("it is empty".into()));
        }
        Ok(Template(pieces))
    }

    /// The name for a role of an account.
    pub fn name(&self, session: &str, granted: &Granted) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(Field::Account) => granted.account.clone(),
            Piece::Field(Field::AccountName) => Some(fit(&granted.account_name))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| granted.account.clone()),
            Piece::Field(Field::Role) => fit(&granted.role),
            Piece::Field(Field::Session) => fit(session),
        };
        self.0.iter().map(piece).collect()
    }

    /// The name of each, in the order of `all`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if two of them have the same name, or one has none
    /// or would be the profile of every command.
    pub fn names(&self, session: &str, all: &[Granted]) -> Result<Vec<String>> {
        let mut taken: BTreeMap<String, &Granted> = BTreeMap::new();
        let mut names = Vec::new();
        for granted in all {
            let name = self.name(session, granted);
            if name.is_empty() {
                return Err(Error::config(format!("{granted} would have no name"))
                    .cause("nothing of what the template takes can stand in the name of a profile")
                    .hint(format!("--name-template '{DEFAULT_TEMPLATE}'")));
            }
            // The profile of every command that names none is a person's choice, not that of whoever names accounts.
            if name == "default" && self.0 != [Piece::Text(name.clone())] {
                return Err(Error::config(format!("{granted} would become the profile default"))
                    .cause("commands without a profile use that one")
                    .hint(format!("--name-template '{DEFAULT_TEMPLATE}'")));
            }
            if let Some(other) = taken.insert(name.clone(), granted) {
                return Err(Error::config(format!("two roles would have the name {name}"))
                    .cause(format!("{other}, and {granted}"))
                    .hint("a --name-template with {account} and {role} tells them apart"));
            }
            names.push(name);
        }
        Ok(names)
    }
}

/// The words of a name without what makes the name of a profile hard to type or to read for other tools: letters, digits
/// and `-_.@+=` stay, and everything between them becomes a dash.
fn fit(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if c.is_alphanumeric() || "_.@+=".contains(c) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;

    fn granted(account: &str, account_name: &str, role: &str) -> Granted {
        Granted { account: account.into(), account_name: account_name.into(), role: role.into() }
    }

    #[test]
    fn templates_are_filled_in() {
        let admin = granted("111122223333", "Acme, Prod (EU) ", "Admin/Access");
        for (template, name) in [
            (DEFAULT_TEMPLATE, "111122223333.Admin-Access"),
            ("{account_name}.{role}", "Acme-Prod-EU.Admin-Access"),
            ("{session}/{account_name}", "corp-sso/Acme-Prod-EU"),
            ("{role}", "Admin-Access"),
            ("x y", "x y"),
        ] {
            assert_eq!(Template::parse(template).unwrap().name("corp sso", &admin), name, "{template}");
        }
    }

    #[test]
    fn odd_characters_make_one_dash() {
        for (text, name) in [
            ("Prod", "Prod"),
            ("a b", "a-b"),
            ("--a--b--", "a-b"),
            ("a & b / c", "a-b-c"),
            ("[x]", "x"),
            ("a\"b'c", "a-b-c"),
            ("#1; rm -rf ~", "1-rm-rf"),
            ("Zürich", "Zürich"),
            ("開発", "開発"),
            ("a\u{202e}b\nc", "a-b-c"),
            ("me@acme.test", "me@acme.test"),
            ("!!!", ""),
        ] {
            assert_eq!(fit(text), name, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_template_is_wrong_usage() {
        for (text, said) in [
            ("{acount}", "there is no {acount}"),
            ("{account", "no } behind"),
            ("account}", "no { in front"),
            ("{}", "there is no {}"),
            ("", "empty"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains(said) && error.to_string().contains("{account_name}"), "{error}");
        }
    }

    #[test]
    fn two_with_one_name_are_named_both() {
        let all = [granted("111122223333", "Prod", "Admin"), granted("444455556666", "prod!", "Admin")];
        let names = |template: &str| Template::parse(template).unwrap().names("corp", &all);
        assert_eq!(names(DEFAULT_TEMPLATE).unwrap(), ["111122223333.Admin", "444455556666.Admin"]);
        assert_eq!(names("{account_name}.{role}").unwrap(), ["Prod.Admin", "prod.Admin"]);
        let error = names("{role}").unwrap_err().to_string();
        assert!(error.contains("two roles would have the name Admin"), "{error}");
        assert!(error.contains("111122223333") && error.contains("444455556666"), "{error}");
        let bare = [granted("111122223333", "!!", "!!")];
        assert_eq!(Template::parse("{account_name}").unwrap().names("corp", &bare).unwrap(), ["111122223333"]);
        let default = [granted("111122223333", "default", "Admin")];
        let error = Template::parse("{account_name}").unwrap().names("corp", &default).unwrap_err();
        assert!(error.to_string().contains("would become the profile default"), "{error}");
        assert!(Template::parse("default").unwrap().names("corp", &default).is_ok());
        let error = Template::parse("{role}").unwrap().names("corp", &bare).unwrap_err();
        assert!(error.to_string().contains("would have no name"), "{error}");
    }
}
