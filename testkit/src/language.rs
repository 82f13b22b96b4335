//! The environment of programs in each language.

use crate::dotnet;
use crate::tools::{self, repository};
use crate::workspace::Workspace;
use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A language of programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Language {
    /// TypeScript, on Node.js.
    TypeScript,
    /// Python.
    Python,
    /// Go.
    Go,
    /// C#.
    Csharp,
    /// Java.
    Java,
    /// YAML.
    Yaml,
}

/// The folder that `make sdk-deps` has installed for a language.
pub fn installed(language: &str) -> PathBuf {
    let cache = repository(".cache/languages");
    assert!(
        cache.join(format!("{language}.stamp")).exists(),
        "`make sdk-deps` installs what programs in {language} need"
    );
    cache.join(language)
}

/// Runs a command to its end; returns whether it succeeded, and its output, standard output first.
pub fn run(command: &mut Command) -> (bool, String) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// The environment of Go: with the flags of `tools/sdk-deps`, so that everything is already compiled, and without
/// downloads. Each run of a program links it, which is faster without debug information.
pub const GO_ENVIRONMENT: [(&str, &str); 3] = [
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", "-trimpath -ldflags=-w"),
    ("GOPROXY", "off"),
];

/// A variable of `go env`.
fn go_env(name: &str) -> String {
    let (went_well, said) = run(Command::new("go").args(["env", name]));
    assert!(went_well, "{said}");
    said.trim().to_owned()
}

/// Copies a folder, without build results.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("it is made");
    for entry in std::fs::read_dir(from).expect("it is a folder") {
        let entry = entry.expect("it is read");
        let name = entry.file_name();
        let built = ["node_modules", "venv", "bin", "obj", "target"];
        if built.iter().any(|folder| name == *folder) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("it is copied");
        }
    }
}

impl Language {
    /// Its name in folders.
    pub fn name(self) -> &'static str {
        match self {
            Language::TypeScript => "typescript",
            Language::Python => "python",
            Language::Go => "go",
            Language::Csharp => "csharp",
            Language::Java => "java",
            Language::Yaml => "yaml",
        }
    }

    /// Whether programs can be run: those in C# only if there is a .NET SDK.
    pub fn is_there(self) -> bool {
        self != Language::Csharp || dotnet::packages().is_some()
    }

    /// The name of its runtime in `Pulumi.yaml`.
    pub fn runtime(self) -> &'static str {
        match self {
            Language::TypeScript => "nodejs",
            Language::Python => "python",
            Language::Go => "go",
            Language::Csharp => "dotnet",
            Language::Java => "java",
            Language::Yaml => "yaml",
        }
    }

    /// Installs the program in a folder into a workspace, with its dependencies, and creates the stack `dev`.
    pub async fn install(self, workspace: &mut Workspace, folder: &Path) {
        let program = workspace.path("program");
        copy(folder, &program);
        for (name, value) in self.prepare(&program) {
            workspace.set(name, value);
        }
        workspace.pulumi(&["stack", "init", "dev"]).await.succeeds();
    }

    /// Installs the dependencies of a program into its folder, without downloads; returns the environment variables for it.
    pub fn prepare(self, program: &Path) -> Vec<(&'static str, String)> {
        match self {
            Language::TypeScript => prepare_typescript(program),
            Language::Python => prepare_python(program),
            Language::Go => prepare_go(program),
            Language::Csharp => {
                dotnet::take_package(program);
                dotnet::environment(&installed("csharp")).into()
            }
            Language::Java => prepare_java(program),
            Language::Yaml => Vec::new(),
        }
    }
}

fn prepare_typescript(program: &Path) -> Vec<(&'static str, String)> {
    let modules = installed("typescript").join("node_modules");
    symlink(modules, program.join("node_modules")).expect("it is linked");
    // A separate test checks the types of all programs.
    vec![("PULUMI_NODEJS_TRANSPILE_ONLY", "true".to_owned())]
}

fn prepare_python(program: &Path) -> Vec<(&'static str, String)> {
    let venv = installed("python");
    symlink(&venv, program.join("venv")).expect("it is linked");
    // The host that `tools/` builds does not support virtual environments: it uses the first Python on PATH.
    let path = [venv.join("bin").into_os_string(), tools::path()].join(OsStr::new(":"));
    vec![("PATH", path.into_string().expect("paths are text"))]
}

fn prepare_go(program: &Path) -> Vec<(&'static str, String)> {
    // The program was copied, so the path to the SDK has changed.
    let manifest = program.join("go.mod");
    let text = std::fs::read_to_string(&manifest).expect("a Go program has one");
    let sdk = repository("sdk");
    let text = text.replace("../../sdk", sdk.to_str().expect("paths are text"));
    std::fs::write(&manifest, text).expect("it is written");
    installed("go");
    let folders = ["GOCACHE", "GOMODCACHE"].map(|name| (name, go_env(name)));
    let fixed = GO_ENVIRONMENT.map(|(name, value)| (name, value.to_owned()));
    fixed.into_iter().chain(folders).collect()
}

fn prepare_java(program: &Path) -> Vec<(&'static str, String)> {
    let repository = installed("java").join("repository");
    let options = format!("--offline\n-Dmaven.repo.local={}\n", repository.display());
    std::fs::create_dir(program.join(".mvn")).expect("it is made");
    std::fs::write(program.join(".mvn/maven.config"), options).expect("it is written");
    // Each command starts Maven several times, each time briefly.
    vec![(
        "MAVEN_OPTS",
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC".to_owned(),
    )]
}
