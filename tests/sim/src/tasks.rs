//! Tasks that the scheduler polls by hand, and the points at which they wait.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// What a task belongs to: it dies with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A consumer, a cron or a caller of the HTTP interface.
    Consumer,
    /// One life of an object.
    Object(u64),
}

/// Where a task waits within several futures at once, these are what tells which of them to look at again.
type Wakers = Rc<RefCell<Vec<Waker>>>;

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    owner: Owner,
    what: &'static str,
    work: Option<Work>,
    wakers: Wakers,
    woken: Arc<Woken>,
}

/// Set where one future of a task wakes another: the task is polled again at once.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// All tasks.
#[derive(Default)]
pub struct Tasks {
    tasks: RefCell<std::collections::BTreeMap<u64, Task>>,
    last: Cell<u64>,
}

impl Tasks {
    /// The number that the next task gets.
    pub fn next_id(&self) -> u64 {
        self.last.get() + 1
    }

    /// Adds a task; it is not polled yet.
    pub fn spawn(&self, owner: Owner, what: &'static str, work: impl Future<Output = ()> + 'static) -> u64 {
        self.last.set(self.last.get() + 1);
        let (work, wakers, woken) = (Some(Box::pin(work) as Work), Rc::default(), Arc::default());
        self.tasks.borrow_mut().insert(self.last.get(), Task { owner, what, work, wakers, woken });
        self.last.get()
    }

    /// Polls a task, if it still lives.
    pub fn poll(&self, id: u64) {
        // The task may spawn others meanwhile, so it is not borrowed.
        let taken = |task: &mut Task| Some((task.work.take()?, task.wakers.take(), Arc::clone(&task.woken)));
        let Some((mut work, wakers, woken)) = self.tasks.borrow_mut().get_mut(&id).and_then(taken) else {
            return;
        };
        // Each of them looks whether it was meant.
        wakers.into_iter().for_each(Waker::wake);
        let waker = Waker::from(Arc::clone(&woken));
        let over = loop {
            woken.0.store(false, Ordering::Relaxed);
            let over = work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            if over || !woken.0.load(Ordering::Relaxed) {
                break over;
            }
        };
        let mut tasks = self.tasks.borrow_mut();
        if over {
            tasks.remove(&id);
        } else if let Some(task) = tasks.get_mut(&id) {
            task.work = Some(work);
        }
    }

    /// A future of this task waits for its next poll.
    pub fn waits(&self, id: u64, waker: &Waker) {
        let tasks = self.tasks.borrow();
        let Some(task) = tasks.get(&id) else { return };
        if !waker.will_wake(&Waker::from(Arc::clone(&task.woken))) {
            task.wakers.borrow_mut().push(waker.clone());
        }
    }

    /// Whether a task has not ended.
    pub fn lives(&self, id: u64) -> bool {
        self.tasks.borrow().contains_key(&id)
    }

    /// Ends a task where it stands.
    pub fn kill(&self, id: u64) {
        let task = self.tasks.borrow_mut().remove(&id);
        drop(task);
    }

    /// Ends all tasks of an object.
    pub fn kill_owned(&self, owner: Owner) {
        let ids: Vec<u64> =
            self.tasks.borrow().iter().filter(|(_, task)| task.owner == owner).map(|(id, _)| *id).collect();
        for id in ids {
            self.kill(id);
        }
    }

    /// Whose tasks there are.
    pub fn owners(&self) -> Vec<Owner> {
        self.tasks.borrow().values().map(|task| task.owner).collect()
    }

    /// The consumers that are at work.
    pub fn consumers(&self) -> Vec<u64> {
        let tasks = self.tasks.borrow();
        tasks.iter().filter(|(_, task)| task.owner == Owner::Consumer).map(|(id, _)| *id).collect()
    }

    /// What they do, for people.
    pub fn list(&self) -> Vec<(u64, Owner, &'static str)> {
        self.tasks.borrow().iter().map(|(id, task)| (*id, task.owner, task.what)).collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.tasks.borrow().len()
    }
}

/// A value that another task or the scheduler will put here. Waiting on it ends when it is there.
pub struct Slot<T>(Rc<RefCell<Option<T>>>, Rc<Cell<Option<Waker>>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0), Rc::clone(&self.1))
    }
}

impl<T> Slot<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self(Rc::default(), Rc::default())
    }

    /// What it is, to tell two apart.
    pub fn inner(&self) -> &Rc<RefCell<Option<T>>> {
        &self.0
    }

    /// Fills it.
    pub fn put(&self, value: T) {
        *self.0.borrow_mut() = Some(value);
        if let Some(waker) = self.1.take() {
            waker.wake();
        }
    }

    /// Waits until it is filled.
    pub async fn take(&self) -> T {
        std::future::poll_fn(|context| {
            self.1.set(Some(context.waker().clone()));
            self.0.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
