//! What the caller dialled, in the one form under which territories are looked up.

use std::fmt;

use crate::Refusal;

/// A telephone number in E.164 form, such as `+33805691282`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialledNumber(String);

impl DialledNumber {
    /// Reads every form in which carriers and people write a number.
    ///
    /// - `text`: a `tel:` URI, a `sip:` or `sips:` URI or its user part, or a printed number: `+33…`, `0033…`,
    ///   `33…`, `0805…`, with visual separators, percent escapes and `;` parameters. Of these only
    ///   `phone-context` counts; `npdi`, `rn`, `user` and all others are ignored.
    /// - `country`: the country code of numbers written without one, digits only (`"33"`).
    ///
    /// `None` for names, addresses, short codes and anything else that is not one whole number.
    ///
    /// Source: RFC 3966 § 3 (separators) and § 5.1.5 (`phone-context`), RFC 3261 § 19.1.6 (`tel` in `sip`),
    /// RFC 4694 (`npdi`, `rn`).
    pub fn parse(text: &str, country: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let user = user_part(text)?;
        let mut parts = user.split(';');
        let subscriber = unescaped(parts.next()?)?;
        let context = parts.find_map(context_country);
        let country = context.as_deref().unwrap_or(country);
        let dialled = without_portability(&dialled(&subscriber)?, country);
        let digits = international(&dialled, country, context.is_some())?;
        let first = *digits.as_bytes().first()?;
        let plausible = (7..=15).contains(&digits.len()) && first != b'0';
        (plausible && is_whole_in_france(&digits)).then(|| Self(format!("+{digits}")))
    }

    /// Reads the numbers of a territory as a person types them, one a line or with commas between, each once, in their
    /// order; none is no mistake.
    ///
    /// - `country`: as in [`DialledNumber::parse`].
    ///
    /// # Errors
    /// [`Refusal::DialledNumber`] with the first that is none.
    pub fn list(text: &str, country: &str) -> Result<Vec<Self>, Refusal> {
        let mut numbers = Vec::new();
        let typed = text.split(['\n', ',']).map(str::trim);
        for typed in typed.filter(|typed| !typed.is_empty()) {
            let number = Self::parse(typed, country).ok_or_else(|| Refusal::DialledNumber {
                text: typed.chars().take(40).collect(),
            })?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// The number with its plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as the French read it: `0805 691 282` for special numbers, `02 35 00 12 34` for others; a
    /// foreign one in E.164 form.
    pub fn as_printed(&self) -> String {
        let Some(national) = self.0.strip_prefix("+33") else {
            return self.0.clone();
        };
        let national = format!("0{national}");
        let groups: &[usize] = if national.starts_with("08") {
            &[4, 3, 3]
        } else {
            &[2; 5]
        };
        let mut rest = national.as_str();
        let mut printed = Vec::with_capacity(groups.len());
        for &size in groups {
            let (group, after) = rest.split_at(size);
            printed.push(group);
            rest = after;
        }
        printed.join(" ")
    }

    /// The address for a link that dials it (RFC 3966).
    pub fn as_tel_uri(&self) -> String {
        format!("tel:{}", self.0)
    }
}

impl fmt::Display for DialledNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands before the host of a URI, without a password; a SIP URI without a user names a machine, not a number.
fn user_part(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    let user = match scheme.to_ascii_lowercase().as_str() {
        "tel" => return Some(rest),
        "sip" | "sips" => rest.split_once('@')?.0,
        _ => text.split('@').next()?,
    };
    user.split(':').next()
}

/// Undoes percent escapes (RFC 3986 § 2.1); only those of ASCII can stand in a number.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let hex = after.get(..2).filter(|hex| !hex.starts_with('+'))?;
        let octet = u8::from_str_radix(hex, 16).ok().filter(u8::is_ascii)?;
        plain.push_str(before);
        plain.push(char::from(octet));
        rest = after.get(2..)?;
    }
    plain.push_str(rest);
    Some(plain)
}

/// The country code that a `phone-context=+…` parameter gives.
fn context_country(parameter: &str) -> Option<String> {
    let (name, value) = parameter.split_once('=')?;
    let digits = unescaped(value)?.strip_prefix('+')?.replace(['-', '.'], "");
    let known = name.eq_ignore_ascii_case("phone-context") && is_digits(&digits);
    known.then_some(digits)
}

