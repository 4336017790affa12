//! The keychain of aws-vault on macOS, a file of its own, through the program `security`: macOS asks whether it may
//! read an item.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use crate::app;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::SecretBytes;
use crate::base::{subprocess, vars};
use crate::ports::AwsVault;

const PROGRAM: &str = "/usr/bin/security";
const SERVICE: &str = "aws-vault";
/// The status of `security` for an item that does not exist.
const MISSING: i32 = 44;

/// The keychain file.
pub struct Keychain {
    file: PathBuf,
    env: Env,
    limit: Duration,
}

impl Keychain {
    /// The keychain that `AWS_VAULT_KEYCHAIN_NAME` names.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
    pub fn new(env: &Env, limit: Duration) -> Result<Self> {
        let name = env.get(vars::AWS_VAULT_KEYCHAIN_NAME).unwrap_or(SERVICE);
        let file = app::home(env)?.join("Library/Keychains").join(format!("{name}.keychain-db"));
        Ok(Keychain { file, env: env.clone(), limit })
    }

    fn security(&self, args: &[&str]) -> Result<Option<Zeroizing<String>>> {
        let failed = || Error::keychain("the keychain of aws-vault can't be read");
        let mut command = Command::new(PROGRAM);
        subprocess::environment(&mut command, &self.env);
        command.args(args).arg(&self.file);
        let (status, printed) = subprocess::output(&mut command, self.limit).map_err(|e| failed().cause(e))?;
        match status.code() {
            Some(0) => Ok(Some(printed)),
            Some(MISSING) => Ok(None),
            _ => Err(failed().cause(format!("security: {status}"))),
        }
    }
}

impl AwsVault for Keychain {
    fn place(&self) -> String {
        format!("aws-vault ({})", self.file.display())
    }

    fn names(&self) -> Result<Vec<String>> {
        if !self.file.exists() {
            return Ok(Vec::new());
        }
        Ok(self.security(&["dump-keychain"])?.map(|dump| accounts(&dump)).unwrap_or_default())
    }

    fn item(&self, name: &str) -> Result<Option<SecretBytes>> {
        let printed = self.security(&["find-generic-password", "-w", "-s", SERVICE, "-a", name])?;
        Ok(printed.map(|text| password(text.trim_end_matches('\n'))))
    }
}

/// The accounts of aws-vault's items in what `security dump-keychain` prints, a block of attributes for each item.
fn accounts(dump: &str) -> Vec<String> {
    let value = |block: &str, attribute: &str| {
        let line = block.lines().find_map(|line| line.trim().strip_prefix(attribute)?.strip_prefix("<blob>="))?;
        match line.strip_prefix("0x") {
            // Text that is not ASCII, in hexadecimal, and readable behind it.
            Some(hex) => String::from_utf8(HEXLOWER_PERMISSIVE.decode(hex.split(' ').next()?.as_bytes()).ok()?).ok(),
            None => line.strip_prefix('"')?.strip_suffix('"').map(str::to_owned),
        }
    };
    let ours = |block: &&str| value(block, "\"svce\"").as_deref() == Some(SERVICE);
    dump.split("keychain: ").filter(ours).filter_map(|block| value(block, "\"acct\"")).collect()
}

/// What `security` prints of a password: as it is, or in hexadecimal if it has other than printable characters.
fn password(text: &str) -> SecretBytes {
    let hex = (!text.starts_with('{')).then(|| HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()).flatten();
    SecretBytes::new(hex.unwrap_or_else(|| text.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dump_names_the_items() {
        let dump = r#"keychain: "/Users/alice/Library/Keychains/aws-vault.keychain-db"
version: 512
class: "genp"
attributes:
    0x00000007 <blob>="aws-vault (prod)"
    "acct"<blob>="prod"
    "svce"<blob>="aws-vault"
keychain: "/Users/alice/Library/Keychains/aws-vault.keychain-db"
attributes:
    "acct"<blob>=0x70C3A46765  "p\303\244ge"
    "svce"<blob>="aws-vault"
keychain: "/Users/alice/Library/Keychains/aws-vault.keychain-db"
attributes:
    "acct"<blob>="other"
    "svce"<blob>="something else"
"#;
        assert_eq!(accounts(dump), ["prod", "päge"]);
        assert_eq!(password("{\"a\":1}").expose(), b"{\"a\":1}");
        assert_eq!(password("7b7d").expose(), b"{}");
    }
}
