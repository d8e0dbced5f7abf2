//! Where money is moved: tried first, asked for, and only then done.

use crate::apishopee::Apishopee;
use anyhow::{Context, ensure};
use e2e::run;
use xtask::stack::Front;

#[test]
fn schedules_are_tried_made_previewed_and_deleted() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(60).await?;
        shop.sync_to_end().await?.until("completed").await?;
        let operator = Apishopee::of(&world, &world.stack.secrets.operator_token).await?;
        let id = shop.to_string();
        let listed = operator.json(&["campaigns", &id]).await?;
        let ongoing = listed.as_array().and_then(|all| all.iter().find(|row| row["status"] == "ongoing"));
        let campaign = ongoing.context("an ongoing campaign")?["campaign_id"].to_string();
        let folder = world.stack.folder().join("schedules");
        std::fs::create_dir_all(&folder)?;
        let file = |name: &str, budget: &str| {
            let path = folder.join(name);
            std::fs::write(
                &path,
                format!("campaign_id,hour_start,hour_end,budget,is_active\n{campaign},1,2,{budget},false\n"),
            )
            .map(|()| path.display().to_string())
        };
        let (good, broken) = (file("good.csv", "500000")?, file("broken.csv", "-5")?);
        let rows = "SELECT count(*) FROM apishopee_scheduled_ads_budget WHERE shop_id = $1";

        let refused = operator.run(&["budgets", "csv", &id, &broken, "--yes"]).await?;
        ensure!(
            refused.code == Some(5) && refused.stderr.contains("1 of 1 lines are refused"),
            "{refused:?}"
        );
        ensure!(refused.stdout.contains("budget"), "{refused:?}");
        let tried = operator.run(&["budgets", "csv", &id, &good, "--dry-run"]).await?.expect(0)?;
        ensure!(tried.contains("valid"), "{tried}");
        let unasked = operator.run(&["budgets", "csv", &id, &good]).await?;
        ensure!(unasked.code == Some(2) && unasked.stderr.contains("make 1 schedules"), "{unasked:?}");
        ensure!(world.value::<i64>(rows, &[&shop.id]).await? == 0, "stored without a yes");
        let made = operator.run(&["budgets", "csv", &id, &good, "--yes"]).await?.expect(0)?;
        ensure!(made.contains("created"), "{made}");

        let schedules = operator.json(&["budgets", "list", &id]).await?;
        let schedule = schedules[0]["id"].as_str().context("a schedule")?.to_owned();
        let table = operator.run(&["budgets", "list", &id]).await?.expect(0)?;
        ensure!(table.contains("01:00") && table.contains("every day"), "{table}");
        operator.run(&["budgets", "preview", &id]).await?.expect(0)?;
        operator.run(&["budgets", "run", &id, "--dry-run"]).await?.expect(0)?;
        operator.run(&["budgets", "logs", &id]).await?.expect(0)?;
        let would = operator.run(&["budgets", "delete", &schedule, "--dry-run"]).await?.expect(0)?;
        ensure!(would.contains("would delete: 500000"), "{would}");
        ensure!(operator.run(&["budgets", "delete", &schedule]).await?.code == Some(2));
        operator.run(&["budgets", "delete", &schedule, "--yes"]).await?.expect(0)?;
        ensure!(world.value::<i64>(rows, &[&shop.id]).await? == 0);

        let would = operator.run(&["budgets", "stop", "--shop", &id, "--dry-run"]).await?.expect(0)?;
        ensure!(would.contains("would stop"), "{would}");
        operator.run(&["budgets", "stop", "--shop", &id, "--yes"]).await?.expect(0)?;
        let stopped = "SELECT enabled FROM apishopee_ads_budget_rules WHERE shop_id = $1";
        ensure!(!world.value::<bool>(stopped, &[&shop.id]).await?);
        Ok(())
    });
}
