//! The YAML of a definition, with the place of every part.
//!
//! Anchors and aliases are rejected: environments have references for that, and a few aliases can expand to any amount of
//! text.

use super::diagnostic::Diagnostic;
use super::range::{Position, Range};
use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, Span};
use serde_json::{Map, Number, Value};

/// The longest definition, in bytes. The limit of Pulumi Cloud is not published.
pub(crate) const MAX_DEFINITION: usize = 1 << 20;

/// The maximum nesting of lists and objects.
const MAX_DEPTH: usize = 64;

/// A part of a definition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) range: Range,
    pub(crate) content: Content,
}

/// The content of a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Entry>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The place of the name.
    pub(crate) range: Range,
    pub(crate) node: Node,
}

impl Node {
    /// Its members, if it is an object.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Its text, if it is a text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its function call, if it is an object with one member whose name begins with `fn::`.
    pub(crate) fn call(&self) -> Option<&Entry> {
        match self.entries()? {
            [entry] if entry.name.starts_with("fn::") => Some(entry),
            _ => None,
        }
    }

    /// The node as JSON, without places.
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Boolean(truth) => (*truth).into(),
            Content::Number(number) => number.clone().into(),
            Content::Text(text) => text.as_str().into(),
            Content::List(nodes) => nodes.iter().map(Node::to_json).collect(),
            Content::Object(entries) => {
                let members = entries
                    .iter()
                    .map(|entry| (entry.name.clone(), entry.node.to_json()));
                members.collect::<Map<_, _>>().into()
            }
        }
    }
}

/// Parses a definition. An empty one is null.
pub(crate) fn parse(text: &str) -> Result<Node, Diagnostic> {
    if text.len() > MAX_DEFINITION {
        let sentence = format!("the definition is longer than {} KiB", MAX_DEFINITION >> 10);
        return Err(Diagnostic::new(sentence));
    }
    let mut reader = Reader::new(text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = reader.position(*error.marker());
            Diagnostic::at(Range { begin: at, end: at }, error.info())
        })?;
        reader.take(event, span)?;
    }
    Ok(reader.read.unwrap_or(Node {
        range: Range::default(),
        content: Content::Null,
    }))
}

/// Builds nodes from events.
struct Reader {
    /// Where each character begins, because the parser counts characters.
    bytes: Vec<usize>,
    /// The lists and objects that are still open, outermost first.
    open: Vec<Open>,
    read: Option<Node>,
}

/// An open list or object.
struct Open {
    begin: Position,
    content: Content,
    /// The name for the next node.
    name: Option<(String, Range)>,
}

