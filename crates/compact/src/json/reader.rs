//! serde's side of the reader. Whatever is generic here is copied for each type, and so does as little as possible.

use super::{
    error::Error,
    key::{Key, Number},
    text::{self, Text},
};
use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error as _, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess,
        Visitor,
    },
    forward_to_deserialize_any,
};
use std::borrow::Cow;

/// The name by which a type asks for a value as it is written.
pub(super) const RAW: &str = "$compact::json::Raw";

/// Reads a text from its beginning to its end.
pub(super) struct Reader<'de> {
    pub(super) text: Text<'de>,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text: Text::new(text, false) }
    }

    /// Of a text that is known to be JSON.
    pub(super) fn of_json(text: &'de str) -> Self {
        Self { text: Text::new(text, true) }
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        if !matches!(self.text.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.text.unfit(&visitor));
        }
        match self.text.number()? {
            text::Number::Unsigned(number) => visitor.visit_u64(number),
            text::Number::Signed(number) => visitor.visit_i64(number),
            text::Number::Float(number) => visitor.visit_f64(number),
        }
    }

    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        if self.text.peek() != Some(b'"') {
            return Err(self.text.unfit(&visitor));
        }
        match self.text.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// The fields of a struct, or of a variant that has some.
    pub(super) fn fields<V: Visitor<'de>>(
        &mut self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.text.open(b'{', &visitor)?;
        let value =
            visitor.visit_map(Fields { reader: self, names, name: Cow::Borrowed(""), is_first: true })?;
        self.text.close(b'}')?;
        Ok(value)
    }

    pub(super) fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        self.text.open(b'[', &visitor)?;
        let value = visitor.visit_seq(Items { reader: self, place: 0 })?;
        self.text.close(b']')?;
        Ok(value)
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number(visitor)
        })*
    };
}

macro_rules! strings {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.string(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text.peek() {
            Some(b'"') => self.string(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.list(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => self.number(visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    strings! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_true = match self.text.peek() {
            Some(b't') => true,
            Some(b'f') => false,
            _ => return Err(self.text.unfit(&visitor)),
        };
        self.text.word(if is_true { "true" } else { "false" })?;
        visitor.visit_bool(is_true)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.text.peek() == Some(b'n') {
            self.text.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.text.peek() != Some(b'n') {
            return Err(self.text.unfit(&visitor));
        }
        self.text.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == RAW {
            return visitor.visit_borrowed_str(self.text.skip()?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.text.open(b'{', &visitor)?;
        let value = visitor.visit_map(Entries { reader: self, name: Cow::Borrowed(""), is_first: true })?;
        self.text.close(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.fields(names, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let is_object = self.text.peek() == Some(b'{');
        let number = self.variant(is_object, names, &visitor)?;
        let value = visitor.visit_enum(Variant { reader: self, number, is_object });
        let value = value.map_err(|error| self.text.locate(error))?;
        if is_object {
            self.text.close(b'}')?;
        }
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.text.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 bytes byte_buf }
}

/// The items of a list.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    place: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if !self.reader.text.next_item(b']', self.place == 0)? {
            return Ok(None);
        }
        self.place += 1;
        match seed.deserialize(&mut *self.reader) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(self.reader.text.locate_in_item(error, self.place - 1)),
        }
    }
}

/// The fields of a struct, each found by its number in the struct's list of names.
struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    names: &'static [&'static str],
    /// The present field.
    name: Cow<'de, str>,
    is_first: bool,
}

impl Fields<'_, '_> {
    /// The number of the next field; `None` at the end.
    fn next_number(&mut self) -> Result<Option<u64>, Error> {
        let Some(name) = self.reader.text.next_name(std::mem::take(&mut self.is_first))? else {
            return Ok(None);
        };
        self.name = name;
        Ok(Some(Number::find(self.names, &self.name)))
    }

    #[cold]
    fn failed(&self, number: u64, error: Error) -> Error {
        if number != Number::UNKNOWN {
            return self.reader.text.locate(error);
        }
        self.reader.text.locate_in_field(Error::unknown_field(&self.name, self.names), &self.name)
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(number) = self.next_number()? else { return Ok(None) };
        match seed.deserialize(Number(number)) {
            Ok(field) => Ok(Some(field)),
            Err(error) => Err(self.failed(number, error)),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.reader)
            .map_err(|error| self.reader.text.locate_in_field(error, &self.name))
    }
}

/// The entries of a map.
struct Entries<'r, 'de> {
    reader: &'r mut Reader<'de>,
    /// The present key, for errors.
    name: Cow<'de, str>,
    is_first: bool,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(name) = self.reader.text.next_name(std::mem::take(&mut self.is_first))? else {
            return Ok(None);
        };
        self.name = name.clone();
        let key = seed.deserialize(Key(name));
        key.map(Some).map_err(|error| self.reader.text.locate_in_field(error, &self.name))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.reader)
            .map_err(|error| self.reader.text.locate_in_field(error, &self.name))
    }
}

impl Reader<'_> {
    /// Reads the name of a variant, and the colon if there is content. Returns its number in the list of names.
    pub(super) fn variant(
        &mut self,
        is_object: bool,
        names: &'static [&'static str],
        expected: &dyn Expected,
    ) -> Result<u64, Error> {
        if is_object {
            self.text.open(b'{', expected)?;
        }
        if self.text.peek() != Some(b'"') {
            return Err(if is_object {
                self.text.syntax("expected value")
            } else {
                self.text.unfit(expected)
            });
        }
        let name = self.text.string()?;
        let number = Number::find(names, &name);
        if number == Number::UNKNOWN {
            return Err(self.text.locate(Error::unknown_variant(&name, names)));
        }
        if is_object {
            self.text.colon()?;
        }
        Ok(number)
    }
}

/// A variant whose name is read.
pub(super) struct Variant<'r, 'de> {
    pub(super) reader: &'r mut Reader<'de>,
    pub(super) number: u64,
    pub(super) is_object: bool,
}

impl Variant<'_, '_> {
    /// There must be content.
    fn content(&self, expected: &dyn Expected) -> Result<(), Error> {
        if self.is_object { Ok(()) } else { Err(Error::invalid_type(Unexpected::UnitVariant, expected)) }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        Ok((seed.deserialize(Number(self.number))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.is_object { serde::Deserialize::deserialize(self.reader) } else { Ok(()) }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        self.content(&"newtype variant")?;
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.content(&"tuple variant")?;
        self.reader.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content(&"struct variant")?;
        self.reader.fields(names, visitor)
    }
}
