//! Names of ads, with the characters that break careless code.

use super::draw::Draw;

const PRODUCTS: [&str; 12] = [
    "Cat tree",
    "Areia higiênica 10 kg",
    "猫砂除臭",
    "Nước mắm \"Phú Quốc\" 500 ml",
    "Baker's oven glove",
    "ร่มกันแดด",
    "Żelazko <eko>",
    "Cafe\u{301} ☕ & chá",
    "USB-C cable; 2 m -- black",
    "Sapato 100% couro \\ preto",
    "👩‍👩‍👧 pillow set",
    "Garrafa {térmica} 1,5 L",
];

/// The name of a product.
pub fn product(draw: &mut Draw) -> &'static str {
    draw.pick(&PRODUCTS)
}

/// The name of an ad: a product and a number.
pub fn ad(draw: &mut Draw) -> String {
    format!("{} #{}", product(draw), draw.between(1, 9_999))
}
