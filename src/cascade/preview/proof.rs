//! Whether a preview read what the others predicted.
//!
//! # What this may not do
//!
//! Trust a preview because of its place in the order: only what it read counts.

use super::events::Read;
use super::outputs::{Output, Outputs};
use crate::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};

/// The first version of the CLI whose previews read predicted outputs in a coherence window.
pub const FIRST_CLI: (u64, u64) = (3, 269);

/// How the values that were read from a stack compare with those that its preview predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    /// Every output is the same.
    Same,
    /// Every comparable output is the same, and some cannot be compared.
    Unsure,
    /// An output differs.
    Different,
}

/// The stacks from which `reads` has outdated values. `predicted` are the outputs that other previews predicted, and `cli`
/// is the version of the CLI that read them.
pub fn old_values<'a>(
    reader: &StackRef,
    reads: &[Read],
    predicted: &'a BTreeMap<StackRef, Outputs>,
    cli: Option<&str>,
) -> BTreeSet<&'a StackRef> {
    let of_read = |read: &Read| {
        let stack = read.stack(reader)?;
        let (stack, predicted) = predicted.get_key_value(&stack)?;
        let is_old = match agreement(read.outputs.as_ref(), predicted) {
            Agreement::Same => false,
            Agreement::Unsure => !reads_in_windows(cli),
            Agreement::Different => true,
        };
        (is_old && stack != reader).then_some(stack)
    };
    reads.iter().filter_map(of_read).collect()
}

/// Whether this version of the CLI reads in a coherence window. One that does not report its version is not trusted to.
fn reads_in_windows(cli: Option<&str>) -> bool {
    let version = cli.unwrap_or_default().trim_start_matches('v');
    let mut parts = version.split(['.', '-', '+']).map(str::parse::<u64>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= FIRST_CLI,
        _ => false,
    }
}

fn agreement(read: Option<&Outputs>, predicted: &Outputs) -> Agreement {
    let Some(read) = read else {
        return Agreement::Unsure;
    };
    let names: BTreeSet<&String> = read.keys().chain(predicted.keys()).collect();
    let of = |name: &String| of_one(read.get(name), predicted.get(name));
    names.into_iter().map(of).max().unwrap_or(Agreement::Same)
}

fn of_one(read: Option<&Output>, predicted: Option<&Output>) -> Agreement {
    let null = Output::Known(serde_json::Value::Null);
    match (read.unwrap_or(&null), predicted.unwrap_or(&null)) {
        (Output::Known(read), Output::Known(predicted)) if read == predicted => Agreement::Same,
        // An unknown secret may be reported as either.
        (Output::Secret | Output::Unknown, Output::Secret | Output::Unknown) => Agreement::Unsure,
        _ => Agreement::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::stack;
    use super::*;
    use serde_json::{Value, json};

    const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    fn outputs(value: Value) -> Outputs {
        Output::all(value.as_object().expect("it is an object"))
    }

    #[track_caller]
    fn check(read: Option<Value>, predicted: Value, [newest, oldest]: [bool; 2]) {
        let reads = [Read {
            name: "acme/network/prod".to_owned(),
            outputs: read.map(outputs),
        }];
        let predicted = BTreeMap::from([(stack("network"), outputs(predicted))]);
        let is_old = |cli| !old_values(&stack("app"), &reads, &predicted, cli).is_empty();
        assert_eq!(
            [is_old(Some("v3.276.0")), is_old(Some("3.200.0"))],
            [newest, oldest]
        );
        assert_eq!(is_old(None), oldest);
        assert!(old_values(&stack("network"), &reads, &predicted, None).is_empty());
    }

    #[test]
    fn what_can_be_compared_decides_and_otherwise_the_version_of_the_cli() {
        let secret = "[secret]";
        check(Some(json!({"a": 1})), json!({"a": 1}), [false, false]);
        check(Some(json!({"a": 1})), json!({"a": 2}), [true, true]);
        check(
            Some(json!({"a": 1})),
            json!({"a": 1, "new": 1}),
            [true, true],
        );
        check(
            Some(json!({"a": 1, "gone": 1})),
            json!({"a": 1}),
            [true, true],
        );
        check(Some(json!({"a": null})), json!({}), [false, false]);
        check(Some(json!({"a": 1})), json!({"a": UNKNOWN}), [true, true]);
        check(
            Some(json!({"a": UNKNOWN})),
            json!({"a": UNKNOWN}),
            [false, true],
        );
        check(
            Some(json!({"a": secret})),
            json!({"a": secret}),
            [false, true],
        );
        check(
            Some(json!({"a": secret, "b": 1})),
            json!({"a": secret, "b": 2}),
            [true, true],
        );
        check(Some(json!({"a": 1})), json!({"a": secret}), [true, true]);
        check(None, json!({"a": 1}), [false, true]);
    }

    #[test]
    fn versions_are_numbers() {
        for (cli, expected) in [
            ("v3.269.0", true),
            ("3.269.0-alpha.1", true),
            ("v4.0.0", true),
            ("v3.268.9", false),
            ("v3.27.0", false),
            ("dev", false),
            ("", false),
        ] {
            assert_eq!(reads_in_windows(Some(cli)), expected, "{cli}");
        }
    }
}
