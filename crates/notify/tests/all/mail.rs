//! E-mail against a server on loopback.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use bulletin::{EmailAddress, Language};
use notify::Secret;
use notify::mail::{Mail, MailFailure, MailSettings, Mailer, Security};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::postbox::Postbox;

#[tokio::test]
async fn a_mail_bears_what_mail_programs_go_by() {
    let postbox = Postbox::open();
    let mailer = mailer(&postbox, |_| {});

    mailer.send(&mail()).await.unwrap();

    let taken = postbox.taken();
    let [one] = &taken[..] else {
        panic!("{taken:?}");
    };
    assert_eq!(
        (one.from.as_str(), one.to.as_str()),
        ("bounces@allo.example", "anne@example.org")
    );
    for (name, value) in [
        ("From", "Allo <allo@allo.example>"),
        ("To", "anne@example.org"),
        ("Message-ID", "<abc-2.s1@allo.example>"),
        ("In-Reply-To", "<abc-1.s1@allo.example>"),
        ("References", "<abc-1.s1@allo.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", "fr"),
        (
            "List-Unsubscribe",
            "<https://allo.example/rouen/unsubscribe/token>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(
            one.header(name).as_deref(),
            Some(value),
            "{name} in {}",
            one.octets
        );
    }
    assert!(one.header("Date").is_some() && one.octets.is_ascii());
    assert_eq!(one.text().trim_end(), "Un bruit s’entend.\n.\nFin");
}

#[tokio::test]
async fn what_somebody_writes_into_a_subject_adds_no_header() {
    let postbox = Postbox::open();
    let hostile = Mail {
        subject: "Bruit\r\nBcc: b@example.org\n\n<script>".into(),
        unsubscribe: Some("https://allo.example/\r\nX-Evil: 1".into()),
        ..mail()
    };

    mailer(&postbox, |_| {}).send(&hostile).await.unwrap();

    let one = &postbox.taken()[0];
    assert_eq!(one.header("Bcc"), None, "{}", one.octets);
    assert_eq!(one.header("X-Evil"), None, "{}", one.octets);
    assert_eq!(postbox.commands("RCPT"), 1);
}

#[tokio::test]
async fn mails_go_over_the_connections_that_are_open() {
    let postbox = Postbox::open();
    let mailer = mailer(&postbox, |_| {});
    for _ in 0..20 {
        mailer.send(&mail()).await.unwrap();
    }
    assert_eq!(postbox.taken().len(), 20);
    assert_eq!(postbox.commands("EHLO"), 1);
}

#[tokio::test]
async fn each_refusal_says_whose_it_is() {
    let postbox = Postbox::open();
    let mailer = mailer(&postbox, |_| {});
    for (verb, reply, meant) in [
        ("RCPT", "550 5.1.1 no such user", "address"),
        ("RCPT", "450 4.2.0 greylisted", "later"),
        ("MAIL", "421 4.3.2 closing", "stuck"),
        ("DATA", "554 5.7.1 looks like spam", "refused"),
        // Of this side, or of the mail: no reader is forgotten for it.
        ("MAIL", "550 5.1.8 sender rejected", "stuck"),
        ("MAIL", "553 sender not owned", "stuck"),
        (".", "550 looks like spam", "refused"),
    ] {
        postbox.decide(move |command| command.starts_with(verb).then(|| reply.to_owned()));
        let failure = mailer.send(&mail()).await.unwrap_err();
        let kind = match &failure {
            MailFailure::NoSuchAddress { .. } => "address",
            MailFailure::Later { .. } => "later",
            MailFailure::Stuck { .. } => "stuck",
            MailFailure::Refused { .. } => "refused",
        };
        assert_eq!(kind, meant, "{failure}");
        let words = reply.split_once(' ').unwrap().1;
        assert!(failure.to_string().contains(words), "{failure}");
    }
    postbox.decide(|_| None);
    mailer.send(&mail()).await.unwrap();
}

