//! Files that no recorder makes, or only a broken one, each with what must become of it.

use super::sounds;

/// What must become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is a recording all the same.
    Taken,
    /// One of these codes of refusal.
    Refused(&'static [&'static str]),
}

use Fate::{Refused, Taken};

/// Name, file, fate.
pub(super) type Case = (&'static str, Vec<u8>, Fate);

/// Not even a container.
const NOT_SOUND: Fate = Refused(&["recording-not-sound"]);
/// A container in which nothing can be made sense of; which of the three is said depends on where it breaks.
const NONSENSE: Fate = Refused(&[
    "recording-not-sound",
    "recording-broken",
    "recording-without-track",
    "recording-empty",
    "recording-codec",
]);
const NOBODY: Fate = Refused(&["recording-without-speech"]);

pub(super) fn cases() -> Vec<Case> {
    [
        strangers(),
        waves(),
        compressed(),
        containers(),
        cut_and_flipped(),
    ]
    .concat()
}

/// Files of other trades.
fn strangers() -> Vec<Case> {
    vec![
        ("no octet", vec![], Refused(&["recording-empty"])),
        ("one octet", vec![0x52], NOT_SOUND),
        (
            "a text",
            "Une torche est visible.\n".repeat(400).into(),
            NOT_SOUND,
        ),
        (
            "a page",
            b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec(),
            NOT_SOUND,
        ),
        (
            "a picture",
            [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), noise(5_000, 1)].concat(),
            NOT_SOUND,
        ),
        (
            "an archive",
            [b"PK\x03\x04".to_vec(), vec![0; 100_000]].concat(),
            NOT_SOUND,
        ),
        (
            "an executable",
            [b"\x7fELF\x02\x01\x01".to_vec(), noise(50_000, 2)].concat(),
            NONSENSE,
        ),
        ("nothing but zeros", vec![0; 1_000_000], NOT_SOUND),
        ("noise", noise(300_000, 3), NONSENSE),
        (
            "a film without sound",
            sounds::FILM_WITHOUT_SOUND.to_vec(),
            Refused(&["recording-without-track"]),
        ),
        ("a film with a voice", sounds::FILM.to_vec(), Taken),
    ]
}

/// Headers of WAV that lie, and sound that is none.
fn waves() -> Vec<Case> {
    let voice = wave_samples(sounds::WAV);
    let declared = |length: u32| [wave_header(1, 1, 16_000, 16, length), voice.to_vec()].concat();
    let kind = |tag, channels, rate, bits| {
        [
            wave_header(tag, channels, rate, bits, 40_000),
            noise(40_000, 4),
        ]
        .concat()
    };
    vec![
        (
            "4 GB declared, and what was said",
            declared(u32::MAX),
            Taken,
        ),
        (
            "4 GB declared and nothing there",
            wave_header(1, 1, 16_000, 16, u32::MAX),
            NONSENSE,
        ),
        (
            "no length declared, as a live stream",
            declared(0),
            NONSENSE_OR_TAKEN,
        ),
        (
            "a live stream that says it has no end",
            declared(u32::MAX - 36),
            Taken,
        ),
        ("junk chunks before and after", junk_chunks(voice), Taken),
        ("MP3 in .wav", sounds::MP3.to_vec(), Taken),
        (
            "8 channels of 24 bits at 192 kHz",
            eight_channels(voice),
            Taken,
        ),
        (
            "one sample",
            [wave_header(1, 1, 16_000, 16, 2), vec![1, 1]].concat(),
            NOBODY,
        ),
        (
            "half a sample",
            [wave_header(1, 1, 16_000, 16, 1), vec![1]].concat(),
            NONSENSE,
        ),
        ("no channel", kind(1, 0, 16_000, 16), NONSENSE),
        (
            "65 535 channels",
            kind(1, 65_535, 16_000, 16),
            Refused(&[
                "recording-channels",
                "recording-broken",
                "recording-not-sound",
                "recording-codec",
                "recording-too-heavy",
            ]),
        ),
        (
            "no rate",
            kind(1, 1, 0, 16),
            Refused(&["recording-rate", "recording-broken", "recording-not-sound"]),
        ),
        (
            "4 GHz",
            kind(1, 1, u32::MAX, 16),
            Refused(&["recording-rate", "recording-broken", "recording-not-sound"]),
        ),
        ("no bit", kind(1, 1, 16_000, 0), NONSENSE),
        ("65 535 bits", kind(1, 1, 16_000, 65_535), NONSENSE),
        ("an unknown codec", kind(0x1234, 1, 16_000, 16), NONSENSE),
        (
            "GSM in .wav",
            sounds::GSM.to_vec(),
            Refused(&["recording-codec", "recording-not-sound"]),
        ),
        (
            "sound before its format",
            [b"RIFF\xff\0\0\0WAVEdata\x10\0\0\0".to_vec(), vec![7; 16]].concat(),
            NONSENSE,
        ),
        ("no number among the floats", not_a_number(), NOBODY),
        (
            "silence",
            [wave_header(1, 1, 16_000, 16, 320_000), vec![0; 320_000]].concat(),
            NOBODY,
        ),
        (
            "nothing but an offset",
            [
                wave_header(1, 1, 16_000, 16, 320_000),
                [0, 0x30].repeat(160_000),
            ]
            .concat(),
            NOBODY,
        ),
        (
            "a square wave at full scale",
            square(),
            Refused(&["recording-clipped"]),
        ),
        (
            "20 MB of noise at full scale",
            [
                wave_header(1, 2, 48_000, 16, 20_000_000),
                noise(20_000_000, 5),
            ]
            .concat(),
            Refused(&["recording-clipped"]),
        ),
    ]
}

