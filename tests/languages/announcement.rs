//! The six-node programs of the announcement, character by character as it prints them.
//!
//! They are in `seed/`. The one in C# is run as [`compilable`](crate::dotnet::compilable) makes it.

use crate::dotnet::compilable;
use testkit::language::Language;
use testkit::tools::repository;
use testkit::workspace::Workspace;

/// Deploys the program with the organization that it names, or that it is given.
async fn runs(language: Language, organization: &str) {
    if !language.is_there() {
        return;
    }
    let stack = |name: &str| format!("{organization}/dependency-example/{name}");
    let stacks = ["a", "b", "c", "d", "e", "f"].map(stack);
    let mut workspace = Workspace::empty(&stacks.each_ref().map(String::as_str)).await;
    let program = tempfile::tempdir().expect("a folder");
    let seed = repository("tests/languages/seed").join(language.name());
    for entry in std::fs::read_dir(seed).expect("it is there") {
        let entry = entry.expect("it is read");
        std::fs::copy(entry.path(), program.path().join(entry.file_name())).expect("it is copied");
    }
    // The announcement prints programs, and leaves the project files to the reader.
    let runtime = language.runtime();
    if language != Language::Yaml {
        let project = format!("name: auto-deploy-demo\nruntime: {runtime}\n");
        std::fs::write(program.path().join("Pulumi.yaml"), project).expect("it is written");
    }
    let around: &[&str] = match language {
        Language::Go => &["go.mod", "go.sum"],
        Language::Csharp => &["auto-deploy-csharp.csproj"],
        _ => &[],
    };
    for file in around {
        let example = format!("examples/auto-deploy-{}/{file}", language.name());
        std::fs::copy(repository(&example), program.path().join(file)).expect("it is copied");
    }
    if language == Language::Csharp {
        let path = program.path().join("Program.cs");
        let code = std::fs::read_to_string(&path).expect("it is there");
        std::fs::write(path, compilable(&code)).expect("it is written");
    }
    language.install(&mut workspace, program.path()).await;
    workspace.up().await.succeeds();
    let edge = |name: &str| format!("dependency-example/{name} on update_succeeded");
    assert_eq!(workspace.edges(&stack("a")).await, ["b", "c"].map(edge));
    assert_eq!(
        workspace.edges(&stack("b")).await,
        ["d", "e", "f"].map(edge)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_typescript() {
    runs(Language::TypeScript, "acme").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_python() {
    runs(Language::Python, "acme").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_go() {
    runs(Language::Go, "pulumi").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_csharp() {
    runs(Language::Csharp, "pulumi").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_yaml() {
    runs(Language::Yaml, "pulumi").await;
}
