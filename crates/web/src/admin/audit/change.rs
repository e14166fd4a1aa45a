//! What an act has changed, in words.

use bulletin::Language;
use serde_json::{Map, Value};

/// One thing that is other than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Its name in the rows.
    pub(super) name: String,
    /// What it was; nothing where there was none.
    pub(super) before: Option<String>,
    /// What it is since.
    pub(super) after: Option<String>,
}

/// Everything that differs between two JSON texts; what both say is left out.
pub(super) fn changes(before: Option<&str>, after: Option<&str>) -> Vec<Change> {
    let (before, after) = (object(before), object(after));
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Change {
            name: name.clone(),
            before: before.get(name).and_then(words),
            after: after.get(name).and_then(words),
        })
        .filter(|change| change.before.is_some() || change.after.is_some())
        .collect()
}

/// What a person calls an act; nothing for a word that has no other.
pub(in crate::admin) fn in_words(what: &str, language: Language) -> &'static str {
    let words = WORDS.iter().find(|(word, ..)| *word == what);
    words.map_or("", |(_, french, english)| match language {
        Language::French => french,
        Language::English => english,
    })
}

fn object(text: Option<&str>) -> Map<String, Value> {
    let Some(text) = text else {
        return Map::new();
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(other) => Map::from_iter([(String::new(), other)]),
        Err(_) => Map::from_iter([(String::new(), Value::from(text))]),
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => {
            let list: Vec<_> = list.iter().filter_map(words).collect();
            Some(list.join(", "))
        }
        other => Some(other.to_string()),
    }
}

