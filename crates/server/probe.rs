//! Whether a line says what its page shows: one call, held against the programme packet by packet.
//!
//! Of the page is known what everybody may fetch: which bulletins there are, in which order, and the octets of each as
//! callers get them. Of the line the sentences that no territory replaces: how many bulletins there are, when nothing was
//! declared, that the authorities have taken over. Start with [`judge`]; it is pure.

use bulletin::{DialledNumber, Language};
use caller::{CallReport, EndedBy, Found, find_sound};
use serde_json::Value;
use speech::prompts;

/// What a page shows of a line's programme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Callers are told that the authorities have taken over, and hear no bulletin.
    pub(crate) authorities: bool,
    /// The bulletins in their order.
    pub(crate) bulletins: Vec<ShownBulletin>,
}

/// A bulletin as a page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShownBulletin {
    pub(crate) id: String,
    /// Where the octets of its text stand; none while it waits for a voice.
    pub(crate) telephone: Option<String>,
    /// How long it lasts with its lead-in, in milliseconds.
    pub(crate) duration_ms: u64,
    /// Those octets, once they were fetched.
    pub(crate) sound: Vec<u8>,
}

/// Why a line does not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Nobody answers, or with something else than 200.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// Nothing is heard.
    #[error("silence: {0}")]
    Silence(String),
    /// Not everything is heard.
    #[error("gaps: {0}")]
    Gaps(String),
    /// Something else is heard.
    #[error("another programme: {0}")]
    Other(String),
}

impl Shown {
    /// Reads the programme of a territory as the API gives it.
    ///
    /// # Errors
    /// What is missing in it.
    pub(crate) fn read(programme: &Value) -> Result<Self, String> {
        let ongoing = programme["ongoing"].as_array();
        let ongoing = ongoing.ok_or("the programme has no list of what goes on")?;
        let bulletin = |item: &Value| -> Result<ShownBulletin, &'static str> {
            let id = item["id"].as_str().ok_or("a bulletin has no id")?;
            // It is asked of the same server, whatever the address says.
            let telephone = item["telephone"].as_str();
            let telephone = telephone.filter(|path| path.starts_with("/audio/"));
            Ok(ShownBulletin {
                id: id.to_owned(),
                telephone: telephone.map(str::to_owned),
                duration_ms: item["duration_ms"].as_u64().unwrap_or(0),
                sound: vec![],
            })
        };
        Ok(Self {
            authorities: programme["authorities"].as_bool().unwrap_or(false),
            bulletins: ongoing.iter().map(bulletin).collect::<Result<_, _>>()?,
        })
    }

    /// What callers hear of it, in A-law and in its order: one round is over with the last of these.
    pub(crate) fn sounds(&self) -> Vec<Vec<u8>> {
        if self.authorities {
            return vec![prompt(AUTHORITIES)];
        }
        let count = prompt(&count_prompt(self.bulletins.len()));
        let sounds = self.bulletins.iter().map(|one| one.sound.clone());
        let sounds = sounds.filter(|sound| !sound.is_empty());
        std::iter::once(count).chain(sounds).collect()
    }

    /// How long one round may take, with all that is said before and between.
    pub(crate) fn longest_ms(&self) -> u64 {
        let each = |bulletin: &ShownBulletin| bulletin.duration_ms.min(MOST_MS) + BETWEEN_MS;
        let all: u64 = self.bulletins.iter().map(each).sum();
        (BEFORE_MS + all).min(MOST_MS)
    }
}

/// The address of the programme of a number, in the list of territories as the API gives it.
pub(crate) fn programme_of(territories: &Value, number: &DialledNumber) -> Option<String> {
    let mut territories = territories["territories"].as_array()?.iter();
    let territory = territories.find(|territory| {
        let numbers = territory["numbers"].as_array();
        let mut numbers = numbers.into_iter().flatten();
        numbers.any(|one| one.as_str() == Some(number.as_str()))
    })?;
    let path = territory["programme"].as_str()?;
    path.starts_with("/api/").then(|| path.to_owned())
}

