//! One random statement.

use crate::{both::Both, budgets, samples::*};
use anyhow::Result;
use rand::rngs::StdRng;
use serde_json::json;
use store::{
    alert_kind::{AlertKind, Severity},
    alerts,
    audit::{self, AuditEntry},
    dead_letters::{self, Unhandled},
    drift, hand_driven_progress,
    queue::{self, Room},
    retention, runs, settings, shops, stuck,
    write_campaigns::{self, Listed},
    write_performance,
};

/// Makes it; the answer is its name.
pub async fn any(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    match pick(rng, 13) {
        0 => of_shops(both, rng).await,
        1 | 2 => of_jobs(both, rng).await,
        3 => of_queue(both, rng).await,
        4..7 => of_runs(both, rng).await,
        7 => of_people(both, rng).await,
        8 => by_hand(both, rng).await,
        9..12 => budgets::any(both, rng).await,
        _ => of_data(both, rng).await,
    }
}

fn job_id(both: &Both<'_>, rng: &mut StdRng) -> String {
    let model = both.model.borrow();
    let ids: Vec<&String> = model.jobs.keys().collect();
    if ids.is_empty() || pick(rng, 8) == 0 {
        uuid(rng)
    } else {
        ids[pick(rng, ids.len() as u64) as usize].clone()
    }
}

/// The shop's generation and revision.
fn newest(both: &Both<'_>, shop: i64) -> (i64, i64) {
    both.model.borrow().progress.get(&shop).map_or((0, 0), |p| (p.generation, p.projection_rev))
}

async fn of_shops(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let shop = shop(rng);
    let known = both.model.borrow().shops.get(&shop).map(|shop| shop.refresh_token.clone());
    let expected = if pick(rng, 2) == 0 { known } else { Some(token(rng)) };
    match pick(rng, 6) {
        0 => drop(
            shops::store_pair(both, shop, expected.as_deref(), &token(rng), &token(rng), both.now_ms())
                .await?,
        ),
        1 if pick(rng, 2) == 0 => {
            let (region, until_ms) = (one(rng, &["SG", "BR"]), one(rng, &[None, Some(1_790_000_000_000)]));
            let _ = shops::learn(both, shop, "a name", region, until_ms).await?;
        }
        1 => drop(shops::mark_reconsent(both, shop, expected.as_deref(), "it was refused").await?),
        2 => {
            let of = one(rng, &SHOPS);
            shops::upsert_consent(both, &consent(rng, of)).await?;
        }
        3 => {
            let _ = settings::deployment(both).await?;
        }
        _ => drop(shops::load(both, shop).await?),
    }
    Ok("shops")
}

async fn of_jobs(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let id = job_id(both, rng);
    match pick(rng, 6) {
        0 | 1 => {
            let id = if pick(rng, 2) == 0 { None } else { Some(uuid(rng)) };
            drop(queue::insert_claimed(both, &new_job(rng, id), 900).await?);
        }
        2 => drop(queue::job(both, &id).await?),
        3 if pick(rng, 3) == 0 => queue::claim_job(both, &id, 900).await?,
        3 => queue::fail_job(both, &id, "it cannot be").await?,
        _ => queue::release_job(both, &id, one(rng, &[0, 60]), "it waits").await?,
    }
    Ok("jobs")
}

async fn of_queue(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    match pick(rng, 4) {
        0 => drop(
            queue::enqueue_all(both, kind(rng), pick(rng, 3) as i32, one(rng, &[None, Some("cron")])).await?,
        ),
        1 if pick(rng, 2) == 0 => drop(queue::enqueue_due(both, one(rng, &[None, Some("cron")])).await?),
        1 => drop(retention::clean(both, 1_000).await?),
        2 => drop(queue::cleanup_stuck(both).await?),
        _ => {
            let room = Room {
                jobs: one(rng, &[1, 3, 500]),
                places: one(rng, &[1, 2, 5, 500]),
                own_waits: &["it waits"],
            };
            drop(queue::claim_due(both, room, 900).await?);
        }
    }
    Ok("queue")
}

