//! The balance of a shop that is as it was: its row must not be locked either, as those of the figures beside it are not.

use crate::{
    samples::{begun, fence},
    setup::each_way,
};
use anyhow::Result;
use store::{
    fence::{Fence, Written},
    write_performance::{Balance, shop_performance},
};

#[tokio::test]
async fn a_balance_that_is_as_it_was_is_not_locked() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let balance = Balance { balance: 532.17, data_timestamp: 1_759_500_000 };
        let totals = |at_ms| Fence { stage: "shop_totals", ..fence(1, at_ms) };
        shop_performance(&database.db, &totals(1), &[], &[], Some(&balance)).await?;
        let system = "SELECT ctid, xmin, xmax FROM apishopee_ads_shop_balance";
        let before = database.sql(system).await?;
        let again = shop_performance(&database.db, &totals(2), &[], &[], Some(&balance)).await?;
        assert_eq!(again, Written { fenced: true, written: 0, unchanged: 1 });
        assert_eq!(database.sql(system).await?, before, "the row was written or locked");
        Ok(())
    })
    .await
}
