//! A shop's campaigns at Shopee, as a budget write reads and edits them. Every call has a permit, and the shop's object
//! learns how it was answered.

use crate::{
    access::{client, token},
    attempt_error::{self, AttemptError},
    host::{Host, Level},
    invocation::Invocation,
    object_client::ShopObject,
    permitted_calls::{Calls, Purpose},
    sync::gather,
};
use compact::{SortedMap, json};
use shopee::{AdType, ApiError, CampaignSettings, ErrorClass, Partner, ShopAccess};
use std::cell::RefCell;
use store::{budgets, shops::ShopRow};
use sync_core::{
    ERROR_TEXT_MAX, Hold, RateLimits, ShopId, TOKEN_RENEWALS_MAX, WaitReason,
    budget::{Money, Observation},
};

/// Shopee's code for a used reference id, among others.
const WRONG_PARAMETERS: &str = "error_param";

/// Access to a shop's campaigns.
pub struct Campaigns<'i, 'h, H: Host> {
    invocation: &'i Invocation<'h, H>,
    shop: &'i ShopRow,
    partner: Partner,
    rate_limits: RateLimits,
    token: RefCell<ShopAccess>,
}

impl<'i, 'h, H: Host> Campaigns<'i, 'h, H> {
    /// Loads the app and the token.
    ///
    /// # Errors
    /// One of them is not available now.
    pub async fn open(invocation: &'i Invocation<'h, H>, shop: &'i ShopRow) -> Result<Self, AttemptError> {
        let (partner, rate_limits) = client::app(&invocation.config, shop)?;
        let token = RefCell::new(token::current_token(invocation, shop).await?);
        Ok(Self { invocation, shop, partner, rate_limits, token })
    }

    /// Reads settings: one observation per id. An id missing from an answer is requested again alone before it counts
    /// as missing; an answer that lacks all of several ids does not count as an answer.
    ///
    /// # Errors
    /// No permit is available soon, or the shop cannot call at all.
    pub async fn read(&self, ids: &[i64]) -> Result<SortedMap<i64, Observation>, AttemptError> {
        let mut seen = self.ask(ids).await?;
        let absent: Vec<i64> = ids.iter().copied().filter(|id| !seen.contains_key(id)).collect();
        if absent.len() > 1 && seen.is_empty() {
            let message = "Shopee's answer has none of the campaigns that were asked for".to_owned();
            let failed = |id| (id, Observation::ReadFailed { message: message.clone() });
            return Ok(absent.into_iter().map(failed).collect());
        }
        for id in absent {
            let again = self.ask(&[id]).await?.remove(&id);
            seen.insert(id, again.unwrap_or(Observation::Missing));
        }
        Ok(seen)
    }

    /// What the answers say of these ids. An id that is missing from a complete answer is left out.
    async fn ask(&self, ids: &[i64]) -> Result<SortedMap<i64, Observation>, AttemptError> {
        let trouble = RefCell::new(None);
        let call = |group: Vec<i64>| {
            let trouble = &trouble;
            async move {
                let asked = self.settings(&group).await;
                asked.map_err(|(error, stop)| {
                    trouble.replace(stop);
                    error
                })
            }
        };
        let gathered = gather(ids, call).await;
        if let Some(stop) = trouble.take() {
            return Err(stop);
        }
        let failed = |message: String| Observation::ReadFailed { message };
        let gathered = match gathered {
            Ok(gathered) => gathered,
            Err(error) => {
                return Ok(ids.iter().map(|id| (*id, failed(error.message.clone()))).collect());
            }
        };
        let mut seen: SortedMap<i64, Observation> =
            gathered.refused.into_iter().map(|refused| (refused.id, Observation::Missing)).collect();
        for (asked, answer) in gathered.answers {
            let partial = answer.warning.clone();
            seen.extend(observed(answer));
            if let Some(warning) = partial {
                for id in asked {
                    seen.entry(id).or_insert_with(|| failed(warning.clone()));
                }
            }
        }
        Ok(seen)
    }

    /// One call, with a new token if Shopee refuses the current one.
    async fn settings(&self, ids: &[i64]) -> Result<CampaignSettings, (ApiError, Option<AttemptError>)> {
        let mut renewals = 0_u32;
        loop {
            let calls = self.calls();
            let client =
                client::client(self.invocation.host, &self.invocation.config, self.partner.clone(), &calls);
            let token = self.token.borrow().clone();
            let result = client.campaign_settings(&token, ids).await;
            self.tell(&calls, result.as_ref().err()).await;
            let Err(error) = result else { return result.map_err(|error| (error, None)) };
            if let Some(hold) = calls.deferred() {
                return Err((error, Some(AttemptError::Deferred(hold))));
            }
            match error.class {
                ErrorClass::RefreshToken if renewals < TOKEN_RENEWALS_MAX => {
                    self.renew(&token, &calls).await.map_err(|trouble| (error, Some(trouble)))?;
                    renewals = renewals.saturating_add(1);
                }
                ErrorClass::Reconsent | ErrorClass::FatalConfiguration => {
                    let failure = attempt_error::failure(&error, calls.made());
                    return Err((error, Some(AttemptError::Refused(failure))));
                }
                _ => return Err((error, None)),
            }
        }
    }

