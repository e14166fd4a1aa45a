//! The alphabet of short messages, and how many of them a text takes.
//!
//! Source: 3GPP TS 23.038 § 6.2.1 (GSM 7-bit default alphabet and its extension table); parts of a longer text carry 153
//! of its letters or 67 of UCS-2 (TS 23.040 § 9.2.3.24.1).

/// How many short messages a text takes; none for no text.
pub(crate) fn parts(text: &str) -> usize {
    let (length, whole, part) = match septets(text) {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    match length {
        0 => 0,
        _ if length <= whole => 1,
        _ => length.div_ceil(part),
    }
}

/// Whether every character is of the 7-bit alphabet.
pub(crate) fn is_plain(text: &str) -> bool {
    septets(text).is_some()
}

/// The same text in letters that a short message has, as far as there are some: a text with one letter outside of the
/// alphabet costs more than twice as many messages.
pub(crate) fn simplified(text: &str) -> String {
    let mut simple = String::with_capacity(text.len());
    for c in text.chars() {
        if is_basic(c) || is_extended(c) {
            simple.push(c);
        } else {
            match replacement(c) {
                Some(letters) => simple.push_str(letters),
                None => simple.push(c),
            }
        }
    }
    simple
}

/// Length in septets; `None` where a character is not of the alphabet.
fn septets(text: &str) -> Option<usize> {
    let mut length = 0;
    for c in text.chars() {
        length += match c {
            _ if is_basic(c) => 1,
            _ if is_extended(c) => 2,
            _ => return None,
        };
    }
    Some(length)
}

/// The septets of a text, one an octet; `None` where a character is not of the alphabet.
pub(crate) fn encoded(text: &str) -> Option<Vec<u8>> {
    let mut octets = vec![];
    for c in text.chars() {
        match (basic(c), extended(c)) {
            (Some(code), _) => octets.push(code),
            (None, Some(code)) => octets.extend([ESCAPE, code]),
            (None, None) => return None,
        }
    }
    Some(octets)
}

fn is_basic(c: char) -> bool {
    basic(c).is_some()
}

fn is_extended(c: char) -> bool {
    extended(c).is_some()
}

fn basic(c: char) -> Option<u8> {
    if c.is_ascii_alphanumeric() || c == ' ' {
        // Most of a text; these stand where ASCII has them.
        return u8::try_from(c).ok();
    }
    let place = BASIC.chars().position(|it| it == c)?;
    u8::try_from(place).ok().filter(|code| *code != ESCAPE)
}

fn extended(c: char) -> Option<u8> {
    let found = EXTENDED.iter().find(|(it, _)| *it == c)?;
    Some(found.1)
}

/// Leads to the extension table.
pub(crate) const ESCAPE: u8 = 0x1b;
/// Each at the place of its code; that of the escape is taken by the character of that name.
const BASIC: &str = concat!(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
);
const EXTENDED: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        'À' | 'Â' | 'Á' => "A",
        'â' | 'á' => "a",
        'ç' => "c",
        'È' | 'Ê' | 'Ë' => "E",
        'ê' | 'ë' => "e",
        'Î' | 'Ï' => "I",
        'î' | 'ï' | 'í' => "i",
        'Ô' | 'Ó' => "O",
        'ô' | 'ó' => "o",
        'Ù' | 'Û' | 'Ú' => "U",
        'û' | 'ú' => "u",
        'ÿ' => "y",
        'Œ' => "OE",
        'œ' => "oe",
        '’' | '‘' | 'ʼ' | '`' | '´' => "'",
        '“' | '”' | '«' | '»' | '„' => "\"",
        '–' | '—' | '‑' | '•' | '−' => "-",
        '…' => "...",
        '\t' | '\u{a0}' | '\u{202f}' | '\u{2009}' => " ",
        '²' => "2",
        '³' => "3",
        '°' => "o",
        'µ' | 'μ' => "u",
        '×' => "x",
        '≥' => ">=",
        '≤' => "<=",
        '½' => "1/2",
        '→' => "->",
        '\u{ad}' | '\u{200b}' | '\u{feff}' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_words_stay_in_the_small_alphabet() {
        let simple =
            simplified("« Dès 14 h : fumée blanche, l’odeur d’œuf s’arrête à Oissel – n° 3… »");
        assert_eq!(
            simple,
            "\" Dès 14 h : fumée blanche, l'odeur d'oeuf s'arrete à Oissel - no 3... \""
        );
        assert!(is_plain(&simple));
    }

    #[test]
    fn what_the_alphabet_lacks_makes_long_messages() {
        assert_eq!(parts(&"a".repeat(160)), 1);
        assert_eq!(parts(&"a".repeat(161)), 2);
        assert_eq!(parts(&"a".repeat(306)), 2);
        assert_eq!(parts(&"a".repeat(307)), 3);
        assert_eq!(parts(&"€".repeat(80)), 1);
        assert_eq!(parts(&"€".repeat(81)), 2);
        assert_eq!(parts(&"工".repeat(70)), 1);
        assert_eq!(parts(&"工".repeat(71)), 2);
        assert_eq!(parts(&"😷".repeat(36)), 2);
        assert_eq!(parts(""), 0);
    }

    #[test]
    fn letters_stand_at_the_places_of_the_standard() {
        assert_eq!(BASIC.chars().count(), 128);
        let codes = [
            ('@', 0x00),
            ('\n', 0x0a),
            ('É', 0x1f),
            (' ', 0x20),
            ('0', 0x30),
            ('A', 0x41),
            ('a', 0x61),
            ('à', 0x7f),
        ];
        for (letter, code) in codes {
            assert_eq!(encoded(&letter.to_string()), Some(vec![code]), "{letter}");
        }
        assert_eq!(encoded("é€"), Some(vec![0x05, 0x1b, 0x65]));
        assert_eq!(encoded("ê"), None);
        assert_eq!(encoded("\u{1b}"), None);
    }
}
