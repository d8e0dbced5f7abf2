//! GET /v1/doctor: asks everything that the deployment depends on, each within its time, and shows what
//! `sync_flow::doctor` makes of it.

mod ask;

use super::{Answer, Context, auth, problem::Problem};
use crate::adapter::{Deadlines, WorkerHost, now_ms, variable};
use futures_util::future::join;
use sync_flow::{
    doctor::{Facts, examine},
    host::Host,
};

/// Looks at everything.
pub async fn look(context: &Context<'_>) -> Result<Answer, Problem> {
    let env = context.env;
    let host = WorkerHost::new(env, Deadlines::DOCTOR);
    let config = host.config();
    let base_url = config.as_ref().map(|config| config.base_url.as_str()).unwrap_or_default();
    let own = config.as_ref().ok().and_then(|config| Some(config.partner.as_ref()?.id));
    let ours = async {
        let database = ask::database(&host).await;
        let objects = ask::objects(&host, own, database.work.as_ref().ok()).await;
        (database, objects)
    };
    let ((database, (governors, shop)), shopee_clock) = join(ours, ask::shopee_clock(base_url)).await;
    let doctor = examine(&Facts {
        now_ms: now_ms(),
        tokens: auth::count(&variable(env, "API_TOKENS").unwrap_or_default(), now_ms()),
        crashes: variable(env, "TEST_CRASH").as_deref() == Some("1"),
        missing_bindings: ask::missing_bindings(env),
        config,
        server: database.server,
        schema: database.schema,
        work: database.work,
        postgres_clock: database.clock,
        shopee_clock,
        governors,
        shop,
    });
    Answer::ok(&doctor)
}
