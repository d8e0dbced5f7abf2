//! The parameters of paths, queries and headers, each of which means the same wherever it is.

use crate::{
    filter::{
        BUDGET_STATUSES, CAMPAIGN_SORTS, GRAINS, KINDS, ORDERS, ROW_STATUSES, RUN_STATUSES, SEVERITIES,
    },
    route::{Endpoint, Query, Route},
};
use utoipa::openapi::{
    ObjectBuilder, Required, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{KnownFormat, SchemaFormat, Type},
};

/// Of a route.
pub(super) fn of(route: &Route) -> Vec<Parameter> {
    let names = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| parameter(name, ParameterIn::Path, Required::True, route.endpoint));
    let known: &[&str] = match (route.query, route.endpoint) {
        (Query::Only(known), _) => known,
        (Query::Any, Endpoint::ConsentCallback) => &["state", "code", "shop_id", "main_account_id", "error"],
        (Query::Any, _) => &[],
    };
    let in_query =
        known.iter().map(|name| parameter(name, ParameterIn::Query, Required::False, route.endpoint));
    let headers: &[&str] = match route.endpoint {
        Endpoint::SyncShop | Endpoint::CreateSchedule | Endpoint::CreateSchedules => &["Idempotency-Key"],
        Endpoint::PutBudgetRules => &["If-Match", "If-None-Match"],
        _ if route.is_list() => &["If-None-Match"],
        _ => &[],
    };
    let in_headers =
        headers.iter().map(|name| parameter(name, ParameterIn::Header, Required::False, route.endpoint));
    in_path.chain(in_query).chain(in_headers).collect()
}

fn parameter(name: &str, place: ParameterIn, required: Required, endpoint: Endpoint) -> Parameter {
    let (schema, description) = schema(name, endpoint);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn whole(min: i64, max: i64) -> Schema {
    let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
    let schema = ObjectBuilder::new().schema_type(Type::Integer).format(Some(format));
    schema.minimum(Some(min as f64)).maximum(Some(max as f64)).into()
}

fn text() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// A text that is not empty, as filters take it.
fn filter() -> Schema {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(200));
    schema.pattern(Some("^[^\\u0000]+$")).into()
}

fn shaped(pattern: &str) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
}

fn uuid() -> Schema {
    let format = SchemaFormat::Custom("uuid".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

fn words(allowed: &[&'static str]) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(allowed.iter().copied())).into()
}

fn day() -> Schema {
    let format = SchemaFormat::KnownFormat(KnownFormat::Date);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

fn flag() -> Schema {
    ObjectBuilder::new().schema_type(Type::Boolean).into()
}

/// Largest whole number that every JSON reader keeps.
const SAFE: i64 = 1 << 53;

fn schema(name: &str, endpoint: Endpoint) -> (Schema, &'static str) {
    let by_day = matches!(
        endpoint,
        Endpoint::Campaigns | Endpoint::Figures | Endpoint::Calls | Endpoint::UnlistedSpend
    );
    let most = if endpoint == Endpoint::BudgetPreview { 50 } else { 200 };
    match name {
        "limit" => (whole(1, most), "How many items a page has."),
        "cursor" if endpoint == Endpoint::Campaigns => {
            (shaped("^-?[0-9]{1,15}(\\.[0-9]{1,6})?_[0-9]{1,15}$"), "The `next_cursor` of the page before.")
        }
        "cursor" => (shaped("^[0-9]{1,15}$"), "The `next_cursor` of the page before."),
        "shop_id" => (whole(1, 4_294_967_295), "The shop."),
        "partner_id" => (whole(1, 4_294_967_295), "The app's id at Shopee."),
        "campaign_id" => (whole(1, SAFE), "The campaign."),
        "run_id" => (shaped("^[1-9][0-9]{0,9}-[1-9][0-9]{0,8}$"), "`<shop>-<generation>`."),
        "id" => (uuid(), "The row's UUID."),
        "since" if endpoint == Endpoint::FleetLive => {
            (shaped("^[0-9]{1,18}$"), "The `version` that the watcher has.")
        }
        "since" => (
            shaped("^[1-9][0-9]{0,8}-[1-9][0-9]{0,8}$"),
            "The `version` that the watcher has; all of it if absent.",
        ),
        "schedule_id" => (uuid(), "The schedule."),
        "open" => (flag(), "Whether only open ones are listed; true if absent."),
        "active" => {
            (flag(), "Whether those that have slots are listed, or those that have none; all if absent.")
        }
        "dry_run" => (flag(), "Whether nothing is stored; false if absent."),
        "days" => (whole(1, 7), "How many days, from today on; 7 if absent."),
        "status" => match endpoint {
            Endpoint::Runs => (words(&RUN_STATUSES), "How the run stands."),
            Endpoint::Queue => (words(&ROW_STATUSES), "How the row stands."),
            Endpoint::Campaigns => (filter(), "Shopee's word, for example `ongoing`."),
            _ => (words(&BUDGET_STATUSES), "How the attempt ended."),
        },
        "kind" if endpoint == Endpoint::Alerts => (filter(), "The alert's kind."),
        "kind" => (words(&KINDS), "The kind of sync."),
        "severity" => (words(&SEVERITIES), "How bad it is."),
        "actor" => (filter(), "Who did it, as the log shows it."),
        "action" => (filter(), "What was done: `run.cancel`, or all of `run`."),
        "search" => (filter(), "A part of the name, or the id."),
        "sort" => (words(&CAMPAIGN_SORTS), "By what they are ordered; `expense` if absent."),
        "queue" => (filter(), "The queue that it came from."),
        "waiting" => (flag(), "Whether only those are listed that were not replayed; false if absent."),
        "order" => (words(&ORDERS), "Largest or smallest first; `desc` if absent."),
        "by" => (words(&GRAINS), "`day` if absent."),
        "from" if by_day => (day(), "The first day; needs `to`."),
        "to" if by_day => (day(), "The last day."),
        "from" => (whole(0, SAFE), "Not before this time, unix milliseconds."),
        "to" => (whole(0, SAFE), "Before this time, unix milliseconds."),
        "region" => (text(), "The region in two letters; empty for the deployment."),
        "state" => (text(), "The signed state of the link."),
        "code" => (text(), "Shopee's code."),
        "main_account_id" => (whole(1, SAFE), "The main account that consented, instead of a shop."),
        "error" => (text(), "Why the seller did not consent."),
        "Idempotency-Key" => {
            (text(), "The same key for the same shop makes one thing, however often it is sent.")
        }
        "If-Match" => (text(), "The `ETag` of the row as it was read."),
        "If-None-Match" if endpoint == Endpoint::PutBudgetRules => {
            (text(), "`*`: the row must not be there.")
        }
        "If-None-Match" => (text(), "The `ETag` of the list as the caller has it."),
        _ => (text(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::ROUTES;

    #[test]
    fn every_parameter_is_described() {
        for parameter in ROUTES.iter().flat_map(of) {
            assert_ne!(parameter.description.as_deref(), Some(""), "{}", parameter.name);
        }
    }
}
