//! Encryption at rest of tokens and keys: AES-256-GCM, bound to the shop and the column.
//!
//! A sealed text is `enc.<key id>.<base64 of nonce and ciphertext>`. Anything else is plain text, as an older
//! installation stores it; it is sealed when it is next written.

use crate::error::FlowError;
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce, aead::Aead, aead::Payload};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// The beginning of a sealed text.
pub const PREFIX: &str = "enc.";
/// Length of a nonce in bytes (NIST SP 800-38D: 96 bits).
const NONCE_BYTES: usize = 12;
/// Length of a key in bytes.
const KEY_BYTES: usize = 32;
/// Most keys in a keyring.
const KEYS_MAX: usize = 8;

/// The keys; the first one seals. The others only open what was sealed before a rotation.
#[derive(Clone)]
pub struct Keyring(Vec<(String, Box<[u8; KEY_BYTES]>)>);

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

/// Where a sealed text belongs; it cannot be opened for any other place.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A shop, and the column: `access_token`, `refresh_token` or `partner_key`.
    Shop(i64, &'static str),
    /// What the sink with this id seals.
    Sink(&'a str),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shop(shop_id, column) => write!(f, "the {column} of shop {shop_id}"),
            Self::Sink(id) => write!(f, "what the sink {id} seals"),
        }
    }
}

impl Place<'_> {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Shop(shop_id, column) => format!("{shop_id}/{column}").into_bytes(),
            Self::Sink(id) => format!("sink/{id}").into_bytes(),
        }
    }
}

impl Keyring {
    /// Reads entries `id:base64`, separated by commas or white space; a key has 32 bytes.
    ///
    /// # Errors
    /// Says what is wrong; repeats no key.
    pub fn parse(text: &str) -> Result<Self, FlowError> {
        let mut keys: Vec<(String, Box<[u8; KEY_BYTES]>)> = Vec::new();
        for entry in text.split([',', ' ', '\n', '\t', '\r']).filter(|entry| !entry.is_empty()) {
            let (id, key) = entry
                .split_once(':')
                .ok_or_else(|| FlowError::configuration("TOKEN_KEYS has entries of the form id:base64"))?;
            let plain = !id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_alphanumeric());
            if !plain || keys.iter().any(|(known, _)| known == id) {
                return Err(FlowError::Configuration(
                    "TOKEN_KEYS: an id has 1 to 20 letters or digits and is used once".to_owned(),
                ));
            }
            let key = STANDARD.decode(key).ok().and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok());
            let key = key.ok_or_else(|| {
                FlowError::Configuration(format!(
                    "TOKEN_KEYS: the key '{id}' is not the base64 of {KEY_BYTES} bytes (openssl rand -base64 32)"
                ))
            })?;
            // As a further key it is accepted, so that what it sealed before can still be opened.
            if keys.is_empty() && key.iter().all(|byte| Some(byte) == key.first()) {
                return Err(FlowError::Configuration(format!(
                    "TOKEN_KEYS: the key '{id}' is one byte over and over, which anybody guesses: put another before it \
                     (openssl rand -base64 32)"
                )));
            }
            keys.push((id.to_owned(), Box::new(key)));
        }
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Err(FlowError::Configuration(format!("TOKEN_KEYS needs 1 to {KEYS_MAX} keys")));
        }
        Ok(Self(keys))
    }

    /// The ids of the keys, which are no secret: they stand before what the keys have sealed.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| id.as_str())
    }

    /// The beginning of texts that the current key has sealed.
    #[must_use]
    pub fn prefix(&self) -> String {
        let id = self.0.first().map_or("", |(id, _)| id);
        format!("{PREFIX}{id}.")
    }

    /// Seals a text. `random` fills a buffer with secure random bytes: a nonce is never used twice.
    ///
    /// # Errors
    /// The text is too long for the cipher.
    pub fn seal(
        &self,
        place: Place<'_>,
        text: &str,
        random: impl FnOnce(&mut [u8]),
    ) -> Result<String, FlowError> {
        let (id, key) = self.0.first().ok_or_else(|| FlowError::configuration("there is no key"))?;
        let mut nonce = [0_u8; NONCE_BYTES];
        random(&mut nonce);
        let payload = Payload { msg: text.as_bytes(), aad: &place.bytes() };
        let sealed = cipher(key)
            .encrypt(Nonce::from_slice(&nonce), payload)
            .map_err(|_| FlowError::invalid("a token cannot be sealed"))?;
        Ok(format!("{PREFIX}{id}.{}", STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    fn open(&self, place: Place<'_>, sealed: &str) -> Result<String, FlowError> {
        let wrong = |what: &str| FlowError::Configuration(format!("{place} cannot be opened: {what}"));
        let (id, body) = sealed.split_once('.').ok_or_else(|| wrong("it is cut"))?;
        let (_, key) = self
            .0
            .iter()
            .find(|(known, _)| known == id)
            .ok_or_else(|| wrong("TOKEN_KEYS has no key of its id"))?;
        let bytes = STANDARD.decode(body).map_err(|_| wrong("it is no base64"))?;
        let (nonce, body) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| wrong("it is cut"))?;
        let payload = Payload { msg: body, aad: &place.bytes() };
        let text = cipher(key)
            .decrypt(Nonce::from_slice(nonce), payload)
            .map_err(|_| wrong("another key has sealed it, or it was changed"))?;
        String::from_utf8(text).map_err(|_| wrong("it is no text"))
    }
}

fn cipher(key: &[u8; KEY_BYTES]) -> Aes256Gcm {
    Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key))
}

