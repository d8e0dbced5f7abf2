//! Another key in the place of the one that tokens and partner keys are sealed with: docs/deploying.md, "Secrets".

use crate::{
    deployment::{Deployment, NOW_MS, PARTNER_ID, plain},
    setup::{Database, each_way},
};
use anyhow::{Context, Error, Result, bail, ensure};
use store::shops;
use sync_flow::{
    access::client,
    commands::TokenReply,
    cron,
    host::Host,
    token_encryption::{self, Keyring, Place},
};

const OLD: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "new:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const SHOPS: [i64; 2] = [532_963_124, 23_426_918];
const COLUMNS: [(&str, &str); 3] =
    [("access_token", "access"), ("refresh_token", "refresh"), ("partner_key", "key")];
const SINK: &str = "0190a3c4-9d3f-7cde-8b11-000000000001";
const NIGHT: &str = "0 2 * * *";

/// Shops whose tokens and keys of their own the old key has sealed; their tokens last for hours.
async fn sealed_by_the_old_key(database: &Database) -> Result<()> {
    let ring = Keyring::parse(OLD).map_err(Error::msg)?;
    for (nonce, shop_id) in (100..).zip(SHOPS) {
        let seal = |(column, what)| {
            ring.seal(Place::Shop(shop_id, column), &plain(what, shop_id, 1), |bytes| bytes.fill(nonce))
                .map_err(Error::msg)
        };
        let [access, refresh, key] = [seal(COLUMNS[0])?, seal(COLUMNS[1])?, seal(COLUMNS[2])?];
        let insert = format!(
            "INSERT INTO apishopee_shops (shop_id, region, partner_id, access_token, refresh_token, partner_key, token_expires_at)
             VALUES ({shop_id}, 'BR', {PARTNER_ID}, '{access}', '{refresh}', '{key}', to_timestamp({NOW_MS} / 1000 + 14400))"
        );
        database.sql(&insert).await?;
    }
    let sealed = ring.seal(Place::Sink(SINK), "https://a.example/plain-hook\n", |bytes| bytes.fill(99));
    let insert = format!(
        "INSERT INTO apishopee_ads_alert_sinks (id, name, kind, sealed, sends_to)
         VALUES ('{SINK}', 'a', 'slack', '{}', 'a.example')",
        sealed.map_err(Error::msg)?
    );
    database.sql(&insert).await?;
    Ok(())
}

/// By which keys a shop's tokens and key are sealed.
async fn seals(database: &Database, shop_id: i64) -> Result<String> {
    let of = |(column, _): (&str, &str)| {
        format!("split_part({column}, '.', 1) || '.' || split_part({column}, '.', 2)")
    };
    let sql = format!("SELECT {} FROM apishopee_shops WHERE shop_id = {shop_id}", COLUMNS.map(of).join(", "));
    database.sql(&sql).await
}

/// What a shop's object gives for a token, and the partner key that its calls are signed with.
async fn opened(deployment: &Deployment<'_>, shop_id: i64) -> Result<(String, String)> {
    let token = match deployment.token(shop_id).await.map_err(Error::msg)? {
        TokenReply::Token { access_token } => access_token,
        TokenReply::Failed { failure } => bail!("{}", failure.message),
        TokenReply::Wait { .. } => bail!("it waits"),
    };
    let row = shops::load(&deployment.database.db, shop_id).await?.context("no shop")?;
    let config = deployment.config().map_err(Error::msg)?;
    let partner = client::partner(&config, &row).map_err(|failure| Error::msg(failure.message))?;
    Ok((token, partner.key.expose().to_owned()))
}

fn pair(shop_id: i64, number: u32) -> (String, String) {
    (plain("access", shop_id, number), plain("key", shop_id, 1))
}

/// What the clean-up of a night says of keys.
async fn night(deployment: &Deployment<'_>) -> Result<String> {
    deployment.said.borrow_mut().push_str("-- night --");
    cron::run(deployment, NIGHT).await.map_err(Error::msg)?;
    let said = deployment.said.borrow();
    let (_, said) = said.rsplit_once("-- night --").context("nothing said")?;
    let (_, sealed) = said.split_once("\"sealed\":").context("nothing said of keys")?;
    Ok(sealed.split_inclusive('}').next().unwrap_or_default().to_owned())
}

/// Everything that the database holds, as text.
async fn everything(database: &Database) -> Result<String> {
    let all = "SELECT query_to_xml(format('SELECT * FROM %I', relname), true, false, '') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    database.sql(all).await
}

