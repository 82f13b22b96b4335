//! The present and past definitions of environments, and their tags.

use super::database::Store;
use super::environment_rows::known_row;
use super::outbox;
use super::sql::time;
use crate::domain::environments::{
    CloneOptions, EnvironmentError, LATEST, Revision, RevisionTag, Version,
};
use crate::domain::happenings::Happening;
use crate::domain::moment::Moment;
use crate::domain::stacks::EnvironmentPath;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::json;

/// The columns of a revision, from the tables `r` and `e`.
const COLUMNS: &str = "e.uid, r.number, r.definition, r.created";

const TABLES: &str = "environment_revisions r JOIN environments e ON e.id = r.environment";

impl Store {
    /// A revision.
    pub(crate) async fn environment_revision(
        &self,
        path: EnvironmentPath,
        version: Version,
    ) -> Result<Revision, EnvironmentError> {
        self.read(move |transaction| {
            let row = known_row(transaction, &path)?;
            find(transaction, (row, &path), &version)
        })
        .await
    }

    /// The revisions before a given one, or all, newest first, at most `count`.
    pub(crate) async fn environment_revisions(
        &self,
        path: EnvironmentPath,
        before: Option<i64>,
        count: i64,
    ) -> Result<Vec<Revision>, EnvironmentError> {
        self.read(move |transaction| {
            let row = known_row(transaction, &path)?;
            let sql = format!(
                "SELECT {COLUMNS} FROM {TABLES} WHERE r.environment = ?1 AND (?2 IS NULL OR r.number < ?2)
                 ORDER BY r.number DESC LIMIT ?3"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map((row, before, count), read)?;
            let found = found.collect::<Result<Vec<_>, _>>()?;
            let known = Known::of(transaction, row)?;
            let found = found.into_iter();
            Ok(found.map(|revision| known.tag(revision)).collect())
        })
        .await
    }

    /// Gives an environment a new definition, with encrypted secrets. `read` is the ETag of the definition that the client
    /// has edited, if the client says so.
    pub(crate) async fn define_environment(
        &self,
        path: EnvironmentPath,
        definition: String,
        read: Option<String>,
        moment: Moment,
    ) -> Result<Revision, EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            let old = find(transaction, (row, &path), &Version::Latest)?;
            if read.is_some_and(|etag| etag != old.etag()) {
                return Err(EnvironmentError::Changed(path));
            }
            let number = old.number + 1;
            insert(transaction, row, number, &definition, &moment)?;
            let fields = json!({ "revision": number });
            let happening =
                Happening::of_environment(&path, "environment_revision", "created", fields);
            outbox::put(transaction, &happening)?;
            find(transaction, (row, &path), &Version::Latest)
        })
        .await
    }

    /// The tags of all revisions, sorted by name.
    pub(crate) async fn revision_tags(
        &self,
        path: EnvironmentPath,
    ) -> Result<Vec<RevisionTag>, EnvironmentError> {
        self.read(move |transaction| {
            let row = known_row(transaction, &path)?;
            let newest = find(transaction, (row, &path), &Version::Latest)?;
            let mut tags = tags(transaction, row)?;
            tags.push(RevisionTag {
                name: LATEST.to_owned(),
                revision: newest.number,
                created: newest.created,
                modified: newest.created,
            });
            tags.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(tags)
        })
        .await
    }

    /// Creates a tag for a revision, by default the newest, or moves an existing tag if `moves`.
    pub(crate) async fn tag_revision(
        &self,
        path: EnvironmentPath,
        name: String,
        revision: Option<i64>,
        moves: bool,
        moment: Moment,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            let version = revision.map_or(Version::Latest, Version::Number);
            let number = find(transaction, (row, &path), &version)?.number;
            let is_there = tags(transaction, row)?.iter().any(|tag| tag.name == name);
            if moves != is_there {
                return Err(if moves {
                    EnvironmentError::NoTag { path, name }
                } else {
                    EnvironmentError::TagExists { path, name }
                });
            }
            let sql = "INSERT INTO environment_revision_tags (environment, name, revision, created, modified)
                VALUES (?1, ?2, ?3, ?4, ?4)
                ON CONFLICT (environment, name) DO UPDATE SET revision = ?3, modified = ?4";
            transaction.execute(sql, (row, &name, number, moment.ms()))?;
            let action = if moves { "updated" } else { "created" };
            tell(transaction, &path, action, &name, number)
        })
        .await
    }

    /// Deletes a tag of a revision.
    pub(crate) async fn untag_revision(
        &self,
        path: EnvironmentPath,
        name: String,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            let sql = "DELETE FROM environment_revision_tags WHERE environment = ?1 AND name = ?2 RETURNING revision";
            let revision = transaction.prepare_cached(sql)?.query_row((row, &name), |row| row.get(0));
            match revision.optional()? {
                Some(revision) => tell(transaction, &path, "deleted", &name, revision),
                None => Err(EnvironmentError::NoTag { path, name }),
            }
        })
        .await
    }
}

