//! Where a sink may send: to hosts of the public network only, by https.
//!
//! The platform itself reaches no private network. The check is for what is not the platform (tests, another runtime), and for
//! people who mistype; a redirect is never followed.

/// Longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 2_000;
/// What private networks call their hosts (RFC 6761, RFC 6762, RFC 8375, ICANN on .internal).
const PRIVATE: [&str; 11] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "lan",
    "home",
    "corp",
    "arpa",
    "test",
    "invalid",
];

/// The host of an address that may be sent to. `open`: http and any host too, for tests.
///
/// # Errors
/// What it must be instead.
pub fn host(address: &str, open: bool) -> Result<&str, &'static str> {
    if address.len() > ADDRESS_BYTES_MAX || !address.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must have at most 2,000 characters, all of them ASCII and none a space");
    }
    let plain = address.strip_prefix("http://").filter(|_| open);
    let rest = address.strip_prefix("https://").or(plain).ok_or("must begin with https://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must have no user name before the host");
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    if port.parse::<u16>().is_err() {
        return Err("must have a port from 1 to 65535, or none");
    }
    if !open && !is_public(host) {
        return Err("must have the name of a public host, no number and no name of a private network");
    }
    Ok(host)
}

fn is_public(host: &str) -> bool {
    let labels: Vec<String> = host.split('.').map(str::to_ascii_lowercase).collect();
    let is_label = |label: &String| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = labels.last().map(String::as_str).unwrap_or_default();
    // A last label that begins with a digit makes the host a number (WHATWG URL).
    labels.len() > 1
        && labels.iter().all(is_label)
        && last.starts_with(|first: char| first.is_ascii_alphabetic())
        && !PRIVATE.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_hosts_by_https_pass() {
        for (address, expected) in [
            ("https://hooks.slack.com/services/T/B/x", "hooks.slack.com"),
            ("https://example.com", "example.com"),
            ("https://example.com:8443?x=1", "example.com"),
            ("https://xn--bcher-kva.example.co/", "xn--bcher-kva.example.co"),
        ] {
            assert_eq!(host(address, false), Ok(expected));
        }
    }

    #[test]
    fn private_networks_and_other_schemes_do_not() {
        for address in [
            "http://example.com/",
            "ftp://example.com/",
            "https://",
            "https:///x",
            "https://localhost/",
            "https://intranet/",
            "https://printer.local/",
            "https://db.internal:443/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://user@example.com/",
            "https://example.com:0x50/",
            "https://example.com:70000/",
            "https://example..com/",
            "https://example.com./",
            "https://bücher.example/",
            "https://example.com/ x",
        ] {
            assert!(host(address, false).is_err(), "{address}");
        }
        assert_eq!(host("http://127.0.0.1:8080/hook", true), Ok("127.0.0.1"));
    }
}