#[tokio::test]
async fn what_an_old_key_has_sealed_is_sealed_anew_and_then_the_old_key_can_go() -> Result<()> {
    each_way(async |database| {
        sealed_by_the_old_key(database).await?;
        let deployment = Deployment::new(database, OLD);
        assert_eq!(opened(&deployment, SHOPS[0]).await?, pair(SHOPS[0], 1));
        // The new key stands first: everything opens as before, and nothing is rewritten for that.
        deployment.keys.replace(format!("{NEW},{OLD}"));
        for shop_id in SHOPS {
            assert_eq!(opened(&deployment, shop_id).await?, pair(shop_id, 1));
            assert_eq!(seals(database, shop_id).await?, "enc.old|enc.old|enc.old");
        }
        // A refresh is signed with a key that the old one has sealed, and seals the new pair with the new one.
        let ends = "UPDATE apishopee_shops SET token_expires_at = to_timestamp(1) WHERE shop_id =";
        database.sql(&format!("{ends} {}", SHOPS[0])).await?;
        assert_eq!(opened(&deployment, SHOPS[0]).await?, pair(SHOPS[0], 2));
        assert_eq!(seals(database, SHOPS[0]).await?, "enc.new|enc.new|enc.old");
        // The night seals the keys; the tokens of the other shop still need the old one.
        assert_eq!(
            night(&deployment).await?,
            r#"{"partner_keys":2,"shops_under_other_keys":1,"sinks":1,"sinks_under_other_keys":0}"#
        );
        assert_eq!(seals(database, SHOPS[0]).await?, "enc.new|enc.new|enc.new");
        assert_eq!(seals(database, SHOPS[1]).await?, "enc.old|enc.old|enc.new");
        database.sql(&format!("{ends} {}", SHOPS[1])).await?;
        assert_eq!(opened(&deployment, SHOPS[1]).await?, pair(SHOPS[1], 2));
        assert_eq!(
            night(&deployment).await?,
            r#"{"partner_keys":0,"shops_under_other_keys":0,"sinks":0,"sinks_under_other_keys":0}"#
        );
        assert_eq!(deployment.refreshes.get(), 2);
        // At 0 it can go.
        deployment.keys.replace(NEW.to_owned());
        for shop_id in SHOPS {
            assert_eq!(seals(database, shop_id).await?, "enc.new|enc.new|enc.new");
            assert_eq!(opened(&deployment, shop_id).await?, pair(shop_id, 2));
        }
        let sink = store::sinks::sealed(&database.db, SINK).await?.context("the sink")?;
        let new = Keyring::parse(NEW).map_err(Error::msg)?;
        let plain = token_encryption::open(Some(&new), Place::Sink(SINK), &sink).map_err(Error::msg)?;
        assert_eq!(plain, "https://a.example/plain-hook\n");
        assert_eq!(deployment.refreshes.get(), 2);
        let said = deployment.said.borrow().clone();
        assert!(said.contains("token_refreshed") && !said.contains("plain-"), "{said}");
        let stored = everything(database).await?;
        assert!(stored.contains("enc.new.") && !stored.contains("plain-"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_key_that_goes_too_early_stops_its_shops_and_loses_nothing() -> Result<()> {
    each_way(async |database| {
        sealed_by_the_old_key(database).await?;
        // Also where the token has ended: the refresh token must not be spent on what cannot be opened.
        database.sql(&format!("UPDATE apishopee_shops SET token_expires_at = to_timestamp(1) WHERE shop_id = {}", SHOPS[1])).await?;
        let tokens = "SELECT shop_id, access_token, refresh_token, partner_key, token_state FROM apishopee_shops ORDER BY 1";
        let before = database.sql(tokens).await?;
        let deployment = Deployment::new(database, NEW);
        for shop_id in SHOPS {
            let why = opened(&deployment, shop_id).await.err().context("opened without its key")?.to_string();
            ensure!(why.contains("TOKEN_KEYS has no key of its id") && !why.contains("plain-"), "{why}");
        }
        assert_eq!(night(&deployment).await?, r#"{"partner_keys":0,"shops_under_other_keys":2,"sinks":0,"sinks_under_other_keys":1}"#);
        let said = deployment.said.borrow().clone();
        for shop_id in SHOPS {
            let told = format!("the partner_key of shop {shop_id} cannot be opened: TOKEN_KEYS has no key of its id");
            assert!(said.contains(&told), "{said}");
        }
        assert_eq!(database.sql(tokens).await?, before);
        assert_eq!(deployment.refreshes.get(), 0);
        // It comes back, and all is as it was.
        deployment.keys.replace(format!("{NEW},{OLD}"));
        assert_eq!(opened(&deployment, SHOPS[0]).await?, pair(SHOPS[0], 1));
        assert_eq!(opened(&deployment, SHOPS[1]).await?, pair(SHOPS[1], 2));
        Ok(())
    })
    .await
}
