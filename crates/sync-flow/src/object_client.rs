//! A typed client for objects.

use crate::error::FlowError;
use crate::{
    commands::{AppCommand, Command, NewConsent, TokenReply},
    host::Host,
    run_view::RunView,
};
use serde::de::DeserializeOwned;
use sync_core::{
    ActionReply, AppId, AttemptFailure, AttemptOutcome, Begin, BeginReply, ChunkKey, ClaimReply, CommitReply,
    Conflict, Generation, Handout, Hold, ListedPage, ListingLease, PageReply, PermitReply, PermitRequest,
    RateLimits, RunAction, RunState, ShopId,
};

/// One shop's object. Every error is a text for the log: the object did not answer, and may or may not have carried out
/// the command.
#[derive(Clone, Copy)]
pub struct ShopObject<'h, H> {
    host: &'h H,
    shop_id: ShopId,
}

#[expect(missing_docs, reason = "each method is the command of the same name")]
#[expect(clippy::missing_errors_doc, reason = "the type says it")]
impl<'h, H: Host> ShopObject<'h, H> {
    pub fn new(host: &'h H, shop_id: ShopId) -> Self {
        Self { host, shop_id }
    }

    pub async fn begin(&self, request: Begin) -> Result<BeginReply, FlowError> {
        self.ask(Command::Begin { request }).await
    }

    pub async fn claim_listing(&self, generation: Generation) -> Result<Option<ListingLease>, FlowError> {
        self.ask(Command::ClaimListing { generation }).await
    }

    pub async fn page(
        &self,
        generation: Generation,
        attempt: u32,
        page: ListedPage,
    ) -> Result<PageReply, FlowError> {
        self.ask(Command::Page { generation, attempt, page }).await
    }

    pub async fn listing_failed(
        &self,
        generation: Generation,
        attempt: u32,
        failure: AttemptFailure,
    ) -> Result<(), FlowError> {
        self.ask(Command::ListingFailed { generation, attempt, failure }).await
    }

    pub async fn listing_deferred(
        &self,
        generation: Generation,
        attempt: u32,
        hold: Hold,
    ) -> Result<(), FlowError> {
        self.ask(Command::ListingDeferred { generation, attempt, hold }).await
    }

    pub async fn claim(
        &self,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        rate_limits: Option<RateLimits>,
    ) -> Result<ClaimReply, FlowError> {
        self.ask(Command::Claim { generation, key, attempt, rate_limits }).await
    }

    pub async fn commit(
        &self,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: AttemptOutcome,
        goes_on: Option<RateLimits>,
    ) -> Result<CommitReply, FlowError> {
        self.ask(Command::Commit { generation, key, attempt, outcome, goes_on }).await
    }

    pub async fn next(&self, generation: Generation, rate_limits: RateLimits) -> Result<Handout, FlowError> {
        self.ask(Command::Next { generation, rate_limits }).await
    }

    pub async fn permit(&self, request: PermitRequest) -> Result<PermitReply, FlowError> {
        self.ask(Command::Permit { request }).await
    }

    pub async fn hold(&self, hold: Hold) -> Result<(), FlowError> {
        self.ask(Command::Hold { hold }).await
    }

    pub async fn answered(&self, slot_ms: i64, failure: Option<AttemptFailure>) -> Result<(), FlowError> {
        self.ask(Command::Answered { slot_ms, failure }).await
    }

    pub async fn token(
        &self,
        refused: Option<String>,
        slot_ms: Option<i64>,
    ) -> Result<TokenReply, FlowError> {
        self.ask(Command::Token { refused, slot_ms }).await
    }

    pub async fn adopt(&self, consent: NewConsent) -> Result<TokenReply, FlowError> {
        self.ask(Command::Adopt { consent }).await
    }

    pub async fn cancel(&self, generation: Generation, reason: String) -> Result<bool, FlowError> {
        self.ask(Command::Cancel { generation, reason }).await
    }

    pub async fn request(
        &self,
        generation: Generation,
        verb: RunAction,
        by: String,
    ) -> Result<ActionReply, FlowError> {
        self.ask(Command::Request { generation, verb, by }).await
    }

    pub async fn may(
        &self,
        generation: Generation,
        verb: RunAction,
    ) -> Result<Result<RunState, Conflict>, FlowError> {
        self.ask(Command::May { generation, verb }).await
    }

    pub async fn wake(&self) -> Result<Option<RunView>, FlowError> {
        self.ask(Command::Wake).await
    }

    pub async fn view(&self) -> Result<Option<RunView>, FlowError> {
        self.ask(Command::View).await
    }

    async fn ask<R: DeserializeOwned>(&self, command: Command) -> Result<R, FlowError> {
        read(&self.host.ask_shop(self.shop_id, &command).await?)
    }
}

/// Sends a command to an app's governor on behalf of a shop.
///
/// # Errors
/// The governor did not answer.
pub async fn governor<R: DeserializeOwned>(
    host: &impl Host,
    app: AppId,
    shop_id: ShopId,
    command: AppCommand,
) -> Result<R, FlowError> {
    read(&host.ask_governor(app, shop_id, &command).await?)
}

// The parser's message may quote a value, which may be a token.
fn read<R: DeserializeOwned>(text: &str) -> Result<R, FlowError> {
    compact::json::from_str(text).map_err(|error| {
        FlowError::Invalid(format!("an object gave an odd answer at column {}", error.column()))
    })
}