/// Little that becomes much.
fn compressed() -> Vec<Case> {
    let too_long = Refused(&["recording-too-long"]);
    vec![
        (
            "8 h of silence in 50 kB of FLAC",
            eight_hours_of_flac(),
            too_long,
        ),
        (
            "8 h of silence in 1 MB of Opus",
            eight_hours_of_opus(),
            too_long,
        ),
        (
            "a label of 19 MB before an MP3",
            labelled(19_000_000, sounds::MP3),
            Taken,
        ),
        (
            "a label that says 256 MB",
            [
                b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec(),
                sounds::MP3.to_vec(),
            ]
            .concat(),
            NONSENSE_OR_TAKEN,
        ),
        (
            "255 channels of Opus",
            opus_head(255),
            Refused(&[
                "recording-channels",
                "recording-not-sound",
                "recording-broken",
            ]),
        ),
        (
            "Vorbis with a code book of 16 million words",
            code_book_bomb(),
            NONSENSE,
        ),
    ]
}

/// Boxes in boxes.
fn containers() -> Vec<Case> {
    let nested = |name: &[u8; 4], depth: u32| {
        let mut boxes = Vec::new();
        for left in (1..=depth).rev() {
            boxes.extend((8 * left).to_be_bytes());
            boxes.extend(name);
        }
        [boxed(b"ftyp", b"M4A \0\0\0\0M4A "), boxes].concat()
    };
    let endless = [
        b"\x1a\x45\xdf\xa3\x84\x42\x82\x81w".to_vec(),
        b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".repeat(20_000),
    ]
    .concat();
    let void = [
        &sounds::OPUS_WEBM[..200],
        b"\xec\x01\xff\xff\xff\xff\xff\xff\xfe",
    ]
    .concat();
    vec![
        (
            "boxes in boxes, 20 000 deep",
            nested(b"moov", 20_000),
            NONSENSE_OR_HEAVY,
        ),
        (
            "a box of no size",
            [
                boxed(b"ftyp", b"M4A \0\0\0\0"),
                vec![0, 0, 0, 1],
                b"moov".to_vec(),
                vec![0; 8],
            ]
            .concat(),
            NONSENSE,
        ),
        ("a table of 4 billion rows", table_bomb(), NONSENSE),
        (
            "segments without end in segments without end",
            endless,
            NONSENSE_OR_HEAVY,
        ),
        ("a hole of 72 petabytes", void, NONSENSE),
        (
            "Ogg that turns into noise",
            [&sounds::VORBIS_OGG[..6_000], &noise(20_000, 6)].concat(),
            NONSENSE_OR_TAKEN,
        ),
    ]
}

/// Good files, cut or with bits turned.
fn cut_and_flipped() -> Vec<Case> {
    let half = |file: &[u8]| file[..file.len() * 2 / 3].to_vec();
    let flipped = |file: &[u8], seed: u64| {
        let mut file = file.to_vec();
        let length = file.len();
        for place in noise(400, seed).as_chunks::<4>().0 {
            let place = u32::from_le_bytes(*place) as usize % length;
            file[place] ^= 1 << (place % 8);
        }
        file
    };
    let any = NONSENSE_OR_TAKEN;
    vec![
        (
            "an MP3 that was cut and says it is whole",
            half(sounds::MP3),
            Taken,
        ),
        ("a FLAC that was cut", half(sounds::FLAC), Taken),
        ("a live WebM that was cut", half(sounds::OPUS_WEBM), Taken),
        ("an Ogg that was cut", half(sounds::VORBIS_OGG), Taken),
        (
            "an M4A that was cut before its table",
            half(sounds::M4A),
            NONSENSE,
        ),
        ("an MP3 with bits turned", flipped(sounds::MP3, 7), any),
        ("an M4A with bits turned", flipped(sounds::M4A, 8), any),
        (
            "an Ogg with bits turned",
            flipped(sounds::VORBIS_OGG, 9),
            any,
        ),
        (
            "an Opus with bits turned",
            flipped(sounds::OPUS_OGG, 10),
            any,
        ),
        (
            "a WebM with bits turned",
            flipped(sounds::OPUS_WEBM, 11),
            any,
        ),
        ("a FLAC with bits turned", flipped(sounds::FLAC, 12), any),
    ]
}

