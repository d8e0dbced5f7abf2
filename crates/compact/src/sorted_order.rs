//! Sorting without a copy of the sorting code for each type.

use std::cmp::Ordering;

/// The places of `count` items in ascending order; of equal items, in their own order. `None` if they ascend already, without
/// two that are equal.
pub(crate) fn sorted_order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Option<Vec<usize>> {
    if (1..count).all(|next| compare(next - 1, next) == Ordering::Less) {
        return None;
    }
    // Merges runs of one, of two, of four; the standard library's sort is faster, and weighs ten times as much.
    let mut order: Vec<usize> = (0..count).collect();
    let mut width = 1;
    while width < count {
        let mut merged = Vec::with_capacity(count);
        for pair in order.chunks(width * 2) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([first, rest_left @ ..], [second, rest_right @ ..]) = (left, right) {
                if compare(*second, *first) == Ordering::Less {
                    merged.push(*second);
                    right = rest_right;
                } else {
                    merged.push(*first);
                    left = rest_left;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        order = merged;
        width *= 2;
    }
    Some(order)
}
