//! What a browser calls itself, in few enough words for a list.

use axum::http::{HeaderMap, header};

/// Such as `Firefox, Windows`; what is not known is left out.
pub(super) fn of(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let first = |names: &[(&str, &'static str)]| {
        let known = names.iter().find(|(mark, _)| agent.contains(mark));
        known.map(|(_, name)| *name)
    };
    let words: Vec<_> = first(&BROWSERS)
        .into_iter()
        .chain(first(&SYSTEMS))
        .collect();
    words.join(", ")
}

/// Most browsers name others as well: the first that fits is meant.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_two_words() {
        for (agent, words) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chrome, Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox, Windows",
            ),
            ("<script>alert(1)</script>", ""),
        ] {
            let agent = agent.parse().expect("a plain header");
            let headers = HeaderMap::from_iter([(header::USER_AGENT, agent)]);
            assert_eq!(of(&headers), words);
        }
    }
}
