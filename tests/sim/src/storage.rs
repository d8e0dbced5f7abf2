//! An object's storage: what the Worker keeps in SQLite, as the same texts.

use crate::{custody, faults::Fault, invariants, permits, standing, world::World};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};
use sync_core::{ChunkKey, Shop, ShopChanges, ShopId, VALUE_BYTES_MAX};
use sync_flow::error::FlowError;
use sync_flow::host::Storage;

/// What is stored. It outlives the object.
#[derive(Default)]
pub struct Disk {
    documents: RefCell<BTreeMap<String, String>>,
    pages: RefCell<BTreeMap<u32, String>>,
    chunks: RefCell<BTreeMap<ChunkKey, String>>,
}

impl Disk {
    /// A document.
    pub fn document(&self, name: &str) -> Option<String> {
        self.documents.borrow().get(name).cloned()
    }

    /// The shop's state as it would be read.
    pub fn shop(&self, shop_id: ShopId) -> Shop {
        let read = |name| self.document(name);
        let header = read("header").map(|text| serde_json::from_str(&text).expect("a header"));
        let limiter =
            read("pace").map(|text| serde_json::from_str(&text).expect("a bucket")).unwrap_or_default();
        let pages = self.pages.borrow();
        let ids = pages.values().flat_map(|page| serde_json::from_str::<Vec<i64>>(page).expect("ids"));
        let chunks = self.chunks.borrow();
        let chunks = chunks.values().map(|chunk| serde_json::from_str(chunk).expect("a chunk"));
        Shop::restore(shop_id, limiter, header, ids.collect(), chunks.collect())
    }
}

/// The storage of one life of an object.
pub struct SimStorage {
    world: Rc<World>,
    name: crate::world::Name,
    disk: Rc<Disk>,
}

impl SimStorage {
    /// Of this object.
    pub fn new(world: Rc<World>, name: crate::world::Name, disk: Rc<Disk>) -> Self {
        Self { world, name, disk }
    }
}

impl Storage for SimStorage {
    fn load_shop(&self, shop_id: ShopId) -> Result<Shop, FlowError> {
        Ok(self.disk.shop(shop_id))
    }

    fn save_shop(&self, shop: &Shop, changes: &ShopChanges) -> Result<(), FlowError> {
        if self.world.strikes(Fault::StorageFails) {
            return Err(FlowError::platform("the storage did not take it"));
        }
        let rows = [changes.limiter, changes.header].into_iter().filter(|is_changed| *is_changed).count()
            + changes.pages.len()
            + changes.chunks.len();
        self.world.bill(|cost| cost.object_rows += rows as u64);
        if changes.limiter {
            self.disk.documents.borrow_mut().insert("pace".to_owned(), text(&shop.limiter));
        }
        if changes.new_run {
            self.disk.pages.borrow_mut().clear();
            self.disk.chunks.borrow_mut().clear();
        }
        if let Some(run) = &shop.run {
            if changes.header {
                self.disk.documents.borrow_mut().insert("header".to_owned(), text(&run.header));
            }
            for (page, ids) in &changes.pages {
                self.disk.pages.borrow_mut().insert(*page, text(ids));
            }
            for key in &changes.chunks {
                if let Some(chunk) = run.chunks.get(key) {
                    self.disk.chunks.borrow_mut().insert(*key, text(chunk));
                }
            }
        }
        if self.world.chance(20) {
            let stored = self.disk.shop(shop.shop_id);
            if stored.run != shop.run || stored.limiter != shop.limiter {
                let what = difference(&stored, shop);
                self.world.broken(format!("storage and memory of shop {} differ: {what}", shop.shop_id.0));
            }
        }
        invariants::shop(&self.world, shop);
        permits::stored(&self.world, shop);
        standing::stored(&self.world, shop);
        Ok(())
    }

    fn record(&self, name: &str) -> Result<Option<String>, FlowError> {
        Ok(self.disk.document(name))
    }

    fn put_record(&self, name: &str, body: &str) -> Result<(), FlowError> {
        self.world.bill(|cost| cost.object_rows += 1);
        self.disk.documents.borrow_mut().insert(name.to_owned(), body.to_owned());
        if let (crate::world::Name::Shop(shop), "custody") = (self.name, name) {
            custody::kept(&self.world, shop, body);
        }
        Ok(())
    }

    async fn set_alarm(&self, at_ms: i64) -> Result<(), FlowError> {
        if self.world.strikes(Fault::AlarmFails) {
            return Err(FlowError::platform("the alarm was not set"));
        }
        self.world.bill(|cost| cost.object_rows += 1);
        self.world.set_alarm(self.name, at_ms);
        Ok(())
    }
}

fn text(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).expect("plain data");
    assert!(text.len() < VALUE_BYTES_MAX, "{} bytes are more than the platform stores", text.len());
    text
}

fn difference(stored: &Shop, shop: &Shop) -> String {
    if stored.limiter != shop.limiter {
        return format!("{:?} and {:?}", stored.limiter, shop.limiter);
    }
    let (Some(stored), Some(run)) = (&stored.run, &shop.run) else { return "one has no run".to_owned() };
    let chunk = run.chunks.iter().find(|(key, chunk)| stored.chunks.get(key) != Some(chunk));
    match chunk {
        Some((key, chunk)) => format!("{:?} and {chunk:?}", stored.chunks.get(key)),
        None if stored.header != run.header => format!("{:?} and {:?}", stored.header, run.header),
        None => format!("{} and {} ids", stored.plan.len(), run.plan.len()),
    }
}
