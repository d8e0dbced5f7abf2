//! Whether a connection to Postgres carries one statement at a time.
//!
//! A client that sends its next statement before the answer to the last one is complete confuses pgbouncer before 1.21 in
//! transaction mode: once ReadyForQuery comes, it gives the server to somebody else, in the middle of the next statement too.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Of all connections.
#[derive(Debug, Default)]
pub struct Counts {
    statements: AtomicU64,
    early: AtomicU64,
}

impl Counts {
    /// Statements that were sent.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Those that were sent before the answer to the one before was complete.
    #[must_use]
    pub fn early(&self) -> u64 {
        self.early.load(Ordering::Relaxed)
    }
}

/// Where the messages of one direction begin.
/// (PostgreSQL: "Message Formats": a byte for the kind and four for the length; a startup message has no kind.)
#[derive(Debug, Default)]
struct Frames {
    head: Vec<u8>,
    left: usize,
    has_begun: bool,
}

impl Frames {
    /// Takes in bytes; tells the kind of each message that begins in them, 0 for one without.
    fn read(&mut self, mut bytes: &[u8], mut begins: impl FnMut(u8)) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.left > 0 {
                let passed = self.left.min(bytes.len());
                self.left -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            bytes = rest;
            self.head.push(*byte);
            if let Some((kind, length)) = self.head_is_whole() {
                self.left = length.saturating_sub(4);
                self.head.clear();
                self.has_begun = true;
                begins(kind);
            }
        }
    }

    fn head_is_whole(&self) -> Option<(u8, usize)> {
        let (kind, length) = match self.head[..] {
            [a, b, c, d] if !self.has_begun => (0, [a, b, c, d]),
            [kind, a, b, c, d] => (kind, [a, b, c, d]),
            _ => return None,
        };
        Some((kind, usize::try_from(u32::from_be_bytes(length)).ok()?))
    }
}

#[derive(Debug, Default)]
struct State {
    from_client: Frames,
    from_server: Frames,
    /// A statement's answer is not complete.
    is_open: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Turns<'c> {
    counts: &'c Counts,
    state: Mutex<State>,
}

impl<'c> Turns<'c> {
    pub(super) fn new(counts: &'c Counts) -> Self {
        let mut state = State::default();
        state.from_server.has_begun = true;
        Self { counts, state: Mutex::new(state) }
    }

    pub(super) fn sent(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { from_client, is_open, .. } = &mut *state;
        from_client.read(bytes, |kind| match kind {
            // Parse or Bind begins a statement; Sync ends what is sent of it.
            b'P' | b'B' | b'Q' if *is_open => drop(self.counts.early.fetch_add(1, Ordering::Relaxed)),
            b'S' | b'Q' => {
                *is_open = true;
                self.counts.statements.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        });
    }

    pub(super) fn answered(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { from_server, is_open, .. } = &mut *state;
        from_server.read(bytes, |kind| *is_open &= kind != b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind][..], &length.to_be_bytes(), body].concat()
    }

    /// A connection that has begun.
    fn connection(counts: &Counts) -> Turns<'_> {
        let turns = Turns::new(counts);
        turns.sent(&message(0, b"\0\x03\0\0user\0ads\0\0")[1..]);
        turns.answered(&[message(b'R', &[0; 4]), message(b'Z', b"I")].concat());
        turns
    }

    fn statement() -> Vec<u8> {
        [message(b'P', &[b'Z'; 30]), message(b'B', b""), message(b'E', b""), message(b'S', b"")].concat()
    }

    #[test]
    fn a_statement_after_the_whole_answer_is_in_its_turn() {
        let counts = Counts::default();
        let turns = connection(&counts);
        for _ in 0..3 {
            statement().chunks(7).for_each(|bytes| turns.sent(bytes));
            turns.answered(&[message(b'D', b"ZZZZZZ"), message(b'C', b""), message(b'Z', b"I")].concat());
        }
        assert_eq!((counts.statements(), counts.early()), (3, 0));
    }

    #[test]
    fn a_statement_before_the_end_of_an_answer_is_early() {
        let counts = Counts::default();
        let turns = connection(&counts);
        turns.sent(&statement());
        turns.answered(&message(b'E', b"SERROR\0"));
        turns.sent(&statement());
        assert!(counts.early() > 0, "{counts:?}");
    }
}
