//! The way back from the browser: an address on this machine where AWS sends the person's browser with the code of the
//! sign-in, or with a refusal ([RFC 8252](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
//!
//! Any web page can send a browser here. So a visit counts only with the right path, host and state. Any other is turned
//! away, and the sign-in goes on waiting.

use std::ops::ControlFlow;
use std::time::Duration;
use std::vec::IntoIter;

use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq;

use super::browser::{Browser, Opened};
use super::pkce;
use super::visit::{Ended, Visit, nothing, page};
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::terminal_text;
use crate::base::time::show_duration;
use crate::ports::{Answer, Asked};

const PATH: &str = "/oauth/callback";
/// How long awsx waits for the browser: as long as the AWS CLI does.
pub const LIMIT: Duration = Duration::from_mins(10);

/// An address that waits for the browser.
pub struct Callback {
    visit: Visit<Brought>,
    state: Secret,
}

/// What the browser brought.
#[derive(Debug)]
pub enum Brought {
    /// A code, which is exchanged for a token.
    Code(Secret),
    /// Why there is none, in words of AWS.
    Refusal(String),
}

/// How a sign-in in the browser has ended.
#[derive(Debug)]
pub enum Outcome {
    /// With a code, which is exchanged for a token.
    Code(Secret),
    /// Without one. The error says why; it is the answer to everybody who waits for this sign-in.
    Refused(Error),
}

