//! A campaign whose budget is scheduled, edited and read.

use super::fast;
use anyhow::{Context, Result, ensure};
use e2e::{Shop, World};
use serde_json::{Value, json};

/// The endpoints that edit a budget.
pub const EDIT: [&str; 2] = ["ads/edit_manual_product_ads", "ads/edit_auto_product_ads"];

/// A campaign that can be edited.
#[derive(Clone, Debug)]
pub struct Campaign<'w> {
    pub shop: Shop<'w>,
    pub id: i64,
    /// `manual` or `auto`: each has an endpoint of its own for edits.
    pub ad_type: String,
    /// Its budget when it was read.
    pub budget: f64,
}

/// An edit that Shopee has taken.
#[derive(Clone, Debug)]
pub struct Edit {
    pub campaign: i64,
    pub reference_id: String,
    pub budget: f64,
    pub at_ms: i64,
}

/// The campaigns of a shop that take edits, in the order of the listing.
pub async fn campaigns(shop: Shop<'_>) -> Result<Vec<Campaign<'_>>> {
    let rows = shop.campaigns_at_shopee().await?;
    let editable = |row: &&Value| {
        ["ongoing", "paused", "scheduled"].contains(&row["status"].as_str().unwrap_or_default())
    };
    let read = |row: &Value| {
        let (id, budget) = (row["campaign_id"].as_i64(), row["campaign_budget"].as_f64());
        let (id, budget) = id.zip(budget).with_context(|| format!("no id or budget: {row}"))?;
        let ad_type = row["ad_type"].as_str().context("no ad_type")?.to_owned();
        Ok(Campaign { shop, id, ad_type, budget })
    };
    rows.iter().filter(editable).map(read).collect()
}

/// The first campaign of a new shop, which has a budget of 50.
pub async fn campaign_at_50(world: &World) -> Result<Campaign<'_>> {
    fast(world).await?;
    let shop = world.shop(20).await?;
    let first = campaigns(shop).await?.into_iter().next().context("no campaign")?;
    first.set_at_shopee(50.0).await?;
    Ok(Campaign { budget: 50.0, ..first })
}

/// The edits of a shop that Shopee has taken.
pub async fn edits(shop: Shop<'_>) -> Result<Vec<Edit>> {
    let read = |edit: &Value| {
        let id = edit["reference_id"].as_str().context("an edit has no reference id")?.to_owned();
        let (campaign, budget) = (edit["campaign_id"].as_i64(), edit["new"]["budget"].as_f64());
        let (campaign, budget) = campaign.zip(budget).context("an edit has no campaign or budget")?;
        let at_ms = edit["at_ms"].as_i64().context("an edit has no time")?;
        Ok(Edit { campaign, reference_id: id, budget, at_ms })
    };
    shop.edits().await?.iter().map(read).collect()
}

/// No slot has two edits that were taken.
pub fn ensure_once(edits: &[Edit]) -> Result<()> {
    let mut ids: Vec<&String> = edits.iter().map(|edit| &edit.reference_id).collect();
    ids.sort();
    ids.dedup();
    ensure!(ids.len() == edits.len(), "a slot was written twice: {edits:?}");
    Ok(())
}

impl Campaign<'_> {
    /// Schedules a budget for all day, every day. Answers with the schedule's id.
    pub async fn schedule_all_day(&self, budget: &str) -> Result<String> {
        self.insert_all_day(budget, false).await
    }

    /// As [`Self::schedule_all_day`]; when the slot ends, the earlier budget comes back.
    pub async fn schedule_and_restore(&self, budget: &str) -> Result<String> {
        self.insert_all_day(budget, true).await
    }

    async fn insert_all_day(&self, budget: &str, restore: bool) -> Result<String> {
        let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, restore) \
                      VALUES ($1, $2, $3::text::numeric, $4) RETURNING id::text";
        self.shop.world.value(insert, &[&self.shop.id, &self.id, &budget, &restore]).await
    }

    /// The seller sets its budget at Shopee.
    pub async fn set_at_shopee(&self, budget: f64) -> Result<()> {
        let edit = json!({ "change": [{ "campaign_id": self.id, "budget": budget }] });
        self.shop.change_campaigns(edit).await
    }

    /// Its budget at Shopee now.
    pub async fn budget_now(&self) -> Result<f64> {
        let all = campaigns(self.shop).await?;
        let found = all.into_iter().find(|other| other.id == self.id);
        found.map(|campaign| campaign.budget).context("the campaign is gone")
    }

    /// Waits until it has this budget at Shopee.
    pub async fn until_budget(&self, budget: f64) -> Result<()> {
        let what = format!("campaign {} to have {budget}", self.id);
        self.shop.world.eventually(&what, || async { Ok(self.budget_now().await? == budget) }).await
    }

    /// The budgets that the app has set, in order.
    pub async fn budgets_set(&self) -> Result<Vec<f64>> {
        let edits = edits(self.shop).await?;
        Ok(edits.iter().filter(|edit| edit.campaign == self.id).map(|edit| edit.budget).collect())
    }
}
