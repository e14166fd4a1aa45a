//! From figures to what is shown: a plot and a table for each question.

use std::collections::BTreeMap;

use bulletin::Noticed;
use jiff::Timestamp;

use super::figures::Figures;
use crate::admin::Frame;
use crate::admin::plot::{Bar, Plot};
use crate::admin::table::Table;
use crate::words::{Moment, clock};

/// One question and its answer.
pub(super) struct Section {
    /// Its name in addresses.
    pub(super) name: &'static str,
    pub(super) title: String,
    /// What should be known to read it.
    pub(super) remark: String,
    /// The picture; nothing where there is nothing to draw.
    pub(super) plot: Option<String>,
    pub(super) table: Table,
}

/// Every section of the page, in its order.
pub(super) fn sections(figures: &Figures, frame: &Frame) -> Vec<Section> {
    vec![
        quarters(figures, frame),
        heard(figures, frame),
        keys(figures, frame),
        noticed(figures, frame),
        days(figures, frame),
        delays(figures, frame),
        months(figures, frame),
        subscribers(figures, frame),
    ]
}

fn section(name: &'static str, title: &str, remark: &str, plot: &Plot, table: Table) -> Section {
    let has_bars = plot.bars.iter().any(|bar| bar.value > 0) || !plot.marks.is_empty();
    Section {
        name,
        title: title.to_owned(),
        remark: remark.to_owned(),
        plot: has_bars.then(|| plot.svg()),
        table: Table {
            caption: title.to_owned(),
            ..table
        },
    }
}

/// Calls of the day by quarter of an hour, with what was posted.
fn quarters(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say("Appels par quart d’heure", "Calls by quarter of an hour");
    let heads = [
        frame.say("Quart d’heure", "Quarter of an hour"),
        frame.say("Appels", "Calls"),
        frame.say("Écoutés", "Heard something"),
        frame.say("Refusés à l’arrivée", "Refused on arrival"),
        frame.say("Non admis, toute la ligne", "Not let in, whole line"),
        frame.say("Écoute (s)", "Listening (s)"),
        frame.say("Publiés", "Posted"),
    ];
    let mut table = Table::new(title, &heads);
    let (slots, posted) = (figures.slots(), figures.posted());
    let mut plot = Plot {
        title: format!("{title}, {}", figures.day_in_words()),
        ..Plot::default()
    };
    let zone = &figures.territory.zone;
    for (place, &at) in slots.iter().enumerate() {
        let until = slots.get(place + 1).copied().unwrap_or(figures.ends);
        let here = |when: Timestamp| when >= at && when < until;
        let calls = figures.quarters.iter().find(|it| it.begins_at == at);
        let refused = figures.refusals.iter().find(|(quarter, _)| *quarter == at);
        let marks: Vec<_> = posted
            .iter()
            .enumerate()
            .filter(|(_, one)| here(one.posted_at))
            .collect();
        plot.bars.push(Bar {
            label: label_of(at, zone, place, slots.len()),
            value: calls.map_or(0, |it| it.calls),
        });
        plot.marks
            .extend(marks.iter().map(|(number, _)| (place, number + 1)));
        if calls.is_none() && refused.is_none() && marks.is_empty() {
            continue;
        }
        let count = |sum: Option<u64>| sum.unwrap_or(0).to_string();
        let names = marks
            .iter()
            .map(|(number, one)| format!("{}. {}", number + 1, figures.site(one)));
        table.rows.push(vec![
            clock(figures.language, at, zone),
            count(calls.map(|it| it.calls)),
            count(calls.map(|it| it.answered)),
            count(calls.map(|it| it.refused)),
            count(refused.map(|(_, calls)| *calls)),
            count(calls.map(|it| it.listened_ms / 1_000)),
            names.collect::<Vec<_>>().join("; "),
        ]);
    }
    let remark = frame.say(
        "Les traits numérotés sont les bulletins publiés ; le tableau dit lesquels. Il ne montre que les quarts d’heure où il s’est passé quelque chose.",
        "The numbered lines are bulletins posted; the table says which. It shows only the quarters in which something happened.",
    );
    section("quarters", title, remark, &plot, table)
}

fn label_of(at: Timestamp, zone: &jiff::tz::TimeZone, place: usize, of: usize) -> String {
    let at = at.to_zoned(zone.clone());
    let is_told = at.minute() == 0 && at.hour() % 6 == 0;
    match is_told && place > 0 && place < of {
        true => format!("{}\u{a0}h", at.hour()),
        false => String::new(),
    }
}

