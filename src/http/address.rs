//! The parts of a request's address, which the platform has parsed and written anew (WHATWG URL): another parser would weigh 20 KB.

use form_urlencoded::Parse;

/// The decoded parameters of the query.
pub fn query_pairs(url: &str) -> Parse<'_> {
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
}

/// Scheme, host and port.
pub fn origin(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |place| place + 3);
    let path_at = url.get(host_at..).and_then(|rest| rest.find(['/', '?', '#']));
    path_at.and_then(|length| url.get(..host_at + length)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let pairs = |url| query_pairs(url).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(
            pairs("https://a.example/x?limit=5&q=a%20b+c%26&flag#?no=1"),
            ["limit=5", "q=a b c&", "flag="]
        );
        assert_eq!(pairs("https://a.example/x?a=b?c&%C3%A9=%ff"), ["a=b?c", "\u{e9}=\u{fffd}"]);
        for url in ["https://a.example/", "https://a.example/?", "https://a.example/#?a=1", ""] {
            assert!(pairs(url).is_empty(), "{url}");
        }
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        for (url, expected) in [
            ("https://ads.example.com/oauth/shopee/start?shop_id=1", "https://ads.example.com"),
            ("http://127.0.0.1:8787/", "http://127.0.0.1:8787"),
            ("http://[::1]:8787/a?b=c/d", "http://[::1]:8787"),
            ("https://a.example?x=/", "https://a.example"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}
