//! When a schedule starts deployments.

use super::error::ScheduleError;
use cronexpr::{Crontab, MakeTimestamp};
use jiff::Timestamp;

/// When a schedule starts deployments.
#[derive(Clone, Debug)]
pub(crate) enum Timing {
    /// Repeatedly.
    Cron(Cron),
    /// Once, at this time.
    Once(Timestamp),
}

/// A cron expression of five fields: minute, hour, day of the month, month, day of the week, in UTC.
#[derive(Clone, Debug)]
pub(crate) struct Cron {
    text: String,
    times: Crontab,
}

impl Timing {
    /// When it next starts a deployment after this time, if ever.
    pub(crate) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        match self {
            Timing::Cron(cron) => cron.next_after(moment),
            Timing::Once(time) => (*time > moment).then_some(*time),
        }
    }
}

impl Cron {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// It is invalid, or never matches any time.
    pub(crate) fn new(text: &str) -> Result<Cron, ScheduleError> {
        let failed = |problem: String| ScheduleError::Cron {
            given: text.to_owned(),
            problem,
        };
        if text.split_whitespace().count() != 5 {
            let fields = "minute, hour, day of the month, month, day of the week";
            return Err(failed(format!("does not have five fields: {fields}")));
        }
        let times = cronexpr::parse_crontab(&format!("{text} UTC"));
        let times = times.map_err(|_| failed("is not a cron expression".to_owned()))?;
        let cron = Cron {
            text: text.to_owned(),
            times,
        };
        match cron.next_after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(failed("never comes".to_owned())),
        }
    }

    /// The expression as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let next = self.times.find_next(MakeTimestamp(moment));
        next.ok().map(|time| time.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_in_utc_and_later() {
        let check = |cron: &str, from: &str, expected: &str| {
            let timing = Timing::Cron(Cron::new(cron).unwrap());
            let next = timing.next_after(from.parse().unwrap()).unwrap();
            assert_eq!(next.to_string(), expected, "{cron}");
        };
        check(
            "*/5 * * * *",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:05:00Z",
        );
        check("0 4 * * *", "2026-01-01T04:00:00Z", "2026-01-02T04:00:00Z");
        check("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z");
        check(
            "30 9 * * MON",
            "2026-01-01T00:00:00Z",
            "2026-01-05T09:30:00Z",
        );
        check("0 12 1 * 5", "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z");
    }

    #[test]
    fn once_is_once() {
        let time: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let timing = Timing::Once(time);
        assert_eq!(
            timing.next_after(time - jiff::SignedDuration::from_secs(1)),
            Some(time)
        );
        assert_eq!(timing.next_after(time), None);
    }

    #[test]
    fn what_is_no_expression_says_so() {
        let said = |text: &str| Cron::new(text).unwrap_err().to_string();
        insta::assert_snapshot!(said("* * * *"), @"`scheduleCron`: `* * * *` does not have five fields: minute, hour, day of the month, month, day of the week");
        insta::assert_snapshot!(said("@daily"), @"`scheduleCron`: `@daily` does not have five fields: minute, hour, day of the month, month, day of the week");
        insta::assert_snapshot!(said("61 * * * *"), @"`scheduleCron`: `61 * * * *` is not a cron expression");
        insta::assert_snapshot!(said("0 0 30 2 *"), @"`scheduleCron`: `0 0 30 2 *` never comes");
    }
}
