//! XML answers as trees of elements: just enough for S3 and SNS.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// No answer of a service is nested deeper.
const DEPTH_MAX: usize = 64;

/// An element: its name without prefix, its text, its children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The root of a document, unless it is not one.
    pub(super) fn parse(document: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_reader(document);
        let mut open: Vec<Element> = vec![Element::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                    open.push(Element { name, ..Element::default() });
                    if open.len() > DEPTH_MAX {
                        return None;
                    }
                }
                Event::Empty(empty) => {
                    let name = String::from_utf8_lossy(empty.local_name().as_ref()).into_owned();
                    open.last_mut()?.children.push(Element { name, ..Element::default() });
                }
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text += &text.decode().ok()?,
                Event::CData(data) => open.last_mut()?.text += &data.decode().ok()?,
                Event::GeneralRef(reference) => {
                    let text = &mut open.last_mut()?.text;
                    match reference.resolve_char_ref().ok()? {
                        Some(character) => text.push(character),
                        None => *text += resolve_predefined_entity(&reference.decode().ok()?)?,
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let [document] = &mut open[..] else { return None };
        document.children.pop()
    }

    /// The children of a name.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_references() {
        let document = br#"<?xml version="1.0"?><a xmlns="n"><b>x &amp; y&#10;</b><b/><c><![CDATA[<]]></c></a>"#;
        let root = Element::parse(document).expect("is XML");
        assert_eq!(root.text_of("b"), Some("x & y\n"));
        assert_eq!(root.children("b").count(), 2);
        assert_eq!(root.text_of("c"), Some("<"));
        assert_eq!(root.text_of("d"), None);
    }

    #[test]
    fn what_is_not_a_document_is_none() {
        for document in ["", "<a>", "</a>", "<a></b>", "{}", &"<a>".repeat(10_000)] {
            assert_eq!(Element::parse(document.as_bytes()), None, "{document:.9}");
        }
    }
}
