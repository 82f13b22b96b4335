//! Output as JSON.

use serde::Serialize;
use std::io::Write;

/// Writes a value as JSON.
pub(crate) fn write_json(out: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    // As an I/O error, so that a closed pipe can be recognized.
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
