//! `auto-deploy discover`: a program that declares what stacks refer to already.

mod choice;
mod names;
mod program;
mod project;

use crate::context::CloudArguments;
use crate::exit::Exit;
use crate::look::{self, Look};
use anyhow::Context as _;
use auto_deploy::graph::{Dag, Edge};
use auto_deploy::survey::Detail;
use choice::{Form, Language};
use names::Names;
use program::Program;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

/// Print a program that lets stacks follow those that they hold StackReferences to
///
/// The program is complete, and ready for `pulumi up`. With `--out` the whole project is written into a folder: the
/// program, what it depends on, and an import file with the webhooks that there are already between these stacks, so
/// that `pulumi import` takes them over and none is made twice.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cloud: CloudArguments,
    /// The language of the program
    #[arg(long, value_enum)]
    language: Language,
    /// One AutoDeployer for each stack, or one DependencyGraph for all
    #[arg(long = "as", value_enum, default_value_t = Form::Deployers)]
    form: Form,
    /// Write the project into this folder, which must be empty or not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const HELP: &str = "\
Exit status:
  0  there is a program
  1  there is nothing to declare: no stack holds a StackReference to another
  2  it could not be looked at, or the stacks refer to each other in a cycle

Examples:
  auto-deploy discover --language yaml > Pulumi.yaml
  auto-deploy discover --language typescript --out wiring
  auto-deploy discover --language go --as graph > main.go";

/// Prints the program, or writes the project.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::Edges).await?;
    let mut notes = std::io::stderr();
    if look.references.is_empty() {
        writeln!(
            notes,
            "No stack of `{}` holds a StackReference to another, as far as the access token can see.",
            context.organization
        )?;
        return Ok(Exit::Findings);
    }
    let dag = Dag::new(&look.references).map_err(|cycle| {
        anyhow::anyhow!(
            "the stacks refer to each other in a cycle, which webhooks would go round for ever: {cycle}; take one of \
             these references away first"
        )
    })?;
    let names = Names::new(dag.stacks(), arguments.language);
    let program = Program {
        organization: &context.organization,
        dag: &dag,
        names: &names,
        form: arguments.form,
    };
    let text = program.text(arguments.language);
    let imports = imports(&look, &names, arguments.form);
    let n_imports = imports.as_ref().map_or(0, |imports| imports.n_webhooks);
    match &arguments.out {
        None => {
            write!(out, "{text}")?;
            if n_imports > 0 {
                writeln!(
                    notes,
                    "{} of these edges already; `--out` writes an import file for them as well, so that none is made \
                     twice.",
                    have(n_imports)
                )?;
            }
        }
        Some(folder) => {
            let files = project::files(arguments.language, &text);
            project::write(folder, &files)?;
            if let Some(imports) = &imports {
                let path = folder.join("import.json");
                let text = serde_json::to_string_pretty(&imports.file)?;
                std::fs::write(&path, text + "\n")
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            writeln!(notes, "Next:\n")?;
            writeln!(notes, "  cd {}", folder.display())?;
            writeln!(
                notes,
                "  pulumi stack init {}/wiring/prod",
                context.organization
            )?;
            if n_imports > 0 {
                writeln!(
                    notes,
                    "  pulumi import --file import.json --yes --generate-code=false --protect=false"
                )?;
            }
            writeln!(notes, "  pulumi up")?;
        }
    }
    Ok(Exit::Well)
}

fn have(n: usize) -> String {
    if n == 1 {
        "There is a webhook for 1".to_owned()
    } else {
        format!("There are webhooks for {n}")
    }
}

/// What `pulumi import` is to take over.
struct Imports {
    file: Value,
    n_webhooks: usize,
}

/// The webhooks that there are already for the edges of a program: for each edge one, as what its component will call
/// it.
fn imports(look: &Look, names: &Names, form: Form) -> Option<Imports> {
    let mut of_edge: BTreeMap<&Edge, &look::Webhook> = BTreeMap::new();
    for webhook in look
        .webhooks
        .iter()
        .filter(|webhook| webhook.starts.is_edge())
    {
        if look.references.contains(&webhook.edge) {
            of_edge.entry(&webhook.edge).or_insert(webhook);
        }
    }
    if of_edge.is_empty() {
        return None;
    }
    let component = |edge: &Edge| match form {
        Form::Deployers => names.resource(&edge.upstream).to_owned(),
        Form::Graph => "graph".to_owned(),
    };
    let kind = match form {
        Form::Deployers => "auto-deploy:index:AutoDeployer",
        Form::Graph => "auto-deploy:index:DependencyGraph",
    };
    let parents: BTreeSet<String> = of_edge.keys().map(|edge| component(edge)).collect();
    let parents = parents
        .into_iter()
        .map(|name| json!({"type": kind, "name": name, "component": true, "remote": true}));
    let webhooks = of_edge.iter().map(|(edge, webhook)| {
        let below = format!("{}-{}", edge.downstream.project(), edge.downstream.stack());
        let name = match form {
            Form::Deployers => format!("{}-{below}", component(edge)),
            Form::Graph => {
                let above = format!("{}-{}", edge.upstream.project(), edge.upstream.stack());
                format!("graph-{above}-{below}")
            }
        };
        json!({
            "type": "auto-deploy:index:Webhook",
            "name": name,
            "id": webhook.id.to_string(),
            "parent": component(edge),
        })
    });
    let resources: Vec<Value> = parents.chain(webhooks).collect();
    Some(Imports {
        file: json!({ "resources": resources }),
        n_webhooks: of_edge.len(),
    })
}