/// Opens a stored text; returns plain text unchanged.
///
/// # Errors
/// For the operator: why it cannot be opened. Repeats nothing of it.
pub fn open(keyring: Option<&Keyring>, place: Place<'_>, stored: &str) -> Result<String, FlowError> {
    let Some(sealed) = stored.strip_prefix(PREFIX) else { return Ok(stored.to_owned()) };
    let keyring = keyring.ok_or_else(|| FlowError::configuration("the tokens are sealed: set TOKEN_KEYS"))?;
    keyring.open(place, sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place::Shop(5, "access_token");

    fn ring(keys: &[(&str, u8)]) -> Keyring {
        let text = keys.iter().map(|(id, byte)| format!("{id}:{}", key(*byte)));
        Keyring::parse(&text.collect::<Vec<_>>().join(",")).unwrap()
    }

    fn key(first: u8) -> String {
        STANDARD.encode(std::array::from_fn::<u8, 32, _>(|place| first + place as u8))
    }

    fn seal(ring: &Keyring, text: &str, nonce: u8) -> String {
        ring.seal(PLACE, text, |bytes| bytes.fill(nonce)).unwrap()
    }

    #[test]
    fn a_sealed_text_opens_in_its_place_only() {
        let ring = ring(&[("a", 1)]);
        let sealed = seal(&ring, "token", 7);
        assert!(sealed.starts_with("enc.a.") && !sealed.contains("token"));
        assert_eq!(open(Some(&ring), PLACE, &sealed).unwrap(), "token");
        for place in [Place::Shop(6, "access_token"), Place::Shop(5, "refresh_token"), Place::Sink("5")] {
            assert!(open(Some(&ring), place, &sealed).is_err());
        }
        assert_ne!(sealed, seal(&ring, "token", 8), "another nonce gives another text");
    }

    #[test]
    fn keys_rotate_and_plain_text_is_read() {
        let old = ring(&[("a", 1)]);
        let sealed = seal(&old, "token", 7);
        let rotated = ring(&[("b", 2), ("a", 1)]);
        assert_eq!(open(Some(&rotated), PLACE, &sealed).unwrap(), "token");
        assert!(seal(&rotated, "token", 7).starts_with("enc.b."));
        let gone = open(Some(&ring(&[("b", 2)])), PLACE, &sealed).unwrap_err().to_string();
        assert!(gone.contains("no key of its id"), "{gone}");
        assert_eq!(open(None, PLACE, "plain").unwrap(), "plain");
        assert!(open(None, PLACE, &sealed).unwrap_err().to_string().contains("TOKEN_KEYS"));
    }

    #[test]
    fn whatever_is_changed_does_not_open() {
        let ring = ring(&[("a", 1)]);
        let sealed = seal(&ring, "token", 7);
        for place in 6..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last base64 digit contains unused bits; a strict decoder rejects changed ones.
            assert!(open(Some(&ring), PLACE, &changed).is_err(), "{place}");
        }
        for cut in 5..sealed.len() {
            assert!(open(Some(&ring), PLACE, &sealed[..cut]).is_err());
        }
    }

    #[test]
    fn bad_keyrings_are_refused_without_repeating_them() {
        for bad in ["", "a", "a:hush", ":AAAA", "a:AAAA", &format!("a:{0},a:{0}", key(1))] {
            let error = Keyring::parse(bad).unwrap_err().to_string();
            assert!(error.contains("TOKEN_KEYS") && !error.contains("hush"), "{error}");
        }
    }
    #[test]
    fn a_key_that_anybody_guesses_seals_nothing_and_still_opens() {
        for byte in [0_u8, 1, 255] {
            let weak = STANDARD.encode([byte; 32]);
            let error = Keyring::parse(&format!("a:{weak}")).unwrap_err().to_string();
            assert!(error.contains("'a'") && error.contains("openssl") && !error.contains(&weak), "{error}");
            assert!(Keyring::parse(&format!("b:{},a:{weak}", key(1))).is_ok());
        }
    }
}