#[tokio::test]
async fn under_tls_an_account_is_shown_and_a_new_password_needs_no_restart() {
    let folder = tempfile::tempdir().unwrap();
    for (security, from_the_start) in [(Security::Starttls, false), (Security::Tls, true)] {
        let (config, ca) = identity(folder.path());
        let postbox = Postbox::open_with(Some(config), from_the_start);
        let password = folder.path().join("password");
        std::fs::write(&password, "wrong\n").unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mailer = mailer(&postbox, |settings| {
            settings.server = "localhost".into();
            settings.security = Some(security);
            settings.ca = Some(ca);
            settings.username = Some("allo".into());
            settings.password = Some(Secret::File(password.clone()));
        });
        postbox.decide(|command| {
            let is_wrong = command.starts_with("AUTH") && !command.ends_with(RIGHT);
            is_wrong.then(|| "535 5.7.8 authentication failed".to_owned())
        });

        let failure = mailer.send(&mail()).await.unwrap_err();
        assert!(matches!(failure, MailFailure::Stuck { .. }), "{failure}");
        let advice = mailer.check().await.unwrap_err();
        assert!(
            advice.contains("password of [mail]") && !advice.contains("wrong"),
            "{advice}"
        );
        std::fs::write(&password, "right\n").unwrap();
        mailer.send(&mail()).await.unwrap();

        let one = &postbox.taken()[0];
        assert!(one.secured, "{security:?}");
        assert_eq!(one.account, RIGHT);
        mailer.check().await.unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o644)).unwrap();
        let advice = mailer.check().await.unwrap_err();
        assert!(advice.contains("chmod"), "{advice}");
    }
}

#[tokio::test]
async fn a_server_that_offers_no_tls_or_shows_another_certificate_gets_no_mail() {
    let folder = tempfile::tempdir().unwrap();
    let plain = Postbox::open();
    let (config, _) = identity(folder.path());
    let stranger = Postbox::open_with(Some(config), false);
    for postbox in [plain, stranger] {
        let mailer = mailer(&postbox, |settings| {
            settings.server = "localhost".into();
            settings.security = Some(Security::Starttls);
        });
        let failure = mailer.send(&mail()).await.unwrap_err();
        assert!(matches!(failure, MailFailure::Stuck { .. }), "{failure}");
        assert_eq!(postbox.commands("MAIL"), 0);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_in_one_sentence() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mailer = Mailer::new(&MailSettings {
        server: "127.0.0.1".into(),
        port: Some(gone.port()),
        security: Some(Security::None),
        from: "allo@allo.example".into(),
        ..MailSettings::default()
    })
    .unwrap();
    let said = mailer.check().await.unwrap_err();
    assert!(
        said.contains("is a mail server at work on 127.0.0.1"),
        "{said}"
    );
}

/// `\0allo\0right` in base64, as AUTH PLAIN writes it (RFC 4616).
const RIGHT: &str = "AGFsbG8AcmlnaHQ=";

fn mailer(postbox: &Postbox, change: impl FnOnce(&mut MailSettings)) -> Mailer {
    let mut settings = MailSettings {
        server: "127.0.0.1".into(),
        port: Some(postbox.address.port()),
        security: Some(Security::None),
        from: "allo@allo.example".into(),
        return_path: Some("bounces@allo.example".into()),
        ..MailSettings::default()
    };
    change(&mut settings);
    Mailer::new(&settings).unwrap()
}

fn mail() -> Mail {
    Mail {
        to: EmailAddress::parse("anne@example.org").unwrap(),
        subject: "Bruit à la raffinerie".into(),
        text: "Un bruit s’entend.\n.\nFin".into(),
        language: Language::French,
        key: "abc-2.s1".into(),
        follows: vec!["abc-1.s1".into()],
        unsubscribe: Some("https://allo.example/rouen/unsubscribe/token".into()),
    }
}

/// A certificate for `localhost`, and the file in which its authority is: itself.
fn identity(folder: &Path) -> (Arc<ServerConfig>, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
    (Arc::new(config), ca)
}
