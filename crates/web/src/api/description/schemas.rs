//! The shapes of requests and answers.

use bulletin::{EntryKind, Event, Kind, Language, MAX_TEXT_CHARACTERS, Nuisance, State};
use serde_json::{Value, json};
use store::DeliveryState;

/// Everything under `#/components/schemas`.
pub(super) fn schemas() -> Value {
    json!({
        "NewBulletin": new_bulletin(),
        "NewUpdate": strict(&json!({
            "text": text("What has changed. Required."),
            "under_control": { "type": ["boolean", "null"], "description": "The event is mastered, not over." },
            "lifetime_days": lifetime_days(),
            "lifetime_hours": lifetime_hours(),
            "recording": recording_key(),
            "networks": networks(),
        }), &["text"]),
        "NewCorrection": strict(&json!({
            "text": text("The text as it should have been. Required."),
            "recording": recording_key(),
            "networks": networks(),
        }), &["text"]),
        "LastWords": strict(&json!({
            "text": { "type": ["string", "null"], "maxLength": MAX_TEXT_CHARACTERS,
                      "description": "The site's own words in place of the usual ones." },
            "networks": networks(),
        }), &[]),
        "Answer": open(&json!({
            "id": id(),
            "state": word(State::ALL.iter().map(|it| it.as_str()), "Where the bulletin stands."),
            "url": address("Its page for people."),
            "speech": { "const": "queued", "description": "The voice comes to it next." },
            "expires_at": instant("The first instant at which it is no longer heard."),
            "warnings": warnings(),
        })),
        "Bulletin": bulletin(),
        "Delivery": delivery(),
        "Entry": open(&json!({
            "number": { "type": "integer", "minimum": 1 },
            "kind": word(EntryKind::ALL.iter().map(|it| it.as_str()), "What the entry does to the thread."),
            "at": instant("When it was posted."),
            "text": { "type": "string", "description": "Plain text: escape it where you show it." },
            "under_control": { "type": "boolean" },
        })),
        "Recording": open(&json!({
            "id": key("Name it as `recording` in a post, an update or a correction."),
            "duration_ms": { "type": "integer", "minimum": 0 },
            "level_dbov": { "type": "number", "description": "Of the speech in the file as it was sent." },
            "preview": address("Where it is heard as callers will hear it."),
            "expires_at": instant("It is deleted then, unless a bulletin uses it."),
            "warnings": warnings(),
        })),
        "Drafts": open(&json!({
            "site": { "type": "string" },
            "drafts": list(&open(&json!({
                "id": id(),
                "kind": word(Kind::ALL.iter().map(|it| it.as_str()), "What the operator chose."),
                "events": list(&word(Event::ALL.iter().map(|it| it.as_str()), "What the operator chose.")),
                "at": instant("When the call was over."),
                "duration_ms": { "type": "integer", "minimum": 0, "description": "0 where nothing was spoken." },
                "recording": { "type": ["string", "null"], "description": "Where it is heard." },
            }))),
        })),
        "Territories": open(&json!({ "territories": list(&reference("Territory")) })),
        "Territory": open(&json!({
            "slug": { "type": "string" },
            "name": { "type": "string" },
            "zone": { "type": "string", "description": "Its time zone, by the name of IANA." },
            "numbers": list(&json!({ "type": "string", "description": "E.164" })),
            "url": address("Its page for people."),
            "programme": address("What its callers hear."),
            "sites": list(&reference("Site")),
        })),
        "Site": open(&json!({
            "slug": { "type": "string" },
            "name": { "type": "string" },
            "commune": { "type": "string" },
        })),
        "Programme": open(&json!({
            "territory": reference("Territory"),
            "checked_at": instant("When this was last compared with the rows."),
            "authorities": { "type": "boolean",
                "description": "Callers hear that the authorities have taken over, and none of the bulletins." },
            "ongoing": list(&reference("ProgrammeItem")),
            "ended": list(&reference("ProgrammeItem")),
        })),
        "ProgrammeItem": programme_item(),
        "Readiness": open(&json!({
            "ready": { "type": "boolean", "description": "Whether callers can be answered." },
            "concerns": list(&open(&json!({
                "name": { "type": "string" },
                "ok": { "type": "boolean" },
                "vital": { "type": "boolean", "description": "Callers cannot be answered without it." },
                "detail": { "type": "string" },
            }))),
        })),
        "Remark": open(&json!({
            "detail": { "type": "string", "description": "What to read twice, in French." },
            "detail_en": { "type": "string", "description": "The same in English." },
        })),
        "Problem": open(&json!({
            "type": { "type": "string", "pattern": "^urn:problem-type:allo:[a-z-]+$",
                      "description": "The reason, for programs; it never changes once published." },
            "title": { "type": "string", "description": "The status, in French words." },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What to do, in French." },
            "detail_en": { "type": "string", "description": "The same in English." },
        })),
        "Description": { "type": "object", "required": ["openapi"],
                         "properties": { "openapi": { "type": "string" } } },
    })
}

fn new_bulletin() -> Value {
    strict(
        &json!({
            "site": { "type": "string", "pattern": "^[a-z0-9_-]{2,40}$",
                      "description": "The site of the token. Required." },
            "kind": word(Kind::ALL.iter().map(|it| it.as_str()), "Chosen once. Required."),
            "events": list(&word(Event::ALL.iter().map(|it| it.as_str()), "What happens.")),
            "nuisances": list(&word(Nuisance::ALL.iter().map(|it| it.as_str()), "What neighbours may be bothered by.")),
            "text": text("What the line reads and the page shows. Required. The first text of an unplanned event says \
                          what is perceived, unless its events or nuisances do."),
            "language": { "enum": words(Language::ALL.iter().map(|it| it.as_str()).map(Some).chain([None])),
                          "description": "`fr` unless said otherwise." },
            "starts_at": moment("When the event begins or began."),
            "ends_at": moment("The end of the window, or the estimate for an unplanned event."),
            "lifetime_days": lifetime_days(),
            "lifetime_hours": lifetime_hours(),
            "recording": recording_key(),
            "networks": networks(),
        }),
        &["site", "kind", "text"],
    )
}

