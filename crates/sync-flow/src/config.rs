//! The deployment's variables and secrets, as the flow uses them.

use crate::error::FlowError;
use crate::token_encryption::Keyring;
use shopee::{Partner, Secret};

/// Where the services of sinks are, without trailing slashes, and whether webhooks may go anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkServices {
    /// The Bot API of Telegram.
    pub telegram_url: String,
    /// Resend.
    pub resend_url: String,
    /// Postmark.
    pub postmark_url: String,
    /// http and private hosts too: for tests.
    pub open: bool,
}

impl Default for SinkServices {
    fn default() -> Self {
        Self {
            telegram_url: "https://api.telegram.org".to_owned(),
            resend_url: "https://api.resend.com".to_owned(),
            postmark_url: "https://api.postmarkapp.com".to_owned(),
            open: false,
        }
    }
}

/// The configuration of a deployment. `Debug` hides the secrets.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Base address of the Open Platform, without a trailing slash.
    pub base_url: String,
    /// Base address of the newer consent page, without a trailing slash.
    pub auth_url: String,
    /// The partner app of this deployment. A shop's row may name another one.
    pub partner: Option<Partner>,
    /// The keys that seal tokens.
    pub keyring: Option<Keyring>,
    /// The services that bring alerts to people.
    pub sinks: SinkServices,
}

impl Config {
    /// Reads `SHOPEE_BASE_URL`, `SHOPEE_AUTH_URL`, `PARTNER_ID`, `PARTNER_KEY`, `TOKEN_KEYS`, and for tests where
    /// the services of sinks are.
    ///
    /// # Errors
    /// Names the missing or invalid variable; repeats no value.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, FlowError> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let address = |name: &str, default: Option<&str>| {
            let value = set(name)
                .or(default.map(str::to_owned))
                .ok_or_else(|| FlowError::Configuration(format!("{name} is not set")))?;
            if !value.starts_with("https://") && !value.starts_with("http://") {
                return Err(FlowError::Configuration(format!(
                    "{name} must begin with https:// (or http:// for a local fake)"
                )));
            }
            Ok(value.trim_end_matches('/').to_owned())
        };
        let partner = match (set("PARTNER_ID"), set("PARTNER_KEY")) {
            (Some(id), Some(key)) => {
                let id = id.trim().parse().map_err(|_| {
                    let reason = "PARTNER_ID must be a whole number, as the Open Platform's console shows it";
                    FlowError::Configuration(reason.to_owned())
                })?;
                Some(Partner { id, key: Secret::new(key) })
            }
            (None, None) => None,
            _ => {
                return Err(FlowError::Configuration(
                    "PARTNER_ID and PARTNER_KEY must be set together".to_owned(),
                ));
            }
        };
        let known = SinkServices::default();
        let sinks = SinkServices {
            telegram_url: address("TELEGRAM_BASE_URL", Some(&known.telegram_url))?,
            resend_url: address("RESEND_BASE_URL", Some(&known.resend_url))?,
            postmark_url: address("POSTMARK_BASE_URL", Some(&known.postmark_url))?,
            open: set("TEST_OPEN_SINKS").as_deref() == Some("1"),
        };
        Ok(Self {
            sinks,
            base_url: address("SHOPEE_BASE_URL", None)?,
            auth_url: address("SHOPEE_AUTH_URL", Some("https://open.shopee.com"))?,
            partner,
            keyring: set("TOKEN_KEYS").map(|text| Keyring::parse(&text)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Config, String> {
        let get =
            |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Config::read(get).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let base = ("SHOPEE_BASE_URL", "http://127.0.0.1:1/");
        assert_eq!(read(&[base]).unwrap().base_url, "http://127.0.0.1:1");
        assert!(read(&[]).unwrap_err().contains("SHOPEE_BASE_URL"));
        assert!(read(&[("SHOPEE_BASE_URL", "ftp://x")]).unwrap_err().contains("https://"));
        assert!(read(&[base, ("PARTNER_ID", "5")]).unwrap_err().contains("together"));
        let wrong = read(&[base, ("PARTNER_ID", "x"), ("PARTNER_KEY", "hush")]).unwrap_err();
        assert!(wrong.contains("PARTNER_ID") && !wrong.contains("hush"), "{wrong}");
        let wrong = read(&[base, ("TOKEN_KEYS", "a:hush")]).unwrap_err();
        assert!(wrong.contains("TOKEN_KEYS") && !wrong.contains("hush"), "{wrong}");
    }
}
