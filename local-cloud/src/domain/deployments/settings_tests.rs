use super::*;
use crate::domain::deployments::Text;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

fn secrets() -> (TempDir, Secrets) {
    let data = tempfile::tempdir().unwrap();
    let secrets = Secrets::open(data.path()).unwrap();
    (data, secrets)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn settings(value: Value) -> DeploymentSettings {
    DeploymentSettings(object(value))
}

fn git(value: Value) -> Value {
    json!({ "sourceContext": { "git": value } })
}

#[test]
fn secrets_are_sealed_and_open_for_their_stack_only() {
    let (_data, secrets) = secrets();
    let given = json!({
        "sourceContext": {"git": {"repoURL": "file:///r", "gitAuth": {"accessToken": "plain"}}},
        "operationContext": {"environmentVariables": {
            "A": "open", "B": {"secret": "hush"}, "C": {"isSecret": true, "value": "hush"},
            "secret": "a name like any other", "ciphertext": {"secret": "hush"},
        }},
    });
    let sealed = DeploymentSettings::seal(object(given), &secrets, "one").unwrap();
    let text = sealed.to_kept();
    assert!(!text.contains("hush") && !text.contains("plain"), "{text}");
    assert!(text.contains("open") && text.contains("a name like any other"));
    let view = sealed.view().unwrap();
    assert_eq!(view.source().unwrap().repo_url, "file:///r");
    let Some(Text::Sealed { ciphertext }) = view.operation_context.environment_variables.get("B")
    else {
        panic!("B is sealed")
    };
    let opened = open_secret(&secrets, "one", ciphertext).unwrap();
    assert_eq!(opened.expose_secret(), "hush");
    assert!(open_secret(&secrets, "two", ciphertext).is_err());

    let back = sealed.clone().into_json();
    assert_eq!(
        DeploymentSettings::seal(back.clone(), &secrets, "one").unwrap(),
        sealed,
        "what was given out comes back"
    );
    assert!(matches!(
        DeploymentSettings::seal(back, &secrets, "two"),
        Err(SealError::Invalid(
            InvalidSettings::ForeignCiphertext { .. }
        ))
    ));
}

#[test]
fn a_change_is_merged() {
    let mut base = settings(json!({
        "agentPoolID": "x",
        "operationContext": {"preRunCommands": ["a", "b"], "environmentVariables": {"A": "1", "B": "2"}},
    }));
    base.merge(settings(json!({
        "agentPoolID": null, "tag": "t",
        "operationContext": {"preRunCommands": ["c"], "environmentVariables": {"B": null, "C": "3"}, "x": null},
    })));
    let merged = json!({
        "tag": "t", "operationContext": {"preRunCommands": ["c"], "environmentVariables": {"A": "1", "C": "3"}},
    });
    assert_eq!(base, settings(merged));
}

#[test]
fn a_commit_takes_the_place_of_a_branch() {
    let mut base = settings(git(json!({"repoUrl": "r", "branch": "main"})));
    base.merge(settings(git(json!({"commit": "abcd"}))));
    assert_eq!(
        base,
        settings(git(json!({"repoUrl": "r", "commit": "abcd"})))
    );
    base.merge(settings(git(json!({"repoDir": "d"}))));
    assert_eq!(
        base,
        settings(git(
            json!({"repoUrl": "r", "commit": "abcd", "repoDir": "d"})
        ))
    );
}

#[test]
fn blanks_of_a_request_say_nothing() {
    let request = settings(json!({
        "executorContext": {"workingDirectory": ""}, "agentPoolID": null,
        "sourceContext": {"git": {"repoUrl": "", "branch": "main"}},
        "operationContext": {"preRunCommands": [], "operation": "", "environmentVariables": {},
            "options": {"skipInstallDependencies": false}},
    }));
    let left = json!({
        "sourceContext": {"git": {"branch": "main"}},
        "operationContext": {"options": {"skipInstallDependencies": false}},
    });
    assert_eq!(request.without_blanks(), settings(left));
}

#[test]
fn what_cannot_be_is_named() {
    let check = |value, expected: &str| {
        let found = settings(value).check().unwrap_err().to_string();
        assert_eq!(found, expected);
    };
    check(
        git(json!({"branch": "main", "commit": "abcd"})),
        "`sourceContext.git` can name a branch or a commit, but not both",
    );
    check(
        git(json!({"commit": "--upload-pack=x"})),
        "`sourceContext.git.commit` must be the hexadecimal digits of a commit",
    );
    check(
        git(json!({"repoDir": "a/../../b"})),
        "`sourceContext.git.repoDir` must be a folder of the repository",
    );
    check(
        json!({"operationContext": {"preRunCommands": "echo"}}),
        "`operationContext.preRunCommands` has the wrong type",
    );
    check(
        json!({"operationContext": {"environmentVariables": {"A=B": "x"}}}),
        "`operationContext.environmentVariables` has a name that no variable can have",
    );
}

#[test]
fn a_repository_on_github_is_a_source() {
    let source = settings(json!({"gitHub": {"repository": "acme/web"}}));
    let source = source.view().unwrap().source().unwrap();
    assert_eq!(source.repo_url, "https://github.com/acme/web.git");
    assert!(
        DeploymentSettings::default()
            .view()
            .unwrap()
            .source()
            .is_none()
    );
}
