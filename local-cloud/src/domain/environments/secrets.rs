//! The secrets in a definition: `fn::secret: hush` is stored as `fn::secret: {ciphertext: …}`.
//!
//! Nothing else in the text changes, so comments and layout stay. The encrypted text contains the source of the secret as
//! well as its value, so that decrypting restores the text as written.

use super::diagnostic::Diagnostic;
use super::syntax::{self, Content, Entry, Node};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The function whose argument is a secret.
pub(crate) const FUNCTION: &str = "fn::secret";

/// The member with an encrypted secret.
const CIPHERTEXT: &str = "ciphertext";

/// What is encrypted.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Plain {
    pub(crate) value: Value,
    /// The source as written; absent if it was never part of a definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
}

/// The ciphertext in an argument of [`FUNCTION`]; `None` if the argument is plain.
pub(crate) fn ciphertext(argument: &Node) -> Option<&str> {
    match argument.entries()? {
        [entry] if entry.name == CIPHERTEXT => entry.node.text(),
        _ => None,
    }
}

/// The definition with its plain secrets encrypted. It must be possible to decrypt existing ciphertexts.
pub(crate) fn sealed(
    text: &str,
    mut seal: impl FnMut(&Plain) -> Result<String, Diagnostic>,
    mut open: impl FnMut(&str) -> Option<Plain>,
) -> Result<String, Diagnostic> {
    let root = syntax::parse(text)?;
    let mut edits = Vec::new();
    for call in calls(&root) {
        let argument = &call.node;
        match ciphertext(argument) {
            Some(sealed) if open(sealed).is_some() => {}
            None if argument.content == Content::Null => {
                return Err(Diagnostic::at(call.range, "a secret must have a value"));
            }
            Some(_) => {
                let sentence = "this ciphertext was not made by this cloud, or was changed";
                return Err(Diagnostic::at(argument.range, sentence));
            }
            None => {
                let (at, source) = source(text, call);
                let plain = Plain {
                    value: argument.to_json(),
                    source: Some(source.to_owned()),
                };
                let sealed = format!("{{{CIPHERTEXT}: {}}}", seal(&plain)?);
                edits.push((at, source.len(), sealed));
            }
        }
    }
    let changed = edited(text, &edits);
    // A list may begin in the column of `fn::secret`, where its replacement may not.
    syntax::parse(&changed).map_err(|_| {
        Diagnostic::new(
            "a secret that is a list or an object must be indented, or written in one line",
        )
    })?;
    Ok(changed)
}

/// The definition with its secrets as plain text; `None` if one cannot be decrypted.
pub(crate) fn opened(text: &str, mut open: impl FnMut(&str) -> Option<Plain>) -> Option<String> {
    let root = syntax::parse(text).ok()?;
    let mut as_written = Vec::new();
    let mut as_json = Vec::new();
    let mut values = Vec::new();
    for call in calls(&root) {
        let argument = &call.node;
        values.push(match ciphertext(argument) {
            Some(sealed) => {
                let Plain {
                    value,
                    source: written,
                } = open(sealed)?;
                let (at, source) = source(text, call);
                let length = source.len();
                as_written.push((at, length, written.unwrap_or_else(|| value.to_string())));
                as_json.push((at, length, value.to_string()));
                value
            }
            None => argument.to_json(),
        });
    }
    // Someone may have moved a secret to a place where its source has another meaning.
    let written = edited(text, &as_written);
    let is_same = syntax::parse(&written).is_ok_and(|root| {
        calls(&root)
            .into_iter()
            .map(|call| call.node.to_json())
            .eq(values)
    });
    Some(if is_same {
        written
    } else {
        edited(text, &as_json)
    })
}

/// The source of a call's argument, and where it begins: everything after the colon. The parser leaves out the `|` of a
/// block and the first `-` of a list.
fn source<'text>(text: &'text str, call: &Entry) -> (usize, &'text str) {
    let name_end = call.range.end.byte;
    let colon = text[name_end..]
        .find(':')
        .map_or(name_end, |colon| name_end + colon + 1);
    let end = call.node.range.end.byte.max(colon);
    let written = text[colon..end].trim_start();
    // The end of a block is where the next thing begins.
    (end - written.len(), written.trim_end())
}