impl Reader {
    fn new(text: &str) -> Reader {
        let ends = text.char_indices().map(|(byte, _)| byte);
        Reader {
            bytes: ends.chain([text.len()]).collect(),
            open: Vec::new(),
            read: None,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let range = self.range(span);
        let refuse = |sentence: &str| Err(Diagnostic::at(range, sentence));
        match event {
            Event::DocumentStart(_) if self.read.is_some() => {
                refuse("a definition is one YAML document")
            }
            Event::Alias(_) => {
                refuse("YAML aliases are not allowed: refer to a value by `${path}`")
            }
            Event::Scalar(text, style, anchor, tag) => {
                let Some(scalar) = Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref())
                else {
                    return refuse("the value does not fit its YAML tag");
                };
                refuse_anchor(anchor, range)?;
                self.put(Node {
                    range,
                    content: of_scalar(scalar),
                })
            }
            Event::SequenceStart(anchor, _) => {
                refuse_anchor(anchor, range)?;
                self.begin(range, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, _) => {
                refuse_anchor(anchor, range)?;
                self.begin(range, Content::Object(Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(range),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, range: Range, content: Content) -> Result<(), Diagnostic> {
        let last = self.open.last();
        let is_name = last
            .is_some_and(|open| open.name.is_none() && matches!(open.content, Content::Object(_)));
        if is_name {
            return Err(Diagnostic::at(range, "the name of a member must be a text"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(Diagnostic::at(
                range,
                "lists and objects lie too deep in each other",
            ));
        }
        self.open.push(Open {
            begin: range.begin,
            content,
            name: None,
        });
        Ok(())
    }

    fn end(&mut self, range: Range) -> Result<(), Diagnostic> {
        let Some(Open { begin, content, .. }) = self.open.pop() else {
            return Ok(());
        };
        let range = Range {
            begin,
            end: range.end,
        };
        self.put(Node { range, content })
    }

    /// Adds a node where it belongs: as a name, a value, an item, or the whole document.
    fn put(&mut self, node: Node) -> Result<(), Diagnostic> {
        let Some(open) = self.open.last_mut() else {
            self.read = Some(node);
            return Ok(());
        };
        match (&mut open.content, open.name.take()) {
            (Content::Object(entries), Some((name, range))) => {
                if entries.iter().any(|entry| entry.name == name) {
                    let sentence = format!("`{name}` is there more than once");
                    return Err(Diagnostic::at(range, sentence));
                }
                entries.push(Entry { name, range, node });
            }
            (Content::Object(_), None) => open.name = Some((name_of(&node)?, node.range)),
            (Content::List(nodes), _) => nodes.push(node),
            _ => {}
        }
        Ok(())
    }

    fn range(&self, span: Span) -> Range {
        Range {
            begin: self.position(span.start),
            end: self.position(span.end),
        }
    }

    fn position(&self, marker: Marker) -> Position {
        let last = self.bytes.len() - 1;
        Position {
            line: marker.line(),
            column: marker.col() + 1,
            byte: self.bytes[marker.index().min(last)],
        }
    }
}

/// The content of a scalar. A number that JSON does not support, such as infinity, is a text.
fn of_scalar(scalar: Scalar<'_>) -> Content {
    match scalar {
        Scalar::Null => Content::Null,
        Scalar::Boolean(truth) => Content::Boolean(truth),
        Scalar::Integer(number) => Content::Number(number.into()),
        Scalar::FloatingPoint(number) => Number::from_f64(*number)
            .map_or_else(|| Content::Text(number.to_string()), Content::Number),
        Scalar::String(text) => Content::Text(text.into_owned()),
    }
}

/// A scalar as a name: `8080: x` names the member `8080`.
fn name_of(node: &Node) -> Result<String, Diagnostic> {
    match &node.content {
        Content::Text(text) => Ok(text.clone()),
        Content::Number(number) => Ok(number.to_string()),
        Content::Boolean(truth) => Ok(truth.to_string()),
        _ => Err(Diagnostic::at(
            node.range,
            "the name of a member must be a text",
        )),
    }
}

fn refuse_anchor(anchor: usize, range: Range) -> Result<(), Diagnostic> {
    if anchor == 0 {
        Ok(())
    } else {
        Err(Diagnostic::at(
            range,
            "YAML anchors are not allowed: refer to a value by `${path}`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    #[test]
    fn everything_has_its_place() {
        let node = parse("values:\n  ü: [1, 2.5, yes, ~, \"x\"]\n").unwrap();
        assert_eq!(
            node.to_json(),
            json!({"values": {"ü": [1, 2.5, "yes", null, "x"]}})
        );
        let list = &node.entries().unwrap()[0].node.entries().unwrap()[0].node;
        assert_snapshot!(list.range.to_json("web/dev"), @r#"{"begin":{"byte":14,"column":6,"line":2},"end":{"byte":35,"column":27,"line":2},"environment":"web/dev"}"#);
    }

    #[test]
    fn nothing_is_null() {
        for empty in ["", "\n", "# nothing\n", "---\n"] {
            assert_eq!(parse(empty).unwrap().content, Content::Null, "{empty:?}");
        }
    }

    #[test]
    fn what_cannot_be_read() {
        let said = |text: &str| parse(text).unwrap_err().summary;
        assert_snapshot!(said("a: &x 1\nb: *x"), @"YAML anchors are not allowed: refer to a value by `${path}`");
        assert_snapshot!(said("a: 1\na: 2"), @"`a` is there more than once");
        assert_snapshot!(said("a: 1\n---\nb: 2"), @"a definition is one YAML document");
        assert_snapshot!(said("? [a]\n: 1"), @"the name of a member must be a text");
        assert_snapshot!(said(&"[".repeat(100)), @"lists and objects lie too deep in each other");
        assert_snapshot!(said(&" ".repeat(MAX_DEFINITION + 1)), @"the definition is longer than 1024 KiB");
        assert!(parse("a: [").is_err());
    }
}
