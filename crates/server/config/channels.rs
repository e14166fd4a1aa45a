//! `[[channel]]`: where the bulletins of a territory are told besides its line and its page.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bulletin::{Event, Kind, Severity, SiteSlug, TerritorySlug};
use notify::{Channel, ChannelKind, Home, QuietHours, Rules, Tools};
use serde::{Deserialize, Serialize};

/// One `[[channel]]` as it is written. What is not named here are the settings of its kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChannelTable {
    /// Its name on the desk, in the API, in figures and in the log: lower-case letters, digits, `_` and `-`.
    #[serde(default)]
    pub name: String,
    /// The territory whose bulletins it is told.
    #[serde(default)]
    pub territory: String,
    /// What it is: `webhook`, `mastodon` …
    #[serde(default)]
    pub kind: String,
    /// Hours of the territory's clock in which planned events wait, such as `22:00-07:00` [default: none].
    pub quiet_hours: Option<String>,
    /// Which bulletins it is told [default: all].
    #[serde(default, skip_serializing_if = "OnlyTable::is_empty")]
    pub only: OnlyTable,
    /// The settings of its kind.
    #[serde(flatten)]
    pub settings: toml::Table,
}

/// `only` of a `[[channel]]`: a bulletin must fit each of the lists that is not empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct OnlyTable {
    /// `planned`, `unplanned`, `drill`, `test`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// What happens: `flaring`, `fire` … One of them is enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Sites by their slugs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// `minor`, `unknown`: the severity that CAP gives their first entry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<String>,
}

impl OnlyTable {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A channel that can be set up.
#[derive(Debug, Clone)]
pub struct ChannelConfig {
    /// As it is written.
    pub(crate) table: ChannelTable,
    /// Whose bulletins it is told.
    pub(crate) territory: TerritorySlug,
    /// What it is.
    pub(crate) kind: &'static ChannelKind,
    /// Which bulletins, and when.
    pub(crate) rules: Rules,
}

impl ChannelConfig {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.table.name
    }

    /// Sets it up.
    ///
    /// - `data`: the data folder, where it may keep what it must remember.
    ///
    /// # Errors
    /// [`ChannelError::Settings`].
    pub(crate) fn open(
        &self,
        data: &Path,
        tools: &Tools,
    ) -> Result<Arc<dyn Channel>, ChannelError> {
        let home = Home::new(self.name(), folder(data, self.name()));
        let opened = self.kind.open(self.table.settings.clone(), &home, tools);
        opened.map_err(|fault| ChannelError::Settings {
            name: self.name().to_owned(),
            kind: self.kind.word,
            fault,
        })
    }
}

/// Checks every table; whether the other side knows us is for `allo check --channels`.
///
/// # Errors
/// [`ChannelError`], which names the channel and the key and says what to write.
pub(super) fn parse(
    tables: &[ChannelTable],
    data: &Path,
) -> Result<Vec<ChannelConfig>, ChannelError> {
    let mut read: Vec<ChannelConfig> = vec![];
    for table in tables {
        let one = table.check()?;
        if read.iter().any(|other| other.name() == one.name()) || OWN_NAMES.contains(&one.name()) {
            return Err(ChannelError::Twice(table.name.clone()));
        }
        // Set up once to see whether that is possible; nothing is connected to.
        let tools = Tools {
            cap: Arc::new(|_| Err("not at work".to_owned())),
        };
        one.open(data, &tools)?;
        read.push(one);
    }
    Ok(read)
}

/// The tables as they may be shown. A secret has a place of its own, which is no secret; one that somebody has written
/// here all the same stays hidden.
pub(super) fn shown(channels: &[ChannelConfig]) -> Vec<ChannelTable> {
    let mut tables: Vec<_> = channels.iter().map(|one| one.table.clone()).collect();
    for table in &mut tables {
        hide(&mut table.settings);
    }
    tables
}

