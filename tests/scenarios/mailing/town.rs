//! A town of subscribers, written to while the line works.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bulletin::{EmailAddress, TerritorySlug};
use store::AddressKey;

use super::settings;
use crate::support::House;
use crate::support::post_office::Postbox;
use crate::support::{eventually, listen, take_turn};

#[test]
fn twenty_thousand_subscribers_are_written_to_at_the_set_rate_and_the_line_is_not_slowed() {
    let _turn = take_turn();
    let postbox = Postbox::open();
    let house = House::open_with(settings(postbox.address.port(), PER_MINUTE), settle);
    let target = house.target("0805691282");
    let begun = Instant::now();
    house.post(
        "raffinerie-du-meandre",
        "Une flamme est visible à la torche.",
    );
    eventually("the first mail", Duration::from_secs(10), || {
        (postbox.count() > 0).then_some(())
    });

    let caller = std::thread::spawn(move || listen(&target, "", Duration::from_secs(12)));
    let posted = Instant::now();
    let other = house.post("raffinerie-du-cap", "Une odeur de soufre est perceptible.");
    let answered = posted.elapsed();
    let id = other["id"].as_str().expect("an id");
    eventually("the sound of another post", Duration::from_secs(10), || {
        house.recording("raffinerie-du-cap", id)
    });
    let spoken = posted.elapsed();
    let at_that_time = postbox.count();
    let heard = caller.join().expect("the call ends");
    eventually("everybody's mail", Duration::from_secs(240), || {
        (postbox.count() >= SUBSCRIBERS).then_some(())
    });
    let took = begun.elapsed();

    let counts = &heard.report.counts;
    let figures = format!(
        "{} mails in {took:.1?}; the post was answered in {answered:.1?} and spoken in {spoken:.1?} at mail {at_that_time}; {counts:?}",
        postbox.count()
    );
    println!("{figures}");
    assert!(
        at_that_time < SUBSCRIBERS,
        "the town was not told yet: {figures}"
    );
    assert!(
        answered < Duration::from_secs(2) && spoken < Duration::from_secs(6),
        "{figures}"
    );
    assert_eq!((counts.lost, counts.bad_packets), (0, 0), "{figures}");
    let least = Duration::from_secs(60) * u32::try_from(SUBSCRIBERS).expect("a few") / PER_MINUTE;
    assert!(
        took >= least - Duration::from_secs(2),
        "faster than was agreed: {figures}"
    );
    let taken = postbox.taken();
    let to: HashSet<_> = taken.iter().map(|one| one.to.as_str()).collect();
    assert_eq!(
        (taken.len(), to.len()),
        (SUBSCRIBERS, SUBSCRIBERS),
        "once each"
    );
    assert!(
        taken[0].text().contains("Une flamme est visible"),
        "{}",
        taken[0].octets
    );
}

const SUBSCRIBERS: usize = 20_000;
const PER_MINUTE: u32 = 60_000;

/// Writes the rows of subscribers who have confirmed, as the store seals them.
fn settle(data: &Path) {
    let key = AddressKey::open(&data.join("addresses.key")).expect("a key");
    let rouen = TerritorySlug::parse("rouen_metropole").expect("a slug");
    let mut rows = "BEGIN;\n".to_owned();
    for number in 0..SUBSCRIBERS {
        let address = EmailAddress::parse(&format!("resident{number}@example.org")).expect("one");
        let id = key.draw_id().expect("a name");
        let (sealed, mark) = (
            key.seal(&id, &address).expect("sealed"),
            key.mark(&rouen, &address),
        );
        writeln!(
            rows,
            "INSERT INTO subscribers (id, territory, address, mark, language, unplanned_only, asked_at, confirmed_at)
             VALUES ('{id}', '{rouen}', x'{}', x'{}', 'fr', 0, '{WHEN}', '{WHEN}');",
            hex(&sealed),
            hex(&mark)
        )
        .expect("a String takes everything");
    }
    rows.push_str("COMMIT;\n");
    let mut sqlite3 = Command::new("sqlite3")
        .arg(data.join("allo.db"))
        .stdin(Stdio::piped())
        .spawn()
        .expect("sqlite3 starts");
    let mut stdin = sqlite3.stdin.take().expect("it was piped");
    stdin.write_all(rows.as_bytes()).expect("it reads");
    drop(stdin);
    assert!(sqlite3.wait().expect("it ends").success());
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

const WHEN: &str = "2026-11-25T00:00:00.000000000Z";
