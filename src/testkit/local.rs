//! Fakes of what is on this machine: clock, person, keychain, sealing key, endpoints.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use crate::base::error::{Error, Result};
use crate::base::secret::{Secret, SecretBytes};
use crate::base::time::Timestamp;
use crate::ports::{
    Answering, Choices, Clock, Fault, Http, HttpAnswer, HttpRequest, Item, Keychain, Listening, Prompter, SealingKey,
    Server, Shortcut,
};

/// A clock that stands still until it is moved; sleeping moves it.
#[derive(Clone)]
pub struct FakeClock(Arc<Mutex<Timestamp>>);

impl FakeClock {
    /// Starts there.
    pub fn new(now: Timestamp) -> Self {
        FakeClock(Arc::new(Mutex::new(now)))
    }

    /// Jumps there.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }

    /// Moves on by so many seconds.
    pub fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(seconds);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, seconds: u32) {
        self.advance(seconds.into());
    }
}

#[derive(Default)]
struct Person {
    there: bool,
    answers: VecDeque<String>,
    at_once: bool,
    gives_up: bool,
    transcript: Vec<String>,
    screen: Option<(u16, u16)>,
}

/// A person who answers from a script.
#[derive(Clone)]
pub struct FakePrompter {
    person: Arc<Mutex<Person>>,
    clock: FakeClock,
}

impl FakePrompter {
    /// Nobody, until the first answer; a countdown moves the clock.
    pub fn new(clock: FakeClock) -> Self {
        FakePrompter { person: Arc::default(), clock }
    }

    /// Adds an answer: text for a line, `y`, `n` or nothing for a question, an index for a choice. When all are used
    /// up, every further question fails as if the person had pressed Ctrl-D.
    pub fn answer(&self, text: &str) {
        let mut person = self.person.lock().unwrap();
        person.there = true;
        person.answers.push_back(text.into());
    }

    /// From now on the person gives a code before it is due, without waiting for the countdown.
    pub fn hurry(&self) {
        self.person.lock().unwrap().at_once = true;
    }

    /// From now on whoever waits for something presses Ctrl-D.
    pub fn give_up(&self) {
        self.person.lock().unwrap().gives_up = true;
    }

    /// How large the terminal is from now on; unknown at first.
    pub fn set_screen(&self, columns: u16, lines: u16) {
        self.person.lock().unwrap().screen = Some((columns, lines));
    }

    /// Everything said so far, in order: `say: …`, `show: …`, `warn: …`, `ask: …`, `wait 12s: …`.
    pub fn transcript(&self) -> Vec<String> {
        self.person.lock().unwrap().transcript.clone()
    }

    /// Whether anything said contains this.
    pub fn has_said(&self, part: &str) -> bool {
        self.person.lock().unwrap().transcript.iter().any(|line| line.contains(part))
    }

    fn note(&self, line: String) {
        self.person.lock().unwrap().transcript.push(line);
    }

    fn ask(&self, prompt: &str) -> Result<String> {
        let mut person = self.person.lock().unwrap();
        if !person.there {
            return Err(Error::input(format!("nobody to ask: {prompt}")));
        }
        person.transcript.push(format!("ask: {prompt}"));
        person.answers.pop_front().ok_or_else(|| Error::input(format!("no answer: {prompt}")))
    }
}

impl Prompter for FakePrompter {
    fn can_ask(&self) -> bool {
        self.person.lock().unwrap().there
    }

    fn line(&self, prompt: &str) -> Result<String> {
        Ok(self.ask(prompt)?.trim().to_owned())
    }

    fn hidden(&self, prompt: &str) -> Result<Secret> {
        self.ask(prompt).map(Secret::new)
    }

    fn paste(&self, prompt: &str) -> Result<Secret> {
        self.hidden(prompt)
    }

    fn forget_typed(&self) {
        self.note("forgets what was typed".into());
    }

    fn confirm(&self, prompt: &str, default: bool) -> Result<bool> {
        Ok(match self.ask(prompt)?.as_str() {
            "y" => true,
            "n" => false,
            _ => default,
        })
    }

    fn pick_or(&self, prompt: &str, choices: Choices, shortcuts: &[Shortcut]) -> Result<Option<(usize, usize)>> {
        let answer = self.ask(prompt)?;
        if answer.is_empty() {
            return Ok(None);
        }
        // `2x`: row 2, with Ctrl-X.
        let row = answer.trim_end_matches(|c: char| c.is_alphabetic());
        let shortcut = answer.chars().last().filter(|c| c.is_alphabetic());
        let index: usize = row.parse().expect("the script gives an index");
        assert!(index < choices.rows.count(), "no row {index}");
        let shortcut = shortcuts.iter().position(|known| known.ctrl == shortcut);
        Ok(Some((index, shortcut.unwrap_or_default())))
    }

    fn say(&self, line: &str) {
        self.note(format!("say: {line}"));
    }

    fn warn(&self, line: &str) {
        self.note(format!("warn: {line}"));
    }

    fn next_code(&self, prompt: &str, seconds: u32) -> Result<String> {
        if !self.person.lock().unwrap().at_once {
            self.countdown("next code", seconds)?;
        }
        self.line(prompt)
    }

