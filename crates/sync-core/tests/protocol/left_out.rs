//! Campaigns that the performance stage leaves out.

use crate::world::World;
use sync_core::*;

fn every_fifth(id: i64) -> bool {
    id % 5 == 0
}

fn fifths() -> Vec<i64> {
    (0..250).filter(|id| every_fifth(*id)).collect()
}

/// A world in which a run of 250 campaigns has been listed.
fn listed(kind: Kind, settings: Settings) -> (World, Generation) {
    let mut world = World::new();
    world.kind = kind;
    world.spends = Some(every_fifth);
    let generation = world.begin("a", settings).generation();
    world.list(generation, 250);
    (world, generation)
}

#[test]
fn the_performance_stage_works_on_what_is_left() {
    let (mut world, generation) = listed(Kind::Realtime, Settings::default());
    world.settle();
    assert_eq!(world.performed(generation), fifths());
    let shown = world.shown.unwrap();
    assert_eq!(
        (shown.stage, shown.total_chunks),
        (ProjectedStage::Completed, 3),
        "{:?}",
        shown.error_message
    );
    assert_eq!((shown.receipt.performance_accounted, shown.receipt.performance_left_out), (50, 200));
    assert_eq!((shown.units_done, shown.units_planned), (501, 501));
}

#[test]
fn nothing_is_left_of_a_shop_that_rests() {
    let (mut world, generation) = listed(Kind::Realtime, Settings::default());
    world.spends = Some(|_| false);
    world.settle();
    assert!(world.performed(generation).is_empty());
    let receipt = world.shown.unwrap().receipt;
    assert_eq!((receipt.planned, receipt.written, receipt.performance_left_out), (250, 250, 250));
}

#[test]
fn a_retry_works_on_the_campaigns_that_the_failed_run_chose() {
    for failing in [Stage::Campaigns, Stage::Performance] {
        let (mut world, first) = listed(Kind::Realtime, Settings { max_attempts: 1, ..Settings::default() });
        world.failing = Some(failing);
        world.settle();
        assert_eq!(world.shown.as_ref().unwrap().stage, ProjectedStage::Failed);
        let chosen: Vec<i64> = world.shop.run.as_ref().unwrap().spenders().collect();
        assert_eq!(chosen.len(), if failing == Stage::Campaigns { 250 } else { 50 });

        world.failing = None;
        world.spends = Some(|id| id % 2 == 0);
        let second = world.begin_of("b", Settings::default(), Some(first)).generation();
        world.apply(|shop, event| shop.claim_listing(event, second));
        world.settle();
        assert_eq!(world.shown.as_ref().unwrap().stage, ProjectedStage::Completed);
        let mut fetched = [world.performed(first), world.performed(second)].concat();
        fetched.sort_unstable();
        assert_eq!(fetched, chosen);
    }
}

#[test]
fn a_run_without_settings_goes_from_the_listing_to_performance() {
    let kind = Kind::BackfillFull { days: Some(30), hourly_days: None };
    let (mut world, generation) = listed(kind, Settings::default());
    world.settle();
    assert_eq!(world.performed(generation).len(), 250);
    let shown = world.shown.unwrap();
    assert_eq!((shown.stage, shown.total_chunks), (ProjectedStage::Completed, 3));
    assert_eq!((shown.receipt.written, shown.receipt.performance_accounted), (250, 250));
    assert_eq!((shown.synced_campaigns, shown.units_done, shown.units_planned), (250, 251, 251));
}