/// Holds a call in A-law against what the page shows; says in words how well they fit.
///
/// # Errors
/// [`Fault`], the first in the order in which a caller would complain.
pub(crate) fn judge(call: &CallReport, shown: &Shown) -> Result<String, Fault> {
    check_sound(call)?;
    let packet = usize::try_from(call.packet_ms.unwrap_or(20)).unwrap_or(20) * OCTETS_PER_MS;
    let find = |sound: &[u8], from| find_sound(&call.octets, sound, packet, from);
    let end_of = |id: &str| match find(&prompt(id), 0) {
        Found::Whole { end } => Some(end),
        Found::Broken { .. } | Found::Nowhere => None,
    };
    let setup = call.setup_ms.unwrap_or(0.0);
    let well = |what: String| {
        let packets = call.counts.packets;
        format!("{what}; answered within {setup:.0} ms, {packets} packets, none lost")
    };
    let are_in_charge = end_of(AUTHORITIES).is_some();
    match (shown.authorities, are_in_charge) {
        (true, true) => {
            return Ok(well(
                "callers hear that the authorities have taken over".into(),
            ));
        }
        (false, false) => {}
        (true, false) => {
            let why =
                "the page says that the authorities have taken over, and callers do not hear it";
            return Err(Fault::Other(why.to_owned()));
        }
        (false, true) => {
            let why =
                "callers hear that the authorities have taken over, and the page does not say it";
            return Err(Fault::Other(why.to_owned()));
        }
    }
    let wanted = count_prompt(shown.bulletins.len());
    let Some(mut place) = end_of(&wanted) else {
        let mut others = (0..=MOST_COUNTED + 1).filter(|count| count_prompt(*count) != wanted);
        let other = others.find(|count| end_of(&count_prompt(*count)).is_some());
        let heard = other.map_or("not how many there are".to_owned(), |count| match count {
            0 => "that there is none".to_owned(),
            count if count > MOST_COUNTED => format!("that there are more than {MOST_COUNTED}"),
            count => format!("that there are {count}"),
        });
        let shown = shown.bulletins.len();
        return Err(Fault::Other(format!(
            "the page shows {shown} bulletins, and callers hear {heard}"
        )));
    };
    let (mut said, mut alike, mut waiting) = (0, 0, 0);
    for bulletin in &shown.bulletins {
        if bulletin.sound.is_empty() {
            waiting += 1;
            continue;
        }
        match find(&bulletin.sound, place) {
            Found::Whole { end } => place = end,
            Found::Broken { packets } => {
                let seconds = (packets * packet) as f64 / 8_000.0;
                let why = format!("bulletin {} breaks off after {seconds:.1} s", bulletin.id);
                return Err(Fault::Other(why));
            }
            Found::Nowhere => {
                let why = match find(&bulletin.sound, 0) {
                    Found::Whole { .. } => "is said in another order than the page has",
                    Found::Broken { .. } | Found::Nowhere => "is on the page, and is not said",
                };
                return Err(Fault::Other(format!("bulletin {} {why}", bulletin.id)));
            }
        }
        said += 1;
        alike += bulletin.sound.len().div_ceil(packet);
    }
    let waiting = match waiting {
        0 => String::new(),
        waiting => format!(", {waiting} without a sound yet"),
    };
    Ok(well(format!(
        "{said} bulletins are said as the page shows them, {alike} packets alike{waiting}"
    )))
}

fn check_sound(call: &CallReport) -> Result<(), Fault> {
    if call.ended_by == EndedBy::Unanswered {
        return Err(Fault::NoAnswer("nobody is there".to_owned()));
    }
    if call.status != 200 {
        return Err(Fault::NoAnswer(format!(
            "it is refused with {}",
            call.status
        )));
    }
    let counts = &call.counts;
    if counts.packets == 0 {
        let seconds = call.duration_ms / 1_000.0;
        return Err(Fault::Silence(format!(
            "not one packet of sound came in {seconds:.0} s"
        )));
    }
    if call.first_speech_ms.is_none() {
        let packets = counts.packets;
        return Err(Fault::Silence(format!(
            "nobody speaks in {packets} packets"
        )));
    }
    // A packet that is missing is missing in what is compared, too.
    let (lost, late, steps) = (counts.lost, counts.late, counts.timestamp_steps);
    let missing = counts.missing_by_clock;
    let holes = lost + steps + counts.wrong_size + missing.saturating_sub(MOST_AT_THE_END);
    if holes > 0 || late * MOST_LATE > counts.packets {
        return Err(Fault::Gaps(format!(
            "of {} packets {lost} were lost, {late} late, {missing} never sent, {steps} out of step",
            counts.packets
        )));
    }
    Ok(())
}

/// What the line says before so many bulletins.
fn count_prompt(bulletins: usize) -> String {
    match bulletins {
        0 => "checked_at".to_owned(),
        1..=MOST_COUNTED => format!("count_{bulletins}"),
        _ => "count_many".to_owned(),
    }
}

