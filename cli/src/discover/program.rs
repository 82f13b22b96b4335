//! A program that declares a graph, in each language.
//!
//! # What this may not do
//!
//! Make a request: a program is a function of the graph. Escape names: they consist of letters, digits, `.`, `_` and `-`.

use super::choice::{Form, Language, Strategy};
use super::names::Names;
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Dag;
use std::fmt::Write as _;

/// What to declare.
#[derive(Clone, Debug)]
pub(super) struct Program<'a> {
    pub(super) organization: &'a str,
    pub(super) dag: &'a Dag,
    pub(super) names: &'a Names,
    pub(super) form: Form,
    /// The strategy of a graph; `None` for the default.
    pub(super) strategy: Option<Strategy>,
}

/// One `AutoDeployer`.
pub(super) struct Deployer<'a> {
    pub(super) stack: &'a StackRef,
    pub(super) resource: &'a str,
    variable: &'a str,
    /// The variables of the stacks that follow.
    pub(super) downstream: Vec<&'a str>,
    /// Whether another one refers to it.
    is_named: bool,
}

pub(super) const ABOUT: &str = "Updates each stack after those that it refers to.";

impl Program<'_> {
    /// The program in this language.
    pub(super) fn text(&self, language: Language) -> String {
        match (language, self.form) {
            (Language::Yaml, Form::Deployers) => self.yaml_deployers(),
            (Language::Yaml, Form::Graph) => self.yaml_graph(),
            (Language::Typescript, Form::Deployers) => self.typescript_deployers(),
            (Language::Typescript, Form::Graph) => self.typescript_graph(),
            (Language::Python, Form::Deployers) => self.python_deployers(),
            (Language::Python, Form::Graph) => self.python_graph(),
            (Language::Go, Form::Deployers) => self.go_deployers(),
            (Language::Go, Form::Graph) => self.go_graph(),
            (Language::Csharp, Form::Deployers) => self.csharp_deployers(),
            (Language::Csharp, Form::Graph) => self.csharp_graph(),
            (Language::Java, Form::Deployers) => self.java_deployers(),
            (Language::Java, Form::Graph) => self.java_graph(),
        }
    }

    /// The deployers, each after those that it refers to.
    pub(super) fn deployers(&self) -> Vec<Deployer<'_>> {
        let layers = self.dag.layers();
        let stacks = layers.into_iter().rev().flatten();
        stacks
            .map(|stack| Deployer {
                stack,
                resource: self.names.resource(stack),
                variable: self.names.variable(stack),
                downstream: self
                    .dag
                    .downstream_of(stack)
                    .into_iter()
                    .map(|below| self.names.variable(below))
                    .collect(),
                is_named: !self.dag.upstream_of(stack).is_empty(),
            })
            .collect()
    }

    /// Each stack with the stacks that it depends on, if there are any.
    pub(super) fn dependencies(&self) -> Vec<(String, Vec<String>)> {
        let stacks = self.dag.stacks().map(|stack| {
            let upstream = self.dag.upstream_of(stack);
            let upstream = upstream.into_iter().map(StackRef::short).collect();
            (stack.short(), upstream)
        });
        stacks
            .filter(|(_, upstream): &(_, Vec<String>)| !upstream.is_empty())
            .collect()
    }

    fn typescript_deployers(&self) -> String {
        let mut text = format!(
            "import * as autodeploy from \"@pulumi/auto-deploy\";\n\n// {ABOUT}\n\nconst organization = \"{}\";\n",
            self.organization
        );
        for deployer in self.deployers() {
            let bound = if deployer.is_named {
                format!("const {} = ", deployer.variable)
            } else {
                String::new()
            };
            let refs = joined(&deployer.downstream, |name| format!("{name}.ref"));
            let _ = write!(
                text,
                "\n{bound}new autodeploy.AutoDeployer(\"{}\", {{\n    organization,\n    project: \"{}\",\n    stack: \
                 \"{}\",\n    downstreamRefs: [{refs}],\n}});\n",
                deployer.resource,
                deployer.stack.project(),
                deployer.stack.stack(),
            );
        }
        text
    }

    fn typescript_graph(&self) -> String {
        let mut text = format!(
            "import * as autodeploy from \"@pulumi/auto-deploy\";\n\n// {ABOUT}\n\nnew \
             autodeploy.DependencyGraph(\"graph\", {{\n    organization: \"{}\",\n{}    dependencies: {{\n",
            self.organization,
            self.strategy(|it| format!("    strategy: autodeploy.GraphStrategy.{},\n", it.name()))
        );
        for (stack, upstream) in self.dependencies() {
            let _ = writeln!(text, "        \"{stack}\": [{}],", strings(&upstream));
        }
        text.push_str("    },\n});\n");
        text
    }

    /// The line with the strategy, unless it is the default.
    pub(super) fn strategy(&self, line: impl Fn(Strategy) -> String) -> String {
        self.strategy.map(line).unwrap_or_default()
    }

    fn python_deployers(&self) -> String {
        let mut text = format!(
            "\"\"\"{ABOUT}\"\"\"\n\nimport pulumi_auto_deploy as auto_deploy\n\norganization = \"{}\"\n\n",
            self.organization
        );
        for deployer in self.deployers() {
            let bound = if deployer.is_named {
                format!("{} = ", deployer.variable)
            } else {
                String::new()
            };
            let refs = joined(&deployer.downstream, |name| format!("{name}.ref"));
            let _ = writeln!(
                text,
                "{bound}auto_deploy.AutoDeployer(\"{}\",\n    organization=organization,\n    project=\"{}\",\n    \
                 stack=\"{}\",\n    downstream_refs=[{refs}])",
                deployer.resource,
                deployer.stack.project(),
                deployer.stack.stack(),
            );
        }
        text
    }

    fn python_graph(&self) -> String {
        let mut text = format!(
            "\"\"\"{ABOUT}\"\"\"\n\nimport pulumi_auto_deploy as auto_deploy\n\nauto_deploy.DependencyGraph(\"graph\",\n    \
             organization=\"{}\",\n{}    dependencies={{\n",
            self.organization,
            self.strategy(|it| format!(
                "    strategy=auto_deploy.GraphStrategy.{},\n",
                it.as_str().to_uppercase()
            ))
        );
        for (stack, upstream) in self.dependencies() {
            let _ = writeln!(text, "        \"{stack}\": [{}],", strings(&upstream));
        }
        text.push_str("    })\n");
        text
    }

    fn go_head() -> String {
        format!(
            "// {ABOUT}\npackage main\n\nimport (\n\t\"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy\"\n\t\
             \"github.com/pulumi/pulumi/sdk/v3/go/pulumi\"\n)\n\nfunc main() {{\n\tpulumi.Run(func(ctx \
             *pulumi.Context) error {{\n"
        )
    }

    fn go_deployers(&self) -> String {
        let mut text = Program::go_head();
        let deployers = self.deployers();
        // Go rejects unused variables.
        if !deployers.is_empty() {
            let _ = writeln!(
                text,
                "\t\torganization := pulumi.String(\"{}\")",
                self.organization
            );
        }
        let mut has_error = false;
        for deployer in deployers {
            let (bound, sign) = match (deployer.is_named, has_error) {
                (true, _) => (deployer.variable, ":="),
                (false, false) => ("_", ":="),
                (false, true) => ("_", "="),
            };
            has_error = true;
            let refs = joined(&deployer.downstream, |name| format!("{name}.Ref"));
            let _ = write!(
                text,
                "\t\t{bound}, err {sign} autodeploy.NewAutoDeployer(ctx, \"{}\", &autodeploy.AutoDeployerArgs{{\n\t\t\t\
                 Organization:   organization,\n\t\t\tProject:        pulumi.String(\"{}\"),\n\t\t\tStack:          \
                 pulumi.String(\"{}\"),\n\t\t\tDownstreamRefs: pulumi.StringArray{{{refs}}},\n\t\t}})\n\t\tif err != \
                 nil {{\n\t\t\treturn err\n\t\t}}\n",
                deployer.resource,
                deployer.stack.project(),
                deployer.stack.stack(),
            );
        }
        text.push_str("\t\treturn nil\n\t})\n}\n");
        text
    }

    fn go_graph(&self) -> String {
        let mut text = Program::go_head();
        let _ = write!(
            text,
            "\t\t_, err := autodeploy.NewDependencyGraph(ctx, \"graph\", &autodeploy.DependencyGraphArgs{{\n\t\t\t\
             Organization: pulumi.String(\"{}\"),\n{}\t\t\tDependencies: pulumi.StringArrayMap{{\n",
            self.organization,
            self.strategy(|it| format!(
                "\t\t\tStrategy:     autodeploy.GraphStrategy{},\n",
                it.name()
            ))
        );
        let dependencies = self.dependencies();
        let widest = dependencies.iter().map(|(stack, _)| stack.len()).max();
        for (stack, upstream) in &dependencies {
            let upstream = joined(upstream, |name| format!("pulumi.String(\"{name}\")"));
            let pad = " ".repeat(widest.unwrap_or(0) - stack.len());
            let _ = writeln!(
                text,
                "\t\t\t\t\"{stack}\": {pad}pulumi.StringArray{{{upstream}}},"
            );
        }
        text.push_str("\t\t\t},\n\t\t})\n\t\treturn err\n\t})\n}\n");
        text
    }

    fn csharp_deployers(&self) -> String {
        let mut text = format!(
            "using Pulumi;\nusing AutoDeploy = Pulumi.AutoDeploy;\n\n// {ABOUT}\n\nreturn await \
             Deployment.RunAsync(() =>\n{{\n    var organization = \"{}\";\n",
            self.organization
        );
        for deployer in self.deployers() {
            let bound = deployer.variable;
            let refs = if deployer.downstream.is_empty() {
                "new string[] { }".to_owned()
            } else {
                format!(
                    "new[] {{ {} }}",
                    joined(&deployer.downstream, |name| format!("{name}.Ref"))
                )
            };
            let _ = write!(
                text,
                "\n    var {bound} = new AutoDeploy.AutoDeployer(\"{}\", new()\n    {{\n        Organization = \
                 organization,\n        Project = \"{}\",\n        Stack = \"{}\",\n        DownstreamRefs = \
                 {refs},\n    }});\n",
                deployer.resource,
                deployer.stack.project(),
                deployer.stack.stack(),
            );
        }
        text.push_str("});\n");
        text
    }

    fn csharp_graph(&self) -> String {
        let mut text = format!(
            "using System.Collections.Immutable;\nusing Pulumi;\nusing AutoDeploy = Pulumi.AutoDeploy;\n\n// \
             {ABOUT}\n\nreturn await Deployment.RunAsync(() =>\n{{\n    var graph = new \
             AutoDeploy.DependencyGraph(\"graph\", new()\n    {{\n        Organization = \"{}\",\n{}        Dependencies =\n        {{\n",
            self.organization,
            self.strategy(|it| format!(
                "        Strategy = AutoDeploy.GraphStrategy.{},\n",
                it.name()
            ))
        );
        for (stack, upstream) in self.dependencies() {
            let _ = writeln!(
                text,
                "            [\"{stack}\"] = ImmutableArray.Create({}),",
                strings(&upstream)
            );
        }
        text.push_str("        },\n    });\n});\n");
        text
    }

    fn java_head(imports: &str) -> String {
        format!(
            "package wiring;\n\nimport com.pulumi.Context;\nimport com.pulumi.Pulumi;\n{imports}\n/** {ABOUT} \
             */\npublic class App {{\n    public static void main(String[] args) {{\n        Pulumi.run(App::stack);\n    \
             }}\n\n    private static void stack(Context ctx) {{\n"
        )
    }

    fn java_deployers(&self) -> String {
        let mut text = Program::java_head(
            "import com.pulumi.autodeploy.AutoDeployer;\nimport com.pulumi.autodeploy.AutoDeployerArgs;\nimport \
             com.pulumi.core.Output;\nimport java.util.List;\n",
        );
        let _ = writeln!(
            text,
            "        var organization = \"{}\";",
            self.organization
        );
        for deployer in self.deployers() {
            let bound = if deployer.is_named {
                format!("var {} = ", deployer.variable)
            } else {
                String::new()
            };
            let refs = if deployer.downstream.is_empty() {
                "List.of()".to_owned()
            } else {
                format!(
                    "Output.all({})",
                    joined(&deployer.downstream, |name| format!("{name}.ref()"))
                )
            };
            let _ = write!(
                text,
                "\n        {bound}new AutoDeployer(\"{}\", AutoDeployerArgs.builder()\n            \
                 .organization(organization)\n            .project(\"{}\")\n            .stack(\"{}\")\n            \
                 .downstreamRefs({refs})\n            .build());\n",
                deployer.resource,
                deployer.stack.project(),
                deployer.stack.stack(),
            );
        }
        text.push_str("    }\n}\n");
        text
    }

    fn java_graph(&self) -> String {
        let word =
            self.strategy(|_| "import com.pulumi.autodeploy.enums.GraphStrategy;\n".to_owned());
        let mut text = Program::java_head(&format!(
            "import com.pulumi.autodeploy.DependencyGraph;\nimport \
             com.pulumi.autodeploy.DependencyGraphArgs;\n{word}import java.util.List;\nimport java.util.Map;\n",
        ));
        let _ = write!(
            text,
            "        new DependencyGraph(\"graph\", DependencyGraphArgs.builder()\n            \
             .organization(\"{}\")\n{}            .dependencies(Map.ofEntries(\n",
            self.organization,
            self.strategy(|it| format!("            .strategy(GraphStrategy.{})\n", it.name()))
        );
        let entries = self.dependencies().into_iter().map(|(stack, upstream)| {
            format!(
                "                Map.entry(\"{stack}\", List.of({}))",
                strings(&upstream)
            )
        });
        text.push_str(&entries.collect::<Vec<_>>().join(",\n"));
        text.push_str("))\n            .build());\n    }\n}\n");
        text
    }
}

fn joined<T: AsRef<str>>(names: &[T], one: impl Fn(&str) -> String) -> String {
    let names: Vec<String> = names.iter().map(|name| one(name.as_ref())).collect();
    names.join(", ")
}

fn strings(names: &[String]) -> String {
    joined(names, |name| format!("\"{name}\""))
}
