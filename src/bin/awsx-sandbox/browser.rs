//! A browser without a screen: `awsx-sandbox approve URL` opens a sign-in page, fills in its form and follows the redirects.
//! It stands in for the browser and the person in tests, in the tour and in the demo.

use awsx::base::env::Env;
use clap::Args;

use crate::client;
use crate::wire::{Request, encoded};

/// The user who decides, where no option says it.
const USER: &str = "SANDBOX_USER";
/// Pages and redirects until it gives up.
const STEPS: usize = 12;

/// What a person would decide.
#[derive(Args)]
pub struct Visit {
    /// Address of the page, as a program opens it in a browser
    url: String,
    /// Who decides: a user of the directory or of the account. Left out: SANDBOX_USER, else the first that the page offers
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Code that a device shows, where the page asks for it
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
}

/// A page as it came.
struct Page {
    url: String,
    status: u16,
    body: String,
}

/// Opens the page, decides, and prints what the last page says.
///
/// # Errors
/// Why it could not be done, in words.
pub fn run(env: &Env, visit: &Visit, approve: bool) -> Result<(), String> {
    let user = visit.user.as_deref().or_else(|| env.get(USER));
    let mut page = get(&visit.url)?;
    for _ in 0..STEPS {
        let Some(form) = Form::find(&page.body) else { return finish(&page) };
        page = if form.fields.iter().any(|(name, _)| name == "ticket") {
            decide(&page, form, user, approve)?
        } else {
            let code = visit.code.as_deref().ok_or("the page asks for the code of a device: --code CODE")?;
            get(&format!("{}{}?user_code={}", origin(&page.url)?, form.action, encoded(code)))?
        };
    }
    Err("the pages lead in a circle".into())
}

fn decide(page: &Page, form: Form, user: Option<&str>, approve: bool) -> Result<Page, String> {
    let offered = form.choices.iter().map(String::as_str);
    let user = match user {
        Some(user) => offered
            .clone()
            .find(|name| *name == user)
            .ok_or_else(|| format!("the page offers no user {user}, but {}", offered.collect::<Vec<_>>().join(", ")))?,
        None => offered.clone().next().ok_or("the page offers no user")?,
    };
    let decision = if approve { "approve" } else { "deny" };
    let fields = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs = fields.chain([("user", user), ("decision", decision)]);
    let body: Vec<String> = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    let origin = origin(&page.url)?;
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin)];
    let request = Request {
        method: "POST".into(),
        path: form.action,
        headers: headers.map(|(name, value)| (name.into(), value.into())).to_vec(),
        body: body.join("&").into_bytes(),
        ..Request::default()
    };
    follow(origin, &request)
}

fn get(url: &str) -> Result<Page, String> {
    let origin = origin(url)?;
    let rest = url.get(origin.len()..).unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = if path.is_empty() { "/" } else { path };
    let request = Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    follow(origin, &request)
}

/// Sends a request, and goes on to wherever the answer leads.
fn follow(origin: &str, request: &Request) -> Result<Page, String> {
    let path = request.path.clone();
    let answer = client::exchange(origin, request)?;
    match answer.header("location").filter(|_| (300..400).contains(&answer.status)) {
        Some(to) if to.starts_with('/') => get(&format!("{origin}{to}")),
        Some(to) => get(to),
        None => Ok(Page { url: format!("{origin}{path}"), status: answer.status, body: answer.body }),
    }
}

/// `http://127.0.0.1:1234` of an address there.
fn origin(url: &str) -> Result<&str, String> {
    let rest = url.strip_prefix("http://127.0.0.1:").ok_or_else(|| format!("{url} is no page of a sandbox"))?;
    let port = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Ok(url.get(..url.len() - rest.len() + port).unwrap_or_default())
}

/// Prints what the last page says; the code to carry over on a line of its own.
fn finish(page: &Page) -> Result<(), String> {
    let said = match between(&page.body, "<textarea", "</textarea>").and_then(|t| t.split_once('>')) {
        Some((_, code)) => code.to_owned(),
        None => text(&page.body),
    };
    if page.status >= 400 {
        return Err(format!("{} answers {}: {said}", page.url, page.status));
    }
    println!("{said}");
    Ok(())
}

/// A form with its hidden fields and the users to choose from.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
    choices: Vec<String>,
}

impl Form {
    fn find(body: &str) -> Option<Form> {
        let form = between(body, "<form", "</form>")?;
        let tags = |name: &str| form.split(&format!("<{name} ")).skip(1).collect::<Vec<_>>();
        let field = |tag: &&str| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()));
        Some(Form {
            action: attribute(form, "action")?,
            fields: tags("input").iter().filter_map(field).collect(),
            choices: tags("option").iter().filter_map(|tag| attribute(tag, "value")).collect(),
        })
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// An attribute of the tag that the text begins in.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split_once('>').map_or(tag, |(inside, _)| inside);
    let value = between(&format!(" {tag}"), &format!(" {name}=\""), "\"")?.to_owned();
    Some(unescaped(&value))
}

/// The words of a page, without what is in its head.
fn text(body: &str) -> String {
    let body = between(body, "<main>", "</main>").unwrap_or(body);
    let body = between(body, "<body", "</body>").unwrap_or(body);
    let mut out = String::new();
    for part in body.split('<') {
        let words = part.split_once('>').map_or(part, |(_, words)| words);
        out.push_str(words);
        out.push(' ');
    }
    unescaped(&out.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_words() {
        let page = "<h1>A &amp; B</h1><form method=\"post\" action=\"/decision\"><input type=\"hidden\" name=\"ticket\" \
                    value=\"t1\"><select name=\"user\"><option value=\"&lt;root&gt;\">r</option></select></form>";
        let form = Form::find(page).unwrap();
        assert_eq!(form.action, "/decision");
        assert_eq!(form.fields, [("ticket".to_owned(), "t1".to_owned())]);
        assert_eq!(form.choices, ["<root>"]);
        assert_eq!(text("<main><h1>A &amp; B</h1>\n<p>c</p></main><p>d"), "A & B c");
        assert!(Form::find("<p>none").is_none());
    }

    #[test]
    fn it_stays_on_loopback() {
        assert_eq!(origin("http://127.0.0.1:8/x?y"), Ok("http://127.0.0.1:8"));
        assert_eq!(origin("http://127.0.0.1:8?y"), Ok("http://127.0.0.1:8"));
        for other in
            ["https://127.0.0.1:8/", "http://example.com/", "http://127.0.0.1.example.com/", "file:///etc/passwd"]
        {
            assert!(origin(other).is_err(), "{other}");
        }
    }
}
