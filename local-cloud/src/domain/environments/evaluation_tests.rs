//! The evaluation of environments.

use super::super::definition;
use super::*;
use insta::assert_snapshot;
use serde_json::{Value as Json, json};

/// A value without its places; a secret becomes an object.
fn plain(value: &Value) -> Json {
    let data = match &value.data {
        Data::Null => Json::Null,
        Data::Boolean(truth) => (*truth).into(),
        Data::Number(number) => number.clone().into(),
        Data::Text(text) => text.as_str().into(),
        Data::List(items) => items.iter().map(plain).collect(),
        Data::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), plain(member)))
            .collect(),
    };
    match (value.is_unknown, value.is_secret) {
        (true, _) => "unknown".into(),
        (false, true) => json!({ "secret": data }),
        (false, false) => data,
    }
}

fn evaluated(text: &str, imports: &[(&str, &str)], is_opened: bool) -> Result<Json, String> {
    let of = |text: &str| definition::read(text).unwrap();
    let world = imports.iter().map(|(name, text)| {
        let reference = of(&format!("imports: [{name}]"))
            .imports
            .remove(0)
            .reference;
        (reference, of(text))
    });
    let open = |sealed: &str| {
        (sealed == "sealed").then(|| Plain {
            value: "opened".into(),
            source: None,
        })
    };
    let value = evaluate("p/self", &of(text), &world.collect(), &open, is_opened);
    let value = value.map_err(|diagnostics| {
        let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
        lines.join("\n")
    });
    value.map(|value| plain(&value))
}

fn opened(text: &str) -> Json {
    evaluated(text, &[], true).unwrap()
}

fn refused(text: &str) -> String {
    evaluated(text, &[], true).unwrap_err()
}

#[test]
fn plain_values_and_secrets() {
    assert_eq!(opened(""), json!({}));
    assert_eq!(
        opened(
            "values: {a: 1, b: [x, true, ~], c: {d: {fn::secret: hush}, e: {fn::secret: {ciphertext: sealed}}}}"
        ),
        json!({"a": 1, "b": ["x", true, null], "c": {"d": {"secret": "hush"}, "e": {"secret": "opened"}}})
    );
}

#[test]
fn references_within_an_environment() {
    let text = "values:\n  net: {ids: [x, y], port: 80}\n  s: {fn::secret: hush}\n  \
        all: ${net}\n  one: ${net.ids[1]}\n  url: http://h:${net.port}/${s}\n  chain: ${all.ids[0]}\n  raw: $${net}\n";
    assert_eq!(
        opened(text),
        json!({
            "net": {"ids": ["x", "y"], "port": 80}, "s": {"secret": "hush"}, "all": {"ids": ["x", "y"], "port": 80},
            "one": "y", "url": {"secret": "http://h:80/hush"}, "chain": "x", "raw": "${net}",
        })
    );
}

#[test]
fn imports_come_one_over_the_other_and_own_values_over_them() {
    let imports = [
        ("base", "values: {a: {x: 1, y: 1}, b: 1, c: '${b}'}"),
        ("p/top@2", "imports: [base]\nvalues: {a: {y: 2}, b: 2}"),
        ("apart", "values: {z: 1}"),
    ];
    let text = "imports: [base, p/top@2, apart: {merge: false}]\nvalues: {a: {z: 3}, seen: '${a}', b2: '${b}'}";
    assert_eq!(
        evaluated(text, &imports, true).unwrap(),
        json!({"a": {"x": 1, "y": 2, "z": 3}, "b": 2, "c": 1, "seen": {"x": 1, "y": 2, "z": 3}, "b2": 2})
    );
}

#[test]
fn what_only_pulumi_cloud_could_tell() {
    let text = "values:\n  a: {fn::open::aws-login: {oidc: {}}}\n  b: x${a.key}\n  c: ${context.pulumi.user}\n";
    assert_eq!(
        evaluated(text, &[], false).unwrap(),
        json!({"a": "unknown", "b": "unknown", "c": "unknown"})
    );
    assert_snapshot!(refused(text), @r"
    p/self: line 2: a local cloud does not evaluate `fn::open::aws-login`: write the value itself
    p/self: line 4: a local cloud does not evaluate `${context…}`: write the value itself
    ");
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    assert_snapshot!(refused("imports: [p/b]\nvalues: {}"), @"p/self: line 1: environment `p/b` does not exist");
    assert_snapshot!(refused("values: {a: '${b}'}"), @"p/self: line 1: there is no such value");
    assert_snapshot!(refused("values: {a: '${b.c}', b: 1}"), @"p/self: line 1: there is no such value");
    assert_snapshot!(refused("values: {a: 'x${b}', b: []}"), @"p/self: line 1: `x${b}` cannot have a list or an object in it");
    assert_snapshot!(refused("values: {a: {fn::secret: {ciphertext: other}}}"), @"p/self: line 1: this ciphertext was not made by this cloud, or was changed");
    let in_import = evaluated("imports: [p/b]", &[("p/b", "values:\n  a: ${b}")], true);
    assert_snapshot!(in_import.unwrap_err(), @"p/b: line 2: there is no such value");
}

#[test]
fn cycles_end() {
    assert!(refused("values: {a: '${b}', b: '${a}'}").contains("the value refers to itself"));
    let cycle = [("p/a", "imports: [p/b]"), ("p/b", "imports: [p/a]")];
    let said = evaluated("imports: [p/a]", &cycle, true).unwrap_err();
    assert_snapshot!(said, @"p/b: line 1: `p/a` imports itself");
}

#[test]
fn a_few_references_cannot_stand_for_any_amount_of_text() {
    let lines: Vec<_> = (0..40)
        .map(|n| format!("a{n}: '${{a{0}}}${{a{0}}}'", n + 1))
        .collect();
    let text = format!("values:\n  {}\n  a40: xxxx", lines.join("\n  "));
    assert!(refused(&text).contains("the environment is too large"));
}
