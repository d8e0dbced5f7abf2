//! The deployment itself: configuration, secrets, bindings, objects.

use super::{Asked, Facts, Finding, Gap, Tokens, judged};
use crate::{config::Config, error::FlowError};
use api::doctor::Check;
use store::doctor::Work;

const OBJECTS: &str =
    "look at the Worker's log, and at the objects' bindings and migrations in wrangler.toml";

pub(super) fn check(facts: &Facts, checks: &mut Vec<Check>) {
    configuration(facts).add("configuration", checks);
    api_tokens(facts.tokens).add("api_tokens", checks);
    token_keys(&facts.config, &facts.work).add("token_keys", checks);
    bindings(&facts.missing_bindings).add("bindings", checks);
    governor(facts).add("app_governor", checks);
    shop(facts).add("shop_object", checks);
}

fn configuration(facts: &Facts) -> Finding {
    let config = match &facts.config {
        Ok(config) => config,
        Err(error) => {
            return Finding::failure(error.to_string(), "correct this variable or secret, and deploy again");
        }
    };
    let without_app = facts.work.as_ref().map_or(0, |work| work.without_app);
    if config.partner.is_none() && without_app > 0 {
        let found = format!("no partner app, and {without_app} shops have none of their own");
        return Finding::failure(
            found,
            "set PARTNER_ID and PARTNER_KEY, or partner_id and partner_key of each shop's row",
        );
    }
    if facts.crashes {
        return Finding::warning("TEST_CRASH is set", "delete it: a message of that kind ends the Worker");
    }
    if config.sinks.open {
        return Finding::warning(
            "TEST_OPEN_SINKS is set",
            "delete it: webhooks may go to private networks, and by http",
        );
    }
    Finding::ok(format!("calls go to {}", config.base_url))
}

fn api_tokens(Tokens { admins, others, unreadable }: Tokens) -> Finding {
    let found = format!("tokens of admins: {admins}, of others: {others}, unreadable: {unreadable}");
    let todo =
        "correct API_TOKENS: entries role:sha256hex with a role viewer, operator or admin, one an admin";
    match (admins, unreadable) {
        (0, _) => Finding::failure(found, todo),
        (_, 0) => Finding::ok(found),
        _ => Finding::warning(found, todo),
    }
}

fn token_keys(config: &Result<Config, FlowError>, work: &Asked<Work>) -> Finding {
    let Ok(config) = config else {
        let gap = Gap::Silent("the configuration cannot be read".to_owned());
        return Finding::unknown(&gap, "put the check configuration right first");
    };
    let Some(keyring) = &config.keyring else {
        return Finding::failure(
            "TOKEN_KEYS is not set: no token can be refreshed",
            "set it to id:base64 of 32 bytes (openssl rand -base64 32)",
        );
    };
    judged(work, |work| {
        let known: Vec<&str> = keyring.ids().collect();
        let lost: Vec<&str> =
            work.key_ids.iter().map(String::as_str).filter(|id| !known.contains(id)).collect();
        if lost.is_empty() {
            Finding::ok(format!("{} keys, which open all that is stored", known.len()))
        } else {
            Finding::failure(
                format!("tokens or partner keys are sealed with keys that are gone: {}", lost.join(", ")),
                "put these keys back into TOKEN_KEYS, behind the first one",
            )
        }
    })
}

fn bindings(missing: &[&str]) -> Finding {
    if missing.is_empty() {
        return Finding::ok("all are there");
    }
    Finding::failure(
        format!("missing: {}", missing.join(", ")),
        "compare wrangler.toml with the release's, create what it names, and deploy again",
    )
}

fn governor(facts: &Facts) -> Finding {
    for (app, asked) in &facts.governors {
        if let Err(Gap::Silent(text)) = asked {
            return Finding::failure(format!("app {app}: {text}"), OBJECTS);
        }
    }
    match facts.governors.len() {
        0 => Finding::ok("no partner app is known"),
        apps => Finding::ok(format!("answers, for {apps} apps")),
    }
}

fn shop(facts: &Facts) -> Finding {
    judged(&facts.work, |work| match (&facts.shop, work.shop) {
        (Some(Err(Gap::Silent(text))), _) => Finding::failure(text.as_str(), OBJECTS),
        (_, Some(shop)) => Finding::ok(format!("answers, for shop {shop}")),
        (_, None) => Finding::ok("no shop is known"),
    })
}
