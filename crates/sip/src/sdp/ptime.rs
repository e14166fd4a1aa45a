//! How long our packets are: `a=ptime` and `a=maxptime` (RFC 8866 § 6.4 and § 6.5).

use super::Media;

/// Lengths of packets we send, in milliseconds, shortest first.
pub const PTIMES_MS: [u32; 5] = [10, 20, 30, 40, 60];
/// Length of our packets where nobody asks for another, in milliseconds (RFC 3551 § 4.5).
pub const PTIME_MS: u32 = 20;
/// The longest of them.
pub(super) const LONGEST_MS: u32 = PTIMES_MS[PTIMES_MS.len() - 1];

/// Length of our packets to this stream, one of [`PTIMES_MS`].
///
/// What its author wishes, never above what it can take. `longer` is what we would rather send: it
/// is taken if the author names a longest packet and ours is within it, or says nothing at all,
/// since a receiver takes up to 200 ms then (RFC 3551 § 4.2).
pub(super) fn choose(theirs: &Media, longer: Option<u32>) -> u32 {
    let cap = theirs.maxptime.map_or(u32::MAX, at_most);
    let asked = at_most(theirs.ptime.unwrap_or(PTIME_MS)).min(cap);
    let Some(longer) = longer.map(at_most) else {
        return asked;
    };
    let is_borne = match theirs.maxptime {
        Some(_) => longer <= cap,
        None => theirs.ptime.is_none(),
    };
    if is_borne { asked.max(longer) } else { asked }
}

/// Milliseconds as they are written, a fraction cut off; `None` for zero and for what is no number.
pub(super) fn parse(value: &str) -> Option<u32> {
    let value = value.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|o| o.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    whole.parse().ok().filter(|&ms| ms > 0)
}

/// The longest length of ours that is not above this one; the shortest if all are.
fn at_most(ms: u32) -> u32 {
    let fitting = PTIMES_MS.into_iter().rfind(|&ours| ours <= ms);
    fitting.unwrap_or(PTIMES_MS[0])
}

#[cfg(test)]
mod tests {
    use super::super::{Capabilities, Sdp, agree, answer, parse};

    #[test]
    fn what_the_offer_asks_for_is_sent() {
        for (lines, ptime) in [
            ("", 20),
            ("a=ptime:10\r\n", 10),
            ("a=ptime:30\r\n", 30),
            ("a=ptime:40\r\n", 40),
            ("a=ptime:60\r\n", 60),
            ("a=ptime:25\r\n", 20),
            ("a=ptime:5\r\n", 10),
            ("a=ptime:100\r\n", 60),
            ("a=ptime: 30 \r\n", 30),
            ("a=ptime:29.97\r\n", 20),
            ("a=maxptime:10\r\n", 10),
            ("a=maxptime:3\r\n", 10),
            ("a=maxptime:150\r\n", 20),
            ("a=maxptime:30\r\na=ptime:60\r\n", 30),
            ("a=ptime:60\r\na=maxptime:35\r\n", 30),
        ] {
            assert_eq!(answered(lines, None), ptime, "{lines}");
        }
    }

    #[test]
    fn numbers_that_are_none_say_nothing() {
        for garbage in [
            "",
            "0",
            "0.9",
            "-20",
            "+40",
            "4e1",
            "x",
            "40.",
            ".5",
            "4294967296",
        ] {
            let lines = format!("a=ptime:{garbage}\r\na=maxptime:{garbage}\r\n");

            assert_eq!(answered(&lines, None), 20, "{garbage}");
            assert_eq!(answered(&lines, Some(40)), 40, "{garbage}");
        }
    }

    #[test]
    fn a_longer_packet_is_sent_only_where_it_is_borne() {
        for (lines, ptime) in [
            ("", 40),
            ("a=maxptime:40\r\n", 40),
            ("a=ptime:20\r\na=maxptime:60\r\n", 40),
            ("a=ptime:60\r\na=maxptime:60\r\n", 60),
            ("a=ptime:60\r\n", 60),
            ("a=ptime:20\r\n", 20),
            ("a=ptime:10\r\n", 10),
            ("a=ptime:20\r\na=maxptime:39\r\n", 20),
            ("a=maxptime:20\r\n", 20),
            ("a=maxptime:10\r\n", 10),
        ] {
            assert_eq!(answered(lines, Some(40)), ptime, "{lines}");
        }
    }

    #[test]
    fn the_session_s_own_ptime_counts_for_nothing() {
        let offer = b"v=0\r\nc=IN IP4 192.0.2.9\r\na=ptime:60\r\na=maxptime:10\r\n\
            m=audio 4000 RTP/AVP 8\r\n";
        let answer = answer(&parse(offer).unwrap(), &ours()).unwrap();

        assert_eq!(answer.ptime, 20);
    }

    #[test]
    fn the_answer_to_our_offer_is_read_the_same_way() {
        let agreed = |lines| agree(&stream(lines), &ours()).unwrap().ptime;

        assert_eq!(agreed(""), 20);
        assert_eq!(agreed("a=ptime:30\r\n"), 30);
        assert_eq!(agreed("a=ptime:40\r\na=maxptime:25\r\n"), 20);
    }

    fn answered(lines: &str, longer_ptime: Option<u32>) -> u32 {
        let ours = Capabilities {
            longer_ptime,
            ..ours()
        };
        let answer = answer(&stream(lines), &ours).unwrap();
        let says = format!("a=ptime:{}\r\n", answer.ptime);
        assert!(String::from_utf8(answer.sdp).unwrap().contains(&says));
        answer.ptime
    }

    fn ours() -> Capabilities {
        Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 7)
    }

    fn stream(lines: &str) -> Sdp {
        let text = format!("v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 8\r\n{lines}");
        parse(text.as_bytes()).unwrap()
    }
}
