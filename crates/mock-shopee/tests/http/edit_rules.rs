//! Budgets, statuses and bodies that the edit endpoints accept, and how they refuse the rest.

use crate::caller::{BALANCE, EDIT_AUTO, EDIT_MANUAL, Rig, SHOP};
use crate::edits::{budget, campaign, post, set, shown};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn budgets_have_a_floor_and_two_decimals() {
    let rig = Rig::with_campaigns(9).await;
    rig.shop(5, "VN", 9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    let vietnamese = campaign(&rig, 5, "manual", "ongoing").await;
    let range = "ads.campaign.error_daily_budget_range";
    for (number, (shop, id, wanted, code)) in [
        (SHOP, id, json!(10), ""),
        (SHOP, id, json!(0), ""),
        (SHOP, id, json!(1234.56), ""),
        (SHOP, id, json!(9_999_999_999_i64), ""),
        (SHOP, id, json!(9.99), range),
        (SHOP, id, json!(-1), range),
        (SHOP, id, json!(10_000_000_000_i64), range),
        (SHOP, id, json!(1e300), range),
        (SHOP, id, json!(20.005), "error_param"),
        (SHOP, id, json!(0.001), "error_param"),
        (SHOP, id, json!("20"), "error_param"),
        (SHOP, id, json!(null), "error_param"),
        (5, vietnamese, json!(100_000), ""),
        (5, vietnamese, json!(0), ""),
        (5, vietnamese, json!(99_999), range),
    ]
    .into_iter()
    .enumerate()
    {
        let body = budget(id, &format!("r{number}"), wanted.clone());
        let reply = Rig::send(rig.post_for(shop, EDIT_MANUAL, &body)).await;
        assert_eq!((reply.status, reply.error()), (200, code), "{shop} {wanted}");
        if code == range {
            assert_eq!(reply.json["message"], "The budget set is invalid.");
        }
    }
}

#[tokio::test]
async fn the_status_says_what_can_be_done() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    let mut number = 0;
    for (action, allowed) in [
        ("change_budget", &[("ongoing", "ongoing"), ("paused", "paused"), ("scheduled", "scheduled")][..]),
        ("pause", &[("ongoing", "paused")]),
        ("resume", &[("paused", "ongoing")]),
        ("start", &[("scheduled", "ongoing")]),
        ("stop", &[("ongoing", "ended"), ("paused", "ended"), ("scheduled", "ended")]),
    ] {
        for status in ["ongoing", "paused", "scheduled", "ended", "deleted", "closed"] {
            set(&rig, SHOP, json!({"campaign_id": id, "status": status})).await;
            number += 1;
            let mut body = budget(id, &format!("r{number}"), 20);
            body["edit_action"] = action.into();
            let reply = post(&rig, EDIT_MANUAL, &body).await;
            let then = allowed.iter().find(|(from, _)| *from == status);
            let code = if then.is_some() { "" } else { "ads.edit.invalid_action" };
            assert_eq!(reply.error(), code, "{action} {status}");
            assert_eq!(shown(&rig, id).await.1, then.map_or(status, |(_, to)| to), "{action} {status}");
        }
    }
}

#[tokio::test]
async fn bodies_and_verbs_are_checked() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    for (name, value) in [
        ("reference_id", json!("")),
        ("reference_id", json!("r".repeat(201))),
        ("reference_id", json!(5)),
        ("campaign_id", json!(id.to_string())),
        ("campaign_id", json!(1.5)),
        ("edit_action", json!("delete")),
        ("edit_action", json!(null)),
    ] {
        let mut body = budget(id, "r", 45.5);
        body[name] = value.clone();
        assert_eq!(post(&rig, EDIT_MANUAL, &body).await.error(), "error_param", "{name} {value}");
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(post(&rig, EDIT_MANUAL, &body).await.error(), "error_param", "no {name}");
    }
    assert_eq!(post(&rig, EDIT_MANUAL, &json!([])).await.error(), "error_param");
    for endpoint in [EDIT_MANUAL, EDIT_AUTO] {
        assert_eq!(rig.get(endpoint, "").await.error(), "ads.api.http_method_not_allowed");
    }
    assert_eq!(post(&rig, BALANCE, &json!({})).await.error(), "ads.api.http_method_not_allowed");
    let path = Rig::signed(SHOP, EDIT_MANUAL, "unknown", "");
    let stranger = Rig::send(rig.request(Method::POST, &path).json(&budget(id, "r", 45.5))).await;
    assert_eq!((stranger.status, stranger.error()), (403, "invalid_acceess_token"));
    assert_eq!(shown(&rig, id).await.0, 77.0);
}
