//! Where mail reaches somebody.

use std::fmt;

use crate::Refusal;

/// An address to which mail can be sent: `name@domain` in ASCII, at most 254 characters.
///
/// What RFC 5321 § 4.1.2 allows and nobody uses (quoted names, addresses of machines by number) is refused: in a form
/// it is a slip. `Debug` does not show it, so that no log does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address; blanks around it do not count, and the domain is kept in small letters.
    ///
    /// # Errors
    /// [`Refusal::EmailAddress`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let (name, domain) = text.rsplit_once('@').ok_or(Refusal::EmailAddress)?;
        let fits = text.len() <= LONGEST && is_name(name) && is_domain(domain);
        let address = format!("{name}@{}", domain.to_ascii_lowercase());
        fits.then_some(Self(address)).ok_or(Refusal::EmailAddress)
    }

    /// The address as a mail bears it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress(…@{})", self.domain())
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c))
    };
    name.len() <= LONGEST_NAME && name.split('.').all(is_part)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let mut labels = domain.rsplit('.');
    let is_of_letters = |label: &str| label.chars().any(|c| c.is_ascii_alphabetic());
    labels.next().is_some_and(is_of_letters)
        && labels.next().is_some()
        && domain.split('.').all(is_label)
}

/// RFC 5321 § 4.5.3.1: a path of 256 octets with its angle brackets.
const LONGEST: usize = 254;
const LONGEST_NAME: usize = 64;
/// RFC 1035 § 2.3.4.
const LONGEST_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn everyday_addresses_are_read_and_slips_refused() {
        for (text, kept) in [
            ("anne@example.org", "anne@example.org"),
            (" anne@example.org\r\n", "anne@example.org"),
            (
                "Anne.Le-Goff+allo@Mairie.EXAMPLE.fr",
                "Anne.Le-Goff+allo@mairie.example.fr",
            ),
            ("o'neil@xn--caf-dma.example", "o'neil@xn--caf-dma.example"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), kept);
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "anne",
            "anne@",
            "@example.org",
            "anne@localhost",
            "anne@192.0.2.1",
            "a b@example.org",
            "anne@@example.org",
            ".anne@example.org",
            "an..ne@example.org",
            "anne@-example.org",
            "anne@example..org",
            "anné@example.org",
            "<anne@example.org>",
            "anne@example.org, b@example.org",
            "anne@example.org\nBcc: b@example.org",
            "\"anne\"@example.org",
            long.as_str(),
        ] {
            assert_eq!(
                EmailAddress::parse(text),
                Err(Refusal::EmailAddress),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_log_does_not_show_whose_it_is() {
        let address = EmailAddress::parse("anne@example.org").unwrap();
        assert_eq!(format!("{address:?}"), "EmailAddress(…@example.org)");
    }

    proptest! {
        #[test]
        fn whatever_is_read_fits_between_two_angle_brackets_of_a_mail(text in ".{0,80}@.{0,80}|\\PC{0,300}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let text = address.as_str();
                prop_assert!(text.is_ascii() && text.len() <= 254);
                prop_assert!(!text.contains(|c: char| c.is_ascii_control() || " <>,;:\\\"()[]".contains(c)));
                prop_assert_eq!(EmailAddress::parse(text), Ok(address.clone()));
            }
        }
    }
}
