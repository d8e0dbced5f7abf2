//! `cargo xtask openapi`: the description of the HTTP interface, for programs.

use crate::paths;
use anyhow::{Context, Result};
use std::fs;

/// The file, relative to the checkout.
pub const FILE: &str = "assets/openapi.json";

/// Writes the file.
///
/// # Errors
/// It cannot be written.
pub fn run() -> Result<()> {
    fs::write(paths::root().join(FILE), text()?).context(FILE)?;
    println!("{FILE}");
    Ok(())
}

fn text() -> Result<String> {
    Ok(api::openapi::document().to_pretty_json()? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_as_the_code_says() {
        let file = fs::read_to_string(paths::root().join(FILE)).unwrap();
        assert!(file == text().unwrap(), "{FILE} is not as the code says: run cargo xtask openapi");
    }
}
