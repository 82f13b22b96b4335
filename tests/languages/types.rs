//! What the compilers say about the programs in the docs, and about programs with deliberate errors.

use crate::snippets::snippets;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::{TempDir, tempdir};
use testkit::language::{GO_ENVIRONMENT, installed, run};
use testkit::tools::repository;
use testkit::workspace::Workspace;

/// A folder with the programs of a language: those of the docs, each in its own file, and the examples.
fn programs(fence: &str, file: &str, extension: &str) -> TempDir {
    let folder = tempdir().expect("a folder");
    let write = |name: &str, code: &str| {
        let path = folder.path().join(format!("{name}.{extension}"));
        fs::write(path, code).expect("it is written");
    };
    for snippet in snippets(fence) {
        write(&snippet.place, &snippet.code);
    }
    let mut examples = 0;
    for entry in fs::read_dir(repository("examples")).expect("it is a folder") {
        let example = entry.expect("it is read");
        let name = example.file_name().into_string().expect("names are text");
        if name.ends_with(&format!("-{fence}")) {
            let code = fs::read_to_string(example.path().join(file)).expect("it is there");
            write(&name.replace('-', "_"), &code);
            examples += 1;
        }
    }
    assert!(examples >= 2, "there are examples");
    folder
}

/// The deliberate errors of a language.
fn misuse(file: &str) -> String {
    let path = repository("tests/languages/misuse").join(file);
    fs::read_to_string(path).expect("it is there")
}

/// The lines with a deliberate error, as `number: message`, the message from a comment.
fn marked(source: &str, comment: &str) -> Vec<String> {
    let lines = source.lines().enumerate().skip(1);
    lines
        .filter_map(|(place, line)| {
            let (_, said) = line.rsplit_once(comment)?;
            Some(format!("{}: {said}", place + 1))
        })
        .collect()
}

/// Fails unless each error begins as the mark in its line says, and there are no others.
fn are_those(errors: &[String], marked: &[String], said: &str) {
    let mut pairs = errors.iter().zip(marked);
    let fits = errors.len() == marked.len()
        && pairs.all(|(error, marked)| error.starts_with(marked.as_str()));
    assert!(fits, "{marked:#?}\n{errors:#?}\n{said}");
}

