//! What `/readyz` says of the trunks' servers: a warning, for callers by other ways are answered all the same.

use std::collections::BTreeMap;

use line::TrunkHealth;
use web::Concern;

use crate::names::NameHealth;

/// None where nothing is asked of any trunk.
pub(super) fn concern(
    trunks: &[TrunkHealth],
    names: &BTreeMap<String, NameHealth>,
) -> Option<Concern> {
    if trunks.is_empty() {
        return None;
    }
    let of_names = names.iter().filter_map(|(server, known)| {
        let why = known.trouble.as_ref()?;
        Some(match known.found_at {
            Some(at) => format!("{server} is used where it was at {at}: {why}"),
            None => format!("{server} is not found: {why}"),
        })
    });
    let troubles = trunks.iter().flat_map(TrunkHealth::troubles);
    let troubles: Vec<String> = troubles.chain(of_names).collect();
    let detail = if troubles.is_empty() {
        "every registration is in force and every server that is watched answers".to_owned()
    } else {
        troubles.join("; ")
    };
    Some(super::concern("trunks", troubles.is_empty(), false, detail))
}

#[cfg(test)]
mod tests {
    use line::{PeerHealth, RegistrationHealth};

    use super::*;

    #[test]
    fn what_is_wrong_with_a_trunk_is_a_warning_in_words() {
        let mut trunk = TrunkHealth {
            trunk: "carrier".into(),
            registrations: vec![RegistrationHealth {
                registrar: "sip:registrar.example".into(),
                registered: true,
                trouble: None,
            }],
            peers: vec![PeerHealth {
                peer: "udp:192.0.2.1:5060".into(),
                up: None,
            }],
        };
        let mut names =
            BTreeMap::from([("sip:registrar.example".to_owned(), NameHealth::default())]);
        assert!(concern(&[trunk.clone()], &names).unwrap().ok);
        assert!(concern(&[], &names).is_none());

        trunk.registrations[0].registered = false;
        trunk.registrations[0].trouble = Some("answered 403".into());
        trunk.peers[0].up = Some(false);
        names.values_mut().for_each(|known| {
            known.found_at = Some("2026-03-12T14:30:00Z".parse().unwrap());
            known.trouble = Some("DNS does not answer: timed out".into());
        });
        let concern = concern(&[trunk], &names).unwrap();

        assert!(!concern.ok && !concern.vital);
        for words in [
            "carrier is not registered at sip:registrar.example: answered 403",
            "udp:192.0.2.1:5060 of carrier does not answer",
            "sip:registrar.example is used where it was at 2026-03-12T14:30:00Z",
        ] {
            assert!(concern.detail.contains(words), "{}", concern.detail);
        }
    }
}
