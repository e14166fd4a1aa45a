//! Which part of the work a node does.

/// Which part of the work a node does; several nodes with parts of it are one service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeRole {
    /// Everything.
    #[default]
    All,
    /// Answers calls: signalling and sound.
    Line,
    /// Serves the public pages, the API and the desk.
    Web,
    /// Does what takes time: speaks texts, tells channels and authorities, sends mails, forgets what is old.
    Jobs,
}

impl NodeRole {
    /// Every role.
    pub const EVERY: [Self; 4] = [Self::All, Self::Line, Self::Web, Self::Jobs];

    /// The word of options, configuration and rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Line => "line",
            Self::Web => "web",
            Self::Jobs => "jobs",
        }
    }

    /// The role of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|role| role.as_str() == word)
    }

    /// How a file or folder of such a node is called in the data folder, which processes of several roles may share.
    ///
    /// - `base`: how it is called where one node does everything.
    #[must_use]
    pub fn name_of(self, base: &str) -> String {
        match self {
            Self::All => base.to_owned(),
            part => format!("{base}-{}", part.as_str()),
        }
    }

    /// Whether such a node answers calls.
    #[must_use]
    pub fn answers_calls(self) -> bool {
        matches!(self, Self::All | Self::Line)
    }

    /// Whether such a node serves pages, API and desk.
    #[must_use]
    pub fn serves_pages(self) -> bool {
        matches!(self, Self::All | Self::Web)
    }

    /// Whether such a node does jobs.
    #[must_use]
    pub fn does_jobs(self) -> bool {
        matches!(self, Self::All | Self::Jobs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_work_is_done_by_one_role_and_by_the_role_of_all() {
        for part in [
            NodeRole::answers_calls,
            NodeRole::serves_pages,
            NodeRole::does_jobs,
        ] {
            let doing = NodeRole::EVERY.into_iter().filter(|role| part(*role));
            let doing: Vec<_> = doing.collect();
            assert!(doing.len() == 2 && doing[0] == NodeRole::All, "{doing:?}");
        }
    }

    #[test]
    fn a_role_is_read_back_from_its_word_and_from_no_other() {
        for role in NodeRole::EVERY {
            assert_eq!(NodeRole::parse(role.as_str()), Some(role));
        }
        for word in ["", "All", "lines"] {
            assert_eq!(NodeRole::parse(word), None, "{word}");
        }
    }
}
