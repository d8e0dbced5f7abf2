//! The sorted map and set against the standard library's.

use compact::{SortedMap, SortedSet};
use proptest::{collection, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

fn same(ours: &SortedMap<u8, u16>, theirs: &BTreeMap<u8, u16>) {
    assert!(ours.iter().eq(theirs), "{ours:?} and {theirs:?}");
    assert!(ours.keys().eq(theirs.keys()) && ours.values().eq(theirs.values()));
    assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
}

proptest! {
    #[test]
    fn a_map_does_what_a_tree_does(begin: Vec<(u8, u16)>, steps: Vec<(u8, u8, u16)>, low: u8, high: u8) {
        let mut ours: SortedMap<u8, u16> = begin.iter().copied().collect();
        let mut theirs: BTreeMap<u8, u16> = begin.into_iter().collect();
        same(&ours, &theirs);
        for (what, key, value) in steps {
            match what % 6 {
                0 => prop_assert_eq!(ours.insert(key, value), theirs.insert(key, value)),
                1 => prop_assert_eq!(ours.remove(&key), theirs.remove(&key)),
                2 => *ours.entry(key).or_default() = *theirs.entry(key).and_modify(|old| *old /= 2).or_default(),
                3 => {
                    ours.extend([(key, value), (key ^ 1, value)]);
                    theirs.extend([(key, value), (key ^ 1, value)]);
                }
                4 => {
                    prop_assert_eq!(ours.get(&key), theirs.get(&key));
                    prop_assert_eq!(ours.get_mut(&key), theirs.get_mut(&key));
                    prop_assert_eq!(ours.contains_key(&key), theirs.contains_key(&key));
                }
                _ => {
                    ours.retain(|other, _| other % 7 != key % 7);
                    theirs.retain(|other, _| other % 7 != key % 7);
                }
            }
            same(&ours, &theirs);
        }
        if low <= high {
            prop_assert!(ours.range(low..=high).eq(theirs.range(low..=high)));
            prop_assert!(ours.range(low..high).eq(theirs.range(low..high)));
            prop_assert!(ours.range(low..).eq(theirs.range(low..)));
            prop_assert!(ours.range(..high).rev().eq(theirs.range(..high).rev()));
        }
        prop_assert!(ours.into_iter().eq(theirs));
    }

    #[test]
    fn a_set_does_what_a_tree_does(begin in collection::vec(any::<u8>(), 0..40), steps: Vec<(u8, u8)>) {
        let mut ours: SortedSet<u8> = begin.iter().copied().collect();
        let mut theirs: BTreeSet<u8> = begin.into_iter().collect();
        for (what, item) in steps {
            match what % 3 {
                0 => prop_assert_eq!(ours.insert(item), theirs.insert(item)),
                1 => prop_assert_eq!(ours.remove(&item), theirs.remove(&item)),
                _ => prop_assert_eq!(ours.contains(&item), theirs.contains(&item)),
            }
            prop_assert_eq!((ours.first(), ours.last()), (theirs.first(), theirs.last()));
        }
        let text = serde_json::to_string(&ours).unwrap();
        prop_assert_eq!(&text, &serde_json::to_string(&theirs).unwrap());
        prop_assert_eq!(&serde_json::from_str::<SortedSet<u8>>(&text).unwrap(), &ours);
        prop_assert!(ours.into_iter().eq(theirs));
    }
}

#[test]
fn a_large_map_in_any_order_is_made_quickly() {
    let scattered = (0..300_000_u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n));
    let map: SortedMap<u64, u64> = scattered.clone().collect();
    assert!(map.into_iter().eq(scattered.collect::<BTreeMap<_, _>>()));
}