/// Adds a revision.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    environment: i64,
    number: i64,
    definition: &str,
    moment: &Moment,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO environment_revisions (environment, number, definition, created) VALUES (?1, ?2, ?3, ?4)";
    transaction.execute(sql, (environment, number, definition, moment.ms()))?;
    Ok(())
}

/// Copies the revisions of an environment to a new one, or the definition of one of them.
pub(super) fn copy(
    transaction: &Transaction<'_>,
    (old, path): (i64, &EnvironmentPath),
    new: i64,
    options: &CloneOptions,
    moment: &Moment,
) -> Result<(), EnvironmentError> {
    let version = options.version.map_or(Version::Latest, Version::Number);
    let revision = find(transaction, (old, path), &version)?;
    if !options.has_history {
        return Ok(insert(transaction, new, 1, &revision.definition, moment)?);
    }
    let sql = "INSERT INTO environment_revisions (environment, number, definition, created)
        SELECT ?2, number, definition, created FROM environment_revisions WHERE environment = ?1 AND number <= ?3";
    transaction.execute(sql, (old, new, revision.number))?;
    if options.has_revision_tags {
        let sql =
            "INSERT INTO environment_revision_tags (environment, name, revision, created, modified)
            SELECT ?2, name, revision, created, modified FROM environment_revision_tags
            WHERE environment = ?1 AND revision <= ?3";
        transaction.execute(sql, (old, new, revision.number))?;
    }
    Ok(())
}

fn find(
    transaction: &Transaction<'_>,
    (row, path): (i64, &EnvironmentPath),
    version: &Version,
) -> Result<Revision, EnvironmentError> {
    let (condition, said) = match version {
        Version::Latest => ("ORDER BY r.number DESC LIMIT 1", LATEST.to_owned()),
        Version::Number(number) => ("AND r.number = CAST(?2 AS INTEGER)", number.to_string()),
        Version::Tag(name) => (
            "AND r.number = (SELECT revision FROM environment_revision_tags WHERE environment = ?1 AND name = ?2)",
            name.clone(),
        ),
    };
    // Each form uses both parameters.
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE r.environment = ?1 AND ?2 IS NOT NULL {condition}"
    );
    let found = transaction
        .prepare_cached(&sql)?
        .query_row((row, &said), read);
    let path = path.clone();
    let missing = || EnvironmentError::NoRevision {
        path,
        version: said,
    };
    let found = found.optional()?.ok_or_else(missing)?;
    Ok(Known::of(transaction, row)?.tag(found))
}

/// The tags of an environment's revisions.
struct Known {
    tags: Vec<RevisionTag>,
    /// The number of the newest revision.
    newest: i64,
}

impl Known {
    fn of(transaction: &Transaction<'_>, environment: i64) -> rusqlite::Result<Known> {
        let sql = "SELECT max(number) FROM environment_revisions WHERE environment = ?1";
        Ok(Known {
            tags: tags(transaction, environment)?,
            newest: transaction
                .prepare_cached(sql)?
                .query_row([environment], |row| row.get(0))?,
        })
    }

    /// The revision with its tags, that of the newest one first.
    fn tag(&self, revision: Revision) -> Revision {
        let latest = (revision.number == self.newest).then(|| LATEST.to_owned());
        let of_revision = self
            .tags
            .iter()
            .filter(|tag| tag.revision == revision.number);
        let tags = latest
            .into_iter()
            .chain(of_revision.map(|tag| tag.name.clone()));
        Revision {
            tags: tags.collect(),
            ..revision
        }
    }
}

/// The tags that users created, sorted by name.
fn tags(transaction: &Transaction<'_>, environment: i64) -> rusqlite::Result<Vec<RevisionTag>> {
    let sql = "SELECT name, revision, created, modified FROM environment_revision_tags
        WHERE environment = ?1 ORDER BY name";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map([environment], |row| {
        Ok(RevisionTag {
            name: row.get(0)?,
            revision: row.get(1)?,
            created: time(row, 2)?,
            modified: time(row, 3)?,
        })
    })?;
    found.collect()
}

fn tell(
    transaction: &Transaction<'_>,
    path: &EnvironmentPath,
    action: &str,
    name: &str,
    revision: i64,
) -> Result<(), EnvironmentError> {
    let fields = json!({ "tagName": name, "revision": revision });
    let happening = Happening::of_environment(path, "environment_revision_tag", action, fields);
    Ok(outbox::put(transaction, &happening)?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Revision> {
    Ok(Revision {
        uid: row.get(0)?,
        number: row.get(1)?,
        definition: row.get(2)?,
        created: time(row, 3)?,
        tags: Vec::new(),
    })
}
