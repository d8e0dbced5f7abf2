//! What is at work: schedules, consumers, tokens, quota, and what waits for a person.

use super::{Facts, Finding, judged};
use crate::{cron, queues::Queue};
use api::doctor::Check;
use store::doctor::{Backlog, Shops, Work};

const MINUTE_MS: i64 = 60_000;
/// How late a tick may be beyond two periods, in minutes.
const GRACE_MINUTES: i64 = 5;

pub(super) fn check(facts: &Facts, checks: &mut Vec<Check>) {
    let work = &facts.work;
    let (quota, is_held) = quota(facts);
    quota.add("quota", checks);
    judged(work, schedules).add("schedules", checks);
    judged(work, |work| consumers(work, is_held)).add("queue_consumers", checks);
    judged(work, tokens).add("tokens", checks);
    judged(work, consents).add("consents", checks);
    judged(work, letters).add("dead_letters", checks);
    judged(work, alerts).add("alerts", checks);
}

/// Also says whether an app's calls are held back.
fn quota(facts: &Facts) -> (Finding, bool) {
    let todo =
        "GET /v1/apps/{partner_id} shows until when; it ends by itself. Fewer calls: see docs/settings.md";
    let mut answered = 0;
    for (app, view) in &facts.governors {
        let Ok(view) = view else { continue };
        answered += 1;
        if let Some(hold) = &view.hold {
            let seconds = hold.until_ms.saturating_sub(facts.now_ms).max(0) / 1_000;
            let found = format!("app {app} makes no calls for {seconds} s: {}", hold.reason);
            return (Finding::failure(found, todo), true);
        }
        let closed = view.governor.get("closed").and_then(|closed| closed.as_object());
        let closed = closed.into_iter().flatten().filter(|(_, closure)| {
            closure.get("until_ms").and_then(serde_json::Value::as_i64) > Some(facts.now_ms)
        });
        let closed: Vec<&str> = closed.map(|(endpoint, _)| endpoint.as_str()).collect();
        if !closed.is_empty() {
            let found = format!("app {app}: the day's calls are used up of {}", closed.join(", "));
            return (Finding::warning(found, todo), true);
        }
    }
    if answered < facts.governors.len() {
        let gap = super::Gap::Silent("a governor does not answer".to_owned());
        return (Finding::unknown(&gap, "put the check app_governor right first"), false);
    }
    (Finding::ok("no app is held back"), false)
}

fn schedules(work: &Work) -> Finding {
    let todo = "look at the Worker's log (event cron), and whether its triggers are those of wrangler.toml";
    let (mut late, mut failed, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for (name, period) in cron::periods() {
        let Some(tick) = work.ticks.iter().find(|tick| tick.cron == name) else {
            late.push(format!("{name} (never seen)"));
            continue;
        };
        let since_ms = tick.last_at_ms.unwrap_or(tick.watched_since_ms);
        let minutes = work.now_ms.saturating_sub(since_ms) / MINUTE_MS;
        if minutes >= 2 * period + GRACE_MINUTES {
            late.push(format!("{name} (not for {minutes} minutes)"));
        } else if tick.last_error_at_ms > tick.last_at_ms {
            let error = tick.last_error.as_deref().unwrap_or_default();
            failed.push(format!("{name}: {error}"));
        } else if tick.last_at_ms.is_none() {
            new.push(name);
        }
    }
    if !late.is_empty() {
        return Finding::failure(format!("late: {}", late.join(", ")), todo);
    }
    if !failed.is_empty() {
        return Finding::warning(format!("the last tick failed: {}", failed.join("; ")), todo);
    }
    if new.is_empty() {
        return Finding::ok("all have come in time");
    }
    Finding::ok(format!("all that were due have come; not yet: {}", new.join(", ")))
}

fn consumers(work: &Work, is_held: bool) -> Finding {
    let todo = "look at the Worker's log (message_retried, invocation_failed), and at the queues' consumers in wrangler.toml";
    let backlogs = [(Queue::Start, work.start), (Queue::Chunk, work.chunk), (Queue::Budget, work.budget)];
    let waiting = backlogs.iter().filter(|(_, backlog)| backlog.waiting > 0);
    let dead: Vec<_> = waiting.clone().filter(|(_, backlog)| !backlog.moves).map(described).collect();
    // While no calls are allowed, nothing gets on that needs one.
    if !dead.is_empty() && !is_held {
        return Finding::failure(format!("nothing is done for {}", dead.join(", ")), todo);
    }
    let slow: Vec<_> = waiting.map(described).collect();
    if slow.is_empty() {
        return Finding::ok("nothing has waited too long for them");
    }
    Finding::warning(format!("behind: {}", slow.join(", ")), todo)
}

fn described((queue, Backlog { waiting, .. }): &(Queue, Backlog)) -> String {
    format!("{} ({waiting} wait)", queue.name())
}

fn tokens(work: &Work) -> Finding {
    if work.reconsent.count > 0 {
        return Finding::failure(
            format!("Shopee refuses the tokens of {}", shown(&work.reconsent)),
            "have the sellers consent again: GET /oauth/shopee/start?shop_id=",
        );
    }
    if work.tokenless.count > 0 {
        return Finding::warning(
            format!("no tokens: {}", shown(&work.tokenless)),
            "have the sellers consent: GET /oauth/shopee/start?shop_id=; or delete the shops' rows",
        );
    }
    Finding::ok("all shops have tokens")
}

fn consents(work: &Work) -> Finding {
    let todo = "have the sellers consent again: GET /oauth/shopee/start?shop_id=";
    if work.ended.count > 0 {
        return Finding::failure(format!("over: {}", shown(&work.ended)), todo);
    }
    if work.ending.count > 0 {
        return Finding::warning(format!("over within seven days: {}", shown(&work.ending)), todo);
    }
    Finding::ok("none is over within seven days")
}

fn letters(work: &Work) -> Finding {
    let found = format!("{} that nobody has replayed", work.letters);
    if work.letters == 0 || !work.letters_matter {
        return Finding::ok(format!("{found}; nothing waits for them"));
    }
    Finding::warning(
        found,
        "GET /v1/dead-letters lists them, POST /v1/dead-letters/{id}/replay sends one again",
    )
}

fn alerts(work: &Work) -> Finding {
    if work.critical_count == 0 {
        return Finding::ok("no critical alert is open");
    }
    let found = format!("{} critical alerts are open: {}", work.critical_count, work.critical.join(", "));
    Finding::failure(found, "GET /v1/alerts lists them; docs/operations.md says what resolves each")
}

/// Some shops, with the first of them.
fn shown(Shops { count, first }: &Shops) -> String {
    let first: Vec<String> = first.iter().map(i64::to_string).collect();
    let more = if usize::try_from(*count).is_ok_and(|count| count > first.len()) { ", …" } else { "" };
    format!("{count} shops ({}{more})", first.join(", "))
}
