//! People without an account who want to be written to: they ask, confirm, choose and leave.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bulletin::EmailAddress;
use store::{AddressKey, MailOutcome, QueuedMail};
use tokio::sync::Notify;
use web::Mailbox;

use crate::house::{Answer, House, MANAGER};

#[tokio::test]
async fn who_asks_confirms_by_a_button_and_is_told_where_the_mail_comes_from() {
    let town = Town::open().await;
    let page = town.house.get("/rouen_metropole/subscribe").await;
    assert_eq!(page.status, StatusCode::OK);
    let page = page.text();
    for part in [
        "allo@allo.example",
        "Petit-Couronne",
        "Raffinerie du Méandre",
        "type=\"email\"",
        "n’est donnée qu’au serveur qui les achemine",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let answer = town
        .post(
            "/rouen_metropole/subscribe",
            "address=anne%40example.org&what=everything",
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.text().contains("Regardez votre messagerie"),
        "{}",
        answer.text()
    );

    let token = town.token().await;
    let confirm = format!("/rouen_metropole/confirm/{token}");
    for _ in 0..3 {
        let page = town.house.get(&confirm).await.text();
        assert!(
            page.contains("Confirmer</button>"),
            "opening it confirms nothing: {page}"
        );
    }
    assert!(
        town.post(&confirm, "")
            .await
            .text()
            .contains("Votre abonnement est confirmé")
    );
    let page = town.house.get(&confirm).await.text();
    assert!(
        page.contains("Votre abonnement est confirmé"),
        "a second look: {page}"
    );
}

#[tokio::test]
async fn nobody_learns_from_an_answer_whether_an_address_is_known() {
    let town = Town::open().await;
    let asked = "address=anne%40example.org&what=everything";
    let first = town.post("/rouen_metropole/subscribe", asked).await;
    town.confirm().await;
    let again = town.post("/rouen_metropole/subscribe", asked).await;
    assert_eq!((first.status, first.text()), (again.status, again.text()));
    town.house.wait(25 * 3_600);
    let later = town.post("/rouen_metropole/subscribe", asked).await;
    assert_eq!(first.text(), later.text());
}

#[tokio::test]
async fn a_mail_program_unsubscribes_with_one_post_in_either_form() {
    for (kind, body) in [
        (
            "application/x-www-form-urlencoded",
            "List-Unsubscribe=One-Click",
        ),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
        ),
    ] {
        let town = Town::open().await;
        let token = town.confirm().await;
        let request = Request::post(format!("/rouen_metropole/unsubscribe/{token}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body));
        let answer = town.house.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "no redirect, no question");
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(town.subscribers().await, 0, "{kind}");
    }
}

#[tokio::test]
async fn the_link_to_unsubscribe_asks_and_its_button_does_it_for_good() {
    let town = Town::open().await;
    let token = town.confirm().await;
    let leave = format!("/rouen_metropole/unsubscribe/{token}");
    let page = town.house.get(&leave).await.text();
    assert!(page.contains("Me désabonner</button>"), "{page}");
    assert_eq!(town.subscribers().await, 1, "opening it changes nothing");

    assert!(
        town.post(&leave, "")
            .await
            .text()
            .contains("Vous êtes désabonné")
    );
    assert_eq!(town.subscribers().await, 0);
    for path in ["unsubscribe", "confirm", "subscription"] {
        let page = town
            .house
            .get(&format!("/rouen_metropole/{path}/{token}"))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("n’est pas abonnée"), "{path}");
    }
    assert_eq!(
        town.post(&leave, "").await.status,
        StatusCode::OK,
        "once more harms nobody"
    );
}

