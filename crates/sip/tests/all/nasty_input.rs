//! One test for each row of the table of hard input in `docs/sip.md`: datagrams that other readers
//! refuse, misread or trip over.

use sip::message::Message;

use super::support::{Line, fixture, response, statuses, text};

/// What the fixture is answered, and the line that answered it.
fn answer(name: &str) -> (Line, Vec<Vec<u8>>) {
    let mut line = Line::new();
    let sent = line.receives(&fixture(&format!("nasty/{name}")));
    (line, sent)
}

fn is_invited(name: &str) -> (Line, String) {
    let (line, sent) = answer(name);
    assert_eq!(statuses(&sent), [100], "{name}");
    let trying = text(&sent[0]);
    (line, trying)
}

fn is_refused(name: &str, status: u16) {
    let (line, sent) = answer(name);
    assert_eq!(statuses(&sent), [status], "{name}");
    assert_eq!(line.agent.calls(), 0, "{name}");
}

#[test]
fn compact_header_names_are_read() {
    let (line, _) = is_invited("compact_names");
    assert_eq!(line.invited().1.call_id, "nasty@192.0.2.9");
    assert!(line.invited().1.offer.is_some());
}

#[test]
fn folded_headers_are_read_and_each_fold_is_one_space() {
    let (line, trying) = is_invited("folded_headers");
    assert_eq!(line.invited().1.from, "sip:caller@192.0.2.9");
    assert!(
        trying.contains("From: \"A caller\" <sip:caller@192.0.2.9> ;tag=n1\n"),
        "{trying}"
    );
}

#[test]
fn a_space_before_the_colon_is_read() {
    is_invited("space_before_colon");
}

#[test]
fn ipv6_in_via_is_read() {
    let (_, trying) = is_invited("ipv6_in_via");
    assert!(trying.contains("[2001:db8::9]:5070;branch=z9hG4bKnasty;received=192.0.2.9\n"));
}

#[test]
fn tel_gives_the_dialled_number() {
    let (line, _) = is_invited("tel_request_uri");
    assert_eq!(line.invited().1.request_uri, "tel:+33-805-691-282");
    assert_eq!(line.invited().1.from, "tel:+33261910001");
}

#[test]
fn a_method_nobody_knows_gets_501_and_one_we_do_not_take_405_with_allow() {
    is_refused("unknown_method", 501);
    is_refused("known_method_we_do_not_take", 405);
    let (_, sent) = answer("known_method_we_do_not_take");
    assert!(
        text(&sent[0]).contains("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE\n")
    );
}

#[test]
fn several_vias_in_a_line_are_all_copied_back_in_order() {
    let (_, trying) = is_invited("several_via_in_one_line");
    assert!(
        trying.contains(
            "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKnasty\n\
             Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKsecond\n\
             Via: SIP/2.0/TCP 192.0.2.7:5090;branch=z9hG4bKthird;received=192.0.2.77\n"
        ),
        "{trying}"
    );
}

#[test]
fn a_latin_1_name_is_read_and_comes_back_octet_by_octet() {
    let (_, trying) = is_invited("latin1_display_name");
    assert!(trying.contains("From: \"Pr\\xE9fecture\" <sip:caller@192.0.2.9>;tag=n1\n"));
}

#[test]
fn a_tag_in_a_quoted_name_is_part_of_the_name() {
    is_invited("quoted_tag_in_name");
    let datagram = fixture("nasty/quoted_tag_in_name");
    let Ok(Message::Request(request)) = Message::parse(&datagram) else {
        panic!("it is refused");
    };
    assert_eq!(request.from().tag(), Some(&b"n1"[..]));
}

#[test]
fn an_unclosed_quote_gets_400() {
    is_refused("unclosed_quote", 400);
}

#[test]
fn a_content_length_that_is_not_the_body_s_gets_400() {
    is_refused("content_length_above_body", 400);
    is_refused("content_length_near_the_end_of_numbers", 400);
    is_refused("content_length_negative", 400);
}

#[test]
fn two_content_lengths_get_400_even_when_equal() {
    is_refused("content_length_twice", 400);
}

#[test]
fn octets_after_the_content_length_are_cut() {
    let (line, _) = is_invited("content_length_below_body");
    let offer = line.invited().1.offer.unwrap();
    assert!(
        offer.ends_with(b"telephone-event/8000\r\n"),
        "{}",
        text(&offer)
    );
}

#[test]
fn without_content_length_the_body_reaches_to_the_end() {
    let (line, _) = is_invited("no_content_length");
    assert!(
        line.invited()
            .1
            .offer
            .unwrap()
            .ends_with(b"telephone-event/8000\r\n")
    );
}

#[test]
fn a_request_uri_in_brackets_gets_400() {
    is_refused("bracketed_request_uri", 400);
}

#[test]
fn an_ipv6_bracket_that_never_closes_gets_400() {
    is_refused("unclosed_ipv6", 400);
    is_refused("unclosed_ipv6_in_via", 400);
}

#[test]
fn version_seven_gets_505() {
    is_refused("version_seven", 505);
}

#[test]
fn a_cseq_of_another_method_gets_400() {
    is_refused("cseq_of_another_method", 400);
}

#[test]
fn two_from_get_400() {
    is_refused("from_twice", 400);
}

#[test]
fn a_header_line_without_colon_gets_400() {
    is_refused("header_without_colon", 400);
}

#[test]
fn an_invite_cut_short_anywhere_is_refused() {
    let whole = fixture("nasty/plain");
    for end in 0..whole.len() {
        assert!(
            Message::parse(&whole[..end]).is_err(),
            "{end} octets are read"
        );
        let mut line = Line::new();
        line.receives(&whole[..end]);
        assert_eq!(line.agent.calls(), 0, "{end} octets open a call");
    }
}

