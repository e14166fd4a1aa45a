//! The list of fixed sentences: what the line can say, and the id of each.

use bulletin::OwnSentence;
use jiff::SignedDuration;

/// One fixed sentence. The numbered ones come from the constructors, which keep them in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Prompt {
    Greeting,
    /// Offers the other language to who hears this one, in that other language.
    OtherLanguage,
    /// The next message is in the other language.
    MessageInOtherLanguage,
    /// 1 to 20.
    Count(u8),
    CountMany,
    CheckedAt,
    /// 0 to 23.
    Hour(u8),
    /// 1 to 59.
    Minute(u8),
    NoEvent,
    Authorities,
    BulletinUnspoken,
    /// A bulletin was taken off the line while it was said.
    Withdrawn,
    /// "The event began", before one of [`Prompt::ago`].
    Began,
    /// "This message was published", before one of [`Prompt::ago`].
    Published,
    AgoNow,
    /// 1 to 10, 15, 20 … 55.
    AgoMinutes(u8),
    /// 1 to 12.
    AgoHours(u8),
    AgoLong,
    NoticeOffer,
    NoticeIntro,
    NoticeAgain,
    NoticeThanks,
    NoticeFound,
    NoticeNone,
    Closing,
    Emergency,
    KeysHelp,
    OnceMore,
    Goodbye,
    MenuIntro,
    MenuPlace,
    /// 1 to 9.
    Press(u8),
    MenuChooseAgain,
    EndedIntro,
    EndedNone,
    KeyUnknown,
    Difficulty,
    LongestCall,
}

impl Prompt {
    /// "There are N bulletins", for one or more.
    pub(crate) fn count(bulletins: usize) -> Self {
        match u8::try_from(bulletins) {
            Ok(few @ 0..=MOST_COUNTED) => Self::Count(few.max(1)),
            _ => Self::CountMany,
        }
    }

    /// The hour of a 24-hour clock.
    pub(crate) fn hour(hour: i8) -> Self {
        Self::Hour(hour.unsigned_abs().min(23))
    }

    /// The minutes after the hour; a full hour has none to say.
    pub(crate) fn minute(minute: i8) -> Option<Self> {
        let minute = minute.unsigned_abs().min(59);
        (minute > 0).then_some(Self::Minute(minute))
    }

    /// "Press N", for the first to ninth choice.
    pub(crate) fn press(choice: usize) -> Self {
        Self::Press(u8::try_from(choice).map_or(9, |choice| choice.clamp(1, 9)))
    }

    /// How long ago something was, less than a day: to the minute up to ten, then to five minutes, then to the hour.
    pub(crate) fn ago(elapsed: SignedDuration) -> Option<Self> {
        let minutes = elapsed.as_mins();
        let number = |number: i64| u8::try_from(number).ok();
        match minutes {
            _ if elapsed.is_negative() => None,
            0 => Some(Self::AgoNow),
            1..=10 => number(minutes).map(Self::AgoMinutes),
            11..=57 => number((minutes + 2) / 5 * 5).map(Self::AgoMinutes),
            58..=749 => number((minutes + 30) / 60).map(Self::AgoHours),
            750..=1439 => Some(Self::AgoLong),
            _ => None,
        }
    }

    /// What a territory may say in its place.
    pub(crate) fn own_sentence(self) -> Option<OwnSentence> {
        match self {
            Self::Greeting => Some(OwnSentence::Greeting),
            Self::Closing => Some(OwnSentence::Closing),
            Self::OnceMore => Some(OwnSentence::OnceMore),
            Self::EndedIntro => Some(OwnSentence::EndedIntro),
            Self::EndedNone => Some(OwnSentence::EndedNone),
            Self::Goodbye => Some(OwnSentence::Goodbye),
            _ => None,
        }
    }

    /// Whether it goes on with the sentence of what is said before it.
    pub(crate) fn continues(self) -> bool {
        matches!(
            self,
            Self::Hour(_)
                | Self::Minute(_)
                | Self::Press(_)
                | Self::AgoNow
                | Self::AgoMinutes(_)
                | Self::AgoHours(_)
                | Self::AgoLong
        )
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        PLAIN
            .into_iter()
            .chain((1..=MOST_COUNTED).map(Self::Count))
            .chain((1..=9).map(Self::Press))
            .chain((0..=23).map(Self::Hour))
            .chain((1..=59).map(Self::Minute))
            .chain((1..=10).chain((15..=55).step_by(5)).map(Self::AgoMinutes))
            .chain((1..=12).map(Self::AgoHours))
    }

