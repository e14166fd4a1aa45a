//! Reads and writes reports about a stream: RTCP (RFC 3550 § 6).
//!
//! Written are a sender report or a receiver report, each followed by the name of its author (SDES CNAME), in one
//! datagram. Read are the same from anybody, alone or in any company (RFC 5506); everything else is stepped over.

use std::time::Duration;

/// What a sender says of its own stream (§ 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport {
    /// Its stream.
    pub ssrc: u32,
    /// The instant of the report, as [`ntp`] gives it.
    pub ntp: u64,
    /// The same instant on the clock of the stream.
    pub rtp_timestamp: u32,
    /// Packets sent so far; wraps.
    pub packets: u32,
    /// Octets of sound sent so far, headers not counted; wraps.
    pub octets: u32,
}

/// What a receiver says of one stream (§ 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream reported on.
    pub ssrc: u32,
    /// Packets lost since the last report, in 256ths of those expected.
    pub fraction_lost: u8,
    /// Packets lost so far, 24 bits; negative when repeats outnumber losses.
    pub cumulative_lost: i32,
    /// The highest sequence number received; the upper half counts its wraps.
    pub highest_sequence: u32,
    /// Interarrival jitter, in ticks of the stream's clock.
    pub jitter: u32,
    /// The [`middle`] of the instant in the last sender report received; 0 without one.
    pub last_sr: u32,
    /// Time between receiving that and writing this, in 65,536ths of a second.
    pub delay_since_last_sr: u32,
}

/// Appends a sender report without blocks, and its author's name of at most 255 octets.
pub fn encode_sender_report(report: &SenderReport, name: &str, octets: &mut Vec<u8>) {
    encode_sender_report_about(report, &[], name, octets);
}

/// Appends the report of a sender who also receives: at most 31 blocks, and a name of at most 255 octets.
pub fn encode_sender_report_about(
    report: &SenderReport,
    blocks: &[ReportBlock],
    name: &str,
    octets: &mut Vec<u8>,
) {
    begin_report(SENDER_REPORT, 6, blocks, octets);
    put(octets, report.ssrc);
    octets.extend_from_slice(&report.ntp.to_be_bytes());
    for word in [report.rtp_timestamp, report.packets, report.octets] {
        put(octets, word);
    }
    put_blocks(blocks, octets);
    describe_source(report.ssrc, name, octets);
}

/// Appends a receiver report with at most 31 blocks, and its author's name of at most 255 octets.
pub fn encode_receiver_report(ssrc: u32, blocks: &[ReportBlock], name: &str, octets: &mut Vec<u8>) {
    begin_report(RECEIVER_REPORT, 1, blocks, octets);
    put(octets, ssrc);
    put_blocks(blocks, octets);
    describe_source(ssrc, name, octets);
}

/// Reads one datagram.
///
/// # Errors
/// [`RtcpError`] when the octets are too short, of another version than 2, or end before their own lengths say.
pub fn parse(datagram: &[u8]) -> Result<Heard, RtcpError> {
    let mut heard = Heard::default();
    let mut rest = datagram;
    loop {
        let &[first, kind, high, low, ..] = rest else {
            return Err(RtcpError::TooShort { octets: rest.len() });
        };
        if first >> 6 != 2 {
            return Err(RtcpError::Version {
                version: first >> 6,
            });
        }
        let announced = 4 * (1 + usize::from(u16::from_be_bytes([high, low])));
        let Some((packet, behind)) = rest.split_at_checked(announced) else {
            return Err(RtcpError::Truncated {
                announced,
                octets: rest.len(),
            });
        };
        heard.take(kind, usize::from(first & 0x1F), &packet[4..]);
        if behind.is_empty() {
            return Ok(heard);
        }
        rest = behind;
    }
}

/// What one datagram says, as far as a line or a caller wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The sender report in it.
    pub sender: Option<SenderReport>,
    /// The first blocks in it.
    blocks: [Option<ReportBlock>; 4],
    /// Whether a source says that it leaves (§ 6.6).
    pub goodbye: bool,
}

impl Heard {
    /// The block about a stream.
    #[must_use]
    pub fn about(&self, ssrc: u32) -> Option<&ReportBlock> {
        self.blocks
            .iter()
            .flatten()
            .find(|block| block.ssrc == ssrc)
    }

    fn take(&mut self, kind: u8, count: usize, body: &[u8]) {
        let blocks = match kind {
            SENDER_REPORT => {
                self.sender = self.sender.or(read_sender(body));
                body.get(24..)
            }
            RECEIVER_REPORT => body.get(4..),
            GOODBYE => {
                self.goodbye = true;
                None
            }
            _ => None,
        };
        for block in blocks.unwrap_or_default().chunks_exact(24).take(count) {
            if let Some(free) = self.blocks.iter_mut().find(|one| one.is_none()) {
                *free = read_block(block);
            }
        }
    }
}

