//! The command line against the real stack, without a terminal.

mod apishopee;
mod bad_input;
mod money;

use anyhow::ensure;
use apishopee::Apishopee;
use e2e::run;
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_sync_is_started_watched_and_looked_at() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(260).await?;
        let admin = Apishopee::of(&world, &world.stack.secrets.admin_token).await?;
        let id = shop.to_string();
        let watched = admin.run(&["sync", &id, "--watch"]).await?.expect(0)?;
        let run = format!("{shop}-1");
        ensure!(watched.contains(&format!("run {run} (begun), job ")), "{watched}");
        ensure!(watched.ends_with(&format!("run {run} completed\n")), "{watched}");

        let shown = admin.run(&["runs", "show", &run]).await?.expect(0)?;
        ensure!(
            shown.contains("receipt    260 planned = 260 written + 0 unchanged + 0 vanished + 0 quarantined"),
            "{shown}"
        );
        let chunks = admin.json(&["runs", "chunks", &run]).await?;
        ensure!(chunks.as_array().is_some_and(|chunks| !chunks.is_empty()), "{chunks}");
        ensure!(admin.json(&["runs", "chunks", &run, "--open"]).await? == json!([]));
        let runs = admin.json(&["runs", "--shop", &id, "--status", "completed"]).await?;
        ensure!(runs[0]["generation"] == 1 && runs[1].is_null(), "{runs}");
        let campaigns = admin.json(&["campaigns", &id, "--limit", "230"]).await?;
        ensure!(campaigns.as_array().map(Vec::len) == Some(230), "more than a page");
        let table = admin.run(&["shops", "show", &id]).await?.expect(0)?;
        ensure!(table.contains("campaigns  260 of 260"), "{table}");
        let audit = admin.run(&["audit", "--shop", &id]).await?.expect(0)?;
        ensure!(audit == "nothing\n", "{audit}");
        for list in [
            &["shops"][..],
            &["queue"],
            &["alerts", "--all"],
            &["dead-letters", "--all"],
            &["drift"],
            &["calls"],
            &["settings"],
            &["sinks"],
            &["budgets", "rules"],
        ] {
            admin.run(list).await?.expect(0)?;
            ensure!(admin.json(list).await?.is_array() || list == ["settings"], "{list:?}");
        }
        Ok(())
    });
}

#[test]
fn a_run_is_held_resumed_and_cancelled_and_who_stops_watching_stops_nothing() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(917).await?;
        let operator = Apishopee::of(&world, &world.stack.secrets.operator_token).await?;
        operator.run(&["sync", &shop.to_string()]).await?.expect(0)?;
        let run = format!("{shop}-1");
        operator.run(&["runs", "pause", &run]).await?.expect(0)?;
        let interrupted = operator.interrupted(&["runs", "watch", &run], "paused by operator").await?;
        ensure!(
            interrupted.code == Some(130) && interrupted.stderr.contains("the run goes on"),
            "{interrupted:?}"
        );
        let shown = operator.run(&["runs", "show", &run]).await?.expect(0)?;
        ensure!(shown.contains("status     running"), "{shown}");
        let again = operator.run(&["runs", "pause", &run]).await?;
        ensure!(again.code == Some(5) && again.stderr.contains("409 already_paused"), "{again:?}");
        operator.run(&["runs", "resume", &run]).await?.expect(0)?;
        operator.run(&["runs", "cancel", &run]).await?.expect(0)?;
        let ended = operator.run(&["runs", "watch", &run]).await?;
        ensure!(ended.code == Some(1) && ended.stderr.contains(&format!("run {run} cancelled")), "{ended:?}");
        Ok(())
    });
}

#[test]
fn alerts_settings_and_the_doctor_are_at_hand() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let admin = Apishopee::of(&world, &world.stack.secrets.admin_token).await?;
        let raise = "INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text) VALUES ('run_failed', $1, 'warning', 'two of nine') \
                     RETURNING id::text";
        let alert: String = world.value(raise, &[&shop.id]).await?;
        let id = shop.to_string();
        let table = admin.run(&["alerts", "--shop", &id]).await?.expect(0)?;
        ensure!(table.contains(&alert) && table.contains("two of nine"), "{table}");
        let seen = admin.run(&["alerts", "acknowledge", &alert]).await?.expect(0)?;
        ensure!(
            seen == format!(
                "run_failed of shop {shop}: seen by admin:{}\n",
                seen.trim().rsplit(':').next().unwrap_or_default()
            ),
            "{seen}"
        );
        ensure!(admin.run(&["alerts", "mute", &alert, "5"]).await?.expect(0)?.contains("muted until"));
        let set = ["settings", "set", "chunk_size", "33", "--shop", &id, "--reason", "it is small"];
        admin.run(&set).await?.expect(0)?;
        let settings = admin.json(&["settings", "--shop", &id]).await?;
        let size =
            settings["items"].as_array().and_then(|all| all.iter().find(|item| item["name"] == "chunk_size"));
        ensure!(size.is_some_and(|size| size["value"] == 33 && size["from"] == "shop"), "{settings}");
        let doctor = admin.json(&["doctor"]).await?;
        ensure!(doctor["checks"].as_array().is_some_and(|checks| checks.len() > 10), "{doctor}");
        admin.run(&["shops", "disable", &id]).await?.expect(0)?;
        let refused = admin.run(&["sync", &id]).await?;
        ensure!(refused.code == Some(5) && refused.stderr.contains("shop_disabled"), "{refused:?}");
        admin.run(&["shops", "delete", &id, "--data", "--yes"]).await?.expect(0)?;
        ensure!(admin.run(&["shops", "show", &id]).await?.code == Some(4));
        Ok(())
    });
}