/// The text with some parts replaced: for each, in order, its beginning, its length and the replacement.
fn edited(text: &str, edits: &[(usize, usize, String)]) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut from = 0;
    for (at, length, new) in edits {
        changed.push_str(&text[from..*at]);
        changed.push_str(new);
        from = at + length;
    }
    changed + &text[from..]
}

/// All calls of [`FUNCTION`], in the order of the text.
fn calls(node: &Node) -> Vec<&Entry> {
    let mut found = Vec::new();
    collect(node, &mut found);
    found
}

fn collect<'node>(node: &'node Node, found: &mut Vec<&'node Entry>) {
    match &node.content {
        Content::List(nodes) => nodes.iter().for_each(|node| collect(node, found)),
        Content::Object(entries) => match node.call() {
            Some(call) if call.name == FUNCTION => found.push(call),
            _ => entries.iter().for_each(|entry| collect(&entry.node, found)),
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    /// Encrypts into digits, so that everything can be decrypted.
    #[expect(clippy::unnecessary_wraps, reason = "`sealed` asks for it")]
    fn seal(plain: &Plain) -> Result<String, Diagnostic> {
        Ok(hex::encode(serde_json::to_vec(plain).unwrap()))
    }

    fn open(text: &str) -> Option<Plain> {
        serde_json::from_slice(&hex::decode(text).ok()?).ok()
    }

    fn there(text: &str) -> String {
        sealed(text, seal, open).unwrap()
    }

    #[test]
    fn sealed_and_opened_again_to_the_byte() {
        for text in [
            "values:\n  a: {fn::secret: hush} # why\n",
            "values:\n  a:\n    fn::secret: 'hu''sh'\n  b: 1\n",
            "values:\n  a:\n    fn::secret: |\n      hush\n      hush\n  # ü\n  b: {fn::secret: 5}\n",
            "values:\n  a:\n    fn::secret:\n      b: [1, 2]\n      c: d\n  e: f",
            "values:\n  a:\n    \"fn::secret\" : >-\n      hush\n\n\n  b: 1\n",
            "values:\n  a:\n    fn::secret:\n      - hush\n      - b\n  b: 1\n",
            "values: {a: [{fn::secret: ü}, {fn::secret: b}]}",
        ] {
            let kept = there(text);
            assert!(!kept.contains("hush"), "{kept}");
            assert_eq!(
                kept.matches("{ciphertext: ").count(),
                text.matches("fn::secret").count()
            );
            assert_eq!(opened(&kept, open).unwrap(), text);
            assert_eq!(there(&kept), kept, "what is sealed stays");
        }
    }

    #[test]
    fn a_secret_that_was_moved_is_written_where_it_is_now() {
        let kept = there("values:\n  a:\n    fn::secret: |\n      hush\n");
        let sealed = kept.split_once("ciphertext: ").unwrap().1.trim_end();
        let moved = format!("values: {{a: {{b: {{fn::secret: {{ciphertext: {sealed}}}}}}}");
        assert_snapshot!(opened(&moved, open).unwrap(), @r#"values: {a: {b: {fn::secret: "hush\n"}}}"#);
    }

    #[test]
    fn what_cannot_be_sealed_or_opened() {
        let foreign = "values: {a: {fn::secret: {ciphertext: xyz}}}";
        assert_snapshot!(sealed(foreign, seal, open).unwrap_err(), @"line 1: this ciphertext was not made by this cloud, or was changed");
        assert_eq!(opened(foreign, open), None);
        assert_snapshot!(sealed("values:\n  a: {fn::secret: }", seal, open).unwrap_err(), @"line 2: a secret must have a value");
        let same_column = "values:\n  a:\n    fn::secret:\n    - hush\n";
        assert_snapshot!(sealed(same_column, seal, open).unwrap_err(), @"a secret that is a list or an object must be indented, or written in one line");
    }
}
