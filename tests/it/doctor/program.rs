//! The real program: files on a disk, its exit status, and `--fix` with and without a person.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use serde_json::Value;

use crate::support::TestEnv;

const GOOD: &str = "[default]\nregion = eu-west-1\n";
const TWICE: &str = "# mine\n[profile a]\nregion = eu-west-1\n[profile a]\noutput = json\n";

fn env() -> TestEnv {
    // Nothing answers there, so the clock is not compared with AWS's.
    TestEnv::new().var("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
}

fn chmod(env: &TestEnv, file: &str, mode: u32) {
    fs::set_permissions(env.path(file), fs::Permissions::from_mode(mode)).expect("our file");
}

fn mode(env: &TestEnv, file: &str) -> u32 {
    fs::metadata(env.path(file)).expect("our file").mode() & 0o777
}

/// The names of what is found.
fn ids(env: &TestEnv) -> Vec<String> {
    let run = env.awsx(&["doctor", "--json"]);
    let all: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let all = all.as_array().expect("an array");
    let errors = all.iter().filter(|finding| finding["severity"] == "error").count();
    assert_eq!(run.status, i32::from(errors > 0), "{run:#?}");
    for finding in all {
        let keys: Vec<&String> = finding.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["id", "severity", "file", "line", "message", "fix"]);
    }
    all.iter().map(|finding| finding["id"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn files_that_others_can_read_or_write() {
    let env = env().config(GOOD).credentials("[default]\naws_session_expiry = 1\n");
    chmod(&env, "home/.aws/credentials", 0o640);
    chmod(&env, "home/.aws/config", 0o666);
    chmod(&env, "home/.aws", 0o775);
    let found = ids(&env);
    for id in ["readable-by-others", "writable-by-others"] {
        assert!(found.iter().any(|found| found == id), "{found:?}");
    }
    assert_eq!(found.iter().filter(|id| *id == "writable-by-others").count(), 2);
    env.awsx(&["doctor", "--fix"]).fails(5);
    assert_eq!(mode(&env, "home/.aws/credentials"), 0o640);
    env.awsx(&["doctor", "--fix", "-y"]).ok();
    assert_eq!(
        ["home/.aws/credentials", "home/.aws/config", "home/.aws"].map(|file| mode(&env, file)),
        [0o600, 0o644, 0o755]
    );
    assert!(ids(&env).iter().all(|id| !id.contains("by-others")));
}

#[test]
fn files_that_are_none() {
    let env = env();
    fs::create_dir_all(env.path("home/.aws/credentials")).expect("a folder");
    symlink("gone", env.path("home/.aws/config")).expect("a link");
    let found = ids(&env);
    assert!(found.contains(&"unreadable-file".to_owned()) && found.contains(&"dangling-link".to_owned()), "{found:?}");
    fs::remove_file(env.path("home/.aws/config")).expect("ours");
    env.sh("bash", "mkfifo ~/.aws/config").ok();
    assert_eq!(ids(&env).iter().filter(|id| *id == "unreadable-file").count(), 2);
    let env = env.var("AWS_CONFIG_FILE", "/dev/null").var("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    assert!(!ids(&env).contains(&"unreadable-file".to_owned()));
}

#[test]
fn a_file_that_is_not_text_is_left_as_it_is() {
    let env = env();
    let text = b"[profile a]\nregion = \xff\n[profile a]\noutput = json\n";
    env.write("home/.aws/config", text);
    let found = ids(&env);
    assert!(found.contains(&"not-utf8".to_owned()) && found.contains(&"duplicate-section".to_owned()), "{found:?}");
    env.awsx(&["doctor", "--fix", "-y"]);
    assert_eq!(fs::read(env.path("home/.aws/config")).expect("ours"), text);
}

#[test]
fn a_person_is_shown_what_is_mended_and_asked() {
    let env = env().config(TWICE);
    let mut pty = env.pty(&["doctor", "--fix"]);
    pty.expect("config:4: join the two sections [duplicate-section]");
    pty.expect("Mend this?");
    pty.send_line("n");
    assert_eq!(pty.wait().0, 1);
    assert_eq!(env.read("home/.aws/config"), TWICE);
    let mut pty = env.pty(&["doctor", "--fix"]);
    pty.expect("Mend this?");
    pty.send_line("y");
    pty.expect("1 mended");
    assert_eq!(pty.wait().0, 0);
    assert_eq!(env.read("home/.aws/config"), "# mine\n[profile a]\nregion = eu-west-1\noutput = json\n");
    assert!(!env.path("home/.aws/config.awsx-backup").exists());
}

#[test]
fn links_modes_and_a_backup_are_kept() {
    let env = env().config(GOOD);
    fs::rename(env.path("home/.aws/config"), env.path("home/real")).expect("ours");
    symlink("../real", env.path("home/.aws/config")).expect("a link");
    env.write("home/real", TWICE);
    chmod(&env, "home/real", 0o604);
    env.awsx(&["doctor", "--fix", "--keep-backup", "-y"]).ok();
    assert!(fs::symlink_metadata(env.path("home/.aws/config")).expect("ours").is_symlink());
    assert_eq!(mode(&env, "home/real"), 0o604);
    assert!(!env.read("home/real").contains("[profile a]\noutput"));
    assert_eq!(
        (env.read("home/.aws/config.awsx-backup"), mode(&env, "home/.aws/config.awsx-backup")),
        (TWICE.into(), 0o600)
    );
    // A second copy leaves the first one alone.
    let first = env.read("home/.aws/config.awsx-backup");
    env.write("home/.aws/config", "[ profile  p ]\nregion = eu-west-1\n");
    env.awsx(&["doctor", "--fix", "--keep-backup", "-y"]);
    assert_eq!(env.read("home/.aws/config.awsx-backup"), first);
    assert!(env.read("home/.aws/config.awsx-backup-2").contains("[ profile  p ]"));
    assert_eq!(env.awsx(&["doctor", "--keep-backup"]).status, 2);
}

#[test]
fn a_file_that_changes_while_a_person_reads_is_left_alone() {
    let env = env().config(TWICE);
    let mut pty = env.pty(&["doctor", "--fix"]);
    pty.expect("Mend this?");
    let other = format!("{TWICE}[profile b]\n");
    env.write("home/.aws/config", &other);
    pty.send_line("y");
    pty.expect("was changed by somebody else meanwhile");
    assert_eq!(pty.wait().0, 1);
    assert_eq!(env.read("home/.aws/config"), other);
}

#[test]
fn findings_are_shown_by_file_and_counted() {
    let env = env()
        .config("[profile a]\nregion = eu-wset-1\noutput = xml\n")
        .credentials("[profile a]\naws_session_expiry = 1\n");
    let run = env.awsx(&["doctor"]);
    assert_eq!(run.status, 1);
    let at = |text: &str| run.stdout.find(text).unwrap_or_else(|| panic!("no {text:?} in {}", run.stdout));
    let places = [
        "/.aws/config\n",
        "  line 2: warning: ",
        "[unknown-region]\n",
        "  line 3: error: output can't be xml [bad-value]\n    fix: ",
        "/.aws/credentials\n",
    ];
    assert!(places.map(at).is_sorted(), "{}", run.stdout);
    assert!(run.stdout.lines().last().is_some_and(|line| line.starts_with("1 error, 3 warnings")), "{}", run.stdout);
    assert!(env.awsx(&["doctor", "--color", "always"]).stdout.contains("\x1b[1;31merror\x1b[0m"));
}

#[test]
fn a_missing_source_is_picked_and_saved() {
    let config = "# mine\n[default]\nregion = eu-west-1\n[profile base]\naws_access_key_id = x\n\n[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = bsae\n";
    let env = env().config(config);
    // Nobody can be asked, and -y doesn't know which one is meant.
    for args in [&["doctor", "--fix"][..], &["doctor", "--fix", "-y"]] {
        assert_eq!(env.awsx(args).status, 1);
        assert_eq!(env.read("home/.aws/config"), config);
    }
    let mut pty = env.pty(&["doctor", "--fix"]);
    pty.expect("names a source_profile bsae that does not exist: the nearest name is base");
    pty.expect("Source of ops");
    pty.send("base\r");
    pty.expect("source_profile = base now");
    pty.wait();
    assert_eq!(env.read("home/.aws/config"), config.replace("bsae", "base"));
    assert!(!ids(&env).contains(&"missing-source".to_owned()));
}

#[test]
fn programs_and_files_that_profiles_name() {
    let profiles = "[profile a]\nregion = eu-west-1\ncredential_process = awsx-no-such-program --x\n[profile b]\nregion = eu-west-1\ncredential_process = /bin/true\nca_bundle = ~/roots.pem\n[profile c]\nregion = eu-west-1\ncredential_process = true\nca_bundle = /nowhere.pem\n";
    let env = env().config(profiles);
    env.write("home/roots.pem", "");
    let found = ids(&env);
    assert_eq!(
        found.iter().filter(|id| id.starts_with("missing-")).collect::<Vec<_>>(),
        ["missing-program", "missing-file"]
    );
}
