//! Finds the route for an address and a method.

use api::route::{ROUTES, Route};
use matchit::Router;

thread_local! {
    /// The routes of each address.
    static TABLE: Router<Vec<&'static Route>> = table();
}

fn table() -> Router<Vec<&'static Route>> {
    let mut table = Router::new();
    for route in ROUTES {
        let of_path = ROUTES.iter().filter(|other| other.path == route.path).collect();
        // Each path is inserted once: the second time it is there.
        let _ = table.insert(route.path, of_path);
    }
    table
}

/// The result of a look-up.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// A route, with the parameter's text (empty if it has none).
    Route(&'static Route, String),
    /// The address exists, but only for these methods.
    WrongMethod(String),
    /// The address does not exist.
    Nothing,
}

/// Looks up an address.
pub fn find(method: &str, path: &str) -> Found {
    TABLE.with(|table| {
        // Between two slashes the library takes nothing for a parameter too.
        let whole = table.at(path).ok().filter(|found| found.params.iter().all(|(_, text)| !text.is_empty()));
        let Some(found) = whole else { return Found::Nothing };
        let serves = |route: &Route| route.method == method || method == "HEAD" && route.serves_head();
        if let Some(route) = found.value.iter().find(|route| serves(route)) {
            let parameter = found.params.iter().next().map(|(_, text)| text.to_owned());
            return Found::Route(route, parameter.unwrap_or_default());
        }
        let methods =
            found.value.iter().flat_map(|route| [Some(route.method), route.serves_head().then_some("HEAD")]);
        Found::WrongMethod(methods.flatten().collect::<Vec<_>>().join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::route::CALLBACK;

    #[test]
    fn every_route_is_found_and_only_by_its_method() {
        for route in ROUTES {
            let has_parameter = route.path.contains('{');
            let segments = route.path.split('/');
            let path: Vec<&str> =
                segments.map(|name| if name.starts_with('{') { "42" } else { name }).collect();
            let path = path.join("/");
            let expected = if has_parameter { "42" } else { "" };
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
            assert_eq!(find(method, "/v1/shops"), Found::WrongMethod("GET, HEAD".to_owned()), "{method}");
        }
    }

    #[test]
    fn other_addresses_are_nothing() {
        for path in ["/", "/v1", "/v1/shops/", "/v1/shops//sync", "/v1/shops/1/sync/2", "/healthz/"] {
            assert_eq!(find("GET", path), Found::Nothing, "{path}");
        }
    }
}
