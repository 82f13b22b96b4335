//! Pulumi's published client against a local cloud: every route is called, and every answer is checked against the client's
//! own types. The checker is a Python program, in an environment that `make sdk-deps` creates.

use local_cloud::{Executor, Server};
use std::process::Command;
use testkit::api::TOKEN;
use testkit::published;
use testkit::tools::repository;

#[tokio::test]
async fn every_route_answers_as_the_types_of_the_published_client_say() {
    let app = published::builder(TOKEN)
        .organization("acme")
        .executor(Executor::Simulated);
    let server = Server::start(app.open().unwrap()).await.unwrap();
    let python = repository(".cache/languages/published-client/bin/python");
    assert!(
        python.exists(),
        "`make sdk-deps` installs the published client of Pulumi Cloud"
    );
    let script = repository("local-cloud/tests/published_client/main.py");
    let mut check = Command::new(python);
    // Nothing is written beside the sources.
    check.arg("-B").arg(script).args([server.url(), TOKEN]);
    let output = tokio::task::spawn_blocking(move || check.output()).await;
    let output = output.unwrap().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
