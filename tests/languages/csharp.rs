//! Every C# program in the docs, checked against the C# SDK with a grammar of the language.
//!
//! `sdk/dotnet` must declare each type, member and property of ours that a program names. The rest is left to the compiler,
//! which [`dotnet`](crate::dotnet) runs where there is one.

use crate::dotnet::programs;
use std::collections::{BTreeMap, BTreeSet};
use testkit::tools::repository;
use tree_sitter::{Node, Parser, Query, QueryCursor, StreamingIterator as _, Tree};

/// The public types of the SDK, each with its public members and their types.
type Sdk = BTreeMap<String, BTreeMap<String, String>>;

const DECLARATIONS: &str = r#"
    ((_ name: (identifier) @type body: (declaration_list [
        (property_declaration (modifier) @is type: (_) @of name: (_) @name)
        (field_declaration (modifier) @is (variable_declaration type: (_) @of (variable_declarator name: (_) @name)))
        (method_declaration (modifier) @is returns: (_) @of name: (_) @name)
        (constructor_declaration (modifier) @is name: (_) @of @name)
    ])) (#eq? @is "public"))
"#;

/// The members that resources inherit from Pulumi's own library.
const OF_EVERY_RESOURCE: [&str; 2] = ["Id", "Urn"];

fn parse(code: &str) -> Tree {
    let mut parser = Parser::new();
    let language = tree_sitter_c_sharp::LANGUAGE.into();
    parser.set_language(&language).expect("they fit");
    let tree = parser.parse(code, None).expect("nothing interrupts it");
    let root = tree.root_node();
    assert!(!root.has_error(), "{code}\n{root}");
    tree
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).collect()
}

/// A type without its namespaces and without `?`: `Output<GraphEdge>`.
fn short(of: &str) -> String {
    let parts = of.split_inclusive(['<', '>', ',']);
    let names = parts.map(|part| part.rsplit('.').next().unwrap_or_default());
    names.collect::<String>().replace('?', "")
}

fn sdk() -> Sdk {
    let language = tree_sitter_c_sharp::LANGUAGE.into();
    let query = Query::new(&language, DECLARATIONS).expect("it is right");
    let mut sdk = Sdk::new();
    for (name, source) in crate::sdks::files(&repository("sdk/dotnet")) {
        if crate::sdks::ending(&name) != "cs" {
            continue;
        }
        let source = String::from_utf8(source).expect("it is text");
        let tree = parse(&source);
        let mut cursor = QueryCursor::new();
        let mut declarations = cursor.matches(&query, tree.root_node(), source.as_bytes());
        while let Some(declaration) = declarations.next() {
            let text = |name| {
                let place = query
                    .capture_index_for_name(name)
                    .expect("the query has it");
                let node = declaration.nodes_for_capture_index(place).next();
                &source[node.expect("every pattern has it").byte_range()]
            };
            let members = sdk.entry(text("type").to_owned()).or_default();
            members.insert(text("name").to_owned(), short(text("of")));
        }
    }
    sdk
}

/// A program to check against the SDK.
struct Program<'a> {
    sdk: &'a Sdk,
    code: &'a str,
    /// The names of our namespace in it.
    namespaces: BTreeSet<String>,
    /// The types of its variables.
    variables: BTreeMap<String, String>,
    /// The names of ours that it uses, as `Type` and `Type.Member`, and whether each exists.
    names: BTreeMap<String, bool>,
}

