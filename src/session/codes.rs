//! Remembers codes that STS has accepted until they are void, as keyed hashes.
