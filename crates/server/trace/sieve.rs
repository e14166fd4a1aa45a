//! Which messages belong to the calls that are wished for, and when those are over. Pure.

use std::collections::HashMap;

use bulletin::DialledNumber;
use line::Way;

use super::Wish;
use super::sketch::Sketch;

/// Takes the messages of some calls out of those of all.
#[derive(Debug)]
pub(super) struct Sieve {
    wish: Wish,
    number: Option<DialledNumber>,
    digits: String,
    country: String,
    followed: HashMap<String, Followed>,
    over: u32,
}

impl Sieve {
    /// `country`: for numbers written without one.
    pub(super) fn new(wish: Wish, country: &str) -> Self {
        let wanted = wish.number.as_deref().unwrap_or_default();
        Self {
            number: DialledNumber::parse(wanted, country),
            digits: digits(wanted).trim_start_matches('0').to_owned(),
            country: country.to_owned(),
            wish,
            followed: HashMap::new(),
            over: 0,
        }
    }

    /// The number of the call that a message belongs to, 0 for none; `None` when it is not wished for.
    pub(super) fn take(&mut self, way: Way, trunk: Option<&str>, text: &str) -> Option<u32> {
        let message = Sketch::of(text);
        if !self.followed.contains_key(message.call_id) && self.begins(way, trunk, &message) {
            let call = u32::try_from(self.followed.len()).unwrap_or(u32::MAX) + 1;
            let followed = Followed {
                call,
                answer: None,
                is_over: false,
            };
            self.followed.insert(message.call_id.to_owned(), followed);
        }
        let Some(followed) = self.followed.get_mut(message.call_id) else {
            return self.wish.all.then_some(0);
        };
        if followed.take_note(way, &message) {
            self.over += 1;
        }
        Some(followed.call)
    }

    /// Whether as many calls as wished for are over.
    pub(super) fn is_done(&self) -> bool {
        self.over >= self.wish.calls
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.followed.len()
    }

    fn begins(&self, way: Way, trunk: Option<&str>, message: &Sketch<'_>) -> bool {
        if message.call_id.is_empty()
            || self.followed.len() >= usize::try_from(self.wish.calls).unwrap_or(usize::MAX)
        {
            return false;
        }
        if let Some(wanted) = &self.wish.call_id {
            return message.call_id == wanted;
        }
        way != Way::Sent
            && message.is_invitation()
            && (self.wish.trunk.is_none() || self.wish.trunk.as_deref() == trunk)
            && (self.wish.number.is_none() || message.dialled().any(|uri| self.is_number(uri)))
    }

    fn is_number(&self, uri: &str) -> bool {
        if self.number.is_some() && self.number == DialledNumber::parse(uri, &self.country) {
            return true;
        }
        let user = uri.split('@').next().unwrap_or_default();
        let user = user.split(';').next().unwrap_or_default();
        !self.digits.is_empty() && digits(user).ends_with(&self.digits)
    }
}

#[derive(Debug)]
struct Followed {
    call: u32,
    /// The first final answer to its INVITE; what later ones say concerns the sound alone.
    answer: Option<u16>,
    is_over: bool,
}