/// The octets of a sentence of the house; none where the program lacks it.
fn prompt(id: &str) -> Vec<u8> {
    let prompt = prompts::find(Language::French, id);
    prompt.map_or_else(Vec::new, |prompt| prompt.sound().pcma.to_vec())
}

const AUTHORITIES: &str = "authorities_in_charge";
/// The sentences of the house count up to here.
const MOST_COUNTED: usize = 20;
const OCTETS_PER_MS: usize = 8;
/// Packets under way while the caller hangs up.
const MOST_AT_THE_END: u64 = 10;
/// One packet of so many may come too late for a telephone's patience.
const MOST_LATE: u64 = 20;
/// A word to everybody, the welcome, the number of bulletins.
const BEFORE_MS: u64 = 40_000;
/// The silence before a bulletin, and after it when it began and was published.
const BETWEEN_MS: u64 = 8_000;
/// No call lasts longer.
const MOST_MS: u64 = 600_000;

#[cfg(test)]
mod tests {
    use caller::Counts;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_that_says_what_the_page_shows_is_well() {
        let (one, other) = (noise(1), noise(2));
        let shown = shows(&[&one, &other]);
        let heard = call(&[&noise(9), &prompt("count_2"), &one, &noise(8), &other]);
        let told = judge(&heard, &shown).unwrap();
        assert!(told.starts_with("2 bulletins are said"), "{told}");
        assert!(told.contains(", 200 packets alike;"), "{told}");

        let waiting = shows(&[&one, &[]]);
        let told = judge(&heard, &waiting).unwrap();
        assert!(told.contains("1 without a sound yet"), "{told}");
        let quiet = call(&[&noise(9), &prompt("checked_at")]);
        assert!(judge(&quiet, &shows(&[])).is_ok());
        let taken_over = Shown {
            authorities: true,
            ..shows(&[&one])
        };
        assert!(judge(&call(&[&prompt(AUTHORITIES)]), &taken_over).is_ok());
    }

    #[test]
    fn a_round_is_the_count_and_each_bulletin_that_has_a_sound_or_what_is_said_in_their_place() {
        let one = noise(1);
        let sounds = shows(&[&one, &one, &[]]).sounds();
        assert_eq!(sounds, [prompt("count_3"), one.clone(), one.clone()]);
        assert_eq!(shows(&[]).sounds(), [prompt("checked_at")]);
        let taken_over = Shown {
            authorities: true,
            ..shows(&[&one])
        };
        assert_eq!(taken_over.sounds(), [prompt(AUTHORITIES)]);
    }

    #[test]
    fn another_programme_is_told_from_the_one_of_the_page() {
        let (one, other) = (noise(1), noise(2));
        let two = prompt("count_2");
        let both = shows(&[&one, &other]);
        let authorities = Shown {
            authorities: true,
            ..Shown::default()
        };
        let cases: [(&[&[u8]], &Shown, &str); 9] = [
            (
                &[&two, &one, &noise(3)],
                &both,
                "bulletin b1 is on the page, and is not said",
            ),
            (
                &[&two, &other, &one],
                &both,
                "bulletin b1 is said in another order",
            ),
            (
                &[&two, &one, &other[..8_000]],
                &both,
                "bulletin b1 breaks off after 1.0 s",
            ),
            (
                &[&prompt("count_3"), &one, &other],
                &both,
                "callers hear that there are 3",
            ),
            (
                &[&prompt("checked_at")],
                &both,
                "callers hear that there is none",
            ),
            (&[&prompt("count_many")], &both, "there are more than 20"),
            (
                &[&one, &other],
                &both,
                "callers hear not how many there are",
            ),
            (&[&prompt(AUTHORITIES)], &both, "the page does not say it"),
            (
                &[&two, &one, &other],
                &authorities,
                "callers do not hear it",
            ),
        ];
        for (heard, shown, wanted) in cases {
            let fault = judge(&call(heard), shown).unwrap_err();
            assert!(matches!(fault, Fault::Other(_)), "{fault}");
            assert!(fault.to_string().contains(wanted), "{fault}: {wanted}");
        }
    }

    #[test]
    fn nobody_there_nothing_heard_and_gaps_are_told_apart() {
        let sound = call(&[&noise(1)]);
        let with = |change: fn(&mut CallReport)| {
            let mut report = sound.clone();
            change(&mut report);
            judge(&report, &Shown::default()).unwrap_err().to_string()
        };
        assert!(with(|it| it.ended_by = EndedBy::Unanswered).starts_with("no answer"));
        assert!(with(|it| it.status = 503).contains("refused with 503"));
        assert!(with(|it| it.counts.packets = 0).starts_with("silence: not one"));
        assert!(with(|it| it.first_speech_ms = None).starts_with("silence: nobody speaks"));
        assert!(with(|it| it.counts.lost = 3).starts_with("gaps"));
        assert!(with(|it| it.counts.missing_by_clock = 50).starts_with("gaps"));
        assert!(with(|it| it.counts.late = it.counts.packets).starts_with("gaps"));
    }

