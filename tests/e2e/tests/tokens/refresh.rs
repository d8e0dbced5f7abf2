//! Refreshing.

use super::{Pair, at_the_fake, nothing_is_shown, refreshes, shop, stored};
use anyhow::ensure;
use e2e::run;
use xtask::{demo::seed, stack::Front, stack::secrets};

#[test]
fn a_token_that_is_over_is_refreshed_once_and_sealed() {
    run(Front::Worker, |world| async move {
        let (shop, old) = shop(&world, 30, 0).await?;
        shop.sync_to_end().await?;
        shop.check_rows().await?;
        ensure!(refreshes(shop).await? == 1, "{} refreshes", refreshes(shop).await?);
        let new = stored(shop).await?;
        ensure!(new.access != old.access && new.refresh != old.refresh, "the old pair is still stored");
        let lasts: bool = world
            .value(
                "SELECT token_expires_at > now() + interval '1 hour' FROM apishopee_shops WHERE shop_id = $1",
                &[&shop.id],
            )
            .await?;
        ensure!(lasts, "the new token's end is not stored");
        nothing_is_shown(shop, &[&old, &new]).await?;
        // The next run uses what is stored.
        shop.sync().await?;
        shop.run(2).until("completed").await?;
        ensure!(refreshes(shop).await? == 1 && stored(shop).await? == new);
        Ok(())
    });
}

#[test]
fn a_token_that_will_soon_be_over_is_refreshed_before_it_is() {
    run(Front::Worker, |world| async move {
        let (shop, old) = shop(&world, 20, 120).await?;
        shop.sync_to_end().await?;
        ensure!(refreshes(shop).await? == 1);
        ensure!(shop.calls().await?.iter().all(|call| call["status"] == 200), "a call was refused");
        ensure!(stored(shop).await?.refresh != old.refresh);
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
        shop.settings("shop_calls_per_second = 5").await?;
        shop.sync().await?;
        world.eventually("the first chunks", || async { Ok(shop.calls().await?.len() >= 7) }).await?;
        // The refresh token stays good.
        let other = Pair { access: secrets::random_hex(), refresh: old.refresh.clone() };
        at_the_fake(shop, &other, 14_400).await?;
        shop.until_run("completed").await?;
        shop.check_rows().await?;
        let refused = shop.calls().await?.iter().filter(|call| call["status"] == 403).count();
        ensure!(refused > 1, "only {refused} consumers met the revoked token");
        ensure!(refreshes(shop).await? == 1, "{} refreshes", refreshes(shop).await?);
        let new = stored(shop).await?;
        nothing_is_shown(shop, &[&old, &new]).await
    });
}
