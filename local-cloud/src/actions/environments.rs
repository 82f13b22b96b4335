//! The operations on the definitions of environments: saving, decrypting, checking and opening them.

use crate::app::App;
use crate::domain::environments::definition::{Definition, Reference};
use crate::domain::environments::{
    Diagnostic, EnvironmentError, Plain, Revision, Value, Version, World, definition, evaluate,
    secrets,
};
use crate::domain::stacks::{EnvironmentPath, StackError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// How many environments one may import, directly or indirectly.
const MAX_IMPORTS: usize = 256;

/// The name of an unsaved definition.
const ANONYMOUS: &str = "<yaml>";

/// A definition, and its evaluated values.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) name: String,
    pub(crate) definition: Definition,
    pub(crate) value: Value,
}

/// Gives an environment a new definition: encrypts its secrets first, and returns what is wrong with it.
pub(crate) async fn define(
    app: &App,
    path: EnvironmentPath,
    text: String,
    etag: Option<String>,
) -> Result<Revision, EnvironmentError> {
    let environment = app.store().environment(path.clone()).await?;
    let key = environment.uid.parse().unwrap_or_default();
    let seal = |plain: &Plain| {
        let cannot = |_| Diagnostic::new("the secret could not be sealed");
        sealed(app, key, plain).map_err(cannot)
    };
    let kept = secrets::sealed(&text, seal, |sealed| opened(app, sealed));
    let kept = kept.map_err(|wrong| EnvironmentError::Definition(vec![wrong]))?;
    evaluated(app, &path.organization, label(&path), &kept, false).await?;
    app.store()
        .define_environment(path, kept, etag, app.moment())
        .await
}

/// The definition of a revision with its secrets as plain text.
pub(crate) fn decrypted(app: &App, revision: Revision) -> Result<Revision, EnvironmentError> {
    let definition = secrets::opened(&revision.definition, |sealed| opened(app, sealed));
    let wrong = || {
        Diagnostic::new("a secret of the definition does not open with the key of this data folder")
    };
    let definition = definition.ok_or_else(|| EnvironmentError::Definition(vec![wrong()]))?;
    Ok(Revision {
        definition,
        ..revision
    })
}

/// Encrypts a text for an environment, in the form for definitions.
pub(crate) async fn encrypt(
    app: &App,
    path: EnvironmentPath,
    texts: Vec<String>,
) -> Result<Vec<String>, EnvironmentError> {
    let environment = app.store().environment(path).await?;
    let key = environment.uid.parse().unwrap_or_default();
    let seal = |text: String| {
        let plain = Plain {
            value: text.into(),
            source: None,
        };
        sealed(app, key, &plain)
    };
    texts.into_iter().map(seal).collect()
}

/// Evaluates an unsaved definition in an organization. `is_opened` says whether every value must be known.
pub(crate) async fn evaluate_text(
    app: &App,
    organization: &str,
    text: &str,
    is_opened: bool,
) -> Result<Evaluated, EnvironmentError> {
    app.store()
        .organization_must_exist(organization.to_owned())
        .await?;
    evaluated(app, organization, ANONYMOUS.to_owned(), text, is_opened).await
}

/// Evaluates a revision of an environment.
pub(crate) async fn evaluate_revision(
    app: &App,
    path: EnvironmentPath,
    version: Version,
    is_opened: bool,
) -> Result<Evaluated, EnvironmentError> {
    let revision = app
        .store()
        .environment_revision(path.clone(), version)
        .await?;
    evaluated(
        app,
        &path.organization,
        label(&path),
        &revision.definition,
        is_opened,
    )
    .await
}

async fn evaluated(
    app: &App,
    organization: &str,
    name: String,
    text: &str,
    is_opened: bool,
) -> Result<Evaluated, EnvironmentError> {
    let read = |text: &str, name: &str| {
        let wrong = |wrong: Diagnostic| EnvironmentError::Definition(vec![wrong.of(name)]);
        definition::read(text).map_err(wrong)
    };
    let definition = read(text, &name)?;
    let mut world = World::new();
    let mut waiting = references(&definition);
    while let Some(reference) = waiting.pop() {
        if world.contains_key(&reference) {
            continue;
        }
        if world.len() == MAX_IMPORTS {
            let sentence = format!("more than {MAX_IMPORTS} environments are imported");
            return Err(EnvironmentError::Definition(vec![Diagnostic::new(
                sentence,
            )]));
        }
        let version = reference
            .version
            .as_deref()
            .map_or(Version::Latest, Version::read);
        let found = app
            .store()
            .environment_revision(reference.path(organization), version)
            .await;
        let revision = match found {
            Ok(revision) => revision,
            // The evaluation adds the place of the import.
            Err(
                EnvironmentError::Stack(StackError::NoEnvironment(_))
                | EnvironmentError::NoRevision { .. },
            ) => continue,
            Err(error) => return Err(error),
        };
        let imported = read(&revision.definition, &reference.label())?;
        waiting.extend(references(&imported));
        world.insert(reference, imported);
    }
    let open = |sealed: &str| opened(app, sealed);
    let value = evaluate(&name, &definition, &world, &open, is_opened);
    let value = value.map_err(EnvironmentError::Definition)?;
    Ok(Evaluated {
        name,
        definition,
        value,
    })
}

fn references(definition: &Definition) -> Vec<Reference> {
    let imports = definition.imports.iter();
    imports.map(|import| import.reference.clone()).collect()
}

fn label(path: &EnvironmentPath) -> String {
    format!("{}/{}", path.project, path.environment)
}

fn sealed(app: &App, key: Uuid, plain: &Plain) -> Result<String, EnvironmentError> {
    let plain = serde_json::to_vec(plain).expect("it is plain data");
    Ok(STANDARD.encode(app.secrets().encrypt(key, &plain)?))
}

fn opened(app: &App, sealed: &str) -> Option<Plain> {
    let sealed = STANDARD.decode(sealed).ok()?;
    let plain = app.secrets().decrypt(&sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
