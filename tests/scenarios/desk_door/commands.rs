//! What an administrator does without a browser, and what becomes of it in one.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use server::demo::Credentials;
use tokio::runtime::Runtime;

use crate::support::{House, allo, run};

#[test]
fn the_accounts_of_a_demonstration_come_in_by_their_file_and_the_code_of_a_command() {
    let house = House::open();
    let admin = Credentials::read(house.data()).unwrap().admin;
    let code = user(&house, &["code", &admin.email]).unwrap();
    assert_eq!(code.trim().len(), 6);

    let runtime = Runtime::new().unwrap();
    let cookie = runtime.block_on(async {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let send = async |path: &str, cookie: &str, form: String| {
            let request = client.post(house.url(path)).header(COOKIE, cookie);
            let request = request.header("Content-Type", "application/x-www-form-urlencoded");
            let answer = request.body(form).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
            let headers = answer.headers();
            let text = |name| headers[name].to_str().unwrap().to_owned();
            let cookie = text(SET_COOKIE);
            (text(LOCATION), cookie.split(';').next().unwrap().to_owned())
        };
        let form = format!("email={}&password={}", admin.email, admin.password);
        let (onward, half) = send("/admin/sign-in", "", form).await;
        assert_eq!(onward, "/admin/sign-in/code?next=/admin");
        let code = format!("code={}", code.trim());
        let (onward, cookie) = send("/admin/sign-in/code", &half, code).await;
        assert_eq!(onward, "/admin");
        cookie
    });

    let cookie = cookie.strip_prefix("__Host-login=").unwrap();
    let (status, page) = house.desk(cookie, "/admin");
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Vous administrez tout le service"), "{page}");
    let ended = user(&house, &["end-logins", &admin.email]).unwrap();
    assert_eq!(ended, "1 logins ended\n");
    let (_, door) = house.desk(cookie, "/admin");
    assert!(door.contains("name=\"password\""));
}

#[test]
fn people_are_invited_listed_reset_and_removed_from_a_terminal() {
    let house = House::open();
    let invite = |email: &str, rest: &[&str]| user(&house, &[&["add", email], rest].concat());
    let refused = |outcome: Result<String, String>| outcome.unwrap_err();
    let words = refused(invite("max@allo.example", &["--role", "operator"]));
    assert!(words.contains("--site"), "{words}");
    let words = refused(invite("max@allo.example", &["--role", "king"]));
    assert!(words.contains("operator, manager"), "{words}");
    let nowhere = ["--role", "auditor", "--territory", "nowhere"];
    let words = refused(invite("max@allo.example", &nowhere));
    assert!(words.contains("no territory"), "{words}");
    let rouen = ["--role", "manager", "--territory", "rouen_metropole"];
    let words = refused(invite("no address", &rouen));
    assert!(words.contains("no e-mail address"), "{words}");

    let first = invite("max@allo.example", &rouen).unwrap();
    assert!(
        first.starts_with("http://127.0.0.1:8080/admin/link/"),
        "{first}"
    );
    let words = refused(invite("max@allo.example", &rouen));
    assert!(words.contains("allo user reset"), "{words}");
    let second = user(&house, &["reset", "max@allo.example", "--second-factor"]).unwrap();
    assert_ne!(first, second);
    let path = |link: &str| link.trim().replace("http://127.0.0.1:8080", "");
    assert_eq!(house.read(&path(&first)).0, StatusCode::NOT_FOUND);
    let (status, page) = house.read(&path(&second));
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("gestionnaire du territoire"), "{page}");
    let list = user(&house, &["list"]).unwrap();
    let line = list.lines().find(|line| line.starts_with("max@")).unwrap();
    assert_eq!(
        line,
        "max@allo.example\tmanager\trouen_metropole\tinvited\tmax@allo.example"
    );

    user(&house, &["remove", "max@allo.example"]).unwrap();
    assert_eq!(house.read(&path(&second)).0, StatusCode::NOT_FOUND);
    let words = refused(user(&house, &["remove", "admin@allo.example"]));
    assert!(words.contains("only administrator"), "{words}");
    let words = refused(user(&house, &["end-logins", "max@allo.example"]));
    assert!(words.contains("allo user list"), "{words}");
}

/// Runs `allo user …` on the data of a house; what it prints, or what it refuses with.
fn user(house: &House, arguments: &[&str]) -> Result<String, String> {
    let mut command = allo();
    let command = command.arg("user").args(arguments);
    let output = run(command.arg("--data").arg(house.data()));
    let text = |octets| String::from_utf8(octets).expect("UTF-8");
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}
