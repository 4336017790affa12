//! What is read of large files is what the whole files say.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use proptest::prelude::*;

use crate::profile::parse::reach::*;
use crate::profile::{Profile, SectionKind, Value};

struct Home(tempfile::TempDir);

impl Home {
    fn new(config: impl AsRef<[u8]>, credentials: impl AsRef<[u8]>) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        fs::write(home.path().join(".aws/config"), config).unwrap();
        fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        Home(home)
    }

    fn config(&self) -> PathBuf {
        self.0.path().join(".aws/config")
    }

    fn env(&self) -> Env {
        Env::from_iter([("HOME", self.0.path())])
    }

    fn reach(&self, name: &str, piece: usize) -> io::Result<Option<Profiles>> {
        reach(&Locations::of(&self.env()).unwrap(), &[Some(name)], piece)
    }
}

#[test]
fn the_profiles_that_agents_get_instead_are_there() {
    let mut many = String::new();
    for n in 0..4000 {
        writeln!(many, "[profile p{n}]\nregion = eu-west-1").unwrap();
    }
    let rules =
        "[profile a]\nawsx_agent = b\n[profile b]\nawsx_agent = readonly\n[profile c]\nawsx_agent = d\n[profile d]\n";
    let home = Home::new(many + rules, "");
    let env = |rule: &str| Env::from_iter([("HOME", home.0.path().to_str().unwrap()), (vars::AWSX_AGENT_RULE, rule)]);
    for (rule, names, less) in [("ask", "ab", "cd"), ("c", "abcd", ""), ("nobody", "abcd", "")] {
        let profiles = Profiles::load_for(&env(rule), "a").unwrap();
        assert!(names.chars().all(|name| profiles.contains(&name.to_string())), "{rule}");
        assert!(!less.chars().any(|name| profiles.contains(&name.to_string())), "{rule}");
    }
}

type Set = Vec<(String, Value, u32)>;

fn set(profile: Option<Profile>) -> Option<Set> {
    let profile = profile?;
    let line = |key| profile.line(key).map_or(0, |(_, line)| line);
    Some(profile.settings().map(|(key, value)| (key.to_owned(), value.clone(), line(key))).collect())
}

/// Everything that a command may ask about `name`.
fn answers(profiles: &Profiles, name: &str) -> (Vec<Option<Set>>, Vec<String>, Option<u32>) {
    let chain = profiles.chain(name, |_| false);
    let hops = chain.iter().flatten().map(|hop| hop.profile.name.clone());
    let names: Vec<String> = hops.chain([name.to_owned(), "default".to_owned()]).collect();
    let sections = [(SectionKind::SsoSession, "s"), (SectionKind::Services, "s")];
    let sections = sections.map(|(kind, name)| set(profiles.section(kind, name)));
    let sets = names.iter().map(|name| set(profiles.get(name))).chain(sections).collect();
    let texts = [profiles.inherited(name, "region"), chain.err().map(|e| e.to_string())];
    (
        sets,
        names.into_iter().chain(texts.into_iter().flatten()).collect(),
        profiles.location(name).map(|(_, line)| line),
    )
}

/// Ten thousand profiles between those that matter.
fn large() -> String {
    let filler = |from: u32| {
        (from..from + 5_000).fold(String::new(), |mut text, n| {
            let _ =
                writeln!(text, "[profile p{n}]\nregion = eu-central-1\nrole_arn = arn:aws:iam::111122223333:role/r{n}");
            text
        })
    };
    format!(
        "\u{feff}[DEFAULT]\noutput = json\n[profile prod]\nregion = eu-west-1\n{}[profile \"two words\"]\nrole_arn = r\n\
         source_profile = prod\ninclude_profile = shared\n[sso-session s]\nsso_region = us-east-1\n{}[profile shared]\n\
         s3 =\n  max_concurrent_requests = 20\nexternal_id = päss\n[profile prod]\nmfa_serial = m\n# end",
        filler(0),
        filler(5_000)
    )
}

#[test]
fn of_ten_thousand_profiles_three_are_kept() {
    let home = Home::new(large(), "[prod]\naws_access_key_id = AKIA\naws_secret_access_key = s\n");
    let whole = Profiles::load(&home.env()).unwrap();
    for name in ["two words", "prod", "shared", "p1000", "p9999"] {
        let part = Profiles::load_for(&home.env(), name).unwrap();
        assert_eq!(answers(&part, name), answers(&whole, name), "{name}");
        assert!(part.names().len() < 10, "{name}: {:?}", part.names());
    }
}

