//! The pre-defined transforms (RFC 3711 § 4.1.1 and § 4.2.1) under session keys that come from a master key (§ 4.3).

use std::fmt;

use aes::Aes128Enc;
use ctr::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::MasterKey;

/// What three keys a master key is asked for (§ 4.3.2).
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Sound = 0,
    Reports = 3,
}

/// Keys of one kind of packet in one direction.
#[derive(Clone)]
pub(super) struct SessionKeys {
    cipher: [u8; 16],
    authentication: [u8; 20],
    salt: [u8; 14],
}

impl SessionKeys {
    /// Derives them; the key derivation rate is zero, so they last as long as the master key.
    pub(super) fn derive(master: &MasterKey, purpose: Purpose) -> Self {
        let first = purpose as u8;
        let mut keys = Self {
            cipher: [0; 16],
            authentication: [0; 20],
            salt: [0; 14],
        };
        generate(master, first, &mut keys.cipher);
        generate(master, first + 1, &mut keys.authentication);
        generate(master, first + 2, &mut keys.salt);
        keys
    }
}

/// § 4.3.3: the key stream under the master key that begins at label and salt.
fn generate(master: &MasterKey, label: u8, octets: &mut [u8]) {
    let (key, salt) = master.0.split_at(16);
    let (mut schedule_key, mut counter) = ([0; 16], [0; 16]);
    schedule_key.copy_from_slice(key);
    counter[..14].copy_from_slice(salt);
    counter[7] ^= label;
    let cipher = Aes128Enc::new(&schedule_key.into());
    key_stream(&cipher, counter).apply_keystream(octets);
}

/// Session keys made ready: encrypting a packet expands nothing and allocates nothing.
pub(super) struct Transform {
    cipher: Aes128Enc,
    /// Has taken its key in; each packet goes on from a copy.
    mac: Hmac<Sha1>,
    salt: [u8; 14],
}

impl Transform {
    pub(super) fn new(keys: &SessionKeys) -> Self {
        // HMAC fills a short key up with zeros itself; done here, no length can be wrong.
        let mut block = [0; 64];
        block[..20].copy_from_slice(&keys.authentication);
        Self {
            cipher: Aes128Enc::new(&keys.cipher.into()),
            mac: Hmac::new(&block.into()),
            salt: keys.salt,
        }
    }

    /// Encrypts, or decrypts, which is the same (§ 4.1.1).
    ///
    /// - `index`: 48 bits of the packet, or 31 of the report.
    pub(super) fn apply(&self, ssrc: u32, index: u64, octets: &mut [u8]) {
        let mut counter = [0; 16];
        counter[..14].copy_from_slice(&self.salt);
        let place = u128::from(ssrc) << 64 | u128::from(index) << 16;
        let counter = u128::from_be_bytes(counter) ^ place;
        key_stream(&self.cipher, counter.to_be_bytes()).apply_keystream(octets);
    }

    /// The tag over these parts (§ 4.2.1), of which the first octets are sent.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        self.taken_in(parts).finalize().into_bytes().into()
    }

    /// Whether these are the first octets of the tag; takes the same time wherever they differ.
    pub(super) fn verifies(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.taken_in(parts).verify_truncated_left(tag).is_ok()
    }

    fn taken_in(&self, parts: &[&[u8]]) -> Hmac<Sha1> {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transform(secret)")
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKeys(secret)")
    }
}

/// The low 16 bits of the counter are zero at the start, so that no two packets share a block.
fn key_stream(cipher: &Aes128Enc, counter: [u8; 16]) -> ctr::Ctr128BE<&Aes128Enc> {
    StreamCipherCoreWrapper::from_core(ctr::CtrCore::inner_iv_init(cipher, &counter.into()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MASTER, hex};
    use super::*;

    /// RFC 3711, Appendix B.2.
    #[test]
    fn the_key_stream_is_that_of_the_rfc() {
        let keys = SessionKeys {
            cipher: array(&hex("2B7E151628AED2A6ABF7158809CF4F3C")),
            authentication: [0; 20],
            salt: array(&hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")),
        };
        let mut stream = vec![0; 0xFF02 * 16];
        Transform::new(&keys).apply(0, 0, &mut stream);

        for (block, octets) in [
            (0, "E03EAD0935C95E80E166B16DD92B4EB4"),
            (1, "D23513162B02D0F72A43A2FE4A5F97AB"),
            (2, "41E95B3BB0A2E8DD477901E4FCA894C0"),
            (0xFEFF, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
            (0xFF00, "362B7C3C6773516318A077D7FC5073AE"),
            (0xFF01, "6A2CC3787889374FBEB4C81B17BA6C44"),
        ] {
            assert_eq!(stream[block * 16..][..16], hex(octets), "block {block:x}");
        }
    }

    /// RFC 3711, Appendix B.3.
    #[test]
    fn session_keys_are_those_of_the_rfc() {
        let keys = SessionKeys::derive(&MASTER, Purpose::Sound);

        assert_eq!(keys.cipher[..], hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(keys.salt[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
        let mut authentication = [0; 94];
        generate(&MASTER, 1, &mut authentication);
        assert_eq!(
            authentication[..],
            hex(
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE\
                 E049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25\
                 6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"
            )
        );
        assert_eq!(keys.authentication, authentication[..20]);
    }

    fn array<const N: usize>(octets: &[u8]) -> [u8; N] {
        octets.try_into().unwrap()
    }
}
