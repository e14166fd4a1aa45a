//! Every table of the guide for managers can be copied as it stands.

use notify::mail::{MailSettings, Mailer};
use notify::{ChannelKind, Home};
use toml::Table;

use crate::samples;

#[test]
fn every_table_of_the_guide_sets_up_a_channel() {
    let guide = std::fs::read_to_string("../../docs/guide/channels.md").unwrap();
    let blocks = guide.split("```toml\n").skip(1);
    let blocks: Vec<_> = blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    // The first shows what all channels have in common.
    let (mut whole, mut opened) = (vec![], vec![]);
    for block in &blocks[1..] {
        let parsed: Table = block
            .parse()
            .unwrap_or_else(|error| panic!("{error}\n{block}"));
        if let Some(mail) = parsed.get("mail") {
            let settings: MailSettings = mail.clone().try_into().unwrap();
            Mailer::new(&settings).unwrap();
            opened.push("mail".to_owned());
            continue;
        }
        match parsed.get("channel") {
            Some(channels) => {
                let channels = channels.as_array().unwrap().iter();
                whole = channels.map(|it| it.as_table().unwrap().clone()).collect();
                // Of SMS the provider's own lines follow.
                let ready = whole.iter().filter(|it| it["kind"].as_str() != Some("sms"));
                opened.extend(ready.map(open));
            }
            None => opened.push(open(&joined(&whole[0], &parsed))),
        }
    }
    let sms = [
        "sms ovh",
        "sms brevo",
        "sms octopush",
        "sms gateway",
        "sms smpp",
    ];
    let networks = ["mastodon", "bluesky", "x", "x"];
    assert_eq!(
        opened,
        [&networks[..], &sms, &["webhook", "relay", "cap", "mail"]].concat()
    );
}

/// Lines that take the place of others of the table before them, or go on where it ends.
fn joined(before: &Table, lines: &Table) -> Table {
    let mut whole = before.clone();
    if lines.contains_key("client-id") {
        whole.retain(|key, _| !key.starts_with("api-") && !key.starts_with("access-"));
    }
    whole.extend(lines.clone());
    whole
}

/// Sets a channel up, and names what it is.
fn open(table: &Table) -> String {
    let word = table["kind"].as_str().unwrap();
    let kind: &ChannelKind = ChannelKind::find(word).unwrap_or_else(|| panic!("{word}"));
    let mut settings = table.clone();
    let common = ["name", "territory", "kind", "quiet-hours", "only"];
    settings.retain(|key, _| !common.contains(&key));
    let provider = settings
        .get("provider")
        .map(|it| format!(" {}", it.as_str().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(table["name"].as_str().unwrap(), folder.path());
    let opened = kind.open(settings, &home, &samples::tools());
    assert!(
        opened.is_ok(),
        "{table}\n{}",
        opened.err().unwrap_or_default()
    );
    format!("{word}{}", provider.unwrap_or_default())
}
