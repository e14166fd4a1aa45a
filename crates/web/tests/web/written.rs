//! What a manager writes at the desk for the public pages, and where everybody reads it.

use axum::http::StatusCode;
use bulletin::TerritorySlug;
use store::WantedActs;

use crate::house::{ADMINISTRATOR, AUDITOR, House, MANAGER};
use crate::pages::plain;

const ROUEN: &str = "/admin/territories/rouen_metropole";

#[tokio::test]
async fn a_manager_writes_a_page_that_explains_and_everybody_reads_it_in_their_language() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let written = [
        ("title", "Pourquoi la torche brûle"),
        (
            "text",
            "C’est une sécurité.\r\n\r\nElle gronde,\r\n<b>et fume</b>.",
        ),
    ];
    let page = manager
        .submit(&format!("{ROUEN}/pages"), &written)
        .await
        .text();
    assert!(
        page.contains("les pages publiques suivent aussitôt")
            && page.contains("(en français seulement)")
    );

    let territory = house.get("/rouen_metropole").await.text();
    let way =
        r#"<a href="/rouen_metropole/pages/pourquoi-la-torche-brule">Pourquoi la torche brûle</a>"#;
    assert!(territory.contains(way), "{territory}");
    let public = house
        .get("/rouen_metropole/pages/pourquoi-la-torche-brule")
        .await
        .text();
    assert!(public.contains("<p>C’est une sécurité.</p>"), "{public}");
    assert!(public.contains("<p>Elle gronde,<br>&#60;b&#62;et fume&#60;/b&#62;.</p>"));
    // Not translated: French, and said to be.
    let english = "/rouen_metropole/pages/pourquoi-la-torche-brule.en";
    let public = house.get(english).await.text();
    assert!(
        public.contains(r#"<div lang="fr" class="reading">"#)
            && public.contains("has not been translated")
    );

    let one = format!("{ROUEN}/pages/pourquoi-la-torche-brule");
    let page = manager.get(&one).await.text();
    assert!(
        page.contains(r#"name="was_title" value="Pourquoi la torche brûle""#),
        "{page}"
    );
    let translated = [
        ("title", "Pourquoi la torche brûle"),
        ("was_title", "Pourquoi la torche brûle"),
        ("text", "C’est une sécurité."),
        (
            "was_text",
            "C’est une sécurité.\n\nElle gronde,\n<b>et fume</b>.",
        ),
        ("title_en", "Why the flare burns"),
        ("text_en", "For safety."),
    ];
    manager.submit(&one, &translated).await;
    let public = house.get(english).await.text();
    assert!(
        public.contains("<h1>Why the flare burns</h1>")
            && !public.contains("has not been translated")
    );

    manager.submit(&one, &[("do", "remove")]).await;
    assert_eq!(house.get(english).await.status, StatusCode::NOT_FOUND);
    let acts = acts(&house).await;
    assert_eq!(
        acts.iter().filter(|it| *it == "territory.page").count(),
        3,
        "{acts:?}"
    );
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_refused_beside_its_field_and_nothing_is_lost() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let long = "é".repeat(6_001);
    for (fields, field, words) in [
        (
            vec![("title", "Titre"), ("text", " ")],
            "text",
            "Écrivez ce que la page explique",
        ),
        (
            vec![("title", ""), ("text", "Texte.")],
            "title",
            "Écrivez un nom",
        ),
        (
            vec![("title", "Titre"), ("text", long.as_str())],
            "text",
            "une page en a au plus 6000",
        ),
        (
            vec![
                ("title", "Titre"),
                ("text", "Texte."),
                ("title_en", "Title"),
            ],
            "text_en",
            "écrivez les deux, ou aucun",
        ),
        (
            vec![("title", "Titre"), ("text", "Texte."), ("slug", "É")],
            "slug",
            "identifiant de la page",
        ),
    ] {
        let refused = manager.post(&format!("{ROUEN}/pages"), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let page = refused.text();
        assert!(
            page.contains(&format!(r##"<a href="#{field}">"##)),
            "{field}: {page}"
        );
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(house.store.background_pages().await.unwrap().is_empty());
    let twice = [("title", "Titre"), ("text", "Texte.")];
    manager.submit(&format!("{ROUEN}/pages"), &twice).await;
    let refused = manager.post(&format!("{ROUEN}/pages"), &twice).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .text()
            .contains("Une autre page a déjà cet identifiant")
    );
}

#[tokio::test]
async fn the_statements_are_filled_with_what_the_manager_enters() {
    let house = House::new().await;
    let nothing = house.get("/rouen_metropole/contact").await.text();
    assert!(nothing.contains("n’a pas encore écrit ici comment le joindre"));
    let page = house.get("/rouen_metropole").await.text();
    assert!(plain(&page).contains("Accessibilité : non conforme"));

    let mut manager = house.sign_in(MANAGER).await;
    let entered = [
        ("publisher", "Métropole <de> l’Estuaire"),
        ("email", "contact@allo.example"),
        ("telephone", "02 61 91 00 15"),
        ("address", "1 quai du Fleuve\r\n76000 Rouen"),
        ("data_protection", "dpo@allo.example"),
        ("conformance", "partial"),
        ("was_conformance", "none"),
        ("audit", "Cabinet X, 3 mai 2026, 87 % des critères"),
        ("shortcomings", "Le plan."),
        ("shortcomings_en", "The plan."),
        ("plan", "https://allo.example/schema"),
    ];
    let page = manager
        .submit(&format!("{ROUEN}/imprint"), &entered)
        .await
        .text();
    assert!(
        page.contains("les pages publiques suivent aussitôt"),
        "{page}"
    );

    for (path, parts) in [
        (
            "contact",
            vec![
                "Métropole &#60;de&#62; l’Estuaire",
                r#"<a href="mailto:contact@allo.example">"#,
                r#"<a href="tel:+33261910015">"#,
                "1 quai du Fleuve<br>76000 Rouen",
            ],
        ),
        (
            "accessibilite",
            vec![
                "partiellement conforme",
                "Cabinet X",
                "Le plan.",
                "https://allo.example/schema",
                "Défenseur des droits",
            ],
        ),
        (
            "accessibilite.en",
            vec!["partially compliant", "The plan.", "within a week"],
        ),
        (
            "confidentialite",
            vec![
                "dpo@allo.example",
                "cinq premiers chiffres",
                "votre numéro y est en entier",
                "le nom qu’on y a écrit",
                " 180 jours",
                "CNIL",
            ],
        ),
        (
            "confidentialite.en",
            vec![
                "dpo@allo.example",
                "first five digits",
                "your number is whole in them",
                "the name that was written there",
                " 180 days",
            ],
        ),
        (
            "categories",
            vec![
                "Inopiné",
                "Maîtrisé",
                "Rectificatif",
                "Ce n’est pas une alerte",
            ],
        ),
        (
            "categories.en",
            vec!["Unplanned", "Under control", "Correction", "It is no alert"],
        ),
    ] {
        let page = house.get(&format!("/rouen_metropole/{path}")).await.text();
        for part in parts {
            assert!(page.contains(part), "{path} {part}: {page}");
        }
    }
    // The mention is on every page of the territory and beside its name on the first page.
    for path in [
        "/",
        "/rouen_metropole",
        "/rouen_metropole/archives",
        "/rouen_metropole/sites/engrais",
    ] {
        let page = plain(&house.get(path).await.text());
        assert!(
            page.contains("Accessibilité : partiellement conforme"),
            "{path}: {page}"
        );
    }
    assert!(acts(&house).await.contains(&"territory.imprint".to_owned()));
}

#[tokio::test]
async fn pages_are_not_called_compliant_without_an_audit() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let refused = manager
        .post(
            &format!("{ROUEN}/imprint"),
            &[
                ("conformance", "full"),
                ("was_conformance", "none"),
                ("email", "nobody"),
            ],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(
        page.contains("il faut un audit")
            && page.contains("Écrivez une adresse électronique complète"),
        "{page}"
    );
    assert!(house.store.imprints().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_that_takes_no_mail_is_refused_on_the_page_that_says_how_to_write() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    for typed in ["accueil@", "accueil@exemple", "a b@exemple.fr"] {
        let fields = [
            ("conformance", "none"),
            ("was_conformance", "none"),
            ("email", typed),
        ];
        let refused = manager.post(&format!("{ROUEN}/imprint"), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(refused.text().contains(r##"<a href="#email">"##), "{typed}");
    }
    assert!(house.store.imprints().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_not_evaluated_is_not_called_accessible() {
    let house = House::new().await;
    let (path, english) = (
        "/rouen_metropole/accessibilite",
        "/rouen_metropole/accessibilite.en",
    );
    let page = house.get(path).await.text();
    assert!(page.contains("<p>Ils n’ont pas été évalués.</p>"), "{page}");
    let page = house.get(english).await.text();
    assert!(page.contains("<p>This has not been evaluated.</p>"));

    let entered = [
        ("conformance", "full"),
        ("was_conformance", "none"),
        ("audit", "Cabinet X, 3 mai 2026"),
        ("plan", "Sur le site de la métropole"),
    ];
    let mut manager = house.sign_in(MANAGER).await;
    manager.submit(&format!("{ROUEN}/imprint"), &entered).await;
    let page = house.get(path).await.text();
    assert!(page.contains("<p>Aucun n’est connu à ce jour.</p>"));
    let page = house.get(english).await.text();
    for french in ["Cabinet X, 3 mai 2026", "Sur le site de la métropole"] {
        let marked = format!(r#"<p lang="fr">{french}</p>"#);
        assert!(page.contains(&marked), "{marked}: {page}");
    }
}

#[tokio::test]
async fn a_site_is_put_on_the_map_at_the_desk_and_taken_off_again() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let site = format!("{ROUEN}/sites/raffinerie");
    let place = format!("{site}/place");

    let page = manager
        .submit(&place, &[("place", "49,38 1,03")])
        .await
        .text();
    assert!(page.contains(r#"value="49.38000, 1.03000""#), "{page}");
    assert!(
        house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("<svg viewBox")
    );
    let refused = manager
        .post(&place, &[("place", "au bord du fleuve")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(
        page.contains("Écrivez la latitude et la longitude") && page.contains("au bord du fleuve")
    );
    manager.submit(&place, &[("place", "")]).await;
    assert!(
        !house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("<svg viewBox")
    );
    let acts = acts(&house).await;
    assert_eq!(
        acts.iter().filter(|it| *it == "site.placed").count(),
        2,
        "{acts:?}"
    );
}

#[tokio::test]
async fn who_was_overtaken_in_writing_is_told_and_an_auditor_reads_only() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let mut administrator = house.sign_in(ADMINISTRATOR).await;
    let path = format!("{ROUEN}/imprint");
    let says = |publisher: &'static str| {
        [
            ("publisher", publisher),
            ("conformance", "none"),
            ("was_conformance", "none"),
        ]
    };
    manager.submit(&path, &says("Une")).await;
    let late = administrator.post(&path, &says("Deux")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.text().contains("c’est maintenant «\u{a0}Une\u{a0}»"),
        "{}",
        late.text()
    );

    let mut auditor = house.sign_in(AUDITOR).await;
    let page = auditor.get(&path).await.text();
    assert!(
        page.contains("<dd>Une</dd>") && !page.contains("name=\"publisher\""),
        "{page}"
    );
}

#[tokio::test]
async fn readers_are_told_what_callers_are_told_by_the_manager() {
    let house = House::new().await;
    let mut manager = house.sign_in(MANAGER).await;
    let decided = [("crisis", "Fermez vos fenêtres."), ("authorities", "on")];
    manager.submit(&format!("{ROUEN}/line"), &decided).await;
    for (path, authorities) in [
        ("/rouen_metropole", "Les autorités ont pris la main."),
        ("/rouen_metropole.en", "The authorities are now in charge."),
    ] {
        let page = house.get(path).await.text();
        let crisis = page.find("Fermez vos fenêtres.").unwrap();
        assert!(
            crisis < page.find("class=\"summary\"").unwrap(),
            "before all else"
        );
        assert!(page.contains(authorities), "{path}");
    }
    assert!(
        house
            .get("/rouen_metropole.en")
            .await
            .text()
            .contains(r#"<p class="standing" lang="fr">Fermez"#)
    );
}

async fn acts(house: &House) -> Vec<String> {
    let wanted = WantedActs {
        territories: Some([TerritorySlug::parse("rouen_metropole").unwrap()].into()),
        ..WantedActs::default()
    };
    let acts = house.store.acts(&wanted, 50).await.unwrap();
    acts.into_iter().map(|(_, act)| act.what).collect()
}
