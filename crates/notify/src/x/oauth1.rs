//! Signed requests in the name of an account (OAuth 1.0a, "user context").
//!
//! Source: RFC 5849 § 3.4 (base string, HMAC-SHA1), § 3.5.1 (header), § 3.6 (escapes). A body of JSON is not signed
//! (§ 3.4.1.3.1).

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use hyper::Uri;
use sha1::Sha1;

use crate::SecretText;
use crate::http::percent_encoded;

/// Who asks (the application) and in whose name (the account).
pub(super) struct Credentials {
    pub(super) consumer_key: SecretText,
    pub(super) consumer_secret: SecretText,
    pub(super) token: SecretText,
    pub(super) token_secret: SecretText,
}

impl Credentials {
    /// The value of `Authorization` for one request.
    ///
    /// - `address`: with its query, whose parameters are signed too.
    /// - `timestamp`: seconds since 1970; `nonce`: never the same twice for one timestamp.
    pub(super) fn authorization(
        &self,
        method: &str,
        address: &str,
        timestamp: i64,
        nonce: &str,
    ) -> String {
        let timestamp = timestamp.to_string();
        let own = [
            ("oauth_consumer_key", self.consumer_key.expose()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &timestamp),
            ("oauth_token", self.token.expose()),
            ("oauth_version", "1.0"),
        ];
        let mut signed = query_parameters(address);
        signed.extend(
            own.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let base = base_string(method, address, &signed);
        let signature = signature(
            &base,
            self.consumer_secret.expose(),
            self.token_secret.expose(),
        );
        let header = own
            .into_iter()
            .chain([("oauth_signature", signature.as_str())])
            .map(|(name, value)| format!("{name}=\"{}\"", percent_encoded(value)));
        format!("OAuth {}", header.collect::<Vec<_>>().join(", "))
    }
}

/// HMAC-SHA1 in base64 (§ 3.4.2).
fn signature(base: &str, consumer_secret: &str, token_secret: &str) -> String {
    let key = format!(
        "{}&{}",
        percent_encoded(consumer_secret),
        percent_encoded(token_secret)
    );
    let mut mac =
        Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(base.as_bytes());
    Base64::encode_string(&mac.finalize().into_bytes())
}

/// § 3.4.1.1; `parameters` decoded, in any order.
fn base_string(method: &str, address: &str, parameters: &[(String, String)]) -> String {
    let mut encoded: Vec<_> = parameters
        .iter()
        .map(|(name, value)| (percent_encoded(name), percent_encoded(value)))
        .collect();
    encoded.sort();
    let pairs: Vec<_> = encoded
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "{method}&{}&{}",
        percent_encoded(&base_uri(address)),
        percent_encoded(&pairs.join("&"))
    )
}

/// Scheme and host in small letters, the port unless it is the usual one, the path (§ 3.4.1.2).
fn base_uri(address: &str) -> String {
    let Ok(uri) = address.parse::<Uri>() else {
        return address.to_owned();
    };
    let scheme = uri.scheme_str().unwrap_or("https").to_ascii_lowercase();
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let usual = if scheme == "https" { 443 } else { 80 };
    let port = match uri.port_u16() {
        Some(port) if port != usual => format!(":{port}"),
        Some(_) | None => String::new(),
    };
    format!("{scheme}://{host}{port}{}", uri.path())
}

/// The decoded parameters of an address that this program wrote itself: `+` and escapes do not occur in names.
fn query_parameters(address: &str) -> Vec<(String, String)> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), decoded(value))
        })
        .collect()
}

fn decoded(value: &str) -> String {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|two| std::str::from_utf8(two).ok());
        match escaped.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(octet) => {
                octets.push(octet);
                rest = &after[2..];
            }
            None => {
                octets.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_requests_of_rfc_5849_get_their_signatures() {
        // § 1.2, whose third request goes to port 80.
        let (consumer, method) = ("dpf43f3p2l4k3l03", ("oauth_signature_method", "HMAC-SHA1"));
        let initiate = [
            ("oauth_consumer_key", consumer),
            method,
            ("oauth_timestamp", "137131200"),
            ("oauth_nonce", "wIjqoS"),
            ("oauth_callback", "http://printer.example.com/ready"),
        ];
        let signed = sign("POST", "https://photos.example.net/initiate", &initiate, "");
        assert_eq!(signed, "74KNZJeDHnMBp0EMJ9ZHt/XKycU=");

        let token = [
            ("oauth_consumer_key", consumer),
            ("oauth_token", "hh5s93j4hdidpola"),
            method,
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "walatlh"),
            ("oauth_verifier", "hfdp7dh39dks9884"),
        ];
        let signed = sign(
            "POST",
            "https://photos.example.net/token",
            &token,
            "hdhd0244k9j7ao03",
        );
        assert_eq!(signed, "gKgrFCywp7rO0OXSjdot/IHF7IU=");

        let photo = [
            ("oauth_consumer_key", consumer),
            ("oauth_token", "nnch734d00sl2jdk"),
            method,
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ];
        let address = "http://photos.example.net/photos?file=vacation.jpg&size=original";
        let signed = sign("GET", address, &photo, "pfkkdhi9sl3r4s00");
        assert_eq!(signed, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    #[test]
    fn the_base_string_of_rfc_5849_is_made_of_its_parameters() {
        // § 3.4.1.1, with the decoded parameters of § 3.4.1.3.1.
        let parameters = owned(&[
            ("b5", "=%3D"),
            ("a3", "a"),
            ("c@", ""),
            ("a2", "r b"),
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
            ("c2", ""),
            ("a3", "2 q"),
        ]);
        assert_eq!(
            base_string(
                "POST",
                "http://EXAMPLE.COM:80/request?b5=%3D%253D",
                &parameters
            ),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q\
             %26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_\
             key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m\
             ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk\
             9d7dh3k39sjv7"
        );
    }

    #[test]
    fn the_base_uri_of_rfc_5849_has_no_usual_port() {
        // § 3.4.1.2.
        assert_eq!(
            base_uri("http://EXAMPLE.COM:80/r%20v/X?id=123"),
            "http://example.com/r%20v/X"
        );
        assert_eq!(
            base_uri("https://www.example.net:8080/?q=1"),
            "https://www.example.net:8080/"
        );
    }

    #[test]
    fn the_example_of_xs_documentation_gets_its_signature() {
        // Page "Creating a signature"; its body is a form, so that `status` is signed too.
        let parameters = [
            (
                "status",
                "Hello Ladies + Gentlemen, a signed OAuth request!",
            ),
            ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
            ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1318622958"),
            (
                "oauth_token",
                "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            ),
            ("oauth_version", "1.0"),
        ];
        let address = "https://api.x.com/1.1/statuses/update.json?include_entities=true";
        let mut signed = query_parameters(address);
        signed.extend(owned(&parameters));
        let base = base_string("POST", address, &signed);
        assert_eq!(
            signature(
                &base,
                "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
                "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
            ),
            "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="
        );
    }

    fn sign(
        method: &str,
        address: &str,
        parameters: &[(&str, &str)],
        token_secret: &str,
    ) -> String {
        let mut signed = query_parameters(address);
        signed.extend(owned(parameters));
        signature(
            &base_string(method, address, &signed),
            "kd94hf93k423kf44",
            token_secret,
        )
    }

    fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = parameters.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}
