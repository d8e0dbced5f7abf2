//! A message as each kind of sink takes it.

use super::text;
use crate::{config::SinkServices, host::HttpPost};
use base64::{Engine, engine::general_purpose::STANDARD};
use compact::json;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use store::sinks::messages::Due;

/// The beginning of a webhook's signing secret (Standard Webhooks).
pub const SECRET_PREFIX: &str = "whsec_";

/// The request that brings a message to its sink. `address` and `secret` are what the sink seals.
///
/// # Errors
/// The sink's row cannot be used; repeats no secret.
pub fn request(
    due: &Due,
    (address, secret): (&str, &str),
    services: &SinkServices,
    now_ms: i64,
) -> Result<HttpPost, &'static str> {
    let (title, text) = (text::title(due), text::text(due));
    let whole = format!("{title}\n{text}");
    let whole = whole.trim_end();
    let sender = due.sender.as_deref().unwrap_or_default();
    let (url, headers, body) = match due.sink_kind.as_str() {
        "slack" => (address.to_owned(), vec![], json!({ "text": escaped(whole) })),
        "webhook" => return webhook(due, (address, secret), [title, text], now_ms),
        // Bot API: sendMessage. Without a parse mode nothing in the text has a meaning.
        "telegram" => (
            format!("{}/bot{secret}/sendMessage", services.telegram_url),
            vec![],
            json!({ "chat_id": due.sends_to, "text": whole }),
        ),
        "resend" => (
            format!("{}/emails", services.resend_url),
            vec![("authorization", format!("Bearer {secret}")), ("idempotency-key", due.id.clone())],
            json!({ "from": sender, "to": [due.sends_to], "subject": title, "text": whole }),
        ),
        "postmark" => (
            format!("{}/email", services.postmark_url),
            vec![("x-postmark-server-token", secret.to_owned())],
            json!({ "From": sender, "To": due.sends_to, "Subject": title, "TextBody": whole }),
        ),
        _ => return Err("no sink has this kind"),
    };
    Ok(HttpPost { url, headers, body: body.to_string() })
}

/// Slack reads these three characters as markup, among it the mention of everybody.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Signed as the Standard Webhooks specification has it: the id, the time in seconds and the body, so that a receiver refuses
/// what is forged, old or known.
fn webhook(
    due: &Due,
    (address, secret): (&str, &str),
    [title, text]: [String; 2],
    now_ms: i64,
) -> Result<HttpPost, &'static str> {
    let content: Value = json::from_str(&due.content).unwrap_or_default();
    let body = json!({
        "id": due.id, "what": due.what, "kind": due.kind, "severity": due.severity, "count": due.alerts, "title": title,
        "text": text, "content": content,
    })
    .to_string();
    let at = now_ms.div_euclid(1_000).to_string();
    let signature = signature(&key(secret)?, [&due.id, &at, &body])?;
    let headers =
        vec![("webhook-id", due.id.clone()), ("webhook-timestamp", at), ("webhook-signature", signature)];
    Ok(HttpPost { url: address.to_owned(), headers, body })
}

fn signature(key: &[u8], [id, at, body]: [&str; 3]) -> Result<String, &'static str> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| "the secret is no key")?;
    for part in [id, ".", at, ".", body] {
        mac.update(part.as_bytes());
    }
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The key in a webhook's signing secret.
///
/// # Errors
/// What it must be instead.
pub fn key(secret: &str) -> Result<Vec<u8>, &'static str> {
    let key = secret.strip_prefix(SECRET_PREFIX).and_then(|text| STANDARD.decode(text).ok());
    key.filter(|key| (24..=64).contains(&key.len())).ok_or(
        "must be whsec_ and the base64 of 24 to 64 random bytes, as printf 'whsec_%s' \"$(openssl rand -base64 32)\" makes it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::tests::due;

    fn made(due: &Due, sealed: (&str, &str)) -> HttpPost {
        request(due, sealed, &SinkServices::default(), 1_674_087_231_000).unwrap()
    }

    fn header<'p>(post: &'p HttpPost, name: &str) -> &'p str {
        post.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap()
    }

    /// The example of Svix, from whose scheme Standard Webhooks was made: secret, id, time, body and their signature.
    #[test]
    fn a_signature_is_that_of_the_standard() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = ["msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#];
        assert_eq!(signature(&key, signed).unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_webhook_says_when_it_was_sent_and_of_what() {
        let post =
            made(&due("webhook"), ("https://example.com/hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert_eq!(
            (post.url.as_str(), header(&post, "webhook-timestamp")),
            ("https://example.com/hook", "1674087231")
        );
        assert!(header(&post, "webhook-id") == "m" && header(&post, "webhook-signature").starts_with("v1,"));
        let body: Value = serde_json::from_str(&post.body).unwrap();
        assert_eq!((body["count"].as_i64(), body["content"][0]["shop_id"].as_i64()), (Some(1), Some(5)));
    }

    #[test]
    fn each_service_gets_what_its_api_asks_for() {
        let post = made(&due("telegram"), ("", "7:abc"));
        assert_eq!(post.url, "https://api.telegram.org/bot7:abc/sendMessage");
        assert!(post.body.contains(r#""chat_id":"-100""#), "{}", post.body);
        let post = made(&due("resend"), ("", "re_x"));
        assert_eq!((header(&post, "authorization"), header(&post, "idempotency-key")), ("Bearer re_x", "m"));
        assert!(post.body.contains(r#""to":["-100"]"#) && post.url == "https://api.resend.com/emails");
        let post = made(&due("postmark"), ("", "pm"));
        assert_eq!(header(&post, "x-postmark-server-token"), "pm");
        assert!(post.body.contains("TextBody") && post.url == "https://api.postmarkapp.com/email");
    }

    #[test]
    fn nothing_in_a_text_is_markup_of_slack() {
        let loud = Due { lines: Some("<!channel> & all".to_owned()), ..due("slack") };
        assert!(made(&loud, ("https://hooks.slack.com/x", "")).body.contains("&lt;!channel&gt; &amp; all"));
    }

    #[test]
    fn a_secret_that_is_no_key_is_refused_and_nothing_shows_one() {
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_***"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
        let shown = format!("{:?}", made(&due("telegram"), ("", "7:hush")));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
