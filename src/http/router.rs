//! Finds the route for an address and a method.

use super::routes::{ROUTES, Route};

/// The methods of HTTP itself (RFC 9110, RFC 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The result of a look-up.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// The method is not a standard HTTP method.
    UnknownMethod,
    /// A route, with the parameter's text (empty if it has none).
    Route(&'static Route, String),
    /// The address exists, but only for these methods.
    WrongMethod(String),
    /// The address does not exist.
    Nothing,
}

/// Looks up an address.
pub fn find(method: &str, path: &str) -> Found {
    if !METHODS.contains(&method) {
        return Found::UnknownMethod;
    }
    let matches: Vec<_> =
        ROUTES.iter().filter_map(|route| parameter(route.path, path).map(|found| (route, found))).collect();
    if matches.is_empty() {
        return Found::Nothing;
    }
    let methods =
        matches.iter().flat_map(|(route, _)| [Some(route.method), route.serves_head().then_some("HEAD")]);
    let allowed = methods.flatten().collect::<Vec<_>>().join(", ");
    let serves = |route: &Route| route.method == method || method == "HEAD" && route.serves_head();
    match matches.into_iter().find(|(route, _)| serves(route)) {
        Some((route, parameter)) => Found::Route(route, parameter),
        None => Found::WrongMethod(allowed),
    }
}

fn parameter(pattern: &str, path: &str) -> Option<String> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut parameter = String::new();
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(parameter),
            (Some("*"), Some(segment)) if !segment.is_empty() => parameter = segment.to_owned(),
            (Some(expected), Some(segment)) if expected == segment => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{paths::CALLBACK, role::Role};

    #[test]
    fn every_route_is_found_and_only_by_its_method() {
        for route in ROUTES {
            let path = route.path.replace('*', "42");
            let expected = if route.path.contains('*') { "42" } else { "" };
            assert_eq!(find(route.method, &path), Found::Route(route, expected.to_owned()));
            assert!(matches!(find("OPTIONS", &path), Found::WrongMethod(_)), "{path}");
        }
    }

    #[test]
    fn a_look_without_the_body_is_served_where_it_changes_nothing() {
        for (path, allowed) in
            [("/v1/shops", "GET, HEAD"), ("/v1/budget-rules", "GET, HEAD, PUT"), (CALLBACK, "GET")]
        {
            let head = find("HEAD", path);
            assert_eq!(matches!(head, Found::Route(..)), allowed.contains("HEAD"), "{path}");
            assert_eq!(find("OPTIONS", path), Found::WrongMethod(allowed.to_owned()));
        }
        for method in ["PURGE", "PROPFIND", "get", ""] {
            assert_eq!(find(method, "/v1/shops"), Found::UnknownMethod, "{method}");
        }
    }

    #[test]
    fn nothing_but_the_health_checks_and_the_callback_is_open() {
        let open: Vec<_> =
            ROUTES.iter().filter(|route| route.role == Role::Anyone).map(|route| route.path).collect();
        assert_eq!(open, ["/healthz", "/readyz", CALLBACK]);
        assert!(
            ROUTES.iter().filter(|route| route.method != "GET").all(|route| route.role >= Role::Operator)
        );
    }

    #[test]
    fn other_addresses_are_nothing() {
        for path in ["/", "/v1", "/v1/shops/", "/v1/shops//sync", "/v1/shops/1/sync/2", "/healthz/"] {
            assert_eq!(find("GET", path), Found::Nothing, "{path}");
        }
    }
}
