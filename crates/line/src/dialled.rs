//! Finds the number that the caller dialled among everything an INVITE says about it.
//!
//! A toll-free number is translated on its way: what stands in the Request-URI may be the number itself, a
//! geographic one behind it, or the name of a trunk account. The sources are asked in a fixed order, and the first
//! one that names a number of a territory decides. Where none does, callers get the menu, never a refusal.

use std::borrow::Cow;

use bulletin::DialledNumber;
use sip::{Invitation, NewCall};

/// The first candidate that is one of ours.
///
/// - `candidates`: places that may hold the number, in the order in which they are asked, each with its name.
/// - `country`: for numbers written without one. `known`: whether a number belongs to a territory.
pub(crate) fn find(
    candidates: &[(&'static str, Cow<'_, str>)],
    country: &str,
    known: impl Fn(&DialledNumber) -> bool,
) -> Option<DialledNumber> {
    candidates
        .iter()
        .filter_map(|(_, uri)| DialledNumber::parse(uri, country))
        .find(|number| known(number))
}

/// Every place that may hold the dialled number, with its name: Request-URI, P-Called-Party-ID (RFC 7315 § 4.2), To,
/// Diversion from the original one to the latest (RFC 5806 lists the latest first), History-Info from its first
/// index on (RFC 7044).
pub(crate) fn candidates(invitation: &Invitation) -> Vec<(&'static str, Cow<'_, str>)> {
    in_order(
        Cow::from(&invitation.request_uri),
        invitation.p_called_party_id.as_deref().map(Cow::from),
        Cow::from(&invitation.to),
        invitation.diversion.iter().map(Cow::from),
        invitation.history_info.iter().map(Cow::from),
    )
}

/// The same of a call of which nothing is kept yet.
pub(crate) fn of_new<'a>(call: &NewCall<'a>) -> Vec<(&'static str, Cow<'a, str>)> {
    in_order(
        String::from_utf8_lossy(call.request_uri),
        call.p_called_party_id().map(String::from_utf8_lossy),
        String::from_utf8_lossy(call.to),
        call.diversion().map(String::from_utf8_lossy),
        call.history_info().map(String::from_utf8_lossy),
    )
}

fn in_order<'a>(
    request_uri: Cow<'a, str>,
    p_called_party_id: Option<Cow<'a, str>>,
    to: Cow<'a, str>,
    diversion: impl DoubleEndedIterator<Item = Cow<'a, str>>,
    history_info: impl Iterator<Item = Cow<'a, str>>,
) -> Vec<(&'static str, Cow<'a, str>)> {
    let mut candidates = vec![("request_uri", request_uri)];
    candidates.extend(p_called_party_id.map(|uri| ("p_called_party_id", uri)));
    candidates.push(("to", to));
    candidates.extend(diversion.rev().map(|uri| ("diversion", uri)));
    candidates.extend(history_info.map(|uri| ("history_info", uri)));
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_1_the_number_in_international_form_is_itself() {
        assert_eq!(
            found(&dialled("sip:+33805691282@allo.example;user=phone")),
            NUMBER
        );
    }

    #[test]
    fn row_2_a_national_number_gets_its_country() {
        assert_eq!(found(&dialled("sip:0805691282@allo.example")), NUMBER);
    }

    #[test]
    fn row_3_a_missing_plus_is_added() {
        assert_eq!(found(&dialled("sip:33805691282@allo.example")), NUMBER);
    }

    #[test]
    fn row_4_two_zeros_are_a_plus() {
        assert_eq!(found(&dialled("sip:0033805691282@allo.example")), NUMBER);
    }

    #[test]
    fn row_5_separators_do_not_count() {
        assert_eq!(found(&dialled("tel:+33-805-691-282")), NUMBER);
    }

    #[test]
    fn row_6_the_context_of_a_local_number_counts() {
        assert_eq!(found(&dialled("tel:0805691282;phone-context=+33")), NUMBER);
    }

    #[test]
    fn row_7_a_delivery_number_is_found_whatever_portability_adds() {
        let uri = "sip:+33261910001;npdi;rn=+33900000001@allo.example";
        assert_eq!(found(&dialled(uri)), Some("+33261910001"));
    }

    #[test]
    fn row_8_behind_an_account_name_the_to_decides() {
        let invitation = Invitation {
            to: "sip:0805691282@carrier.example".to_owned(),
            ..dialled("sip:trunk-account@allo.example")
        };
        assert_eq!(found(&invitation), NUMBER);
    }

    #[test]
    fn row_9_behind_a_translation_p_called_party_id_decides() {
        let invitation = Invitation {
            p_called_party_id: Some("sip:+33805691282@carrier.example".to_owned()),
            ..dialled(TRANSLATED)
        };
        assert_eq!(found(&invitation), NUMBER);
    }

    #[test]
    fn row_10_of_two_diversions_the_one_that_is_ours_decides_and_of_two_of_ours_the_original() {
        let both = |first: &str, last: &str| Invitation {
            diversion: vec![first.to_owned(), last.to_owned()],
            ..dialled(TRANSLATED)
        };
        let (ours, other) = ("sip:+33805691282@c.example", "tel:+33261910099");

        assert_eq!(found(&both(ours, other)), NUMBER);
        assert_eq!(found(&both(other, ours)), NUMBER);
        assert_eq!(found(&both("tel:+33261910001", ours)), NUMBER);
    }

    #[test]
    fn row_11_the_first_index_of_the_history_decides() {
        let invitation = Invitation {
            history_info: vec![
                "sip:+33805691282@c.example".to_owned(),
                TRANSLATED.to_owned(),
            ],
            ..dialled(TRANSLATED)
        };
        assert_eq!(found(&invitation), NUMBER);
    }

    #[test]
    fn row_12_without_any_known_number_there_is_none() {
        let invitation = Invitation {
            to: "sip:anonymous@anonymous.invalid".to_owned(),
            p_called_party_id: Some("::::".to_owned()),
            diversion: vec![String::new()],
            history_info: vec!["tel:".to_owned()],
            ..dialled(TRANSLATED)
        };
        assert_eq!(found(&invitation), None);
    }

    #[test]
    fn the_request_uri_comes_before_everything_else() {
        let invitation = Invitation {
            to: "tel:+33805691282".to_owned(),
            ..dialled("sip:+33261910001@allo.example")
        };
        assert_eq!(found(&invitation), Some("+33261910001"));
    }

    #[test]
    fn the_caller_s_own_number_is_never_a_candidate() {
        let invitation = Invitation {
            from: "tel:+33805691282".to_owned(),
            ..dialled(TRANSLATED)
        };
        assert_eq!(found(&invitation), None);
    }

    const TRANSLATED: &str = "sip:+33261910050@allo.example";
    const NUMBER: Option<&str> = Some("+33805691282");

    fn found(invitation: &Invitation) -> Option<&'static str> {
        let ours = ["+33805691282", "+33261910001"];
        let number = find(&candidates(invitation), "33", |number| {
            ours.contains(&number.as_str())
        })?;
        ours.into_iter().find(|one| *one == number.as_str())
    }

    fn dialled(request_uri: &str) -> Invitation {
        Invitation {
            call_id: "1@carrier.example".to_owned(),
            request_uri: request_uri.to_owned(),
            to: TRANSLATED.to_owned(),
            from: "sip:anonymous@anonymous.invalid".to_owned(),
            offer: None,
            p_called_party_id: None,
            diversion: vec![],
            history_info: vec![],
            source: "192.0.2.9:5060".parse().unwrap(),
            listener: 0,
        }
    }
}
