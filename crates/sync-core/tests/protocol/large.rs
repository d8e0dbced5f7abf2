//! The largest plan.

use crate::world::World;
use sync_core::*;

#[test]
fn no_stored_value_of_the_largest_plan_and_its_retry_is_large() {
    let mut world = World::new();
    // Ids as long as they can be.
    world.first_id = i64::MAX - PLAN_CAMPAIGNS_MAX as i64;
    world.failing = Some(Stage::ShopTotals);
    // Idle campaigns are left out, so that the second stage is short.
    world.spends = Some(|id| id % 100 == 0);
    let settings = Settings {
        list_page_size: LIST_PAGE_SIZE_MAX,
        chunk_size: CHUNK_SIZE_MAX,
        max_attempts: 1,
        ..Settings::default()
    };
    let first = world.begin("a", settings.clone()).generation();
    world.list(first, PLAN_CAMPAIGNS_MAX as i64);
    world.settle();
    let end = |world: &World| world.shop.run.as_ref().and_then(|run| run.header.end.clone());
    assert!(matches!(end(&world), Some(End::Failed { .. })));
    world.failing = None;
    let again = world.begin_of("b", settings, Some(first)).generation();
    // What is stored is the plan, whole and in order.
    let plan: Vec<i64> = world.pages.values().flatten().copied().collect();
    assert!(plan.len() == PLAN_CAMPAIGNS_MAX && plan.is_sorted());
    assert!(plan == world.shop.run.as_ref().expect("the retry").plan && again > first);
    assert!(world.apply(|shop, event| shop.claim_listing(event, again)).is_none(), "the plan is there");
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
}
