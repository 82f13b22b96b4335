//! The files of a project, apart from the program.
//!
//! # What this may not do
//!
//! Overwrite an existing file.

use super::choice::Language;
use super::sdk::{Sdk, VERSION};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::path::Path;

/// Files with their contents.
type Files = Vec<(&'static str, String)>;

/// The files of a project in this language, which uses this SDK.
pub(super) fn files(language: Language, program: &str, sdk: &Sdk) -> Files {
    let about = |runtime: &str| {
        format!(
            "name: wiring\ndescription: Updates each stack after those that it refers to.\nruntime: {runtime}\n"
        )
    };
    let program = program.to_owned();
    match language {
        Language::Yaml => vec![("Pulumi.yaml", program)],
        Language::Typescript => typescript(about("nodejs"), program, sdk),
        Language::Python => vec![
            (
                "Pulumi.yaml",
                about("\n  name: python\n  options:\n    virtualenv: venv").replace(": \n", ":\n"),
            ),
            ("__main__.py", program),
            (
                "requirements.txt",
                format!("pulumi>=3.0.0,<4.0.0\n{}\n", sdk.python()),
            ),
        ],
        Language::Go => vec![
            ("Pulumi.yaml", about("go")),
            ("main.go", program),
            (
                "go.mod",
                format!(
                    "module wiring\n\ngo 1.25\n\nrequire (\n\tgithub.com/pulumi/pulumi-auto-deploy/sdk \
                     v{VERSION}\n\tgithub.com/pulumi/pulumi/sdk/v3 v3.259.0\n)\n{}",
                    sdk.go()
                ),
            ),
        ],
        Language::Csharp => vec![
            ("Pulumi.yaml", about("dotnet")),
            ("Program.cs", program),
            (
                "wiring.csproj",
                format!(
                    "<Project Sdk=\"Microsoft.NET.Sdk\">\n\n  <PropertyGroup>\n    <OutputType>Exe</OutputType>\n    \
                     <TargetFramework>net8.0</TargetFramework>\n    <!-- Where .NET 8 is not installed, a newer one \
                     runs the program. -->\n    <RollForward>Major</RollForward>\n    <Nullable>enable</Nullable>\n  \
                     </PropertyGroup>\n\n  <ItemGroup>\n    <PackageReference Include=\"Pulumi\" Version=\"3.*\" \
                     />\n    {}\n  </ItemGroup>\n\n</Project>\n",
                    sdk.csharp()
                ),
            ),
        ],
        Language::Java => vec![
            ("Pulumi.yaml", about("java")),
            ("src/main/java/wiring/App.java", program),
            ("pom.xml", pom()),
        ],
    }
}

fn typescript(about: String, program: String, sdk: &Sdk) -> Files {
    let package = Value::from(sdk.nodejs());
    let manifest = format!(
        "{{\n    \"name\": \"wiring\",\n    \"private\": true,\n    \"main\": \"index.ts\",\n    \
         \"dependencies\": {{\n        \"@pulumi/auto-deploy\": {package},\n        \
         \"@pulumi/pulumi\": \"^3.0.0\"\n    }},\n    \"devDependencies\": {{\n        \"@types/node\": \
         \"^20.0.0\",\n        \"typescript\": \"^5.0.0\"\n    }}\n}}\n"
    );
    let options = "{\n    \"compilerOptions\": {\n        \"strict\": true,\n        \"target\": \"es2020\",\n        \
         \"module\": \"commonjs\",\n        \"moduleResolution\": \"node\"\n    },\n    \"files\": \
         [\"index.ts\"]\n}\n";
    let mut files = vec![
        ("Pulumi.yaml", about),
        ("index.ts", program),
        ("package.json", manifest),
        ("tsconfig.json", options.to_owned()),
    ];
    if sdk.is_a_clone() {
        let text = "# A copy of the SDK instead of a link, so that both share one @pulumi/pulumi.\ninstall-links=true\n";
        files.push((".npmrc", text.to_owned()));
    }
    files
}

fn pom() -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">
    <modelVersion>4.0.0</modelVersion>

    <groupId>wiring</groupId>
    <artifactId>wiring</artifactId>
    <version>1.0</version>

    <properties>
        <maven.compiler.release>11</maven.compiler.release>
        <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
        <mainClass>wiring.App</mainClass>
    </properties>

    <dependencies>
        <dependency>
            <groupId>com.pulumi</groupId>
            <artifactId>auto-deploy</artifactId>
            <version>{VERSION}</version>
        </dependency>
        <dependency>
            <groupId>com.pulumi</groupId>
            <artifactId>pulumi</artifactId>
            <version>1.36.1</version>
        </dependency>
    </dependencies>

    <build>
        <plugins>
            <plugin>
                <groupId>org.apache.maven.plugins</groupId>
                <artifactId>maven-compiler-plugin</artifactId>
                <version>3.11.0</version>
            </plugin>
            <plugin>
                <groupId>org.codehaus.mojo</groupId>
                <artifactId>exec-maven-plugin</artifactId>
                <version>3.1.0</version>
                <configuration>
                    <mainClass>${{mainClass}}</mainClass>
                </configuration>
            </plugin>
        </plugins>
    </build>
</project>
"#
    )
}

/// Writes the files into a folder that is empty or does not exist.
pub(super) fn write(folder: &Path, files: &[(&str, String)]) -> anyhow::Result<()> {
    let is_used = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        !is_used,
        "the folder {} is not empty: name one that is, or that is not there",
        folder.display()
    );
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().expect("every file is in a folder");
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make the folder {}", parent.display()))?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
