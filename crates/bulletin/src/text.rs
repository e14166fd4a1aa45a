//! What a text may hold before anybody reads it aloud.

use crate::Refusal;

/// The most characters a text may have after trimming: about a minute and a quarter of speech.
pub const MAX_TEXT_CHARACTERS: usize = 1200;

/// Trims a text, turns the line breaks of web forms (CR LF) into LF, and checks it.
///
/// # Errors
/// [`Refusal::Empty`], [`Refusal::TooLong`], [`Refusal::ControlCharacter`], [`Refusal::DirectionControl`] or
/// [`Refusal::NoWords`].
pub(crate) fn checked(text: &str) -> Result<String, Refusal> {
    within(text, MAX_TEXT_CHARACTERS)
}

/// As [`checked`], for what is read and never spoken.
///
/// # Errors
/// Those of [`checked`], with words of their own for what is empty or too long.
pub(crate) fn written(text: &str) -> Result<String, Refusal> {
    within(text, MOST_OF_A_PAGE).map_err(|refusal| match refusal {
        Refusal::Empty => Refusal::PageEmpty,
        Refusal::TooLong { length, limit } => Refusal::PageTooLong { length, limit },
        other => other,
    })
}

/// Some three pages of a book: nobody reads more of it beside an event.
const MOST_OF_A_PAGE: usize = 6_000;

fn within(text: &str, limit: usize) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    let length = text.chars().count();
    if length > limit {
        return Err(Refusal::TooLong { length, limit });
    }
    for (before, c) in text.chars().enumerate() {
        let position = before + 1;
        if c.is_control() && c != '\n' && c != '\t' {
            return Err(Refusal::ControlCharacter { position });
        }
        if is_direction_control(c) {
            return Err(Refusal::DirectionControl { position });
        }
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Err(Refusal::NoWords);
    }
    Ok(text.to_owned())
}

/// Reads a name that people give to something of theirs: one line, every run of blanks one space, 1 to `limit`
/// characters, none of them hidden.
pub fn label(text: &str, limit: usize) -> Option<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let label = words.join(" ");
    let is_hidden = |c: char| c.is_control() || is_direction_control(c);
    let fits = (1..=limit).contains(&label.chars().count());
    (fits && !label.chars().any(is_hidden)).then_some(label)
}

/// As [`checked`], for a sentence of the line to whose end everybody has to wait.
///
/// # Errors
/// Those of [`checked`].
pub(crate) fn sentence(text: &str) -> Result<String, Refusal> {
    let text = checked(text)?;
    let length = text.chars().count();
    if length > MOST_OF_A_SENTENCE {
        return Err(Refusal::TooLong {
            length,
            limit: MOST_OF_A_SENTENCE,
        });
    }
    Ok(text)
}

/// About twenty seconds.
const MOST_OF_A_SENTENCE: usize = 300;

/// Reads the name of a site, a commune or a territory, written or spoken: one line, every run of blanks one space, at
/// most 80 characters, and a letter or a digit in it.
///
/// # Errors
/// [`Refusal::Name`].
pub fn name(text: &str) -> Result<String, Refusal> {
    label(text, MOST_OF_A_NAME)
        .filter(|name| name.chars().any(char::is_alphanumeric))
        .ok_or(Refusal::Name {
            limit: MOST_OF_A_NAME,
        })
}

/// A line on a telephone's page.
const MOST_OF_A_NAME: usize = 80;

/// Lower case without accents, typographic apostrophes straightened, every run of blanks one space.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'â' | 'ä' | 'á' => folded.push('a'),
            'ç' => folded.push('c'),
            'é' | 'è' | 'ê' | 'ë' => folded.push('e'),
            'î' | 'ï' | 'í' => folded.push('i'),
            'ô' | 'ö' | 'ó' => folded.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => folded.push('u'),
            'œ' => folded.push_str("oe"),
            '’' | 'ʼ' | '`' => folded.push('\''),
            // Combining accents, as some keyboards type them after the letter.
            '\u{300}'..='\u{36f}' => {}
            c if c.is_whitespace() => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c => folded.push(c),
        }
    }
    folded
}

/// The characters of the Unicode property `Bidi_Control`: they make a page show other words than those spoken.
fn is_direction_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}
