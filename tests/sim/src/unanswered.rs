//! Statements whose answer never comes. Postgres goes on with what it has been given, whoever waits for it no longer: the
//! statement is executed now, later, after its sender has tried again, or never.

use crate::{tasks::Owner, variants, world::World};
use std::rc::Rc;
use store::{Param, Statement};

/// The latest moment at which such a statement is executed, in milliseconds: past the deadline of who sent it.
const LATE_MS_MAX: u32 = 60_000;

/// A parameter that outlives who sent it.
enum Kept {
    Text(Option<String>, bool),
    Other(Param<'static>),
}

/// Has a statement executed at a moment of its own, or never.
pub fn execute(world: &Rc<World>, statement: &Statement, params: &[Param<'_>]) {
    if world.chance(250) {
        return;
    }
    let kept: Vec<Kept> = params.iter().map(keep).collect();
    let (world_then, statement, wait_ms) = (Rc::clone(world), *statement, world.pick(LATE_MS_MAX));
    world.start(Owner::Consumer, "late statement", async move {
        world_then.pause(wait_ms.into()).await;
        let params: Vec<Param<'_>> = kept.iter().map(Kept::param).collect();
        // Nobody reads the answer.
        drop(variants::execute(&world_then, &statement, &params));
    });
}

fn keep(param: &Param<'_>) -> Kept {
    match *param {
        Param::Text(text) => Kept::Text(Some(text.to_owned()), false),
        Param::OptText(text) => Kept::Text(text.map(str::to_owned), true),
        Param::I64(value) => Kept::Other(Param::I64(value)),
        Param::I32(value) => Kept::Other(Param::I32(value)),
        Param::F64(value) => Kept::Other(Param::F64(value)),
        Param::OptI64(value) => Kept::Other(Param::OptI64(value)),
        Param::Bool(value) => Kept::Other(Param::Bool(value)),
    }
}

impl Kept {
    fn param(&self) -> Param<'_> {
        match self {
            Self::Text(text, true) => Param::OptText(text.as_deref()),
            Self::Text(text, false) => Param::Text(text.as_deref().unwrap_or_default()),
            Self::Other(param) => *param,
        }
    }
}