    /// Asks Shopee for its budget limits, and keeps the answer for a day. An app without access to them continues
    /// without.
    ///
    /// # Errors
    /// No permit is available soon, or Postgres does not answer.
    pub async fn learn_limits(&self) -> Result<(), AttemptError> {
        let calls = self.calls();
        let client =
            client::client(self.invocation.host, &self.invocation.config, self.partner.clone(), &calls);
        let token = self.token.borrow().clone();
        let reference_id = format!("limits-{}-{}", self.shop.shop_id, self.shop.today);
        let result = client.budget_limits(&token, &reference_id).await;
        // Throttling of this endpoint alone holds nothing up: it pauses for a day. A used-up day quota is reported.
        let is_throttled =
            |error: &ApiError| matches!(error.class, ErrorClass::PauseApp | ErrorClass::PauseShop);
        self.tell(&calls, result.as_ref().err().filter(|error| !is_throttled(error))).await;
        let mut is_known = true;
        let (min, max) = match result {
            Ok(limits) => (Money::from_platform(limits.min), limits.max.and_then(Money::from_platform)),
            Err(error) => match (calls.deferred(), error.class) {
                (Some(Hold { reason: WaitReason::EndpointQuota(_), .. }), _) => return Ok(()),
                (Some(hold), _) => return Err(AttemptError::Deferred(hold)),
                (None, ErrorClass::FatalConfiguration | ErrorClass::Quarantine) => (None, None),
                (None, _) if is_throttled(&error) => {
                    is_known = false;
                    (None, None)
                }
                // The next tick asks again.
                _ => return Ok(()),
            },
        };
        let text =
            |limit: Option<Money>| limit.filter(|limit| !limit.is_unlimited()).map(|limit| limit.to_string());
        let (db, shop_id) = (&self.invocation.db, self.shop.shop_id);
        Ok(budgets::limits(db, shop_id, text(min).as_deref(), text(max).as_deref(), is_known).await?)
    }

    /// The calls for an edit; call [`Campaigns::permit`] first.
    pub fn edits(&self) -> Calls<'h, H> {
        self.calls()
    }

    /// Takes the permit that [`Campaigns::edit`] uses.
    ///
    /// # Errors
    /// No permit is available soon.
    pub async fn permit(&self, calls: &Calls<'h, H>, ad_type: AdType) -> Result<(), AttemptError> {
        calls.reserve(ad_type.endpoint()).await.map_err(|error| match calls.deferred() {
            Some(hold) => AttemptError::Deferred(hold),
            None => attempt_error::refused(ErrorClass::Retry, error.to_string()).into(),
        })
    }

    /// Sends one edit.
    pub async fn edit(
        &self,
        calls: &Calls<'h, H>,
        campaign_id: i64,
        (ad_type, budget): (AdType, Money),
        reference_id: &str,
    ) -> Observation {
        let client =
            client::client(self.invocation.host, &self.invocation.config, self.partner.clone(), calls);
        let token = self.token.borrow().clone();
        let result =
            client.change_budget(&token, ad_type, campaign_id, budget.to_platform(), reference_id).await;
        self.tell(calls, result.as_ref().err()).await;
        let Err(error) = result else { return Observation::EditAccepted };
        let fields = json!({ "shop": self.shop.shop_id, "campaign": campaign_id, "code": error.code,
                             "detail": error.detail, "class": error.class });
        self.invocation.host.log(Level::Warn, "budget_edit", fields);
        if error.class == ErrorClass::RefreshToken {
            // If there is no token yet, the next edit requests one.
            drop(self.renew(&token, calls).await);
        }
        let message: String = error.message.chars().take(ERROR_TEXT_MAX).collect();
        if calls.made() == 0 {
            return Observation::EditRefused { message, is_final: false };
        }
        match error.class {
            ErrorClass::UnknownOutcome if error.code == WRONG_PARAMETERS => {
                Observation::EditDuplicate { message }
            }
            ErrorClass::UnknownOutcome => Observation::EditUnknown { message },
            _ if error.may_pass() => Observation::EditDeferred { message },
            class => Observation::EditRefused { message, is_final: class == ErrorClass::Quarantine },
        }
    }

    fn calls(&self) -> Calls<'h, H> {
        Calls::new(self.invocation.host, Purpose::single(ShopId(self.shop.shop_id), None, self.rate_limits))
    }

    async fn renew(&self, refused: &ShopAccess, calls: &Calls<'h, H>) -> Result<(), AttemptError> {
        let refused = Some((&refused.access_token, calls));
        let token = token::renewed_token(self.invocation, self.shop, refused).await?;
        self.token.replace(token);
        Ok(())
    }

    async fn tell(&self, calls: &Calls<'h, H>, error: Option<&ApiError>) {
        let Some(slot_ms) = calls.slot_ms().filter(|_| calls.made() > 0) else { return };
        let failure = error.map(|error| attempt_error::failure(error, calls.made()));
        let object = ShopObject::new(self.invocation.host, ShopId(self.shop.shop_id));
        if let Err(error) = object.answered(slot_ms, failure).await {
            let fields = json!({ "shop": self.shop.shop_id, "error": error });
            self.invocation.host.log(Level::Warn, "answer_not_told", fields);
        }
    }
}

/// The campaigns of an answer. A budget that is not a valid amount is not rounded to the nearest one.
fn observed(answer: CampaignSettings) -> SortedMap<i64, Observation> {
    let mut seen: SortedMap<i64, Observation> = SortedMap::new();
    for bad in answer.malformed {
        let message = format!("{}: {}", bad.field, bad.reason);
        if let Some(id) = bad.campaign_id {
            seen.insert(id, Observation::ReadFailed { message });
        }
    }
    for campaign in answer.campaigns {
        let observation = match Money::from_platform(campaign.campaign_budget) {
            Some(budget) => {
                Observation::Setting { budget, status: campaign.status, ad_type: campaign.ad_type }
            }
            None => Observation::ReadFailed {
                message: format!("campaign_budget: {} is no amount", campaign.campaign_budget),
            },
        };
        seen.insert(campaign.campaign_id, observation);
    }
    seen
}
