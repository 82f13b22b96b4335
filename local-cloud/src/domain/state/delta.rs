//! States that are sent as edits of the previous state.

use super::document::InvalidState;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// A part of the previous text, and its replacement.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Edit {
    span: Span,
    #[serde(default)]
    new_text: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

#[derive(Clone, Debug, Deserialize)]
struct Place {
    /// In bytes.
    #[serde(default)]
    offset: usize,
}

/// Applies edits, which are sorted and do not overlap, and verifies the SHA-256 of the result.
pub(crate) fn apply_delta(
    before: &str,
    edits: &[Edit],
    hash: &str,
) -> Result<String, InvalidState> {
    let mut after = String::with_capacity(before.len());
    let mut place = 0;
    for Edit { span, new_text } in edits {
        let kept = before.get(place..span.start.offset);
        after.push_str(kept.ok_or(InvalidState::Delta)?);
        after.push_str(new_text);
        if span.end.offset < span.start.offset {
            return Err(InvalidState::Delta);
        }
        place = span.end.offset;
    }
    after.push_str(before.get(place..).ok_or(InvalidState::Delta)?);
    if hex::encode(Sha256::digest(&after)) == hash {
        Ok(after)
    } else {
        Err(InvalidState::Hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(json: serde_json::Value) -> Vec<Edit> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn edits_are_applied_in_order() {
        let edits = edits(serde_json::json!([
            {"Span": {"start": {"offset": 1}, "end": {"offset": 3}}, "NewText": "XYZ"},
            {"Span": {"start": {"offset": 6}, "end": {"offset": 6}}, "NewText": "!"},
        ]));
        let hash = hex::encode(Sha256::digest("aXYZdef!"));
        assert_eq!(apply_delta("abcdef", &edits, &hash).unwrap(), "aXYZdef!");
        assert_eq!(
            apply_delta("abcdeg", &edits, &hash),
            Err(InvalidState::Hash)
        );
        assert_eq!(apply_delta("abc", &edits, &hash), Err(InvalidState::Delta));
    }

    #[test]
    fn edits_that_fit_nowhere() {
        for (start, end) in [(3, 1), (1, 9), (9, 9)] {
            let span = serde_json::json!({"start": {"offset": start}, "end": {"offset": end}});
            let edits = edits(serde_json::json!([{"Span": span, "NewText": ""}]));
            assert_eq!(apply_delta("abc", &edits, ""), Err(InvalidState::Delta));
        }
        let inside =
            edits(serde_json::json!([{"Span": {"start": {"offset": 1}, "end": {"offset": 1}}}]));
        assert_eq!(
            apply_delta("ä", &inside, ""),
            Err(InvalidState::Delta),
            "inside of a character"
        );
    }
}
