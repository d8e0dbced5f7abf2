//! Campaigns that an answer lacks: whether they are gone is asked, not believed.

use mock_shopee::{Fault, FaultKind, UnknownId};
use serde_json::{Value, json};
use sim::{Calm, Place};
use std::collections::BTreeMap;
use sync_core::{Receipt, Run};

const SETTINGS: &str = "get_product_level_campaign_setting_info";
const LIST: &str = "get_product_level_campaign_id_list";

fn calm(campaigns: u32) -> Calm {
    let calm = Calm::new(&Place::default(), campaigns);
    calm.behave(|behaviour| behaviour.data_as_of_ms = Some(calm.now_ms()));
    calm
}

fn realtime(calm: &Calm) -> Run {
    calm.sync("realtime", json!({}), 2.0).expect("a run that completes")
}

/// The answers of an endpoint have no campaign in them, or no list of them.
fn silent(endpoint: &str, list: Option<Value>) -> Fault {
    let mut fault = Fault::new(FaultKind::Drift);
    fault.matches.endpoint = Some(endpoint.to_owned());
    (fault.beside, fault.field) = (Some("campaign_list".to_owned()), Some("campaign_list".to_owned()));
    fault.value = list;
    fault
}

fn settled(calm: &Calm) -> (Vec<i64>, Vec<i64>) {
    let mut ids = calm.ids();
    ids.sort_unstable();
    (ids, Vec::new())
}

#[test]
fn an_answer_without_campaigns_says_nothing() {
    for list in [Some(json!([])), None] {
        let calm = calm(20);
        realtime(&calm);
        let ongoing = calm.ongoing();
        assert!(ongoing > 0);
        calm.trouble(silent(SETTINGS, list));
        let receipt = Receipt::of(&realtime(&calm));
        assert_eq!((receipt.vanished, receipt.quarantined, receipt.unanswered), (0, 20, 20));
        assert!(receipt.partial_chunks > 0 && receipt.retries > 0);
        assert_eq!(calm.campaigns(), settled(&calm));
        assert_eq!(calm.ongoing(), ongoing);
        assert!(calm.alerts().contains(&"campaigns_unanswered".to_owned()), "{:?}", calm.alerts());

        calm.heal();
        assert_eq!(Receipt::of(&realtime(&calm)).unanswered, 0);
        assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());
    }
}

#[test]
fn an_answer_without_campaigns_is_asked_for_again() {
    let calm = calm(20);
    calm.trouble(Fault { times: Some(2), ..silent(SETTINGS, Some(json!([]))) });
    let receipt = Receipt::of(&realtime(&calm));
    assert_eq!((receipt.written, receipt.quarantined, receipt.retries), (20, 0, 2));
}

#[test]
fn what_a_part_leaves_out_does_not_stop_the_rest() {
    let calm = calm(20);
    let left_out = calm.ids()[4];
    let mut fault = Fault::new(FaultKind::LeaveOut);
    fault.matches.endpoint = Some(SETTINGS.to_owned());
    fault.matches.ids = Some(vec![left_out]);
    fault.message = Some("some campaigns could not be read".to_owned());
    calm.trouble(fault);
    let receipt = Receipt::of(&realtime(&calm));
    assert_eq!((receipt.written, receipt.vanished, receipt.unanswered, receipt.retries), (19, 0, 1, 0));
    assert_eq!(receipt.partial_chunks, 1);
    let (stored, gone) = calm.campaigns();
    assert!(stored.len() == 19 && !stored.contains(&left_out) && gone.is_empty());

    calm.heal();
    realtime(&calm);
    assert_eq!(calm.campaigns(), settled(&calm));
}

/// The list names campaigns that are gone already.
#[test]
fn a_campaign_is_gone_when_it_is_not_found_alone_either() {
    let calm = calm(20);
    calm.behave(|behaviour| behaviour.unknown_id = UnknownId::Omit);
    realtime(&calm);
    let ids = calm.ids();
    let gone = [ids[2], ids[9]];
    calm.edit(&gone, 0);
    let mut fault = silent(LIST, Some(ids.iter().map(|id| json!({ "campaign_id": id })).collect()));
    fault.times = Some(1);
    calm.trouble(fault);
    let mut run = calm.sync("realtime", json!({}), 2.0).expect("a run that completes");
    run.plan.retain(|id| gone.contains(id));
    assert_eq!(run.plan.len(), 2, "the list did not name them");
    assert_eq!(Receipt::of(&run).vanished, 2);
    let mut expected = gone.to_vec();
    expected.sort_unstable();
    assert_eq!(calm.campaigns().1, expected);

    // One answer that lacks a campaign, and a second one that has it.
    let kept = ids[0];
    let mut fault = Fault { times: Some(1), ..Fault::new(FaultKind::LeaveOut) };
    fault.matches.endpoint = Some(SETTINGS.to_owned());
    fault.matches.ids = Some(vec![kept]);
    calm.trouble(fault);
    let receipt = Receipt::of(&realtime(&calm));
    assert_eq!((receipt.unchanged, receipt.vanished, receipt.quarantined), (18, 0, 0));
    assert!(calm.campaigns().0.contains(&kept));
}

