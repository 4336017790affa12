//! Writes into the ledger that a session was issued, and who asked for it.

use crate::app::App;
use crate::base::asker::Asker;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::store::cache::Entry;
use crate::store::ledger::{self, Record};

/// Records a session that AWS has just issued; long-lived keys are none.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the ledger can't be written. The session is there all the same.
pub fn issued(app: &App, entry: &Entry) -> Result<()> {
    if app.env.is_off(vars::AWSX_LEDGER) || !entry.credentials.is_session() {
        return Ok(());
    }
    let asker = Asker::of(&app.env, app.command.get().map(String::as_str));
    let record = Record {
        access_key_id: entry.credentials.access_key_id.clone(),
        profile: entry.profile.clone(),
        account: entry.account.clone(),
        arn: entry.arn.clone(),
        issued: entry.issued.to_string(),
        expires: entry.credentials.expires.map(|at| at.to_string()),
        program: asker.program,
        pid: asker.pid,
        tty: asker.tty,
        agent: asker.agent,
    };
    let failed = |e| Error::failed("the session is not recorded for `awsx whence`").cause(e);
    ledger::append(&app.state_dir()?, &record, entry.issued).map_err(failed)
}
