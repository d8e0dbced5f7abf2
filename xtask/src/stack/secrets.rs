//! Keys and tokens of one stack, made up anew each time.

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::Rng;
use sha2::{Digest, Sha256};

/// What the Worker and its callers must know.
#[derive(Clone)]
pub struct Secrets {
    /// The partner app's key.
    pub partner_key: String,
    /// What tokens are sealed with: an entry of `TOKEN_KEYS`.
    pub token_key: String,
    /// A caller who may look.
    pub viewer_token: String,
    /// A caller who may start work.
    pub operator_token: String,
    /// A caller who may do everything.
    pub admin_token: String,
}

impl Secrets {
    /// New ones.
    #[must_use]
    pub fn random() -> Self {
        Self {
            partner_key: word(),
            token_key: token_key(),
            viewer_token: word(),
            operator_token: word(),
            admin_token: word(),
        }
    }

    /// The Worker's secrets in the form of an environment file.
    #[must_use]
    pub fn environment(&self, partner_id: u64) -> String {
        let hash = |token: &str| hex::encode(Sha256::digest(token.as_bytes()));
        format!(
            "API_TOKENS=viewer:{},operator:{},admin:{}\nPARTNER_ID={partner_id}\nPARTNER_KEY={}\nTOKEN_KEYS={}\n",
            hash(&self.viewer_token),
            hash(&self.operator_token),
            hash(&self.admin_token),
            self.partner_key,
            self.token_key
        )
    }
}

fn token_key() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("k1:{}", STANDARD.encode(bytes))
}

/// A random word: 128 bits in hexadecimal digits.
#[must_use]
pub fn word() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}
