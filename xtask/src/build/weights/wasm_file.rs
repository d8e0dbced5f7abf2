//! The parts of a WebAssembly file: where each function and each segment of data lies.

use anyhow::{Context, Result, bail};
use std::{collections::HashMap, ops::Range};

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;
const DATA: u8 = 11;
/// The kind of an import that is a function.
const FUNCTION: u8 = 0;
/// The kind of an import that is a tag of exceptions.
const TAG: u8 = 4;
/// The part of the section `name` that names functions.
const FUNCTION_NAMES: u8 = 1;

/// What a part of the file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A function's body, by its name; without a name section, by its number.
    Function(String),
    /// A segment of constants.
    Data,
}

/// A file as it is shipped, and its parts.
pub struct WasmFile {
    /// The file without custom sections.
    pub bytes: Vec<u8>,
    /// The parts that weigh, with their places in `bytes`. What lies between them are tables and types.
    pub parts: Vec<(Part, Range<usize>)>,
}

impl WasmFile {
    /// Reads a file and removes its custom sections, the names of functions among them.
    ///
    /// # Errors
    /// It is no WebAssembly of version 1.
    pub fn read(file: &[u8]) -> Result<Self> {
        let body = file.strip_prefix(b"\0asm\x01\0\0\0").context("no WebAssembly of version 1")?;
        let (mut bytes, mut names) = (file[..8].to_vec(), HashMap::new());
        let (mut imported, mut bodies, mut segments) = (0, Vec::new(), Vec::new());
        let mut reader = Reader { bytes: body, at: 0 };
        while reader.at < body.len() {
            let begin = reader.at;
            let id = reader.byte()?;
            let length = reader.number()?;
            let content_at = reader.at;
            let content = reader.take(length)?;
            if id == CUSTOM {
                names.extend(function_names(content)?);
                continue;
            }
            let at = bytes.len() + content_at - begin;
            bytes.extend_from_slice(&body[begin..reader.at]);
            let mut section = Reader { bytes: content, at: 0 };
            match id {
                IMPORT => imported = imported_functions(&mut section)?,
                CODE => bodies = entries(&mut section, at, |_| Ok(()))?,
                DATA => segments = entries(&mut section, at, data_head)?,
                _ => {}
            }
        }
        let name = |number: usize| names.get(&number).cloned().unwrap_or_else(|| number.to_string());
        let functions = (imported..).zip(bodies).map(|(number, place)| (Part::Function(name(number)), place));
        let parts = functions.chain(segments.into_iter().map(|place| (Part::Data, place))).collect();
        Ok(Self { bytes, parts })
    }
}

/// The places of a section's entries, each of which is a head and bytes with their length in front.
fn entries(
    section: &mut Reader<'_>,
    at: usize,
    head: impl Fn(&mut Reader<'_>) -> Result<()>,
) -> Result<Vec<Range<usize>>> {
    let count = section.number()?;
    let mut places = Vec::new();
    for _ in 0..count {
        let begin = section.at;
        head(section)?;
        let length = section.number()?;
        section.take(length)?;
        places.push(at + begin..at + section.at);
    }
    Ok(places)
}

/// An active segment's address; a passive one has none.
fn data_head(section: &mut Reader<'_>) -> Result<()> {
    match section.number()? {
        0 => {
            // i32.const, the address, end
            section.byte()?;
            section.number()?;
            section.byte().map(drop)
        }
        1 => Ok(()),
        kind => bail!("a data segment of kind {kind}"),
    }
}

fn imported_functions(section: &mut Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        for _ in 0..2 {
            let length = section.number()?;
            section.take(length)?;
        }
        match section.byte()? {
            FUNCTION => {
                section.number()?;
                functions += 1;
            }
            // The tag of JavaScript's exceptions: an attribute, and its type.
            TAG => {
                section.byte()?;
                section.number()?;
            }
            kind => bail!("an import of kind {kind}, which the toolchain does not make"),
        }
    }
    Ok(functions)
}

/// The names in a custom section, if it is the one of the names.
fn function_names(content: &[u8]) -> Result<Vec<(usize, String)>> {
    let mut reader = Reader { bytes: content, at: 0 };
    let length = reader.number()?;
    if reader.take(length)? != b"name" {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    while reader.at < content.len() {
        let id = reader.byte()?;
        let length = reader.number()?;
        let mut part = Reader { bytes: reader.take(length)?, at: 0 };
        if id != FUNCTION_NAMES {
            continue;
        }
        for _ in 0..part.number()? {
            let number = part.number()?;
            let length = part.number()?;
            names.push((number, String::from_utf8_lossy(part.take(length)?).into_owned()));
        }
    }
    Ok(names)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..length));
        self.at += length;
        taken.context("the file ends too early")
    }

    /// A number in LEB128, of at most five bytes.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0_u64;
        for place in 0..5 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(usize::try_from(number)?);
            }
        }
        bail!("a number that is too long")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one imported and one own function, a segment of data, and names.
    fn module() -> Vec<u8> {
        let mut file = b"\0asm\x01\0\0\0".to_vec();
        file.extend([1, 4, 1, 0x60, 0, 0]);
        file.extend([2, 7, 1, 1, b'm', 1, b'f', 0, 0]);
        file.extend([3, 2, 1, 0]);
        file.extend([10, 4, 1, 2, 0, 0x0b]);
        file.extend([11, 9, 1, 0, 0x41, 8, 0x0b, 3, b'a', b'b', b'c']);
        file.extend([0, 12, 4, b'n', b'a', b'm', b'e', 1, 5, 1, 1, 2, b'o', b'k']);
        file
    }

    #[test]
    fn parts_are_found_and_names_removed() {
        let file = module();
        let read = WasmFile::read(&file).unwrap();
        assert_eq!(read.bytes, file[..file.len() - 14]);
        let [(function, code), (data, segment)] = &read.parts[..] else { panic!("{:?}", read.parts) };
        assert_eq!((function, data), (&Part::Function("ok".into()), &Part::Data));
        assert_eq!(read.bytes[code.clone()], [2, 0, 0x0b]);
        assert_eq!(read.bytes[segment.clone()], [0, 0x41, 8, 0x0b, 3, b'a', b'b', b'c']);
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let file = module();
        assert!(WasmFile::read(&file[..file.len() - 1]).is_err());
        assert!(WasmFile::read(b"text").is_err());
    }
}
