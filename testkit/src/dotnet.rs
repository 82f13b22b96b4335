//! C# with its own compiler and its own host, where there is a .NET SDK.

use crate::language::installed;
use crate::tools::repository;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// The folder of the package cache and of our package, or `None` where there is no .NET SDK or its package sources do
/// not have Pulumi's library. `make sdk-deps` finds that out.
///
/// One line says that C# was not run.
pub fn packages() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    if repository(".cache/languages/csharp.stamp").exists() {
        return Some(installed("csharp"));
    }
    SAID.call_once(|| {
        // Past the test harness, which keeps what tests that succeed print.
        let line =
            "C# was not run: `make sdk-deps` found no .NET SDK whose package sources have Pulumi\n";
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
    None
}

/// What `dotnet` is run with: it takes packages from this folder alone, takes warnings for errors, and leaves no server
/// behind. MSBuild reads properties from the environment, and so do those that a language host starts.
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
        // A newer SDK warns that the framework which the programs name is out of support.
        ("CheckEolTargetFramework", "false".to_owned()),
        ("UseSharedCompilation", "false".to_owned()),
        ("MSBUILDDISABLENODEREUSE", "1".to_owned()),
        ("DOTNET_CLI_HOME", inside("home")),
        ("DOTNET_CLI_TELEMETRY_OPTOUT", "1".to_owned()),
        ("DOTNET_NOLOGO", "1".to_owned()),
    ]
}

/// Makes the program in a folder take our package from where `make sdk-deps` has put it: programs that are built at the
/// same time cannot share a project.
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
