//! Requests and answers of the demonstration, as `allo serve --demo` would give them.

use serde_json::{Value, json};

/// First posts: each can be sent as it stands by the site that it names.
pub(super) fn new_bulletins() -> Value {
    json!({
        "flare": {
            "summary": "Something happens: a flare",
            "value": {
                "site": "raffinerie-du-meandre", "kind": "unplanned",
                "events": ["flaring", "smoke"], "nuisances": ["visual", "noise"],
                "text": "La torche est allumée ; une fumée noire est visible de loin.",
                "language": "fr", "lifetime_hours": 12,
            },
        },
        "drill": {
            "summary": "A siren will sound, and it is an exercise",
            "value": {
                "site": "raffinerie-du-meandre", "kind": "drill",
                "events": ["drill", "siren"], "nuisances": ["noise"],
                "text": "Exercice POI ce matin : la sirène sonne trois fois.",
            },
        },
    })
}

/// More of the same event.
pub(super) fn updates() -> Value {
    json!({
        "under_control": {
            "summary": "Mastered, not over",
            "value": { "text": "La fumée diminue. La torche reste allumée.", "under_control": true },
        },
        "longer": {
            "summary": "It lasts, and stays on the line longer",
            "value": { "text": "La torche brûlera encore deux jours.", "lifetime_days": 3 },
        },
    })
}

/// What was wrong.
pub(super) fn corrections() -> Value {
    json!({
        "colour": {
            "summary": "The colour was wrong",
            "value": { "text": "La fumée est grise, et non noire." },
        },
    })
}

/// Last words.
pub(super) fn last_words() -> Value {
    json!({
        "usual": { "summary": "The usual words", "value": {} },
        "own": {
            "summary": "Words of the site's own",
            "value": { "text": "La torche est éteinte depuis 18 h. Merci de votre patience." },
        },
    })
}

/// The answer to every post.
pub(super) fn answer() -> Value {
    one(
        "The text is on the page, the voice will speak it",
        &json!({
            "id": ID, "state": "ongoing", "url": format!("/rouen_metropole/{ID}"), "speech": "queued",
            "expires_at": "2026-12-04T14:32:00+01:00", "warnings": [],
        }),
    )
}

/// Where a bulletin stands.
pub(super) fn bulletin() -> Value {
    one(
        "A flare, mastered",
        &json!({
            "id": ID, "site": "raffinerie-du-meandre", "territory": "rouen_metropole",
            "url": format!("/rouen_metropole/{ID}"), "kind": "unplanned", "state": "under_control",
            "events": ["flaring", "smoke"], "nuisances": ["visual", "noise"], "language": "fr",
            "starts_at": "2026-11-25T14:07:00+01:00", "ends_at": null,
            "posted_at": "2026-11-25T14:32:00+01:00", "updated_at": "2026-11-25T14:57:00+01:00",
            "expires_at": "2026-12-04T14:32:00+01:00", "speech": "ready", "speech_detail": null,
            "thread": thread(), "warnings": [], "deliveries": [{
                "channel": "codis", "kind": "webhook", "entry": 1, "state": "sent", "attempts": 1, "next_try": null,
                "done_at": "2026-11-25T14:32:01+01:00", "url": null, "why": null,
            }],
        }),
    )
}

/// A recording that waits for its bulletin.
pub(super) fn recording() -> Value {
    one(
        "A little quiet, brought to the level of the line",
        &json!({
            "id": KEY, "duration_ms": 8_230, "level_dbov": -31.2,
            "preview": format!("/api/v1/recordings/{KEY}"), "expires_at": "2026-11-26T14:32:00+01:00",
            "warnings": [],
        }),
    )
}

/// Drafts of dictations.
pub(super) fn drafts() -> Value {
    one(
        "One call that was hung up too soon",
        &json!({
            "site": "raffinerie-du-meandre",
            "drafts": [{
                "id": ID, "kind": "unplanned", "events": ["flaring"], "at": "2026-11-25T03:12:00+01:00",
                "duration_ms": 4_200, "recording": format!("/api/v1/drafts/{ID}/recording"),
            }],
        }),
    )
}

/// The list of territories.
pub(super) fn territories() -> Value {
    one("One territory", &json!({ "territories": [territory()] }))
}

/// What callers hear.
pub(super) fn programme() -> Value {
    let site = json!({
        "slug": "raffinerie-du-meandre", "name": "Raffinerie du Méandre", "commune": "Petit-Couronne",
    });
    one(
        "One event goes on",
        &json!({
            "territory": territory(),
            "checked_at": "2026-11-25T14:58:00+01:00",
            "authorities": false,
            "ongoing": [{
                "id": ID, "url": format!("/rouen_metropole/{ID}"), "site": site,
                "kind": "unplanned", "state": "under_control", "events": ["flaring", "smoke"],
                "nuisances": ["visual", "noise"], "language": "fr",
                "text": "La fumée diminue. La torche reste allumée.",
                "starts_at": "2026-11-25T14:07:00+01:00", "ends_at": null,
                "posted_at": "2026-11-25T14:32:00+01:00", "updated_at": "2026-11-25T14:57:00+01:00",
                "expires_at": "2026-12-04T14:32:00+01:00", "speech": "ready", "duration_ms": 14_560,
                "audio": format!("/audio/{ID}-2-1f0c5b7e9a3d2468.wav"), "telephone": format!("/audio/{KEY}.pcma"),
                "thread": thread(),
            }],
            "ended": [],
        }),
    )
}

/// Whether callers can be answered.
pub(super) fn readiness(ready: bool) -> Value {
    let line = if ready {
        "the line answers"
    } else {
        "the service is being stopped: new calls are refused, calls in progress may finish"
    };
    one(
        if ready {
            "All is well"
        } else {
            "Send callers elsewhere"
        },
        &json!({
            "ready": ready,
            "concerns": [
                { "name": "line", "ok": ready, "vital": true, "detail": line },
                { "name": "voice", "ok": true, "vital": false, "detail": "every bulletin is spoken" },
            ],
        }),
    )
}

/// One example under the name `demonstration`.
pub(super) fn one(summary: &str, value: &Value) -> Value {
    json!({ "demonstration": { "summary": summary, "value": value } })
}

fn territory() -> Value {
    json!({
        "slug": "rouen_metropole", "name": "Rouen Métropole", "zone": "Europe/Paris",
        "numbers": ["+33805691282"], "url": "/rouen_metropole",
        "programme": "/api/v1/territories/rouen_metropole/programme",
        "sites": [{
            "slug": "raffinerie-du-meandre", "name": "Raffinerie du Méandre", "commune": "Petit-Couronne",
        }],
    })
}

fn thread() -> Value {
    json!([
        {
            "number": 1, "kind": "first", "at": "2026-11-25T14:32:00+01:00",
            "text": "La torche est allumée ; une fumée noire est visible de loin.", "under_control": false,
        },
        {
            "number": 2, "kind": "update", "at": "2026-11-25T14:57:00+01:00",
            "text": "La fumée diminue. La torche reste allumée.", "under_control": true,
        },
    ])
}

/// A bulletin's or a draft's name.
pub(super) const ID: &str = "k3v7qm2xw5ta";
/// A recording's name.
pub(super) const KEY: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
