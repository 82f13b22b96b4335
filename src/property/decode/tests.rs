use super::*;
use crate::property::Output;

fn map<const N: usize>(properties: [(&str, Value); N]) -> Map {
    properties
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

#[test]
fn reads_every_form_of_a_value() {
    let output = |value: Option<Value>, secret| {
        Value::Output(Output {
            value: value.map(Box::new),
            secret,
            dependencies: BTreeSet::from(["urn".to_owned()]),
        })
    };
    let depends = BTreeSet::from(["urn".to_owned()]);
    let none = BTreeSet::new();
    let cases = [
        (Value::from("x"), Some("x"), false, &none),
        (Value::from("x").into_secret(), Some("x"), true, &none),
        (Value::UNKNOWN, None, false, &none),
        (Value::UNKNOWN.into_secret(), None, true, &none),
        (output(Some("x".into()), false), Some("x"), false, &depends),
        (output(Some("x".into()), true), Some("x"), true, &depends),
        (
            output(Some(Value::from("x").into_secret()), false),
            Some("x"),
            true,
            &depends,
        ),
        (output(None, true), None, true, &depends),
    ];
    for (given, value, secret, dependencies) in cases {
        let map = map([("p", given.clone())]);
        let mut fields = Fields::of(&map);
        let input: Input<String> = fields.required("p");
        assert_eq!(input.now().map(String::as_str), value, "{given:?}");
        assert_eq!(
            (input.secret, &input.dependencies),
            (secret, dependencies),
            "{given:?}"
        );
        assert_eq!(fields.finish(), []);
    }
}

#[test]
fn digits_are_a_text_and_a_number_that_has_lost_its_text_is_to_be_quoted() {
    let map = map([
        ("stack", Value::Number(42.0)),
        ("key", Value::Number(123_456.0).into_secret()),
        ("half", Value::Number(0.5)),
        ("long", Value::Number(1e20).into_secret()),
        ("flag", true.into()),
        ("hidden", Value::from(true).into_secret()),
    ]);
    let mut fields = Fields::of(&map);
    let read = ["stack", "key", "half", "long", "flag", "hidden"]
        .map(|name| fields.required::<String>(name).now().cloned());
    assert_eq!(
        read.map(Option::unwrap_or_default),
        ["42", "123456", "", "", "", ""]
    );
    let failures = fields.finish();
    let said: Vec<_> = failures
        .iter()
        .map(|failure| format!("{}: {}", failure.path, failure.reason))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    half: must be a string, but is a number that may have been written differently: put it in quotes
    long: must be a string, but is a number that may have been written differently: put it in quotes
    flag: must be a string, but is a boolean: put it in quotes
    hidden: has an invalid value, which is not shown because it is a secret
    ");
}

#[test]
fn null_reads_as_absent() {
    for absent in [
        map([]),
        map([("p", Value::Null)]),
        map([("p", Value::Null.into_secret())]),
    ] {
        let mut fields = Fields::of(&absent);
        assert_eq!(fields.optional::<String>("p"), None);
        assert_eq!(fields.list::<String>("p"), None);
        assert_eq!(fields.finish(), []);
    }
}

#[test]
fn a_map_of_lists_is_read_list_by_list() {
    let lists = Value::Object(map([
        ("a", Value::Array(vec!["x".into(), Value::UNKNOWN])),
        ("b", Value::UNKNOWN),
        ("none", Value::Null),
        ("p/q.r", Value::Array(vec![true.into()])),
        ("text", "x".into()),
    ]));
    let map = map([
        ("m", lists),
        ("odd", true.into()),
        ("later", Value::UNKNOWN),
    ]);
    let mut fields = Fields::of(&map);
    let read = fields.list_map::<String>("m").expect("it is there");
    let read = read.now().expect("it is known");
    let lengths: Vec<_> = read.values().map(|list| list.now().map(Vec::len)).collect();
    assert_eq!(lengths, [Some(2), None, Some(0), Some(1), None]);
    assert!(fields.list_map::<String>("odd").is_some());
    let later = fields.list_map::<String>("later").expect("it is there");
    assert_eq!(later.value, Known::Later);
    assert_eq!(fields.list_map::<String>("absent"), None);
    let failures = fields.finish();
    let said: Vec<_> = failures
        .iter()
        .map(|failure| format!("{}: {}", failure.path, failure.reason))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    m["p/q.r"][0]: must be a string, but is a boolean: put it in quotes
    m.text: must be a list, but is a string
    odd: must be a map of lists, but is a boolean
    "#);
}

#[test]
fn reports_everything_at_once_and_by_path() {
    let map = map([
        ("flag", "yes".into()),
        (
            "list",
            Value::Array(vec!["a".into(), Value::Null, Value::UNKNOWN, true.into()]),
        ),
        ("whole", "a".into()),
        ("mispelt", "a".into()),
        (
            "hidden",
            Value::Array(vec![true.into(), Value::from("a").into_secret()]),
        ),
        ("deep", Value::Array(vec![true.into()]).into_secret()),
        ("__defaults", Value::Array(vec![])),
    ]);
    let mut fields = Fields::of(&map);
    assert_eq!(
        fields.optional::<bool>("flag").map(|input| input.value),
        Some(Known::Later)
    );
    let list = fields.list::<String>("list").expect("it is there");
    assert_eq!(list.now().map(Vec::len), Some(4));
    fields.list::<String>("whole");
    fields.list::<bool>("hidden");
    fields.list::<String>("deep");
    fields.required::<String>("missing");
    let failures = fields.finish();
    let said: Vec<_> = failures
        .iter()
        .map(|failure| format!("{}: {}", failure.path, failure.reason))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    flag: must be `true` or `false`, but is a string
    list[1]: must be a string, but is nothing
    list[3]: must be a string, but is a boolean: put it in quotes
    whole: must be a list, but is a string
    hidden[1]: has an invalid value, which is not shown because it is a secret
    deep[0]: has an invalid value, which is not shown because it is a secret
    missing: is required, but missing
    mispelt: there is no such property: the properties are `flag`, `list`, `whole`, `hidden`, `deep`, `missing`
    ");
}