    fn countdown(&self, line: &str, seconds: u32) -> Result<()> {
        self.note(format!("wait {seconds}s: {line}"));
        if self.person.lock().unwrap().gives_up {
            return Err(Error::input("given up while waiting for a code"));
        }
        self.clock.advance(seconds.into());
        Ok(())
    }

    fn screen(&self) -> Option<(u16, u16)> {
        self.person.lock().unwrap().screen
    }

    fn show(&self, text: &Secret) -> Result<()> {
        self.note(format!("show: {}", text.expose()));
        Ok(())
    }
}

#[derive(Default)]
struct Items {
    held: BTreeMap<Item, Secret>,
    broken: Option<Error>,
    locked: bool,
    quiet: bool,
    reads: usize,
}

/// A keychain in memory.
#[derive(Clone, Default)]
pub struct MemoryKeychain(Arc<Mutex<Items>>);

impl MemoryKeychain {
    /// From now on every call fails like this (`None`: works again).
    pub fn set_broken(&self, error: Option<Error>) {
        self.0.lock().unwrap().broken = error;
    }

    /// Locks it: it opens when it is used, as if a person had given the passphrase. While it is quiet it stays locked
    /// and every call fails.
    pub fn lock(&self) {
        self.0.lock().unwrap().locked = true;
    }

    /// Opens it.
    pub fn unlock(&self) {
        self.0.lock().unwrap().locked = false;
    }

    /// Whether nobody has opened it since.
    pub fn is_locked(&self) -> bool {
        self.0.lock().unwrap().locked
    }

    /// How often an item was read.
    pub fn reads(&self) -> usize {
        self.0.lock().unwrap().reads
    }

    fn with<T>(&self, act: impl FnOnce(&mut Items) -> T) -> Result<T> {
        let mut items = self.0.lock().unwrap();
        items.locked &= items.quiet;
        if items.locked {
            return Err(Error::input("the keychain is locked"));
        }
        match &items.broken {
            Some(error) => Err(error.clone()),
            None => Ok(act(&mut items)),
        }
    }
}

impl Keychain for MemoryKeychain {
    fn backend(&self) -> String {
        "memory".into()
    }

    fn get(&self, item: &Item) -> Result<Option<Secret>> {
        self.with(|items| {
            items.reads += 1;
            items.held.get(item).cloned()
        })
    }

    fn set(&self, item: &Item, secret: &Secret) -> Result<()> {
        self.with(|items| {
            items.held.insert(item.clone(), secret.clone());
        })
    }

    fn remove(&self, item: &Item) -> Result<bool> {
        self.with(|items| items.held.remove(item).is_some())
    }

    fn list(&self) -> Result<Vec<Item>> {
        self.with(|items| items.held.keys().cloned().collect())
    }

    fn set_quiet(&self, quiet: bool) {
        self.0.lock().unwrap().quiet = quiet;
    }

    fn is_quiet(&self) -> bool {
        self.0.lock().unwrap().quiet
    }
}

/// A sealing key that is always the same, until it is taken away.
#[derive(Clone)]
pub struct FixedSealingKey(Arc<Mutex<Option<[u8; 32]>>>);

impl Default for FixedSealingKey {
    fn default() -> Self {
        FixedSealingKey(Arc::new(Mutex::new(Some([7; 32]))))
    }
}

impl FixedSealingKey {
    /// Another key, or none, as after a reboot or where no place can hold one.
    pub fn set(&self, key: Option<[u8; 32]>) {
        *self.0.lock().unwrap() = key;
    }
}

impl SealingKey for FixedSealingKey {
    fn key(&self) -> Option<SecretBytes> {
        self.existing()
    }

    fn existing(&self) -> Option<SecretBytes> {
        self.0.lock().unwrap().map(|key| SecretBytes::new(key.to_vec()))
    }
}

/// Nobody can reach it.
pub struct FakeServer;

impl Server for FakeServer {
    fn listen(&self, _port: u16, _answering: Answering) -> Result<Box<dyn Listening>> {
        Err(Error::failed("nothing is served in a test"))
    }
}

/// Endpoints of this machine: the next answers, in order; none is left: nothing is there.
#[derive(Clone, Default)]
pub struct FakeHttp {
    /// The answers to come.
    pub answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    /// The requests so far: `GET http://…`, then the header fields as `name: value`.
    pub requests: Arc<Mutex<Vec<Vec<String>>>>,
}

impl FakeHttp {
    /// Adds an answer.
    pub fn answer(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push_back((status, body.into()));
    }
}

impl Http for FakeHttp {
    fn send(&self, request: &HttpRequest<'_>) -> std::result::Result<HttpAnswer, Fault> {
        let fields = request.headers.iter().map(|(name, value)| format!("{name}: {}", value.expose()));
        let lines = std::iter::once(format!("{} {}", request.method, request.url)).chain(fields).collect();
        self.requests.lock().unwrap().push(lines);
        let answer = self.answers.lock().unwrap().pop_front();
        let (status, body) = answer.ok_or_else(|| Fault::Unreachable("Connection refused".into()))?;
        Ok(HttpAnswer { status, body: SecretBytes::new(body.into_bytes()), date: None })
    }
}
