//! A plugin that deployments find as an installed one, without the user's `PATH`.

use super::platform;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder for plugins in the data folder, shared by all deployments.
pub(crate) const PLUGINS: &str = "plugins";

/// A resource plugin in a file.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    /// The package's name.
    pub(crate) name: String,
    /// The package's version, without a `v`.
    pub(crate) version: String,
    /// The program. A missing one is ignored.
    pub(crate) file: PathBuf,
}

impl Plugin {
    /// Links to the program where the Pulumi CLI looks for installed plugins, replacing an older link.
    ///
    /// `pulumi install`, and programs that name a version, only look there and not on the `PATH`.
    pub(crate) fn install(&self, data: &Path) -> io::Result<()> {
        let Ok(file) = self.file.canonicalize() else {
            return Ok(());
        };
        let Plugin { name, version, .. } = self;
        let folder = format!("resource-{name}-v{version}");
        let folder = data.join(PLUGINS).join(folder);
        fs::create_dir_all(&folder)?;
        let link = folder.join(format!(
            "pulumi-resource-{name}{}",
            std::env::consts::EXE_SUFFIX
        ));
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        platform::link(&file, &link)
    }
}