/// A quiet run takes so many calls, and each campaign that the platform refuses less than 2 log2(100) more.
#[test]
fn refused_campaigns_are_looked_for_once() {
    let calm = calm(335);
    let settings = json!({ "chunk_size": 100, "dynamic_chunks": false, "realtime_all_campaigns": true });
    let calls = |calm: &Calm, kind: &str| {
        let run = calm.sync_with(kind, json!({}), settings.clone()).expect("a run that completes");
        Receipt::of(&run).calls
    };
    let (quiet, quiet_backfill) = (calls(&calm, "realtime"), calls(&calm, "backfill_full"));
    let mut fault = Fault::new(FaultKind::Error);
    let ids = calm.ids();
    fault.matches.ids = Some(vec![ids[7], ids[150], ids[334]]);
    (fault.status, fault.code) = (Some(200), Some("ads.shop.campaign_not_match".to_owned()));
    calm.trouble(fault);
    for (kind, quiet) in [("realtime", quiet), ("backfill_full", quiet_backfill)] {
        let calls = calls(&calm, kind);
        assert!(calls <= quiet + 3 * 13, "{kind}: {calls} calls, {quiet} without refusals");
    }
}

#[test]
fn many_refused_campaigns_of_a_large_shop_are_looked_for_once() {
    let calm = calm(2_500);
    let settings = json!({ "chunk_size": 100, "dynamic_chunks": false, "realtime_all_campaigns": true });
    let run = |calm: &Calm| {
        let run = calm.sync_with("realtime", json!({}), settings.clone()).expect("a run that completes");
        Receipt::of(&run)
    };
    let quiet = run(&calm).calls;
    let mut fault = Fault::new(FaultKind::Error);
    fault.matches.ids = Some(calm.ids().into_iter().step_by(97).take(26).collect());
    (fault.status, fault.code) = (Some(200), Some("ads.shop.campaign_not_match".to_owned()));
    calm.trouble(fault);
    let receipt = run(&calm);
    assert_eq!((receipt.planned, receipt.quarantined), (2_500, 26));
    assert!(
        receipt.calls <= quiet + quiet / 10 + 26 * 13,
        "{} calls, {quiet} without refusals",
        receipt.calls
    );
}

/// Campaigns leave the list between two syncs, and come back.
#[test]
fn what_has_left_the_list_has_left_every_count() {
    let calm = calm(60);
    realtime(&calm);
    let ids = calm.ids();
    let (ongoing, statuses) = (calm.ongoing(), calm.statuses());
    // The first and the last of the ids, and half of the rest.
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    let gone: Vec<i64> = sorted
        .iter()
        .enumerate()
        .filter(|(n, _)| [0, 59].contains(n) || n % 2 == 0)
        .map(|(_, id)| *id)
        .collect();
    calm.edit(&gone, 3);
    let receipt = Receipt::of(&realtime(&calm));
    assert_eq!((receipt.planned, receipt.vanished), (60 - gone.len() as u64 + 3, 0));
    let (stored, vanished) = calm.campaigns();
    assert_eq!((stored, vanished), (settled(&calm).0, gone.clone()));
    let left =
        calm.statuses().into_iter().filter(|(id, status)| gone.contains(id) && status == "deleted").count();
    assert_eq!(left, gone.len(), "a campaign that is gone has another status than deleted");
    let is_ongoing = calm.statuses().iter().filter(|(_, status)| *status == "ongoing").count();
    assert!(calm.ongoing() == is_ongoing as i64 && calm.ongoing() < ongoing);

    calm.restore(&gone);
    realtime(&calm);
    assert_eq!(calm.campaigns(), settled(&calm));
    let of_then = calm.statuses().into_iter().filter(|(id, _)| statuses.contains_key(id));
    assert_eq!(of_then.collect::<BTreeMap<_, _>>(), statuses);
}

/// Rows without an id may be any campaign's: then nothing has left the list.
#[test]
fn a_list_that_cannot_be_read_as_a_whole_says_nothing_of_what_is_missing() {
    let calm = calm(20);
    realtime(&calm);
    let mut fault = Fault::new(FaultKind::Drift);
    fault.matches.endpoint = Some(LIST.to_owned());
    fault.matches.ids = None;
    (fault.beside, fault.field) = (Some("campaign_id".to_owned()), Some("campaign_id".to_owned()));
    fault.value = Some(json!("a word"));
    fault.times = Some(1);
    calm.trouble(fault);
    realtime(&calm);
    assert_eq!(calm.campaigns(), settled(&calm));
}

#[test]
fn an_empty_list_is_believed_when_it_repeats() {
    let calm = calm(20);
    realtime(&calm);
    let ongoing = calm.ongoing();
    let empty = || calm.trouble(silent(LIST, Some(json!([]))));
    empty();
    realtime(&calm);
    assert_eq!((calm.campaigns(), calm.ongoing()), (settled(&calm), ongoing));
    assert_eq!(calm.alerts(), ["campaign_list_empty"]);

    // A list with campaigns in between: it begins anew.
    calm.heal();
    realtime(&calm);
    assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());
    empty();
    realtime(&calm);
    assert_eq!((calm.campaigns(), calm.ongoing()), (settled(&calm), ongoing));
    realtime(&calm);
    assert_eq!((calm.campaigns(), calm.ongoing()), ((Vec::new(), settled(&calm).0), 0));
    assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());

    calm.heal();
    realtime(&calm);
    assert_eq!((calm.campaigns(), calm.ongoing()), (settled(&calm), ongoing));
}
