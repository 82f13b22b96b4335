//! The source of our SDK in a project: the published package, or a clone.
//!
//! # What this may not do
//!
//! Build or install anything: [`super::steps`] lists the commands for that.

use super::choice::Language;
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use url::Url;

/// Our own version, which is that of the SDKs.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The source of our SDK.
#[derive(Clone, Debug)]
pub(super) struct Sdk {
    /// The folder `sdk` of a clone; `None` for the published package.
    clone: Option<PathBuf>,
}

impl Sdk {
    /// The published SDK, or that in the folder `sdk` of a clone.
    ///
    /// # Errors
    ///
    /// The folder has no SDK for this language.
    pub(super) fn find(folder: Option<&Path>, language: Language) -> anyhow::Result<Sdk> {
        let Some(folder) = folder else {
            return Ok(Sdk { clone: None });
        };
        let folder = folder
            .canonicalize()
            .with_context(|| format!("`--sdk`: cannot find the folder {}", folder.display()))?;
        let manifest = match language {
            Language::Yaml => "",
            Language::Typescript => "nodejs/package.json",
            Language::Python => "python/pyproject.toml",
            Language::Go => "go.mod",
            Language::Csharp => CSHARP,
            Language::Java => "java/pom.xml",
        };
        ensure!(
            folder.join(manifest).exists(),
            "`--sdk`: there is no {manifest} in {}; name the folder `sdk` of a clone of the package's repository",
            folder.display()
        );
        Ok(Sdk {
            clone: Some(folder),
        })
    }

    /// Whether it is from a clone.
    pub(super) fn is_a_clone(&self) -> bool {
        self.clone.is_some()
    }

    /// A path inside of the clone; `None` if it is not from a clone.
    pub(super) fn inside(&self, name: &str) -> Option<PathBuf> {
        Some(self.clone.as_ref()?.join(name))
    }

    /// The dependency in `package.json`.
    pub(super) fn nodejs(&self) -> String {
        match self.inside("nodejs") {
            Some(path) => format!("file:{}", path.display()),
            None => format!("^{VERSION}"),
        }
    }

    /// The line of `requirements.txt`.
    pub(super) fn python(&self) -> String {
        let url = self
            .inside("python")
            .and_then(|path| Url::from_file_path(path).ok());
        match url {
            Some(url) => format!("pulumi-auto-deploy @ {url}"),
            None => format!("pulumi-auto-deploy>={VERSION}"),
        }
    }

    /// What `go.mod` contains in addition to the requirement.
    pub(super) fn go(&self) -> String {
        let folder = self.clone.as_ref();
        folder.map_or_else(String::new, |folder| {
            let path = folder.display().to_string();
            format!("\nreplace github.com/pulumi/pulumi-auto-deploy/sdk => {path:?}\n")
        })
    }

    /// The reference in the project file of C#.
    pub(super) fn csharp(&self) -> String {
        match self.inside(CSHARP) {
            Some(path) => format!("<ProjectReference Include=\"{}\" />", escaped(&path)),
            None => {
                format!("<PackageReference Include=\"Pulumi.AutoDeploy\" Version=\"{VERSION}\" />")
            }
        }
    }
}

/// The project file of the SDK for C#, in a clone.
const CSHARP: &str = "dotnet/Pulumi.AutoDeploy.csproj";

/// A path as an attribute of XML.
fn escaped(path: &Path) -> String {
    let path = path.display().to_string();
    path.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
