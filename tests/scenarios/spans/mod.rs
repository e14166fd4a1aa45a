mod collector;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use server::demo::Credentials;
use store::Role;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use self::collector::{Collector, Span};
use crate::support::service::{Service, reply};
use crate::support::{
    Postbox, Program, allo, copy_demonstration_to, eventually, free_port, hire, listen, open_login,
    run,
};

const SITE: &str = "raffinerie-du-meandre";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLICK: &str = "00f067aa0ba902b7";

#[test]
fn a_post_is_followed_from_the_click_to_each_channel_and_a_call_is_told_and_nobody_is_named() {
    let collector = Collector::start();
    let (channel, postbox) = (Service::start(|_, it| well(it)), Postbox::open());
    let house = House::furnish(&format!(
        "public-url = 'http://allo.example'\n\
         [[channel]]\nname = 'codis'\nterritory = 'rouen_metropole'\nkind = 'cap'\nurl = 'http://{}/cap'\n\
         private-network = true\n\
         [mail]\nserver = '127.0.0.1'\nport = {}\nsecurity = 'none'\nfrom = 'allo@allo.example'\n",
        channel.address, postbox.port
    ));
    let program = house.start(|command| {
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
            .env("OTEL_SERVICE_NAME", "allo-76")
            .env("OTEL_BSP_SCHEDULE_DELAY", "200")
            .env("RUST_LOG", "info");
    });
    let cookie = house.hire_and_sign_in("mado@allo.example");
    house.submit(
        &program,
        &cookie,
        "/admin/territories/rouen_metropole/contacts",
        "authority=fire_service&name=CODIS+76&email=codis%40example.org&telephone=0235001234&language=fr",
    );
    let asked = "address=anne%40example.org&what=everything";
    house.submit(&program, "", "/rouen_metropole/subscribe", asked);
    let question = postbox_takes(&postbox, 1);
    let confirm = confirmation(&question);
    house.submit(&program, "", &confirm, "");

    let posted = house.post(&program, |request| {
        request
            .header("traceparent", format!("00-{TRACE}-{CLICK}-01"))
            .header("tracestate", "theirs=0612345678")
    });
    let id = posted["id"].as_str().expect("an id").to_owned();
    postbox_takes(&postbox, 3);
    house.waits_for_sound(&program, &id);
    house.ask(
        &program,
        Method::GET,
        "/rouen_metropole?from=anne%40example.org",
    );
    let heard = listen(
        &format!("sip:0805691282@{}", program.sip),
        "",
        Duration::from_secs(16),
    );

    let spans = eventually("every span", Duration::from_secs(30), || {
        let spans = collector.spans();
        let has = |name: &str, key: &str, value: &str| {
            spans.iter().any(|it| it.name == name && it.is(key, value))
        };
        let all = has("POST /api/v1/bulletins", "bulletin.id", &id)
            && has("job speak", "bulletin.id", &id)
            && has("delivery", "channel", "codis")
            && has("delivery", "channel", "subscribers")
            && has("dispatch", "bulletin.id", &id)
            && has("mails", "bulletin.ids", &id)
            && has("call", "territory", "rouen_metropole")
            && has("GET /{page}", "http.response.status_code", "200");
        all.then_some(spans)
    });
    let one = |name: &str, key: &str, value: &str| {
        let mut found = spans
            .iter()
            .filter(|it| it.name == name && it.is(key, value));
        found
            .next()
            .unwrap_or_else(|| panic!("{name} {key}={value}"))
    };

    let request = one("POST /api/v1/bulletins", "bulletin.id", &id);
    assert_eq!(
        (request.trace.as_str(), request.parent.as_str()),
        (TRACE, CLICK)
    );
    assert_eq!(request.kind, "server");
    assert!(
        request.is("http.request.method", "POST") && request.is("http.route", "/api/v1/bulletins")
    );
    assert!(request.is("http.response.status_code", "201"));
    let refreshed = spans
        .iter()
        .find(|it| it.name == "refresh" && it.parent == request.id);
    let refreshed = refreshed.expect("what readers see changes with the request");
    assert_eq!(refreshed.trace, TRACE);
    assert!(refreshed.began >= request.began && refreshed.ended <= request.ended);
    let spoken = one("job speak", "bulletin.id", &id);
    assert!(spoken.is("outcome", "done"));
    let on_air = spans
        .iter()
        .find(|it| it.name == "refresh" && it.parent == spoken.id);
    assert!(on_air.expect("callers hear it").is("bulletin.ids", &id));
    let told = spans
        .iter()
        .find(|it| it.name == "delivery" && it.is("channel", "codis") && it.is("bulletin.id", &id));
    assert!(told.expect("the channel").is("outcome", "sent"));
    assert!(one("dispatch", "bulletin.id", &id).is("outcome", "sent"));
    assert!(one("mails", "bulletin.ids", &id).is("mails.sent", "1"));
    assert!(
        spans
            .iter()
            .any(|it| it.name == "POST /{territory}/confirm/{token}")
    );

    let call = one("call", "territory", "rouen_metropole");
    let lasted = Duration::from_nanos(call.ended - call.began);
    assert!(
        lasted >= Duration::from_secs(12) && lasted < Duration::from_secs(30),
        "{lasted:?}"
    );
    assert!(
        call.is("call.codec", "PCMA") && call.is("call.end", "caller_hung_up"),
        "{call:?}"
    );
    assert!(
        call.is("call.ended_by", "caller") && call.has("call.set_up_ms"),
        "{call:?}"
    );
    assert!(call.has("bulletin.ids"), "{call:?}");
    assert!(heard.report.octets.len() > 8_000);

    assert!(
        collector
            .resource()
            .contains(&("service.name".into(), "allo-76".into()))
    );
    let token = house.token();
    let secret = confirm.rsplit('/').next().expect("a token");
    for forbidden in [
        token.as_str(),
        &cookie,
        secret,
        "805691282",
        "612345678",
        "235001234",
        "example.org",
        "127.0.0.1",
        "torche",
    ] {
        assert!(!collector.has(forbidden), "{forbidden} left the house");
    }
    let log = house.log();
    assert!(log.contains("told channel=\"codis\""), "{log}");
    assert!(
        !log.contains("otel.") && !log.contains("delivery{"),
        "{log}"
    );
}

