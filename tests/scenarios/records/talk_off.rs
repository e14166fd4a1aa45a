//! Speech is no key: the prompts and minutes of two voices, heard as the ear for tones hears a caller.

use std::process::Command;

use bulletin::Language;
use media::{Codec, ToneKeypad};
use speech::{Pcm, prompts, wav};

use crate::support::{allo, run};

#[test]
fn no_prompt_is_taken_for_a_key() {
    let mut seconds = 0;
    for prompt in Language::ALL.iter().copied().flat_map(prompts::of) {
        let sound = Codec::Pcma.decoder().decode(prompt.sound().pcma);
        seconds += sound.len() / 8_000;
        assert_eq!(keys_in(&sound), "", "{}", prompt.id);
    }
    assert!(seconds > 100, "{seconds} s");
}

#[test]
fn no_sentence_of_the_line_s_own_voice_is_taken_for_a_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("said.wav");
    let mut seconds = 0;
    for text in TEXTS {
        let output = run(allo()
            .args(["say", text, "--output"])
            .arg(&file)
            .arg("--data")
            .arg(folder.path()));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let sound = wav::read(&std::fs::read(&file).expect("the file")).expect("a WAV");
        seconds += sound.samples.len() / 8_000;
        assert_eq!(keys_in(&sound.samples), "", "{text}");
    }
    assert!(seconds > 60, "{seconds} s");
}

#[test]
fn no_sentence_of_another_voice_at_any_pitch_is_taken_for_a_key() {
    let text = TEXTS.join(" ");
    let mut seconds = 0;
    for (voice, pitch, pace) in [
        ("fr", "20", "130"),
        ("fr", "50", "170"),
        ("fr", "80", "200"),
        ("fr+f3", "60", "160"),
        ("en", "40", "150"),
        ("de", "50", "170"),
    ] {
        let mut espeak = Command::new("espeak-ng");
        espeak.args(["-v", voice, "-p", pitch, "-s", pace, "--stdout", &text]);
        let output = run(&mut espeak);
        assert!(output.status.success(), "{voice}");
        let sound = narrow(&wav::read(&output.stdout).expect("a WAV"));
        seconds += sound.len() / 8_000;
        assert_eq!(keys_in(&sound), "", "{voice} {pitch} {pace}");
    }
    assert!(seconds > 300, "{seconds} s");
}

fn keys_in(sound: &[i16]) -> String {
    let mut keypad = ToneKeypad::new(Codec::Pcma);
    let octets = Codec::Pcma.encode(sound);
    for (place, payload) in (0..).zip(octets.chunks(160)) {
        keypad.hear(place * 160, payload);
    }
    std::iter::from_fn(|| keypad.next_key())
        .map(char::from)
        .collect()
}

/// At 8 kHz, each sample that of the instant; what folds over makes the test harder.
fn narrow(sound: &Pcm) -> Vec<i16> {
    let rate = usize::try_from(sound.sample_rate).expect("a rate");
    (0..sound.samples.len() * 8_000 / rate)
        .map(|place| sound.samples[place * rate / 8_000])
        .collect()
}

const TEXTS: [&str; 8] = [
    "Un feu de torche est visible depuis quatorze heures trente au-dessus du vapocraqueur. Il vient de l'arrêt d'une \
     unité et durera jusqu'à ce soir. Le bruit peut être gênant pour les riverains de la commune.",
    "Une odeur de gaz peut être perçue au nord du site. Nos équipes ont trouvé la fuite et la ferment. Aucune consigne \
     n'est donnée par les autorités. Prochaine information à dix-huit heures.",
    "Exercice. Une sirène retentira demain à dix heures pendant une minute. Il s'agit d'un exercice du plan \
     d'opération interne, les habitants n'ont rien à faire.",
    "Une fumée noire se dégage d'un bac de stockage. Les pompiers du site et le service départemental sont sur place. \
     Restez chez vous, fermez portes et fenêtres, écoutez la radio.",
    "Des travaux de maintenance ont lieu de lundi à vendredi, de huit heures à dix-sept heures. La circulation est \
     alternée sur la route du port. Nous vous prions d'excuser la gêne.",
    "Le redémarrage de l'atelier d'ammoniac s'accompagne de rejets de vapeur blanche et bruyante par la soupape \
     numéro sept, pendant six heures environ.",
    "Rectificatif de notre bulletin précédent: le bruit entendu à neuf heures vingt-cinq ne venait pas de notre site. \
     Nous cherchons son origine avec la préfecture.",
    "Fin de l'événement. La chaudière fonctionne de nouveau normalement depuis seize heures cinquante. La surveillance \
     de la qualité de l'air par Atmo Normandie n'a rien relevé d'anormal.",
];
