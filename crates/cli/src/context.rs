//! Contexts: the deployments that the command line knows, in a file without tokens.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};
use ureq::http::Uri;

/// The file of contexts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {
    /// The one in use.
    pub current: Option<String>,
    /// By name.
    #[serde(default)]
    pub contexts: BTreeMap<String, Context>,
}

/// A deployment, and where the token for it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Its address.
    pub url: String,
    /// The environment variable that holds the token.
    pub token_env: Option<String>,
    /// The file that holds it, readable by its owner only.
    pub token_file: Option<PathBuf>,
}

/// An address and a token, ready for calls.
pub struct Access {
    pub url: String,
    pub token: String,
}

/// `APISHOPEE_CONFIG`, or `apishopee/config.toml` in the user's folder of configurations.
pub fn file() -> Result<PathBuf, Failure> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("APISHOPEE_CONFIG")
        .or_else(|| set("XDG_CONFIG_HOME").map(|folder| folder.join("apishopee/config.toml")))
        .or_else(|| set("HOME").map(|home| home.join(".config/apishopee/config.toml")))
        .or_else(|| set("APPDATA").map(|folder| folder.join("apishopee/config.toml")))
        .ok_or_else(|| Failure::usage("no home folder is known: set APISHOPEE_CONFIG to a file"))
}

impl Contexts {
    /// Reads the file; none are known if there is no file.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", file.display()));
        match fs::read_to_string(file) {
            Ok(text) => toml::from_str(&text).map_err(|error| wrong(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong(&error)),
        }
    }

    /// Writes the file, whole or not at all.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", file.display()));
        let text = toml::to_string_pretty(self).map_err(|error| wrong(&error))?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
        }
        let new = file.with_extension("new");
        fs::write(&new, text).and_then(|()| fs::rename(&new, file)).map_err(|error| wrong(&error))
    }

    /// The one that is named, or the current one.
    fn chosen(&self, name: Option<&str>) -> Result<&Context, Failure> {
        let Some(name) = name.or(self.current.as_deref()) else {
            let advice = "apishopee context add NAME --url https://… --token-env VARIABLE, or set APISHOPEE_URL and APISHOPEE_TOKEN";
            return Err(Failure::usage("no deployment is chosen").advised(advice));
        };
        self.contexts.get(name).ok_or_else(|| {
            let known: Vec<_> = self.contexts.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Failure::usage(format!("there is no context '{name}'; known: {known}"))
        })
    }
}

/// `--context`, else `APISHOPEE_URL` with `APISHOPEE_TOKEN`, else `APISHOPEE_CONTEXT`, else the current context.
pub fn access(named: Option<&str>) -> Result<Access, Failure> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    if let (None, Some(url)) = (named, set("APISHOPEE_URL")) {
        let token = set("APISHOPEE_TOKEN")
            .ok_or_else(|| Failure::usage("APISHOPEE_URL is set and APISHOPEE_TOKEN is not: set both"))?;
        return Ok(Access { url: checked(&url)?, token });
    }
    let contexts = Contexts::read(&file()?)?;
    let from_environment = set("APISHOPEE_CONTEXT");
    let context = contexts.chosen(named.or(from_environment.as_deref()))?;
    let token = match (&context.token_env, &context.token_file) {
        (Some(name), _) => set(name).ok_or_else(|| {
            Failure::usage(format!(
                "the token should be in the environment variable {name}, which is not set"
            ))
        })?,
        (None, Some(file)) => token_of(file)?,
        (None, None) => return Err(Failure::usage("the context says neither token_env nor token_file")),
    };
    Ok(Access { url: checked(&context.url)?, token: token.trim().to_owned() })
}

fn token_of(file: &Path) -> Result<String, Failure> {
    let wrong = |what: String| Failure::usage(format!("the token's file {}: {what}", file.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file).map_err(|error| wrong(error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(
                wrong("others may read it".to_owned()).advised(format!("chmod 600 {}", file.display()))
            );
        }
    }
    fs::read_to_string(file).map_err(|error| wrong(error.to_string()))
}

/// An address without its last slash. A token is sent without encryption to this machine only, and nowhere by an address that
/// hides its host behind a user name.
pub fn checked(url: &str) -> Result<String, Failure> {
    let wrong = |what: &str| Failure::usage(format!("{url}: {what}"));
    let uri: Uri = url.parse().map_err(|_| wrong("is no address"))?;
    let authority = uri.authority().ok_or_else(|| wrong("an address begins with https:// and has a host"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("an address has no user name"));
    }
    if uri.query().is_some() || url.contains('#') {
        return Err(wrong("an address has nothing after its path"));
    }
    match (uri.scheme_str(), authority.host()) {
        (Some("https"), _) | (Some("http"), "localhost" | "127.0.0.1" | "[::1]") => {
            Ok(url.trim_end_matches('/').to_owned())
        }
        _ => Err(wrong("an address begins with https:// (http:// for localhost only)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_encrypted_or_stays_here() {
        for good in ["https://ads.example.com/", "http://localhost:8787", "http://127.0.0.1:1/"] {
            assert!(checked(good).is_ok_and(|url| !url.ends_with('/')), "{good}");
        }
        for bad in [
            "http://ads.example.com",
            "ads.example.com",
            "http://localhost.evil.example",
            "http://localhost:80@evil.example/",
            "http://127.0.0.1@evil.example",
            "https://user:word@ads.example.com",
            "https://ads.example.com?x=1",
            "https://ads.example.com/#x",
            "ftp://x",
            "https://",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn contexts_are_read_as_they_are_written() {
        let context =
            Context { url: "https://a".to_owned(), token_env: Some("T".to_owned()), token_file: None };
        let contexts = Contexts {
            current: Some("live".to_owned()),
            contexts: BTreeMap::from([("live".to_owned(), context.clone())]),
        };
        let text = toml::to_string_pretty(&contexts).unwrap();
        assert_eq!(toml::from_str::<Contexts>(&text).unwrap(), contexts);
        assert_eq!(contexts.chosen(None).unwrap(), &context);
        assert!(contexts.chosen(Some("test")).unwrap_err().message.contains("known: live"));
        assert!(Contexts::default().chosen(None).unwrap_err().advice.is_some());
        assert!(toml::from_str::<Contexts>("token = \"x\"").is_err(), "a token has no place here");
    }
}
