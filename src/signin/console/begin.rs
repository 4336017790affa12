//! A new console login: through the browser of this machine, or with a code that a person brings from another one.

use std::sync::Arc;

use super::dpop::DpopKey;
use super::kept::{Begun, Kept};
use super::page::{self, CROSS_DEVICE, SAME_DEVICE, Wrong};
use super::refusal;
use crate::app::App;
use crate::aws::answer;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::ports::{CallError, ConsoleGrant, ConsoleTokens, Endpoint, Fault, Proof};
use crate::profile::arn_account;
use crate::signin::browser::Browser;
use crate::signin::callback::{Callback, Outcome};
use crate::signin::pkce::{self, Pkce};

/// How often a person may paste a text that is not the page's.
const TRIES: u32 = 3;
/// The action of AWS Sign-In that gives tokens.
pub const ACTION: &str = "signin:CreateOAuth2Token";

/// How a person signs in.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// With a browser on another machine.
    pub remote: bool,
    /// With this command in place of the person's browser.
    pub browser: Option<String>,
}

impl How {
    /// As the command line says.
    pub fn of(app: &App) -> Self {
        let said = app.sign_in.get().cloned().unwrap_or_default();
        // A console login has no device code. A pasted text is the closest to it: it needs no browser here either.
        How { remote: said.remote || said.device_code, browser: said.browser }
    }
}

/// Who has signed in, and what is kept of it.
pub struct Begin {
    /// The ARN: what becomes `login_session`.
    pub arn: String,
    /// What AWS has given.
    pub kept: Kept,
}

/// Has a person sign in. `profile` is what it is for.
///
/// # Errors
/// A refusal in the browser or by AWS, and nobody there.
pub fn sign_in(app: &App, profile: &str, at: &Endpoint, how: &How) -> Result<Begin> {
    let failed = |fault| explain(app, &CallError { action: ACTION, fault }, profile, at);
    let address = app.console_sign_in.address(at).map_err(failed)?;
    let (key, pkce) = (DpopKey::new()?, Pkce::new()?);
    let to = format!("the web console for {profile}");
    let (client_id, redirect_uri, code) = if how.remote {
        let (redirect_uri, state) = (page::confirmation(&address), pkce::random()?);
        let url = page::authorize(&address, CROSS_DEVICE, &redirect_uri, &state, &pkce.challenge);
        (CROSS_DEVICE, redirect_uri, typed(app, &to, &url, &state)?)
    } else {
        if !app.prompter.on_terminal() && how.browser.is_none() {
            Browser::of_person(&app.env).map_err(|e| Error {
                hint: Some(format!("on a terminal: awsx login {profile}; or awsx login {profile} --remote")),
                ..e
            })?;
        }
        let callback = Callback::begin(app)?;
        let redirect_uri = callback.redirect_uri();
        let url = page::authorize(&address, SAME_DEVICE, &redirect_uri, callback.state(), &pkce.challenge);
        let elsewhere = format!("awsx login {profile} --remote");
        match callback.wait(app, &to, &url, how.browser.as_deref(), &elsewhere)? {
            Outcome::Code(code) => (SAME_DEVICE, redirect_uri, code),
            Outcome::Refused(error) => return Err(error),
        }
    };
    let grant = ConsoleGrant::Code { code, verifier: pkce.verifier, redirect_uri };
    let tokens = ask(app, at, client_id, &grant, &key).map_err(|e| explain(app, &e, profile, at))?;
    let unusable = |what: &str| failed(Fault::Unusable(format!("it does not say {what}")));
    let arn = tokens.id_token.as_ref().and_then(page::subject).ok_or_else(|| unusable("who has signed in"))?;
    let account = arn_account(&arn).ok_or_else(|| unusable("which account was signed in to"))?;
    let begun = Begun { client_id, key: &key, account, region: &at.region };
    let kept = Kept::new(&begun, &tokens)?;
    Ok(Begin { arn, kept })
}

/// Asks for tokens, and checks that they can be used.
pub fn ask(
    app: &App,
    at: &Endpoint,
    client_id: &str,
    grant: &ConsoleGrant,
    key: &DpopKey,
) -> std::result::Result<ConsoleTokens, CallError> {
    let now = app.clock.now();
    let key = key.clone();
    let proof: Proof = Arc::new(move |url| key.proof("POST", url, now).map_err(|e| e.brief()));
    let tokens = app.console_sign_in.create_token(at, client_id, grant, &proof, now)?;
    let unusable = |wrong| CallError { action: ACTION, fault: Fault::Unusable(wrong) };
    answer::credentials(&tokens.credentials, None, now).map_err(unusable)?;
    answer::word("refreshToken", tokens.refresh_token.expose()).map_err(unusable)?;
    Ok(tokens)
}

/// A failed call in words.
pub fn explain(app: &App, error: &CallError, profile: &str, at: &Endpoint) -> Error {
    refusal::explain(error, profile, app.clock.now(), at)
}

/// The code that a person brings from the page.
fn typed(app: &App, to: &str, url: &str, state: &Secret) -> Result<Secret> {
    app.prompter.say(&format!("sign in to {to} in a browser, on any machine, at this address:"));
    app.prompter.say(url);
    let mut cause = "";
    for _ in 0..TRIES {
        let text = app.prompter.paste("The text that the page shows in the end: ")?;
        cause = match page::pasted(&text, state) {
            Ok(code) => return Ok(code),
            Err(Wrong::Garbage) => "that is not the text of the page, or not all of it",
            Err(Wrong::OtherSignIn) => "that is the text of another sign-in",
        };
        app.prompter.say(&format!("{cause}: copy what the page at the address above shows"));
    }
    Err(Error::input(format!("nobody signed in to {to}"))
        .cause(cause)
        .hint("begin again, and copy the whole text of the page"))
}
