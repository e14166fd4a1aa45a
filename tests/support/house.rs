//! The whole product in this process, wired by the type that the program uses.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::demo::Credentials;
use server::{Config, Service, Settings};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::telephone::{Heard, listen};
use super::{demonstration, desk, eventually};

/// The demonstration at work on ports of its own.
pub(crate) struct House {
    runtime: Runtime,
    service: Option<Service>,
    data: TempDir,
    settings: Settings,
    client: reqwest::Client,
}

impl House {
    /// Starts the demonstration in an empty data folder; it speaks with Pico alone.
    pub(crate) fn open() -> Self {
        Self::open_with(Settings::default(), |_| {})
    }

    /// As [`House::open`], with other settings, after `prepare` has seen the data folder.
    pub(crate) fn open_with(settings: Settings, prepare: impl FnOnce(&Path)) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_allo"));
        if settings.voices.is_some() || !settings.own_voices.is_empty() {
            return Self::open_helped_by(program, settings, prepare);
        }
        Self::open_helped_by(program, settings, |data| {
            demonstration::copy_to(data);
            prepare(data);
        })
    }

    /// As [`House::open`], in which everything is set up and spoken anew.
    pub(super) fn open_afresh() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_allo"));
        Self::open_helped_by(program, Settings::default(), |_| {})
    }

    /// As [`House::open_with`], with `program` as the voices' helper.
    pub(crate) fn open_helped_by(
        program: &Path,
        settings: Settings,
        prepare: impl FnOnce(&Path),
    ) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        prepare(data.path());
        let ours = Settings {
            data: Some(data.path().into()),
            sip: Some(vec!["127.0.0.1:0".parse().unwrap()]),
            http: Some("127.0.0.1:0".parse().unwrap()),
            metrics: Some("127.0.0.1:0".parse().unwrap()),
            voices: Some("pico".into()),
            media_threads: Some(1),
            ..Settings::default()
        };
        let mut house = Self {
            runtime: Runtime::new().expect("a runtime"),
            service: None,
            data,
            settings: settings.or(ours),
            client: reqwest::Client::new(),
        };
        house.start(program);
        eventually(
            "the voices of the demonstration",
            Duration::from_secs(90),
            || house.is_spoken().then_some(()),
        );
        house
    }

    /// Whether every bulletin of the demonstration has its sound.
    fn is_spoken(&self) -> bool {
        ["rouen_metropole", "le_havre"].iter().all(|territory| {
            let (status, programme) = self.read(&format!("/{territory}.json"));
            status.is_success() && !programme.contains("\"queued\"")
        })
    }

    /// Starts the service on the data folder as it is, with `program` as the voice's helper.
    pub(crate) fn start(&mut self, program: &Path) {
        let config = Config::from_settings(self.settings.clone(), true).expect("a configuration");
        let started = self.runtime.block_on(Service::start(config, program));
        self.service = Some(started.expect("the service starts"));
    }

    /// Stops the service; the data folder stays.
    pub(crate) fn stop(&mut self) {
        if let Some(service) = self.service.take() {
            self.runtime.block_on(service.stop(Duration::ZERO));
        }
    }

    /// The folder of the database.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    fn service(&self) -> &Service {
        self.service.as_ref().expect("the service is started")
    }

    /// What to dial for a number of the demonstration.
    pub(crate) fn target(&self, number: &str) -> String {
        format!("sip:{number}@{}", self.sip())
    }

    /// Where SIP is answered.
    pub(crate) fn sip(&self) -> std::net::SocketAddr {
        self.service().sip().expect("it answers calls")
    }

    /// Everywhere SIP is answered over UDP and TCP.
    pub(crate) fn sip_everywhere(&self) -> Vec<std::net::SocketAddr> {
        self.service().sip_everywhere()
    }

    /// Where SIP is answered over TLS.
    pub(crate) fn sip_tls(&self) -> std::net::SocketAddr {
        self.service().sip_tls()[0]
    }

    /// The address of a path of the page or the API.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service().http())
    }

    /// The address of a path of the metrics.
    pub(crate) fn metrics_url(&self) -> String {
        format!("http://{}/metrics", self.service().metrics())
    }

    /// Dials a number and listens for a while.
    pub(crate) fn dial(&self, number: &str, keys: &str, limit: Duration) -> Heard {
        listen(&self.target(number), keys, limit)
    }

    /// The token of a site of the demonstration.
    pub(crate) fn token(&self, site: &str) -> String {
        let credentials = Credentials::read(self.data()).expect("the file of secrets");
        let mut tokens = credentials.tokens.into_iter();
        tokens
            .find(|one| one.site == site)
            .expect("a token of the site")
            .token
    }

    /// Signs the operator of a site in, or the administrator: the value of their cookie `__Host-login`.
    pub(crate) fn sign_in(&self, site: Option<&str>) -> String {
        let email = desk::address_of(self.data(), site);
        self.runtime.block_on(desk::open_login(self.data(), &email))
    }

    /// Adds somebody with a role for Rouen and signs them in: the value of their cookie `__Host-login`.
    pub(crate) fn hire(&self, email: &str, role: store::Role) -> String {
        self.runtime.block_on(async {
            desk::hire(self.data(), email, role).await;
            desk::open_login(self.data(), email).await
        })
    }

    /// Removes somebody from the desk.
    pub(crate) fn dismiss(&self, email: &str) {
        self.runtime.block_on(desk::dismiss(self.data(), email));
    }

    /// Opens a page of the desk with a cookie; status and text.
    pub(crate) fn desk(&self, cookie: &str, path: &str) -> (StatusCode, String) {
        let request = self.client.get(self.url(path));
        let request = request.header("Cookie", format!("__Host-login={cookie}"));
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            (answer.status(), answer.text().await.expect("text"))
        })
    }

    /// Sends a form of the desk with a cookie and opens the page to which the answer leads; status and text.
    pub(crate) fn submit(
        &self,
        cookie: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let form: String = fields
            .iter()
            .map(|(name, value)| pair(name, value))
            .collect();
        let request = self
            .client
            .post(self.url(path))
            .header("Cookie", format!("__Host-login={cookie}"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            (answer.status(), answer.text().await.expect("text"))
        })
    }

    /// Sends JSON as a site and gives status and answer.
    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        site: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        self.send_with(method, path, &self.token(site), body)
    }

    /// As [`House::send`], with a token of any site.
    pub(crate) fn send_with(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let request = self
            .client
            .request(method, self.url(path))
            .bearer_auth(token)
            .json(body);
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            let status = answer.status();
            (status, answer.json().await.unwrap_or(Value::Null))
        })
    }

    /// Posts a noise as a site; gives the answer of the 201.
    pub(crate) fn post(&self, site: &str, text: &str) -> Value {
        let body = json!({
            "site": site, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
            "text": text, "language": "fr",
        });
        let (status, answer) = self.send(Method::POST, "/api/v1/bulletins", site, &body);
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer
    }

    /// Acts on a bulletin: `updates`, `correct`, `end` or `withdraw`.
    pub(crate) fn act(&self, site: &str, id: &str, action: &str, body: &Value) -> Value {
        let path = format!("/api/v1/bulletins/{id}/{action}");
        let (status, answer) = self.send(Method::POST, &path, site, body);
        assert!(status.is_success(), "{action}: {status} {answer}");
        answer
    }

    /// Gets a path as anybody; status and text.
    pub(crate) fn read(&self, path: &str) -> (StatusCode, String) {
        self.ask(&self.url(path))
    }

    /// Gets any address as anybody; the text.
    pub(crate) fn fetch(&self, url: &str) -> String {
        self.ask(url).1
    }

    /// Waits for a line of the metrics.
    pub(crate) fn wait_for_figure(&self, line: &str) {
        eventually(line, Duration::from_secs(10), || {
            let figures = self.fetch(&self.metrics_url());
            figures.lines().any(|one| one == line).then_some(())
        });
    }

    fn ask(&self, url: &str) -> (StatusCode, String) {
        let request = self.client.get(url).send();
        self.runtime.block_on(async {
            let answer = request.await.expect("an answer");
            (answer.status(), answer.text().await.expect("text"))
        })
    }

    /// Gets a JSON path as anybody.
    pub(crate) fn read_json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path).1).expect("JSON")
    }

    /// Sends a file with a person's voice as a site and gives status and answer.
    pub(crate) fn upload(&self, site: &str, kind: &str, file: &[u8]) -> (StatusCode, Value) {
        let request = self
            .client
            .post(self.url("/api/v1/recordings"))
            .bearer_auth(self.token(site))
            .header("Content-Type", kind)
            .body(file.to_vec());
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            let status = answer.status();
            (status, answer.json().await.unwrap_or(Value::Null))
        })
    }

    /// Gets the octets of a path as a site.
    pub(crate) fn download(&self, site: &str, path: &str) -> Vec<u8> {
        self.find(site, path)
            .unwrap_or_else(|| panic!("{path} is not there"))
    }

    /// As [`House::download`]; `None` where there is nothing.
    pub(crate) fn find(&self, site: &str, path: &str) -> Option<Vec<u8>> {
        self.find_with(&self.token(site), path)
    }

    /// As [`House::find`], with a token of any site.
    pub(crate) fn find_with(&self, token: &str, path: &str) -> Option<Vec<u8>> {
        let request = self.client.get(self.url(path)).bearer_auth(token);
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            if answer.status() != StatusCode::OK {
                return None;
            }
            Some(answer.bytes().await.expect("octets").to_vec())
        })
    }

    /// The A-law octets of a bulletin as the line plays them, once they are there.
    pub(crate) fn recording(&self, site: &str, id: &str) -> Option<Vec<u8>> {
        self.find(
            site,
            &format!("/api/v1/bulletins/{id}/recording?codec=pcma"),
        )
    }
}

/// A field as a browser writes it, with the sign that parts it from the next.
fn pair(name: &str, value: &str) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|octet| match octet {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(octet).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    format!("{}={}&", escape(name), escape(value))
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop();
    }
}