async fn of_runs(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let shop = one(rng, &SHOPS);
    let (generation, rev) = newest(both, shop);
    let near = near(rng, generation);
    match pick(rng, 12) {
        0..3 => {
            let job = job_id(both, rng);
            let known = both.model.borrow().status.get(&shop).map_or(0, |status| status.generation);
            let next = generation.max(known) + one(rng, &[1, 1, 1, 0]);
            let _ = runs::begin(both, &begin(rng, shop, next, job)).await?;
            Ok("runs.begin")
        }
        3..8 => {
            let jobs = (0..pick(rng, 3)).map(|_| job_id(both, rng)).collect();
            let rev = rev + one(rng, &[0, 1, 1, 1, 2, -1]);
            let _ = runs::project(both, &picture(rng, shop, near, rev, jobs)).await?;
            Ok("runs.project")
        }
        8 => {
            let receipt = json!({ "calls": pick(rng, 9) });
            let receipt = Some(&receipt).filter(|_| pick(rng, 2) == 0);
            runs::cancel(both, shop, near, "an operator has stopped it", receipt).await?;
            Ok("runs.cancel")
        }
        9 => {
            drop(runs::get(both, shop, near).await?);
            let _ = runs::is_known(both, shop, near).await?;
            Ok("runs.get")
        }
        10 => {
            drop(stuck::candidates(both, one(rng, &[1, 30]), 100).await?);
            drop(stuck::orphans(both, one(rng, &[1, 30]), 100).await?);
            Ok("stuck")
        }
        _ => {
            let _ = stuck::give_up(both, shop, near, "nothing has moved").await?;
            Ok("stuck.give_up")
        }
    }
}

