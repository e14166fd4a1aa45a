use super::deploy;

#[test]
fn the_image_is_built_from_pinned_parts_keeps_the_program_alone_and_runs_as_nobody_special() {
    let text = std::fs::read_to_string(deploy("Dockerfile")).expect("the Dockerfile");
    let all = instructions(&text);
    let bases = arguments(&all, "FROM");
    let [build, last] = bases[..] else {
        panic!("a stage that builds and one that is kept: {bases:?}");
    };
    let compiler = concat!(
        "rust:",
        env!("CARGO_PKG_RUST_VERSION"),
        "-slim-bookworm AS build"
    );
    assert_eq!(build, compiler);
    let release = last
        .strip_prefix("debian:12.")
        .expect("Debian 12, a release of it");
    assert!(
        release
            .strip_suffix("-slim")
            .is_some_and(|number| number.parse::<u8>().is_ok())
    );

    let kept = all
        .iter()
        .rposition(|(name, _)| name == "FROM")
        .expect("a stage");
    let kept = &all[kept..];
    let copied = arguments(kept, "COPY");
    assert_eq!(
        copied,
        ["--from=build /src/target/release/allo /usr/local/bin/allo"]
    );
    for command in arguments(kept, "RUN") {
        if command.contains("apt-get install") {
            assert!(command.contains("--no-install-recommends"), "{command}");
            assert!(command.contains("rm -rf /var/lib/apt/lists/*"), "{command}");
        }
    }
    let users = arguments(kept, "USER");
    assert_eq!(users, ["1871:1871"]);
    let position = |name: &str| kept.iter().position(|(one, _)| one == name);
    assert!(position("USER") < position("ENTRYPOINT"));
    // By itself, so that SIGTERM reaches the program and no shell.
    for name in ["ENTRYPOINT", "CMD"] {
        let [words] = arguments(kept, name)[..] else {
            panic!("one {name}");
        };
        serde_json::from_str::<Vec<String>>(words).expect("a list of words");
    }
    let probe = arguments(kept, "HEALTHCHECK")[0];
    let words = &probe[probe.find('[').expect("a list of words")..];
    serde_json::from_str::<Vec<String>>(words).expect("a list of words");
    let known = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    assert!(
        all.iter().all(|(name, _)| known.contains(&name.as_str())),
        "{all:?}"
    );
}

#[test]
fn the_image_of_kamailio_is_of_the_same_debian_and_runs_as_nobody_special() {
    let [ours, theirs] = ["Dockerfile", "kamailio/Dockerfile"].map(|file| {
        let text = std::fs::read_to_string(deploy(file)).expect("a Dockerfile");
        instructions(&text)
    });
    assert_eq!(
        arguments(&ours, "FROM").last(),
        arguments(&theirs, "FROM").last()
    );
    assert_eq!(arguments(&theirs, "USER"), ["kamailio"]);
    let words = ["ENTRYPOINT", "CMD"].map(|name| {
        let words = arguments(&theirs, name).concat();
        serde_json::from_str::<Vec<String>>(&words).expect("a list of words")
    });
    assert_eq!(words.concat().first().unwrap(), "/usr/sbin/kamailio");
    assert_eq!(words[1], ["-f", "/etc/kamailio/kamailio.cfg"]);
}

/// Each instruction with what follows it, lines that go on joined, remarks left out.
fn instructions(text: &str) -> Vec<(String, String)> {
    let mut all = vec![];
    let mut line = String::new();
    for part in text
        .lines()
        .map(str::trim)
        .filter(|part| !part.starts_with('#'))
    {
        let (part, goes_on) = match part.strip_suffix('\\') {
            Some(part) => (part.trim_end(), true),
            None => (part, false),
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
        if !goes_on && !line.is_empty() {
            let (name, rest) = line.split_once(' ').expect("an instruction says something");
            all.push((name.to_owned(), rest.to_owned()));
            line.clear();
        }
    }
    assert!(line.is_empty(), "the last line goes on: {line}");
    all
}

fn arguments<'a>(all: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let of_that_name = all.iter().filter(|(one, _)| one == name);
    of_that_name.map(|(_, rest)| rest.as_str()).collect()
}