impl Callback {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`].
    pub fn begin(app: &App) -> Result<Self> {
        let state = pkce::random()?;
        let own = state.clone();
        let visit = Visit::begin(app.server.as_ref(), move |asked| answer(asked, &own))?;
        Ok(Callback { visit, state })
    }

    /// Where AWS is to send the browser.
    pub fn redirect_uri(&self) -> String {
        format!("http://{}{PATH}", self.visit.host())
    }

    /// What the browser has to bring back.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// Leads the person's browser to `url` and waits for it. The address is printed as well: a browser that can't be
    /// started counts as none, and a person can always open it. `to` is what is signed in to, `elsewhere` the command
    /// that needs no browser on this machine.
    ///
    /// # Errors
    /// A signal that is watched for.
    pub fn wait(self, app: &App, to: &str, url: &str, browser: Option<&str>, elsewhere: &str) -> Result<Outcome> {
        let without =
            || app.prompter.say(&format!("the browser has to be on this machine; for one elsewhere: {elsewhere}"));
        let (mut opened, mut left) = open(app, to, url, browser);
        if opened.is_none() {
            without();
        }
        let ended = self.visit.wait(LIMIT, || {
            if let Some(status) = opened.as_mut().and_then(Opened::ended) {
                opened = if status.success() { None } else { next(app, url, &mut left) };
                if !status.success() && opened.is_none() {
                    app.prompter.say(&format!("the browser ended with {status}: open the address above yourself"));
                    without();
                }
            }
            ControlFlow::<()>::Continue(())
        })?;
        Ok(match ended {
            Ended::Came(Brought::Code(code)) => Outcome::Code(code),
            Ended::Came(Brought::Refusal(said)) => Outcome::Refused(refused(to, &said)),
            Ended::Stopped(()) | Ended::Late => Outcome::Refused(
                Error::input(format!("nobody signed in to {to} in the browser"))
                    .cause(format!(
                        "waited {} for it",
                        show_duration(u32::try_from(LIMIT.as_secs()).unwrap_or(u32::MAX))
                    ))
                    .hint("try again"),
            ),
        })
    }
}

/// Prints the address and opens it, if there is a browser; gives the browsers that are left to try.
fn open(app: &App, to: &str, url: &str, browser: Option<&str>) -> (Option<Opened>, IntoIter<Browser>) {
    let found = Browser::to_try(&app.env, browser);
    if let (Err(e), Some(_)) = (&found, browser) {
        app.prompter.say(&e.brief());
    }
    let mut left = found.unwrap_or_default().into_iter();
    let opened = next(app, url, &mut left);
    app.prompter.say(&match opened {
        Some(_) => format!("sign in to {to} in the browser; if it doesn't open, at this address:"),
        None => format!("sign in to {to} in a browser at this address:"),
    });
    app.prompter.say(url);
    (opened, left)
}

/// Starts the next browser that can be started.
fn next(app: &App, url: &str, left: &mut IntoIter<Browser>) -> Option<Opened> {
    left.find_map(|browser| browser.open(url, &app.env).inspect_err(|e| app.debug(|| e.to_string())).ok())
}

/// The error for what AWS says in place of a code: words of [RFC 6749, section
/// 4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1).
fn refused(to: &str, said: &str) -> Error {
    let shown = terminal_text::line(&said.chars().take(200).collect::<String>());
    if said.starts_with("access_denied") {
        return Error::input(format!("the sign-in to {to} was denied in the browser"))
            .cause(format!("its answer was {shown}"))
            .hint("sign in again and allow it");
    }
    Error::new(crate::base::error::ErrorKind::Refused, format!("AWS did not accept the sign-in to {to}"))
        .cause(format!("the browser's answer was {shown}"))
}

/// The answer to a visit, and what it brings if it counts.
pub fn answer(asked: &Asked<'_>, state: &Secret) -> (Answer, Option<Brought>) {
    if asked.path != PATH {
        return (nothing(404, "there is nothing under this address"), None);
    }
    if asked.method != "GET" {
        return (nothing(405, "only GET is answered"), None);
    }
    let Some(query) = Query::read(asked.query.unwrap_or_default()) else {
        return (nothing(400, "this is not the answer to a sign-in"), None);
    };
    let given = query.state.as_ref().map(Secret::expose).unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(state.expose().as_bytes())) {
        // The protocol demands the state here, too (RFC 6749, section 4.1.2.1). Without it this may be any page's doing.
        let why = if query.state.is_none() && query.error.is_some() {
            "this refusal does not say which sign-in it is about; the one in the terminal goes on waiting, until Ctrl-C"
        } else {
            "this answer belongs to another sign-in; the one in the terminal goes on waiting"
        };
        return (nothing(400, why), None);
    }
    match (query.code, query.error) {
        (_, Some(error)) => {
            let said = query.description.map_or(error.clone(), |words| format!("{error}: {words}"));
            let text = "awsx was not allowed in. The terminal says more. You can close this tab.";
            (page(200, "Not signed in", text), Some(Brought::Refusal(said)))
        }
        (Some(code), None) => {
            let text = "awsx has what it needs. You can close this tab and go back to the terminal.";
            (page(200, "Back to the terminal", text), Some(Brought::Code(code)))
        }
        (None, None) => (nothing(400, "the answer has no code"), None),
    }
}

/// The parts of the answer that are read.
#[derive(Default)]
struct Query {
    state: Option<Secret>,
    code: Option<Secret>,
    error: Option<String>,
    description: Option<String>,
}

impl Query {
    /// `None` if something is there twice, empty or not UTF-8.
    fn read(text: &str) -> Option<Self> {
        let mut query = Query::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = value.replace('+', " ");
            let value = percent_decode_str(&plain).decode_utf8().ok()?.into_owned();
            let twice = match name {
                "state" => query.state.replace(Secret::new(value)).is_some(),
                "code" if value.is_empty() => true,
                "code" => query.code.replace(Secret::new(value)).is_some(),
                "error" => query.error.replace(value).is_some(),
                "error_description" => query.description.replace(value).is_some(),
                _ => false,
            };
            if twice {
                return None;
            }
        }
        Some(query)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::adapters::server::LoopbackServer;
    use crate::testkit::{Kit, eventually};

    fn kit() -> Kit {
        let mut kit = Kit::new();
        kit.app.server = Box::new(LoopbackServer);
        kit
    }

    fn ask(at: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn host(callback: &Callback) -> String {
        callback.redirect_uri().trim_start_matches("http://").trim_end_matches(PATH).to_owned()
    }

    fn wait(kit: &Kit, callback: Callback) -> Outcome {
        callback.wait(&kit.app, "work", "http://127.0.0.1:1/authorize", None, "awsx login prod --device-code").unwrap()
    }

    #[test]
    fn only_the_right_visit_counts_and_the_port_is_closed_after_it() {
        let kit = kit();
        let callback = Callback::begin(&kit.app).unwrap();
        let (at, state) = (host(&callback), callback.state().expose().to_owned());
        // Like a browser that connects ahead and sends nothing, and one that stops in the middle.
        let _silent = TcpStream::connect(&at).unwrap();
        let mut slow = TcpStream::connect(&at).unwrap();
        slow.write_all(b"GET /oauth/callback?code=").unwrap();
        let right = format!("{PATH}?code=c%2B1&state={state}");
        let visitor = std::thread::spawn(move || {
            let stateless = ask(&at, &format!("GET {PATH}?error=access_denied HTTP/1.1\r\nHost: {at}\r\n\r\n"));
            assert!(stateless.contains("goes on waiting, until Ctrl-C"), "{stateless}");
            for (status, wrong) in [
                (404, format!("GET /?code=x&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (404, format!("GET {PATH}/?code=x&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (404, format!("GET /favicon.ico HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (405, format!("POST {right} HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\n\r\n")),
                (400, format!("GET {right} HTTP/1.1\r\nHost: evil.test\r\n\r\n")),
                (400, format!("GET {right} HTTP/1.0\r\n\r\n")),
                (400, format!("GET {PATH}?code=x&state={state}x HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH}?code=x HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH}?error=access_denied HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH}?state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH}?state={state}&code= HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH}?code=a&code=b&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH}?code=%ff&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n")),
                (400, format!("GET {PATH} HTTP/1.1\r\nHost: {at}\r\n\r\n")),
            ] {
                let answer = ask(&at, &wrong);
                assert!(
                    answer.starts_with(&format!("HTTP/1.1 {status} ")) || answer.starts_with("HTTP/1.0 400"),
                    "{wrong}{answer}"
                );
            }
            let answer = ask(&at, &format!("GET {right} HTTP/1.1\r\nHost: {at}\r\n\r\n"));
            (at, answer)
        });
        let outcome = wait(&kit, callback);
        let (at, answer) = visitor.join().unwrap();
        assert!(matches!(outcome, Outcome::Code(code) if code.expose() == "c+1"));
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("go back to the terminal"), "{answer}");
        let head = answer.to_lowercase();
        for said in
            ["cache-control: no-store", "content-security-policy: default-src 'none'", "referrer-policy: no-referrer"]
        {
            assert!(head.contains(said), "{answer}");
        }
        assert!(!head.contains("http://") && !head.contains("https://") && !head.contains("<script"), "{answer}");
        assert!(eventually(|| TcpStream::connect(&at).is_err()), "the port is still open");
        assert!(kit.prompter.has_said("http://127.0.0.1:1/authorize") && kit.prompter.has_said("--device-code"));
    }

    #[test]
    fn a_refusal_in_the_browser_is_the_answer() {
        let long = format!("error=x&error_description={}%c3%a4{}", "x".repeat(196), "y".repeat(500));
        for (query, said, kind) in [
            ("error=access_denied&error_description=User+said+no%1b[31m", "denied in the browser", 5),
            ("error=invalid_scope", "did not accept", 4),
            (&long, "did not accept", 4),
        ] {
            let kit = kit();
            let callback = Callback::begin(&kit.app).unwrap();
            let (at, state) = (host(&callback), callback.state().expose().to_owned());
            let request = format!("GET {PATH}?{query}&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n");
            let visitor = std::thread::spawn(move || ask(&at, &request));
            let Outcome::Refused(error) = wait(&kit, callback) else { panic!("{query}") };
            assert!(error.to_string().contains(said) && error.kind.status() == kind, "{error}");
            assert!(!error.to_string().contains('\u{1b}') && error.to_string().len() < 400, "{error}");
            assert!(visitor.join().unwrap().contains("Not signed in"));
        }
    }

    #[test]
    fn a_browser_that_fails_counts_as_none() {
        let kit = kit();
        let callback = Callback::begin(&kit.app).unwrap();
        let (at, state, person) = (host(&callback), callback.state().expose().to_owned(), kit.prompter.clone());
        let visitor = std::thread::spawn(move || {
            while !person.has_said("the browser ended with exit status: 3: open the address above yourself") {
                std::thread::sleep(Duration::from_millis(5));
            }
            ask(&at, &format!("GET {PATH}?code=c&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n"))
        });
        let outcome = callback.wait(&kit.app, "work", "http://x.test/", Some("sh -c 'exit 3' %s"), "").unwrap();
        assert!(matches!(outcome, Outcome::Code(_)) && visitor.join().unwrap().contains("200 OK"));
        assert!(open(&kit.app, "work", "http://x.test/", Some("no-such-browser")).0.is_none());
        assert!(kit.prompter.has_said("no-such-browser"), "{:?}", kit.prompter.transcript());
    }

    #[test]
    fn of_several_browsers_the_next_one_is_tried() {
        let home = tempfile::tempdir().unwrap();
        let mark = home.path().join("opened");
        let list = format!(
            "missing:/no/such/program:sh -c 'exit 1':sh -c 'printf %s \"$0\" >{}':sh -c 'exit 2'",
            mark.display()
        );
        let mut kit = Kit::with_env(&[("BROWSER", list)]);
        kit.app.server = Box::new(LoopbackServer);
        let callback = Callback::begin(&kit.app).unwrap();
        let (at, state, opened) = (host(&callback), callback.state().expose().to_owned(), mark.clone());
        let visitor = std::thread::spawn(move || {
            while !std::fs::read_to_string(&opened).is_ok_and(|url| url == "http://x.test/") {
                std::thread::sleep(Duration::from_millis(5));
            }
            ask(&at, &format!("GET {PATH}?code=c&state={state} HTTP/1.1\r\nHost: {at}\r\n\r\n"))
        });
        let outcome = callback.wait(&kit.app, "work", "http://x.test/", None, "").unwrap();
        assert!(matches!(outcome, Outcome::Code(_)) && visitor.join().unwrap().contains("200 OK"));
        assert!(!kit.prompter.has_said("open the address above yourself"), "{:?}", kit.prompter.transcript());
    }
}
