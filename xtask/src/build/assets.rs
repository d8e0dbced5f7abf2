//! The static files beside the Worker: what the reference page at `/docs` needs of Swagger UI, which is not kept here.

use crate::paths;
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// The files, in their package and in the folder of the page.
const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

/// Copies the files where they are not as in the package. A running Wrangler reloads when one is written.
pub(super) fn copy() -> Result<()> {
    let root = paths::root();
    let (from, to) = (root.join("node_modules/swagger-ui-dist"), root.join("assets/docs"));
    FILES.iter().try_for_each(|name| copy_one(&from.join(name), &to.join(name)))
}

fn copy_one(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("{} is missing", from.display()))?;
    match fs::read(to) {
        Ok(there) if there == bytes => Ok(()),
        _ => fs::write(to, bytes).with_context(|| format!("{} cannot be written", to.display())),
    }
}
