//! The lifecycle of every example: preview, update, an update without changes, destroy.

use testkit::language::Language;
use testkit::tools::repository;
use testkit::workspace::{Workspace, lines};

/// What an example declares: the number of its resources, its own included, and each stack's webhooks, in order.
struct Example {
    name: &'static str,
    /// The organization that the program names, or else the cloud's default: a backend in a folder has no organization.
    organization: &'static str,
    resources: usize,
    edges: &'static [(&'static str, &'static [&'static str])],
}

const AUTO_DEPLOY: Example = Example {
    name: "auto-deploy",
    organization: "acme",
    resources: 12,
    edges: &[
        (
            "dependency-example/a",
            &["dependency-example/b", "dependency-example/c"],
        ),
        (
            "dependency-example/b",
            &[
                "dependency-example/d",
                "dependency-example/e",
                "dependency-example/f",
            ],
        ),
        ("dependency-example/c", &[]),
        ("dependency-example/d", &[]),
        ("dependency-example/e", &[]),
        ("dependency-example/f", &[]),
    ],
};

const WEBHOOK: Example = Example {
    name: "webhook",
    organization: "acme",
    resources: 3,
    edges: &[
        ("network/prod", &["database/prod"]),
        ("database/prod", &["compute/prod"]),
        ("compute/prod", &[]),
    ],
};

const LAYERS: Example = Example {
    name: "layers",
    organization: "acme",
    resources: 9,
    edges: &[
        ("network/prod", &["cluster/prod", "database/prod"]),
        ("database/prod", &["app/prod"]),
        ("cluster/prod", &["app/prod"]),
        ("app/prod", &[]),
    ],
};

const PROMOTION: Example = Example {
    name: "promotion",
    organization: "acme",
    resources: 6,
    edges: &[
        ("shop/dev", &["shop/staging"]),
        ("shop/staging", &["shop/prod"]),
        ("shop/prod", &[]),
    ],
};

const LAYERS_GRAPH: Example = Example {
    name: "layers-graph",
    resources: 6,
    ..LAYERS
};

const PROMOTION_GRAPH: Example = Example {
    name: "promotion-graph",
    resources: 4,
    ..PROMOTION
};

/// The wake-up webhooks start the program's own stack.
const JOIN: Example = Example {
    name: "join",
    organization: "acme",
    resources: 9,
    edges: &[
        ("network/prod", &["cluster/prod", "database/prod"]),
        ("database/prod", &["PROGRAM"]),
        ("cluster/prod", &["PROGRAM"]),
        ("app/prod", &[]),
    ],
};

/// Runs an example from preview to destroy in a language.
async fn passes(example: Example, language: Language) {
    if !language.is_there() {
        return;
    }
    let organization = example.organization;
    let stacks: Vec<_> = example
        .edges
        .iter()
        .map(|(stack, _)| format!("{organization}/{stack}"))
        .collect();
    let stacks: Vec<_> = stacks.iter().map(String::as_str).collect();
    let mut workspace = Workspace::empty(&stacks).await;
    let name = format!("{}-{}", example.name, language.name());
    language
        .install(&mut workspace, &repository("examples").join(&name))
        .await;

    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    let to_create = format!("+ {} to create", example.resources);
    assert_eq!(lines(&previewed, &[&to_create]).len(), 1, "{previewed}");
    assert_eq!(changes(&workspace), [""; 0], "a preview changes nothing");

    workspace.up().await.succeeds();
    for (stack, downstream) in example.edges {
        let wanted: Vec<_> = downstream
            .iter()
            .map(|stack| stack.replace("PROGRAM", &format!("{name}/dev")))
            .map(|stack| format!("{stack} on update_succeeded"))
            .collect();
        let edges = workspace.edges(&format!("{organization}/{stack}")).await;
        assert_eq!(edges, wanted, "{stack}");
    }

    workspace
        .pulumi(&["up", "--yes", "--skip-preview", "--expect-no-changes"])
        .await
        .succeeds();
    assert_eq!(changes(&workspace), [""; 0], "nothing is to be done");

    workspace
        .pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .succeeds();
    for stack in stacks {
        assert_eq!(workspace.edges(stack).await, [""; 0], "{stack}");
    }
}

