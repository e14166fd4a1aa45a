//! Tags nobody can guess and tables nobody can slow down, both from one seed.
//!
//! The seed goes into a keyed hash (`SipHash` of the standard library), never out of it: who sees
//! one tag learns nothing about the next, and who does not know the seed cannot aim at one bucket.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, DefaultHasher, Hasher};

use crate::header::Via;

/// Gives tags and hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags {
    seed: u64,
    given: u64,
}

/// Hashes with the seed in front; also the hasher of our tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seeded(u64);

/// A table whose keys come from the network.
pub(super) type Table<K, V> = HashMap<K, V, Seeded>;

impl Tags {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, given: 0 }
    }

    pub(super) fn hasher(self) -> Seeded {
        Seeded(self.seed)
    }

    /// A number not given before; 64 bits of hash, so that a second one is never the same in practice.
    pub(crate) fn next(&mut self) -> u64 {
        self.given += 1;
        self.hash([b"tag".as_slice(), &self.given.to_be_bytes()])
    }

    /// One number for a list of words; the lengths keep `ab, c` apart from `a, bc`.
    pub(super) fn hash<'a>(&self, words: impl IntoIterator<Item = &'a [u8]>) -> u64 {
        let mut hasher = self.hasher().build_hasher();
        for word in words {
            hasher.write_usize(word.len());
            hasher.write(word);
        }
        hasher.finish()
    }

    /// Names the INVITE transaction and its merged twins: one call attempt of one caller
    /// (RFC 3261 § 8.2.2.2).
    pub(super) fn attempt(&self, call_id: &[u8], from_tag: &[u8], cseq: u32) -> u64 {
        self.hash([b"attempt", call_id, from_tag, &cseq.to_be_bytes()])
    }

    /// Tells a repeat from a request that came by another way (RFC 3261 § 17.2.3): branch and
    /// sent-by, or for a client of RFC 2543 the whole Via and the Request-URI.
    pub(super) fn branch(&self, via: &Via<'_>, request_uri: &[u8]) -> u64 {
        if via.has_unique_branch() {
            let port = via.port.unwrap_or(5060).to_be_bytes();
            return self.hash([b"branch", via.branch(), via.host.as_bytes(), &port]);
        }
        self.hash([b"via", via.head, via.params.as_bytes(), request_uri])
    }
}

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.0);
        hasher
    }
}

/// A tag as it is written.
pub(crate) fn tag_text(tag: u64) -> String {
    TagText(tag).to_string()
}

/// A tag that is written where it is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct TagText(pub(super) u64);

impl fmt::Display for TagText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The number of a tag of ours; `None` if we never write such a tag.
pub(super) fn read_tag(text: &[u8]) -> Option<u64> {
    let is_ours = |o: &u8| o.is_ascii_digit() || (b'a'..=b'f').contains(o);
    if text.len() != 16 || !text.iter().all(is_ours) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_back_and_differ_by_seed_and_order() {
        let mut tags = Tags::new(1);
        let (first, second) = (tags.next(), tags.next());

        assert_ne!(first, second);
        assert_ne!(first, Tags::new(2).next());
        assert_eq!(first, Tags::new(1).next());
        assert_eq!(read_tag(tag_text(first).as_bytes()), Some(first));
        assert_eq!(read_tag(b"+000000000000001"), None);
        assert_eq!(read_tag(b"1"), None);
    }
}