#[test]
fn a_section_ends_where_it_did_in_the_whole_file() {
    let left_out = "[profile third]\n  region = us-east-1\n [profile second]\n region = x\noutput = text\n";
    let home = Home::new(format!("[profile first]\nsource_profile = second\nregion = eu-west-1\n{left_out}"), "");
    let part = home.reach("first", 64).unwrap().unwrap();
    assert!(!part.contains("third"));
    assert_eq!(part.get("first").unwrap().get("region"), Some("eu-west-1"));
    assert_eq!(answers(&part, "first"), answers(&Profiles::load(&home.env()).unwrap(), "first"));
}

#[test]
fn what_is_not_there_is_said_by_the_whole_files() {
    let config =
        large() + "\n[profile lost]\nrole_arn = r\nsource_profile = p99999\n[profile loop]\nsource_profile = loop\n";
    let home = Home::new(config, "");
    for name in ["p12345", "lost", "default", "111122223333", ""] {
        let profiles = Profiles::load_for(&home.env(), name).unwrap();
        assert_eq!(profiles.names().len(), 10_005, "{name}");
    }
    assert!(Profiles::load_for(&home.env(), "loop").unwrap().contains("loop"));
}

#[test]
fn faults_anywhere_are_reported_as_ever() {
    for fault in ["\nno sign here\n".as_bytes(), b"\nk = \xff\n", b"\n[open\n"] {
        for at in [0, 400_000] {
            let mut config = large().into_bytes();
            let at = config[at..].iter().position(|b| *b == b'\n').unwrap() + at;
            config.splice(at..at, fault.iter().copied());
            let home = Home::new(config, "");
            let told = Profiles::load_for(&home.env(), "prod").unwrap_err().to_string();
            assert_eq!(told, Profiles::load(&home.env()).unwrap_err().to_string());
            assert!(told.contains(":2") || told.contains("config:1"), "{told}");
        }
    }
}

#[test]
fn a_file_that_is_written_to_is_read_again() {
    let home = Home::new(large(), "");
    let path = home.config();
    let outline = Outline::read(FileKind::Config, &path, PIECE).unwrap().unwrap();
    assert!(outline.is_unchanged());
    let beside = path.with_extension("new");
    fs::write(&beside, "[profile other]\n").unwrap();
    fs::rename(&beside, &path).unwrap();
    assert!(outline.is_unchanged(), "what was opened is still what it was");
    let outline = Outline::read(FileKind::Config, &path, PIECE).unwrap().unwrap();
    fs::write(&path, "[profile another]\n").unwrap();
    assert!(!outline.is_unchanged());
}

#[test]
fn what_is_no_file_is_no_file_here_either() {
    let home = Home::new(large(), "");
    let read = |path: &str| Outline::read(FileKind::Config, Path::new(path), PIECE).map(|found| found.is_some());
    assert!(!read("/no/such/file").unwrap());
    for odd in ["/dev/null", "/"] {
        assert!(!read(odd).unwrap(), "{odd}");
    }
    let credentials = home.0.path().join(".aws/credentials");
    for make in [
        |path: &Path| symlink("/dev/null", path).unwrap(),
        |path: &Path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRUSR).unwrap(),
    ] {
        fs::remove_file(&credentials).unwrap();
        make(&credentials);
        let part = Profiles::load_for(&home.env(), "prod").unwrap();
        assert!(part.contains("prod") && part.names().len() < 10);
    }
    // One line that is longer than a piece.
    let home = Home::new(format!("[profile a]\nk = {}\n", "v".repeat(8 * PIECE)), "");
    assert!(Profiles::load_for(&home.env(), "a").unwrap().get("a").unwrap().get("k").is_some());
}

proptest! {
    #[test]
    fn wherever_the_pieces_end(
        config in prop::collection::vec(
            prop::sample::select(vec![
                "[profile alpha]", "[profile  bravo ]", "[profile 'charly']", " [profile delta]", "  [profile bravo]",
                "[profile delta]", "[default]", "[DEFAULT]", "[sso-session s]", "[services s]", "[other]", "region = r",
                "role_arn : x", "source_profile = bravo", "source_profile = charly", "include_profile = alpha", "s3 =",
                "  x = y", "  more", " k = v", "   deep = er", "", "# note", "k = ä", "output=json ",
            ]),
            0..40,
        ),
        start in prop::sample::select(vec![
            "[profile alpha]\n", "\u{feff}[profile alpha]\r\n", "[profile charly]\n[profile alpha]\n",
        ]),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        piece in 32usize..200,
        name in prop::sample::select(vec!["alpha", "bravo", "charly", "default"]),
    ) {
        let home = Home::new(format!("{start}{}", config.join(end)), "[bravo]\nregion = q\n");
        match (home.reach(name, piece), Profiles::load(&home.env())) {
            (Ok(Some(part)), Ok(whole)) => prop_assert_eq!(answers(&part, name), answers(&whole, name)),
            (Ok(Some(_)), Err(fault)) => prop_assert!(false, "{fault} was not seen"),
            // The other way tells.
            (Ok(None) | Err(_), _) => {}
        }
    }
}
