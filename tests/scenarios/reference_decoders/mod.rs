use std::io::Write;
use std::process::{Command, Stdio};

use bulletin::Language;
use media::g711::{self, Law};
use media::g722;
use speech::prompts;

const LAWS: [(Law, &str, &str); 2] = [
    (Law::A, "alaw", "pcm_alaw"),
    (Law::Mu, "mulaw", "pcm_mulaw"),
];

#[test]
fn every_octet_of_g711_has_the_amplitude_that_ffmpeg_gives_it() {
    let octets: Vec<u8> = (0..=u8::MAX).collect();
    for (law, form, _) in LAWS {
        let theirs = ffmpeg(
            &["-f", form, "-ar", "8000", "-i", "-", "-f", "s16le", "-"],
            &octets,
        );
        assert_eq!(samples(&theirs), g711::decode(law, &octets), "{law:?}");
    }
}

#[test]
fn no_sample_in_g711_is_further_from_its_source_than_in_ffmpegs_encoding() {
    let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    for (law, form, codec) in LAWS {
        let theirs = ffmpeg(
            &[
                "-f", "s16le", "-ar", "8000", "-i", "-", "-c:a", codec, "-f", form, "-",
            ],
            &octets(&all),
        );
        let ours = g711::decode(law, &g711::encode(law, &all));
        let theirs = g711::decode(law, &theirs);
        assert_eq!(theirs.len(), all.len());
        for ((source, ours), theirs) in all.iter().zip(ours).zip(theirs) {
            let miss = |decoded: i16| i32::from(decoded).abs_diff(i32::from(*source));
            assert!(miss(ours) <= miss(theirs), "{law:?} {source}");
        }
    }
}

#[test]
fn sentences_in_g722_come_out_of_ffmpegs_decoder_as_out_of_ours() {
    for id in ["greeting", "no_event", "bulletin_unspoken", "hour_14"] {
        let prompt = prompts::find(Language::French, id).expect("a prompt");
        let sent = prompt.sound().g722;
        let theirs = samples(&ffmpeg(
            &["-f", "g722", "-i", "-", "-f", "s16le", "-"],
            sent,
        ));
        let ours = g722::decode(sent);
        assert_eq!(theirs.len(), ours.len(), "{id}");
        let different = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
        assert_eq!(different, 0, "{id}: of {} samples", ours.len());
    }
}

#[test]
fn what_ffmpeg_encodes_in_g722_is_decoded_as_ffmpeg_does() {
    let prompt = prompts::find(Language::French, "closing").expect("a prompt");
    let sound = g722::decode(prompt.sound().g722);
    let encode = [
        "-f", "s16le", "-ar", "16000", "-i", "-", "-c:a", "g722", "-f", "g722", "-",
    ];
    let sent = ffmpeg(&encode, &octets(&sound));
    let theirs = samples(&ffmpeg(
        &["-f", "g722", "-i", "-", "-f", "s16le", "-"],
        &sent,
    ));
    assert!(theirs.len() > 16_000);
    assert!(g722::decode(&sent) == theirs);
}

/// Gives octets to ffmpeg and takes what it makes of them.
fn ffmpeg(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed by scripts/set-up.sh test");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("ffmpeg ends");
    writer.join().expect("a writer").expect("ffmpeg reads");
    assert!(output.status.success());
    output.stdout
}

fn samples(octets: &[u8]) -> Vec<i16> {
    let (pairs, _) = octets.as_chunks::<2>();
    pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect()
}

fn octets(samples: &[i16]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect()
}