fn hide(settings: &mut toml::Table) {
    for (key, value) in settings.iter_mut() {
        let may_be_secret = SECRET_WORDS.iter().any(|word| key.contains(word));
        match value {
            toml::Value::String(text) if may_be_secret => "(hidden)".clone_into(text),
            // Behind such a key stands where the secret is.
            toml::Value::Table(table) if !may_be_secret => hide(table),
            _ => {}
        }
    }
}

impl ChannelTable {
    fn check(&self) -> Result<ChannelConfig, ChannelError> {
        let name = &self.name;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_name) {
            return Err(ChannelError::Name(name.clone()));
        }
        let wrong = |key: &'static str, word: &str, instead: String| ChannelError::Word {
            name: name.clone(),
            key,
            word: word.to_owned(),
            instead,
        };
        let territory = TerritorySlug::parse(&self.territory).map_err(|_| {
            let instead = "a slug as `allo territory list` shows it, such as rouen_metropole";
            wrong("territory", &self.territory, instead.to_owned())
        })?;
        let kind = ChannelKind::find(&self.kind)
            .ok_or_else(|| wrong("kind", &self.kind, ChannelKind::listed()))?;
        let quiet_hours = self.quiet_hours.as_deref().map(|text| {
            let quiet = QuietHours::parse(text);
            quiet.ok_or_else(|| {
                wrong(
                    "quiet-hours",
                    text,
                    "two hours such as 22:00-07:00".to_owned(),
                )
            })
        });
        let kinds = Kind::ALL.iter().map(|it| it.as_str());
        let events = Event::ALL.iter().map(|it| it.as_str());
        let severities = Severity::ALL.iter().map(|it| it.as_str());
        let rules = Rules {
            kinds: all(&self.only.kinds, Kind::parse)
                .map_err(|word| wrong("only.kinds", word, listed(kinds)))?,
            events: all(&self.only.events, Event::parse)
                .map_err(|word| wrong("only.events", word, listed(events)))?,
            sites: all(&self.only.sites, |word| SiteSlug::parse(word).ok()).map_err(|word| {
                let instead = "slugs as `allo site list` shows them";
                wrong("only.sites", word, instead.to_owned())
            })?,
            severities: all(&self.only.severities, Severity::parse)
                .map_err(|word| wrong("only.severities", word, listed(severities)))?,
            quiet_hours: quiet_hours.transpose()?,
        };
        Ok(ChannelConfig {
            table: self.clone(),
            territory,
            kind,
            rules,
        })
    }
}

/// Every word as what it stands for, or the first that stands for nothing.
fn all<'a, T>(words: &'a [String], parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, &'a str> {
    let one = |word: &'a String| parse(word).ok_or(word.as_str());
    words.iter().map(one).collect()
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn folder(data: &Path, name: &str) -> PathBuf {
    data.join("channels").join(name)
}

/// Why a `[[channel]]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// A name that is none.
    #[error(
        "a [[channel]] has the name {0:?}; write at most 40 lower-case letters, digits, hyphens and underscores"
    )]
    Name(String),
    /// A name that another channel has.
    #[error(
        "two channels have the name {0:?}; give each a name of its own (the program itself has subscribers and authorities)"
    )]
    Twice(String),
    /// A key of every channel.
    #[error("[[channel]] {name}: {key} is {word:?}; write {instead}")]
    Word {
        /// Its name.
        name: String,
        /// The key.
        key: &'static str,
        /// What was written.
        word: String,
        /// What may be written.
        instead: String,
    },
    /// A key of its kind.
    #[error("[[channel]] {name} ({kind}): {fault}")]
    Settings {
        /// Its name.
        name: String,
        /// Its kind.
        kind: &'static str,
        /// What is wrong, and what to write.
        fault: String,
    },
}

