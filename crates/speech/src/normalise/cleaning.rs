//! Takes from a text what is no writing: controls, directions, emoji, foreign scripts, bullets.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

use crate::spoken::is_letter;

/// One line of letters, digits and signs that the later rules know; compatibility forms (`m³`,
/// `H₂S`, full-width or decorated letters) in their plain form (Unicode NFKC).
pub(super) fn clean(text: &str) -> String {
    let plain = plain(text);
    let mut clean = String::with_capacity(plain.len());
    for line in plain.lines() {
        let (line, is_item) = without_bullet(line.trim());
        if line.is_empty() {
            continue;
        }
        if !clean.is_empty() {
            // A line that goes on in lower case was broken by somebody's mail program.
            let goes_on = !is_item && line.starts_with(char::is_lowercase);
            let stopped = clean.ends_with(['.', ',', ';', ':', '?', '!']);
            clean.push_str(if goes_on || stopped { " " } else { ". " });
        }
        // An item is a sentence of its own, and the rules after this know one by its capital.
        let mut letters = line.chars();
        match letters.next() {
            Some(first) if is_item => {
                clean.extend(first.to_uppercase());
                clean.push_str(letters.as_str());
            }
            _ => clean.push_str(line),
        }
    }
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // Before NFKC: it would tear `´` into a space and an accent.
    let quotes = text
        .replace(['’', '‘', 'ʼ', '´', '`', '′'], "'")
        .replace("+/-", "±")
        .replace("->", "→")
        .replace("=>", "→");
    for c in quotes.nfkc() {
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '−' | '‐' | '‑' => plain.push('-'),
            '–' | '—' | '―' => plain.push('–'),
            '⁄' => plain.push('/'),
            '→' | '⇒' | '➡' => plain.push(','),
            '•' | '·' | '▪' | '●' | '◦' => plain.push('•'),
            c if is_letter(c) || c.is_ascii_graphic() || SIGNS.contains(c) => plain.push(c),
            c if is_invisible(c) => {}
            c => push_letters(&mut plain, c),
        }
    }
    plain
}

/// A Latin letter of another language by its base; anything else parts the words around it.
fn push_letters(plain: &mut String, c: char) {
    let known = match c {
        'ß' => "ss",
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'Đ' => "D",
        'ı' => "i",
        _ => "",
    };
    if !known.is_empty() {
        plain.push_str(known);
        return;
    }
    let mut base = None;
    decompose_canonical(c, |part| base = base.or(Some(part)));
    plain.push(base.filter(char::is_ascii_alphabetic).unwrap_or(' '));
}

/// Characters without width or sense of their own: they vanish without parting a word.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}')
}

/// `- item`, `* item`, `• item`: the mark is for the eye. A minus sign touches its number.
fn without_bullet(line: &str) -> (&str, bool) {
    let bare = line.trim_start_matches(['•', '*', '>']);
    let bare = match bare.strip_prefix(['-', '–']) {
        Some(rest) if rest.starts_with([' ', '\t']) => rest,
        _ => bare,
    };
    (bare.trim_start(), bare.len() != line.len())
}

/// Signs that have a rule of their own; `μ` is what NFKC makes of the micro sign.
const SIGNS: &str = "°μ€£§±×≤≥≈‰";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_directions_and_emoji_vanish() {
        assert_eq!(
            clean("fu\u{200b}mée\u{202e} 😀🔥noire\u{0}\u{7}!"),
            "fumée noire !"
        );
    }

    #[test]
    fn decorated_and_composed_forms_become_plain() {
        assert_eq!(
            clean("m³ H₂S １２ ﬁn 𝐆𝐚𝐳 e\u{301}té ½ 20 ℃"),
            "m3 H2S 12 fin Gaz été 1/2 20 °C"
        );
    }

    #[test]
    fn other_scripts_are_left_out_and_other_accents_bared() {
        assert_eq!(
            clean("Łódź, Đakovo, Grüße, Москва, 東京 ok"),
            "Lodz, Dakovo, Grüsse, , ok"
        );
    }

    #[test]
    fn lines_end_sentences_unless_they_go_on() {
        assert_eq!(
            clean("Fumée noire\nBruit\n- torche allumée\n• odeur\nvisible de\nloin"),
            "Fumée noire. Bruit. Torche allumée. Odeur visible de loin"
        );
        assert_eq!(clean("-5 °C\n- 5 °C"), "-5 °C. 5 °C");
    }
}
