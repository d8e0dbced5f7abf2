//! Edits under a clock of the test's own.

use crate::rig::{Rig, SETTINGS, SHOP, error, json};
use mock_shopee::{
    By, CampaignChange, CampaignEdit, EditAction, EditRefusal, Fault, FaultKind, Question, SteerError,
    TruthKind,
};
use serde_json::json;

const EDIT: &str = "ads/edit_manual_product_ads";

fn edit(rig: &Rig, id: i64, reference_id: &str, action: &str, budget: f64) -> String {
    let url = rig.url(SHOP, "access-987654", EDIT, "");
    let body =
        json!({"reference_id": reference_id, "campaign_id": id, "edit_action": action, "budget": budget});
    error(&rig.platform.serve_at(rig.now_ms, "POST", &url, body.to_string().as_bytes()))
}

fn shown(rig: &Rig, id: i64) -> (f64, String) {
    let more = format!("&info_type_list=1&campaign_id_list={id}");
    let row = &json(&rig.get_with(SHOP, "access-987654", SETTINGS, &more))["response"]["campaign_list"][0];
    let common = &row["common_info"];
    (common["campaign_budget"].as_f64().unwrap(), common["campaign_status"].as_str().unwrap().to_owned())
}

fn set(rig: &Rig, id: i64, budget: f64) {
    let change =
        CampaignChange { campaign_id: id, name: None, budget: Some(budget), status: Some("ongoing".into()) };
    let edit = CampaignEdit { change: vec![change], ..CampaignEdit::default() };
    rig.platform.edit_campaigns(rig.now_ms, SHOP, edit).unwrap();
}

fn rig() -> (Rig, i64) {
    let rig = Rig::with_campaigns(9);
    let question = Question { kind: TruthKind::Campaigns, from: None, to: None };
    let rows = rig.platform.truth(rig.now_ms, SHOP, question).unwrap();
    let manual = rows.iter().find(|row| row["ad_type"] == "manual").unwrap();
    let id = manual["campaign_id"].as_i64().unwrap();
    set(&rig, id, 77.0);
    (rig, id)
}

#[test]
fn edits_are_told_without_a_network() {
    let (mut rig, id) = rig();
    rig.now_ms += 5;
    assert_eq!(edit(&rig, id, "a", "change_budget", 45.5), "");
    rig.now_ms += 5;
    assert_eq!(edit(&rig, id, "b", "pause", 0.0), "");
    assert_eq!(edit(&rig, id, "b", "resume", 0.0), "error_param");
    let edits = rig.platform.edits(SHOP).unwrap();
    let [first, second] = edits.as_slice() else { panic!("two edits: {edits:?}") };
    assert_eq!((first.at_ms, second.at_ms), (rig.now_ms - 5, rig.now_ms));
    assert_eq!((first.action, second.action), (EditAction::ChangeBudget, EditAction::Pause));
    assert_eq!((first.shop, first.campaign_id, first.endpoint), (SHOP, id, EDIT));
    assert_eq!((first.old.budget, first.new.budget, first.reference_id.as_str()), (77.0, 45.5, "a"));
    assert_eq!((second.old.status.as_str(), second.new.status.as_str()), ("ongoing", "paused"));
    assert_eq!(rig.platform.edits(5), Ok(Vec::new()));
    assert_eq!(rig.platform.edits(6), Err(SteerError::NoShop(6)));
    rig.platform.reset();
    assert_eq!(rig.platform.edits(SHOP), Err(SteerError::NoShop(SHOP)));
}

