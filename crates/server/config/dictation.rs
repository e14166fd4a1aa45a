//! `[dictation]`: by which numbers operators post by telephone.

use bulletin::DialledNumber;
use serde::{Deserialize, Serialize};

use super::reach;

/// `[dictation]` as it is written; without a number nobody posts by telephone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DictationTable {
    /// The private number, or a list of them; not one that residents dial [default: none].
    #[serde(
        default,
        deserialize_with = "reach::one_or_many",
        serialize_with = "reach::one_or_list"
    )]
    pub number: Option<Vec<String>>,
}

impl DictationTable {
    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.number.is_none()
    }
}

/// Reads the numbers.
///
/// # Errors
/// [`DictationFault`] in words that say what to write.
pub(super) fn parse(
    table: &DictationTable,
    country: &str,
) -> Result<Vec<DialledNumber>, DictationFault> {
    let numbers = table.number.iter().flatten();
    numbers
        .map(|text| DialledNumber::parse(text, country).ok_or_else(|| DictationFault(text.clone())))
        .collect()
}

/// Says the numbers as a file would.
pub(super) fn table(numbers: &[DialledNumber]) -> DictationTable {
    let written = numbers.iter().map(|number| number.as_str().to_owned());
    DictationTable {
        number: (!numbers.is_empty()).then(|| written.collect()),
    }
}

/// A number that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("number of [dictation] is {0:?}; write a telephone number, such as \"+33261910060\"")]
pub struct DictationFault(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_or_a_list_is_read_and_written_again() {
        for written in [
            "number = '+33261910060'\n",
            "number = ['+33261910060', '0261910061']\n",
        ] {
            let read: DictationTable = toml::from_str(written).unwrap();
            let numbers = parse(&read, "33").unwrap();
            assert_eq!(numbers[0].as_str(), "+33261910060");
            let again = table(&numbers);
            assert_eq!(parse(&again, "33").unwrap(), numbers);
        }
        assert_eq!(parse(&DictationTable::default(), "33"), Ok(vec![]));
    }

    #[test]
    fn what_is_no_number_is_refused_with_what_to_write() {
        let table = DictationTable {
            number: Some(vec!["astreinte".into()]),
        };
        let said = parse(&table, "33").unwrap_err().to_string();
        assert!(
            said.contains("astreinte") && said.contains("+33261910060"),
            "{said}"
        );
    }
}
