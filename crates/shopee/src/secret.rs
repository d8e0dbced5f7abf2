//! Text that must not be printed, and its removal from other text.

use crate::percent_encoding::encode;
use std::fmt;

/// Replaces a secret in printed text.
const MASK: &str = "***";

/// A token or key. Prints as `***`; only [`Secret::expose`] gives the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for signing, sending and encrypted storage only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The secrets of one call. Platforms and proxies quote requests in their error texts, so all of their text is cleaned here
/// before it is kept.
#[derive(Default)]
pub(crate) struct Scrubber(Vec<Secret>);

impl Scrubber {
    /// Adds a secret, plain and percent-encoded.
    pub(crate) fn add(&mut self, secret: &str) {
        for form in [secret.to_owned(), encode(secret)] {
            if !form.is_empty() && !self.0.iter().any(|known| known.expose() == form) {
                self.0.push(Secret::new(form));
            }
        }
        // A secret may contain another one: replace the longer first, so that no part of it remains.
        self.0.sort_by_key(|known| std::cmp::Reverse(known.expose().len()));
    }

    /// The text without the secrets, without control characters, cut to `chars_max`.
    pub(crate) fn clean(&self, text: &str, chars_max: usize) -> String {
        let masked = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), MASK));
        let printable = masked.chars().map(|c| if c.is_control() { ' ' } else { c });
        printable.take(chars_max).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_a_mask() {
        let secret = Secret::new("s3cret");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "s3cret");
    }

    #[test]
    fn scrubs_every_form_of_a_secret() {
        let mut scrubber = Scrubber::default();
        scrubber.add("a b/c");
        scrubber.add("");
        scrubber.add("a b");
        assert_eq!(scrubber.clean("x a b/c y a%20b%2Fc z a b\0!", 100), "x *** y *** z *** !");
        assert_eq!(scrubber.clean("häuser", 2), "hä");
    }
}
