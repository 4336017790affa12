use std::collections::HashMap;
use std::path::Path;

use super::*;
use crate::base::error::ErrorKind;

mod sources;

/// What is remembered, as a table.
#[derive(Default)]
struct Table {
    keys: HashMap<String, String>,
    source_keys: HashMap<String, String>,
    serial: HashMap<String, Serial>,
    mfa_limit: Option<u32>,
    role_limit: Option<u32>,
    root: bool,
    user: Option<String>,
}

impl Facts for Table {
    fn key_id(&self, profile: &str, _look: bool) -> Result<Option<String>> {
        Ok(self.keys.get(profile).cloned())
    }
    fn source_keys(&self, profile: &str, _source: &SessionKey) -> Option<String> {
        self.source_keys.get(profile).cloned()
    }
    fn serial(&self, profile: &str) -> Serial {
        self.serial.get(profile).cloned().unwrap_or(Serial::Unknown)
    }
    fn user(&self, _profile: &str) -> Option<String> {
        self.user.clone()
    }
    fn is_root(&self, _profile: &str) -> bool {
        self.root
    }
    fn mfa_limit(&self, _profile: &str) -> Option<u32> {
        self.mfa_limit
    }
    fn role_limit(&self, _profile: &str, _role_arn: &str) -> Option<u32> {
        self.role_limit
    }
}

