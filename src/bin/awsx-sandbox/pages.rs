//! The pages that a browser sees: plain HTML without scripts and outside resources.

use crate::wire::Reply;

/// Nothing is loaded and nobody may frame it. A form's answer leads to the loopback address of the program that asked.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self' http://127.0.0.1:*; \
                      frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;\
                     color:#1b1b1b;background:#fff}header{background:#fde68a;padding:.6rem 1rem;border-radius:.4rem}\
                     dt{font-weight:600;margin-top:.6rem}dd{margin:0;overflow-wrap:anywhere}code{font-size:1.1em}\
                     button{font:inherit;padding:.5rem 1.4rem;margin:1rem .6rem 0 0}\
                     textarea{width:100%;font:1rem monospace;box-sizing:border-box}";

/// A page with this inside its body, which is HTML.
pub fn page(status: u16, inside: &str) -> Reply {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>awsx-sandbox (not AWS)</title>\n\
         <style>{STYLE}</style>\n<link rel=\"icon\" href=\"data:,\">\n\
         <header><b>awsx-sandbox</b>: this is not AWS. Never type a real password or code here.</header>\n\
         <main>\n{inside}\n</main>\n</html>\n"
    );
    let mut reply = Reply::new(status, "text/html; charset=utf-8", body);
    reply.headers = vec![
        ("content-security-policy", POLICY.into()),
        ("cache-control", "no-store".into()),
        ("referrer-policy", "same-origin".into()),
        ("x-content-type-options", "nosniff".into()),
        ("x-frame-options", "DENY".into()),
    ];
    reply
}

/// A page that says one thing.
pub fn message(status: u16, title: &str, text: &str) -> Reply {
    page(status, &format!("<h1>{}</h1>\n<p>{}</p>", escaped(title), escaped(text)))
}

/// Text as HTML, inside elements and quoted attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A list of terms and what they are.
pub fn list(terms: &[(&str, &str)]) -> String {
    let term = |(name, value): &(&str, &str)| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(value));
    format!("<dl>\n{}</dl>", terms.iter().map(term).collect::<String>())
}
