//! Users of kubectl whose tokens the AWS CLI or aws-iam-authenticator makes, and the lines with which awsx makes them.
//! The files of kubectl are read and never written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use saphyr::{LoadableYamlNode, MarkedYaml};

use super::super::checks;
use super::super::finding::{Finding, said};
use crate::app::App;
use crate::base::vars;
use crate::profile::Profiles;

/// Longest file that is read, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// A user whose token a program makes.
#[derive(Debug, PartialEq, Eq)]
struct User {
    name: String,
    line: u32,
    /// The program and its arguments.
    words: Vec<String>,
    /// `AWS_PROFILE` of the program's environment.
    profile: Option<String>,
}

/// What such a program is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked<'a> {
    program: &'static str,
    cluster: &'a str,
    profile: Option<&'a str>,
    role: Option<&'a str>,
    region: Option<&'a str>,
}

/// Looks at the files of kubectl.
pub fn check(app: &App, profiles: &Profiles, found: &mut Vec<Finding>) {
    for path in files(app) {
        let regular = fs::metadata(&path).ok().filter(|there| there.is_file() && there.len() <= LONGEST);
        let Some(text) = regular.and_then(|_| fs::read_to_string(&path).ok()) else { continue };
        let path: Arc<Path> = path.into();
        found.extend(users(&text).iter().filter_map(|user| finding(user, profiles, &path)));
    }
}

fn files(app: &App) -> Vec<PathBuf> {
    match app.env.os("KUBECONFIG").filter(|list| !list.is_empty()) {
        Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => app.home().map(|home| home.join(".kube/config")).into_iter().collect(),
    }
}

/// The users of a file that run a program. A file that is no YAML has none: kubectl itself says what is wrong.
fn users(text: &str) -> Vec<User> {
    let documents = MarkedYaml::load_from_str(text).unwrap_or_default();
    let all = documents.iter().filter_map(|document| document.data.as_mapping_get("users")?.data.as_sequence());
    all.flatten().filter_map(user).collect()
}

fn user(node: &MarkedYaml) -> Option<User> {
    let text = |node: &MarkedYaml, key| Some(node.data.as_mapping_get(key)?.data.as_str()?.to_owned());
    let exec = node.data.as_mapping_get("user")?.data.as_mapping_get("exec")?;
    let args = list(exec, "args").iter().filter_map(|arg| arg.data.as_str().map(str::to_owned));
    let mut variables = list(exec, "env").iter();
    let profile = variables.find(|variable| text(variable, "name").as_deref() == Some(vars::AWS_PROFILE));
    Some(User {
        name: text(node, "name")?,
        line: u32::try_from(exec.span.start.line()).ok()?,
        words: std::iter::once(text(exec, "command")?).chain(args).collect(),
        profile: profile.and_then(|variable| text(variable, "value")),
    })
}

/// The list under a key; empty if there is none.
fn list<'a, 'text>(node: &'a MarkedYaml<'text>, key: &'a str) -> &'a [MarkedYaml<'text>] {
    let list = node.data.as_mapping_get(key).and_then(|list| list.data.as_sequence());
    list.map_or(&[], Vec::as_slice)
}

/// What a program is asked for, if it makes tokens of EKS.
fn asked(user: &User) -> Option<Asked<'_>> {
    let words: Vec<&str> = user.words.iter().map(String::as_str).collect();
    let (program, args) = words.split_first()?;
    let name = |word: &str| word.rsplit('/').next().unwrap_or_default().trim_end_matches(".exe").to_owned();
    let option = |names: &[&str]| {
        args.iter().enumerate().find_map(|(at, word)| {
            names.iter().find_map(|name| match word.strip_prefix(name) {
                Some("") => args.get(at + 1).copied(),
                Some(rest) if name.starts_with("--") => rest.strip_prefix('='),
                _ => None,
            })
        })
    };
    // `aws-vault exec prod -- aws …`, and other tools in the same way.
    let wrapped = words.iter().position(|word| *word == "exec").and_then(|at| words.get(at + 1).copied());
    let profile = || option(&["--profile"]).or(wrapped.filter(|name| !name.starts_with('-')));
    let profile = profile().or(user.profile.as_deref());
    let region = option(&["--region"]);
    if name(program) == "awsx" && args.first() == Some(&"token") {
        return None;
    }
    if args.windows(2).any(|pair| pair == ["eks", "get-token"]) {
        let cluster = option(&["--cluster-name"])?;
        return Some(Asked {
            program: "aws eks get-token",
            cluster,
            profile,
            role: option(&["--role-arn", "--role"]),
            region,
        });
    }
    let authenticators = ["aws-iam-authenticator", "heptio-authenticator-aws"];
    words.iter().any(|word| authenticators.contains(&name(word).as_str())).then_some(())?;
    let cluster = option(&["-i", "--cluster-id"])?;
    Some(Asked { program: "aws-iam-authenticator", cluster, profile, role: option(&["-r", "--role"]), region })
}

