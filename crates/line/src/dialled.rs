//! Finds the number that the caller dialled among everything an INVITE says about it.
//!
//! A toll-free number is translated on its way: what stands in the Request-URI may be the number itself, a
//! geographic one behind it, or the name of a trunk account. The sources are asked in the order of the trunk, and the
//! first one that names a number of a territory decides. Where none does, callers get the menu, never a refusal.

mod sources;

use std::borrow::Cow;

use bulletin::DialledNumber;
use sip::{Invitation, NewCall};

pub use sources::{NumberSource, NumberSources, Turn};

/// A place, and the URI it holds.
pub(crate) type Candidate<'a> = (NumberSource, Cow<'a, str>);

/// The first candidate that is one of ours.
///
/// - `candidates`: places that may hold the number, in the order in which they are asked.
/// - `country`: for numbers written without one. `known`: whether a number belongs to a territory.
pub(crate) fn find(
    candidates: &[Candidate<'_>],
    country: &str,
    known: impl Fn(&DialledNumber) -> bool,
) -> Option<DialledNumber> {
    candidates
        .iter()
        .filter_map(|(_, uri)| DialledNumber::parse(uri, country))
        .find(|number| known(number))
}

/// Every place of an INVITE that its trunk asks, in its order.
pub(crate) fn candidates<'a>(
    invitation: &'a Invitation,
    sources: &NumberSources,
) -> Vec<Candidate<'a>> {
    Places {
        request_uri: Cow::from(&invitation.request_uri),
        p_called_party_id: invitation.p_called_party_id.as_deref().map(Cow::from),
        to: Cow::from(&invitation.to),
        diversion: invitation.diversion.iter().map(Cow::from).collect(),
        history_info: invitation.history_info.iter().map(Cow::from).collect(),
    }
    .in_order(sources)
}

/// The same of a call of which nothing is kept yet.
pub(crate) fn of_new<'a>(call: &NewCall<'a>, sources: &NumberSources) -> Vec<Candidate<'a>> {
    Places {
        request_uri: String::from_utf8_lossy(call.request_uri),
        p_called_party_id: call.p_called_party_id().map(String::from_utf8_lossy),
        to: String::from_utf8_lossy(call.to),
        diversion: call.diversion().map(String::from_utf8_lossy).collect(),
        history_info: call.history_info().map(String::from_utf8_lossy).collect(),
    }
    .in_order(sources)
}

struct Places<'a> {
    request_uri: Cow<'a, str>,
    p_called_party_id: Option<Cow<'a, str>>,
    to: Cow<'a, str>,
    diversion: Vec<Cow<'a, str>>,
    history_info: Vec<Cow<'a, str>>,
}

impl<'a> Places<'a> {
    fn in_order(mut self, sources: &NumberSources) -> Vec<Candidate<'a>> {
        let mut candidates = Vec::new();
        for &source in &sources.order {
            let uris = match source {
                NumberSource::RequestUri => vec![std::mem::take(&mut self.request_uri)],
                NumberSource::PCalledPartyId => self.p_called_party_id.take().into_iter().collect(),
                NumberSource::To => vec![std::mem::take(&mut self.to)],
                NumberSource::Diversion => {
                    sources.diversion.put(std::mem::take(&mut self.diversion))
                }
                NumberSource::HistoryInfo => sources
                    .history_info
                    .put(std::mem::take(&mut self.history_info)),
            };
            candidates.extend(uris.into_iter().map(|uri| (source, uri)));
        }
        candidates
    }
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

    #[test]
    fn row_9_and_10_the_order_of_the_trunk_decides_where_several_are_ours() {
        let invitation = Invitation {
            p_called_party_id: Some("sip:+33261910001@c.example".to_owned()),
            diversion: vec!["sip:0805691282@c.example".to_owned()],
            ..dialled(TRANSLATED)
        };
        let asked = |order: &[NumberSource]| {
            let sources = NumberSources {
                order: order.to_vec(),
                ..NumberSources::default()
            };
            found_in(&invitation, &sources)
        };

        assert_eq!(found(&invitation), Some("+33261910001"));
        let both = [NumberSource::Diversion, NumberSource::PCalledPartyId];
        assert_eq!(asked(&both), NUMBER);
        assert_eq!(
            asked(&[NumberSource::RequestUri]),
            None,
            "nothing else is asked"
        );
    }

    #[test]
    fn row_10_and_11_the_first_or_the_last_is_asked_first_as_the_trunk_says() {
        let two = vec!["tel:+33805691282".to_owned(), "tel:+33261910001".to_owned()];
        let asked = |source, turn| {
            let invitation = Invitation {
                diversion: two.clone(),
                history_info: two.clone(),
                ..dialled(TRANSLATED)
            };
            let sources = NumberSources {
                order: vec![source],
                diversion: turn,
                history_info: turn,
            };
            found_in(&invitation, &sources)
        };

        for source in [NumberSource::Diversion, NumberSource::HistoryInfo] {
            assert_eq!(asked(source, Turn::First), NUMBER);
            assert_eq!(asked(source, Turn::Last), Some("+33261910001"));
        }
    }

    #[test]
    fn every_word_of_the_configuration_is_found_again() {
        for source in NumberSource::ALL {
            assert_eq!(NumberSource::find(source.as_str()), Some(source));
        }
        for turn in [Turn::First, Turn::Last] {
            assert_eq!(Turn::find(turn.as_str()), Some(turn));
        }
        assert_eq!(
            (NumberSource::find("from"), Turn::find("second")),
            (None, None)
        );
    }

    const TRANSLATED: &str = "sip:+33261910050@allo.example";
    const NUMBER: Option<&str> = Some("+33805691282");

    fn found(invitation: &Invitation) -> Option<&'static str> {
        found_in(invitation, &NumberSources::default())
    }

    fn found_in(invitation: &Invitation, sources: &NumberSources) -> Option<&'static str> {
        let ours = ["+33805691282", "+33261910001"];
        let number = find(&candidates(invitation, sources), "33", |number| {
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
            calling: sip::Calling::default(),
            offer: None,
            p_called_party_id: None,
            diversion: vec![],
            history_info: vec![],
            source: "192.0.2.9:5060".parse().unwrap(),
            listener: 0,
        }
    }
}