impl Followed {
    /// Answers whether the call is over with this message.
    fn take_note(&mut self, way: Way, message: &Sketch<'_>) -> bool {
        let status = message.status().filter(|status| *status >= 200);
        if message.method == "INVITE" {
            self.answer = self.answer.or(status);
        }
        let is_last = match message.method {
            "BYE" => status.is_some(),
            "ACK" => self.answer.is_some_and(|status| status >= 300),
            // A stranger is not answered, so nothing follows but repeats.
            _ => way == Way::FromStranger,
        };
        is_last && !std::mem::replace(&mut self.is_over, true)
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written_and_wherever_it_stands() {
        for wanted in ["0805691282", "+33805691282", "0805 691 282", "691282"] {
            for uri in [
                "sip:+33805691282@allo",
                "sip:0805691282@allo",
                "tel:0033805691282",
            ] {
                let mut sieve = sieve(number(wanted));
                assert_eq!(
                    sieve.hear(&invite("c1", uri, "")),
                    Some(1),
                    "{wanted} in {uri}"
                );
            }
        }
        let translated = invite(
            "c1",
            "sip:+33261910050@allo",
            "Diversion: <sip:0805691282@c>\r\n",
        );
        assert_eq!(sieve(number("0805691282")).hear(&translated), Some(1));
        let other = invite("c1", "sip:+33261910050@allo", "");
        assert_eq!(sieve(number("0805691282")).hear(&other), None);
    }

    #[test]
    fn a_call_is_followed_to_the_answer_of_its_bye_and_no_other_begins() {
        let mut sieve = sieve(Wish::default());
        assert_eq!(sieve.hear(&invite("c1", URI, "")), Some(1));
        assert_eq!(
            sieve.hear(&invite("c2", URI, "")),
            None,
            "one call was wished for"
        );
        assert_eq!(sieve.say("c1", "SIP/2.0 200 OK", "1 INVITE"), Some(1));
        assert_eq!(
            sieve.hear(&message("c1", "ACK sip:a SIP/2.0", "1 ACK")),
            Some(1)
        );
        assert_eq!(
            sieve.say("c1", "SIP/2.0 488 Not Acceptable Here", "2 INVITE"),
            Some(1)
        );
        assert_eq!(
            sieve.hear(&message("c1", "ACK sip:a SIP/2.0", "2 ACK")),
            Some(1)
        );
        assert_eq!(sieve.say("c1", "BYE sip:a SIP/2.0", "1 BYE"), Some(1));
        assert!(!sieve.is_done(), "a new offer was refused, not the call");
        assert_eq!(
            sieve.hear(&message("c1", "SIP/2.0 200 OK", "1 BYE")),
            Some(1)
        );
        assert!(sieve.is_done());
    }

    #[test]
    fn a_refused_call_is_over_with_its_ack_and_a_stranger_s_at_once() {
        let mut refused = sieve(Wish::default());
        refused.hear(&invite("c1", URI, ""));
        refused.say("c1", "SIP/2.0 503 Service Unavailable", "1 INVITE");
        assert!(!refused.is_done());
        refused.hear(&message("c1", "ACK sip:a SIP/2.0", "1 ACK"));
        assert!(refused.is_done());

        let mut strange = sieve(Wish::default());
        let taken = strange.take(Way::FromStranger, None, &invite("c1", URI, ""));
        assert!(taken == Some(1) && strange.is_done());
    }

    #[test]
    fn a_trunk_and_a_call_id_choose_and_all_takes_the_rest_too() {
        let by_trunk = |name: &str| Wish {
            trunk: Some(name.into()),
            ..Wish::default()
        };
        let carrier = Some("carrier");
        let heard = invite("c1", URI, "");
        assert_eq!(
            sieve(by_trunk("carrier")).take(Way::Heard, carrier, &heard),
            Some(1)
        );
        assert_eq!(
            sieve(by_trunk("other")).take(Way::Heard, carrier, &heard),
            None
        );

        let mut one = sieve(Wish {
            call_id: Some("c2".into()),
            ..Wish::default()
        });
        assert_eq!(one.hear(&heard), None);
        assert_eq!(
            one.hear(&message("c2", "BYE sip:a SIP/2.0", "9 BYE")),
            Some(1)
        );

        let mut all = sieve(Wish {
            all: true,
            ..Wish::default()
        });
        assert_eq!(
            all.hear(&message("o1", "OPTIONS sip:a SIP/2.0", "1 OPTIONS")),
            Some(0)
        );
    }

    const URI: &str = "sip:0805691282@allo";

    impl Sieve {
        fn hear(&mut self, text: &str) -> Option<u32> {
            self.take(Way::Heard, None, text)
        }

        fn say(&mut self, call_id: &str, start: &str, cseq: &str) -> Option<u32> {
            self.take(Way::Sent, None, &message(call_id, start, cseq))
        }
    }

    fn sieve(wish: Wish) -> Sieve {
        Sieve::new(Wish { calls: 1, ..wish }, "33")
    }

    fn number(wanted: &str) -> Wish {
        Wish {
            number: Some(wanted.into()),
            ..Wish::default()
        }
    }

    fn invite(call_id: &str, uri: &str, more: &str) -> String {
        format!(
            "INVITE {uri} SIP/2.0\r\nCall-ID: {call_id}\r\nTo: <{uri}>\r\n{more}CSeq: 1 INVITE\r\n\r\n"
        )
    }

    fn message(call_id: &str, start: &str, cseq: &str) -> String {
        format!("{start}\r\nCall-ID: {call_id}\r\nTo: <{URI}>;tag=1\r\nCSeq: {cseq}\r\n\r\n")
    }
}