/// Either is right: what is left may be enough of a voice, or not.
const NONSENSE_OR_TAKEN: Fate = Refused(&[
    "taken",
    "recording-not-sound",
    "recording-broken",
    "recording-without-track",
    "recording-empty",
    "recording-codec",
    "recording-channels",
    "recording-rate",
    "recording-clipped",
    "recording-too-heavy",
    "recording-too-quiet",
    "recording-without-speech",
]);
const NONSENSE_OR_HEAVY: Fate = Refused(&[
    "recording-not-sound",
    "recording-broken",
    "recording-without-track",
    "recording-too-heavy",
]);

/// Octets that look random and are the same every time (xorshift).
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut octets = Vec::with_capacity(length + 8);
    while octets.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        octets.extend(state.to_le_bytes());
    }
    octets.truncate(length);
    octets
}

fn wave_header(tag: u16, channels: u16, rate: u32, bits: u16, length: u32) -> Vec<u8> {
    let frame = channels.wrapping_mul(bits / 8);
    let mut header = b"RIFF".to_vec();
    header.extend(length.saturating_add(36).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0");
    header.extend(tag.to_le_bytes());
    header.extend(channels.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend(rate.wrapping_mul(u32::from(frame)).to_le_bytes());
    header.extend(frame.to_le_bytes());
    header.extend(bits.to_le_bytes());
    header.extend(b"data");
    header.extend(length.to_le_bytes());
    header
}

/// What follows the header of a WAV of ours.
fn wave_samples(file: &[u8]) -> &[u8] {
    let data = file
        .windows(4)
        .position(|name| name == b"data")
        .expect("a chunk of samples");
    &file[data + 8..]
}

fn junk_chunks(voice: &[u8]) -> Vec<u8> {
    let junk = [
        b"JUNK\x05\0\0\0abcde\0".to_vec(),
        b"LIST\x04\0\0\0INFO".to_vec(),
        b"bext\0\0\0\0".to_vec(),
    ]
    .concat();
    let length = u32::try_from(voice.len()).unwrap();
    let mut file = wave_header(1, 1, 16_000, 16, length);
    file.splice(12..12, junk.clone());
    file.extend(voice);
    file.extend(junk);
    let riff = u32::try_from(file.len() - 8).unwrap();
    file[4..8].copy_from_slice(&riff.to_le_bytes());
    // And something behind the end of all of it.
    [file, b"zzzz\xff\xff\xff\xff".to_vec()].concat()
}

/// The voice at 16 kHz as every twelfth frame's eight channels, the frames between repeating it.
fn eight_channels(voice: &[u8]) -> Vec<u8> {
    let mut samples = Vec::with_capacity(voice.len() * 12 * 12);
    // Two seconds: this form takes 4.6 MB for each.
    for pair in voice.as_chunks::<2>().0.iter().take(32_000) {
        let [low, high] = *pair;
        let frame = [0, low, high].repeat(8);
        for _ in 0..12 {
            samples.extend(&frame);
        }
    }
    let length = u32::try_from(samples.len()).unwrap();
    [wave_header(1, 8, 192_000, 24, length), samples].concat()
}

fn not_a_number() -> Vec<u8> {
    let samples = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let samples = samples
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect::<Vec<_>>()
        .repeat(20_000);
    let length = u32::try_from(samples.len()).unwrap();
    [wave_header(3, 1, 16_000, 32, length), samples].concat()
}

fn square() -> Vec<u8> {
    let period = [[0xff, 0x7f].repeat(20), [0x00, 0x80].repeat(20)].concat();
    let samples = period.repeat(800);
    let length = u32::try_from(samples.len()).unwrap();
    [wave_header(1, 1, 16_000, 16, length), samples].concat()
}

/// Frames of one repeated value (RFC 9639 § 9.2.3).
fn eight_hours_of_flac() -> Vec<u8> {
    let mut file = b"fLaC\x80\0\0\x22\xff\xff\xff\xff\0\0\0\0\0\0".to_vec();
    // 8 000 in 20 bits, one channel in 3, 16 bits in 5, an unknown length in 36.
    file.extend([0x01, 0xf4, 0x00, 0xf0, 0, 0, 0, 0]);
    file.extend([0; 16]);
    for number in 0..3_516 {
        let mut frame = vec![0xff, 0xf8, 0x74, 0x08];
        let mut coded = [0; 4];
        let number = char::from_u32(number).unwrap();
        frame.extend(number.encode_utf8(&mut coded).as_bytes());
        frame.extend(65_534_u16.to_be_bytes());
        frame.push(crc(&frame, 8, 0x07).to_be_bytes()[3]);
        frame.extend([0, 0, 0]);
        let check = crc(&frame, 16, 0x8005).to_be_bytes();
        frame.extend(&check[2..]);
        file.extend(frame);
    }
    file
}

/// Pages of 255 packets of one octet, each 60 ms of nothing (RFC 6716 § 3.2.1).
fn eight_hours_of_opus() -> Vec<u8> {
    let mut file = opus_head(1);
    for page in 2..1_885_u32 {
        let packets = [0x18; 255];
        file.extend(ogg_page(
            0,
            u64::from(page - 1) * 255 * 2_880,
            page,
            &[1; 255],
            &packets,
        ));
    }
    file
}

/// The two pages with which every stream of Opus begins (RFC 7845 § 5).
fn opus_head(channels: u8) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend([0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0]);
    if channels > 2 {
        // Family 255: one stream for each channel.
        head.push(255);
        head.extend([channels, 0]);
        head.extend(0..channels);
    } else {
        head.push(0);
    }
    let tags = b"OpusTags\0\0\0\0\0\0\0\0";
    let lacing = |length: usize| {
        let mut lacing = vec![255; length / 255];
        lacing.push(u8::try_from(length % 255).unwrap());
        lacing
    };
    [
        ogg_page(2, 0, 0, &lacing(head.len()), &head),
        ogg_page(0, 0, 1, &lacing(tags.len()), tags),
    ]
    .concat()
}

/// RFC 3533 § 6.
fn ogg_page(kind: u8, granule: u64, number: u32, lacing: &[u8], body: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(kind);
    page.extend(granule.to_le_bytes());
    page.extend(7_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(lacing.len()).unwrap());
    page.extend(lacing);
    page.extend(body);
    let check = crc(&page, 32, 0x04c1_1db7);
    page[22..26].copy_from_slice(&check.to_le_bytes());
    page
}

/// A cyclic check, most significant bit first, from zero.
fn crc(octets: &[u8], bits: u32, polynomial: u32) -> u32 {
    let top = 1_u32 << (bits - 1);
    let mut rest = 0_u32;
    for octet in octets {
        rest ^= u32::from(*octet) << (bits - 8);
        for _ in 0..8 {
            rest = if rest & top == 0 {
                rest << 1
            } else {
                (rest << 1) ^ polynomial
            };
        }
    }
    if bits == 32 {
        rest
    } else {
        rest & ((1 << bits) - 1)
    }
}

/// An ID3 label of zeros before a file; its length has seven bits in each octet.
fn labelled(length: usize, file: &[u8]) -> Vec<u8> {
    let sevens = [21, 14, 7, 0].map(|shift| u8::try_from((length >> shift) & 127).unwrap());
    [
        b"ID3\x04\0\0".to_vec(),
        sevens.to_vec(),
        vec![0; length],
        file.to_vec(),
    ]
    .concat()
}

/// A set-up header whose first code book says it has 2²⁴ - 1 words.
fn code_book_bomb() -> Vec<u8> {
    let mut head = b"\x01vorbis\0\0\0\0\x01".to_vec();
    head.extend(16_000_u32.to_le_bytes());
    head.extend([0; 12]);
    head.extend([0xb8, 0x01]);
    let comment = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
    let mut setup = b"\x05vorbis\x00BCV\xff\xff\xff\xff\xff\xff".to_vec();
    setup.extend([0xff; 4_000]);
    let mut lacing = vec![u8::try_from(comment.len()).unwrap()];
    lacing.extend(vec![255; setup.len() / 255]);
    lacing.push(u8::try_from(setup.len() % 255).unwrap());
    [
        ogg_page(2, 0, 0, &[u8::try_from(head.len()).unwrap()], &head),
        ogg_page(0, 0, 1, &lacing, &[comment.to_vec(), setup].concat()),
        ogg_page(0, 1_000, 2, &[100], &[0; 100]),
    ]
    .concat()
}

/// A box of ISO/IEC 14496-12.
fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + body.len()).unwrap();
    [&length.to_be_bytes(), &name[..], body].concat()
}

/// A good file whose table of packets says that it has four billion of them.
fn table_bomb() -> Vec<u8> {
    let mut file = sounds::M4A.to_vec();
    for name in [b"stsz", b"stts", b"stsc", b"stco"] {
        let place = file
            .windows(4)
            .position(|window| window == name)
            .expect("a table");
        // Version and flags; for the sizes another field comes before the count.
        let count = place + 8 + if name == b"stsz" { 4 } else { 0 };
        file[count..count + 4].fill(0xff);
    }
    file
}
