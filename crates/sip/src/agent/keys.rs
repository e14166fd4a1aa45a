//! Keys carried by INFO: `application/dtmf-relay` and `application/dtmf` (de facto formats).

/// The key in the body of an INFO; `None` for a flash, a pause or nothing.
pub(super) fn read_key(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body.get(..body.len().min(MAX_OCTETS))?).ok()?;
    let signal = text.lines().find_map(signal_of);
    let word = signal.unwrap_or_else(|| text.trim());
    match word {
        "10" => Some('*'),
        "11" => Some('#'),
        "12" => Some('A'),
        "13" => Some('B'),
        "14" => Some('C'),
        "15" => Some('D'),
        _ => single_key(word),
    }
}

/// `Signal=5`, with spaces where people put them.
fn signal_of(line: &str) -> Option<&str> {
    let (name, value) = line.split_once('=')?;
    let is_signal = name.trim().eq_ignore_ascii_case("signal");
    is_signal.then(|| value.trim().trim_matches('"'))
}

fn single_key(word: &str) -> Option<char> {
    let mut letters = word.chars();
    let key = letters.next()?.to_ascii_uppercase();
    let is_key = key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D');
    (is_key && letters.next().is_none()).then_some(key)
}

/// More of a body than any key needs.
const MAX_OCTETS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_formats() {
        for (body, key) in [
            ("Signal=5\r\nDuration=160\r\n", Some('5')),
            ("Signal= *\r\nDuration= 250", Some('*')),
            ("signal=11\n", Some('#')),
            ("#", Some('#')),
            ("10", Some('*')),
            ("d\r\n", Some('D')),
            ("Signal=16", None),
            ("Signal=!", None),
            ("Duration=160\r\n", None),
            ("12345", None),
            ("", None),
        ] {
            assert_eq!(read_key(body.as_bytes()), key, "{body}");
        }
        assert_eq!(read_key(b"Signal=\xff"), None);
    }
}
