use std::path::Path;
use std::time::Duration;

use bulletin::{
    Bulletin, BulletinId, Draft, Event, Kind, Language, Lifetime, Nuisance, Site, SiteSlug,
    Territory, TerritorySlug,
};
use jiff::{SignedDuration, Timestamp};
use store::{NewJob, Store};

use crate::support::{House, eventually};

const SITE: &str = "raffinerie-du-cap";

#[test]
fn a_bulletin_past_nine_days_is_in_the_archive_and_nowhere_else() {
    let house = House::open();
    let ten_days_ago = Timestamp::now() - SignedDuration::from_hours(240);
    let id = insert(
        house.data(),
        "Bruit ancien de dix jours.",
        ten_days_ago,
        Lifetime::default(),
    );

    let (_, page) = house.read("/le_havre");
    let programme = house.read_json("/api/v1/territories/le_havre/programme");
    let (_, archive) = house.read("/le_havre/archives");
    let (status, permalink) = house.read(&format!("/le_havre/{id}"));

    assert!(!page.contains("dix jours"));
    assert!(!programme.to_string().contains(&id));
    assert!(archive.contains(&id) || archive.contains("dix jours"));
    assert!(
        status.is_success() && permalink.contains("dix jours") && permalink.contains("archivé")
    );
}

#[test]
fn a_bulletin_leaves_line_and_page_when_its_hour_comes() {
    let house = House::open();
    let almost_an_hour_ago = Timestamp::now() - SignedDuration::from_secs(3600 - 30);
    let hour = Lifetime::from_hours(1).expect("an hour");
    let id = insert(
        house.data(),
        "Bruit qui finit dans un instant.",
        almost_an_hour_ago,
        hour,
    );
    // The next post makes the service read the store.
    house.post("huiles-du-fleuve", "Bruit ailleurs.");

    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let (_, before) = house.read("/le_havre");
    assert!(before.contains("finit dans un instant"));
    let heard = house.dial("0800101092", "@0.2:#", Duration::from_secs(20));
    assert!(heard.has(&octets), "heard while it lasts");

    eventually("the end of its hour", Duration::from_secs(30), || {
        let (_, page) = house.read("/le_havre");
        (!page.contains("finit dans un instant")).then_some(())
    });
    let heard = house.dial("0800101092", "@0.2:#", Duration::from_secs(12));
    assert!(!heard.has(&octets), "and not afterwards");
    let programme = house.read_json("/api/v1/territories/le_havre/programme");
    assert!(!programme.to_string().contains(&id));
}

/// Writes a bulletin as if it had been posted at `at`.
fn insert(data: &Path, text: &str, at: Timestamp, lifetime: Lifetime) -> String {
    let site = Site {
        slug: SiteSlug::parse(SITE).unwrap(),
        territory: TerritorySlug::parse("le_havre").unwrap(),
        name: "Raffinerie du Cap".into(),
        spoken_name: "Raffinerie du Cap".into(),
        commune: "Le Havre".into(),
    };
    let territory = Territory {
        slug: site.territory.clone(),
        name: "Le Havre".into(),
        spoken_name: "Le Havre".into(),
        zone: jiff::tz::TimeZone::get("Europe/Paris").unwrap(),
        numbers: vec![],
    };
    let draft = Draft {
        kind: Kind::Unplanned,
        events: vec![Event::Noise],
        nuisances: vec![Nuisance::Noise],
        text: text.into(),
        language: Language::French,
        starts_at: None,
        ends_at: None,
        lifetime,
    };
    let id = BulletinId::from_random([7; 8]);
    let bulletin = Bulletin::compose(id.clone(), &site, &territory, draft, "test", at).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&data.join("allo.db")).await.unwrap();
        store
            .insert_bulletin(&bulletin, &[speak(&id, at)], None)
            .await
            .unwrap();
    });
    id.to_string()
}

/// The job that a post brings along.
fn speak(id: &BulletinId, at: Timestamp) -> NewJob {
    NewJob {
        kind: "speak".into(),
        payload: format!("{{\"bulletin\":\"{id}\",\"entry\":1}}"),
        run_at: at,
        unique: None,
    }
}
