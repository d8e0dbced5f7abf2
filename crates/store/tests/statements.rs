//! The SQL that is put together from parts is as recorded in `tests/statements`; `UPDATE_SNAPSHOTS=1` records it anew.

use serde_json::Value;
use std::{cell::RefCell, env, error::Error, fs, path::Path};
use store::{
    Db, DbError, Fence, Param, Statement,
    budgets::{looked, record},
    write_campaigns::campaigns,
    write_performance::{performance, shop_performance},
};

/// A connection that runs nothing and keeps what it was given.
#[derive(Default)]
struct Recorder(RefCell<Vec<Statement>>);

impl Db for Recorder {
    async fn rows(&self, statement: &Statement, _: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        self.0.borrow_mut().push(*statement);
        Err(DbError::new("nothing is run"))
    }
}

async fn recorded() -> Vec<Statement> {
    let recorder = Recorder::default();
    let fence = Fence {
        shop_id: 1,
        generation: 1,
        fetched_at_ms: 0,
        touch: false,
        stage: "performance",
        chunk_index: 0,
        finish: false,
        result: Value::Null,
    };
    assert!(campaigns(&recorder, &fence, &[], &[], None).await.is_err());
    assert!(performance(&recorder, &fence, &[], &[]).await.is_err());
    assert!(shop_performance(&recorder, &fence, &[], &[], None).await.is_err());
    assert!(record(&recorder, 1, 1, 60, &[]).await.is_err());
    assert!(looked(&recorder, 1, 1, 0, &[]).await.is_err());
    recorder.0.into_inner()
}

#[test]
fn the_text_of_each_statement_is_as_recorded() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    let statements = pollster::block_on(recorded());
    assert_eq!(statements.len(), 5);
    for Statement { name, sql } in statements {
        let file = folder.join(format!("{name}.sql"));
        let found = format!("{sql}\n");
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&file, &found)?;
        }
        let recorded = fs::read_to_string(&file).map_err(|_| "UPDATE_SNAPSHOTS=1 writes it")?;
        assert_eq!(found, recorded, "{name}");
    }
    Ok(())
}
