//! Times and durations in words.

use jiff::Timestamp;
use std::time::Duration;

/// The current time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// How long ago something was: `12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`; `now` for a time in the future.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    match seconds {
        ..1 => "now".to_owned(),
        1..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// How long something took: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`.
pub(crate) fn took(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// The time between two moments; zero if they are in the wrong order.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_the_length() {
        let then = Timestamp::UNIX_EPOCH;
        let after = |seconds: i64| ago(then, Timestamp::from_second(seconds).expect("a time"));
        let said = [0, 59, 61, 7200, 172_800].map(after);
        assert_eq!(
            said,
            ["now", "59 s ago", "1 min ago", "2 h ago", "2 days ago"]
        );
        let said = [400, 12_000, 185_000, 7_440_000].map(|ms| took(Duration::from_millis(ms)));
        assert_eq!(said, ["0.4 s", "12 s", "3 min 5 s", "2 h 4 min"]);
        assert_eq!(
            between(Timestamp::from_second(9).expect("a time"), then),
            Duration::ZERO
        );
    }
}
