//! The bodies of schedules.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::deployment::Operation;
use crate::cloud::schedule::{Schedule, ScheduleSpec, Timing};
use crate::cloud::wire::deployment::NewDeployment;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The body that creates or changes a schedule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct ScheduleBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_cron: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_once: Option<String>,
    request: NewDeployment,
}

impl ScheduleBody {
    pub(in crate::cloud) fn of(spec: &ScheduleSpec) -> ScheduleBody {
        let (cron, once) = match &spec.timing {
            Timing::Cron(cron) => (Some(cron.clone()), None),
            Timing::Once(time) => (None, Some(time.to_string())),
        };
        ScheduleBody {
            schedule_cron: cron,
            schedule_once: once,
            request: NewDeployment {
                operation: spec.operation.as_str(),
                inherit_settings: true,
            },
        }
    }
}

/// The schedules of a stack.
#[derive(Deserialize)]
pub(in crate::cloud) struct ScheduleList {
    pub(in crate::cloud) schedules: Option<Vec<ScheduleAnswer>>,
}

/// A schedule. For schedules that detect drift or delete the stack, the request also names the operation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct ScheduleAnswer {
    id: String,
    #[serde(default)]
    schedule_cron: Option<String>,
    #[serde(default)]
    schedule_once: Option<String>,
    #[serde(default)]
    definition: Definition,
}

#[derive(Default, Deserialize)]
struct Definition {
    #[serde(default)]
    request: Request,
}

#[derive(Default, Deserialize)]
struct Request {
    #[serde(default)]
    operation: String,
}

impl From<ScheduleAnswer> for Schedule {
    fn from(answer: ScheduleAnswer) -> Schedule {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let cron = given(answer.schedule_cron).map(Timing::Cron);
        let once = given(answer.schedule_once).and_then(|text| time(&text));
        Schedule {
            id: answer.id,
            timing: cron.or(once.map(Timing::Once)),
            operation: Operation::from_word(&answer.definition.request.operation),
        }
    }
}

/// A time of a schedule, which has no time zone.
fn time(text: &str) -> Option<Timestamp> {
    let with_zone = text.parse().ok();
    with_zone.or_else(|| {
        let time: DateTime = text.parse().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(answer: serde_json::Value) -> Schedule {
        let answer: ScheduleAnswer = serde_json::from_value(answer).expect("it has the form");
        answer.into()
    }

    #[test]
    fn a_schedule_is_read_with_its_time_and_what_it_does() {
        let request = json!({"operation": "update", "inheritSettings": true});
        let cron = json!({
            "id": "a", "scheduleCron": "0 4 * * *", "scheduleOnce": "", "definition": {"request": request},
        });
        let expected = Schedule {
            id: "a".to_owned(),
            timing: Some(Timing::Cron("0 4 * * *".to_owned())),
            operation: Operation::Update,
        };
        assert_eq!(read(cron), expected);
        let at: Timestamp = "2026-12-31T23:59:00Z".parse().expect("it is a time");
        for once in ["2026-12-31 23:59:00.000", "2026-12-31T23:59:00Z"] {
            let read = read(json!({"id": "b", "scheduleOnce": once}));
            assert_eq!(read.timing, Some(Timing::Once(at)), "{once}");
            assert_eq!(read.operation, Operation::Other);
        }
        assert_eq!(
            read(json!({"id": "c", "scheduleOnce": "soon"})).timing,
            None
        );
    }
}