#[tokio::test]
async fn readers_change_what_they_receive_and_in_which_language() {
    let town = Town::open().await;
    let token = town.confirm().await;
    let choices = format!("/rouen_metropole/subscription/{token}");
    let page = town.house.get(&choices).await.text();
    assert!(page.contains("value=\"everything\" checked"), "{page}");

    let form = "what=unplanned&site=raffinerie&commune=Grand-Quevilly&language=en&site=depot&commune=Paris";
    let page = town.post(&choices, form).await.text();

    assert!(
        page.contains("<html lang=\"en\">") && page.contains("Saved."),
        "{page}"
    );
    for part in [
        "value=\"unplanned\" checked",
        "value=\"raffinerie\" checked",
        "value=\"Grand-Quevilly\" checked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let id = town.key.read_token(&token).unwrap();
    let kept = town
        .house
        .store
        .find_subscriber(&id)
        .await
        .unwrap()
        .unwrap()
        .choice;
    assert_eq!(
        kept.sites.len(),
        1,
        "a site of another territory is none here: {kept:?}"
    );
    assert_eq!(kept.communes, ["Grand-Quevilly"]);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_beside_its_field_and_nothing_typed_is_lost() {
    let town = Town::open().await;
    let answer = town
        .post(
            "/rouen_metropole/subscribe",
            "address=anne%40&what=unplanned&site=engrais",
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text();
    for part in [
        "adresse électronique complète",
        "value=\"anne@\"",
        "aria-invalid=\"true\"",
        "value=\"unplanned\" checked",
        "value=\"engrais\" checked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(town.claim().await.is_empty());
    let english = town
        .post("/rouen_metropole/subscribe.en", "address=x")
        .await
        .text();
    assert!(english.contains("whole e-mail address"), "{english}");
}

#[tokio::test]
async fn a_client_who_asks_too_often_rests() {
    let town = Town::open().await;
    let ask = async |number: u32| {
        let body = format!("address=a{number}%40example.org&what=everything");
        town.post("/rouen_metropole/subscribe", &body).await
    };
    for number in 0..10 {
        assert_eq!(ask(number).await.status, StatusCode::OK);
    }
    let refused = ask(10).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(town.claim().await.len(), 10);
    town.house.wait(61);
    assert_eq!(ask(11).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_that_was_touched_or_is_of_another_territory_leads_nowhere() {
    let town = Town::open().await;
    let token = town.confirm().await;
    let first = if token.starts_with('b') { 'c' } else { 'b' };
    for path in ["confirm", "subscription", "unsubscribe"] {
        for (territory, token) in [
            ("rouen_metropole", format!("{token}a")),
            ("rouen_metropole", format!("{first}{}", &token[1..])),
            ("rouen_metropole", "x".to_owned()),
            ("le_havre", token.clone()),
        ] {
            let address = format!("/{territory}/{path}/{token}");
            assert_eq!(
                town.house.get(&address).await.status,
                StatusCode::NOT_FOUND,
                "{address}"
            );
            assert_eq!(
                town.post(&address, "language=fr").await.status,
                StatusCode::NOT_FOUND,
                "{address}"
            );
        }
    }
    assert_eq!(town.subscribers().await, 1);
}

#[tokio::test]
async fn pages_of_one_reader_are_kept_by_nobody_and_found_by_no_search() {
    let town = Town::open().await;
    let token = town.confirm().await;
    for path in ["confirm", "subscription", "unsubscribe"] {
        let answer = town
            .house
            .get(&format!("/rouen_metropole/{path}/{token}"))
            .await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-robots-tag"), "noindex", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("script-src 'none'"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn without_a_mail_server_nobody_can_ask_and_whoever_has_a_link_can_leave() {
    let mut town = Town::open().await;
    let token = town.confirm().await;
    town.house.serve_with(|app| {
        if let Some(mailbox) = &mut app.mailbox {
            mailbox.sender = None;
        }
    });
    assert_eq!(
        town.house.get("/rouen_metropole/subscribe").await.status,
        StatusCode::NOT_FOUND
    );
    let leave = format!("/rouen_metropole/unsubscribe/{token}");
    assert_eq!(town.post(&leave, "").await.status, StatusCode::OK);
    assert_eq!(town.subscribers().await, 0);
}

#[tokio::test]
async fn the_desk_counts_subscribers_and_shows_no_address() {
    let town = Town::open().await;
    town.confirm().await;
    let mut desk = town.house.sign_in(MANAGER).await;
    let page = desk.get("/admin/numbers").await.text();
    assert!(page.contains("Abonnés par e-mail"), "{page}");
    assert!(!page.contains("anne@"), "{page}");
    let page = desk.get("/admin/territories/rouen_metropole").await.text();
    assert!(page.contains("Abonnés par e-mail : 1"), "{page}");
    let csv = desk.get("/admin/numbers/subscribers.csv").await.text();
    assert!(csv.contains("Tout") && csv.contains('1'), "{csv}");
}

/// A house that writes to people, with the key of their addresses.
struct Town {
    house: House,
    key: Arc<AddressKey>,
    _folder: tempfile::TempDir,
}

impl Town {
    async fn open() -> Self {
        let mut house = House::new().await;
        let folder = tempfile::tempdir().unwrap();
        let key = Arc::new(AddressKey::open(&folder.path().join("addresses.key")).unwrap());
        let mailbox = Mailbox {
            key: Arc::clone(&key),
            sender: Some(EmailAddress::parse("allo@allo.example").unwrap()),
            queued: Arc::new(Notify::new()),
        };
        house.serve_with(|app| app.mailbox = Some(mailbox));
        house.refresh().await;
        Self {
            house,
            key,
            _folder: folder,
        }
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        self.house.send(request.unwrap()).await
    }

    async fn claim(&self) -> Vec<QueuedMail> {
        let (store, now) = (&self.house.store, self.house.now());
        store
            .claim_mails(100, now, Duration::from_secs(60))
            .await
            .unwrap()
            .mails
    }

    /// What stands in the links of the mail that waits.
    async fn token(&self) -> String {
        let claimed = self.claim().await;
        let [one] = &claimed[..] else {
            panic!("{claimed:?}");
        };
        let sent = [(one.claim(), MailOutcome::Sent)];
        let settled = self.house.store.settle_mails(&sent, self.house.now());
        settled.await.unwrap();
        self.key.token(&one.subscriber)
    }

    /// Subscribes Anne if she is not, and confirms it; gives what stands in her links.
    async fn confirm(&self) -> String {
        self.post(
            "/rouen_metropole/subscribe",
            "address=anne%40example.org&what=everything",
        )
        .await;
        let token = self.token().await;
        self.post(&format!("/rouen_metropole/confirm/{token}"), "")
            .await;
        token
    }

    async fn subscribers(&self) -> u64 {
        let rouen = bulletin::TerritorySlug::parse("rouen_metropole").unwrap();
        let counts = self.house.store.subscriber_counts(&rouen).await.unwrap();
        counts.everything + counts.unplanned_only + counts.unconfirmed
    }
}
