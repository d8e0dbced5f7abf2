//! Statements whose answer never comes: executed, or never seen by Postgres.

use crate::{variants, world::World};
use std::rc::Rc;
use store::{Param, Statement};

/// How often such a statement has not even arrived, of 1,000.
const LOST_PER_MILLE: u32 = 400;

/// Has a statement executed, or not, without an answer.
pub fn execute(world: &Rc<World>, statement: &Statement, params: &[Param<'_>]) {
    if !world.chance(LOST_PER_MILLE) {
        drop(variants::execute(world, statement, params));
    }
}
