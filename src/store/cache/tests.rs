//! The cache over fakes and real files.

use std::os::unix::fs::PermissionsExt;

use crate::base::secret::Secret;
use crate::store::cache::*;
use crate::testkit::{Kit, START, eventually, key_pair, session};

/// A session that ends then.
pub(super) fn entry(access_key_id: &str, expires: Timestamp) -> Entry {
    Entry {
        credentials: session(access_key_id, expires),
        profile: "prod".into(),
        source_key_id: "AKIATESTTESTTESTTEST".into(),
        account: Some("123456789012".into()),
        arn: None,
        serial: Some("arn:aws:iam::123456789012:mfa/alice".into()),
        issued: START,
    }
}

fn key(name: &str) -> SessionKey {
    SessionKey(name.into())
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_put_is_got_and_forgotten() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    assert_eq!(cache.dir(), kit.home.path().join("run/awsx"));
    assert_eq!(cache.get(&key("a1")), None);
    assert_eq!(cache.entries(), []);
    assert!(!cache.dir().exists(), "looking made the folder");

    let (one, two) = (entry("ASIA1", START.plus(60)), entry("ASIA2", START.plus(90)));
    cache.put(&key("a1"), &one).unwrap();
    cache.put(&key("b2"), &two).unwrap();
    cache.put(&key("a1"), &two).unwrap();
    cache.put(&key("a1"), &one).unwrap();
    assert_eq!(cache.get(&key("a1")), Some(one.clone()));
    assert_eq!(cache.entries(), [(key("a1"), one), (key("b2"), two)]);
    assert_eq!((mode(cache.dir()), mode(&cache.dir().join("a1"))), (0o700, 0o600));

    assert!(cache.remove(&key("a1")).unwrap());
    assert!(!cache.remove(&key("a1")).unwrap());
    assert_eq!(cache.keys(), [key("b2")]);
}

#[test]
fn nothing_secret_is_on_disk() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    cache.put(&key("a1"), &entry("ASIA1", START.plus(60))).unwrap();
    for name in names(cache.dir()) {
        let content = fs::read(cache.dir().join(&name)).unwrap();
        for secret in ["ASIA1", "secret-of", "token-of", "prod"] {
            assert!(!content.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} in {name}");
        }
    }
}

#[test]
fn base_keys_are_refused() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let entry = Entry { credentials: key_pair(), ..entry("ASIA1", START) };
    assert!(cache.put(&key("a1"), &entry).is_err());
    assert!(!cache.dir().exists());
}

#[test]
fn a_tampered_file_is_a_miss_and_goes() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let path = cache.dir().join("a1");
    let stored = entry("ASIA1", START.plus(60));
    let harms: [fn(&Path); 6] = [
        |path| fs::write(path, "").unwrap(),
        |path| fs::write(path, "not a session at all").unwrap(),
        |path| fs::write(path, vec![0; 100_000]).unwrap(),
        |path| {
            let mut content = fs::read(path).unwrap();
            *content.last_mut().unwrap() ^= 1;
            fs::write(path, content).unwrap();
        },
        |path| {
            fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        },
        |path| {
            fs::remove_file(path).unwrap();
            nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRUSR).unwrap();
        },
    ];
    for (i, harm) in harms.iter().enumerate() {
        cache.put(&key("a1"), &stored).unwrap();
        harm(&path);
        assert_eq!(cache.get(&key("a1")), None, "harm {i}");
        assert!(fs::symlink_metadata(&path).is_err(), "harm {i} is still there");
    }
}

#[test]
fn a_file_under_another_name_is_a_miss() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    cache.put(&key("a1"), &entry("ASIA1", START.plus(60))).unwrap();
    cache.put(&key("b2"), &entry("ASIA2", START.plus(60))).unwrap();
    fs::copy(cache.dir().join("a1"), cache.dir().join("b2")).unwrap();
    assert_eq!(cache.get(&key("b2")), None);
    assert_eq!(cache.keys(), [key("a1")]);
}

#[test]
fn what_is_being_replaced_is_not_removed() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    cache.put(&key("a1"), &entry("ASIA1", START.plus(60))).unwrap();
    fs::write(cache.dir().join("a1"), "harmed").unwrap();
    let _held = lock::try_lock(cache.dir(), "a1").unwrap();
    assert_eq!(cache.get(&key("a1")), None);
    assert!(cache.dir().join("a1").exists());
}

