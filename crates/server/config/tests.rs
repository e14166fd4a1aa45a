use super::*;

#[test]
fn an_option_wins_over_the_file_and_the_file_over_the_default() {
    let option = Settings {
        max_calls: Some(7),
        ..Settings::default()
    };
    let file: Settings = toml::from_str("max-calls = 9\nmax-call-rate = 11").unwrap();

    let config = Config::from_settings(option.or(file), false).unwrap();

    assert_eq!(config.line.max_calls, 7);
    assert_eq!(config.line.max_call_rate, 11);
    assert_eq!(config.line.sip, [everywhere(5060)]);
    assert_eq!(config.http, local(8080));
    assert_eq!(config.line.rtp_ports, 10000..=59999);
}

#[test]
fn the_demonstration_answers_on_loopback_only() {
    let config = Config::from_settings(Settings::default(), true).unwrap();

    assert_eq!(config.line.sip, [local(5060)]);
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    let refused = toml::from_str::<Settings>("max-cals = 9").unwrap_err();

    assert!(refused.to_string().contains("max-cals"));
}

#[test]
fn ports_and_zeros_that_cannot_work_are_refused_in_words() {
    for text in ["", "10000", "20000-10000", "0-100", "5000-5000", "1-70000"] {
        assert!(parse_ports(text).is_err(), "{text}");
    }
    let nobody = Settings {
        max_calls: Some(0),
        ..Settings::default()
    };
    let refused = Config::from_settings(nobody, false).unwrap_err();
    assert_eq!(refused.to_string(), "max-calls is 0; it must be at least 1");
}

#[test]
fn the_file_shipped_for_a_trunk_names_every_key_as_it_is_without_it() {
    let shipped: Settings = toml::from_str(include_str!("../../../sip-config/allo.toml")).unwrap();

    let config = Config::from_settings(shipped, false).unwrap();

    let plain = Config::from_settings(Settings::default(), false).unwrap();
    assert_eq!(config.line.sip, plain.line.sip);
    assert_eq!(config.line.sip_dscp, plain.line.sip_dscp);
    assert_eq!(config.line.rtp_dscp, plain.line.rtp_dscp);
    assert_eq!(config.line.rtp_ports, plain.line.rtp_ports);
    assert_eq!(config.line.max_call_rate, plain.line.max_call_rate);
    assert_eq!(config.line.max_call, plain.line.max_call);
    assert_eq!(config.drain, plain.drain);
    assert_eq!((config.http, config.metrics), (plain.http, plain.metrics));
    assert_eq!(config.voice_order, plain.voice_order);
    assert_eq!(config.line.short_programme, plain.line.short_programme);
    assert_eq!(config.line.trunks, plain.line.trunks);
}

#[test]
fn every_file_shipped_for_trunks_can_be_used_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip-config");
    let mut with_trunks = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let config = Config::from_settings(Settings::read(&path).unwrap(), false);
            let config = config.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            with_trunks += usize::from(!config.line.trunks.is_empty());
        }
    }
    assert!(with_trunks > 0, "one of them shows trunks");
}

#[test]
fn a_node_does_everything_unless_its_role_is_another_and_a_word_that_is_none_is_refused() {
    let settings = |role: Option<&str>| Settings {
        role: role.map(Into::into),
        ..Settings::default()
    };
    let role = |word| Config::from_settings(settings(word), false).unwrap().role;
    assert_eq!(role(None), NodeRole::All);
    assert_eq!(role(Some("line")), NodeRole::Line);

    let refused = Config::from_settings(settings(Some("sip")), false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "role is \"sip\"; write all, line, web or jobs"
    );
}

#[test]
fn a_word_that_says_nothing_of_the_short_programme_is_refused() {
    let settings = |word: &str| Settings {
        short_programme: Some(word.into()),
        ..Settings::default()
    };

    let refused = Config::from_settings(settings("yes"), false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "short-programme is \"yes\"; write auto, on or off"
    );
    let config = Config::from_settings(settings("on"), false).unwrap();
    assert_eq!(config.line.short_programme, ShortProgramme::On);
}

#[test]
fn the_printed_configuration_can_be_read_back() {
    let plain = Config::from_settings(Settings::default(), false).unwrap();
    let again: Settings = toml::from_str(&plain.as_toml()).unwrap();
    assert_eq!(again.max_call_seconds, Some(600));
    assert_eq!(again.rtp_ports.as_deref(), Some("10000-59999"));
    assert_eq!(again.short_programme.as_deref(), Some("auto"));

    let shipped = include_str!("../../../sip-config/trunk-example.toml");
    let config = Config::from_settings(toml::from_str(shipped).unwrap(), false).unwrap();
    let again = toml::from_str(&config.as_toml()).unwrap();
    let again = Config::from_settings(again, false).unwrap();
    assert_eq!(again.as_toml(), config.as_toml());
    assert_eq!(again.line.trunks, config.line.trunks);
    assert_eq!(again.line.territories, config.line.territories);
    assert!(config.line.trunks.len() > 1 && !config.line.territories.is_empty());
}

#[test]
fn mail_is_set_up_in_the_file_and_printed_without_its_password() {
    let written = "[mail]\nserver = 'smtp.example.org'\nfrom = 'allo@example.org'\nusername = 'allo'\n\
                   password = { file = '/run/secrets/mail' }\nper-minute = 60\n";
    let file: Settings = toml::from_str(written).unwrap();
    let config = Config::from_settings(file, false).unwrap();
    let mailer = config.mail.as_ref().unwrap();
    assert_eq!(mailer.sender().as_str(), "allo@example.org");
    assert_eq!(mailer.per_minute(), 60);
    let printed = config.as_toml();
    assert!(
        printed.contains("file = \"/run/secrets/mail\""),
        "{printed}"
    );

    let wrong: Settings = toml::from_str("[mail]\nserver = 'a'\nfrom = 'allo'").unwrap();
    let refused = Config::from_settings(wrong, false).unwrap_err();
    assert!(
        refused.to_string().contains("allo@example.org"),
        "{refused}"
    );
}
