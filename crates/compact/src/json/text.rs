//! The grammar of JSON (RFC 8259): all that does not depend on the type that is read.

use super::error::{Error, Kind};
use serde::de::{Error as _, Expected, Unexpected};
use std::borrow::Cow;

/// How deep values may be nested, as in serde_json.
const DEPTH_MAX: u8 = 128;

/// A number as the types of serde have it.
pub(super) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

/// A text and how far it is read.
pub(super) struct Text<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
    /// It has been gone over before, and is JSON: brackets alone tell where a value ends.
    is_json: bool,
}

impl<'de> Text<'de> {
    pub(super) fn new(text: &'de str, is_json: bool) -> Self {
        Self { text, at: 0, depth: 0, is_json }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space, which is not consumed.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    /// Consumes a byte if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    #[cold]
    pub(super) fn syntax(&self, message: &str) -> Error {
        let message = if self.at < self.text.len() { message } else { "the text ends too early" };
        self.locate(Error::new(Kind::Syntax, message.to_owned()))
    }

    /// The error with the place that has been reached, unless it has one.
    #[cold]
    pub(super) fn locate(&self, error: Error) -> Error {
        error.placed(|| {
            let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
            let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            (line, (self.at - line_start).max(1))
        })
    }

    #[cold]
    pub(super) fn locate_in_item(&self, error: Error, place: usize) -> Error {
        self.locate(error).in_item(place)
    }

    #[cold]
    pub(super) fn locate_in_field(&self, error: Error, name: &str) -> Error {
        self.locate(error).in_field(name)
    }

    /// Nothing but space may follow.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.syntax("trailing characters")),
        }
    }

    /// Consumes the opening bracket of a list or an object.
    pub(super) fn open(&mut self, bracket: u8, expected: &dyn Expected) -> Result<(), Error> {
        if self.peek() != Some(bracket) {
            return Err(self.unfit(expected));
        }
        self.at += 1;
        self.depth += 1;
        if self.depth >= DEPTH_MAX {
            return Err(self.syntax("recursion limit exceeded"));
        }
        Ok(())
    }

    pub(super) fn close(&mut self, bracket: u8) -> Result<(), Error> {
        self.depth = self.depth.saturating_sub(1);
        self.peek();
        if self.takes(bracket) { Ok(()) } else { Err(self.syntax("trailing characters")) }
    }

    /// Goes to the next item of a list or an object. Returns false at its end, whose bracket is left.
    pub(super) fn next_item(&mut self, bracket: u8, is_first: bool) -> Result<bool, Error> {
        let next = self.peek();
        if next == Some(bracket) {
            return Ok(false);
        }
        if is_first {
            return Ok(true);
        }
        if next != Some(b',') {
            let expected = if bracket == b']' { "expected `,` or `]`" } else { "expected `,` or `}`" };
            return Err(self.syntax(expected));
        }
        self.at += 1;
        if self.peek() == Some(bracket) {
            return Err(self.syntax("trailing comma"));
        }
        Ok(true)
    }

    /// The name of the next field and its colon; `None` at the end of the object.
    pub(super) fn next_name(&mut self, is_first: bool) -> Result<Option<Cow<'de, str>>, Error> {
        if !self.next_item(b'}', is_first)? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return Err(self.syntax("key must be a string"));
        }
        let name = self.string()?;
        self.colon()?;
        Ok(Some(name))
    }

    pub(super) fn colon(&mut self) -> Result<(), Error> {
        self.peek();
        if self.takes(b':') { Ok(()) } else { Err(self.syntax("expected `:`")) }
    }

    /// `true`, `false` or `null`, whose first letter is next.
    pub(super) fn word(&mut self, word: &str) -> Result<(), Error> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.syntax("expected ident"));
        }
        self.at += word.len();
        Ok(())
    }

    /// A string, whose opening quote is next. Borrowed unless it has escapes.
    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Error> {
        self.at += 1;
        let begin = self.at;
        self.skip_plain()?;
        let plain = self.slice(begin);
        if self.takes(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut string = plain.to_owned();
        while !self.takes(b'"') {
            self.at += 1;
            string.push(self.escaped()?);
            let begin = self.at;
            self.skip_plain()?;
            string.push_str(self.slice(begin));
        }
        Ok(Cow::Owned(string))
    }

    /// Goes over a string. What its escapes stand for does not matter, also if it is nothing.
    fn skip_string(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.skip_plain()?;
        while !self.takes(b'"') {
            self.at += 1;
            let letter = self.byte();
            self.at += 1;
            match letter {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {}
                Some(b'u') => self.hex().map(drop)?,
                _ => return Err(self.syntax("invalid escape")),
            }
            self.skip_plain()?;
        }
        Ok(())
    }

    /// Goes over a list or an object in a text that is JSON, whose opening bracket is next.
    fn skip_brackets(&mut self) -> Result<(), Error> {
        let mut open = 0_usize;
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.skip_string()?;
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open = open.saturating_sub(1),
                Some(_) => {}
                None => return Err(self.syntax("expected value")),
            }
            self.at += 1;
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn slice(&self, begin: usize) -> &'de str {
        self.text.get(begin..self.at).unwrap_or_default()
    }

    /// Goes on to the next quote or backslash.
    fn skip_plain(&mut self) -> Result<(), Error> {
        loop {
            match self.byte() {
                Some(b'"' | b'\\') => return Ok(()),
                None | Some(0..0x20) => {
                    return Err(
                        self.syntax("control character (\\u0000-\\u001F) found while parsing a string")
                    );
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Result<char, Error> {
        let letter = self.byte();
        self.at += 1;
        Ok(match letter {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) && self.takes(b'\\') && self.takes(b'u') {
                    let low = self.hex()?;
                    let is_low = (0xdc00..0xe000).contains(&low);
                    // A pair that is none stays in the range that has no characters.
                    code = if is_low { 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00) } else { code };
                }
                char::from_u32(code).ok_or_else(|| self.syntax("lone surrogate in hex escape"))?
            }
            _ => return Err(self.syntax("invalid escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, Error> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let digits = Some(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.syntax("invalid escape"))?;
        self.at += 4;
        Ok(code)
    }

    fn skip_digits(&mut self) -> Result<(), Error> {
        let begin = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin { Err(self.syntax("invalid number")) } else { Ok(()) }
    }

    /// Goes over a number. Returns its text, and whether it has neither fraction nor exponent.
    fn number_text(&mut self) -> Result<(&'de str, bool), Error> {
        let begin = self.at;
        self.takes(b'-');
        if self.takes(b'0') {
            if matches!(self.byte(), Some(b'0'..=b'9')) {
                return Err(self.syntax("invalid number"));
            }
        } else {
            self.skip_digits()?;
        }
        let mut is_whole = true;
        if self.takes(b'.') {
            is_whole = false;
            self.skip_digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            is_whole = false;
            let _ = self.takes(b'+') || self.takes(b'-');
            self.skip_digits()?;
        }
        Ok((self.slice(begin), is_whole))
    }

    /// A number, whose first character is next.
    pub(super) fn number(&mut self) -> Result<Number, Error> {
        let (text, is_whole) = self.number_text()?;
        if is_whole && text != "-0" {
            if let Ok(number) = text.parse() {
                return Ok(Number::Unsigned(number));
            }
            if let Ok(number) = text.parse() {
                return Ok(Number::Signed(number));
            }
        }
        let float = text.parse().ok().filter(|float: &f64| float.is_finite());
        float.map(Number::Float).ok_or_else(|| self.syntax("number out of range"))
    }

    /// Goes over a value. Returns its text.
    pub(super) fn skip(&mut self) -> Result<&'de str, Error> {
        let next = self.peek();
        let begin = self.at;
        match next {
            Some(b'"') => self.skip_string()?,
            Some(b'-' | b'0'..=b'9') => self.number_text().map(drop)?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(b'[' | b'{') if self.is_json => self.skip_brackets()?,
            Some(b'[') => {
                self.open(b'[', &"a list")?;
                let mut is_first = true;
                while self.next_item(b']', is_first)? {
                    is_first = false;
                    self.skip()?;
                }
                self.close(b']')?;
            }
            Some(b'{') => {
                self.open(b'{', &"an object")?;
                let mut is_first = true;
                while self.next_name(is_first)?.is_some() {
                    is_first = false;
                    self.skip()?;
                }
                self.close(b'}')?;
            }
            _ => return Err(self.syntax("expected value")),
        }
        Ok(self.slice(begin))
    }

    /// The error for a value of another type than the expected one. The value is next.
    #[cold]
    pub(super) fn unfit(&mut self, expected: &dyn Expected) -> Error {
        let string;
        let found = match self.peek() {
            Some(b'"') => match self.string() {
                Ok(text) => {
                    string = text;
                    Unexpected::Str(&string)
                }
                Err(error) => return error,
            },
            Some(b'-' | b'0'..=b'9') => match self.number() {
                Ok(Number::Unsigned(number)) => Unexpected::Unsigned(number),
                Ok(Number::Signed(number)) => Unexpected::Signed(number),
                Ok(Number::Float(number)) => Unexpected::Float(number),
                Err(error) => return error,
            },
            Some(first @ (b't' | b'f' | b'n')) => {
                let (word, found) = match first {
                    b't' => ("true", Unexpected::Bool(true)),
                    b'f' => ("false", Unexpected::Bool(false)),
                    _ => ("null", Unexpected::Unit),
                };
                match self.word(word) {
                    Ok(()) => found,
                    Err(error) => return error,
                }
            }
            Some(b'[') => Unexpected::Seq,
            Some(b'{') => Unexpected::Map,
            _ => return self.syntax("expected value"),
        };
        self.locate(Error::invalid_type(found, expected))
    }
}
