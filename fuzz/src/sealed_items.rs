//! The session cache: an item opens as it was sealed, and not after the change of any bit.

use awsx::base::secret::{Credentials, Secret, SecretBytes};
use awsx::base::time::Timestamp;
use awsx::store::cache::Entry;
use awsx::store::cache::sealed::{decode, encode, is_foreign, open, seal};

use super::choices;

/// Fields of a session.
pub const WORDS: &[&str] = &[
    "ASIAIOSFODNN7EXAMPLE",
    "111122223333",
    "arn:aws:iam::111122223333:mfa/alice",
    "\0",
    "\n",
    "ü",
    "0",
    "-1",
    "\u{0}\u{0}\u{0}\u{1}",
];

/// The first bytes are a key, a bit and what is missing; the rest is cut into the fields of a session. It is also taken
/// for a record, and for a sealed item, as it is.
pub fn holds(data: &[u8]) {
    let ([first, high, low, bit, absent, expires, issued], rest) = choices(data);
    let byte = |choice: usize| u8::try_from(choice).unwrap_or_default();
    let key = SecretBytes::new(vec![byte(first); 32]);
    let rest_as_text = super::text(rest);
    let mut fields = rest_as_text.split('\0').map(str::to_owned);
    let mut next = || fields.next().unwrap_or_default();
    let mut maybe = |at: usize| Some(next()).filter(|_| absent & (1 << at) == 0);
    let (token, account, arn, serial) = (maybe(0), maybe(1), maybe(2), maybe(3));
    let time = |choice: usize| Timestamp(i64::MAX.rotate_left(u32::try_from(choice).unwrap_or_default()));
    let entry = Entry {
        credentials: Credentials {
            access_key_id: next(),
            secret_access_key: Secret::new(next()),
            session_token: token.map(Secret::new),
            expires: Some(time(expires)),
        },
        profile: next(),
        source_key_id: next(),
        account,
        arn,
        serial,
        issued: time(issued),
    };
    let sealed = seal(&entry, "name", &key).expect("a key of 32 bytes");
    assert_eq!(open(&sealed, "name", &key).as_ref(), Some(&entry));
    assert_eq!(open(&sealed, "other", &key), None, "under another name");
    let other = SecretBytes::new(vec![byte(first) ^ 1; 32]);
    assert!(is_foreign(&sealed, &other) && !is_foreign(&sealed, &key) && open(&sealed, "name", &other).is_none());
    let at = (high * 256 + low) % sealed.len();
    assert_eq!(open(&sealed[..at], "name", &key), None, "cut at {at}");
    let mut changed = sealed.clone();
    changed[at] ^= 1 << (bit % 8);
    assert_eq!(open(&changed, "name", &key), None, "bit {bit} of byte {at}");
    changed.clone_from(&sealed);
    changed.extend(rest);
    assert_eq!(open(&changed, "name", &key).is_some(), rest.is_empty(), "followed by more");
    // Behind the right beginning as well.
    assert_eq!(open(rest, "name", &key), None);
    assert_eq!(
        open(&[&sealed[..sealed.len().min(at)], rest].concat(), "name", &key).filter(|found| *found != entry),
        None
    );
    // What is in a seal was written by us. A record of any other form is nothing, and one that can be read means itself.
    let record = encode(&entry).expect("it has an end");
    assert_eq!(decode(&record).as_ref(), Some(&entry));
    if let Some(found) = decode(rest) {
        assert_eq!(encode(&found).and_then(|record| decode(&record)), Some(found));
    }
}