    pub(crate) fn id(self) -> String {
        let plain = match self {
            Self::Count(number) => return format!("count_{number}"),
            Self::Hour(number) => return format!("hour_{number}"),
            Self::Minute(number) => return format!("minute_{number}"),
            Self::Press(number) => return format!("press_{number}"),
            Self::AgoMinutes(number) => return format!("ago_minutes_{number}"),
            Self::AgoHours(number) => return format!("ago_hours_{number}"),
            Self::Greeting => "greeting",
            Self::OtherLanguage => "other_language",
            Self::MessageInOtherLanguage => "message_in_other_language",
            Self::CountMany => "count_many",
            Self::CheckedAt => "checked_at",
            Self::NoEvent => "no_event",
            Self::Authorities => "authorities_in_charge",
            Self::BulletinUnspoken => "bulletin_unspoken",
            Self::Withdrawn => "withdrawn",
            Self::Began => "began",
            Self::Published => "published",
            Self::AgoNow => "ago_now",
            Self::AgoLong => "ago_long",
            Self::NoticeOffer => "notice_offer",
            Self::NoticeIntro => "notice_intro",
            Self::NoticeAgain => "notice_again",
            Self::NoticeThanks => "notice_thanks",
            Self::NoticeFound => "notice_found",
            Self::NoticeNone => "notice_none",
            Self::Closing => "closing",
            Self::Emergency => "emergency_reminder",
            Self::KeysHelp => "keys_help",
            Self::OnceMore => "once_more",
            Self::Goodbye => "goodbye",
            Self::MenuIntro => "menu_intro",
            Self::MenuPlace => "menu_place",
            Self::MenuChooseAgain => "menu_choose_again",
            Self::EndedIntro => "ended_intro",
            Self::EndedNone => "ended_none",
            Self::KeyUnknown => "key_unknown",
            Self::Difficulty => "difficulty",
            Self::LongestCall => "longest_call",
        };
        plain.to_owned()
    }
}

/// The prompts without a number.
const PLAIN: [Prompt; 32] = [
    Prompt::Greeting,
    Prompt::OtherLanguage,
    Prompt::MessageInOtherLanguage,
    Prompt::CountMany,
    Prompt::CheckedAt,
    Prompt::NoEvent,
    Prompt::Authorities,
    Prompt::BulletinUnspoken,
    Prompt::Withdrawn,
    Prompt::Began,
    Prompt::Published,
    Prompt::AgoNow,
    Prompt::AgoLong,
    Prompt::NoticeOffer,
    Prompt::NoticeIntro,
    Prompt::NoticeAgain,
    Prompt::NoticeThanks,
    Prompt::NoticeFound,
    Prompt::NoticeNone,
    Prompt::Closing,
    Prompt::Emergency,
    Prompt::KeysHelp,
    Prompt::OnceMore,
    Prompt::Goodbye,
    Prompt::MenuIntro,
    Prompt::MenuPlace,
    Prompt::MenuChooseAgain,
    Prompt::EndedIntro,
    Prompt::EndedNone,
    Prompt::KeyUnknown,
    Prompt::Difficulty,
    Prompt::LongestCall,
];
/// Beyond this many bulletins the line says "many".
const MOST_COUNTED: u8 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_to_the_minute_then_to_five_then_to_the_hour() {
        for (minutes, said) in [
            (0, "ago_now"),
            (1, "ago_minutes_1"),
            (10, "ago_minutes_10"),
            (12, "ago_minutes_10"),
            (13, "ago_minutes_15"),
            (57, "ago_minutes_55"),
            (58, "ago_hours_1"),
            (89, "ago_hours_1"),
            (90, "ago_hours_2"),
            (749, "ago_hours_12"),
            (750, "ago_long"),
            (1439, "ago_long"),
        ] {
            let prompt = Prompt::ago(SignedDuration::from_mins(minutes)).unwrap();
            assert_eq!(prompt.id(), said, "{minutes} min");
        }
        assert_eq!(Prompt::ago(SignedDuration::from_hours(24)), None);
        assert_eq!(Prompt::ago(SignedDuration::from_secs(-1)), None);
    }
}
