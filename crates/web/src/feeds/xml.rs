//! Writes XML by elements and text, never by joining strings: what people wrote cannot become markup.
//!
//! XML 1.0 (fifth edition): § 2.2 says which characters a document may hold, § 2.4 which of them are escaped.

/// Attributes of an element, by name.
pub(crate) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document that is being written.
#[derive(Debug)]
pub(crate) struct Xml {
    out: String,
}

impl Xml {
    /// Writes a whole document: the declaration, the root and what `inside` puts into it.
    ///
    /// - `sheet`: address of a CSS sheet for browsers that show the document to a person.
    pub(crate) fn document(
        sheet: Option<&str>,
        root: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) -> String {
        let mut xml = Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        };
        if let Some(address) = sheet {
            xml.out
                .push_str("<?xml-stylesheet type=\"text/css\" href=\"");
            xml.escape(address);
            xml.out.push_str("\"?>\n");
        }
        xml.element(root, attributes, inside);
        xml.out
    }

    /// An element that holds others.
    pub(crate) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.out.push_str(">\n");
        inside(self);
        self.close(name);
    }

    /// An element that holds text alone.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        self.text_with(name, &[], text);
    }

    /// The same, with attributes.
    pub(crate) fn text_with(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.open(name, attributes);
        self.out.push('>');
        self.escape(text);
        self.close(name);
    }

    /// An element that holds nothing.
    pub(crate) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.out.push_str("/>\n");
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.escape(value);
            self.out.push('"');
        }
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    fn escape(&mut self, text: &str) {
        for sign in text.chars() {
            match sign {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                // Forbidden in text after `]]`, harmless elsewhere.
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                sign if is_allowed(sign) => self.out.push(sign),
                _ => self.out.push(char::REPLACEMENT_CHARACTER),
            }
        }
    }
}

/// The production `Char`; a reader refuses a whole document for one that is not.
fn is_allowed(sign: char) -> bool {
    matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_stays_text() {
        let written = Xml::document(None, "a", &[("b", "\"<'&")], |xml| {
            xml.text("c", "<script>&]]>");
        });
        assert_eq!(
            written,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;'&amp;\">\n<c>&lt;script&gt;&amp;]]&gt;</c>\n</a>\n"
        );
    }

    #[test]
    fn a_sign_that_no_xml_document_may_hold_is_replaced() {
        let written = Xml::document(None, "a", &[], |xml| xml.text("b", "x\u{fffe}\u{0}y"));
        assert!(written.contains("<b>x\u{fffd}\u{fffd}y</b>"), "{written}");
    }

    proptest! {
        #[test]
        fn no_text_opens_or_closes_an_element(text in ".*", value in ".*") {
            let written = Xml::document(None, "a", &[("b", &value)], |xml| xml.text("c", &text));
            prop_assert_eq!(written.matches('<').count(), 5);
            prop_assert!(written.chars().all(is_allowed));
        }
    }
}