/// Why a datagram is not RTCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// Fewer octets than a header.
    #[error("{octets} octets are too few for an RTCP header")]
    TooShort {
        /// What there is.
        octets: usize,
    },
    /// Another protocol, or noise.
    #[error("RTCP version {version}, not 2")]
    Version {
        /// The two version bits.
        version: u8,
    },
    /// The header announces more than there is.
    #[error("an RTCP packet of {announced} octets in {octets}")]
    Truncated {
        /// Octets that the header says.
        announced: usize,
        /// Octets that are there.
        octets: usize,
    },
}

/// Whether a datagram on a shared port is RTCP: its second octet says a packet type of 192 to 223, where RTP has
/// marker and payload type and none is given out (RFC 5761 § 4).
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [_, 192..=223, ..])
}

/// An instant of the wall clock, counted from 1970, as seconds since 1900 in 32.32 bits (RFC 5905 § 6).
#[must_use]
pub fn ntp(since_1970: Duration) -> u64 {
    let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
    (since_1970.as_secs().wrapping_add(FROM_1900_TO_1970) << 32) | fraction
}

/// The middle 32 bits of an instant, which is what blocks refer to (§ 6.4.1).
#[must_use]
pub fn middle(ntp: u64) -> u32 {
    let [_, _, a, b, c, d, _, _] = ntp.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// From our report to their block about it and back, without the time it lay there (§ 6.4.1).
///
/// - `now`: the [`middle`] of the instant at which the block arrived.
///
/// `None` when it was not written after a report of ours, or when the clocks make no sense together.
#[must_use]
pub fn round_trip(now: u32, block: &ReportBlock) -> Option<Duration> {
    let since = now.wrapping_sub(block.last_sr);
    let there = since.checked_sub(block.delay_since_last_sr)?;
    let known = block.last_sr != 0 && there < LONGEST_ROUND_TRIP;
    known.then(|| Duration::from_nanos((u64::from(there) * 1_000_000_000) >> 16))
}

/// The header of a report whose own words are followed by blocks of six.
fn begin_report(kind: u8, own_words: u16, blocks: &[ReportBlock], octets: &mut Vec<u8>) {
    let count = u8::try_from(blocks.len().min(MOST_BLOCKS)).unwrap_or(0);
    header(octets, count, kind, own_words + 6 * u16::from(count));
}

fn put_blocks(blocks: &[ReportBlock], octets: &mut Vec<u8>) {
    for block in blocks.iter().take(MOST_BLOCKS) {
        put(octets, block.ssrc);
        let [_, high, middle, low] = block
            .cumulative_lost
            .clamp(LEAST_LOST, MOST_LOST)
            .to_be_bytes();
        octets.extend_from_slice(&[block.fraction_lost, high, middle, low]);
        for word in [
            block.highest_sequence,
            block.jitter,
            block.last_sr,
            block.delay_since_last_sr,
        ] {
            put(octets, word);
        }
    }
}

fn header(octets: &mut Vec<u8>, count: u8, kind: u8, words: u16) {
    octets.extend_from_slice(&[0x80 | count, kind]);
    octets.extend_from_slice(&words.to_be_bytes());
}

/// § 6.5: one chunk with one item, ended by one to four zeros.
fn describe_source(ssrc: u32, name: &str, octets: &mut Vec<u8>) {
    let name = &name.as_bytes()[..name.len().min(usize::from(u8::MAX))];
    let length = u8::try_from(name.len()).unwrap_or(0);
    let item = 2 + u16::from(length);
    let words = 1 + (item + 1).div_ceil(4);
    header(octets, 1, SOURCE_DESCRIPTION, words);
    put(octets, ssrc);
    octets.extend_from_slice(&[CNAME, length]);
    octets.extend_from_slice(name);
    let zeros = 4 * (words - 1) - item;
    octets.extend(std::iter::repeat_n(0, zeros.into()));
}

fn put(octets: &mut Vec<u8>, word: u32) {
    octets.extend_from_slice(&word.to_be_bytes());
}

fn read_sender(body: &[u8]) -> Option<SenderReport> {
    Some(SenderReport {
        ssrc: word(body, 0)?,
        ntp: u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?),
        rtp_timestamp: word(body, 12)?,
        packets: word(body, 16)?,
        octets: word(body, 20)?,
    })
}

fn read_block(body: &[u8]) -> Option<ReportBlock> {
    let lost = word(body, 4)?;
    let [fraction_lost, ..] = lost.to_be_bytes();
    Some(ReportBlock {
        ssrc: word(body, 0)?,
        fraction_lost,
        cumulative_lost: (lost << 8).cast_signed() >> 8,
        highest_sequence: word(body, 8)?,
        jitter: word(body, 12)?,
        last_sr: word(body, 16)?,
        delay_since_last_sr: word(body, 20)?,
    })
}

fn word(body: &[u8], at: usize) -> Option<u32> {
    let octets = body.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*octets))
}

