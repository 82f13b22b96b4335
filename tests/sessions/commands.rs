//! Every command of the CLI that uses a cloud, one after the other: it works, or the user reads why not.

use serde_json::{Value, json};
use testkit::session::{HOOKS, STACK, Session, hook};

/// The result of a command.
enum Then {
    /// It succeeds, and prints this.
    Prints(&'static str),
    /// It fails, and prints this.
    Says(&'static str),
}
use Then::{Prints, Says};
use testkit::since;

/// The commands in the order of a day. `{…}` stands for a value that is only known at run time.
const COMMANDS: &[(&str, Then)] = &[
    ("whoami", Prints("local")),
    ("up --yes", Prints("created")),
    ("preview", Prints("unchanged")),
    ("refresh --yes", Prints("unchanged")),
    ("stack", Prints("Current stack is dev")),
    ("stack get", Prints("dev")),
    ("stack list", Prints("dev*")),
    ("stack list --all", Prints("dev*")),
    (
        "stack list --organization acme --tag owner=me",
        Prints("NAME"),
    ),
    ("stack tag set owner me", Prints("")),
    ("stack tag get owner", Prints("me")),
    ("stack tag list", Prints("owner")),
    ("stack tag remove owner", Prints("")),
    ("stack output", Prints("Current stack outputs")),
    ("stack export --version 1", Prints("\"version\": 3")),
    ("stack export --version 99", Says("has no version 99")),
    ("stack history", Prints("UpdateKind: update")),
    (
        "stack history --show-secrets --json",
        Prints("\"kind\": \"update\""),
    ),
    (
        "stack graph graph.dot",
        Prints("Wrote stack dependency graph"),
    ),
    ("stack select acme/web/dev", Prints("")),
    (
        "stack select acme/web/other",
        Says("no stack named 'other' found"),
    ),
    ("stack init acme/web/dev", Says("already exists")),
    (
        "stack drift status",
        Prints("drift detection has never run"),
    ),
    ("stack drift list", Prints("No drift detection runs")),
    ("stack policy list", Prints("No Policy Packs apply")),
    (
        "stack webhook new --name Hook --url http://127.0.0.1:9/ --yes",
        Prints("Hook"),
    ),
    ("stack webhook list", Prints("Known")),
    ("stack webhook get known", Prints("Known")),
    ("stack webhook edit known --active=false", Prints("Known")),
    ("stack webhook edit known --secret=", Prints("Known")),
    ("stack webhook ping known", Prints("")),
    ("stack webhook delivery list known", Prints("ping")),
    (
        "stack webhook delivery redeliver known {delivery}",
        Prints("ping"),
    ),
    ("stack webhook remove known --yes", Prints("")),
    ("stack webhook get known", Says("webhook `known`")),
    (
        "org webhook new --org acme --name ours --url http://127.0.0.1:9/ --yes",
        Prints("Created webhook"),
    ),
    ("org webhook list --org acme", Prints("ours")),
    ("org webhook list", Prints("ours")),
    ("org get-default", Prints("acme")),
    ("org member list --org acme", Prints("local")),
    (
        "org role list --org acme",
        Says("a local cloud has no `/api/orgs/acme/roles`"),
    ),
    (
        "org audit-log list --org acme",
        Says("a local cloud has no `/api/orgs/acme/auditlogs/v2`"),
    ),
    ("config set plain value", Prints("")),
    ("config set secret hush --secret", Prints("")),
    ("config get secret", Prints("hush")),
    ("config", Prints("[secret]")),
    ("config set-all --plaintext x=1 --secret y=2", Prints("")),
    ("config remove-all x y", Prints("")),
    ("config remove plain", Prints("")),
    ("config env list", Prints("no environments")),
    ("config refresh --force", Prints("")),
    (
        "deployment settings get",
        Prints("No deployment settings are configured"),
    ),
    ("deployment run update", Says("has no deployment settings")),
    (
        "deployment settings edit --git-url file:///nowhere --branch main --env A=b --secret-env S=t",
        Prints(""),
    ),
    ("deployment settings get", Prints("file:///nowhere")),
    (
        "deployment settings edit --runner-pool 6b5c0e7e-7c1f-4a5c-9d5e-111111111111",
        Says("a local cloud has no agent pools"),
    ),
    (
        "stack schedule new --kind raw --operation refresh --cron */30_*_*_*_* --yes",
        Prints("refresh"),
    ),
    (
        "stack schedule new --kind drift --cron 0_*/4_*_*_* --auto-remediate --yes",
        Prints("drift"),
    ),
    (
        "stack schedule new --kind ttl --once 2100-01-01T00:00:00Z --delete-after-destroy --yes",
        Prints("ttl"),
    ),
    ("stack schedule list", Prints("2100-01-01")),
    ("stack schedule get {schedule}", Prints("refresh")),
    (
        "stack schedule edit {schedule} --cron 0_1_*_*_*",
        Prints("0 1 * * *"),
    ),
    ("stack schedule remove {schedule} --yes", Prints("")),
    ("stack schedule get none", Says("has no schedule")),
    ("deployment list", Prints("No deployments")),
    ("deployment run update {paused}", Prints("deployments/1")),
    ("deployment list", Prints("update")),
    ("deployment get 1", Prints("update")),
    ("deployment log 1", Prints("")),
    ("deployment cancel 1 --yes", Prints("")),
    ("deployment cancel 1 --yes", Says("deployment 1 is over")),
    ("deployment get 7", Says("has no deployment `7`")),
    ("state protect --all --yes", Prints("protected")),
    ("stack remove --yes", Says("still has resources")),
    ("state unprotect --all --yes", Prints("unprotected")),
    ("cancel --yes", Says("already")),
    ("api list", Prints("/api/user/stacks")),
    ("api /api/user", Prints("githubLogin")),
    (
        "env init acme/web/base",
        Prints("Environment created: acme/web/base"),
    ),
    ("env set acme/web/base plain value", Prints("")),
    ("env init acme/web/base", Says("already exists")),
    ("env set acme/web/base pw hush --secret", Prints("")),
    ("env set acme/web/base list [1,2]", Prints("")),
    ("env get acme/web/base plain", Prints("value")),
    ("env get acme/web/base", Prints("[secret]")),
    ("env get acme/web/base pw --show-secrets", Prints("hush")),
    ("env get acme/web/base list --value json", Prints("1,")),
    ("env open acme/web/base", Prints("hush")),
    ("env open acme/web/base list[1]", Prints("2")),
    ("env open acme/web/none", Says("does not exist")),
    ("env list", Prints("acme/web/base")),
    ("env list --organization acme", Prints("acme/web/base")),
    ("env version history acme/web/base", Prints("revision 4")),
    ("env version tag acme/web/base@stable 2", Prints("")),
    ("env version tag list acme/web/base", Prints("stable")),
    ("env get acme/web/base@stable", Prints("plain")),
    ("env diff acme/web/base@stable acme/web/base", Prints("+")),
    ("env version tag rm acme/web/base@stable", Prints("")),
    ("env version rollback acme/web/base@2", Prints("")),
    ("env tag acme/web/base owner me", Prints("owner")),
    ("env tag list acme/web/base", Prints("me")),
    ("env tag rm acme/web/base owner", Prints("")),
    ("env clone acme/web/base web/copy", Prints("cloned")),
    ("env rm acme/web/copy plain --yes", Prints("")),
    (
        "env settings set acme/web/copy deletion-protected true",
        Prints(""),
    ),
    ("env rm acme/web/copy --yes", Says("deletion protection")),
    (
        "env settings set acme/web/copy deletion-protected false",
        Prints(""),
    ),
    ("env rm acme/web/copy --yes", Prints("has been removed")),
    ("env rotate acme/web/base", Says("a local cloud has no")),
    ("config env add web/base --yes", Prints("")),
    ("config env list", Prints("web/base")),
    ("config env rm web/base --yes", Prints("")),
    ("stack rename prod", Prints("Renamed")),
    ("destroy --yes", Prints("deleted")),
    ("stack remove --yes", Prints("has been removed")),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_or_says_why_not() {
    if since::ALL_COMMANDS.is_missing() {
        return;
    }
    let session = Session::with(&[HOOKS, &hook("one", "One", "")].concat()).await;
    let known = json!({
        "organizationName": "acme", "name": "known", "displayName": "Known", "payloadUrl": "http://127.0.0.1:9/",
        "active": true, "secret": "shh",
    });
    let (status, _) = session.ask("POST", &format!("{STACK}/hooks"), known).await;
    assert_eq!(status, 201);
    let mut wrong = Vec::new();
    for (line, then) in COMMANDS {
        let line = filled(&session, line).await;
        let arguments: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = session.pulumi(&arguments).await;
        let said = format!("{}{}", ran.out, ran.err);
        let fits = match then {
            Prints(text) => ran.code == Some(0) && said.contains(text),
            Says(text) => ran.code.is_some_and(|code| code != 0) && said.contains(text),
        };
        if !fits {
            wrong.push(format!("pulumi {line}: {:?}\n{said}", ran.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A command with values of the cloud in place of the words in braces.
async fn filled(session: &Session, line: &str) -> String {
    let id = |list: Value| list[0]["id"].as_str().unwrap_or_default().to_owned();
    if line.contains("{delivery}") {
        let deliveries = session
            .get(&format!("{STACK}/hooks/known/deliveries"))
            .await;
        return line.replace("{delivery}", &id(deliveries));
    }
    if line.contains("{schedule}") {
        let list = session.get(&format!("{STACK}/deployments/schedules")).await;
        return line.replace("{schedule}", &id(list["schedules"].clone()));
    }
    if line.contains("{paused}") {
        // A change that waits for approval needs no program.
        session
            .ask("POST", &format!("{STACK}/deployments/pause"), json!({}))
            .await;
        return line.replace(" {paused}", "");
    }
    line.to_owned()
}
