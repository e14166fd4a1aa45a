//! Where somebody goes once they are signed in: to a page of the desk, never anywhere else.

/// An address of the desk: path and query, beginning with `/admin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// Reads what a link or a form says; what is no address of the desk leads to its first page.
    pub(crate) fn parse(text: &str) -> Self {
        let rest = text.strip_prefix(HOME);
        let is_inside = rest.is_some_and(|rest| {
            (rest.is_empty() || rest.starts_with(['/', '?']))
                && text.len() <= LONGEST
                && text.bytes().all(is_plain)
                && !text.contains("//")
                && !text.contains("..")
        });
        // The pages of signing in lead nowhere once one is in.
        let is_door = rest.is_some_and(|rest| rest.starts_with("/sign-"));
        if is_inside && !is_door {
            Self(text.to_owned())
        } else {
            Self(HOME.to_owned())
        }
    }

    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A page of the desk that hands this address on.
    pub(crate) fn after(&self, page: &str) -> String {
        let escaped: String = self.0.bytes().map(escape).collect();
        format!("{page}?next={escaped}")
    }
}

/// Nothing that a header, a browser or a proxy could take for something else.
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"/_-.~?=&,:@+".contains(&octet)
}

fn escape(octet: u8) -> String {
    if octet.is_ascii_alphanumeric() || b"/_-.~".contains(&octet) {
        char::from(octet).to_string()
    } else {
        format!("%{octet:02X}")
    }
}

/// The first page of the desk.
const HOME: &str = "/admin";
const LONGEST: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_of_the_desk_is_kept_with_its_question() {
        for inside in [
            "/admin",
            "/admin/bulletins/abc?from=2026-11-25&n=3",
            "/admin?x=1",
        ] {
            assert_eq!(Next::parse(inside).as_str(), inside);
        }
    }

    #[test]
    fn whatever_leads_elsewhere_leads_home() {
        for outside in [
            "",
            "//evil.example",
            "/admin//evil.example",
            "https://evil.example/admin",
            "/\\evil.example",
            "/admin\r\nSet-Cookie: a=b",
            "/admin/../rouen_metropole",
            "/admin/%2e%2e/x",
            "/administrator",
            "/admin@evil.example",
            "/admin/sign-out",
            "javascript:alert(1)",
        ] {
            assert_eq!(Next::parse(outside).as_str(), "/admin", "{outside:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_leads_out_of_the_desk(text in r"(/admin)?[/\\.a-z:@%?#\r\n\t ]{0,20}\PC{0,10}") {
            let next = Next::parse(&text);
            let rest = next.as_str().strip_prefix("/admin").expect("it begins with the desk");
            prop_assert!(rest.is_empty() || rest.starts_with(['/', '?']));
            prop_assert!(!rest.contains("//") && !rest.contains("..") && !rest.contains('\\'));
            prop_assert!(next.as_str().bytes().all(|octet| octet.is_ascii_graphic()));
        }
    }
}