/// Packet types (§ 12.1).
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
/// The item of a source description that every report carries.
const CNAME: u8 = 1;
/// Five bits count them.
const MOST_BLOCKS: usize = 31;
/// 24 bits with a sign.
const MOST_LOST: i32 = 0x7F_FFFF;
const LEAST_LOST: i32 = -0x80_0000;
/// RFC 5905: 70 years of which 17 were leap years.
const FROM_1900_TO_1970: u64 = 2_208_988_800;
/// A minute: beyond that one of the clocks was set.
const LONGEST_ROUND_TRIP: u32 = 60 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sender_report_is_laid_out_as_the_rfc_draws_it() {
        let mut octets = vec![];
        encode_sender_report(&report(), "ab", &mut octets);

        let drawn = [
            0x80, 200, 0, 6, 0, 0, 0, 9, 0xE5, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0x1F, 0x40, 0, 0, 0,
            50, 0, 0, 0x1F, 0x40, 0x81, 202, 0, 3, 0, 0, 0, 9, 1, 2, b'a', b'b', 0, 0, 0, 0,
        ];
        assert_eq!(octets, drawn);
        let heard = parse(&octets).unwrap();
        assert_eq!(heard.sender, Some(report()));
        assert!(is_rtcp(&octets) && !heard.goodbye);
    }

    #[test]
    fn blocks_are_found_by_their_stream_with_losses_of_either_sign() {
        for lost in [0, 1, -1, MOST_LOST, LEAST_LOST] {
            let block = ReportBlock {
                ssrc: 9,
                fraction_lost: 255,
                cumulative_lost: lost,
                highest_sequence: 0x0001_0002,
                jitter: 77,
                last_sr: 5,
                delay_since_last_sr: 6,
            };
            let other = ReportBlock { ssrc: 8, ..block };
            let mut octets = vec![];
            encode_receiver_report(1, &[other, block], "name", &mut octets);

            assert_eq!(parse(&octets).unwrap().about(9), Some(&block));
            assert_eq!(parse(&octets).unwrap().about(7), None);
        }
    }

    #[test]
    fn a_sender_who_receives_says_both_in_one_report() {
        let block = ReportBlock {
            ssrc: 5,
            jitter: 3,
            ..ReportBlock::default()
        };
        let mut octets = vec![];
        encode_sender_report_about(&report(), &[block], "name", &mut octets);

        let heard = parse(&octets).unwrap();
        assert_eq!(heard.sender, Some(report()));
        assert_eq!(heard.about(5), Some(&block));
        assert_eq!(octets[..4], [0x81, 200, 0, 12]);
    }

    #[test]
    fn a_goodbye_behind_a_report_is_heard() {
        let mut octets = vec![];
        encode_receiver_report(1, &[], "name", &mut octets);
        octets.extend([0x81, 203, 0, 1, 0, 0, 0, 1]);

        assert!(parse(&octets).unwrap().goodbye);
    }

    #[test]
    fn what_is_cut_off_or_of_another_version_is_refused() {
        let mut octets = vec![];
        encode_sender_report(&report(), "name", &mut octets);
        for length in (0..octets.len()).filter(|length| *length != 28) {
            assert!(parse(&octets[..length]).is_err(), "{length}");
        }
        octets[0] = 0x40;
        assert_eq!(parse(&octets), Err(RtcpError::Version { version: 1 }));
    }

    #[test]
    fn the_round_trip_is_what_is_left_without_the_time_at_the_other_end() {
        // The figures of § 6.4.1: heard at 46864.500, reported 46853.125, lay 5.250 s.
        let block = ReportBlock {
            last_sr: 0xB705_2000,
            delay_since_last_sr: 0x0005_4000,
            ..ReportBlock::default()
        };
        assert_eq!(
            round_trip(0xB710_8000, &block),
            Some(Duration::from_millis(6_125))
        );
        assert_eq!(round_trip(0xB705_3000, &block), None, "before it was sent");
        let never = ReportBlock::default();
        assert_eq!(round_trip(0xB710_8000, &never), None);
    }

    #[test]
    fn the_clock_of_reports_begins_in_1900() {
        let instant = Duration::new(1, 500_000_000);
        assert_eq!(ntp(instant), (2_208_988_801 << 32) | 0x8000_0000);
        assert_eq!(middle(0x1111_2222_3333_4444), 0x2222_3333);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&octets);
            let _ = is_rtcp(&octets);
        }

        #[test]
        fn any_name_is_filled_up_to_whole_words(name in "[a-z@]{0,300}") {
            let mut octets = vec![];
            encode_sender_report(&report(), &name, &mut octets);
            prop_assert_eq!(octets.len() % 4, 0);
            prop_assert!(parse(&octets).is_ok());
        }
    }

    fn report() -> SenderReport {
        SenderReport {
            ssrc: 9,
            ntp: 0xE500_0001_8000_0000,
            rtp_timestamp: 8_000,
            packets: 50,
            octets: 8_000,
        }
    }
}
