//! GET /v1/shops/{shop_id}/budget-preview: when a campaign has which budget according to its schedules.

use crate::http::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::budget::preview::{Preview, PreviewCampaign, PreviewDate, PreviewHour, UnusableSchedule};
use chrono::NaiveDate;
use store::schedules::{self, CampaignSchedules};
use sync_core::{
    PREVIEW_DAYS_MAX,
    budget::{PreviewPart, Schedule, is_region, preview},
};
use worker::Request;

/// Campaigns per page, by default.
const CAMPAIGNS_DEFAULT: i32 = 20;
/// Most campaigns per page. Each has up to 168 hours.
const CAMPAIGNS_MAX: i32 = 50;
/// What the table does not show.
const GAPS: &str = "an hour that is not listed has no schedule: the budget stays as it is, or what was there before \
                    comes back where the schedule restores";

/// Shows the days from today on, in the shop's calendar.
pub async fn get(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let days = request::whole(request, "days", (1, i64::from(PREVIEW_DAYS_MAX)))?;
    let days = days.and_then(|days| u32::try_from(days).ok()).unwrap_or(PREVIEW_DAYS_MAX);
    let (limit, cursor) = request::page_of(request, CAMPAIGNS_DEFAULT, CAMPAIGNS_MAX)?;
    let campaign_id = request::campaign(request)?;
    let db = context.db().await?;
    let found = schedules::preview(&db, shop_id.0, campaign_id, cursor, limit)
        .await?
        .ok_or_else(|| Problem::unknown_shop(shop_id))?;
    if !is_region(&found.region) {
        return Err(Problem::region_unknown(shop_id));
    }
    let today = found.local.date();
    let next = request::next(&found.campaigns, limit, |campaign| campaign.campaign_id);
    let items = found.campaigns.into_iter().map(|campaign| table(campaign, today, days)).collect();
    Answer::ok(&Preview {
        shop_id: shop_id.0,
        local_time: found.local.format("%Y-%m-%dT%H:%M:%S").to_string(),
        from: today.to_string(),
        days,
        gaps: GAPS.to_owned(),
        items,
        next_cursor: next,
    })
}

/// One campaign's table. `unusable`: invalid rows, written by hand.
fn table(campaign: CampaignSchedules, today: NaiveDate, days: u32) -> PreviewCampaign {
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for row in campaign.schedules {
        match Schedule::parse(&row) {
            Ok(schedule) => usable.push(schedule),
            Err(error) => unusable.push(UnusableSchedule {
                schedule_id: row.id,
                field: error.field.to_owned(),
                reason: error.reason,
            }),
        }
    }
    let parts = preview(&usable, today, days);
    let of_day = |parts: &[PreviewPart]| {
        let date = parts.first()?.date.to_string();
        Some(PreviewDate { date, hours: parts.iter().map(hour).collect() })
    };
    PreviewCampaign {
        campaign_id: campaign.campaign_id,
        campaign_name: campaign.campaign_name,
        dates: parts.chunk_by(|a, b| a.date == b.date).filter_map(of_day).collect(),
        unusable,
    }
}

fn hour(part: &PreviewPart) -> PreviewHour {
    PreviewHour {
        hour: part.hour,
        start: part.start.to_string(),
        end: part.end.to_string(),
        schedule_id: part.schedule.clone(),
        budget: part.budget.to_string(),
        unlimited: part.budget.is_unlimited(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compact::json;

    #[test]
    fn a_table_has_the_hours_that_have_a_budget_and_names_what_is_unusable() {
        let row = |id: u8, start: i32, end: i32| {
            serde_json::from_value(
                json!({ "id": format!("00000000-0000-4000-8000-00000000000{id}"), "shop_id": 1,
                "campaign_id": 7, "hour_start": start, "minute_start": 30, "hour_end": end, "minute_end": 0,
                "budget": "45.50", "days_of_week": [0], "is_active": true, "restore": false }),
            )
            .unwrap()
        };
        let campaign = CampaignSchedules {
            campaign_id: 7,
            campaign_name: None,
            schedules: vec![row(1, 8, 10), row(2, 23, 4)],
        };
        // A Friday; the Sunday is the third day.
        let shown = table(campaign, "2026-02-27".parse().unwrap(), 4);
        let [date] = &shown.dates[..] else { panic!("{shown:?}") };
        assert_eq!(date.date, "2026-03-01");
        let [first, second] = &date.hours[..] else { panic!("{date:?}") };
        assert_eq!((first.start.as_str(), first.end.as_str()), ("08:30", "09:00"));
        assert_eq!((second.hour, second.budget.as_str()), (9, "45.50"));
        assert_eq!(shown.unusable[0].field, "hour_end");
    }
}