#[test]
fn what_is_queued_at_the_end_is_sent_whatever_the_log_is_to_hold() {
    let collector = Collector::start();
    let house = House::furnish("");
    let mut program = house.start(|command| {
        command
            .env(
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                collector.endpoint() + "/v1/traces",
            )
            .env("OTEL_BSP_SCHEDULE_DELAY", "600000")
            .env("RUST_LOG", "off");
    });
    house.ask(&program, Method::GET, "/en");
    house.ask(&program, Method::GET, "/readyz");
    assert!(collector.spans().is_empty());

    stop(&mut program, Duration::from_secs(15));

    let spans = collector.spans();
    assert!(spans.iter().any(|it| it.name == "GET /en"), "{spans:?}");
    let asks_whether_we_live = spans.iter().any(|it| it.name.contains("readyz"));
    assert!(!asks_whether_we_live, "{spans:?}");
    assert!(
        collector
            .resource()
            .contains(&("service.name".into(), "allo".into()))
    );
}

#[test]
fn a_sampler_of_the_environment_decides_what_is_told() {
    let collector = Collector::start();
    let house = House::furnish("");
    let mut program = house.start(|command| {
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
            .env("OTEL_TRACES_SAMPLER", "always_off");
    });
    house.ask(&program, Method::GET, "/en");

    stop(&mut program, Duration::from_secs(15));

    assert!(collector.spans().is_empty());
}

#[test]
fn a_collector_that_is_away_hangs_or_refuses_changes_nothing_and_is_told_once() {
    let hanging = Service::start(|_, _| std::thread::sleep(Duration::from_secs(600)));
    let refusing = Service::start(|_, it| reply(it, "403 Forbidden", "text/plain", b"no"));
    // Whoever waited for the one that hangs would wait for half a minute.
    for (what, address, patience_ms) in [
        ("away", format!("127.0.0.1:{}", free_port()), "1000"),
        ("hanging", hanging.address.to_string(), "30000"),
        ("refusing", refusing.address.to_string(), "1000"),
    ] {
        let house = House::furnish("");
        let mut program = house.start(|command| {
            command
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
                .env("OTEL_EXPORTER_OTLP_TIMEOUT", patience_ms)
                .env("OTEL_BSP_MAX_QUEUE_SIZE", "16")
                .env("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
                .env("OTEL_BSP_SCHEDULE_DELAY", "50");
        });
        let begun = Instant::now();
        for _ in 0..300 {
            house.ask(&program, Method::GET, "/rouen_metropole");
        }
        house.post(&program, |request| request);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(25), "{what}: {took:?}");
        let target = format!("sip:0805691282@{}", program.sip);
        let heard = listen(&target, "", Duration::from_secs(2));
        let octets = heard.report.octets.len();
        assert!(octets > 12_000, "{what}: {octets} octets were heard");
        let (told, left_out) = (
            "spans do not reach the collector",
            "BatchSpanProcessor.SpanDroppingStarted",
        );
        let awaited = if what == "hanging" { left_out } else { told };
        eventually(what, Duration::from_secs(20), || {
            house.log().contains(awaited).then_some(())
        });

        stop(&mut program, Duration::from_secs(15));

        let log = house.log();
        for line in [told, left_out] {
            assert!(log.matches(line).count() <= 1, "{what}: {log}");
        }
        if what == "hanging" {
            assert!(log.contains("dropped_span_count="), "{what}: {log}");
        }
    }
}

