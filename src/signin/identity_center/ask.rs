//! A person signs in to IAM Identity Center: in the browser of this machine, which comes back, or with a code in any
//! browser.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::kept::{Kept, Registration, Token, Way};
use super::{Center, words};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::signals;
use crate::base::time::show_duration;
use crate::ports::{Client, DeviceCode, Fault, Grant, Registering, SignedIn};
use crate::signin;
use crate::signin::browser::Browser;
use crate::signin::callback::{Callback, Outcome};
use crate::signin::pkce::Pkce;

/// A registration is used until a day before its end, in seconds: a sign-in should be able to outlive the day.
const REGISTER_AT: i64 = 24 * 3600;
/// How many seconds longer the pause is after `SlowDownException`.
const SLOWER: u32 = 5;
/// Where the browser is sent to, without the port: the loopback rule of
/// [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252#section-7.3) lets it have any.
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// What stands in a query as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Center<'_> {
    /// Lets the person sign in; the token is kept before it is used.
    pub(super) fn ask(&self, kept: &mut Kept) -> Result<Token> {
        let options = self.app.sign_in.get().cloned().unwrap_or_default();
        let way = match self.of.session {
            // As with the AWS CLI: an address without a section has no other way.
            None => Way::DeviceCode,
            Some(_) if options.device_code || options.remote => Way::DeviceCode,
            Some(_) => Way::Browser,
        };
        let browser = options.browser.as_deref();
        if !self.app.prompter.on_terminal() && browser.is_none() && !options.device_code && !options.remote {
            Browser::of_person(&self.app.env).map_err(|_| {
                let hint = format!("{} --device-code", self.command());
                self.nobody("there is neither a browser nor a terminal").hint(hint)
            })?;
        }
        self.app.keychain.ready_to_store()?;
        let client = self.registered(kept, way)?;
        let signed_in = match way {
            Way::Browser => self.by_browser(&client, browser),
            Way::DeviceCode => self.by_code(&client, browser, !options.remote),
        };
        let SignedIn { access, lasts, refresh } = signed_in.inspect_err(|error| {
            // The registration may be why, also where nobody came back: a page in the browser may have refused it.
            if error.kind != ErrorKind::Network {
                kept.registration = None;
                let _ = self.keep(kept);
            }
        })?;
        let token = Token { access, expires: self.app.clock.now().plus(lasts), refresh };
        kept.token = Some(token.clone());
        signin::replace(self.app, &self.item());
        self.store(kept, &token, self.of.share, &client);
        Ok(token)
    }

    /// What this machine is registered as; registers it where it isn't. That is kept at once: if this process is
    /// killed, the next one need not register again.
    fn registered(&self, kept: &mut Kept, way: Way) -> Result<Client> {
        let (scopes, now) = (self.of.scopes.join(" "), self.app.clock.now());
        let good = |it: &&Registration| {
            it.way == way && it.scopes == scopes && it.client.expires.seconds_left(now) > REGISTER_AT
        };
        if let Some(registration) = kept.registration.as_ref().filter(good) {
            return Ok(registration.client.clone());
        }
        self.app.debug(|| format!("sso-oidc:RegisterClient at {}", self.of.name()));
        let (grants, redirect_uri) = match way {
            Way::Browser => (["authorization_code", "refresh_token"], Some(REDIRECT_URI)),
            Way::DeviceCode => (["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"], None),
        };
        let registering =
            Registering { scopes: &self.of.scopes, grants: &grants, redirect_uri, issuer: &self.of.start_url };
        let client = self.app.oidc.register_client(&self.of.oidc, registering).map_err(|e| self.explain(&e))?;
        // The token before was that of another registration, and can't be renewed by this one.
        kept.token = kept.token.take().map(|token| Token { refresh: None, ..token });
        kept.registration = Some(Registration { client: client.clone(), way, scopes });
        self.keep(kept)?;
        Ok(client)
    }

    fn by_browser(&self, client: &Client, browser: Option<&str>) -> Result<SignedIn> {
        let callback = Callback::begin(self.app)?;
        let (pkce, redirect_uri) = (Pkce::new()?, callback.redirect_uri());
        let page = self.app.oidc.authorize_url(&self.of.oidc).map_err(|e| self.explain(&e))?;
        let query = [
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &redirect_uri),
            ("state", callback.state().expose()),
            ("code_challenge_method", "S256"),
            ("scopes", &self.of.scopes.join(" ")),
            ("code_challenge", &pkce.challenge),
        ];
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED))).collect();
        let url = format!("{page}?{}", query.join("&"));
        let elsewhere = format!("{} --device-code", self.command());
        match callback.wait(self.app, self.of.name(), &url, browser, &elsewhere)? {
            Outcome::Refused(error) => Err(error),
            Outcome::Code(code) => {
                let grant = Grant::Code { code: &code, verifier: &pkce.verifier, redirect_uri: &redirect_uri };
                self.app.oidc.create_token(&self.of.oidc, client, grant).map_err(|e| self.explain(&e))
            }
        }
    }

    fn by_code(&self, client: &Client, browser: Option<&str>, here: bool) -> Result<SignedIn> {
        let begun = self.app.oidc.start_device(&self.of.oidc, client, &self.of.start_url);
        let begun = begun.map_err(|e| self.explain(&e))?;
        let to = self.of.name();
        let say = |line: String| self.app.prompter.say(&line);
        say(format!("sign in to {to} in a browser, on any machine, at this address:"));
        say(begun.uri_complete.clone());
        if !begun.user_code.is_empty() {
            say(format!("and check that it shows the code {}", begun.user_code));
        }
        let found = if here { Browser::to_try(&self.app.env, browser).unwrap_or_default() } else { Vec::new() };
        let _opened = found.into_iter().find_map(|browser| browser.open(&begun.uri_complete, &self.app.env).ok());
        self.poll(client, &begun)
    }

    /// Asks again and again until the person has decided.
    fn poll(&self, client: &Client, begun: &DeviceCode) -> Result<SignedIn> {
        let end = self.app.clock.now().plus(begun.lasts.into());
        let mut pause = begun.interval;
        loop {
            // Not longer than the code is good, whatever Identity Center asks for.
            self.app.clock.sleep(pause.min(u32::try_from(end.seconds_left(self.app.clock.now())).unwrap_or(0)));
            if let Some(interruption) = signals::pending() {
                return Err(interruption);
            }
            let error = match self.app.oidc.create_token(&self.of.oidc, client, Grant::Device(&begun.code)) {
                Ok(signed_in) => return Ok(signed_in),
                Err(error) => error,
            };
            let late = self.app.clock.now() >= end;
            match (words::code(&error), &error.fault) {
                ("AuthorizationPendingException", _) if !late => {}
                ("SlowDownException", _) if !late => pause = pause.saturating_add(SLOWER),
                ("AuthorizationPendingException" | "SlowDownException", _) => return Err(self.nobody_came(begun)),
                // The next question may get through.
                (_, Fault::Unreachable(_) | Fault::TimedOut(_) | Fault::Protocol(_)) if !late => {
                    self.app.debug(|| format!("asked in vain: {}", self.explain(&error)));
                }
                _ => return Err(self.explain(&error)),
            }
        }
    }

    fn nobody_came(&self, begun: &DeviceCode) -> Error {
        Error::input(format!("nobody signed in to {} in a browser", self.of.name()))
            .cause(format!("the code was good for {}", show_duration(begun.lasts)))
            .hint(self.command())
    }
}