    #[test]
    fn the_programme_of_a_number_is_found_and_read() {
        let territories = json!({ "territories": [
            { "numbers": ["+33800101092"], "programme": "/api/v1/territories/le_havre/programme" },
            { "numbers": ["+33805691282"], "programme": "http://elsewhere/" },
        ]});
        let number = |text| DialledNumber::parse(text, "33").unwrap();
        let found = programme_of(&territories, &number("0800101092"));
        let wanted = "/api/v1/territories/le_havre/programme";
        assert_eq!(found.as_deref(), Some(wanted));
        assert_eq!(programme_of(&territories, &number("0805691282")), None);
        assert_eq!(programme_of(&territories, &number("0805691283")), None);

        let programme = json!({ "authorities": false, "ongoing": [
            { "id": "a", "telephone": "/audio/1.pcma", "duration_ms": 9_000 },
            { "id": "b", "telephone": "http://elsewhere/", "duration_ms": null },
        ]});
        let shown = Shown::read(&programme).unwrap();
        assert_eq!(
            shown.bulletins[0].telephone.as_deref(),
            Some("/audio/1.pcma")
        );
        assert_eq!(shown.bulletins[1].telephone, None);
        assert_eq!(shown.longest_ms(), 40_000 + 17_000 + 8_000);
    }

    proptest! {
        // The sentences of the house are brought to the telephone's band each time.
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn no_answer_of_a_server_stops_the_probe(
            ids in proptest::collection::vec(proptest::option::of("\\PC{0,9}"), 0..4),
            numbers in proptest::collection::vec(any::<u64>(), 0..4),
            octets in proptest::collection::vec(any::<u8>(), 0..900),
        ) {
            let items = ids.iter().zip(numbers.iter().chain([&0]));
            let items: Vec<_> = items
                .map(|(id, number)| json!({ "id": id, "telephone": id, "duration_ms": number }))
                .collect();
            let shown = Shown::read(&json!({ "ongoing": items, "authorities": ids }));
            if let Ok(shown) = shown {
                prop_assert!(shown.longest_ms() <= MOST_MS);
                let mut with_sound = shown;
                for bulletin in &mut with_sound.bulletins {
                    bulletin.sound = octets.clone();
                }
                let _ = judge(&call(&[&octets]), &with_sound);
            }
            let number = DialledNumber::parse("0805691282", "33").unwrap();
            let _ = programme_of(&json!({ "territories": ids }), &number);
            prop_assert!(Shown::read(&json!(ids)).is_err());
        }
    }

    fn shows(sounds: &[&[u8]]) -> Shown {
        let bulletin = |(number, sound): (usize, &&[u8])| ShownBulletin {
            id: format!("b{number}"),
            sound: sound.to_vec(),
            ..ShownBulletin::default()
        };
        Shown {
            authorities: false,
            bulletins: sounds.iter().enumerate().map(bulletin).collect(),
        }
    }

    /// A call in which these were heard, each from a packet on.
    fn call(sounds: &[&[u8]]) -> CallReport {
        let mut octets = vec![0xD5; 320];
        for sound in sounds {
            octets.extend_from_slice(sound);
            octets.resize(octets.len().next_multiple_of(160), 0xD5);
        }
        CallReport {
            status: 200,
            setup_ms: Some(12.0),
            first_sound_ms: Some(20.0),
            first_speech_ms: Some(520.0),
            duration_ms: 9_000.0,
            codec: Some("PCMA"),
            packet_ms: Some(20),
            counts: Counts {
                packets: octets.len() as u64 / 160,
                ..Counts::default()
            },
            late_ms: caller::Lateness::default(),
            gap_ms: caller::Spread::default(),
            srtp: None,
            rtcp: None,
            ended_by: EndedBy::Caller,
            keys: vec![],
            retransmissions: 0,
            notes: vec![],
            octets,
            samples: vec![],
        }
    }

    /// Two seconds of something.
    fn noise(seed: u32) -> Vec<u8> {
        let mut state = seed;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        std::iter::repeat_with(next).take(16_000).collect()
    }
}
