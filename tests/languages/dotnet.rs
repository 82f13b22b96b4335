//! C# with its own compiler and its own language host, where there is a .NET SDK.

use crate::snippets::snippets;
use std::fs;
use std::process::Command;
use testkit::dotnet::{environment, packages, take_package};
use testkit::language::run;
use testkit::tools::{read, repository};

/// A program of the announcement so that it compiles with our package: an empty `new[] {}` has no type, and its webhooks
/// are those of the package `pulumiservice`, whose names ours has too.
pub(crate) fn compilable(code: &str) -> String {
    code.replace("new[] {}", "new string[] {}")
        .replace("PulumiService", "AutoDeploy")
}

/// Every C# program in the docs, by its place.
pub(crate) fn programs() -> Vec<(String, String)> {
    let mut found: Vec<_> = snippets("csharp")
        .into_iter()
        .map(|snippet| (snippet.place, snippet.code))
        .collect();
    for folder in [
        "examples",
        "tests/languages/discovered",
        "tests/languages/seed",
    ] {
        for entry in fs::read_dir(repository(folder)).expect("it is a folder") {
            let entry = entry.expect("it is read");
            let name = entry.file_name().into_string().expect("names are text");
            if let Ok(code) = fs::read_to_string(entry.path().join("Program.cs")) {
                found.push((format!("{folder}/{name}"), compilable(&code)));
            }
        }
    }
    found
}

#[test]
fn every_program_in_the_documentation_is_among_them() {
    for entry in fs::read_dir(repository("docs")).expect("it is a folder") {
        let page = entry.expect("it is read").path();
        let is_read = page.ends_with("_index.md") || page.is_dir();
        let text = if is_read {
            String::new()
        } else {
            fs::read_to_string(&page).expect("it is text")
        };
        assert!(
            !text.contains("```cs"),
            "{}: add it to `snippets`",
            page.display()
        );
    }
}

#[test]
fn every_program_builds_without_a_warning() {
    let Some(packages) = packages() else { return };
    let project = repository("examples/auto-deploy-csharp/auto-deploy-csharp.csproj");
    for (place, code) in programs() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("Program.cs"), code).expect("it is written");
        fs::copy(&project, folder.path().join("program.csproj")).expect("it is copied");
        take_package(folder.path());
        let mut build = Command::new("dotnet");
        build
            .arg("build")
            .envs(environment(&packages))
            .current_dir(folder.path());
        let (went_well, said) = run(&mut build);
        assert!(went_well, "{place}: {said}");
    }
}

#[test]
fn the_project_file_names_only_what_is_there() {
    let folder = repository("sdk/dotnet");
    let project = ["Pulumi.AutoDeploy.csproj", "Directory.Build.props"]
        .map(|file| read(&format!("sdk/dotnet/{file}")))
        .concat();
    let mut included = Vec::new();
    for item in ["<None Include=\"", "<EmbeddedResource Include=\""] {
        for rest in project.split(item).skip(1) {
            let (file, _) = rest.split_once('"').expect("a text ends");
            assert!(folder.join(file).exists(), "{file}");
            included.push(file);
        }
    }
    for file in [
        "version.txt",
        "pulumi-plugin.json",
        "logo.png",
        "README.md",
        "LICENSE",
    ] {
        assert!(included.contains(&file), "{file}");
    }
    assert!(project.contains(r#"<PackageReference Include="Pulumi" "#));
    assert!(project.contains("<PackageLicenseExpression>Apache-2.0<"));
}