#[test]
fn in_typescript() {
    let folder = programs("typescript", "index.ts", "ts");
    let modules = installed("typescript").join("node_modules");
    symlink(&modules, folder.path().join("node_modules")).expect("it is linked");
    let misuse = misuse("typescript.ts");
    fs::write(folder.path().join("misuse.ts"), &misuse).expect("it is written");
    let settings = repository("examples/auto-deploy-typescript/tsconfig.json");
    let settings = fs::read_to_string(settings).expect("it is there");
    let settings = settings.replace(r#""files": ["index.ts"]"#, r#""include": ["*.ts"]"#);
    fs::write(folder.path().join("tsconfig.json"), settings).expect("it is written");

    let compiler = modules.join(".bin/tsc");
    let (_, said) = run(Command::new(compiler)
        .arg("--noEmit")
        .current_dir(folder.path()));
    let errors = said.lines().filter(|line| line.contains("error TS"));
    let mut found = Vec::new();
    for error in errors {
        let (line, rest) = error
            .strip_prefix("misuse.ts(")
            .and_then(|rest| rest.split_once(','))
            .unwrap_or_else(|| panic!("{said}"));
        let number = rest
            .split("error ")
            .nth(1)
            .and_then(|it| it.split(':').next());
        found.push(format!("{line}: {}", number.expect("it has one")));
    }
    assert_eq!(found, marked(&misuse, "// "), "{said}");
}

#[test]
fn in_python() {
    let folder = programs("python", "__main__.py", "py");
    let (went_well, said) = check_python(folder.path());
    assert!(went_well, "{said}");
}

#[test]
fn in_python_what_is_wrong_is_refused() {
    let folder = tempdir().expect("a folder");
    let misuse = misuse("python.py");
    fs::write(folder.path().join("misuse.py"), &misuse).expect("it is written");
    let (went_well, said) = check_python(folder.path());
    assert!(!went_well);
    let errors = said.lines().filter_map(|line| {
        let (line, rest) = line.strip_prefix("misuse.py:")?.split_once(": error: ")?;
        let (_, name) = rest.strip_suffix(']')?.rsplit_once('[')?;
        Some(format!("{line}: {name}"))
    });
    let errors: Vec<_> = errors.collect();
    assert_eq!(errors, marked(&misuse, "# "), "{said}");
}

/// Checks the types of the programs in a folder; returns the output.
fn check_python(folder: &Path) -> (bool, String) {
    let python = installed("python").join("bin/python");
    run(Command::new(python)
        .args(["-m", "mypy", "--strict", "--scripts-are-modules", "."])
        .current_dir(folder))
}

/// Compiles the programs in the subfolders of `folder`; returns the compiler's output.
fn compile_go(folder: &Path) -> (bool, String) {
    installed("go");
    // The SDK's own requirements are enough for any program: it uses all parts of Pulumi's library that a program does.
    let sdk = repository("sdk");
    let manifest = fs::read_to_string(sdk.join("go.mod")).expect("it is there");
    let module = "github.com/pulumi/pulumi-auto-deploy/sdk";
    let manifest = manifest.replacen(&format!("module {module}"), "module programs", 1);
    let path = sdk.display();
    let ours = format!("\nrequire {module} v0.0.0\nreplace {module} => {path}\n");
    fs::write(folder.join("go.mod"), manifest + &ours).expect("it is written");
    fs::copy(sdk.join("go.sum"), folder.join("go.sum")).expect("it is copied");
    // Several packages are compiled, and not linked.
    run(Command::new("go")
        .args(["build", "-gcflags=-e", "./..."])
        .envs(GO_ENVIRONMENT)
        .current_dir(folder))
}

#[test]
fn in_go() {
    let folder = tempdir().expect("a folder");
    for snippet in snippets("go") {
        let package = folder.path().join(snippet.place);
        fs::create_dir(&package).expect("it is made");
        fs::write(package.join("main.go"), snippet.code).expect("it is written");
    }
    let (went_well, said) = compile_go(folder.path());
    assert!(went_well, "{said}");
}

#[test]
fn in_go_what_is_wrong_is_refused() {
    let folder = tempdir().expect("a folder");
    let misuse = misuse("main.go");
    fs::write(folder.path().join("main.go"), &misuse).expect("it is written");
    let (went_well, said) = compile_go(folder.path());
    assert!(!went_well);
    let errors = said.lines().filter_map(|line| {
        let (line, rest) = line.strip_prefix("./main.go:")?.split_once(':')?;
        Some(format!("{line}: {}", rest.split_once(": ")?.1))
    });
    are_those(&errors.collect::<Vec<_>>(), &marked(&misuse, "// "), &said);
}

/// Compiles the classes in a folder's `src/main/java`; returns the output.
fn compile_java(folder: &Path) -> (bool, String) {
    let manifest = repository("examples/auto-deploy-java/pom.xml");
    fs::copy(manifest, folder.join("pom.xml")).expect("it is copied");
    let repository = installed("java").join("repository");
    run(Command::new("mvn")
        .args(["--offline", "--quiet", "--batch-mode", "compile"])
        .arg(format!("-Dmaven.repo.local={}", repository.display()))
        .current_dir(folder))
}

#[test]
fn in_java() {
    let folder = tempdir().expect("a folder");
    let sources = folder.path().join("src/main/java");
    for snippet in snippets("java") {
        let package = snippet.place.to_lowercase();
        let code = snippet
            .code
            .replacen("package app;", &format!("package {package};"), 1);
        fs::create_dir_all(sources.join(&package)).expect("it is made");
        fs::write(sources.join(&package).join("App.java"), code).expect("it is written");
    }
    let (went_well, said) = compile_java(folder.path());
    assert!(went_well, "{said}");
}

#[test]
fn in_java_what_is_wrong_is_refused() {
    let folder = tempdir().expect("a folder");
    let package = folder.path().join("src/main/java/misuse");
    fs::create_dir_all(&package).expect("it is made");
    let misuse = misuse("App.java");
    fs::write(package.join("App.java"), &misuse).expect("it is written");
    let (went_well, said) = compile_java(folder.path());
    assert!(!went_well);
    // The compiler prints each error twice: when it is found, and at the end.
    let (said, _) = said.split_once("Failed to execute").expect("it says so");
    let errors = said.lines().filter_map(|line| {
        let (line, rest) = line.split_once("App.java:[")?.1.split_once(',')?;
        Some(format!("{line}: {}", rest.split_once("] ")?.1))
    });
    are_those(&errors.collect::<Vec<_>>(), &marked(&misuse, "// "), said);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_yaml() {
    // An example asks for the downstream stacks of this one.
    let stacks = ["acme/network/prod"];
    let workspace = Workspace::new("name: empty\nruntime: yaml\n", &stacks).await;
    for snippet in snippets("yaml") {
        workspace.write(&snippet.code);
        let select = ["stack", "select", "--create", "dev"];
        workspace.pulumi(&select).await.succeeds();
        if snippet.code.contains("alertKey") {
            let key = ["config", "set", "--secret", "alertKey", "s3cret"];
            workspace.pulumi(&key).await.succeeds();
        }
        workspace.pulumi(&["preview"]).await.succeeds();
    }
}
