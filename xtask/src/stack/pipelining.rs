//! Detects pipelined statements on connections to Postgres.
//!
//! In transaction mode, pgbouncer before 1.21 does not support a client that sends a statement before the response to the
//! previous one is complete: on ReadyForQuery it assigns the server connection to another client, even in the middle of
//! the next statement.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Statement counts over all connections.
#[derive(Debug, Default)]
pub struct StatementCounts {
    statements: AtomicU64,
    pipelined: AtomicU64,
}

impl StatementCounts {
    /// The number of statements sent.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The number of statements sent before the response to the previous one was complete.
    #[must_use]
    pub fn pipelined(&self) -> u64 {
        self.pipelined.load(Ordering::Relaxed)
    }
}

/// Splits one direction of the stream into protocol messages.
/// (PostgreSQL, "Message Formats": a type byte and a four-byte length; a startup message has no type byte.)
#[derive(Debug, Default)]
struct MessageReader {
    header: Vec<u8>,
    body_left: usize,
    is_started: bool,
}

impl MessageReader {
    /// Consumes bytes; reports the type of each message whose header they complete, 0 for a startup message.
    fn read(&mut self, mut bytes: &[u8], mut on_message: impl FnMut(u8)) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.body_left > 0 {
                let skipped = self.body_left.min(bytes.len());
                self.body_left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            bytes = rest;
            self.header.push(*byte);
            if let Some((kind, length)) = self.complete_header() {
                self.body_left = length.saturating_sub(4);
                self.header.clear();
                self.is_started = true;
                on_message(kind);
            }
        }
    }

    fn complete_header(&self) -> Option<(u8, usize)> {
        let (kind, length) = match self.header[..] {
            [a, b, c, d] if !self.is_started => (0, [a, b, c, d]),
            [kind, a, b, c, d] => (kind, [a, b, c, d]),
            _ => return None,
        };
        Some((kind, usize::try_from(u32::from_be_bytes(length)).ok()?))
    }
}

#[derive(Debug, Default)]
struct State {
    from_client: MessageReader,
    from_server: MessageReader,
    /// The response to a statement is not complete.
    awaits_response: bool,
}

/// The state of one connection.
#[derive(Debug)]
pub(super) struct PipeliningCheck<'c> {
    counts: &'c StatementCounts,
    state: Mutex<State>,
}

impl<'c> PipeliningCheck<'c> {
    pub(super) fn new(counts: &'c StatementCounts) -> Self {
        let mut state = State::default();
        state.from_server.is_started = true;
        Self { counts, state: Mutex::new(state) }
    }

    pub(super) fn client_sent(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { from_client, awaits_response, .. } = &mut *state;
        from_client.read(bytes, |kind| match kind {
            // Parse or Bind begins a statement; Sync ends the client's part of it.
            b'P' | b'B' | b'Q' if *awaits_response => {
                self.counts.pipelined.fetch_add(1, Ordering::Relaxed);
            }
            b'S' | b'Q' => {
                *awaits_response = true;
                self.counts.statements.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        });
    }

    pub(super) fn server_sent(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { from_server, awaits_response, .. } = &mut *state;
        from_server.read(bytes, |kind| *awaits_response &= kind != b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind][..], &length.to_be_bytes(), body].concat()
    }

    /// A connection after start-up.
    fn connection(counts: &StatementCounts) -> PipeliningCheck<'_> {
        let pipelining = PipeliningCheck::new(counts);
        pipelining.client_sent(&message(0, b"\0\x03\0\0user\0ads\0\0")[1..]);
        pipelining.server_sent(&[message(b'R', &[0; 4]), message(b'Z', b"I")].concat());
        pipelining
    }

    fn statement() -> Vec<u8> {
        [message(b'P', &[b'Z'; 30]), message(b'B', b""), message(b'E', b""), message(b'S', b"")].concat()
    }

    #[test]
    fn a_statement_after_the_complete_response_is_not_pipelined() {
        let counts = StatementCounts::default();
        let pipelining = connection(&counts);
        for _ in 0..3 {
            statement().chunks(7).for_each(|bytes| pipelining.client_sent(bytes));
            pipelining
                .server_sent(&[message(b'D', b"ZZZZZZ"), message(b'C', b""), message(b'Z', b"I")].concat());
        }
        assert_eq!((counts.statements(), counts.pipelined()), (3, 0));
    }

    #[test]
    fn a_statement_before_the_end_of_a_response_is_pipelined() {
        let counts = StatementCounts::default();
        let pipelining = connection(&counts);
        pipelining.client_sent(&statement());
        pipelining.server_sent(&message(b'E', b"SERROR\0"));
        pipelining.client_sent(&statement());
        assert!(counts.pipelined() > 0, "{counts:?}");
    }
}
