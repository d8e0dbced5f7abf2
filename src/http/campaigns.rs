//! GET /v1/shops/{shop_id}/campaigns: campaigns with what they have spent over some days.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::filter::{CAMPAIGN_SORTS, ORDERS};
use store::campaigns::{self, Filter};
use worker::Request;

/// Longest span, in days.
const DAYS_MAX: i64 = 92;

/// Lists campaigns.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let limit = request::limit(request)?;
    let (from, to) = request::days(request, DAYS_MAX)?;
    let after = request::query(request, "cursor")?.map(|text| {
        read_cursor(&text)
            .ok_or_else(|| Problem::field("cursor", "must be the next_cursor of the page before"))
    });
    let filter = Filter {
        search: request::text(request, "search")?,
        status: request::text(request, "status")?,
        from: from.map(|day| day.to_string()),
        to: to.map(|day| day.to_string()),
        sort: request::one_of(request, "sort", &CAMPAIGN_SORTS)?.unwrap_or_else(|| "expense".to_owned()),
        ascending: request::one_of(request, "order", &ORDERS)?.as_deref() == Some("asc"),
        after: after.transpose()?,
    };
    let db = context.db().await?;
    let Some(mut page) = campaigns::list(&db, shop_id.0, &filter, limit).await? else {
        return Err(Problem::unknown_shop(shop_id));
    };
    page.next_cursor =
        request::next(&page.items, limit, |last| format!("{}_{}", last.sort_key, last.campaign_id));
    Answer::ok(&page)
}

/// A cursor is the last one's sort key, a decimal number, and its id.
fn read_cursor(text: &str) -> Option<(String, i64)> {
    let (key, id) = text.rsplit_once('_')?;
    let digits = key.strip_prefix('-').unwrap_or(key);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.len() <= 30 && part.bytes().all(|byte| byte.is_ascii_digit());
    (all_digits(whole) && all_digits(fraction)).then_some(())?;
    Some((key.to_owned(), id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_number_and_an_id() {
        assert_eq!(read_cursor("-12.50_7"), Some(("-12.50".to_owned(), 7)));
        assert_eq!(read_cursor("0_9007199254740993"), Some(("0".to_owned(), 9_007_199_254_740_993)));
        for text in ["", "7", "_7", "1_", "1e5_7", "NaN_7", "1._7", ".5_7", "1;_7", "--1_7", "1_x"] {
            assert_eq!(read_cursor(text), None, "{text}");
        }
    }
}