const CONFIG: &str = "
[default]
region = eu-west-1
[profile prod]
mfa_serial = arn:aws:iam::111122223333:mfa/alice
[profile bare]
region = us-east-1
[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod
[profile long]
role_arn = arn:aws:iam::111122223333:role/long
source_profile = prod
duration_seconds = 7200
[profile far]
role_arn = arn:aws:iam::444455556666:role/far
source_profile = admin
external_id = x-1
[profile unlooked]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = bare
[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = dev
[profile over-sso]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = sso
[profile process]
credential_process = /bin/creds
[profile loop-a]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = loop-b
[profile loop-b]
role_arn = arn:aws:iam::111122223333:role/b
source_profile = loop-a
[profile nomfa]
mfa_serial =
role_arn = arn:aws:iam::111122223333:role/r
source_profile = prod
[profile lent]
source_profile = prod
region = eu-north-1
[profile own]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = own
[profile no-role]
role_arn = arn:aws:iam::111122223333:admin
source_profile = prod
[profile bad]
mfa_serial = arn:aws:iam::111122223333:mfa/alice
sessmax = 1h30
";

fn profiles() -> Profiles {
    let credentials = "[plain]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = s\n\
                       [session]\naws_access_key_id = ASIAX\naws_secret_access_key = s\naws_session_token = t\n";
    Profiles::parse(Some((Path::new("config"), CONFIG.into())), Some((Path::new("credentials"), credentials.into())))
        .unwrap()
}

fn table() -> Table {
    let keys = ["prod", "bare", "bad"].map(|p| (p.to_string(), format!("AKIA{}", p.to_uppercase())));
    Table { keys: keys.into(), ..Table::default() }
}

fn request(profile: &str) -> Request {
    Request { profile: profile.into(), min_ttl: 300, ..Request::default() }
}

fn run(request: &Request, known: &Table) -> Result<Plan> {
    let env = [("USER", "al ice")].into_iter().collect();
    plan(&Inputs { profiles: &profiles(), env: &env, request, known })
}

/// `action profile mfa duration` of each step.
fn shape(plan: &Plan) -> Vec<String> {
    let json = to_json(plan, &serde_json::Value::Null, |_| None);
    let of = |step: &serde_json::Value| {
        let word = |key: &str| step[key].to_string().replace('"', "");
        format!("{} {} {} {}", word("action"), word("profile"), word("mfa"), word("duration_seconds"))
    };
    json["steps"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn the_table_of_the_contract() {
    let rows: [(&str, &[&str]); 11] = [
        ("prod", &["keychain prod false null", "get-session-token prod true 43200"]),
        ("admin", &["keychain prod false null", "get-session-token prod true 43200", "assume-role admin false 3600"]),
        ("long", &["keychain prod false null", "assume-role long true 7200"]),
        (
            "far",
            &[
                "keychain prod false null",
                "get-session-token prod true 43200",
                "assume-role admin false 3600",
                "assume-role far false 3600",
            ],
        ),
        ("unlooked", &["keychain bare false null", "assume-role unlooked true 3600"]),
        ("sso", &["sso sso false null"]),
        ("over-sso", &["sso sso false null", "assume-role over-sso false 3600"]),
        ("process", &["process process false null"]),
        ("nomfa", &["keychain prod false null", "assume-role nomfa false 3600"]),
        ("session", &["sdk session false null"]),
        ("lent", &["keychain prod false null", "get-session-token prod true 43200"]),
    ];
    for (profile, steps) in rows {
        assert_eq!(shape(&run(&request(profile), &table()).unwrap()), steps, "{profile}");
    }
}

#[test]
fn a_device_that_nobody_has_looked_up() {
    let mut known = table();
    let plan = run(&request("bare"), &known).unwrap();
    assert!(plan.steps.iter().any(|step| step.look_up_serial));
    known.serial.insert("bare".into(), Serial::Known("GAHT12345678".into()));
    let found = run(&request("unlooked"), &known).unwrap();
    assert!(!found.steps.iter().any(|step| step.look_up_serial));
    assert_eq!(shape(&found)[1], "get-session-token bare true 43200");
    known.serial.insert("bare".into(), Serial::None);
    let none = run(&request("bare"), &known).unwrap();
    assert!(!none.steps.iter().any(|step| step.look_up_serial));
    // A session without MFA has another name for each reason why there is no device.
    let declined = run(&Request { mfa_serial: Some(String::new()), ..request("bare") }, &known).unwrap();
    let mut names = [plan, found, none, declined].map(|plan| plan.steps.last().unwrap().key.clone().unwrap()).to_vec();
    names.push(
        run(&Request { mfa_serial: Some(String::new()), ..request("unlooked") }, &known)
            .unwrap()
            .key()
            .cloned()
            .unwrap(),
    );
    names.push(run(&request("unlooked"), &known).unwrap().key().cloned().unwrap());
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn durations_and_who_says_so() {
    let wanted = |seconds, from: &str| Some(duration::Wanted { seconds, from: from.into() });
    let flag = Request { duration: wanted(5400, "--duration"), ..request("admin") };
    assert_eq!(shape(&run(&flag, &table()).unwrap()), ["keychain prod false null", "assume-role admin true 5400"]);

    let variable = Request { default_duration: wanted(1800, "AWSX_SESSION_DURATION"), ..request("admin") };
    assert_eq!(
        shape(&run(&variable, &table()).unwrap())[1..],
        ["get-session-token prod true 1800", "assume-role admin false 1800"]
    );

    let advertised = Table { mfa_limit: Some(32400), role_limit: Some(1200), ..table() };
    assert_eq!(
        shape(&run(&request("admin"), &advertised).unwrap())[1..],
        ["get-session-token prod true 32400", "assume-role admin false 1200"]
    );

    let capped = Table { role_limit: Some(14400), ..table() };
    let plan = run(&Request { duration: wanted(43200, "--duration"), ..request("admin") }, &capped).unwrap();
    assert_eq!(shape(&plan)[1], "assume-role admin true 14400");
    assert!(plan.warnings[0].contains("4h instead of 12h"), "{:?}", plan.warnings);

    let chained = run(&Request { duration: wanted(7200, "--duration"), ..request("far") }, &table()).unwrap();
    assert_eq!(shape(&chained)[3], "assume-role far false 3600");
    assert_eq!(chained.warnings.len(), 1);

    let root = Table { root: true, ..table() };
    assert_eq!(shape(&run(&request("prod"), &root).unwrap())[1], "get-session-token prod true 3600");

    let beyond = run(&Request { duration: wanted(86400, "--duration"), ..request("admin") }, &table()).unwrap_err();
    assert_eq!(beyond.kind, ErrorKind::Config);
    let bad = run(&request("bad"), &table()).unwrap_err();
    assert!(bad.what.contains("sessmax of bad (config:"), "{bad}");
}

#[test]
fn without_a_session() {
    let keys = run(&Request { no_session: true, ..request("prod") }, &table()).unwrap();
    assert_eq!(shape(&keys), ["keychain prod false null"]);
    assert!(keys.key().is_none());
    let role = run(&Request { no_session: true, ..request("admin") }, &table()).unwrap();
    assert_eq!(shape(&role)[1], "assume-role admin true 3600");
}

#[test]
fn what_cannot_be_is_said_before_any_call() {
    for (profile, part) in [("loop-a", "loop"), ("default", "nothing to start from"), ("nowhere", "nowhere")] {
        let e = run(&request(profile), &table()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Config);
        assert!(e.to_string().contains(part), "{profile}: {e}");
    }
    let own = run(&request("own"), &table()).unwrap_err().to_string();
    assert!(own.contains("source of its own role") && own.contains("another source_profile"), "{own}");
    let role = run(&request("no-role"), &table()).unwrap_err().to_string();
    for part in ["config:49: role_arn of no-role", "111122223333:admin", "role/NAME"] {
        assert!(role.contains(part), "{role}");
    }
    let policy = Request { policy: Some("{}".into()), ..request("prod") };
    assert_eq!(run(&policy, &table()).unwrap_err().kind, ErrorKind::Config);
}

#[test]
fn what_aws_would_refuse_is_said_before_a_code_is_asked_for() {
    let profile = |lines: &str| {
        let role = "role_arn = arn:aws:iam::111122223333:role/team/r";
        let role = if lines.contains("role_arn") { "" } else { role };
        let text = format!("[profile r]\n{lines}\n{role}\nsource_profile = prod\n[profile prod]\n");
        Profiles::parse(Some((Path::new("config"), text)), None).unwrap()
    };
    let plan_of = |lines: &str, request: &Request| {
        plan(&Inputs { profiles: &profile(lines), env: &Env::default(), request, known: &table() })
    };
    let (long, tags) = ("x".repeat(65), vec!["k=v"; 51].join(","));
    for (key, value, hint) in [
        ("mfa_serial", "arn:aws:iam::111122223333:u2f/user/alice/key", "security key"),
        ("mfa_arn", "arn:aws:iam::111122223333:mfa/alice # mine", "a comment needs a line of its own"),
        ("mfa_serial", "1234", "9 to 256"),
        ("role_arn", "arn:aws:iam::111122223333:role/r # the role", "a comment needs a line of its own"),
        ("role_arn", "\"arn:aws:iam::111122223333:role/r\"", "leave them out"),
        ("role_arn", "arn:aws:iam::111122223333:role/", "role/NAME"),
        ("role_session_name", "first last", "2 to 64"),
        ("role_session_name", "x", "2 to 64"),
        ("role_session_name", long.as_str(), "2 to 64"),
        ("role_session_name", "", "2 to 64"),
        ("external_id", "a", "2 to 1224"),
        ("external_id", "", "2 to 1224"),
        ("source_identity", "al ice", "2 to 64"),
        ("session_tags", "team", "key=value"),
        ("session_tags", "te~am=a", "key=value"),
        ("session_tags", tags.as_str(), "at most 50"),
        ("transitive_session_tags", "a=b, c~", "keys of session_tags"),
        ("region", "\"us-east-1\"", "leave them out"),
        ("region", "us-east-1 # home", "a comment needs a line of its own"),
    ] {
        let error = plan_of(&format!("{key} = {value}"), &request("r")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Config, "{key} = {value}");
        assert!(error.what.starts_with(&format!("config:2: {key} of r ")), "{key} = {value}: {error}");
        assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{key} = {value}: {error}");
    }
    let good = "mfa_serial = GAHT12345678\nrole_session_name = al.ice@x\nexternal_id = a:/b\nsource_identity = me\n\
                session_tags = team = päge one, empty=\ntransitive_session_tags = team\nregion = xx-new-1";
    plan_of(good, &request("r")).unwrap();
    for request in [
        Request { mfa_serial: Some("arn:aws:iam::1:u2f/user/a/key".into()), ..request("r") },
        Request { policy: Some("x".repeat(2049)), ..request("r") },
        Request { policy_arns: vec!["ReadOnlyAccess".into()], ..request("r") },
        Request { policy_arns: vec!["arn:aws:iam::aws:policy/p".into(); 11], ..request("r") },
    ] {
        assert_eq!(plan_of("", &request).unwrap_err().kind, ErrorKind::Config, "{request:?}");
    }
    let env = [("AWS_REGION", "us east")].into_iter().collect();
    let error =
        plan(&Inputs { profiles: &profile(""), env: &env, request: &request("r"), known: &table() }).unwrap_err();
    assert!(error.what.contains("AWS_REGION"), "{error}");
}

#[test]
fn plaintext_keys_work_with_one_line_of_advice() {
    let plan = run(&request("plain"), &table()).unwrap();
    assert_eq!(shape(&plan), ["sdk plain false null", "get-session-token plain true 43200"]);
    assert_eq!(plan.warnings.iter().filter(|w| w.contains("`awsx import credentials plain`")).count(), 1);
}

#[test]
fn everything_that_goes_into_the_call_is_in_the_name() {
    let known = table();
    let base = run(&request("far"), &known).unwrap().key().cloned().unwrap();
    let wanted = |seconds| Some(duration::Wanted { seconds, from: String::new() });
    let others = [
        Request { duration: wanted(1800), ..request("far") },
        Request { mfa_serial: Some("GAHT12345678".into()), ..request("far") },
        Request { policy: Some("{}".into()), ..request("far") },
        Request { policy_arns: vec!["arn:aws:iam::aws:policy/p".into()], ..request("far") },
        Request { session_name: Some("me".into()), ..request("far") },
        request("admin"),
    ];
    let mut names: Vec<SessionKey> = others.iter().map(|r| run(r, &known).unwrap().key().cloned().unwrap()).collect();
    let mut rotated = table();
    rotated.keys.insert("prod".into(), "AKIAOTHER".into());
    names.push(run(&request("far"), &rotated).unwrap().key().cloned().unwrap());
    names.push(run(&request("far"), &Table { user: Some("bob".into()), ..table() }).unwrap().key().cloned().unwrap());
    for env in [[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")], [("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:2")]] {
        let env = env.into_iter().chain([("USER", "al ice")]).collect();
        let plan = plan(&Inputs { profiles: &profiles(), env: &env, request: &request("far"), known: &known }).unwrap();
        names.push(plan.key().cloned().unwrap());
    }
    // What the profile itself says about the call.
    for settings in [
        "",
        "external_id = x-2",
        "external_id = x-1\nrole_session_name = me2",
        "external_id = x-1\nsource_identity = alice",
        "external_id = x-1\nsession_tags = team=a",
        "external_id = x-1\nsession_tags = team=b",
        "external_id = x-1\nsession_tags = team=b\ntransitive_session_tags = team",
        "external_id = x-1\nregion = eu-central-1",
        "external_id = x-1\nuse_fips_endpoint = true",
        "external_id = x-1\nuse_dualstack_endpoint = true",
    ] {
        let config = CONFIG.replace("external_id = x-1", settings);
        let changed = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
        let env = [("USER", "al ice")].into_iter().collect();
        let plan = plan(&Inputs { profiles: &changed, env: &env, request: &request("far"), known: &known }).unwrap();
        names.push(plan.key().cloned().unwrap());
    }
    let agent = ForAgent { name: "claude-code".into(), ..ForAgent::default() };
    let agent = Request { agent: Some(agent), ..request("far") };
    names.push(run(&agent, &known).unwrap().key().cloned().unwrap());
    names.push(base.clone());
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two different calls share a name");
    assert_eq!(run(&request("far"), &known).unwrap().key(), Some(&base));
}

#[test]
fn session_names_are_stable_and_valid() {
    let name = |known: &Table| match &run(&request("admin"), known).unwrap().steps[2].action {
        Action::AssumeRole(role) => role.session_name.clone(),
        _ => unreachable!("the last step of a role assumes it"),
    };
    assert_eq!(name(&table()), "al-ice");
    assert_eq!(name(&Table { user: Some("bob+x@y".into()), ..table() }), "bob-x@y");
    assert_eq!(name(&Table { user: Some("b".into()), ..table() }), "b-awsx");
}

#[test]
fn starts_after_the_last_usable_session() {
    let plan = run(&request("far"), &table()).unwrap();
    let now = Timestamp(1000);
    let names: Vec<_> = plan.steps.iter().map(|s| s.key.clone()).collect();
    let with = |index: usize, left: i64| {
        let wanted = names[index].clone();
        plan.start(300, now, move |key| (Some(key) == wanted.as_ref()).then_some(Timestamp(1000 + left)))
    };
    assert_eq!([with(1, 300), with(2, 301), with(3, 5000)], [2, 3, 4]);
    assert_eq!([with(1, 299), with(3, 0), with(3, -5)], [0, 0, 0]);
    assert_eq!(plan.start(0, now, |_| Some(Timestamp(1000))), 0, "an expired session is never usable");
    let asked = std::cell::Cell::new(0);
    plan.start(300, now, |_| {
        asked.set(asked.get() + 1);
        Some(Timestamp(9999))
    });
    assert_eq!(asked.get(), 1, "a warm session takes one look");
}
