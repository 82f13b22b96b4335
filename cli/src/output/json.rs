//! Output for programs.

use serde::Serialize;
use std::io::Write;

/// Writes a value as JSON, for programs.
pub(crate) fn write_json(out: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    // As what it is, so a reader who has seen enough is told from other trouble.
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