fn finding(user: &User, profiles: &Profiles, file: &Arc<Path>) -> Option<Finding> {
    let asked = asked(user)?;
    let profile = profile_of(&asked, profiles);
    let mut args = vec!["token", "eks", profile.as_deref().unwrap_or("PROFILE"), "--cluster", asked.cluster];
    args.extend(asked.region.iter().flat_map(|region| ["--region", region]));
    let args: Vec<String> = args.into_iter().map(scalar).collect();
    let mut fix = format!("in its exec: `command: awsx` and `args: [{}]`", args.join(", "));
    match (&profile, asked.role) {
        (None, Some(role)) => fix += &format!(", PROFILE being one with role_arn = {}", said(role)),
        (None, None) => fix += ", PROFILE being the one that kubectl is to use",
        _ => {}
    }
    let what = format!(
        "the tokens of {} come from {}, which knows nothing of awsx's keys and sessions",
        said(&user.name),
        asked.program
    );
    Some(Finding::new(checks::KUBECONFIG_USER, what).at(file, user.line).fix(fix))
}

/// The profile with which awsx makes the same token; `None` if there is none.
fn profile_of(asked: &Asked, profiles: &Profiles) -> Option<String> {
    let named = asked.profile.unwrap_or("default");
    let Some(role) = asked.role else { return profiles.contains(named).then(|| named.to_owned()) };
    let is_it = |name: &String| profiles.get(name).is_some_and(|profile| profile.get("role_arn") == Some(role));
    let of_role: Vec<String> = profiles.names().into_iter().filter(is_it).collect();
    let over_it =
        |name: &&String| profiles.get(name).is_some_and(|profile| profile.get("source_profile") == Some(named));
    of_role.iter().find(over_it).or(of_role.first()).cloned()
}

/// A word as YAML has it in a list on one line.
fn scalar(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let is_text = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') && word.chars().all(plain);
    let other =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&word.to_ascii_lowercase().as_str());
    if is_text && !other && word != "-" { word.to_owned() } else { serde_json::json!(word).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Kit;

    /// As `aws eks update-kubeconfig` writes it, and what people make of it.
    const FILE: &str = "\
apiVersion: v1
kind: Config
users:
- name: arn:aws:eks:eu-west-1:111122223333:cluster/blue
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - blue
      - --output
      - json
      command: aws
      env:
      - name: AWS_PROFILE
        value: prod
- {name: red, user: {exec: {command: /usr/bin/aws-iam-authenticator, args: [token, -i, red, -r, 'arn:aws:iam::1:role/ops']}}}
- name: vault
  user: {exec: {command: aws-vault, args: [exec, my prod, --, aws, eks, get-token, --cluster-name=green]}}
- name: ours
  user: {exec: {command: awsx, args: [token, eks, prod, --cluster, blue]}}
- name: certificate
  user: {client-certificate-data: eA==}
- name: other
  user: {exec: {command: gke-gcloud-auth-plugin}}
";

    #[test]
    fn users_whose_tokens_others_make_are_shown_awsxs_lines() {
        let kit = Kit::new();
        kit.config(
            "[profile prod]\n[profile \"my prod\"]\n[profile ops]\nrole_arn = arn:aws:iam::1:role/ops\nsource_profile = prod\n",
        );
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let path: Arc<Path> = Path::new("/config").into();
        let found: Vec<Finding> = users(FILE).iter().filter_map(|user| finding(user, &profiles, &path)).collect();
        let said: Vec<(Option<u32>, &str)> =
            found.iter().map(|finding| (finding.line, finding.fix.as_deref().unwrap())).collect();
        assert_eq!(
            said,
            [
                (
                    Some(7),
                    "in its exec: `command: awsx` and `args: [token, eks, prod, --cluster, blue, --region, eu-west-1]`"
                ),
                (Some(21), "in its exec: `command: awsx` and `args: [token, eks, ops, --cluster, red]`"),
                (Some(23), "in its exec: `command: awsx` and `args: [token, eks, \"my prod\", --cluster, green]`"),
            ]
        );
        assert!(found[0].message.contains("cluster/blue") && found[0].message.contains("aws eks get-token"));
        // A profile that isn't there is not made up.
        kit.config("[profile other]\n");
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let found: Vec<Finding> = users(FILE).iter().filter_map(|user| finding(user, &profiles, &path)).collect();
        assert!(found[0].fix.as_ref().unwrap().contains("[token, eks, PROFILE,"));
        assert!(found[1].fix.as_ref().unwrap().contains("one with role_arn = arn:aws:iam::1:role/ops"));
    }

    #[test]
    fn a_file_that_is_something_else_is_no_finding() {
        for text in ["", "a: [", "users: 1", "users: [1, {user: 2}, {name: x}]", "{\"users\": [{\"name\": []}]}"] {
            assert_eq!(users(text), [], "{text}");
        }
        let json = r#"{"users":[{"name":"u","user":{"exec":{"command":"aws","args":["eks","get-token"]}}}]}"#;
        assert_eq!(users(json).len(), 1);
        assert_eq!(asked(&users(json)[0]), None, "it names no cluster");
        for (word, want) in
            [("blue", "blue"), ("--region", "--region"), ("on", "\"on\""), ("1", "\"1\""), ("a,b", "\"a,b\"")]
        {
            assert_eq!(scalar(word), want);
        }
    }
}