impl<'a> Program<'a> {
    fn text(&self, node: Option<Node<'_>>) -> &'a str {
        node.map_or("", |node| &self.code[node.byte_range()])
    }

    fn is_ours(&self, namespace: &str) -> bool {
        let nested = [".Inputs", ".Outputs"];
        let outer = nested
            .iter()
            .find_map(|inner| namespace.strip_suffix(inner));
        self.namespaces.contains(outer.unwrap_or(namespace))
    }

    /// The type of ours with this name.
    fn kind(&mut self, name: &str) -> String {
        let is_there = self.sdk.contains_key(name);
        self.names.insert(name.to_owned(), is_there);
        name.to_owned()
    }

    /// The type of a member; empty if the type is not ours.
    fn member(&mut self, of: &str, name: &str) -> String {
        let Some(members) = self.sdk.get(of) else {
            return String::new();
        };
        let held = members.get(name).cloned();
        let is_there = held.is_some() || OF_EVERY_RESOURCE.contains(&name);
        self.names.insert(format!("{of}.{name}"), is_there);
        held.unwrap_or_default()
    }

    /// Reads a part of the program where a `wanted` is expected; returns its type, empty if it is not known.
    fn read(&mut self, node: Node<'_>, wanted: &str) -> String {
        let field = |name| node.child_by_field_name(name);
        let parts = children(node);
        match node.kind() {
            "using_directive" => {
                if self.namespaces.contains(self.text(parts.last().copied())) {
                    self.namespaces.insert(self.text(field("name")).to_owned());
                }
                String::new()
            }
            "identifier" => {
                let name = self.text(Some(node));
                match self.variables.get(name) {
                    Some(of) => of.clone(),
                    // `using Pulumi.AutoDeploy;` makes our types available beside those of others.
                    None if self.is_ours("") && self.sdk.contains_key(name) => self.kind(name),
                    None => String::new(),
                }
            }
            "variable_declaration" => {
                let of = self.read(parts[0], "");
                parts[1..]
                    .iter()
                    .for_each(|part| drop(self.read(*part, &of)));
                String::new()
            }
            "variable_declarator" => {
                let of = self.read(parts[parts.len() - 1], wanted);
                let name = self.text(field("name")).to_owned();
                self.variables.insert(name, of);
                String::new()
            }
            "qualified_name" | "member_access_expression" => {
                let (left, name) = (self.text(Some(parts[0])), self.text(field("name")));
                if self.is_ours(left) {
                    return self.kind(name);
                }
                let of = self.read(parts[0], "");
                self.member(&of, name)
            }
            "invocation_expression" => self.call(parts[0], parts[1]),
            "lambda_expression" => {
                let parameter = self.text(field("parameters")).trim_matches(['(', ')']);
                self.variables
                    .insert(parameter.to_owned(), wanted.to_owned());
                self.read(field("body").expect("it has one"), "")
            }
            "object_creation_expression" | "implicit_object_creation_expression" => {
                let of = field("type").map_or(wanted.to_owned(), |of| self.read(of, ""));
                for part in parts {
                    match part.kind() {
                        // The generator names the arguments of a resource like this.
                        "argument_list" => drop(self.arguments(part, &format!("{of}Args"))),
                        "initializer_expression" => self.properties(part, &of),
                        _ => {}
                    }
                }
                of
            }
            "argument" | "await_expression" | "parenthesized_expression" => {
                self.read(parts[parts.len() - 1], wanted)
            }
            _ => {
                for part in parts {
                    self.read(part, "");
                }
                String::new()
            }
        }
    }

    /// Reads the properties with which an object of a type is created.
    fn properties(&mut self, node: Node<'_>, of: &str) {
        for property in children(node) {
            let side = |name| property.child_by_field_name(name);
            match (side("left"), side("right")) {
                (Some(name), Some(value)) if name.kind() == "identifier" => {
                    let held = self.member(of, self.text(Some(name)));
                    self.read(value, &held);
                }
                _ => drop(self.read(property, "")),
            }
        }
    }

    /// Reads a call. A call on a wrapper, such as `Apply` on an output, passes the inner value to a function.
    fn call(&mut self, function: Node<'_>, arguments: Node<'_>) -> String {
        let name = self.text(function.child_by_field_name("name"));
        let left = function.child_by_field_name("expression");
        let of = left.map_or(String::new(), |left| self.read(left, ""));
        let Some((_, inside)) = of.split_once('<') else {
            let returned = self.member(&of, name);
            self.arguments(arguments, &format!("{of}{name}Args"));
            return returned;
        };
        let returned = self.arguments(arguments, inside.trim_end_matches('>'));
        match name {
            "Apply" | "Select" => format!("Output<{returned}>"),
            _ => of,
        }
    }

    /// Reads arguments, of which one may be a `wanted`; returns the type of the last.
    fn arguments(&mut self, node: Node<'_>, wanted: &str) -> String {
        let arguments = children(node).into_iter();
        arguments.fold(String::new(), |_, argument| self.read(argument, wanted))
    }
}

/// The names of ours that a program uses, and those that the SDK does not have.
fn names(sdk: &Sdk, code: &str) -> [Vec<String>; 2] {
    let tree = parse(code);
    let mut program = Program {
        sdk,
        code,
        namespaces: BTreeSet::from(["Pulumi.AutoDeploy".to_owned()]),
        variables: BTreeMap::new(),
        names: BTreeMap::new(),
    };
    program.read(tree.root_node(), "");
    let names = program.names;
    [true, false].map(|wanted| {
        let names = names.iter().filter(|(_, is_there)| **is_there == wanted);
        names.map(|(name, _)| name.clone()).collect()
    })
}

#[test]
fn programs_name_only_what_is_there() {
    let sdk = sdk();
    for (place, code) in programs() {
        let [named, missing] = names(&sdk, &code);
        assert_eq!(missing, [""; 0], "{place}");
        assert!(named.len() >= 3, "{place}: {named:?}");
    }
}

/// The program of a place, with one name changed.
fn changed(place: &str, right: &str, wrong: &str) -> String {
    let mut programs = programs().into_iter();
    let (_, code) = programs.find(|(at, _)| at == place).expect("it is there");
    assert!(code.contains(right), "{code}");
    code.replace(right, wrong)
}

#[test]
fn names_are_followed_to_where_they_are_declared() {
    let code = changed("getDownstreamStacks_0", "", "");
    let [named, _] = names(&sdk(), &code);
    assert_eq!(
        named,
        [
            "AutoDeployer",
            "AutoDeployerArgs.DownstreamRefs",
            "AutoDeployerArgs.Project",
            "AutoDeployerArgs.Stack",
            "GetDownstreamStacks",
            "GetDownstreamStacks.Invoke",
            "GetDownstreamStacksInvokeArgs.Project",
            "GetDownstreamStacksInvokeArgs.Stack",
            "GetDownstreamStacksResult.Refs",
        ]
    );
}

/// The place of a program, a name in it, a replacement, and what is missing then.
const WRONG: &str = "
    readme_dotnet          AutoDeploy.AutoDeployer  AutoDeploy.Deployer  Deployer
    readme_dotnet          DownstreamRefs           Downstream           AutoDeployerArgs.Downstream
    readme_dotnet          database.Ref             database.Name        AutoDeployer.Name
    overview               DownstreamRefs           DownstreamRef        AutoDeployerArgs.DownstreamRef
    DependencyGraph_0      Strategy.Sequential      Strategy.Serial      GraphStrategy.Serial
    DependencyGraph_0      graph.Layers             graph.Layer          DependencyGraph.Layer
    getDependencyGraph_0   .Invoke                  .Call                GetDependencyGraph.Call
    getDependencyGraph_0   graph.Mermaid            graph.Dots           GetDependencyGraphResult.Dots
    getDownstreamStacks_0  Project                  Name                 GetDownstreamStacksInvokeArgs.Name
    getDownstreamStacks_0  stacks.Refs              stacks.All           GetDownstreamStacksResult.All
";

#[test]
fn a_name_that_is_not_there_is_found() {
    let sdk = sdk();
    for line in WRONG.lines().skip(1) {
        let words: Vec<_> = line.split_whitespace().collect();
        let [place, right, wrong, missing] = words[..] else {
            panic!("{line}")
        };
        let [_, found] = names(&sdk, &changed(place, right, wrong));
        assert!(
            found.iter().any(|name| name == missing),
            "{line}: {found:?}"
        );
    }
}

#[test]
fn names_are_found_however_they_are_reached() {
    let code = r#"
        using Pulumi;
        using Pulumi.AutoDeploy;

        AutoDeployer app = new("app", new() { Projects = "app" });
        var graph = new DependencyGraph("graph", new()
        {
            Dependencies = { ["web/prod"] = new InputList<string> { app.Name } },
        });
        graph.Edges.Apply((edges) => edges.Select(edge => edge.Below));
    "#;
    let [_, missing] = names(&sdk(), code);
    assert_eq!(
        missing,
        [
            "AutoDeployer.Name",
            "AutoDeployerArgs.Projects",
            "GraphEdge.Below"
        ]
    );
}
