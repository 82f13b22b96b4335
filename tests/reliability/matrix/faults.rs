//! What can go wrong with a request, and when.

use local_cloud::{StatusCode, Trouble};
use std::time::Duration;
use tonic::Code;

/// How far the cloud had got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nothing was carried out.
    Before,
    /// The request was carried out, and the answer was lost.
    After,
    /// The request was carried out, and the answer was incomplete or broken.
    Body,
}

/// What a fault means to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The next try may succeed.
    Passes,
    /// The cloud has refused, and the engine is told this.
    Refused(Code),
    /// It does not exist.
    Gone,
    /// Someone else was faster.
    Conflict,
    /// The answer is not from the cloud.
    Foreign,
    /// The answer is from the cloud, and does not have the expected form.
    Misshapen,
}

/// One row of the matrix.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) moment: Moment,
    pub(crate) meaning: Meaning,
    /// What the cloud is told to do; absent if there is no cloud at all.
    pub(crate) trouble: Option<Trouble>,
    /// Whether each try takes as long as it may.
    pub(crate) is_slow: bool,
}

impl Fault {
    /// Whether the cloud says that it did nothing.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.name.starts_with("429")
    }
}

impl Moment {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Moment::Before => "before it was done",
            Moment::After => "after it was done",
            Moment::Body => "in the answer",
        }
    }
}

/// Every fault at every moment at which it makes a difference, the slow ones last.
pub(crate) fn all() -> Vec<Fault> {
    use Meaning::{Conflict, Foreign, Gone, Misshapen, Passes, Refused};
    use Moment::{After, Before, Body};
    let html = "<html><body><h1>Bad Gateway</h1></body></html>";
    let fault = |name, moment, meaning, trouble| Fault {
        name,
        moment,
        meaning,
        trouble: Some(trouble),
        is_slow: false,
    };
    let slow = |name, moment, trouble| Fault {
        is_slow: true,
        ..fault(name, moment, Passes, trouble)
    };
    let nobody = Fault {
        name: "connection refused",
        moment: Before,
        meaning: Passes,
        trouble: None,
        is_slow: false,
    };
    vec![
        nobody,
        fault("429", Before, Passes, Trouble::status(429)),
        fault("429, `Retry-After` in seconds", Before, Passes, wait("0")),
        fault(
            "429, `Retry-After` as a date",
            Before,
            Passes,
            wait("Wed, 21 Oct 2015 07:28:00 GMT"),
        ),
        fault(
            "429, `Retry-After` unreadable",
            Before,
            Passes,
            wait("soon"),
        ),
        fault("500", Before, Passes, Trouble::status(500)),
        fault("500", After, Passes, replaced(500, None)),
        fault("502 with a page of HTML", Before, Passes, answer(502, html)),
        fault(
            "502 with a page of HTML",
            After,
            Passes,
            replaced(502, Some(html)),
        ),
        fault("503", Before, Passes, Trouble::status(503)),
        fault("503", After, Passes, replaced(503, None)),
        fault("connection reset", Before, Passes, Trouble::Reset),
        fault("connection reset", After, Passes, Trouble::AnswerLost),
        fault("cut off", Body, Passes, Trouble::Cut),
        fault("broken JSON", Body, Foreign, spoilt("{\"name\": \"")),
        fault("a page of HTML", Body, Foreign, spoilt(html)),
        fault(
            "JSON of another shape",
            Body,
            Misshapen,
            spoilt("{\"name\": 7}"),
        ),
        fault(
            "401",
            Before,
            Refused(Code::Unauthenticated),
            Trouble::status(401),
        ),
        fault(
            "403",
            Before,
            Refused(Code::PermissionDenied),
            Trouble::status(403),
        ),
        fault("404", Before, Gone, Trouble::status(404)),
        fault("409", Before, Conflict, Trouble::status(409)),
        slow(
            "no answer in time",
            Before,
            Trouble::Delay(Duration::from_hours(1)),
        ),
        slow("no answer in time", Body, Trouble::Stalled),
    ]
}

fn answer(code: u16, body: &str) -> Trouble {
    Trouble::Status {
        status: StatusCode::from_u16(code).expect("it is a status"),
        retry_after: None,
        body: Some(body.to_owned()),
    }
}

fn wait(retry_after: &str) -> Trouble {
    Trouble::Status {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some(retry_after.to_owned()),
        body: None,
    }
}

fn replaced(code: u16, body: Option<&str>) -> Trouble {
    Trouble::Replaced {
        status: Some(StatusCode::from_u16(code).expect("it is a status")),
        body: body.map(str::to_owned),
    }
}

fn spoilt(body: &str) -> Trouble {
    Trouble::Replaced {
        status: None,
        body: Some(body.to_owned()),
    }
}
