//! Checks what a caller wants a sink to be.

use crate::http::{problem::Problem, request};
use api::{
    filter::SEVERITIES,
    sink::{LANGUAGES, PutSink, SINK_KINDS},
};
use store::{alert_kind::AlertKind, sinks::SinkRow};
use sync_flow::sinks::{address, request::key};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Longest secret, sender or receiver, in characters.
const TEXT_CHARS_MAX: usize = 500;
/// Most shops of one sink.
const SHOPS_MAX: usize = 1_000;
/// Minutes after which an alert is told again.
const REMINDER_MINUTES: std::ops::RangeInclusive<i32> = 30..=10_080;

/// A sink whose fields are valid, each on its own and together.
pub struct Wanted<'a> {
    pub row: SinkRow<'a>,
    /// As given, if it was.
    pub address: Option<&'a str>,
    /// As given, if it was.
    pub secret: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// # Errors
    /// 400 for the first field that cannot be.
    pub fn read(body: &'a PutSink, open: bool) -> Result<Self, Problem> {
        let name = text("name", &body.name, NAME_CHARS_MAX)?;
        let kind = one_of("kind", &body.kind, &SINK_KINDS)?;
        let language = one_of("language", body.language.as_deref().unwrap_or("en"), &LANGUAGES)?;
        let severity = body.min_severity.as_deref().unwrap_or("warning");
        let min_severity = one_of("min_severity", severity, &SEVERITIES)?;
        filters(body)?;
        if body.reminder_minutes.is_some_and(|minutes| !REMINDER_MINUTES.contains(&minutes)) {
            return Err(Problem::field("reminder_minutes", "must be from 30 to 10080, or left out"));
        }
        let (quiet_from, quiet_to) =
            (minute("quiet_from", &body.quiet_from)?, minute("quiet_to", &body.quiet_to)?);
        if quiet_from.is_some() != quiet_to.is_some() {
            return Err(Problem::field("quiet_to", "is given together with quiet_from, or not at all"));
        }
        let (address, sends_to) = receiver(body, kind, open)?;
        Ok(Self {
            row: SinkRow {
                name,
                kind,
                sends_to,
                sender: sender(body, kind)?,
                language,
                min_severity,
                kinds: body.kinds.as_deref(),
                shop_ids: body.shop_ids.as_deref(),
                reminder_minutes: body.reminder_minutes,
                quiet_from_minute: quiet_from,
                quiet_to_minute: quiet_to,
                digest_minute: minute("digest_at", &body.digest_at)?,
                time_zone: text("time_zone", body.time_zone.as_deref().unwrap_or("Asia/Ho_Chi_Minh"), 60)?,
                enabled: body.enabled.unwrap_or(true),
            },
            address,
            secret: secret(body, kind)?,
        })
    }

    /// Checks that nothing is left out that a new sink needs.
    ///
    /// # Errors
    /// 400.
    pub fn must_be_whole(&self) -> Result<(), Problem> {
        let missing = match self.row.kind {
            "slack" | "webhook" if self.address.is_none() => "address",
            "slack" => return Ok(()),
            _ if self.secret.is_none() => "secret",
            _ => return Ok(()),
        };
        Err(Problem::field(missing, "is missing"))
    }
}

fn text<'a>(field: &str, text: &'a str, chars_max: usize) -> Result<&'a str, Problem> {
    let text = text.trim();
    if !(1..=chars_max).contains(&text.chars().count()) || text.contains(char::is_control) {
        return Err(Problem::field(field, format!("must have 1 to {chars_max} characters, in one line")));
    }
    Ok(text)
}

fn one_of<'a>(field: &str, word: &'a str, allowed: &[&str]) -> Result<&'a str, Problem> {
    let refused = || Problem::field(field, format!("allowed are {}", allowed.join(", ")));
    allowed.contains(&word).then_some(word).ok_or_else(refused)
}

