//! `auto-deploy discover`: a program that declares the existing StackReferences.

mod choice;
mod imports;
mod names;
mod program;
mod project;
mod sdk;
mod steps;
mod yaml;

use crate::context::CloudArguments;
use crate::exit::Exit;
use crate::look;
use auto_deploy::graph::Dag;
use auto_deploy::survey::Detail;
use choice::{Form, Language, Strategy};
use imports::Imports;
use names::Names;
use program::Program;
use sdk::{Sdk, VERSION};
use std::io::Write;
use std::path::PathBuf;
use steps::steps;

/// Print a program that makes stacks follow the stacks they hold StackReferences to
///
/// The program is complete, and ready for `pulumi up`. With `--out` the whole project is written into a folder: the
/// program, what it depends on, and an import file with the webhooks that already exist between these stacks. `pulumi
/// import` takes these over as they are, so they keep their names and no duplicates are created. The commands to run
/// are printed.
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
    /// How the updates of the DependencyGraph follow each other; only with `--as graph`
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// Write the project into this folder, which must be empty or not exist
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Use the SDK in this folder, the `sdk` of a clone, instead of the published one
    #[arg(long, value_name = "PATH", requires = "out")]
    sdk: Option<PathBuf>,
}

const HELP: &str = "\
Exit status:
  0  the program was printed or written
  1  there is nothing to declare: no stack holds a StackReference to another
  2  the cloud could not be read, or the stacks refer to each other in a cycle

Examples:
  auto-deploy discover --language yaml > Pulumi.yaml
  auto-deploy discover --language typescript --out wiring
  auto-deploy discover --language python --out wiring --sdk ../pulumi-auto-deploy/sdk
  auto-deploy discover --language go --as graph > main.go
  auto-deploy discover --language yaml --as graph --strategy joined > Pulumi.yaml";

/// Prints the program, or writes the project.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        arguments.strategy.is_none() || arguments.form == Form::Graph,
        "--strategy is for one DependencyGraph: add `--as graph`, or leave it out"
    );
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
            "the stacks refer to each other in a cycle, so webhooks would start them forever: {cycle}; remove one of \
             these references first"
        )
    })?;
    let names = Names::new(dag.stacks(), arguments.language);
    let program = Program {
        organization: &context.organization,
        dag: &dag,
        names: &names,
        form: arguments.form,
        strategy: arguments.strategy,
    };
    let text = program.text(arguments.language);
    let imports = Imports::of(&look);
    let n_imports = imports.len();
    if imports.has_surplus && arguments.out.is_some() {
        writeln!(
            notes,
            "warning: some of these edges have more than one webhook; one of each is imported, and `auto-deploy check` \
             names the others\n"
        )?;
    }
    match &arguments.out {
        None => {
            write!(out, "{text}")?;
            if n_imports > 0 {
                writeln!(
                    notes,
                    "{} of these edges already; `--out` writes an import file for them as well, so none is created \
                     again.",
                    have(n_imports)
                )?;
            }
        }
        Some(folder) => {
            let sdk = Sdk::find(arguments.sdk.as_deref(), arguments.language)?;
            let mut files = project::files(arguments.language, &text, &sdk);
            if n_imports > 0 {
                let file = imports.file(&names, arguments.form);
                files.push(("import.json", format!("{file:#}\n")));
            }
            project::write(folder, &files)?;
            if !sdk.is_a_clone() && arguments.language != Language::Yaml {
                writeln!(
                    notes,
                    "The project takes version {VERSION} of the SDK as it is published; with `--sdk PATH`, from a clone.\n"
                )?;
            }
            writeln!(notes, "Next:\n")?;
            let organization = &context.organization;
            let steps = steps(
                folder,
                arguments.language,
                &sdk,
                organization,
                n_imports > 0,
            );
            for line in steps.lines() {
                writeln!(notes, "  {line}")?;
            }
            if arguments.strategy == Some(Strategy::Joined) {
                writeln!(
                    notes,
                    "\nThe stack of this program will start the others, so it needs its own deployment settings: \
                     `pulumi up` names what is missing, and docs/joins.md explains why."
                )?;
            }
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