/// Names of channels that come with the program.
const OWN_NAMES: [&str; 2] = ["subscribers", "authorities"];
const LONGEST_NAME: usize = 40;
/// In the name of a key whose value is a secret, or its place.
const SECRET_WORDS: [&str; 4] = ["secret", "token", "password", "key"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_its_territory_its_kind_and_its_rules() {
        let read = read(
            r#"
            quiet-hours = "22:00-07:00"
            only = { kinds = ["unplanned", "planned"], events = ["fire"], sites = ["raffinerie"], severities = ["unknown"] }
            "#,
        )
        .unwrap();

        let one = &read[0];
        assert_eq!((one.name(), one.kind.word), ("codis", "webhook"));
        assert_eq!(one.territory.as_str(), "rouen_metropole");
        assert_eq!(one.rules.kinds, [Kind::Unplanned, Kind::Planned]);
        assert_eq!(one.rules.events, [Event::Fire]);
        assert_eq!(one.rules.sites[0].as_str(), "raffinerie");
        assert_eq!(one.rules.severities, [Severity::Unknown]);
        assert_eq!(one.rules.quiet_hours, QuietHours::parse("22:00-07:00"));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_write() {
        for (more, said) in [
            (
                "quiet-hours = \"22-7\"",
                "quiet-hours is \"22-7\"; write two hours such as 22:00-07:00",
            ),
            (
                "only = { kinds = [\"urgent\"] }",
                "only.kinds is \"urgent\"; write planned, unplanned, drill, test",
            ),
            (
                "only = { events = [\"storm\"] }",
                "only.events is \"storm\"; write flaring",
            ),
            (
                "only = { severities = [\"extreme\"] }",
                "only.severities is \"extreme\"; write minor, unknown",
            ),
            ("colour = \"red\"", "unknown field `colour`"),
        ] {
            let refused = read(more).unwrap_err().to_string();
            assert!(refused.starts_with("[[channel]] codis"), "{refused}");
            assert!(refused.contains(said), "{refused}");
        }
    }

    #[test]
    fn names_and_kinds_that_cannot_be_are_refused() {
        let table = |name: &str, kind: &str| ChannelTable {
            name: name.into(),
            territory: "rouen_metropole".into(),
            kind: kind.into(),
            ..table("")
        };
        let refused =
            |tables: &[ChannelTable]| parse(tables, Path::new("/data")).unwrap_err().to_string();
        let long = "a".repeat(41);
        for name in ["", "Codis", "a b", "../x", &long] {
            assert!(
                refused(&[table(name, "webhook")]).contains("lower-case"),
                "{name}"
            );
        }
        let twice = [table("codis", "webhook"), table("codis", "webhook")];
        assert!(refused(&twice).contains("two channels"));
        assert!(refused(&[table("subscribers", "webhook")]).contains("subscribers"));
        assert!(refused(&[table("codis", "pigeon")]).contains("write webhook"));
    }

    #[test]
    fn a_channel_is_printed_as_it_is_read_and_a_misplaced_secret_is_not() {
        let first = read("only = { kinds = [\"drill\"] }\nquiet-hours = \"22:00-07:00\"").unwrap();
        let printed = toml::to_string(&shown(&first)[0]).unwrap();
        assert!(printed.contains("/run/secrets/codis"), "{printed}");
        let again: ChannelTable = toml::from_str(&printed).unwrap();
        assert_eq!(again, first[0].table);

        let mut misplaced = first[0].clone();
        let text = "a = { token = \"hunter2\" }\nsecret = \"hunter2\"\nurl = \"https://a.example\"";
        misplaced.table.settings = toml::from_str(text).unwrap();
        let printed = toml::to_string(&shown(&[misplaced])[0]).unwrap();
        assert!(
            !printed.contains("hunter2") && printed.contains("a.example"),
            "{printed}"
        );
    }

    fn read(more: &str) -> Result<Vec<ChannelConfig>, ChannelError> {
        parse(&[table(more)], Path::new("/data"))
    }

    fn table(more: &str) -> ChannelTable {
        let text = format!(
            r#"
            name = "codis"
            territory = "rouen_metropole"
            kind = "webhook"
            url = "https://codis.example/allo"
            secret = {{ file = "/run/secrets/codis" }}
            {more}
            "#
        );
        toml::from_str(&text).unwrap()
    }
}
