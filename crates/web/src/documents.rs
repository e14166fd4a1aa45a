//! Finished documents by their address, in the place where they lay before.

use std::collections::HashMap;

use crate::rendered::Rendered;

/// What one rendering finishes. Whatever is as it was before is taken from there at once, with what has been compressed of it:
/// taken at the end, it would leave holes between what is new.
pub(crate) struct Documents<'a> {
    /// What was finished before, by its mark.
    before: HashMap<&'a str, &'a Rendered>,
    finished: HashMap<String, Rendered>,
}

impl<'a> Documents<'a> {
    pub(crate) fn after(before: &'a HashMap<String, Rendered>) -> Self {
        let marked = |document: &'a Rendered| (document.mark(), document);
        Self {
            before: before.values().map(marked).collect(),
            finished: HashMap::with_capacity(before.len()),
        }
    }

    /// The same document where it lay before, if it was there.
    pub(crate) fn kept(&self, document: Rendered) -> Rendered {
        match self.before.get(document.mark()) {
            Some(&same) if same.leaves_like(&document) => same.clone(),
            _ => document,
        }
    }

    /// Puts a document at an address.
    pub(crate) fn insert(&mut self, address: String, document: Rendered) {
        self.insert_kept(address, self.kept(document));
    }

    /// Puts a document at an address that [`Self::kept`] has given.
    pub(crate) fn insert_kept(&mut self, address: String, document: Rendered) {
        self.finished.insert(address, document);
    }

    /// Everything that is finished now, by address.
    pub(crate) fn finished(self) -> HashMap<String, Rendered> {
        self.finished
    }
}