/// The digits with an optional leading plus, separators removed.
fn dialled(subscriber: &str) -> Option<String> {
    let kept: String = subscriber.chars().filter(|c| !is_separator(*c)).collect();
    is_digits(kept.strip_prefix('+').unwrap_or(&kept)).then_some(kept)
}

/// The number behind the prefix by which French networks route a ported one: `50`, three digits of the network that has
/// it, nine of the number, with or without the country in front. No other number has that many digits.
fn without_portability(dialled: &str, country: &str) -> String {
    let national = dialled
        .strip_prefix("+33")
        .or_else(|| dialled.strip_prefix("0033"))
        .or_else(|| dialled.strip_prefix("33"));
    let national = national.unwrap_or(dialled);
    let ported = national.strip_prefix("50").and_then(|rest| rest.get(3..));
    match ported.map(|rest| rest.strip_prefix('0').unwrap_or(rest)) {
        Some(number) if country == "33" && number.len() == 9 => format!("+33{number}"),
        _ => dialled.to_owned(),
    }
}

/// The digits after the plus of the E.164 form.
fn international(dialled: &str, country: &str, context_given: bool) -> Option<String> {
    let national = |rest: &str| Some(format!("{country}{rest}"));
    if let Some(digits) = dialled
        .strip_prefix('+')
        .or_else(|| dialled.strip_prefix("00"))
    {
        // "+33 (0)8 05 …", as printed on letters: the trunk zero is not dialled from abroad.
        return match digits.strip_prefix("330") {
            Some(rest) => Some(format!("33{rest}")),
            None => Some(digits.to_owned()),
        };
    }
    if !is_digits(country) {
        return None;
    }
    if let Some(rest) = dialled.strip_prefix('0') {
        return national(rest);
    }
    if dialled.starts_with(country) && dialled.len() > country.len() + 6 {
        return Some(dialled.to_owned());
    }
    if context_given {
        national(dialled)
    } else {
        None
    }
}

