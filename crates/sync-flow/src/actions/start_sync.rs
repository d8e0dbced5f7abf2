//! Accepts a requested sync: writes its row first, then begins its run at once.

use crate::error::FlowError;
use crate::{
    access::settings,
    host::Host,
    invocation::Invocation,
    sync::begin::{self, MayNotCall, Started},
};
use store::{
    queue::{self, Job, NewJob},
    shops,
};
use sync_core::{BeginReply, CLAIM_SECONDS, Generation, Hold, Kind, RunId, ShopId, StartMessage};

/// Why nothing was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A field of the request is invalid.
    Field {
        /// Its name.
        field: String,
        /// What is wrong, or what is allowed.
        reason: String,
    },
    /// The shop has no row.
    UnknownShop,
    /// Nothing can be asked of Shopee for the shop.
    MayNotCall(MayNotCall),
    /// Others are at work, or it took too long: the caller should try again.
    Busy(&'static str),
    /// No call to Shopee may be made before a time.
    Waits(Hold),
    /// Shopee refused or failed; in words for the caller.
    Failed(String),
    /// A required part does not answer; nothing is lost.
    Unavailable(String),
}

impl Refusal {
    pub(crate) fn unavailable(error: impl ToString) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// An accepted job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedJob {
    /// The run that serves the job, or for which it waits.
    pub run: RunId,
    /// The queue row.
    pub job_id: String,
    /// How the job relates to the run: `begun`, `joined`, `waits_for_this_run`, `joins_this_run_or_follows_it`, `over`.
    pub relation: &'static str,
}

/// Makes a job durable, begins its run and hands it to the consumers. Returns the new run, or the one that is active.
///
/// # Errors
/// Nothing was accepted, except for [`Refusal::Unavailable`], where the row may be durable: then a tick starts it.
pub async fn accept(host: &impl Host, new: NewJob) -> Result<AcceptedJob, Refusal> {
    Kind::parse(&new.sync_type, &new.sync_params).map_err(|error| {
        let field = if error.field == "sync_type" { "kind" } else { error.field };
        Refusal::Field { field: field.to_owned(), reason: error.reason }
    })?;
    let invocation = Invocation::open(host).await.map_err(Refusal::unavailable)?;
    let shop_id = ShopId(new.shop_id);
    let shop = shops::load(&invocation.db, shop_id.0).await.map_err(Refusal::unavailable)?;
    let shop = shop.ok_or(Refusal::UnknownShop)?;
    settings::settings(&shop, new.chunk_size)
        .map_err(|error| Refusal::Field { field: error.field.to_owned(), reason: error.to_string() })?;
    begin::may_call(&invocation, &shop).map_err(Refusal::MayNotCall)?;

    let inserted = queue::insert_claimed(&invocation.db, &new, CLAIM_SECONDS).await;
    let job = inserted.map_err(Refusal::unavailable)?;
    let accepted = |generation: Generation, relation| AcceptedJob {
        run: RunId { shop: shop_id, generation },
        job_id: job.id.clone(),
        relation,
    };
    if job.status != "processing" {
        return Ok(accepted(Generation(job.generation.unwrap_or(0)), "over"));
    }
    // From here on the row is durable: whatever fails below, its claim expires and the next tick starts it.
    let asked_at_ms = host.now_ms();
    let started = begin::job_of(&invocation, Some(shop), &job, asked_at_ms).await;
    send(host, &job, asked_at_ms).await.map_err(Refusal::unavailable)?;
    match started {
        Ok(Started::Active { generation, .. }) => Ok(accepted(generation, "begun")),
        Ok(Started::Behind { reply }) => Ok(accepted(reply.generation(), relation(&reply))),
        Ok(Started::Refused { field, message }) => {
            Err(Refusal::Field { field: field.to_owned(), reason: message })
        }
        Err(error) => Err(Refusal::unavailable(error)),
    }
}

async fn send(host: &impl Host, job: &Job, asked_at_ms: i64) -> Result<(), FlowError> {
    host.send_start(&[StartMessage::new(ShopId(job.shop_id), job.id.clone(), asked_at_ms)]).await
}

fn relation(reply: &BeginReply) -> &'static str {
    match reply {
        BeginReply::Begun { .. } | BeginReply::Resumed { .. } => "begun",
        BeginReply::Joined { .. } => "joined",
        BeginReply::Busy { .. } | BeginReply::Closing { .. } => "waits_for_this_run",
        BeginReply::Verifying { .. } => "joins_this_run_or_follows_it",
        BeginReply::Over { .. } | BeginReply::Refused { .. } => "over",
    }
}
