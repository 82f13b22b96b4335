//! Formats times, addresses and the engine's messages for users.

use crate::domain::webhooks::Format;
use jiff::{SignedDuration, Timestamp, Unit};
use url::Url;

/// Replaces what is not shown.
const HIDDEN: &str = "…";

/// Headers whose values give access, or are derived from a secret.
const SECRET_HEADERS: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "pulumi-webhook-signature",
    "www-authenticate",
];

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// In a machine-readable form.
    pub(super) iso: String,
    /// To the second, in UTC.
    pub(super) full: String,
    /// How long ago it was.
    pub(super) ago: String,
}

impl Time {
    /// The time this many seconds after 1970.
    pub(super) fn of_seconds(seconds: i64, now: Timestamp) -> Time {
        Time::of(Timestamp::from_second(seconds).unwrap_or_default(), now)
    }

    /// The time this many milliseconds after 1970.
    pub(super) fn of_ms(ms: i64, now: Timestamp) -> Time {
        Time::of(Timestamp::from_millisecond(ms).unwrap_or_default(), now)
    }

    fn of(moment: Timestamp, now: Timestamp) -> Time {
        let moment = moment.round(Unit::Second).unwrap_or(moment);
        Time {
            iso: moment.to_string(),
            full: moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            ago: ago(now.duration_since(moment)),
        }
    }
}

fn ago(past: SignedDuration) -> String {
    let seconds = past.as_secs();
    match seconds {
        i64::MIN..1 => "now".to_owned(),
        1..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// A duration in words.
pub(super) fn took(ms: i64) -> String {
    match ms.max(0) {
        ms @ 0..1000 => format!("{ms} ms"),
        ms @ 1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        ms @ 60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
        ms => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// A duration between times in whole seconds.
pub(super) fn took_seconds(seconds: i64) -> String {
    match seconds.max(0) {
        0 => "less than 1 s".to_owned(),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds => took(seconds.saturating_mul(1000)),
    }
}

/// A number of things, in words.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

/// An address without what may give access: credentials, the query, the fragment. In addresses of Slack and Microsoft
/// Teams, the path gives access too.
pub(super) fn shown_url(given: &str, format: Format) -> String {
    let Ok(url) = Url::parse(given) else {
        // `project/stack`, or something that cannot be called.
        let end = given.find(['?', '#']).unwrap_or(given.len());
        return given[..end].to_owned();
    };
    let origin = url.origin().ascii_serialization();
    match format {
        Format::Slack | Format::MsTeams => format!("{origin}/{HIDDEN}"),
        Format::Raw | Format::PulumiDeployments => {
            let query = if url.query().is_some() {
                format!("?{HIDDEN}")
            } else {
                String::new()
            };
            format!("{origin}{}{query}", url.path())
        }
    }
}

/// Headers, one per line, without values that are secret or derived from a secret.
pub(super) fn shown_headers(headers: &str) -> String {
    let lines = headers.lines().map(|line| match line.split_once(':') {
        Some((name, _)) if SECRET_HEADERS.contains(&name.trim().to_ascii_lowercase().as_str()) => {
            format!("{name}: {HIDDEN}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// JSON with one line per member; any other text is unchanged.
pub(super) fn pretty(text: &str) -> String {
    let json: Result<serde_json::Value, _> = serde_json::from_str(text);
    json.ok()
        .and_then(|json| serde_json::to_string_pretty(&json).ok())
        .unwrap_or_else(|| text.to_owned())
}

/// A message of the engine without its colour marks (`<{%bold%}>`) and those of terminals.
pub(super) fn plain(marked: &str) -> String {
    let mut plain = String::with_capacity(marked.len());
    let mut rest = marked;
    while let Some(start) = rest.find("<{%") {
        let Some(length) = rest[start..].find("%}>") else {
            break;
        };
        plain.push_str(&rest[..start]);
        rest = &rest[start + length + 3..];
    }
    plain.push_str(rest);
    without_escapes(&plain)
}

/// Text without the escape sequences of terminals.
pub(super) fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        let sequence = &rest[start + 2..];
        let end = sequence.find(|c: char| ('@'..='~').contains(&c));
        rest = end.map_or("", |end| &sequence[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

/// At most `n` characters, followed by a sign if something was cut.
pub(super) fn shortened(text: &str, n: usize) -> String {
    if text.chars().count() <= n {
        return text.to_owned();
    }
    let kept: String = text.chars().take(n.saturating_sub(1)).collect();
    kept + HIDDEN
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn times() {
        let now = Timestamp::from_second(1_767_225_600).unwrap();
        let ago = |seconds: i64| Time::of_seconds(1_767_225_600 - seconds, now).ago;
        assert_eq!(
            [-5, 0, 1, 59, 60, 3599, 3600, 86_400 * 3].map(ago),
            [
                "now",
                "now",
                "1 s ago",
                "59 s ago",
                "1 min ago",
                "59 min ago",
                "1 h ago",
                "3 d ago"
            ]
        );
        let time = Time::of_ms(1_767_225_600_000, now);
        assert_eq!(
            (time.iso.as_str(), time.full.as_str()),
            ("2026-01-01T00:00:00Z", "2026-01-01 00:00:00 UTC")
        );
        assert_eq!(
            [0, 999, 1000, 59_999, 61_000, 3_660_000].map(took),
            [
                "0 ms",
                "999 ms",
                "1.0 s",
                "59.9 s",
                "1 min 1 s",
                "1 h 1 min"
            ]
        );
        assert_eq!(
            [-1, 0, 1, 59, 61].map(took_seconds),
            ["less than 1 s", "less than 1 s", "1 s", "59 s", "1 min 1 s"]
        );
    }

    #[test]
    fn addresses_hide_what_lets_in() {
        let raw = |url| shown_url(url, Format::Raw);
        assert_snapshot!(raw("https://user:word@ci.test:8443/hook?key=1#x"), @"https://ci.test:8443/hook?…");
        assert_snapshot!(raw("http://127.0.0.1:9/x"), @"http://127.0.0.1:9/x");
        assert_snapshot!(shown_url("https://hooks.slack.com/services/T/B/x", Format::Slack), @"https://hooks.slack.com/…");
        assert_snapshot!(shown_url("https://x.webhook.office.com/a?b", Format::MsTeams), @"https://x.webhook.office.com/…");
        assert_snapshot!(shown_url("web/dev", Format::PulumiDeployments), @"web/dev");
        assert_snapshot!(raw("/api?token=1"), @"/api");
    }

    #[test]
    fn headers_hide_what_lets_in() {
        let headers = "Content-Type: application/json\r\nPulumi-Webhook-Signature: abc\r\nset-cookie: a=b\r\n";
        assert_snapshot!(shown_headers(headers), @r"
        Content-Type: application/json
        Pulumi-Webhook-Signature: …
        set-cookie: …
        ");
    }

    #[test]
    fn marks_for_colors_go() {
        assert_snapshot!(plain("<{%bold%}>error<{%reset%}>: <{%fg 1%}>no\u{1b}[31m<{%"), @"error: no<{%");
        assert_snapshot!(without_escapes("\u{1b}[1;31mred\u{1b}[0m and \u{1b}[3"), @"red and ");
    }
}
