//! Webhooks.

use super::database::Store;
use super::sql::{is_taken, unreadable};
use super::{environment_rows, organizations, stacks};
use crate::domain::happenings::Subject;
use crate::domain::stacks::{EnvironmentPath, StackPath};
use crate::domain::webhooks::{
    Event, Format, Group, Scope, Webhook, WebhookError, WebhookSettings,
};
use crate::parts::{Sealed, SecretsError, random_hex};
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};
use std::str::FromStr;

/// The webhook that a delivery belongs to, even after another one has taken its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WebhookRow(pub(super) i64);

const COLUMNS: &str =
    "id, name, display_name, payload_url, active, format, filters, groups, secret, secret_digest";

/// `IS` also matches an absent stack or environment.
const IN_SCOPE: &str =
    "organization = :organization AND stack IS :stack AND environment IS :environment";

/// The columns for the scope of a webhook.
struct ScopeRow {
    organization: String,
    stack: Option<i64>,
    environment: Option<i64>,
}

impl Store {
    /// Creates a webhook with the given name, or with an unused one of 8 hexadecimal digits.
    pub(crate) async fn create_webhook(
        &self,
        scope: Scope,
        name: Option<String>,
        settings: WebhookSettings,
        secret: Option<Sealed>,
    ) -> Result<Webhook, WebhookError> {
        self.write(move |transaction| {
            let row = scope_row(transaction, &scope)?;
            let given = name.is_some();
            let mut name = name.map_or_else(random_name, Ok)?;
            loop {
                match insert(transaction, &row, &name, &settings, secret.as_ref()) {
                    Ok(()) => {
                        return Ok(Webhook {
                            scope,
                            name,
                            settings,
                            secret,
                        });
                    }
                    Err(error) if is_taken(&error) && !given => name = random_name()?,
                    Err(error) if is_taken(&error) => {
                        return Err(WebhookError::Taken { scope, name });
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        })
        .await
    }

    /// The webhooks of a scope, in the order of their creation.
    pub(crate) async fn webhooks(&self, scope: Scope) -> Result<Vec<Webhook>, WebhookError> {
        self.read(move |transaction| {
            let row = scope_row(transaction, &scope)?;
            let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE {IN_SCOPE} ORDER BY id");
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map(
                named_params! { ":organization": row.organization, ":stack": row.stack, ":environment": row.environment },
                |row| read(row, &scope),
            )?;
            let found = found.collect::<Result<Vec<_>, _>>()?;
            Ok(found.into_iter().map(|(_, webhook)| webhook).collect())
        })
        .await
    }

    /// A webhook.
    pub(crate) async fn webhook(
        &self,
        scope: Scope,
        name: String,
    ) -> Result<(WebhookRow, Webhook), WebhookError> {
        self.read(move |transaction| find(transaction, &scope, &name))
            .await
    }

    /// Changes a webhook by `change`, without any other change in between. The name and the scope stay.
    pub(crate) async fn change_webhook(
        &self,
        scope: Scope,
        name: String,
        change: impl FnOnce(Webhook) -> Result<Webhook, WebhookError> + Send + 'static,
    ) -> Result<Webhook, WebhookError> {
        self.write(move |transaction| {
            let (row, webhook) = find(transaction, &scope, &name)?;
            let changed = change(webhook)?;
            update(transaction, row, &changed)?;
            Ok(changed)
        })
        .await
    }

    /// Deletes a webhook and its deliveries.
    pub(crate) async fn delete_webhook(
        &self,
        scope: Scope,
        name: String,
    ) -> Result<(), WebhookError> {
        self.write(move |transaction| {
            let (WebhookRow(id), _) = find(transaction, &scope, &name)?;
            transaction.execute("DELETE FROM webhooks WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }
}

fn random_name() -> Result<String, SecretsError> {
    random_hex::<4>()
}

/// The row of a webhook; the error says whether the webhook or its scope is missing.
pub(super) fn find(
    transaction: &Transaction<'_>,
    scope: &Scope,
    name: &str,
) -> Result<(WebhookRow, Webhook), WebhookError> {
    let row = scope_row(transaction, scope)?;
    let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE {IN_SCOPE} AND name = :name");
    let found = transaction
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":organization": row.organization, ":stack": row.stack, ":environment": row.environment, ":name": name,
            },
            |row| read(row, scope),
        )
        .optional()?;
    found.ok_or_else(|| WebhookError::NoWebhook {
        scope: scope.clone(),
        name: name.to_owned(),
    })
}

/// The webhooks for a stack or an environment: its own, and those of its organization.
pub(super) fn watching(
    transaction: &Transaction<'_>,
    subject: &Subject,
) -> rusqlite::Result<Vec<(WebhookRow, Webhook)>> {
    let (column, row, scope) = match subject {
        Subject::Stack(path) => {
            let row = stacks::row(transaction, path)?;
            ("stack", row, Scope::Stack(path.clone()))
        }
        Subject::Environment(path) => {
            let row = environment_rows::row(transaction, path)?;
            ("environment", row, Scope::Environment(path.clone()))
        }
    };
    let mut found = Vec::new();
    if let Some(row) = row {
        let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE {column} = ?1 ORDER BY id");
        let mut statement = transaction.prepare_cached(&sql)?;
        let own = statement.query_map([row], |row| read(row, &scope))?;
        found.extend(own.collect::<Result<Vec<_>, _>>()?);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM webhooks
         WHERE organization = ?1 AND stack IS NULL AND environment IS NULL ORDER BY id"
    );
    let mut statement = transaction.prepare_cached(&sql)?;
    let organization = subject.organization();
    let scope = Scope::Organization(organization.to_owned());
    let of_organization = statement.query_map([organization], |row| read(row, &scope))?;
    found.extend(of_organization.collect::<Result<Vec<_>, _>>()?);
    Ok(found)
}

/// The webhook with this row, in any scope.
pub(super) fn by_row(
    transaction: &Transaction<'_>,
    WebhookRow(id): WebhookRow,
) -> rusqlite::Result<Option<Webhook>> {
    let sql = "SELECT w.organization, s.project, s.name, e.project, e.name FROM webhooks w
        LEFT JOIN stacks s ON s.id = w.stack LEFT JOIN environments e ON e.id = w.environment WHERE w.id = ?1";
    let scope = transaction.prepare_cached(sql)?.query_row([id], |row| {
        let organization: String = row.get(0)?;
        let pair = |first| -> rusqlite::Result<Option<(String, String)>> {
            Ok(row
                .get::<_, Option<String>>(first)?
                .zip(row.get(first + 1)?))
        };
        Ok(match (pair(1)?, pair(3)?) {
            (Some((project, stack)), _) => Scope::Stack(StackPath {
                organization,
                project,
                stack,
            }),
            (None, Some((project, environment))) => Scope::Environment(EnvironmentPath {
                organization,
                project,
                environment,
            }),
            (None, None) => Scope::Organization(organization),
        })
    });
    let Some(scope) = scope.optional()? else {
        return Ok(None);
    };
    let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE id = ?1");
    let mut statement = transaction.prepare_cached(&sql)?;
    let (_, webhook) = statement.query_row([id], |row| read(row, &scope))?;
    Ok(Some(webhook))
}

fn scope_row(transaction: &Transaction<'_>, scope: &Scope) -> Result<ScopeRow, WebhookError> {
    let organization = scope.organization().to_owned();
    let missing = || WebhookError::NoScope(scope.clone());
    match scope {
        Scope::Organization(name) if organizations::exists(transaction, name)? => Ok(ScopeRow {
            organization,
            stack: None,
            environment: None,
        }),
        Scope::Organization(_) => Err(missing()),
        Scope::Stack(path) => {
            let stack = Some(stacks::row(transaction, path)?.ok_or_else(missing)?);
            Ok(ScopeRow {
                organization,
                stack,
                environment: None,
            })
        }
        Scope::Environment(path) => {
            let environment = Some(environment_rows::row(transaction, path)?.ok_or_else(missing)?);
            Ok(ScopeRow {
                organization,
                stack: None,
                environment,
            })
        }
    }
}

fn insert(
    transaction: &Transaction<'_>,
    scope: &ScopeRow,
    name: &str,
    settings: &WebhookSettings,
    secret: Option<&Sealed>,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO webhooks (organization, stack, environment, name, display_name, payload_url, active, format,
                   filters, groups, secret, secret_digest)
               VALUES (:organization, :stack, :environment, :name, :display_name, :payload_url, :active, :format,
                   :filters, :groups, :secret, :secret_digest)";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":organization": scope.organization,
        ":stack": scope.stack,
        ":environment": scope.environment,
        ":name": name,
        ":display_name": settings.display_name,
        ":payload_url": settings.payload_url,
        ":active": settings.active,
        ":format": settings.format.as_str(),
        ":filters": joined(&settings.filters, Event::as_str),
        ":groups": joined(&settings.groups, Group::as_str),
        ":secret": secret.map(|secret| &secret.ciphertext),
        ":secret_digest": secret.map(|secret| &secret.digest),
    })?;
    Ok(())
}

fn update(
    transaction: &Transaction<'_>,
    WebhookRow(id): WebhookRow,
    webhook: &Webhook,
) -> rusqlite::Result<()> {
    let Webhook {
        settings, secret, ..
    } = webhook;
    let sql = "UPDATE webhooks SET display_name = :display_name, payload_url = :payload_url, active = :active,
                   format = :format, filters = :filters, groups = :groups, secret = :secret,
                   secret_digest = :secret_digest
               WHERE id = :id";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":id": id,
        ":display_name": settings.display_name,
        ":payload_url": settings.payload_url,
        ":active": settings.active,
        ":format": settings.format.as_str(),
        ":filters": joined(&settings.filters, Event::as_str),
        ":groups": joined(&settings.groups, Group::as_str),
        ":secret": secret.as_ref().map(|secret| &secret.ciphertext),
        ":secret_digest": secret.as_ref().map(|secret| &secret.digest),
    })?;
    Ok(())
}

fn read(row: &Row<'_>, scope: &Scope) -> rusqlite::Result<(WebhookRow, Webhook)> {
    let settings = WebhookSettings {
        display_name: row.get(2)?,
        payload_url: row.get(3)?,
        active: row.get(4)?,
        format: row
            .get::<_, String>(5)?
            .parse::<Format>()
            .map_err(|why| unreadable(5, why))?,
        filters: split(&row.get::<_, String>(6)?).map_err(|why| unreadable(6, why))?,
        groups: split(&row.get::<_, String>(7)?).map_err(|why| unreadable(7, why))?,
    };
    let secret = match (row.get(8)?, row.get(9)?) {
        (Some(ciphertext), Some(digest)) => Some(Sealed { ciphertext, digest }),
        _ => None,
    };
    Ok((
        WebhookRow(row.get(0)?),
        Webhook {
            scope: scope.clone(),
            name: row.get(1)?,
            settings,
            secret,
        },
    ))
}

/// Names of events and groups contain no commas, so lists are stored with commas as separators.
fn joined<T: Copy>(items: &[T], name: fn(T) -> &'static str) -> String {
    items
        .iter()
        .map(|item| name(*item))
        .collect::<Vec<_>>()
        .join(",")
}

fn split<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    text.split_terminator(',').map(str::parse).collect()
}