#[test]
fn what_the_environment_asks_for_and_cannot_have_is_said_in_one_line() {
    let house = House::furnish("");
    let mut program = house.start(|command| {
        command
            .env(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://collector.example:4317",
            )
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    });
    stop(&mut program, Duration::from_secs(15));
    let log = house.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("spans")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(
        lines[0].contains("OTEL_EXPORTER_OTLP_PROTOCOL is grpc"),
        "{log}"
    );

    let checked = run(allo().args(["check", "--data"]).arg(house.data.path()).env(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://collector.example:4318",
    ));
    let said = String::from_utf8_lossy(&checked.stdout);
    let line = "ok    spans: they are sent to http://collector.example:4318/v1/traces";
    assert!(said.contains(line), "{said}");
}

/// The demonstration in a folder, with a file of settings; the program is started on it.
struct House {
    data: TempDir,
    runtime: Runtime,
    client: reqwest::Client,
}

impl House {
    fn furnish(settings: &str) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        copy_demonstration_to(data.path());
        let settings = format!("voices = 'pico'\n{settings}");
        std::fs::write(data.path().join("allo.toml"), settings).expect("a configuration");
        Self {
            data,
            runtime: Runtime::new().expect("a runtime"),
            client: reqwest::Client::new(),
        }
    }

    fn start(&self, change: impl FnOnce(&mut Command)) -> Program {
        let log = self.data.path().join("log");
        Program::start_by(&[], self.data.path(), Some(&log), |command| {
            let config = self.data.path().join("allo.toml");
            change(command.arg("--config").arg(config).env("NO_COLOR", "1"));
        })
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).expect("the log")
    }

    fn token(&self) -> String {
        let credentials = Credentials::read(self.data.path()).expect("the file of secrets");
        let mut tokens = credentials.tokens.into_iter();
        tokens.find(|one| one.site == SITE).expect("a token").token
    }

    fn hire_and_sign_in(&self, email: &str) -> String {
        let data: &Path = self.data.path();
        self.runtime.block_on(async {
            hire(data, email, Role::Manager).await;
            open_login(data, email).await
        })
    }

    /// Posts a noise, with a request that is changed before it is sent.
    fn post(
        &self,
        program: &Program,
        change: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Value {
        let body = json!({
            "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
            "text": "Un bruit de vapeur s'entend près de la torche.", "language": "fr",
        });
        let request = self
            .client
            .post(format!("http://{}/api/v1/bulletins", program.http));
        let request = change(request.bearer_auth(self.token()).json(&body));
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::CREATED);
            answer.json().await.expect("JSON")
        })
    }

    fn ask(&self, program: &Program, method: Method, path: &str) -> Vec<u8> {
        let request = self
            .client
            .request(method, format!("http://{}{path}", program.http));
        let request = request.bearer_auth(self.token());
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            answer.bytes().await.expect("octets").to_vec()
        })
    }

    fn submit(&self, program: &Program, cookie: &str, path: &str, form: &'static str) {
        let request = self.client.post(format!("http://{}{path}", program.http));
        let request = request
            .header("Cookie", format!("__Host-login={cookie}"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = self.runtime.block_on(request.send()).expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    fn waits_for_sound(&self, program: &Program, id: &str) {
        let path = format!("/api/v1/bulletins/{id}/recording?codec=pcma");
        eventually("the voice", Duration::from_secs(20), || {
            (self.ask(program, Method::GET, &path).len() > 8_000).then_some(())
        });
    }
}

fn stop(program: &mut Program, patience: Duration) {
    let told = run(Command::new("kill").args(["-TERM", &program.pid().to_string()]));
    assert!(told.status.success());
    let status = eventually("the end", patience, || program.exit_status());
    assert!(status.success(), "{status}");
}

/// Waits until so many mails were taken; the text of the last.
fn postbox_takes(postbox: &Postbox, count: usize) -> String {
    let mails = eventually("a mail", Duration::from_secs(30), || {
        let mails = postbox.mails();
        (mails.len() >= count).then_some(mails)
    });
    mails[count - 1].text().to_owned()
}

fn confirmation(mail: &str) -> String {
    let mut words = mail.split_whitespace();
    let link = words
        .find(|word| word.contains("/confirm/"))
        .expect("a link");
    link["http://allo.example".len()..].to_owned()
}

fn well(stream: &mut std::net::TcpStream) {
    reply(stream, "200 OK", "application/json", b"{}");
}

// What a span of a test is looked at by.
impl Span {
    fn is(&self, key: &str, value: &str) -> bool {
        let mut all = self.attributes.iter();
        all.any(|(one, values)| one == key && values.iter().any(|it| it == value))
    }

    fn has(&self, key: &str) -> bool {
        self.attributes.iter().any(|(one, _)| one == key)
    }
}
