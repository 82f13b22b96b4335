//! The C# SDK, which this machine may have no compiler for: its public surface is compared with the programs that use it.
//!
//! The programs are those of the announcement, the examples, and what the schema and the README show. Every class,
//! property and enum member that they use must be there, with a type that takes what they give. Where there is a .NET
//! SDK on PATH, the examples are built as well.
//!
//! The announcement's program is not valid C# as it is printed: `new[] {}` has no element type. It is read here as an
//! empty list.

use crate::language::{copy, run};
use crate::snippets::snippets;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use testkit::tools::{read, repository};

/// The members of each public type, with their types; inputs and outputs as the values that they hold.
type Surface = BTreeMap<String, BTreeMap<String, String>>;

/// Reads the SDK's types.
fn surface() -> Surface {
    let mut types = Surface::new();
    for file in ["AutoDeployer.cs", "Webhook.cs", "Provider.cs", "Enums.cs"] {
        let source = repository("sdk/dotnet").join(file);
        let source = fs::read_to_string(source).expect("it is there");
        let mut current = String::new();
        for line in source.lines().map(str::trim) {
            let Some(declaration) = line.strip_prefix("public ") else {
                continue;
            };
            let words: Vec<_> = declaration.split_whitespace().collect();
            let kind = words
                .iter()
                .position(|word| ["class", "struct"].contains(word));
            match (kind, words.as_slice()) {
                (Some(place), _) => {
                    words[place + 1].clone_into(&mut current);
                    types.entry(current.clone()).or_default();
                }
                (None, ["static", of, member, "{", ..] | [of, member, "{", ..] | [of, member]) => {
                    let members = types.get_mut(&current).expect("a member is in a type");
                    members.insert((*member).to_owned(), value_type(of));
                }
                _ => {} // Constructors, methods, operators.
            }
        }
    }
    types
}

/// What an input or output of this type holds: `string`, `WebhookFormat`, `[string]` for a list.
fn value_type(of: &str) -> String {
    let of = of.trim_end_matches('?').replace("Pulumi.AutoDeploy.", "");
    let inside = |wrapper: &str| {
        of.strip_prefix(wrapper)
            .and_then(|rest| rest.strip_prefix('<')?.strip_suffix('>'))
    };
    if let Some(item) = inside("InputList").or_else(|| inside("ImmutableArray")) {
        return format!("[{item}]");
    }
    match inside("Input").or_else(|| inside("Output")) {
        Some(held) => value_type(held),
        None => of,
    }
}

/// A program's words: names with their dots, strings, and single signs. Comments are left out.
fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_name = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == '.';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").expect("the comment ends") + 2
        } else if first == '"' {
            rest[1..].find('"').expect("the text ends") + 2
        } else if is_name(first) {
            rest.find(|sign| !is_name(sign)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        if !word.starts_with('/') && !first.is_whitespace() {
            words.push(word.to_owned());
        }
        rest = after;
    }
    words
}

/// A program that is being compared.
struct Program<'a> {
    surface: &'a Surface,
    words: Vec<String>,
    at: usize,
    /// The types of its variables.
    variables: BTreeMap<String, String>,
    /// How many properties it sets.
    properties: usize,
}

impl Program<'_> {
    fn next(&mut self) -> String {
        let word = self.words.get(self.at).cloned().unwrap_or_default();
        self.at += 1;
        word
    }

    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn expect(&mut self, wanted: &str) {
        let word = self.next();
        assert_eq!(word, wanted, "after {:?}", &self.words[..self.at]);
    }

    /// The type of a member of one of the package's types.
    fn member(&self, of: &str, member: &str) -> String {
        let members = self.surface.get(of);
        let members = members.unwrap_or_else(|| panic!("the SDK has no type {of}"));
        let found = members.get(member);
        found
            .unwrap_or_else(|| panic!("{of} has no {member}"))
            .clone()
    }

    /// Goes through the program: its variables, and everything that they are made from.
    fn compare(&mut self) {
        while self.at < self.words.len() {
            if self.next() == "var" {
                let name = self.next();
                self.expect("=");
                let value = self.value();
                self.variables.insert(name, value);
            }
        }
    }

    /// Reads a value and answers its type.
    fn value(&mut self) -> String {
        let word = self.next();
        if word == "new" {
            return self.made();
        }
        if word.starts_with('"') {
            return "string".to_owned();
        }
        match word.split('.').collect::<Vec<_>>().as_slice() {
            ["true" | "false"] => "bool".to_owned(),
            ["Deployment", "Instance", "OrganizationName"] => "string".to_owned(),
            [_, of, member] => self.member(of, member),
            [variable, member] => {
                let of = self.variables[*variable].clone();
                self.member(&of, member)
            }
            [variable] => self.variables[*variable].clone(),
            _ => panic!("`{word}` is not understood"),
        }
    }

    /// Reads what follows `new`: a list, a resource, or a configuration that is asked for a secret.
    fn made(&mut self) -> String {
        let word = self.next();
        if word == "Config" {
            for expected in ["(", ")", ".RequireSecret", "("] {
                self.expect(expected);
            }
            self.value();
            self.expect(")");
            return "string".to_owned();
        }
        if word == "[" || self.peek() == "[" {
            if word != "[" {
                self.expect("[");
            }
            self.expect("]");
            return self.list(if word == "[" { None } else { Some(word) });
        }
        let class = word.rsplit('.').next().expect("there is a last").to_owned();
        for expected in ["(", "\"", ",", "new", "(", ")", "{"] {
            let word = self.next();
            assert!(word.starts_with(expected), "{word} instead of {expected}");
        }
        let arguments = format!("{class}Args");
        while self.peek() != "}" {
            let property = self.next();
            self.expect("=");
            let (wanted, given) = (self.member(&arguments, &property), self.value());
            let fits = wanted == given || (given == "[]" && wanted.starts_with('['));
            assert!(
                fits,
                "{arguments}.{property} is {wanted} and is given {given}"
            );
            self.properties += 1;
            if self.peek() == "," {
                self.next();
            }
        }
        class
    }

    /// Reads the items of a list in braces.
    fn list(&mut self, of: Option<String>) -> String {
        self.expect("{");
        let mut items = of;
        while self.peek() != "}" {
            let item = self.value();
            assert_eq!(*items.get_or_insert_with(|| item.clone()), item);
            if self.peek() == "," {
                self.next();
            }
        }
        self.expect("}");
        format!("[{}]", items.unwrap_or_default())
    }
}

