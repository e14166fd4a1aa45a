//! The signature of a webhook: HMAC-SHA256 over id, second and body (Standard Webhooks, "Signature scheme").

use base64ct::{Base64, Base64Unpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::SecretText;

/// A key that both sides know.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads `whsec_` and base64; without the prefix as well.
    ///
    /// # Errors
    /// One sentence that says what to write, without the secret.
    pub fn parse(secret: &SecretText) -> Result<Self, String> {
        let text = secret.expose();
        let text = text.strip_prefix("whsec_").unwrap_or(text);
        let key = Base64::decode_vec(text).or_else(|_| Base64Unpadded::decode_vec(text));
        match key {
            Ok(key) if (24..=64).contains(&key.len()) => Ok(Self(key)),
            _ => Err(
                "the secret is not whsec_ and 24 to 64 octets in base64; make one with: \
                 printf 'whsec_%s' \"$(head -c 32 /dev/urandom | base64)\""
                    .to_owned(),
            ),
        }
    }

    fn sign(&self, id: &str, second: i64, body: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0)
            .expect("HMAC takes keys of every length (RFC 2104 § 2)");
        mac.update(format!("{id}.{second}.").as_bytes());
        mac.update(body);
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature for each key, so that keys can be replaced without a gap.
///
/// - `second`: the value of `webhook-timestamp`, since 1970.
#[must_use]
pub fn signature(keys: &[SigningKey], id: &str, second: i64, body: &[u8]) -> String {
    let each: Vec<_> = keys.iter().map(|key| key.sign(id, second, body)).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The vector by which the reference libraries of Standard Webhooks test themselves.
    #[test]
    fn the_published_vector_is_signed_as_published() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);

        let signed = signature(&[key], id, 1_614_265_330, body);

        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let [new, old] = [
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        ]
        .map(|text| key(text).unwrap());
        let both = signature(&[new.clone(), old.clone()], "id", 1, b"body");
        let each = [new, old].map(|key| signature(&[key], "id", 1, b"body"));
        assert_eq!(both, each.join(" "));
        assert_ne!(each[0], each[1]);
    }

    #[test]
    fn a_secret_that_is_none_is_refused_without_being_repeated() {
        for text in ["hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!"] {
            let refused = key(text).err().unwrap();
            assert!(refused.contains("24 to 64 octets") && !refused.contains("hunter2"));
        }
    }

    proptest! {
        #[test]
        fn anything_is_a_key_or_refused(text in "\\PC{0,120}") {
            let _ = key(&text);
        }
    }

    fn key(text: &str) -> Result<SigningKey, String> {
        SigningKey::parse(&SecretText::new(text.to_owned()))
    }
}