fn bulletin() -> Value {
    let mut fields = told();
    fields["site"] = json!({ "type": "string" });
    fields["territory"] = json!({ "type": "string" });
    fields["speech_detail"] = json!({
        "type": ["string", "null"], "description": "What is not as it should be with the sound.",
    });
    fields["warnings"] = warnings();
    fields["deliveries"] = list(&reference("Delivery"));
    open(&fields)
}

fn delivery() -> Value {
    open(&json!({
        "channel": { "type": "string", "description": "The channel's name." },
        "kind": { "type": ["string", "null"], "description": "What the channel is; null for one that is there no longer." },
        "entry": { "type": "integer", "minimum": 1, "description": "Which entry of the thread." },
        "state": word(DeliveryState::ALL.iter().map(|it| it.as_str()),
            "queued: owed; sent: the other side has it; skipped: not for this channel; cancelled: too late to be \
             worth telling; dead: given up, tell people another way."),
        "attempts": { "type": "integer", "minimum": 0 },
        "next_try": moment("Not before this instant; null while it is being tried."),
        "done_at": moment("When it was sent, skipped, cancelled or given up."),
        "url": { "type": ["string", "null"], "description": "Where people see it, if anywhere." },
        "why": { "type": ["string", "null"],
            "description": "Why it is not sent: off-networks, rules, start-untold, over, quiet-hours, channel-gone, or \
                            what went wrong at the last try." },
    }))
}

fn networks() -> Value {
    json!({ "type": ["boolean", "null"],
            "description": "false keeps this entry off social networks; other channels are told all the same." })
}

fn programme_item() -> Value {
    let mut fields = told();
    fields["site"] = reference("Site");
    fields["text"] =
        json!({ "type": "string", "description": "What the line speaks; plain text." });
    fields["duration_ms"] = json!({ "type": ["integer", "null"], "minimum": 0 });
    fields["audio"] =
        json!({ "type": ["string", "null"], "description": "Where a WAV file of it stands." });
    fields["telephone"] = json!({
        "type": ["string", "null"],
        "description": "Where the sound of the text stands as callers get it: A-law, 8,000 octets a second, without a header.",
    });
    open(&fields)
}

/// The fields that the two answers about a bulletin share.
fn told() -> Value {
    json!({
        "id": id(),
        "url": address("Its page for people."),
        "kind": word(Kind::ALL.iter().map(|it| it.as_str()), "Why it was posted."),
        "state": word(State::ALL.iter().map(|it| it.as_str()), "Where it stands."),
        "events": list(&word(Event::ALL.iter().map(|it| it.as_str()), "What happens.")),
        "nuisances": list(&word(Nuisance::ALL.iter().map(|it| it.as_str()), "What neighbours may be bothered by.")),
        "language": word(Language::ALL.iter().map(|it| it.as_str()), "Of every entry."),
        "starts_at": moment("When the event begins or began."),
        "ends_at": moment("The end of the window, or the estimate for an unplanned event."),
        "posted_at": instant("When the first entry was posted."),
        "updated_at": instant("When the latest entry was posted."),
        "expires_at": instant("The first instant at which it is no longer heard."),
        "speech": word(["queued", "ready", "failed"].into_iter(), "Where the sound of the latest entry stands."),
        "thread": list(&reference("Entry")),
    })
}

/// A request: a field that is not known is refused.
fn strict(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// An answer: every field is there, and more may come in time.
fn open(properties: &Value) -> Value {
    let required: Vec<String> = properties
        .as_object()
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn words<'a>(words: impl Iterator<Item = Option<&'a str>>) -> Vec<Option<&'a str>> {
    words.collect()
}

/// One word of a closed list.
fn word<'a>(all: impl Iterator<Item = &'a str>, about: &str) -> Value {
    json!({ "type": "string", "enum": words(all.map(Some)), "description": about })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": MAX_TEXT_CHARACTERS, "description": about })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": ID })
}

fn key(about: &str) -> Value {
    json!({ "type": "string", "pattern": KEY, "description": about })
}

fn recording_key() -> Value {
    json!({ "type": ["string", "null"], "pattern": KEY,
            "description": "The `id` of a recording that the site has sent within a day: callers hear it in the place of the voice." })
}

fn address(about: &str) -> Value {
    json!({ "type": "string", "format": "uri-reference", "description": about })
}

fn instant(about: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": about })
}

fn moment(about: &str) -> Value {
    json!({ "type": ["string", "null"], "format": "date-time", "description": about })
}

fn lifetime_days() -> Value {
    json!({ "type": ["integer", "null"], "minimum": 1, "maximum": LONGEST_DAYS,
            "description": "How long it is heard; 9 days unless said otherwise. Not together with `lifetime_hours`." })
}

fn lifetime_hours() -> Value {
    json!({ "type": ["integer", "null"], "minimum": 1, "maximum": LONGEST_DAYS * 24,
            "description": "The same in hours. Not together with `lifetime_days`." })
}

fn warnings() -> Value {
    json!({ "type": "array", "items": reference("Remark"), "description": "What the site should read twice; nothing was prevented." })
}

/// A bulletin's or a draft's name.
pub(super) const ID: &str = "^[a-z2-7]{12}$";
/// A recording's name.
pub(super) const KEY: &str = "^[0-9a-f]{64}$";
/// As [`bulletin::Lifetime`] has it.
const LONGEST_DAYS: u16 = 30;