/// Compares a program with the SDK; answers how many properties it sets.
fn compared(surface: &Surface, code: &str) -> usize {
    let mut program = Program {
        surface,
        words: words(code),
        at: 0,
        variables: BTreeMap::new(),
        properties: 0,
    };
    program.compare();
    program.properties
}

#[test]
fn has_all_that_the_programs_use() {
    let surface = surface();
    let seed = "tests/languages/seed/csharp";
    assert_eq!(compared(&surface, &read(&format!("{seed}/Program.cs"))), 24);
    let discovered = "tests/languages/discovered/deployers-csharp/Program.cs";
    assert_eq!(compared(&surface, &read(discovered)), 16);
    names_what_is_there(&read("tests/languages/discovered/graph-csharp/Program.cs"));
    // This one takes its webhooks from the package `pulumiservice`, as the announcement does.
    let webhooks = compared(&surface, &read(&format!("{seed}/Webhooks.cs")));
    assert_eq!(webhooks, 16);
    assert_eq!(
        compared(&surface, &read("examples/auto-deploy-csharp/Program.cs")),
        24
    );
    assert_eq!(
        compared(&surface, &read("examples/webhook-csharp/Program.cs")),
        16
    );
    for snippet in snippets("csharp") {
        if snippet.code.contains(" => graph")
            || snippet.code.contains(" => stacks")
            || snippet.code.contains("ImmutableArray")
        {
            names_what_is_there(&snippet.code);
            continue;
        }
        let properties = compared(&surface, &snippet.code);
        assert!(properties >= 5, "{}: {properties}", snippet.place);
    }
}

/// Checks a program with maps or functions, which [`compared`] cannot read: the types, members and properties of the
/// package that it names are there.
fn names_what_is_there(code: &str) {
    let sources = crate::sdks::files(&repository("sdk/dotnet"));
    let sources: Vec<_> = sources
        .values()
        .map(|source| String::from_utf8_lossy(source).into_owned())
        .collect();
    let declares = |wanted: &[String]| {
        let is_there =
            |source: &String| wanted.iter().any(|wanted| source.contains(wanted.as_str()));
        sources.iter().any(is_there)
    };
    let words = words(code);
    let mut checked = 0;
    for (place, word) in words.iter().enumerate() {
        let parts: Vec<_> = word.split('.').collect();
        if let ["AutoDeploy", kind, member @ ..] = parts.as_slice() {
            let kinds = [
                format!(" class {kind}\n"),
                format!(" class {kind} "),
                format!(" struct {kind} "),
            ];
            assert!(declares(&kinds), "{word}");
            let members = [
                format!(" {} ", member.join(".")),
                format!(" {}(", member.join(".")),
            ];
            assert!(member.is_empty() || declares(&members), "{word}");
            checked += 1;
        }
        let is_alias = place > 0 && words[place - 1] == "using";
        let is_property = word.starts_with(char::is_uppercase)
            && !is_alias
            && words.get(place + 1).is_some_and(|next| next == "=");
        if is_property && !word.contains('.') {
            assert!(
                declares(&[format!(" {word}\n"), format!(" {word} {{")]),
                "{word}"
            );
            checked += 1;
        }
    }
    assert!(checked > 0, "{code}");
}

#[test]
#[should_panic(expected = "AutoDeployerArgs.DownstreamRefs is [string] and is given [bool]")]
fn what_does_not_fit_is_found() {
    let program = read("examples/auto-deploy-csharp/Program.cs");
    compared(
        &surface(),
        &program.replace("b.Ref, c.Ref", "b.Active, c.Active"),
    );
}

#[test]
fn has_a_project_file_that_names_only_what_is_there() {
    let folder = repository("sdk/dotnet");
    let project = ["Pulumi.AutoDeploy.csproj", "Directory.Build.props"]
        .map(|file| fs::read_to_string(folder.join(file)).expect("it is there"))
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

/// Where there is no .NET SDK, the comparison above has to do.
#[test]
fn builds_where_there_is_a_compiler() {
    let is_there = Command::new("dotnet").arg("--version").output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    copy(&repository("sdk/dotnet"), &folder.path().join("sdk/dotnet"));
    for example in ["auto-deploy-csharp", "webhook-csharp"] {
        let program = folder.path().join("examples").join(example);
        copy(&repository("examples").join(example), &program);
        let (went_well, said) = run(Command::new("dotnet").arg("build").current_dir(program));
        assert!(went_well, "{said}");
    }
}
