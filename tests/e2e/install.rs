//! The archive of a release, as the CLI downloads it from a server.

use crate::{SEED, SEED_STACKS};
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::tools;
use testkit::workspace::{Workspace, lines};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// Packs the plugin as `make release` does, without compiling; returns the archive.
fn archive(folder: &Path) -> PathBuf {
    let release = tools::repository("tools/release");
    let output = Command::new(release)
        .args(["archives", "--plugin"])
        .arg(tools::plugin())
        .arg("--folder")
        .arg(folder)
        .output()
        .expect("Python is there");
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
    let mut files = std::fs::read_dir(folder).expect("it is a folder");
    files
        .next()
        .expect("one is made")
        .expect("it is read")
        .path()
}

/// Serves a file as a web server does, and nothing else.
async fn serve(file: &Path) -> MockServer {
    let server = MockServer::start().await;
    let name = file.file_name().expect("it has one").to_string_lossy();
    let content = std::fs::read(file).expect("it is read");
    let answer = ResponseTemplate::new(200).set_body_raw(content, "application/gzip");
    Mock::given(method("GET"))
        .and(path(format!("/{name}")))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_archive_is_installed_from_a_server_and_is_all_a_program_needs() {
    let workspace = Workspace::new(SEED, &SEED_STACKS).await;
    // The plugin that the other tests use.
    let plugins = workspace.path("home/plugins");
    std::fs::remove_dir_all(&plugins).expect("it is removed");
    let folder = tempfile::tempdir().expect("a folder");
    let archive = archive(folder.path());
    let server = serve(&archive).await;
    let url = server.uri();
    let install = |checksum: &'static str| {
        let mut command = vec!["plugin", "install", "resource", "auto-deploy", VERSION];
        command.extend(["--server", &url, "--checksum", checksum]);
        command.truncate(if checksum.is_empty() { 7 } else { 9 });
        command
    };

    // No test with the right checksum: a CLI before 3.276 may refuse it, because it does not hash bytes that arrive
    // together with the end of an HTTP/1.1 answer.
    let wrong = workspace.pulumi(&install(WRONG)).await.fails();
    assert!(wrong.contains("checksum"), "{wrong}");
    workspace.pulumi(&install("")).await.succeeds();

    let installed = plugins.join(format!("resource-auto-deploy-{VERSION}"));
    for file in [
        "pulumi-resource-auto-deploy",
        "LICENSE",
        "NOTICE",
        "THIRD-PARTY-LICENSES.txt",
    ] {
        assert!(installed.join(file).is_file(), "{file}");
    }
    let listed = workspace.pulumi(&["plugin", "ls"]).await.succeeds();
    assert_eq!(lines(&listed, &["auto-deploy"]).len(), 1, "{listed}");

    workspace.up().await.succeeds();
    let edges = workspace.edges("acme/dependency-example/a").await;
    assert_eq!(edges.len(), 2, "{edges:?}");
}

/// The checksum of no archive.
const WRONG: &str = "0000000000000000000000000000000000000000000000000000000000000000";
