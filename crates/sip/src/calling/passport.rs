//! The attestation in an Identity header: a PASSporT, `header.payload.signature` in base64url (RFC 8224 § 4, RFC 8225
//! § 3, RFC 8588 § 4).
//!
//! Only `attest` is looked for, in a payload of bounded size and without a tree of its JSON. What is not such a
//! token, the compact form without a payload included, attests nothing.

use crate::octets::trim;

/// How well the carrier that signed a call claims to know its caller (RFC 8588 § 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attestation {
    /// Full: the customer, and the right to use the number.
    A,
    /// Partial: the customer.
    B,
    /// Gateway: where the call entered its network.
    C,
}

impl Attestation {
    /// Its letter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

/// The attestation that one Identity header claims.
pub(super) fn attestation(identity: &[u8]) -> Option<Attestation> {
    let token = identity.split(|&octet| octet == b';').next()?;
    let mut parts = token.split(|&octet| octet == b'.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || payload.len() > LONGEST_PAYLOAD {
        return None;
    }
    match find_string(&decode(payload)?, b"attest")? {
        b"A" => Some(Attestation::A),
        b"B" => Some(Attestation::B),
        b"C" => Some(Attestation::C),
        _ => None,
    }
}

/// Decodes base64url without padding (RFC 7515 § 2); the white space of folds is passed over.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    for &octet in text {
        let value = match octet {
            b'A'..=b'Z' => octet - b'A',
            b'a'..=b'z' => octet - b'a' + 26,
            b'0'..=b'9' => octet - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            b' ' | b'\t' | b'\r' | b'\n' | b'=' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., last] = (bits >> count).to_be_bytes();
            octets.push(last);
        }
    }
    Some(octets)
}

/// The string that a member of the outermost object holds; `None` where it holds something else or its name is
/// written with escapes.
fn find_string<'a>(json: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let json = trim(json);
    let (mut at, mut depth) = (0, 0_usize);
    let (mut member, mut is_value) = (&b""[..], false);
    while let Some(&octet) = json.get(at) {
        match octet {
            b'"' => {
                let end = closing_quote(json, at)?;
                let text = &json[at + 1..end];
                match (depth, is_value) {
                    (1, true) if member == name => return Some(text),
                    (1, false) => member = text,
                    _ => {}
                }
                at = end;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b':' if depth == 1 => is_value = true,
            b',' if depth == 1 => is_value = false,
            _ if depth == 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn closing_quote(json: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match json.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Octets of base64url; a payload has some 300, with a rich call display a few thousand.
const LONGEST_PAYLOAD: usize = 16_384;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn the_attestation_of_the_outermost_object_counts() {
        for (payload, wanted) in [
            (
                r#"{"attest":"A","dest":{"tn":["33805691282"]}}"#,
                Some(Attestation::A),
            ),
            (
                r#"{"dest":{"attest":"A"}, "attest" : "C" }"#,
                Some(Attestation::C),
            ),
            (
                r#"{"orig":"\"attest\":\"A\"","attest":"B"}"#,
                Some(Attestation::B),
            ),
            (r#"{"a":["attest","A"],"b":1}"#, None),
            (r#"{"attest":["A"]}"#, None),
            (r#"{"attest":"D"}"#, None),
            (r#"{"attest":"A"#, None),
            (r#"{"attest":"#, None),
            (r#"["attest"]"#, None),
            (r#""attest""#, None),
            ("", None),
        ] {
            let identity = format!("e30.{}.sig;info=<https://h>", encode(payload.as_bytes()));
            assert_eq!(attestation(identity.as_bytes()), wanted, "{payload}");
        }
    }

    #[test]
    fn what_is_no_token_attests_nothing() {
        let payload = encode(br#"{"attest":"A"}"#);
        let long = encode(format!(r#"{{"x":"{}","attest":"A"}}"#, "x".repeat(20_000)).as_bytes());
        for identity in [
            String::new(),
            "..sig;info=<https://h>".into(),
            payload.clone(),
            format!("e30.{payload}"),
            format!("e30.{payload}.sig.more"),
            format!("e30.{payload}!.sig"),
            format!("e30.{long}.sig"),
        ] {
            assert_eq!(attestation(identity.as_bytes()), None, "{identity:.60}");
        }
    }

    proptest! {
        #[test]
        fn the_member_found_is_the_one_that_another_reader_finds(
            members in proptest::collection::btree_map("[a-z]{1,6}|attest", value(), 0..6), gap in " {0,2}",
        ) {
            let tree = json!(members);
            let text = serde_json::to_string_pretty(&tree).unwrap().replace('\n', &gap);
            let found = find_string(text.as_bytes(), b"attest");
            let wanted = tree["attest"].as_str().filter(|text| !text.contains(['"', '\\']));
            match wanted {
                Some(wanted) => prop_assert_eq!(found, Some(wanted.as_bytes())),
                None if tree["attest"].is_string() => {}
                None => prop_assert_eq!(found, None),
            }
        }

        #[test]
        fn octets_come_back_from_base64url(octets: Vec<u8>) {
            prop_assert_eq!(decode(encode(&octets).as_bytes()), Some(octets));
        }

        #[test]
        fn no_token_makes_the_reader_panic(payload: Vec<u8>, text: Vec<u8>) {
            let _ = attestation(format!("e30.{}.sig", encode(&payload)).as_bytes());
            let _ = attestation(&text);
            let _ = find_string(&text, b"attest");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[A-C]|[ -~]{0,8}|attest".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{1,4}|attest", inner, 0..4)
                    .prop_map(|members| json!(members)),
            ]
        })
    }

    /// As a signer writes it.
    pub(in crate::calling) fn encode(octets: &[u8]) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in octets.chunks(3) {
            let mut three = [0; 4];
            three[1..=chunk.len()].copy_from_slice(chunk);
            let bits = u32::from_be_bytes(three);
            for place in 0..=chunk.len() {
                let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap();
                text.push(char::from(letters[index]));
            }
        }
        text
    }
}
