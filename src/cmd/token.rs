//! `awsx token`: tokens that are made on this machine, by signing a request that somebody else sends.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::base::vars;
use crate::cli::{self, SessionArgs, TokenVerb};
use crate::deliver::token;
use crate::plan::endpoint::endpoint;
use crate::ports::{Caller, Endpoint};
use crate::profile::Profile;
use crate::select::request;
use crate::select::selection;
use crate::session::{self, Session};

/// Runs `awsx token`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Token) -> Result<u8> {
    match &args.verb {
        TokenVerb::Eks(args) => eks(app, args)?,
        TokenVerb::Rds(args) => rds(app, args)?,
    }
    Ok(0)
}

fn eks(app: &App, args: &cli::TokenEks) -> Result<()> {
    let (session, at) = caller(app, args.profile.as_deref(), &args.session)?;
    let now = app.clock.now();
    let cluster = [("x-k8s-aws-id", args.cluster.as_str())];
    let url = app.presigner.presign(Caller::new(&session.credentials, &at), &token::for_eks(&cluster, now))?;
    let asked = app.env.get(vars::KUBERNETES_EXEC_INFO);
    let credential = token::exec_credential(&url, asked, now, session.credentials.expires);
    output::text(credential.expose())?;
    output::text("\n")
}

fn rds(app: &App, args: &cli::TokenRds) -> Result<()> {
    let (session, at) = caller(app, args.profile.as_deref(), &args.session)?;
    let at = token::rds_endpoint(&args.host, args.port, args.session.region.as_deref(), at);
    let query = token::rds_query(&args.user);
    let caller = Caller::new(&session.credentials, &at);
    let url = app.presigner.presign(caller, &token::for_rds(&query, app.clock.now()))?;
    output::text(token::rds_password(&url))?;
    output::text("\n")
}

/// Who signs, and where STS is.
fn caller(app: &App, profile: Option<&str>, args: &SessionArgs) -> Result<(Session, Endpoint)> {
    let (profiles, profile) = selection::chosen(app, profile)?;
    let request = request::from_args(app, &profiles, Some(&profile), args)?;
    let session = session::obtain(app, &profiles, &request)?;
    let profile = profiles.get(&session.profile).unwrap_or_else(|| Profile::bare(&session.profile));
    let at = endpoint(&app.env, &profiles, &profile, "sts", args.region.as_deref())?;
    Ok((session, at))
}