/// A French number has nine digits after its country code; other plans are not checked.
fn is_whole_in_france(digits: &str) -> bool {
    !digits.starts_with("33") || digits.len() == 11
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// RFC 3966 § 3, and the blanks people print.
fn is_separator(c: char) -> bool {
    matches!(c, '-' | '.' | '(' | ')') || c.is_whitespace()
}

/// Longer texts are not read at all; a number with parameters is far shorter.
const LONGEST_TEXT: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_one_number_is_the_same_number() {
        for text in [
            "sip:+33805691282@203.0.113.5;user=phone",
            "sip:+33805691282@203.0.113.5:5060;user=phone;transport=udp",
            "SIPS:+33805691282@example.org",
            "sip:0805691282@203.0.113.5",
            "sip:33805691282@203.0.113.5",
            "sip:0033805691282@203.0.113.5",
            "tel:+33-805-691-282",
            "tel:0805691282;phone-context=+33",
            "tel:805691282;phone-context=+33",
            "TEL:0805691282;Phone-Context=%2B33",
            "sip:0805691282;phone-context=+33@203.0.113.5;user=phone",
            "sip:%2B33805691282@203.0.113.5",
            "sip:+33805691282:secret@203.0.113.5",
            "+33805691282",
            "+33805691282;npdi;rn=+33261910001",
            "0805691282@203.0.113.5:5060",
            "0805 691 282",
            "0 805 691 282",
            "0805\u{a0}691\u{a0}282",
            "+33 (0)805 691 282",
            "08.05.69.12.82",
            "  0805691282  ",
        ] {
            let number = DialledNumber::parse(text, "33");
            assert_eq!(
                number.as_ref().map(DialledNumber::as_str),
                Some("+33805691282"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_list_is_read_in_its_order_and_each_number_once() {
        let list = |text| DialledNumber::list(text, "33");
        let numbers = list("02 61 91 00 01\r\n\r\n0805 691 282, +33 805 691 282\n").unwrap();
        let texts: Vec<_> = numbers.iter().map(DialledNumber::as_str).collect();
        assert_eq!(texts, ["+33261910001", "+33805691282"]);
        assert_eq!(list(" \n"), Ok(vec![]));
        let refused = list("0805 691 282\n0805 691");
        assert_eq!(
            refused,
            Err(Refusal::DialledNumber {
                text: "0805 691".into()
            })
        );
    }

    #[test]
    fn parameters_of_a_ported_number_do_not_change_the_delivery_number() {
        let text = "sip:+33261910001;npdi;rn=+33805691282@203.0.113.5;user=phone";
        let number = DialledNumber::parse(text, "33").unwrap();
        assert_eq!(number.as_str(), "+33261910001");
    }

    #[test]
    fn the_prefix_of_a_ported_number_is_taken_off() {
        for text in [
            "sip:50123261910001@203.0.113.5",
            "sip:501230261910001@203.0.113.5",
            "sip:+3350123261910001@203.0.113.5;user=phone",
            "sip:3350123261910001@203.0.113.5",
            "sip:003350123261910001@203.0.113.5",
        ] {
            let number = DialledNumber::parse(text, "33");
            assert_eq!(
                number.as_ref().map(DialledNumber::as_str),
                Some("+33261910001"),
                "{text}"
            );
        }
        let guatemala = DialledNumber::parse("+50222345678", "33").unwrap();
        assert_eq!(guatemala.as_str(), "+50222345678");
        assert_eq!(DialledNumber::parse("50123261910001", "32"), None);
        let toulouse = DialledNumber::parse("0501234567", "33").unwrap();
        assert_eq!(toulouse.as_str(), "+33501234567");
    }

    #[test]
    fn a_context_that_names_a_domain_leaves_the_default_country() {
        let text = "tel:0805691282;phone-context=example.org";
        let number = DialledNumber::parse(text, "33").unwrap();
        assert_eq!(number.as_str(), "+33805691282");
    }

    #[test]
    fn names_addresses_and_short_codes_are_no_numbers() {
        for text in [
            "",
            "+",
            "00",
            "0",
            "allo-trunk-7",
            "sip:trunk7@203.0.113.5",
            "sip:203.0.113.5",
            "sip:0805691282",
            "203.0.113.5",
            "3949",
            "112",
            "tel:112;phone-context=+33",
            "805691282",
            "+3380569128",
            "+338056912820",
            "+0805691282",
            "0805691282x",
            "08056912٨2",
            "sip:%zz33805691282@h",
            "sip:%2",
            "mailto:0805691282@example.org",
            "anonymous@anonymous.invalid",
        ] {
            assert_eq!(DialledNumber::parse(text, "33"), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_other_countries_keep_their_own_code() {
        let london = DialledNumber::parse("0044 20 7946 0000", "33").unwrap();
        assert_eq!(london.as_str(), "+442079460000");
        assert_eq!(london.as_printed(), "+442079460000");
        let brussels = DialledNumber::parse("0800 12 345", "32").unwrap();
        assert_eq!(brussels.as_str(), "+3280012345");
    }

    #[test]
    fn a_national_number_without_a_country_is_no_number() {
        assert_eq!(DialledNumber::parse("0805691282", ""), None);
        assert!(DialledNumber::parse("+33805691282", "").is_some());
    }

    #[test]
    fn numbers_are_printed_as_the_french_read_them() {
        let printed = |text| DialledNumber::parse(text, "33").unwrap().as_printed();
        assert_eq!(printed("+33805691282"), "0805 691 282");
        assert_eq!(printed("+33261910001"), "02 61 91 00 01");
        let number = DialledNumber::parse("0805691282", "33").unwrap();
        assert_eq!(number.as_tel_uri(), "tel:+33805691282");
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused_without_a_panic(text in any::<String>(), country in any::<String>()) {
            if let Some(number) = DialledNumber::parse(&text, &country) {
                prop_assert!(number.as_printed().len() < 40);
            }
        }

        #[test]
        fn anything_like_a_number_is_read_or_refused(text in "(sip:|tel:|)[+0-9()%; .-]{0,24}(;phone-context=[+0-9]{0,4})?(@h)?") {
            if let Some(number) = DialledNumber::parse(&text, "33") {
                prop_assert_eq!(DialledNumber::parse(number.as_str(), ""), Some(number.clone()));
                prop_assert_eq!(DialledNumber::parse(&number.as_tel_uri(), "33"), Some(number));
            }
        }

        #[test]
        fn a_french_number_reads_back_from_its_printed_form(digits in "[1-9][0-9]{8}") {
            let number = DialledNumber::parse(&format!("+33{digits}"), "33").unwrap();
            prop_assert_eq!(DialledNumber::parse(&number.as_printed(), "33"), Some(number));
        }
    }
}
