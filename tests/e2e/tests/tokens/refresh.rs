//! Refreshing.

use super::{Pair, at_the_fake, nothing_is_shown, refreshes, shop, stored};
use anyhow::ensure;
use e2e::run;
use xtask::{demo::seed, stack::Front, stack::secrets};

#[test]
fn a_token_that_is_over_is_refreshed_once_and_sealed() {
    run(Front::Worker, |world| async move {
        let (shop, old) = shop(&world, 30, 0).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 30).await?;
        ensure!(refreshes(&world, shop).await? == 1, "{} refreshes", refreshes(&world, shop).await?);
        let new = stored(&world, shop).await?;
        ensure!(new.access != old.access && new.refresh != old.refresh, "the old pair is still stored");
        let lasts: bool = world
            .value(
                "SELECT token_expires_at > now() + interval '1 hour' FROM apishopee_shops WHERE shop_id = $1",
                &[&shop],
            )
            .await?;
        ensure!(lasts, "the new token's end is not stored");
        nothing_is_shown(&world, shop, &[&old, &new]).await?;
        // The next run uses what is stored.
        world.sync(shop).await?;
        let second =
            "SELECT status = 'completed' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        world.until("the second run", second, &[&shop]).await?;
        ensure!(refreshes(&world, shop).await? == 1 && stored(&world, shop).await? == new);
        Ok(())
    });
}

#[test]
fn a_token_that_will_soon_be_over_is_refreshed_before_it_is() {
    run(Front::Worker, |world| async move {
        let (shop, old) = shop(&world, 20, 120).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        ensure!(refreshes(&world, shop).await? == 1);
        ensure!(world.calls(shop).await?.iter().all(|call| call["status"] == 200), "a call was refused");
        ensure!(stored(&world, shop).await?.refresh != old.refresh);
        Ok(())
    });
}

#[test]
fn a_token_that_is_revoked_in_the_midst_is_refreshed_once_for_all_consumers() {
    run(Front::Worker, |world| async move {
        let (shop, old) = shop(&world, 900, 14_400).await?;
        seed::behaviour(world.stack, &serde_json::json!({ "old_access_token_survives_refresh": false }))
            .await?;
        seed::latency(world.stack, 1_000).await?;
        // Slow enough that the refresh waits for its permit while others come for the same token.
        world.settings(shop, "shop_calls_per_second = 5").await?;
        world.sync(shop).await?;
        world.eventually("the first chunks", || async { Ok(world.calls(shop).await?.len() >= 7) }).await?;
        // The refresh token stays good.
        let other = Pair { access: secrets::random_hex(), refresh: old.refresh.clone() };
        at_the_fake(&world, shop, 900, &other, 14_400).await?;
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 900).await?;
        let refused = world.calls(shop).await?.iter().filter(|call| call["status"] == 403).count();
        ensure!(refused > 1, "only {refused} consumers met the revoked token");
        ensure!(refreshes(&world, shop).await? == 1, "{} refreshes", refreshes(&world, shop).await?);
        let new = stored(&world, shop).await?;
        nothing_is_shown(&world, shop, &[&old, &new]).await
    });
}
