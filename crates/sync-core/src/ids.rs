//! Typed identifiers.

use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr};

/// A Shopee shop, the tenant. 0 < id < 2^32 (Shopee: common parameters of every shop API).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShopId(pub i64);

/// A partner app: its `partner_id` at Shopee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(pub i64);

/// A run's number within its shop. Strictly rising: work with an older one writes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub i64);

impl Generation {
    /// The generation after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The stage of a run to which a chunk belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Settings of the planned campaigns.
    Campaigns,
    /// Daily and hourly performance of the planned campaigns.
    Performance,
    /// The whole shop's performance and balance: one chunk without ids, beside the performance chunks.
    ShopTotals,
}

impl Stage {
    /// The stage's name in messages, in Postgres and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Campaigns => "campaigns",
            Self::Performance => "performance",
            Self::ShopTotals => "shop_totals",
        }
    }
}

impl FromStr for Stage {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Campaigns, Self::Performance, Self::ShopTotals]
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or_else(|| format!("unknown stage '{text}'"))
    }
}

/// One chunk of a run: its stage and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkKey {
    /// The stage.
    pub stage: Stage,
    /// The index within the stage, from 0.
    pub index: u32,
}

impl fmt::Display for ChunkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stage.as_str(), self.index)
    }
}

/// A run's public name, `<shop>-<generation>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId {
    /// The shop.
    pub shop: ShopId,
    /// The run's number within the shop.
    pub generation: Generation,
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shop.0, self.generation.0)
    }
}

impl FromStr for RunId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || -> Result<Option<Self>, ParseIntError> {
            let Some((shop, generation)) = text.split_once('-') else { return Ok(None) };
            Ok(Some(Self { shop: ShopId(shop.parse()?), generation: Generation(generation.parse()?) }))
        };
        match parse() {
            Ok(Some(id)) if id.shop.0 > 0 && id.generation.0 > 0 => Ok(id),
            _ => Err("a run id has the form <shop>-<generation>, for example 532963124-7".to_owned()),
        }
    }
}
