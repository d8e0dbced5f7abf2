//! Reads a deflate stream (RFC 1951) and tells what each byte of the original costs in it.

use anyhow::{Context, Result, bail};

/// Lengths and distances begin at these values and have so many more bits (RFC 1951, 3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
/// The order in which the lengths of the length code's own codes are sent.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK: u16 = 256;

/// The costs of all bytes, added up: the bytes `from..to` cost `costs[to] - costs[from]` bits.
///
/// # Errors
/// The stream is not what the compressor writes.
pub fn costs(deflated: &[u8]) -> Result<Vec<f64>> {
    let mut bits = Bits { bytes: deflated, at: 0 };
    let mut costs = vec![0.0];
    loop {
        let is_last = bits.take(1)? == 1;
        let (literals, distances) = match bits.take(2)? {
            1 => fixed(),
            2 => dynamic(&mut bits)?,
            kind => bail!("a block of kind {kind}, which compressed code does not have"),
        };
        block(&mut bits, &literals, &distances, &mut costs)?;
        if is_last {
            return Ok(costs);
        }
    }
}

/// The costs of a block's bytes. A copy's cost is shared equally by the bytes that it copies.
fn block(bits: &mut Bits<'_>, literals: &Codes, distances: &Codes, costs: &mut Vec<f64>) -> Result<()> {
    loop {
        let begin = bits.at;
        let symbol = literals.read(bits)?;
        if symbol == END_OF_BLOCK {
            return Ok(());
        }
        let mut length = 1;
        if let Some(place) = symbol.checked_sub(END_OF_BLOCK + 1) {
            let (base, more) = LENGTHS.get(usize::from(place)).context("a length out of range")?;
            length = u32::from(*base) + bits.take(*more)?;
            let distance = distances.read(bits)?;
            bits.take(u8::try_from((distance / 2).saturating_sub(1))?)?;
        }
        let each = (bits.at - begin) as f64 / f64::from(length);
        let mut sum = costs.last().copied().unwrap_or_default();
        for _ in 0..length {
            sum += each;
            costs.push(sum);
        }
    }
}

fn fixed() -> (Codes, Codes) {
    let length = |symbol| match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    };
    (Codes::new(&(0..288).map(length).collect::<Vec<u8>>()), Codes::new(&[5; 30]))
}

fn dynamic(bits: &mut Bits<'_>) -> Result<(Codes, Codes)> {
    let literals = bits.take(5)? as usize + 257;
    let distances = bits.take(5)? as usize + 1;
    let mut own = [0; 19];
    let count = bits.take(4)? as usize + 4;
    for place in ORDER.iter().take(count) {
        own[*place] = u8::try_from(bits.take(3)?)?;
    }
    let own = Codes::new(&own);
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (value, times) = match own.read(bits)? {
            16 => (*lengths.last().context("a repetition of nothing")?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (u8::try_from(length)?, 1),
        };
        lengths.extend((0..times).map(|_| value));
    }
    let (first, second) = lengths.split_at(literals);
    Ok((Codes::new(first), Codes::new(second)))
}

/// A prefix code: how many codes each length has, and the symbols in the order of their codes.
struct Codes {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Codes {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        let mut symbols = Vec::new();
        for length in 1..16_u8 {
            let before = symbols.len();
            let of_length = (0_u16..).zip(lengths).filter(|(_, is)| **is == length);
            symbols.extend(of_length.map(|(symbol, _)| symbol));
            counts[usize::from(length)] = (symbols.len() - before) as u16;
        }
        Self { counts, symbols }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Result<u16> {
        let (mut code, mut first, mut place) = (0_i32, 0_i32, 0_i32);
        for count in self.counts.iter().skip(1).map(|count| i32::from(*count)) {
            code |= bits.take(1)? as i32;
            if code - count < first {
                let symbol = usize::try_from(place + code - first)?;
                return self.symbols.get(symbol).copied().context("a code without a symbol");
            }
            place += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        bail!("a code that is too long")
    }
}

/// A stream of bits, the lowest of a byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u8) -> Result<u32> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.bytes.get(self.at / 8).context("the stream ends too early")?;
            value |= u32::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::DeflateEncoder};
    use std::io::Write;

    #[test]
    fn what_repeats_costs_little_and_all_costs_add_up() {
        let mut text: Vec<u8> =
            (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        text.extend(text[..5_000].to_vec());
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&text).unwrap();
        let deflated = encoder.finish().unwrap();
        let costs = costs(&deflated).unwrap();
        assert_eq!(costs.len(), text.len() + 1);
        let (all, repeated) = (costs[text.len()], costs[text.len()] - costs[20_000]);
        let bits = deflated.len() as f64 * 8.0;
        // The rest describes the codes.
        assert!(all <= bits && all > bits * 0.9, "{all} of {bits}");
        assert!(repeated < 0.05 * all, "{repeated} of {all}");
    }

    #[test]
    fn a_cut_stream_is_an_error() {
        assert!(costs(&[0b101]).is_err());
    }
}
