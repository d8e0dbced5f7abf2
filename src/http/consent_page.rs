//! The HTML page that a seller's browser shows when it returns from Shopee.

use super::{context::Answer, problem::Problem};
use api::consent::{Consented, ConsentedShop};
use worker::{Headers, Request, Response, Result};

/// The page loads and runs nothing, and its address, which contains the code, is not passed on.
const HEADERS: [(&str, &str); 4] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
];
const STYLE: &str =
    "body{font:18px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}";

/// Whether the caller is a browser; a program gets JSON.
pub fn is_wanted(request: &Request) -> bool {
    let accept = request.headers().get("accept").ok().flatten().unwrap_or_default();
    accept.contains("text/html")
}

/// The page for an answer.
pub fn respond(answered: &std::result::Result<Answer, Problem>) -> Result<Response> {
    let (status, html) = match answered {
        Ok(answer) => match compact::json::from_str(&answer.body) {
            Ok(body) => (answer.status, consented(&body)),
            Err(error) => {
                let problem = Problem::unavailable(error);
                (problem.status, refused(&problem))
            }
        },
        Err(problem) => (problem.status, refused(problem)),
    };
    let headers = Headers::new();
    for (name, value) in HEADERS {
        headers.set(name, value)?;
    }
    Ok(Response::ok(html)?.with_status(status).with_headers(headers))
}

fn consented(body: &Consented) -> String {
    let line = |ConsentedShop { shop_id, note, .. }: &ConsentedShop| match note {
        None => format!("<li>Shop {shop_id} is connected.</li>"),
        Some(note) => format!("<li>Shop {shop_id} is not connected yet: {}</li>", escaped(note)),
    };
    let lines: String = body.shops.iter().map(line).collect();
    html(
        "Thank you",
        &format!("<p>Your consent has been received.</p><ul>{lines}</ul><p>You can close this window.</p>"),
    )
}

fn refused(problem: &Problem) -> String {
    let detail = match &problem.field {
        Some(field) => format!("{field} {}", problem.detail),
        None => problem.detail.clone(),
    };
    let text = format!(
        "<p>{}.</p><p>Nothing was changed. Please tell whoever sent you the link.</p>",
        escaped(&detail)
    );
    html("This did not work", &text)
}

fn html(title: &str, text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>{text}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seller_reads_words_and_nothing_of_them_is_markup() {
        let shop = |shop_id, note: Option<&str>| ConsentedShop {
            shop_id,
            ready: note.is_none(),
            note: note.map(str::to_owned),
        };
        let shops = vec![shop(78, None), shop(79, Some("try <b>again</b> & \"wait\""))];
        let page = consented(&Consented { consented: true, shops });
        assert!(
            page.contains("Shop 78 is connected.") && page.contains("You can close this window."),
            "{page}"
        );
        assert!(
            page.contains(
                "Shop 79 is not connected yet: try &lt;b&gt;again&lt;/b&gt; &amp; &quot;wait&quot;"
            ),
            "{page}"
        );
        let page = refused(&Problem::field("state", "<script>alert(1)</script>"));
        assert!(page.contains("state &lt;script&gt;") && !page.contains("<script>"), "{page}");
        assert!(page.starts_with("<!doctype html>") && page.contains("Nothing was changed"), "{page}");
    }
}
