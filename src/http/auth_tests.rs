use super::*;

/// 2027-03-31T12:00:00Z.
const NOON_MS: i64 = 1_806_494_400_000;

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn tokens() -> String {
    format!("viewer:{},operator:{}\nbroken,admin:zz", hash("see"), hash("act"))
}

fn checked(header: Option<&str>, tokens: &str, needed: Role) -> Result<Caller, u16> {
    check(header, tokens, needed, NOON_MS).map_err(|problem| problem.status)
}

fn status(header: Option<&str>, needed: Role) -> u16 {
    checked(header, &tokens(), needed).map_or_else(|status| status, |_| 200)
}

#[test]
fn a_token_has_its_role_and_the_lower_ones() {
    assert_eq!(status(Some("Bearer act"), Role::Operator), 200);
    assert_eq!(status(Some("bearer act"), Role::Viewer), 200);
    assert_eq!(status(Some("Bearer see"), Role::Operator), 403);
    assert_eq!(status(Some("Bearer act"), Role::Admin), 403);
    let caller = checked(Some("Bearer act"), &tokens(), Role::Viewer).unwrap();
    assert!(caller.name.starts_with("operator:") && !caller.name.contains("act"), "{caller:?}");
    assert_eq!(caller.shops, None);
}

#[test]
fn anything_else_is_refused() {
    for header in [None, Some(""), Some("act"), Some("Bearer "), Some("Bearer nope"), Some("Basic act")] {
        assert_eq!(status(header, Role::Viewer), 401, "{header:?}");
    }
    assert_eq!(checked(Some("Bearer act"), "", Role::Viewer), Err(401));
}

#[test]
fn a_token_may_be_for_some_shops_with_a_name_and_until_a_day() {
    let hash = hash("night");
    for (entry, name, shops) in [
        (format!("operator@7,5:{hash}:night-shift:2027-03-31"), "operator:night-shift", Some(vec![5, 7])),
        (format!("viewer:{},operator@5:{hash}", "00".repeat(32)), "", Some(vec![5])),
        (format!("operator:{hash}:night"), "operator:night", None),
        (format!("operator:{hash}::2027-04-01"), "", None),
    ] {
        let caller = checked(Some("Bearer night"), &entry, Role::Operator).unwrap();
        assert!(name.is_empty() || caller.name == name, "{entry}: {caller:?}");
        assert_eq!(caller.shops, shops.map(|ids| ids.into_iter().map(ShopId).collect()), "{entry}");
    }
}

#[test]
fn a_token_ends_with_its_last_day() {
    let entry = |day: &str| format!("operator:{}:night:{day}", hash("night"));
    let at = |now_ms| check(Some("Bearer night"), &entry("2027-03-31"), Role::Viewer, now_ms).is_ok();
    let midnight_ms = NOON_MS + 12 * 3_600_000;
    assert!(at(midnight_ms - 1) && !at(midnight_ms));
    let ended = check(Some("Bearer night"), &entry("2027-03-30"), Role::Viewer, NOON_MS).unwrap_err();
    assert!(ended.status == 401 && ended.detail.contains("ended"), "{ended:?}");
}

#[test]
fn an_entry_that_cannot_be_read_is_none() {
    let hash = hash("night");
    for entry in [
        format!("operator@:{hash}"),
        format!("operator@x:{hash}"),
        format!("operator@5,-7:{hash}"),
        format!("operator:{hash}:night:31.3.2027"),
        format!("operator:{hash}:night:2027-03-31:more"),
        format!("owner:{hash}"),
    ] {
        assert_eq!(checked(Some("Bearer night"), &entry, Role::Viewer), Err(401), "{entry}");
    }
}

#[test]
fn entries_are_counted_by_what_they_are_good_for() {
    let hash = "0".repeat(64);
    for (text, admins, others, unreadable) in [
        ("", 0, 0, 0),
        (&*tokens(), 0, 2, 2),
        (&format!("admin:{hash}"), 1, 0, 0),
        (&format!("admin:{hash}\nadmin:{hash},viewer:{hash}"), 2, 1, 0),
        (&format!("admin@5,6:{hash},admin:{hash}:old:2027-03-30"), 0, 2, 0),
        (&format!("root:{hash}, admin:{}", &hash[2..]), 0, 0, 2),
        (&format!("admin={hash},viewer:{hash}"), 0, 1, 1),
        (&format!("viewer:{hash},admin@5"), 0, 1, 1),
    ] {
        assert_eq!(count(text, NOON_MS), Tokens { admins, others, unreadable }, "{text}");
    }
}