async fn of_people(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let (kind, shop) =
        (one(rng, &[AlertKind::RunFailed, AlertKind::Reconsent]), one(rng, &[None, Some(11), Some(22)]));
    let letter = both.model.borrow().letters.values().next().map_or(uuid(rng), |letter| letter.id.clone());
    match pick(rng, 8) {
        7 => {
            let met = |field: &str| drift::Drift {
                endpoint: "settings".to_owned(),
                field: field.to_owned(),
                problem: one(rng, &["unknown", "must be a text"]).to_owned(),
                campaign_id: one(rng, &[None, Some(4)]),
                sample: "{}".to_owned(),
            };
            let met: Vec<_> = ["a", "b", "c"].map(met).into();
            let _ = drift::report(both, 11, 3, &met).await?;
        }
        0 => drop(
            alerts::raise_as(
                both,
                kind,
                shop,
                one(rng, &[Severity::Warning, Severity::Critical]),
                "look at it",
            )
            .await?,
        ),
        1 if pick(rng, 2) == 0 => {
            let text = one(rng, &[None, Some("look at it")]).map(str::to_owned);
            let told = [(AlertKind::RunFailed, text), (AlertKind::MalformedRows, None)];
            let told = told.map(|(kind, text)| alerts::Finding::new(kind, text));
            alerts::settle(both, 11, &told).await?;
        }
        1 => drop(alerts::resolve(both, kind, shop).await?),
        2 | 3 => {
            let message = one(rng, &["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
            let (job, shop) = (job_id(both, rng), one(rng, &SHOPS));
            let (queue, body, job) = match pick(rng, 4) {
                0 => ("ads-sync-start", "{}".to_owned(), None),
                1 => {
                    let asked_at_ms = both.now_ms() - one(rng, &[0, 61_000, 900_000]);
                    let body =
                        format!(r#"{{"v":1,"shop_id":{shop},"job_id":"{job}","asked_at_ms":{asked_at_ms}}}"#);
                    ("ads-sync-start", body, Some((job.as_str(), asked_at_ms)))
                }
                2 => {
                    let generation = newest(both, shop).0;
                    (
                        "ads-sync-chunk",
                        format!(
                            r#"{{"v":1,"shop_id":{shop},"generation":{generation},"stage":"campaigns"}}"#
                        ),
                        None,
                    )
                }
                _ => ("ads-budget", format!(r#"{{"v":1,"shop_id":{shop},"after":null}}"#), None),
            };
            let reason = "every delivery failed";
            let message = Unhandled { queue, message_id: message, body: &body, reason, job };
            dead_letters::insert(both, &message).await?;
        }
        4 if pick(rng, 2) == 0 => {
            let _ = alerts::raise(both, AlertKind::DeadLetters, None, "look at them").await?;
            let queues = ["ads-sync-start", "ads-sync-chunk", "ads-budget"];
            let _ = dead_letters::settle(both, queues).await?;
        }
        4 => drop(dead_letters::get(both, &letter).await?),
        5 => match pick(rng, 2) {
            0 => drop(dead_letters::mark_replayed(both, &letter, "somebody").await?),
            _ => dead_letters::unmark_replayed(both, &letter).await?,
        },
        _ => {
            let entry = AuditEntry {
                actor: "somebody".to_owned(),
                action: "reset".to_owned(),
                shop_id: shop,
                subject: None,
                before: json!(null),
                after: json!({ "requested": "reset" }),
            };
            audit::record(both, &entry).await?;
        }
    }
    Ok("people")
}

async fn by_hand(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let shop = one(rng, &SHOPS);
    match pick(rng, 9) {
        8 => {
            let init = format!("SELECT init_ads_sync_progress({shop}, 250)");
            both.by_hand(&init, |model| model.take_by_hand(shop, 250)).await?;
            Ok("init_ads_sync_progress")
        }
        0..3 => {
            let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) VALUES";
            both.by_hand(&format!("{insert} ({shop}, 'realtime', 10)"), |model| {
                model.insert_job(shop, "realtime", json!({}), None)
            })
            .await?;
            Ok("insert a job")
        }
        3 => {
            let _ = hand_driven_progress::is_reset(both, shop).await?;
            let _ = hand_driven_progress::reset(both, shop).await?;
            Ok("reset")
        }
        4 => {
            let reset = format!(
                "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle', is_complete = false WHERE shop_id = {shop};
                 DELETE FROM apishopee_ads_sync_queue WHERE shop_id = {shop} AND status = 'pending'"
            );
            both.by_hand(&reset, |model| {
                let waits = model.progress.get(&shop).map(|p| (p.waiting_reason.clone(), p.waiting_until_ms));
                model.progress_reset(shop);
                // By hand nobody touches what the run waits for.
                if let (Some(p), Some(waits)) = (model.progress.get_mut(&shop), waits) {
                    (p.waiting_reason, p.waiting_until_ms) = waits;
                }
            })
            .await?;
            Ok("reset by hand")
        }
        5 => {
            let delete = format!("DELETE FROM apishopee_ads_sync_progress WHERE shop_id = {shop}");
            both.by_hand(&delete, |model| drop(model.progress.remove(&shop))).await?;
            Ok("delete progress")
        }
        6 => {
            let roll_back = "DELETE FROM apishopee_ads_sync_queue WHERE is_chunk; DELETE FROM apishopee_ads_sync_progress";
            both.by_hand(roll_back, sim::db::Model::roll_back).await?;
            Ok("roll back")
        }
        _ => {
            let size = one(rng, &[50, 100]);
            let set = format!(
                "INSERT INTO apishopee_ads_sync_settings (shop_id, chunk_size) VALUES ({shop}, {size})
                   ON CONFLICT (shop_id) DO UPDATE SET chunk_size = EXCLUDED.chunk_size;
                 UPDATE apishopee_ads_sync_settings SET max_attempts = 7, shop_calls_per_second = 2.5,
                   app_calls_per_second = 9, breaker_seconds = 60 WHERE shop_id = 0"
            );
            let known = both.model.borrow().shops.contains_key(&shop);
            if known {
                both.by_hand(&set, |model| {
                    model.deployment = json!({ "max_attempts": 7, "shop_calls_per_second": 2.5,
                                               "app_calls_per_second": 9, "breaker_seconds": 60 });
                    if let Some(row) = model.shops.get_mut(&shop) {
                        row.settings = json!({ "chunk_size": size });
                    }
                })
                .await?;
            }
            Ok("settings")
        }
    }
}

async fn of_data(both: &Both<'_>, rng: &mut StdRng) -> Result<&'static str> {
    let shop = one(rng, &SHOPS);
    let generation = near(rng, newest(both, shop).0);
    let age_ms = one(rng, &[0, 0, 5_000, 900_000]);
    let fence = fence(rng, shop, generation, both.now_ms() - age_ms);
    match pick(rng, 4) {
        0 | 1 => {
            let vanished: Vec<i64> = (0..pick(rng, 3)).map(|_| 1 + pick(rng, 6) as i64).collect();
            let listed = Listed { first: 1 + pick(rng, 3) as i64, last: 6, ids: vec![2, 5, 6] };
            let listed = Some(listed).filter(|_| pick(rng, 2) == 0);
            let rows = campaigns(rng);
            let _ = write_campaigns::campaigns(both, &fence, &rows, &vanished, listed.as_ref()).await?;
            if pick(rng, 3) == 0 {
                write_campaigns::emptied(both, shop, generation).await?;
            }
            Ok("write_campaigns")
        }
        2 => {
            let _ = write_performance::performance(both, &fence, &days(rng), &hours(rng)).await?;
            Ok("write_performance")
        }
        _ => {
            let (days, hours, balance) = (shop_days(rng), shop_hours(rng), balance(rng));
            let _ =
                write_performance::shop_performance(both, &fence, &days, &hours, balance.as_ref()).await?;
            Ok("write_shop_performance")
        }
    }
}
