//! Randomly generated keys and tokens of a stack.

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::Rng;
use sha2::{Digest, Sha256};

/// The secrets of the Worker and its callers.
#[derive(Clone)]
pub struct Secrets {
    /// The partner app's key.
    pub partner_key: String,
    /// The key that encrypts tokens: an entry of `TOKEN_KEYS`.
    pub token_key: String,
    /// Token with the role viewer.
    pub viewer_token: String,
    /// Token with the role operator.
    pub operator_token: String,
    /// Token with the role admin.
    pub admin_token: String,
    /// Token of an admin named `two-shops`, for the shops of [`OWN_SHOPS`] only.
    pub shops_token: String,
    /// Token of an operator that has ended.
    pub ended_token: String,
}

/// The shops of [`Secrets::shops_token`].
pub const OWN_SHOPS: [i64; 2] = [7_000_001, 7_000_002];

impl Secrets {
    /// Generates new secrets.
    #[must_use]
    pub fn random() -> Self {
        Self {
            partner_key: random_hex(),
            token_key: token_key(),
            viewer_token: random_hex(),
            operator_token: random_hex(),
            admin_token: random_hex(),
            shops_token: random_hex(),
            ended_token: random_hex(),
        }
    }

    /// The Worker's secrets in the form of an environment file.
    #[must_use]
    pub fn environment(&self, partner_id: u64) -> String {
        let hash = |token: &str| hex::encode(Sha256::digest(token.as_bytes()));
        let own_shops = OWN_SHOPS.map(|id| id.to_string()).join(",");
        format!(
            "API_TOKENS=viewer:{},operator:{},admin:{},admin@{own_shops}:{}:two-shops,operator:{}:past:2020-01-31\nPARTNER_ID={partner_id}\nPARTNER_KEY={}\nTOKEN_KEYS={}\n",
            hash(&self.viewer_token),
            hash(&self.operator_token),
            hash(&self.admin_token),
            hash(&self.shops_token),
            hash(&self.ended_token),
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

/// 128 random bits in hexadecimal digits.
#[must_use]
pub fn random_hex() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}