#[test]
fn edits_are_seen_in_order_when_their_time_has_come() {
    let (mut rig, id) = rig();
    rig.behave(|behaviour| behaviour.read_after_write_lag_ms = 1_000);
    assert_eq!(edit(&rig, id, "a", "change_budget", 20.0), "");
    rig.now_ms += 400;
    // What can be done follows from what is, not from what is shown.
    assert_eq!(edit(&rig, id, "b", "pause", 0.0), "");
    assert_eq!(edit(&rig, id, "c", "pause", 0.0), "ads.edit.invalid_action");
    rig.now_ms += 599;
    assert_eq!(shown(&rig, id), (77.0, "ongoing".into()));
    rig.now_ms += 1;
    assert_eq!(shown(&rig, id), (20.0, "ongoing".into()));
    rig.now_ms += 399;
    assert_eq!(shown(&rig, id), (20.0, "ongoing".into()));
    rig.now_ms += 1;
    assert_eq!(shown(&rig, id), (20.0, "paused".into()));
}

#[test]
fn a_sellers_own_change_is_seen_at_once() {
    let (rig, id) = rig();
    rig.behave(|behaviour| behaviour.read_after_write_lag_ms = 1_000);
    assert_eq!(edit(&rig, id, "a", "change_budget", 20.0), "");
    assert_eq!(shown(&rig, id).0, 77.0);
    set(&rig, id, 30.0);
    assert_eq!(shown(&rig, id).0, 30.0);
}

#[test]
fn an_answer_that_is_lost_leaves_the_edit() {
    let (rig, id) = rig();
    for (kind, wanted, done) in [(FaultKind::Status, 20.0, false), (FaultKind::ApplyThenStatus, 21.0, true)] {
        let fault = Fault { status: Some(504), times: Some(1), ..Fault::new(kind) };
        rig.platform.add_fault(fault).unwrap();
        assert_eq!(edit(&rig, id, &format!("{kind:?}"), "change_budget", wanted), "status 504");
        assert_eq!(shown(&rig, id).0 == wanted, done);
        assert_eq!(rig.platform.edits(SHOP).unwrap().len(), usize::from(done));
    }
}

#[test]
fn the_history_has_the_sellers_hand_and_what_was_refused() {
    let (mut rig, id) = rig();
    let before = rig.platform.history(0, None).len() as u64;
    rig.now_ms += 5;
    assert_eq!(edit(&rig, id, "a", "change_budget", 45.5), "");
    set(&rig, id, 20.0);
    assert_eq!(edit(&rig, id, "a", "change_budget", 30.0), "error_param");
    let told: Vec<_> = rig.platform.history(before, Some(SHOP));
    let told: Vec<_> =
        told.iter().map(|one| (&one.by, one.old.budget, one.new.budget, &one.refused)).collect();
    let app = By::App { reference_id: "a".into() };
    let refused = Some("error_param".to_owned());
    let expected =
        [(&app, 77.0, 45.5, &None), (&By::Seller, 45.5, 20.0, &None), (&app, 20.0, 30.0, &refused)];
    assert_eq!(told, expected);
    assert_eq!(rig.platform.history(0, Some(5)), Vec::new());
}

#[test]
fn edits_of_a_campaign_are_refused_for_a_while() {
    let (mut rig, id) = rig();
    let refusal = EditRefusal {
        campaign_id: id,
        code: "ads.item.sold_out".into(),
        message: "Item is sold out.".into(),
        until_ms: rig.now_ms + 1_000,
        uses_up_reference_id: true,
    };
    rig.platform.refuse_edits(SHOP, refusal.clone()).unwrap();
    assert_eq!(edit(&rig, id, "a", "change_budget", 20.0), "ads.item.sold_out");
    assert_eq!(edit(&rig, id, "a", "change_budget", 20.0), "error_param");
    rig.now_ms += 1_000;
    assert_eq!(edit(&rig, id, "a", "change_budget", 20.0), "error_param");
    assert_eq!(edit(&rig, id, "b", "change_budget", 20.0), "");
    let unknown = EditRefusal { campaign_id: 1, ..refusal.clone() };
    assert!(matches!(rig.platform.refuse_edits(SHOP, unknown), Err(SteerError::Bad(_))));
    assert_eq!(rig.platform.refuse_edits(6, refusal), Err(SteerError::NoShop(6)));
}
