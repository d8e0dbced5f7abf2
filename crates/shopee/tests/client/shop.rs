//! The balance and the shop itself.

use crate::fake_platform::{answer, own_query, run, shop};
use shopee::{Balance, ErrorClass, ShopInfo};

const INFO: &str = include_str!("fixtures/shop_info.json");

#[test]
fn reads_the_balance() {
    for (json, total) in [("532.17", 532.17), ("0", 0.0), ("\"7.5\"", 7.5), ("-3.25", -3.25)] {
        let body = format!(
            r#"{{"error":"","message":"","warning":"","request_id":"r","response":{{"data_timestamp":1759500000,"total_balance":{json}}}}}"#
        );
        let (read, asked) = run(answer(200, body), async |client| client.total_balance(&shop()).await);
        assert_eq!(read, Ok(Balance { total, data_timestamp: 1_759_500_000 }));
        assert!(own_query(&asked[0]).is_empty());
    }
}

#[test]
fn a_balance_that_is_no_number_names_the_field() {
    for body in
        [r#"{"response":{"data_timestamp":1}}"#, r#"{"response":{"data_timestamp":1,"total_balance":"NaN"}}"#]
    {
        let (read, _) = run(answer(200, body), async |client| client.total_balance(&shop()).await);
        let error = read.expect_err(body);
        assert_eq!(error.class, ErrorClass::Retry);
        assert!(error.message.contains("'response.total_balance'"), "{}", error.message);
    }
}

#[test]
fn reads_the_shop_from_the_top_level() {
    let (read, asked) = run(answer(200, INFO), async |client| client.shop_info(&shop()).await);
    let expected = ShopInfo {
        name: "Loja Azul".into(),
        region: "BR".into(),
        status: "NORMAL".into(),
        auth_time: Some(1_727_740_800),
        expire_time: Some(1_759_276_799),
    };
    assert_eq!(read, Ok(expected));
    assert!(asked[0].url.starts_with("https://platform.test/api/v2/shop/get_shop_info?"));
    let (read, _) =
        run(answer(200, INFO.replace("\"BR\"", "55")), async |client| client.shop_info(&shop()).await);
    assert!(read.expect_err("a region is a text").message.contains("'region' must be a text"));
}
