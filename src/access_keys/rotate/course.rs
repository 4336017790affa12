//! How a run begins or goes on, from what the keychain and the journal say. Pure.
//!
//! The keychain comes first: the journal may be missing, and it may be one step behind.

use super::journal::{Journal, Step};
use crate::ports::AccessKey;

/// How far the clocks of this machine and of AWS can be apart, in seconds: a call is refused beyond that.
const CLOCKS_APART: i64 = 300;
/// How long a call can take with all its attempts, in seconds.
const LONGEST_CALL: i64 = 60;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// A new rotation. A key that an interrupted one has left at AWS is deleted first.
    Begin,
    /// The new key is stored: test it, and let it take the old one's place.
    Promote,
    /// The new key has taken the old one's place in this profile: the old one goes.
    Finish,
    /// The new key is deleted.
    Undo,
    /// Somebody has stored other keys for the profile since.
    Changed,
}

/// What comes next. `current` is the key of the profile, `next` the one that is stored beside it.
pub fn course(current: Option<&str>, next: Option<&str>, journal: Option<&Journal>) -> Course {
    let Some(journal) = journal else {
        return if next.is_some() && next != current { Course::Promote } else { Course::Begin };
    };
    let new = journal.new.as_deref().or(next);
    match (journal.step, next) {
        (Step::Undoing, _) => Course::Undo,
        (Step::Switched | Step::Deactivated, _) => Course::Finish,
        _ if new.is_some() && current == new => Course::Finish,
        (_, Some(_)) if current.is_some_and(|current| current != journal.old) => Course::Changed,
        (_, Some(_)) => Course::Promote,
        // The new key's secret is gone.
        (Step::Stored, None) => Course::Undo,
        (Step::Begun, None) => Course::Begin,
    }
}

/// Whether a key may be one that the interrupted rotation has made, and whose secret never arrived: it was not there
/// before, and was made when the answer was waited for. Another machine could have made it at that very time, so it
/// counts only if nobody has used it.
pub fn may_be_left_over(journal: &Journal, key: &AccessKey) -> bool {
    let when = journal.began - CLOCKS_APART..=journal.began + LONGEST_CALL + CLOCKS_APART;
    !journal.known.contains(&key.id) && when.contains(&key.created.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;

    fn journal(step: Step, new: Option<&str>) -> Journal {
        Journal {
            profile: "prod".into(),
            profiles: vec!["prod".into()],
            user: "arn:aws:iam::123456789012:user/alice".into(),
            old: "OLD".into(),
            known: vec!["OLD".into()],
            began: 10_000,
            new: new.map(str::to_owned),
            step,
        }
    }

    #[test]
    fn every_state_that_a_kill_can_leave_has_its_course() {
        let (old, new, other) = (Some("OLD"), Some("NEW"), Some("OTHER"));
        let j = |step, new| Some(journal(step, new));
        let table = [
            (old, None, None, Course::Begin),
            (old, None, j(Step::Begun, None), Course::Begin),
            // Stored, and killed before the journal said so.
            (old, new, j(Step::Begun, None), Course::Promote),
            (old, new, j(Step::Stored, new), Course::Promote),
            // A helper was killed while it replaced the old key's item.
            (None, new, j(Step::Stored, new), Course::Promote),
            // Switched, and killed before the journal said so.
            (new, new, j(Step::Stored, new), Course::Finish),
            (new, None, j(Step::Switched, new), Course::Finish),
            (new, new, j(Step::Switched, new), Course::Finish),
            (new, None, j(Step::Deactivated, new), Course::Finish),
            (old, new, j(Step::Undoing, new), Course::Undo),
            (old, None, j(Step::Undoing, new), Course::Undo),
            (old, None, j(Step::Stored, new), Course::Undo),
            (other, new, j(Step::Stored, new), Course::Changed),
            (other, None, j(Step::Begun, None), Course::Begin),
            // The journal is lost: the keychain alone says what there is.
            (old, new, None, Course::Promote),
            (new, new, None, Course::Begin),
            (None, new, None, Course::Promote),
        ];
        for (current, next, journal, want) in table {
            assert_eq!(course(current, next, journal.as_ref()), want, "{current:?} {next:?} {journal:?}");
        }
    }

    #[test]
    fn a_key_that_was_there_before_or_is_of_another_day_is_nobodys_left_over() {
        let journal = journal(Step::Begun, None);
        let key = |id: &str, created| AccessKey { id: id.into(), active: true, created: Timestamp(created) };
        for (id, created, want) in [
            ("NEW", 10_002, true),
            ("NEW", 9_701, true),
            ("NEW", 9_699, false),
            ("NEW", 10_360, true),
            ("NEW", 10_361, false),
            ("OLD", 10_002, false),
        ] {
            assert_eq!(may_be_left_over(&journal, &key(id, created)), want, "{id} {created}");
        }
    }
}
