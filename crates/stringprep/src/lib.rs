//! Stands in for the crate of this name, of which `postgres-protocol` needs one function, to prepare a password for SCRAM. Its
//! tables of Unicode were a tenth of the Worker's bundle, and its password, which Hyperdrive makes, is ASCII.

use std::borrow::Cow;

/// A text that is not prepared here; `postgres-protocol` then takes it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error;

/// SASLprep (RFC 4013) of printable ASCII, which it leaves as it is.
///
/// # Errors
/// It has other characters. A password of letters outside ASCII that are composed already (NFKC) is right as it is; another one
/// is refused by the server.
pub fn saslprep(text: &str) -> Result<Cow<'_, str>, Error> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain { Ok(Cow::Borrowed(text)) } else { Err(Error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_stays_as_it_is_and_the_rest_is_left_to_the_caller() {
        assert_eq!(saslprep("pass word~!"), Ok(Cow::Borrowed("pass word~!")));
        assert_eq!((saslprep("naïve"), saslprep("a\u{7}b")), (Err(Error), Err(Error)));
    }
}