#[test]
fn five_thousand_headers_are_refused() {
    let datagram = with_more_headers(&"X: y\r\n".repeat(5_000));
    assert_eq!(statuses(&Line::new().receives(&datagram)), [400]);
}

#[test]
fn a_header_of_60_kb_is_refused_and_one_of_16_kib_passes() {
    let long = |length| with_more_headers(&format!("Identity: {}\r\n", "a".repeat(length)));
    assert_eq!(statuses(&Line::new().receives(&long(60_000))), [400]);
    assert_eq!(statuses(&Line::new().receives(&long(16 * 1024))), [100]);
}

#[test]
fn more_than_8_kb_that_a_call_would_keep_are_refused_wherever_they_stand() {
    let long = "a".repeat(8_192);
    for lines in [
        format!("Record-Route: <sip:192.0.2.5;lr;x={long}>\r\n"),
        format!("Record-Route: {}\r\n", vec!["sip:a"; 400].join(",")),
        format!("Via: SIP/2.0/UDP 192.0.2.5;branch={long}\r\n"),
        format!("Contact: <sip:{long}@192.0.2.9>\r\n"),
    ] {
        let mut line = Line::new();
        let sent = line.receives(&with_more_headers(&lines));

        assert_eq!(
            (statuses(&sent), line.agent.calls()),
            (vec![513], 0),
            "{lines}"
        );
    }
    let passes = with_more_headers(&format!(
        "Record-Route: <sip:192.0.2.5;lr;x={}>\r\n",
        &long[..7_500]
    ));
    assert_eq!(statuses(&Line::new().receives(&passes)), [100]);
}

#[test]
fn fifteen_thousand_folds_are_refused() {
    let datagram = with_more_headers(&format!("Subject: x\r\n{}", " y\r\n".repeat(15_000)));
    assert_eq!(statuses(&Line::new().receives(&datagram)), [400]);
}

#[test]
fn an_invite_near_the_largest_datagram_is_read_and_one_beyond_is_refused() {
    let identity = format!("Identity: {}\r\n", "a".repeat(16_000));
    for (headers, status) in [(1, 100), (4, 100)] {
        let datagram = with_more_headers(&identity.repeat(headers));
        assert!(datagram.len() < 65_536);
        assert_eq!(statuses(&Line::new().receives(&datagram)), [status]);
    }
    let datagram = with_more_headers(&identity.repeat(5));
    assert_eq!(statuses(&Line::new().receives(&datagram)), [400]);
}

#[test]
fn a_user_that_holds_semicolons_is_read() {
    let (line, _) = is_invited("semicolon_in_user");
    let dialled = line.invited().1.request_uri;
    assert_eq!(
        dialled,
        "sip:+33261910001;npdi;rn=+33501205@192.0.2.1;user=phone"
    );
}

#[test]
fn space_round_the_colon_of_the_port_in_via_is_read() {
    let mut line = Line::new();
    let datagram = fixture("nasty/space_round_the_port_in_via");
    let sent = line.receives_from("198.51.100.7:40000", &datagram);
    assert_eq!(sent[0].0, "198.51.100.7:5070".parse().unwrap());
}

#[test]
fn crlf_before_the_start_line_is_skipped() {
    is_invited("crlf_before_start_line");
}

#[test]
fn lines_that_end_in_lf_alone_are_refused() {
    let datagram = fixture("nasty/plain");
    let bare: Vec<u8> = datagram
        .into_iter()
        .filter(|&octet| octet != b'\r')
        .collect();
    let mut line = Line::new();

    let sent = line.receives(&bare);

    assert_eq!(statuses(&sent), [400]);
    assert_eq!(line.agent.counters().malformed, 1);
}

#[test]
fn a_broken_via_is_dropped_and_counted() {
    for name in ["empty_via", "port_out_of_range"] {
        let (line, sent) = answer(name);
        assert!(sent.is_empty(), "{name}");
        assert_eq!(line.agent.counters().dropped, 1, "{name}");
    }
}

#[test]
fn an_unknown_require_gets_420_with_the_unknown() {
    let (_, sent) = answer("unknown_require");
    let refusal = response(&sent[0]).unwrap();
    assert_eq!(refusal.status, 420);
    assert_eq!(
        refusal.headers.find("Unsupported"),
        Some(&b"precondition"[..])
    );
}

#[test]
fn max_forwards_zero_is_for_proxies() {
    is_invited("max_forwards_zero");
}

#[test]
fn a_bad_ack_is_dropped_and_a_bad_response_discarded() {
    let mut line = Line::new();
    let plain = text(&fixture("nasty/plain")).replace('\n', "\r\n");
    for datagram in [
        plain.replace("INVITE", "ACK").replace("From: ", "From: \""),
        plain
            .replace("INVITE sip:0805691282@192.0.2.1 SIP/2.0", "SIP/2.0 200 OK")
            .replace("1 INVITE", "x INVITE"),
    ] {
        assert!(line.receives(datagram.as_bytes()).is_empty());
    }
    assert_eq!(
        (
            line.agent.counters().malformed,
            line.agent.counters().dropped
        ),
        (2, 2)
    );
}

fn with_more_headers(lines: &str) -> Vec<u8> {
    let plain = text(&fixture("nasty/plain")).replace('\n', "\r\n");
    plain
        .replacen("Content-Type", &format!("{lines}Content-Type"), 1)
        .into_bytes()
}
