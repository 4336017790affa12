//! The AWS files: reading them never panics, and every way of reading them says the same.

use std::path::Path;

use awsx::profile::sheet::{Heading, Sheet};
use awsx::profile::{FileKind, Profiles, SectionKind};
use zeroize::Zeroizing;

/// Lines of AWS files.
pub const WORDS: &[&str] = &[
    "[default]\n",
    "[profile a]\n",
    "[profile \"b c\"]\n",
    "[profile 'a']\n",
    "[a]\n",
    "[DEFAULT]\n",
    "[profile default]\r\n",
    "  [profile d] # x\n",
    "[sso-session s]\n",
    "[services s]\n",
    "[profile a] ]\n",
    "region = eu-central-1\n",
    "Region=x\n",
    "source_profile = a\n",
    "source_profile = b c\n",
    "include_profile = a\n",
    "role_arn = arn:aws:iam::111122223333:role/r\n",
    "mfa_serial : arn:aws:iam::111122223333:mfa/m\r\n",
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    "sso_session = s\n",
    "services = s\n",
    "s3 =\n",
    "  max = 1\n",
    "    deeper = 2\n",
    "\tmore\n",
    "# comment\n",
    "  ; comment\n",
    "\n",
    "  \r\n",
];

/// Parts of lines, after which a file is often none.
pub const PARTS: &[&str] = &[
    "[x\n", "k", " = ", "=", ":", "v", "[", "]", "\"", "\\", "\n", "\r\n", "\r", " ", "\t", "\u{a0}", "\u{feff}",
    "\u{85}", "ß",
];

/// The profiles of a text.
pub fn read(text: &str, kind: FileKind) -> Option<Profiles> {
    let file = Some((Path::new("file"), text.to_owned()));
    match kind {
        FileKind::Config => Profiles::parse(file, None),
        FileKind::Credentials => Profiles::parse(None, file),
    }
    .ok()
}

/// The same text as either of the files.
pub fn holds(data: &[u8]) {
    let text = super::text(data);
    for kind in [FileKind::Config, FileKind::Credentials] {
        let sheet = Sheet::new(kind, Path::new("file"), Zeroizing::new(text.clone()));
        assert_eq!(sheet.text(), text);
        let profiles = read(&text, kind);
        assert_eq!(profiles.is_some(), sheet.faults.is_empty(), "doctor says of what can't be read why");
        assert!(read(&sheet.readable(), kind).is_some(), "without its faults it can be read");
        let Some(profiles) = profiles else { continue };
        let names = profiles.names();
        for block in &sheet.blocks {
            match &block.heading {
                Heading::Named(SectionKind::Profile, name) => assert!(names.contains(name), "{name:?}"),
                Heading::Named(section, name) if kind == FileKind::Config => {
                    assert!(profiles.section(*section, name).is_some(), "{name:?}");
                }
                _ => {}
            }
        }
        for name in &names {
            let profile = profiles.get(name).expect("what is listed is there");
            assert!(profiles.location(name).is_some_and(|(_, line)| line > 0), "{name:?}");
            for (key, _) in profile.settings() {
                assert!(profile.line(key).is_some() && key.to_lowercase() == key, "{key:?}");
            }
            // Loops, profiles that are missing, ARNs of any form: an error is an answer too.
            let _ = profiles.chain(name, |_| false).map(|hops| assert!(!hops.is_empty()));
            let _ = (profiles.inherited(name, "region"), profile.static_keys(), profile.account());
            assert_eq!(profiles.find(name).ok().as_ref(), Some(name), "the exact name comes first");
        }
        let _ = (profiles.find("arn:aws:iam::111122223333:role/r"), profiles.mistaken("a"));
    }
}
