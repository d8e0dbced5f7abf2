//! Folders and files of a stack, and their permissions.

use anyhow::{Context, Result};
use nix::unistd::{Gid, Uid, User};
use std::{
    fs::{self, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt, chown},
    path::Path,
};

/// Creates the folder of a stack. Other users may traverse it, since servers may have to run as another user.
///
/// # Errors
/// There is no place for it.
pub fn private_folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("ads-sync-").tempdir().context("no temporary folder")?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
    Ok(folder)
}

/// The user for servers that refuse to run as root; `None` if we are not root.
pub fn server_user() -> Option<(Uid, Gid)> {
    if !Uid::effective().is_root() {
        return None;
    }
    User::from_name("nobody").ok().flatten().map(|user| (user.uid, user.gid))
}

/// Creates a folder owned by the server user.
pub fn server_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    if let Some((uid, gid)) = server_user() {
        chown(path, Some(uid.as_raw()), Some(gid.as_raw()))?;
    }
    Ok(())
}

/// Writes a file readable only by the server user.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some((uid, gid)) = server_user() {
        chown(path, Some(uid.as_raw()), Some(gid.as_raw()))?;
    }
    Ok(())
}
