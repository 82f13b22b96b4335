//! The next steps with a project that was written.
//!
//! # What this may not do
//!
//! Leave out a step: the lines can be run in a shell as they are.
//!
//! `&&` connects them, so that they can be pasted together: in a terminal, the Pulumi CLI swallows what is typed while it
//! runs. It also stops after the first failure.

use super::choice::Language;
use super::sdk::Sdk;
use std::path::Path;

/// The commands in order, each on its own line.
pub(super) fn steps(
    folder: &Path,
    language: Language,
    sdk: &Sdk,
    organization: &str,
    imports: bool,
) -> String {
    let mut steps: Vec<String> = prepare(language, sdk).into_iter().collect();
    steps.push(format!("cd {}", word(folder)));
    steps.push("pulumi install".to_owned());
    steps.push(format!("pulumi stack init {organization}/wiring/prod"));
    if imports {
        let import = "pulumi import --file import.json --yes --generate-code=false --protect=false";
        steps.push(import.to_owned());
    }
    steps.push("pulumi up".to_owned());
    steps.join(" &&\n")
}

/// What the SDK of a clone needs before a project can use it.
fn prepare(language: Language, sdk: &Sdk) -> Option<String> {
    match language {
        Language::Typescript => {
            let folder = sdk.inside("nodejs")?;
            let is_built =
                ["bin", "node_modules"].map(|name| folder.join(name).exists()) == [true; 2];
            (!is_built).then(|| format!("npm install --no-package-lock --prefix {}", word(&folder)))
        }
        Language::Java => {
            let manifest = sdk.inside("java/pom.xml")?;
            Some(format!("mvn --quiet --file {} install", word(&manifest)))
        }
        Language::Yaml | Language::Python | Language::Go | Language::Csharp => None,
    }
}

/// A path as a word for a shell.
fn word(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(word(Path::new("a/b-c.d")), "a/b-c.d");
        assert_eq!(word(Path::new("my wiring")), "'my wiring'");
        assert_eq!(word(Path::new("it's")), r"'it'\''s'");
    }
}
