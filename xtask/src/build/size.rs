//! The size of the bundle.

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use std::{fs, io::Write, path::Path};

/// Most compressed bytes of the bundle: those of docs/bundle.md and a twentieth. It guards against accidental growth; the
/// platform's limit is higher.
pub const GZIP_BYTES_MAX: usize = 883_000;
/// Files that are uploaded.
pub(super) const FILES: [&str; 2] = ["index.js", "index_bg.wasm"];

/// The compressed size of the bundle in a folder, in bytes.
pub(super) fn check(folder: &Path) -> Result<usize> {
    let mut total = 0;
    for file in FILES {
        let bytes = fs::read(folder.join(file)).with_context(|| format!("{file} was not built"))?;
        let compressed = gzip_bytes(&bytes)?;
        eprintln!("  {file}: {} bytes, {compressed} compressed", bytes.len());
        total += compressed;
    }
    eprintln!("  bundle: {total} bytes compressed; the limit is {GZIP_BYTES_MAX}");
    if total > GZIP_BYTES_MAX {
        bail!(
            "the bundle has {total} bytes compressed, more than {GZIP_BYTES_MAX}: `cargo xtask build --weights` shows what weighs"
        );
    }
    Ok(total)
}

pub(super) fn gzip_bytes(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured_as_gzip() {
        let repeated = vec![b'a'; 100_000];
        let size = gzip_bytes(&repeated).unwrap();
        assert!(size > 20 && size < 1_000, "{size}");
    }
}
