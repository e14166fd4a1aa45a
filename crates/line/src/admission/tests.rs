use std::time::Duration;

use super::*;

#[test]
fn a_full_line_refuses_and_takes_calls_again_when_one_is_over() {
    let now = Instant::now();
    let mut admission = Admission::new(&limited(2, 100), now);
    admission.admit(&anybody());
    assert_eq!(admission.verdict(now, &anybody(), false), Verdict::Admitted);

    admission.admit(&anybody());
    assert_eq!(admission.verdict(now, &anybody(), false), refused(20));
    admission.leave(anybody());

    assert_eq!(admission.verdict(now, &anybody(), false), Verdict::Admitted);
}

#[test]
fn more_new_calls_than_the_rate_are_refused_until_the_second_is_over() {
    let now = Instant::now();
    let mut admission = Admission::new(&limited(1_000, 10), now);
    let after = |ms| now + Duration::from_millis(ms);

    assert_eq!(admitted(&mut admission, now, 15), 10);
    assert_eq!(admission.verdict(now, &anybody(), false), refused(2));
    assert_eq!(admitted(&mut admission, after(99), 15), 0);
    assert_eq!(admitted(&mut admission, after(100), 15), 1);
    assert_eq!(admitted(&mut admission, after(3_600_000), 15), 10);
}

#[test]
fn over_a_minute_of_asking_the_rate_is_reached_and_never_passed() {
    let start = Instant::now();
    let mut admission = Admission::new(&limited(1_000_000, 30), start);

    let total: usize = (0..60_000)
        .map(|ms| admitted(&mut admission, start + Duration::from_millis(ms), 1))
        .sum();

    assert!((1_798..=1_830).contains(&total), "{total}");
}

#[test]
fn media_threads_without_room_close_the_gate() {
    let now = Instant::now();
    let mut admission = Admission::new(&limited(10, 10), now);

    assert_eq!(admission.verdict(now, &anybody(), true), refused(20));
}

#[test]
fn a_line_being_drained_takes_nobody() {
    let now = Instant::now();
    let mut admission = Admission::new(&limited(10, 10), now);
    admission.drain();

    assert!(admission.is_draining());
    assert_eq!(admission.verdict(now, &anybody(), false), refused(30));
}

#[test]
fn a_rate_of_nothing_admits_nobody() {
    let now = Instant::now();
    let mut admission = Admission::new(&limited(10, 0), now);

    assert_eq!(admitted(&mut admission, now + Duration::from_secs(9), 3), 0);
}

#[test]
fn a_full_trunk_gets_the_code_it_prefers_and_the_other_one_does_not_notice() {
    let now = Instant::now();
    let mut admission = Admission::new(&two_trunks(), now);
    let (small, large) = (through("198.51.100.1", None), through("203.0.113.1", None));
    assert_eq!((small.trunk, large.trunk), (Some(0), Some(1)));
    admission.admit(&small);

    let busy = Verdict::Refused {
        status: 486,
        retry_after: None,
    };
    assert_eq!(admission.verdict(now, &small, false), busy);
    assert_eq!(admission.verdict(now, &large, false), Verdict::Admitted);
    assert!(!admission.knows("192.0.2.1".parse().unwrap()));
}

#[test]
fn the_servers_of_a_trunk_are_its_peers_unless_another_trunk_names_them() {
    let now = Instant::now();
    let mut config = two_trunks();
    config.trunks.push(registering());
    let mut admission = Admission::new(&config, now);
    let of = |admission: &Admission, source: &str| admission.trunk_of(source.parse().unwrap());
    assert_eq!(
        of(&admission, "192.0.2.5"),
        None,
        "no prefix is not any address"
    );

    let servers = ["192.0.2.5", "203.0.113.9", "2001:db8::5"].map(|one| one.parse().unwrap());
    admission.learn(2, servers.to_vec());

    assert_eq!(of(&admission, "192.0.2.5"), Some(2));
    assert_eq!(of(&admission, "::ffff:192.0.2.5"), Some(2));
    assert_eq!(of(&admission, "2001:db8::5"), Some(2));
    assert_eq!(of(&admission, "203.0.113.9"), Some(1), "named by another");
    assert_eq!(of(&admission, "192.0.2.6"), None);
    admission.learn(2, vec![]);
    assert!(!admission.knows("192.0.2.5".parse().unwrap()));

    config.trunks.push(Trunk::new("anybody"));
    let mut admission = Admission::new(&config, now);
    admission.learn(2, servers.to_vec());
    assert_eq!(of(&admission, "192.0.2.5"), Some(2));
    assert_eq!(of(&admission, "192.0.2.6"), Some(3));
}

