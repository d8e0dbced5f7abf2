//! Listing campaigns and reading their settings.

use crate::fake_platform::{answer, own_query, run, shop};
use shopee::{ApiError, CampaignIdPage, CampaignSettings, ErrorClass};

const SETTINGS: &str = include_str!("fixtures/settings.json");

fn page(body: &str) -> Result<CampaignIdPage, ApiError> {
    run(answer(200, body), async |client| client.campaign_ids(&shop(), 0, 100).await).0
}

fn settings(body: &str) -> Result<CampaignSettings, ApiError> {
    run(answer(200, body), async |client| client.campaign_settings(&shop(), &[101, 102, 103]).await).0
}

#[test]
fn lists_a_page() {
    let (page, asked) = run(answer(200, include_str!("fixtures/id_page.json")), async |client| {
        client.campaign_ids(&shop(), 200, 100).await
    });
    let expected = CampaignIdPage { ids: vec![5_000_000_001, 42], has_next_page: true, malformed: 0 };
    assert_eq!(page, Ok(expected));
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0]
            .url
            .starts_with("https://platform.test/api/v2/ads/get_product_level_campaign_id_list?partner_id=")
    );
    assert_eq!(own_query(&asked[0]), ["ad_type=all", "offset=200", "limit=100"]);
}

#[test]
fn an_empty_list_has_several_shapes() {
    for response in [
        r#"{"has_next_page":false,"campaign_list":[]}"#,
        r#"{"has_next_page":false,"campaign_list":null}"#,
        r#"{"has_next_page":false}"#,
        "{}",
    ] {
        let read = page(&format!(r#"{{"error":"","response":{response}}}"#));
        let expected = CampaignIdPage { ids: vec![], has_next_page: false, malformed: 0 };
        assert_eq!(read, Ok(expected), "{response}");
    }
}

#[test]
fn rows_without_an_id_are_counted() {
    let read = page(
        r#"{"response":{"campaign_list":[{"campaign_id":7},{"campaign_id":"8"},{"campaign_id":9.0},{"campaign_id":0},
            {"campaign_id":-1},{"campaign_id":1.5},{"campaign_id":null},{},5,null]}}"#,
    )
    .expect("a page");
    assert_eq!((read.ids, read.malformed), (vec![7, 8, 9], 7));
    assert!(read.has_next_page, "a list that does not say that it ends may go on");
}

#[test]
fn a_page_without_its_content_is_not_an_empty_page() {
    for body in [
        r#"{"error":""}"#,
        r#"{"error":"","response":null}"#,
        "{}",
        r#"{"response":[]}"#,
        r#"{"response":{"campaign_list":"x"}}"#,
    ] {
        let error = page(body).expect_err(body);
        assert_eq!(error.class, ErrorClass::Retry, "{body}");
        assert!(error.message.contains("response"), "{}", error.message);
    }
}

#[test]
fn reads_settings() {
    let (read, asked) =
        run(answer(200, SETTINGS), async |client| client.campaign_settings(&shop(), &[101, 102, 103]).await);
    let read = read.expect("settings");
    assert_eq!(own_query(&asked[0]), ["info_type_list=1,2,3,4", "campaign_id_list=101,102,103"]);
    assert_eq!((read.malformed, read.warning), (vec![], None));
    let [lamp, tea, all] = read.campaigns.as_slice() else { panic!("three campaigns") };
    assert_eq!((lamp.campaign_id, lamp.campaign_budget, lamp.roas_target), (101, 12.5, Some(4.5)));
    assert_eq!((lamp.ad_type.as_str(), lamp.bidding_method.as_str()), ("manual", "auto"));
    assert_eq!((tea.name.as_str(), tea.status.as_str(), tea.roas_target), ("Cha\u{301} ☕", "paused", None));
    assert_eq!(
        (tea.start_time, tea.end_time, tea.campaign_placement.as_str()),
        (1_727_740_800, 1_735_689_599, "search")
    );
    assert_eq!((all.item_count, all.end_time, all.campaign_budget), (3, 0, 20.0));
    for campaign in &read.campaigns {
        assert!(SETTINGS.contains(&campaign.raw), "the row's text is unchanged");
    }
}

