//! C# with its compiler and language host, where there is a .NET SDK.

use crate::language::installed;
use crate::tools::repository;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// The folder with the package cache and our package, or `None` if there is no .NET SDK or its package sources do not have
/// Pulumi's library. `make sdk-deps` determines that.
///
/// Prints one line if C# is skipped.
pub fn packages() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    if repository(".cache/languages/csharp.stamp").exists() {
        return Some(installed("csharp"));
    }
    SAID.call_once(|| {
        // Directly to standard error, because the test harness captures the output of tests that succeed.
        let line =
            "C# was not run: `make sdk-deps` found no .NET SDK whose package sources have Pulumi\n";
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
    None
}

/// The environment of `dotnet`: it only uses packages from this folder, treats warnings as errors, and leaves no server
/// behind. MSBuild reads properties from the environment, also when a language host starts it.
pub fn environment(packages: &Path) -> [(&'static str, String); 10] {
    let inside = |name: &str| packages.join(name).display().to_string();
    [
        ("NUGET_PACKAGES", inside("packages")),
        (
            "RestoreSources",
            format!("{};{}", inside("feed"), inside("packages")),
        ),
        ("NuGetAudit", "false".to_owned()),
        ("TreatWarningsAsErrors", "true".to_owned()),
        // A newer SDK warns that the framework of the programs is out of support.
        ("CheckEolTargetFramework", "false".to_owned()),
        ("UseSharedCompilation", "false".to_owned()),
        ("MSBUILDDISABLENODEREUSE", "1".to_owned()),
        ("DOTNET_CLI_HOME", inside("home")),
        ("DOTNET_CLI_TELEMETRY_OPTOUT", "1".to_owned()),
        ("DOTNET_NOLOGO", "1".to_owned()),
    ]
}

/// Makes the program in a folder use our package from the place where `make sdk-deps` has put it, because programs that are
/// built at the same time cannot share a project.
pub fn take_package(program: &Path) {
    for entry in fs::read_dir(program).expect("it is a folder") {
        let path = entry.expect("it is read").path();
        if path.extension().is_some_and(|name| name == "csproj") {
            let project = fs::read_to_string(&path).expect("it is read");
            let version = env!("CARGO_PKG_VERSION");
            let project = project.replace(
                r#"<ProjectReference Include="../../sdk/dotnet/Pulumi.AutoDeploy.csproj" />"#,
                &format!(r#"<PackageReference Include="Pulumi.AutoDeploy" Version="{version}" />"#),
            );
            fs::write(path, project).expect("it is written");
        }
    }
}