/// What was listened to, and for how long.
fn heard(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say("Ce qui a été écouté", "What was listened to");
    let heads = [
        frame.say("Rang", "Rank"),
        frame.say("Bulletin", "Bulletin"),
        frame.say("Site", "Site"),
        frame.say("Appelants", "Callers"),
        frame.say("Écoute moyenne (s)", "Average listening (s)"),
        frame.say("Part écoutée (%)", "Share heard (%)"),
    ];
    let mut table = Table::new(title, &heads);
    let mut plot = Plot {
        title: format!("{title}, {}", figures.day_in_words()),
        ..Plot::default()
    };
    for (number, sum) in figures.heard.iter().enumerate() {
        let known = figures.year.iter().find(|one| one.id == sum.bulletin);
        plot.bars.push(Bar {
            label: (number + 1).to_string(),
            value: sum.callers,
        });
        table.rows.push(vec![
            (number + 1).to_string(),
            sum.bulletin.to_string(),
            known.map(|one| figures.site(one)).unwrap_or_default(),
            sum.callers.to_string(),
            tenths(sum.played_ms, 100 * sum.callers),
            (100 * sum.played_ms)
                .checked_div(sum.whole_ms)
                .unwrap_or(0)
                .to_string(),
        ]);
    }
    let remark = frame.say(
        "Le nombre d’appelants pour qui chaque bulletin a commencé, et ce qu’ils en ont entendu avant de passer ou de raccrocher.",
        "How many callers each bulletin began to play to, and how much of it they heard before going on or hanging up.",
    );
    section("heard", title, remark, &plot, table)
}

fn keys(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say("Touches pressées", "Keys pressed");
    let heads = [
        frame.say("Touche", "Key"),
        frame.say("Ce qu’elle fait", "What it does"),
        frame.say("Fois", "Times"),
    ];
    let mut table = Table::new(title, &heads);
    let mut plot = Plot {
        title: format!("{title}, {}", figures.day_in_words()),
        ..Plot::default()
    };
    for (key, times) in &figures.keys {
        plot.bars.push(Bar {
            label: key.clone(),
            value: *times,
        });
        let meaning = MEANINGS.iter().find(|(one, ..)| one == key);
        let meaning = meaning.map_or("", |(_, french, english)| frame.say(french, english));
        table
            .rows
            .push(vec![key.clone(), meaning.to_owned(), times.to_string()]);
    }
    let remark = frame.say(
        "1 à 5 répondent aussi à une question : le territoire, ou ce qui est perçu.",
        "1 to 5 also answer a question: the territory, or what is noticed.",
    );
    section("keys", title, remark, &plot, table)
}

fn noticed(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say("Ce que les appelants perçoivent", "What callers notice");
    let heads = [
        frame.say("Perçu", "Noticed"),
        frame.say("Appelants", "Callers"),
    ];
    let mut table = Table::new(title, &heads);
    let mut plot = Plot {
        title: format!("{title}, {}", figures.day_in_words()),
        ..Plot::default()
    };
    for what in Noticed::ALL {
        let callers = figures.noticed.iter().find(|(one, _)| one == what);
        let callers = callers.map_or(0, |(_, callers)| *callers);
        let words = frame.say(what.as_french(), what.as_english());
        plot.bars.push(Bar {
            label: words.to_owned(),
            value: callers,
        });
        table.rows.push(vec![words.to_owned(), callers.to_string()]);
    }
    section("noticed", title, "", &plot, table)
}

fn days(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say("Appels par jour", "Calls by day");
    let heads = [frame.say("Jour", "Day"), frame.say("Appels", "Calls")];
    let mut table = Table::new(title, &heads);
    let mut plot = Plot {
        title: title.to_owned(),
        ..Plot::default()
    };
    for (place, (day, calls)) in figures.days.iter().enumerate() {
        let label = match place % 10 {
            5 => format!("{:02}/{:02}", day.day(), day.month()),
            _ => String::new(),
        };
        plot.bars.push(Bar {
            label,
            value: *calls,
        });
        table.rows.push(vec![day.to_string(), calls.to_string()]);
    }
    section("days", title, "", &plot, table)
}

/// From the event to its bulletin, for what was told after it began.
fn delays(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say(
        "Délais de publication, sur un an",
        "Publication delays, over a year",
    );
    let heads = [
        frame.say("Rang", "Rank"),
        frame.say("Bulletin", "Bulletin"),
        frame.say("Site", "Site"),
        frame.say("Début de l’événement", "Beginning of the event"),
        frame.say("Publié", "Posted"),
        frame.say("Délai (min)", "Delay (min)"),
    ];
    let mut table = Table::new(title, &heads);
    let mut plot = Plot {
        title: title.to_owned(),
        ..Plot::default()
    };
    let zone = &figures.territory.zone;
    let late = figures.year.iter().rev().filter_map(|one| {
        let minutes = one.posting_delay()?.as_mins();
        Some((one, u64::try_from(minutes).ok()?))
    });
    let mut minutes_of_all = vec![];
    for (number, (one, minutes)) in late.enumerate() {
        let moment = |at| Moment::told(figures.language, at, zone, figures.now).words;
        plot.bars.push(Bar {
            label: String::new(),
            value: minutes,
        });
        table.rows.push(vec![
            (number + 1).to_string(),
            one.id.to_string(),
            figures.site(one),
            one.starts_at.map(moment).unwrap_or_default(),
            moment(one.posted_at),
            minutes.to_string(),
        ]);
        minutes_of_all.push(minutes);
    }
    minutes_of_all.sort_unstable();
    let remark = match minutes_of_all.get(minutes_of_all.len() / 2) {
        Some(median) => format!(
            "{} {median} min.",
            frame.say("La moitié en moins de", "Half of them within")
        ),
        None => String::new(),
    };
    section("delays", title, &remark, &plot, table)
}