const WORDS: &[(&str, &str, &str)] = &[
    ("bulletin.posted", "bulletin publié", "bulletin posted"),
    ("bulletin.updated", "mise à jour publiée", "update posted"),
    (
        "bulletin.corrected",
        "rectificatif publié",
        "correction posted",
    ),
    ("bulletin.ended", "fin publiée", "end posted"),
    (
        "bulletin.withdrawn",
        "bulletin retiré",
        "bulletin withdrawn",
    ),
    ("bulletin.restored", "retrait annulé", "withdrawal undone"),
    (
        "bulletin.retold",
        "envois repris",
        "deliveries taken up again",
    ),
    ("site.changed", "site enregistré", "site saved"),
    (
        "territory.changed",
        "territoire enregistré",
        "territory saved",
    ),
    (
        "line.changed",
        "réglages de la ligne",
        "settings of the line",
    ),
    ("lexicon.changed", "lexique modifié", "lexicon changed"),
    (
        "telephone.changed",
        "code téléphonique donné",
        "telephone code given",
    ),
    (
        "telephone.removed",
        "code téléphonique retiré",
        "telephone code removed",
    ),
    ("token.added", "jeton créé", "token made"),
    ("token.revoked", "jeton révoqué", "token revoked"),
    ("user.added", "personne invitée", "person added"),
    (
        "user.invited",
        "lien d’invitation créé",
        "link of invitation made",
    ),
    (
        "user.reset",
        "lien de réinitialisation créé",
        "link of reset made",
    ),
    ("user.changed", "personne modifiée", "person changed"),
    ("login.refused", "connexion refusée", "sign-in refused"),
    ("user.removed", "personne retirée", "person removed"),
    ("login.opened", "connexion", "signed in"),
    ("login.ended", "déconnexion", "signed out"),
    (
        "surge.raised",
        "alerte : appels sans bulletin",
        "alert: calls without a bulletin",
    ),
    (
        "reminder.raised",
        "rappel : bulletin sans fin",
        "reminder: bulletin not ended",
    ),
    (
        "undelivered.raised",
        "alerte : bulletin non reçu partout",
        "alert: bulletin not received everywhere",
    ),
    (
        "silence.raised",
        "alerte : autorité sans réponse",
        "alert: an authority does not answer",
    ),
    ("contact.added", "autorité ajoutée", "authority added"),
    ("contact.changed", "autorité modifiée", "authority changed"),
    ("contact.removed", "autorité retirée", "authority removed"),
    (
        "contact.key-drawn",
        "clé d’une autorité tirée",
        "key of an authority drawn",
    ),
    (
        "contact.acknowledged",
        "accusé de réception d’une autorité",
        "acknowledged by an authority",
    ),
    (
        "contact.silent",
        "autorité restée sans réponse",
        "authority without an answer",
    ),
    (
        "contacts.changed",
        "liste d’autorités modifiée",
        "list of authorities changed",
    ),
    ("alert.acknowledged", "alerte vue", "alert seen"),
    ("clock.jumped", "horloge décalée", "clock jumped"),
    ("acts.purged", "actes anciens effacés", "old acts deleted"),
    ("site.added", "site ajouté", "site added"),
    ("site.closed", "site fermé", "site closed"),
    ("site.reopened", "site rouvert", "site opened again"),
    (
        "site.approval",
        "seconde personne demandée ou non",
        "second person asked for, or not",
    ),
    ("territory.added", "territoire ajouté", "territory added"),
    (
        "words.changed",
        "phrase du territoire modifiée",
        "words of the territory changed",
    ),
    (
        "site.placed",
        "site placé sur le plan",
        "site put on the map",
    ),
    (
        "territory.imprint",
        "mentions des pages modifiées",
        "imprint of the pages changed",
    ),
    (
        "territory.page",
        "page d’explication modifiée",
        "explaining page changed",
    ),
    ("draft.deleted", "dictée effacée", "dictation deleted"),
    (
        "desk-draft.waiting",
        "brouillon soumis à une autre personne",
        "draft waits for another person",
    ),
    (
        "desk-draft.scheduled",
        "publication programmée",
        "publication scheduled",
    ),
    (
        "desk-draft.approved",
        "publication approuvée",
        "publication approved",
    ),
    (
        "desk-draft.emergency",
        "publié en urgence, sans aperçu",
        "published as an emergency, without preview",
    ),
    ("desk-draft.deleted", "brouillon effacé", "draft deleted"),
    (
        "user.password-chosen",
        "mot de passe choisi",
        "password chosen",
    ),
    (
        "user.second-factor-chosen",
        "second facteur choisi",
        "second factor chosen",
    ),
    (
        "user.second-factor-removed",
        "second facteur retiré",
        "second factor removed",
    ),
    (
        "user.recovery-code-used",
        "code de secours utilisé",
        "recovery code used",
    ),
    (
        "user.recovery-codes-drawn",
        "codes de secours tirés",
        "recovery codes drawn",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_that_is_written_has_words() {
        let mut files = vec![];
        for folder in ["src", "../store/src", "../server"] {
            files.push(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        }
        let mut acts = std::collections::BTreeSet::new();
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(
                    std::fs::read_dir(path)
                        .unwrap()
                        .map(|it| it.unwrap().path()),
                );
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap_or_default();
            acts.extend(
                text.split('"')
                    .filter(|it| is_an_act(it))
                    .map(str::to_owned),
            );
        }

        assert!(acts.len() > 40, "{acts:?}");
        let silent: Vec<_> = acts
            .iter()
            .filter(|act| in_words(act, Language::French).is_empty())
            .collect();
        assert!(silent.is_empty(), "{silent:?}");
    }

    /// A literal such as `site.added`; other words with a stop in them are names of files, or of what spans say.
    fn is_an_act(text: &str) -> bool {
        let Some((what, done)) = text.split_once('.') else {
            return false;
        };
        let kinds = [
            "acts",
            "alert",
            "bulletin",
            "contact",
            "contacts",
            "desk-draft",
            "draft",
            "lexicon",
            "line",
            "login",
            "reminder",
            "silence",
            "site",
            "surge",
            "telephone",
            "territory",
            "token",
            "undelivered",
            "user",
            "words",
        ];
        let is_word = |it: &str| {
            it.bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet == b'-')
        };
        kinds.contains(&what)
            && !done.is_empty()
            && is_word(done)
            && !["csv", "json", "html", "id", "ids"].contains(&done)
    }

    #[test]
    fn only_what_differs_is_told() {
        let before = r#"{"name":"Raffinerie","commune":"Rives","under_control":false}"#;
        let after =
            r#"{"name":"Dépôt","commune":"Rives","under_control":true,"events":["noise","odour"]}"#;

        let told = changes(Some(before), Some(after));

        let told: Vec<_> = told
            .iter()
            .map(|it| (it.name.as_str(), it.before.as_deref(), it.after.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("events", None, Some("noise, odour")),
                ("name", Some("Raffinerie"), Some("Dépôt")),
                ("under_control", Some("false"), Some("true")),
            ]
        );
        assert_eq!(changes(None, None), []);
        assert_eq!(
            changes(None, Some("not JSON"))[0].after.as_deref(),
            Some("not JSON")
        );
    }
}
