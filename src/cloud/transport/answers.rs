//! What a failed answer says: how long to wait, and the cloud's message.
//!
//! Answers come from the cloud or from anything between it and us, so everything here accepts any bytes.
//!
//! # What this may not do
//!
//! Do I/O or read the clock. Return anything but the cloud's own message, short and on one line.

use serde::Deserialize;
use std::time::{Duration, SystemTime};

/// The longest message of the cloud that is quoted, in characters.
const MAX_QUOTE: usize = 300;

/// The body of an error.
#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// The wait in a `Retry-After` header: seconds, or a date in one of HTTP's three forms, relative to `now`.
///
/// A date in the past means no wait. `None` if the text is neither.
pub fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let text = header.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits still means a very long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// The cloud's own message in the body of an error. Anything else, such as a proxy's page, is ignored.
pub fn message(body: &[u8]) -> String {
    let said = serde_json::from_slice::<Refusal>(body)
        .map(|refusal| refusal.message)
        .unwrap_or_default();
    let plain: String = said.chars().filter(|c| !c.is_control()).collect();
    let plain = plain.trim().trim_end_matches('.');
    let mut quote: String = plain.chars().take(MAX_QUOTE).collect();
    if plain.chars().nth(MAX_QUOTE).is_some() {
        quote.push('…');
    }
    quote
}

/// Whether the body can be one of the cloud's: JSON, or empty.
///
/// A page or a line of text comes from something in between, or from another server.
pub fn may_be_the_clouds(body: &[u8]) -> bool {
    let text = body.trim_ascii();
    text.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::UNIX_EPOCH;

    /// Sunday, 6 November 1994, 08:49:37.
    const NOW: u64 = 784_111_777;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        let cases = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun Nov  6 08:50:07 1994", Some(30)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("+5", None),
            ("soon", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("٣", None),
        ];
        for (header, seconds) in cases {
            assert_eq!(
                retry_after(header, now),
                seconds.map(Duration::from_secs),
                "{header:?}"
            );
        }
    }

    #[test]
    fn only_the_clouds_own_words_are_quoted() {
        let said = |body: &str| message(body.as_bytes());
        assert_eq!(
            said(r#"{"code": 400, "message": "Bad Request: no. "}"#),
            "Bad Request: no"
        );
        assert_eq!(said(r#"{"message": "a\nb\u001b[31mc\u0000"}"#), "ab[31mc");
        for other in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"message": 7}"#,
            "<html>token pul-1</html>",
            "no such page",
        ] {
            assert_eq!(said(other), "", "{other}");
        }
        let long = said(&format!(r#"{{"message": "{}"}}"#, "ä".repeat(10_000)));
        assert_eq!(long, format!("{}…", "ä".repeat(MAX_QUOTE)));
    }

    #[test]
    fn pages_and_plain_text_are_not_the_clouds() {
        for body in ["", " \n", "{}", r#"{"code": 404}"#, "[]", "null"] {
            assert!(may_be_the_clouds(body.as_bytes()), "{body}");
        }
        for body in ["<html></html>", "404 page not found", "{", "\u{0}", "{} {}"] {
            assert!(!may_be_the_clouds(body.as_bytes()), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>, seconds in 0..u64::from(u32::MAX)) {
            let now = UNIX_EPOCH + Duration::from_secs(seconds);
            retry_after(&String::from_utf8_lossy(&bytes), now);
            may_be_the_clouds(&bytes);
            prop_assert!(message(&bytes).chars().count() <= MAX_QUOTE + 1);
        }

        #[test]
        fn what_it_asks_for_is_what_is_waited(seconds in 0..100_000_u64, now in NOW..NOW + 100_000) {
            let now = UNIX_EPOCH + Duration::from_secs(now);
            let wait = Duration::from_secs(seconds);
            prop_assert_eq!(retry_after(&seconds.to_string(), now), Some(wait));
            prop_assert_eq!(retry_after(&httpdate::fmt_http_date(now + wait), now), Some(wait));
        }
    }
}
