//! The class of an error: by one table of codes, by a few messages where a code has several meanings, and by the status where
//! there is no code.
//!
//! Codes and messages: the error lists of v2.public.get_access_token, v2.public.refresh_access_token and the v2.ads
//! pages of Shopee's documentation, the underscore spellings of throttling in live answers, and further codes that
//! clients expect.

mod codes;

use crate::error_class::{EndpointKind, ErrorClass};
pub(crate) use codes::passes;
use codes::{Rule, rule_of};

/// The class of an answer. `code` and `message` are Shopee's, empty if there were none; a code takes precedence over
/// the status, and an unknown code is retried a bounded number of times.
#[must_use]
pub fn classify(status: u16, code: &str, message: &str, endpoint_kind: EndpointKind) -> ErrorClass {
    let code = code.trim();
    let rule = if code.is_empty() || code == "-" {
        rule_of_status(status)
    } else {
        rule_of(code).or_else(|| rule_of_family(code, message)).unwrap_or(if status >= 500 {
            Rule::Transient
        } else {
            Rule::Class(ErrorClass::Retry)
        })
    };
    let class = resolve(rule, status, message, endpoint_kind);
    // The platform also throttles with an unspecific code, or one that blames the call.
    let blurred = matches!(class, ErrorClass::Retry | ErrorClass::UnknownOutcome | ErrorClass::Quarantine);
    if blurred && is_throttling(status, message) { throttled(code, message) } else { class }
}

fn resolve(rule: Rule, status: u16, message: &str, kind: EndpointKind) -> ErrorClass {
    let by_kind = |read, write, auth| match kind {
        EndpointKind::Read => read,
        EndpointKind::Write => write,
        EndpointKind::Auth => auth,
    };
    match rule {
        Rule::Class(class) => class,
        Rule::Transient => by_kind(ErrorClass::Retry, ErrorClass::UnknownOutcome, ErrorClass::UnknownOutcome),
        Rule::Grant => by_kind(ErrorClass::RefreshToken, ErrorClass::RefreshToken, ErrorClass::Reconsent),
        Rule::Subject => by_kind(ErrorClass::Quarantine, ErrorClass::Quarantine, ErrorClass::Reconsent),
        // The gateway answers an unknown path with this code, status 404 and no message.
        Rule::NotFound if status == 404 && message.trim().is_empty() => ErrorClass::FatalConfiguration,
        Rule::NotFound => resolve(Rule::Subject, status, message, kind),
        Rule::Parameter => {
            by_kind(ErrorClass::Quarantine, ErrorClass::Quarantine, ErrorClass::FatalConfiguration)
        }
        Rule::Repeated if kind == EndpointKind::Write => ErrorClass::UnknownOutcome,
        Rule::Repeated => resolve(Rule::Parameter, status, message, kind),
        Rule::ByMessage(meanings, otherwise) => {
            let message = message.to_ascii_lowercase();
            let meaning = meanings.iter().find(|(words, _)| message.contains(words));
            resolve(meaning.map_or(*otherwise, |(_, rule)| *rule), status, &message, kind)
        }
    }
}

/// Unlisted codes whose words show their meaning.
fn rule_of_family(code: &str, message: &str) -> Option<Rule> {
    if ["rate_limit", "error_limit", "too_many", "too_frequent"].iter().any(|word| code.contains(word)) {
        return Some(Rule::Class(throttled(code, message)));
    }
    let holder = code.starts_with("merchant_") || code.starts_with("supplier_");
    (holder || code.contains("refresh_token")).then_some(Rule::Class(ErrorClass::Reconsent))
}

/// Status or message say that there were too many calls, regardless of the code.
fn is_throttling(status: u16, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let words = ["too many requests", "rate limit", "daily api call limit"];
    status == 429 || words.iter().any(|words| message.contains(words))
}

/// The class by the limit's owner: a campaign, which does not affect others; the day's quota; the app; else the shop. The caller
/// has to notice when several shops meet it.
fn throttled(code: &str, message: &str) -> ErrorClass {
    if code.contains("campaign") {
        ErrorClass::Retry
    } else if message.to_ascii_lowercase().contains("daily") {
        ErrorClass::PauseUntilQuotaDay
    } else if ["total", "partner", "exceed_api"].iter().any(|word| code.contains(word)) {
        ErrorClass::PauseApp
    } else {
        ErrorClass::PauseShop
    }
}

fn rule_of_status(status: u16) -> Rule {
    match status {
        429 => Rule::Class(ErrorClass::PauseShop),
        // The app's limit was observed to answer with this status, and a lock of the app at the edge has no other sign. Each
        // further call would make it worse, so there is no immediate retry.
        403 => Rule::Class(ErrorClass::PauseApp),
        // No such path or method.
        404 | 405 | 410 | 414 => Rule::Class(ErrorClass::FatalConfiguration),
        // Also a redirect, by a maintenance page or an anti-bot page in front of the platform: it is usually temporary, and
        // retries are bounded.
        _ => Rule::Transient,
    }
}

#[cfg(test)]
mod tests;
