//! Statements whose answer never comes: executed, executed when nobody waits for them any more, or never seen by Postgres.

use crate::{
    budgets::old_tables,
    variants,
    world::{Event, World},
};
use std::rc::Rc;
use store::{Param, Statement};

/// How often such a statement has not even arrived, of 1,000.
const LOST_PER_MILLE: u32 = 400;
/// How often one that has arrived waits for a lock, for a session or for the network, of 1,000.
const LATE_PER_MILLE: u32 = 400;
/// How long, at most, in milliseconds.
const LATE_MS_MAX: u32 = 15 * 60_000;

/// A statement that is under way without its caller.
pub struct Late {
    statement: Statement,
    params: Vec<Kept>,
}

/// A parameter that outlives its caller.
enum Kept {
    I64(i64),
    I32(i32),
    F64(f64),
    Text(String),
    OptText(Option<String>),
    OptI64(Option<i64>),
    Bool(bool),
}

impl Kept {
    fn of(param: &Param<'_>) -> Self {
        match *param {
            Param::I64(value) => Self::I64(value),
            Param::I32(value) => Self::I32(value),
            Param::F64(value) => Self::F64(value),
            Param::Text(value) => Self::Text(value.to_owned()),
            Param::OptText(value) => Self::OptText(value.map(str::to_owned)),
            Param::OptI64(value) => Self::OptI64(value),
            Param::Bool(value) => Self::Bool(value),
        }
    }

    fn param(&self) -> Param<'_> {
        match self {
            Self::I64(value) => Param::I64(*value),
            Self::I32(value) => Param::I32(*value),
            Self::F64(value) => Param::F64(*value),
            Self::Text(value) => Param::Text(value),
            Self::OptText(value) => Param::OptText(value.as_deref()),
            Self::OptI64(value) => Param::OptI64(*value),
            Self::Bool(value) => Param::Bool(*value),
        }
    }
}

/// Has a statement executed at once, later or never, without an answer.
pub fn execute(world: &Rc<World>, statement: &Statement, params: &[Param<'_>]) {
    if world.chance(LOST_PER_MILLE) {
        return;
    }
    if world.chance(LATE_PER_MILLE) {
        let late = Late { statement: *statement, params: params.iter().map(Kept::of).collect() };
        world.later(world.pick(LATE_MS_MAX).into(), Event::Late(late));
    } else {
        run(world, statement, params);
    }
}

fn run(world: &Rc<World>, statement: &Statement, params: &[Param<'_>]) {
    let Ok(before) = old_tables::before(world, statement, params) else { return };
    drop(variants::execute(world, statement, params));
    drop(old_tables::check(world, before));
}

impl Late {
    /// It is executed at last.
    pub(crate) fn execute(&self, world: &Rc<World>) {
        let params: Vec<Param<'_>> = self.params.iter().map(Kept::param).collect();
        run(world, &self.statement, &params);
    }
}
