//! Objects: their lives, their storage, their alarms.

use crate::{
    case::Variant,
    faults::Fault,
    host::SimHost,
    storage::SimStorage,
    tasks::{Owner, Slot},
    world::{Event, Mind, Name, Object, Open, World},
};
use std::rc::Rc;
use sync_core::{AppId, Generation, Shop, ShopId, Stage};
use sync_flow::commands::{AppCommand, Command, Envelope};
use sync_flow::error::FlowError;

impl World {
    /// Calls an object; the answer comes into `reply`. Gives the event's task.
    pub fn call_object(
        world: &Rc<Self>,
        name: Name,
        text: String,
        reply: Slot<Result<String, FlowError>>,
    ) -> u64 {
        let caller = world.current.get();
        let (life, mind, storage) = world.enter(name);
        world.open.borrow_mut().push(Open { life, caller, reply: reply.clone() });
        let inner = Rc::clone(world);
        world.start(Owner::Object(life), "command", async move {
            let host = SimHost { world: Rc::clone(&inner) };
            let answer = match mind {
                Mind::Shop(object) => {
                    let Envelope { shop_id, command } =
                        serde_json::from_str::<Envelope<Command>>(&text).expect("a command");
                    let command = inner.tampered(command);
                    object.execute(&host, &storage, shop_id, command).await
                }
                Mind::App(object) => {
                    let Envelope { shop_id, command } =
                        serde_json::from_str::<Envelope<AppCommand>>(&text).expect("a command");
                    let Name::App(app) = name else { unreachable!("an app's mind has an app's name") };
                    object.execute(&host, &storage, AppId(app), shop_id, command).await
                }
            };
            inner
                .open
                .borrow_mut()
                .retain(|open| !(open.life == life && Rc::ptr_eq(open.reply.inner(), reply.inner())));
            reply.put(answer.map(|value| value.to_string()));
            let hop_ms = inner.pick(8).into();
            inner.later(hop_ms, Event::Ready(caller));
        })
    }

    /// Nobody waits for an event's answer any more. It goes on, or ends where it stands while its object lives on.
    pub fn abandon(&self, event: u64) {
        if self.tasks.lives(event) && self.strikes(Fault::KillEvent) {
            self.tasks.kill(event);
        }
    }

    pub(crate) fn tampered(&self, command: Command) -> Command {
        match command {
            Command::Begin { mut request } if self.case.variant == Some(Variant::NoAttemptBound) => {
                request.settings.max_attempts = u32::MAX;
                Command::Begin { request }
            }
            other => other,
        }
    }

    pub(crate) fn enter(self: &Rc<Self>, name: Name) -> (u64, Mind, SimStorage) {
        let mut objects = self.objects.borrow_mut();
        let object = objects.entry(name).or_insert_with(|| Object {
            life: self.fresh_life(),
            mind: fresh_mind(name),
            disk: Rc::default(),
            alarm: None,
            ringing: None,
        });
        let storage = SimStorage::new(Rc::clone(self), name, Rc::clone(&object.disk));
        (object.life, object.mind.clone(), storage)
    }

    pub(crate) fn fresh_life(&self) -> u64 {
        self.sequence.set(self.sequence.get() + 1);
        self.sequence.get()
    }

    /// The object dies; its storage stays. Whoever waits for it hears that it is gone.
    pub(crate) fn evict(self: &Rc<Self>, name: Name) {
        let (life, ringing) = {
            let mut objects = self.objects.borrow_mut();
            let Some(object) = objects.get_mut(&name) else { return };
            let old = object.life;
            (object.life, object.mind) = (self.fresh_life(), fresh_mind(name));
            (old, object.ringing.take().is_some() && object.alarm.is_none())
        };
        self.tasks.kill_owned(Owner::Object(life));
        let lost: Vec<Open> = {
            let mut open = self.open.borrow_mut();
            let (lost, kept) = std::mem::take(&mut *open).into_iter().partition(|call| call.life == life);
            *open = kept;
            lost
        };
        for call in lost {
            call.reply.put(Err(FlowError::platform("the object was evicted")));
            self.later(self.pick(8).into(), Event::Ready(call.caller));
        }
        if ringing {
            // The platform rings again an alarm whose handler did not end.
            self.set_alarm(name, self.now_ms.get() + 2_000);
        }
    }

    /// Sets an object's one alarm.
    pub fn set_alarm(&self, name: Name, at_ms: i64) {
        let number = self.fresh_life();
        if let Some(object) = self.objects.borrow_mut().get_mut(&name) {
            object.alarm = Some((at_ms, number));
        }
        if self.strikes(Fault::LostAlarm) {
            return;
        }
        let late_ms = if self.strikes(Fault::LateAlarm) { self.pick(120_000).into() } else { 0 };
        self.at(at_ms.max(self.now_ms.get() + 1) + late_ms, Event::Alarm(name, number));
        if self.strikes(Fault::DoubleAlarm) {
            self.at(
                at_ms.max(self.now_ms.get() + 1) + i64::from(self.pick(5_000)),
                Event::Alarm(name, number),
            );
        }
    }

    pub(crate) fn ring(self: &Rc<Self>, name: Name, number: u64) {
        let Name::Shop(shop) = name else { return };
        {
            let mut objects = self.objects.borrow_mut();
            let Some(object) = objects.get_mut(&name) else { return };
            match object.alarm {
                Some((_, armed)) if armed == number => object.alarm = None,
                // Set anew since; a doubled ring comes after the first has taken it.
                Some(_) => return,
                None if self.case.faults.contains(Fault::DoubleAlarm) => {}
                None => return,
            }
        }
        let (life, mind, storage) = self.enter(name);
        let Mind::Shop(object) = mind else { return };
        self.bill(|cost| cost.object_requests += 1);
        let inner = Rc::clone(self);
        let task = self.start(Owner::Object(life), "alarm", async move {
            let host = SimHost { world: Rc::clone(&inner) };
            let rung = object.alarm(&host, &storage, ShopId(shop)).await;
            if let Some(object) = inner.objects.borrow_mut().get_mut(&name) {
                object.ringing = None;
            }
            if rung.is_err() {
                inner.set_alarm(name, inner.now_ms.get() + 2_000);
            }
        });
        if let Some(object) = self.objects.borrow_mut().get_mut(&name) {
            object.ringing = Some(task);
        }
    }

    /// A shop's state as it is stored.
    pub fn stored(&self, shop: i64) -> Option<Shop> {
        let objects = self.objects.borrow();
        objects.get(&Name::Shop(shop)).map(|object| object.disk.shop(ShopId(shop)))
    }

    /// The governor's state as it is stored.
    pub fn governor(&self) -> Option<String> {
        let name = Name::App(self.config.partner.as_ref()?.id);
        self.objects.borrow().get(&name)?.disk.document("governor")
    }

    /// The last index of a run's second stage.
    pub fn last_index(&self, shop: ShopId, generation: Generation) -> Option<u32> {
        let run = self.stored(shop.0)?.run.filter(|run| run.header.generation == generation)?;
        run.total_chunks(Stage::Performance).checked_sub(1)
    }
}

fn fresh_mind(name: Name) -> Mind {
    match name {
        Name::Shop(_) => Mind::Shop(Rc::default()),
        Name::App(_) => Mind::App(Rc::default()),
    }
}