#[test]
fn a_full_territory_leaves_room_for_the_others() {
    let now = Instant::now();
    let mut admission = Admission::new(&two_trunks(), now);
    let rouen = through("203.0.113.1", Some("rouen_metropole"));
    admission.admit(&rouen);

    assert_eq!(admission.verdict(now, &rouen, false), refused(20));
    let le_havre = through("203.0.113.1", Some("le_havre"));
    assert_eq!(admission.verdict(now, &le_havre, false), Verdict::Admitted);
}

#[test]
fn a_source_that_acknowledges_nothing_shuts_out_itself_alone() {
    let now = Instant::now();
    let mut admission = Admission::new(&limited(100_000, 1_000_000), now);
    let mut flood: Vec<Entrance> = (0..MOST_UNACKNOWLEDGED).map(|_| anybody()).collect();
    for entrance in &flood {
        admission.admit(entrance);
    }

    assert_eq!(admission.verdict(now, &anybody(), false), refused(20));
    let other = Entrance::new("192.0.2.77".parse().unwrap(), None, None);
    assert_eq!(admission.verdict(now, &other, false), Verdict::Admitted);

    assert!(admission.is_crowded() && admission.crowds(&flood[0]));
    assert!(!admission.crowds(&other));

    let mut first = flood.remove(0);
    admission.acknowledge(&mut first);
    assert!(!admission.crowds(&first), "it is one who listens");
    admission.acknowledge(&mut first);
    assert_eq!(admission.verdict(now, &anybody(), false), Verdict::Admitted);
    for entrance in flood.into_iter().chain([first]) {
        admission.leave(entrance);
    }
    assert!(admission.unacknowledged.is_empty());
}

fn limited(max_calls: usize, max_call_rate: u32) -> Config {
    Config {
        max_calls,
        max_call_rate,
        ..Config::default()
    }
}

/// A trunk of one call that wants 486, one without limits, and a territory of one call.
fn two_trunks() -> Config {
    let trunk = |name, peer: &str, calls, status| Trunk {
        peers: vec![peer.parse().unwrap()],
        limits: Limits {
            calls,
            ..Limits::NONE
        },
        refusal: Refusal {
            status,
            retry_after: status == 503,
        },
        ..Trunk::new(name)
    };
    let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
    let one = Limits {
        calls: 1,
        ..Limits::NONE
    };
    Config {
        trunks: vec![
            trunk("small", "198.51.100.0/24", 1, 486),
            trunk("large", "203.0.113.0/24", 100, 503),
        ],
        territories: HashMap::from([(rouen, one)]),
        ..limited(100, 100)
    }
}

/// A trunk without prefixes at which the line registers.
fn registering() -> Trunk {
    let mut trunk = Trunk::new("registering");
    trunk.uplink.register = Some(crate::Register {
        registrars: vec!["sip:registrar.example".parse().unwrap()],
        username: "u".into(),
        contact_user: "u".into(),
        credentials: None,
        password_file: None,
        expires_s: 3_600,
    });
    trunk
}

fn through(source: &str, territory: Option<&str>) -> Entrance {
    let source = source.parse().unwrap();
    let trunk = Admission::new(&two_trunks(), Instant::now()).trunk_of(source);
    let territory = territory.map(|slug| TerritorySlug::parse(slug).unwrap());
    Entrance::new(source, trunk, territory)
}

fn anybody() -> Entrance {
    Entrance::new("192.0.2.1".parse().unwrap(), None, None)
}

fn refused(seconds: u32) -> Verdict {
    Verdict::Refused {
        status: 503,
        retry_after: Some(seconds),
    }
}

/// How many of so many are admitted, each acknowledged and over at once.
fn admitted(admission: &mut Admission, now: Instant, asked: usize) -> usize {
    (0..asked)
        .filter(|_| {
            let open = admission.verdict(now, &anybody(), false) == Verdict::Admitted;
            if open {
                admission.admit(&anybody());
                admission.leave(anybody());
            }
            open
        })
        .count()
}
