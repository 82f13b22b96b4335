//! What must hold for any input: one function for each parser of untrusted bytes, which panics if it does not hold.
//!
//! The fuzz targets in `fuzz/` call these functions with inputs of libFuzzer. The tests below call them briefly with inputs
//! of proptest, and with every input in `fuzz/cases` that once failed.
//!
//! # What this may not do
//!
//! Be in a product: this is only compiled for tests and with the feature `fuzzing`.

#![expect(
    clippy::disallowed_types,
    reason = "the bytes that are to be read are those of a protobuf message"
)]

use crate::cloud::answers;
use crate::domain::{Scope, StackRef, WebhookId};
use crate::property::Value;
use crate::property::wire::{self, Outputs};
use prost::Message as _;
use prost_types::Struct;
use std::time::{Duration, UNIX_EPOCH};

/// Properties are decoded or rejected. Encoded again, decoded properties stay the same, and nothing unknown or secret
/// becomes known or plain.
pub fn property_codec(data: &[u8]) {
    let Ok(message) = Struct::decode(data) else {
        return;
    };
    let map = match wire::decode(Some(message)) {
        Ok(map) => map,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = wire::encode(map.clone(), Outputs::Keep);
    let again = wire::decode(Some(written.clone())).expect("what we write, we can read");
    // Bytes are compared, because NaN does not equal itself.
    assert_eq!(
        wire::encode(again, Outputs::Keep).encode_to_vec(),
        written.encode_to_vec()
    );
    let flat = wire::encode(map.clone(), Outputs::Flatten);
    let flat = wire::decode(Some(flat)).expect("what we write, we can read");
    for (name, value) in &map {
        let marks = |value: &Value| (value.has_unknown(), value.has_secret());
        assert_eq!(marks(&flat[name]), marks(value), "{name}");
    }
}

/// The ID of a webhook prints as it was written, and no part of it changes a path.
pub fn webhook_id(data: &[u8]) {
    let Ok(given) = str::from_utf8(data) else {
        return;
    };
    let Ok(id) = given.parse::<WebhookId>() else {
        return;
    };
    assert_eq!(id.to_string(), given);
    assert_eq!(given.parse(), Ok(id.clone()));
    let parts = match &id.scope {
        Scope::Organization { organization } => vec![organization],
        Scope::Stack {
            organization,
            project,
            stack: last,
        }
        | Scope::Environment {
            organization,
            project,
            environment: last,
        } => vec![organization, project, last],
    };
    for part in parts.into_iter().chain([&id.name]) {
        assert!(
            !matches!(part.as_str(), "" | "." | "..") && !part.contains('/'),
            "{given:?}"
        );
    }
}

/// A reference to a stack, after the organization and a line break, prints so that it parses to the same, and its names
/// have no meaning in a URL.
pub fn stack_ref(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (organization, given) = text.split_once('\n').unwrap_or(("acme", text));
    let stack = match StackRef::parse_in(organization, given) {
        Ok(stack) => stack,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for form in [stack.to_string(), stack.short()] {
        assert_eq!(
            StackRef::parse_in(organization, &form),
            Ok(stack.clone()),
            "{text:?}"
        );
    }
    for part in [stack.organization(), stack.project(), stack.stack()] {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        assert!(
            !matches!(part, "" | "." | "..") && part.chars().all(is_plain),
            "{text:?}"
        );
    }
}

/// A `Retry-After` header, after eight bytes with the time of its arrival, asks for a wait that does not grow with time.
pub fn retry_after(data: &[u8]) {
    let Some((moment, header)) = data.split_first_chunk() else {
        return;
    };
    let Ok(header) = str::from_utf8(header) else {
        return;
    };
    // Up to the last year of a date, and beyond.
    let now = UNIX_EPOCH + Duration::from_secs(u64::from_le_bytes(*moment) % (1 << 39));
    let Some(wait) = answers::retry_after(header, now) else {
        return;
    };
    let later = answers::retry_after(header, now + Duration::from_secs(1));
    assert!(later.expect("it is the same text") <= wait, "{header:?}");
    if let Ok(seconds) = header.trim().parse() {
        assert_eq!(wait, Duration::from_secs(seconds), "{header:?}");
    }
}

/// A quote of an answer is the cloud's own message, short, on one line and without invisible characters.
pub fn rest_error(data: &[u8]) {
    let quote = answers::message(data);
    assert!(quote.chars().count() <= 301, "{quote:?}");
    assert!(!quote.chars().any(char::is_control), "{quote:?}");
    assert!(
        quote.is_empty() || answers::may_be_the_clouds(data),
        "{quote:?}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};
    use std::path::Path;
    use std::time::Instant;

    /// How long proptest tests each parser.
    const MOMENT: Duration = Duration::from_millis(500);

    /// Calls `target` with the stored inputs of this name, then briefly with inputs of `strategy`.
    fn smoke(name: &str, target: fn(&[u8]), strategy: impl Strategy<Value = Vec<u8>>) {
        for case in kept(name) {
            target(&case);
        }
        let end = Instant::now() + MOMENT;
        // A failing input is printed, and belongs in `fuzz/cases`, where libFuzzer also finds it.
        let mut runner = TestRunner::new(Config {
            failure_persistence: None,
            ..Config::default()
        });
        while Instant::now() < end {
            let all = runner.run(&strategy, |input| {
                target(&input);
                Ok(())
            });
            all.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        }
    }

    /// The inputs that once failed, and libFuzzer's initial inputs.
    fn kept(name: &str) -> Vec<Vec<u8>> {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let folders = ["cases", "seeds"].map(|kind| fuzz.join(kind).join(name));
        let files = folders.iter().flat_map(std::fs::read_dir).flatten();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    /// Texts made of meaningful words, similar ones, and arbitrary characters.
    fn text(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            4 => prop::sample::select(words).prop_map(str::to_owned),
            1 => "\\PC{0,3}",
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(word, 0..10).prop_map(|words| words.concat().into_bytes())
    }

    /// Messages, some with modified bytes.
    fn messages() -> impl Strategy<Value = Vec<u8>> {
        let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
        (crate::property::wire::tests::hostile_message(), changes).prop_map(
            |(mut bytes, changes)| {
                for (index, byte) in changes {
                    if !bytes.is_empty() {
                        let place = index.index(bytes.len());
                        bytes[place] = byte;
                    }
                }
                bytes
            },
        )
    }

    /// Lines, some of which are entries of a journal.
    fn journals() -> impl Strategy<Value = Vec<u8>> {
        let line = prop::collection::vec(0..=9_u8, 6..=6);
        prop::collection::vec(line, 0..20).prop_map(|lines| {
            let mut journal = b"{\"version\":3,\"deployment\":{\"resources\":[{\"urn\":\"urn:pulumi:s::p::t::0\",\"type\":\"t\"}]}}".to_vec();
            for line in lines {
                journal.push(b'\n');
                journal.extend(line.iter().map(|digit| digit + b'0'));
            }
            journal
        })
    }

    #[test]
    fn the_property_codec_takes_any_bytes() {
        smoke("property_codec", property_codec, messages());
        smoke("property_codec", property_codec, any::<Vec<u8>>());
    }

    #[test]
    fn webhook_ids_take_any_bytes() {
        let words = &[
            "acme",
            "/",
            "//",
            "environment",
            "/..",
            "/./",
            "%2e",
            "?",
            "#",
            " ",
        ];
        smoke("webhook_id", webhook_id, text(words));
    }

    #[test]
    fn stack_references_take_any_bytes() {
        let words = &[
            "acme", "\n", "/", "//", "..", ".", "%2F", "?", "-", "_", " ",
        ];
        smoke("stack_ref", stack_ref, text(words));
    }

    #[test]
    fn the_wait_that_a_cloud_asks_for_takes_any_bytes() {
        let words = &[
            "0",
            "1",
            "59",
            "60",
            "2026",
            "Sun",
            "Sunday",
            ", ",
            "Nov",
            " ",
            ":",
            "GMT",
            "-",
            "+",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ];
        let headers = (any::<[u8; 8]>(), text(words));
        let data = headers.prop_map(|(moment, header)| [moment.to_vec(), header].concat());
        smoke("retry_after", retry_after, data);
    }

    #[test]
    fn refusals_take_any_bytes() {
        let words = &[
            "{",
            "}",
            "\"message\"",
            ":",
            "\"",
            "\\u0000",
            "\\n",
            ",",
            "\"code\"",
            "404",
            "null",
            "<html>",
            " ",
        ];
        smoke("rest_error", rest_error, text(words));
        let message = any::<String>().prop_map(|said| {
            serde_json::json!({"code": 400, "message": said.repeat(20)})
                .to_string()
                .into_bytes()
        });
        smoke("rest_error", rest_error, message);
    }

    #[test]
    fn the_local_clouds_journal_takes_any_bytes() {
        use local_cloud::fuzzing::journal_replay;
        smoke("journal_replay", journal_replay, journals());
        let words = &[
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\n",
            "\"version\"",
            "1",
            "3",
            "\"kind\"",
            "\"state\"",
            "\"deployment\"",
            "\"resources\"",
            "\"sequenceID\"",
            "{}",
            "[]",
            "null",
            "\"urn\"",
        ];
        smoke("journal_replay", journal_replay, text(words));
    }
}
