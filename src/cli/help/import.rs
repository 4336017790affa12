//! What there is to say of `import` and `persist`. Pure.

use super::Page;
use super::files::{CONFIG, IMPORT_FILES, KEYS, SESSION_FILES, STATE, VAULT};

/// `awsx import`.
pub const IMPORT: Page = Page {
    name: "import",
    examples: [
        ("awsx import", "Show the keys in the AWS files, and move them into the keychain"),
        ("awsx import aws-vault", "The keys of aws-vault"),
        ("awsx import sso", "Profiles for all that IAM Identity Center grants"),
    ],
    files: IMPORT_FILES,
    see_also: &["import credentials", "import csv", "import aws-vault", "import sso", "add", "persist"],
};

/// `awsx import credentials`.
pub const IMPORT_CREDENTIALS: Page = Page {
    name: "import credentials",
    examples: [
        ("awsx import credentials", "Move the keys of all profiles"),
        ("awsx import credentials prod dev", "Those of two profiles"),
        ("awsx import credentials --keep-backup -y", "Without a question; keep a copy of the file"),
    ],
    files: IMPORT_FILES,
    see_also: &["import", "add", "persist"],
};

/// `awsx import csv`.
pub const IMPORT_CSV: Page = Page {
    name: "import csv",
    examples: [
        ("awsx import csv alice_accessKeys.csv", "Store the key for the profile alice, and offer to delete the file"),
        ("awsx import csv rootkey.csv --profile break-glass", "For another profile"),
        ("awsx import csv credentials.csv -y", "Of several users, without a question; delete the file"),
    ],
    files: &[CONFIG, STATE, KEYS],
    see_also: &["import", "add"],
};

/// `awsx import aws-vault`.
pub const IMPORT_AWS_VAULT: Page = Page {
    name: "import aws-vault",
    examples: [
        ("awsx import aws-vault", "Copy all keys of aws-vault"),
        ("awsx import aws-vault prod", "Those of one profile"),
        ("awsx import aws-vault --from file", "From its encrypted files"),
    ],
    files: &[CONFIG, VAULT, STATE, KEYS],
    see_also: &["import", "add"],
};

/// `awsx import sso`.
pub const IMPORT_SSO: Page = Page {
    name: "import sso",
    examples: [
        ("awsx import sso", "Show what is granted, and write a profile for each role"),
        ("awsx import sso --start-url https://my-company.awsapps.com/start --sso-region eu-west-1", "The first time"),
        (
            "awsx import sso corp --name-template '{account_name}.{role}' --prune -y",
            "By the accounts' names; remove what is gone",
        ),
    ],
    files: &[CONFIG, STATE],
    see_also: &["import", "list", "exec"],
};

/// `awsx persist`.
pub const PERSIST: Page = Page {
    name: "persist",
    examples: [
        ("awsx persist prod", "Write a session of prod as prod-mfasession"),
        ("awsx persist prod --link", "Write a profile prod-awsx that asks awsx each time"),
        ("awsx clear --expired", "Remove persisted sessions that have expired"),
    ],
    files: SESSION_FILES,
    see_also: &["clear", "exec", "import"],
};