/// Bulletins by site and month.
fn months(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say(
        "Bulletins par site et par mois",
        "Bulletins by site and month",
    );
    let heads = [
        frame.say("Mois", "Month"),
        frame.say("Site", "Site"),
        frame.say("Bulletins", "Bulletins"),
    ];
    let mut table = Table::new(title, &heads);
    let mut counts: BTreeMap<(i16, i8), BTreeMap<String, u64>> = BTreeMap::new();
    for one in &figures.year {
        let at = one.posted_at.to_zoned(figures.territory.zone.clone());
        let month = counts.entry((at.year(), at.month())).or_default();
        *month.entry(figures.site(one)).or_default() += 1;
    }
    let mut plot = Plot {
        title: title.to_owned(),
        ..Plot::default()
    };
    for ((year, month), sites) in &counts {
        plot.bars.push(Bar {
            label: format!("{month:02}/{:02}", year % 100),
            value: sites.values().sum(),
        });
        for (site, bulletins) in sites {
            table.rows.push(vec![
                format!("{year}-{month:02}"),
                site.clone(),
                bulletins.to_string(),
            ]);
        }
    }
    // Twelve labels of five signs do not fit beside each other.
    if plot.bars.len() > 6 {
        for bar in plot.bars.iter_mut().skip(1).step_by(2) {
            bar.label.clear();
        }
    }
    let remark = frame.say(
        "Sans les essais techniques. Le dessin compte tous les sites ensemble.",
        "Without technical tests. The picture counts all sites together.",
    );
    section("bulletins", title, remark, &plot, table)
}

/// People without an account who are written to.
fn subscribers(figures: &Figures, frame: &Frame) -> Section {
    let title = frame.say(
        "Abonnés par e-mail, aujourd’hui",
        "Subscribers by e-mail, today",
    );
    let heads = [
        frame.say("Ce qu’ils reçoivent", "What they receive"),
        frame.say("Abonnés", "Subscribers"),
    ];
    let mut table = Table::new(title, &heads);
    let counts = &figures.subscribers;
    let mut row = |words: String, people: u64| table.rows.push(vec![words, people.to_string()]);
    row(
        frame.say("Tout", "Everything").to_owned(),
        counts.everything,
    );
    row(
        frame
            .say("Seulement l’inopiné", "Unplanned only")
            .to_owned(),
        counts.unplanned_only,
    );
    row(
        frame
            .say("Pas encore confirmés", "Not confirmed yet")
            .to_owned(),
        counts.unconfirmed,
    );
    for (slug, people) in &counts.sites {
        let site = figures.sites.iter().find(|site| site.slug.as_str() == slug);
        let name = site.map_or(slug, |site| &site.name);
        row(format!("{} {name}", frame.say("Site", "Site")), *people);
    }
    for (commune, people) in &counts.communes {
        row(
            format!("{} {commune}", frame.say("Commune", "Commune")),
            *people,
        );
    }
    let remark = frame.say(
        "Un abonné qui a choisi deux lieux y compte deux fois. Personne ne voit les adresses.",
        "A subscriber who chose two places counts twice there. Nobody sees the addresses.",
    );
    section("subscribers", title, remark, &Plot::default(), table)
}

/// A whole number of milliseconds shared out, in seconds with one decimal.
///
/// - `hundredths`: a hundred times the number of those who share.
fn tenths(ms: u64, hundredths: u64) -> String {
    let tenths = ms.checked_div(hundredths).unwrap_or(0);
    format!("{},{}", tenths / 10, tenths % 10)
}

/// What keys do in the programme.
const MEANINGS: [(&str, &str, &str); 8] = [
    ("*", "réécouter", "hear again"),
    ("#", "passer", "go on"),
    ("5", "pause", "pause"),
    ("6", "dire ce qui est perçu", "say what is noticed"),
    ("7", "revenir en arrière", "go back"),
    ("8", "événements terminés", "ended events"),
    ("9", "autre langue", "other language"),
    ("0", "menu des territoires", "menu of territories"),
];
