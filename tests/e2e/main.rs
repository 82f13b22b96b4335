//! The real Pulumi CLI on YAML programs, with our plugin and a local cloud.

mod addresses;
mod checks;
mod children;
mod discovery;
mod errors;
mod failing;
mod forced;
mod forms;
mod fresh;
mod graph;
mod imports;
mod install;
mod interrupt;
mod kept;
mod missing;
mod moving;
mod organizations;
mod outputs;
mod planted;
mod replacement;
mod size;
mod targets;
mod webhook;
mod whose;

/// The program of the announcement: a → {b → {d, e, f}, c}.
const SEED: &str = "\
name: seed
runtime: yaml
variables:
  organization: acme
  project: dependency-example
resources:
  a:
    type: auto-deploy:AutoDeployer
    properties: {organization: '${organization}', project: '${project}', stack: a, downstreamRefs: ['${b.ref}', '${c.ref}']}
  b:
    type: auto-deploy:AutoDeployer
    properties: {organization: '${organization}', project: '${project}', stack: b, downstreamRefs: ['${d.ref}', '${e.ref}', '${f.ref}']}
  c: {type: 'auto-deploy:AutoDeployer', properties: {organization: '${organization}', project: '${project}', stack: c, downstreamRefs: []}}
  d: {type: 'auto-deploy:AutoDeployer', properties: {organization: '${organization}', project: '${project}', stack: d, downstreamRefs: []}}
  e: {type: 'auto-deploy:AutoDeployer', properties: {organization: '${organization}', project: '${project}', stack: e, downstreamRefs: []}}
  f: {type: 'auto-deploy:AutoDeployer', properties: {organization: '${organization}', project: '${project}', stack: f, downstreamRefs: []}}
";

/// A program of `AutoDeployer`s without checks, so that all requests to the cloud are for webhooks.
fn unchecked(program: &str) -> String {
    program.replace("properties: {", "properties: {checks: off, ")
}

/// The stacks of [`SEED`] on the cloud.
const SEED_STACKS: [&str; 6] = [
    "acme/dependency-example/a",
    "acme/dependency-example/b",
    "acme/dependency-example/c",
    "acme/dependency-example/d",
    "acme/dependency-example/e",
    "acme/dependency-example/f",
];

/// The text with one word for all generated names, which differ in each run.
fn named_alike(said: &str) -> String {
    const MADE: &str = "auto-deploy-";
    let mut parts = said.split(MADE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let is_name = part.len() >= 20 && part.as_bytes()[..20].iter().all(u8::is_ascii_hexdigit);
        if is_name {
            format!("{before}NAME{}", &part[20..])
        } else {
            format!("{before}{MADE}{part}")
        }
    })
}