#[test]
fn one_bad_row_does_not_spoil_the_others() {
    for (from, to, id, field) in [
        (
            "\"campaign_budget\": 12.5",
            "\"campaign_budget\": \"much\"",
            Some(101),
            "common_info.campaign_budget",
        ),
        ("\"campaign_budget\": 12.5", "\"campaign_budget\": -1", Some(101), "common_info.campaign_budget"),
        ("\"campaign_budget\": 12.5", "\"campaign_budget\": 1e13", Some(101), "common_info.campaign_budget"),
        ("\"campaign_budget\": 12.5,", "", Some(101), "common_info.campaign_budget"),
        (
            "\"campaign_status\": \"ongoing\"",
            "\"campaign_status\": 3",
            Some(101),
            "common_info.campaign_status",
        ),
        ("\"ad_name\": \"Lamp\"", "\"ad_name\": \"La\\u0000mp\"", Some(101), "common_info.ad_name"),
        (
            "\"start_time\": 1727740800, \"end_time\": 0",
            "",
            Some(101),
            "common_info.campaign_duration.start_time",
        ),
        ("[33445566778]", "7", Some(101), "common_info.item_id_list"),
        ("{\"roas_target\": 4.5}", "4.5", Some(101), "auto_bidding_info"),
        ("{\"roas_target\": 4.5}", "{\"roas_target\": \"x\"}", Some(101), "auto_bidding_info.roas_target"),
        ("\"campaign_id\": 101,", "", None, "campaign_id"),
        ("\"campaign_id\": 101", "\"campaign_id\": {}", None, "campaign_id"),
        ("\"keyword\": \"tea\"", "\"keyword\": \"\\ud800\"", Some(102), "row"),
        ("\"keyword\": \"tea\"", "\"keyword\": \"\\u0000\"", Some(102), "row"),
        ("\"bid_price\": 0.2", "\"bid_price\": 1e999", Some(102), "row"),
    ] {
        let body = SETTINGS.replacen(from, to, 1);
        assert_ne!(body, SETTINGS, "{from}");
        let read = settings(&body).expect(to);
        assert_eq!(read.campaigns.len(), 2, "{to}");
        let [row] = read.malformed.as_slice() else { panic!("one malformed row: {to}") };
        assert_eq!((row.campaign_id, row.field.as_str()), (id, field), "{to}");
        assert!(!row.reason.is_empty() && row.sample.starts_with('{') && row.sample.chars().count() <= 500);
    }
}

#[test]
fn numbers_may_come_in_other_clothes() {
    let body = SETTINGS
        .replace("\"campaign_id\": 101", "\"campaign_id\": \"101\"")
        .replace("\"campaign_budget\": 12.5", "\"campaign_budget\": \"12.50\"")
        .replace("1735689599", "1735689599.0")
        .replace("\"ad_name\": \"Lamp\"", "\"ad_name\": null");
    let read = settings(&body).expect("settings");
    assert_eq!(read.malformed, []);
    assert_eq!(read.campaigns[0].campaign_budget, 12.5);
    assert_eq!(read.campaigns[0].name, "");
    assert_eq!(read.campaigns[1].end_time, 1_735_689_599);
    assert_eq!(read.campaigns[0].campaign_id, 101);
}

#[test]
fn a_warning_is_passed_on() {
    let read =
        settings(r#"{"error":"-","warning":"partial","response":{"campaign_list":null}}"#).expect("settings");
    assert_eq!((read.campaigns, read.warning), (vec![], Some("partial".to_owned())));
}

#[test]
fn calls_that_can_only_be_refused_are_not_made() {
    let ids: Vec<i64> = (1..=101).collect();
    for ids in [&ids[..], &[], &[5, 0]] {
        let (result, asked) =
            run(answer(200, SETTINGS), async |client| client.campaign_settings(&shop(), ids).await);
        let error = result.expect_err("refused here");
        assert_eq!((error.class, asked), (ErrorClass::FatalConfiguration, vec![]));
        assert!(error.message.contains("'ids'"), "{}", error.message);
    }
    for limit in [0, 5_001] {
        let (result, asked) =
            run(answer(200, SETTINGS), async |client| client.campaign_ids(&shop(), 0, limit).await);
        assert!(result.expect_err("refused here").message.contains("'limit'") && asked.is_empty());
    }
    let (result, asked) =
        run(answer(200, SETTINGS), async |client| client.campaign_settings(&shop(), &ids[..100]).await);
    assert!(result.is_ok() && asked.len() == 1, "100 are allowed");
}

#[test]
fn fields_that_nobody_knows_are_told_and_kept() {
    assert_eq!(settings(SETTINGS).expect("settings").unknown, []);
    let body = SETTINGS.replace("\"ad_type\":", "\"creative\": {\"on\": true}, \"ad_type\":");
    let read = settings(&body).expect("settings");
    let told: Vec<_> = read.unknown.iter().map(|f| (f.field.as_str(), f.sample.as_str())).collect();
    assert_eq!(told, [("common_info.creative", "{\"on\": true}")]);
    assert!(read.campaigns.iter().any(|campaign| campaign.raw.contains("creative")));
}
