//! What a trace must know of a message, read from one that need not be right: a call that is refused with 400 is the
//! one an integrator wants to see.

use sip::message::Elements;

/// The words of a message that say where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch<'a> {
    /// The first line.
    pub(super) start: &'a str,
    /// The Call-ID; empty without one.
    pub(super) call_id: &'a str,
    /// The method that CSeq names, or the start line.
    pub(super) method: &'a str,
    /// Whether To has a tag: the message is inside a call.
    pub(super) is_inside: bool,
    head: &'a str,
}

impl<'a> Sketch<'a> {
    /// Reads what is there; octets that are no UTF-8 were made U+FFFD before.
    pub(super) fn of(text: &'a str) -> Self {
        let text = text.trim_start_matches(['\r', '\n']);
        let head = text.split_once("\r\n\r\n").map_or(text, |(head, _)| head);
        let start = head.lines().next().unwrap_or_default();
        let mut sketch = Self {
            start,
            call_id: "",
            method: start.split(' ').next().unwrap_or_default(),
            is_inside: false,
            head,
        };
        sketch.call_id = sketch.find("call-id", "i").unwrap_or_default();
        if let Some(named) = sketch
            .find("cseq", "")
            .and_then(|value| value.split_whitespace().nth(1))
        {
            sketch.method = named;
        }
        let to = sketch.find("to", "t").unwrap_or_default();
        sketch.is_inside = to
            .rsplit_once('>')
            .map_or(to, |(_, tail)| tail)
            .contains("tag=");
        sketch
    }

    /// The status of a response; `None` of a request.
    pub(super) fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// Whether this opens a call.
    pub(super) fn is_invitation(&self) -> bool {
        self.start.starts_with("INVITE ") && !self.is_inside
    }

    /// The Request-URI; empty of a response.
    pub(super) fn request_uri(&self) -> &'a str {
        match self.status() {
            Some(_) => "",
            None => self.start.split(' ').nth(1).unwrap_or_default(),
        }
    }

    /// Every place that may hold the dialled number.
    pub(super) fn dialled(&self) -> impl Iterator<Item = &'a str> {
        let uris = ["to", "p-called-party-id", "diversion", "history-info"]
            .into_iter()
            .flat_map(|name| self.values(name, if name == "to" { "t" } else { "" }))
            .flat_map(|value| Elements::new(value.as_bytes()))
            .filter_map(|element| std::str::from_utf8(element).ok())
            .map(uri);
        std::iter::once(self.request_uri()).chain(uris)
    }

    /// The first value of a header, by its name or its short one, both in lower case.
    pub(super) fn find(&self, name: &str, short: &str) -> Option<&'a str> {
        self.values(name, short).next()
    }

    fn values<'n>(
        &self,
        name: &'n str,
        short: &'n str,
    ) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (written, value) = line.split_once(':')?;
            let written = written.trim_end();
            let is_it = written.eq_ignore_ascii_case(name)
                || (!short.is_empty() && written.eq_ignore_ascii_case(short));
            is_it.then(|| value.trim())
        })
    }
}

/// What stands in the brackets, or before the parameters.
fn uri(element: &str) -> &str {
    let inside = element
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    match inside {
        Some((uri, _)) => uri,
        None => element.split(';').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_matter_are_read_in_long_and_short_spelling() {
        let invite = "INVITE sip:+33805691282@allo.example SIP/2.0\r\nv: SIP/2.0/UDP c;branch=z9hG4bK1\r\n\
                      t: <sip:0805691282@allo.example;tag=no>\r\ni: c1@carrier\r\nCSEQ : 7 INVITE\r\n\
                      Diversion: <tel:+33261910001>;reason=x, \"A, B\" <sip:0800@c>\r\n\r\nCall-ID: body";
        let read = Sketch::of(invite);

        assert_eq!((read.call_id, read.method), ("c1@carrier", "INVITE"));
        assert!(read.is_invitation());
        let dialled: Vec<_> = read.dialled().collect();
        assert_eq!(dialled[0], "sip:+33805691282@allo.example");
        assert_eq!(dialled[1], "sip:0805691282@allo.example;tag=no");
        assert_eq!(dialled[2..], ["tel:+33261910001", "sip:0800@c"]);
    }

    #[test]
    fn a_response_has_a_status_and_a_request_inside_a_call_opens_none() {
        let ok = Sketch::of(
            "SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 2 BYE\r\nTo: <sip:a@b>;tag=1\r\n\r\n",
        );
        assert_eq!(
            (ok.status(), ok.method, ok.is_inside),
            (Some(200), "BYE", true)
        );
        assert_eq!(ok.request_uri(), "");
        let again = Sketch::of("INVITE sip:a@b SIP/2.0\r\nTo: sip:a@b;tag=1\r\n\r\n");
        assert!(!again.is_invitation());
    }

    #[test]
    fn anything_is_read_without_complaint() {
        for text in [
            "",
            "\r\n\r\n",
            "\u{fffd}",
            "INVITE",
            "SIP/2.0 2",
            "\0\0\0\0",
            ":",
            "a b\r\n:",
        ] {
            let read = Sketch::of(text);
            assert_eq!(read.call_id, "");
            assert_eq!(read.status(), None);
        }
    }
}
