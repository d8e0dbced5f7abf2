//! Figures that the platform tells in part, corrects, or does not have.

use mock_shopee::{Fault, FaultKind};
use serde_json::json;
use sim::{Calm, Figures, Place};
use std::collections::BTreeMap;
use sync_core::{Receipt, Run};

const SHOP_DAYS: &str = "get_all_cpc_ads_daily_performance";
const SHOP_HOURS: &str = "get_all_cpc_ads_hourly_performance";
const CAMPAIGN_HOURS: &str = "get_product_campaign_hourly_performance";

fn calm() -> Calm {
    let calm = Calm::new(&Place::default(), 20);
    calm.behave(|behaviour| behaviour.data_as_of_ms = Some(calm.now_ms()));
    calm
}

fn realtime(calm: &Calm) -> Run {
    calm.sync("realtime", json!({}), 2.0).expect("a run that completes")
}

/// The rows that are right after a run.
fn truth(calm: &Calm, run: &Run) -> BTreeMap<sim::FigureKey, Figures> {
    let window = &run.header.window;
    let daily = [window.daily_from, window.daily_to].into();
    calm.truth(&daily, &window.hourly.iter().copied().collect()).expect("the truth")
}

fn lacks(endpoint: &str, field: &str) -> Fault {
    let mut fault = Fault::new(FaultKind::Drift);
    fault.matches.endpoint = Some(endpoint.to_owned());
    (fault.beside, fault.field) = (Some("expense".to_owned()), Some(field.to_owned()));
    fault
}

#[test]
fn money_is_kept_where_a_count_is_not_told() {
    let calm = calm();
    calm.trouble(lacks(SHOP_DAYS, "broad_item_sold"));
    let run = realtime(&calm);
    let unknown = |key: &sim::FigureKey, row: Figures| match key.1 == 0 && key.3 == -1 {
        true => Figures { broad_item_sold: None, ..row },
        false => row,
    };
    let expected: BTreeMap<_, _> =
        truth(&calm, &run).into_iter().map(|(key, row)| (key, unknown(&key, row))).collect();
    assert_eq!(calm.stored(), expected);
    assert_eq!(Receipt::of(&run).malformed_rows, 0);
    assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());
    assert_eq!(calm.drift(), [format!("{SHOP_DAYS} broad_item_sold")]);

    // What is told once stays when it is not told any more.
    calm.heal();
    let whole = truth(&calm, &realtime(&calm));
    assert_eq!(calm.stored(), whole);
    calm.trouble(lacks(SHOP_DAYS, "broad_item_sold"));
    realtime(&calm);
    assert_eq!(calm.stored(), whole);
    assert_eq!(calm.drift().len(), 1, "it is told once");
}

#[test]
fn hours_without_a_date_are_of_the_day_that_was_asked_for() {
    let calm = calm();
    calm.trouble(lacks(SHOP_HOURS, "date"));
    calm.trouble(lacks(CAMPAIGN_HOURS, "date"));
    let run = realtime(&calm);
    assert_eq!(calm.stored(), truth(&calm, &run));
    assert_eq!(Receipt::of(&run).malformed_rows, 0);
}

#[test]
fn a_correction_may_be_below_zero() {
    let calm = calm();
    let whole = truth(&calm, &realtime(&calm));
    let mut fault = lacks(SHOP_DAYS, "expense");
    fault.value = Some(json!(-0.35));
    calm.trouble(fault);
    let run = realtime(&calm);
    assert_eq!(Receipt::of(&run).malformed_rows, 0);
    let days = |rows: BTreeMap<sim::FigureKey, Figures>| {
        let days = rows.into_iter().filter(|(key, _)| key.1 == 0 && key.3 == -1);
        days.map(|(_, row)| row.expense).collect::<Vec<_>>()
    };
    assert_eq!(days(calm.stored()), [-35, -35]);
    assert!(days(whole).iter().all(|cents| *cents >= 0));
}

/// A shop whose ads account is not there, or does not run, has no totals. All else is synced.
#[test]
fn a_shop_without_an_ads_account_has_no_totals() {
    for code in ["error_not_found", "ads.ads_account.invalid_status"] {
        let calm = calm();
        for endpoint in [SHOP_DAYS, SHOP_HOURS, "get_total_balance"] {
            let mut fault = Fault::new(FaultKind::Error);
            fault.matches.endpoint = Some(endpoint.to_owned());
            (fault.code, fault.message) =
                (Some(code.to_owned()), Some("the ads account is closed".to_owned()));
            calm.trouble(fault);
        }
        let run = realtime(&calm);
        assert_eq!(Receipt::of(&run).account.as_deref(), Some(code));
        assert_eq!(calm.alerts(), ["ads_account"]);
        let campaigns: BTreeMap<_, _> =
            truth(&calm, &run).into_iter().filter(|(key, _)| key.1 != 0).collect();
        assert_eq!(calm.stored(), campaigns);

        calm.heal();
        let run = realtime(&calm);
        assert_eq!((Receipt::of(&run).account, calm.stored()), (None, truth(&calm, &run)));
        assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());
    }
}

/// Orders are attributed to a click for seven days, so a day changes until its seventh after.
#[test]
fn a_backfill_reads_seven_whole_days_and_today() {
    let calm = calm();
    let read = || calm.sync("backfill_full", json!({}), 2.0).expect("a run that completes");
    let before = truth_of_all(&calm, &read());
    calm.behave(|behaviour| (behaviour.restatement, behaviour.restatement_days) = (1, 8));
    let run = read();
    let window = &run.header.window;
    assert_eq!((window.daily_to - window.daily_from).num_days(), 7);
    let after = truth_of_all(&calm, &run);
    assert_eq!(calm.stored(), after);
    let first_day =
        |rows: &BTreeMap<sim::FigureKey, Figures>| rows.get(&(1_001, 0, window.daily_from, -1)).copied();
    assert_ne!(first_day(&before), first_day(&after), "the first day was not restated");
}

fn truth_of_all(calm: &Calm, run: &Run) -> BTreeMap<sim::FigureKey, Figures> {
    let window = &run.header.window;
    let days = window.daily_from.iter_days().take_while(|day| *day <= window.daily_to);
    calm.truth(&days.collect(), &window.hourly.iter().copied().collect()).expect("the truth")
}
