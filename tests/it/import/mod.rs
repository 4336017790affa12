//! `import` as a person and a script use it: keys from the AWS files, from CSV files and from aws-vault.

mod killed;
mod sso;
mod vault;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Sandbox, TestEnv};

/// The lines of a section with the keys of a sandbox user.
fn keys(sandbox: &Sandbox, user: &str) -> String {
    let (id, secret) = sandbox.keys(user);
    format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

/// Nothing on the disk, and nothing that was printed, has the secret in clear.
#[track_caller]
fn assert_hidden(env: &TestEnv, sandbox: &Sandbox, printed: &str) {
    for user in ["alice", "bob"] {
        let (_, secret) = sandbox.keys(user);
        assert!(!printed.contains(&secret), "{printed}");
        let found = env.sh("bash", &format!("grep -rlF -e '{secret}' . ../run"));
        assert_eq!((found.status, found.stdout.as_str()), (1, ""), "{found:?}");
    }
}

fn beside(env: &TestEnv, folder: &str) -> Vec<String> {
    let files = fs::read_dir(env.path(folder)).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_person_moves_the_keys_of_both_files() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let [alice, bob] = ["alice", "bob"].map(|user| keys(&sandbox, user));
    let session = "[old-mfasession]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = t\n";
    let before = format!(
        "# mine\n[prod]\n{bob}unknown = %s\n\n[dev]\n; kept\n{bob}s3 =\n  a = 1\n\n[gone]\n{bob}\n{session}[last]\nregion=x"
    );
    let after = format!("# mine\n[prod]\nunknown = %s\n\n[dev]\n; kept\ns3 =\n  a = 1\n\n{session}[last]\nregion=x");
    // In dotfiles, with Windows' line breaks, and no line break at the end.
    let file = env.write("home/dotfiles/credentials", before.replace('\n', "\r\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let env = env.config(&format!("[profile gone]\nregion = eu-west-1\n\n[profile conf]\n{alice}output = json\n"));
    symlink("../dotfiles/credentials", env.path("home/.aws/credentials")).unwrap();

    let mut person = env.pty(&["import"]);
    let seen = person.expect("Move these 4 into the keychain, and out of the files?");
    let old = seen.lines().find(|line| line.contains("old-mfasession")).unwrap_or_default();
    assert!(old.contains("a session") && seen.contains("left as they are"), "{seen}");
    person.send_line("y");
    let (status, text) = person.wait();
    assert_eq!(status, 0, "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), after.replace('\n', "\r\n"));
    assert_eq!(env.read("home/.aws/config"), "[profile gone]\nregion = eu-west-1\n\n[profile conf]\noutput = json\n");
    assert!(env.path("home/.aws/credentials").is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!((beside(&env, "home/dotfiles").len(), beside(&env, "home/.aws").len()), (1, 2));
    assert_hidden(&env, &sandbox, &text);
    // One question to AWS for each pair.
    assert_eq!(sandbox.done("sts:GetCallerIdentity"), 2);
    for profile in ["prod", "dev", "gone"] {
        env.awsx(&["exec", profile, "--", "true"]).ok();
    }
    let again = env.awsx(&["import"]);
    again.ok();
    assert!(again.stderr.contains("no long-lived keys"), "{again:?}");
}

#[test]
fn a_script_says_yes_and_what_aws_refuses_stays() {
    let sandbox = Sandbox::start();
    let bob = keys(&sandbox, "bob");
    let wrong = bob.replace("AKIASANDBOX", "AKIAUNKNOWN");
    let before = format!("[bad]\n{wrong}\n[good]\n{bob}");
    let env = TestEnv::new().sandbox(&sandbox).credentials(&before);
    let run = env.awsx(&["import", "credentials"]);
    assert!(run.fails(5).contains("hint: -y"), "{run:?}");
    assert_eq!((env.read("home/.aws/credentials"), sandbox.calls().len()), (before.clone(), 0));
    let run = env.awsx(&["-y", "import", "credentials", "--keep-backup"]);
    assert!(run.fails(1).contains("of bad stays where it is: AWS does not know"), "{run:?}");
    assert_eq!(env.read("home/.aws/credentials"), format!("[bad]\n{wrong}\n[good]\n"));
    let copies = beside(&env, "home/.aws");
    let copy = copies.iter().find(|name| name.starts_with("credentials.awsx-backup-")).expect("a copy");
    assert_eq!(env.read(&format!("home/.aws/{copy}")), before);
    assert_eq!(fs::metadata(env.path(format!("home/.aws/{copy}"))).unwrap().permissions().mode() & 0o777, 0o600);
    let run = env.awsx(&["import", "credentials", "none"]);
    assert!(run.fails(3).contains("keys of bad"), "{run:?}");
    // Without AWS nothing is stored, unless it is not to be asked.
    let mut away = TestEnv::new().credentials(&before);
    away.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assert!(away.awsx(&["import", "-y"]).fails(7).contains("nothing was imported"));
    assert_eq!(away.read("home/.aws/credentials"), before);
    away.awsx(&["import", "credentials", "-y", "--no-verify", "good"]).ok();
    assert_eq!(away.read("home/.aws/credentials"), format!("[bad]\n{wrong}\n[good]\n"));
}

#[test]
fn another_stored_key_is_not_replaced_by_a_script() {
    let sandbox = Sandbox::start();
    let before = format!("[prod]\n{}", keys(&sandbox, "bob"));
    let env = TestEnv::new().sandbox(&sandbox).stored(&sandbox, "prod", "alice").credentials(&before);
    let run = env.awsx(&["import", "-y"]);
    assert!(run.fails(1).contains("the keychain holds another key"), "{run:?}");
    assert_eq!(env.read("home/.aws/credentials"), before);
    let mut person = env.pty(&["import"]);
    person.expect("out of the file?");
    person.send_line("y");
    person.expect("Replace it with");
    person.send_line("y");
    assert_eq!(person.wait().0, 0);
    assert_eq!(env.read("home/.aws/credentials"), "");
    let whoami = env.awsx(&["whoami", "prod"]);
    assert!(whoami.ok().contains("bob"), "{whoami:?}");
}

#[test]
fn a_file_that_somebody_changes_meanwhile_is_left_alone() {
    let sandbox = Sandbox::start();
    let before = format!("[prod]\n{}", keys(&sandbox, "bob"));
    let env = TestEnv::new().sandbox(&sandbox).credentials(&before);
    let mut person = env.pty(&["import"]);
    person.expect("out of the file?");
    let changed = format!("{before}\n[new]\nregion = x\n");
    let env = env.credentials(&changed);
    person.send_line("y");
    let (status, text) = person.wait();
    assert!(status == 1 && text.contains("was changed by somebody else meanwhile"), "{text}");
    assert_eq!((env.read("home/.aws/credentials"), beside(&env, "home/.aws").len()), (changed, 1));
    env.awsx(&["import", "-y"]).ok();
    assert_eq!(env.read("home/.aws/credentials"), "[prod]\n\n[new]\nregion = x\n");
}

#[test]
fn csv_files_of_the_console() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let [(alice, of_alice), (bob, of_bob)] = ["alice", "bob"].map(|user| sandbox.keys(user));
    let users = format!(
        "\u{feff}User name,Password,Access key ID,Secret access key,Console login link\r\n\
         alice,,{alice},{of_alice},https://x\r\nbob,,{bob},{of_bob},https://x\r\ncarol,pw,,,https://x\r\n"
    );
    let file = env.write("home/credentials.csv", users);
    let mut person = env.pty(&["import", "csv", "credentials.csv"]);
    person.expect("Store these 2 in the keychain?");
    person.send_line("y");
    person.expect("Delete credentials.csv, which holds the keys in plain text?");
    person.send_line("y");
    let (status, text) = person.wait();
    assert_eq!(status, 0, "{text}");
    assert!(!file.exists());
    assert_hidden(&env, &sandbox, &text);
    assert_eq!(env.read("home/.aws/config"), "[profile alice]\n\n[profile bob]\n");

    // The user's name is in the name of the file; whoever says no keeps it.
    let one = format!("Access key ID,Secret access key\n{bob},{of_bob}\n");
    let file = env.write("home/dave_accessKeys.csv", &one);
    let mut person = env.pty(&["import", "csv", "dave_accessKeys.csv"]);
    person.expect("Store it in the keychain?");
    person.send_line("y");
    person.expect("Delete dave_accessKeys.csv");
    person.send_line("n");
    assert_eq!(person.wait().0, 0);
    assert!(file.exists());
    let file = env.write("home/rootkey.csv", &one);
    let run = env.awsx(&["import", "csv", "rootkey.csv"]);
    assert!(run.fails(5).contains("--profile"), "{run:?}");
    env.awsx(&["import", "csv", "rootkey.csv", "--profile", "my root", "-y"]).ok();
    assert!(!file.exists());
    assert!(env.awsx(&["whoami", "my root"]).ok().contains("bob"));
    // A file with a key that was not stored is never deleted.
    let file = env.write("home/erin_accessKeys.csv", one.replace("AKIASANDBOX", "AKIAUNKNOWN"));
    env.awsx(&["import", "csv", "erin_accessKeys.csv", "-y"]).fails(1);
    assert!(file.exists());
    env.awsx(&["import", "csv", "none.csv"]).fails(3);
}