/// The requests to the cloud since the last call that change something.
fn changes(workspace: &Workspace) -> Vec<String> {
    let mut requests = workspace.requests();
    requests.retain(|request| !request.starts_with("GET "));
    requests
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_in_typescript() {
    passes(AUTO_DEPLOY, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_in_python() {
    passes(AUTO_DEPLOY, Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_in_go() {
    passes(AUTO_DEPLOY, Language::Go).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_in_csharp() {
    passes(AUTO_DEPLOY, Language::Csharp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_in_java() {
    passes(AUTO_DEPLOY, Language::Java).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_deploy_in_yaml() {
    passes(AUTO_DEPLOY, Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_in_typescript() {
    passes(WEBHOOK, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_in_python() {
    passes(WEBHOOK, Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_in_go() {
    passes(WEBHOOK, Language::Go).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_in_csharp() {
    passes(WEBHOOK, Language::Csharp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_in_java() {
    passes(WEBHOOK, Language::Java).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_in_yaml() {
    passes(WEBHOOK, Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn join_in_typescript() {
    passes(JOIN, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn join_in_python() {
    passes(JOIN, Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn join_in_go() {
    passes(JOIN, Language::Go).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn join_in_java() {
    passes(JOIN, Language::Java).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn join_in_yaml() {
    passes(JOIN, Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn join_in_csharp() {
    passes(JOIN, Language::Csharp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_in_typescript() {
    passes(LAYERS, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_in_yaml() {
    passes(LAYERS, Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promotion_in_typescript() {
    passes(PROMOTION, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promotion_in_yaml() {
    passes(PROMOTION, Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_as_a_graph_in_typescript() {
    passes(LAYERS_GRAPH, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_as_a_graph_in_python() {
    passes(LAYERS_GRAPH, Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_as_a_graph_in_yaml() {
    passes(LAYERS_GRAPH, Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promotion_as_a_graph_in_typescript() {
    passes(PROMOTION_GRAPH, Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promotion_as_a_graph_in_python() {
    passes(PROMOTION_GRAPH, Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promotion_as_a_graph_in_yaml() {
    passes(PROMOTION_GRAPH, Language::Yaml).await;
}

/// Dependencies are installed once for a language, from the dependency file of one example.
#[test]
fn have_the_dependencies_that_are_installed() {
    for (file, language) in [
        ("package.json", "typescript"),
        (".npmrc", "typescript"),
        ("requirements.txt", "python"),
        ("pom.xml", "java"),
        ("go.mod", "go"),
        ("NAME.csproj", "csharp"),
    ] {
        let read = |example: &str| {
            let name = format!("{example}-{language}");
            let path = repository("examples").join(&name);
            let path = path.join(file.replace("NAME", &name));
            let text = std::fs::read_to_string(path).expect("it is there");
            text.replace(&name, "NAME")
        };
        let installed = read("auto-deploy");
        for entry in std::fs::read_dir(repository("examples")).expect("it is a folder") {
            let name = entry.expect("it is read").file_name();
            let name = name.to_str().expect("names are text");
            if let Some(example) = name.strip_suffix(&format!("-{language}")) {
                assert_eq!(read(example), installed, "{name}");
            }
        }
    }
}

#[test]
fn are_all_told_about_and_all_run() {
    let run = [
        AUTO_DEPLOY,
        WEBHOOK,
        LAYERS,
        PROMOTION,
        LAYERS_GRAPH,
        PROMOTION_GRAPH,
        JOIN,
    ];
    let run = run.map(|example| example.name);
    for entry in std::fs::read_dir(repository("examples")).expect("it is a folder") {
        let folder = entry.expect("it is read").path();
        let readme = std::fs::read_to_string(folder.join("README.md")).expect("it has one");
        assert_eq!(readme.lines().count(), 5, "{}", folder.display());
        let name = folder.file_name().and_then(std::ffi::OsStr::to_str);
        let (example, _) = name
            .and_then(|name| name.rsplit_once('-'))
            .expect("two parts");
        assert!(run.contains(&example), "{example}");
    }
}