/// Minutes since midnight of `HH:MM`.
fn minute(field: &str, text: &Option<String>) -> Result<Option<i32>, Problem> {
    let Some(text) = text.as_deref() else { return Ok(None) };
    let read = || {
        let (hour, minute) =
            text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
        let (hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
        (hour < 24 && minute < 60).then(|| i32::from(hour) * 60 + i32::from(minute))
    };
    read().map(Some).ok_or_else(|| Problem::field(field, "must be a time from 00:00 to 23:59"))
}

fn filters(body: &PutSink) -> Result<(), Problem> {
    if let Some(kinds) = &body.kinds {
        let known = |kind: &String| AlertKind::ALL.iter().any(|known| known.as_str() == kind);
        if kinds.is_empty() || kinds.len() > AlertKind::ALL.len() || !kinds.iter().all(known) {
            let detail =
                "must name kinds of alerts, each once (docs/operations.md), or be left out for all of them";
            return Err(Problem::field("kinds", detail));
        }
    }
    if let Some(shops) = &body.shop_ids {
        if !(1..=SHOPS_MAX).contains(&shops.len()) {
            return Err(Problem::field(
                "shop_ids",
                format!("must name 1 to {SHOPS_MAX} shops, or be left out for all"),
            ));
        }
        for shop in shops {
            request::shop_id(&shop.to_string())
                .map_err(|problem| Problem::field("shop_ids", problem.detail))?;
        }
    }
    Ok(())
}

/// The address, if the kind has one and it is given; and who receives it, as people see it.
fn receiver<'a>(body: &'a PutSink, kind: &str, open: bool) -> Result<(Option<&'a str>, &'a str), Problem> {
    let refused = |field: &str| Err(Problem::field(field, format!("is not for {kind}")));
    match (kind, body.address.as_deref(), body.to.as_deref()) {
        ("slack" | "webhook", _, Some(_)) => refused("to"),
        ("slack" | "webhook", None, None) => Ok((None, "")),
        ("slack" | "webhook", Some(address), None) => {
            let host = address::host(address, open).map_err(|reason| Problem::field("address", reason))?;
            Ok((Some(address), host))
        }
        (_, Some(_), _) => refused("address"),
        (_, None, None) => Err(Problem::field("to", "is missing")),
        ("telegram", None, Some(to)) => Ok((None, text("to", to, TEXT_CHARS_MAX)?)),
        (_, None, Some(to)) => Ok((None, mail("to", to)?)),
    }
}

fn sender<'a>(body: &'a PutSink, kind: &str) -> Result<Option<&'a str>, Problem> {
    match (kind, body.sender.as_deref()) {
        ("resend" | "postmark", Some(sender)) => mail("sender", sender).map(Some),
        ("resend" | "postmark", None) => Err(Problem::field("sender", "is missing")),
        (_, Some(_)) => Err(Problem::field("sender", format!("is not for {kind}"))),
        (_, None) => Ok(None),
    }
}

/// An e-mail address, as far as a look tells; the provider knows the rest.
fn mail<'a>(field: &str, address: &'a str) -> Result<&'a str, Problem> {
    let address = text(field, address, TEXT_CHARS_MAX)?;
    let parts = address.split_once('@');
    if parts.is_none_or(|(name, host)| name.is_empty() || !host.contains('.') || host.contains('@')) {
        return Err(Problem::field(field, "must be an e-mail address, like ads@example.com"));
    }
    Ok(address)
}

