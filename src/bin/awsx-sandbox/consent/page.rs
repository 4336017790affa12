//! The page with a question.

use super::waiting::{Ask, Consent};
use crate::pages;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Reply, Request, base, random};

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
    let users: Vec<String> = ask.users(&sandbox.world).iter().map(|u| pages::escaped(u)).collect();
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
