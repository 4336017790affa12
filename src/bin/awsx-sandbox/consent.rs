//! Questions that a page puts to a person: who wants what, and the form with the answer.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::call::{Named, Outcome, with_faults};
use crate::codes::Asked;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request, base, random};
use crate::{pages, signin, sso};

/// What is asked.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Whether a program may be signed in with Identity Center.
    Authorization(Asked),
    /// Whether a device may.
    Device {
        /// The code that it shows.
        user_code: String,
        /// The client.
        client: String,
    },
    /// Whether a program may act as a user of the web console.
    Console(Asked),
}

impl Ask {
    /// The decision, as the log names it.
    fn action(&self) -> &'static str {
        match self {
            Ask::Authorization(_) | Ask::Device { .. } => "sso-oauth:Decide",
            Ask::Console(_) => "signin:AuthorizeOAuth2Access",
        }
    }
}

/// A question that waits for its answer.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Known to the page only, so that no other site's form is taken for this one's.
    ticket: String,
    until: i64,
    ask: Ask,
}

/// Whether a request is an answer.
pub fn is_for(request: &Request) -> bool {
    request.method == "POST" && request.path == "/decision"
}

/// Shows a question.
///
/// # Errors
/// If the request did not come to a loopback address.
pub fn show(sandbox: &mut Sandbox, request: &Request, ask: Ask) -> Result<Reply, ApiError> {
    base(request)?;
    let ticket = data_encoding::BASE64URL_NOPAD.encode(&random::<32>());
    let until = sandbox.now() + sandbox.world.settings.code_seconds;
    let page = question(sandbox, &ask, &ticket);
    sandbox.consents.push(Consent { ticket, until, ask });
    Ok(page)
}

fn question(sandbox: &Sandbox, ask: &Ask, ticket: &str) -> Reply {
    let center = &sandbox.world.identity_center;
    let name = |client: &str| center.client(client).map_or(client.to_owned(), |c| c.name.clone());
    let scopes = |scopes: &[String]| match scopes {
        [] => "all that you may do in your accounts".to_owned(),
        some => some.iter().map(|scope| in_words(scope)).collect::<Vec<_>>().join(", "),
    };
    let (title, terms) = match ask {
        Ask::Authorization(asked) => (
            "Allow a program to access your AWS accounts?",
            vec![
                ("Program", name(&asked.client_id)),
                ("Wants", scopes(&asked.scopes)),
                ("Sends you back to", asked.redirect_uri.clone()),
            ],
        ),
        Ask::Device { user_code, client } => (
            "Does your device show this code?",
            vec![
                ("Code", user_code.clone()),
                ("Program", name(client)),
                ("Wants", scopes(center.client(client).map(|c| c.scopes.as_slice()).unwrap_or_default())),
            ],
        ),
        Ask::Console(asked) => (
            "Allow a program to act as you in your AWS account?",
            vec![
                ("Program", asked.client_id.clone()),
                ("Account", sandbox.world.account.clone()),
                ("Sends you back to", asked.redirect_uri.clone()),
            ],
        ),
    };
    let terms: Vec<(&str, &str)> = terms.iter().map(|(term, text)| (*term, text.as_str())).collect();
    let users: Vec<String> = users(sandbox, ask).iter().map(|u| pages::escaped(u)).collect();
    let options: Vec<String> = users.iter().map(|u| format!("<option value=\"{u}\">{u}</option>")).collect();
    let users = options.concat();
    let form = format!(
        "<form method=\"post\" action=\"/decision\">\n<input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\n\
         <label>You are <select name=\"user\">{users}</select></label><br>\n\
         <button name=\"decision\" value=\"approve\">Approve</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button>\n</form>"
    );
    pages::page(200, &format!("<h1>{}</h1>\n{}\n{form}", pages::escaped(title), pages::list(&terms)))
}

/// A scope, with what it allows where that is known.
fn in_words(scope: &str) -> String {
    match scope {
        "sso:account:access" => format!("to list your accounts and to work in them with your roles ({scope})"),
        other => other.to_owned(),
    }
}

/// Who can say yes.
fn users(sandbox: &Sandbox, ask: &Ask) -> Vec<String> {
    match ask {
        Ask::Console(_) => signin::users(sandbox),
        _ => sandbox.world.identity_center.users.iter().map(|u| u.name.clone()).collect(),
    }
}

/// Takes an answer, and writes it into the log.
pub fn answer(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let params = Params::parse(&String::from_utf8_lossy(&request.body));
    let ticket = params.get("ticket").unwrap_or_default();
    let now = sandbox.now();
    sandbox.consents.retain(|c| c.until > now);
    let at = sandbox.consents.iter().position(|c| c.ticket == ticket);
    let action = at.and_then(|at| sandbox.consents.get(at)).map_or("sso-oauth:Decide", |c| c.ask.action());
    let shown = ["decision", "user"].map(|n| (n.to_owned(), Value::from(params.get(n))));
    let service = action.split_once(':').map_or("", |(service, _)| service);
    let perform = |sandbox: &mut Sandbox| {
        own_form(request)?;
        let at = at.ok_or_else(|| refused("This page is too old, or its question has been answered"))?;
        let user = match params.get("decision") {
            Some("approve") => Some(params.get("user").ok_or_else(|| refused("Nobody was chosen"))?),
            Some("deny") => None,
            _ => return Err(refused("Neither approved nor denied")),
        };
        let waiting = sandbox.consents.get(at).ok_or_else(|| refused("The question is gone"))?;
        if user.is_some_and(|user| !users(sandbox, &waiting.ask).iter().any(|u| u == user)) {
            return Err(refused("There is no such user"));
        }
        match sandbox.consents.remove(at).ask {
            Ask::Authorization(asked) => Ok(sso::decide(sandbox, asked, user)),
            Ask::Device { user_code, .. } => sso::decide_device(sandbox, &user_code, user),
            Ask::Console(asked) => signin::decide(sandbox, asked, user),
        }
    };
    let form = |result: Result<Reply, ApiError>| {
        result.unwrap_or_else(|error| pages::message(error.status, "This can't go on", &error.message))
    };
    with_faults(sandbox, request, Named { service, action, params: BTreeMap::from(shown) }, perform, form)
}

/// Whether the form came from our own page: a browser says where it comes from.
fn own_form(request: &Request) -> Result<(), ApiError> {
    let base = base(request)?;
    let foreign = request.header("origin").is_some_and(|origin| origin != base)
        || request.header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign {
        return Err(ApiError::new(403, "ForbiddenException", "The form came from another site"));
    }
    if request.header("content-type") != Some("application/x-www-form-urlencoded") {
        return Err(refused("That is no form"));
    }
    Ok(())
}

fn refused(why: &str) -> ApiError {
    ApiError::new(400, "InvalidRequestException", why)
}
