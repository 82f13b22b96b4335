//! The programs in the docs: the examples in the schema and in the READMEs.

use serde_json::Value;
use testkit::tools::read;

/// The languages in which every resource has an example, as code fences name them.
pub(crate) const FENCES: [&str; 6] = ["typescript", "python", "go", "csharp", "java", "yaml"];

/// A program in the docs.
pub(crate) struct Snippet {
    /// Its place, in letters, digits and underscores.
    pub(crate) place: String,
    /// Its language, as code fences name it.
    pub(crate) fence: String,
    pub(crate) code: String,
}

/// All programs of one language.
pub(crate) fn snippets(fence: &str) -> Vec<Snippet> {
    let mut found = in_schema();
    found.extend(in_readmes());
    found.retain(|snippet| snippet.fence == fence);
    assert!(found.len() >= 2, "there is one for each resource");
    found
}

fn in_schema() -> Vec<Snippet> {
    let schema = read("schema.json");
    let schema: Value = serde_json::from_str(&schema).expect("it is JSON");
    let described =
        ["resources", "functions"].map(|kind| schema[kind].as_object().expect("there are some"));
    let described = described.into_iter().flatten();
    let mut found = Vec::new();
    for (token, resource) in described.clone() {
        let name = token.rsplit(':').next().expect("there is a last");
        let description = resource["description"].as_str().expect("it has one");
        let examples = description.split("{{% example %}}").skip(1);
        for (place, example) in examples.enumerate() {
            let example = example.split("{{% /example %}}").next();
            let example = fenced(
                example.expect("there is a first"),
                &format!("{name}_{place}"),
            );
            let fences: Vec<_> = example
                .iter()
                .map(|snippet| snippet.fence.as_str())
                .collect();
            assert_eq!(fences, FENCES, "{name}");
            found.extend(example);
        }
    }
    assert_eq!(
        found.len(),
        described.count() * FENCES.len(),
        "one example for each resource and function"
    );
    found
}

fn in_readmes() -> Vec<Snippet> {
    let mut found = Vec::new();
    for (place, readme, count) in [
        ("readme", "README.md", 2),
        ("overview", "docs/_index.md", 6),
        ("readme_nodejs", "sdk/nodejs/README.md", 1),
        ("readme_python", "sdk/python/README.md", 1),
        ("readme_go", "sdk/go/README.md", 1),
        ("readme_dotnet", "sdk/dotnet/README.md", 1),
        ("readme_java", "sdk/java/README.md", 1),
    ] {
        let readme = read(readme);
        let mut programs = fenced(&readme, place);
        programs.retain(|snippet| FENCES.contains(&snippet.fence.as_str()));
        assert_eq!(programs.len(), count, "{place}");
        found.extend(programs);
    }
    found
}

/// The code in fences, in order. `ts` is another word for `typescript`.
fn fenced(text: &str, place: &str) -> Vec<Snippet> {
    let mut parts = text.split("```");
    let mut found = Vec::new();
    while let (Some(_), Some(block)) = (parts.next(), parts.next()) {
        let (fence, code) = block.split_once('\n').expect("a fence ends its line");
        found.push(Snippet {
            place: place.to_owned(),
            fence: fence.replace("ts", "typescript"),
            code: code.to_owned(),
        });
    }
    found
}