fn secret<'a>(body: &'a PutSink, kind: &str) -> Result<Option<&'a str>, Problem> {
    let Some(secret) = body.secret.as_deref() else { return Ok(None) };
    if kind == "slack" {
        return Err(Problem::field("secret", "is not for slack: its address is the secret"));
    }
    let secret = text("secret", secret, TEXT_CHARS_MAX)?;
    if kind == "webhook" {
        key(secret).map_err(|reason| Problem::field("secret", reason))?;
    }
    // Telegram's is part of an address.
    if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_-.+/=".contains(&byte)) {
        return Err(Problem::field("secret", "has characters that no such secret has"));
    }
    Ok(Some(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<String> {
        let body: PutSink = compact::json::from_str(text).unwrap();
        let wanted = Wanted::read(&body, false).and_then(|wanted| wanted.must_be_whole());
        wanted.err().map(|problem| problem.field.unwrap_or_default())
    }

    #[test]
    fn what_each_kind_needs_is_enough() {
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for good in [
            r#"{"name":"a","kind":"slack","address":"https://hooks.slack.com/services/x"}"#.to_owned(),
            format!(r#"{{"name":"a","kind":"webhook","address":"https://example.com/h","secret":"{key}"}}"#),
            r#"{"name":"a","kind":"telegram","to":"-100123","secret":"7:AA_b-c"}"#.to_owned(),
            r#"{"name":"a","kind":"resend","to":"a@b.co","sender":"c@d.co","secret":"re_1"}"#.to_owned(),
            r#"{"name":"a","kind":"postmark","to":"a@b.co","sender":"c@d.co","secret":"0-1","quiet_from":"22:00",
                "quiet_to":"06:30","digest_at":"08:00","kinds":["reconsent"],"shop_ids":[5],"reminder_minutes":60}"#
                .to_owned(),
        ] {
            assert_eq!(refused(&good), None, "{good}");
        }
    }

    #[test]
    fn what_cannot_be_names_its_field() {
        for (more, field) in [
            (r#""kind":"pager""#, "kind"),
            (r#""kind":"slack""#, "address"),
            (r#""kind":"slack","address":"https://10.0.0.1/""#, "address"),
            (r#""kind":"slack","address":"https://a.co/","secret":"x""#, "secret"),
            (r#""kind":"slack","address":"https://a.co/","to":"x""#, "to"),
            (r#""kind":"webhook","address":"https://a.co/""#, "secret"),
            (r#""kind":"webhook","address":"https://a.co/","secret":"short""#, "secret"),
            (r#""kind":"telegram","secret":"7:a""#, "to"),
            (r#""kind":"telegram","to":"1","secret":"7:a?b""#, "secret"),
            (r#""kind":"telegram","to":"1","secret":"7:a","sender":"a@b.co""#, "sender"),
            (r#""kind":"resend","to":"nobody","sender":"a@b.co","secret":"x""#, "to"),
            (r#""kind":"resend","to":"a@b.co","secret":"x""#, "sender"),
            (r#""kind":"telegram","to":"1","secret":"7:a","language":"fr""#, "language"),
            (r#""kind":"telegram","to":"1","secret":"7:a","min_severity":"bad""#, "min_severity"),
            (r#""kind":"telegram","to":"1","secret":"7:a","kinds":["no_such"]"#, "kinds"),
            (r#""kind":"telegram","to":"1","secret":"7:a","kinds":[]"#, "kinds"),
            (r#""kind":"telegram","to":"1","secret":"7:a","shop_ids":[0]"#, "shop_ids"),
            (r#""kind":"telegram","to":"1","secret":"7:a","reminder_minutes":5"#, "reminder_minutes"),
            (r#""kind":"telegram","to":"1","secret":"7:a","quiet_from":"22:00""#, "quiet_to"),
            (
                r#""kind":"telegram","to":"1","secret":"7:a","quiet_from":"24:00","quiet_to":"06:00""#,
                "quiet_from",
            ),
            (r#""kind":"telegram","to":"1","secret":"7:a","digest_at":"8:00""#, "digest_at"),
        ] {
            assert_eq!(refused(&format!(r#"{{"name":"a",{more}}}"#)).as_deref(), Some(field), "{more}");
        }
        assert_eq!(refused(r#"{"name":" ","kind":"slack"}"#).as_deref(), Some("name"));
    }
}