#[test]
fn without_its_key_a_session_is_a_miss_that_stays() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let stored = entry("ASIA1", START.plus(60));
    cache.put(&key("a1"), &stored).unwrap();
    kit.sealing.set(None);
    assert_eq!((cache.get(&key("a1")), cache.entries().len()), (None, 0));
    let error = cache.put(&key("b2"), &stored).unwrap_err().to_string();
    assert!(error.contains("not cached") && error.contains("keyring"), "{error}");
    kit.sealing.set(Some([7; 32]));
    assert_eq!(cache.get(&key("a1")), Some(stored));
}

#[test]
fn who_shares_the_folder_and_not_the_key_leaves_sessions_alone() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let stored = entry("ASIA1", START.plus(60));
    cache.put(&key("a1"), &stored).unwrap();
    let path = cache.dir().join("a1");

    kit.sealing.set(Some([8; 32]));
    assert_eq!(cache.get(&key("a1")), None);
    cache.put(&key("b2"), &stored).unwrap();
    assert_eq!(cache.entries(), [(key("b2"), stored.clone())]);
    kit.sealing.set(Some([7; 32]));
    assert_eq!(cache.get(&key("a1")), Some(stored.clone()));

    // Not for ever: no session lasts longer.
    let long_ago = std::time::SystemTime::now() - LONGEST_SESSION - Duration::from_mins(1);
    fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    kit.sealing.set(Some([8; 32]));
    cache.put(&key("c3"), &stored).unwrap();
    assert_eq!(cache.keys(), [key("b2"), key("c3")]);
}

#[test]
fn writing_sweeps_what_is_over() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let at = |name: &str| cache.dir().join(name);
    cache.put(&key("old"), &entry("ASIA1", START.plus(60))).unwrap();
    cache.put(&key("good"), &entry("ASIA2", START.plus(61))).unwrap();
    fs::write(at("foreign"), "?").unwrap();
    fs::write(at(".awsx-abandoned.tmp"), "").unwrap();
    // Void codes, and a config of `--via process` that its owner was killed before it could use it again.
    for (name, hours) in [("codes-void", 2), ("codes-fresh", 0), ("config-left", 49), ("config-used", 47)] {
        fs::write(at(name), "").unwrap();
        let ago = std::time::SystemTime::now() - Duration::from_hours(hours);
        fs::File::options().write(true).open(at(name)).unwrap().set_modified(ago).unwrap();
    }
    drop(lock::try_lock(cache.dir(), "gone").unwrap());
    let held = lock::try_lock(cache.dir(), "new").unwrap();

    kit.clock.advance(60);
    assert!(cache.get(&key("old")).is_some(), "reading never sweeps");
    let mut left = Vec::new();
    eventually(|| {
        cache.put(&key("new"), &entry("ASIA3", START.plus(999))).unwrap();
        left = names(cache.dir());
        left.sort();
        left.len() == 5
    });
    assert_eq!(left, ["codes-fresh", "config-used", "good", "new", "new.lock"]);
    drop(held);
}

#[test]
fn names_lead_nowhere_else() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    for name in ["", ".", "..", "../x", "/etc/passwd", "a.lock", "codes-1", "a\0", &"a".repeat(300)] {
        assert!(cache.put(&key(name), &entry("ASIA1", START.plus(60))).is_err(), "{name:?}");
        assert_eq!(cache.get(&key(name)), None);
        assert!(!cache.remove(&key(name)).unwrap());
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_and_keeps_what_it_has() {
    let kit = Kit::with_env(&[("XDG_RUNTIME_DIR", ""), ("TMPDIR", "/proc")]);
    let cache = Cache::open(&kit.app).unwrap();
    assert!(cache.put(&key("a1"), &entry("ASIA1", START.plus(60))).is_err());

    // It fails at the last step, and leaves nothing half done.
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let stored = entry("ASIA1", START.plus(60));
    cache.put(&key("a1"), &stored).unwrap();
    fs::create_dir(cache.dir().join("b2")).unwrap();
    assert!(cache.put(&key("b2"), &stored).is_err());
    assert_eq!(cache.get(&key("a1")), Some(stored));
    assert!(!names(cache.dir()).iter().any(|name| name.starts_with(".awsx-")));
}

#[test]
fn long_tokens_fit() {
    let kit = Kit::new();
    let cache = Cache::open(&kit.app).unwrap();
    let mut long = entry("ASIA1", START.plus(60));
    long.credentials.session_token = Some(Secret::new("t".repeat(32 * 1024)));
    cache.put(&key("a1"), &long).unwrap();
    assert_eq!(cache.get(&key("a1")), Some(long));
}
