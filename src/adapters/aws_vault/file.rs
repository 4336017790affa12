//! The file backend of aws-vault: a file for each item, all of them under one passphrase.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::rc::Rc;

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use super::{data, jose};
use crate::base::error::{Error, Result};
use crate::base::secret::{Secret, SecretBytes};
use crate::ports::{AwsVault, Prompter};

/// What the library escapes in a name: only what would lead into another folder, and the sign of escaping itself.
const ESCAPED: &AsciiSet = &AsciiSet::EMPTY.add(b'/').add(b'%');

/// The folder.
pub struct Files {
    folder: PathBuf,
    passphrase: RefCell<Option<Secret>>,
    prompter: Rc<dyn Prompter>,
}

impl Files {
    /// Without a passphrase, a person is asked for it once.
    pub fn new(folder: PathBuf, passphrase: Option<&str>, prompter: Rc<dyn Prompter>) -> Self {
        Files { folder, passphrase: RefCell::new(passphrase.map(|text| Secret::new(text.to_owned()))), prompter }
    }

    fn passphrase(&self) -> Result<Secret> {
        if let Some(known) = &*self.passphrase.borrow() {
            return Ok(known.clone());
        }
        let asked = self.prompter.hidden(&format!("Passphrase of aws-vault's files in {}: ", self.folder.display()));
        let asked = asked.map_err(|e| e.hint("or set AWS_VAULT_FILE_PASSPHRASE, as for aws-vault"))?;
        Ok(self.passphrase.borrow_mut().insert(asked).clone())
    }
}

impl AwsVault for Files {
    fn place(&self) -> String {
        format!("aws-vault ({})", self.folder.display())
    }

    fn names(&self) -> Result<Vec<String>> {
        let failed = |e| Error::keychain(format!("can't read {}", self.folder.display())).cause(e);
        let entries = match fs::read_dir(&self.folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            if entry.file_type().is_ok_and(|kind| kind.is_file())
                && let Some(name) = entry.file_name().to_str()
                && let Ok(name) = percent_decode_str(name).decode_utf8()
            {
                names.push(name.into_owned());
            }
        }
        Ok(names)
    }

    fn item(&self, name: &str) -> Result<Option<SecretBytes>> {
        let path = self.folder.join(utf8_percent_encode(name, ESCAPED).to_string());
        let token = match fs::read_to_string(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            token => token.map_err(|e| Error::keychain(format!("can't read {}", path.display())).cause(e))?,
        };
        let opened = jose::open(&token, &self.passphrase()?).map_err(|closed| match closed {
            jose::Closed::Wrong => Error::keychain(format!("the passphrase does not open {}", path.display()))
                .hint("aws-vault's own passphrase is wanted, as in AWS_VAULT_FILE_PASSPHRASE"),
            jose::Closed::Foreign => Error::keychain(format!("{} was not written by aws-vault", path.display())),
        })?;
        data(opened.expose(), name).map(Some)
    }
}
