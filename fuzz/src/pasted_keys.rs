//! Key pairs as people paste them: no text makes reading it panic, a key that is found stands in the text, and no error
//! shows a secret.

use awsx::base::secret::Secret;
use awsx::sources::keys;
use awsx::sources::pasted::Pasted;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Parts of what people copy.
pub const WORDS: &[&str] = &[
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    SECRET,
    "wJalrXUtnFEMI/K7MDENG",
    "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY",
    "$Env:AWS_ACCESS_KEY_ID",
    "SecretAccessKey",
    "User name,Access key ID,Secret access key\r\n",
    "alice",
    "export ",
    "set -gx ",
    "{\"AccessKey\": {",
    "}}",
    "=",
    ":",
    ",",
    " = ",
    ": ",
    "\"",
    "'",
    "“",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\u{feff}",
    "ü",
];

/// The input is a text that is pasted, whole or line by line, or the console's CSV.
pub fn holds(data: &[u8]) {
    let text = super::text(data);
    let whole = [text.clone()];
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for parts in [&whole[..], &lines] {
        let mut pasted = Pasted::default();
        for part in parts {
            if let Err(error) = pasted.take(&Secret::new(part.clone())) {
                assert_no_secret(&error.to_string());
            }
        }
        for found in [pasted.id.as_deref(), pasted.secret.as_ref().map(Secret::expose)].into_iter().flatten() {
            assert!(text.contains(found), "it stands in the text");
        }
        if let Some(pair) = pasted.pair() {
            let checked = keys::check(&pair.access_key_id, pair.secret_access_key.clone());
            assert_eq!(checked.as_ref(), Ok(&pair), "what is found is a key pair");
            let stored = keys::encode(&pair).expect("a key pair can be stored");
            assert_eq!(keys::decode(&stored), Ok(pair), "and is read back");
        }
    }
    let _ = keys::decode(&Secret::new(text.clone())).map_err(|error| assert_no_secret(&error.to_string()));
    for error in [keys::parse_lines(&text).err(), keys::parse_csv(&text).err()].into_iter().flatten() {
        assert_no_secret(&error.to_string());
    }
    for row in keys::csv_rows(&text).into_iter().flatten() {
        let _ = row.check().map_err(|error| assert_no_secret(&error.to_string()));
    }
}

fn assert_no_secret(error: &str) {
    assert!(!error.contains(SECRET), "{error}");
}
