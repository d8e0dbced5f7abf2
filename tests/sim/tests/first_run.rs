//! The first run after a consent.

use mock_shopee::{Fault, FaultKind};
use serde_json::json;
use sim::{Calm, Place};

const DAY_MS: i64 = 86_400_000;

/// A shop in Brazil at an hour at which it is the next day in Singapore.
fn calm() -> Calm {
    let calm = Calm::new(&Place { region: "BR", start_ms: 1_793_491_200_000 }, 8);
    calm.forget_info();
    calm
}

fn infos(calm: &Calm) -> usize {
    calm.calls().iter().filter(|call| call.endpoint.ends_with("get_shop_info")).count()
}

#[test]
fn the_shops_calendar_is_known_before_its_first_run() {
    let calm = calm();
    let run = calm.sync("realtime", json!({}), 2.0).expect("a run that completes");
    let shop = calm.shop();
    assert_eq!((shop.region.as_deref(), shop.shop_name.as_deref()), (Some("BR"), Some("a shop")));
    assert!(shop.authorized_until_ms.is_some_and(|at| at > calm.now_ms()));
    // 2026-11-01 00:00 UTC.
    assert_eq!(run.header.window.daily_to.to_string(), "2026-10-31");
    assert_eq!(infos(&calm), 1);

    calm.sync("realtime", json!({}), 2.0).expect("a run that completes");
    assert_eq!(infos(&calm), 1, "it is asked for daily");
    calm.wait_until(calm.now_ms() + DAY_MS + 1).expect("a quiet day");
    calm.sync("realtime", json!({}), 2.0).expect("a run that completes");
    assert_eq!(infos(&calm), 2);
}

#[test]
fn no_run_begins_while_the_region_is_unknown() {
    let calm = calm();
    let mut fault = Fault::new(FaultKind::Error);
    fault.matches.endpoint = Some("get_shop_info".to_owned());
    fault.code = Some("error_permission".to_owned());
    calm.trouble(fault);
    let refused = calm.sync("realtime", json!({}), 2.0).expect_err("a run of an unknown calendar");
    assert!(refused.contains("region") || refused.contains("refused"), "{refused}");
    assert_eq!(calm.stored().len() + calm.campaigns().0.len(), 0);
}
