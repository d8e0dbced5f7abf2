//! Calls without a server are served as by one, at once and the same way every time.

use crate::rig::{REFRESH, Rig, SETTINGS, SHOP, START_MS, error, json, new_shop};
use mock_shopee::{
    CampaignEdit, Config, Fault, FaultKind, Platform, Question, Server, SteerError, TruthKind,
};
use serde_json::json;

#[test]
fn the_same_calls_get_the_same_answers() {
    let run = |salt| {
        let mut rig = Rig::with_campaigns(30);
        rig.platform = {
            let platform = Platform::new(Config::default(), salt);
            platform.put_shop(START_MS, SHOP, new_shop(SHOP, 30)).unwrap();
            platform
        };
        let body = json!({"refresh_token": "refresh-987654", "partner_id": 2_001_234, "shop_id": SHOP});
        let replies =
            [rig.get_with(SHOP, "access-987654", crate::rig::BALANCE, ""), rig.post(REFRESH, &body)];
        let calls = serde_json::to_value(rig.platform.calls(0, None)).unwrap();
        (replies, calls)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0, "another salt gives other tokens and request ids");
}

#[test]
fn dates_and_figures_follow_the_clock_of_the_calls() {
    let mut rig = Rig::with_campaigns(1);
    let daily = |rig: &Rig, day: &str| {
        let more = format!("&start_date={day}&end_date={day}");
        rig.get_with(SHOP, "access-987654", "ads/get_all_cpc_ads_daily_performance", &more)
    };
    assert_eq!(error(&daily(&rig, "10-10-2025")), "ads.performance.error_date_in_future");
    assert_eq!(json(&daily(&rig, "09-10-2025"))["response"][0]["date"], "09-10-2025");
    // Midnight in Brazil.
    rig.now_ms = 1_760_065_200_000;
    rig.platform.put_shop(rig.now_ms, SHOP, new_shop(SHOP, 1)).unwrap();
    assert_eq!(json(&daily(&rig, "10-10-2025"))["response"][0]["date"], "10-10-2025");
}

#[test]
fn campaigns_can_be_read_and_changed() {
    let rig = Rig::with_campaigns(3);
    let ids = rig.platform.campaign_ids(SHOP).unwrap();
    let edit = CampaignEdit { add: 2, delete: vec![ids[0]], ..CampaignEdit::default() };
    let made = rig.platform.edit_campaigns(rig.now_ms, SHOP, edit).unwrap();
    let now = rig.platform.campaign_ids(SHOP).unwrap();
    assert_eq!(now, [&ids[1..], &made[..]].concat());
    let question = Question { kind: TruthKind::Campaigns, from: None, to: None };
    let truth = rig.platform.truth(START_MS, SHOP, question).unwrap();
    let true_ids: Vec<_> = truth.iter().map(|row| row["campaign_id"].as_i64().unwrap()).collect();
    assert_eq!(true_ids, now);
    assert_eq!(rig.platform.campaign_ids(6), Err(SteerError::NoShop(6)));
    let again = CampaignEdit { delete: vec![ids[0]], ..CampaignEdit::default() };
    assert!(matches!(rig.platform.edit_campaigns(rig.now_ms, SHOP, again), Err(SteerError::Bad(_))));
}

#[test]
fn faults_of_the_connection_are_left_to_the_caller() {
    let rig = Rig::with_campaigns(1);
    for kind in [FaultKind::Timeout, FaultKind::Drop, FaultKind::Truncated, FaultKind::ApplyThenTimeout] {
        rig.platform.add_fault(Fault::new(kind)).unwrap();
    }
    let fault = Fault { code: Some("error_busi".into()), times: Some(1), ..Fault::new(FaultKind::Error) };
    rig.platform.add_fault(fault).unwrap();
    assert_eq!((rig.get(SHOP).as_str(), rig.get(SHOP).as_str()), ("error_busi", ""));
    let hits: Vec<_> = rig.platform.faults().iter().map(|fault| fault.hits).collect();
    assert_eq!(hits, [0, 0, 0, 0, 1]);
}

#[test]
fn what_is_no_call_is_refused() {
    let rig = Rig::with_campaigns(1);
    for (method, url) in
        [("GET", ""), ("", "/"), ("get", "/api/v2/?%"), ("GET", "/api/v2/shop/x?a=%FF&shop_id=%")]
    {
        let reply = rig.platform.serve_at(START_MS, method, url, b"\xff");
        assert_eq!(error(&reply), "error_param", "{url}");
    }
    assert_eq!(error(&rig.platform.serve_at(i64::MIN, "GET", "/", b"")), "error_param");
}

/// Over HTTP the same platform answers with the same text, but for what it makes up.
#[tokio::test]
async fn a_server_says_the_same() {
    let rig = Rig::with_campaigns(120);
    let config = Config { clock_ms: Some(START_MS), ..Config::default() };
    let server = Server::start(config).await.unwrap();
    let shop =
        json!({"name": "Loja", "region": "BR", "campaigns": 120, "seed": 7, "access_token": "access-987654"});
    let http = reqwest::Client::new();
    http.put(format!("{}/_mock/shops/{SHOP}", server.url())).json(&shop).send().await.unwrap();
    let ids: Vec<_> = rig.platform.campaign_ids(SHOP).unwrap()[..100].iter().map(i64::to_string).collect();
    let more = format!("&info_type_list=1,2,3,4&campaign_id_list={}", ids.join(","));
    let direct = json(&rig.get_with(SHOP, "access-987654", SETTINGS, &more));
    let url = rig.url(SHOP, "access-987654", SETTINGS, &more);
    let over_http: serde_json::Value =
        http.get(format!("{}{url}", server.url())).send().await.unwrap().json().await.unwrap();
    assert_eq!(direct["response"]["campaign_list"].as_array().map(Vec::len), Some(100));
    assert_eq!(direct["response"], over_http["response"]);
}
