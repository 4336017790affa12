//! The AWS files as others read them: the public cases of the AWS SDK, and botocore on files that a generator made up.

mod conformance;
mod generated;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use awsx::profile::{Profiles, SectionKind, Value};
use serde_json::{Value as Json, json};

use crate::support::{root, venv};

/// A pair of files; `None` for one that is missing.
#[derive(Debug, Clone)]
pub struct Files {
    pub config: Option<String>,
    pub credentials: Option<String>,
}

impl Files {
    /// Whether this stands in one of them.
    pub fn has(&self, text: &str) -> bool {
        [&self.config, &self.credentials].into_iter().flatten().any(|file| file.contains(text))
    }

    pub fn read(&self) -> awsx::base::error::Result<Profiles> {
        let file = |name: &'static str, text: &Option<String>| text.clone().map(|text| (Path::new(name), text));
        Profiles::parse(file("config", &self.config), file("credentials", &self.credentials))
    }
}

/// What botocore makes of each of them, in one process.
pub fn botocore(files: &[Files]) -> Vec<Json> {
    let cases: Vec<Json> = files.iter().map(|f| json!({ "config": f.config, "credentials": f.credentials })).collect();
    let mut python = Command::new(venv("python"))
        .arg(root().join("tests/it/profiles/read_with_botocore.py"))
        .env_clear()
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut stdin = python.stdin.take().expect("piped");
    // In a thread: neither side may wait for the other to empty a pipe.
    let writer = std::thread::spawn(move || stdin.write_all(Json::from(cases).to_string().as_bytes()));
    let output = python.wait_with_output().expect("python ends");
    writer.join().expect("written").expect("taken");
    assert!(output.status.success(), "read_with_botocore.py: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A value as botocore has it: one that starts with a line break holds `key = value` lines.
pub fn nested(value: &str) -> Json {
    let Some(lines) = value.strip_prefix('\n') else { return json!(value) };
    let pairs = lines.lines().filter(|line| !line.is_empty()).map(|line| line.split_once('=').expect("key and value"));
    Json::Object(pairs.map(|(key, value)| (key.trim().to_owned(), json!(value.trim()))).collect())
}

/// Our reading in botocore's form. Sections that are no profiles can't be listed, only asked for by name.
pub fn ours(profiles: &Profiles, sections: &[&str]) -> Json {
    let settings = |profile: awsx::profile::Profile| -> Json {
        let map: BTreeMap<String, Json> = profile
            .settings()
            .map(|(key, value)| {
                let value = match value {
                    Value::Text(text) => json!(text),
                    Value::Secret(secret) => nested(secret.expose()),
                    Value::Nested(map) => json!(map),
                };
                (key.to_owned(), value)
            })
            .collect();
        json!(map)
    };
    let named = |kind| -> BTreeMap<String, Json> {
        sections.iter().filter_map(|name| Some(((*name).to_owned(), settings(profiles.section(kind, name)?)))).collect()
    };
    let profile = |name: &String| settings(profiles.get(name).expect("it has this name"));
    let all: BTreeMap<String, Json> = profiles.names().into_iter().map(|name| (name.clone(), profile(&name))).collect();
    json!({ "profiles": all, "sso_sessions": named(SectionKind::SsoSession), "services": named(SectionKind::Services) })
}
