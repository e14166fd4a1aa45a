//! What a person may do at the desk.

/// What a person may do at the desk; where they may do it is said by their sites and territories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Posts for one or more sites.
    Operator,
    /// Looks after the sites, numbers and words of one or more territories.
    Manager,
    /// Does both everywhere, and decides who else may.
    Administrator,
    /// Reads one or more territories, and changes nothing.
    Auditor,
}

impl Role {
    /// Every role, in the order in which people are asked to choose one.
    pub const ALL: [Self; 4] = [
        Self::Operator,
        Self::Manager,
        Self::Administrator,
        Self::Auditor,
    ];

    /// The word of rows and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Manager => "manager",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }

    /// The role of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// How people call it, in French.
    pub fn french(self) -> &'static str {
        match self {
            Self::Operator => "opérateur",
            Self::Manager => "gestionnaire du territoire",
            Self::Administrator => "administrateur",
            Self::Auditor => "auditeur",
        }
    }

    /// How people call it, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Manager => "territory manager",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_back_from_its_word_and_from_no_other() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        for other in ["", "Operator", "root"] {
            assert_eq!(Role::parse(other), None, "{other}");
        }
    }
}
